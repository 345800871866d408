//! Enrolment of Windows PCs, bytes to checked values and back: MS-MDE2 discovery, MS-XCEP certificate policy,
//! MS-WSTEP certificate requests, their faults, and the provisioning document.
//!
//! The crate is pure: no clock, no random source, no input or output, no cryptography. Each message kind is a
//! type, and [`soap::Request`] or [`soap::Reply`] carries it in both directions, so that the server and a
//! simulated PC share one codec.
//!
//! What arrives is a stranger's: every size is limited (see [`limits`]), document types and entities are
//! refused, elements are told apart by namespace and never by prefix, and what is not known is ignored.
//!
//! ```
//! use transom_mde::discovery::{AuthPolicy, DiscoverRequest, DiscoverResponse};
//! use transom_mde::soap::{Credential, Reply, Request};
//! use transom_mde::version::Version;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // The PC asks …
//! let body = DiscoverRequest {
//!     email: "ada@example.com".to_owned(),
//!     request_version: Version { major: 5, minor: 0 },
//!     device_type: "CIMClient_Windows".to_owned(),
//!     application_version: "10.0.26100.4652".to_owned(),
//!     os_edition: Some(48),
//!     auth_policies: vec![AuthPolicy::OnPremise, AuthPolicy::Federated],
//! };
//! let url = "https://enterpriseenrollment.example.com/EnrollmentServer/Discovery.svc";
//! let sent = Request::new("urn:uuid:1", url, Credential::None, body).encode();
//!
//! // … the server reads and answers …
//! let request = Request::<DiscoverRequest>::decode(sent.as_bytes())?;
//! let answer = DiscoverResponse {
//!     auth_policy: AuthPolicy::OnPremise,
//!     enrollment_version: Some(request.body.request_version.announced()),
//!     policy_url: Some("https://mdm.example.com/EnrollmentServer/Policy.svc".to_owned()),
//!     enrollment_url: "https://mdm.example.com/EnrollmentServer/Enrollment.svc".to_owned(),
//!     authentication_url: None,
//! };
//! let reply = Reply::new(request.header.message_id, None, answer).encode();
//!
//! // … and the PC knows where to go on.
//! let reply = Reply::<DiscoverResponse>::decode(reply.as_bytes())?;
//! assert_eq!(reply.header.relates_to.as_deref(), Some("urn:uuid:1"));
//! assert_eq!(reply.body.enrollment_version, Some(Version { major: 4, minor: 0 }));
//! # Ok(())
//! # }
//! ```

mod binary;
pub mod discovery;
pub mod error;
pub mod fault;
pub mod limits;
mod namespace;
pub mod policy;
pub mod provisioning;
pub mod rst;
pub mod secret;
pub mod soap;
mod timestamp;
pub mod version;
mod xml;

pub use error::{DecodeError, Problem, ReplyError};
pub use secret::{Secret, SecretBytes};
