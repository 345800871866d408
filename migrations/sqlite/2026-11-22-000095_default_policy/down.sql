DROP INDEX automation_rules_of_policy;

CREATE TABLE old_default_configs (
    id TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    kind TEXT NOT NULL CHECK (kind IN ('winEnrollmentTemplate')),
    template_id TEXT NOT NULL REFERENCES enrollment_templates (id),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (organization_id, kind)
) STRICT;

INSERT INTO old_default_configs (id, organization_id, kind, template_id, created_at, updated_at)
SELECT id, organization_id, kind, template_id, created_at, updated_at FROM default_configs
WHERE kind = 'winEnrollmentTemplate';

DROP TABLE default_configs;
ALTER TABLE old_default_configs RENAME TO default_configs;
