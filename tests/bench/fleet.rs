//! A server in this process, and PCs that are enrolled with it and have nothing more to do.

use crate::{Options, bare::Bare, database::Database, load::Line, recording::Recording};
use anyhow::{Context as _, ensure};
use std::path::PathBuf;
use tokio::sync::Mutex;
use transom_app::{
    api::Api,
    environment::SystemEnvironment,
    serve::{self, Server},
    settings::Settings,
    verbs,
};
use transom_domain::{
    Actor, Context, DeviceId, Environment as _, Origin,
    enrollment::Fingerprint,
    ports::{Store, StoreError},
};
use transom_http::device::MANAGEMENT_PATH;
use transom_simulator::{
    BenchClient, ClientIdentity, Credentials, KeySource, LoadPlan, Trust, VirtualPc, client_config,
    load::{enroll_fleet, run_sessions},
};

/// Keys that all PCs share: how keys are made is not measured.
const SHARED_KEYS: usize = 4;

/// Rows that are inserted in one unit of work.
const ROWS_AT_ONCE: u32 = 1_000;

/// Sessions after which a PC has nothing left to say: the first, and one that finds nothing to do.
const SETTLING_SESSIONS: u64 = 2;

/// The server and its PCs.
pub struct Fleet {
    server: Server,
    folder: PathBuf,
    trust: Trust,
    /// The PCs; whoever records a session has one to himself.
    pub pcs: Vec<Mutex<VirtualPc>>,
    /// Their devices, in the same order.
    pub devices: Vec<DeviceId>,
}

impl Fleet {
    /// Starts a server on the database, enrols the PCs and lets them settle.
    pub async fn start(database: &Database, options: &Options) -> anyhow::Result<Self> {
        let folder = database.folder.path().to_owned();
        let mut settings = Settings::load(None)?;
        settings.data_dir.clone_from(&folder);
        settings.database.url.clone_from(&database.url);
        settings.admin.listen = ([127, 0, 0, 1], 0).into();
        settings.device.listen = ([127, 0, 0, 1], 0).into();
        // The administrator of the benchmark does not wait for a rate.
        (settings.admin.rate_per_second, settings.admin.rate_burst) = (100_000, 100_000);
        let server = serve::start(&settings).await?;
        let trust = Trust::from_pem(&std::fs::read(folder.join("tls/root.pem"))?)?;
        let token = verbs::make_enrollment_token(&*server.store, server.organization.id, options.devices).await?;
        let credentials = Credentials::token_as_password("bench@transom.example", token.reveal());
        let plan = LoadPlan {
            devices: options.devices.into(),
            concurrency: options.concurrency,
            sessions: SETTLING_SESSIONS,
            keys: KeySource::pool(SHARED_KEYS)?,
            ..LoadPlan::new(&server.device_url, trust.clone(), credentials)?
        };
        let (report, pcs) = enroll_fleet(&plan).await?;
        ensure!(report.is_clean(), "enrolments went wrong: {:?}", report.errors);
        let (report, pcs) = run_sessions(&plan, pcs).await?;
        ensure!(
            report.is_clean(),
            "first sessions went wrong: {:?} {:?}",
            report.errors,
            report.violations
        );
        let mut fleet = Self {
            server,
            folder,
            trust,
            pcs: pcs.into_iter().map(Mutex::new).collect(),
            devices: Vec::new(),
        };
        for pc in &fleet.pcs {
            let fingerprint = Fingerprint::of_der(identity(&*pc.lock().await)?.certificate());
            let found = fleet
                .store()
                .read(move |view| view.enrollment_by_fingerprint(&fingerprint))
                .await;
            let enrollment = found
                .map_err(anyhow::Error::from)?
                .context("an enrolled PC is unknown")?;
            fleet.devices.push(enrollment.device);
        }
        fleet.fill(options.rows).await?;
        Ok(fleet)
    }

    /// The server's store.
    pub fn store(&self) -> &dyn Store {
        &*self.server.store
    }

    /// A caller of the management API, as the first administrator.
    pub fn api(&self) -> anyhow::Result<Api> {
        let token = self
            .server
            .first_token
            .as_ref()
            .context("the server made its first token")?;
        Ok(Api::new(&self.server.admin_url, Some(token.reveal())))
    }

    /// Statements sent to the database so far, and units of work begun that may write.
    pub fn counts(&self) -> (u64, u64) {
        (self.server.store.statements(), self.server.store.writes())
    }

    /// A context to change state in.
    pub fn context(&self) -> Context {
        SystemEnvironment.context(Actor::Server("benchmark"), Origin::default())
    }

    /// Copies a device and its enrolment so many times: rows that indexes have to lead past.
    async fn fill(&self, rows: u32) -> anyhow::Result<()> {
        let fingerprint = Fingerprint::of_der(identity(&*self.pcs[0].lock().await)?.certificate());
        for first in (0..rows).step_by(ROWS_AT_ONCE as usize) {
            let numbers = first..rows.min(first + ROWS_AT_ONCE);
            let cx = self.context();
            let filled = self.store().write(&cx, move |tx, cx| -> Result<(), StoreError> {
                let Some(enrollment) = tx.enrollment_by_fingerprint(&fingerprint)? else {
                    return Ok(());
                };
                let Some(device) = tx.lock_device(enrollment.device)? else {
                    return Ok(());
                };
                for number in numbers.clone() {
                    let (mut device, mut enrollment) = (device.clone(), enrollment.clone());
                    device.id = cx.id();
                    device.win_id = format!("row-{number}");
                    enrollment.id = cx.id();
                    enrollment.device = device.id;
                    enrollment.win_id.clone_from(&device.win_id);
                    enrollment.certificate.fingerprint = Fingerprint::of_der(device.win_id.as_bytes());
                    enrollment.credentials.name.clone_from(&device.win_id);
                    tx.insert_device(&device)?;
                    tx.insert_enrollment(&enrollment)?;
                }
                Ok(())
            });
            filled.await.context("the database cannot be filled")?;
        }
        Ok(())
    }

    /// A client that shows the certificate of PC `number`, for the product or for the bare route at `url`.
    pub async fn client(&self, number: usize, url: Option<&str>, resume: bool) -> anyhow::Result<BenchClient> {
        let own = format!("{}{MANAGEMENT_PATH}", self.server.device_url);
        let pc = self.pcs[number].lock().await;
        let config = client_config(&self.trust, Some(identity(&pc)?), resume)?;
        Ok(BenchClient::new(url.unwrap_or(&own), config)?)
    }

    /// Records the next session of PC `number`, which is to carry out so many commands.
    pub async fn record(&self, number: usize, commands: usize) -> anyhow::Result<Recording> {
        let mut client = self.client(number, None, false).await?;
        let mut pc = self.pcs[number].lock().await;
        Recording::make(pc.machine_mut(), &mut client, commands).await
    }

    /// Records a session of every PC.
    pub async fn record_all(&self, commands: usize) -> anyhow::Result<Vec<Recording>> {
        let mut all = Vec::new();
        for number in 0..self.pcs.len() {
            all.push(
                self.record(number, commands)
                    .await
                    .with_context(|| format!("PC {number}"))?,
            );
        }
        Ok(all)
    }

    /// A bare route that answers as long replies as a recording has, and the PCs that call it.
    pub async fn bare(&self, recordings: &[Recording], fresh: Option<bool>) -> anyhow::Result<(Bare, Vec<Line>)> {
        let sizes = recordings.first().context("there are no PCs")?.reply_sizes();
        let bare = Bare::start(&self.folder, sizes).await?;
        let mut lines = Vec::new();
        for (number, recording) in recordings.iter().enumerate() {
            let client = self.client(number, Some(&bare.url), fresh == Some(true)).await?;
            lines.push(Line {
                number,
                client,
                session: recording.bare_posts(&bare),
                is_fresh: fresh.is_some(),
            });
        }
        Ok((bare, lines))
    }

    /// The PCs that hold the recorded sessions with the product.
    pub async fn lines(&self, recordings: &[Recording], fresh: Option<bool>) -> anyhow::Result<Vec<Line>> {
        let mut lines = Vec::new();
        for (number, recording) in recordings.iter().enumerate() {
            let client = self.client(number, None, fresh == Some(true)).await?;
            lines.push(Line {
                number,
                client,
                session: recording.posts(),
                is_fresh: fresh.is_some(),
            });
        }
        Ok(lines)
    }

    /// Stops the server.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

fn identity(pc: &VirtualPc) -> anyhow::Result<&ClientIdentity> {
    pc.client_identity().context("the PC is not enrolled")
}
