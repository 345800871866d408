//! Queries over segments.

use super::unit::UnitOfWork;
use crate::{
    fault::missing,
    rows::{Place, segments::SegmentRow},
    schema::{
        admx_configs, applications, assets, automation_rules, device_audiences, devices, enrollment_template_segments,
        enrollment_tokens, policies, scripts, segment_numbers, segments,
    },
};
use diesel::prelude::*;
use transom_domain::{
    OrganizationId, Timestamp,
    device::DeviceState,
    ports::{SegmentUses, Segments, SegmentsMut, StoreError},
    segment::{Segment, SegmentId},
};

impl Segments for UnitOfWork<'_> {
    fn segment(&mut self, organization: OrganizationId, id: SegmentId) -> Result<Option<Segment>, StoreError> {
        self.run("segment", |connection| {
            let row = segments::table
                .find((organization.to_string(), i64::from(id.0)))
                .select(SegmentRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }

    // At most `SEGMENTS_MAX` rows, so it is no long read.
    fn segments(&mut self, organization: OrganizationId) -> Result<Vec<Segment>, StoreError> {
        self.run("segments", |connection| {
            let rows = segments::table
                .filter(segments::organization_id.eq(organization.to_string()))
                .order(segments::id)
                .select(SegmentRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        })
    }

    fn last_segment_number(&mut self, organization: OrganizationId) -> Result<SegmentId, StoreError> {
        self.run("last segment number", |connection| {
            let organization = organization.to_string();
            let there: Option<i64> = segments::table
                .filter(segments::organization_id.eq(&organization))
                .order(segments::id.desc())
                .select(segments::id)
                .first(connection)
                .optional()?;
            let removed: Option<i64> = segment_numbers::table
                .find(&organization)
                .select(segment_numbers::last)
                .first(connection)
                .optional()?;
            let last = there.max(removed).unwrap_or(0);
            Ok(SegmentId(Place::new("segments", &organization).number("id", last)?))
        })
    }

    fn segment_uses(
        &mut self,
        organization: OrganizationId,
        id: SegmentId,
        now: Timestamp,
    ) -> Result<SegmentUses, StoreError> {
        self.run_long("segment uses", |connection| {
            let (organization, id) = (organization.to_string(), i64::from(id.0));
            let in_it: i64 = devices::table
                .filter(devices::organization_id.eq(&organization))
                .filter(devices::segment_id.eq(id))
                .filter(devices::state.ne(DeviceState::Deleted.as_str()))
                .count()
                .get_result(connection)?;
            let tokens: i64 = enrollment_tokens::table
                .filter(enrollment_tokens::organization_id.eq(&organization))
                .filter(enrollment_tokens::segment_id.eq(id))
                .filter(enrollment_tokens::template_id.is_null())
                .filter(enrollment_tokens::revoked_at.is_null())
                .filter(enrollment_tokens::expires_at.gt(now.as_millis()))
                .filter(enrollment_tokens::uses.lt(enrollment_tokens::uses_max))
                .count()
                .get_result(connection)?;
            let policies: i64 = policies::table
                .filter(policies::organization_id.eq(&organization))
                .filter(policies::segment_id.eq(id))
                .count()
                .get_result(connection)?;
            let templates: i64 = enrollment_template_segments::table
                .filter(enrollment_template_segments::organization_id.eq(&organization))
                .filter(enrollment_template_segments::segment_id.eq(id))
                .count()
                .get_result(connection)?;
            let audiences: i64 = device_audiences::table
                .filter(device_audiences::organization_id.eq(&organization))
                .filter(device_audiences::segment_id.eq(id))
                .count()
                .get_result(connection)?;
            let automation_rules: i64 = automation_rules::table
                .filter(automation_rules::organization_id.eq(&organization))
                .filter(automation_rules::segment_id.eq(id))
                .filter(automation_rules::removed_at.is_null())
                .count()
                .get_result(connection)?;
            let applications: i64 = applications::table
                .filter(applications::organization_id.eq(&organization))
                .filter(applications::segment_id.eq(id))
                .count()
                .get_result(connection)?;
            let scripts: i64 = scripts::table
                .filter(scripts::organization_id.eq(&organization))
                .filter(scripts::segment_id.eq(id))
                .count()
                .get_result(connection)?;
            let assets: i64 = assets::table
                .filter(assets::organization_id.eq(&organization))
                .filter(assets::segment_id.eq(id))
                .count()
                .get_result(connection)?;
            let admx_configs: i64 = admx_configs::table
                .filter(admx_configs::organization_id.eq(&organization))
                .filter(admx_configs::segment_id.eq(id))
                .count()
                .get_result(connection)?;
            Ok(SegmentUses {
                devices: in_it.unsigned_abs(),
                enrollment_tokens: tokens.unsigned_abs(),
                policies: policies.unsigned_abs(),
                enrollment_templates: templates.unsigned_abs(),
                audiences: audiences.unsigned_abs(),
                automation_rules: automation_rules.unsigned_abs(),
                applications: applications.unsigned_abs(),
                scripts: scripts.unsigned_abs(),
                assets: assets.unsigned_abs(),
                admx_configs: admx_configs.unsigned_abs(),
            })
        })
    }
}

impl SegmentsMut for UnitOfWork<'_> {
    fn insert_segment(&mut self, segment: &Segment) -> Result<(), StoreError> {
        self.run("insert segment", |connection| {
            diesel::insert_into(segments::table)
                .values(SegmentRow::from(segment))
                .execute(connection)?;
            Ok(())
        })
    }

    fn update_segment(&mut self, segment: &Segment) -> Result<(), StoreError> {
        self.run("update segment", |connection| {
            let row = SegmentRow::from(segment);
            let key = (segment.organization.to_string(), i64::from(segment.id.0));
            let changed = diesel::update(segments::table.find(key))
                .set(&row)
                .execute(connection)?;
            if changed == 0 {
                return Err(missing("segments", &segment.id));
            }
            Ok(())
        })
    }

    fn remove_segment(
        &mut self,
        organization: OrganizationId,
        id: SegmentId,
        above: SegmentId,
    ) -> Result<(), StoreError> {
        self.run("remove segment", |connection| {
            let organization = organization.to_string();
            let (id, above) = (i64::from(id.0), i64::from(above.0));
            let in_it = devices::table
                .filter(devices::organization_id.eq(&organization))
                .filter(devices::segment_id.eq(id))
                .filter(devices::state.eq(DeviceState::Deleted.as_str()));
            diesel::update(in_it)
                .set(devices::segment_id.eq(above))
                .execute(connection)?;
            let tokens = enrollment_tokens::table
                .filter(enrollment_tokens::organization_id.eq(&organization))
                .filter(enrollment_tokens::segment_id.eq(id));
            diesel::update(tokens)
                .set(enrollment_tokens::segment_id.eq(above))
                .execute(connection)?;
            let rules = automation_rules::table
                .filter(automation_rules::organization_id.eq(&organization))
                .filter(automation_rules::segment_id.eq(id))
                .filter(automation_rules::removed_at.is_not_null());
            diesel::update(rules)
                .set(automation_rules::segment_id.eq(above))
                .execute(connection)?;
            let removed = diesel::delete(segments::table.find((&organization, id))).execute(connection)?;
            if removed == 0 {
                return Err(missing("segments", &id));
            }
            let last: Option<i64> = segment_numbers::table
                .find(&organization)
                .select(segment_numbers::last)
                .first(connection)
                .optional()?;
            let last = last.unwrap_or(0).max(id);
            diesel::insert_into(segment_numbers::table)
                .values((
                    segment_numbers::organization_id.eq(&organization),
                    segment_numbers::last.eq(last),
                ))
                .on_conflict(segment_numbers::organization_id)
                .do_update()
                .set(segment_numbers::last.eq(last))
                .execute(connection)?;
            Ok(())
        })
    }
}
