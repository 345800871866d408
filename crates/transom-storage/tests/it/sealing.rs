//! Secrets at rest, on databases that last: sealed in their own place, sealed anew by a rotation, never in clear.

use crate::databases::{Database, options};
use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, connection::SimpleConnection, sql_query,
    sql_types::Text,
};
use std::sync::{Arc, Mutex};
use transom_domain::{
    enrollment::Enrollment,
    enrollment_template::EnrollmentTemplate,
    managed_device::{Asserted, DeviceFacts},
    ports::{Store, StoreError, Tx},
    segment::Segment,
    testing::{
        environment::{NOW, context},
        samples,
    },
};
use transom_storage::{
    DatabaseStore, OpenError, OpenOptions, open,
    sealing::{FixedKeys, KEY_BYTES, Key, KeyError, KeySource, Keyring, Lost, RESEAL_STEP, Rotated, Rotation},
};

/// A secret that is found in a file wherever it stands.
const SECRET: &str = "correct-horse-battery-staple";

/// Keys that several processes share, as a file does.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<[u8; KEY_BYTES]>>>);

impl Shared {
    fn put(&self, n: u8) {
        self.0.lock().unwrap().insert(0, [n; KEY_BYTES]);
    }

    fn options(&self) -> OpenOptions {
        OpenOptions {
            keyring: self.keyring(),
            ..options()
        }
    }

    fn keyring(&self) -> Arc<Keyring> {
        Keyring::new(self.clone()).unwrap()
    }

    fn open(&self, database: &Database) -> Arc<DatabaseStore> {
        open(&database.url(), &self.options()).unwrap()
    }
}

impl KeySource for Shared {
    fn keys(&self) -> Result<Vec<Key>, KeyError> {
        self.0.lock().unwrap().iter().map(|key| Key::new(*key)).collect()
    }

    fn make_first(&self) -> Result<(), KeyError> {
        self.put(1);
        Ok(())
    }

    fn add(&self) -> Result<(), KeyError> {
        let next = self.0.lock().unwrap().len() as u8 + 100;
        self.put(next);
        Ok(())
    }

    fn keep_only(&self, id: &str) -> Result<(), KeyError> {
        self.0.lock().unwrap().retain(|key| Key::new(*key).unwrap().id() == id);
        Ok(())
    }
}

#[derive(QueryableByName, Debug)]
struct Sealed {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    credential_digest: String,
    #[diesel(sql_type = Text)]
    server_secret: String,
}

fn run(database: &Database, statements: &str) {
    let url = database.url();
    match url.strip_prefix("sqlite:") {
        Some(path) => SqliteConnection::establish(path).unwrap().batch_execute(statements),
        None => PgConnection::establish(&url).unwrap().batch_execute(statements),
    }
    .unwrap();
}

/// What lies in the table, by id.
fn rows(database: &Database) -> Vec<Sealed> {
    let url = database.url();
    let query = sql_query("SELECT id, credential_digest, server_secret FROM enrollments ORDER BY id");
    match url.strip_prefix("sqlite:") {
        Some(path) => query.load(&mut SqliteConnection::establish(path).unwrap()),
        None => query.load(&mut PgConnection::establish(&url).unwrap()),
    }
    .unwrap()
}

/// The ids of the keys that the values in the table are sealed with.
fn keys_used(database: &Database) -> Vec<String> {
    let key = |value: &String| value.split('.').nth(1).unwrap().to_owned();
    let rows = rows(database);
    let mut keys: Vec<_> = rows
        .iter()
        .flat_map(|row| [key(&row.credential_digest), key(&row.server_secret)])
        .collect();
    keys.sort();
    keys.dedup();
    keys
}

fn enrollment(n: u32) -> Enrollment {
    let mut enrollment = samples::enrollment(n, samples::id(1));
    enrollment.credentials.digest = format!("{SECRET}-digest-{n}");
    enrollment.credentials.server_secret = format!("{SECRET}-{n}");
    enrollment
}

async fn write(
    store: &DatabaseStore,
    mut change: impl FnMut(&mut dyn Tx) -> Result<(), StoreError> + Send + 'static,
) -> Result<(), StoreError> {
    let store: &dyn Store = store;
    store.write(&context(), move |tx, _| change(tx)).await
}

/// An organization with a device, and the enrolments of these numbers.
async fn furnish(store: &DatabaseStore, enrollments: std::ops::RangeInclusive<u32>) {
    let furnished = write(store, move |tx| {
        tx.insert_organization(&samples::organization(1))?;
        tx.insert_segment(&Segment::root(samples::home(), NOW))?;
        tx.insert_segment(&samples::segment(samples::home(), 1))?;
        tx.insert_user(&samples::user(1))?;
        tx.insert_enrollment_token(&samples::enrollment_token(1))?;
        tx.insert_device(&samples::device(1))?;
        enrollments
            .clone()
            .try_for_each(|n| tx.insert_enrollment(&enrollment(n)))
    });
    furnished.await.unwrap();
}

async fn read(store: &DatabaseStore, n: u32) -> Result<Option<Enrollment>, StoreError> {
    let store: &dyn Store = store;
    let fingerprint = enrollment(n).certificate.fingerprint;
    store
        .read(move |view| view.enrollment_by_fingerprint(&fingerprint))
        .await
}

/// A rotation to its end.
fn rotate(database: &Database, shared: &Shared, lost: Lost) -> Rotated {
    Rotation::begin(&database.url(), shared.keyring(), lost)
        .unwrap()
        .finish()
        .unwrap()
}

#[tokio::test]
async fn no_secret_lies_in_the_file_in_clear() {
    let database = Database::file();
    let store = database.open();
    furnish(&store, 1..=1).await;
    assert_eq!(read(&store, 1).await.unwrap(), Some(enrollment(1)));
    assert!(!lies_in_files(&database, SECRET));
    assert!(lies_in_files(&database, "hardware"), "what is no secret is found");
}

/// Whether the text stands anywhere in the files of an SQLite database.
fn lies_in_files(database: &Database, text: &str) -> bool {
    let Database::File(folder) = database else {
        unreachable!("a file is asked for");
    };
    std::fs::read_dir(folder.path()).unwrap().any(|file| {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[tokio::test]
async fn a_value_moved_or_changed_by_hand_is_refused_with_its_place() {
    for database in Database::lasting() {
        let store = database.open();
        furnish(&store, 1..=2).await;
        let [first, second] = rows(&database).try_into().unwrap();
        let set = |value: &str| {
            run(
                &database,
                &format!(
                    "UPDATE enrollments SET server_secret = '{value}' WHERE id = '{}'",
                    first.id
                ),
            );
        };
        let flipped = match first.server_secret.strip_suffix('A') {
            Some(rest) => format!("{rest}B"),
            None => format!("{}A", &first.server_secret[..first.server_secret.len() - 1]),
        };
        for wrong in [&second.server_secret, &first.credential_digest, &flipped, SECRET] {
            set(wrong);
            let error = read(&store, 1).await.unwrap_err();
            let StoreError::Inconsistent(text) = &error else {
                panic!("{error}");
            };
            assert!(
                text.contains("enrollments.server_secret") && text.contains(&first.id),
                "{text}"
            );
            assert!(!text.contains(SECRET) && !text.contains(wrong), "{text}");
        }
        set(&first.server_secret);
        assert_eq!(read(&store, 1).await.unwrap(), Some(enrollment(1)));
    }
}

#[tokio::test]
async fn what_an_older_version_left_in_clear_is_sealed_by_the_next_start() {
    for database in Database::lasting() {
        let shared = Shared::default();
        let many = RESEAL_STEP + 1;
        furnish(&shared.open(&database), 1..=many).await;
        let mut clear = "DELETE FROM sealing_keys;".to_owned();
        for row in rows(&database) {
            let n = (1..=many).find(|n| enrollment(*n).id.to_string() == row.id).unwrap();
            let credentials = enrollment(n).credentials;
            clear += &format!(
                "UPDATE enrollments SET credential_digest = '{}', server_secret = '{}' WHERE id = '{}';",
                credentials.digest, credentials.server_secret, row.id
            );
        }
        run(&database, &clear);
        let is_file = matches!(database, Database::File(_));
        assert!(!is_file || lies_in_files(&database, SECRET));

        let store = shared.open(&database);
        assert!(
            !is_file || !lies_in_files(&database, SECRET),
            "nothing of it is left in the file"
        );
        assert_eq!(keys_used(&database).len(), 1);
        for n in [1, many] {
            assert_eq!(read(&store, n).await.unwrap(), Some(enrollment(n)));
        }
    }
}

#[tokio::test]
async fn a_rotation_seals_everything_anew_and_a_store_beside_it_goes_on() {
    for database in Database::lasting() {
        let shared = Shared::default();
        let store = shared.open(&database);
        let many = RESEAL_STEP + 1;
        furnish(&store, 1..=many).await;
        let old = keys_used(&database);

        let mut rotation = Rotation::begin(&database.url(), shared.keyring(), Lost::Refuse).unwrap();
        assert!(rotation.step().unwrap());
        assert_eq!(keys_used(&database).len(), 2, "half of it is done");
        // The store has read neither the new key nor what is sealed with it.
        write(&store, |tx| tx.insert_enrollment(&enrollment(900)))
            .await
            .unwrap();
        assert_eq!(read(&store, 1).await.unwrap(), Some(enrollment(1)));
        while rotation.step().unwrap() {}
        write(&store, |tx| tx.insert_enrollment(&enrollment(901)))
            .await
            .unwrap();
        let rotated = rotation.finish().unwrap();

        assert_eq!(rotated.retired, old);
        assert_eq!(keys_used(&database), [rotated.key.as_str()]);
        assert_eq!((rotated.replaced, shared.keys().unwrap().len()), (0, 1));
        for n in [1, many, 900, 901] {
            assert_eq!(read(&store, n).await.unwrap(), Some(enrollment(n)));
        }
        write(&store, |tx| tx.insert_enrollment(&enrollment(902)))
            .await
            .unwrap();
        assert_eq!(
            keys_used(&database),
            [rotated.key.as_str()],
            "it seals with the new key"
        );
        assert_eq!(read(&shared.open(&database), 902).await.unwrap(), Some(enrollment(902)));
    }
}

#[tokio::test]
async fn a_store_whose_key_was_taken_away_seals_with_its_successor() {
    for database in Database::lasting() {
        let shared = Shared::default();
        let store = shared.open(&database);
        furnish(&store, 1..=1).await;
        let rotated = rotate(&database, &shared, Lost::Refuse);
        write(&store, |tx| tx.insert_enrollment(&enrollment(2))).await.unwrap();
        assert_eq!(keys_used(&database), [rotated.key]);

        // One that is given its keys cannot learn the new one, and says so instead of sealing with what is gone.
        let given = |n: u8| Keyring::new(FixedKeys::new(vec![[n; KEY_BYTES]])).unwrap();
        let error = open(
            &database.url(),
            &OpenOptions {
                keyring: given(1),
                ..options()
            },
        )
        .unwrap_err();
        assert!(matches!(error, OpenError::LostKey(_)), "{error}");
    }
}

#[tokio::test]
async fn a_rotation_that_was_cut_off_anywhere_loses_nothing_and_can_be_run_again() {
    for database in Database::lasting() {
        let shared = Shared::default();
        furnish(&shared.open(&database), 1..=RESEAL_STEP * 2).await;
        let mut steps = 0;
        loop {
            let mut rotation = Rotation::begin(&database.url(), shared.keyring(), Lost::Refuse).unwrap();
            let more = (0..steps).all(|_| rotation.step().unwrap());
            drop(rotation);
            let store = shared.open(&database);
            for n in [1, RESEAL_STEP, RESEAL_STEP * 2] {
                assert_eq!(
                    read(&store, n).await.unwrap(),
                    Some(enrollment(n)),
                    "after {steps} steps"
                );
            }
            if !more {
                break;
            }
            steps += 1;
        }
        assert!(steps > 3 && shared.keys().unwrap().len() > steps);
        let rotated = rotate(&database, &shared, Lost::Refuse);
        assert!(rotated.retired.len() > steps);
        assert_eq!(
            (keys_used(&database), shared.keys().unwrap().len()),
            (vec![rotated.key], 1)
        );
    }
}

#[tokio::test]
async fn a_lost_key_stops_the_start_and_its_secrets_can_be_given_up() {
    for database in Database::lasting() {
        let lost = Shared::default();
        furnish(&lost.open(&database), 1..=1).await;
        let [before] = rows(&database).try_into().unwrap();
        let id = lost.keys().unwrap()[0].id().to_owned();

        let fresh = Shared::default();
        fresh.put(77);
        let error = open(&database.url(), &fresh.options()).unwrap_err().to_string();
        assert!(error.contains(&id) && error.contains("--replace-lost"), "{error}");
        let error = Rotation::begin(&database.url(), fresh.keyring(), Lost::Refuse).unwrap_err();
        assert!(error.to_string().contains(&id), "{error}");
        let [after] = rows(&database).try_into().unwrap();
        assert_eq!((after.server_secret, &after.id), (before.server_secret, &before.id));

        let rotated = rotate(&database, &fresh, Lost::Replace);
        assert_eq!((rotated.replaced, rotated.retired), (2, vec![id]));
        let store = fresh.open(&database);
        let replaced = read(&store, 1).await.unwrap().unwrap();
        assert_ne!(replaced.credentials.digest, enrollment(1).credentials.digest);
        assert_eq!(replaced.credentials.digest.len(), 64, "nobody can know it");
        assert_eq!(replaced.credentials.nonce, enrollment(1).credentials.nonce);
    }
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// What a query finds, as it lies there.
fn lines(database: &Database, query: &str) -> Vec<String> {
    let url = database.url();
    let lines: Vec<Line> = match url.strip_prefix("sqlite:") {
        Some(path) => sql_query(query).load(&mut SqliteConnection::establish(path).unwrap()),
        None => sql_query(query).load(&mut PgConnection::establish(&url).unwrap()),
    }
    .unwrap();
    lines.into_iter().map(|line| line.line).collect()
}

/// What Graph has asserted of device 1, and the key for paging.
async fn facts_and_key(store: &DatabaseStore) -> (Vec<String>, Vec<u8>) {
    let store: &dyn Store = store;
    let read: Result<_, StoreError> = store
        .read(|view| {
            let facts = view.device_facts(&[samples::id(1)])?;
            let names = facts.values().flat_map(|facts| facts.asserted.iter());
            let told = names.map(|(name, asserted)| format!("{name}: {}", asserted.value));
            Ok((told.collect(), view.server_key("paging")?.unwrap_or_default()))
        })
        .await;
    read.unwrap()
}

#[tokio::test]
async fn asserted_secrets_and_server_keys_are_sealed_rotate_and_may_be_lost() {
    const FACTS: &str = "SELECT asserted || ' ' || secrets AS line FROM managed_device_facts";
    const KEYS: &str = "SELECT key AS line FROM server_keys";
    for database in Database::lasting() {
        let shared = Shared::default();
        let store = shared.open(&database);
        furnish(&store, 1..=1).await;
        write(&store, |tx| {
            let mut facts = DeviceFacts::none(samples::home(), samples::id(1), NOW);
            for (name, value) in [("activationLockBypassCode", SECRET), ("model", "T14")] {
                let asserted = Asserted {
                    value: value.into(),
                    observed: serde_json::Value::Null,
                    at: NOW,
                };
                facts.asserted.insert(name.to_owned(), asserted);
            }
            tx.save_device_facts(&facts)?;
            tx.insert_server_key("paging", SECRET.as_bytes(), NOW)
        })
        .await
        .unwrap();
        let told = vec![
            format!("activationLockBypassCode: \"{SECRET}\""),
            "model: \"T14\"".to_owned(),
        ];
        assert_eq!(facts_and_key(&store).await, (told.clone(), SECRET.into()));
        let (facts, keys) = (lines(&database, FACTS), lines(&database, KEYS));
        assert!(
            facts[0].contains("T14") && !facts[0].contains("activationLockBypassCode"),
            "{facts:?}"
        );
        assert!(keys[0].starts_with("v1."), "{keys:?}");

        rotate(&database, &shared, Lost::Refuse);
        assert_ne!(lines(&database, KEYS), keys);
        assert_ne!(lines(&database, FACTS), facts);
        let store = shared.open(&database);
        assert_eq!(facts_and_key(&store).await, (told, SECRET.into()));

        shared.0.lock().unwrap().clear();
        shared.put(77);
        shared.put(78);
        rotate(&database, &shared, Lost::Replace);
        let (told, key) = facts_and_key(&shared.open(&database)).await;
        assert_eq!(told, ["model: \"T14\""], "what is lost is asserted no more");
        assert!(key.len() >= 32 && key != SECRET.as_bytes());
    }
}

#[tokio::test]
async fn a_client_secret_that_is_given_up_says_so() {
    for database in Database::lasting() {
        let lost = Shared::default();
        let before = lost.open(&database);
        furnish(&before, 1..=1).await;
        let template = || EnrollmentTemplate {
            rules: Vec::new(),
            ..samples::enrollment_template(1)
        };
        write(&before, move |tx| tx.insert_enrollment_template(&template()))
            .await
            .unwrap();
        drop(before);
        let fresh = Shared::default();
        fresh.put(77);
        rotate(&database, &fresh, Lost::Replace);
        let store = fresh.open(&database);
        let store: &dyn Store = &*store;
        let wanted = template();
        let found: Result<_, StoreError> = store
            .read(move |view| view.enrollment_template(wanted.organization, wanted.id))
            .await;
        let app = found.unwrap().unwrap().mobility_app.unwrap();
        assert!(
            app.secret.is_lost() && app.secret.reveal().len() > 64,
            "nobody can know it"
        );
        assert_eq!((app.tenant, app.client), ("tenant".to_owned(), "client".to_owned()));
        assert!(!template().mobility_app.unwrap().secret.is_lost());
    }
}
