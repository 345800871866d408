//! Rows of `enrollment_tokens` and of what tokens name.

use super::{Place, millis, moment};
use crate::{
    schema::{enrollment_token_policies, enrollment_tokens},
    sealing::{Keyring, Sealer, TOKEN_VALUE},
};
use diesel::prelude::*;
use serde_json::json;
use transom_domain::{
    EnrollmentTemplateId, EnrollmentTokenId, OrganizationId, PolicyId, Timestamp, UserId,
    enrollment_token::EnrollmentToken,
    ports::StoreError,
    secret::{Secret, SecretHash},
    segment::SegmentId,
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = enrollment_tokens, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct EnrollmentTokenRow {
    pub(crate) id: String,
    organization_id: String,
    segment_id: i64,
    user_id: Option<String>,
    hash: String,
    uses_max: i64,
    uses: i64,
    created_at: i64,
    expires_at: i64,
    revoked_at: Option<i64>,
    places: bool,
    sealed_value: Option<String>,
    template_id: Option<String>,
    display_name: Option<String>,
    tags: String,
    primary_policy_id: Option<String>,
    assignments: String,
    language: Option<String>,
    email_text: Option<String>,
    updated_at: i64,
}

impl EnrollmentTokenRow {
    /// The row of a token, its value sealed. A token without a value needs no sealer.
    pub(crate) fn seal(token: &EnrollmentToken, sealer: Option<&Sealer>) -> Result<Self, StoreError> {
        let id = token.id.to_string();
        let sealed = |value: &Secret| match sealer {
            Some(sealer) => sealer.seal(TOKEN_VALUE, &id, value.reveal()),
            None => Err(StoreError::Failed(
                "a token's value came without what seals it".to_owned(),
            )),
        };
        Ok(Self {
            organization_id: token.organization.to_string(),
            segment_id: token.segment.0.into(),
            user_id: token.user.map(|u| u.to_string()),
            hash: token.hash.to_hex(),
            uses_max: token.uses_max.into(),
            uses: token.uses.into(),
            created_at: token.created_at.as_millis(),
            expires_at: token.expires_at.as_millis(),
            revoked_at: millis(token.revoked_at),
            places: token.places,
            sealed_value: token.value.as_ref().map(sealed).transpose()?,
            template_id: token.template.map(|t| t.to_string()),
            display_name: token.display_name.clone(),
            tags: json!(token.tags).to_string(),
            primary_policy_id: token.primary.map(|p| p.to_string()),
            assignments: json!(token.assignments).to_string(),
            language: token.language.clone(),
            email_text: token.email_text.clone(),
            updated_at: token.updated_at.as_millis(),
            id,
        })
    }

    /// The token of the row, its value in clear.
    pub(crate) fn open(self, keyring: &Keyring) -> Result<EnrollmentToken, StoreError> {
        let row = self;
        let at = Place::new("enrollment_tokens", &row.id);
        let user = |id: &String| at.fit("user_id", UserId::parse(id).ok());
        let template = |id: &String| at.fit("template_id", EnrollmentTemplateId::parse(id).ok());
        let policy = |id: &String| at.fit("primary_policy_id", PolicyId::parse(id).ok());
        let value = |sealed: &String| keyring.open(TOKEN_VALUE, &row.id, sealed);
        Ok(EnrollmentToken {
            id: at.fit("id", EnrollmentTokenId::parse(&row.id).ok())?,
            organization: at.fit("organization_id", OrganizationId::parse(&row.organization_id).ok())?,
            segment: SegmentId(at.number("segment_id", row.segment_id)?),
            places: row.places,
            user: row.user_id.as_ref().map(user).transpose()?,
            hash: at.fit("hash", SecretHash::from_hex(&row.hash))?,
            value: row
                .sealed_value
                .as_ref()
                .map(value)
                .transpose()?
                .map(|v| Secret::presented(&v)),
            template: row.template_id.as_ref().map(template).transpose()?,
            tags: at.json("tags", &row.tags)?,
            primary: row.primary_policy_id.as_ref().map(policy).transpose()?,
            assignments: at.json("assignments", &row.assignments)?,
            uses_max: at.number("uses_max", row.uses_max)?,
            uses: at.number("uses", row.uses)?,
            display_name: row.display_name,
            language: row.language,
            email_text: row.email_text,
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.updated_at),
            expires_at: Timestamp::from_millis(row.expires_at),
            revoked_at: moment(row.revoked_at),
        })
    }
}

#[derive(Insertable)]
#[diesel(table_name = enrollment_token_policies)]
pub(crate) struct NamedPolicyRow {
    token_id: String,
    policy_id: String,
}

/// The policies that a token names.
pub(crate) fn named(token: &EnrollmentToken) -> Vec<NamedPolicyRow> {
    let policies = token.policies().into_iter().map(|policy| NamedPolicyRow {
        token_id: token.id.to_string(),
        policy_id: policy.to_string(),
    });
    policies.collect()
}
