//! What the server itself wants of a PC: its DM client set up so that failures are explained, and its inventory.

use super::{Outgoing, Put};
use crate::session::{SentMap, State, Step, What};
use serde::{Deserialize, Serialize};
use transom_domain::{
    device::{Device, RefreshArea, inventory},
    enrollment::{Enrollment, PROVIDER_ID},
    ports::StoreError,
    software::inventory::{product_codes, product_nodes},
};
use transom_syncml::{Item, Request, Verb};

/// The highest `SyncApplicationVersion` that is set: from 3.0 on, failures come with their HRESULT
/// (docs/PROTOCOL.md, 18).
pub const SYNC_APPLICATION_VERSION: &str = "5.0";

/// [`SYNC_APPLICATION_VERSION`] in numbers.
const HIGHEST: (u32, u32) = (5, 0);

/// How many sessions may break off at the groundwork before it is left out: a PC that fails at a question of ours must
/// still become active and get its commands.
pub const GROUNDWORK_ATTEMPTS_MAX: u32 = 3;

/// How far the groundwork has come in a session.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Groundwork {
    /// The next step of the setup that is to be sent.
    pub(crate) setup: Option<Step>,
    /// The highest version that the PC says it knows.
    pub(crate) max: Option<String>,
    /// Nodes that are still to be asked for: area and LocURI.
    to_ask: Vec<(String, String)>,
    /// Product codes of MSI packages that are still to be asked about.
    products: Vec<String>,
    /// Whether a list of software could not be read, though the PC has such lists.
    pub(crate) lists_failed: bool,
    /// Areas that this session asks for.
    asked: Vec<String>,
    /// How many sessions in a row broke off at it.
    attempts: u32,
    /// Whether something was sent.
    started: bool,
    /// Whether something was sent and not answered.
    pub(crate) failed: bool,
}

impl Groundwork {
    /// The groundwork of a new session, after an earlier one. Returns also whether it is to be left out from now on.
    pub(crate) fn begin(before: Option<&State>, enrollment: &Enrollment) -> (Self, bool) {
        let attempts = before.map_or(0, |state| state.groundwork.attempts_after(&state.sent));
        if attempts >= GROUNDWORK_ATTEMPTS_MAX {
            return (Self::default(), true);
        }
        let groundwork = Self {
            setup: (!enrollment.configured).then_some(Step::ReadMax),
            attempts,
            ..Self::default()
        };
        (groundwork, false)
    }

    /// The number of attempts, seen from the session after.
    fn attempts_after(&self, sent: &SentMap) -> u32 {
        let outstanding = sent.outstanding().any(|what| !matches!(what, What::Command(_)));
        match (self.failed || outstanding, self.started) {
            (true, _) => self.attempts + 1,
            (false, true) => 0,
            (false, false) => self.attempts,
        }
    }

    /// Whether commands go before it, because it broke a session.
    pub(crate) const fn comes_last(&self) -> bool {
        self.attempts > 0
    }

    /// Plans to ask for the areas that are wanted, once in a session each. Returns those that are planned now.
    pub(crate) fn plan(&mut self, device: &Device) -> Vec<RefreshArea> {
        let mut planned = Vec::new();
        for area in &device.refresh_needed {
            if self.asked.iter().any(|asked| asked == area.as_str()) {
                continue;
            }
            self.asked.push(area.as_str().to_owned());
            let nodes = inventory::nodes(*area).iter();
            self.to_ask
                .extend(nodes.map(|uri| (area.as_str().to_owned(), (*uri).to_owned())));
            planned.push(*area);
        }
        planned
    }

    /// The PC has named its MSI packages: each is to be asked about.
    pub(crate) fn has_products(&mut self, list: &str) {
        self.products = product_codes(list);
    }

    /// A step was answered: what comes next. Returns whether the setup is over, well or not.
    pub(crate) fn answered(&mut self, step: Step, code: u32) -> bool {
        self.setup = match step {
            Step::ReadMax => Some(Step::Replace),
            Step::Replace if code == transom_syncml::code::NOT_FOUND => Some(Step::Add),
            Step::Replace | Step::Add => None,
        };
        self.setup.is_none()
    }

    /// The areas that have been read whole.
    pub(crate) fn finished(&self, sent: &SentMap) -> Vec<RefreshArea> {
        if self.failed {
            return Vec::new();
        }
        let waits = |name: &str| {
            self.to_ask.iter().any(|(area, _)| area == name)
                || (name == RefreshArea::Applications.as_str() && !self.products.is_empty())
                || sent
                    .outstanding()
                    .any(|what| matches!(what, What::Inventory { area, .. } if area == name))
        };
        let done = self.asked.iter().filter(|name| !waits(name));
        done.filter_map(|name| RefreshArea::from_name(name)).collect()
    }
}

/// Puts what fits of it into a message.
pub(super) fn put(state: &mut State, out: &mut Outgoing<'_>) -> Result<(), StoreError> {
    if let Some(step) = state.groundwork.setup {
        let request = setup(out.reply.next_cmd_id(), step, state.groundwork.max.as_deref());
        if put_one(state, out, request, What::Setup(step))? == Put::Full {
            return Ok(());
        }
        state.groundwork.setup = None;
    }
    while let Some((area, uri)) = state.groundwork.to_ask.first().cloned() {
        // One Get for each node: a node that fails must not hide the others (docs/PROTOCOL.md, 14).
        let request = Request::get(out.reply.next_cmd_id(), &uri);
        if put_one(state, out, request, What::Inventory { area, uri })? == Put::Full {
            return Ok(());
        }
        state.groundwork.to_ask.remove(0);
    }
    while let Some(code) = state.groundwork.products.last() {
        // The properties of one package in one Get: there may be hundreds.
        let [first, rest @ ..] = product_nodes(code);
        let uri = first.clone();
        let mut request = Request::get(out.reply.next_cmd_id(), first);
        request.items.extend(rest.into_iter().map(Item::target));
        let area = RefreshArea::Applications.as_str().to_owned();
        if put_one(state, out, request, What::Inventory { area, uri })? == Put::Full {
            return Ok(());
        }
        state.groundwork.products.pop();
    }
    Ok(())
}

fn put_one(state: &mut State, out: &mut Outgoing<'_>, request: Request, what: What) -> Result<Put, StoreError> {
    let put = out
        .put(state, request, what)
        .map_err(|error| StoreError::Failed(format!("the groundwork cannot be written: {error}")))?;
    state.groundwork.started |= put == Put::Done;
    Ok(put)
}

/// The command of a step.
fn setup(cmd_id: usize, step: Step, max: Option<&str>) -> Request {
    let node = |name: &str| format!("./Device/Vendor/MSFT/DMClient/Provider/{PROVIDER_ID}/{name}");
    let set = |verb| {
        let item = Item::target(node("SyncApplicationVersion"));
        Request::new(
            verb,
            cmd_id,
            item.with_format("chr").with_type("text/plain").with_data(version(max)),
        )
    };
    match step {
        Step::ReadMax => Request::get(cmd_id, node("MaxSyncApplicationVersion")),
        Step::Replace => set(Verb::Replace),
        Step::Add => set(Verb::Add),
    }
}

/// The version to set: ours, or the PC's highest where that is lower.
fn version(max: Option<&str>) -> String {
    let known = max.and_then(|max| {
        let (major, minor) = max.trim().split_once('.').unwrap_or((max.trim(), "0"));
        Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?))
    });
    match known {
        Some((major, minor)) if (major, minor) < HIGHEST => format!("{major}.{minor}"),
        _ => SYNC_APPLICATION_VERSION.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_ours_or_the_highest_that_the_pc_knows() {
        assert_eq!(version(None), "5.0");
        assert_eq!(version(Some("6.0")), "5.0");
        assert_eq!(version(Some("3.0")), "3.0");
        assert_eq!(version(Some("4")), "4.0");
        assert_eq!(version(Some("nonsense")), "5.0");
    }

    #[test]
    fn a_missing_node_is_added_and_any_other_answer_ends_the_setup() {
        let mut work = Groundwork::default();
        assert!(!work.answered(Step::ReadMax, 404));
        assert_eq!(work.setup, Some(Step::Replace));
        assert!(!work.answered(Step::Replace, 404));
        assert_eq!(work.setup, Some(Step::Add));
        assert!(work.answered(Step::Add, 500));
        assert!(work.answered(Step::Replace, 200));
    }

    #[test]
    fn attempts_count_only_sessions_that_broke_off_at_it() {
        let mut sent = SentMap::default();
        let mut work = Groundwork {
            attempts: 1,
            ..Groundwork::default()
        };
        assert_eq!(work.attempts_after(&sent), 1, "it did not get its turn");
        work.started = true;
        assert_eq!(work.attempts_after(&sent), 0, "it went well");
        sent.put(1, "2".to_owned(), What::Setup(Step::ReadMax));
        assert_eq!(work.attempts_after(&sent), 2);
    }
}
