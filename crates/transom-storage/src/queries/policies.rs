//! Queries over policies, and over which devices have them.

use super::{Connection, Database, devices::page::containing, policy_references::save_references, unit::UnitOfWork};
use crate::{
    fault::{Fault, missing},
    rows::{
        Place,
        devices::key,
        policies::{AssignmentRow, EffectiveStateRow, PolicyRow, PolicyVersionRow, assignee},
    },
    schema::{device_effective_policies, device_policy_assignments, devices, policies, policy_versions},
};
use diesel::prelude::*;
use transom_domain::{
    DeviceId, OrganizationId, PolicyId, Timestamp,
    page::{Page, PageRequest},
    policy::{Assignee, Assignment, EffectiveState, Policy, PolicyContent, PolicyQuery, PolicySort, PolicyVersion},
    ports::{Policies, PoliciesMut, StoreError},
    segment::SegmentScope,
};

/// The policies that a query means, in no order.
fn filtered(query: &PolicyQuery) -> policies::BoxedQuery<'_, Database> {
    let mut found = policies::table
        .filter(policies::organization_id.eq(query.organization.to_string()))
        .into_boxed();
    if let SegmentScope::Only(own) = &query.scope.own {
        let own: Vec<i64> = own.iter().map(|s| s.0.into()).collect();
        let exposed: Vec<i64> = query.scope.exposed.iter().map(|s| s.0.into()).collect();
        let is_exposed = policies::expose_to_children
            .eq(true)
            .and(policies::segment_id.eq_any(exposed));
        found = found.filter(policies::segment_id.eq_any(own).or(is_exposed));
    }
    if let Some(search) = &query.search {
        found = found.filter(policies::name_key.like(containing(&key(search))).escape('\\'));
    }
    found
}

/// The same, sorted; equal ones by id.
fn sorted(query: &PolicyQuery) -> policies::BoxedQuery<'_, Database> {
    macro_rules! by {
        ($column:ident) => {
            if query.descending {
                filtered(query).order((policies::$column.desc(), policies::id.desc()))
            } else {
                filtered(query).order((policies::$column.asc(), policies::id.asc()))
            }
        };
    }
    match query.sort {
        PolicySort::CreatedAt => by!(created_at),
        PolicySort::UpdatedAt => by!(updated_at),
        PolicySort::Name => by!(name_key),
        PolicySort::Version => by!(version),
    }
}

impl Policies for UnitOfWork<'_> {
    fn policy(&mut self, organization: OrganizationId, id: PolicyId) -> Result<Option<Policy>, StoreError> {
        self.run("policy", |connection| {
            let row = policies::table
                .find(id.to_string())
                .filter(policies::organization_id.eq(organization.to_string()))
                .select(PolicyRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }

    fn policies_by_id(&mut self, organization: OrganizationId, ids: &[PolicyId]) -> Result<Vec<Policy>, StoreError> {
        self.run_long("policies by id", |connection| {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            let rows = policies::table
                .filter(policies::id.eq_any(ids))
                .filter(policies::organization_id.eq(organization.to_string()))
                .select(PolicyRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        })
    }

    fn policy_page(&mut self, query: &PolicyQuery) -> Result<Page<PolicyId>, StoreError> {
        self.run_long("policy page", |connection| {
            let total: i64 = filtered(query).count().get_result(connection)?;
            let ids: Vec<String> = sorted(query)
                .offset(query.page.offset())
                .limit(query.page.limit().into())
                .select(policies::id)
                .load(connection)?;
            let read = |id: &String| Place::new("policies", id).fit("id", PolicyId::parse(id).ok());
            Ok(Page {
                items: ids.iter().map(read).collect::<Result<_, _>>()?,
                total: total.unsigned_abs(),
                request: query.page,
            })
        })
    }

    fn policy_version(&mut self, policy: PolicyId, version: u32) -> Result<Option<PolicyVersion>, StoreError> {
        self.run("policy version", |connection| {
            let row = policy_versions::table
                .find((policy.to_string(), i64::from(version)))
                .select(PolicyVersionRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }

    fn policy_version_page(
        &mut self,
        policy: PolicyId,
        ascending: bool,
        page: PageRequest,
    ) -> Result<Page<u32>, StoreError> {
        self.run_long("policy version page", |connection| {
            let of_policy = || policy_versions::table.filter(policy_versions::policy_id.eq(policy.to_string()));
            let total: i64 = of_policy().count().get_result(connection)?;
            let found = of_policy().into_boxed::<Database>();
            let found = if ascending {
                found.order(policy_versions::version.asc())
            } else {
                found.order(policy_versions::version.desc())
            };
            let numbers: Vec<i64> = found
                .offset(page.offset())
                .limit(page.limit().into())
                .select(policy_versions::version)
                .load(connection)?;
            let id = policy.to_string();
            let read = |n: &i64| Place::new("policy_versions", &id).fit("version", u32::try_from(*n).ok());
            Ok(Page {
                items: numbers.iter().map(read).collect::<Result<_, _>>()?,
                total: total.unsigned_abs(),
                request: page,
            })
        })
    }

    fn assignments_of(&mut self, devices: &[DeviceId]) -> Result<Vec<(DeviceId, Assignment)>, StoreError> {
        // One device has few; a page of devices is read where long reads are made.
        let queries = |connection: &mut Connection| {
            let ids: Vec<String> = devices.iter().map(ToString::to_string).collect();
            let rows = device_policy_assignments::table
                .filter(device_policy_assignments::device_id.eq_any(ids))
                .order((
                    device_policy_assignments::device_id,
                    device_policy_assignments::position,
                ))
                .select(AssignmentRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        };
        match devices {
            [] => Ok(Vec::new()),
            [_] => self.run("assignments", queries),
            _ => self.run_long("assignments", queries),
        }
    }

    fn policy_assignees(&mut self, policy: PolicyId, limit: u32) -> Result<(Vec<Assignee>, u64), StoreError> {
        self.run_long("policy assignees", |connection| {
            let of_policy = device_policy_assignments::policy_id.eq(policy.to_string());
            let total: i64 = device_policy_assignments::table
                .filter(of_policy.clone())
                .count()
                .get_result(connection)?;
            let rows: Vec<(String, String, i64, String)> = device_policy_assignments::table
                .inner_join(devices::table)
                .filter(of_policy)
                .order((
                    device_policy_assignments::device_id,
                    device_policy_assignments::position,
                ))
                .limit(limit.into())
                .select((
                    devices::id,
                    devices::display_name,
                    devices::segment_id,
                    device_policy_assignments::slot,
                ))
                .load(connection)?;
            let assignees = rows.into_iter().map(assignee).collect::<Result<_, _>>()?;
            Ok((assignees, total.unsigned_abs()))
        })
    }

    fn effective_states(&mut self, devices: &[DeviceId]) -> Result<Vec<(DeviceId, EffectiveState)>, StoreError> {
        let queries = |connection: &mut Connection| {
            let ids: Vec<String> = devices.iter().map(ToString::to_string).collect();
            let rows = device_effective_policies::table
                .filter(device_effective_policies::device_id.eq_any(ids))
                .order(device_effective_policies::device_id)
                .select(EffectiveStateRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        };
        match devices {
            [] => Ok(Vec::new()),
            [_] => self.run("effective states", queries),
            _ => self.run_long("effective states", queries),
        }
    }
}

impl PoliciesMut for UnitOfWork<'_> {
    fn insert_policy(&mut self, policy: &Policy) -> Result<(), StoreError> {
        self.run("insert policy", |connection| {
            diesel::insert_into(policies::table)
                .values(PolicyRow::from(policy))
                .execute(connection)?;
            save_references(connection, policy.id, &policy.content)
        })
    }

    fn lock_policy(&mut self, id: PolicyId) -> Result<Option<Policy>, StoreError> {
        self.run("lock policy", |connection| {
            let row = locking!(policies::table.find(id.to_string()).select(PolicyRow::as_select()))
                .first(connection)
                .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }

    fn update_policy(&mut self, policy: &Policy) -> Result<(), StoreError> {
        self.run("update policy", |connection| {
            let row = PolicyRow::from(policy);
            let changed = diesel::update(policies::table.find(&row.id))
                .set(&row)
                .execute(connection)?;
            changed_one(changed, policy.id)?;
            save_references(connection, policy.id, &policy.content)
        })
    }

    fn delete_policy(&mut self, id: PolicyId) -> Result<(), StoreError> {
        self.run("delete policy", |connection| {
            save_references(connection, id, &PolicyContent::default())?;
            let of_policy = policy_versions::policy_id.eq(id.to_string());
            diesel::delete(policy_versions::table.filter(of_policy)).execute(connection)?;
            changed_one(
                diesel::delete(policies::table.find(id.to_string())).execute(connection)?,
                id,
            )
        })
    }

    fn append_policy_version(&mut self, version: &PolicyVersion) -> Result<(), StoreError> {
        self.run("append policy version", |connection| {
            diesel::insert_into(policy_versions::table)
                .values(PolicyVersionRow::from(version))
                .execute(connection)?;
            Ok(())
        })
    }

    fn save_assignments(&mut self, device: DeviceId, assignments: &[Assignment]) -> Result<(), StoreError> {
        self.run("save assignments", |connection| {
            let of_device = device_policy_assignments::device_id.eq(device.to_string());
            diesel::delete(device_policy_assignments::table.filter(of_device)).execute(connection)?;
            let rows = AssignmentRow::of(device, assignments);
            if !rows.is_empty() {
                diesel::insert_into(device_policy_assignments::table)
                    .values(rows)
                    .execute(connection)?;
            }
            Ok(())
        })
    }

    fn detach_policy(&mut self, policy: PolicyId, now: Timestamp) -> Result<Vec<DeviceId>, StoreError> {
        self.run("detach policy", |connection| {
            let of_policy = device_policy_assignments::policy_id.eq(policy.to_string());
            let having = device_policy_assignments::table
                .filter(of_policy.clone())
                .select(device_policy_assignments::device_id);
            let theirs: Vec<String> = having
                .clone()
                .distinct()
                .order(device_policy_assignments::device_id)
                .load(connection)?;
            diesel::update(devices::table.filter(devices::id.eq_any(having)))
                .set(devices::updated_at.eq(now.as_millis()))
                .execute(connection)?;
            diesel::delete(device_policy_assignments::table.filter(of_policy)).execute(connection)?;
            let read = |id: &String| Place::new("devices", id).fit("id", DeviceId::parse(id).ok());
            Ok(theirs.iter().map(read).collect::<Result<_, _>>()?)
        })
    }

    fn save_effective_state(&mut self, device: DeviceId, state: &EffectiveState) -> Result<(), StoreError> {
        self.run("save effective state", |connection| {
            let row = EffectiveStateRow::new(device, state);
            diesel::insert_into(device_effective_policies::table)
                .values(&row)
                .on_conflict(device_effective_policies::device_id)
                .do_update()
                .set(&row)
                .execute(connection)?;
            Ok(())
        })
    }
}

fn changed_one(rows: usize, id: PolicyId) -> Result<(), Fault> {
    if rows == 0 {
        return Err(missing("policies", &id));
    }
    Ok(())
}
