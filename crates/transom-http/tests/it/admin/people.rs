//! Users, tags, devices of every platform.

use super::world::{NewDevice, O, W, World};
use actix_web::http::Method;
use serde_json::{Map, Value, json};
use transom_domain::{device::DeviceState, segment::SegmentId};

const M: &str = "/v1/organizations/default/mdm";

#[actix_web::test]
async fn a_user_is_made_shown_changed_and_removed_on_record() {
    let world = World::new().await;
    let path = format!("{M}/users");
    let body = json!({
        "email": "Ada@Example.com", "name": " Ada ", "tags": ["Sales", "sales", "HQ"], "language": "de-CH",
        "metadata": { "desk": 7, "remote": false, "gone": null }, "password": "geheim", "managedAppleId": "x"
    });
    let made = world.post(&path, body).await;
    assert_eq!(made.header("X-Ignored-Fields"), Some("managedAppleId, password"));
    let user = made.data();
    assert_eq!(
        (&user["email"], &user["name"]),
        (&json!("ada@example.com"), &json!("Ada"))
    );
    assert_eq!(
        (&user["tags"], &user["metadata"]),
        (&json!(["Sales", "HQ"]), &json!({ "desk": 7, "remote": false }))
    );
    assert_eq!(
        (&user["counts"], &user["inferredSegmentIds"]),
        (&json!({ "devices": 0 }), &json!([]))
    );
    assert!(!made.body.to_string().to_lowercase().contains("password"));
    let id = user["id"].as_str().unwrap().to_owned();
    let own = format!("{path}/{id}");
    assert_eq!(world.get(&own).await.data(), user);
    let changed = world
        .put(&own, json!({ "name": null, "metadata": { "desk": null, "floor": 2 } }))
        .await;
    assert_eq!(
        (&changed.data()["name"], &changed.data()["email"]),
        (&Value::Null, &json!("ada@example.com"))
    );
    assert_eq!(changed.data()["metadata"], json!({ "floor": 2, "remote": false }));
    world.put(&own, json!({ "tags": ["Sales", "HQ"] })).await;
    let log = world.get(&format!("{O}/audit-logs?targetId={id}&sort=date:asc")).await;
    let entries = log.data()["items"].as_array().unwrap();
    assert_eq!(entries.len(), 2, "what changes nothing leaves no entry");
    assert_eq!(
        (&entries[1]["before"]["name"], &entries[1]["after"]["name"]),
        (&json!("Ada"), &Value::Null)
    );
    assert!(!log.body.to_string().contains("geheim"));
    assert_eq!(world.delete(&own).await.data()["id"], json!(id));
    assert_eq!(world.get(&own).await.refused(), (404, 3001));
    assert_eq!(world.put(&own, json!({})).await.refused(), (404, 3001));
    assert_eq!(
        world.post(&path, json!({ "email": "ada@example.com" })).await.status,
        200,
        "the e-mail is free"
    );
}

#[actix_web::test]
async fn an_email_is_taken_once_in_an_organization_and_nobody_learns_of_others() {
    let world = World::new().await;
    let path = format!("{M}/users");
    world.post(&path, json!({ "email": "ada@example.com" })).await;
    let second = world.post(&path, json!({ "email": "bob@example.com" })).await;
    let foreign = world
        .call(
            Method::POST,
            "/v1/organizations/other/mdm/users",
            Some(&world.foreign),
            Some(json!({ "email": "ADA@example.com" })),
        )
        .await;
    let own = world.post(&path, json!({ "email": "ada@example.com" })).await;
    let changed = world
        .put(
            &format!("{path}/{}", second.data()["id"].as_str().unwrap()),
            json!({ "email": "ada@example.com" }),
        )
        .await;
    assert_eq!(foreign.data()["email"], "ada@example.com");
    for answer in [&own, &changed] {
        assert_eq!(answer.refused(), (400, 5048));
        assert_eq!(answer.body["error"]["message"], "Mdm user already exists");
    }
}

#[actix_web::test]
async fn a_wrong_user_is_refused_at_one_above_each_limit() {
    let world = World::new().await;
    let path = format!("{M}/users");
    let keys = |n: usize| -> Map<String, Value> { (0..n).map(|i| (format!("k{i}"), json!(i))).collect() };
    let local = |n: usize| format!("{}@e.ch", "l".repeat(n - 5));
    let with = |name: &str, value: Value| {
        let mut body = json!({ "email": "x@example.com" });
        body[name] = value;
        body
    };
    let fits = json!({
        "email": local(128), "name": "n".repeat(256), "tags": (0..100).map(|i| format!("{i:0128}")).collect::<Vec<_>>(),
        "language": "de-12345678-12345678-12345678-12345", "metadata": keys(50)
    });
    assert_eq!(world.post(&path, fits).await.status, 200);
    for (body, wrong) in [
        (json!({}), "email"),
        (with("email", json!("nobody")), "email"),
        (with("email", json!(local(129))), "email"),
        (with("email", json!(7)), "email"),
        (with("name", json!("n".repeat(257))), "name"),
        (with("tags", json!(vec!["t"; 101])), "tags"),
        (with("tags", json!(["t".repeat(129)])), "tags[0]"),
        (with("tags", json!([1])), "tags[0]"),
        (with("language", json!("de_CH")), "language"),
        (with("metadata", json!([])), "metadata"),
        (with("metadata", json!({ "a": {} })), "metadata.a"),
        (with("metadata", json!({ "a": "v".repeat(1_001) })), "metadata.a"),
        (with("metadata", Value::Object(keys(51))), "metadata"),
    ] {
        let answer = world.post(&path, body.clone()).await;
        assert_eq!((answer.refused(), answer.wrong()), ((400, 5209), vec![wrong]), "{body}");
    }
    let strict = world
        .post(&format!("{path}?strict=true"), with("password", json!("geheim")))
        .await;
    assert_eq!((strict.refused(), strict.wrong()), ((400, 5209), vec!["password"]));
}

#[actix_web::test]
async fn removing_a_user_leaves_their_devices_to_nobody() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let device = world
        .device(NewDevice {
            user: Some(user),
            ..NewDevice::default()
        })
        .await;
    let shown = world.get(&format!("{M}/users/{user}")).await;
    assert_eq!(shown.data()["counts"]["devices"], 1);
    assert_eq!(shown.data()["inferredSegmentIds"], json!([0]));
    assert_eq!(world.delete(&format!("{M}/users/{user}")).await.status, 200);
    assert_eq!(
        world.get(&format!("{W}/devices/{device}")).await.data()["mdmUser"],
        Value::Null
    );
    let log = world
        .get(&format!("{O}/audit-logs?action=mdm.global.mdmUser.remove"))
        .await;
    let before = &log.data()["items"][0]["before"];
    assert_eq!(before["deviceIds"], json!([device.to_string()]));
    assert_eq!(before["email"], "ada@example.com");
    let answer = world
        .put(
            &format!("{W}/devices/{device}"),
            json!({ "mdmUserId": user.to_string() }),
        )
        .await;
    assert_eq!((answer.refused(), answer.wrong()), ((404, 3001), vec!["mdmUserId"]));
}

#[actix_web::test]
async fn a_limited_caller_sees_users_by_their_devices_and_changes_whom_it_sees_whole() {
    let world = World::new().await;
    let north = world.segment("North", SegmentId::ROOT).await;
    let south = world.segment("South", SegmentId::ROOT).await;
    let (here, there) = (
        world.user("here@example.com").await,
        world.user("there@example.com").await,
    );
    let (both, lone) = (
        world.user("both@example.com").await,
        world.user("lone@example.com").await,
    );
    for (user, segment) in [(here, north), (there, south), (both, north), (both, south)] {
        world
            .device(NewDevice {
                user: Some(user),
                segment,
                ..NewDevice::default()
            })
            .await;
    }
    let token = world.token(&["mdm.global.mdmUser.*"], &[north]).await;
    let call = |method: Method, path: String, body: Option<Value>| {
        let (world, token) = (&world, &token);
        async move { world.call(method, &path, Some(token), body).await }
    };
    let listed = call(Method::GET, format!("{M}/users?sort=email"), None).await;
    let emails: Vec<_> = listed.data()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|u| u["email"].clone())
        .collect();
    assert_eq!(emails, ["both@example.com", "here@example.com", "lone@example.com"]);
    let shown = call(Method::GET, format!("{M}/users/{both}"), None).await;
    assert_eq!(shown.data()["inferredSegmentIds"], json!([north.0]));
    assert_eq!(shown.data()["counts"]["devices"], 1);
    assert_eq!(
        call(Method::GET, format!("{M}/users/{there}"), None).await.refused(),
        (404, 3001)
    );
    assert_eq!(
        call(Method::DELETE, format!("{M}/users/{there}"), None).await.refused(),
        (404, 3001)
    );
    for (user, status) in [(here, 200), (lone, 200), (both, 401)] {
        let answer = call(Method::PUT, format!("{M}/users/{user}"), Some(json!({ "name": "x" }))).await;
        assert_eq!(answer.status, status);
    }
    let answer = call(Method::DELETE, format!("{M}/users/{both}"), None).await;
    assert_eq!(answer.refused(), (401, 4001));
    assert_eq!(
        answer.body["error"]["details"]["requiredPermission"],
        "mdm.global.mdmUser.remove"
    );
    // A token that would put a PC elsewhere is as good as a PC there.
    let token = json!({ "mdmUserId": lone, "sendEmail": false });
    world
        .post(&format!("{M}/windows/enterprise/enrollment-tokens"), token)
        .await
        .data();
    let answer = call(Method::DELETE, format!("{M}/users/{lone}"), None).await;
    assert_eq!(answer.refused(), (401, 4001));
}

#[actix_web::test]
async fn users_are_listed_by_tag_search_and_page() {
    let world = World::new().await;
    for (email, tag) in [
        ("a@example.com", "red"),
        ("b@example.com", "Blue"),
        ("c@example.com", "BLUE"),
    ] {
        world
            .post(&format!("{M}/users"), json!({ "email": email, "tags": [tag] }))
            .await;
    }
    let emails = |query: &'static str| {
        let world = &world;
        async move {
            let list = world.get(&format!("{M}/users?sort=email{query}")).await;
            let items = list.data()["items"].as_array().unwrap().clone();
            items
                .iter()
                .map(|u| u["email"].as_str().unwrap()[..1].to_owned())
                .collect::<String>()
        }
    };
    assert_eq!(emails("").await, "abc");
    assert_eq!(emails("&tags=blue").await, "bc");
    assert_eq!(emails("&search=B%40EX").await, "b");
    assert_eq!(emails("&limit=1&page=2").await, "b");
    assert_eq!(world.get(&format!("{M}/users?mail=x")).await.refused(), (400, 5209));
    let tags = world.get(&format!("{M}/users/tags")).await;
    let items = &tags.data()["items"];
    assert_eq!(
        items,
        &json!([{ "tag": "BLUE", "count": 2 }, { "tag": "red", "count": 1 }])
    );
}

#[actix_web::test]
async fn tags_of_devices_are_counted_where_the_caller_sees_them() {
    let world = World::new().await;
    let north = world.segment("North", SegmentId::ROOT).await;
    for (segment, tags) in [(north, &["a", "b"][..]), (SegmentId::ROOT, &["b"][..])] {
        world
            .device(NewDevice {
                segment,
                tags,
                ..NewDevice::default()
            })
            .await;
    }
    let path = format!("{M}/devices/tags");
    let all = world.get(&path).await;
    assert_eq!(
        all.data()["items"],
        json!([{ "tag": "a", "count": 1 }, { "tag": "b", "count": 2 }])
    );
    assert_eq!(world.get(&format!("{path}?search=A")).await.data()["totalDocs"], 1);
    let token = world.token(&["mdm.global.device.list"], &[north]).await;
    let some = world.call(Method::GET, &path, Some(&token), None).await;
    assert_eq!(
        some.data()["items"],
        json!([{ "tag": "a", "count": 1 }, { "tag": "b", "count": 1 }])
    );
}

#[actix_web::test]
async fn devices_of_every_platform_are_filtered() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let new = |name, serial, state, user, tags| NewDevice {
        name,
        serial: Some(serial),
        state,
        user,
        tags,
        ..NewDevice::default()
    };
    world
        .device(new("One", "SN-1", DeviceState::Active, Some(user), &["red"]))
        .await;
    world.device(new("Two", "SN-2", DeviceState::Unknown, None, &[])).await;
    let found = |query: String| {
        let world = &world;
        async move {
            let list = world.get(&format!("{M}/devices?sort=displayName&{query}")).await;
            let items = list.data()["items"].as_array().unwrap().clone();
            items
                .iter()
                .map(|d| d["displayName"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        }
    };
    for (query, names) in [
        (String::new(), &["One", "Two"][..]),
        ("type=windows&subType=device".to_owned(), &["One", "Two"]),
        ("subType=enrollment".to_owned(), &[]),
        (format!("mdmUserId={user}"), &["One"]),
        ("state=UNKNOWN".to_owned(), &["Two"]),
        ("serialNumber=sn-2".to_owned(), &["Two"]),
        ("imei=1".to_owned(), &[]),
        ("name=ONE".to_owned(), &["One"]),
        ("tags=RED".to_owned(), &["One"]),
        ("search=tw".to_owned(), &["Two"]),
        ("osVersion=10.0.26200.9278".to_owned(), &["One", "Two"]),
        ("osVersion=10".to_owned(), &[]),
    ] {
        assert_eq!(found(query.clone()).await, names, "{query}");
    }
    let policy = world
        .post(&format!("{M}/windows/enterprise/policies"), json!({ "name": "P" }))
        .await;
    let policy = policy.data()["id"].as_str().unwrap().to_owned();
    let assigned = json!({ "winPolicyId": policy });
    world
        .put(&format!("{M}/windows/enterprise/devices/SN-2"), assigned)
        .await
        .data();
    assert_eq!(found(format!("policyId={policy}")).await, ["Two"]);
    let versions = world.get(&format!("{M}/devices/os-versions")).await;
    assert_eq!(
        versions.data()["items"],
        json!([{ "osVersion": "10.0.26200.9278", "count": 2 }])
    );
    for query in ["policyId=first", "type=android", "networkIp=1"] {
        let answer = world.get(&format!("{M}/devices?{query}")).await;
        assert_eq!(answer.refused(), (400, 5209), "{query}");
    }
}
