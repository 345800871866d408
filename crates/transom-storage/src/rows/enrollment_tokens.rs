//! Rows of `enrollment_tokens`.

use super::{Place, millis, moment};
use crate::schema::enrollment_tokens;
use diesel::prelude::*;
use transom_domain::{
    EnrollmentTokenId, OrganizationId, Timestamp, UserId, enrollment_token::EnrollmentToken, ports::StoreError,
    secret::SecretHash, segment::SegmentId,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = enrollment_tokens, treat_none_as_default_value = false)]
pub(crate) struct EnrollmentTokenRow {
    id: String,
    organization_id: String,
    segment_id: i64,
    user_id: Option<String>,
    hash: String,
    uses_max: i64,
    uses: i64,
    created_at: i64,
    expires_at: i64,
    revoked_at: Option<i64>,
}

impl From<&EnrollmentToken> for EnrollmentTokenRow {
    fn from(token: &EnrollmentToken) -> Self {
        Self {
            id: token.id.to_string(),
            organization_id: token.organization.to_string(),
            segment_id: token.segment.0.into(),
            user_id: token.user.map(|u| u.to_string()),
            hash: token.hash.to_hex(),
            uses_max: token.uses_max.into(),
            uses: token.uses.into(),
            created_at: token.created_at.as_millis(),
            expires_at: token.expires_at.as_millis(),
            revoked_at: millis(token.revoked_at),
        }
    }
}

impl TryFrom<EnrollmentTokenRow> for EnrollmentToken {
    type Error = StoreError;

    fn try_from(row: EnrollmentTokenRow) -> Result<Self, StoreError> {
        let at = Place::new("enrollment_tokens", &row.id);
        let user = |id: &String| at.fit("user_id", UserId::parse(id).ok());
        Ok(Self {
            id: at.fit("id", EnrollmentTokenId::parse(&row.id).ok())?,
            organization: at.fit("organization_id", OrganizationId::parse(&row.organization_id).ok())?,
            segment: SegmentId(at.number("segment_id", row.segment_id)?),
            user: row.user_id.as_ref().map(user).transpose()?,
            hash: at.fit("hash", SecretHash::from_hex(&row.hash))?,
            uses_max: at.number("uses_max", row.uses_max)?,
            uses: at.number("uses", row.uses)?,
            created_at: Timestamp::from_millis(row.created_at),
            expires_at: Timestamp::from_millis(row.expires_at),
            revoked_at: moment(row.revoked_at),
        })
    }
}
