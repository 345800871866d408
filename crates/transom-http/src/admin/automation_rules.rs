//! Automation rules (B.7, E.3): list, make, show, change, remove; which PCs they match; what they would do.

pub mod dry_run;
pub mod pages;
pub mod request;
pub mod view;

use super::{
    call::{Call, Caller, Params},
    error::{ApiError, InvalidCode},
    policies,
    reply::{Answer, PageView, Reply},
    segments::only_segment,
};
use std::collections::HashMap;
use transom_domain::{
    AudienceId, RuleId, Timestamp,
    automation_rule::{AutomationRule, RuleError, change, work},
    page::Page,
    ports::{AutomationRules, StoreError, Tx, View},
};
use view::{Evaluation, RemovedView, RuleMatchView, RuleView};

impl ApiError {
    /// A refusal by the rules of audiences and rules, at a route with this permission.
    #[must_use]
    pub fn rule(error: RuleError, permission: &'static str) -> Self {
        match error {
            RuleError::Invalid(violations) => Self::Invalid {
                code: InvalidCode::Input,
                violations,
            },
            RuleError::UnknownReference { path, id } => Self::UnknownReference { path, id },
            RuleError::Unknown => Self::NotFound,
            // The token has the permission, but not in the segment of what it names.
            RuleError::NotOwn => Self::MissingPermission(permission),
            RuleError::InUse(users) => {
                let message = format!("is used by {}", users.join(", "));
                Self::invalid(InvalidCode::Input, "deviceAudienceId", "in_use", message)
            }
            RuleError::LimitExceeded(message) => Self::LimitExceeded(message),
            RuleError::Store(error) => error.into(),
        }
    }
}

/// `GET M/automation-rules`
pub async fn list(call: Call) -> Answer {
    let query = call.query()?;
    let page = call
        .read(move |view, caller| {
            let organization = caller.organization.id;
            let segments = view.segments(organization)?;
            let scope = policies::filter::scope(&query, caller, &segments)?;
            let mut rules = view.automation_rules(organization)?;
            rules.retain(|rule| scope.own.contains(rule.segment));
            // The work before the counts: what is said to be done is counted whole, whatever is committed between the two.
            let work = view.rule_work(organization)?;
            let counts: HashMap<RuleId, u64> = view.enforcement_counts(organization)?.into_iter().collect();
            let names: HashMap<AudienceId, String> = view.audience_names(organization)?.into_iter().collect();
            let evaluation = Evaluation {
                is_current: !work.iter().any(|work| work.kind == work::WorkKind::Rules),
                left: None,
            };
            let page = pages::sorted(&query, rules, |rule: &AutomationRule| pages::Listed {
                name: rule.name.to_lowercase(),
                created_at: rule.created_at,
                updated_at: rule.updated_at,
                id: rule.id.to_string(),
            });
            let show = |rule: &AutomationRule| {
                let count = counts.get(&rule.id).copied().unwrap_or(0);
                RuleView::new(rule, count, evaluation, &names)
            };
            Ok(Page {
                items: page.items.iter().map(show).collect(),
                total: page.total,
                request: page.request,
            })
        })
        .await?;
    Reply::data(&PageView::new(page, |rule| rule))
}

/// `POST M/automation-rules`
pub async fn create(call: Call) -> Answer {
    let top = only_segment(&call).await?;
    let form = call.form(|body, code, strict| request::create(body, code, strict, top))?;
    call.answer(move |tx, cx, caller| {
        let scope = policies::visible(tx, caller)?;
        let (request, action) = &form.value;
        let made = change::create(tx, cx, caller.organization.id, &scope, request, *action);
        let rule = made.map_err(|e| ApiError::rule(e, "mdm.global.automationRule.create"))?;
        Ok(Reply::data(&shown(tx, &rule)?)?.ignoring(form.ignored.clone()))
    })
    .await
}

/// `GET M/automation-rules/{automationRuleId}`
pub async fn show(call: Call) -> Answer {
    let (name, query) = (call.param("automationRuleId"), call.query());
    let rule = call
        .read(move |view, caller| {
            let rule = found(view, caller, &name)?;
            query.as_ref().map_err(Clone::clone)?;
            Ok(shown(view, &rule)?)
        })
        .await?;
    Reply::data(&rule)
}

/// Locks the rule that a path names: all that changes one locks the organization.
///
/// # Errors
/// When the caller sees no such rule.
pub fn lock(tx: &mut dyn Tx, caller: &Caller, params: &Params) -> Result<(), ApiError> {
    tx.lock_organization(caller.organization.id)?;
    found(tx, caller, identifier(params)).map(drop)
}

/// What `GET M/automation-rules/{automationRuleId}` answers at this moment.
///
/// # Errors
/// When the caller sees no such rule.
pub fn current(view: &mut dyn View, caller: &Caller, params: &Params, _: Timestamp) -> Answer {
    let rule = found(view, caller, identifier(params))?;
    Reply::data(&shown(view, &rule)?)
}

/// The rule that a path names.
fn identifier(params: &Params) -> &str {
    params.get("automationRuleId").map_or("", String::as_str)
}

/// `PUT M/automation-rules/{automationRuleId}`
pub async fn update(call: Call) -> Answer {
    let name = call.param("automationRuleId");
    let form = call.form(request::update);
    call.answer(move |tx, cx, caller| {
        let rule = found(tx, caller, &name)?;
        let form = form.as_ref().map_err(Clone::clone)?;
        let scope = policies::visible(tx, caller)?;
        let changed = change::update(tx, cx, caller.organization.id, &scope, rule.id, &form.value);
        let rule = changed.map_err(|e| ApiError::rule(e, "mdm.global.automationRule.update"))?;
        Ok(Reply::data(&shown(tx, &rule)?)?.ignoring(form.ignored.clone()))
    })
    .await
}

/// `DELETE M/automation-rules/{automationRuleId}`
pub async fn remove(call: Call) -> Answer {
    let (name, query) = (call.param("automationRuleId"), call.query());
    call.answer(move |tx, cx, caller| {
        let rule = found(tx, caller, &name)?;
        query.as_ref().map_err(Clone::clone)?;
        let removed = change::remove(tx, cx, caller.organization.id, &caller.scope, rule.id);
        let rule = removed.map_err(|e| ApiError::rule(e, "mdm.global.automationRule.remove"))?;
        Reply::data(&RemovedView::new(rule.id, &rule.name))
    })
    .await
}

/// `GET M/automation-rules/{automationRuleId}/matches`
pub async fn matches(call: Call) -> Answer {
    let (name, query) = (call.param("automationRuleId"), call.query());
    let page = call
        .read(move |view, caller| {
            let rule = found(view, caller, &name)?;
            let query = query.as_ref().map_err(Clone::clone)?;
            let page = view.rule_match_page(rule.id, &caller.scope, query.page())?;
            let names: HashMap<AudienceId, String> = view.audience_names(caller.organization.id)?.into_iter().collect();
            Ok(Page {
                items: page.items.iter().map(|m| RuleMatchView::new(m, &names)).collect(),
                total: page.total,
                request: page.request,
            })
        })
        .await?;
    Reply::data(&PageView::new(page, |found: RuleMatchView| found))
}

/// Step 6: the rule that the path means.
fn found(view: &mut (impl AutomationRules + ?Sized), caller: &Caller, id: &str) -> Result<AutomationRule, ApiError> {
    let id = RuleId::parse(id).map_err(|_| ApiError::NotFound)?;
    let found = change::find(view, caller.organization.id, &caller.scope, id);
    found.map_err(|e| ApiError::rule(e, "mdm.global.automationRule.get"))
}

/// The view of one rule.
fn shown(view: &mut (impl View + ?Sized), rule: &AutomationRule) -> Result<RuleView, StoreError> {
    // The work before the counts, as in lists.
    let work = view.rule_work(rule.organization)?;
    let work = work.iter().find(|work| work.kind == work::WorkKind::Rules);
    let evaluation = Evaluation {
        is_current: work.is_none(),
        left: work.map(|work| work::left(view, work)).transpose()?,
    };
    let counts = view.enforcement_counts(rule.organization)?;
    let count = counts
        .iter()
        .find(|(id, _)| *id == rule.id)
        .map_or(0, |(_, count)| *count);
    let names = view.audience_names(rule.organization)?.into_iter().collect();
    Ok(RuleView::new(rule, count, evaluation, &names))
}
