//! The device listener as an HTTP server.

use super::{DeviceState, call::Shared, peer, routes, streams};
use actix_web::{
    App, HttpServer,
    dev::Server,
    web::{self, ServiceConfig},
};
use std::{io, net::TcpListener, time::Duration};

/// How long a PC may take for the head of its request and for the TLS handshake; actix cuts whoever drips. The body has
/// its own limit, [`super::BODY_TIMEOUT`].
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a connection without a request stays open. The messages of a session follow each other within seconds, and
/// a PC comes back after an hour at the earliest: longer would only keep dead connections.
pub const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// How long a PC may take to end a connection in good order.
pub const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Connections of one worker. A connection with TLS takes some 40 KiB, so that two workers stay below a gigabyte;
/// further ones wait in the backlog.
pub const CONNECTIONS_PER_WORKER: usize = 10_000;

/// TLS handshakes of one worker at once. A handshake is a few milliseconds of computing; more at once would only make
/// each of them run into its timeout when a fleet comes back after an outage.
pub const HANDSHAKES_PER_WORKER: usize = 256;

/// Seconds that requests in progress get when the server stops: longer than any unit of work takes.
pub const SHUTDOWN_SECONDS: u64 = 15;

/// The device routes, for one server or for one test.
#[derive(Clone)]
pub struct DeviceRoutes(web::Data<Shared>);

impl DeviceRoutes {
    /// Routes over that state. Clones share their counters.
    #[must_use]
    pub fn new(state: DeviceState) -> Self {
        Self(web::Data::new(Shared::new(state)))
    }

    /// Puts the routes into an actix app, which must have no others: whatever it does not know is 404 with an empty
    /// body.
    pub fn configure(&self, config: &mut ServiceConfig) {
        config
            .app_data(self.0.clone())
            .default_service(web::to(routes::dispatch));
    }
}

/// Makes a server on a listener that is open already. It runs when it is polled, and stops by its handle; signals are
/// the caller's affair.
///
/// With `tls`, client certificates must be asked for, not demanded, and possession of their keys proven (decision 18).
/// Without it, the listener is for a proxy: plain HTTP.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve(
    listener: TcpListener,
    tls: Option<rustls::ServerConfig>,
    state: DeviceState,
    workers: usize,
) -> io::Result<Server> {
    let routes = DeviceRoutes::new(state);
    let server = HttpServer::new(move || {
        let routes = routes.clone();
        App::new().configure(move |config| routes.configure(config))
    })
    .workers(workers)
    .on_connect(|connection, data| {
        peer::remember(connection, data);
        streams::count(data);
    })
    // An answer is written at once, and must not wait for the PC to acknowledge the TLS ticket before it: that takes the
    // PC up to 40 ms, on every connection.
    .tcp_nodelay(true)
    .client_request_timeout(HEAD_TIMEOUT)
    .tls_handshake_timeout(HEAD_TIMEOUT)
    .client_disconnect_timeout(DISCONNECT_TIMEOUT)
    .keep_alive(KEEP_ALIVE)
    .max_connections(CONNECTIONS_PER_WORKER)
    .max_connection_rate(HANDSHAKES_PER_WORKER)
    .shutdown_timeout(SHUTDOWN_SECONDS)
    .disable_signals();
    let server = match tls {
        Some(config) => server.listen_rustls_0_23(listener, config)?,
        None => server.listen(listener)?,
    };
    Ok(server.run())
}
