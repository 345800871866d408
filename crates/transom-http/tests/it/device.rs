//! The device listener: what PCs and strangers get from it.

mod broken;
mod captures;
mod discovery;
mod enrolment;
mod files;
mod hostile;
mod http2;
mod log;
mod peers;
mod sessions;
mod sign_in;
mod support;
mod wire;
