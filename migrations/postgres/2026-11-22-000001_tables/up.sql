-- Ids are 24 hexadecimal characters, moments milliseconds since 1970 UTC, enums text with a CHECK, JSON text.
-- All text has the collation C: the order of bytes, as in SQLite, whatever the server's locale.
-- Columns that end in _key hold the lower case of their neighbour, made in Rust so that both databases agree on it.

CREATE TABLE organizations (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    slug TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    enterprise_id TEXT COLLATE "C" NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE segments (
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
    id BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    parent_id BIGINT,
    icon TEXT COLLATE "C",
    color TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, parent_id) REFERENCES segments (organization_id, id)
);

CREATE TABLE users (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
    email TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C",
    password_hash TEXT COLLATE "C",
    created_at BIGINT NOT NULL
);

CREATE TABLE api_tokens (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
    name TEXT COLLATE "C" NOT NULL,
    hash TEXT COLLATE "C" NOT NULL UNIQUE,
    permissions TEXT COLLATE "C" NOT NULL,
    segments TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);

CREATE INDEX api_tokens_of_organization ON api_tokens (organization_id, created_at, id);

CREATE TABLE enrollment_tokens (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL,
    segment_id BIGINT NOT NULL,
    user_id TEXT COLLATE "C" REFERENCES users (id),
    hash TEXT COLLATE "C" NOT NULL UNIQUE,
    uses_max BIGINT NOT NULL,
    uses BIGINT NOT NULL CHECK (uses <= uses_max),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    FOREIGN KEY (organization_id, segment_id) REFERENCES segments (organization_id, id)
);

CREATE TABLE devices (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL,
    segment_id BIGINT NOT NULL,
    user_id TEXT COLLATE "C" REFERENCES users (id),
    display_name TEXT COLLATE "C" NOT NULL,
    display_name_key TEXT COLLATE "C" NOT NULL,
    win_id TEXT COLLATE "C" NOT NULL,
    win_id_key TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('PROVISIONING', 'ACTIVE', 'DELETE_REQUESTED', 'DELETED', 'UNKNOWN')),
    computer_name TEXT COLLATE "C",
    computer_name_key TEXT COLLATE "C",
    os_version TEXT COLLATE "C",
    os_version_name TEXT COLLATE "C",
    serial_number TEXT COLLATE "C",
    serial_number_key TEXT COLLATE "C",
    imei TEXT COLLATE "C",
    imei_key TEXT COLLATE "C",
    battery TEXT COLLATE "C",
    manufacturer TEXT COLLATE "C",
    model TEXT COLLATE "C",
    custom_config TEXT COLLATE "C" NOT NULL,
    refresh_needed TEXT COLLATE "C" NOT NULL,
    possible_duplicate_of TEXT COLLATE "C" REFERENCES devices (id),
    last_status_report BIGINT,
    enrolled_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    FOREIGN KEY (organization_id, segment_id) REFERENCES segments (organization_id, id)
);

CREATE INDEX devices_of_organization ON devices (organization_id, created_at, id);
CREATE INDEX devices_of_segment ON devices (organization_id, segment_id, created_at, id);
CREATE INDEX devices_of_user ON devices (user_id);
CREATE INDEX devices_by_serial_number ON devices (organization_id, serial_number_key);
CREATE INDEX devices_by_imei ON devices (organization_id, imei_key);
CREATE INDEX devices_by_win_id ON devices (organization_id, win_id_key);
CREATE INDEX devices_by_state ON devices (state, created_at, id);

CREATE TABLE device_tags (
    device_id TEXT COLLATE "C" NOT NULL REFERENCES devices (id),
    position BIGINT NOT NULL,
    tag TEXT COLLATE "C" NOT NULL,
    tag_key TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (device_id, position)
);

CREATE INDEX device_tags_by_key ON device_tags (tag_key, device_id);

-- Apart from devices, because it is large and seldom wanted.
CREATE TABLE device_reports (
    device_id TEXT COLLATE "C" PRIMARY KEY NOT NULL REFERENCES devices (id),
    config TEXT COLLATE "C" NOT NULL,
    dates TEXT COLLATE "C" NOT NULL
);

CREATE TABLE device_state_changes (
    sequence BIGSERIAL PRIMARY KEY,
    device_id TEXT COLLATE "C" NOT NULL REFERENCES devices (id),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('PROVISIONING', 'ACTIVE', 'DELETE_REQUESTED', 'DELETED', 'UNKNOWN')),
    entered_at BIGINT NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C",
    request_id TEXT COLLATE "C"
);

CREATE INDEX device_state_changes_of_device ON device_state_changes (device_id, sequence);

-- The columns that a check-in reads stand first: the long ones behind them are then not read from disk.
CREATE TABLE enrollments (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
    device_id TEXT COLLATE "C" NOT NULL REFERENCES devices (id),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('pending', 'active', 'ended')),
    win_id TEXT COLLATE "C" NOT NULL,
    fingerprint TEXT COLLATE "C" NOT NULL UNIQUE,
    not_before BIGINT NOT NULL,
    not_after BIGINT NOT NULL,
    dev_info_hash TEXT COLLATE "C",
    configured BOOLEAN NOT NULL,
    refused BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('Full', 'Device')),
    hw_dev_id TEXT COLLATE "C",
    user_id TEXT COLLATE "C" REFERENCES users (id),
    token_id TEXT COLLATE "C" REFERENCES enrollment_tokens (id),
    thumbprint TEXT COLLATE "C" NOT NULL,
    serial TEXT COLLATE "C" NOT NULL,
    credential_name TEXT COLLATE "C" NOT NULL,
    credential_digest TEXT COLLATE "C" NOT NULL,
    nonce BYTEA NOT NULL,
    previous_nonce BYTEA,
    server_secret TEXT COLLATE "C" NOT NULL,
    server_nonce BYTEA NOT NULL,
    facts TEXT COLLATE "C" NOT NULL
);

CREATE INDEX enrollments_of_device ON enrollments (device_id, created_at, id);
CREATE INDEX enrollments_by_credential_name ON enrollments (credential_name, created_at, id);
CREATE INDEX enrollments_by_hardware ON enrollments (organization_id, hw_dev_id, created_at, id);

CREATE TABLE sessions (
    enrollment_id TEXT COLLATE "C" PRIMARY KEY NOT NULL REFERENCES enrollments (id),
    session_id TEXT COLLATE "C" NOT NULL,
    is_open BOOLEAN NOT NULL,
    msg_id BIGINT NOT NULL,
    body_hash BYTEA NOT NULL,
    updated_at BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    reply TEXT COLLATE "C" NOT NULL
);

CREATE TABLE command_batches (
    sequence BIGSERIAL PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
    device_id TEXT COLLATE "C" NOT NULL REFERENCES devices (id),
    user_id TEXT COLLATE "C" REFERENCES users (id),
    name TEXT COLLATE "C",
    created_by TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE INDEX command_batches_of_device ON command_batches (device_id, sequence);

CREATE TABLE commands (
    sequence BIGSERIAL PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    batch_id TEXT COLLATE "C" NOT NULL REFERENCES command_batches (id),
    device_id TEXT COLLATE "C" NOT NULL REFERENCES devices (id),
    path TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL CHECK (action IN ('Add', 'Copy', 'Delete', 'Exec', 'Get', 'Replace')),
    value TEXT COLLATE "C",
    format TEXT COLLATE "C" NOT NULL
        CHECK (format IN ('b64', 'bin', 'bool', 'chr', 'int', 'node', 'null', 'xml', 'date', 'time', 'float')),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('queued', 'sent', 'accepted', 'done', 'canceled')),
    not_before BIGINT CHECK (not_before IS NULL OR state = 'queued'),
    code BIGINT,
    status TEXT COLLATE "C" CHECK ((status IS NOT NULL) = (state = 'done')),
    received_at BIGINT,
    canceled_at BIGINT CHECK ((canceled_at IS NOT NULL) = (state = 'canceled')),
    unanswered BIGINT NOT NULL,
    retries BIGINT NOT NULL,
    sent_at BIGINT,
    expires_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    data TEXT COLLATE "C" NOT NULL
);

CREATE INDEX commands_of_batch ON commands (batch_id, sequence);
CREATE INDEX commands_in_queue ON commands (device_id, state, sequence);
-- Of those that are not over. The condition compares no column with a value: if it did, SQLite would prepare every
-- statement that binds that column anew each time, to see whether this index serves the new value.
CREATE INDEX commands_to_expire ON commands (expires_at, sequence) WHERE status IS NULL AND canceled_at IS NULL;

CREATE TABLE audit_entries (
    sequence BIGSERIAL PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
    happened_at BIGINT NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    actor_kind TEXT COLLATE "C" NOT NULL,
    actor_id TEXT COLLATE "C",
    actor_name TEXT COLLATE "C" NOT NULL,
    target_kind TEXT COLLATE "C",
    target_id TEXT COLLATE "C",
    segment_id BIGINT,
    permission TEXT COLLATE "C",
    route TEXT COLLATE "C",
    address TEXT COLLATE "C",
    request_id TEXT COLLATE "C",
    refused_code BIGINT,
    refused_reason TEXT COLLATE "C" CHECK ((refused_reason IS NULL) = (refused_code IS NULL)),
    value_before TEXT COLLATE "C",
    value_after TEXT COLLATE "C"
);

CREATE INDEX audit_entries_of_organization ON audit_entries (organization_id, sequence);
CREATE INDEX audit_entries_by_target ON audit_entries (organization_id, target_id, sequence);
CREATE INDEX audit_entries_by_action ON audit_entries (organization_id, action, sequence);

-- What is on record stays on record, whoever writes to the database.
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit record is append-only';
END;
$$;

CREATE TRIGGER audit_entries_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
