//! The listener of the management API.

use super::{AdminState, app};
use actix_web::{HttpServer, dev::Server, web};
use std::{net::TcpListener, time::Duration};

/// How long a caller may take to send the head of a request: a person's network, never a slow attacker's.
const HEAD_ARRIVES_WITHIN: Duration = Duration::from_secs(10);

/// How long an idle connection is kept for the next request: consoles poll more often.
const IDLE_CONNECTION_KEPT: Duration = Duration::from_secs(75);

/// How the listener works.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// Threads that serve requests.
    pub workers: usize,
    /// Most connections of one worker at once.
    pub connections_per_worker_max: usize,
    /// How long requests under way may take to end when the server stops, in seconds.
    pub shutdown_seconds: u64,
    /// TLS; none: plain HTTP.
    pub tls: Option<rustls::ServerConfig>,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            workers: 2,
            connections_per_worker_max: 10_000,
            shutdown_seconds: 10,
            tls: None,
        }
    }
}

/// Serves the management API on a listener that is bound already. The server runs when it is awaited; it leaves signals to
/// the caller.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve(listener: TcpListener, state: web::Data<AdminState>, options: ServeOptions) -> std::io::Result<Server> {
    let server = HttpServer::new(move || app(state.clone()))
        .workers(options.workers.max(1))
        .max_connections(options.connections_per_worker_max)
        .client_request_timeout(HEAD_ARRIVES_WITHIN)
        .keep_alive(IDLE_CONNECTION_KEPT)
        .shutdown_timeout(options.shutdown_seconds)
        .disable_signals();
    let server = match options.tls {
        Some(tls) => server.listen_rustls_0_23(listener, tls)?,
        None => server.listen(listener)?,
    };
    Ok(server.run())
}
