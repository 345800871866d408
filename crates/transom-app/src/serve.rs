//! The server: store, certificate authority, two listeners, background jobs; started, and stopped in good order.

use crate::{
    advice,
    environment::SystemEnvironment,
    first_start,
    jobs::Jobs,
    passwords::Argon2Passwords,
    settings::{Md5, Settings, TlsFiles, host_of},
    storage,
};
use actix_web::{dev::ServerHandle, web::Data};
use anyhow::Context as _;
use std::{
    fs::File,
    net::{SocketAddr, TcpListener},
    sync::Arc,
};
use tokio::{sync::watch, task::JoinHandle};
use transom_domain::{
    Environment,
    organization::Organization,
    ports::{AssetFiles, Store},
    secret::Secret,
};
use transom_http::{
    admin::{self, AdminSettings, AdminState, FileSettings, ServeOptions, throttle::Rate},
    device::{self, DeviceSettings, DeviceState, LastReports, MANAGEMENT_PATH},
};
use transom_mde::provisioning::{Poll, Retries};
use transom_omadm::{Md5Policy, NonceKey, SessionSettings};
use transom_pki::{Authority, ClientAuth, TlsIdentity, server_config, server_identity};
use transom_storage::{AssetFolder, DatabaseStore};

/// `SyncApplicationVersion` where it stands in the provisioning document: failures come with their HRESULT from 3.0 on.
const SYNC_APPLICATION_VERSION: &str = "5.0";

/// A server that accepts connections.
pub struct Server {
    /// Where the management API answers: scheme, host and port.
    pub admin_url: String,
    /// Where PCs reach it: the URL that they are given.
    pub device_url: String,
    /// The organization `default`.
    pub organization: Organization,
    /// The first administrator's token, if this start made it.
    pub first_token: Option<Secret>,
    /// The store, for whoever started the server in the same process.
    pub store: Arc<DatabaseStore>,
    admin_state: Data<AdminState>,
    jobs: Jobs,
    handles: Vec<ServerHandle>,
    tasks: Vec<JoinHandle<()>>,
    stop: watch::Sender<bool>,
    /// The lock of the data folder, held for as long as the server is there.
    _data_dir: File,
}

/// Starts a server. When this returns, both listeners accept connections.
///
/// # Errors
/// A sentence that says what is missing or wrong.
pub async fn start(settings: &Settings) -> anyhow::Result<Server> {
    let environment: Arc<dyn Environment> = Arc::new(SystemEnvironment);
    let data_dir = first_start::open_data_dir(&settings.data_dir)?;
    warn(advice::of_settings(settings));
    let database = storage::open(settings).await?;
    let store: Arc<dyn Store> = database.clone();
    let authority = Arc::new(Authority::open(&settings.data_dir.join("pki"), environment.now())?);
    let (organization, first_token) =
        first_start::default_organization(&*store, &*environment, &settings.data_dir).await?;

    let (admin_listener, admin_address) = listen("admin.listen", settings.admin.listen)?;
    let (device_listener, device_address) = listen("device.listen", settings.device.listen)?;
    let public_url = settings.public_url(device_address);
    let admin_tls = admin_tls(&settings.admin.tls, &*environment)?;
    let device_tls = device_tls(settings, &authority, &public_url, &*environment)?;

    let admin_url = format!(
        "{}://{admin_address}",
        if admin_tls.is_some() { "https" } else { "http" }
    );
    let last_reports = LastReports::default();
    let folder = &settings.assets.folder;
    let files: Arc<dyn AssetFiles> = Arc::new(
        AssetFolder::open(folder).with_context(|| format!("assets.folder: {} cannot be used", folder.display()))?,
    );
    let admin_state = AdminState::new(store.clone(), environment.clone(), admin_settings(settings));
    let admin_state = admin_state.with_files(files.clone()).reached_by_devices_at(&public_url);
    let admin_state = Data::new(admin_state.reached_at(&settings.admin_url(&admin_url)));
    let options = ServeOptions {
        workers: workers(),
        tls: admin_tls,
        ..ServeOptions::default()
    };
    let admin = admin::serve(admin_listener, admin_state.clone(), options)?;
    let device = device::serve(
        device_listener,
        device_tls,
        DeviceState {
            store: store.clone(),
            environment: environment.clone(),
            authority,
            passwords: Arc::new(Argon2Passwords::new()?),
            settings: device_settings(settings, &public_url, &*environment)?,
            last_reports: last_reports.clone(),
        },
        workers(),
    )?;

    let (stop, stopped) = watch::channel(false);
    let jobs = Jobs {
        store: store.clone(),
        environment,
        last_reports,
        token_uses: admin_state.token_uses.clone(),
        rules_waken: admin_state.rules_waken.clone(),
        rule_differences: Arc::default(),
        files,
    };
    let mut tasks = jobs.start(&stopped);
    let handles = vec![admin.handle(), device.handle()];
    for server in [admin, device] {
        tasks.push(tokio::spawn(async move {
            if let Err(error) = server.await {
                tracing::error!(%error, "a listener failed");
            }
        }));
    }
    tracing::info!(
        admin = admin_url,
        device = public_url,
        database = database.kind(),
        "ready"
    );
    Ok(Server {
        admin_url,
        device_url: public_url,
        organization,
        first_token,
        store: database,
        admin_state,
        jobs,
        handles,
        tasks,
        stop,
        _data_dir: data_dir,
    })
}

fn warn(advice: Option<String>) {
    if let Some(advice) = advice {
        tracing::warn!("{advice}");
    }
}

impl Server {
    /// Stops in good order: what is being answered is answered, what is in memory is written.
    pub async fn stop(self) {
        self.admin_state.set_ready(false);
        for handle in &self.handles {
            handle.stop(true).await;
        }
        let _ = self.stop.send(true);
        for task in self.tasks {
            let _ = task.await;
        }
        self.jobs.flush().await;
    }
}

/// `transom serve`: runs until the process is asked to end.
///
/// # Errors
/// When the server cannot start.
pub async fn until_stopped(settings: Settings, json: bool) -> anyhow::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let server = start(&settings).await?;
    if json {
        let line = serde_json::json!({
            "admin": server.admin_url,
            "device": server.device_url,
            "organizationId": server.organization.id.to_string(),
        });
        println!("{line}");
    } else {
        println!("{}", welcome(&settings, &server));
    }
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping");
    server.stop().await;
    Ok(())
}

/// What a person reads once the server is up.
fn welcome(settings: &Settings, server: &Server) -> String {
    let token_file = first_start::token_file(&settings.data_dir);
    let token_file = token_file.display();
    let token = match &server.first_token {
        Some(token) => format!(
            "The administrator's token, printed this once and kept in {token_file}:\n  {}\n\n",
            token.reveal()
        ),
        None => String::new(),
    };
    let root = settings.data_dir.join("tls/root.pem");
    format!(
        "Transom is ready.\n  management API   {admin}\n  PCs reach it at  {device}\n\n{token}Three commands to try next, in \
         another terminal:\n  transom simulate --devices 3\n  curl -s -H \"Authorization: Bearer $(cat {token_file})\" \
         {admin}/v1/organizations/default/mdm/windows/enterprise/devices\n  transom enrollment-token create --uses 1\n\
         (`transom` is target/debug/transom after `make run`; PCs must trust {root}.)",
        admin = server.admin_url,
        device = server.device_url,
        root = root.display(),
    )
}

fn listen(key: &str, address: SocketAddr) -> anyhow::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address).with_context(|| format!("{key}: cannot listen on {address}"))?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Threads for each listener: as many as the machine has cores.
fn workers() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}

fn admin_tls(files: &TlsFiles, environment: &dyn Environment) -> anyhow::Result<Option<rustls::ServerConfig>> {
    let Some(identity) = configured("admin.tls", files, environment)? else {
        return Ok(None);
    };
    Ok(Some(server_config(&identity, ClientAuth::None)?))
}

/// The certificate that somebody set, if somebody did.
fn configured(key: &str, files: &TlsFiles, environment: &dyn Environment) -> anyhow::Result<Option<TlsIdentity>> {
    let Some((certificate, private)) = files.files() else {
        return Ok(None);
    };
    let identity = TlsIdentity::from_files(certificate, private).with_context(|| format!("{key} cannot be used"))?;
    warn(advice::of_certificate(key, &identity, environment.now()));
    Ok(Some(identity))
}

fn device_tls(
    settings: &Settings,
    authority: &Authority,
    public_url: &str,
    environment: &dyn Environment,
) -> anyhow::Result<Option<rustls::ServerConfig>> {
    if settings.device.plain_http {
        return Ok(None);
    }
    let identity = match configured("device.tls", &settings.device.tls, environment)? {
        Some(identity) => identity,
        None => {
            let host = host_of(public_url).context("device.public_url names no host")?;
            server_identity(authority, &settings.data_dir.join("tls"), &[host], environment.now())?
        }
    };
    let client_auth = ClientAuth::Ask {
        issuers: vec![authority.root_subject()],
    };
    Ok(Some(server_config(&identity, client_auth)?))
}

fn admin_settings(settings: &Settings) -> AdminSettings {
    AdminSettings {
        requests: Rate::new(settings.admin.rate_per_second, settings.admin.rate_burst),
        files: FileSettings {
            asset_bytes_max: settings.assets.max_bytes,
            organization_bytes_max: settings.assets.organization_max_bytes,
        },
        ..AdminSettings::default()
    }
}

fn device_settings(
    settings: &Settings,
    public_url: &str,
    environment: &dyn Environment,
) -> anyhow::Result<DeviceSettings> {
    let md5 = match settings.device.md5 {
        Md5::Off => Md5Policy::Off,
        Md5::SecondFactor => Md5Policy::SecondFactor,
        Md5::Alone => Md5Policy::Alone,
    };
    let session = SessionSettings {
        md5,
        nonce_key: NonceKey(environment.seed()),
        server_uri: format!("{public_url}{MANAGEMENT_PATH}"),
        ..SessionSettings::default()
    };
    let mut device = DeviceSettings::new(public_url, session);
    device.certificate_days = settings.pki.device_certificate_days;
    device.proxy = settings.device.proxy.settings()?;
    let provisioning = &mut device.provisioning;
    provisioning.certificate_search = settings.enrollment.client_certificate_search_criteria;
    provisioning.sync_application_version = settings
        .enrollment
        .sync_application_version_in_document
        .then(|| SYNC_APPLICATION_VERSION.to_owned());
    provisioning.poll = Poll {
        remaining: Retries {
            interval_minutes: settings.enrollment.poll_minutes,
            count: 0,
        },
        ..Poll::without_push()
    };
    Ok(device)
}
