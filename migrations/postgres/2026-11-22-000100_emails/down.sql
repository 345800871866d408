DROP INDEX users_to_sign_in;

DROP INDEX users_by_email;

ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE (email);
