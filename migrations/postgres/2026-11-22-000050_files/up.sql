-- Files on record. What is in them is in the folder for files, under `file_id`.
CREATE TABLE assets (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL,
    segment_id BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('app', 'book', 'image', 'script', 'other', 'certificate')),
    name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C",
    expose_to_children BOOLEAN NOT NULL,
    file_id TEXT COLLATE "C" NOT NULL UNIQUE,
    file_name TEXT COLLATE "C" NOT NULL,
    file_name_key TEXT COLLATE "C" NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    FOREIGN KEY (organization_id, segment_id) REFERENCES segments (organization_id, id)
);

CREATE INDEX assets_of_organization ON assets (organization_id, created_at, id);
CREATE INDEX assets_of_segment ON assets (organization_id, segment_id, created_at, id);

CREATE TABLE admx_configs (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL,
    segment_id BIGINT NOT NULL,
    app_name TEXT COLLATE "C" NOT NULL,
    app_name_key TEXT COLLATE "C" NOT NULL,
    setting_type TEXT COLLATE "C" NOT NULL CHECK (setting_type IN ('Policy', 'Preference')),
    file_name TEXT COLLATE "C" NOT NULL,
    file_name_key TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C",
    description_key TEXT COLLATE "C",
    expose_to_children BOOLEAN NOT NULL,
    sha256 TEXT COLLATE "C" NOT NULL,
    size BIGINT NOT NULL,
    has_language BOOLEAN NOT NULL,
    definitions BIGINT NOT NULL,
    warnings TEXT COLLATE "C" NOT NULL,
    warning_count BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- Windows compares them without case.
    UNIQUE (organization_id, app_name_key, setting_type, file_name_key),
    FOREIGN KEY (organization_id, segment_id) REFERENCES segments (organization_id, id)
);

CREATE INDEX admx_configs_of_organization ON admx_configs (organization_id, created_at, id);
CREATE INDEX admx_configs_of_segment ON admx_configs (organization_id, segment_id, created_at, id);

-- Megabytes of text, apart from what lists show.
CREATE TABLE admx_sources (
    config_id TEXT COLLATE "C" PRIMARY KEY NOT NULL REFERENCES admx_configs (id),
    admx TEXT COLLATE "C" NOT NULL,
    adml TEXT COLLATE "C"
);

-- Templates are taken apart once, so that no page has to.
CREATE TABLE admx_definitions (
    config_id TEXT COLLATE "C" NOT NULL REFERENCES admx_configs (id),
    position BIGINT NOT NULL,
    class TEXT COLLATE "C" NOT NULL CHECK (class IN ('Machine', 'User', 'Both')),
    search_key TEXT COLLATE "C" NOT NULL,
    content TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (config_id, position)
);
