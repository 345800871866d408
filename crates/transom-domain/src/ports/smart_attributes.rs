//! The roles over smart attributes and the values that were given by hand.

use super::StoreError;
use crate::{
    DeviceId, OrganizationId, SmartAttributeId, UserId,
    smart_attribute::{GivenCounts, GivenValue, SmartAttribute},
};
use serde_json::Value;

/// Looks at smart attributes.
pub trait SmartAttributes {
    /// The smart attribute of that id in an organization.
    fn smart_attribute(
        &mut self,
        organization: OrganizationId,
        id: SmartAttributeId,
    ) -> Result<Option<SmartAttribute>, StoreError>;

    /// All smart attributes of an organization, by name without case.
    fn smart_attributes(&mut self, organization: OrganizationId) -> Result<Vec<SmartAttribute>, StoreError>;

    /// The values that devices were given: each device's in the order they were given.
    fn device_smart_values(&mut self, devices: &[DeviceId]) -> Result<Vec<(DeviceId, GivenValue)>, StoreError>;

    /// The values that users were given: each user's in the order they were given.
    fn user_smart_values(&mut self, users: &[UserId]) -> Result<Vec<(UserId, GivenValue)>, StoreError>;

    /// How many devices and users have a value of an attribute. Deleted devices do not count.
    fn given_counts(&mut self, attribute: SmartAttributeId) -> Result<GivenCounts, StoreError>;

    /// The different values of an attribute that were given, in no order. Asked of enumerations only: those have few.
    fn given_values(&mut self, attribute: SmartAttributeId) -> Result<Vec<Value>, StoreError>;
}

/// Changes smart attributes.
pub trait SmartAttributesMut: SmartAttributes {
    /// Stores a new smart attribute.
    fn insert_smart_attribute(&mut self, attribute: &SmartAttribute) -> Result<(), StoreError>;

    /// Locks smart attributes until the unit ends, by id, and reads them; a missing one is skipped.
    fn lock_smart_attributes(
        &mut self,
        organization: OrganizationId,
        ids: &[SmartAttributeId],
    ) -> Result<Vec<SmartAttribute>, StoreError>;

    /// Stores every field of a smart attribute, which must exist.
    fn update_smart_attribute(&mut self, attribute: &SmartAttribute) -> Result<(), StoreError>;

    /// Removes a smart attribute, with the values of deleted devices. Nobody else may have a value of it.
    fn remove_smart_attribute(&mut self, id: SmartAttributeId) -> Result<(), StoreError>;

    /// Stores the values that a device is given, in place of those before.
    fn save_device_smart_values(&mut self, device: DeviceId, values: &[GivenValue]) -> Result<(), StoreError>;

    /// Stores the values that a user is given, in place of those before.
    fn save_user_smart_values(&mut self, user: UserId, values: &[GivenValue]) -> Result<(), StoreError>;
}
