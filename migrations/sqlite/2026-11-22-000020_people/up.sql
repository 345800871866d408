-- Users with tags and facts, service accounts with roles, segments that can be removed.

ALTER TABLE users ADD COLUMN name_key TEXT;
ALTER TABLE users ADD COLUMN language TEXT;
ALTER TABLE users ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}';
ALTER TABLE users ADD COLUMN updated_at INTEGER NOT NULL DEFAULT 0;
-- A removed user's row stays as an empty shell, because enrolments and batches of commands refer to it.
ALTER TABLE users ADD COLUMN removed_at INTEGER;
-- ASCII only, as both databases do it; the next change of the user makes it whole.
UPDATE users SET updated_at = created_at, name_key = lower(name);

CREATE INDEX users_of_organization ON users (organization_id, created_at, id);

CREATE TABLE user_tags (
    user_id TEXT NOT NULL REFERENCES users (id),
    position INTEGER NOT NULL,
    tag TEXT NOT NULL,
    tag_key TEXT NOT NULL,
    PRIMARY KEY (user_id, position)
) STRICT;

CREATE INDEX user_tags_by_key ON user_tags (tag_key, user_id);

-- The largest number of a segment that was removed: it is not given again.
CREATE TABLE segment_numbers (
    organization_id TEXT PRIMARY KEY NOT NULL REFERENCES organizations (id),
    last INTEGER NOT NULL
) STRICT;

CREATE TABLE segment_roles (
    id TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    actions TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (organization_id, slug)
) STRICT;

CREATE TABLE service_accounts (
    id TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    description TEXT,
    assignments TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX service_accounts_of_organization ON service_accounts (organization_id, created_at, id);

-- Each token that is there gets an account of its own, with the token's id, that may do just what the token may.
INSERT INTO service_accounts (id, organization_id, name, description, assignments, created_at, updated_at)
SELECT
    id, organization_id, name, NULL,
    json_array(json_object('actions', json(permissions), 'segments', json(segments))),
    created_at, created_at
FROM api_tokens;

CREATE TABLE api_tokens_with_accounts (
    id TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    service_account_id TEXT NOT NULL REFERENCES service_accounts (id),
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    permissions TEXT NOT NULL,
    segments TEXT NOT NULL,
    addresses TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    last_used_at INTEGER
) STRICT;

INSERT INTO api_tokens_with_accounts
SELECT
    id, organization_id, id, name, hash, permissions, segments, '[]', created_at, expires_at, revoked_at, NULL
FROM api_tokens;

DROP TABLE api_tokens;
ALTER TABLE api_tokens_with_accounts RENAME TO api_tokens;

CREATE INDEX api_tokens_of_organization ON api_tokens (organization_id, created_at, id);
CREATE INDEX api_tokens_of_account ON api_tokens (service_account_id, created_at, id);
CREATE INDEX enrollment_tokens_of_user ON enrollment_tokens (user_id);
CREATE INDEX enrollment_tokens_of_segment ON enrollment_tokens (organization_id, segment_id);
