//! Management sessions (OMA-DM, docs/PROTOCOL.md): one POST, one message in, one message out.
//!
//! What is no SyncML message gets an HTTP status and an empty body: 400 for what cannot be read, 413 for what is too
//! large, 415 for another type. There is no header in it that a SyncML answer could name. Everything else is answered
//! with 200 and SyncML, a refusal too: to Windows any other status is a broken line, and it would not read the reason.

use super::{
    address::Caller,
    body::{self, BodyError},
    call::Shared,
    peer,
    soap::seconds,
};
use actix_web::{
    HttpRequest, HttpResponse,
    error::BlockingError,
    http::{
        StatusCode,
        header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER},
    },
    web::{self, Bytes, Payload},
};
use sha2::{Digest as _, Sha256};
use std::{sync::Arc, time::Duration};
use transom_domain::{Actor, ports::StoreError};
use transom_omadm::{Answer, Incoming, Md5Policy, Peer, Plan, Refusal, exchange, plan};
use transom_syncml::{
    DecodeError, DecodeErrorKind, Limits, MAX_MESSAGE_BYTES,
    content_type::{DM_XML, is_xml},
    decode,
};

/// Bytes of a message from a PC without a certificate, unless a digest alone is enough: its first message has a few
/// thousand, and a stranger needs no more to be told what is missing.
const STRANGERS_MESSAGE_BYTES_MAX: usize = 64 * 1024;

/// Messages of strangers that are worked on at once: a small part of what the store takes, so that they cannot fill its
/// queues and have PCs sent away.
pub const STRANGERS_AT_ONCE: usize = 64;

/// What a PC is told when the store's queue is full: the one status whose `Retry-After` Windows is specified to heed
/// (MS-MDM; builds after 2004).
const BUSY_STATUS: StatusCode = StatusCode::TOO_MANY_REQUESTS;

/// Seconds after which a PC may come again when the server is busy, at least. The queue drains in less.
const BUSY_RETRY_SECONDS: u64 = 15;

/// Seconds over which the PCs that were sent away spread their return: together they would fill the queue again.
const BUSY_SPREAD_SECONDS: u64 = 30;

/// Characters of an id of the PC's choosing that a log line shows; `SessionID` has at most 4 bytes.
const LOGGED_CHARS: usize = 40;

const ROUTE: &str = "POST /ManagementServer/MDM.svc";

/// POST.
pub(super) async fn manage(shared: &web::Data<Shared>, request: &HttpRequest, payload: Payload) -> HttpResponse {
    let settings = &shared.state.settings;
    let caller = Caller::of(request, settings.proxy.as_ref());
    let content_type = request.headers().get(CONTENT_TYPE);
    if !content_type.and_then(|value| value.to_str().ok()).is_some_and(is_xml) {
        return turned_away(
            &caller,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            &"not application/vnd.syncml.dm+xml",
        );
    }
    let peer = Peer {
        fingerprint: peer::certificate(request, &caller, settings.proxy.as_ref()),
    };
    let is_stranger = peer.fingerprint.is_none() && settings.session.md5 != Md5Policy::Alone;
    let limit = if is_stranger {
        STRANGERS_MESSAGE_BYTES_MAX
    } else {
        MAX_MESSAGE_BYTES
    };
    let body = match body::read(request, payload, limit, &shared.large_bodies).await {
        Ok(body) => body,
        Err(BodyError::Busy) => return busy(&caller, 0),
        Err(error) => return turned_away(&caller, status_of_body(&error), &error),
    };
    let incoming = match read(body.bytes.clone()).await {
        Ok(Ok(incoming)) => Arc::new(incoming),
        Ok(Err(error)) => return turned_away(&caller, status_of_message(&error), &error),
        Err(error) => return turned_away(&caller, StatusCode::INTERNAL_SERVER_ERROR, &error),
    };
    let _leave = if is_stranger {
        match shared.strangers.try_acquire() {
            Ok(leave) => Some(leave),
            Err(_) => return busy(&caller, incoming.body_hash[0]),
        }
    } else {
        None
    };
    match answer(shared, &caller, peer, &incoming).await {
        Ok(reply) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, HeaderValue::from_static(DM_XML)))
            .body(reply),
        Err(StoreError::Busy | StoreError::Unavailable(_)) => busy(&caller, incoming.body_hash[0]),
        Err(error) => {
            let header = &incoming.message.header;
            tracing::error!(
                session.id = shown(&header.session_id),
                message.id = header.msg_id,
                address = %caller.address,
                %error,
                "a management session failed"
            );
            HttpResponse::InternalServerError().finish()
        }
    }
}

/// Decodes a body. A large one is decoded beside the worker, which has other PCs to answer.
async fn read(bytes: Bytes) -> Result<Result<Incoming, DecodeError>, BlockingError> {
    let decoded = |bytes: &[u8]| -> Result<Incoming, DecodeError> {
        let message = decode(bytes, &Limits::default())?;
        let body_hash = Sha256::digest(bytes).into();
        Ok(Incoming { message, body_hash })
    };
    if bytes.len() <= body::SMALL_BODY_BYTES {
        return Ok(decoded(&bytes));
    }
    web::block(move || decoded(&bytes)).await
}

/// Answers a message: by a look alone where the PC has nothing to do or is nobody's, else in one unit of work.
async fn answer(
    shared: &web::Data<Shared>,
    caller: &Caller,
    peer: Peer,
    incoming: &Arc<Incoming>,
) -> Result<String, StoreError> {
    let state = &shared.state;
    let now = state.environment.now();
    let (captured, message) = (shared.clone(), incoming.clone());
    let planned = state
        .store
        .read(move |view| plan(view, now, &captured.state.settings.session, &peer, &message))
        .await?;
    let header = &incoming.message.header;
    match planned {
        Plan::Idle { device, reply } => {
            state.last_reports.record(device, now);
            tracing::debug!(
                device.id = %device,
                session.id = shown(&header.session_id),
                message.id = header.msg_id,
                "idle check-in"
            );
            Ok(reply)
        }
        Plan::Answered { reply } => {
            tracing::debug!(
                session.id = shown(&header.session_id),
                message.id = header.msg_id,
                address = %caller.address,
                "answered without a unit of work"
            );
            Ok(reply)
        }
        Plan::Refused { reply, reason } => {
            refused(caller, incoming, reason, None);
            Ok(reply)
        }
        Plan::Work => work(shared, caller, peer, incoming).await,
    }
}

async fn work(
    shared: &web::Data<Shared>,
    caller: &Caller,
    peer: Peer,
    incoming: &Arc<Incoming>,
) -> Result<String, StoreError> {
    // Whose PC it is, the session machine finds out and puts in; until then nobody speaks but the server.
    let (cx, id) = shared.context(Actor::Server("management session"), ROUTE, caller);
    let (captured, message) = (shared.clone(), incoming.clone());
    let answer = shared
        .state
        .store
        .write(&cx, move |tx, cx| {
            exchange(tx, cx, &captured.state.settings.session, &peer, &message)
        })
        .await
        .inspect_err(|error| tracing::warn!(request.id = %id, %error, "a unit of work failed"))?;
    let header = &incoming.message.header;
    match answer {
        Answer::Reply(reply) => {
            tracing::debug!(
                request.id = %id,
                session.id = shown(&header.session_id),
                message.id = header.msg_id,
                device.win_id = shown(&header.source),
                "answered"
            );
            Ok(reply)
        }
        Answer::Refused { reply, reason } => {
            refused(caller, incoming, reason, Some(&id));
            Ok(reply)
        }
    }
}

/// Logs a refusal: with the id of its unit of work, if it needed one.
fn refused(caller: &Caller, incoming: &Incoming, reason: Refusal, id: Option<&str>) {
    let header = &incoming.message.header;
    tracing::info!(
        request.id = id,
        session.id = shown(&header.session_id),
        message.id = header.msg_id,
        device.win_id = shown(&header.source),
        address = %caller.address,
        %reason,
        "refused"
    );
}

/// The store's queue is full. PCs are sent away for different times, spread by `dice`.
fn busy(caller: &Caller, dice: u8) -> HttpResponse {
    let wait = BUSY_RETRY_SECONDS + u64::from(dice) * BUSY_SPREAD_SECONDS / 256;
    tracing::warn!(address = %caller.address, wait, "a PC was sent away: the server is busy");
    HttpResponse::build(BUSY_STATUS)
        .insert_header((RETRY_AFTER, seconds(Duration::from_secs(wait))))
        .finish()
}

/// An answer for what is no message.
fn turned_away(caller: &Caller, status: StatusCode, reason: &dyn std::fmt::Display) -> HttpResponse {
    tracing::info!(address = %caller.address, status = status.as_u16(), %reason, route = ROUTE, "refused");
    HttpResponse::build(status).finish()
}

fn status_of_body(error: &BodyError) -> StatusCode {
    match error {
        BodyError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        BodyError::Compressed => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        BodyError::Slow => StatusCode::REQUEST_TIMEOUT,
        BodyError::Busy => BUSY_STATUS,
        BodyError::Broken(_) => StatusCode::BAD_REQUEST,
    }
}

fn status_of_message(error: &DecodeError) -> StatusCode {
    match error.kind() {
        DecodeErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        DecodeErrorKind::NotSyncMl if matches!(error, DecodeError::Wbxml) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        DecodeErrorKind::NotSyncMl | DecodeErrorKind::Malformed => StatusCode::BAD_REQUEST,
    }
}

/// A text of the PC's choosing for the log: short, and escaped so that it cannot break the line.
fn shown(text: &str) -> tracing::field::DebugValue<&str> {
    let end = text.char_indices().nth(LOGGED_CHARS).map_or(text.len(), |(end, _)| end);
    tracing::field::debug(&text[..end])
}
