DROP INDEX users_to_sign_in;

DROP INDEX users_by_email;
