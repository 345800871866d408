//! Which policies a list shows.

use crate::admin::{
    call::Caller,
    error::{ApiError, InvalidCode},
    query::Query,
};
use std::collections::BTreeSet;
use transom_domain::{
    policy::{PolicyQuery, PolicyScope, PolicySort, reach},
    segment::{Segment, SegmentScope},
};

/// The query of the rules for the query of a caller.
pub fn of(query: &Query, caller: &Caller, segments: &[Segment]) -> Result<PolicyQuery, ApiError> {
    let (sort, descending) = query.sort().unwrap_or(("createdAt", true));
    Ok(PolicyQuery {
        organization: caller.organization.id,
        scope: scope(query, caller, segments)?,
        search: query.first("search").map(|s| s.trim().to_owned()),
        sort: match sort {
            "updatedAt" => PolicySort::UpdatedAt,
            "name" => PolicySort::Name,
            "version" => PolicySort::Version,
            _ => PolicySort::CreatedAt,
        },
        descending,
        page: query.page(),
    })
}

/// What the caller sees, narrowed to the segment that is asked for and what it is expanded to.
pub fn scope(query: &Query, caller: &Caller, segments: &[Segment]) -> Result<PolicyScope, ApiError> {
    let visible = PolicyScope::of(&caller.scope, segments);
    let expand = query.first("expandTo");
    let Some(segment) = query.segment("segmentId") else {
        return match expand {
            None => Ok(visible),
            Some(_) => {
                let message = "takes a segmentId beside it";
                Err(ApiError::invalid(InvalidCode::Input, "expandTo", "requires", message))
            }
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
        Some("ancestors") => {
            let above = reach::above(segment, segments);
            SegmentScope::Only(above.chain([segment]).collect())
        }
        _ => SegmentScope::Only(BTreeSet::from([segment])),
    };
    Ok(visible.within(&wanted))
}
