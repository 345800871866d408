//! Audiences over facts that are made up here: examples for each rule, and what holds for all.

use super::super::{Audience, Facts, Selectors};
use crate::{
    DeviceId, Timestamp, UserId,
    device::{Device, DeviceState, EnrolledBy, Summary},
    enrollment_template::placement::PlacementState,
    segment::{Segment, SegmentId},
    user::{Email, User},
};
use proptest::prelude::*;
use serde_json::json;

pub(crate) fn tree() -> Vec<Segment> {
    let segment = |id: u32, parent: Option<u32>| Segment {
        id: SegmentId(id),
        parent: parent.map(SegmentId),
        ..Segment::root([0; 12].into(), Timestamp::from_millis(0))
    };
    vec![segment(0, None), segment(1, Some(0)), segment(2, Some(1))]
}

pub(crate) fn facts() -> Facts {
    let at = Timestamp::from_millis(0);
    let device = Device {
        id: DeviceId::from([7; 12]),
        organization: [0; 12].into(),
        segment: SegmentId(1),
        user: Some(UserId::from([8; 12])),
        display_name: "Desk".to_owned(),
        tags: vec!["Sales".to_owned(), "EMEA".to_owned(), "cost:7".to_owned()],
        win_id: "win".to_owned(),
        state: DeviceState::Active,
        summary: Summary {
            os_version: Some("10.0.26200.1".to_owned()),
            os_version_name: Some("Windows 11 Pro".to_owned()),
            serial_number: Some("SN-1".to_owned()),
            manufacturer: Some("Contoso".to_owned()),
            model: Some("Book 3".to_owned()),
            ..Summary::default()
        },
        custom_config: json!({ "Floor": 3 }).as_object().unwrap().clone(),
        refresh_needed: std::collections::BTreeSet::new(),
        possible_duplicate_of: None,
        enrolled_by: Some(EnrolledBy {
            template: [9; 12].into(),
            state: PlacementState::Decided,
        }),
        last_status_report: None,
        enrolled_at: None,
        created_at: at,
        updated_at: at,
    };
    let user = User {
        id: UserId::from([8; 12]),
        organization: [0; 12].into(),
        email: Email::parse("Ada@Example.com").unwrap(),
        name: None,
        password_hash: None,
        tags: vec!["Lead".to_owned()],
        language: None,
        metadata: json!({ "department": "Sales", "tag": "no" })
            .as_object()
            .unwrap()
            .clone(),
        created_at: at,
        updated_at: at,
    };
    Facts {
        device,
        user: Some(user),
        smart: vec![("Shift".to_owned(), "Night".to_owned())],
    }
}

pub(crate) fn audience(selectors: Selectors) -> Audience {
    Audience {
        id: [1; 12].into(),
        organization: [0; 12].into(),
        segment: SegmentId::ROOT,
        expose_to_children: true,
        name: "A".to_owned(),
        description: None,
        selectors,
        exclude: Selectors::default(),
        created_at: Timestamp::from_millis(0),
        updated_at: Timestamp::from_millis(0),
    }
}

pub(crate) fn words(groups: &[&[&str]]) -> Vec<Vec<String>> {
    groups
        .iter()
        .map(|group| group.iter().map(|word| (*word).to_owned()).collect())
        .collect()
}

fn devices(groups: &[&[&str]]) -> Selectors {
    Selectors {
        device_groups: words(groups),
        ..Selectors::default()
    }
}

fn users(groups: &[&[&str]]) -> Selectors {
    Selectors {
        user_groups: words(groups),
        ..Selectors::default()
    }
}

fn reasons(selectors: Selectors) -> Option<Vec<String>> {
    audience(selectors).reasons(&facts(), &tree())
}

fn told(reasons: Option<Vec<String>>) -> String {
    reasons.map_or_else(|| "-".to_owned(), |reasons| reasons.join(" "))
}

#[test]
fn groups_are_alternatives_whose_elements_must_all_hold() {
    assert_eq!(
        told(reasons(devices(&[&["sales", "emea"], &["vip"]]))),
        "tag:EMEA tag:Sales"
    );
    assert_eq!(told(reasons(devices(&[&["sales", "vip"]]))), "-");
    assert_eq!(told(reasons(devices(&[&["SALES"], &["emea"]]))), "tag:EMEA tag:Sales");
}

#[test]
fn what_is_empty_matches_nothing() {
    assert_eq!(reasons(devices(&[&[]])), None);
    assert_eq!(reasons(users(&[&[]])), None);
    assert_eq!(reasons(Selectors::default()), None);
}

#[test]
fn every_form_of_reason_is_spelt_as_the_device_or_user_has_it() {
    for (element, reason) in [
        ("tag:cost:7", "tag:cost:7"),
        ("os:windows 11*", "os:Windows 11 Pro"),
        ("os:10.0.26200.*", "os:10.0.26200.1"),
        ("model:book 3", "model:Book 3"),
        ("manufacturer:contoso", "manufacturer:Contoso"),
        ("segment:1", "segment:1"),
        ("template:090909090909090909090909", "template:090909090909090909090909"),
        ("smart.shift:night", "smart.Shift:Night"),
        ("custom.floor:3", "custom.Floor:3"),
    ] {
        assert_eq!(told(reasons(devices(&[&[element]]))), reason);
    }
    for (element, reason) in [
        ("lead", "user.tag:Lead"),
        ("department:sales", "user.department:Sales"),
        ("email:*@example.com", "user.email:ada@example.com"),
    ] {
        assert_eq!(told(reasons(users(&[&[element]]))), reason);
    }
    assert_eq!(reasons(users(&[&["tag:no"]])), None, "metadata do not pass for tags");
    let listed = Selectors {
        devices: vec![DeviceId::from([7; 12])],
        users: vec![UserId::from([8; 12])],
        serial_numbers: vec!["sn-1".to_owned()],
        foreign: [vec!["07".repeat(12)], vec![], vec![]],
        ..Selectors::default()
    };
    let ids = ("07".repeat(12), "08".repeat(12));
    assert_eq!(
        told(reasons(listed)),
        format!("device:{} serial:SN-1 user:{}", ids.0, ids.1)
    );
}

#[test]
fn the_sample_of_the_contract() {
    let both = Selectors {
        device_groups: words(&[&["sales"]]),
        user_groups: words(&[&["department:sales"]]),
        ..Selectors::default()
    };
    assert_eq!(reasons(both).unwrap(), ["tag:Sales", "user.department:Sales"]);
}

#[test]
fn an_exclusion_wins() {
    let mut audience = audience(devices(&[&["sales"]]));
    audience.exclude = users(&[&["lead"]]);
    assert_eq!(audience.reasons(&facts(), &tree()), None);
    audience.exclude = users(&[&["other"], &[]]);
    assert!(audience.reasons(&facts(), &tree()).is_some());
}

#[test]
fn an_audience_sees_its_segment_and_what_it_is_exposed_to() {
    let mut audience = audience(devices(&[&["sales"]]));
    let mut facts = facts();
    let mut seen = |audience: &Audience| -> Vec<u32> {
        let seen = (0..3).filter(|segment| {
            facts.device.segment = SegmentId(*segment);
            audience.reasons(&facts, &tree()).is_some()
        });
        seen.collect()
    };
    assert_eq!(seen(&audience), [0, 1, 2]);
    audience.segment = SegmentId(1);
    assert_eq!(seen(&audience), [1, 2]);
    audience.expose_to_children = false;
    assert_eq!(seen(&audience), [1]);
}

#[test]
fn only_pcs_that_are_there_are_members() {
    let audience = audience(devices(&[&["sales"]]));
    for state in DeviceState::ALL {
        let mut facts = facts();
        facts.device.state = state;
        let expected = !matches!(state, DeviceState::DeleteRequested | DeviceState::Deleted);
        assert_eq!(audience.reasons(&facts, &tree()).is_some(), expected, "{state:?}");
    }
}

/// Words of which some are tags of the device.
fn any_groups() -> impl Strategy<Value = Vec<Vec<String>>> {
    let word = prop::sample::select(vec![
        "sales",
        "EMEA",
        "vip",
        "tag:cost:7",
        "segment:1",
        "segment:2",
        "os:win*",
    ]);
    prop::collection::vec(prop::collection::vec(word.prop_map(str::to_owned), 0..4), 0..5)
}

proptest! {
    #[test]
    fn order_does_not_matter(groups in any_groups(), excluded in any_groups(), turn in 0_usize..5) {
        let mut one = audience(Selectors { device_groups: groups, ..Selectors::default() });
        one.exclude.device_groups = excluded;
        let mut other = one.clone();
        other.selectors.device_groups.reverse();
        for group in other.selectors.device_groups.iter_mut().filter(|group| !group.is_empty()) {
            let turn = turn % group.len();
            group.rotate_left(turn);
        }
        let mut turned = facts();
        turned.device.tags.reverse();
        prop_assert_eq!(one.reasons(&facts(), &tree()), other.reasons(&turned, &tree()));
    }

    #[test]
    fn empty_groups_add_nothing(groups in any_groups()) {
        let one = audience(Selectors { device_groups: groups, ..Selectors::default() });
        let mut other = one.clone();
        other.selectors.device_groups.push(Vec::new());
        other.selectors.user_groups.push(Vec::new());
        prop_assert_eq!(one.reasons(&facts(), &tree()), other.reasons(&facts(), &tree()));
    }

    #[test]
    fn whoever_is_excluded_is_out_and_whoever_is_not_stays(groups in any_groups(), excluded in any_groups()) {
        let included = audience(Selectors { device_groups: groups, ..Selectors::default() });
        let matched = included.reasons(&facts(), &tree());
        let is_excluded = audience(Selectors { device_groups: excluded.clone(), ..Selectors::default() })
            .reasons(&facts(), &tree()).is_some();
        let mut both = included;
        both.exclude.device_groups = excluded;
        prop_assert_eq!(both.reasons(&facts(), &tree()), matched.filter(|_| !is_excluded));
    }

    #[test]
    fn reasons_are_sorted_and_each_is_told_once(groups in any_groups()) {
        let audience = audience(Selectors { device_groups: groups, ..Selectors::default() });
        if let Some(reasons) = audience.reasons(&facts(), &tree()) {
            prop_assert!(!reasons.is_empty());
            prop_assert!(reasons.windows(2).all(|pair| pair[0] < pair[1]), "{reasons:?}");
        }
    }
}
