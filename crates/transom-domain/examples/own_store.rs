//! Another service that uses the rules of Transom with a store of its own: a help desk that reboots PCs.
//!
//! It implements the three roles that ordering a command needs (`Devices`, `Commands`, `AuditLog`, each with its writing
//! half) over plain maps, and nothing else: no web server, no database, no runtime. `cargo tree -p transom-domain` shows
//! that neither actix nor Diesel comes along.
//!
//! Run it with `cargo run -p transom-domain --example own_store`.

use std::{collections::BTreeMap, error::Error};
use transom_domain::{
    Actor, AuditId, BatchId, CommandId, Context, DeviceId, Environment, OrganizationId, Origin, Timestamp,
    audit::AuditEntry,
    command::{
        Command, CommandBatch, CommandConfig, CommandState,
        enqueue::{self, EnqueueError},
    },
    device::{Device, DeviceQuery, DeviceReport, DeviceState, StateChange, Summary},
    page::{Page, PageRequest},
    ports::{AuditLog, AuditLogMut, AuditQuery, Commands, CommandsMut, DeviceKey, Devices, DevicesMut, StoreError},
    segment::SegmentId,
};

/// The help desk's store: everything in maps.
#[derive(Debug, Clone, Default)]
struct HelpDesk {
    devices: BTreeMap<DeviceId, Device>,
    reports: BTreeMap<DeviceId, DeviceReport>,
    history: BTreeMap<DeviceId, Vec<StateChange>>,
    batches: Vec<CommandBatch>,
    audit: Vec<AuditEntry>,
}

impl HelpDesk {
    /// One unit of work: it changes all that `work` did, or, where `work` fails, nothing. The rules count on that.
    fn unit<T, E>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        let before = self.clone();
        work(self).inspect_err(|_| *self = before)
    }

    fn commands(&self, device: DeviceId) -> impl Iterator<Item = &Command> {
        self.batches
            .iter()
            .flat_map(|batch| &batch.commands)
            .filter(move |command| command.device == device)
    }
}

/// Whether a command is queued, sent or accepted.
fn is_open(command: &Command) -> bool {
    matches!(
        command.state,
        CommandState::Queued { .. } | CommandState::Sent | CommandState::Accepted { .. }
    )
}

/// The page of a list that lies in memory whole.
fn page_of<T>(list: Vec<T>, request: PageRequest) -> Page<T> {
    let total = list.len() as u64;
    let first = usize::try_from(request.offset()).unwrap_or(usize::MAX);
    let items = list.into_iter().skip(first).take(request.limit() as usize).collect();
    Page { items, total, request }
}

impl Devices for HelpDesk {
    fn device(&mut self, organization: OrganizationId, id: DeviceId) -> Result<Option<Device>, StoreError> {
        Ok(self
            .devices
            .get(&id)
            .filter(|device| device.organization == organization)
            .cloned())
    }

    fn devices_by_key(&mut self, organization: OrganizationId, key: DeviceKey<'_>) -> Result<Vec<Device>, StoreError> {
        let has_it = |device: &&Device| match key {
            DeviceKey::SerialNumber(key) => is(device.summary.serial_number.as_deref(), key),
            DeviceKey::Imei(key) => is(device.summary.imei.as_deref(), key),
            DeviceKey::WinId(key) => is(Some(&device.win_id), key),
        };
        let ours = self
            .devices
            .values()
            .filter(|device| device.organization == organization);
        Ok(ours.filter(has_it).cloned().collect())
    }

    fn device_page(&mut self, query: &DeviceQuery) -> Result<Page<Device>, StoreError> {
        // The help desk shows one plain list: of a query it honours the organization, the segments and the page.
        let wanted =
            |device: &&Device| device.organization == query.organization && query.scope.contains(device.segment);
        Ok(page_of(
            self.devices.values().filter(wanted).cloned().collect(),
            query.page,
        ))
    }

    fn device_report(&mut self, id: DeviceId) -> Result<Option<DeviceReport>, StoreError> {
        Ok(self.reports.get(&id).cloned())
    }

    fn device_history(&mut self, id: DeviceId) -> Result<Vec<StateChange>, StoreError> {
        Ok(self.history.get(&id).cloned().unwrap_or_default())
    }

    fn provisioning_since(&mut self, before: Timestamp, limit: u32) -> Result<Vec<DeviceId>, StoreError> {
        let waiting = |device: &&Device| device.state == DeviceState::Provisioning && device.created_at < before;
        Ok(self
            .devices
            .values()
            .filter(waiting)
            .map(|device| device.id)
            .take(limit as usize)
            .collect())
    }
}

/// Whether a value is there and is the one that is looked for; case does not count.
fn is(value: Option<&str>, key: &str) -> bool {
    value.is_some_and(|value| value.to_lowercase() == key.to_lowercase())
}

impl DevicesMut for HelpDesk {
    fn insert_device(&mut self, device: &Device) -> Result<(), StoreError> {
        self.devices.insert(device.id, device.clone());
        Ok(())
    }

    fn lock_device(&mut self, id: DeviceId) -> Result<Option<Device>, StoreError> {
        // Nobody else has the maps while a unit of work runs: `&mut self` is the lock.
        Ok(self.devices.get(&id).cloned())
    }

    fn update_device(&mut self, device: &Device) -> Result<(), StoreError> {
        self.devices.insert(device.id, device.clone());
        Ok(())
    }

    fn save_device_report(&mut self, id: DeviceId, report: &DeviceReport) -> Result<(), StoreError> {
        self.reports.insert(id, report.clone());
        Ok(())
    }

    fn append_device_history(&mut self, id: DeviceId, change: &StateChange) -> Result<(), StoreError> {
        self.history.entry(id).or_default().push(change.clone());
        Ok(())
    }

    fn record_last_reports(&mut self, seen: &[(DeviceId, Timestamp)]) -> Result<(), StoreError> {
        for (id, moment) in seen {
            if let Some(device) = self.devices.get_mut(id) {
                device.last_status_report = device.last_status_report.max(Some(*moment));
            }
        }
        Ok(())
    }
}

impl Commands for HelpDesk {
    fn batch(&mut self, device: DeviceId, id: BatchId) -> Result<Option<CommandBatch>, StoreError> {
        Ok(self
            .batches
            .iter()
            .find(|batch| batch.device == device && batch.id == id)
            .cloned())
    }

    fn batch_page(
        &mut self,
        device: DeviceId,
        ascending: bool,
        page: PageRequest,
    ) -> Result<Page<CommandBatch>, StoreError> {
        let mut list: Vec<_> = self
            .batches
            .iter()
            .filter(|batch| batch.device == device)
            .cloned()
            .collect();
        if !ascending {
            list.reverse();
        }
        Ok(page_of(list, page))
    }

    fn command(&mut self, id: CommandId) -> Result<Option<Command>, StoreError> {
        Ok(self
            .batches
            .iter()
            .flat_map(|batch| &batch.commands)
            .find(|command| command.id == id)
            .cloned())
    }

    fn open_commands(&mut self, device: DeviceId) -> Result<Vec<Command>, StoreError> {
        Ok(self
            .commands(device)
            .filter(|command| is_open(command))
            .cloned()
            .collect())
    }

    fn waiting_commands(&mut self, device: DeviceId) -> Result<u64, StoreError> {
        Ok(self.commands(device).filter(|command| command.holds_up()).count() as u64)
    }

    fn expired_commands(&mut self, now: Timestamp, limit: u32) -> Result<Vec<Command>, StoreError> {
        let all = self.batches.iter().flat_map(|batch| &batch.commands);
        let expired = all.filter(|c| matches!(c.state, CommandState::Queued { .. }) && c.expires_at <= now);
        Ok(expired.take(limit as usize).cloned().collect())
    }
}

impl CommandsMut for HelpDesk {
    fn insert_batch(&mut self, batch: &CommandBatch) -> Result<(), StoreError> {
        let mut sequence = self.batches.iter().map(|batch| batch.commands.len() as i64).sum();
        let mut batch = batch.clone();
        for command in &mut batch.commands {
            sequence += 1;
            command.sequence = sequence;
        }
        self.batches.push(batch);
        Ok(())
    }

    fn update_command(&mut self, command: &Command) -> Result<(), StoreError> {
        let stored = self
            .batches
            .iter_mut()
            .flat_map(|batch| &mut batch.commands)
            .find(|c| c.id == command.id);
        let stored = stored.ok_or_else(|| StoreError::Inconsistent(format!("command {} is missing", command.id)))?;
        stored.clone_from(command);
        Ok(())
    }
}

impl AuditLog for HelpDesk {
    fn audit_page(&mut self, query: &AuditQuery) -> Result<Page<AuditEntry>, StoreError> {
        let ours = self
            .audit
            .iter()
            .filter(|entry| entry.organization == query.organization);
        Ok(page_of(ours.cloned().collect(), query.page))
    }

    fn audit_entry(&mut self, organization: OrganizationId, id: AuditId) -> Result<Option<AuditEntry>, StoreError> {
        Ok(self
            .audit
            .iter()
            .find(|entry| entry.organization == organization && entry.id == id)
            .cloned())
    }
}

impl AuditLogMut for HelpDesk {
    fn append_audit(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        self.audit.push(entry.clone());
        Ok(())
    }
}

/// Clock and random source. These two are fixed so that the example prints the same every time; a real service reads
/// its clock and a cryptographic random source here.
struct Fixed;

impl Environment for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_767_225_600_000)
    }

    fn seed(&self) -> [u8; 32] {
        [42; 32]
    }
}

/// A PC as the help desk knows it.
fn pc(cx: &mut Context, organization: OrganizationId, name: &str, state: DeviceState) -> Device {
    Device {
        id: cx.id(),
        organization,
        segment: SegmentId::ROOT,
        user: None,
        display_name: name.to_owned(),
        tags: Vec::new(),
        win_id: format!("{name}-id"),
        state,
        summary: Summary::default(),
        custom_config: serde_json::Map::new(),
        refresh_needed: Default::default(),
        possible_duplicate_of: None,
        enrolled_by: None,
        last_status_report: None,
        enrolled_at: None,
        created_at: cx.now,
        updated_at: cx.now,
    }
}

/// Orders a reboot; one unit of work.
fn reboot(desk: &mut HelpDesk, cx: &mut Context, device: DeviceId) -> Result<CommandBatch, Box<dyn Error>> {
    let node = "./Device/Vendor/MSFT/Reboot/RebootNow";
    let order = CommandConfig::check(node, "Exec", None, "null").map_err(|wrong| {
        wrong
            .iter()
            .map(|violation| violation.message.clone())
            .collect::<Vec<_>>()
            .join("; ")
    })?;
    Ok(desk.unit(|tx| enqueue::enqueue(tx, cx, device, Some("Help desk: reboot"), &[order]))?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut cx = Fixed.context(Actor::Server("help-desk"), Origin::default());
    let mut desk = HelpDesk::default();
    let organization: OrganizationId = cx.id();
    let reception = pc(&mut cx, organization, "RECEPTION-01", DeviceState::Active);
    let storeroom = pc(&mut cx, organization, "STOREROOM-07", DeviceState::DeleteRequested);
    desk.insert_device(&reception)?;
    desk.insert_device(&storeroom)?;

    let batch = reboot(&mut desk, &mut cx, reception.id)?;
    for command in &batch.commands {
        println!(
            "{}: {} {} is {}",
            reception.display_name,
            command.config.action.as_str(),
            command.config.path,
            command.status().as_str()
        );
    }

    let error = reboot(&mut desk, &mut cx, storeroom.id)
        .err()
        .ok_or("a PC that is leaving takes no orders")?;
    if !matches!(
        error.downcast_ref(),
        Some(EnqueueError::NotActive(DeviceState::DeleteRequested))
    ) {
        return Err(error);
    }
    println!("{}: refused, {error}", storeroom.display_name);

    if desk.waiting_commands(reception.id)? != 1 || desk.waiting_commands(storeroom.id)? != 0 || desk.audit.len() != 1 {
        return Err("the queue and the audit record must hold the one order that was accepted".into());
    }
    for entry in &desk.audit {
        println!("on record: {} by {}", entry.action, entry.actor_name);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn main_runs() {
        super::main().unwrap();
    }
}
