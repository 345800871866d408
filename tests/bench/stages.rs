//! What is measured.

use crate::{
    Options,
    fleet::Fleet,
    load::{self, Line, Round, Until},
    recording::Recording,
    report::Row,
};
use anyhow::{Context as _, ensure};
use std::time::Duration;
use transom_domain::{
    command::{
        CommandConfig,
        enqueue::{EnqueueError, enqueue},
    },
    ports::StoreError,
};

/// Check-ins that statements are counted over, one after the other.
const COUNTED: u64 = 50;

/// Times to count again where a background job came between.
const COUNTS_MAX: u32 = 5;

/// Commands that one session delivers.
const COMMANDS: usize = 10;

/// Nodes that the ten commands read; the other five set one each.
const READ: [&str; 5] = [
    "./DevDetail/SwV",
    "./DevDetail/HwV",
    "./DevDetail/FwV",
    "./DevInfo/Man",
    "./DevInfo/Mod",
];

/// Nodes that they set.
const SET: [&str; 5] = [
    "./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera",
    "./Device/Vendor/MSFT/Policy/Config/DeviceLock/MinDevicePasswordLength",
    "./Device/Vendor/MSFT/Policy/Config/DeviceLock/MaxInactivityTimeDeviceLock",
    "./Device/Vendor/MSFT/Policy/Config/Bluetooth/AllowAdvertising",
    "./Device/Vendor/MSFT/Policy/Config/System/AllowTelemetry",
];

/// `SessionID` of the first replayed session, far from what the PCs have counted to; 4 hexadecimal digits at most.
const FIRST_REPLAY: u32 = 0xA000;

/// Idle check-ins on kept connections: the same first message over and over. Nothing of an idle session is stored, so
/// each is as new to the server as the first.
pub async fn idle(fleet: &Fleet, options: &Options) -> anyhow::Result<Row> {
    let recordings = fleet.record_all(0).await?;
    let mut ours = fleet.lines(&recordings, None).await?;
    let (bare, mut theirs) = fleet.bare(&recordings, None).await?;
    load::warm_up(&mut ours).await?;
    load::warm_up(&mut theirs).await?;
    let (statements, writes) = count(fleet, ours.first_mut().context("there are no PCs")?).await?;
    let mut pairs = Vec::new();
    for _ in 0..options.rounds {
        let (round, back) = load::round(ours, options.concurrency, Until::Over(options.round())).await?;
        ours = back;
        let (other, back) = load::round(theirs, options.concurrency, Until::Held(round.sessions)).await?;
        theirs = back;
        pairs.push((round, other));
    }
    drop((ours, theirs));
    bare.stop().await;
    Ok(Row::new("idle check-in", 1, pairs, statements, writes))
}

/// Idle check-ins, each on a connection of its own.
pub async fn handshakes(fleet: &Fleet, options: &Options, resume: bool) -> anyhow::Result<Row> {
    let recordings = fleet.record_all(0).await?;
    let mut ours = fleet.lines(&recordings, Some(resume)).await?;
    let (bare, mut theirs) = fleet.bare(&recordings, Some(resume)).await?;
    // The first connection brings the ticket for the second.
    load::warm_up(&mut ours).await?;
    load::warm_up(&mut theirs).await?;
    let (statements, writes) = count(fleet, ours.first_mut().context("there are no PCs")?).await?;
    let made = |lines: &[Line]| -> u64 { lines.iter().map(|line| line.client.handshakes()).sum() };
    let resumed = |lines: &[Line]| -> u64 { lines.iter().map(|line| line.client.resumptions()).sum() };
    let mut pairs = Vec::new();
    for _ in 0..options.rounds {
        let before = (made(&ours), resumed(&ours));
        let (round, back) = load::round(ours, options.concurrency, Until::Over(options.round() / 2)).await?;
        ours = back;
        let now = (made(&ours) - before.0, resumed(&ours) - before.1);
        ensure!(
            now.0 == round.sessions,
            "{} handshakes for {} sessions",
            now.0,
            round.sessions
        );
        let wanted = if resume { now.0 } else { 0 };
        ensure!(
            now.1 == wanted,
            "{} of {} handshakes were resumed, not {wanted}",
            now.1,
            now.0
        );
        let (other, back) = load::round(theirs, options.concurrency, Until::Held(round.sessions)).await?;
        theirs = back;
        pairs.push((round, other));
    }
    drop((ours, theirs));
    bare.stop().await;
    let name = if resume {
        "resumed handshake and idle check-in"
    } else {
        "full handshake and idle check-in"
    };
    Ok(Row::new(name, 1, pairs, statements, writes))
}

/// Check-ins that deliver ten commands and take their results. The commands are ordered between the rounds.
pub async fn ten_commands(fleet: &Fleet, options: &Options) -> anyhow::Result<Row> {
    let configs = commands()?;
    order(fleet, &configs).await?;
    let recordings = fleet.record_all(COMMANDS).await?;
    ensure_done(fleet).await?;
    let posts = recordings.first().map_or(0, |recording| recording.reply_sizes().len());
    let mut ours = fleet.lines(&recordings, None).await?;
    let (bare, mut theirs) = fleet.bare(&recordings, None).await?;
    load::warm_up(&mut theirs).await?;
    let mut ids = FIRST_REPLAY..;
    let mut replay = |lines: &mut [Line]| rename(lines, &recordings, ids.next());

    // A round of one PC at a time, to count.
    order(fleet, &configs).await?;
    replay(&mut ours)?;
    let (statements, writes) = count_once(fleet, &mut ours).await?;
    ensure_done(fleet).await?;

    let mut pairs = Vec::new();
    for _ in 0..options.rounds {
        let mut turns: Vec<Round> = Vec::new();
        while turns.iter().map(|turn| turn.elapsed).sum::<Duration>() < options.round() {
            order(fleet, &configs).await?;
            replay(&mut ours)?;
            let (turn, back) = load::round(ours, options.concurrency, Until::EachOnce).await?;
            ours = back;
            ensure_done(fleet).await?;
            turns.push(turn);
        }
        let round = Round::sum(&turns);
        let (other, back) = load::round(theirs, options.concurrency, Until::Held(round.sessions)).await?;
        theirs = back;
        pairs.push((round, other));
    }
    drop((ours, theirs));
    bare.stop().await;
    Ok(Row::new("check-in with ten commands", posts, pairs, statements, writes))
}

/// Gives every PC the recorded session under a new `SessionID`. Lines come back from a round in another order, so each
/// is told by its own requests.
fn rename(lines: &mut [Line], recordings: &[Recording], id: Option<u32>) -> anyhow::Result<()> {
    let id = format!("{:X}", id.context("all session ids are used up")?);
    for line in lines {
        let recording = recordings.get(line.number).context("a PC without a recording")?;
        line.session = recording.renamed(&id).posts();
    }
    Ok(())
}

/// Statements and writing units of one session of this PC: the fewest of several counts, because background jobs come
/// between now and then.
async fn count(fleet: &Fleet, line: &mut Line) -> anyhow::Result<(f64, f64)> {
    let mut fewest = (f64::MAX, f64::MAX);
    for _ in 0..COUNTS_MAX {
        let before = fleet.counts();
        for _ in 0..COUNTED {
            line.hold().await?;
        }
        let after = fleet.counts();
        fewest.0 = f64::min(fewest.0, per_session(after.0 - before.0, COUNTED));
        fewest.1 = f64::min(fewest.1, per_session(after.1 - before.1, COUNTED));
    }
    Ok(fewest)
}

/// The same where each PC can hold its session once: the PC with the fewest.
async fn count_once(fleet: &Fleet, lines: &mut [Line]) -> anyhow::Result<(f64, f64)> {
    let mut fewest = (u64::MAX, u64::MAX);
    for line in lines {
        let before = fleet.counts();
        line.hold().await?;
        let after = fleet.counts();
        fewest = (fewest.0.min(after.0 - before.0), fewest.1.min(after.1 - before.1));
    }
    Ok((per_session(fewest.0, 1), per_session(fewest.1, 1)))
}

fn per_session(count: u64, sessions: u64) -> f64 {
    count as f64 / sessions as f64
}

/// Five commands that read and five that set.
fn commands() -> anyhow::Result<Vec<CommandConfig>> {
    let get = READ.iter().map(|path| CommandConfig::check(path, "Get", None, "null"));
    let set = SET
        .iter()
        .map(|path| CommandConfig::check(path, "Replace", Some("1"), "int"));
    let configs: Result<Vec<_>, _> = get.chain(set).collect();
    configs.map_err(|violations| anyhow::anyhow!("a command of the benchmark is malformed: {violations:?}"))
}

/// Orders one batch for every device.
async fn order(fleet: &Fleet, configs: &[CommandConfig]) -> anyhow::Result<()> {
    for devices in fleet.devices.chunks(64) {
        let (devices, configs) = (devices.to_vec(), configs.to_vec());
        let cx = fleet.context();
        let ordered = fleet.store().write(&cx, move |tx, cx| -> Result<(), EnqueueError> {
            for device in &devices {
                enqueue(tx, cx, *device, None, &configs)?;
            }
            Ok(())
        });
        ordered.await.context("commands cannot be ordered")?;
    }
    Ok(())
}

/// Makes sure that no command waits or is on its way.
async fn ensure_done(fleet: &Fleet) -> anyhow::Result<()> {
    for device in &fleet.devices {
        let device = *device;
        let open = fleet
            .store()
            .read(move |view| -> Result<_, StoreError> { view.open_commands(device) })
            .await?;
        ensure!(open.is_empty(), "{} commands of {device} are not done", open.len());
    }
    Ok(())
}

/// The rates of a measurement's rounds, for the report.
pub fn ratio((ours, theirs): &(Round, Round)) -> f64 {
    ours.rate() / theirs.rate()
}
