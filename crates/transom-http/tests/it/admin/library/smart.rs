//! Smart attributes: their values on devices and users, and what placeholders make of them.

use super::{M, NOBODY, O, W, World, attribute, device, id, on_record, policy, script};
use crate::admin::{careful::databases::Database, world::NewDevice};
use serde_json::{Value, json};
use transom_domain::{
    device::DeviceState,
    smart_attribute::{ATTRIBUTES_MAX, OPTION_CHARS_MAX, OPTIONS_MAX, VALUE_CHARS_MAX},
};

fn given(attribute: &Value, value: Value) -> Value {
    json!({ "smartAttributeId": attribute["id"], "value": value })
}

#[actix_web::test]
async fn constants_are_the_same_for_all_the_rest_is_given_by_hand() {
    for database in Database::every() {
        let world = database.world().await;
        let user = world.user("ada@example.com").await;
        let with_user = NewDevice {
            user: Some(user),
            ..NewDevice::default()
        };
        let path = format!("{W}/devices/{}", world.device(with_user).await);
        let bare = device(&world).await;
        let constant = attribute(
            &world,
            json!({
                "name": "company", "desc": "Whose PC", "input": { "type": "constant" },
                "value": { "winDevice": { "value": "Transom" } }
            }),
        )
        .await;
        assert_eq!(
            (&constant["source"], &constant["value"]),
            (&json!("constant"), &json!({ "winDevice": { "value": "Transom" } }))
        );
        let ring = attribute(
            &world,
            json!({ "name": "ring", "input": { "type": "enum", "options": ["1", 2, 3] }, "output": { "type": "number" } }),
        )
        .await;
        assert_eq!(ring["input"], json!({ "type": "enum", "options": [1, 2, 3] }));
        let floor = attribute(&world, json!({ "name": "floor", "source": "user" })).await;
        let bought = attribute(&world, json!({ "name": "bought", "output": { "type": "date" } })).await;
        let values = json!([
            given(&ring, json!(2)),
            given(&bought, json!("2026-02-10T11:00:00+01:00"))
        ]);
        let answer = world.put(&path, json!({ "smartAttributeAssignments": values })).await;
        let assigned = json!([
            given(&ring, json!(2)),
            given(&bought, json!("2026-02-10T10:00:00.000Z"))
        ]);
        assert_eq!(answer.data()["smartAttributeAssignments"], assigned);
        assert_eq!(answer.data()["smartAttributeAssignmentsEnforced"], json!([]));
        let of_user = format!("{M}/users/{user}");
        let told = world
            .put(
                &of_user,
                json!({ "smartAttributeAssignments": [given(&floor, json!("3"))] }),
            )
            .await;
        assert_eq!(
            told.data()["smartAttributeAssignments"],
            json!([given(&floor, json!("3"))])
        );
        let resolved = json!({
            "company": "Transom", "ring": 2, "floor": "3", "bought": "2026-02-10T10:00:00.000Z"
        });
        let shown = world.get(&path).await.data().clone();
        assert_eq!(shown["smartAttributes"], resolved);
        assert_eq!(world.put(&path, shown.clone()).await.data(), &shown, "sent back");
        assert_eq!(
            world.get(&bare).await.data()["smartAttributes"],
            json!({ "company": "Transom" })
        );
        let list = world.get(&format!("{W}/devices?mdm-user={user}")).await;
        let item = &list.data()["items"][0];
        assert_eq!(
            (&item["smartAttributes"], &item["smartAttributeAssignments"]),
            (&resolved, &assigned)
        );
        let counts = async |attribute: &Value| {
            let path = format!("{O}/smart-attributes/{}", id(attribute));
            world.get(&path).await.data()["counts"].clone()
        };
        assert_eq!(counts(&ring).await, json!({ "devices": 1, "users": 0 }));
        assert_eq!(counts(&floor).await, json!({ "devices": 0, "users": 1 }));
        let log = on_record(&world, "mdm.windows.device.update").await;
        assert_eq!(log.data()["totalDocs"], 1);
        assert_eq!(
            log.data()["items"][0]["after"]["smartAttributeAssignments"][id(&ring)],
            json!(2)
        );
        let log = on_record(&world, "mdm.global.mdmUser.update").await;
        assert_eq!(
            log.data()["items"][0]["after"]["smartAttributeAssignments"][id(&floor)],
            json!("3")
        );
        let cleared = world.put(&path, json!({ "smartAttributeAssignments": [] })).await;
        assert_eq!(
            cleared.data()["smartAttributes"],
            json!({ "company": "Transom", "floor": "3" })
        );
        world.delete(&of_user).await.data();
        assert_eq!(
            world.get(&path).await.data()["smartAttributes"],
            json!({ "company": "Transom" })
        );
        assert_eq!(counts(&floor).await, json!({ "devices": 0, "users": 0 }));
    }
}

#[actix_web::test]
async fn a_value_that_does_not_fit_is_refused() {
    let world = World::new().await;
    let path = device(&world).await;
    let user = format!("{M}/users/{}", world.user("ada@example.com").await);
    let constant = attribute(
        &world,
        json!({ "name": "c", "input": { "type": "constant" }, "value": { "winDevice": { "value": "x" } } }),
    )
    .await;
    let ring = attribute(
        &world,
        json!({ "name": "ring", "input": { "type": "enum", "options": ["a", "b"] } }),
    )
    .await;
    let floor = attribute(&world, json!({ "name": "floor", "source": "user" })).await;
    let on = attribute(&world, json!({ "name": "on", "output": { "type": "boolean" } })).await;
    let text = attribute(&world, json!({ "name": "text" })).await;
    let place = |field: &str| format!("smartAttributeAssignments[0].{field}");
    for (attribute, value, field, message) in [
        (&ring, json!("c"), "value", "must be one of a, b"),
        (&on, json!(1), "value", "must be true or false"),
        (&text, json!(null), "value", "must be a string"),
        (&text, json!(["x"]), "value", "must be a string"),
        (
            &text,
            json!("x".repeat(VALUE_CHARS_MAX + 1)),
            "value",
            "must have at most 1000 characters, not 1001",
        ),
        (
            &constant,
            json!("x"),
            "value",
            "is the same for every device and cannot be given",
        ),
        (
            &floor,
            json!("3"),
            "smartAttributeId",
            "is a fact about users: it is given at PUT …/mdm/users/{mdmUserId}",
        ),
    ] {
        let body = json!({ "smartAttributeAssignments": [given(attribute, value)] });
        let answer = world.put(&path, body.clone()).await;
        assert_eq!(
            (answer.refused(), answer.wrong()),
            ((400, 5091), vec![place(field).as_str()]),
            "{body}"
        );
        assert_eq!(answer.body["error"]["details"][0]["message"], message);
    }
    let twice = json!({ "smartAttributeAssignments": [given(&on, json!(true)), given(&on, json!(false))] });
    let answer = world.put(&path, twice).await;
    assert_eq!(
        (answer.refused(), answer.wrong()),
        ((400, 5091), vec!["smartAttributeAssignments[1].smartAttributeId"])
    );
    let longest = json!({ "smartAttributeAssignments": [given(&text, json!("x".repeat(VALUE_CHARS_MAX)))] });
    world.put(&path, longest).await.data();
    let misplaced = json!({ "smartAttributeAssignments": [given(&on, json!(true))] });
    let answer = world.put(&user, misplaced).await;
    assert_eq!(
        (answer.refused(), answer.wrong()),
        ((400, 5209), vec![place("smartAttributeId").as_str()])
    );
    let unknown = json!({ "smartAttributeAssignments": [{ "smartAttributeId": NOBODY, "value": "x" }] });
    let answer = world.put(&user, unknown).await;
    assert_eq!(
        (answer.refused(), answer.wrong()),
        ((404, 3001), vec![place("smartAttributeId").as_str()])
    );
    let made = json!({ "email": "bob@example.com", "smartAttributeAssignments": [given(&floor, json!("4"))] });
    let made = world.post(&format!("{M}/users"), made).await;
    assert_eq!(
        made.data()["smartAttributeAssignments"],
        json!([given(&floor, json!("4"))])
    );
}

#[actix_web::test]
async fn placeholders_stand_for_smart_attributes_in_policies_and_arguments() {
    let world = World::new().await;
    let path = device(&world).await;
    let desk = attribute(&world, json!({ "name": "Größe 2" })).await;
    attribute(&world, json!({ "name": "empty" })).await;
    let serial = attribute(&world, json!({ "name": "serialNumber" })).await;
    let key = |n: u32| format!("./Device/Vendor/MSFT/Policy/Config/A/K{n}");
    let baseline = policy(
        &world,
        json!({ "name": "Baseline", "config": {
            key(1): "{{smart.Größe 2}}", key(2): "x{{ smart.GRÖSSE 2 }}", key(3): "{{smart.empty}}",
            key(4): "{{smart.none}}", key(5): "{{device.empty}}", key(6): "{{smart.serialNumber}}",
            key(7): "{{device.serialNumber}}"
        } }),
    )
    .await;
    let clean = script(&world, json!({})).await;
    world
        .put(
            &path,
            json!({
                "winPolicyId": baseline["id"],
                "scripts": [{ "id": clean["id"], "arguments": "-Desk {{smart.größe 2}}" }],
                "smartAttributeAssignments": [given(&desk, json!("XL")), given(&serial, json!("own"))]
            }),
        )
        .await
        .data();
    let effective = world.get(&format!("{path}/effective-policy")).await;
    let data = effective.data();
    assert_eq!(data["content"]["config"], json!({ key(1): "XL", key(6): "own" }));
    let failed: Vec<&str> = data["failed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["message"].as_str().unwrap())
        .collect();
    assert_eq!(
        failed,
        [
            "variable smart.GRÖSSE 2 is unknown",
            "variable smart.empty is empty",
            "variable smart.none is unknown",
            "variable device.empty is empty",
            "variable device.serialNumber is empty"
        ]
    );
    let shown = world.get(&path).await;
    assert_eq!(shown.data()["scripts"][0]["argumentsProcessed"], "-Desk XL");
    assert_eq!(shown.data()["deviceWinPolicy"]["version"], 1);
    let values = json!({ "smartAttributeAssignments": [given(&desk, json!("S"))] });
    let changed = world.put(&path, values).await;
    assert_eq!(changed.data()["deviceWinPolicy"]["config"], json!({ key(1): "S" }));
    assert_eq!(changed.data()["deviceWinPolicy"]["version"], 2);
}

#[actix_web::test]
async fn names_are_taken_once_and_values_keep_an_attribute_as_it_is() {
    let world = World::new().await;
    let path = device(&world).await;
    let ring = attribute(
        &world,
        json!({ "name": "Ring", "input": { "type": "enum", "options": ["a", "b"] } }),
    )
    .await;
    let list = format!("{O}/smart-attributes");
    let own = format!("{list}/{}", id(&ring));
    let twin = json!({ "name": "ring", "input": { "type": "manual" }, "output": { "type": "string" } });
    let refused = world.post(&list, twin).await;
    assert_eq!((refused.refused(), refused.wrong()), ((400, 5209), vec!["name"]));
    let other = attribute(&world, json!({ "name": "Other" })).await;
    let refused = world
        .put(&format!("{list}/{}", id(&other)), json!({ "name": "RING" }))
        .await;
    assert_eq!((refused.refused(), refused.wrong()), ((400, 5209), vec!["name"]));
    assert_eq!(world.put(&own, json!({ "name": "ring" })).await.data()["name"], "ring");
    world
        .put(
            &path,
            json!({ "smartAttributeAssignments": [given(&ring, json!("a"))] }),
        )
        .await
        .data();
    for change in [
        json!({ "output": { "type": "number" }, "input": { "options": [1] } }),
        json!({ "source": "user" }),
        json!({ "input": { "type": "constant" }, "source": "constant", "value": { "winDevice": { "value": "a" } } }),
    ] {
        let refused = world.put(&own, change.clone()).await;
        assert_eq!(
            (refused.refused(), refused.wrong()),
            ((400, 5209), vec!["smartAttributeId"]),
            "{change}"
        );
        assert_eq!(
            refused.body["error"]["details"][0]["message"],
            "1 devices and 0 users have values of it"
        );
    }
    let options = |options: Value| json!({ "input": { "options": options } });
    let refused = world.put(&own, options(json!(["b", "c"]))).await;
    assert_eq!(
        (refused.refused(), refused.wrong()),
        ((400, 5209), vec!["input.options"])
    );
    let changed = world.put(&own, options(json!(["c", "a"]))).await;
    assert_eq!(changed.data()["input"]["options"], json!(["c", "a"]));
    let free = world
        .put(&own, json!({ "input": { "type": "manual" }, "source": "device" }))
        .await;
    assert_eq!(free.data()["input"], json!({ "type": "manual", "options": [] }));
    let refused = world.delete(&own).await;
    assert_eq!(
        (refused.refused(), refused.wrong()),
        ((400, 5209), vec!["smartAttributeId"])
    );
    world
        .put(&path, json!({ "smartAttributeAssignments": [] }))
        .await
        .data();
    world.delete(&own).await.data();
}

#[actix_web::test]
async fn attributes_options_and_values_are_counted() {
    let world = World::new().await;
    let path = device(&world).await;
    let list = format!("{O}/smart-attributes");
    let options = |count: usize, length: usize| {
        let text = |n: usize| format!("{n:0length$}");
        let options: Vec<String> = (0..count).map(text).collect();
        json!({ "name": "many", "input": { "type": "enum", "options": options }, "output": { "type": "string" } })
    };
    for (body, wrong) in [
        (options(OPTIONS_MAX + 1, 4), "input.options"),
        (options(0, 4), "input.options"),
        (options(1, OPTION_CHARS_MAX + 1), "input.options[0]"),
    ] {
        let refused = world.post(&list, body).await;
        assert_eq!((refused.refused(), refused.wrong()), ((400, 5209), vec![wrong]));
    }
    world.post(&list, options(OPTIONS_MAX, OPTION_CHARS_MAX)).await.data();
    let mut values = Vec::new();
    for n in 1..ATTRIBUTES_MAX {
        let made = attribute(&world, json!({ "name": format!("a{n}") })).await;
        values.push(given(&made, json!(n.to_string())));
    }
    let above = json!({ "name": "above", "input": { "type": "manual" }, "output": { "type": "string" } });
    assert_eq!(world.post(&list, above).await.refused(), (400, 5017));
    let page = world.get(&format!("{list}?search=A1&sort=name&limit=2&page=2")).await;
    let names: Vec<&Value> = page.data()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| &i["name"])
        .collect();
    assert_eq!(
        (names, &page.data()["totalDocs"]),
        (vec![&json!("a100"), &json!("a101")], &json!(111))
    );
    let all = world.put(&path, json!({ "smartAttributeAssignments": values })).await;
    assert_eq!(
        all.data()["smartAttributes"].as_object().map(serde_json::Map::len),
        Some(ATTRIBUTES_MAX - 1)
    );
    while values.len() <= ATTRIBUTES_MAX {
        values.push(values[0].clone());
    }
    let refused = world.put(&path, json!({ "smartAttributeAssignments": values })).await;
    assert_eq!(
        (refused.refused(), refused.wrong()),
        ((400, 5091), vec!["smartAttributeAssignments"])
    );
}

#[actix_web::test]
async fn what_deleted_devices_have_keeps_nothing_from_being_removed() {
    let world = World::new().await;
    let own = device(&world).await;
    let desk = attribute(&world, json!({ "name": "desk" })).await;
    let clean = script(&world, json!({})).await;
    world
        .put(
            &own,
            json!({
                "scripts": [{ "id": clean["id"] }],
                "smartAttributeAssignments": [given(&desk, json!("x"))]
            }),
        )
        .await
        .data();
    let deleted = world.delete(&format!("{own}?force=true")).await;
    assert_eq!(deleted.data()["state"], DeviceState::Deleted.as_str());
    world
        .delete(&format!("{O}/smart-attributes/{}", id(&desk)))
        .await
        .data();
    world.delete(&format!("{M}/scripts/{}", id(&clean))).await.data();
    assert_eq!(world.get(&own).await.data()["scripts"], json!([]));
}
