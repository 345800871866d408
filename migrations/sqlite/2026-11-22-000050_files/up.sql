-- Files on record. What is in them is in the folder for files, under `file_id`.
CREATE TABLE assets (
    id TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL,
    segment_id INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('app', 'book', 'image', 'script', 'other', 'certificate')),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    description TEXT,
    expose_to_children INTEGER NOT NULL CHECK (expose_to_children IN (0, 1)),
    file_id TEXT NOT NULL UNIQUE,
    file_name TEXT NOT NULL,
    file_name_key TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    FOREIGN KEY (organization_id, segment_id) REFERENCES segments (organization_id, id)
) STRICT;

CREATE INDEX assets_of_organization ON assets (organization_id, created_at, id);
CREATE INDEX assets_of_segment ON assets (organization_id, segment_id, created_at, id);

CREATE TABLE admx_configs (
    id TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL,
    segment_id INTEGER NOT NULL,
    app_name TEXT NOT NULL,
    app_name_key TEXT NOT NULL,
    setting_type TEXT NOT NULL CHECK (setting_type IN ('Policy', 'Preference')),
    file_name TEXT NOT NULL,
    file_name_key TEXT NOT NULL,
    description TEXT,
    description_key TEXT,
    expose_to_children INTEGER NOT NULL CHECK (expose_to_children IN (0, 1)),
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    has_language INTEGER NOT NULL CHECK (has_language IN (0, 1)),
    definitions INTEGER NOT NULL,
    warnings TEXT NOT NULL,
    warning_count INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    -- Windows compares them without case.
    UNIQUE (organization_id, app_name_key, setting_type, file_name_key),
    FOREIGN KEY (organization_id, segment_id) REFERENCES segments (organization_id, id)
) STRICT;

CREATE INDEX admx_configs_of_organization ON admx_configs (organization_id, created_at, id);
CREATE INDEX admx_configs_of_segment ON admx_configs (organization_id, segment_id, created_at, id);

-- Megabytes of text, apart from what lists show.
CREATE TABLE admx_sources (
    config_id TEXT PRIMARY KEY NOT NULL REFERENCES admx_configs (id),
    admx TEXT NOT NULL,
    adml TEXT
) STRICT;

-- Templates are taken apart once, so that no page has to.
CREATE TABLE admx_definitions (
    config_id TEXT NOT NULL REFERENCES admx_configs (id),
    position INTEGER NOT NULL,
    class TEXT NOT NULL CHECK (class IN ('Machine', 'User', 'Both')),
    search_key TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (config_id, position)
) STRICT;
