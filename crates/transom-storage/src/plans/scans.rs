//! Scans of the Microsoft Graph facade go by the index of what is asked for, where there is one. Compiled once for each
//! database.

use super::{
    explain::{database, reads},
    lists::{fill, sent},
};
use std::time::Duration;
use transom_domain::{
    UserId,
    device::DeviceState,
    managed_device::{DeviceCondition, DeviceScan, TextField, TextMatch, TimeField},
    ports::ManagedDevices,
    segment::SegmentScope,
    testing::{environment::NOW, samples},
};

fn is(field: TextField, text: &str) -> DeviceCondition {
    DeviceCondition::Text {
        field,
        matches: TextMatch::Is(vec![text.to_owned()]),
    }
}

#[test]
fn what_is_asked_for_is_looked_up() {
    let Some((_guard, mut connection)) = database() else {
        return;
    };
    fill(&mut connection);
    let user = UserId::parse("aaaaaaaaaaaa100000000007").unwrap();
    let table = [
        (is(TextField::SerialNumber, "5CG1104729"), "devices_by_serial_number"),
        (
            is(TextField::ComputerName, "DESKTOP-10007919"),
            "devices_by_computer_name",
        ),
        (
            is(TextField::DisplayName, "Desk Madrid 1"),
            // Both begin with the name, or hold it beside the id.
            "devices_by_display_name devices_searched",
        ),
        (is(TextField::OsVersion, "10.0.26100.4001"), "devices_by_os_version"),
        // One device in twelve has it: PostgreSQL may as well take the first ones by id.
        (is(TextField::Model, "MODEL 7"), "devices_by_model devices_pkey"),
        (is(TextField::UserEmail, "User7@bench.example"), "devices_of_user"),
        (DeviceCondition::User(vec![user]), "devices_of_user"),
        (
            DeviceCondition::State(vec![DeviceState::DeleteRequested]),
            "devices_of_organization_by_state",
        ),
        (
            DeviceCondition::Time {
                field: TimeField::LastStatusReport,
                from: Some(NOW - Duration::from_secs(2)),
                to: None,
            },
            "devices_by_last_status_report",
        ),
    ];
    for (condition, allowed) in table {
        let scan = DeviceScan {
            organization: samples::home(),
            scope: SegmentScope::All,
            user: None,
            app: None,
            condition: Some(condition.clone()),
            after: None,
            limit: 500,
        };
        let statements = sent(&mut connection, |view| {
            assert!(
                !view.device_scan(&scan).unwrap().is_empty(),
                "{condition:?} finds nothing"
            );
        });
        let looked = statements.first().unwrap();
        let of_devices = reads(&mut connection, looked)
            .into_iter()
            .filter(|read| read.table == "devices");
        let indexes: Vec<String> = of_devices.map(|read| read.index).collect();
        let is_right = indexes.len() == 1 && allowed.split(' ').any(|index| indexes[0] == index);
        assert!(is_right, "{condition:?}: {indexes:?}: {}", looked.text);
    }
}
