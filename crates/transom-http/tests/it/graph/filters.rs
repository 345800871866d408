//! Filters: what a database looks up of them changes nothing of what they choose.

use super::asked::{DEVICES, escaped, get, patch};
use crate::admin::world::{NewDevice, World};
use serde_json::json;
use transom_domain::device::{DeviceState, Reported};

/// A fleet with something of everything, some of it asserted.
async fn fleet(world: &World) {
    let ada = world.user("ada@example.com").await;
    for (n, (name, serial, state)) in [
        ("alpha", Some("SN-1"), DeviceState::Active),
        ("Beta", Some("sn-2"), DeviceState::Active),
        ("GROß", None, DeviceState::Unknown),
        ("de%lta_", Some("SN-\u{212a}"), DeviceState::Provisioning),
        ("o'mega", Some("SNK"), DeviceState::DeleteRequested),
        ("gone", Some("SN-1"), DeviceState::Deleted),
    ]
    .into_iter()
    .enumerate()
    {
        let new = NewDevice {
            name,
            serial,
            state,
            user: (n % 2 == 0).then_some(ada),
            created_after_millis: i64::try_from(n).unwrap() * 60_000,
            ..NewDevice::default()
        };
        let device = world.device(new).await;
        world
            .write(move |tx, _| {
                let mut report = tx.device_report(device)?.unwrap();
                report.put(
                    "./Vendor/MSFT/DeviceStatus/Compliance/EncryptionCompliance",
                    Reported::Value(format!("{}", n % 2 == 1)),
                );
                report.put(
                    "./DevDetail/Ext/Microsoft/TotalStorage",
                    Reported::Value(format!("{}", n * 1_000)),
                );
                tx.save_device_report(device, &report)
            })
            .await;
        if n == 1 {
            let body = json!({ "serialNumber": "ASSERTED", "deviceName": "SHOWN", "lastSyncDateTime": "2016-12-31T23:59:43.797191-08:00", "notes": "n" });
            patch(world, &format!("/beta/{DEVICES}/{device}"), body).await.good();
        }
    }
}

#[actix_web::test]
async fn looking_up_changes_nothing_of_what_is_chosen() {
    let world = World::new().await;
    fleet(&world).await;
    let mut chosen = 0;
    for filter in [
        "deviceName eq 'pc-ALPHA'",
        "deviceName eq 'SHOWN'",
        "deviceName eq 'PC-Beta'",
        "deviceName in ('shown', 'pc-alpha')",
        "serialNumber eq 'asserted' or serialNumber eq 'snk'",
        "serialNumber eq 'SN-2'",
        "serialNumber eq 'SN-k'",
        "contains(serialNumber,'k')",
        "serialNumber eq null",
        "serialNumber ne 'sn-1'",
        "startswith(deviceName,'PC-g') and managementState eq 'unhealthy'",
        "deviceName eq 'pc-groß'",
        "toupper(deviceName) eq 'PC-GROSS'",
        "contains(managedDeviceName,'%') or contains(managedDeviceName,'_')",
        "endswith(tolower(managedDeviceName),'mega')",
        "managedDeviceName eq 'o''mega'",
        "lastSyncDateTime lt 2017-01-02T00:00:00Z",
        "lastSyncDateTime gt 2026-02-10T10:01:00Z",
        "enrolledDateTime ge 2026-02-10T10:01:00Z and enrolledDateTime le 2026-02-10T10:03:00Z",
        "enrolledDateTime eq 2026-02-10T11:02:00+01:00",
        "managementState in ('managed','deletePending')",
        "managementState eq 'discovered' and not (deviceName eq 'x')",
        "isEncrypted",
        "isEncrypted eq false",
        "totalStorageSpaceInBytes gt 1048576000",
        "userPrincipalName eq 'ADA@example.com'",
        "userId ne null and notes eq null",
        "startswith(userPrincipalName,'ada') eq true",
        "deviceActionResults/any()",
        "deviceActionResults/all(r: r/actionState eq 'done')",
        "roleScopeTagIds/any(t: t eq '0')",
        "hardwareInformation ne null or true eq true",
        "complianceState eq 'unknown' and managementAgent eq 'mdm' and deviceType eq 'desktop'",
    ] {
        let count = |text: String| {
            let path = format!("/beta/{DEVICES}/$count?$filter={}", escaped(&text));
            let world = &world;
            async move { get(world, &path).await }
        };
        let looked_up = count(filter.to_owned()).await;
        if filter.starts_with("hardware") {
            assert_eq!(looked_up.status, 400);
            continue;
        }
        // Nothing of a "not" is looked up.
        let walked = count(format!("not (not ({filter}))")).await;
        assert_eq!((looked_up.status, &looked_up.text), (200, &walked.text), "{filter}");
        let listed = get(&world, &format!("/beta/{DEVICES}?$filter={}", escaped(filter)))
            .await
            .ids();
        assert_eq!(listed.len().to_string(), looked_up.text, "{filter}");
        chosen += listed.len();
    }
    assert!(chosen > 30, "{chosen}");
}

#[actix_web::test]
async fn a_search_finds_what_is_shown() {
    let world = World::new().await;
    fleet(&world).await;
    for (search, expected) in [
        ("deviceName:how", 1),
        ("deviceName:beta", 0),
        ("serialNumber:sn", 3),
        ("serialNumber:assert", 1),
        ("userPrincipalName:ada@", 3),
        ("deviceName:%", 1),
    ] {
        let path = format!(
            "/v1.0/{DEVICES}?$count=true&$search={}",
            escaped(&format!("\"{search}\""))
        );
        let body = get(&world, &path).await.good();
        assert_eq!(body["@odata.count"], expected, "{search}: {body}");
    }
}

#[actix_web::test]
async fn no_filter_is_sql() {
    let world = World::new().await;
    fleet(&world).await;
    let before = get(&world, &format!("/v1.0/{DEVICES}/$count")).await.text;
    for text in [
        "x'' or 1=1 --",
        "'; drop table devices; --",
        "%",
        "_",
        "\\",
        "x\\' or ''='",
    ] {
        let literal = format!("'{}'", text.replace('\'', "''"));
        for filter in [
            format!("deviceName eq {literal}"),
            format!("contains(serialNumber,{literal}) and startswith(managedDeviceName,{literal})"),
            format!("id in ({literal}) or userId eq {literal}"),
        ] {
            let found = get(&world, &format!("/v1.0/{DEVICES}?$filter={}", escaped(&filter))).await;
            assert_eq!(found.ids(), [""; 0], "{filter}");
        }
    }
    assert_eq!(get(&world, &format!("/v1.0/{DEVICES}/$count")).await.text, before);
}
