//! Tags in use (B.7), of devices and of users, and versions of operating systems, with how many carry each.

use super::{
    call::{Call, Caller},
    error::ApiError,
    query::Query,
    reply::{Answer, PageView, Reply},
};
use serde::Serialize;
use transom_domain::{ports::TagQuery, tag::TagCount};
use utoipa::ToSchema;

/// A tag in use.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TagCount)]
pub struct TagCountView {
    /// In one of its spellings: case does not tell tags apart.
    #[schema(max_length = 128)]
    tag: String,
    /// How many carry it, of those that the caller sees.
    #[schema(minimum = 1)]
    count: u64,
}

impl TagCountView {
    fn new(tag: TagCount) -> Self {
        Self {
            tag: tag.tag,
            count: tag.count,
        }
    }
}

/// A version of the operating system.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OsVersionCount)]
pub struct OsVersionCountView {
    /// As PCs report it.
    #[schema(max_length = 128, example = "10.0.26100.4061")]
    os_version: String,
    /// How many devices have it, of those that the caller sees.
    #[schema(minimum = 1)]
    count: u64,
}

fn wanted(query: &Query, caller: &Caller) -> TagQuery {
    TagQuery {
        organization: caller.organization.id,
        scope: caller.scope.clone(),
        search: query.first("search").map(|s| s.trim().to_owned()),
        page: query.page(),
    }
}

/// `GET M/devices/tags`
pub async fn of_devices(call: Call) -> Answer {
    let query = call.query()?;
    let page = call
        .read(move |view, caller| Ok::<_, ApiError>(view.device_tags(&wanted(&query, caller))?))
        .await?;
    Reply::data(&PageView::new(page, TagCountView::new))
}

/// `GET M/devices/os-versions`
pub async fn os_versions(call: Call) -> Answer {
    let query = call.query()?;
    let page = call
        .read(move |view, caller| Ok::<_, ApiError>(view.os_versions(&wanted(&query, caller))?))
        .await?;
    Reply::data(&PageView::new(page, |version: TagCount| OsVersionCountView {
        os_version: version.tag,
        count: version.count,
    }))
}

/// `GET M/users/tags`
pub async fn of_users(call: Call) -> Answer {
    let query = call.query()?;
    let page = call
        .read(move |view, caller| Ok::<_, ApiError>(view.user_tags(&wanted(&query, caller))?))
        .await?;
    Reply::data(&PageView::new(page, TagCountView::new))
}
