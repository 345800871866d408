-- Ids are 24 hexadecimal characters, moments milliseconds since 1970 UTC, enums text with a CHECK, JSON text.
-- Columns that end in _key hold the lower case of their neighbour, made in Rust so that both databases agree on it.

CREATE TABLE organizations (
    id TEXT PRIMARY KEY NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    enterprise_id TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE segments (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    parent_id INTEGER,
    icon TEXT,
    color TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, parent_id) REFERENCES segments (organization_id, id)
) STRICT;

CREATE TABLE users (
    id TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    email TEXT NOT NULL,
    name TEXT,
    password_hash TEXT,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE api_tokens (
    id TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    permissions TEXT NOT NULL,
    segments TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER
) STRICT;

CREATE INDEX api_tokens_of_organization ON api_tokens (organization_id, created_at, id);

CREATE TABLE enrollment_tokens (
    id TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL,
    segment_id INTEGER NOT NULL,
    user_id TEXT REFERENCES users (id),
    hash TEXT NOT NULL UNIQUE,
    uses_max INTEGER NOT NULL,
    uses INTEGER NOT NULL CHECK (uses <= uses_max),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    FOREIGN KEY (organization_id, segment_id) REFERENCES segments (organization_id, id)
) STRICT;

CREATE TABLE devices (
    id TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL,
    segment_id INTEGER NOT NULL,
    user_id TEXT REFERENCES users (id),
    display_name TEXT NOT NULL,
    display_name_key TEXT NOT NULL,
    win_id TEXT NOT NULL,
    win_id_key TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('PROVISIONING', 'ACTIVE', 'DELETE_REQUESTED', 'DELETED', 'UNKNOWN')),
    computer_name TEXT,
    computer_name_key TEXT,
    os_version TEXT,
    os_version_name TEXT,
    serial_number TEXT,
    serial_number_key TEXT,
    imei TEXT,
    imei_key TEXT,
    battery TEXT,
    manufacturer TEXT,
    model TEXT,
    custom_config TEXT NOT NULL,
    refresh_needed TEXT NOT NULL,
    possible_duplicate_of TEXT REFERENCES devices (id),
    last_status_report INTEGER,
    enrolled_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    FOREIGN KEY (organization_id, segment_id) REFERENCES segments (organization_id, id)
) STRICT;

CREATE INDEX devices_of_organization ON devices (organization_id, created_at, id);
CREATE INDEX devices_of_segment ON devices (organization_id, segment_id, created_at, id);
CREATE INDEX devices_of_user ON devices (user_id);
CREATE INDEX devices_by_serial_number ON devices (organization_id, serial_number_key);
CREATE INDEX devices_by_imei ON devices (organization_id, imei_key);
CREATE INDEX devices_by_win_id ON devices (organization_id, win_id_key);
CREATE INDEX devices_by_state ON devices (state, created_at, id);

CREATE TABLE device_tags (
    device_id TEXT NOT NULL REFERENCES devices (id),
    position INTEGER NOT NULL,
    tag TEXT NOT NULL,
    tag_key TEXT NOT NULL,
    PRIMARY KEY (device_id, position)
) STRICT;

CREATE INDEX device_tags_by_key ON device_tags (tag_key, device_id);

-- Apart from devices, because it is large and seldom wanted.
CREATE TABLE device_reports (
    device_id TEXT PRIMARY KEY NOT NULL REFERENCES devices (id),
    config TEXT NOT NULL,
    dates TEXT NOT NULL
) STRICT;

CREATE TABLE device_state_changes (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    device_id TEXT NOT NULL REFERENCES devices (id),
    state TEXT NOT NULL CHECK (state IN ('PROVISIONING', 'ACTIVE', 'DELETE_REQUESTED', 'DELETED', 'UNKNOWN')),
    entered_at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    actor TEXT,
    request_id TEXT
) STRICT;

CREATE INDEX device_state_changes_of_device ON device_state_changes (device_id, sequence);

-- The columns that a check-in reads stand first: the long ones behind them are then not read from disk.
CREATE TABLE enrollments (
    id TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    device_id TEXT NOT NULL REFERENCES devices (id),
    state TEXT NOT NULL CHECK (state IN ('pending', 'active', 'ended')),
    win_id TEXT NOT NULL,
    fingerprint TEXT NOT NULL UNIQUE,
    not_before INTEGER NOT NULL,
    not_after INTEGER NOT NULL,
    dev_info_hash TEXT,
    configured INTEGER NOT NULL CHECK (configured IN (0, 1)),
    refused INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('Full', 'Device')),
    hw_dev_id TEXT,
    user_id TEXT REFERENCES users (id),
    token_id TEXT REFERENCES enrollment_tokens (id),
    thumbprint TEXT NOT NULL,
    serial TEXT NOT NULL,
    credential_name TEXT NOT NULL,
    credential_digest TEXT NOT NULL,
    nonce BLOB NOT NULL,
    previous_nonce BLOB,
    server_secret TEXT NOT NULL,
    server_nonce BLOB NOT NULL,
    facts TEXT NOT NULL
) STRICT;

CREATE INDEX enrollments_of_device ON enrollments (device_id, created_at, id);
CREATE INDEX enrollments_by_credential_name ON enrollments (credential_name, created_at, id);
CREATE INDEX enrollments_by_hardware ON enrollments (organization_id, hw_dev_id, created_at, id);

CREATE TABLE sessions (
    enrollment_id TEXT PRIMARY KEY NOT NULL REFERENCES enrollments (id),
    session_id TEXT NOT NULL,
    is_open INTEGER NOT NULL CHECK (is_open IN (0, 1)),
    msg_id INTEGER NOT NULL,
    body_hash BLOB NOT NULL,
    updated_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    reply TEXT NOT NULL
) STRICT;

CREATE TABLE command_batches (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    device_id TEXT NOT NULL REFERENCES devices (id),
    user_id TEXT REFERENCES users (id),
    name TEXT,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX command_batches_of_device ON command_batches (device_id, sequence);

CREATE TABLE commands (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    batch_id TEXT NOT NULL REFERENCES command_batches (id),
    device_id TEXT NOT NULL REFERENCES devices (id),
    path TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('Add', 'Copy', 'Delete', 'Exec', 'Get', 'Replace')),
    value TEXT,
    format TEXT NOT NULL
        CHECK (format IN ('b64', 'bin', 'bool', 'chr', 'int', 'node', 'null', 'xml', 'date', 'time', 'float')),
    state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'accepted', 'done', 'canceled')),
    not_before INTEGER CHECK (not_before IS NULL OR state = 'queued'),
    code INTEGER,
    status TEXT CHECK ((status IS NOT NULL) = (state = 'done')),
    received_at INTEGER,
    canceled_at INTEGER CHECK ((canceled_at IS NOT NULL) = (state = 'canceled')),
    unanswered INTEGER NOT NULL,
    retries INTEGER NOT NULL,
    sent_at INTEGER,
    expires_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    data TEXT NOT NULL
) STRICT;

CREATE INDEX commands_of_batch ON commands (batch_id, sequence);
CREATE INDEX commands_in_queue ON commands (device_id, state, sequence);
-- Of those that are not over. The condition compares no column with a value: if it did, SQLite would prepare every
-- statement that binds that column anew each time, to see whether this index serves the new value.
CREATE INDEX commands_to_expire ON commands (expires_at, sequence) WHERE status IS NULL AND canceled_at IS NULL;

CREATE TABLE audit_entries (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    happened_at INTEGER NOT NULL,
    action TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT,
    actor_name TEXT NOT NULL,
    target_kind TEXT,
    target_id TEXT,
    segment_id INTEGER,
    permission TEXT,
    route TEXT,
    address TEXT,
    request_id TEXT,
    refused_code INTEGER,
    refused_reason TEXT CHECK ((refused_reason IS NULL) = (refused_code IS NULL)),
    value_before TEXT,
    value_after TEXT
) STRICT;

CREATE INDEX audit_entries_of_organization ON audit_entries (organization_id, sequence);
CREATE INDEX audit_entries_by_target ON audit_entries (organization_id, target_id, sequence);
CREATE INDEX audit_entries_by_action ON audit_entries (organization_id, action, sequence);

-- What is on record stays on record, whoever writes to the database.
CREATE TRIGGER audit_entries_are_not_changed BEFORE UPDATE ON audit_entries
BEGIN
    SELECT RAISE(ABORT, 'the audit record is append-only');
END;

CREATE TRIGGER audit_entries_are_not_removed BEFORE DELETE ON audit_entries
BEGIN
    SELECT RAISE(ABORT, 'the audit record is append-only');
END;
