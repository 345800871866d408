//! Bad luck of every kind: messages and replies get lost, come twice, come late, and PCs fall asleep. Whatever happens,
//! every command comes to its end, what was confirmed is never ordered again, and what must happen once does.

use std::collections::BTreeMap;

use transom_domain::command::{CommandState, CommandStatus};
use transom_syncml::Verb;

use crate::world::{Pc, World, requests};

const WIPE: &str = "./Device/Vendor/MSFT/RemoteWipe/doWipePersistProvisionedData";

/// A small generator (Knuth's MMIX constants): the same luck for the same seed, on every machine.
struct Luck(u64);

impl Luck {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// What was done on the PC, and what the server has confirmed to know.
#[derive(Default)]
struct Ledger {
    executed: BTreeMap<String, u32>,
    confirmed: BTreeMap<String, u32>,
}

fn session(world: &mut World, luck: &mut Luck, ledger: &mut Ledger, delayed: &mut Vec<String>, number: u32) {
    let mut pc = Pc::new(&format!("{number:X}"));
    for n in 1..=12 {
        pc.tree.insert(format!("./T/{n}"), format!("value {n}"));
    }
    let mut message = pc.hello();
    loop {
        // What is on its way may cross with a late answer, so what counts is what was known before.
        for (node, count) in &ledger.executed {
            let known = world.store.commands.iter().find(|c| c.config.path == *node).unwrap();
            if matches!(known.state, CommandState::Done { code: Some(_), .. }) {
                ledger.confirmed.insert(node.clone(), *count);
            }
        }
        let mut reply = None;
        for _ in 0..3 {
            match luck.below(8) {
                // The message is lost on its way; the PC sends it again.
                0 => {}
                // It arrives, its reply is lost.
                1 => drop(world.post(&message)),
                // It arrives twice.
                2 => {
                    let first = world.post(&message);
                    let second = world.post(&message);
                    assert_eq!(first, second);
                    reply = Some(second);
                }
                _ => reply = Some(world.post(&message)),
            }
            if luck.below(4) == 0
                && let Some(old) = delayed.pop()
            {
                // A copy of an old message comes late.
                world.post(&old);
            }
            if reply.is_some() {
                break;
            }
        }
        if luck.below(6) == 0 {
            delayed.push(message.clone());
        }
        let Some(reply) = reply else { return };
        let orders = requests(&reply);
        if orders.is_empty() || luck.below(10) == 0 {
            // It is over, or the PC falls asleep before it does anything.
            return;
        }
        for order in &orders {
            let node = order.items[0].target.clone().unwrap();
            assert!(
                !ledger.confirmed.contains_key(&node),
                "{node} was confirmed and is ordered again"
            );
            if order.verb == Verb::Exec {
                *ledger.executed.entry(node).or_default() += 1;
            }
        }
        message = pc.answer(&reply);
        if luck.below(10) == 0 {
            // It falls asleep after it did the work; its answer may still come.
            delayed.push(message);
            return;
        }
    }
}

#[test]
fn nothing_is_lost_and_nothing_confirmed_is_done_again() {
    for seed in 0..60 {
        let mut luck = Luck(seed);
        let mut world = World::settled();
        world.order_gets(1, 4);
        world.order(1, &[("Exec", WIPE, None, "null")]);
        for n in 5..=8 {
            world.order(1, &[("Exec", &format!("./T/{n}"), None, "null")]);
        }
        world.order(2, &[("Get", "./T/9", None, "null"), ("Get", "./Missing", None, "null")]);
        let (mut ledger, mut delayed) = (Ledger::default(), Vec::new());
        for number in 1..60 {
            session(&mut world, &mut luck, &mut ledger, &mut delayed, number);
        }
        for message in delayed {
            world.post(&message);
        }
        Pc::new("FFFF").run(&mut world);
        for command in &world.store.commands {
            let path = &command.config.path;
            let expected: &[CommandStatus] = match path.as_str() {
                "./Missing" => &[CommandStatus::CommandNotFound],
                WIPE => &[CommandStatus::Acknowledged, CommandStatus::Unknown],
                _ => &[CommandStatus::Acknowledged],
            };
            // A command may have had bad luck so often that it counts as one that breaks sessions.
            let out_of_luck = command.status() == CommandStatus::MalformedSyntax;
            assert!(
                out_of_luck || expected.contains(&command.status()),
                "seed {seed}: {path} is {:?}",
                command.state
            );
            if command.status() == CommandStatus::Acknowledged
                && path.starts_with("./T/")
                && command.config.action.as_str() == "Get"
            {
                assert_eq!(command.data.len(), 1, "seed {seed}: {path}: {:?}", command.data);
            }
        }
        assert!(
            ledger.executed.get(WIPE).copied().unwrap_or(0) <= 1,
            "seed {seed}: wiped twice"
        );
    }
}
