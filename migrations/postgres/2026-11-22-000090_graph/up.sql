-- What Microsoft Graph knows of a device beside its record: facts of administrators, and values that were asserted.
CREATE TABLE managed_device_facts (
    device_id TEXT COLLATE "C" PRIMARY KEY NOT NULL REFERENCES devices (id),
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
    stored TEXT COLLATE "C" NOT NULL,
    asserted TEXT COLLATE "C" NOT NULL,
    is_asserted BOOLEAN NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE INDEX managed_device_facts_asserted ON managed_device_facts (organization_id, is_asserted, device_id);

-- Keys that this server made for itself, such as the one that its paging tokens are signed with.
CREATE TABLE server_keys (
    purpose TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    key BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);
