-- Enrolment templates with their tokens, tokens that give something by themselves, the organization's default, and what
-- became of each PC by the rules.

-- Those made at the command line name their segment, so their PCs go there whatever a rule says.
ALTER TABLE enrollment_tokens ADD COLUMN places BOOLEAN NOT NULL DEFAULT TRUE;
-- Sealed; of templates' tokens only, which can be revealed.
ALTER TABLE enrollment_tokens ADD COLUMN sealed_value TEXT COLLATE "C";
-- Stays when the template is removed, so it refers to nothing.
ALTER TABLE enrollment_tokens ADD COLUMN template_id TEXT COLLATE "C";
ALTER TABLE enrollment_tokens ADD COLUMN display_name TEXT COLLATE "C";
ALTER TABLE enrollment_tokens ADD COLUMN tags TEXT COLLATE "C" NOT NULL DEFAULT '[]';
ALTER TABLE enrollment_tokens ADD COLUMN primary_policy_id TEXT COLLATE "C";
ALTER TABLE enrollment_tokens ADD COLUMN assignments TEXT COLLATE "C" NOT NULL DEFAULT '[]';
ALTER TABLE enrollment_tokens ADD COLUMN language TEXT COLLATE "C";
ALTER TABLE enrollment_tokens ADD COLUMN email_text TEXT COLLATE "C";
ALTER TABLE enrollment_tokens ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
UPDATE enrollment_tokens SET updated_at = created_at;

CREATE INDEX enrollment_tokens_of_organization ON enrollment_tokens (organization_id, created_at, id);

CREATE TABLE enrollment_templates (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL,
    segment_id BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C",
    rules TEXT COLLATE "C" NOT NULL,
    auxiliary_fields TEXT COLLATE "C" NOT NULL,
    login_providers TEXT COLLATE "C" NOT NULL,
    allow_auto_continue BOOLEAN NOT NULL,
    tenant_id TEXT COLLATE "C",
    client_id TEXT COLLATE "C",
    client_secret TEXT COLLATE "C",
    token_id TEXT COLLATE "C" NOT NULL REFERENCES enrollment_tokens (id),
    counter BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (organization_id, name_key),
    FOREIGN KEY (organization_id, segment_id) REFERENCES segments (organization_id, id)
);

CREATE INDEX enrollment_templates_of_organization ON enrollment_templates (organization_id, created_at, id);

-- What templates and tokens name, so that it is found from the other side and cannot be removed unseen.
CREATE TABLE enrollment_template_policies (
    template_id TEXT COLLATE "C" NOT NULL REFERENCES enrollment_templates (id),
    policy_id TEXT COLLATE "C" NOT NULL REFERENCES policies (id),
    PRIMARY KEY (template_id, policy_id)
);

CREATE INDEX enrollment_template_policies_by_policy ON enrollment_template_policies (policy_id, template_id);

CREATE TABLE enrollment_template_segments (
    template_id TEXT COLLATE "C" NOT NULL REFERENCES enrollment_templates (id),
    organization_id TEXT COLLATE "C" NOT NULL,
    segment_id BIGINT NOT NULL,
    PRIMARY KEY (template_id, segment_id),
    FOREIGN KEY (organization_id, segment_id) REFERENCES segments (organization_id, id)
);

CREATE INDEX enrollment_template_segments_by_segment ON enrollment_template_segments (organization_id, segment_id);

CREATE TABLE enrollment_token_policies (
    token_id TEXT COLLATE "C" NOT NULL REFERENCES enrollment_tokens (id),
    policy_id TEXT COLLATE "C" NOT NULL REFERENCES policies (id),
    PRIMARY KEY (token_id, policy_id)
);

CREATE INDEX enrollment_token_policies_by_policy ON enrollment_token_policies (policy_id, token_id);

CREATE TABLE default_configs (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('winEnrollmentTemplate')),
    template_id TEXT COLLATE "C" NOT NULL REFERENCES enrollment_templates (id),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (organization_id, kind)
);

-- The template may have been removed since, so it refers to nothing.
ALTER TABLE devices ADD COLUMN enrollment_template_id TEXT COLLATE "C";
ALTER TABLE devices ADD COLUMN enrollment_state TEXT COLLATE "C"
    CHECK (enrollment_state IN ('decided', 'undecided', 'unmatched'));
-- Each ends in the columns that every list of devices looks at, so that a list reads nothing else.
CREATE INDEX devices_of_enrollment_template ON devices (
    enrollment_template_id, organization_id, created_at, id, state, segment_id
);
CREATE INDEX devices_by_enrollment_state ON devices (
    organization_id, enrollment_state, created_at, id, state, segment_id
);

ALTER TABLE enrollments ADD COLUMN placement TEXT COLLATE "C";
