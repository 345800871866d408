//! `transom demo`: the main job before one's eyes, on a server of its own in a temporary folder.

use crate::{api::Api, serve, settings::Settings};
use anyhow::Context as _;
use serde_json::{Value, json};
use transom_simulator::{Credentials, Identity, KeySource, Trust, VirtualPc};

/// How many PCs are shown.
const PCS: u64 = 3;

/// The batch that every PC gets: what succeeds, what is refused, what fails, each with its reason.
fn batch() -> Value {
    json!({ "commands": [
        { "config": {
            "path": "./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera",
            "action": "Replace", "value": "0", "format": "int" } },
        { "config": { "path": "./DevDetail/SwV", "action": "Get", "format": "null" } },
        { "config": { "path": "./Vendor/MSFT/NoSuchCSP/Setting", "action": "Get", "format": "null" } },
        { "config": {
            "path": "./Device/Vendor/MSFT/Policy/Config/DeviceLock/MinDevicePasswordLength",
            "action": "Replace", "value": "12", "format": "int" } },
        { "config": { "path": "./Device/Vendor/MSFT/Reboot/RebootNow", "action": "Exec", "format": "null" } },
    ] })
}

/// Runs the demo.
///
/// # Errors
/// When anything does not go as it should.
pub async fn run(as_json: bool) -> anyhow::Result<()> {
    let folder = tempfile::tempdir().context("no temporary folder can be made")?;
    let server = serve::start(&settings(folder.path())?).await?;
    let say = |text: String| {
        if !as_json {
            println!("{text}");
        }
    };
    say(format!(
        "1. A server is up: management API {}, PCs at {}.",
        server.admin_url, server.device_url
    ));

    let token = server.first_token.as_ref().context("the first start made no token")?;
    let api = Api::new(&server.admin_url, Some(token.reveal()));
    let mut pcs = enroll(folder.path(), &server).await?;
    say(format!(
        "2. {} virtual PCs enrolled over TLS and had their first session.",
        pcs.len()
    ));

    let devices = api.data("GET", &windows("devices?sort=createdAt:asc"), None).await?;
    let devices = devices["items"].as_array().cloned().unwrap_or_default();
    for device in &devices {
        let path = windows(&format!("devices/{}/commands/", text(&device["id"])));
        api.data("POST", &path, Some(batch())).await?;
    }
    say(format!(
        "3. A batch of 5 commands was posted for each of {} devices.",
        devices.len()
    ));

    for pc in &mut pcs {
        let report = pc.check_in().await?;
        anyhow::ensure!(
            report.violations.is_empty(),
            "the server broke the protocol: {:?}",
            report.violations
        );
    }
    say("4. The PCs checked in. What became of the commands:\n".to_owned());

    let mut rows = Vec::new();
    for device in &devices {
        let batches = api
            .data(
                "GET",
                &windows(&format!("devices/{}/commands", text(&device["id"]))),
                None,
            )
            .await?;
        for command in batches["items"][0]["commands"].as_array().into_iter().flatten() {
            rows.push(json!({
                "device": device["summary"]["name"],
                "action": command["config"]["action"],
                "path": command["config"]["path"],
                "status": command["status"],
                "statusCode": command["statusCode"],
                "sentAt": command["sentAt"],
                "receivedAt": command["receivedAt"],
            }));
        }
    }
    anyhow::ensure!(rows.len() == devices.len() * 5, "some commands are missing");
    server.stop().await;
    if as_json {
        println!("{}", Value::Array(rows));
    } else {
        println!("{}", table(&rows));
    }
    Ok(())
}

/// A server on free ports with its data in `folder`, and a quiet log.
fn settings(folder: &std::path::Path) -> anyhow::Result<Settings> {
    let mut settings = Settings::load(None)?;
    settings.data_dir = folder.to_owned();
    settings.database.url = format!("sqlite:{}", folder.join("transom.db").display());
    settings.admin.listen = ([127, 0, 0, 1], 0).into();
    settings.device.listen = ([127, 0, 0, 1], 0).into();
    "https://localhost:8443".clone_into(&mut settings.device.public_url);
    Ok(settings)
}

/// Enrols the PCs with a token and lets each have its first session.
async fn enroll(folder: &std::path::Path, server: &serve::Server) -> anyhow::Result<Vec<VirtualPc>> {
    let trust = Trust::from_pem(&std::fs::read(folder.join("tls/root.pem"))?)?;
    let organization = server.organization.id;
    let token = crate::verbs::make_enrollment_token(&*server.store, organization, PCS as u32).await?;
    let credentials = Credentials::token_as_password("demo@transom.example", token.reveal());
    let mut pcs = Vec::new();
    for index in 0..PCS {
        let mut pc = VirtualPc::new(Identity::of_fleet(1, index), KeySource::Own);
        pc.enroll(&server.device_url, &trust, &credentials).await?;
        pc.check_in().await?;
        pcs.push(pc);
    }
    Ok(pcs)
}

fn windows(rest: &str) -> String {
    format!("/v1/organizations/default/mdm/windows/enterprise/{rest}")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn table(rows: &[Value]) -> String {
    let mut lines = vec![format!(
        "{:<17}{:<9}{:<72}{:<17}{:>4}  {}",
        "DEVICE", "ACTION", "PATH", "STATUS", "CODE", "RECEIVED"
    )];
    lines.extend(rows.iter().map(|row| {
        let time = text(&row["receivedAt"]).get(11..23).unwrap_or("-");
        format!(
            "{:<17}{:<9}{:<72}{:<17}{:>4}  {time}",
            text(&row["device"]),
            text(&row["action"]),
            text(&row["path"]),
            text(&row["status"]),
            row["statusCode"].to_string().replace("null", "-"),
        )
    }));
    lines.join("\n")
}
