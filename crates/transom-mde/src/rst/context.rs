//! What a PC tells about itself (docs/PROTOCOL.md, 5).

use crate::error::Problem;
use crate::limits::{MAX_CONTEXT_ITEMS, MAX_CONTEXT_NAME_BYTES, MAX_CONTEXT_VALUE_BYTES};
use crate::namespace::{AUTHORIZATION, Ns};
use crate::version::Version;
use crate::xml::{Element, Writer};

/// The names of the items that the accessors of [`Context`] look for.
pub mod names {
    /// Whether the user started the enrolment in Settings.
    pub const UX_INITIATED: &str = "UXInitiated";
    /// The hash of the hardware.
    pub const HW_DEV_ID: &str = "HWDevID";
    /// The language of Windows.
    pub const LOCALE: &str = "Locale";
    /// Whether the enrolling user is signed in.
    pub const TARGETED_USER_LOGGED_IN: &str = "TargetedUserLoggedIn";
    /// The Windows product type.
    pub const OS_EDITION: &str = "OSEdition";
    /// The computer's name.
    pub const DEVICE_NAME: &str = "DeviceName";
    /// The address of a network adapter; repeats.
    pub const MAC: &str = "MAC";
    /// The number of a modem; repeats.
    pub const IMEI: &str = "IMEI";
    /// The id of this enrolment on the PC.
    pub const DEVICE_ID: &str = "DeviceID";
    /// `Full` or `Device`.
    pub const ENROLLMENT_TYPE: &str = "EnrollmentType";
    /// `CIMClient_Windows`.
    pub const DEVICE_TYPE: &str = "DeviceType";
    /// The version of Windows.
    pub const OS_VERSION: &str = "OSVersion";
    /// The version of the enrolling program.
    pub const APPLICATION_VERSION: &str = "ApplicationVersion";
    /// Whether Windows had been set up before.
    pub const NOT_IN_OOBE: &str = "NotInOobe";
    /// What the terms-of-use page left.
    pub const ENROLLMENT_DATA: &str = "EnrollmentData";
    /// The protocol version of the PC.
    pub const REQUEST_VERSION: &str = "RequestVersion";
    /// The id that the server gave before.
    pub const EMM_DEVICE_ID: &str = "EmmDeviceId";
    /// The PC's maker.
    pub const MANUFACTURER: &str = "Manufacturer";
    /// The PC's model.
    pub const DEVICE_MODEL: &str = "DeviceModel";
    /// The PC's serial number.
    pub const SERIAL_NUMBER: &str = "SerialNumber";
    /// The domain that the PC is joined to.
    pub const DOMAIN_NAME: &str = "DomainName";
    /// The Autopilot correlation id.
    pub const ZERO_TOUCH_PROVISIONING: &str = "ZeroTouchProvisioning";
    /// Whether many PCs are joined to Entra ID at once.
    pub const BULK_AADJ: &str = "BulkAADJ";
}

/// Whether the enrolment is a user's or the PC's own; decides the certificate store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EnrollmentType {
    /// A user's.
    Full,
    /// The PC's own.
    Device,
}

/// One thing that the PC tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextItem {
    /// Which thing.
    pub name: String,
    /// The thing.
    pub value: String,
}

/// All that the PC tells, in its order. Any item may be missing, and any may be a lie.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    /// The items, also those that nobody knows.
    pub items: Vec<ContextItem>,
}

impl Context {
    /// Adds an item at the end.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.items.push(ContextItem {
            name: name.into(),
            value: value.into(),
        });
        self
    }

    /// The first value of this name that is not empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).find(|value| !value.is_empty())
    }

    /// Every value of this name.
    pub fn all<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        self.items
            .iter()
            .filter(move |item| item.name == name)
            .map(|item| item.value.as_str())
    }

    /// Clients write `true`, `True`, `false` and `False`.
    fn flag(&self, name: &str) -> Option<bool> {
        let value = self.get(name)?;
        if value.eq_ignore_ascii_case("true") {
            Some(true)
        } else if value.eq_ignore_ascii_case("false") {
            Some(false)
        } else {
            None
        }
    }

    /// Id of this enrolment on the PC, opaque: `./DevInfo/DevId` in management sessions.
    #[must_use]
    pub fn device_id(&self) -> Option<&str> {
        self.get(names::DEVICE_ID)
    }

    /// Hash of the hardware. Clones share it, so it identifies nothing by itself.
    #[must_use]
    pub fn hw_dev_id(&self) -> Option<&str> {
        self.get(names::HW_DEV_ID)
    }

    /// Whose enrolment it is, if the PC says `Full` or `Device`.
    #[must_use]
    pub fn enrollment_type(&self) -> Option<EnrollmentType> {
        match self.get(names::ENROLLMENT_TYPE)? {
            "Full" => Some(EnrollmentType::Full),
            "Device" => Some(EnrollmentType::Device),
            _ => None,
        }
    }

    /// The computer's name.
    #[must_use]
    pub fn device_name(&self) -> Option<&str> {
        self.get(names::DEVICE_NAME)
    }

    /// `CIMClient_Windows` on a desktop PC.
    #[must_use]
    pub fn device_type(&self) -> Option<&str> {
        self.get(names::DEVICE_TYPE)
    }

    /// The version of Windows, four numbers.
    #[must_use]
    pub fn os_version(&self) -> Option<&str> {
        self.get(names::OS_VERSION)
    }

    /// The version of the enrolling program.
    #[must_use]
    pub fn application_version(&self) -> Option<&str> {
        self.get(names::APPLICATION_VERSION)
    }

    /// The Windows product type (docs/PROTOCOL.md, 5), if it is a number.
    #[must_use]
    pub fn os_edition(&self) -> Option<u32> {
        self.get(names::OS_EDITION)?.parse().ok()
    }

    /// Addresses of the network adapters, virtual ones too, each once, in the PC's order and spelling.
    #[must_use]
    pub fn macs(&self) -> Vec<&str> {
        self.distinct(names::MAC)
    }

    /// Numbers of the modems, each once.
    #[must_use]
    pub fn imeis(&self) -> Vec<&str> {
        self.distinct(names::IMEI)
    }

    fn distinct(&self, name: &str) -> Vec<&str> {
        let mut found = Vec::new();
        for value in self.all(name).filter(|value| !value.is_empty()) {
            if !found.contains(&value) {
                found.push(value);
            }
        }
        found
    }

    /// The language of Windows, such as `en-US`.
    #[must_use]
    pub fn locale(&self) -> Option<&str> {
        self.get(names::LOCALE)
    }

    /// The PC's serial number, from newer clients.
    #[must_use]
    pub fn serial_number(&self) -> Option<&str> {
        self.get(names::SERIAL_NUMBER)
    }

    /// The PC's maker, from newer clients.
    #[must_use]
    pub fn manufacturer(&self) -> Option<&str> {
        self.get(names::MANUFACTURER)
    }

    /// The PC's model, from newer clients.
    #[must_use]
    pub fn device_model(&self) -> Option<&str> {
        self.get(names::DEVICE_MODEL)
    }

    /// The protocol version of the PC, from newer clients.
    #[must_use]
    pub fn request_version(&self) -> Option<Version> {
        Version::parse(self.get(names::REQUEST_VERSION)?)
    }

    /// Whether Windows had been set up before.
    #[must_use]
    pub fn not_in_oobe(&self) -> Option<bool> {
        self.flag(names::NOT_IN_OOBE)
    }

    /// Whether the user started the enrolment in Settings.
    #[must_use]
    pub fn ux_initiated(&self) -> Option<bool> {
        self.flag(names::UX_INITIATED)
    }

    /// Whether the enrolling user is signed in.
    #[must_use]
    pub fn targeted_user_logged_in(&self) -> Option<bool> {
        self.flag(names::TARGETED_USER_LOGGED_IN)
    }

    /// Whether many PCs are joined to Entra ID at once.
    #[must_use]
    pub fn bulk_aadj(&self) -> Option<bool> {
        self.flag(names::BULK_AADJ)
    }

    /// The text that the terms-of-use page left, unchanged.
    #[must_use]
    pub fn enrollment_data(&self) -> Option<&str> {
        self.get(names::ENROLLMENT_DATA)
    }

    /// The id that the server gave in an earlier enrolment.
    #[must_use]
    pub fn emm_device_id(&self) -> Option<&str> {
        self.get(names::EMM_DEVICE_ID)
    }

    /// The domain that the PC is joined to.
    #[must_use]
    pub fn domain_name(&self) -> Option<&str> {
        self.get(names::DOMAIN_NAME)
    }

    /// The Autopilot correlation id.
    #[must_use]
    pub fn zero_touch_provisioning(&self) -> Option<&str> {
        self.get(names::ZERO_TOUCH_PROVISIONING)
    }

    pub(super) fn read(context: &Element) -> Result<Self, Problem> {
        let mut items = Vec::new();
        for item in context.all(Ns::Authorization, "ContextItem") {
            // An item without a name can mean nothing to anybody.
            let name = item.attribute("Name").unwrap_or_default().trim();
            if name.is_empty() {
                continue;
            }
            if items.len() == MAX_CONTEXT_ITEMS {
                return Err(Problem::Limit {
                    what: "context items",
                    limit: MAX_CONTEXT_ITEMS,
                });
            }
            if name.len() > MAX_CONTEXT_NAME_BYTES {
                return Err(Problem::Limit {
                    what: "bytes in the name of a context item",
                    limit: MAX_CONTEXT_NAME_BYTES,
                });
            }
            let value = match item.optional(Ns::Authorization, "Value", "ContextItem")? {
                Some(value) => value.field("bytes in the value of a context item", MAX_CONTEXT_VALUE_BYTES)?,
                None => String::new(),
            };
            items.push(ContextItem {
                name: name.to_owned(),
                value,
            });
        }
        Ok(Self { items })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.open("ac:AdditionalContext", &[("xmlns", AUTHORIZATION)]);
        for item in &self.items {
            writer
                .open("ac:ContextItem", &[("Name", &item.name)])
                .text("ac:Value", &[], &item.value)
                .close("ac:ContextItem");
        }
        writer.close("ac:AdditionalContext");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_in_the_four_spellings_and_in_no_other() {
        for (text, value) in [
            ("true", Some(true)),
            ("True", Some(true)),
            ("false", Some(false)),
            ("False", Some(false)),
            ("1", None),
        ] {
            assert_eq!(Context::default().with(names::NOT_IN_OOBE, text).not_in_oobe(), value);
        }
        assert_eq!(Context::default().not_in_oobe(), None);
    }

    #[test]
    fn repeated_adapters_are_listed_once_in_order() {
        let context = Context::default()
            .with("MAC", "b")
            .with("MAC", "a")
            .with("MAC", "b")
            .with("MAC", "")
            .with("IMEI", "1");
        assert_eq!(context.macs(), ["b", "a"]);
        assert_eq!(context.imeis(), ["1"]);
    }

    #[test]
    fn values_out_of_form_count_as_missing() {
        let context = Context::default()
            .with(names::ENROLLMENT_TYPE, "full")
            .with(names::OS_EDITION, "Pro")
            .with(names::REQUEST_VERSION, "new")
            .with(names::DEVICE_ID, "");
        assert_eq!(context.enrollment_type(), None);
        assert_eq!(context.os_edition(), None);
        assert_eq!(context.request_version(), None);
        assert_eq!(context.device_id(), None);
    }
}
