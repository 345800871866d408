//! The OMA-DM session: one message of a PC in, one reply out, with no socket, clock, random source or database inside.
//!
//! # How one POST is answered
//! 1. [`plan`] looks only: a PC that has nothing to say and gets nothing is answered at once ([`Plan::Idle`]); its reply
//!    is a pure function of one thin row and the message, so nothing is stored. A stranger is refused or challenged
//!    here too, so that nobody without an enrolment can make the store write.
//! 2. Everything else is [`exchange`], inside one unit of work: identify and lock the enrolment, place the message in its
//!    session, authenticate, take in what the PC says, choose what it is given next, store the reply, answer it.
//!
//! # Where a message stands in its session
//! Sessions are kept one for each enrolment. [`exchange`] tells four cases apart:
//!
//! * **Repeated** (same SessionID, MsgID and body hash, decision 28): the stored reply, byte for byte, and nothing else.
//! * **Beginning**: MsgID 1, a SessionID that is not the stored one, or a low MsgID with a digest that is right. What an unfinished earlier session had sent goes
//!   back to the queue; its answers still count if they come late. A session that the server does not know is begun in
//!   the middle: the header is answered with 200 and commands follow, because the PC is there and listens.
//! * **Next**: MsgID one above the last.
//! * **Late**: any other number, or a message of the session before. Its statuses, results and alerts are taken in (all of
//!   that is idempotent); it is answered with 200 for everything, `Final` and no commands, and the stored session does
//!   not move on. So a message out of order loses nothing and causes nothing to be sent twice. The code is 200, not an
//!   error: what the PC said was taken, and an error code on the header would make it report a failed session.
//!
//! What is refused (see [`Refusal`]) is answered with a 4xx for the header and for every command, and stores nothing
//! but a change of the device's state.

mod apply;
mod authenticate;
mod exchange;
mod identify;
mod large_object;
mod plan;
mod queue;
mod receive;
mod reply;
mod send;
mod session;
mod settings;

pub use apply::COMMAND_DATA_BYTES_MAX;
pub use authenticate::TRIES_MAX;
pub use exchange::{Answer, SESSION_MESSAGES_MAX, SessionStore, exchange};
pub use identify::Refusal;
pub use large_object::{LARGE_OBJECT_BYTES_MAX, LARGE_OBJECT_KEPT_BYTES};
pub use plan::{Plan, plan};
pub use receive::{DEV_INFO_ITEMS_MAX, URI_BYTES_MAX};
pub use send::{GROUNDWORK_ATTEMPTS_MAX, SYNC_APPLICATION_VERSION};
pub use session::SENT_MESSAGES_KEPT;
pub use settings::{Incoming, Md5Policy, NonceKey, Peer, REPLY_BYTES_MAX, SessionSettings};
