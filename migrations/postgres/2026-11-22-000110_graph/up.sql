-- What Microsoft Graph knows of a device beside its record: facts of administrators, and values that were asserted.
CREATE TABLE managed_device_facts (
    -- The device's.
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL REFERENCES devices (id),
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
    stored TEXT COLLATE "C" NOT NULL,
    asserted TEXT COLLATE "C" NOT NULL,
    -- Asserted values that open something; sealed.
    secrets TEXT COLLATE "C",
    is_asserted BOOLEAN NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE INDEX managed_device_facts_asserted ON managed_device_facts (organization_id, is_asserted, id);

-- Keys that this server made for itself, such as the one that its paging tokens are signed with; sealed.
CREATE TABLE server_keys (
    -- What it is for.
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);

-- What a PC has said of its software in an inventory that is not over.
CREATE TABLE software_findings (
    device_id TEXT COLLATE "C" NOT NULL REFERENCES devices (id),
    uri TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (device_id, uri)
);

-- Apps that PCs of an organization have.
CREATE TABLE detected_apps (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
    name TEXT COLLATE "C" NOT NULL,
    version TEXT COLLATE "C",
    publisher TEXT COLLATE "C"
);

CREATE INDEX detected_apps_of_organization ON detected_apps (organization_id, id);

-- Which PC has which.
CREATE TABLE device_apps (
    device_id TEXT COLLATE "C" NOT NULL REFERENCES devices (id),
    app_id TEXT COLLATE "C" NOT NULL REFERENCES detected_apps (id),
    PRIMARY KEY (device_id, app_id)
);

CREATE INDEX device_apps_by_app ON device_apps (app_id, device_id);

-- What Graph says of a script beside what the management API does.
ALTER TABLE scripts ADD COLUMN file_name TEXT COLLATE "C";
ALTER TABLE scripts ADD COLUMN enforce_signature_check BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE scripts ADD COLUMN run_as_32_bit BOOLEAN NOT NULL DEFAULT FALSE;
