CREATE TABLE policies (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL,
    segment_id BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    expose_to_children BOOLEAN NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    content TEXT COLLATE "C" NOT NULL,
    FOREIGN KEY (organization_id, segment_id) REFERENCES segments (organization_id, id)
);

CREATE INDEX policies_of_organization ON policies (organization_id, created_at, id);
CREATE INDEX policies_of_segment ON policies (organization_id, segment_id, created_at, id);

-- Every version is kept as long as the policy is.
CREATE TABLE policy_versions (
    policy_id TEXT COLLATE "C" NOT NULL REFERENCES policies (id),
    version BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    segment_id BIGINT NOT NULL,
    expose_to_children BOOLEAN NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    content TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (policy_id, version)
);

-- What administrators gave to devices, in their order.
CREATE TABLE device_policy_assignments (
    device_id TEXT COLLATE "C" NOT NULL REFERENCES devices (id),
    position BIGINT NOT NULL,
    slot TEXT COLLATE "C" NOT NULL CHECK (slot IN ('primary', 'direct')),
    policy_id TEXT COLLATE "C" NOT NULL REFERENCES policies (id),
    priority BIGINT NOT NULL CHECK (priority BETWEEN 0 AND 10000),
    PRIMARY KEY (device_id, position),
    UNIQUE (device_id, slot, policy_id)
);

CREATE INDEX device_policy_assignments_of_policy ON device_policy_assignments (policy_id, device_id);

-- What was last computed for a device: enough to tell whether it is still the same.
CREATE TABLE device_effective_policies (
    device_id TEXT COLLATE "C" PRIMARY KEY NOT NULL REFERENCES devices (id),
    hash TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
