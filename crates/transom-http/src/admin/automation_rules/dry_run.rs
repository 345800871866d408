//! `POST M/automation-rules/{automationRuleId}/dry-run` (R8): what a rule would do if it were in force as the body says.

use super::{found, request, view::MatchedAudienceView};
use crate::admin::{
    call::Call,
    effective_policy::view::{ConflictView, new_conflicts},
    error::ApiError,
    form::Checked,
    policies::{self, view::ChangeView},
    reply::{Answer, Reply},
};
use serde::Serialize;
use transom_domain::{
    automation_rule::{
        change::{self, WriteRule},
        dry_run::{self, Affected, DryRun},
    },
    policy::diff,
};
use utoipa::ToSchema;

/// What a rule would do.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AutomationRuleDryRun)]
pub struct DryRunView {
    /// PCs that would get the policy.
    gained: u64,
    /// PCs that would lose it.
    lost: u64,
    /// PCs that would keep being matched.
    kept: u64,
    /// PCs that were looked at, of those that the caller sees.
    examined: u64,
    /// Whether that were all of them; otherwise the counts are those of a sample.
    complete: bool,
    /// PCs whose settings were compared: the first for which something would change.
    compared: usize,
    /// Settings that would change on them, all together.
    settings_changed: usize,
    /// Conflicts that they would have and do not have now, all together.
    new_conflicts: usize,
    /// What would change on each of them.
    devices: Vec<AffectedView>,
}

/// A PC for which something would change.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AutomationRuleEffect)]
pub struct AffectedView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    win_device_id: String,
    display_name: String,
    segment_id: u32,
    /// `gained`, `lost` or `changed`.
    effect: &'static str,
    device_audiences: Vec<MatchedAudienceView>,
    changes: Vec<ChangeView>,
    new_conflicts: Vec<ConflictView>,
}

/// The handler. PCs are looked at in steps, so that no read lasts long.
pub async fn dry_run(call: Call) -> Answer {
    let (name, query) = (call.param("automationRuleId"), call.query());
    let form = call.optional_form(request::update);
    let (now, then, form) = call
        .read(move |view, caller| {
            let now = found(view, caller, &name)?;
            let form: &Checked<WriteRule> = form.as_ref().map_err(Clone::clone)?;
            let mut then = form.value.clone().over(&now);
            // A rule that is off is asked about before it is switched on.
            then.enabled = form.value.enabled.unwrap_or(true);
            let scope = policies::visible(view, caller)?;
            let checked = change::check_references(view, &scope, Some(&now), &then);
            checked.map_err(|e| ApiError::rule(e, "mdm.global.automationRule.get"))?;
            Ok((now, then, form.clone()))
        })
        .await?;
    query?;
    let mut run = DryRun::default();
    while !run.is_over() {
        let (now, then, before) = (now.clone(), then.clone(), run);
        let cache = call.state.prepared.clone();
        run = call
            .read(move |view, caller| {
                let before = before.clone();
                Ok(dry_run::step(view, &caller.scope, &now, &then, before, &cache)?)
            })
            .await?;
    }
    Ok(Reply::data(&DryRunView::new(&run))?.ignoring(form.ignored))
}

impl DryRunView {
    fn new(run: &DryRun) -> Self {
        let devices: Vec<AffectedView> = run.affected.iter().map(AffectedView::new).collect();
        Self {
            gained: run.gained,
            lost: run.lost,
            kept: run.kept,
            examined: run.seen,
            complete: run.is_complete,
            compared: devices.len(),
            settings_changed: devices.iter().map(|d| d.changes.len()).sum(),
            new_conflicts: devices.iter().map(|d| d.new_conflicts.len()).sum(),
            devices,
        }
    }
}

impl AffectedView {
    fn new(affected: &Affected) -> Self {
        let device = &affected.now.device;
        let (before, after) = (affected.now.effective(), affected.then.effective());
        Self {
            win_device_id: device.id.to_string(),
            display_name: device.display_name.clone(),
            segment_id: device.segment.0,
            effect: affected.effect.as_str(),
            device_audiences: affected.audiences.iter().map(MatchedAudienceView::new).collect(),
            changes: diff::effectives(&before, &after).iter().map(ChangeView::new).collect(),
            new_conflicts: new_conflicts(&before, &after),
        }
    }
}
