//! Making, changing and removing templates. A template is read before the unit of work, because reading takes time.

use super::{
    APP_NAME_CHARS_MAX, AdmxConfig, CONFIGS_MAX, DESCRIPTION_CHARS_MAX, FILE_NAME_CHARS_MAX, SettingType, Template,
    WARNINGS_MAX,
};
use crate::{
    AdmxConfigId, Context, OrganizationId,
    audit::{Audit, Target},
    device::update::Violation,
    library::{self, Users},
    policy::{PolicyScope, references::ReferenceKind},
    ports::{AdmxConfigs, AdmxConfigsMut, AuditLogMut, OrganizationsMut, PolicyReferences, Segments, StoreError},
    secret::SecretHash,
    segment::SegmentId,
    text,
};
use serde_json::{Value, json};

/// What is wanted of a template. What is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WriteAdmxConfig {
    /// The application.
    pub app_name: Option<String>,
    /// What Windows makes of it; `Policy` for a new one where it is not said.
    pub setting_type: Option<SettingType>,
    /// What Windows knows it by.
    pub file_name: Option<String>,
    /// More about it; `Some(None)` takes it away.
    pub description: Option<Option<String>>,
    /// Where it goes.
    pub segment: Option<SegmentId>,
    /// Whether policies in the segments below may use it.
    pub expose_to_children: Option<bool>,
    /// The template itself.
    pub template: Option<Template>,
}

/// Why a template is not made, changed or removed.
#[derive(Debug, thiserror::Error)]
pub enum AdmxError {
    /// Fields do not hold to their rules.
    #[error("the request has {} invalid fields", .0.len())]
    Invalid(Vec<Violation>),
    /// Another template has the same application, type and file.
    #[error("a template with this appName, settingType and fileName exists already")]
    Taken,
    /// The segment does not exist or is out of the caller's sight.
    #[error("segment {0} does not exist")]
    UnknownSegment(SegmentId),
    /// The template does not exist or is out of the caller's sight.
    #[error("the template does not exist")]
    Unknown,
    /// The caller sees the template, because it is exposed from above, and may not change it.
    #[error("the template belongs to a segment that the caller may not change")]
    NotOwn,
    /// Policies use it: it can neither be removed, nor renamed, nor taken out of their reach.
    #[error("{0} use the template")]
    InUse(Box<Users>),
    /// There are too many.
    #[error("an organization has at most {CONFIGS_MAX} ADMX templates")]
    LimitExceeded,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl WriteAdmxConfig {
    /// Checks and cleans every field.
    ///
    /// # Errors
    /// Every field that does not hold to its rule.
    pub fn checked(mut self) -> Result<Self, Vec<Violation>> {
        let mut wrong = Vec::new();
        node(&mut self.app_name, "appName", APP_NAME_CHARS_MAX, &mut wrong);
        node(&mut self.file_name, "fileName", FILE_NAME_CHARS_MAX, &mut wrong);
        if let Some(Some(description)) = &mut self.description {
            match text::line(description, DESCRIPTION_CHARS_MAX) {
                Ok(clean) => *description = clean,
                Err(error) => wrong.push(Violation::new("description", "text", error)),
            }
        }
        if wrong.is_empty() { Ok(self) } else { Err(wrong) }
    }
}

/// Checks a name that becomes a node of a `LocURI`: what would have to be escaped there is not taken.
fn node(name: &mut Option<String>, field: &'static str, max: usize, wrong: &mut Vec<Violation>) {
    let Some(name) = name else {
        return;
    };
    let is_node = |name: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        name.chars().all(plain) && name.chars().any(|c| c != '.')
    };
    match text::line(name, max) {
        Ok(clean) if is_node(&clean) => *name = clean,
        Ok(_) => wrong.push(Violation::new(
            field,
            "pattern",
            "must consist of letters A to Z, digits, dot, underscore and hyphen: it becomes part of a LocURI",
        )),
        Err(error) => wrong.push(Violation::new(field, "text", error)),
    }
}

/// The template of that id, if the caller sees it.
///
/// # Errors
/// When there is none.
pub fn find(
    view: &mut (impl AdmxConfigs + ?Sized),
    organization: OrganizationId,
    scope: &PolicyScope,
    id: AdmxConfigId,
) -> Result<AdmxConfig, AdmxError> {
    let config = view.admx_config(organization, id)?;
    config.filter(|c| c.shelf().is_seen(scope)).ok_or(AdmxError::Unknown)
}

/// Makes a template.
///
/// # Errors
/// See [`AdmxError`].
pub fn create(
    tx: &mut (impl AdmxConfigsMut + Segments + OrganizationsMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &PolicyScope,
    request: &WriteAdmxConfig,
) -> Result<AdmxConfig, AdmxError> {
    let request = request.clone().checked().map_err(AdmxError::Invalid)?;
    let missing = |path| AdmxError::Invalid(vec![Violation::new(path, "required", "is required")]);
    let app_name = request.app_name.ok_or_else(|| missing("appName"))?;
    let file_name = request.file_name.ok_or_else(|| missing("fileName"))?;
    let template = request.template.ok_or_else(|| missing("admx"))?;
    let segment = request.segment.unwrap_or(SegmentId::ROOT);
    check_segment(tx, organization, scope, segment)?;
    tx.lock_organization(organization)?;
    if tx.admx_config_count(organization)? >= CONFIGS_MAX {
        return Err(AdmxError::LimitExceeded);
    }
    let mut config = AdmxConfig {
        id: cx.id(),
        organization,
        segment,
        app_name,
        setting_type: request.setting_type.unwrap_or(SettingType::Policy),
        file_name,
        description: request.description.flatten(),
        expose_to_children: request.expose_to_children.unwrap_or(false),
        sha256: [0; 32],
        size: 0,
        has_language: false,
        definitions: 0,
        warnings: Vec::new(),
        warning_count: 0,
        created_at: cx.now,
        updated_at: cx.now,
    };
    take(&mut config, &template);
    taken(tx.insert_admx_config(&config))?;
    tx.save_admx_template(config.id, &template.source, &template.definitions)?;
    let audit = Audit::new(cx, organization, "mdm.windows.admxConfig.create")
        .target(Target::AdmxConfig(config.id))
        .segment(config.segment)
        .after(told(&config));
    tx.append_audit(&audit.done())?;
    Ok(config)
}

/// Notes what a template says about itself.
fn take(config: &mut AdmxConfig, template: &Template) {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    config.sha256 = template.sha256;
    config.size = template.size;
    config.has_language = template.source.adml.is_some();
    config.definitions = count(template.definitions.len());
    config.warning_count = count(template.warnings.len());
    config.warnings = template.warnings.iter().take(WARNINGS_MAX).cloned().collect();
}

fn taken(stored: Result<(), StoreError>) -> Result<(), AdmxError> {
    match stored {
        Err(StoreError::Duplicate(_)) => Err(AdmxError::Taken),
        other => Ok(other?),
    }
}

/// Locks a template that the caller may change.
fn own(
    tx: &mut (impl AdmxConfigsMut + ?Sized),
    organization: OrganizationId,
    scope: &PolicyScope,
    id: AdmxConfigId,
) -> Result<AdmxConfig, AdmxError> {
    let config = tx.lock_admx_configs(organization, &[id])?.pop();
    let config = config.filter(|c| c.shelf().is_seen(scope));
    let config = config.ok_or(AdmxError::Unknown)?;
    if scope.own.contains(config.segment) {
        Ok(config)
    } else {
        Err(AdmxError::NotOwn)
    }
}

/// Changes a template. While policies use it, its application and type stay: they are part of the `LocURI`s that those
/// policies set.
///
/// # Errors
/// See [`AdmxError`].
pub fn update(
    tx: &mut (impl AdmxConfigsMut + PolicyReferences + Segments + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &PolicyScope,
    (id, request): (AdmxConfigId, &WriteAdmxConfig),
) -> Result<AdmxConfig, AdmxError> {
    let request = request.clone().checked().map_err(AdmxError::Invalid)?;
    let before = own(tx, organization, scope, id)?;
    let mut after = before.clone();
    if let Some(segment) = request.segment {
        check_segment(tx, organization, scope, segment)?;
        after.segment = segment;
    }
    after.app_name = request.app_name.unwrap_or(after.app_name);
    after.setting_type = request.setting_type.unwrap_or(after.setting_type);
    after.file_name = request.file_name.unwrap_or(after.file_name);
    after.description = request.description.unwrap_or(after.description);
    after.expose_to_children = request.expose_to_children.unwrap_or(after.expose_to_children);
    let mut is_new_text = false;
    if let Some(template) = &request.template {
        take(&mut after, template);
        is_new_text = tx.admx_source(id)?.is_none_or(|source| source != template.source);
    }
    if after == before && !is_new_text {
        return Ok(before);
    }
    let is_renamed =
        !after.app_name.eq_ignore_ascii_case(&before.app_name) || after.setting_type != before.setting_type;
    if is_renamed || after.shelf() != before.shelf() {
        let used_in = tx.segments_naming(ReferenceKind::AdmxConfig, &id.to_string())?;
        let segments = tx.segments(organization)?;
        let is_lost = library::loses(before.shelf(), after.shelf(), &used_in, &segments);
        if is_lost || (is_renamed && !used_in.is_empty()) {
            let users = library::policies_using(tx, ReferenceKind::AdmxConfig, &id.to_string())?;
            return Err(AdmxError::InUse(Box::new(users.seen_in(&scope.own))));
        }
    }
    after.updated_at = cx.now;
    taken(tx.update_admx_config(&after))?;
    if let Some(template) = request.template.filter(|_| is_new_text) {
        tx.save_admx_template(id, &template.source, &template.definitions)?;
    }
    let audit = Audit::new(cx, organization, "mdm.windows.admxConfig.update")
        .target(Target::AdmxConfig(id))
        .segment(after.segment)
        .before(told(&before))
        .after(told(&after));
    tx.append_audit(&audit.done())?;
    Ok(after)
}

/// Removes a template that nothing uses.
///
/// # Errors
/// See [`AdmxError`].
pub fn remove(
    tx: &mut (impl AdmxConfigsMut + PolicyReferences + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &PolicyScope,
    id: AdmxConfigId,
) -> Result<AdmxConfig, AdmxError> {
    let config = own(tx, organization, scope, id)?;
    let users = library::policies_using(tx, ReferenceKind::AdmxConfig, &id.to_string())?;
    if users.total() > 0 {
        return Err(AdmxError::InUse(Box::new(users.seen_in(&scope.own))));
    }
    tx.remove_admx_config(id)?;
    let audit = Audit::new(cx, organization, "mdm.windows.admxConfig.remove")
        .target(Target::AdmxConfig(id))
        .segment(config.segment)
        .before(told(&config));
    tx.append_audit(&audit.done())?;
    Ok(config)
}

/// A segment named in a request must exist and be one that the caller may change.
fn check_segment(
    tx: &mut (impl Segments + ?Sized),
    organization: OrganizationId,
    scope: &PolicyScope,
    segment: SegmentId,
) -> Result<(), AdmxError> {
    if scope.own.contains(segment) && tx.segment(organization, segment)?.is_some() {
        return Ok(());
    }
    Err(AdmxError::UnknownSegment(segment))
}

/// A template for the audit record: not its text, which is public anyway and large.
fn told(config: &AdmxConfig) -> Value {
    json!({
        "appName": config.app_name,
        "settingType": config.setting_type.as_str(),
        "fileName": config.file_name,
        "description": config.description,
        "segmentId": config.segment.0,
        "exposeToChildren": config.expose_to_children,
        "sha256": SecretHash(config.sha256).to_hex(),
        "size": config.size,
        "hasLanguage": config.has_language,
        "definitions": config.definitions,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_nodes_and_hold_their_limits() {
        let rules = |app: &str, file: &str| -> Vec<String> {
            let request = WriteAdmxConfig {
                app_name: Some(app.to_owned()),
                file_name: Some(file.to_owned()),
                ..WriteAdmxConfig::default()
            };
            let wrong = request.checked().err().unwrap_or_default();
            wrong.into_iter().map(|v| format!("{} {}", v.path, v.rule)).collect()
        };
        assert!(rules(" chromeIntuneV1 ", "chrome-1.2_3.admx").is_empty());
        for bad in ["a b", "a/b", "a~b", "..", "ä", "a%20"] {
            assert_eq!(rules(bad, bad), ["appName pattern", "fileName pattern"], "{bad}");
        }
        let long = |n: usize| "x".repeat(n);
        assert!(rules(&long(APP_NAME_CHARS_MAX), &long(FILE_NAME_CHARS_MAX)).is_empty());
        assert_eq!(
            rules(&long(APP_NAME_CHARS_MAX + 1), &long(FILE_NAME_CHARS_MAX + 1)),
            ["appName text", "fileName text"]
        );
    }
}
