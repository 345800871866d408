//! The schema: its versions, and that both databases have the same.

use crate::databases::{Database, options};
use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection, connection::SimpleConnection, sql_query};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use std::path::{Path, PathBuf};
use transom_domain::{
    authority::Authority,
    ports::{Store, StoreError},
    segment::{SegmentId, SegmentScope},
    testing::samples,
};
use transom_storage::{OpenError, OpenOptions, SchemaState, migrate, open, schema_state};

fn folder(database: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../migrations")
        .join(database)
}

fn names(database: &str) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder(database))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Runs a statement on whichever database it is.
fn run(database: &Database, statements: &str) {
    let url = database.url();
    match url.strip_prefix("sqlite:") {
        Some(path) => SqliteConnection::establish(path)
            .unwrap()
            .batch_execute(statements)
            .unwrap(),
        None => PgConnection::establish(&url)
            .unwrap()
            .batch_execute(statements)
            .unwrap(),
    }
}

/// Undoes every migration with the files of the repository.
fn undo_all(database: &Database) {
    let url = database.url();
    match url.strip_prefix("sqlite:") {
        Some(path) => {
            let files = FileBasedMigrations::from_path(folder("sqlite")).unwrap();
            let mut connection = SqliteConnection::establish(path).unwrap();
            connection.revert_all_migrations(files).unwrap();
        }
        None => {
            let files = FileBasedMigrations::from_path(folder("postgres")).unwrap();
            let mut connection = PgConnection::establish(&url).unwrap();
            connection.revert_all_migrations(files).unwrap();
        }
    }
}

#[test]
fn every_migration_is_there_for_both_databases_in_both_directions() {
    assert_eq!(names("sqlite"), names("postgres"));
    for database in ["sqlite", "postgres"] {
        for name in names(database) {
            for file in ["up.sql", "down.sql"] {
                assert!(
                    folder(database).join(&name).join(file).is_file(),
                    "{database}/{name}/{file}"
                );
            }
        }
    }
}

#[test]
fn migrations_run_up_and_down_and_up_again() {
    let count = names("sqlite").len();
    for database in Database::lasting() {
        let url = database.url();
        assert_eq!(schema_state(&url).unwrap(), SchemaState::Behind(count));
        assert_eq!(migrate(&url).unwrap(), count);
        assert_eq!(schema_state(&url).unwrap(), SchemaState::UpToDate);
        assert_eq!(migrate(&url).unwrap(), 0);
        undo_all(&database);
        assert_eq!(schema_state(&url).unwrap(), SchemaState::Behind(count));
        assert_eq!(migrate(&url).unwrap(), count);
        open(&url, &options()).unwrap();
    }
}

#[test]
fn a_schema_that_lacks_migrations_is_refused_where_they_are_not_to_run() {
    let waits = OpenOptions {
        migrate: false,
        ..options()
    };
    for database in Database::lasting() {
        let error = open(&database.url(), &waits).unwrap_err();
        assert!(matches!(error, OpenError::Behind(_)), "{error}");
        assert!(error.to_string().contains("transom migrate"), "{error}");
        migrate(&database.url()).unwrap();
        open(&database.url(), &waits).unwrap();
    }
}

#[test]
fn a_schema_newer_than_the_binary_is_refused() {
    for database in Database::lasting() {
        migrate(&database.url()).unwrap();
        run(
            &database,
            "INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231235959')",
        );
        assert_eq!(
            schema_state(&database.url()).unwrap(),
            SchemaState::Newer("29991231235959".to_owned())
        );
        let opened = open(&database.url(), &options()).unwrap_err();
        let migrated = migrate(&database.url()).unwrap_err();
        for error in [opened, migrated] {
            assert!(
                matches!(&error, OpenError::Newer(v) if v == "29991231235959"),
                "{error}"
            );
        }
    }
}

#[test]
fn what_cannot_be_reached_is_said_without_the_password() {
    for url in [
        "sqlite:/nonexistent-folder/transom.db",
        "postgres://transom:geheim@127.0.0.1:1/transom",
    ] {
        let error = open(url, &options()).unwrap_err();
        assert!(matches!(error, OpenError::Connect(_)), "{error}");
        assert!(!error.to_string().contains("geheim"), "{error}");
    }
}

#[test]
fn the_audit_record_cannot_be_changed_even_by_hand() {
    for database in Database::lasting() {
        migrate(&database.url()).unwrap();
        run(
            &database,
            "INSERT INTO organizations VALUES ('o', 'o', 'o', 'o', 0);
             INSERT INTO audit_entries (id, organization_id, happened_at, action, actor_kind, actor_name)
             VALUES ('a', 'o', 0, 'x', 'x', 'x')",
        );
        for statement in ["UPDATE audit_entries SET action = 'y'", "DELETE FROM audit_entries"] {
            let url = database.url();
            let end = match url.strip_prefix("sqlite:") {
                Some(path) => sql_query(statement).execute(&mut SqliteConnection::establish(path).unwrap()),
                None => sql_query(statement).execute(&mut PgConnection::establish(&url).unwrap()),
            };
            assert!(end.unwrap_err().to_string().contains("append-only"), "{statement}");
        }
    }
}

/// Brings an empty database to the first version of the schema.
fn first_version(database: &Database) {
    let url = database.url();
    match url.strip_prefix("sqlite:") {
        Some(path) => {
            let files = FileBasedMigrations::from_path(folder("sqlite")).unwrap();
            let mut connection = SqliteConnection::establish(path).unwrap();
            connection.run_next_migration(files).unwrap();
        }
        None => {
            let files = FileBasedMigrations::from_path(folder("postgres")).unwrap();
            let mut connection = PgConnection::establish(&url).unwrap();
            connection.run_next_migration(files).unwrap();
        }
    }
}

#[tokio::test]
async fn a_token_from_before_service_accounts_may_do_what_it_could_and_no_more() {
    for database in Database::lasting() {
        first_version(&database);
        let (home, token) = (samples::home(), samples::api_token(1));
        run(
            &database,
            &format!(
                "INSERT INTO organizations VALUES ('{home}', 'old', 'Old', '{home}', 0);
                 INSERT INTO segments VALUES ('{home}', 0, 'Global', NULL, NULL, NULL, 0);
                 INSERT INTO segments VALUES ('{home}', 1, 'North', 0, NULL, NULL, 0);
                 INSERT INTO users VALUES ('{id}', '{home}', 'ada@example.com', 'Ada', NULL, 7);
                 INSERT INTO api_tokens VALUES
                     ('{id}', '{home}', 'old', '{hash}', '[\"mdm.windows.*\"]', '[1]', 5, NULL, NULL)",
                id = token.id,
                hash = token.hash.to_hex(),
            ),
        );
        migrate(&database.url()).unwrap();
        let store: std::sync::Arc<dyn Store> = open(&database.url(), &options()).unwrap();
        let hash = token.hash;
        let look = store.read(move |view| {
            let found = view.api_token_by_hash(&hash)?.expect("the token");
            let account = view.service_account(home, found.account)?.expect("its account");
            let authority = Authority::of_token(&found, &account, &[], &view.segments(home)?);
            let north = SegmentScope::Only([SegmentId(1)].into());
            assert_eq!(authority.scope("mdm.windows.device.move"), Some(north));
            assert_eq!(authority.scope("base.organization.segment.list"), None);
            assert_eq!((found.name.as_str(), account.name.as_str()), ("old", "old"));
            assert_eq!(
                (found.expires_at, found.last_used_at, found.addresses),
                (None, None, Vec::new())
            );
            let user = view.user(home, samples::id(1))?.expect("the user");
            assert_eq!((user.updated_at, user.tags), (user.created_at, Vec::new()));
            Ok::<_, StoreError>(())
        });
        look.await.unwrap();
    }
}
