//! Defaults of an organization (B.1, `default-config`): so far, the template for enrolments that no other speaks for.

use crate::{
    Context, DefaultConfigId, EnrollmentTemplateId, OrganizationId, Timestamp,
    audit::{Audit, Target},
    ports::{AuditLogMut, DefaultConfigsMut, EnrollmentTemplatesMut, OrganizationsMut, StoreError},
};
use serde_json::{Value, json};

/// What a default is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DefaultKind {
    /// The enrolment template of Windows PCs.
    WinEnrollmentTemplate,
}

impl DefaultKind {
    /// Every kind.
    pub const ALL: [DefaultKind; 1] = [Self::WinEnrollmentTemplate];

    /// The name in the API and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            DefaultKind::WinEnrollmentTemplate => "winEnrollmentTemplate",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DefaultConfig {
    /// Its id.
    pub id: DefaultConfigId,
    /// Whose.
    pub organization: OrganizationId,
    /// What it is about.
    pub kind: DefaultKind,
    /// The template.
    pub element: EnrollmentTemplateId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Why a default is not set or removed.
#[derive(Debug, thiserror::Error)]
pub enum DefaultConfigError {
    /// There is no such template.
    #[error("the template does not exist")]
    UnknownElement(EnrollmentTemplateId),
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
    tx: &mut (impl DefaultConfigsMut + EnrollmentTemplatesMut + OrganizationsMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    kind: DefaultKind,
    element: EnrollmentTemplateId,
) -> Result<DefaultConfig, DefaultConfigError> {
    tx.lock_organization(organization)?;
    tx.lock_enrollment_template(organization, element)?
        .ok_or(DefaultConfigError::UnknownElement(element))?;
    let before = tx.default_config(organization, kind)?;
    if let Some(same) = before.filter(|d| d.element == element) {
        return Ok(same);
    }
    let config = DefaultConfig {
        id: before.map_or_else(|| cx.id(), |d| d.id),
        organization,
        kind,
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
    json!({ "type": config.kind.as_str(), "elementId": config.element.to_string() })
}
