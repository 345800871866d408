//! The records themselves: made, shown, changed, removed, listed, refused.

use super::{M, NOBODY, O, W, World, application, id, kinds, on_record, script};
use actix_web::http::Method;
use serde_json::{Value, json};
use transom_domain::{
    application::{FILTER_CHARS_MAX, STORE_ID_CHARS_MAX},
    library::{DESCRIPTION_CHARS_MAX, NAME_CHARS_MAX},
    script::{CONTENT_BYTES_MAX, TIMEOUT_MAX},
    segment::SegmentId,
};

#[actix_web::test]
async fn every_kind_is_made_shown_sent_back_changed_and_removed_on_record() {
    let world = World::new().await;
    for (list, body) in kinds() {
        let made = world.post(&list, body.clone()).await;
        let record = made.data().clone();
        let path = format!("{list}/{}", id(&record));
        assert_eq!(world.get(&path).await.data(), &record, "{list}");
        assert_eq!(
            world.put(&path, record.clone()).await.data(),
            &record,
            "sent back: {list}"
        );
        world.clock.now.fetch_add(1_000, std::sync::atomic::Ordering::Relaxed);
        let changed = world.put(&path, json!({ "name": " New " })).await;
        assert_eq!(changed.data()["name"], "New");
        assert_ne!(changed.data()["updatedAt"], record["updatedAt"]);
        let page = world.get(&list).await;
        assert_eq!(
            (&page.data()["totalDocs"], &page.data()["items"][0]["name"]),
            (&json!(1), &json!("New"))
        );
        assert_eq!(
            world.delete(&path).await.data(),
            &json!({ "id": id(&record), "name": "New", "removed": true })
        );
        for refused in [
            world.get(&path).await,
            world.delete(&path).await,
            world.put(&path, json!({})).await,
        ] {
            assert_eq!(refused.refused(), (404, 3001));
        }
        let log = world
            .get(&format!("{O}/audit-logs?targetId={}&sort=date:asc", id(&record)))
            .await;
        let mut entries = log.data()["items"].as_array().unwrap().clone();
        let count = entries.len();
        entries.retain(|e| e["outcome"] == "done");
        assert_eq!(count - entries.len(), 2, "what was refused afterwards is there too");
        let told: Vec<&str> = entries.iter().map(|e| e["action"].as_str().unwrap()).collect();
        assert_eq!(told.len(), 3, "what changes nothing leaves no entry: {told:?}");
        assert!(told[0].ends_with(".create") && told[1].ends_with(".update") && told[2].ends_with(".remove"));
        assert_eq!(
            (&entries[1]["before"]["name"], &entries[1]["after"]["name"]),
            (&body["name"], &json!("New"))
        );
    }
}

#[actix_web::test]
async fn a_script_has_defaults_and_its_content_is_neither_in_lists_nor_on_record() {
    let world = World::new().await;
    let made = script(&world, json!({ "content": "net use \\\\x hunter2\r\n\u{e9}" })).await;
    assert_eq!(made["content"], "net use \\\\x hunter2\r\n\u{e9}");
    assert_eq!(
        (
            &made["context"],
            &made["timeout"],
            &made["segmentId"],
            &made["exposeToChildren"]
        ),
        (&json!("system"), &json!(1800), &json!(0), &json!(false))
    );
    assert_eq!(made["uses"], json!({ "policies": 0, "devices": 0, "assignments": 0 }));
    world
        .put(&format!("{M}/scripts/{}", id(&made)), json!({ "content": "hunter3" }))
        .await;
    assert!(
        !world
            .get(&format!("{M}/scripts"))
            .await
            .body
            .to_string()
            .contains("hunter")
    );
    for action in ["create", "update"] {
        let log = on_record(&world, &format!("mdm.global.script.{action}")).await;
        assert!(!log.body.to_string().contains("hunter"));
        assert_eq!(log.data()["totalDocs"], 1);
    }
    let change = on_record(&world, "mdm.global.script.update").await;
    let entry = &change.data()["items"][0];
    assert_ne!(entry["before"]["contentSha256"], entry["after"]["contentSha256"]);
}

#[actix_web::test]
async fn every_limit_is_refused_one_above_and_taken_at_it() {
    let world = World::new().await;
    let text = |length: usize| json!("x".repeat(length));
    let shared = |name: usize, description: usize| json!({ "name": text(name), "description": text(description) });
    let cases: Vec<(usize, Value, Value, &str)> = vec![
        (0, shared(NAME_CHARS_MAX, 1), shared(NAME_CHARS_MAX + 1, 1), "name"),
        (
            0,
            shared(1, DESCRIPTION_CHARS_MAX),
            shared(1, DESCRIPTION_CHARS_MAX + 1),
            "description",
        ),
        (
            0,
            json!({ "config": { "winStoreId": text(STORE_ID_CHARS_MAX) } }),
            json!({ "config": { "winStoreId": text(STORE_ID_CHARS_MAX + 1) } }),
            "config.winStoreId",
        ),
        (
            0,
            json!({ "config": { "winStoreId": "x", "filter": text(FILTER_CHARS_MAX) } }),
            json!({ "config": { "winStoreId": "x", "filter": text(FILTER_CHARS_MAX + 1) } }),
            "config.filter",
        ),
        (1, shared(NAME_CHARS_MAX, 1), shared(NAME_CHARS_MAX + 1, 1), "name"),
        (
            1,
            shared(1, DESCRIPTION_CHARS_MAX),
            shared(1, DESCRIPTION_CHARS_MAX + 1),
            "description",
        ),
        (
            1,
            json!({ "content": text(CONTENT_BYTES_MAX) }),
            json!({ "content": text(CONTENT_BYTES_MAX + 1) }),
            "content",
        ),
        (
            1,
            json!({ "timeout": TIMEOUT_MAX.as_secs() }),
            json!({ "timeout": TIMEOUT_MAX.as_secs() + 1 }),
            "timeout",
        ),
        (1, json!({ "timeout": 1 }), json!({ "timeout": 0 }), "timeout"),
        (2, json!({ "name": text(256) }), json!({ "name": text(257) }), "name"),
        (2, json!({ "desc": text(500) }), json!({ "desc": text(501) }), "desc"),
    ];
    for (kind, good, bad, wrong) in cases {
        let (list, body) = kinds().into_iter().nth(kind).unwrap();
        let with = |change: &Value| {
            let mut body = body.clone();
            body.as_object_mut()
                .unwrap()
                .extend(change.as_object().unwrap().clone());
            body
        };
        let refused = world.post(&list, with(&bad)).await;
        assert_eq!(
            (refused.refused(), refused.wrong()),
            ((400, 5209), vec![wrong]),
            "{list}"
        );
        let made = world.post(&list, with(&good)).await;
        let path = format!("{list}/{}", id(made.data()));
        let refused = world.put(&path, bad).await;
        assert_eq!(
            (refused.refused(), refused.wrong()),
            ((400, 5209), vec![wrong]),
            "{path}"
        );
        world.delete(&path).await.data();
    }
}

#[actix_web::test]
async fn everything_that_is_wrong_is_named() {
    let world = World::new().await;
    let [(applications, _), (scripts, _), (attributes, _)] = kinds();
    for (list, body, wrong) in [
        (&applications, json!([]), vec![""]),
        (&applications, json!({}), vec!["name"]),
        (&applications, json!({ "name": "x" }), vec!["type"]),
        (
            &applications,
            json!({ "name": "x", "type": "store" }),
            vec!["config.winStoreId"],
        ),
        (
            &applications,
            json!({ "name": "x", "type": "asset" }),
            vec!["config.mdmAssetId"],
        ),
        (
            &applications,
            json!({ "name": 1, "type": "msi", "config": 1 }),
            vec!["name", "type", "config"],
        ),
        (
            &applications,
            json!({ "name": "x", "type": "store", "config": { "winStoreId": "9N", "mdmAssetId": "z" } }),
            vec!["config.mdmAssetId"],
        ),
        (
            &applications,
            json!({ "name": "x", "type": "store", "config": { "winStoreId": "9N", "buildId": NOBODY } }),
            vec!["config.buildId"],
        ),
        (&scripts, json!({}), vec!["name", "content", "runner"]),
        (
            &scripts,
            json!({ "name": "x", "content": " ", "runner": "bash", "context": "root", "timeout": "1" }),
            vec!["runner", "context", "timeout", "content"],
        ),
        (
            &scripts,
            json!({ "name": "x", "content": "x", "runner": "sh", "exposeToChildren": "yes", "segmentId": -1 }),
            vec!["segmentId", "exposeToChildren"],
        ),
        (&attributes, json!({}), vec!["name", "input", "output"]),
        (
            &attributes,
            json!({ "name": "x", "input": {}, "output": {} }),
            vec!["input.type", "output.type"],
        ),
        (
            &attributes,
            json!({ "name": "x", "input": { "type": "guess" }, "output": { "type": "list" }, "source": "moon" }),
            vec!["input.type", "source", "output.type"],
        ),
        (
            &attributes,
            json!({ "name": "a:b", "input": { "type": "manual" }, "output": { "type": "string" } }),
            vec!["name"],
        ),
    ] {
        let answer = world.post(list, body.clone()).await;
        assert_eq!((answer.refused(), answer.wrong()), ((400, 5209), wrong), "{body}");
    }
    let unknown = world
        .post(&scripts, json!({ "name": "x", "content": "x", "runner": "bash" }))
        .await;
    assert_eq!(
        unknown.body["error"]["details"][0]["message"],
        "must be one of powershell.exe, pwsh.exe, cmd.exe, sh"
    );
    for (list, body) in [
        (
            &applications,
            json!({ "name": "x", "type": "store", "config": { "winStoreId": "9N" }, "segmentId": 9 }),
        ),
        (
            &scripts,
            json!({ "name": "x", "content": "x", "runner": "sh", "segmentId": 9 }),
        ),
    ] {
        let answer = world.post(list, body).await;
        assert_eq!((answer.refused(), answer.wrong()), ((404, 3001), vec!["segmentId"]));
    }
    let asset = json!({ "name": "x", "type": "asset", "config": { "mdmAssetId": NOBODY } });
    let answer = world.post(&applications, asset).await;
    assert_eq!(
        (answer.refused(), answer.wrong()),
        ((404, 3001), vec!["config.mdmAssetId"])
    );
    for list in [&applications, &scripts, &attributes] {
        assert_eq!(world.get(list).await.data()["totalDocs"], 0);
    }
}

#[actix_web::test]
async fn what_the_server_does_not_offer_is_refused_with_what_it_offers() {
    let world = World::new().await;
    let [(applications, body), _, (attributes, attribute)] = kinds();
    for kind in [
        "build",
        "lastBuild",
        "lastGitBranchBuild",
        "lastGitTagBuild",
        "lastTagBuild",
    ] {
        let mut body = body.clone();
        body["type"] = json!(kind);
        let answer = world.post(&applications, body).await;
        assert_eq!(answer.refused(), (400, 5050), "{kind}");
        assert_eq!(
            answer.body["error"]["message"],
            "Feature not allowed for you billing plan"
        );
        let feature = answer.body["error"]["details"]["feature"].as_str().unwrap();
        assert!(feature.contains("app-build store") && feature.contains("store and asset"));
    }
    for kind in ["selector", "script"] {
        let mut body = attribute.clone();
        body["input"] = json!({ "type": kind });
        let answer = world.post(&attributes, body).await;
        assert_eq!(answer.refused(), (400, 5050), "{kind}");
        let feature = answer.body["error"]["details"]["feature"].as_str().unwrap();
        assert!(feature.contains("constant, enum, manual"));
    }
}

#[actix_web::test]
async fn applications_and_scripts_are_listed_and_searched() {
    let world = World::new().await;
    for name in ["Beta", "alpha", "Gamma 100%"] {
        application(
            &world,
            json!({ "name": name, "config": { "winStoreId": format!("ID-{name}") } }),
        )
        .await;
        script(&world, json!({ "name": name })).await;
    }
    let names = async |path: String| -> Vec<String> {
        let page = world.get(&path).await;
        let items = page.data()["items"].as_array().unwrap().clone();
        items.iter().map(|i| i["name"].as_str().unwrap().to_owned()).collect()
    };
    for list in [format!("{W}/applications"), format!("{M}/scripts")] {
        assert_eq!(
            names(format!("{list}?sort=name")).await,
            ["alpha", "Beta", "Gamma 100%"]
        );
        assert_eq!(names(format!("{list}?sort=name:desc&limit=1&page=2")).await, ["Beta"]);
        assert_eq!(names(format!("{list}?search=0%25")).await, ["Gamma 100%"]);
        assert_eq!(world.get(&format!("{list}?serch=x")).await.refused(), (400, 5209));
        assert_eq!(world.get(&format!("{list}?limit=10001")).await.refused(), (400, 5209));
    }
    let search = format!("{W}/applications/search");
    assert_eq!(names(format!("{search}?search=id-ALPHA")).await, ["alpha"]);
    let empty = world.get(&search).await;
    assert_eq!((empty.refused(), empty.wrong()), ((400, 5209), vec!["search"]));
}

#[actix_web::test]
async fn segments_and_tenants_keep_records_apart() {
    let world = World::new().await;
    let north = world.segment("North", SegmentId::ROOT).await;
    let south = world.segment("South", SegmentId::ROOT).await;
    for (list, mut body) in kinds().into_iter().take(2) {
        let token = world.token(&["mdm.*"], &[north]).await;
        let ask =
            async |method: Method, path: &str, body: Option<Value>| world.call(method, path, Some(&token), body).await;
        let made = ask(Method::POST, &list, Some(body.clone())).await;
        assert_eq!(made.data()["segmentId"], north.0, "the caller's only segment");
        body["segmentId"] = json!(south.0);
        let refused = ask(Method::POST, &list, Some(body.clone())).await;
        assert_eq!((refused.refused(), refused.wrong()), ((404, 3001), vec!["segmentId"]));
        let elsewhere = format!("{list}/{}", id(world.post(&list, body.clone()).await.data()));
        assert_eq!(ask(Method::GET, &elsewhere, None).await.refused(), (404, 3001));
        body["segmentId"] = json!(0);
        let hidden = format!("{list}/{}", id(world.post(&list, body.clone()).await.data()));
        assert_eq!(ask(Method::GET, &hidden, None).await.refused(), (404, 3001));
        world.put(&hidden, json!({ "exposeToChildren": true })).await.data();
        assert_eq!(ask(Method::GET, &hidden, None).await.data()["segmentId"], 0);
        for method in [Method::PUT, Method::DELETE] {
            let body = (method == Method::PUT).then(|| json!({ "name": "Mine" }));
            assert_eq!(ask(method, &hidden, body).await.refused(), (401, 4001));
        }
        assert_eq!(ask(Method::GET, &list, None).await.data()["totalDocs"], 2);
        let narrowed = world.get(&format!("{list}?segmentId={}", south.0)).await;
        assert_eq!(narrowed.data()["totalDocs"], 1);
        let foreign = list.replace("/default/", "/other/");
        let foreign = world.call(Method::GET, &foreign, Some(&world.foreign), None).await;
        assert_eq!(foreign.data()["totalDocs"], 0);
        let theirs = hidden.replace("/default/", "/other/");
        let theirs = world.call(Method::GET, &theirs, Some(&world.foreign), None).await;
        assert_eq!(theirs.refused(), (404, 3001));
    }
    let removed = world.delete(&format!("{O}/segments/{}", south.0)).await;
    assert_eq!(removed.refused(), (400, 5209));
    let message = removed.body["error"]["details"][0]["message"].as_str().unwrap();
    assert!(message.contains("1 applications, 1 scripts"), "{message}");
}

#[actix_web::test]
async fn smart_attributes_belong_to_the_whole_organization() {
    let world = World::new().await;
    let north = world.segment("North", SegmentId::ROOT).await;
    let (list, body) = kinds().into_iter().nth(2).unwrap();
    let path = format!("{list}/{}", id(world.post(&list, body.clone()).await.data()));
    let token = world.token(&["mdm.*"], &[north]).await;
    assert_eq!(
        world.call(Method::GET, &path, Some(&token), None).await.data()["name"],
        "desk"
    );
    let refused = world.call(Method::POST, &list, Some(&token), Some(body)).await;
    assert_eq!(refused.refused(), (401, 4001));
    let theirs = path.replace("/default/", "/other/");
    let theirs = world.call(Method::GET, &theirs, Some(&world.foreign), None).await;
    assert_eq!(theirs.refused(), (404, 3001));
}

#[actix_web::test]
async fn a_developer_manages_scripts_and_no_applications() {
    let world = World::new().await;
    let (_, token) = world
        .account(json!([{ "roleId": "developer", "segmentIds": [] }]))
        .await;
    let [(applications, application), (scripts, script), _] = kinds();
    let post = async |list: &str, body: Value| world.call(Method::POST, list, Some(&token), Some(body)).await;
    let made = post(&scripts, script).await;
    let path = format!("{scripts}/{}", id(made.data()));
    world.call(Method::DELETE, &path, Some(&token), None).await.data();
    assert_eq!(post(&applications, application).await.refused(), (401, 4001));
    assert_eq!(
        world.call(Method::GET, &applications, Some(&token), None).await.data()["totalDocs"],
        0
    );
}
