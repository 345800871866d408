//! Which devices a list shows.

use crate::admin::error::InvalidCode;
use crate::admin::{call::Caller, error::ApiError, query::Query};
use std::collections::BTreeSet;
use transom_domain::{
    EnrollmentTemplateId, PolicyId,
    device::{DeviceQuery, DeviceSort, DeviceState},
    enrollment_template::placement::PlacementState,
    segment::{SEGMENT_DEPTH_MAX, Segment, SegmentId, SegmentScope},
};

/// The query of the rules for the query of a caller.
pub fn of(query: &Query, caller: &Caller, segments: &[Segment]) -> Result<DeviceQuery, ApiError> {
    let (sort, descending) = query.sort().unwrap_or(("createdAt", true));
    Ok(DeviceQuery {
        organization: caller.organization.id,
        scope: scope(query, caller, segments)?,
        show_deleted: query.flag("show-deleted"),
        states: query.all("state").filter_map(DeviceState::from_name).collect(),
        tags: query.all("tags").map(|t| t.trim().to_owned()).collect(),
        user: query.user("mdm-user").or_else(|| query.user("mdmUserId")),
        policy: query
            .first("winPolicyId")
            .or_else(|| query.first("policyId"))
            .and_then(|id| PolicyId::parse(id).ok()),
        template: query
            .first("winEnrollmentTemplateId")
            .and_then(|id| EnrollmentTemplateId::parse(id).ok()),
        placement: query.first("enrollmentState").and_then(PlacementState::from_name),
        serial_number: query.first("serialNumber").map(|s| s.trim().to_owned()),
        imei: query.first("imei").map(|s| s.trim().to_owned()),
        name: query.first("name").map(|s| s.trim().to_owned()),
        os_version: query.first("osVersion").map(|s| s.trim().to_owned()),
        search: query.first("search").map(|s| s.trim().to_owned()),
        sort: sort_of(sort),
        descending,
        page: query.page(),
    })
}

/// The field of that name; the query has checked that it is one of `DEVICE_SORTS`.
fn sort_of(name: &str) -> DeviceSort {
    match name {
        "updatedAt" => DeviceSort::UpdatedAt,
        "enrolledDate" => DeviceSort::EnrolledAt,
        "lastStatusReportTime" => DeviceSort::LastStatusReport,
        "displayName" => DeviceSort::DisplayName,
        "summary.name" => DeviceSort::ComputerName,
        "summary.serialNumber" => DeviceSort::SerialNumber,
        "summary.osVersion" => DeviceSort::OsVersion,
        "state" => DeviceSort::State,
        _ => DeviceSort::CreatedAt,
    }
}

/// The caller's segments, narrowed to the one that is asked for and what it is expanded to.
fn scope(query: &Query, caller: &Caller, segments: &[Segment]) -> Result<SegmentScope, ApiError> {
    // Every record is a device here: enrolments that have not come to one are not records of their own.
    if query.first("subType") == Some("enrollment") {
        return Ok(SegmentScope::nothing());
    }
    narrowed(query, caller, segments, InvalidCode::Data)
}

/// The caller's segments, narrowed to the one that `segmentId` asks for and what `expandTo` expands it to.
pub fn narrowed(
    query: &Query,
    caller: &Caller,
    segments: &[Segment],
    code: InvalidCode,
) -> Result<SegmentScope, ApiError> {
    let expand = query.first("expandTo");
    let Some(segment) = query.segment("segmentId") else {
        return match expand {
            None => Ok(caller.scope.clone()),
            Some(_) => Err(ApiError::invalid(
                code,
                "expandTo",
                "requires",
                "takes a segmentId beside it",
            )),
        };
    };
    if !caller.scope.contains(segment) || !segments.iter().any(|s| s.id == segment) {
        return Err(ApiError::UnknownReference {
            path: "segmentId".to_owned(),
            id: segment.to_string(),
        });
    }
    let wanted = match expand {
        Some("children") => SegmentScope::below(&[segment], segments),
        Some("ancestors") => SegmentScope::Only(upwards(segment, segments).collect()),
        _ => SegmentScope::Only(BTreeSet::from([segment])),
    };
    Ok(wanted.intersection(&caller.scope))
}

/// A segment and everything above it, from the bottom up.
pub fn upwards(segment: SegmentId, segments: &[Segment]) -> impl Iterator<Item = SegmentId> {
    let parent = move |id: &SegmentId| segments.iter().find(|s| s.id == *id).and_then(|s| s.parent);
    std::iter::successors(Some(segment), parent).take(SEGMENT_DEPTH_MAX + 1)
}
