//! The roles over management sessions.

use super::StoreError;
use crate::{EnrollmentId, session::SessionRecord};

/// Looks at sessions.
pub trait Sessions {
    /// The stored session of an enrolment, open or over.
    fn session(&mut self, enrollment: EnrollmentId) -> Result<Option<SessionRecord>, StoreError>;
}

/// Changes sessions.
pub trait SessionsMut: Sessions {
    /// Stores a session in place of the enrolment's earlier one.
    fn save_session(&mut self, session: &SessionRecord) -> Result<(), StoreError>;

    /// Forgets an enrolment's session, if there is one.
    fn delete_session(&mut self, enrollment: EnrollmentId) -> Result<(), StoreError>;
}
