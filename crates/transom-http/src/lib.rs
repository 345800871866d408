//! The actix adapter: the management API and the Microsoft Graph facade for administrators, and the device routes for PCs.
//! Two listeners; the first two share theirs, its callers and its table of permissions.

pub mod admin;
pub mod device;
pub mod graph;
