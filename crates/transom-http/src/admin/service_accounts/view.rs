//! Service accounts and tokens as the API shows them.

use crate::admin::view::Moment;
use serde::Serialize;
use transom_domain::{
    Timestamp,
    api_token::{ApiToken, IssuedApiToken},
    service_account::{Assignment, RoleName, ServiceAccount},
};
use utoipa::ToSchema;

/// A service account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ServiceAccount)]
pub struct ServiceAccountView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    id: String,
    #[schema(pattern = "^[a-f0-9]{24}$")]
    organization_id: String,
    #[schema(max_length = 128)]
    name: String,
    #[schema(max_length = 1000)]
    description: Option<String>,
    /// `{id}@{organization}.iam.transom`: a name for the account that no other has.
    identity: String,
    /// What it may do, and where.
    roles: Vec<AssignmentView>,
    updated_at: Moment,
    created_at: Moment,
}

/// A role in segments, or actions without a role.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RoleAssignment)]
pub struct AssignmentView {
    /// `viewer`, `developer`, `admin`, or the id of a segment role; null: the actions beside it.
    role_id: Option<String>,
    /// Actions that are granted without a role; null: those of the role.
    actions: Option<Vec<String>>,
    /// In these segments and what lies below; empty: everywhere.
    segment_ids: Vec<u32>,
}

/// A token, without the token itself.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Token)]
pub struct TokenView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    id: String,
    #[schema(pattern = "^[a-f0-9]{24}$")]
    service_account_id: String,
    #[schema(max_length = 128)]
    name: String,
    /// `valid`, `expired` or `revoked`.
    state: &'static str,
    /// What it may do, of what its account may do.
    permissions: Vec<String>,
    /// Where, of where its account may; empty: everywhere.
    segment_ids: Vec<u32>,
    /// From where it may be used; empty: from everywhere.
    allowed_addresses: Vec<String>,
    expires_at: Option<Moment>,
    revoked_at: Option<Moment>,
    /// Written every few seconds.
    last_used_at: Option<Moment>,
    created_at: Moment,
}

/// A new token, the only time it is shown.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IssuedToken)]
pub struct IssuedTokenView {
    #[serde(flatten)]
    record: TokenView,
    /// The token itself. It cannot be shown again.
    #[schema(pattern = "^trm_[A-Za-z0-9_-]{43}$")]
    token: String,
}

impl ServiceAccountView {
    /// The view of an account of the organization with that slug.
    pub fn new(account: &ServiceAccount, organization: &str) -> Self {
        Self {
            id: account.id.to_string(),
            organization_id: account.organization.to_string(),
            name: account.name.clone(),
            description: account.description.clone(),
            identity: format!("{}@{organization}.iam.transom", account.id),
            roles: account.assignments.iter().map(AssignmentView::new).collect(),
            updated_at: Moment(account.updated_at),
            created_at: Moment(account.created_at),
        }
    }
}

impl AssignmentView {
    fn new(assignment: &Assignment) -> Self {
        let (role_id, actions) = match &assignment.role {
            RoleName::BuiltIn(role) => (Some(role.as_str().to_owned()), None),
            RoleName::Own(id) => (Some(id.to_string()), None),
            RoleName::None(actions) => (None, Some(actions.texts().into_iter().map(str::to_owned).collect())),
        };
        Self {
            role_id,
            actions,
            segment_ids: assignment.segments.iter().map(|s| s.0).collect(),
        }
    }
}

impl TokenView {
    /// The view of a token at `now`.
    pub fn new(token: &ApiToken, now: Timestamp) -> Self {
        Self {
            id: token.id.to_string(),
            service_account_id: token.account.to_string(),
            name: token.name.clone(),
            state: match (token.revoked_at, token.is_valid(now)) {
                (Some(_), _) => "revoked",
                (None, true) => "valid",
                (None, false) => "expired",
            },
            permissions: token.permissions.texts().into_iter().map(str::to_owned).collect(),
            segment_ids: token.segments.iter().map(|s| s.0).collect(),
            allowed_addresses: token.addresses.iter().map(ToString::to_string).collect(),
            expires_at: token.expires_at.map(Moment),
            revoked_at: token.revoked_at.map(Moment),
            last_used_at: token.last_used_at.map(Moment),
            created_at: Moment(token.created_at),
        }
    }
}

impl IssuedTokenView {
    /// The view of a new token.
    pub fn new(issued: &IssuedApiToken, now: Timestamp) -> Self {
        Self {
            record: TokenView::new(&issued.token, now),
            token: issued.secret.reveal().to_owned(),
        }
    }
}
