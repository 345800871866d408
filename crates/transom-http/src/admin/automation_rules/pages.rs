//! Pages of lists that are short enough to be sorted in memory: an organization has at most some hundred of each.

use crate::admin::query::Query;
use transom_domain::{Timestamp, page::Page};

/// By what something is found and sorted.
pub struct Listed {
    /// Its name in lower case.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Its id: equal ones are sorted by it, so that pages are stable.
    pub id: String,
}

/// The page of a list that a query wants.
pub fn sorted<T>(query: &Query, list: Vec<T>, listed: impl Fn(&T) -> Listed) -> Page<T> {
    let search = query.first("search").map(|s| s.trim().to_lowercase());
    let mut list: Vec<(Listed, T)> = list.into_iter().map(|item| (listed(&item), item)).collect();
    if let Some(search) = search {
        list.retain(|(listed, _)| listed.name.contains(&search));
    }
    let (sort, descending) = query.sort().unwrap_or(("createdAt", true));
    list.sort_by(|(a, _), (b, _)| {
        let order = match sort {
            "name" => a.name.cmp(&b.name),
            "updatedAt" => a.updated_at.cmp(&b.updated_at),
            _ => a.created_at.cmp(&b.created_at),
        };
        let order = order.then_with(|| a.id.cmp(&b.id));
        if descending { order.reverse() } else { order }
    });
    let request = query.page();
    let first = usize::try_from(request.offset()).unwrap_or(usize::MAX);
    Page {
        total: list.len() as u64,
        items: list
            .into_iter()
            .skip(first)
            .take(request.limit() as usize)
            .map(|(_, item)| item)
            .collect(),
        request,
    }
}
