DROP INDEX automation_rules_of_policy;

CREATE TABLE old_default_configs (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('winEnrollmentTemplate')),
    template_id TEXT COLLATE "C" NOT NULL REFERENCES enrollment_templates (id),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (organization_id, kind)
);

INSERT INTO old_default_configs (id, organization_id, kind, template_id, created_at, updated_at)
SELECT id, organization_id, kind, template_id, created_at, updated_at FROM default_configs
WHERE kind = 'winEnrollmentTemplate';

DROP TABLE default_configs;
ALTER TABLE old_default_configs RENAME TO default_configs;
