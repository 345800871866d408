//! Lists of devices are found by indexes: the statements that the store really sends, with the plans that the database
//! really makes, over a fleet whose numbers are like those of a real one. Compiled once for each database.

use super::{
    Connection,
    explain::{FILL, database, reads, settle},
    unit::UnitOfWork,
};
use crate::{
    recorder::{Recorder, Statement},
    sealing::Keyring,
};
use diesel::{Connection as _, connection::SimpleConnection};
use transom_domain::{
    device::{DeviceQuery, DeviceSort, DeviceState},
    enrollment_template::placement::PlacementState,
    page::PageRequest,
    ports::{
        AutomationRules, Devices, Enrollments, EnrollmentsMut, OrganizationsMut, Policies, PoliciesMut, SegmentsMut,
        Users,
    },
    segment::{Segment, SegmentId, SegmentScope},
    testing::{environment::NOW, samples},
};

/// Devices of the fleet: enough that reading them all is never the cheaper way.
const DEVICES: u32 = 20_000;

/// Policies of the fleet.
const POLICIES: u32 = 20;

/// A list, and what its steps may read of `devices` (`queries/devices/page.rs`).
struct List {
    name: &'static str,
    change: fn(&mut DeviceQuery),
    /// Indexes that may count.
    count: &'static [&'static str],
    /// Indexes that may find the ids of a page.
    page: &'static [&'static str],
    /// Whether rows are looked at besides the index.
    reads_rows: bool,
}

/// To count, any index that tells the organization apart will do, and the smallest one does best.
const COUNTS: &[&str] = &[
    "devices_of_organization",
    "devices_by_id_of_organization",
    "devices_of_organization_by_state",
    "devices_of_segment",
    "devices_by_id",
    "devices_by_win_id",
    "devices_by_imei",
];
const ORDERED: &[&str] = &["devices_of_organization"];
/// By the ids that another table leads to. PostgreSQL may as well go through all ids of the organization and pick.
const BY_ID: &[&str] = &[
    "devices_by_id",
    "devices_of_organization",
    "devices_of_organization_by_state",
    "devices_of_segment",
];

const LISTS: &[List] = &[
    list("first page", |_| (), COUNTS, ORDERED),
    list("deep page", |q| q.page = page(170, 100), COUNTS, ORDERED),
    list("with deleted ones", |q| q.show_deleted = true, COUNTS, ORDERED),
    list(
        "by createdAt",
        |q| sort(q, DeviceSort::CreatedAt, false),
        COUNTS,
        ORDERED,
    ),
    list(
        "by updatedAt",
        |q| sort(q, DeviceSort::UpdatedAt, true),
        COUNTS,
        &["devices_by_updated_at"],
    ),
    list(
        "by enrolledDate",
        |q| sort(q, DeviceSort::EnrolledAt, true),
        COUNTS,
        &["devices_by_enrolled_at"],
    ),
    list(
        "by enrolledDate, rising",
        |q| sort(q, DeviceSort::EnrolledAt, false),
        COUNTS,
        &["devices_by_enrolled_at"],
    ),
    list(
        "by lastStatusReportTime",
        |q| sort(q, DeviceSort::LastStatusReport, false),
        COUNTS,
        &["devices_by_last_status_report"],
    ),
    list(
        "by displayName",
        |q| sort(q, DeviceSort::DisplayName, false),
        COUNTS,
        &["devices_by_display_name"],
    ),
    list(
        "by summary.name",
        |q| sort(q, DeviceSort::ComputerName, true),
        COUNTS,
        &["devices_by_computer_name"],
    ),
    list(
        "by summary.serialNumber",
        |q| sort(q, DeviceSort::SerialNumber, false),
        COUNTS,
        &["devices_by_serial_number"],
    ),
    list(
        "by summary.osVersion",
        |q| sort(q, DeviceSort::OsVersion, true),
        COUNTS,
        &["devices_by_os_version"],
    ),
    list(
        "by state",
        |q| sort(q, DeviceSort::State, false),
        COUNTS,
        &["devices_of_organization_by_state"],
    ),
    list("of a state", |q| q.states = vec![DeviceState::Active], COUNTS, ORDERED),
    list(
        "of a rare state",
        |q| q.states = vec![DeviceState::DeleteRequested],
        &["devices_of_organization_by_state"],
        &["devices_of_organization_by_state"],
    ),
    list(
        "of a segment",
        |q| q.scope = within(&[5]),
        &["devices_of_segment"],
        &["devices_of_segment"],
    ),
    list(
        "of a segment and its children",
        |q| q.scope = within(&[1, 7, 8, 9, 10, 11, 12, 13, 14, 15]),
        COUNTS,
        ORDERED,
    ),
    list(
        "of nearly all segments",
        |q| q.scope = SegmentScope::Only((1..=60).map(SegmentId).collect()),
        COUNTS,
        ORDERED,
    ),
    list(
        "of a user",
        |q| q.user = Some(transom_domain::UserId::parse("aaaaaaaaaaaa100000000007").unwrap()),
        OF_USER,
        OF_USER,
    ),
    list("with a tag that half have", |q| q.tags = tags(&["fleet"]), BY_ID, BY_ID),
    list(
        "with a tag of a twentieth",
        |q| q.tags = tags(&["Dept-3"]),
        BY_ID,
        BY_ID,
    ),
    list("with a tag of a handful", |q| q.tags = tags(&["room-7"]), BY_ID, BY_ID),
    list("with two tags", |q| q.tags = tags(&["fleet", "dept-2"]), BY_ID, BY_ID),
    list(
        "with a policy that half have",
        |q| q.policy = Some(samples::id(1)),
        BY_ID,
        BY_ID,
    ),
    list(
        "with a policy that few have",
        |q| q.policy = Some(samples::id(3)),
        BY_ID,
        BY_ID,
    ),
    list(
        "of an enrolment template",
        |q| q.template = Some(transom_domain::EnrollmentTemplateId::parse("cccccccccccc100000000012").unwrap()),
        &["devices_of_enrollment_template"],
        &["devices_of_enrollment_template"],
    ),
    list(
        "that no enrolment rule wanted",
        |q| q.placement = Some(PlacementState::Unmatched),
        &["devices_by_enrollment_state"],
        &["devices_by_enrollment_state"],
    ),
    List {
        reads_rows: true,
        ..list(
            "of a serial number",
            |q| q.serial_number = Some("5cg1104729".to_owned()),
            &["devices_by_serial_number"],
            &["devices_by_serial_number"],
        )
    },
    list(
        "of an OS version",
        |q| q.os_version = Some("10.0.26100.4001".to_owned()),
        &["devices_by_os_version"],
        &["devices_by_os_version"],
    ),
    list(
        "of a console name",
        |q| q.name = Some("Desk Madrid 1".to_owned()),
        &["devices_by_display_name", "devices_searched"],
        &["devices_by_display_name", "devices_searched"],
    ),
    list(
        "search that finds few",
        |q| q.search = Some("madrid 13".to_owned()),
        &["devices_searched"],
        &["devices_searched"],
    ),
    List {
        // The newest are looked at until the page is full, which is soon where many match.
        reads_rows: true,
        ..list(
            "search that finds many",
            |q| q.search = Some("madrid".to_owned()),
            &["devices_searched"],
            &["devices_searched", "devices_of_organization"],
        )
    },
];

const OF_USER: &[&str] = &["devices_of_user"];

const fn list(
    name: &'static str,
    change: fn(&mut DeviceQuery),
    count: &'static [&'static str],
    page: &'static [&'static str],
) -> List {
    List {
        name,
        change,
        count,
        page,
        reads_rows: false,
    }
}

fn sort(query: &mut DeviceQuery, sort: DeviceSort, descending: bool) {
    (query.sort, query.descending) = (sort, descending);
    query.page = page(3, 100);
}

fn page(number: u32, limit: u32) -> PageRequest {
    PageRequest::new(number, limit).unwrap()
}

fn within(segments: &[u32]) -> SegmentScope {
    SegmentScope::Only(segments.iter().copied().map(SegmentId).collect())
}

fn tags(tags: &[&str]) -> Vec<String> {
    tags.iter().map(|tag| (*tag).to_owned()).collect()
}

pub(super) fn fill(connection: &mut Connection) {
    super::sealing::settle(connection, &Keyring::of_this_process()).unwrap();
    let keyring = Keyring::of_this_process();
    let mut tx = UnitOfWork::new(connection, &keyring);
    tx.insert_organization(&samples::organization(1)).unwrap();
    tx.insert_segment(&Segment::root(samples::home(), NOW)).unwrap();
    for number in 1..=POLICIES {
        let mut policy = samples::policy(number);
        policy.segment = SegmentId::ROOT;
        tx.insert_policy(&policy).unwrap();
    }
    let devices = concat!(
        include_str!("../../../../tests/support/many_devices.sql"),
        include_str!("enrollments.sql"),
        include_str!("rules.sql")
    );
    let devices = devices
        .replace("{devices}", &DEVICES.to_string())
        .replace("{organization}", &samples::home().to_string())
        .replace("{now}", &NOW.as_millis().to_string())
        .replace(
            "{report}",
            r#"{"./DevDetail/Ext/Microsoft/SMBIOSSerialNumber":"SERIAL"}"#,
        )
        .replace("{bytes}", FILL.bytes)
        .replace("{false}", FILL.no)
        .replace("{true}", FILL.yes);
    connection.batch_execute(FILL.begin).unwrap();
    connection.batch_execute(&devices).unwrap();
    connection.batch_execute("COMMIT").unwrap();
    settle(connection);
}

/// The statements that `look` sends.
pub(super) fn sent(connection: &mut Connection, look: impl FnOnce(&mut UnitOfWork<'_>)) -> Vec<Statement> {
    let recorder = Recorder::default();
    connection.set_instrumentation(recorder.clone());
    look(&mut UnitOfWork::new(connection, &Keyring::of_this_process()));
    let sent = recorder.take();
    connection.set_instrumentation(Recorder::default());
    sent
}

/// What is wrong with the plans of a list.
fn wrong(connection: &mut Connection, list: &List) -> Vec<String> {
    let mut query = DeviceQuery {
        show_deleted: false,
        descending: true,
        sort: DeviceSort::CreatedAt,
        page: PageRequest::default(),
        ..samples::device_query()
    };
    (list.change)(&mut query);
    let statements = sent(connection, |view| {
        let found = view.device_page(&query).unwrap();
        assert!(!found.items.is_empty(), "{}: nothing is found", list.name);
    });
    assert!(matches!(statements.len(), 3 | 5), "{}: {statements:#?}", list.name);
    let mut wrong = Vec::new();
    for statement in &statements {
        let reads = reads(connection, statement);
        assert!(!reads.is_empty(), "{}: {}", list.name, statement.text);
        let text = statement.text.replace(['"', '`'], "");
        let allowed = if text.starts_with("SELECT COUNT(*)") {
            Some(list.count.to_vec())
        } else if !text.starts_with("SELECT devices.id FROM") {
            None
        } else if text.contains("ORDER BY") {
            Some(list.page.to_vec())
        } else {
            // Whether there are few, in no order.
            Some([list.count, list.page].concat())
        };
        for read in reads {
            let is_of_devices = read.index.starts_with("devices_") && !read.index.ends_with("_pkey");
            let is_right = match &allowed {
                _ if read.index == "everything" => false,
                Some(allowed) if is_of_devices => {
                    allowed.contains(&read.index.as_str()) && (read.is_index_only || list.reads_rows)
                }
                _ => true,
            };
            if !is_right {
                wrong.push(format!("{}: {read:?}\n    {}", list.name, statement.text));
            }
        }
    }
    wrong
}

#[test]
fn every_list_of_devices_is_found_by_its_index() {
    let Some((_guard, mut connection)) = database() else {
        return;
    };
    fill(&mut connection);
    let wrong: Vec<String> = LISTS.iter().flat_map(|list| wrong(&mut connection, list)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The proof that the test above can fail; and that no index is there for nothing.
#[test]
fn without_its_index_a_list_is_noticed() {
    let Some((_guard, mut connection)) = database() else {
        return;
    };
    fill(&mut connection);
    for index in [
        "devices_by_updated_at",
        "devices_by_enrolled_at",
        "devices_by_last_status_report",
        "devices_by_display_name",
        "devices_by_computer_name",
        "devices_by_serial_number",
        "devices_by_os_version",
        "devices_of_organization_by_state",
        "devices_of_segment",
        "devices_of_user",
        "devices_of_enrollment_template",
        "devices_by_enrollment_state",
        "devices_searched",
    ] {
        let mut noticed = false;
        connection.test_transaction::<_, diesel::result::Error, _>(|connection| {
            connection.batch_execute(&format!("DROP INDEX {index}"))?;
            noticed = LISTS.iter().any(|list| !wrong(connection, list).is_empty());
            Ok(())
        });
        assert!(noticed, "{index} is missed by no list");
    }
}

/// What the API shows of the devices on a page, beside their rows.
#[test]
fn what_a_page_shows_is_found_by_the_ids_on_it() {
    let Some((_guard, mut connection)) = database() else {
        return;
    };
    fill(&mut connection);
    let mut statements = Vec::new();
    let page = UnitOfWork::new(&mut connection, &Keyring::of_this_process())
        .device_page(&samples::device_query())
        .unwrap();
    let ids: Vec<_> = page.items.iter().map(|device| device.id).collect();
    let users: Vec<_> = page.items.iter().filter_map(|device| device.user).collect();
    // Those on the page get enrolments that the store can read.
    let listed: Vec<String> = ids.iter().map(|id| format!("'{id}'")).collect();
    let listed = listed.join(",");
    connection
        .batch_execute(&format!("DELETE FROM enrollments WHERE device_id IN ({listed})"))
        .unwrap();
    let keyring = Keyring::of_this_process();
    let mut tx = UnitOfWork::new(&mut connection, &keyring);
    for (number, id) in (1..).zip(&ids) {
        let mut enrollment = samples::enrollment(number, *id);
        (enrollment.user, enrollment.token) = (None, None);
        tx.insert_enrollment(&enrollment).unwrap();
    }
    statements.extend(sent(&mut connection, |view| {
        assert_eq!(view.device_reports(&ids).unwrap().len(), 100);
        assert_eq!(view.device_histories(&ids).unwrap().len(), 100);
        assert_eq!(view.enrollment_digests(&ids).unwrap().len(), 100);
        assert!(!view.users_by_id(samples::home(), &users).unwrap().is_empty());
        assert!(!view.assignments_of(&ids).unwrap().is_empty());
        assert!(!view.enforcements_of(&ids).unwrap().is_empty());
    }));
    for statement in &statements {
        for read in reads(&mut connection, statement) {
            // A hundred users without tags: PostgreSQL knows that the table of their tags is empty.
            assert!(
                read.index != "everything" || read.table == "user_tags",
                "{read:?}\n{}",
                statement.text
            );
        }
    }
}
