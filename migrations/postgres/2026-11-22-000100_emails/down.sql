DROP INDEX users_to_sign_in;

ALTER TABLE users DROP CONSTRAINT users_email_key;

ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE (email);
