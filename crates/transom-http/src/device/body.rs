//! Reading a request's body within limits of size, time and memory.
//!
//! The body is read as it is: what says to be compressed is refused, because no Windows client compresses and a small
//! message could unfold into a large one.

use actix_web::{
    HttpRequest,
    error::PayloadError,
    http::header::{CONTENT_ENCODING, CONTENT_LENGTH},
    web::{Bytes, BytesMut, Payload},
};
use futures_util::StreamExt as _;
use std::{sync::Arc, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a body may take from its first byte to its last: 8 MiB over a slow line. actix itself limits the time of
/// the head only, so without this a stranger could hold connections open by sending a byte now and then.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(60);

/// Bodies up to this size need no leave: nearly all messages of a PC are smaller.
pub const SMALL_BODY_BYTES: usize = 64 * 1024;

/// Larger bodies that are held at once: at most 8 MiB each, so that they take 256 MiB and not the machine.
pub const LARGE_BODIES_AT_ONCE: usize = 32;

/// A body, and the leave to be that large.
#[derive(Debug)]
pub(super) struct Body {
    /// The bytes.
    pub(super) bytes: Bytes,
    _leave: Option<OwnedSemaphorePermit>,
}

/// Why there is no body.
#[derive(Debug, thiserror::Error)]
pub(super) enum BodyError {
    #[error("the body has more than the {limit} bytes allowed")]
    TooLarge { limit: usize },
    #[error("the body is compressed")]
    Compressed,
    #[error("the body did not arrive in time")]
    Slow,
    #[error("too many large bodies at once")]
    Busy,
    #[error("the body could not be read")]
    Broken(#[source] PayloadError),
}

/// Reads the body of a request, `limit` bytes at most.
pub(super) async fn read(
    request: &HttpRequest,
    payload: Payload,
    limit: usize,
    large: &Arc<Semaphore>,
) -> Result<Body, BodyError> {
    if request
        .headers()
        .get(CONTENT_ENCODING)
        .is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
    {
        return Err(BodyError::Compressed);
    }
    let announced = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok())
        .and_then(|length| length.parse::<usize>().ok());
    // What is announced as too large is not waited for.
    if announced.is_some_and(|length| length > limit) {
        return Err(BodyError::TooLarge { limit });
    }
    tokio::time::timeout(BODY_TIMEOUT, collect(payload, limit, announced, large))
        .await
        .unwrap_or(Err(BodyError::Slow))
}

async fn collect(
    mut payload: Payload,
    limit: usize,
    announced: Option<usize>,
    large: &Arc<Semaphore>,
) -> Result<Body, BodyError> {
    let Some(first) = payload.next().await else {
        return Ok(Body {
            bytes: Bytes::new(),
            _leave: None,
        });
    };
    let first = first.map_err(BodyError::Broken)?;
    // A body in one piece, as nearly all are, is not copied.
    if announced == Some(first.len()) && first.len() <= SMALL_BODY_BYTES {
        return Ok(Body {
            bytes: first,
            _leave: None,
        });
    }
    let mut bytes = BytesMut::with_capacity(announced.unwrap_or(first.len()).min(SMALL_BODY_BYTES));
    let mut leave = None;
    let mut next = Some(Ok(first));
    while let Some(piece) = next {
        let piece = piece.map_err(BodyError::Broken)?;
        let length = bytes.len() + piece.len();
        if length > limit {
            return Err(BodyError::TooLarge { limit });
        }
        if length > SMALL_BODY_BYTES && leave.is_none() {
            leave = Some(large.clone().try_acquire_owned().map_err(|_| BodyError::Busy)?);
        }
        bytes.extend_from_slice(&piece);
        next = payload.next().await;
    }
    Ok(Body {
        bytes: bytes.freeze(),
        _leave: leave,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]
    use super::*;
    use actix_web::{FromRequest as _, dev, test::TestRequest};
    use futures_util::stream;

    /// Reads a body that arrives in pieces.
    async fn read_pieces(
        pieces: &[usize],
        announced: Option<usize>,
        limit: usize,
        leaves: usize,
    ) -> Result<Body, BodyError> {
        let pieces: Vec<Result<Bytes, PayloadError>> = pieces.iter().map(|size| Ok(vec![b'x'; *size].into())).collect();
        read_stream(stream::iter(pieces), announced, limit, leaves).await
    }

    async fn read_stream(
        body: impl futures_util::Stream<Item = Result<Bytes, PayloadError>> + 'static,
        announced: Option<usize>,
        limit: usize,
        leaves: usize,
    ) -> Result<Body, BodyError> {
        let mut request = TestRequest::default();
        if let Some(length) = announced {
            request = request.insert_header((CONTENT_LENGTH, length));
        }
        let request = request.to_http_request();
        let mut payload: dev::Payload = dev::Payload::Stream {
            payload: Box::pin(body),
        };
        let payload = Payload::from_request(&request, &mut payload).await.unwrap();
        read(&request, payload, limit, &Arc::new(Semaphore::new(leaves))).await
    }

    #[actix_web::test]
    async fn a_body_is_put_together_from_its_pieces() {
        for announced in [None, Some(30)] {
            let body = read_pieces(&[10, 15, 5], announced, 30, 0).await.unwrap();
            assert_eq!(body.bytes.len(), 30);
        }
        assert_eq!(read_pieces(&[], None, 30, 0).await.unwrap().bytes.len(), 0);
    }

    #[actix_web::test]
    async fn a_body_above_the_limit_is_refused_announced_or_not() {
        for (pieces, announced) in [(&[10, 21][..], None), (&[][..], Some(31))] {
            let error = read_pieces(pieces, announced, 30, 0).await.unwrap_err();
            assert!(matches!(error, BodyError::TooLarge { limit: 30 }), "{error}");
        }
    }

    #[actix_web::test]
    async fn a_large_body_needs_leave_and_a_small_one_does_not() {
        let large = [SMALL_BODY_BYTES, 1];
        let all = SMALL_BODY_BYTES + 1;
        assert!(read_pieces(&large[..1], None, all, 0).await.is_ok());
        assert!(matches!(read_pieces(&large, None, all, 0).await, Err(BodyError::Busy)));
        assert!(matches!(
            read_pieces(&[all], Some(all), all, 0).await,
            Err(BodyError::Busy)
        ));
        assert_eq!(read_pieces(&large, None, all, 1).await.unwrap().bytes.len(), all);
    }

    #[actix_web::test]
    async fn a_body_that_never_ends_is_given_up() {
        tokio::time::pause();
        let first = stream::iter([Ok(Bytes::from_static(b"<"))]);
        let error = read_stream(first.chain(stream::pending()), Some(10), 30, 0)
            .await
            .unwrap_err();
        assert!(matches!(error, BodyError::Slow), "{error}");
    }
}
