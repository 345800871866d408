//! What can go wrong with keys and certificates, told so that an administrator knows which file to look at.

use std::path::{Path, PathBuf};

/// Why a key, a certificate or a TLS setting cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// The file system refused.
    #[error("cannot {action} {}", .path.display())]
    File {
        /// What was tried: a verb.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file is there, but not what it has to be; or it is missing beside its counterpart.
    #[error("{}: {problem}", .path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A certificate and a private key do not belong together.
    #[error("the first certificate in {} does not match the private key in {}", .certificate.display(), .key.display())]
    Mismatch {
        /// The file with the certificate.
        certificate: PathBuf,
        /// The file with the key.
        key: PathBuf,
    },
    /// A host name cannot stand in a certificate.
    #[error("{host:?} cannot stand in a certificate: neither an IP address nor an ASCII host name")]
    Host {
        /// The name.
        host: String,
    },
    /// The dates of a certificate do not lie within the life of the root.
    #[error("no certificate can be made for the time from {from} to {to}: {problem}")]
    Validity {
        /// Its wanted beginning.
        from: String,
        /// Its wanted end.
        to: String,
        /// Why not.
        problem: &'static str,
    },
    /// Making a key or a certificate failed.
    #[error("{action} failed")]
    Certificate {
        /// What was tried.
        action: &'static str,
        /// What the library said.
        #[source]
        source: rcgen::Error,
    },
    /// A certificate of our own making cannot be read back.
    #[error("the new certificate is malformed")]
    Malformed,
    /// The system's random source gave nothing.
    #[error("the random source of the system failed")]
    Random,
    /// rustls refused a setting.
    #[error("the TLS settings are refused")]
    Tls(#[source] rustls::Error),
}

impl PkiError {
    pub(crate) fn unusable(path: &Path, problem: impl Into<String>) -> Self {
        Self::Unusable {
            path: path.to_owned(),
            problem: problem.into(),
        }
    }

    /// For `map_err` on what rcgen answers.
    pub(crate) fn certificate(action: &'static str) -> impl FnOnce(rcgen::Error) -> Self {
        move |source| Self::Certificate { action, source }
    }
}
