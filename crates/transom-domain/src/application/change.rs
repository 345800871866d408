//! What an administrator does with applications: makes, changes and removes them (B.5).

use super::{Application, ApplicationKind, ApplicationOrigin, FILTER_CHARS_MAX, STORE_ID_CHARS_MAX};
use crate::{
    ApplicationId, Context, OrganizationId,
    audit::{Audit, Target},
    device::update::Violation,
    library::{self, DESCRIPTION_CHARS_MAX, LibraryError},
    policy::{PolicyScope, references::ReferenceKind},
    ports::{Applications, ApplicationsMut, AssetsMut, AuditLogMut, PolicyReferences, Segments},
    script::change::differences,
    segment::{SegmentId, SegmentScope},
    text,
};
use serde_json::{Value, json};

/// What is wanted of an application. What is `None` stays as it is, or has its default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WriteApplication {
    /// Its name.
    pub name: Option<String>,
    /// What it is; `Some(None)` takes the description away.
    pub description: Option<Option<String>>,
    /// Where it comes from.
    pub kind: Option<ApplicationKind>,
    /// Its id in Microsoft's store; `Some(None)` takes it away.
    pub win_store_id: Option<Option<String>>,
    /// The id of its file; `Some(None)` takes it away.
    pub mdm_asset_id: Option<Option<String>>,
    /// Which of several builds or packages is meant; `Some(None)` takes the filter away.
    pub filter: Option<Option<String>>,
    /// Where it goes.
    pub segment: Option<SegmentId>,
    /// Whether policies in the segments below can use it too.
    pub expose_to_children: Option<bool>,
}

impl WriteApplication {
    /// Checks and cleans every field for itself.
    ///
    /// # Errors
    /// Every field that does not hold to its rule.
    pub fn checked(mut self) -> Result<Self, Vec<Violation>> {
        let mut wrong = Vec::new();
        library::check_words(&mut self.name, &mut self.description, DESCRIPTION_CHARS_MAX, &mut wrong);
        let lines = [
            (&mut self.win_store_id, STORE_ID_CHARS_MAX, "config.winStoreId"),
            (&mut self.filter, FILTER_CHARS_MAX, "config.filter"),
        ];
        for (field, max, path) in lines {
            if let Some(Some(text)) = field {
                match text::line(text, max) {
                    Ok(clean) => *text = clean,
                    Err(error) => wrong.push(Violation::new(path, "text", error)),
                }
            }
        }
        if let Some(Some(id)) = &mut self.mdm_asset_id {
            // Ids read in either case; what uses an asset is found by the one form.
            id.make_ascii_lowercase();
        }
        if wrong.is_empty() { Ok(self) } else { Err(wrong) }
    }

    /// Where the application comes from after the change: what the kind needs must be there, what belongs to the other
    /// kind must not be.
    fn origin(&self, before: Option<&ApplicationOrigin>) -> Result<ApplicationOrigin, LibraryError> {
        let wrong = |path: &str, rule, message: &str| LibraryError::Invalid(vec![Violation::new(path, rule, message)]);
        let kind = self.kind.or(before.map(ApplicationOrigin::kind));
        let kind = kind.ok_or_else(|| wrong("type", "required", "is required"))?;
        let given = |field: &Option<Option<String>>, old: Option<&str>| match field {
            Some(new) => new.clone(),
            None => old
                .filter(|_| before.map(ApplicationOrigin::kind) == Some(kind))
                .map(str::to_owned),
        };
        let store = given(&self.win_store_id, before.and_then(ApplicationOrigin::win_store_id));
        let asset = given(&self.mdm_asset_id, before.and_then(ApplicationOrigin::mdm_asset_id));
        let (store_place, asset_place) = ("config.winStoreId", "config.mdmAssetId");
        match (kind, store, asset) {
            (ApplicationKind::Store, Some(win_store_id), None) => Ok(ApplicationOrigin::Store { win_store_id }),
            (ApplicationKind::Asset, None, Some(mdm_asset_id)) => Ok(ApplicationOrigin::Asset { mdm_asset_id }),
            (ApplicationKind::Store, _, Some(_)) => {
                Err(wrong(asset_place, "type", "belongs to applications of the type asset"))
            }
            (ApplicationKind::Store, None, None) => {
                Err(wrong(store_place, "required", "is required for the type store"))
            }
            (ApplicationKind::Asset, Some(_), _) => {
                Err(wrong(store_place, "type", "belongs to applications of the type store"))
            }
            (ApplicationKind::Asset, None, None) => {
                Err(wrong(asset_place, "required", "is required for the type asset"))
            }
        }
    }

    /// Whether type and config make sense for a new application.
    ///
    /// # Errors
    /// What does not.
    pub fn check_new(&self) -> Result<(), Vec<Violation>> {
        match self.origin(None) {
            Err(LibraryError::Invalid(wrong)) => Err(wrong),
            _ => Ok(()),
        }
    }
}

/// An asset that an application newly comes from must exist within reach.
fn check_asset(
    tx: &mut (impl AssetsMut + Segments + ?Sized),
    application: &Application,
    before: Option<&Application>,
) -> Result<(), LibraryError> {
    let Some(asset) = application.origin.mdm_asset_id() else {
        return Ok(());
    };
    let place = |a: &Application| (a.origin.clone(), a.segment);
    let is_as_before = before.map(place) == Some(place(application));
    if is_as_before || library::asset_exists(tx, application.organization, application.segment, asset)? {
        return Ok(());
    }
    Err(LibraryError::UnknownReference {
        path: "config.mdmAssetId".to_owned(),
        id: asset.to_owned(),
    })
}

/// Makes an application in a segment that the caller sees.
///
/// # Errors
/// See [`LibraryError`].
pub fn create(
    tx: &mut (impl ApplicationsMut + AssetsMut + Segments + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &SegmentScope,
    request: &WriteApplication,
) -> Result<Application, LibraryError> {
    let request = request.clone().checked().map_err(LibraryError::Invalid)?;
    let application = Application {
        id: cx.id(),
        organization,
        segment: request.segment.unwrap_or(SegmentId::ROOT),
        origin: request.origin(None)?,
        name: request.name.unwrap_or_default(),
        description: request.description.flatten(),
        filter: request.filter.flatten(),
        expose_to_children: request.expose_to_children.unwrap_or(false),
        created_at: cx.now,
        updated_at: cx.now,
    };
    library::check_segment(tx, organization, scope, application.segment)?;
    check_asset(tx, &application, None)?;
    tx.insert_application(&application)?;
    let audit = Audit::new(cx, organization, "mdm.windows.application.create")
        .target(Target::Application(application.id))
        .segment(application.segment)
        .after(told(&application));
    tx.append_audit(&audit.done())?;
    Ok(application)
}

/// The application of that id, if somebody with this scope sees it.
///
/// # Errors
/// When there is none.
pub fn find(
    view: &mut (impl Applications + ?Sized),
    organization: OrganizationId,
    scope: &PolicyScope,
    id: ApplicationId,
) -> Result<Application, LibraryError> {
    let application = view.application(organization, id)?;
    application
        .filter(|a| a.shelf().is_seen(scope))
        .ok_or(LibraryError::Unknown)
}

/// Locks an application that the caller may change.
fn own(
    tx: &mut (impl ApplicationsMut + ?Sized),
    organization: OrganizationId,
    scope: &PolicyScope,
    id: ApplicationId,
) -> Result<Application, LibraryError> {
    let application = tx.lock_applications(organization, &[id])?.into_iter().next();
    let application = application
        .filter(|a| a.shelf().is_seen(scope))
        .ok_or(LibraryError::Unknown)?;
    if scope.own.contains(application.segment) {
        Ok(application)
    } else {
        Err(LibraryError::NotOwn)
    }
}

/// Changes an application. Where nothing changes, nothing is written and nothing is audited. It cannot go out of the
/// reach of the policies that use it.
///
/// # Errors
/// See [`LibraryError`].
pub fn update(
    tx: &mut (impl ApplicationsMut + AssetsMut + PolicyReferences + Segments + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &PolicyScope,
    id: ApplicationId,
    request: &WriteApplication,
) -> Result<Application, LibraryError> {
    let request = request.clone().checked().map_err(LibraryError::Invalid)?;
    let before = own(tx, organization, scope, id)?;
    let mut after = before.clone();
    after.origin = request.origin(Some(&before.origin))?;
    macro_rules! replace {
        ($($field:ident)*) => {$(
            if let Some(value) = request.$field {
                after.$field = value;
            }
        )*};
    }
    replace!(name description filter segment expose_to_children);
    if after == before {
        return Ok(before);
    }
    if after.segment != before.segment {
        library::check_segment(tx, organization, &scope.own, after.segment)?;
    }
    check_asset(tx, &after, Some(&before))?;
    if after.shelf() != before.shelf() {
        let used_in = tx.segments_naming(ReferenceKind::Application, &id.to_string())?;
        let segments = tx.segments(organization)?;
        if library::loses(before.shelf(), after.shelf(), &used_in, &segments) {
            let users = library::policies_using(tx, ReferenceKind::Application, &id.to_string())?;
            return Err(LibraryError::InUse(Box::new(users.seen_in(&scope.own))));
        }
    }
    after.updated_at = cx.now;
    tx.update_application(&after)?;
    let (was, is) = differences(told(&before), told(&after));
    let audit = Audit::new(cx, organization, "mdm.windows.application.update")
        .target(Target::Application(id))
        .segment(after.segment)
        .before(was)
        .after(is);
    tx.append_audit(&audit.done())?;
    Ok(after)
}

/// Removes an application that no policy uses.
///
/// # Errors
/// See [`LibraryError`].
pub fn remove(
    tx: &mut (impl ApplicationsMut + PolicyReferences + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &PolicyScope,
    id: ApplicationId,
) -> Result<Application, LibraryError> {
    let application = own(tx, organization, scope, id)?;
    let users = library::policies_using(tx, ReferenceKind::Application, &id.to_string())?;
    if users.policies_total > 0 {
        return Err(LibraryError::InUse(Box::new(users.seen_in(&scope.own))));
    }
    tx.remove_application(id)?;
    let audit = Audit::new(cx, organization, "mdm.windows.application.remove")
        .target(Target::Application(id))
        .segment(application.segment)
        .before(told(&application));
    tx.append_audit(&audit.done())?;
    Ok(application)
}

/// An application for the audit record.
fn told(application: &Application) -> Value {
    json!({
        "name": application.name,
        "description": application.description,
        "type": application.origin.kind().as_str(),
        "winStoreId": application.origin.win_store_id(),
        "mdmAssetId": application.origin.mdm_asset_id(),
        "filter": application.filter,
        "segmentId": application.segment.0,
        "exposeToChildren": application.expose_to_children,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: ApplicationKind, store: Option<&str>, asset: Option<&str>) -> WriteApplication {
        WriteApplication {
            kind: Some(kind),
            win_store_id: store.map(|s| Some(s.to_owned())),
            mdm_asset_id: asset.map(|s| Some(s.to_owned())),
            ..WriteApplication::default()
        }
    }

    #[test]
    fn a_kind_has_what_it_needs_and_nothing_of_the_other() {
        let wrong = |request: &WriteApplication| request.check_new().err().map(|w| (w[0].path.clone(), w[0].rule));
        assert_eq!(wrong(&of(ApplicationKind::Store, Some("9N"), None)), None);
        assert_eq!(wrong(&of(ApplicationKind::Asset, None, Some("a"))), None);
        let told = |path: &str, rule| Some((path.to_owned(), rule));
        let store = ApplicationKind::Store;
        assert_eq!(wrong(&of(store, None, None)), told("config.winStoreId", "required"));
        assert_eq!(
            wrong(&of(store, Some("9N"), Some("a"))),
            told("config.mdmAssetId", "type")
        );
        let asset = ApplicationKind::Asset;
        assert_eq!(wrong(&of(asset, None, None)), told("config.mdmAssetId", "required"));
        assert_eq!(
            wrong(&of(asset, Some("9N"), Some("a"))),
            told("config.winStoreId", "type")
        );
        assert_eq!(wrong(&WriteApplication::default()), told("type", "required"));
    }

    #[test]
    fn another_kind_takes_nothing_of_the_one_before_along() {
        let before = ApplicationOrigin::Store {
            win_store_id: "9N".to_owned(),
        };
        let change = of(ApplicationKind::Asset, None, Some("a"));
        assert_eq!(change.origin(Some(&before)).unwrap().mdm_asset_id(), Some("a"));
        let stay = WriteApplication::default();
        assert_eq!(stay.origin(Some(&before)).unwrap(), before);
    }

    #[test]
    fn texts_have_limits_to_the_character() {
        let wrong = |store: usize, filter: usize| {
            let request = WriteApplication {
                win_store_id: Some(Some("s".repeat(store))),
                filter: Some(Some("f".repeat(filter))),
                ..WriteApplication::default()
            };
            let wrong = request.checked().err().unwrap_or_default();
            wrong.into_iter().map(|v| v.path).collect::<Vec<_>>()
        };
        assert_eq!(wrong(STORE_ID_CHARS_MAX, FILTER_CHARS_MAX), [""; 0]);
        assert_eq!(wrong(STORE_ID_CHARS_MAX + 1, FILTER_CHARS_MAX), ["config.winStoreId"]);
        assert_eq!(wrong(STORE_ID_CHARS_MAX, FILTER_CHARS_MAX + 1), ["config.filter"]);
    }
}
