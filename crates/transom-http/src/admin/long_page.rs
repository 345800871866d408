//! A page whose items may be large: made and sent some at a time, so that a page of 10,000 devices with everything that
//! they reported takes no more memory than a short one.
//!
//! The first items are made before anything is sent: what goes wrong with them is answered as ever. A page that is short
//! is held whole and sent with its length. Of a longer one the rest is made as the caller takes it; what goes wrong then
//! can only break the answer off, which no client takes for its end, because the last chunk is missing.

use super::{
    call::{Call, Caller},
    error::ApiError,
    reply::{Answer, PageView, Reply},
};
use actix_web::web::Bytes;
use futures_util::stream;
use serde::Serialize;
use std::{collections::VecDeque, sync::Arc};
use transom_domain::{page::Page, ports::View};

/// Items made at first, before it is known how large they are. What a PC reported has at most 4 MiB.
const FIRST_ITEMS: usize = 20;

/// Most items made at once: each costs a few rows, whose ids stand in one statement.
const ITEMS_AT_ONCE_MAX: usize = 500;

/// About how many bytes of JSON are made at once. While they are made, they are in memory some five times: as rows, as
/// values, as views, and as text.
const PORTION_BYTES: usize = 1024 * 1024;

/// How the items of a portion are made.
type Show<D, T> = dyn Fn(&mut dyn View, &Caller, Vec<D>) -> Result<Vec<T>, ApiError> + Send + Sync;

/// What is left to be shown of a page.
struct Portions<D, T> {
    call: Call,
    left: VecDeque<D>,
    show: Arc<Show<D, T>>,
    items: usize,
}

impl<D: Clone + Send + 'static, T: Serialize + 'static> Portions<D, T> {
    /// The next items as JSON with commas between them; none, if none is left.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, ApiError> {
        if self.left.is_empty() {
            return Ok(None);
        }
        let items: Vec<D> = self.left.drain(..self.items.min(self.left.len())).collect();
        let (count, show) = (items.len(), self.show.clone());
        let text = self
            .call
            .read(move |view, caller| {
                let mut text = Vec::new();
                for item in show(view, caller, items.clone())? {
                    if !text.is_empty() {
                        text.push(b',');
                    }
                    serde_json::to_writer(&mut text, &item).map_err(ApiError::internal)?;
                }
                Ok(text)
            })
            .await?;
        self.items = (PORTION_BYTES * count / text.len().max(1)).clamp(1, ITEMS_AT_ONCE_MAX);
        Ok(Some(text))
    }
}

/// The answer with a page whose items `show` makes.
///
/// # Errors
/// What goes wrong with its first items.
pub async fn answer<D, T>(
    call: Call,
    page: Page<D>,
    show: impl Fn(&mut dyn View, &Caller, Vec<D>) -> Result<Vec<T>, ApiError> + Send + Sync + 'static,
) -> Answer
where
    D: Clone + Send + 'static,
    T: Serialize + 'static,
{
    let frame = Page {
        items: Vec::<()>::new(),
        total: page.total,
        request: page.request,
    };
    let frame = PageView::new(frame, |item| item);
    let mut portions = Portions {
        call,
        left: page.items.into(),
        show: Arc::new(show),
        items: FIRST_ITEMS,
    };
    let mut first = Vec::new();
    while first.len() < PORTION_BYTES {
        let Some(text) = portions.next().await? else {
            return Reply::page(&frame, first, None);
        };
        if !first.is_empty() {
            first.push(b',');
        }
        first.extend(text);
    }
    let rest = stream::unfold(Some(portions), |portions| async {
        let mut portions = portions?;
        match portions.next().await {
            Ok(None) => None,
            Ok(Some(mut text)) => {
                text.insert(0, b',');
                Some((Ok(Bytes::from(text)), Some(portions)))
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a long answer breaks off");
                Some((Err(error), None))
            }
        }
    });
    Reply::page(&frame, first, Some(Box::pin(rest)))
}
