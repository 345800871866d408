CREATE TABLE policies (
    id TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL,
    segment_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    expose_to_children INTEGER NOT NULL CHECK (expose_to_children IN (0, 1)),
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    content TEXT NOT NULL,
    FOREIGN KEY (organization_id, segment_id) REFERENCES segments (organization_id, id)
) STRICT;

CREATE INDEX policies_of_organization ON policies (organization_id, created_at, id);
CREATE INDEX policies_of_segment ON policies (organization_id, segment_id, created_at, id);

-- Every version is kept as long as the policy is.
CREATE TABLE policy_versions (
    policy_id TEXT NOT NULL REFERENCES policies (id),
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    segment_id INTEGER NOT NULL,
    expose_to_children INTEGER NOT NULL CHECK (expose_to_children IN (0, 1)),
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (policy_id, version)
) STRICT;

-- What administrators gave to devices, in their order.
CREATE TABLE device_policy_assignments (
    device_id TEXT NOT NULL REFERENCES devices (id),
    position INTEGER NOT NULL,
    slot TEXT NOT NULL CHECK (slot IN ('primary', 'direct')),
    policy_id TEXT NOT NULL REFERENCES policies (id),
    priority INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 10000),
    PRIMARY KEY (device_id, position),
    UNIQUE (device_id, slot, policy_id)
) STRICT;

CREATE INDEX device_policy_assignments_of_policy ON device_policy_assignments (policy_id, device_id);

-- What was last computed for a device: enough to tell whether it is still the same.
CREATE TABLE device_effective_policies (
    device_id TEXT PRIMARY KEY NOT NULL REFERENCES devices (id),
    hash TEXT NOT NULL,
    version INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
