//! Queries over what policies refer to.

use super::{Connection, unit::UnitOfWork};
use crate::{
    fault::Fault,
    rows::Place,
    schema::{policies, policy_references},
};
use diesel::{dsl::count_star, prelude::*};
use transom_domain::{
    PolicyId,
    library::PolicyUse,
    policy::{
        PolicyContent,
        references::{self, ReferenceKind},
    },
    ports::{PolicyReferences, StoreError},
    segment::SegmentId,
};

/// Stores what a policy refers to, in place of what was there before.
pub(super) fn save_references(
    connection: &mut Connection,
    policy: PolicyId,
    content: &PolicyContent,
) -> Result<(), Fault> {
    let policy = policy.to_string();
    let of_policy = policy_references::policy_id.eq(&policy);
    diesel::delete(policy_references::table.filter(of_policy)).execute(connection)?;
    let rows: Vec<_> = references::named(content)
        .into_iter()
        .map(|(kind, id)| {
            (
                policy_references::policy_id.eq(policy.clone()),
                policy_references::kind.eq(kind.as_str()),
                policy_references::reference_id.eq(id),
            )
        })
        .collect();
    if !rows.is_empty() {
        diesel::insert_into(policy_references::table)
            .values(rows)
            .execute(connection)?;
    }
    Ok(())
}

impl PolicyReferences for UnitOfWork<'_> {
    fn reference_counts(&mut self, kind: ReferenceKind, ids: &[String]) -> Result<Vec<(String, u64)>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.run_long("reference counts", |connection| {
            let rows: Vec<(String, i64)> = policy_references::table
                .filter(policy_references::kind.eq(kind.as_str()))
                .filter(policy_references::reference_id.eq_any(ids))
                .group_by(policy_references::reference_id)
                .select((policy_references::reference_id, count_star()))
                .load(connection)?;
            Ok(rows.into_iter().map(|(id, count)| (id, count.unsigned_abs())).collect())
        })
    }

    fn policies_naming(
        &mut self,
        kind: ReferenceKind,
        id: &str,
        limit: u32,
    ) -> Result<(Vec<PolicyUse>, u64), StoreError> {
        self.run_long("policies naming a record", |connection| {
            let naming = || {
                policy_references::table
                    .filter(policy_references::kind.eq(kind.as_str()))
                    .filter(policy_references::reference_id.eq(id))
            };
            let total: i64 = naming().count().get_result(connection)?;
            let rows: Vec<(String, String, i64)> = naming()
                .inner_join(policies::table)
                .order(policies::id)
                .limit(limit.into())
                .select((policies::id, policies::name, policies::segment_id))
                .load(connection)?;
            let read = |(policy, name, segment): (String, String, i64)| {
                let at = Place::new("policies", &policy);
                Ok::<_, StoreError>(PolicyUse {
                    policy: at.fit("id", PolicyId::parse(&policy).ok())?,
                    name,
                    segment: SegmentId(at.number("segment_id", segment)?),
                })
            };
            let users = rows.into_iter().map(read).collect::<Result<_, _>>()?;
            Ok((users, total.unsigned_abs()))
        })
    }

    fn segments_naming(&mut self, kind: ReferenceKind, id: &str) -> Result<Vec<SegmentId>, StoreError> {
        self.run_long("segments naming a record", |connection| {
            let rows: Vec<i64> = policy_references::table
                .inner_join(policies::table)
                .filter(policy_references::kind.eq(kind.as_str()))
                .filter(policy_references::reference_id.eq(id))
                .select(policies::segment_id)
                .distinct()
                .order(policies::segment_id)
                .load(connection)?;
            let read = |segment: i64| Place::new("policies", id).number("segment_id", segment).map(SegmentId);
            Ok(rows.into_iter().map(read).collect::<Result<_, _>>()?)
        })
    }
}
