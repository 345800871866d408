//! The first package of a session (docs/PROTOCOL.md, 12).

use transom_syncml::{Alert, Command, Item, Meta, Request, Verb, alert};

use crate::machine::{Machine, PendingAlert};

/// `CmdID` of the first command: the Status for a header, which comes later, keeps 1 (docs/PROTOCOL.md, 12).
const FIRST_CMD_ID: u32 = 2;

/// The alerts and the device information, with their ids.
pub(super) fn commands(machine: &Machine, padding: Option<usize>) -> Vec<Command> {
    let mut next = FIRST_CMD_ID;
    let mut id = || {
        let this = next;
        next += 1;
        this
    };
    let mut out: Vec<Command> = vec![
        Alert::new(id(), alert::CLIENT_INITIATED).into(),
        Alert::typed(
            id(),
            alert::CLIENT_EVENT,
            alert::kind::LOGIN_STATUS,
            machine.login().name(),
        )
        .into(),
    ];
    for pending in machine.pending() {
        out.push(generic(id(), pending));
    }
    out.push(Command::Request(Request {
        verb: Verb::Replace,
        cmd_id: id().to_string(),
        meta: Meta::default(),
        items: device_info(machine, padding),
    }));
    out
}

fn generic(cmd_id: u32, pending: &PendingAlert) -> Command {
    let item = Item {
        source: pending.source.clone(),
        meta: Meta {
            type_: Some(pending.kind.clone()),
            format: pending.format.clone(),
            mark: pending.mark.clone(),
            ..Meta::default()
        },
        data: Some(pending.data.clone()),
        ..Item::default()
    };
    Alert::new(cmd_id, pending.code).with_item(item).into()
}

fn device_info(machine: &Machine, padding: Option<usize>) -> Vec<Item> {
    let value = |uri: &str| machine.tree().value(uri).unwrap_or_default().to_owned();
    let mut items: Vec<Item> = ["DevId", "Man", "Mod", "DmV", "Lang"]
        .into_iter()
        .map(|name| format!("./DevInfo/{name}"))
        .map(|uri| Item::source(uri.as_str()).with_data(value(&uri)))
        .collect();
    // Seen of clients that also declare Microsoft's namespace.
    if machine.sync_version() >= 3 {
        let uri = "./Vendor/MSFT/DMClient/HWDevID";
        items.push(Item::source(uri).with_data(value(uri)));
    }
    if let Some(bytes) = padding {
        items.push(Item::source("./DevInfo/Ext/Padding").with_data("x".repeat(bytes)));
    }
    items
}
