-- Audiences, automation rules, what rules give to devices, and the work that is left to do of it.

CREATE TABLE device_audiences (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL,
    segment_id BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C",
    expose_to_children BOOLEAN NOT NULL,
    selectors TEXT COLLATE "C" NOT NULL,
    exclude TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    FOREIGN KEY (organization_id, segment_id) REFERENCES segments (organization_id, id)
);

CREATE INDEX device_audiences_of_organization ON device_audiences (organization_id, created_at, id);

-- A removed rule stays, without its policy, until no device has an entry of it.
CREATE TABLE automation_rules (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL,
    segment_id BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C",
    enabled BOOLEAN NOT NULL,
    audiences TEXT COLLATE "C" NOT NULL,
    policy_id TEXT COLLATE "C" REFERENCES policies (id),
    priority BIGINT NOT NULL CHECK (priority BETWEEN 0 AND 10000),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    removed_at BIGINT,
    CHECK ((policy_id IS NULL) = (removed_at IS NOT NULL)),
    FOREIGN KEY (organization_id, segment_id) REFERENCES segments (organization_id, id)
);

CREATE INDEX automation_rules_of_organization ON automation_rules (organization_id, created_at, id);

-- That a rule matches a device, through which audiences and why.
CREATE TABLE rule_enforcements (
    device_id TEXT COLLATE "C" NOT NULL REFERENCES devices (id),
    rule_id TEXT COLLATE "C" NOT NULL REFERENCES automation_rules (id),
    audiences TEXT COLLATE "C" NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (device_id, rule_id)
);

CREATE INDEX rule_enforcements_of_rule ON rule_enforcements (rule_id, device_id);

-- The latest turns of a rule and a device, for the guard against flapping. Forgotten by age.
CREATE TABLE rule_flips (
    device_id TEXT COLLATE "C" NOT NULL,
    rule_id TEXT COLLATE "C" NOT NULL,
    times TEXT COLLATE "C" NOT NULL,
    held BOOLEAN NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (device_id, rule_id)
);

CREATE INDEX rule_flips_to_forget ON rule_flips (last_at);

-- What is left to do: where the job stands in the circle of devices, and where the circle closes. The subject is a user's
-- id, or empty.
CREATE TABLE rule_work (
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('rules', 'user', 'sweep')),
    subject TEXT COLLATE "C" NOT NULL,
    after_device TEXT COLLATE "C",
    until_device TEXT COLLATE "C",
    wrapped BOOLEAN NOT NULL,
    differences BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, kind, subject)
);

CREATE INDEX devices_by_id_of_organization ON devices (organization_id, id);
