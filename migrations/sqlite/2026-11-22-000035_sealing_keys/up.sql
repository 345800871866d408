-- The keys that secrets in this database are sealed with, by their ids; the keys themselves are never here. A secret
-- that is stored locks its key's row first, so that a key that is taken away has no secret coming after it.
CREATE TABLE sealing_keys (
    id TEXT PRIMARY KEY NOT NULL
) STRICT;
