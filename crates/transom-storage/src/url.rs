//! Which database is meant.

use crate::OpenError;

/// A database's URL, taken apart. `Debug` shows no password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// An SQLite file.
    SqliteFile(String),
    /// An SQLite database in memory, gone with its store.
    SqliteMemory,
    /// A PostgreSQL server, by the whole URL.
    Postgres(String),
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Target::SqliteFile(path) => write!(f, "sqlite:{path}"),
            Target::SqliteMemory => f.write_str("sqlite::memory:"),
            Target::Postgres(_) => f.write_str("postgres://…"),
        }
    }
}

/// Values of libpq's `sslmode` that must not fall back to clear text.
const TLS_MODES: [&str; 3] = ["require", "verify-ca", "verify-full"];

impl Target {
    /// Reads `sqlite:path`, `sqlite::memory:` or `postgres://…`.
    pub(crate) fn parse(url: &str) -> Result<Self, OpenError> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            return match path.strip_prefix("//").unwrap_or(path) {
                "" => Err(OpenError::NoPath),
                ":memory:" | "?memory" => Ok(Self::SqliteMemory),
                path => Ok(Self::SqliteFile(path.to_owned())),
            };
        }
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(OpenError::Scheme);
        }
        let tls_mode = url
            .split_once('?')
            .and_then(|(_, query)| query.split('&').find_map(|pair| pair.strip_prefix("sslmode=")));
        match tls_mode.filter(|mode| TLS_MODES.contains(mode)) {
            Some(mode) if !cfg!(feature = "postgres-tls") => Err(OpenError::TlsNotBuiltIn(mode.to_owned())),
            _ => Ok(Self::Postgres(url.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scheme_is_told_apart() {
        for (url, target) in [
            (
                "sqlite:data/transom.db",
                Target::SqliteFile("data/transom.db".to_owned()),
            ),
            (
                "sqlite:///var/lib/transom.db",
                Target::SqliteFile("/var/lib/transom.db".to_owned()),
            ),
            ("sqlite::memory:", Target::SqliteMemory),
            ("sqlite:?memory", Target::SqliteMemory),
            ("postgres://u@h/d", Target::Postgres("postgres://u@h/d".to_owned())),
            ("postgresql://h/d", Target::Postgres("postgresql://h/d".to_owned())),
        ] {
            assert_eq!(Target::parse(url).unwrap(), target, "{url}");
        }
    }

    #[test]
    fn anything_else_is_refused_without_repeating_it() {
        for url in ["mysql://root:geheim@h/d", "transom.db", "sqlite:", ""] {
            let error = Target::parse(url).unwrap_err().to_string();
            assert!(!error.contains("geheim") && error.contains("sqlite:"), "{url}: {error}");
        }
    }

    #[cfg(not(feature = "postgres-tls"))]
    #[test]
    fn a_url_that_asks_for_tls_is_refused_where_tls_is_not_built_in() {
        for mode in TLS_MODES {
            let error = Target::parse(&format!("postgres://h/d?application_name=x&sslmode={mode}")).unwrap_err();
            assert!(error.to_string().contains("postgres-tls"), "{error}");
        }
        assert!(Target::parse("postgres://h/d?sslmode=prefer").is_ok());
    }

    #[test]
    fn debug_shows_no_password() {
        let target = Target::parse("postgres://transom:geheim@h/d").unwrap();
        assert!(!format!("{target:?}").contains("geheim"));
    }
}
