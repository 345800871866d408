//! Organizations: the tenants of a server. Nothing crosses from one to another.

use crate::{
    Context, EnterpriseId, OrganizationId, Timestamp,
    api_token::{self, IssuedApiToken},
    audit::{Audit, Target},
    permission::PermissionSet,
    ports::{ApiTokensMut, AuditLogMut, OrganizationsMut, SegmentsMut, ServiceAccountsMut, StoreError},
    segment::Segment,
    text::{self, TextError},
};

/// Longest slug; it stands in every path.
pub const SLUG_CHARS_MAX: usize = 64;

/// Longest name of an organization.
pub const NAME_CHARS_MAX: usize = 256;

/// The name in paths: `^[a-zA-Z0-9-]{3,64}$`, compared without case, never 24 hexadecimal characters (that is an id).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Slug(String);

impl Slug {
    /// Checks the rule above. Letters are kept in lower case.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        if text.len() > SLUG_CHARS_MAX {
            return Err(TextError::TooLong {
                max: SLUG_CHARS_MAX,
                found: text.len(),
            });
        }
        if text.len() < 3 || !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Err(TextError::Shape(
                "a slug has at least three characters, each a letter, a digit or a hyphen",
            ));
        }
        if text.len() == 24 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(TextError::Shape(
                "a slug must not look like an id (24 hexadecimal characters)",
            ));
        }
        Ok(Self(text.to_ascii_lowercase()))
    }

    /// The slug, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name in paths.
    pub slug: Slug,
    /// Its name for people.
    pub name: String,
    /// The id of its Windows MDM configuration.
    pub enterprise: EnterpriseId,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Why an organization cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum CreateOrganizationError {
    /// The slug is malformed.
    #[error("slug: {0}")]
    Slug(TextError),
    /// The name is malformed.
    #[error("name: {0}")]
    Name(TextError),
    /// The slug is taken.
    #[error("an organization with the slug {0} exists already")]
    Taken(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes an organization with its root segment and an administrator's token that may do everything in it.
///
/// # Errors
/// See [`CreateOrganizationError`].
pub fn create(
    tx: &mut (impl OrganizationsMut + SegmentsMut + ServiceAccountsMut + ApiTokensMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    slug: &str,
    name: &str,
) -> Result<(Organization, IssuedApiToken), CreateOrganizationError> {
    let slug = Slug::parse(slug).map_err(CreateOrganizationError::Slug)?;
    let name = text::line(name, NAME_CHARS_MAX).map_err(CreateOrganizationError::Name)?;
    if tx.organization_by_slug(slug.as_str())?.is_some() {
        return Err(CreateOrganizationError::Taken(slug.0));
    }
    let organization = Organization {
        id: cx.id(),
        slug,
        name,
        enterprise: cx.id(),
        created_at: cx.now,
    };
    tx.insert_organization(&organization)?;
    tx.insert_segment(&Segment::root(organization.id, cx.now))?;
    let audit = Audit::new(cx, organization.id, "base.organization.organization.create")
        .target(Target::Organization(organization.id))
        .after(serde_json::json!({ "slug": organization.slug.as_str(), "name": organization.name }));
    tx.append_audit(&audit.done())?;
    let token = api_token::with_account(
        tx,
        cx,
        organization.id,
        "administrator",
        PermissionSet::everything(),
        Vec::new(),
    )?;
    Ok((organization, token))
}
