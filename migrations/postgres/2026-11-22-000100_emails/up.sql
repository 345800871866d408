-- A person may be known to several organizations by one e-mail; whoever signs in with a password is found by the e-mail
-- alone.
ALTER TABLE users DROP CONSTRAINT users_email_key;

ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE (organization_id, email);

CREATE UNIQUE INDEX users_to_sign_in ON users (email) WHERE password_hash IS NOT NULL;
