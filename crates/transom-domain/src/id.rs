//! Ids: 24 hexadecimal characters, as the API promises (`^[a-fA-F0-9]{24}$`): 4 bytes of time, 8 random bytes.
//!
//! An id is not an order: two ids of one second compare by their random part.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::fmt;

/// Why a text is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an id has 24 hexadecimal characters, not {found:?}")]
pub struct IdError {
    /// The text, cut to 40 characters.
    pub found: String,
}

/// Reads the twelve bytes of an id.
fn parse(text: &str) -> Result<[u8; 12], IdError> {
    let mut bytes = [0; 12];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| IdError {
        found: text.chars().take(40).collect(),
    })?;
    Ok(bytes)
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; 12]);

        impl $name {
            /// Reads 24 hexadecimal characters, in either case.
            ///
            /// # Errors
            /// When the text is anything else.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                parse(text).map(Self)
            }
        }

        impl From<[u8; 12]> for $name {
            fn from(bytes: [u8; 12]) -> Self {
                Self(bytes)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).map_err(D::Error::custom)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }
    )*};
}

ids! {
    /// An organization (tenant).
    OrganizationId;
    /// The Windows MDM configuration of an organization (`winEnterpriseId`).
    EnterpriseId;
    /// A managed PC.
    DeviceId;
    /// One enrolment of a PC; a device may have several over time.
    EnrollmentId;
    /// A person whose PCs are managed (`mdmUserId`).
    UserId;
    /// A batch of commands for one device (`winCommandId`).
    BatchId;
    /// One command of a batch (`cmdId`), unique in the whole system.
    CommandId;
    /// A bearer token of a service account.
    ApiTokenId;
    /// An enrolment token.
    EnrollmentTokenId;
    /// An audit record.
    AuditId;
    /// A policy (`winPolicyId`).
    PolicyId;
    /// A service account.
    ServiceAccountId;
    /// A segment role of an organization's own.
    SegmentRoleId;
    /// An enrolment template.
    EnrollmentTemplateId;
    /// A default of an organization (`default-config`).
    DefaultConfigId;
    /// An audience (`deviceAudienceId`).
    AudienceId;
    /// An automation rule.
    RuleId;
    /// An application (`winApplicationId`).
    ApplicationId;
    /// A script.
    ScriptId;
    /// An app that PCs have installed.
    DetectedAppId;
    /// A smart attribute.
    SmartAttributeId;
    /// A file on record (`mdmAssetId`).
    AssetId;
    /// The content of an asset, where it is kept.
    AssetFileId;
    /// An ADMX template (`winAdmxConfigId`).
    AdmxConfigId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_in_either_case_and_writes_in_lower_case() {
        let id = DeviceId::parse("507F1F77bcf86cd799439011").unwrap();
        assert_eq!(id.to_string(), "507f1f77bcf86cd799439011");
    }

    #[test]
    fn anything_else_is_refused_with_what_was_found() {
        for text in [
            "",
            "507f1f77bcf86cd79943901",
            "507f1f77bcf86cd7994390111",
            "zzzf1f77bcf86cd799439011",
        ] {
            assert_eq!(DeviceId::parse(text).unwrap_err().found, text);
        }
    }
}
