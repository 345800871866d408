//! A database of the benchmark's own, gone when it ends.

use anyhow::Context as _;
use diesel::{Connection as _, PgConnection, RunQueryDsl as _, sql_query};
use tempfile::TempDir;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// A file.
    Sqlite,
    /// On the server that `TEST_DATABASE_URL` names.
    Postgres,
}

impl Kind {
    /// As people write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// A database, and the folder for everything else that the server keeps.
pub struct Database {
    /// The URL for the settings.
    pub url: String,
    /// The data folder.
    pub folder: TempDir,
    /// Server and name of a database that is to be dropped.
    made: Option<(String, String)>,
}

impl Database {
    /// Makes one; none where there is no PostgreSQL, which is said.
    pub fn make(kind: Kind) -> anyhow::Result<Option<Self>> {
        let folder = tempfile::tempdir().context("no temporary folder can be made")?;
        if kind == Kind::Sqlite {
            let url = format!("sqlite:{}", folder.path().join("transom.db").display());
            return Ok(Some(Self {
                url,
                folder,
                made: None,
            }));
        }
        let Some(server) = std::env::var("TEST_DATABASE_URL").ok().filter(|url| !url.is_empty()) else {
            eprintln!("\nSKIPPED: PostgreSQL is NOT measured, for TEST_DATABASE_URL is not set (run `make bench`)\n");
            return Ok(None);
        };
        let name = format!("transom_bench_{}", std::process::id());
        execute(&server, &format!("CREATE DATABASE {name}"))?;
        let (address, query) = server.split_once('?').unwrap_or((&server, ""));
        let (base, _) = address
            .rsplit_once('/')
            .context("TEST_DATABASE_URL names no database")?;
        let url = format!("{base}/{name}?{query}");
        Ok(Some(Self {
            url,
            folder,
            made: Some((server, name)),
        }))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some((server, name)) = &self.made
            && let Err(error) = execute(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        {
            eprintln!("the database {name} is left over: {error:#}");
        }
    }
}

fn execute(server: &str, statement: &str) -> anyhow::Result<()> {
    let mut connection = PgConnection::establish(server).context("TEST_DATABASE_URL cannot be reached")?;
    sql_query(statement)
        .execute(&mut connection)
        .context(statement.to_owned())?;
    Ok(())
}
