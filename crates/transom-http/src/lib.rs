//! The actix adapter: the management API for administrators, and the device routes for PCs. Two listeners, two halves.

pub mod admin;
pub mod device;
