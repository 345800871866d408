//! A bare client for benchmarks: the bytes of one request, over and over on one kept connection.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConfig;

use crate::http::{Client, HttpError, Url};

/// A kept-alive TLS connection that POSTs bytes and counts.
#[derive(Debug)]
pub struct BenchClient {
    client: Client,
    sent_bytes: u64,
    received_bytes: u64,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BenchReply {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    /// From the first byte sent to the last one received; the handshake too, where one was needed.
    pub elapsed: Duration,
}

impl BenchClient {
    /// A client for an address, with settings of [`client_config`](crate::tls::client_config). Nothing is connected yet.
    ///
    /// # Errors
    /// If the text is no address.
    pub fn new(url: &str, config: Arc<ClientConfig>) -> Result<Self, HttpError> {
        Ok(Self {
            client: Client::new(Url::parse(url)?, config),
            sent_bytes: 0,
            received_bytes: 0,
        })
    }

    /// Connects, so that the first request does not pay for the handshake.
    ///
    /// # Errors
    /// [`HttpError`].
    pub async fn connect(&mut self) -> Result<(), HttpError> {
        self.client.connect().await
    }

    /// Closes the connection: the next request makes a handshake.
    pub fn disconnect(&mut self) {
        self.client.disconnect();
    }

    /// Makes a request's bytes once, to be sent many times.
    #[must_use]
    pub fn request(&self, content_type: &str, body: &[u8]) -> Vec<u8> {
        let target = self.client.url().target().to_owned();
        self.client
            .render("POST", &target, &[("Content-Type", content_type)], Some(body))
    }

    /// Sends bytes made with [`BenchClient::request`].
    ///
    /// # Errors
    /// [`HttpError`]; the connection is closed then.
    pub async fn send(&mut self, request: &[u8]) -> Result<BenchReply, HttpError> {
        let started = Instant::now();
        let response = self.client.exchange(request).await?;
        let elapsed = started.elapsed();
        self.sent_bytes += u64::try_from(request.len()).unwrap_or(0);
        self.received_bytes += u64::try_from(response.body.len()).unwrap_or(0);
        Ok(BenchReply {
            status: response.status,
            body: response.body,
            elapsed,
        })
    }

    /// POSTs a body.
    ///
    /// # Errors
    /// [`HttpError`]; the connection is closed then.
    pub async fn post(&mut self, content_type: &str, body: &[u8]) -> Result<BenchReply, HttpError> {
        let request = self.request(content_type, body);
        self.send(&request).await
    }

    /// Requests that were sent.
    #[must_use]
    pub const fn requests(&self) -> u64 {
        self.client.requests()
    }

    /// TLS handshakes that were made.
    #[must_use]
    pub const fn handshakes(&self) -> u64 {
        self.client.handshakes()
    }

    /// Handshakes that resumed an earlier TLS session.
    #[must_use]
    pub const fn resumptions(&self) -> u64 {
        self.client.resumptions()
    }

    /// Bytes of requests that were answered.
    #[must_use]
    pub const fn sent_bytes(&self) -> u64 {
        self.sent_bytes
    }

    /// Bytes of answers' bodies.
    #[must_use]
    pub const fn received_bytes(&self) -> u64 {
        self.received_bytes
    }
}
