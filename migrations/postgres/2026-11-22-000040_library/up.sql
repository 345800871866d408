-- What policies and devices refer to: applications, scripts, smart attributes with the values that were given by hand.

CREATE TABLE applications (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL,
    segment_id BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C",
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('store', 'asset')),
    win_store_id TEXT COLLATE "C" CHECK ((win_store_id IS NOT NULL) = (kind = 'store')),
    win_store_id_key TEXT COLLATE "C",
    mdm_asset_id TEXT COLLATE "C" CHECK ((mdm_asset_id IS NOT NULL) = (kind = 'asset')),
    filter TEXT COLLATE "C",
    expose_to_children BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    FOREIGN KEY (organization_id, segment_id) REFERENCES segments (organization_id, id)
);

CREATE INDEX applications_of_organization ON applications (organization_id, created_at, id);
CREATE INDEX applications_of_segment ON applications (organization_id, segment_id, created_at, id);
CREATE INDEX applications_of_asset ON applications (mdm_asset_id);

CREATE TABLE scripts (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL,
    segment_id BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C",
    runner TEXT COLLATE "C" NOT NULL CHECK (runner IN ('powershell.exe', 'pwsh.exe', 'cmd.exe', 'sh')),
    context TEXT COLLATE "C" NOT NULL CHECK (context IN ('system', 'user')),
    timeout_seconds BIGINT NOT NULL,
    expose_to_children BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    content TEXT COLLATE "C" NOT NULL,
    FOREIGN KEY (organization_id, segment_id) REFERENCES segments (organization_id, id)
);

CREATE INDEX scripts_of_organization ON scripts (organization_id, created_at, id);
CREATE INDEX scripts_of_segment ON scripts (organization_id, segment_id, created_at, id);

-- What administrators gave to devices, in their order.
CREATE TABLE device_scripts (
    device_id TEXT COLLATE "C" NOT NULL REFERENCES devices (id),
    position BIGINT NOT NULL,
    script_id TEXT COLLATE "C" NOT NULL REFERENCES scripts (id),
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('once', 'loop', 'onDemand')),
    loop_time BIGINT,
    reset_date TEXT COLLATE "C",
    arguments TEXT COLLATE "C",
    scope TEXT COLLATE "C" CHECK (scope IN ('system', 'user')),
    PRIMARY KEY (device_id, position),
    UNIQUE (device_id, script_id)
);

CREATE INDEX device_scripts_of_script ON device_scripts (script_id, device_id);

-- What each policy names in its present version, with ids in lower case: so that a record knows who uses it.
CREATE TABLE policy_references (
    policy_id TEXT COLLATE "C" NOT NULL REFERENCES policies (id),
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('application', 'script', 'admxConfig', 'asset')),
    reference_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (policy_id, kind, reference_id)
);

CREATE INDEX policy_references_of_record ON policy_references (kind, reference_id, policy_id);

CREATE TABLE smart_attributes (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
    name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C",
    input TEXT COLLATE "C" NOT NULL CHECK (input IN ('constant', 'enum', 'manual')),
    source TEXT COLLATE "C" NOT NULL CHECK (source IN ('it', 'user', 'device', 'constant')),
    output TEXT COLLATE "C" NOT NULL CHECK (output IN ('string', 'number', 'boolean', 'date')),
    -- The value of a constant, the options of an enumeration.
    detail TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (organization_id, name_key)
);

CREATE TABLE device_smart_values (
    device_id TEXT COLLATE "C" NOT NULL REFERENCES devices (id),
    position BIGINT NOT NULL,
    attribute_id TEXT COLLATE "C" NOT NULL REFERENCES smart_attributes (id),
    value TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (device_id, position),
    UNIQUE (device_id, attribute_id)
);

CREATE INDEX device_smart_values_of_attribute ON device_smart_values (attribute_id, device_id);

CREATE TABLE user_smart_values (
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    position BIGINT NOT NULL,
    attribute_id TEXT COLLATE "C" NOT NULL REFERENCES smart_attributes (id),
    value TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (user_id, position),
    UNIQUE (user_id, attribute_id)
);

CREATE INDEX user_smart_values_of_attribute ON user_smart_values (attribute_id, user_id);
