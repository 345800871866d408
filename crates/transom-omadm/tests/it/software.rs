//! Installed software is read in the first session and when it is asked for.

use crate::world::{Pc, World, device_id, requests, targets};
use transom_domain::{
    device::{RefreshArea, Reported},
    software::inventory::{ELSEWHERE, MSI, STORE},
};
use transom_syncml::{Command as Wire, Item, Results, Status, encode};

const CODE: &str = "%7B23170F69-40C1-2702-2408-000001000000%7D";

fn wanting() -> World {
    let mut world = World::settled();
    world.device_mut().refresh_needed.insert(RefreshArea::Applications);
    world
}

fn names(world: &World) -> Vec<String> {
    let apps = world.store.apps.iter();
    apps.map(|app| format!("{} {}", app.name, app.version.as_deref().unwrap_or("-")))
        .collect()
}

/// A PC that answers each Get as Windows does: one Status, and Results with what was found.
struct Shop {
    pc: Pc,
    /// LocURI of a request, and what is found.
    found: Vec<(String, Vec<(String, String)>)>,
}

impl Shop {
    fn new() -> Self {
        let product = |leaf: &str| format!("{MSI}/{CODE}/{leaf}");
        let package = |leaf: &str| {
            format!("./Vendor/MSFT/EnterpriseModernAppManagement/AppManagement/AppStore/A_b/A_1.0_x64__b/{leaf}")
        };
        let text = |value: &str| value.to_owned();
        let found = vec![
            (text(MSI), vec![(text(MSI), format!("{CODE}/UpgradeCode"))]),
            (
                product("Name"),
                vec![
                    (product("Name"), text("7-Zip")),
                    (product("Version"), text("24.08")),
                    (product("Publisher"), text("Igor Pavlov")),
                ],
            ),
            (
                text(STORE),
                vec![
                    (package("Name"), text("A")),
                    (package("Version"), text("1.0")),
                    (package("InstallDate"), text("yesterday")),
                ],
            ),
        ];
        Self {
            pc: Pc::new("1"),
            found,
        }
    }

    fn answer(&mut self, reply: &str) -> String {
        let number = crate::world::read(reply).header.msg_id;
        let mut body: Vec<Wire> = vec![Status::of_header(1, number, 200).into()];
        for request in requests(reply) {
            let uri = request.items[0].target.clone().unwrap();
            let code = self.pc.codes.get(&uri).copied();
            let found = self
                .found
                .iter()
                .find(|(asked, _)| *asked == uri)
                .map(|(_, found)| found.clone());
            let code = code.unwrap_or(if found.is_some() { 200 } else { 404 });
            let cmd_id = request.cmd_id.clone();
            body.push(Status::of(body.len() + 1, number, &request.into(), code).into());
            if let Some(found) = found.filter(|_| code == 200) {
                let items = found.into_iter().map(|(uri, value)| Item::source(uri).with_data(value));
                body.push(Results::of(body.len() + 1, number, &cmd_id, items.collect()).into());
            }
        }
        encode(&self.pc.message(body)).unwrap()
    }

    fn run(&mut self, world: &mut World) -> Vec<String> {
        let mut replies = vec![world.post(&self.pc.hello())];
        while !requests(replies.last().unwrap()).is_empty() {
            assert!(replies.len() < 100, "the session does not end");
            let answer = self.answer(replies.last().unwrap());
            replies.push(world.post(&answer));
        }
        replies
    }
}

#[test]
fn what_a_pc_has_is_asked_for_and_kept() {
    let (mut world, mut shop) = (wanting(), Shop::new());
    let replies = shop.run(&mut world);
    assert_eq!(targets(&replies[0]), [MSI, STORE, ELSEWHERE]);
    let second = requests(&replies[1]);
    assert_eq!(second.len(), 1, "one Get for each package, and UpgradeCode is none");
    let asked: Vec<&str> = second[0]
        .items
        .iter()
        .map(|item| item.target.as_deref().unwrap())
        .collect();
    assert_eq!(
        asked,
        ["Name", "Version", "Publisher"].map(|leaf| format!("{MSI}/{CODE}/{leaf}"))
    );
    let mut found = names(&world);
    found.sort();
    assert_eq!(found, ["7-Zip 24.08", "A 1.0"]);
    assert!(world.store.findings.is_empty(), "they have become a list");
    assert!(world.device().refresh_needed.is_empty());
    let report = &world.store.reports[&device_id()];
    assert_eq!(report.dates.get("applications"), Some(&world.now));
    assert!(
        report.config.keys().all(|uri| !uri.contains("AppManagement")),
        "lists are kept elsewhere"
    );

    world.device_mut().refresh_needed.insert(RefreshArea::Applications);
    (shop.pc.session, shop.pc.msg_id) = ("2".to_owned(), 0);
    shop.found.retain(|(asked, _)| asked != STORE);
    shop.run(&mut world);
    assert_eq!(names(&world), ["7-Zip 24.08"], "what is gone is gone");
}

#[test]
fn half_a_list_takes_nothing_away() {
    let (mut world, mut shop) = (wanting(), Shop::new());
    shop.run(&mut world);
    let before = names(&world);
    let dates = world.store.reports[&device_id()].dates.clone();
    world.device_mut().refresh_needed.insert(RefreshArea::Applications);
    world.now = transom_domain::Timestamp::from_millis(world.now.as_millis() + 1_000);
    (shop.pc.session, shop.pc.msg_id) = ("2".to_owned(), 0);
    shop.pc.codes.insert(STORE.to_owned(), 500);
    shop.run(&mut world);
    assert_eq!(names(&world), before);
    assert!(world.store.findings.is_empty());
    assert!(world.device().refresh_needed.is_empty(), "it is not asked for ever");
    let report = world.store.reports[&device_id()].clone();
    assert_eq!(report.dates, dates, "it was not read");
    let node = STORE.split('?').next().unwrap();
    assert!(matches!(report.config[node], Reported::Unreadable { code: 500, .. }));

    world.device_mut().refresh_needed.insert(RefreshArea::Applications);
    (shop.pc.session, shop.pc.msg_id) = ("3".to_owned(), 0);
    shop.pc.codes.clear();
    shop.run(&mut world);
    assert!(!world.store.reports[&device_id()].config.contains_key(node));
}

#[test]
fn a_session_that_breaks_off_leaves_the_list_as_it_was() {
    let (mut world, mut shop) = (wanting(), Shop::new());
    shop.run(&mut world);
    let before = names(&world);
    world.device_mut().refresh_needed.insert(RefreshArea::Applications);
    (shop.pc.session, shop.pc.msg_id) = ("2".to_owned(), 0);
    shop.found[2].1[0].1 = "B".to_owned();
    let reply = world.post(&shop.pc.hello());
    let answer = shop.answer(&reply);
    world.post(&answer);
    assert_eq!(names(&world), before);
    assert!(!world.store.findings.is_empty());
    (shop.pc.session, shop.pc.msg_id) = ("3".to_owned(), 0);
    shop.run(&mut world);
    let mut found = names(&world);
    found.sort();
    assert_eq!(found, ["7-Zip 24.08", "B 1.0"]);
}

#[test]
fn thousands_of_packages_end_within_the_limits() {
    let (mut world, mut shop) = (wanting(), Shop::new());
    let codes: Vec<String> = (0..3_000)
        .map(|n| format!("{{{n:08}-0000-0000-0000-000000000000}}"))
        .collect();
    shop.found[0].1[0].1 = codes.join("/");
    let replies = shop.run(&mut world);
    let asked = replies.iter().flat_map(|reply| requests(reply)).count();
    assert_eq!(asked, 3 + transom_domain::software::inventory::PRODUCTS_MAX);
    assert_eq!(names(&world), ["A 1.0"]);
}
