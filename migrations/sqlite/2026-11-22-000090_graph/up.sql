-- What Microsoft Graph knows of a device beside its record: facts of administrators, and values that were asserted.
CREATE TABLE managed_device_facts (
    device_id TEXT PRIMARY KEY NOT NULL REFERENCES devices (id),
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    stored TEXT NOT NULL,
    asserted TEXT NOT NULL,
    is_asserted INTEGER NOT NULL CHECK (is_asserted IN (0, 1)),
    updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX managed_device_facts_asserted ON managed_device_facts (organization_id, is_asserted, device_id);

-- Keys that this server made for itself, such as the one that its paging tokens are signed with.
CREATE TABLE server_keys (
    purpose TEXT PRIMARY KEY NOT NULL,
    key BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
