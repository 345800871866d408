//! The command line: what can be asked for, in words that `--help` shows.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// A Windows MDM server in one binary.
///
/// `transom serve` starts it: the first start makes a data folder with a database, a certificate authority, the
/// organization `default` and an administrator's token. Every other command works on the same database, whether the
/// server is running or not.
#[derive(Debug, Parser)]
#[command(name = "transom", version, max_term_width = 100)]
pub struct Cli {
    /// A settings file in TOML; `config/default.toml` lists every key. Environment variables (TRANSOM__SECTION__KEY)
    /// override it.
    #[arg(long, global = true, value_name = "FILE", env = "TRANSOM_CONFIG")]
    pub config: Option<PathBuf>,
    /// Answer with one JSON value on standard output. Secrets of the first start are not printed then: they are in their
    /// files.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What can be asked for.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Start the server: the management API and the device listener.
    Serve,
    /// Bring the database's schema up to this version of Transom.
    Migrate,
    /// Organizations (tenants).
    #[command(subcommand)]
    Organization(OrganizationVerb),
    /// Bearer tokens for the management API.
    #[command(subcommand)]
    Token(TokenVerb),
    /// Tokens that let PCs enrol.
    #[command(subcommand)]
    EnrollmentToken(EnrollmentTokenVerb),
    /// The people whose PCs are managed.
    #[command(subcommand)]
    User(UserVerb),
    /// The keys that secrets in the database are encrypted with.
    #[command(subcommand)]
    Secrets(SecretsVerb),
    /// Run virtual Windows PCs against a server: they enrol over real TLS and check in.
    Simulate(Simulate),
    /// Show the main job on a server of its own in a temporary folder: three PCs enrol, get commands, obey.
    Demo,
    /// Print the API's description (OpenAPI) as this binary serves it.
    Openapi,
}

/// Verbs of organizations.
#[derive(Debug, Subcommand)]
pub enum OrganizationVerb {
    /// Make an organization, and a token that may do everything in it.
    Create {
        /// Its name in paths: letters, digits and hyphens, at least three.
        #[arg(long)]
        slug: String,
        /// Its name for people.
        #[arg(long)]
        name: String,
    },
}

/// Verbs of bearer tokens.
#[derive(Debug, Subcommand)]
pub enum TokenVerb {
    /// Make a token. It is shown once.
    Create {
        /// The organization, by id or slug.
        #[arg(long, default_value = "default")]
        organization: String,
        /// A name, for the audit record.
        #[arg(long)]
        name: String,
        /// A permission such as `mdm.windows.device.get`, `mdm.windows.*` or `*`. Repeat it for several.
        #[arg(long = "permission", required = true, value_name = "PERMISSION")]
        permissions: Vec<String>,
        /// Limit the token to this segment and what lies below it. Repeat it for several.
        #[arg(long = "segment", value_name = "ID")]
        segments: Vec<u32>,
    },
    /// List an organization's tokens. The tokens themselves are not kept.
    List {
        /// The organization, by id or slug.
        #[arg(long, default_value = "default")]
        organization: String,
    },
    /// Revoke a token at once.
    Revoke {
        /// The organization, by id or slug.
        #[arg(long, default_value = "default")]
        organization: String,
        /// The token's id, as `token list` shows it.
        id: String,
    },
}

/// Verbs of enrolment tokens.
#[derive(Debug, Subcommand)]
pub enum EnrollmentTokenVerb {
    /// Make an enrolment token. It is shown once; on the PC it is typed in place of the password.
    Create {
        /// The organization, by id or slug.
        #[arg(long, default_value = "default")]
        organization: String,
        /// The e-mail of the user whose PCs they become.
        #[arg(long, value_name = "EMAIL")]
        user: Option<String>,
        /// The segment the PCs go to.
        #[arg(long, value_name = "ID", default_value_t = 0)]
        segment: u32,
        /// How many PCs it may enrol.
        #[arg(long, default_value_t = 1)]
        uses: u32,
        /// Seconds until it ends: 60 to 2592000 (30 days).
        #[arg(long, value_name = "SECONDS", default_value_t = 86_400)]
        expires_in: u64,
    },
}

/// Verbs of users.
#[derive(Debug, Subcommand)]
pub enum UserVerb {
    /// Make a user, who can then enrol PCs with e-mail and password. The password is asked for, never an argument.
    Create {
        /// The organization, by id or slug.
        #[arg(long, default_value = "default")]
        organization: String,
        /// The e-mail address; unique on the server.
        #[arg(long)]
        email: String,
        /// The name.
        #[arg(long)]
        name: Option<String>,
        /// Read the password from the first line of standard input instead of the terminal.
        #[arg(long, conflicts_with = "no_password")]
        password_stdin: bool,
        /// Make the user without a password: enrolment tokens only.
        #[arg(long)]
        no_password: bool,
    },
}

/// Verbs of the keys of secrets.
#[derive(Debug, Subcommand)]
pub enum SecretsVerb {
    /// Make a new key, encrypt every secret anew with it, and retire the old keys. It may run beside the server, and
    /// again after it was cut off. With `secrets.key` set, no key is made: its first one is the one to encrypt with.
    Rotate {
        /// Where a secret's key is lost, put a random value in its place instead of stopping. What it was is gone.
        #[arg(long)]
        replace_lost: bool,
    },
}

/// What to simulate.
#[derive(Debug, Args)]
pub struct Simulate {
    /// The server's device URL. Default: `device.public_url` of the settings.
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,
    /// The root certificate that the PCs trust, in PEM. Default: `<data_dir>/tls/root.pem`.
    #[arg(long, value_name = "FILE")]
    pub root: Option<PathBuf>,
    /// How many PCs.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub devices: u32,
    /// How many of them at once.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub concurrency: u32,
    /// How many sessions each has after it enrolled.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub sessions: u32,
    /// Enrol with this e-mail. With `--password-stdin` the password is its own; otherwise it goes with the token.
    #[arg(long, value_name = "EMAIL")]
    pub email: Option<String>,
    /// Read the user's password from the first line of standard input.
    #[arg(long, requires = "email")]
    pub password_stdin: bool,
    /// Enrol with this token. With neither token nor password, one is made in the settings' own database.
    #[arg(
        long,
        value_name = "TOKEN",
        env = "TRANSOM_ENROLLMENT_TOKEN",
        hide_env_values = true,
        conflicts_with = "password_stdin"
    )]
    pub enrollment_token: Option<String>,
    /// Make a key of its own for each PC, as real ones do, instead of sharing a few: slow with many PCs.
    #[arg(long)]
    pub own_keys: bool,
}
