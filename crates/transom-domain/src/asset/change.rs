//! Making, changing and removing assets. The file is there before its row, and goes after it (see
//! [`crate::ports::AssetFiles`]); that is the caller's part.

use super::{ASSETS_MAX, Asset, AssetFile, AssetKind, DESCRIPTION_CHARS_MAX, NAME_CHARS_MAX};
use crate::{
    AssetId, Context, OrganizationId,
    audit::{Audit, Target},
    device::update::Violation,
    library::{self, USERS_NAMED_MAX, Users},
    policy::{PolicyScope, references::ReferenceKind},
    ports::{Applications, Assets, AssetsMut, AuditLogMut, OrganizationsMut, PolicyReferences, Segments, StoreError},
    segment::SegmentId,
    text,
};
use serde_json::{Value, json};

/// What is wanted of an asset. What is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WriteAsset {
    /// What it is for.
    pub kind: Option<AssetKind>,
    /// Its name; for a new asset, that of its file where there is none.
    pub name: Option<String>,
    /// More about it; `Some(None)` takes it away.
    pub description: Option<Option<String>>,
    /// Where it goes.
    pub segment: Option<SegmentId>,
    /// Whether policies in the segments below may use it.
    pub expose_to_children: Option<bool>,
    /// Another content.
    pub file: Option<AssetFile>,
}

/// Why an asset is not made, changed or removed.
#[derive(Debug, thiserror::Error)]
pub enum AssetError {
    /// Fields do not hold to their rules.
    #[error("the request has {} invalid fields", .0.len())]
    Invalid(Vec<Violation>),
    /// The segment does not exist or is out of the caller's sight.
    #[error("segment {0} does not exist")]
    UnknownSegment(SegmentId),
    /// The asset does not exist or is out of the caller's sight.
    #[error("the asset does not exist")]
    Unknown,
    /// The caller sees the asset, because it is exposed from above, and may not change it.
    #[error("the asset belongs to a segment that the caller may not change")]
    NotOwn,
    /// Policies or applications use it: it can neither be removed nor taken out of their reach.
    #[error("{0} use the asset")]
    InUse(Box<Users>),
    /// There are too many, or they are too large together.
    #[error("{0}")]
    LimitExceeded(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl WriteAsset {
    /// Checks and cleans every field that says something by itself.
    ///
    /// # Errors
    /// Every field that does not hold to its rule.
    pub fn checked(mut self) -> Result<Self, Vec<Violation>> {
        let mut wrong = Vec::new();
        if let Some(name) = &mut self.name {
            match text::line(name, NAME_CHARS_MAX) {
                Ok(clean) => *name = clean,
                Err(error) => wrong.push(Violation::new("name", "text", error)),
            }
        }
        if let Some(Some(description)) = &mut self.description {
            match text::line(description, DESCRIPTION_CHARS_MAX) {
                Ok(clean) => *description = clean,
                Err(error) => wrong.push(Violation::new("description", "text", error)),
            }
        }
        if let (Some(kind), Some(file)) = (self.kind, &self.file) {
            wrong.extend(extension(kind, file));
        }
        if wrong.is_empty() { Ok(self) } else { Err(wrong) }
    }
}

/// What is wrong with a file for an asset of that kind.
fn extension(kind: AssetKind, file: &AssetFile) -> Option<Violation> {
    let known = kind.extensions().filter(|_| !kind.takes(&file.name))?;
    let message = format!(
        "a file of type {} must end in one of .{}; {} does not",
        kind.as_str(),
        known.join(", ."),
        file.name
    );
    Some(Violation::new("file", "extension", message))
}

/// The asset of that id, if the caller sees it.
///
/// # Errors
/// When there is none.
pub fn find(
    view: &mut (impl Assets + ?Sized),
    organization: OrganizationId,
    scope: &PolicyScope,
    id: AssetId,
) -> Result<Asset, AssetError> {
    let asset = view.asset(organization, id)?;
    asset.filter(|a| a.shelf().is_seen(scope)).ok_or(AssetError::Unknown)
}

/// Makes an asset whose file is there already.
///
/// # Errors
/// See [`AssetError`].
pub fn create(
    tx: &mut (impl AssetsMut + Segments + OrganizationsMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &PolicyScope,
    bytes_max: u64,
    request: &WriteAsset,
) -> Result<Asset, AssetError> {
    let request = request.clone().checked().map_err(AssetError::Invalid)?;
    let missing = |path| AssetError::Invalid(vec![Violation::new(path, "required", "is required")]);
    let kind = request.kind.ok_or_else(|| missing("type"))?;
    let file = request.file.ok_or_else(|| missing("file"))?;
    let segment = request.segment.unwrap_or(SegmentId::ROOT);
    check_segment(tx, organization, scope, segment)?;
    // Two uploads at once must not each find room for one.
    tx.lock_organization(organization)?;
    let (count, bytes) = tx.asset_totals(organization)?;
    if count >= ASSETS_MAX {
        return Err(AssetError::LimitExceeded(format!(
            "an organization has at most {ASSETS_MAX} assets"
        )));
    }
    check_room(bytes, file.size, bytes_max)?;
    let asset = Asset {
        id: cx.id(),
        organization,
        segment,
        kind,
        name: request
            .name
            .unwrap_or_else(|| text::cut(file.name.as_str(), NAME_CHARS_MAX)),
        description: request.description.flatten(),
        expose_to_children: request.expose_to_children.unwrap_or(false),
        file,
        created_at: cx.now,
        updated_at: cx.now,
    };
    tx.insert_asset(&asset)?;
    let audit = Audit::new(cx, organization, "mdm.global.asset.create")
        .target(Target::Asset(asset.id))
        .segment(asset.segment)
        .after(told(&asset));
    tx.append_audit(&audit.done())?;
    Ok(asset)
}

/// Locks an asset that the caller may change.
fn own(
    tx: &mut (impl AssetsMut + ?Sized),
    organization: OrganizationId,
    scope: &PolicyScope,
    id: AssetId,
) -> Result<Asset, AssetError> {
    let asset = tx.lock_assets(organization, &[id])?.pop();
    let asset = asset.filter(|a| a.shelf().is_seen(scope));
    let asset = asset.ok_or(AssetError::Unknown)?;
    if scope.own.contains(asset.segment) {
        Ok(asset)
    } else {
        Err(AssetError::NotOwn)
    }
}

/// Changes an asset. Answers it before and after: the file before is to be removed if it is another one now.
///
/// # Errors
/// See [`AssetError`].
pub fn update(
    tx: &mut (impl AssetsMut + Applications + PolicyReferences + Segments + OrganizationsMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &PolicyScope,
    bytes_max: u64,
    (id, request): (AssetId, &WriteAsset),
) -> Result<(Asset, Asset), AssetError> {
    let request = request.clone().checked().map_err(AssetError::Invalid)?;
    if request.file.is_some() {
        // Before the asset, as a new one does it.
        tx.lock_organization(organization)?;
    }
    let before = own(tx, organization, scope, id)?;
    let mut after = before.clone();
    if let Some(segment) = request.segment {
        check_segment(tx, organization, scope, segment)?;
        after.segment = segment;
    }
    if let Some(file) = request.file {
        let (_, bytes) = tx.asset_totals(organization)?;
        check_room(bytes.saturating_sub(before.file.size), file.size, bytes_max)?;
        // The same bytes under the same name are no change.
        if (&file.name, file.sha256) != (&before.file.name, before.file.sha256) {
            after.file = file;
        }
    }
    after.kind = request.kind.unwrap_or(after.kind);
    after.name = request.name.unwrap_or(after.name);
    after.description = request.description.unwrap_or(after.description);
    after.expose_to_children = request.expose_to_children.unwrap_or(after.expose_to_children);
    if let Some(violation) = extension(after.kind, &after.file) {
        return Err(AssetError::Invalid(vec![violation]));
    }
    if after == before {
        return Ok((before.clone(), before));
    }
    if after.shelf() != before.shelf() {
        let mut used_in = tx.segments_naming(ReferenceKind::Asset, &id.to_string())?;
        used_in.extend(tx.segments_with_applications_from(id)?);
        if library::loses(before.shelf(), after.shelf(), &used_in, &tx.segments(organization)?) {
            return Err(AssetError::InUse(Box::new(users(tx, id)?.seen_in(&scope.own))));
        }
    }
    after.updated_at = cx.now;
    tx.update_asset(&after)?;
    let audit = Audit::new(cx, organization, "mdm.global.asset.update")
        .target(Target::Asset(id))
        .segment(after.segment)
        .before(told(&before))
        .after(told(&after));
    tx.append_audit(&audit.done())?;
    Ok((before, after))
}

/// The policies and applications that use an asset.
fn users(view: &mut (impl Applications + PolicyReferences + ?Sized), id: AssetId) -> Result<Users, StoreError> {
    let (applications, applications_total) = view.applications_from(id, USERS_NAMED_MAX)?;
    Ok(Users {
        applications,
        applications_total,
        ..library::policies_using(view, ReferenceKind::Asset, &id.to_string())?
    })
}

/// Removes an asset that nothing uses. Its file is to be removed then.
///
/// # Errors
/// See [`AssetError`].
pub fn remove(
    tx: &mut (impl AssetsMut + Applications + PolicyReferences + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &PolicyScope,
    id: AssetId,
) -> Result<Asset, AssetError> {
    let asset = own(tx, organization, scope, id)?;
    let users = users(tx, id)?;
    if users.total() > 0 {
        return Err(AssetError::InUse(Box::new(users.seen_in(&scope.own))));
    }
    tx.remove_asset(id)?;
    let audit = Audit::new(cx, organization, "mdm.global.asset.remove")
        .target(Target::Asset(id))
        .segment(asset.segment)
        .before(told(&asset));
    tx.append_audit(&audit.done())?;
    Ok(asset)
}

/// A segment named in a request must exist and be one that the caller may change.
fn check_segment(
    tx: &mut (impl Segments + ?Sized),
    organization: OrganizationId,
    scope: &PolicyScope,
    segment: SegmentId,
) -> Result<(), AssetError> {
    if scope.own.contains(segment) && tx.segment(organization, segment)?.is_some() {
        return Ok(());
    }
    Err(AssetError::UnknownSegment(segment))
}

fn check_room(there: u64, more: u64, max: u64) -> Result<(), AssetError> {
    if there.saturating_add(more) <= max {
        return Ok(());
    }
    Err(AssetError::LimitExceeded(format!(
        "the assets of an organization have at most {max} bytes; {there} are there and {more} would come"
    )))
}

/// An asset for the audit record.
fn told(asset: &Asset) -> Value {
    json!({
        "name": asset.name,
        "type": asset.kind.as_str(),
        "description": asset.description,
        "segmentId": asset.segment.0,
        "exposeToChildren": asset.expose_to_children,
        "fileName": asset.file.name.as_str(),
        "size": asset.file.size,
        "sha256": crate::secret::SecretHash(asset.file.sha256).to_hex(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asset::FileName;

    fn request(kind: AssetKind, file: &str) -> WriteAsset {
        WriteAsset {
            kind: Some(kind),
            file: Some(AssetFile {
                id: [1; 12].into(),
                name: FileName::parse(file).unwrap(),
                size: 1,
                sha256: [0; 32],
            }),
            ..WriteAsset::default()
        }
    }

    fn rules(request: WriteAsset) -> Vec<&'static str> {
        let wrong = request.checked().err().unwrap_or_default();
        wrong.into_iter().map(|v| v.rule).collect()
    }

    #[test]
    fn each_kind_takes_its_own_extensions() {
        for (kind, good, bad) in [
            (AssetKind::App, "a.MSI", "a.ps1"),
            (AssetKind::App, "a.appxbundle", "a.msi.txt"),
            (AssetKind::Book, "a.pdf", "a.exe"),
            (AssetKind::Image, "a.png", "a"),
            (AssetKind::Script, "a.ps1", "a.msi"),
            (AssetKind::Certificate, "a.cer", "a.cert"),
        ] {
            assert!(rules(request(kind, good)).is_empty(), "{good}");
            assert_eq!(rules(request(kind, bad)), ["extension"], "{bad}");
        }
        for any in ["a", "a.exe", "a.iso"] {
            assert!(rules(request(AssetKind::Other, any)).is_empty(), "{any}");
        }
    }

    #[test]
    fn limits_hold_at_the_limit_and_break_one_above() {
        let texts = |name: usize, description: usize| WriteAsset {
            name: Some("n".repeat(name)),
            description: Some(Some("d".repeat(description))),
            ..WriteAsset::default()
        };
        assert!(rules(texts(NAME_CHARS_MAX, DESCRIPTION_CHARS_MAX)).is_empty());
        assert_eq!(rules(texts(NAME_CHARS_MAX + 1, DESCRIPTION_CHARS_MAX)), ["text"]);
        assert_eq!(rules(texts(NAME_CHARS_MAX, DESCRIPTION_CHARS_MAX + 1)), ["text"]);
        assert!(check_room(6, 4, 10).is_ok() && check_room(7, 4, 10).is_err());
    }
}
