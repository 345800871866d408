-- Requests that came with an Idempotency-Key, with their answers for a repetition. Made in the transaction of the write
-- itself. The answer is encrypted with a key that only the caller's token gives.
CREATE TABLE idempotency_keys (
    sequence BIGSERIAL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    token_id TEXT NOT NULL REFERENCES api_tokens (id) ON DELETE CASCADE,
    idempotency_key TEXT NOT NULL,
    request_hash BYTEA NOT NULL,
    used_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    answer BYTEA,
    UNIQUE (token_id, idempotency_key)
);

CREATE INDEX idempotency_keys_to_forget ON idempotency_keys (expires_at, sequence);
