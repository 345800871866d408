//! Certificates: the authority that certifies PCs, the certificate of the device listener, and TLS settings that leave
//! the verdict on a PC's certificate to the handler.
//!
//! - [`Authority`] keeps the root and is the product's `CertificateAuthority`.
//! - [`server_identity`] gives the device listener a certificate of that root where none is configured.
//! - [`TlsIdentity`] and [`server_config`] make rustls settings of a certificate and its key.
//!
//! Nothing here reads the clock: the time is an argument.

mod authority;
mod error;
mod files;
mod server_certificate;
mod tls;
mod validity;

pub use authority::{Authority, ROOT_LIFE_DAYS};
pub use error::PkiError;
pub use server_certificate::{SERVER_LIFE_DAYS, SERVER_RENEWAL_DAYS, server_identity};
pub use tls::{ClientAuth, TlsIdentity, server_config};
