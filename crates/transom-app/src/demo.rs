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
    let token = template(&api).await?;
    say("2. Two policies and an enrolment template were made; its rules say what each PC gets.".to_owned());
    let mut pcs = enroll(folder.path(), &server, &token).await?;
    say(format!(
        "3. {} virtual PCs enrolled over TLS through the template's token and had their first session.",
        pcs.len()
    ));

    let devices = api.data("GET", &windows("devices?sort=createdAt:asc"), None).await?;
    let devices = devices["items"].as_array().cloned().unwrap_or_default();
    for device in &devices {
        let path = windows(&format!("devices/{}/commands/", text(&device["id"])));
        api.data("POST", &path, Some(batch())).await?;
    }
    say(format!(
        "4. A batch of 5 commands was posted for each of {} devices.",
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
    say("5. The PCs checked in. What became of the commands:\n".to_owned());

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
    let first = devices.first().context("no device is listed")?;
    let path = windows(&format!("devices/{}/effective-policy", text(&first["id"])));
    let effective = api.data("GET", &path, None).await?;
    server.stop().await;
    if as_json {
        println!("{}", Value::Array(rows));
        return Ok(());
    }
    println!("{}", table(&rows));
    println!("\n6. What {} should have, and why:\n", text(&first["displayName"]));
    println!("{}", reasons(first, &effective)?);
    Ok(())
}

/// Makes two policies and a template whose rules give them; answers its token.
async fn template(api: &Api) -> anyhow::Result<String> {
    let policy = async |name: &str, config: Value| -> anyhow::Result<String> {
        let body = json!({ "name": name, "config": config });
        let made = api.data("POST", &windows("policies"), Some(body)).await?;
        Ok(text(&made["id"]).to_owned())
    };
    let camera = "./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera";
    let password = "./Device/Vendor/MSFT/Policy/Config/DeviceLock/MinDevicePasswordLength";
    let baseline = policy("Baseline", json!({ camera: 1, password: 8 })).await?;
    let strict = policy("Strict", json!({ camera: 0 })).await?;
    let rules = json!([
        {
            "name": "Laboratory", "conditions": [{ "patterns": ["name:^LAB-"] }],
            "tags": ["lab"], "winPolicyId": strict
        },
        {
            "name": "Desktops", "conditions": [{ "patterns": ["name:^DESKTOP-"] }],
            "displayNamePattern": "Desk {{counter:2}} {{device.manufacturer}}", "tags": ["desktop"],
            "winPolicyId": baseline, "winPolicyAssignments": [{ "winPolicyId": strict, "priority": 10 }]
        }
    ]);
    let body = json!({ "name": "Demo", "rules": rules });
    let made = api.data("POST", &windows("enrollment-templates/"), Some(body)).await?;
    Ok(text(&made["winEnrollmentToken"]["token"]).to_owned())
}

/// What the rules said of a PC, and each setting with where it comes from.
fn reasons(device: &Value, effective: &Value) -> anyhow::Result<String> {
    let enrollment = &device["enrollment"];
    let mut lines = vec![format!(
        "enrolled by rule {} ({})",
        enrollment["ruleIndex"],
        text(&enrollment["ruleName"])
    )];
    for tried in enrollment["trace"].as_array().into_iter().flatten() {
        let (result, reason) = (text(&tried["result"]), text(&tried["reason"]));
        lines.push(format!("  rule {}: {result}: {reason}", tried["ruleIndex"]));
    }
    let settings = effective["settings"]
        .as_array()
        .context("the effective policy has no settings")?;
    anyhow::ensure!(!settings.is_empty(), "the rules gave the PC nothing");
    lines.push(format!(
        "\n{:<72}{:<7}{:<10}{:>8}  {}",
        "SETTING", "VALUE", "POLICY", "PRIORITY", "BEATS"
    ));
    lines.extend(settings.iter().map(|setting| {
        let losers = setting["losers"].as_array().into_iter().flatten();
        let losers: Vec<String> = losers
            .map(|loser| format!("{} ({})", text(&loser["policyName"]), loser["value"]))
            .collect();
        format!(
            "{:<72}{:<7}{:<10}{:>8}  {}",
            text(&setting["key"]),
            setting["value"].to_string(),
            text(&setting["policyName"]),
            setting["priority"].to_string(),
            losers.join(", ")
        )
    }));
    Ok(lines.join("\n"))
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
async fn enroll(folder: &std::path::Path, server: &serve::Server, token: &str) -> anyhow::Result<Vec<VirtualPc>> {
    let trust = Trust::from_pem(&std::fs::read(folder.join("tls/root.pem"))?)?;
    let credentials = Credentials::token_as_password("demo@transom.example", token);
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
