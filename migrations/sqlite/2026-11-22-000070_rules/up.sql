-- Audiences, automation rules, what rules give to devices, and the work that is left to do of it.

CREATE TABLE device_audiences (
    id TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL,
    segment_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    expose_to_children INTEGER NOT NULL CHECK (expose_to_children IN (0, 1)),
    selectors TEXT NOT NULL,
    exclude TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    FOREIGN KEY (organization_id, segment_id) REFERENCES segments (organization_id, id)
) STRICT;

CREATE INDEX device_audiences_of_organization ON device_audiences (organization_id, created_at, id);

-- A removed rule stays, without its policy, until no device has an entry of it.
CREATE TABLE automation_rules (
    id TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL,
    segment_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    audiences TEXT NOT NULL,
    policy_id TEXT REFERENCES policies (id),
    priority INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 10000),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    removed_at INTEGER,
    CHECK ((policy_id IS NULL) = (removed_at IS NOT NULL)),
    FOREIGN KEY (organization_id, segment_id) REFERENCES segments (organization_id, id)
) STRICT;

CREATE INDEX automation_rules_of_organization ON automation_rules (organization_id, created_at, id);

-- That a rule matches a device, through which audiences and why.
CREATE TABLE rule_enforcements (
    device_id TEXT NOT NULL REFERENCES devices (id),
    rule_id TEXT NOT NULL REFERENCES automation_rules (id),
    audiences TEXT NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (device_id, rule_id)
) STRICT;

CREATE INDEX rule_enforcements_of_rule ON rule_enforcements (rule_id, device_id);

-- The latest turns of a rule and a device, for the guard against flapping. Forgotten by age.
CREATE TABLE rule_flips (
    device_id TEXT NOT NULL,
    rule_id TEXT NOT NULL,
    times TEXT NOT NULL,
    held INTEGER NOT NULL CHECK (held IN (0, 1)),
    last_at INTEGER NOT NULL,
    PRIMARY KEY (device_id, rule_id)
) STRICT;

CREATE INDEX rule_flips_to_forget ON rule_flips (last_at);

-- What is left to do: where the job stands in the circle of devices, and where the circle closes. The subject is a user's
-- id, or empty.
CREATE TABLE rule_work (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    kind TEXT NOT NULL CHECK (kind IN ('rules', 'user', 'sweep')),
    subject TEXT NOT NULL,
    after_device TEXT,
    until_device TEXT,
    wrapped INTEGER NOT NULL CHECK (wrapped IN (0, 1)),
    differences INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (organization_id, kind, subject)
) STRICT;

CREATE INDEX devices_by_id_of_organization ON devices (organization_id, id);
