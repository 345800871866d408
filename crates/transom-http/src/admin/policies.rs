//! Policies (B.4): list, make, show, change, remove, copy; their versions, what differs between them, going back.

pub mod conflicts;
pub mod expanded;
pub mod filter;
pub mod request;
pub mod view;

use super::{
    call::{Call, Caller, Params},
    error::ApiError,
    long_page,
    reply::{Answer, Reply},
    segments::only_segment,
};
use expanded::Expanded;
use std::collections::HashMap;
use transom_domain::{
    PolicyId, Timestamp,
    automation_rule::change as rules,
    policy::{
        Policy, PolicyScope, PolicyVersion,
        cache::PreparedCache,
        conflicts::{self as disagreeing, PolicyConflicts},
        copy as copying, create as creating, delete, diff as differing, rollback as going_back, update as updating,
    },
    ports::{Policies, Segments, StoreError, Tx, View},
};
use view::{DiffView, PolicyVersionView, PolicyView, RemovedPolicyView};

/// `GET W/policies`
pub async fn list(call: Call) -> Answer {
    let query = call.query()?;
    let page = call
        .read(move |view, caller| {
            let segments = view.segments(caller.organization.id)?;
            Ok::<_, ApiError>(view.policy_page(&filter::of(&query, caller, &segments)?)?)
        })
        .await?;
    long_page::answer(call, page, |view, caller, ids| {
        let organization = &caller.organization;
        let loaded = view.policies_by_id(organization.id, &ids)?;
        let mut loaded: HashMap<PolicyId, Policy> = loaded.into_iter().map(|p| (p.id, p)).collect();
        // What was removed since the page was begun is left out.
        let policies: Vec<Policy> = ids.iter().filter_map(|id| loaded.remove(id)).collect();
        let expanded = Expanded::of(view, organization.id, policies.iter().map(|p| &p.content))?;
        let shown = policies
            .iter()
            .map(|policy| PolicyView::new(policy, organization, &expanded));
        Ok(shown.collect::<Vec<_>>())
    })
    .await
}

/// `POST W/policies`
pub async fn create(call: Call) -> Answer {
    let top = only_segment(&call).await?;
    let form = call.form(|body, code, strict| request::create(body, code, strict, top))?;
    let request = form.value;
    let policy = call
        .write(move |tx, cx, caller| {
            let organization = caller.organization.id;
            let policy = creating::create(tx, cx, organization, &caller.scope, &request)?;
            Ok(shown(tx, caller, &policy, None)?)
        })
        .await?;
    Ok(Reply::data(&policy)?.ignoring(form.ignored))
}

/// `GET W/policies/{winPolicyId}`
pub async fn show(call: Call) -> Answer {
    let (id, query, cache) = (call.param("winPolicyId"), call.query(), call.state.prepared.clone());
    let policy = call
        .read(move |view, caller| {
            let policy = policy(view, caller, &id)?;
            query.as_ref().map_err(Clone::clone)?;
            Ok(shown(view, caller, &policy, Some(&cache))?)
        })
        .await?;
    Reply::data(&policy)
}

/// Locks the policy that a path names.
///
/// # Errors
/// When the caller sees no such policy.
pub fn lock(tx: &mut dyn Tx, caller: &Caller, params: &Params) -> Result<(), ApiError> {
    let policy = policy(tx, caller, identifier(params))?;
    tx.lock_policy(policy.id)?.ok_or(ApiError::NotFound)?;
    Ok(())
}

/// What `GET W/policies/{winPolicyId}` answers at this moment.
///
/// # Errors
/// When the caller sees no such policy.
pub fn current(view: &mut dyn View, caller: &Caller, params: &Params, _: Timestamp) -> Answer {
    let policy = policy(view, caller, identifier(params))?;
    // Conflicts do not count for its tag.
    Reply::data(&bare(view, caller, &policy)?)
}

/// The policy that a path names.
fn identifier(params: &Params) -> &str {
    params.get("winPolicyId").map_or("", String::as_str)
}

/// `PUT W/policies/{winPolicyId}`
pub async fn update(call: Call) -> Answer {
    let id = call.param("winPolicyId");
    let form = call.form(request::update);
    let ignored = form.as_ref().map(|f| f.ignored.clone()).unwrap_or_default();
    let is_dry_run = call.careful.is_dry_run();
    let changed = call
        .write(move |tx, cx, caller| {
            let policy = policy(tx, caller, &id)?;
            let request = &form.as_ref().map_err(Clone::clone)?.value;
            let scope = visible(tx, caller)?;
            let organization = caller.organization.id;
            let changed = updating::update(tx, cx, organization, &scope, policy.id, request);
            let changed = changed.map_err(|e| ApiError::policy(e, "mdm.windows.policy.update"))?;
            Ok(Changed::new(tx, caller, changed, is_dry_run)?)
        })
        .await?;
    Ok(Reply::data(&changed.shown(&call).await)?.ignoring(ignored))
}

/// `DELETE W/policies/{winPolicyId}`
pub async fn remove(call: Call) -> Answer {
    let (id, query) = (call.param("winPolicyId"), call.query());
    let policy = call
        .write(move |tx, cx, caller| {
            let policy = policy(tx, caller, &id)?;
            let detach = query.as_ref().map_err(Clone::clone)?.flag("detach");
            if detach {
                // It changes every device that has the policy, all of them in its segment or below.
                requires(caller, "mdm.windows.device.update", policy.segment)?;
                // It changes the templates and the tokens that would give it.
                for template in tx.enrollment_templates_of_policy(policy.id)? {
                    requires(caller, "mdm.windows.enrollmentTemplate.update", template.segment)?;
                }
                for token in tx.enrollment_tokens_of_policy(policy.id, cx.now)? {
                    requires(caller, "mdm.windows.enrollmentToken.update", token.segment)?;
                }
                // It removes the rules that give the policy.
                for rule in rules::of_policy(tx, caller.organization.id, policy.id)? {
                    requires(caller, "mdm.global.automationRule.remove", rule.segment)?;
                }
                // It removes the default.
                if delete::default_of(tx, caller.organization.id, policy.id)?.is_some() {
                    caller.check_permission("mdm.windows.defaultDeviceConfig.remove")?;
                }
            }
            let scope = visible(tx, caller)?;
            let removed = delete::delete(tx, cx, caller.organization.id, &scope, policy.id, detach);
            removed.map_err(|e| ApiError::policy(e, "mdm.windows.policy.remove"))
        })
        .await?;
    Reply::data(&RemovedPolicyView::new(&policy))
}

/// A permission that the request makes necessary beside the route's own, in one segment.
fn requires(
    caller: &Caller,
    permission: &'static str,
    segment: transom_domain::segment::SegmentId,
) -> Result<(), ApiError> {
    match caller.scope_of(permission)?.contains(segment) {
        true => Ok(()),
        false => Err(ApiError::MissingPermission(permission)),
    }
}

/// `POST W/policies/{winPolicyId}/clone`
pub async fn clone(call: Call) -> Answer {
    let id = call.param("winPolicyId");
    let form = call.form(request::copy);
    let ignored = form.as_ref().map(|f| f.ignored.clone()).unwrap_or_default();
    let policy = call
        .write(move |tx, cx, caller| {
            let source = policy(tx, caller, &id)?;
            let request = &form.as_ref().map_err(Clone::clone)?.value;
            // A copy tells everything that the other says.
            let permission = "mdm.windows.policy.get";
            let segments = tx.segments(caller.organization.id)?;
            if !PolicyScope::of(&caller.scope_of(permission)?, &segments).sees(&source) {
                return Err(ApiError::MissingPermission(permission));
            }
            let copy = copying::copy(tx, cx, &caller.scope, &source, request)?;
            Ok(shown(tx, caller, &copy, None)?)
        })
        .await?;
    Ok(Reply::data(&policy)?.ignoring(ignored))
}

/// `GET W/policies/{winPolicyId}/versions`
pub async fn versions(call: Call) -> Answer {
    let (id, query) = (call.param("winPolicyId"), call.query());
    let page = call
        .read(move |view, caller| {
            let policy = policy(view, caller, &id)?;
            let query = query.as_ref().map_err(Clone::clone)?;
            let ascending = query.sort().is_some_and(|(_, descending)| !descending);
            Ok((policy.id, view.policy_version_page(policy.id, ascending, query.page())?))
        })
        .await?;
    let (policy, page) = page;
    long_page::answer(call, page, move |view, caller, numbers| {
        let mut versions = Vec::with_capacity(numbers.len());
        for number in numbers {
            versions.extend(view.policy_version(policy, number)?);
        }
        let organization = &caller.organization;
        let expanded = Expanded::of(view, organization.id, versions.iter().map(|v| &v.content))?;
        let shown = versions
            .iter()
            .map(|version| PolicyVersionView::new(version, organization, &expanded));
        Ok(shown.collect::<Vec<_>>())
    })
    .await
}

/// `GET W/policies/{winPolicyId}/versions/{version}`
pub async fn version(call: Call) -> Answer {
    let (id, number, query) = (call.param("winPolicyId"), call.param("version"), call.query());
    let version = call
        .read(move |view, caller| {
            let policy = policy(view, caller, &id)?;
            let number = number.parse().map_err(|_| ApiError::NotFound)?;
            let version = view.policy_version(policy.id, number)?.ok_or(ApiError::NotFound)?;
            query.as_ref().map_err(Clone::clone)?;
            let organization = &caller.organization;
            let expanded = Expanded::of(view, organization.id, [&version.content])?;
            Ok(PolicyVersionView::new(&version, organization, &expanded))
        })
        .await?;
    Reply::data(&version)
}

/// `GET W/policies/{winPolicyId}/diff`
pub async fn diff(call: Call) -> Answer {
    let (id, query) = (call.param("winPolicyId"), call.query());
    let (before, after) = call
        .read(move |view, caller| {
            let policy = policy(view, caller, &id)?;
            let query = query.as_ref().map_err(Clone::clone)?;
            let to = query.number("to").unwrap_or(policy.version);
            let from = query.number("from").unwrap_or(to.saturating_sub(1).max(1));
            Ok((
                one_version(view, &policy, "from", from)?,
                one_version(view, &policy, "to", to)?,
            ))
        })
        .await?;
    let changes = differing::contents(&before.content, &after.content);
    Reply::data(&DiffView::new(&before, &after, &changes))
}

/// `POST W/policies/{winPolicyId}/rollback`
pub async fn rollback(call: Call) -> Answer {
    let id = call.param("winPolicyId");
    let form = call.form(request::rollback);
    let ignored = form.as_ref().map(|f| f.ignored.clone()).unwrap_or_default();
    let is_dry_run = call.careful.is_dry_run();
    let changed = call
        .write(move |tx, cx, caller| {
            let policy = policy(tx, caller, &id)?;
            let version = form.as_ref().map_err(Clone::clone)?.value;
            let scope = visible(tx, caller)?;
            let organization = caller.organization.id;
            let changed = going_back::rollback(tx, cx, organization, &scope, policy.id, version);
            let changed = changed.map_err(|e| ApiError::policy(e, "mdm.windows.policy.update"))?;
            Ok(Changed::new(tx, caller, changed, is_dry_run)?)
        })
        .await?;
    Ok(Reply::data(&changed.shown(&call).await)?.ignoring(ignored))
}

/// A policy that a unit of work has changed.
struct Changed {
    policy: Policy,
    view: PolicyView,
    is_whole: bool,
}

impl Changed {
    /// What was changed may never be committed in a dry run, so its conflicts are looked for at once. Otherwise they wait
    /// until nobody waits for the unit of work.
    fn new(
        tx: &mut (impl View + ?Sized),
        caller: &Caller,
        policy: Policy,
        is_dry_run: bool,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            view: match is_dry_run {
                true => shown(tx, caller, &policy, None)?,
                false => bare(tx, caller, &policy)?,
            },
            is_whole: is_dry_run,
            policy,
        })
    }

    /// The view with its conflicts; the change is done, so it is shown without them if they cannot be found.
    async fn shown(self, call: &Call) -> PolicyView {
        if self.is_whole {
            return self.view;
        }
        let (policy, cache) = (self.policy, call.state.prepared.clone());
        let found = call.read(move |view, caller| Ok(conflicts_of(view, caller, &policy, Some(&cache))?));
        match found.await {
            Ok(found) => self.view.with_conflicts(&found),
            Err(error) => {
                tracing::warn!(%error, "the conflicts of a policy that was changed cannot be looked for");
                self.view
            }
        }
    }
}

/// The conflicts of a policy. A unit that writes gives no cache.
fn conflicts_of(
    view: &mut (impl View + ?Sized),
    caller: &Caller,
    policy: &Policy,
    cache: Option<&PreparedCache>,
) -> Result<PolicyConflicts, StoreError> {
    let segments = view.segments(caller.organization.id)?;
    let scope = PolicyScope::of(&caller.scope, &segments);
    disagreeing::of(view, policy, &scope, &segments, cache)
}

/// The view of a policy with the records that it refers to, and its conflicts.
fn shown(
    view: &mut (impl View + ?Sized),
    caller: &Caller,
    policy: &Policy,
    cache: Option<&PreparedCache>,
) -> Result<PolicyView, StoreError> {
    let found = conflicts_of(view, caller, policy, cache)?;
    Ok(bare(view, caller, policy)?.with_conflicts(&found))
}

/// The view of a policy with the records that it refers to.
fn bare(view: &mut (impl View + ?Sized), caller: &Caller, policy: &Policy) -> Result<PolicyView, StoreError> {
    let organization = &caller.organization;
    let expanded = Expanded::of(view, organization.id, [&policy.content])?;
    Ok(PolicyView::new(policy, organization, &expanded))
}

/// The policies that the caller sees.
pub fn visible(view: &mut (impl Segments + ?Sized), caller: &Caller) -> Result<PolicyScope, ApiError> {
    let segments = view.segments(caller.organization.id)?;
    Ok(PolicyScope::of(&caller.scope, &segments))
}

/// Step 6: the policy that the path means.
fn policy(view: &mut (impl Policies + Segments + ?Sized), caller: &Caller, id: &str) -> Result<Policy, ApiError> {
    let id = PolicyId::parse(id).map_err(|_| ApiError::NotFound)?;
    let scope = visible(view, caller)?;
    let policy = view.policy(caller.organization.id, id)?;
    policy.filter(|p| scope.sees(p)).ok_or(ApiError::NotFound)
}

/// A version that the query names.
fn one_version(
    view: &mut (impl Policies + ?Sized),
    policy: &Policy,
    path: &str,
    number: u32,
) -> Result<PolicyVersion, ApiError> {
    let version = view.policy_version(policy.id, number)?;
    version.ok_or_else(|| ApiError::UnknownReference {
        path: path.to_owned(),
        id: number.to_string(),
    })
}
