//! Defaults of an organization (B.1, `default-config`): the template for enrolments that no other speaks for, and the
//! policy of PCs that have no other (E.1).
//!
//! A default that is set is on; one that is removed is off, as it is at first.

use crate::{
    Context, DefaultConfigId, EnrollmentTemplateId, OrganizationId, PolicyId, Timestamp,
    audit::{Audit, Target},
    ports::{AuditLogMut, DefaultConfigsMut, EnrollmentTemplatesMut, OrganizationsMut, PoliciesMut, StoreError},
};
use serde_json::{Value, json};

/// What a default is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DefaultKind {
    /// The enrolment template of Windows PCs.
    WinEnrollmentTemplate,
    /// The policy of Windows PCs that have no other.
    WinPolicy,
}

impl DefaultKind {
    /// Every kind.
    pub const ALL: [DefaultKind; 2] = [Self::WinEnrollmentTemplate, Self::WinPolicy];

    /// The name in the API and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            DefaultKind::WinEnrollmentTemplate => "winEnrollmentTemplate",
            DefaultKind::WinPolicy => "winPolicy",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// What a default names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultElement {
    /// An enrolment template.
    EnrollmentTemplate(EnrollmentTemplateId),
    /// A policy.
    Policy(PolicyId),
}

impl DefaultElement {
    /// What a default that names it is about.
    #[must_use]
    pub const fn kind(self) -> DefaultKind {
        match self {
            DefaultElement::EnrollmentTemplate(_) => DefaultKind::WinEnrollmentTemplate,
            DefaultElement::Policy(_) => DefaultKind::WinPolicy,
        }
    }

    /// The template, if it is one.
    #[must_use]
    pub const fn template(self) -> Option<EnrollmentTemplateId> {
        match self {
            DefaultElement::EnrollmentTemplate(id) => Some(id),
            DefaultElement::Policy(_) => None,
        }
    }

    /// The policy, if it is one.
    #[must_use]
    pub const fn policy(self) -> Option<PolicyId> {
        match self {
            DefaultElement::Policy(id) => Some(id),
            DefaultElement::EnrollmentTemplate(_) => None,
        }
    }
}

impl std::fmt::Display for DefaultElement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            DefaultElement::EnrollmentTemplate(id) => id.fmt(f),
            DefaultElement::Policy(id) => id.fmt(f),
        }
    }
}

/// A default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DefaultConfig {
    /// Its id.
    pub id: DefaultConfigId,
    /// Whose.
    pub organization: OrganizationId,
    /// What it names.
    pub element: DefaultElement,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl DefaultConfig {
    /// What it is about.
    #[must_use]
    pub const fn kind(&self) -> DefaultKind {
        self.element.kind()
    }
}

/// Why a default is not set or removed.
#[derive(Debug, thiserror::Error)]
pub enum DefaultConfigError {
    /// There is no such template or policy.
    #[error("{0} does not exist")]
    UnknownElement(DefaultElement),
    /// There is no such default.
    #[error("the default does not exist")]
    Unknown,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Sets a default, in place of the one that was there, whose id it keeps.
///
/// # Errors
/// See [`DefaultConfigError`].
pub fn set(
    tx: &mut (impl DefaultConfigsMut + EnrollmentTemplatesMut + PoliciesMut + OrganizationsMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    element: DefaultElement,
) -> Result<DefaultConfig, DefaultConfigError> {
    tx.lock_organization(organization)?;
    let exists = match element {
        DefaultElement::EnrollmentTemplate(id) => tx.lock_enrollment_template(organization, id)?.is_some(),
        DefaultElement::Policy(id) => tx.lock_policy(id)?.is_some_and(|p| p.organization == organization),
    };
    if !exists {
        return Err(DefaultConfigError::UnknownElement(element));
    }
    let before = tx.default_config(organization, element.kind())?;
    if let Some(same) = before.filter(|d| d.element == element) {
        return Ok(same);
    }
    let config = DefaultConfig {
        id: before.map_or_else(|| cx.id(), |d| d.id),
        organization,
        element,
        created_at: before.map_or(cx.now, |d| d.created_at),
        updated_at: cx.now,
    };
    tx.save_default_config(&config)?;
    let mut audit = Audit::new(cx, organization, "mdm.windows.defaultDeviceConfig.create")
        .target(Target::DefaultConfig(config.id))
        .after(told(&config));
    if let Some(before) = &before {
        audit = audit.before(told(before));
    }
    tx.append_audit(&audit.done())?;
    Ok(config)
}

/// Removes a default.
///
/// # Errors
/// See [`DefaultConfigError`].
pub fn remove(
    tx: &mut (impl DefaultConfigsMut + OrganizationsMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    id: DefaultConfigId,
) -> Result<DefaultConfig, DefaultConfigError> {
    tx.lock_organization(organization)?;
    let config = tx.default_configs(organization)?.into_iter().find(|d| d.id == id);
    let config = config.ok_or(DefaultConfigError::Unknown)?;
    tx.delete_default_config(id)?;
    let audit = Audit::new(cx, organization, "mdm.windows.defaultDeviceConfig.remove")
        .target(Target::DefaultConfig(id))
        .before(told(&config));
    tx.append_audit(&audit.done())?;
    Ok(config)
}

fn told(config: &DefaultConfig) -> Value {
    json!({ "type": config.kind().as_str(), "elementId": config.element.to_string() })
}
