//! The roles over service accounts.

use super::StoreError;
use crate::{OrganizationId, ServiceAccountId, service_account::ServiceAccount};

/// Looks at service accounts.
pub trait ServiceAccounts {
    /// The service account of that id in an organization.
    fn service_account(
        &mut self,
        organization: OrganizationId,
        id: ServiceAccountId,
    ) -> Result<Option<ServiceAccount>, StoreError>;

    /// All service accounts of an organization, oldest first.
    fn service_accounts(&mut self, organization: OrganizationId) -> Result<Vec<ServiceAccount>, StoreError>;
}

/// Changes service accounts.
pub trait ServiceAccountsMut: ServiceAccounts {
    /// Stores a new service account.
    fn insert_service_account(&mut self, account: &ServiceAccount) -> Result<(), StoreError>;

    /// Stores every field of a service account, which must exist.
    fn update_service_account(&mut self, account: &ServiceAccount) -> Result<(), StoreError>;

    /// Removes a service account with all its tokens; removing what is not there changes nothing.
    fn remove_service_account(&mut self, id: ServiceAccountId) -> Result<(), StoreError>;
}
