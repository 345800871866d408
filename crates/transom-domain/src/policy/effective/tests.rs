//! What the effective policy promises (E.1), by example and for arbitrary policies.

use super::*;
use crate::{
    DeviceId, Timestamp,
    device::{Device, DeviceState, Summary},
    policy::{Policy, PolicyContent},
    segment::SegmentId,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// The device that placeholders speak of.
fn device() -> Device {
    let at = Timestamp::from_millis(0);
    Device {
        id: DeviceId::from([7; 12]),
        organization: [0; 12].into(),
        segment: SegmentId::ROOT,
        user: None,
        display_name: "Desk & Co".to_owned(),
        tags: Vec::new(),
        win_id: "win".to_owned(),
        state: DeviceState::Active,
        summary: Summary {
            serial_number: Some("SN-0001".to_owned()),
            ..Summary::default()
        },
        custom_config: Map::from_iter([("room".to_owned(), json!("B 12"))]),
        refresh_needed: std::collections::BTreeSet::new(),
        possible_duplicate_of: None,
        enrolled_by: None,
        last_status_report: None,
        enrolled_at: None,
        created_at: at,
        updated_at: at,
    }
}

/// A policy with these settings. A higher number was made later.
pub(crate) fn policy(n: u8, config: &[(&str, Value)]) -> Policy {
    let config = config.iter().map(|(key, value)| ((*key).to_owned(), value.clone()));
    Policy {
        id: PolicyId::from([n; 12]),
        organization: [0; 12].into(),
        segment: SegmentId::ROOT,
        name: format!("Policy {n}"),
        content: PolicyContent {
            config: config.collect(),
            ..PolicyContent::default()
        },
        expose_to_children: false,
        version: u32::from(n),
        created_at: Timestamp::from_millis(n.into()),
        updated_at: Timestamp::from_millis(n.into()),
    }
}

fn prepared(n: u8, config: &[(&str, Value)]) -> Prepared {
    Prepared::of(&policy(n, config))
}

fn with(n: u8, content: Value) -> Prepared {
    let mut policy = policy(n, &[]);
    policy.content = serde_json::from_value(content).unwrap();
    policy.content = policy.content.checked().unwrap();
    Prepared::of(&policy)
}

fn enforced() -> Source {
    let named = |name: &str| Named {
        id: name.to_owned(),
        name: name.to_owned(),
    };
    Source::Enforced {
        rule: named("rule"),
        audiences: vec![MatchedAudience {
            audience: named("audience"),
            reasons: vec!["tag:sales".to_owned()],
        }],
    }
}

fn supply(policy: &Prepared, priority: u32, source: Source) -> Supplier<'_> {
    Supplier {
        policy,
        priority,
        source,
    }
}

fn merged<'a>(suppliers: &[Supplier<'a>]) -> Effective<'a> {
    let device = device();
    let facts = Facts {
        smart: &[],
        device: &device,
        user: None,
        report: None,
    };
    effective(suppliers, &facts)
}

/// The settings of the result with the ids of who supplies them.
fn won(result: &Effective<'_>) -> Vec<(String, Value, u8)> {
    let outcomes = result.outcomes.iter();
    outcomes
        .map(|o| {
            let value = o.value.as_ref().unwrap().clone().into_owned();
            (o.key.to_owned(), value, result.places[o.winner].policy.version as u8)
        })
        .collect()
}

const K1: &str = "./Device/Vendor/MSFT/K1";
const K2: &str = "./Device/Vendor/MSFT/K2";
const K3: &str = "./Device/Vendor/MSFT/K3";

#[test]
fn the_worked_example() {
    let a = prepared(1, &[(K1, json!(1)), (K2, json!("x"))]);
    let b = prepared(2, &[(K1, json!(2))]);
    let c = prepared(3, &[(K1, json!(3)), (K3, json!("z"))]);
    let all = [
        supply(&a, 10, Source::Direct),
        supply(&b, 5, enforced()),
        supply(&c, 10_000, Source::Primary),
    ];
    let result = merged(&all);
    let expected = [
        (K1.to_owned(), json!(2), 2),
        (K2.to_owned(), json!("x"), 1),
        (K3.to_owned(), json!("z"), 3),
    ];
    assert_eq!(won(&result), expected);
    assert_eq!(result.conflicts.len(), 1);
    let conflict = &result.conflicts[0];
    assert_eq!((conflict.key, conflict.kind), (K1, ConflictKind::Value));
    let losers: Vec<_> = conflict
        .losers
        .iter()
        .map(|l| result.places[l.place].policy.version)
        .collect();
    assert_eq!(losers, [1, 3]);
    assert!(!result.outcomes[0].tie);
    // The rule of B stops matching.
    let result = merged(&[all[0].clone(), all[2].clone()]);
    assert_eq!(won(&result)[0], (K1.to_owned(), json!(1), 1));
    assert_eq!(won(&result).len(), 3, "nothing is deleted");
}

#[test]
fn at_one_priority_enforced_beats_direct_beats_primary_and_then_the_older_policy_wins() {
    let (a, b) = (prepared(1, &[(K1, json!(1))]), prepared(2, &[(K1, json!(2))]));
    let winner = |first: Source, second: Source| {
        let result = merged(&[supply(&a, 10_000, first), supply(&b, 10_000, second)]);
        assert!(result.outcomes[0].tie);
        assert_eq!(result.conflicts[0].kind, ConflictKind::Tie);
        won(&result)[0].2
    };
    assert_eq!(winner(Source::Direct, enforced()), 2);
    assert_eq!(winner(Source::Primary, Source::Direct), 2);
    assert_eq!(winner(Source::Direct, Source::Direct), 1);
}

#[test]
fn a_policy_from_several_sources_counts_once_with_its_strongest_place() {
    let a = prepared(1, &[(K1, json!(1))]);
    let result = merged(&[
        supply(&a, 10_000, Source::Primary),
        supply(&a, 10, Source::Direct),
        supply(&a, 10, enforced()),
    ]);
    assert_eq!(result.places.len(), 1);
    let sources: Vec<_> = result.places[0].sources.iter().map(|(p, s)| (*p, s.as_str())).collect();
    assert_eq!(sources, [(10, "enforced"), (10, "direct"), (10_000, "primary")]);
    assert!(result.outcomes[0].losers.is_empty());
}

#[test]
fn the_default_counts_only_where_there_is_nothing_else() {
    let (a, b) = (prepared(1, &[(K1, json!(1))]), prepared(2, &[(K2, json!(2))]));
    let default = supply(&b, DEFAULT_PRIORITY, Source::Default);
    assert_eq!(won(&merged(std::slice::from_ref(&default)))[0].2, 2);
    let result = merged(&[default, supply(&a, 10_000, Source::Primary)]);
    assert_eq!(won(&result), [(K1.to_owned(), json!(1), 1)]);
}

#[test]
fn two_spellings_of_a_node_are_one_setting_and_the_winners_goes_on_the_wire() {
    let a = prepared(1, &[("./Vendor/MSFT//Policy/Config/Camera/AllowCamera/", json!(0))]);
    let b = prepared(
        2,
        &[("./Device/Vendor/MSFT/policy/config/camera/allowcamera", json!(0))],
    );
    let user = prepared(3, &[("./User/Vendor/MSFT/Policy/Config/Camera/AllowCamera", json!(0))]);
    let result = merged(&[
        supply(&b, 2, Source::Direct),
        supply(&a, 1, Source::Direct),
        supply(&user, 3, Source::Direct),
    ]);
    let keys: Vec<_> = won(&result).into_iter().map(|(key, ..)| key).collect();
    assert_eq!(
        keys,
        [
            "./Vendor/MSFT//Policy/Config/Camera/AllowCamera/",
            "./User/Vendor/MSFT/Policy/Config/Camera/AllowCamera"
        ]
    );
    assert_eq!(result.spellings().count(), 1);
    assert!(result.conflicts.is_empty());
}

#[test]
fn equal_values_are_no_conflict_even_at_a_tie() {
    let (a, b) = (prepared(1, &[(K1, json!("01"))]), prepared(2, &[(K1, json!(1))]));
    let result = merged(&[supply(&a, 1, Source::Direct), supply(&b, 1, Source::Direct)]);
    assert!(result.conflicts.is_empty() && !result.outcomes[0].tie);
    assert!(result.outcomes[0].losers[0].same);
}

#[test]
fn the_strongest_wins_a_subtree() {
    let below = format!("{K1}/Deep/Leaf");
    let beside = format!("{K1}-other/Leaf");
    let leaf = prepared(1, &[(&below, json!(1)), (&beside, json!(1))]);
    let node = prepared(2, &[(K1, json!(null))]);
    let result = merged(&[supply(&leaf, 1, Source::Direct), supply(&node, 2, Source::Direct)]);
    let keys: Vec<_> = won(&result).into_iter().map(|(key, ..)| key).collect();
    assert_eq!(keys, [below.clone(), beside.clone()]);
    assert_eq!(result.conflicts[0].kind, ConflictKind::Structural);
    assert_eq!(
        (result.conflicts[0].key, result.conflicts[0].losers[0].key),
        (below.as_str(), K1)
    );
    let result = merged(&[supply(&leaf, 2, Source::Direct), supply(&node, 1, Source::Direct)]);
    let keys: Vec<_> = won(&result).into_iter().map(|(key, ..)| key).collect();
    assert_eq!(keys, [K1.to_owned(), beside]);
    // What lost is named where the setting is explained; of equal strength, nothing but class and id decided.
    for (priority, tie) in [(2, false), (1, true)] {
        let result = merged(&[
            supply(&leaf, 1, Source::Direct),
            supply(&node, priority, Source::Direct),
        ]);
        assert_eq!(result.conflicts[0].kind, ConflictKind::Structural);
        let winner = result.outcomes.iter().find(|o| o.key == below).unwrap();
        assert_eq!((winner.tie, winner.losers.len(), winner.losers[0].key), (tie, 1, K1));
    }
    // One policy may have both.
    let both = prepared(3, &[(K1, json!(1)), (&below, json!(1))]);
    assert!(merged(&[supply(&both, 1, Source::Direct)]).conflicts.is_empty());
}

#[test]
fn an_application_that_is_installed_beats_one_that_is_offered_at_a_tie_only() {
    let app = |n: u8, action: &str| {
        let id = "a".repeat(24);
        let app = json!({ "winApplicationId": id, "action": action, "configuration": {}, "updatePolicy": {} });
        with(n, json!({ "applications": [app] }))
    };
    let (offered, installed) = (app(1, "available"), app(2, "forceInstall"));
    let action = |priority| {
        let result = merged(&[
            supply(&offered, 5, Source::Direct),
            supply(&installed, priority, Source::Primary),
        ]);
        result.content()["applications"][0]["action"].clone()
    };
    assert_eq!(action(5), "forceInstall");
    assert_eq!(action(6), "available");
}

#[test]
fn files_of_equal_strength_at_one_location_are_a_tie() {
    let file = |n: u8, id: &str, location: &str| {
        let asset = json!({ "mdmAssetId": id, "location": location, "scope": "system" });
        with(n, json!({ "assets": [asset] }))
    };
    let (a, b) = (file(1, "1", "C:\\loc"), file(2, "2", "c:\\LOC"));
    for (priority, kind) in [(5, ConflictKind::Tie), (6, ConflictKind::Value)] {
        let result = merged(&[supply(&a, 5, Source::Direct), supply(&b, priority, Source::Direct)]);
        assert_eq!(result.conflicts[0].kind, kind);
        let [winner] = &result.outcomes[..] else {
            panic!("{:?}", result.outcomes)
        };
        assert_eq!(winner.tie, kind == ConflictKind::Tie);
        assert_eq!(winner.losers, result.conflicts[0].losers);
    }
}

#[test]
fn lists_are_merged_by_what_identifies_an_entry() {
    let a = with(
        1,
        json!({
            "bookmarks": [{ "title": "A", "url": "https://a" }],
            "admxConfigs": [{ "winAdmxConfigId": "bb" }, { "winAdmxConfigId": "aa" }],
            "scripts": [{ "id": "s", "type": "once", "arguments": "-Serial {{device.serialNumber}}" }],
            "agentConfiguration": { "enabled": true },
            "assets": [{ "mdmAssetId": "1", "location": "C:\\A", "scope": "user" }]
        }),
    );
    let b = with(
        2,
        json!({
            "bookmarks": [{ "title": "B", "url": "https://a" }, { "title": "C", "url": "https://c" }],
            "admxConfigs": [{ "winAdmxConfigId": "aa" }, { "winAdmxConfigId": "a0" }],
            "agentConfiguration": { "enabled": false, "allowLocation": false },
            "assets": [
                { "mdmAssetId": "2", "location": "c:\\a", "scope": "user" },
                { "mdmAssetId": "2", "location": "C:\\A", "scope": "system" }
            ]
        }),
    );
    let result = merged(&[supply(&b, 2, Source::Direct), supply(&a, 1, Source::Direct)]);
    let content = Value::Object(result.content());
    let titles: Vec<_> = content["bookmarks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|b| &b["title"])
        .collect();
    assert_eq!(titles, ["A", "C"]);
    let admx: Vec<_> = content["admxConfigs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| &a["winAdmxConfigId"])
        .collect();
    assert_eq!(admx, ["bb", "aa", "a0"]);
    assert_eq!(content["scripts"][0]["argumentsProcessed"], "-Serial SN-0001");
    assert_eq!(
        content["agentConfiguration"],
        json!({ "enabled": true, "allowLocation": false })
    );
    let assets: Vec<_> = content["assets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| (&a["mdmAssetId"], &a["scope"]))
        .collect();
    assert_eq!(assets, [(&json!("1"), &json!("user")), (&json!("2"), &json!("system"))]);
    let parts: Vec<_> = result.conflicts.iter().map(|c| c.part).collect();
    assert_eq!(parts, [Part::Assets, Part::Bookmarks, Part::AgentConfiguration]);
}

#[test]
fn a_placeholder_without_a_value_fails_its_setting_and_no_other() {
    let a = prepared(
        1,
        &[
            (K1, json!("{{user.department}}")),
            (K2, json!("<a>{{ device.displayName }}</a>")),
            (K3, json!("{{device.colour}}")),
            ("./Device/Vendor/MSFT/K4", json!("{{6B29FC40-CA47}} {{device.id")),
            (
                "./Device/Vendor/MSFT/K5",
                json!("{{device.custom.room}}/{{device.serial_short}}"),
            ),
        ],
    );
    let b = prepared(2, &[(K1, json!("fallback"))]);
    let result = merged(&[supply(&a, 1, Source::Direct), supply(&b, 2, Source::Direct)]);
    let failed: Vec<_> = result
        .failed()
        .map(|(outcome, text)| (outcome.key, text.to_owned()))
        .collect();
    assert_eq!(
        failed,
        [
            (K1, "variable user.department is empty".to_owned()),
            (K3, "variable device.colour is unknown".to_owned())
        ]
    );
    let config = &result.content()["config"];
    assert_eq!(
        config.get(K1),
        None,
        "neither a hole nor a weaker policy's value is sent"
    );
    assert_eq!(config[K2], "<a>Desk &amp; Co</a>");
    assert_eq!(config["./Device/Vendor/MSFT/K4"], "{{6B29FC40-CA47}} {{device.id");
    assert_eq!(config["./Device/Vendor/MSFT/K5"], "B 12/N-0001");
}

/// The organization's own facts of a user, in whatever case, as audiences and names of PCs know them.
#[test]
fn a_users_metadata_can_be_put_in() {
    let device = device();
    let mut user = crate::testing::samples::user(1);
    user.metadata = json!({ "Department": "Sales", "desk": 7 }).as_object().unwrap().clone();
    let facts = Facts {
        smart: &[],
        device: &device,
        user: Some(&user),
        report: None,
    };
    let policy = prepared(
        1,
        &[
            (K1, json!("{{user.department}}-{{user.Desk}}")),
            (K2, json!("{{user.floor}}")),
        ],
    );
    let suppliers = [supply(&policy, 1, Source::Direct)];
    let result = effective(&suppliers, &facts);
    assert_eq!(result.content()["config"][K1], "Sales-7");
    let failed: Vec<_> = result.failed().map(|(_, text)| text.to_owned()).collect();
    assert_eq!(failed, ["variable user.floor is empty"]);
}

/// Few nodes, so that policies meet; some lie below others, some are spelt differently.
fn arbitrary_config() -> impl Strategy<Value = BTreeMap<String, Value>> {
    let key = prop::sample::select(vec![
        "./Device/Vendor/A",
        "./Vendor/A",
        "./Device/Vendor/A/B",
        "./Device/Vendor/A/B/C",
        "./Device/Vendor/A-B",
        "./User/Vendor/A",
        "./Device/Vendor/D",
        "./device/vendor/d/e",
    ]);
    let value = prop_oneof![
        Just(json!(1)),
        Just(json!("01")),
        Just(json!(2)),
        Just(json!("{{device.id}}")),
        Just(json!("{{user.name}}")),
        Just(json!(null))
    ];
    let config = prop::collection::btree_map(key, value, 0..6);
    config.prop_map(|config| {
        let mut nodes = std::collections::BTreeSet::new();
        let entries = config.into_iter();
        let once = entries.filter(|(key, _)| nodes.insert(crate::command::config::normalized(key)));
        once.map(|(key, value)| (key.to_owned(), value)).collect()
    })
}

fn arbitrary_source() -> impl Strategy<Value = Source> {
    prop_oneof![Just(Source::Direct), Just(Source::Primary), Just(enforced())]
}

/// Policies, and which of them is given how strongly and why.
type Given = (Vec<Prepared>, Vec<(usize, u32, Source)>);

fn arbitrary_given() -> impl Strategy<Value = Given> {
    let policies = prop::collection::vec(arbitrary_config(), 1..6);
    let given = prop::collection::vec((0..6_usize, 0..4_u32, arbitrary_source()), 0..8);
    (policies, given).prop_map(|(configs, given)| {
        let policies = configs.into_iter().enumerate().map(|(n, config)| {
            let mut policy = policy(u8::try_from(n).unwrap() + 1, &[]);
            policy.content.config = config;
            Prepared::of(&policy)
        });
        (policies.collect(), given)
    })
}

fn suppliers((policies, given): &Given) -> Vec<Supplier<'_>> {
    let known = given
        .iter()
        .map(|(at, priority, source)| (&policies[at % policies.len()], *priority, source.clone()));
    known
        .map(|(policy, priority, source)| supply(policy, priority, source))
        .collect()
}

/// Key, value and winner of each outcome.
fn facts_of(result: &Effective<'_>) -> Vec<(String, String, u32)> {
    let outcomes = result.outcomes.iter();
    outcomes
        .map(|o| {
            let winner = result.places[o.winner].policy.version;
            (o.key.to_owned(), format!("{:?}", o.value), winner)
        })
        .collect()
}

proptest! {
    #[test]
    fn the_order_of_the_suppliers_does_not_matter(given in arbitrary_given(), turn in 0..8_usize) {
        let forward = suppliers(&given);
        let mut turned: Vec<_> = forward.iter().rev().cloned().collect();
        let by = turn % turned.len().max(1);
        turned.rotate_left(by);
        let (one, other) = (merged(&forward), merged(&turned));
        prop_assert_eq!(one.bytes(), other.bytes());
        prop_assert_eq!(one.hash(), other.hash());
        prop_assert_eq!(facts_of(&one), facts_of(&other));
        prop_assert_eq!(one.conflicts, other.conflicts);
    }

    #[test]
    fn a_weaker_policy_changes_nothing_that_a_stronger_one_sets(given in arbitrary_given(), config in arbitrary_config()) {
        let forward = suppliers(&given);
        let before = merged(&forward);
        let mut weaker = policy(200, &[]);
        weaker.content.config = config;
        let weaker = Prepared::of(&weaker);
        let mut more = forward.clone();
        more.push(supply(&weaker, 9, Source::Direct));
        let after = merged(&more);
        let kept: Vec<_> = facts_of(&after).into_iter().filter(|(_, _, winner)| *winner != 200).collect();
        prop_assert_eq!(facts_of(&before), kept);
    }

    #[test]
    fn every_setting_is_won_lost_or_overruled_and_by_the_strongest(given in arbitrary_given()) {
        let forward = suppliers(&given);
        let result = merged(&forward);
        let supplied: usize = result.places.iter().map(|place| place.policy.settings.len()).sum();
        // What loses to a node above or below it is told there.
        let told: usize = result.outcomes.iter().map(|o| 1 + o.losers.len()).sum();
        prop_assert_eq!(supplied, told);
        for outcome in &result.outcomes {
            prop_assert!(outcome.losers.iter().all(|l| l.place > outcome.winner));
        }
    }
}
