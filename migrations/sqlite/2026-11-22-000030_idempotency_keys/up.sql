-- Requests that came with an Idempotency-Key, with their answers for a repetition. Made in the transaction of the write
-- itself. The answer is encrypted with a key that only the caller's token gives.
CREATE TABLE idempotency_keys (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    token_id TEXT NOT NULL REFERENCES api_tokens (id) ON DELETE CASCADE,
    idempotency_key TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    used_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    answer BLOB,
    UNIQUE (token_id, idempotency_key)
) STRICT;

CREATE INDEX idempotency_keys_to_forget ON idempotency_keys (expires_at, sequence);
