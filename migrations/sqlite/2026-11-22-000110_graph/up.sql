-- What Microsoft Graph knows of a device beside its record: facts of administrators, and values that were asserted.
CREATE TABLE managed_device_facts (
    -- The device's.
    id TEXT PRIMARY KEY NOT NULL REFERENCES devices (id),
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    stored TEXT NOT NULL,
    asserted TEXT NOT NULL,
    -- Asserted values that open something; sealed.
    secrets TEXT,
    is_asserted INTEGER NOT NULL CHECK (is_asserted IN (0, 1)),
    updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX managed_device_facts_asserted ON managed_device_facts (organization_id, is_asserted, id);

-- Keys that this server made for itself, such as the one that its paging tokens are signed with; sealed.
CREATE TABLE server_keys (
    -- What it is for.
    id TEXT PRIMARY KEY NOT NULL,
    key TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- What a PC has said of its software in an inventory that is not over.
CREATE TABLE software_findings (
    device_id TEXT NOT NULL REFERENCES devices (id),
    uri TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (device_id, uri)
) STRICT, WITHOUT ROWID;

-- Apps that PCs of an organization have.
CREATE TABLE detected_apps (
    id TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    version TEXT,
    publisher TEXT
) STRICT;

CREATE INDEX detected_apps_of_organization ON detected_apps (organization_id, id);

-- Which PC has which.
CREATE TABLE device_apps (
    device_id TEXT NOT NULL REFERENCES devices (id),
    app_id TEXT NOT NULL REFERENCES detected_apps (id),
    PRIMARY KEY (device_id, app_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX device_apps_by_app ON device_apps (app_id, device_id);

-- What Graph says of a script beside what the management API does.
ALTER TABLE scripts ADD COLUMN file_name TEXT;
ALTER TABLE scripts ADD COLUMN enforce_signature_check INTEGER NOT NULL DEFAULT 0 CHECK (enforce_signature_check IN (0, 1));
ALTER TABLE scripts ADD COLUMN run_as_32_bit INTEGER NOT NULL DEFAULT 0 CHECK (run_as_32_bit IN (0, 1));
