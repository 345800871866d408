//! How many requests of one connection are under way: HTTP/2 has no end of them by itself.

use super::settings::ProxySettings;
use actix_web::{
    HttpRequest, HttpResponse,
    dev::Extensions,
    http::{
        StatusCode,
        header::{HeaderValue, RETRY_AFTER},
    },
};
use std::{cell::Cell, rc::Rc};

/// Requests that one connection may have under way. A PC has one at a time. actix announces no limit of streams (RFC 9113,
/// section 5.1.2), so that without ours one stranger could hold as many bodies in memory as they like, over a single one
/// of the connections that are counted.
pub const REQUESTS_OF_A_CONNECTION_MAX: usize = 16;

/// Of a connection: its requests under way. It stays with the worker that has the connection.
#[derive(Debug, Clone, Default)]
struct UnderWay(Rc<Cell<usize>>);

/// A request's place among those of its connection, until it is answered.
#[derive(Debug)]
pub(super) struct Place(Option<UnderWay>);

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(UnderWay(count)) = &self.0 {
            count.set(count.get().saturating_sub(1));
        }
    }
}

/// Has the requests of a new connection counted.
pub(super) fn count(data: &mut Extensions) {
    data.insert(UnderWay::default());
}

/// Takes a place; none is left where the connection has too many requests under way already. The connection of a
/// configured proxy carries the requests of many PCs and is not held to it.
pub(super) fn enter(request: &HttpRequest, proxy: Option<&ProxySettings>) -> Option<Place> {
    let Some(under_way) = request.conn_data::<UnderWay>() else {
        return Some(Place(None));
    };
    let count = under_way.0.get();
    if count >= REQUESTS_OF_A_CONNECTION_MAX {
        let remote = request.peer_addr().map(|peer| peer.ip());
        let is_proxy = proxy.zip(remote).is_some_and(|(proxy, remote)| proxy.is_at(remote));
        if !is_proxy {
            return None;
        }
    }
    under_way.0.set(count + 1);
    Some(Place(Some(under_way.clone())))
}

/// What a request without a place is told.
pub(super) fn crowded() -> HttpResponse {
    HttpResponse::build(StatusCode::TOO_MANY_REQUESTS)
        .insert_header((RETRY_AFTER, HeaderValue::from_static("1")))
        .finish()
}
