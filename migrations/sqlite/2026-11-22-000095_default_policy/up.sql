-- The organization's default is an enrolment template or a policy; and policies are found from the rules that give them.

CREATE TABLE new_default_configs (
    id TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    kind TEXT NOT NULL CHECK (kind IN ('winEnrollmentTemplate', 'winPolicy')),
    template_id TEXT REFERENCES enrollment_templates (id),
    policy_id TEXT REFERENCES policies (id),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CHECK ((template_id IS NOT NULL) = (kind = 'winEnrollmentTemplate')),
    CHECK ((policy_id IS NOT NULL) = (kind = 'winPolicy')),
    UNIQUE (organization_id, kind)
) STRICT;

INSERT INTO new_default_configs (id, organization_id, kind, template_id, created_at, updated_at)
SELECT id, organization_id, kind, template_id, created_at, updated_at FROM default_configs;

DROP TABLE default_configs;
ALTER TABLE new_default_configs RENAME TO default_configs;

-- Whose PCs a list by policy shows begins here, and so does what stands in the way of removing a policy.
CREATE INDEX automation_rules_of_policy ON automation_rules (policy_id, enabled, id);
