//! Rows of `enrollments`, and the thin row of a check-in.

use super::{Place, devices::NOTHING_TO_REFRESH};
use crate::{
    schema::enrollments,
    sealing::{CREDENTIAL_DIGEST, Keyring, SERVER_SECRET, Sealer},
};
use diesel::prelude::*;
use transom_domain::{
    DeviceId, EnrollmentId, EnrollmentTokenId, OrganizationId, Timestamp, UserId,
    device::DeviceState,
    enrollment::{
        Enrollment, EnrollmentDigest, EnrollmentKind, EnrollmentState, Fingerprint, IssuedCertificate,
        SessionCredentials, check_in::CheckIn,
    },
    ports::StoreError,
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = enrollments, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct EnrollmentRow {
    pub(crate) id: String,
    organization_id: String,
    device_id: String,
    state: String,
    win_id: String,
    fingerprint: String,
    not_before: i64,
    not_after: i64,
    dev_info_hash: Option<String>,
    configured: bool,
    refused: i64,
    created_at: i64,
    kind: String,
    hw_dev_id: Option<String>,
    user_id: Option<String>,
    token_id: Option<String>,
    thumbprint: String,
    serial: String,
    credential_name: String,
    credential_digest: String,
    nonce: Vec<u8>,
    previous_nonce: Option<Vec<u8>>,
    server_secret: String,
    server_nonce: Vec<u8>,
    facts: String,
    placement: Option<String>,
}

impl EnrollmentRow {
    /// The row of an enrolment, its secrets sealed.
    pub(crate) fn seal(enrollment: &Enrollment, sealer: &Sealer) -> Result<Self, StoreError> {
        let (certificate, credentials) = (&enrollment.certificate, &enrollment.credentials);
        let id = enrollment.id.to_string();
        Ok(Self {
            organization_id: enrollment.organization.to_string(),
            device_id: enrollment.device.to_string(),
            state: enrollment.state.as_str().to_owned(),
            win_id: enrollment.win_id.clone(),
            fingerprint: certificate.fingerprint.to_hex(),
            not_before: certificate.not_before.as_millis(),
            not_after: certificate.not_after.as_millis(),
            dev_info_hash: enrollment.dev_info_hash.clone(),
            configured: enrollment.configured,
            refused: enrollment.refused.into(),
            created_at: enrollment.created_at.as_millis(),
            kind: enrollment.kind.as_str().to_owned(),
            hw_dev_id: enrollment.hw_dev_id.clone(),
            user_id: enrollment.user.map(|u| u.to_string()),
            token_id: enrollment.token.map(|t| t.to_string()),
            thumbprint: certificate.thumbprint.clone(),
            serial: certificate.serial.clone(),
            credential_name: credentials.name.clone(),
            credential_digest: sealer.seal(CREDENTIAL_DIGEST, &id, &credentials.digest)?,
            nonce: credentials.nonce.clone(),
            previous_nonce: credentials.previous_nonce.clone(),
            server_secret: sealer.seal(SERVER_SECRET, &id, &credentials.server_secret)?,
            server_nonce: credentials.server_nonce.clone(),
            facts: serde_json::json!(enrollment.facts).to_string(),
            placement: enrollment.placement.as_ref().map(|p| serde_json::json!(p).to_string()),
            id,
        })
    }

    /// The enrolment of the row, its secrets in clear.
    pub(crate) fn open(self, keyring: &Keyring) -> Result<Enrollment, StoreError> {
        let row = self;
        let at = Place::new("enrollments", &row.id);
        let user = |id: &String| at.fit("user_id", UserId::parse(id).ok());
        let token = |id: &String| at.fit("token_id", EnrollmentTokenId::parse(id).ok());
        Ok(Enrollment {
            id: at.fit("id", EnrollmentId::parse(&row.id).ok())?,
            organization: at.fit("organization_id", OrganizationId::parse(&row.organization_id).ok())?,
            device: at.fit("device_id", DeviceId::parse(&row.device_id).ok())?,
            state: at.fit("state", EnrollmentState::from_name(&row.state))?,
            user: row.user_id.as_ref().map(user).transpose()?,
            token: row.token_id.as_ref().map(token).transpose()?,
            kind: at.fit("kind", EnrollmentKind::from_name(&row.kind))?,
            certificate: IssuedCertificate {
                fingerprint: at.fit("fingerprint", Fingerprint::from_hex(&row.fingerprint))?,
                thumbprint: row.thumbprint,
                serial: row.serial,
                not_before: Timestamp::from_millis(row.not_before),
                not_after: Timestamp::from_millis(row.not_after),
            },
            credentials: SessionCredentials {
                name: row.credential_name,
                digest: keyring.open(CREDENTIAL_DIGEST, &row.id, &row.credential_digest)?,
                nonce: row.nonce,
                previous_nonce: row.previous_nonce,
                server_secret: keyring.open(SERVER_SECRET, &row.id, &row.server_secret)?,
                server_nonce: row.server_nonce,
            },
            facts: at.json("facts", &row.facts)?,
            placement: row.placement.as_ref().map(|p| at.json("placement", p)).transpose()?,
            refused: at.number("refused", row.refused)?,
            win_id: row.win_id,
            hw_dev_id: row.hw_dev_id,
            dev_info_hash: row.dev_info_hash,
            configured: row.configured,
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}

/// What lists show of an enrolment.
#[derive(Queryable, Selectable)]
#[diesel(table_name = enrollments)]
pub(crate) struct DigestRow {
    id: String,
    device_id: String,
    kind: String,
    state: String,
    user_id: Option<String>,
    created_at: i64,
    not_after: i64,
    placement: Option<String>,
}

impl TryFrom<DigestRow> for EnrollmentDigest {
    type Error = StoreError;

    fn try_from(row: DigestRow) -> Result<Self, StoreError> {
        let at = Place::new("enrollments", &row.id);
        Ok(Self {
            id: at.fit("id", EnrollmentId::parse(&row.id).ok())?,
            device: at.fit("device_id", DeviceId::parse(&row.device_id).ok())?,
            kind: at.fit("kind", EnrollmentKind::from_name(&row.kind))?,
            state: at.fit("state", EnrollmentState::from_name(&row.state))?,
            user: row
                .user_id
                .map(|id| at.fit("user_id", UserId::parse(&id).ok()))
                .transpose()?,
            created_at: Timestamp::from_millis(row.created_at),
            not_after: Timestamp::from_millis(row.not_after),
            placement: row.placement.as_ref().map(|p| at.json("placement", p)).transpose()?,
        })
    }
}

/// What the one statement of a check-in answers, in the order of its columns.
#[derive(Queryable)]
pub(crate) struct CheckInRow {
    enrollment_id: String,
    device_id: String,
    organization_id: String,
    state: String,
    win_id: String,
    not_after: i64,
    dev_info_hash: Option<String>,
    configured: bool,
    device_state: String,
    refresh_needed: String,
    session_id: Option<String>,
    session_is_open: Option<bool>,
    has_commands: bool,
}

impl TryFrom<CheckInRow> for CheckIn {
    type Error = StoreError;

    fn try_from(row: CheckInRow) -> Result<Self, StoreError> {
        let at = Place::new("enrollments", &row.enrollment_id);
        let device_state = DeviceState::from_name(&row.device_state);
        Ok(Self {
            enrollment: at.fit("id", EnrollmentId::parse(&row.enrollment_id).ok())?,
            device: at.fit("device_id", DeviceId::parse(&row.device_id).ok())?,
            organization: at.fit("organization_id", OrganizationId::parse(&row.organization_id).ok())?,
            state: at.fit("state", EnrollmentState::from_name(&row.state))?,
            device_state: Place::new("devices", &row.device_id).fit("state", device_state)?,
            win_id: row.win_id,
            not_after: Timestamp::from_millis(row.not_after),
            dev_info_hash: row.dev_info_hash,
            configured: row.configured,
            refresh_needed: row.refresh_needed != NOTHING_TO_REFRESH,
            session: row.session_id.zip(row.session_is_open),
            has_commands: row.has_commands,
        })
    }
}
