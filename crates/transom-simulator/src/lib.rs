//! Virtual Windows PCs that speak the real protocols to a real server, obey it as Windows would, and judge it.
//!
//! * [`VirtualPc`] is a PC with its network: it enrols, checks in, and leaves.
//! * [`Machine`] is the same without the network, and [`PcSession`] one of its sessions: bytes in, bytes out.
//! * [`Faults`] says what shall go wrong in a session.
//! * Every message of the server is held to the rules; what it breaks is a [`Violation`] in the report.
//! * [`load`] runs many PCs at once, [`mod@bench`] sends the same bytes over and over.
//!
//! The crate knows the server by its protocols alone: it shares the codecs with it and nothing else.

pub mod account;
pub mod bench;
pub mod check;
pub mod enrol;
pub mod faults;
pub mod http;
pub mod identity;
pub mod key;
pub mod load;
pub mod machine;
pub mod pc;
mod random;
pub mod session;
pub mod tls;
pub mod tree;

pub use account::Account;
pub use bench::{BenchClient, BenchReply};
pub use check::{Rule, Violation};
pub use enrol::{Credentials, EnrollError};
pub use faults::{AfterLoss, Faults};
pub use identity::{Identity, Profile};
pub use key::{DeviceKey, KeyError, KeySource};
pub use load::{LoadPlan, LoadReport, Progress};
pub use machine::{Login, Machine, PendingAlert, Performed};
pub use pc::{CheckInError, SessionReport, VirtualPc};
pub use session::{End, Executed, Outgoing, PcSession, Received, Step};
pub use tls::{ClientIdentity, TlsError, Trust, client_config};
