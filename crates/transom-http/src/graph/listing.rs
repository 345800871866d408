//! Lists of small things: gone through by id in batches, each thing looked at, until the page is full. What a query asks
//! for is decided on what is shown. Devices have a way of their own, which reads as little as it can.

use super::{
    devices::typed,
    endpoint::GraphCall,
    error::GraphError,
    patience::Patience,
    reply::GraphReply,
    skip_token::{PagingKey, Position},
};
use serde_json::{Map, Value as Json, json};
use std::cmp::Ordering;
use transom_odata::{
    Accepts, Collection, Options, Property, Row, Schema, Value, limits::TOP_DEFAULT, order, value::Item,
};

/// Things of one batch: as many as devices; see there.
pub const BATCH: u32 = 500;

/// A thing, as it is shown.
pub struct Entry(pub Map<String, Json>);

/// Things that come next.
pub struct Batch {
    /// By id.
    pub entries: Vec<Entry>,
    /// Behind which id the next batch begins; none, if there is no further one.
    pub after: Option<String>,
}

/// What is listed.
pub struct Set {
    /// Its path below a version's root.
    pub name: String,
    /// What may be asked.
    pub schema: &'static Schema,
}

impl Entry {
    /// The id.
    fn id(&self) -> &str {
        self.0.get("id").and_then(Json::as_str).unwrap_or_default()
    }

    /// What of it is selected.
    pub fn selected(mut self, options: &Options) -> Json {
        if let Some(select) = &options.select {
            let is_expanded = |name: &str| options.expand.contains(&name);
            let is_wanted = |name: &str| select.iter().any(|p| p.name == name);
            self.0
                .retain(|name, _| name == "id" || name.starts_with('@') || is_wanted(name) || is_expanded(name));
        }
        Json::Object(self.0)
    }
}

impl Row for Entry {
    fn value(&self, property: &'static Property) -> Value<'_> {
        typed(property.kind, self.0.get(property.name).cloned().unwrap_or_default())
    }

    fn items(&self, _: &'static Collection) -> Vec<Item<'_>> {
        Vec::new()
    }
}

/// A page that was found.
struct Found {
    entries: Vec<Entry>,
    next: Option<Position>,
    count: Option<u64>,
}

fn keys(entry: &Entry, options: &Options) -> Vec<Value<'static>> {
    let owned = |key: &transom_odata::OrderKey| {
        typed(
            key.property.kind,
            entry.0.get(key.property.name).cloned().unwrap_or_default(),
        )
    };
    options.order.iter().map(owned).collect()
}

fn place(options: &Options, one: (&[Value<'_>], &str), other: (&[Value<'_>], &str)) -> Ordering {
    order::compare(&options.order, one.0, other.0).then_with(|| one.1.cmp(other.1))
}

fn fits(entry: &Entry, options: &Options) -> bool {
    options.filter.as_ref().is_none_or(|f| f.accepts(entry)) && options.search.as_ref().is_none_or(|s| s.accepts(entry))
}

/// Finds a page. No more than a page and a batch is in memory.
async fn find(
    call: &GraphCall,
    options: &Options,
    from: Option<Position>,
    mut fetch: impl AsyncFnMut(Option<String>, u32) -> Result<Batch, GraphError>,
) -> Result<Found, GraphError> {
    let top = options.top.unwrap_or(TOP_DEFAULT) as usize;
    let skip = if from.is_some() { 0 } else { options.skip as usize };
    let room = skip + top + 1;
    let by_id = options
        .order
        .first()
        .is_none_or(|key| key.property.name == "id" && !key.descending);
    let looks = options.filter.is_some() || options.search.is_some();
    let counts = options.count && from.is_none();
    let mut after = from.as_ref().filter(|_| by_id).map(|from| from.id.clone());
    let mut kept: Vec<(Vec<Value<'static>>, Entry)> = Vec::new();
    let mut chosen = 0u64;
    let mut patience = Patience::of(&call.call);
    loop {
        let missing = u32::try_from(room.saturating_sub(kept.len())).unwrap_or(u32::MAX);
        let limit = if by_id && !looks && !counts {
            missing.clamp(1, BATCH)
        } else {
            BATCH
        };
        let batch = fetch(after.take(), limit).await?;
        after = batch.after;
        for entry in batch.entries {
            patience.look().await?;
            if !fits(&entry, options) {
                continue;
            }
            chosen += 1;
            let keys = if by_id { Vec::new() } else { keys(&entry, options) };
            let is_behind = by_id
                || from
                    .as_ref()
                    .is_none_or(|from| place(options, (&keys, entry.id()), (&from.keys, &from.id)).is_gt());
            if is_behind && !(by_id && kept.len() == room) {
                kept.push((keys, entry));
            }
        }
        if !by_id && (after.is_none() || kept.len() >= room * 2 + BATCH as usize) {
            kept.sort_by(|a, b| place(options, (&a.0, a.1.id()), (&b.0, b.1.id())));
            kept.truncate(room);
        }
        if after.is_none() || (by_id && kept.len() >= room && !counts) {
            break;
        }
    }
    let mut page: Vec<(Vec<Value<'static>>, Entry)> = kept.into_iter().skip(skip).collect();
    let has_more = page.len() > top;
    page.truncate(top);
    let next = page.last().filter(|_| has_more).map(|(keys, last)| Position {
        keys: keys.clone(),
        id: last.id().to_owned(),
    });
    Ok(Found {
        entries: page.into_iter().map(|(_, entry)| entry).collect(),
        next,
        count: counts.then_some(chosen),
    })
}

/// Answers one page of a set.
pub async fn list(
    call: &GraphCall,
    set: Set,
    fetch: impl AsyncFnMut(Option<String>, u32) -> Result<Batch, GraphError>,
) -> Result<GraphReply, GraphError> {
    let options = Options::parse(call.call.raw_query(), set.schema, Accepts::Collection)?;
    let asked = asked(call, &set, &options);
    let key = PagingKey::of(&call.call.state, &call.call.context).await?;
    let from = options
        .skip_token
        .as_deref()
        .map(|token| key.open(&asked, token))
        .transpose()?;
    let found = find(call, &options, from, fetch).await?;
    let mut answer = Map::new();
    let context = format!("{}/$metadata#{}", call.root(), set.name);
    answer.insert("@odata.context".to_owned(), json!(context));
    if let Some(count) = found.count {
        answer.insert("@odata.count".to_owned(), json!(count));
    }
    if let Some(next) = found.next {
        let token = key.sign(&asked, &next)?;
        answer.insert("@odata.nextLink".to_owned(), json!(call.next_link(&token)));
    }
    let shown = found.entries.into_iter().map(|entry| entry.selected(&options));
    answer.insert("value".to_owned(), shown.collect());
    Ok(GraphReply::Json(Json::Object(answer)))
}

/// Answers how many things of a set a query means.
pub async fn count(
    call: &GraphCall,
    set: Set,
    fetch: impl AsyncFnMut(Option<String>, u32) -> Result<Batch, GraphError>,
) -> Result<GraphReply, GraphError> {
    let mut options = Options::parse(call.call.raw_query(), set.schema, Accepts::Count)?;
    (options.count, options.top) = (true, Some(1));
    let found = find(call, &options, None, fetch).await?;
    Ok(GraphReply::Text(found.count.unwrap_or_default().to_string()))
}

/// Answers one thing of a set.
pub fn entity(call: &GraphCall, set: &Set, entry: Entry) -> Result<GraphReply, GraphError> {
    let options = Options::parse(call.call.raw_query(), set.schema, Accepts::Single)?;
    let mut answer = entry.selected(&options);
    answer["@odata.context"] = json!(format!("{}/$metadata#{}/$entity", call.root(), set.name));
    Ok(GraphReply::Json(answer))
}

/// What decides which things come in which order: a token holds for the same only.
fn asked(call: &GraphCall, set: &Set, options: &Options) -> String {
    let filter = options.filter.as_ref().map(ToString::to_string).unwrap_or_default();
    let search = options
        .search
        .as_ref()
        .map(|s| format!("{}:{}", s.property.name, s.text))
        .unwrap_or_default();
    let order: Vec<String> = options.order.iter().map(ToString::to_string).collect();
    let organization = call.call.caller.organization.id.to_string();
    [
        &organization,
        call.version.as_str(),
        &set.name,
        &filter,
        &search,
        &order.join(","),
    ]
    .join("\n")
}
