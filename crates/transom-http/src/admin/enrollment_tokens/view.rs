//! The enrolment token object (B.6).

use crate::admin::{
    enrollment_templates::{DISCOVERY_PATH, view::GivenPolicyView},
    view::Moment,
};
use serde::Serialize;
use transom_domain::{
    Timestamp,
    enrollment_template::change::MASK,
    enrollment_token::{EnrollmentToken, TEMPLATE_TOKEN_END, TokenState},
    secret::Secret,
};
use utoipa::{
    ToSchema,
    openapi::schema::{Object, ObjectBuilder, Type},
};

/// An enrolment token.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EnrollmentToken)]
pub struct EnrollmentTokenView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    id: String,
    #[schema(pattern = "^[a-f0-9]{24}$")]
    organization_id: String,
    /// `********`, but in the answer that makes it.
    token: String,
    /// What is typed into Windows as the server's address.
    server_url: String,
    #[schema(schema_with = state_schema)]
    state: &'static str,
    /// The template that it belongs to; null: it was made by itself.
    #[schema(pattern = "^[a-f0-9]{24}$")]
    win_enrollment_template_id: Option<String>,
    /// Whose PC it makes; null: anybody's.
    #[schema(pattern = "^[a-f0-9]{24}$")]
    mdm_user_id: Option<String>,
    /// What the PC is called; null: as a rule says, or as the computer is called.
    #[schema(max_length = 128)]
    display_name: Option<String>,
    tags: Vec<String>,
    #[schema(pattern = "^[a-f0-9]{24}$")]
    win_policy_id: Option<String>,
    win_policy_assignments: Vec<GivenPolicyView>,
    segment_id: u32,
    language: Option<String>,
    email_text: Option<String>,
    /// How many PCs it enrolled.
    uses: u32,
    /// How many it may; null: any number.
    uses_max: Option<u32>,
    /// Null: with its template.
    expire_at: Option<Moment>,
    updated_at: Moment,
    created_at: Moment,
}

fn state_schema() -> Object {
    let states = TokenState::ALL.map(TokenState::as_str);
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(states))
        .build()
}

impl EnrollmentTokenView {
    /// The view of a token at `now`, of a server at that address. Without its value, the value is masked.
    pub fn new(token: &EnrollmentToken, value: Option<&Secret>, server: &str, now: Timestamp) -> Self {
        let own = token.template.is_none();
        Self {
            id: token.id.to_string(),
            organization_id: token.organization.to_string(),
            token: value.map_or(MASK, Secret::reveal).to_owned(),
            server_url: format!("{server}{DISCOVERY_PATH}"),
            state: token.state(now).as_str(),
            win_enrollment_template_id: token.template.map(|t| t.to_string()),
            mdm_user_id: token.user.map(|u| u.to_string()),
            display_name: token.display_name.clone(),
            tags: token.tags.clone(),
            win_policy_id: token.primary.map(|p| p.to_string()),
            win_policy_assignments: GivenPolicyView::all(&token.assignments),
            segment_id: token.segment.0,
            language: token.language.clone(),
            email_text: token.email_text.clone(),
            uses: token.uses,
            uses_max: own.then_some(token.uses_max),
            expire_at: (token.expires_at < TEMPLATE_TOKEN_END).then_some(Moment(token.expires_at)),
            updated_at: Moment(token.updated_at),
            created_at: Moment(token.created_at),
        }
    }
}
