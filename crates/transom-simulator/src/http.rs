//! HTTP/1.1 over TLS, as much as simulated PCs and the benchmark need: one request at a time on a kept-alive
//! connection, bodies with a length, strict limits.

mod response;
mod url;

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, HandshakeKind};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub use response::Response;
pub use url::{Url, UrlError};

/// How long one request may take: real PCs wait about half a minute (docs/PROTOCOL.md, 17), and a server
/// under a load test may be twice as slow before that is called a failure.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
/// Bytes read at once: a usual answer arrives in one piece.
const READ_BYTES: usize = 16 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The address is none.
    #[error("the address cannot be used")]
    Url(#[from] UrlError),
    /// No connection to the server.
    #[error("no connection to {authority}")]
    Connect {
        /// Host and port.
        authority: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// No TLS with the server.
    #[error("no TLS with {authority}")]
    Tls {
        /// Host and port.
        authority: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The connection broke.
    #[error("the connection broke")]
    Broken(#[source] std::io::Error),
    /// The server closed the connection before its answer was complete.
    #[error("the server closed the connection in the middle of its answer")]
    Closed,
    /// The answer took too long.
    #[error("no answer within {} s", REQUEST_TIMEOUT.as_secs())]
    Timeout,
    /// The answer is no HTTP/1.1, or larger than it may be.
    #[error("the answer is unusable: {0}")]
    Malformed(&'static str),
}

impl HttpError {
    /// A short name of the kind, for counting.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Url(_) => "bad address",
            Self::Connect { .. } => "no connection",
            Self::Tls { .. } => "no TLS",
            Self::Broken(_) => "broken connection",
            Self::Closed => "closed connection",
            Self::Timeout => "timeout",
            Self::Malformed(_) => "malformed answer",
        }
    }
}

/// A connection to one server, made when it is needed and kept afterwards.
pub struct Client {
    url: Url,
    config: Arc<ClientConfig>,
    stream: Option<TlsStream<TcpStream>>,
    buffer: Vec<u8>,
    /// Whether anything of the present answer has arrived.
    answering: bool,
    handshakes: u64,
    resumptions: u64,
    requests: u64,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("authority", &self.url.authority())
            .field("connected", &self.stream.is_some())
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client for the server of an address.
    #[must_use]
    pub const fn new(url: Url, config: Arc<ClientConfig>) -> Self {
        Self {
            url,
            config,
            stream: None,
            buffer: Vec::new(),
            answering: false,
            handshakes: 0,
            resumptions: 0,
            requests: 0,
        }
    }

    /// Another client for the same server with the same settings, not yet connected.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self::new(self.url.clone(), Arc::clone(&self.config))
    }

    /// The address it was made for.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// How many TLS handshakes were made.
    #[must_use]
    pub const fn handshakes(&self) -> u64 {
        self.handshakes
    }

    /// How many of them resumed an earlier TLS session.
    #[must_use]
    pub const fn resumptions(&self) -> u64 {
        self.resumptions
    }

    /// How many requests were sent.
    #[must_use]
    pub const fn requests(&self) -> u64 {
        self.requests
    }

    /// Closes the connection, without a good-bye.
    pub fn disconnect(&mut self) {
        self.stream = None;
        self.buffer.clear();
    }

    /// Sends a request and reads its answer. `headers` come behind `Host`; `Content-Length` is added where there is a
    /// body.
    ///
    /// # Errors
    /// [`HttpError`]; the connection is closed then.
    pub async fn send(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Response, HttpError> {
        let request = self.render(method, target, headers, body);
        self.exchange(&request).await
    }

    /// Sends a request and breaks the connection as soon as the answer begins to arrive: the server has done its part,
    /// and the reply is lost.
    ///
    /// # Errors
    /// If the request cannot even be sent.
    pub async fn send_and_vanish(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<(), HttpError> {
        let request = self.render(method, target, headers, body);
        // On a connection of its own, so that the request surely arrives.
        self.disconnect();
        let result = timely(async {
            self.connect().await?;
            self.write(&request).await?;
            let Some(stream) = &mut self.stream else {
                return Err(HttpError::Closed);
            };
            stream.read_buf(&mut self.buffer).await.map_err(HttpError::Broken)?;
            Ok(())
        })
        .await;
        self.disconnect();
        result
    }

    /// The bytes of a request, for [`Client::exchange`].
    #[must_use]
    pub fn render(&self, method: &str, target: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Vec<u8> {
        let mut head = format!("{method} {target} HTTP/1.1\r\nHost: {}\r\n", self.url.host_header());
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(body) = body {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(body.unwrap_or_default());
        bytes
    }

    /// Sends the bytes of a request and reads the answer.
    ///
    /// A kept connection that the server has closed meanwhile is made anew, once, as long as not a byte of an answer
    /// has come. Servers close idle connections when they like, and they have to recognise a repeated message anyway.
    ///
    /// # Errors
    /// [`HttpError`]; the connection is closed then.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<Response, HttpError> {
        let kept = self.stream.is_some();
        let first = timely(self.exchange_once(request)).await;
        let again = kept && !self.answering && matches!(first, Err(HttpError::Closed | HttpError::Broken(_)));
        let result = if again {
            self.disconnect();
            timely(self.exchange_once(request)).await
        } else {
            first
        };
        match &result {
            Ok(response) if !response.closes() => {}
            _ => self.disconnect(),
        }
        result
    }

    async fn exchange_once(&mut self, request: &[u8]) -> Result<Response, HttpError> {
        self.connect().await?;
        self.buffer.clear();
        self.answering = false;
        self.write(request).await?;
        self.requests += 1;
        let mut parser = response::Parser::default();
        loop {
            if let Some(response) = parser.advance(&mut self.buffer)? {
                return Ok(response);
            }
            let Some(stream) = &mut self.stream else {
                return Err(HttpError::Closed);
            };
            self.buffer.reserve(READ_BYTES);
            let read = stream.read_buf(&mut self.buffer).await.map_err(HttpError::Broken)?;
            if read == 0 {
                return Err(HttpError::Closed);
            }
            self.answering = true;
        }
    }

    /// Makes the connection if there is none.
    ///
    /// # Errors
    /// If the server cannot be reached, or TLS fails.
    pub async fn connect(&mut self) -> Result<(), HttpError> {
        if self.stream.is_some() {
            return Ok(());
        }
        let authority = self.url.authority();
        let tcp = TcpStream::connect((self.url.host(), self.url.port()))
            .await
            .map_err(|source| HttpError::Connect {
                authority: authority.clone(),
                source,
            })?;
        // Requests are written at once; waiting for more would only add milliseconds.
        tcp.set_nodelay(true).map_err(HttpError::Broken)?;
        let name = ServerName::try_from(self.url.host().to_owned()).map_err(|_| HttpError::Url(UrlError))?;
        let stream = TlsConnector::from(Arc::clone(&self.config))
            .connect(name, tcp)
            .await
            .map_err(|source| HttpError::Tls { authority, source })?;
        self.handshakes += 1;
        if stream.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed) {
            self.resumptions += 1;
        }
        self.stream = Some(stream);
        Ok(())
    }

    async fn write(&mut self, request: &[u8]) -> Result<(), HttpError> {
        let Some(stream) = &mut self.stream else {
            return Err(HttpError::Closed);
        };
        stream.write_all(request).await.map_err(HttpError::Broken)?;
        stream.flush().await.map_err(HttpError::Broken)
    }
}

async fn timely<T>(work: impl Future<Output = Result<T, HttpError>>) -> Result<T, HttpError> {
    tokio::time::timeout(REQUEST_TIMEOUT, work)
        .await
        .unwrap_or(Err(HttpError::Timeout))
}
