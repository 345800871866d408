-- A person may be known to several organizations by one e-mail; whoever signs in with a password is found by the e-mail
-- alone. A database made before this migration keeps its stricter rule, one e-mail on the whole server: SQLite
-- cannot drop it without the table, and all others refer to that.
CREATE UNIQUE INDEX users_by_email ON users (organization_id, email);

CREATE UNIQUE INDEX users_to_sign_in ON users (email) WHERE password_hash IS NOT NULL;
