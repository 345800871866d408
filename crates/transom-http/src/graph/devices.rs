//! Managed devices: listed, counted, shown, changed, removed (C.1, C.2, A.4).

pub mod actions;
mod change;
mod compile;
mod gather;
mod observed;
mod page;
pub mod properties;
mod shown;

pub use shown::typed;

use super::{
    detected_apps, endpoint::GraphCall, error::GraphError, reply::GraphReply, routes::Version, scripts,
    skip_token::PagingKey,
};
use crate::admin::{
    call::{Call, Caller},
    error::ApiError,
};
use change::Change;
use gather::{Gathered, Needs, gather};
use page::Wanted;
use properties::{ROWS, schema};
use serde_json::{Map, Value, json};
use shown::Shown;
use transom_domain::{
    DetectedAppId, DeviceId, UserId,
    device::{Device, DeviceState, delete, update, update::UpdateDevice},
    managed_device::facts,
    policy::assigned,
    ports::View,
    user::{Email, change::is_seen},
};
use transom_odata::{Accepts, ErrorCode, Options, Property, QueryError, limits::TOP_DEFAULT};

/// Most devices of a page that shows the apps of each: some have thousands.
const EXPANDED_TOP_MAX: u32 = 100;

/// Where devices are, below a version's root.
const SET: &str = "deviceManagement/managedDevices";

impl Call {
    /// The app in the path, if there is one.
    fn app(&self) -> Option<String> {
        Some(self.param("appId")).filter(|id| !id.is_empty())
    }

    /// The user in the path, if there is one.
    fn user(&self) -> Option<String> {
        Some(self.param("userId")).filter(|id| !id.is_empty())
    }
}

/// The user that a path means, by id or e-mail.
fn user_of(view: &mut (impl View + ?Sized), caller: &Caller, named: &str) -> Result<UserId, ApiError> {
    let organization = caller.organization.id;
    let found = match (UserId::parse(named), Email::parse(named)) {
        (Ok(id), _) => view.user(organization, id)?,
        (_, Ok(email)) => view.user_by_email(organization, &email)?,
        _ => None,
    };
    match found {
        Some(user) if is_seen(view, &caller.scope, user.id)? => Ok(user.id),
        _ => Err(ApiError::NotFound),
    }
}

/// How a path names a device.
#[derive(Debug, Clone)]
pub struct Named {
    id: String,
    user: Option<String>,
    /// A script, and its run on the device.
    run: Option<(String, String)>,
    /// An app that the device has.
    app: Option<String>,
}

impl Named {
    /// By an id alone.
    fn by_id(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            user: None,
            run: None,
            app: None,
        }
    }

    fn of(call: &Call) -> Self {
        let (script, run) = (call.param("scriptId"), call.param("runStateId"));
        Self {
            id: call.param("id"),
            user: call.user(),
            run: Some((script, run)).filter(|(script, _)| !script.is_empty()),
            app: call.app(),
        }
    }

    /// The device itself, where a path goes on to an app.
    pub fn without_app(call: &Call) -> Self {
        let named = Self::of(call);
        Self { app: None, ..named }
    }
}

/// The device that a path means: by its id, or as the one that a script runs on; where a user is named, theirs; where an
/// app is named, one that has it, and so does the one that the script runs on (A.4).
pub fn find(view: &mut (impl View + ?Sized), caller: &Caller, named: &Named) -> Result<Device, ApiError> {
    let user = named.user.as_ref().map(|named| user_of(view, caller, named));
    let user = user.transpose()?;
    let mut ids = Vec::new();
    if let Some((script, run)) = &named.run {
        ids.push(scripts::runs::device_of(view, script, run)?);
    }
    if named.run.is_none() || named.app.is_some() {
        ids.push(DeviceId::parse(&named.id).map_err(|_| ApiError::NotFound)?);
    }
    let app = named.app.as_deref().map(detected_apps::id_of).transpose()?;
    let mut found = None;
    for id in ids {
        let device = view.device(caller.organization.id, id)?;
        let device = device
            .filter(|d| d.state != DeviceState::Deleted && caller.scope.contains(d.segment))
            .filter(|d| user.is_none_or(|user| d.user == Some(user)))
            .ok_or(ApiError::NotFound)?;
        if let Some(app) = app
            && !view.device_has_app(id, app)?
        {
            return Err(ApiError::NotFound);
        }
        found = Some(device);
    }
    found.ok_or(ApiError::NotFound)
}

/// What it takes to show what is selected.
fn needs_of(version: Version, select: Option<&[&'static Property]>, expand: &[&str]) -> Needs {
    let needs = match select {
        // What is asserted of the other version's properties is shown too, and that is anything.
        None => Needs::ALL,
        Some(names) => {
            let is_named = |row: &&properties::Row| names.iter().any(|p| p.name == row.property.name);
            Needs::of(ROWS.iter().filter(|row| row.is_in(version)).filter(is_named))
        }
    };
    let expanded = Needs {
        users: expand.contains(&"users"),
        apps: expand.contains(&"detectedApps"),
        facts: expand.contains(&"deviceCategory"),
        ..Needs::default()
    };
    needs.and(expanded)
}

/// One device, as it is selected and expanded.
fn object(of: &Gathered, version: Version, options: &Options) -> Map<String, Value> {
    let shown = Shown(of);
    let mut object = shown.object(version, options.select.as_deref());
    if options.expand.contains(&"users") {
        object.insert("users".to_owned(), shown.users());
    }
    if options.expand.contains(&"detectedApps") {
        object.insert("detectedApps".to_owned(), shown.detected_apps());
    }
    if options.expand.contains(&"deviceCategory") {
        object.insert("deviceCategory".to_owned(), shown.category());
    }
    object
}

/// `#deviceManagement/managedDevices(id,deviceName)`
fn context(call: &GraphCall, options: &Options, entity: bool) -> String {
    let selected = match &options.select {
        Some(names) => {
            let names: Vec<&str> = names.iter().map(|p| p.name).collect();
            format!("({})", names.join(","))
        }
        None => String::new(),
    };
    let entity = if entity { "/$entity" } else { "" };
    format!("{}/$metadata#{SET}{selected}{entity}", call.root())
}

/// `GET …/managedDevices`
pub async fn list(call: GraphCall) -> Result<GraphReply, GraphError> {
    let options = Options::parse(call.call.raw_query(), schema(call.version), Accepts::Collection)?;
    let named = call.call.user();
    let user = match named.clone() {
        Some(named) => Some(
            call.call
                .read(move |view, caller| user_of(view, caller, &named))
                .await?,
        ),
        None => None,
    };
    if options.expand.contains(&"detectedApps") && options.top.unwrap_or(TOP_DEFAULT) > EXPANDED_TOP_MAX {
        return Err(GraphError::Query(QueryError {
            option: "$top".to_owned(),
            position: None,
            code: ErrorCode::LimitExceeded,
            target: None,
            message: format!("must be at most {EXPANDED_TOP_MAX} where detectedApps are expanded"),
        }));
    }
    let app = app_of(&call).await?;
    let asked = asked(&call, &options, user, app);
    let key = PagingKey::of(&call.call.state, &call.call.context).await?;
    let from = options
        .skip_token
        .as_deref()
        .map(|token| key.open(&asked, token))
        .transpose()?;
    let wanted = Wanted {
        user,
        app,
        options: &options,
        from,
    };
    let found = page::find(&call.call, wanted).await?;
    let needs = needs_of(call.version, options.select.as_deref(), &options.expand);
    let devices = found.devices;
    let gathered = call
        .call
        .read(move |view, caller| Ok(gather(view, caller.organization.id, devices.clone(), needs)?))
        .await?;
    let mut answer = Map::new();
    answer.insert("@odata.context".to_owned(), json!(context(&call, &options, false)));
    if let Some(count) = found.count {
        answer.insert("@odata.count".to_owned(), json!(count));
    }
    if let Some(next) = found.next {
        let token = key.sign(&asked, &next)?;
        answer.insert("@odata.nextLink".to_owned(), json!(call.next_link(&token)));
    }
    let items = gathered
        .iter()
        .map(|g| Value::Object(object(g, call.version, &options)));
    answer.insert("value".to_owned(), items.collect());
    Ok(GraphReply::Json(Value::Object(answer)))
}

/// The app in the path, if there is one, and somebody has it.
async fn app_of(call: &GraphCall) -> Result<Option<DetectedAppId>, GraphError> {
    match call.call.app() {
        Some(named) => Ok(Some(detected_apps::check(call, &named).await?)),
        None => Ok(None),
    }
}

/// What decides which devices come in which order: a token holds for the same only.
fn asked(call: &GraphCall, options: &Options, user: Option<UserId>, app: Option<DetectedAppId>) -> String {
    let filter = options.filter.as_ref().map(ToString::to_string).unwrap_or_default();
    let search = options
        .search
        .as_ref()
        .map(|s| format!("{}:{}", s.property.name, s.text))
        .unwrap_or_default();
    let order: Vec<String> = options.order.iter().map(ToString::to_string).collect();
    let user = user.map(|id| id.to_string()).unwrap_or_default();
    let organization = call.call.caller.organization.id;
    [
        &organization.to_string(),
        call.version.as_str(),
        SET,
        &user,
        &app.map(|id| id.to_string()).unwrap_or_default(),
        &filter,
        &search,
        &order.join(","),
    ]
    .join("\n")
}

/// `GET …/managedDevices/$count`
pub async fn count(call: GraphCall) -> Result<GraphReply, GraphError> {
    let options = Options::parse(call.call.raw_query(), schema(call.version), Accepts::Count)?;
    let user = match call.call.user() {
        Some(named) => Some(
            call.call
                .read(move |view, caller| user_of(view, caller, &named))
                .await?,
        ),
        None => None,
    };
    let app = app_of(&call).await?;
    let count = page::count(&call.call, user, app, &options).await?;
    Ok(GraphReply::Text(count.to_string()))
}

/// `GET …/managedDevices/{id}`
pub async fn show(call: GraphCall) -> Result<GraphReply, GraphError> {
    let options = Options::parse(call.call.raw_query(), schema(call.version), Accepts::Single)?;
    let needs = needs_of(call.version, options.select.as_deref(), &options.expand);
    let named = Named::of(&call.call);
    let gathered = call
        .call
        .read(move |view, caller| {
            let device = find(view, caller, &named)?;
            one(view, caller, device, needs)
        })
        .await?;
    Ok(entity(&call, &gathered, &options))
}

/// Everything needed of one device.
fn one(view: &mut (impl View + ?Sized), caller: &Caller, device: Device, needs: Needs) -> Result<Gathered, ApiError> {
    let mut gathered = gather(view, caller.organization.id, vec![device], needs)?;
    gathered.pop().ok_or(ApiError::NotFound)
}

/// The answer that shows one device.
fn entity(call: &GraphCall, of: &Gathered, options: &Options) -> GraphReply {
    GraphReply::Json(Value::Object(shown_entity(call, of, options)))
}

fn shown_entity(call: &GraphCall, of: &Gathered, options: &Options) -> Map<String, Value> {
    let mut answer = Map::new();
    answer.insert("@odata.context".to_owned(), json!(context(call, options, true)));
    answer.extend(object(of, call.version, options));
    answer
}

/// `PATCH …/managedDevices/{id}`: what is well-formed is taken, and comes back.
pub async fn update(call: GraphCall) -> Result<GraphReply, GraphError> {
    let named = Named::of(&call.call);
    let seen = named.clone();
    call.call
        .read(move |view, caller| find(view, caller, &seen).map(drop))
        .await?;
    properties::nothing_asked(&call.call)?;
    let body = call.call.json()?;
    let change = Change::read(body, call.strict)?;
    let names = body.as_object().into_iter().flat_map(Map::keys);
    let sent: Vec<&'static properties::Row> = names.filter_map(|name| properties::row(name)).collect();
    let gathered = call
        .call
        .write(move |tx, cx, caller| {
            let device = find(tx, caller, &named)?;
            let mut change = change.clone();
            let mut request = UpdateDevice {
                display_name: change.name.clone(),
                ..UpdateDevice::default()
            };
            match change.user.clone() {
                Some(Some(named)) => match UserId::parse(&named) {
                    Ok(id) if device.user == Some(id) => request.user = Some(Some(id)),
                    Ok(id) if tx.user(device.organization, id)?.is_some() && is_seen(tx, &caller.scope, id)? => {
                        request.user = Some(Some(id));
                    }
                    // Nobody who is known to the caller (decision 38).
                    _ => change.assert_user(&named),
                },
                Some(None) => request.user = Some(None),
                None => {}
            }
            let action = "mdm.windows.device.update";
            let device = update::update(tx, cx, &caller.scope, device.id, &request, action)
                .map_err(|error| renamed(error.into()))?;
            assigned::settle(tx, cx, device.id)?;
            let mut gathered = one(tx, caller, device, Needs::ALL)?;
            let kept = facts::change(tx, cx, &gathered.device, &change.facts(&gathered), action)?;
            gathered.facts = Some(kept);
            Ok(gathered)
        })
        .await?;
    let mut answer = shown_entity(&call, &gathered, &Options::default());
    // Whoever sent a property of the other version finds it in the answer.
    for row in sent {
        answer.insert(row.property.name.to_owned(), Shown(&gathered).value_of(row));
    }
    Ok(GraphReply::Json(Value::Object(answer)))
}

/// A refusal with the names that Graph has for what it is about.
fn renamed(error: ApiError) -> ApiError {
    match error {
        ApiError::Invalid { code, mut violations } => {
            for violation in violations.iter_mut().filter(|v| v.path == "displayName") {
                violation.path = "managedDeviceName".to_owned();
            }
            ApiError::Invalid { code, violations }
        }
        other => other,
    }
}

/// `DELETE …/managedDevices/{id}`: the PC is told to leave, as the management API does it.
pub async fn remove(call: GraphCall) -> Result<GraphReply, GraphError> {
    properties::nothing_asked(&call.call)?;
    let named = Named::of(&call.call);
    call.call
        .write(move |tx, cx, caller| {
            let device = find(tx, caller, &named)?;
            let device = delete::delete(tx, cx, device.id, false)?;
            assigned::settle(tx, cx, device.id)?;
            Ok(())
        })
        .await?;
    Ok(GraphReply::Nothing)
}

/// `GET …/managedDeviceOverview`
pub async fn overview(call: GraphCall) -> Result<GraphReply, GraphError> {
    properties::nothing_asked(&call.call)?;
    let count = page::count(&call.call, None, None, &Options::default()).await?;
    let root = call.root();
    let mut answer = json!({
        "@odata.context": format!("{root}/$metadata#deviceManagement/managedDeviceOverview/$entity"),
        "id": call.call.caller.organization.id.to_string(),
        "enrolledDeviceCount": count,
        "mdmEnrolledCount": count,
        "dualEnrolledDeviceCount": 0,
        "deviceOperatingSystemSummary": {
            "androidCount": 0, "iosCount": 0, "macOSCount": 0, "windowsMobileCount": 0, "windowsCount": count,
            "unknownCount": 0, "androidDedicatedCount": 0, "androidDeviceAdminCount": 0,
            "androidFullyManagedCount": 0, "androidWorkProfileCount": 0, "androidCorporateWorkProfileCount": 0,
            "configMgrDeviceCount": 0,
        },
        // No device of this server goes through Exchange.
        "deviceExchangeAccessStateSummary": {
            "allowedDeviceCount": 0, "blockedDeviceCount": 0, "quarantinedDeviceCount": 0, "unknownDeviceCount": 0,
            "unavailableDeviceCount": count,
        },
    });
    if call.version == Version::Beta {
        answer["lastModifiedDateTime"] = json!(call.call.context.now.to_string());
    }
    Ok(GraphReply::Json(answer))
}
