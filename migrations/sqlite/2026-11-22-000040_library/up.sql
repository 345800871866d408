-- What policies and devices refer to: applications, scripts, smart attributes with the values that were given by hand.

CREATE TABLE applications (
    id TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL,
    segment_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    description TEXT,
    kind TEXT NOT NULL CHECK (kind IN ('store', 'asset')),
    win_store_id TEXT CHECK ((win_store_id IS NOT NULL) = (kind = 'store')),
    win_store_id_key TEXT,
    mdm_asset_id TEXT CHECK ((mdm_asset_id IS NOT NULL) = (kind = 'asset')),
    filter TEXT,
    expose_to_children INTEGER NOT NULL CHECK (expose_to_children IN (0, 1)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    FOREIGN KEY (organization_id, segment_id) REFERENCES segments (organization_id, id)
) STRICT;

CREATE INDEX applications_of_organization ON applications (organization_id, created_at, id);
CREATE INDEX applications_of_segment ON applications (organization_id, segment_id, created_at, id);
CREATE INDEX applications_of_asset ON applications (mdm_asset_id);

CREATE TABLE scripts (
    id TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL,
    segment_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    description TEXT,
    runner TEXT NOT NULL CHECK (runner IN ('powershell.exe', 'pwsh.exe', 'cmd.exe', 'sh')),
    context TEXT NOT NULL CHECK (context IN ('system', 'user')),
    timeout_seconds INTEGER NOT NULL,
    expose_to_children INTEGER NOT NULL CHECK (expose_to_children IN (0, 1)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    content TEXT NOT NULL,
    FOREIGN KEY (organization_id, segment_id) REFERENCES segments (organization_id, id)
) STRICT;

CREATE INDEX scripts_of_organization ON scripts (organization_id, created_at, id);
CREATE INDEX scripts_of_segment ON scripts (organization_id, segment_id, created_at, id);

-- What administrators gave to devices, in their order.
CREATE TABLE device_scripts (
    device_id TEXT NOT NULL REFERENCES devices (id),
    position INTEGER NOT NULL,
    script_id TEXT NOT NULL REFERENCES scripts (id),
    kind TEXT NOT NULL CHECK (kind IN ('once', 'loop', 'onDemand')),
    loop_time INTEGER,
    reset_date TEXT,
    arguments TEXT,
    scope TEXT CHECK (scope IN ('system', 'user')),
    PRIMARY KEY (device_id, position),
    UNIQUE (device_id, script_id)
) STRICT;

CREATE INDEX device_scripts_of_script ON device_scripts (script_id, device_id);

-- What each policy names in its present version, with ids in lower case: so that a record knows who uses it.
CREATE TABLE policy_references (
    policy_id TEXT NOT NULL REFERENCES policies (id),
    kind TEXT NOT NULL CHECK (kind IN ('application', 'script', 'admxConfig', 'asset')),
    reference_id TEXT NOT NULL,
    PRIMARY KEY (policy_id, kind, reference_id)
) STRICT;

CREATE INDEX policy_references_of_record ON policy_references (kind, reference_id, policy_id);

CREATE TABLE smart_attributes (
    id TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    description TEXT,
    input TEXT NOT NULL CHECK (input IN ('constant', 'enum', 'manual')),
    source TEXT NOT NULL CHECK (source IN ('it', 'user', 'device', 'constant')),
    output TEXT NOT NULL CHECK (output IN ('string', 'number', 'boolean', 'date')),
    -- The value of a constant, the options of an enumeration.
    detail TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (organization_id, name_key)
) STRICT;

CREATE TABLE device_smart_values (
    device_id TEXT NOT NULL REFERENCES devices (id),
    position INTEGER NOT NULL,
    attribute_id TEXT NOT NULL REFERENCES smart_attributes (id),
    value TEXT NOT NULL,
    PRIMARY KEY (device_id, position),
    UNIQUE (device_id, attribute_id)
) STRICT;

CREATE INDEX device_smart_values_of_attribute ON device_smart_values (attribute_id, device_id);

CREATE TABLE user_smart_values (
    user_id TEXT NOT NULL REFERENCES users (id),
    position INTEGER NOT NULL,
    attribute_id TEXT NOT NULL REFERENCES smart_attributes (id),
    value TEXT NOT NULL,
    PRIMARY KEY (user_id, position),
    UNIQUE (user_id, attribute_id)
) STRICT;

CREATE INDEX user_smart_values_of_attribute ON user_smart_values (attribute_id, user_id);
