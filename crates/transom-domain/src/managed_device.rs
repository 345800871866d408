//! Devices as Microsoft Graph has them: own facts that Graph knows beside a device, values that were asserted through it,
//! and a way through all devices in the order of their ids (contract A.4, C.2, C.5).

pub mod facts;
pub mod scan;

pub use facts::{Asserted, ChangeFacts, DeviceFacts};
pub use scan::{DeviceCondition, DeviceScan, TextField, TextMatch, TimeField};
