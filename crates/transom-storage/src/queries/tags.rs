//! Queries over tags in use.

use super::{Database, devices::page::containing, unit::UnitOfWork, users};
use crate::{
    rows::devices::key,
    schema::{device_tags, devices, user_tags},
};
use diesel::{
    dsl::{count, count_star, min},
    prelude::*,
};
use transom_domain::{
    device::DeviceState,
    page::Page,
    ports::{StoreError, TagQuery, Tags},
    segment::SegmentScope,
    tag::TagCount,
};

/// The ids of the devices whose tags count.
fn seen_devices(query: &TagQuery) -> devices::BoxedQuery<'_, Database> {
    let mut seen = devices::table
        .filter(devices::organization_id.eq(query.organization.to_string()))
        .filter(devices::state.ne(DeviceState::Deleted.as_str()))
        .into_boxed();
    if let SegmentScope::Only(segments) = &query.scope {
        let segments: Vec<i64> = segments.iter().map(|s| s.0.into()).collect();
        seen = seen.filter(devices::segment_id.eq_any(segments));
    }
    seen
}

/// A page of spellings and counts, as they were loaded.
fn page(query: &TagQuery, total: i64, rows: Vec<(Option<String>, i64)>) -> Page<TagCount> {
    let items = rows.into_iter().map(|(tag, count)| TagCount {
        tag: tag.unwrap_or_default(),
        count: count.unsigned_abs(),
    });
    Page {
        items: items.collect(),
        total: total.unsigned_abs(),
        request: query.page,
    }
}

/// The pattern that tags must match: any, where nothing is searched for.
fn pattern(query: &TagQuery) -> String {
    containing(&key(query.search.as_deref().unwrap_or_default()))
}

impl Tags for UnitOfWork<'_> {
    fn device_tags(&mut self, query: &TagQuery) -> Result<Page<TagCount>, StoreError> {
        self.run_long("device tags", |connection| {
            let total = device_tags::table
                .filter(device_tags::device_id.eq_any(seen_devices(query).select(devices::id)))
                .filter(device_tags::tag_key.like(pattern(query)).escape('\\'))
                .select(count(device_tags::tag_key).aggregate_distinct())
                .get_result(connection)?;
            let rows = device_tags::table
                .filter(device_tags::device_id.eq_any(seen_devices(query).select(devices::id)))
                .filter(device_tags::tag_key.like(pattern(query)).escape('\\'))
                .group_by(device_tags::tag_key)
                .order(device_tags::tag_key)
                .offset(query.page.offset())
                .limit(query.page.limit().into())
                .select((min(device_tags::tag), count_star()))
                .load(connection)?;
            Ok(page(query, total, rows))
        })
    }

    fn os_versions(&mut self, query: &TagQuery) -> Result<Page<TagCount>, StoreError> {
        self.run_long("versions of operating systems", |connection| {
            let reported = || {
                seen_devices(query)
                    .filter(devices::os_version.is_not_null())
                    .filter(devices::os_version.like(pattern(query)).escape('\\'))
            };
            let total = reported()
                .select(count(devices::os_version).aggregate_distinct())
                .get_result(connection)?;
            let ids = reported().select(devices::id);
            let rows = devices::table
                .filter(devices::id.eq_any(ids))
                .group_by(devices::os_version)
                .order(devices::os_version)
                .offset(query.page.offset())
                .limit(query.page.limit().into())
                .select((min(devices::os_version), count_star()))
                .load(connection)?;
            Ok(page(query, total, rows))
        })
    }

    fn user_tags(&mut self, query: &TagQuery) -> Result<Page<TagCount>, StoreError> {
        self.run_long("user tags", |connection| {
            let seen = || users::seen(query.organization, &query.scope);
            let total = user_tags::table
                .filter(user_tags::user_id.eq_any(seen().select(crate::schema::users::id)))
                .filter(user_tags::tag_key.like(pattern(query)).escape('\\'))
                .select(count(user_tags::tag_key).aggregate_distinct())
                .get_result(connection)?;
            let rows = user_tags::table
                .filter(user_tags::user_id.eq_any(seen().select(crate::schema::users::id)))
                .filter(user_tags::tag_key.like(pattern(query)).escape('\\'))
                .group_by(user_tags::tag_key)
                .order(user_tags::tag_key)
                .offset(query.page.offset())
                .limit(query.page.limit().into())
                .select((min(user_tags::tag), count_star()))
                .load(connection)?;
            Ok(page(query, total, rows))
        })
    }
}
