//! Carrying out what a message said: commands change their state, the device its record.

use crate::{
    exchange::SessionStore,
    queue::Queue,
    receive::{About, Event, Found, is_kept},
    session::{State, What},
};
use serde_json::json;
use transom_domain::{
    CommandId, Context,
    command::{
        Action, Answer, Command, CommandStatus,
        config::normalized,
        sensitive::{ends_enrolment, is_unenrolment},
    },
    device::{Device, RefreshArea, Reported},
    enrollment::{Enrollment, check_in},
    enrollment_template::placement,
    ports::StoreError,
    software,
};
use transom_syncml::code;

/// Most bytes of values that are kept in one command's `data`: a few whole large values or a long list of short ones. A PC
/// that repeats its results with ever new values must not fill the disk.
pub const COMMAND_DATA_BYTES_MAX: usize = 1024 * 1024;

/// The PC that speaks.
pub(crate) struct Speaker<'a> {
    pub(crate) enrollment: &'a mut Enrollment,
    pub(crate) device: &'a mut Device,
    pub(crate) queue: &'a mut Queue,
}

/// Carries out events. Returns whether the PC confirmed the order to leave.
pub(crate) fn apply(
    tx: &mut (impl SessionStore + ?Sized),
    cx: &mut Context,
    speaker: Speaker<'_>,
    state: &mut State,
    about: About,
    events: Vec<Event>,
) -> Result<bool, StoreError> {
    let mut work = Work {
        tx,
        cx,
        enrollment: speaker.enrollment,
        device: speaker.device,
        queue: speaker.queue,
        state,
        about,
        reports: Vec::new(),
        software: Vec::new(),
        completed: Vec::new(),
        wiped: false,
        unenrolled: false,
    };
    for event in events {
        work.event(event)?;
    }
    work.finish()
}

struct Work<'a, T: ?Sized> {
    tx: &'a mut T,
    cx: &'a mut Context,
    enrollment: &'a mut Enrollment,
    device: &'a mut Device,
    queue: &'a mut Queue,
    state: &'a mut State,
    about: About,
    reports: Vec<(String, Reported)>,
    /// What was said of installed software.
    software: Vec<(String, String)>,
    completed: Vec<(String, i64)>,
    wiped: bool,
    unenrolled: bool,
}

impl<T: SessionStore + ?Sized> Work<'_, T> {
    fn event(&mut self, event: Event) -> Result<(), StoreError> {
        match event {
            Event::Answered { what, answer } => self.answered(what, &answer)?,
            Event::Found { what, value } => self.found(what, value)?,
            Event::DevInfo { hash, values } => self.dev_info(hash, values)?,
            Event::Completed { uri, hresult } => self.completed.push((normalized(&uri), hresult)),
            Event::Lost(What::Command(id)) => {
                let now = self.cx.now;
                if let Some(command) = self.command(&id)? {
                    command.session_lost(now);
                }
            }
            Event::Lost(What::Inventory { .. } | What::Setup(_)) => {
                self.state.groundwork.failed |= self.about == About::Current;
            }
        }
        Ok(())
    }

    /// The command of that id, if it is this device's.
    fn command(&mut self, id: &str) -> Result<Option<&mut Command>, StoreError> {
        let Ok(id) = CommandId::parse(id) else {
            return Ok(None);
        };
        self.queue.command(self.tx, id)
    }

    fn answered(&mut self, what: What, answer: &Answer) -> Result<(), StoreError> {
        match what {
            What::Command(id) => {
                let now = self.cx.now;
                let Some(command) = self.command(&id)? else {
                    return Ok(());
                };
                let changed = command.answered(answer, now);
                let config = command.config.clone();
                if changed && code::is_success(answer.code) {
                    self.wiped |= ends_enrolment(&config);
                    self.unenrolled |= is_unenrolment(&config);
                }
                if config.action == Action::Get {
                    self.unreadable(&config.path, answer.code);
                }
            }
            What::Inventory { area, uri } if area == RefreshArea::Applications.as_str() => {
                self.list_answered(&uri, answer.code);
            }
            What::Inventory { uri, .. } => self.unreadable(&uri, answer.code),
            What::Setup(step) => {
                if self.about == About::Current
                    && self.state.groundwork.answered(step, answer.code)
                    && !self.enrollment.configured
                {
                    self.enrollment.configured = true;
                    self.tx.update_enrollment(self.enrollment)?;
                }
            }
        }
        Ok(())
    }

    /// A node that could not be read is reported as such.
    fn unreadable(&mut self, uri: &str, code: u32) {
        if code >= 300 && is_kept(uri) {
            let reason = CommandStatus::of_code(code, false, false).as_str().to_owned();
            let reported = Reported::Unreadable { code, reason };
            self.reports.push((uri.to_owned(), reported));
        }
    }

    /// A list of software was answered for. That a PC has no such list is no failure.
    fn list_answered(&mut self, uri: &str, code: u32) {
        let has_none = matches!(code, code::NOT_FOUND | code::NOT_ALLOWED | code::NOT_SUPPORTED);
        if software::inventory::ROOTS.contains(&uri) && code >= 300 && !has_none {
            let node = uri.split('?').next().unwrap_or(uri);
            self.unreadable(node, code);
            self.state.groundwork.lists_failed |= self.about == About::Current;
        }
    }

    fn found(&mut self, what: What, value: Found) -> Result<(), StoreError> {
        match what {
            What::Command(id) => {
                if let Some(command) = self.command(&id)? {
                    put_value(command, &value);
                }
            }
            What::Inventory { area, uri } if area == RefreshArea::Applications.as_str() => {
                // Too much for a report, and kept elsewhere.
                if uri == software::inventory::MSI && normalized(&value.uri) == normalized(&uri) {
                    if self.about == About::Current {
                        self.state.groundwork.has_products(&value.value);
                    }
                } else if software::inventory::leaf(&value.uri).is_some() {
                    self.software.push((value.uri, value.value));
                }
                return Ok(());
            }
            What::Inventory { .. } => {}
            What::Setup(_) => {
                if self.about == About::Current {
                    self.state.groundwork.max = Some(value.value);
                }
                return Ok(());
            }
        }
        if is_kept(&value.uri) {
            self.reports.push((value.uri, Reported::Value(value.value)));
        }
        Ok(())
    }

    fn dev_info(&mut self, hash: Option<String>, values: Vec<(String, String)>) -> Result<(), StoreError> {
        if hash.is_some() && hash == self.enrollment.dev_info_hash {
            return Ok(());
        }
        let values = values.into_iter().map(|(uri, value)| (uri, Reported::Value(value)));
        self.reports.extend(values);
        if hash.is_some() {
            self.enrollment.dev_info_hash = hash;
            self.tx.update_enrollment(self.enrollment)?;
        }
        Ok(())
    }

    /// Writes what was gathered, save the commands: the rest of the unit may change them further.
    fn finish(mut self) -> Result<bool, StoreError> {
        if !self.completed.is_empty() {
            self.complete()?;
        }
        let reports = std::mem::take(&mut self.reports);
        if !reports.is_empty() {
            check_in::report(self.tx, self.device, |report| report.put_all(reports))?;
        }
        if !self.software.is_empty() {
            let findings = std::mem::take(&mut self.software);
            self.tx.add_software_findings(self.device.id, &findings)?;
        }
        for area in self.state.groundwork.finished(&self.state.sent) {
            if self.device.refresh_needed.contains(&area) {
                self.refreshed(area)?;
            }
            if area == RefreshArea::Hardware {
                placement::after_inventory(self.tx, self.cx, self.enrollment, self.device)?;
            }
        }
        if self.wiped {
            check_in::wiped(self.tx, self.cx, self.device)?;
        }
        if self.unenrolled {
            check_in::retired(self.tx, self.cx, self.device)?;
        }
        Ok(self.unenrolled)
    }

    /// An area was read.
    fn refreshed(&mut self, area: RefreshArea) -> Result<(), StoreError> {
        if area != RefreshArea::Applications {
            return check_in::refreshed(self.tx, self.cx, self.device, area);
        }
        if self.state.groundwork.lists_failed {
            // Half a list would say that the other half is gone. It is asked for when somebody asks again.
            self.tx.clear_software_findings(self.device.id)?;
            self.device.refresh_needed.remove(&area);
            return self.tx.update_device(self.device);
        }
        software::complete(self.tx, self.device)?;
        check_in::report(self.tx, self.device, |report| {
            for root in software::inventory::ROOTS {
                report.config.remove(root.split('?').next().unwrap_or(root));
            }
        })?;
        check_in::refreshed(self.tx, self.cx, self.device, area)
    }

    /// Work that was accepted has ended (X7): it is the open command on the same node.
    fn complete(&mut self) -> Result<(), StoreError> {
        for command in self.queue.open(self.tx)? {
            let path = normalized(&command.config.path);
            if let Some((_, hresult)) = self.completed.iter().find(|(uri, _)| *uri == path) {
                command.completed(*hresult, self.cx.now);
            }
        }
        Ok(())
    }
}

/// Puts a value into a command's `data`, as long as there is room, and says so when there is none.
fn put_value(command: &mut Command, found: &Found) {
    let held: usize = command
        .data
        .iter()
        .filter_map(|entry| entry.get("value")?.as_str())
        .map(str::len)
        .sum();
    if held.saturating_add(found.value.len()) <= COMMAND_DATA_BYTES_MAX {
        command.put_data(found.entry());
    } else {
        command.put_data(json!({
            "truncated": true,
            "message": "the PC reported more values than are kept of one command",
        }));
    }
}
