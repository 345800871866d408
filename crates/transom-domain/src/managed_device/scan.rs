//! A way through an organization's devices: in the order of their ids, a batch at a time, so that devices that come and
//! go meanwhile neither repeat nor hide another.

use crate::{DetectedAppId, DeviceId, OrganizationId, Timestamp, UserId, device::DeviceState, segment::SegmentScope};

/// Which devices come next. Deleted ones never do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceScan {
    /// Whose.
    pub organization: OrganizationId,
    /// In which segments.
    pub scope: SegmentScope,
    /// Of this user.
    pub user: Option<UserId>,
    /// With this app.
    pub app: Option<DetectedAppId>,
    /// What a wanted device is known to hold to. It narrows the way and decides nothing: whoever asks looks at each
    /// device that is answered.
    pub condition: Option<DeviceCondition>,
    /// Behind this device.
    pub after: Option<DeviceId>,
    /// At most so many.
    pub limit: u32,
}

/// A condition that databases can look up. Each is necessary for what is wanted, none need be sufficient. There is no
/// "not": what is necessary for a thing says nothing of its contrary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceCondition {
    /// All of these.
    All(Vec<DeviceCondition>),
    /// One of these.
    Any(Vec<DeviceCondition>),
    /// A text, compared without case. Texts are ASCII, because ideas of case differ beyond it.
    Text {
        /// Which.
        field: TextField,
        /// How.
        matches: TextMatch,
    },
    /// A moment between two, both included; without it the condition does not hold.
    Time {
        /// Which.
        field: TimeField,
        /// Not before.
        from: Option<Timestamp>,
        /// Not after.
        to: Option<Timestamp>,
    },
    /// In one of these states.
    State(Vec<DeviceState>),
    /// One of these devices.
    Id(Vec<DeviceId>),
    /// Of one of these users.
    User(Vec<UserId>),
}

impl DeviceCondition {
    /// Whether only devices of some users hold to it: of thousands of devices, a handful.
    #[must_use]
    pub fn is_of_users(&self) -> bool {
        match self {
            Self::All(parts) => parts.iter().any(Self::is_of_users),
            Self::Any(parts) => parts.iter().all(Self::is_of_users),
            Self::User(_) => true,
            Self::Text { field, matches } => {
                let is_of_user = matches!(field, TextField::UserEmail | TextField::UserName);
                is_of_user && matches!(matches, TextMatch::Is(_))
            }
            Self::Time { .. } | Self::State(_) | Self::Id(_) => false,
        }
    }
}

/// A text of a device that can be looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextField {
    /// The console name.
    DisplayName,
    /// The computer's name.
    ComputerName,
    /// The serial number.
    SerialNumber,
    /// The IMEI.
    Imei,
    /// The version of Windows. Texts have no letters in them: it is compared as it is.
    OsVersion,
    /// Who made the PC.
    Manufacturer,
    /// Its model.
    Model,
    /// The e-mail of its user.
    UserEmail,
    /// The name of its user.
    UserName,
}

/// How a text is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextMatch {
    /// It is one of these.
    Is(Vec<String>),
    /// It begins with this.
    StartsWith(String),
    /// It has this in it.
    Contains(String),
}

/// A moment of a device that can be looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeField {
    /// When its first session completed.
    EnrolledAt,
    /// The end of the last successful session.
    LastStatusReport,
}
