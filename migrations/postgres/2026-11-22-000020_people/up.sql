-- Users with tags and facts, service accounts with roles, segments that can be removed.

ALTER TABLE users ADD COLUMN name_key TEXT COLLATE "C";
ALTER TABLE users ADD COLUMN language TEXT COLLATE "C";
ALTER TABLE users ADD COLUMN metadata TEXT COLLATE "C" NOT NULL DEFAULT '{}';
ALTER TABLE users ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
-- A removed user's row stays as an empty shell, because enrolments and batches of commands refer to it.
ALTER TABLE users ADD COLUMN removed_at BIGINT;
-- ASCII only, as both databases do it; the next change of the user makes it whole.
UPDATE users SET updated_at = created_at, name_key = lower(name);

CREATE INDEX users_of_organization ON users (organization_id, created_at, id);

CREATE TABLE user_tags (
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    position BIGINT NOT NULL,
    tag TEXT COLLATE "C" NOT NULL,
    tag_key TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (user_id, position)
);

CREATE INDEX user_tags_by_key ON user_tags (tag_key, user_id);

-- The largest number of a segment that was removed: it is not given again.
CREATE TABLE segment_numbers (
    organization_id TEXT COLLATE "C" PRIMARY KEY NOT NULL REFERENCES organizations (id),
    last BIGINT NOT NULL
);

CREATE TABLE segment_roles (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
    name TEXT COLLATE "C" NOT NULL,
    slug TEXT COLLATE "C" NOT NULL,
    actions TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (organization_id, slug)
);

CREATE TABLE service_accounts (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
    name TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C",
    assignments TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE INDEX service_accounts_of_organization ON service_accounts (organization_id, created_at, id);

-- Each token that is there gets an account of its own, with the token's id, that may do just what the token may.
INSERT INTO service_accounts (id, organization_id, name, description, assignments, created_at, updated_at)
SELECT
    id, organization_id, name, NULL,
    json_build_array(json_build_object('actions', permissions::json, 'segments', segments::json))::text,
    created_at, created_at
FROM api_tokens;

ALTER TABLE api_tokens ADD COLUMN service_account_id TEXT COLLATE "C";
ALTER TABLE api_tokens ADD COLUMN addresses TEXT COLLATE "C" NOT NULL DEFAULT '[]';
ALTER TABLE api_tokens ADD COLUMN last_used_at BIGINT;
UPDATE api_tokens SET service_account_id = id;
ALTER TABLE api_tokens ALTER COLUMN service_account_id SET NOT NULL;
ALTER TABLE api_tokens ADD FOREIGN KEY (service_account_id) REFERENCES service_accounts (id);

CREATE INDEX api_tokens_of_account ON api_tokens (service_account_id, created_at, id);
CREATE INDEX enrollment_tokens_of_user ON enrollment_tokens (user_id);
CREATE INDEX enrollment_tokens_of_segment ON enrollment_tokens (organization_id, segment_id);
