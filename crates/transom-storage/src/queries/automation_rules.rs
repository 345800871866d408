//! Queries over automation rules, over what they give to devices, and over the work that is left to do of it.

#[path = "automation_rules/work.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod work;

use super::{Connection, Database, devices::with_tags, unit::UnitOfWork};
use crate::{
    fault::{Fault, missing},
    rows::{
        Place,
        automation_rules::{EnforcementRow, FlipsRow, RuleRow, WorkRow, rule_match},
        devices::DeviceRow,
    },
    schema::{automation_rules, devices, rule_enforcements, rule_flips, rule_work},
};
use diesel::{dsl::count_star, prelude::*};
use transom_domain::{
    DeviceId, OrganizationId, RuleId, Timestamp, UserId,
    automation_rule::{
        AutomationRule, Enforcement, RuleMatch,
        flapping::Flips,
        work::{RuleWork, WorkKind},
    },
    device::Device,
    page::{Page, PageRequest},
    ports::{AutomationRules, AutomationRulesMut, StoreError},
    segment::SegmentScope,
};

/// Most rows of one statement: each takes a handful of parameters, and SQLite takes 32,766 of them.
const ROWS_PER_STATEMENT: usize = 1_000;

/// The rules of an organization that are not removed.
fn living(organization: OrganizationId) -> automation_rules::BoxedQuery<'static, Database> {
    automation_rules::table
        .filter(automation_rules::organization_id.eq(organization.to_string()))
        .filter(automation_rules::removed_at.is_null())
        .into_boxed()
}

/// What is stored of rules and devices in the scope, beside the devices.
macro_rules! matching {
    ($rule:expr, $scope:expr) => {{
        let mut found = rule_enforcements::table
            .inner_join(devices::table)
            .filter(rule_enforcements::rule_id.eq($rule.to_string()))
            .into_boxed::<Database>();
        if let SegmentScope::Only(segments) = $scope {
            let segments: Vec<i64> = segments.iter().map(|s| s.0.into()).collect();
            found = found.filter(devices::segment_id.eq_any(segments));
        }
        found
    }};
}

impl AutomationRules for UnitOfWork<'_> {
    fn automation_rule(
        &mut self,
        organization: OrganizationId,
        id: RuleId,
    ) -> Result<Option<AutomationRule>, StoreError> {
        self.run("automation rule", |connection| {
            let row = living(organization)
                .filter(automation_rules::id.eq(id.to_string()))
                .select(RuleRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }

    // At most `RULES_MAX` rows, so it is no long read.
    fn automation_rules(&mut self, organization: OrganizationId) -> Result<Vec<AutomationRule>, StoreError> {
        self.run("automation rules", |connection| {
            let rows = living(organization)
                .order((automation_rules::created_at, automation_rules::id))
                .select(RuleRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        })
    }

    fn enforcements_of(&mut self, devices: &[DeviceId]) -> Result<Vec<Enforcement>, StoreError> {
        // One device has few; a page of devices is read where long reads are made.
        let queries = |connection: &mut Connection| {
            let ids: Vec<String> = devices.iter().map(ToString::to_string).collect();
            let rows = rule_enforcements::table
                .filter(rule_enforcements::device_id.eq_any(ids))
                .order((rule_enforcements::device_id, rule_enforcements::rule_id))
                .select(EnforcementRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        };
        match devices {
            [] => Ok(Vec::new()),
            [_] => self.run("enforcements", queries),
            _ => self.run_long("enforcements", queries),
        }
    }

    fn enforcement_counts(&mut self, organization: OrganizationId) -> Result<Vec<(RuleId, u64)>, StoreError> {
        self.run_long("enforcement counts", |connection| {
            let rules = living(organization).select(automation_rules::id);
            let rules: Vec<String> = rules.load(connection)?;
            let rows: Vec<(String, i64)> = rule_enforcements::table
                .filter(rule_enforcements::rule_id.eq_any(rules))
                .group_by(rule_enforcements::rule_id)
                .order(rule_enforcements::rule_id)
                .select((rule_enforcements::rule_id, count_star()))
                .load(connection)?;
            let read = |(id, count): (String, i64)| {
                let rule = Place::new("rule_enforcements", &id).fit("rule_id", RuleId::parse(&id).ok())?;
                Ok::<_, StoreError>((rule, count.unsigned_abs()))
            };
            Ok(rows.into_iter().map(read).collect::<Result<_, _>>()?)
        })
    }

    fn rule_match_page(
        &mut self,
        rule: RuleId,
        scope: &SegmentScope,
        page: PageRequest,
    ) -> Result<Page<RuleMatch>, StoreError> {
        self.run_long("rule match page", |connection| {
            let total: i64 = matching!(rule, scope).count().get_result(connection)?;
            let rows: Vec<(String, String, i64, String, i64)> = matching!(rule, scope)
                .order(rule_enforcements::device_id)
                .offset(page.offset())
                .limit(page.limit().into())
                .select((
                    rule_enforcements::device_id,
                    devices::display_name,
                    devices::segment_id,
                    rule_enforcements::audiences,
                    rule_enforcements::since,
                ))
                .load(connection)?;
            Ok(Page {
                items: rows.into_iter().map(rule_match).collect::<Result<_, _>>()?,
                total: total.unsigned_abs(),
                request: page,
            })
        })
    }

    fn rule_flips_of(&mut self, devices: &[DeviceId]) -> Result<Vec<Flips>, StoreError> {
        self.run("rule flips", |connection| {
            let ids: Vec<String> = devices.iter().map(ToString::to_string).collect();
            let rows = rule_flips::table
                .filter(rule_flips::device_id.eq_any(ids))
                .select(FlipsRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        })
    }

    fn rule_work(&mut self, organization: OrganizationId) -> Result<Vec<RuleWork>, StoreError> {
        self.run("rule work", |connection| {
            let rows = rule_work::table
                .filter(rule_work::organization_id.eq(organization.to_string()))
                .order((rule_work::kind, rule_work::subject))
                .select(WorkRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        })
    }

    fn has_rule_work(&mut self) -> Result<bool, StoreError> {
        self.run("has rule work", |connection| {
            let one: Option<String> = rule_work::table
                .select(rule_work::organization_id)
                .first(connection)
                .optional()?;
            Ok(one.is_some())
        })
    }

    fn organizations_with_rules(&mut self) -> Result<Vec<OrganizationId>, StoreError> {
        self.run("organizations with rules", |connection| {
            let ids: Vec<String> = automation_rules::table
                .select(automation_rules::organization_id)
                .distinct()
                .order(automation_rules::organization_id)
                .load(connection)?;
            let read =
                |id: &String| Place::new("automation_rules", id).fit("organization_id", OrganizationId::parse(id).ok());
            Ok(ids.iter().map(read).collect::<Result<_, _>>()?)
        })
    }

    fn devices_after(
        &mut self,
        organization: OrganizationId,
        after: Option<DeviceId>,
        limit: u32,
    ) -> Result<Vec<Device>, StoreError> {
        self.run_long("devices after", |connection| {
            let rows = devices::table
                .filter(devices::organization_id.eq(organization.to_string()))
                .filter(devices::id.gt(work::after_key(after)))
                .order(devices::id)
                .limit(limit.into())
                .select(DeviceRow::as_select())
                .load(connection)?;
            with_tags(connection, rows)
        })
    }

    fn count_devices_between(
        &mut self,
        organization: OrganizationId,
        after: Option<DeviceId>,
        until: Option<DeviceId>,
    ) -> Result<u64, StoreError> {
        self.run_long("count devices", |connection| {
            let mut found = devices::table
                .filter(devices::organization_id.eq(organization.to_string()))
                .filter(devices::id.gt(work::after_key(after)))
                .into_boxed::<Database>();
            if let Some(until) = until {
                found = found.filter(devices::id.le(until.to_string()));
            }
            let count: i64 = found.count().get_result(connection)?;
            Ok(count.unsigned_abs())
        })
    }
}

impl AutomationRulesMut for UnitOfWork<'_> {
    fn insert_automation_rule(&mut self, rule: &AutomationRule) -> Result<(), StoreError> {
        self.run("insert automation rule", |connection| {
            diesel::insert_into(automation_rules::table)
                .values(RuleRow::from(rule))
                .execute(connection)?;
            Ok(())
        })
    }

    fn update_automation_rule(&mut self, rule: &AutomationRule) -> Result<(), StoreError> {
        self.run("update automation rule", |connection| {
            let row = RuleRow::from(rule);
            let changed = diesel::update(automation_rules::table.find(row.id.clone()))
                .set(&row)
                .execute(connection)?;
            changed_one(changed, rule.id)
        })
    }

    fn remove_automation_rule(&mut self, id: RuleId, now: Timestamp) -> Result<(), StoreError> {
        self.run("remove automation rule", |connection| {
            let living = automation_rules::table
                .find(id.to_string())
                .filter(automation_rules::removed_at.is_null());
            let changed = diesel::update(living)
                .set((
                    automation_rules::policy_id.eq(None::<String>),
                    automation_rules::removed_at.eq(now.as_millis()),
                ))
                .execute(connection)?;
            changed_one(changed, id)
        })
    }

    fn purge_automation_rules(&mut self, organization: OrganizationId) -> Result<(), StoreError> {
        self.run("purge automation rules", |connection| {
            let removed: Vec<String> = automation_rules::table
                .filter(automation_rules::organization_id.eq(organization.to_string()))
                .filter(automation_rules::removed_at.is_not_null())
                .select(automation_rules::id)
                .load(connection)?;
            if removed.is_empty() {
                return Ok(());
            }
            let entries = rule_enforcements::table.filter(rule_enforcements::rule_id.eq_any(&removed));
            diesel::delete(entries).execute(connection)?;
            diesel::delete(automation_rules::table.filter(automation_rules::id.eq_any(&removed)))
                .execute(connection)?;
            Ok(())
        })
    }

    fn save_enforcements(&mut self, saved: &[Enforcement], removed: &[(DeviceId, RuleId)]) -> Result<(), StoreError> {
        self.run("save enforcements", |connection| {
            work::replace_enforcements(connection, saved, removed)
        })
    }

    fn save_rule_flips(&mut self, flips: &[Flips]) -> Result<(), StoreError> {
        self.run("save rule flips", |connection| {
            for flips in flips {
                let row = FlipsRow::from(flips);
                diesel::insert_into(rule_flips::table)
                    .values(&row)
                    .on_conflict((rule_flips::device_id, rule_flips::rule_id))
                    .do_update()
                    .set(&row)
                    .execute(connection)?;
            }
            Ok(())
        })
    }

    fn forget_rule_flips(&mut self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        self.run("forget rule flips", |connection| {
            work::forget_flips(connection, before, limit)
        })
    }

    fn lock_devices_after(
        &mut self,
        organization: OrganizationId,
        user: Option<UserId>,
        after: Option<DeviceId>,
        limit: u32,
    ) -> Result<Vec<Device>, StoreError> {
        self.run("lock devices", |connection| {
            let rows = work::lock_devices(connection, organization, user, after, limit)?;
            with_tags(connection, rows)
        })
    }

    fn lock_rule_work(
        &mut self,
        organization: OrganizationId,
        kind: WorkKind,
        user: Option<UserId>,
    ) -> Result<Option<RuleWork>, StoreError> {
        self.run("lock rule work", |connection| {
            let row = locking!(
                rule_work::table
                    .find(work::key(organization, kind, user))
                    .select(WorkRow::as_select())
            )
            .first(connection)
            .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }

    fn lock_next_rule_work(&mut self) -> Result<Option<RuleWork>, StoreError> {
        self.run("lock next rule work", |connection| {
            let row = locking!(
                rule_work::table
                    .order((
                        rule_work::kind.eq(WorkKind::Sweep.as_str()).asc(),
                        rule_work::updated_at.asc(),
                        rule_work::organization_id.asc(),
                        rule_work::subject.asc(),
                    ))
                    .limit(1)
                    .select(WorkRow::as_select())
            )
            .first(connection)
            .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }

    fn save_rule_work(&mut self, work: &RuleWork) -> Result<(), StoreError> {
        self.run("save rule work", |connection| {
            let row = WorkRow::from(work);
            diesel::insert_into(rule_work::table)
                .values(&row)
                .on_conflict((rule_work::organization_id, rule_work::kind, rule_work::subject))
                .do_update()
                .set(&row)
                .execute(connection)?;
            Ok(())
        })
    }

    fn delete_rule_work(
        &mut self,
        organization: OrganizationId,
        kind: WorkKind,
        user: Option<UserId>,
    ) -> Result<(), StoreError> {
        self.run("delete rule work", |connection| {
            diesel::delete(rule_work::table.find(work::key(organization, kind, user))).execute(connection)?;
            Ok(())
        })
    }
}

fn changed_one(rows: usize, id: RuleId) -> Result<(), Fault> {
    if rows == 0 {
        return Err(missing("automation_rules", &id));
    }
    Ok(())
}
