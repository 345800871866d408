//! Queries over management sessions.

use super::unit::UnitOfWork;
use crate::{rows::sessions::SessionRow, schema::sessions};
use diesel::prelude::*;
use transom_domain::{
    EnrollmentId,
    ports::{Sessions, SessionsMut, StoreError},
    session::SessionRecord,
};

impl Sessions for UnitOfWork<'_> {
    fn session(&mut self, enrollment: EnrollmentId) -> Result<Option<SessionRecord>, StoreError> {
        self.run("session", |connection| {
            let row = sessions::table
                .find(enrollment.to_string())
                .select(SessionRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }
}

impl SessionsMut for UnitOfWork<'_> {
    fn save_session(&mut self, session: &SessionRecord) -> Result<(), StoreError> {
        self.run("save session", |connection| {
            let row = SessionRow::from(session);
            diesel::insert_into(sessions::table)
                .values(&row)
                .on_conflict(sessions::enrollment_id)
                .do_update()
                .set(&row)
                .execute(connection)?;
            Ok(())
        })
    }

    fn delete_session(&mut self, enrollment: EnrollmentId) -> Result<(), StoreError> {
        self.run("delete session", |connection| {
            diesel::delete(sessions::table.find(enrollment.to_string())).execute(connection)?;
            Ok(())
        })
    }
}
