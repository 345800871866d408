//! The way to one page of devices: batch after batch by id, each device looked at, until the page is full.
//!
//! In the order of ids the way ends with the page. Any other order takes a look at every device that comes into question,
//! of which the first ones are kept: the memory of one page and a batch, whatever the fleet's size.

use super::{
    compile,
    gather::{Gathered, Needs, gather},
    properties::{self, Row},
    shown::Shown,
};
use crate::{
    admin::call::Call,
    graph::{error::GraphError, patience::Patience, skip_token::Position},
};
use std::cmp::Ordering;
use transom_domain::{DetectedAppId, UserId, device::Device, managed_device::DeviceScan};
use transom_odata::{Options, OrderKey, Row as _, Value, limits::TOP_DEFAULT, order};

/// Devices of one batch: few enough that no transaction is long, many enough that questions are few.
const BATCH_DEVICES: u32 = 500;

/// A page that was found.
pub struct Found {
    /// Its devices, in order.
    pub devices: Vec<Device>,
    /// Where the next page begins, if there is one.
    pub next: Option<Position>,
    /// How many there are on all pages, where that was asked for.
    pub count: Option<u64>,
}

/// A device on the way to its place.
struct Candidate {
    keys: Vec<Value<'static>>,
    device: Device,
}

/// What is wanted.
pub struct Wanted<'q> {
    /// Of this user.
    pub user: Option<UserId>,
    /// With this app.
    pub app: Option<DetectedAppId>,
    /// How.
    pub options: &'q Options,
    /// Behind this.
    pub from: Option<Position>,
}

/// Whether an order is that of ids.
fn is_by_id(keys: &[OrderKey]) -> bool {
    keys.first()
        .is_none_or(|key| key.property.name == "id" && !key.descending)
}

/// Finds a page.
pub async fn find(call: &Call, wanted: Wanted<'_>) -> Result<Found, GraphError> {
    let options = wanted.options;
    let top = options.top.unwrap_or(TOP_DEFAULT) as usize;
    // A page that follows another begins where that one ended: what was to be skipped is behind it.
    let skip = if wanted.from.is_some() {
        0
    } else {
        options.skip as usize
    };
    let room = skip + top + 1;
    let looks = options.filter.is_some() || options.search.is_some();
    let by_id = is_by_id(&options.order);
    let counts = options.count && wanted.from.is_none();
    let from_id = wanted.from.as_ref().map(Position::device).transpose()?;
    let mut scan = DeviceScan {
        organization: call.caller.organization.id,
        scope: call.caller.scope.clone(),
        user: wanted.user,
        app: wanted.app,
        condition: compile::condition(options.filter.as_ref(), options.search.as_ref()),
        after: from_id.filter(|_| by_id),
        limit: BATCH_DEVICES,
    };
    let mut count = None;
    if counts && !looks {
        let all = scan.clone();
        count = Some(call.read(move |view, _| Ok(view.scanned_devices(&all)?)).await?);
    }
    let counts = counts && looks;
    let needs = needs(options, by_id);
    let mut kept: Vec<Candidate> = Vec::new();
    let mut chosen = 0u64;
    let mut patience = Patience::of(call);
    loop {
        if by_id && !looks {
            let missing = u32::try_from(room.saturating_sub(kept.len())).unwrap_or(u32::MAX);
            scan.limit = missing.clamp(1, 2 * BATCH_DEVICES);
        }
        let (limit, batch) = (scan.limit as usize, batch(call, scan.clone(), needs).await?);
        let is_last = batch.len() < limit;
        scan.after = batch.last().map(|g| g.device.id).or(scan.after);
        for gathered in batch {
            patience.look().await?;
            let shown = Shown(&gathered);
            let fits = options.filter.as_ref().is_none_or(|f| f.accepts(&shown))
                && options.search.as_ref().is_none_or(|s| s.accepts(&shown));
            if !fits {
                continue;
            }
            chosen += 1;
            let keys = if by_id {
                Vec::new()
            } else {
                keys_of(&options.order, &shown)
            };
            let candidate = Candidate {
                keys,
                device: gathered.device,
            };
            let is_behind = by_id
                || wanted.from.as_ref().zip(from_id).is_none_or(|(from, id)| {
                    let place = (&candidate.keys[..], candidate.device.id);
                    place_order(&options.order, place, (&from.keys, id)).is_gt()
                });
            if is_behind && !(by_id && kept.len() == room) {
                kept.push(candidate);
            }
        }
        if !by_id && (is_last || kept.len() >= room * 2 + BATCH_DEVICES as usize) {
            kept.sort_by(|a, b| place_order(&options.order, (&a.keys, a.device.id), (&b.keys, b.device.id)));
            kept.truncate(room);
        }
        if is_last || (by_id && kept.len() >= room && !counts) {
            break;
        }
    }
    if counts {
        count = Some(chosen);
    }
    let mut page: Vec<Candidate> = kept.drain(..).skip(skip).collect();
    let has_more = page.len() > top;
    page.truncate(top);
    let next = page.last().filter(|_| has_more).map(|last| Position {
        keys: last.keys.clone(),
        id: last.device.id.to_string(),
    });
    let devices = page.into_iter().map(|c| c.device).collect();
    Ok(Found { devices, next, count })
}

/// How many devices a query means.
pub async fn count(
    call: &Call,
    user: Option<UserId>,
    app: Option<DetectedAppId>,
    options: &Options,
) -> Result<u64, GraphError> {
    let counted = Options {
        count: true,
        top: Some(1),
        skip: 0,
        order: Vec::new(),
        ..options.clone()
    };
    let wanted = Wanted {
        user,
        app,
        options: &counted,
        from: None,
    };
    Ok(find(call, wanted).await?.count.unwrap_or_default())
}

async fn batch(call: &Call, scan: DeviceScan, needs: Needs) -> Result<Vec<Gathered>, GraphError> {
    let found = call.read(move |view, _| {
        let devices = view.device_scan(&scan)?;
        Ok(gather(view, scan.organization, devices, needs)?)
    });
    Ok(found.await?)
}

/// What it takes to decide and to order.
fn needs(options: &Options, by_id: bool) -> Needs {
    let mut names: Vec<&'static str> = Vec::new();
    if let Some(filter) = &options.filter {
        filter.each_name(&mut |name| names.push(name));
    }
    names.extend(options.search.as_ref().map(|s| s.property.name));
    if !by_id {
        names.extend(options.order.iter().map(|key| key.property.name));
    }
    let rows: Vec<&'static Row> = names.into_iter().filter_map(properties::row).collect();
    Needs::of(rows)
}

fn keys_of(order: &[OrderKey], shown: &Shown<'_>) -> Vec<Value<'static>> {
    let owned = |value: Value<'_>| match value {
        Value::Text(text) => Value::Text(text.into_owned().into()),
        Value::Guid(guid) => Value::Guid(guid.into_owned().into()),
        Value::Null => Value::Null,
        Value::Boolean(truth) => Value::Boolean(truth),
        Value::Number(number) => Value::Number(number),
        Value::Moment(ticks) => Value::Moment(ticks),
    };
    order.iter().map(|key| owned(shown.value(key.property))).collect()
}

/// Which of two places comes first; equal ones by id.
fn place_order<I: Ord>(order: &[OrderKey], one: (&[Value<'_>], I), other: (&[Value<'_>], I)) -> Ordering {
    order::compare(order, one.0, other.0).then_with(|| one.1.cmp(&other.1))
}
