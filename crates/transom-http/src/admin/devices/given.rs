//! What the device object says of scripts and smart attributes (A.6).

use crate::admin::{
    call::Caller,
    policies::expanded,
    smart_attributes::view::{GivenView, resolved},
};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashMap};
use transom_domain::{
    DeviceId, ScriptId,
    device::DeviceDetails,
    policy::placeholders::Facts,
    ports::{Scripts, SmartAttributes, StoreError},
    script::{RunAs, Script, assigned::DeviceScript},
    segment::Segment,
    smart_attribute::{SmartFact, facts_of_many},
};
use utoipa::ToSchema;

/// Most ids in one question to the store: databases take some ten thousand.
const IDS_MAX: usize = 1_000;

/// Scripts and smart attributes of a device, as its object shows them.
#[derive(Debug, Default)]
pub struct ShownGiven {
    pub scripts: Vec<DeviceScriptView>,
    /// The records of these scripts.
    pub scripts_info: Vec<Value>,
    pub smart_attributes: Map<String, Value>,
    pub smart_assignments: Vec<GivenView>,
}

/// A script that a device was given directly.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeviceScript)]
pub struct DeviceScriptView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    id: String,
    /// `once`, `loop` or `onDemand`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Minutes between two runs.
    loop_time: Option<u64>,
    /// A script that runs once runs again after this moment.
    reset_date: Option<String>,
    /// With placeholders.
    arguments: Option<String>,
    /// With what the placeholders stand for; null where one stands for nothing.
    arguments_processed: Option<String>,
    /// Why `argumentsProcessed` is null.
    error: Option<String>,
    /// As whom it runs; null: as the script says.
    scope: Option<&'static str>,
    name: Option<String>,
    description: Option<String>,
    runner: Option<&'static str>,
    /// The script is out of reach of the device's segment and does not run.
    suspended: bool,
}

/// What the views of a page of devices show, in one query of each kind however long the page is.
pub fn shown(
    view: &mut (impl Scripts + SmartAttributes + ?Sized),
    caller: &Caller,
    devices: &[DeviceDetails],
    segments: &[Segment],
) -> Result<Vec<ShownGiven>, StoreError> {
    let organization = caller.organization.id;
    let ids: Vec<DeviceId> = devices.iter().map(|d| d.device.id).collect();
    let mut given: HashMap<DeviceId, Vec<DeviceScript>> = HashMap::new();
    for (device, script) in view.scripts_of_devices(&ids)? {
        given.entry(device).or_default().push(script);
    }
    let named: BTreeSet<ScriptId> = given
        .values()
        .flatten()
        .filter_map(|s| ScriptId::parse(&s.run.id).ok())
        .collect();
    let named: Vec<ScriptId> = named.into_iter().collect();
    let mut scripts: HashMap<String, Script> = HashMap::new();
    for ids in named.chunks(IDS_MAX) {
        let found = view.scripts_by_id(organization, ids)?;
        scripts.extend(found.into_iter().map(|s| (s.id.to_string(), s)));
    }
    let owners: Vec<_> = devices.iter().map(|d| (d.device.id, d.device.user)).collect();
    let mut facts = facts_of_many(view, organization, &owners)?;
    let mut values: HashMap<DeviceId, Vec<GivenView>> = HashMap::new();
    for (device, value) in view.device_smart_values(&ids)? {
        values.entry(device).or_default().push(GivenView::new(&value));
    }
    let shown = devices.iter().map(|details| {
        let id = details.device.id;
        let smart = facts.remove(&id).unwrap_or_default();
        let own = given.remove(&id).unwrap_or_default();
        ShownGiven {
            scripts_info: own
                .iter()
                .filter_map(|given| scripts.get(&given.run.id).map(expanded::script))
                .collect(),
            scripts: own
                .iter()
                .map(|script| DeviceScriptView::new(script, scripts.get(&script.run.id), details, &smart, segments))
                .collect(),
            smart_attributes: resolved(&smart),
            smart_assignments: values.remove(&id).unwrap_or_default(),
        }
    });
    Ok(shown.collect())
}

/// The same of one device.
pub fn shown_of(
    view: &mut (impl Scripts + SmartAttributes + ?Sized),
    caller: &Caller,
    details: &DeviceDetails,
    segments: &[Segment],
) -> Result<ShownGiven, StoreError> {
    let shown = shown(view, caller, std::slice::from_ref(details), segments)?;
    Ok(shown.into_iter().next().unwrap_or_default())
}

impl DeviceScriptView {
    fn new(
        given: &DeviceScript,
        script: Option<&Script>,
        details: &DeviceDetails,
        smart: &[SmartFact],
        segments: &[Segment],
    ) -> Self {
        let run = &given.run;
        let facts = Facts {
            device: &details.device,
            user: details.user.as_ref(),
            report: Some(&details.report),
            smart,
        };
        let processed = run.arguments.as_deref().map(|arguments| facts.text(arguments));
        let (processed, error) = match processed {
            Some(Ok(text)) => (Some(text), None),
            Some(Err(message)) => (None, Some(message)),
            None => (None, None),
        };
        let segment = details.device.segment;
        Self {
            id: run.id.clone(),
            kind: run.kind.as_str(),
            loop_time: run.loop_time,
            reset_date: run.reset_date.clone(),
            arguments: run.arguments.clone(),
            arguments_processed: processed,
            error,
            scope: given.scope.map(RunAs::as_str),
            name: script.map(|s| s.name.clone()),
            description: script.and_then(|s| s.description.clone()),
            runner: script.map(|s| s.runner.as_str()),
            suspended: !script.is_some_and(|s| s.shelf().reaches(segment, segments)),
        }
    }
}
