-- What scripts are assigned to, and the runs that this gives devices.

-- Whom a script is assigned to. A script that is assigned is not removed.
CREATE TABLE script_assignments (
    script_id TEXT COLLATE "C" PRIMARY KEY NOT NULL REFERENCES scripts (id),
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
    targets TEXT COLLATE "C" NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE INDEX script_assignments_of_organization ON script_assignments (organization_id, script_id);

-- That an assignment gives a device a script, and how that went. What is left of a script that is gone is worked off with
-- the rules.
CREATE TABLE script_runs (
    device_id TEXT COLLATE "C" NOT NULL REFERENCES devices (id),
    script_id TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('unknown', 'success', 'fail', 'scriptError', 'pending', 'notApplicable')),
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (device_id, script_id)
);

CREATE INDEX script_runs_of_script ON script_runs (script_id, device_id);
CREATE INDEX script_runs_that_ran ON script_runs (script_id, state, device_id) WHERE state <> 'pending';

-- Turns are counted of rules and of scripts' assignments: what `rule_id` is the id of.
ALTER TABLE rule_flips ADD COLUMN kind TEXT COLLATE "C" NOT NULL DEFAULT 'rule' CHECK (kind IN ('rule', 'script'));
