//! The first session of a PC, and the idle ones after it.

use transom_domain::{
    device::{DeviceState, Reported},
    enrollment::EnrollmentState,
};
use transom_omadm::Plan;

use crate::world::{Pc, World, codes, device_id, read, requests, targets};

const VERSION: &str = "./Device/Vendor/MSFT/DMClient/Provider/Transom/SyncApplicationVersion";
const MAX_VERSION: &str = "./Device/Vendor/MSFT/DMClient/Provider/Transom/MaxSyncApplicationVersion";

fn pc() -> Pc {
    let mut pc = Pc::new("1");
    for (uri, value) in [
        ("./DevDetail/SwV", "10.0.26200.9278"),
        ("./DevDetail/Ext/Microsoft/DeviceName", "PC-17"),
        ("./DevDetail/Ext/Microsoft/SMBIOSSerialNumber", "ABC123"),
        ("./Vendor/MSFT/DeviceStatus/OS/Edition", "4"),
        (MAX_VERSION, "5.0"),
    ] {
        pc.tree.insert(uri.to_owned(), value.to_owned());
    }
    pc
}

#[test]
fn a_new_pc_is_read_set_up_and_becomes_active() {
    let (mut world, mut pc) = (World::fresh(), pc());
    let replies = pc.run(&mut world);
    assert_eq!(codes(&replies[0]), [200, 200, 200, 200]);
    assert!(targets(&replies[0]).contains(&"./DevDetail/SwV".to_owned()));
    assert_eq!(requests(replies.last().unwrap()), []);
    assert!(read(replies.last().unwrap()).is_final);

    assert_eq!(pc.tree[VERSION], "5.0", "added where Replace found nothing");
    assert!(world.enrollment().configured);
    assert_eq!(world.enrollment().state, EnrollmentState::Active);
    let device = world.device().clone();
    assert_eq!(device.state, DeviceState::Active);
    assert!(device.refresh_needed.is_empty());
    assert_eq!(device.summary.name.as_deref(), Some("PC-17"));
    assert_eq!(device.summary.serial_number.as_deref(), Some("ABC123"));
    assert_eq!(device.summary.model.as_deref(), Some("Model 7"));
    assert_eq!(device.last_status_report, Some(world.now));
    assert_eq!(world.store.history[0].1.reason, "initial-enrollment");

    let report = &world.store.reports[&device_id()];
    assert_eq!(report.value("./DevInfo/Man"), Some("Example Corp"));
    assert!(report.dates.contains_key("hardware"));
    assert_eq!(
        report.config["./DevDetail/FwV"],
        Reported::Unreadable {
            code: 404,
            reason: "CommandNotFound".to_owned()
        }
    );
    assert!(!report.config.contains_key(MAX_VERSION), "the setup is not a report");
}

#[test]
fn a_pc_that_knows_less_gets_the_version_it_knows() {
    let (mut world, mut pc) = (World::fresh(), pc());
    pc.tree.insert(MAX_VERSION.to_owned(), "3.0".to_owned());
    pc.tree.insert(VERSION.to_owned(), "1.0".to_owned());
    pc.run(&mut world);
    assert_eq!(pc.tree[VERSION], "3.0");
}

#[test]
fn a_setup_that_fails_is_not_tried_for_ever() {
    let (mut world, mut pc) = (World::fresh(), pc());
    pc.codes.insert(VERSION.to_owned(), 405);
    pc.run(&mut world);
    assert!(world.enrollment().configured);
    assert_eq!(Pc::new("2").run(&mut world).len(), 1);
}

#[test]
fn an_idle_pc_is_answered_without_a_write() {
    let mut world = World::settled();
    Pc::new("1").run(&mut world);
    let before = world.store.clone();
    let hello = Pc::new("2").hello();
    let Plan::Idle { device, reply } = world.plan(&hello) else {
        panic!("not idle")
    };
    assert_eq!(device, device_id());
    assert_eq!(codes(&reply), [200, 200, 200, 200]);
    assert!(read(&reply).is_final && requests(&reply).is_empty());
    assert_eq!(
        world.plan(&hello),
        Plan::Idle {
            device,
            reply: reply.clone()
        }
    );
    assert!(world.store == before);
    assert_eq!(world.post(&hello), reply, "a working turn says the same");
}

#[test]
fn whatever_is_new_needs_work() {
    let mut world = World::settled();
    Pc::new("1").run(&mut world);
    let idle = |world: &mut World, pc: &mut Pc| matches!(world.plan(&pc.hello()), Plan::Idle { .. });
    assert!(idle(&mut world, &mut Pc::new("2")));
    let mut changed = Pc::new("2");
    changed.model = "Model 8";
    assert!(!idle(&mut world, &mut changed), "another model");
    assert!(!idle(&mut world, &mut Pc::new("1")), "the stored session's id");
    let mut second = Pc::new("2");
    second.msg_id = 1;
    assert!(!idle(&mut world, &mut second), "not the first message");
    world.enrollment_mut().configured = false;
    assert!(!idle(&mut world, &mut Pc::new("2")), "not set up");
    world.enrollment_mut().configured = true;
    world.device_mut().state = DeviceState::Unknown;
    assert!(!idle(&mut world, &mut Pc::new("2")), "to be reconnected");
    world.device_mut().state = DeviceState::Active;
    world.order_gets(1, 1);
    assert!(!idle(&mut world, &mut Pc::new("2")), "a command waits");
}

#[test]
fn a_change_of_what_the_pc_is_is_taken_in() {
    let mut world = World::settled();
    Pc::new("1").run(&mut world);
    let mut pc = Pc::new("2");
    pc.model = "Model 8";
    pc.run(&mut world);
    assert_eq!(world.device().summary.model.as_deref(), Some("Model 8"));
    assert!(matches!(
        world.plan(&{
            let mut pc = Pc::new("3");
            pc.model = "Model 8";
            pc.hello()
        }),
        Plan::Idle { .. }
    ));
}
