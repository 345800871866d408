//! The bare route: it reads the body and answers a constant, behind the same TLS as the device listener.

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::ServerHandle,
    http::header::CONTENT_TYPE,
    web::{self, Bytes, Data},
};
use anyhow::Context as _;
use std::{net::TcpListener, path::Path};
use tokio::task::JoinHandle;
use transom_app::environment::SystemEnvironment;
use transom_domain::Environment as _;
use transom_http::device::{KEEP_ALIVE, MANAGEMENT_PATH};
use transom_pki::{Authority, ClientAuth, server_config, server_identity};
use transom_syncml::content_type::DM_XML;

/// A server with nothing but the bare route.
pub struct Bare {
    /// Where it answers.
    pub url: String,
    sizes: Vec<usize>,
    handle: ServerHandle,
    task: JoinHandle<std::io::Result<()>>,
}

impl Bare {
    /// Starts one that answers a constant of one of `sizes`, with the certificate and the TLS settings of the server
    /// whose data is in `folder`.
    pub async fn start(folder: &Path, sizes: Vec<usize>) -> anyhow::Result<Self> {
        let now = SystemEnvironment.now();
        let authority = Authority::open(&folder.join("pki"), now)?;
        let identity = server_identity(&authority, &folder.join("tls"), &["127.0.0.1"], now)?;
        let tls = server_config(
            &identity,
            ClientAuth::Ask {
                issuers: vec![authority.root_subject()],
            },
        )?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).context("no port for the bare route")?;
        let url = format!("https://{}{MANAGEMENT_PATH}", listener.local_addr()?);
        let constants: Data<Vec<Bytes>> = Data::new(sizes.iter().map(|size| constant(*size).into()).collect());
        let server = HttpServer::new(move || App::new().app_data(constants.clone()).default_service(web::to(answer)))
            .workers(std::thread::available_parallelism().map_or(2, std::num::NonZero::get))
            .keep_alive(KEEP_ALIVE)
            .tcp_nodelay(true)
            .disable_signals()
            .listen_rustls_0_23(listener, tls)?
            .run();
        let handle = server.handle();
        Ok(Self {
            url,
            sizes,
            handle,
            task: tokio::spawn(server),
        })
    }

    /// What it answers to [`Bare::target`] of the same number.
    pub fn expected(&self, number: usize) -> Vec<u8> {
        constant(self.sizes.get(number).copied().unwrap_or_default())
    }

    /// Path and query of its constant of that number, as long as those of a PC.
    pub fn target(number: usize) -> String {
        format!("{MANAGEMENT_PATH}?mode=Maintenance&Platform=Wo{number}")
    }

    /// Stops it.
    pub async fn stop(self) {
        self.handle.stop(true).await;
        // It was asked to end, and how it did is of no interest any more.
        drop(self.task.await);
    }
}

fn constant(size: usize) -> Vec<u8> {
    vec![b'x'; size]
}

async fn answer(request: HttpRequest, constants: Data<Vec<Bytes>>, body: Bytes) -> HttpResponse {
    let number = request
        .query_string()
        .bytes()
        .last()
        .map_or(0, |digit| usize::from(digit.wrapping_sub(b'0')));
    match constants.get(number) {
        Some(constant) if !body.is_empty() => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, DM_XML))
            .body(constant.clone()),
        _ => HttpResponse::NotFound().finish(),
    }
}
