//! Values that come in parts.

use transom_domain::command::CommandStatus;
use transom_syncml::{Item, Meta, Results, Status, alert, encode};

use crate::world::{Pc, World, alerts, codes, read, requests};

fn part(pc: &mut Pc, size: Option<u64>, data: &str, more: bool) -> String {
    let mut item = Item::source("./T/1").with_data(data);
    item.more_data = more;
    let mut results = Results::of(9, 1, "5", vec![item]);
    results.meta = Meta {
        size,
        ..Meta::default()
    };
    let body = vec![
        Status::of_header(1, 1, 200).into(),
        Status {
            cmd_id: "2".to_owned(),
            msg_ref: Some(1),
            cmd_ref: "5".to_owned(),
            cmd: "Get".to_owned(),
            code: 200,
            ..Status::default()
        }
        .into(),
        results.into(),
    ];
    let mut message = pc.message(body);
    message.is_final = !more;
    encode(&message).unwrap()
}

fn begun() -> (World, Pc) {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    world.order_gets(1, 1);
    let reply = world.post(&pc.hello());
    assert_eq!(requests(&reply)[0].cmd_id, "5");
    (world, pc)
}

#[test]
fn parts_are_confirmed_and_put_together() {
    let (mut world, mut pc) = begun();
    for data in ["abc", "def"] {
        let reply = world.post(&part(&mut pc, (data == "abc").then_some(8), data, true));
        assert_eq!(codes(&reply), [200, 213]);
        assert_eq!(alerts(&reply), [alert::NEXT_MESSAGE]);
    }
    let reply = world.post(&part(&mut pc, None, "gh", false));
    assert_eq!(codes(&reply), [200, 200]);
    assert!(read(&reply).is_final);
    assert_eq!(world.store.commands[0].data[0]["value"], "abcdefgh");
    assert_eq!(world.statuses(), [CommandStatus::Acknowledged]);
}

#[test]
fn a_wrong_length_is_told() {
    let (mut world, mut pc) = begun();
    world.post(&part(&mut pc, Some(9), "abc", true));
    let reply = world.post(&part(&mut pc, None, "gh", false));
    assert_eq!(codes(&reply), [200, 424]);
    assert!(world.store.commands[0].data.is_empty());
}

#[test]
fn a_missing_end_is_told() {
    let (mut world, mut pc) = begun();
    world.post(&part(&mut pc, Some(9), "abc", true));
    let reply = world.post(&encode(&pc.message(Vec::new())).unwrap());
    assert_eq!(alerts(&reply), [alert::NO_END_OF_DATA]);
}
