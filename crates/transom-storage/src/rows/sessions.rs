//! Rows of `sessions`.

use super::Place;
use crate::schema::sessions;
use diesel::prelude::*;
use transom_domain::{EnrollmentId, Timestamp, ports::StoreError, session::SessionRecord};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = sessions)]
pub(crate) struct SessionRow {
    enrollment_id: String,
    session_id: String,
    is_open: bool,
    msg_id: i64,
    body_hash: Vec<u8>,
    updated_at: i64,
    state: String,
    reply: String,
}

impl From<&SessionRecord> for SessionRow {
    fn from(session: &SessionRecord) -> Self {
        Self {
            enrollment_id: session.enrollment.to_string(),
            session_id: session.session_id.clone(),
            is_open: session.open,
            msg_id: session.msg_id.into(),
            body_hash: session.body_hash.to_vec(),
            updated_at: session.updated_at.as_millis(),
            state: session.state.clone(),
            reply: session.reply.clone(),
        }
    }
}

impl TryFrom<SessionRow> for SessionRecord {
    type Error = StoreError;

    fn try_from(row: SessionRow) -> Result<Self, StoreError> {
        let at = Place::new("sessions", &row.enrollment_id);
        Ok(Self {
            enrollment: at.fit("enrollment_id", EnrollmentId::parse(&row.enrollment_id).ok())?,
            session_id: row.session_id,
            msg_id: at.number("msg_id", row.msg_id)?,
            body_hash: at.fit("body_hash", row.body_hash.try_into().ok())?,
            reply: row.reply,
            open: row.is_open,
            state: row.state,
            updated_at: Timestamp::from_millis(row.updated_at),
        })
    }
}
