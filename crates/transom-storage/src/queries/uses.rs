//! Which policies use a record. Policies keep what they refer to within their content, and removing a record is rare: so
//! their contents are looked through then, instead of keeping a table of references with every change of a policy.

use super::Connection;
use crate::{fault::Fault, rows::Place, schema::policies};
use diesel::prelude::*;
use transom_domain::{
    OrganizationId, PolicyId,
    policy::uses::{UsedBy, Uses},
    segment::SegmentId,
};

/// The policies of an organization whose content has this field with this id, in lower case as they are stored.
pub(super) fn in_policies(
    connection: &mut Connection,
    organization: OrganizationId,
    field: &str,
    id: &str,
    limit: u32,
) -> Result<Uses, Fault> {
    let pattern = format!("%\"{field}\":\"{id}\"%");
    let found = policies::table
        .filter(policies::organization_id.eq(organization.to_string()))
        .filter(policies::content.like(&pattern));
    let total: i64 = found.clone().count().get_result(connection)?;
    if total == 0 {
        return Ok(Uses::default());
    }
    let rows: Vec<(String, String, i64)> = found
        .order(policies::id)
        .limit(limit.into())
        .select((policies::id, policies::name, policies::segment_id))
        .load(connection)?;
    let mut users = Vec::with_capacity(rows.len());
    for (id, name, segment) in rows {
        let at = Place::new("policies", &id);
        at.fit("id", PolicyId::parse(&id).ok())?;
        let segment = SegmentId(at.number("segment_id", segment)?);
        users.push(UsedBy {
            kind: "winPolicy",
            id,
            name,
            segment,
        });
    }
    Ok(Uses {
        users,
        total: total.unsigned_abs(),
    })
}
