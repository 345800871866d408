//! Service accounts and their tokens: made, changed, limited, ended; and that nobody gives what they do not have.

use super::world::{O, Response, World};
use actix_web::{http::Method, test::TestRequest};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use transom_domain::segment::SegmentId;

async fn audited(world: &World, action: &str) -> Vec<Value> {
    let list = world.get(&format!("{O}/audit-logs?action={action}")).await;
    list.data()["items"].as_array().unwrap().clone()
}

/// Whether a token opens the list of segments.
async fn opens(world: &World, token: &str) -> Response {
    world
        .call(Method::GET, &format!("{O}/segments"), Some(token), None)
        .await
}

#[actix_web::test]
async fn an_account_is_made_shown_changed_and_removed_on_record() {
    let world = World::new().await;
    let path = format!("{O}/service-accounts");
    let body = json!({ "name": " CI ", "description": "builds", "roles": [{ "roleId": "viewer", "segmentIds": [] }], "id": "x" });
    let made = world.post(&path, body).await;
    assert_eq!(made.header("X-Ignored-Fields"), Some("id"));
    let id = made.data()["id"].as_str().unwrap().to_owned();
    assert_eq!(made.data()["name"], "CI");
    assert_eq!(made.data()["identity"], format!("{id}@default.iam.transom"));
    let role = json!({ "roleId": "viewer", "actions": null, "segmentIds": [] });
    assert_eq!(made.data()["roles"], json!([role]));
    let own = format!("{path}/{id}");
    assert_eq!(world.get(&own).await.data(), made.data());
    let listed = world.get(&path).await;
    assert_eq!(
        listed.data().as_array().unwrap().len(),
        2,
        "the administrator's own is there too"
    );
    let changed = world
        .put(
            &own,
            json!({ "description": null, "roles": [{ "actions": ["*.list"] }] }),
        )
        .await;
    assert_eq!(
        (&changed.data()["name"], &changed.data()["description"]),
        (&json!("CI"), &Value::Null)
    );
    let entry = &audited(&world, "base.organization.serviceAccount.update").await[0];
    assert_eq!(entry["target"], json!({ "kind": "serviceAccount", "id": id }));
    assert_eq!(
        entry["before"]["roles"],
        json!([{ "roleId": "viewer", "segmentIds": [] }])
    );
    assert_eq!(
        entry["after"]["roles"],
        json!([{ "actions": ["*.list"], "segmentIds": [] }])
    );
    world.put(&own, json!({ "name": "CI" })).await;
    assert_eq!(
        audited(&world, "base.organization.serviceAccount.update").await.len(),
        1
    );
    assert_eq!(world.delete(&own).await.data()["id"], json!(id));
    assert_eq!(world.get(&own).await.refused(), (404, 3001));
    assert_eq!(world.delete(&own).await.refused(), (404, 3001));
}

#[actix_web::test]
async fn a_wrong_account_is_refused_with_the_place() {
    let world = World::new().await;
    let path = format!("{O}/service-accounts");
    let role = json!({ "roleId": "viewer" });
    for (body, wrong) in [
        (json!({}), "name"),
        (json!({ "name": "" }), "name"),
        (json!({ "name": "x".repeat(129) }), "name"),
        (json!({ "name": "x", "description": "d".repeat(1_001) }), "description"),
        (json!({ "name": "x", "roles": {} }), "roles"),
        (json!({ "name": "x", "roles": vec![role.clone(); 51] }), "roles"),
        (json!({ "name": "x", "roles": [{}] }), "roles[0]"),
        (
            json!({ "name": "x", "roles": [{ "roleId": "viewer", "actions": ["*"] }] }),
            "roles[0]",
        ),
        (
            json!({ "name": "x", "roles": [{ "roleId": "nobody" }] }),
            "roles[0].roleId",
        ),
        (
            json!({ "name": "x", "roles": [{ "actions": ["no"] }] }),
            "roles[0].actions",
        ),
        (json!({ "name": "x", "roles": [{ "actions": [] }] }), "roles[0].actions"),
        (
            json!({ "name": "x", "roles": [{ "roleId": "viewer", "segmentIds": [-1] }] }),
            "roles[0].segmentIds[0]",
        ),
        (
            json!({ "name": "x", "roles": [{ "roleId": "viewer", "segmentIds": vec![0; 101] }] }),
            "roles[0].segmentIds",
        ),
    ] {
        let answer = world.post(&path, body.clone()).await;
        assert_eq!((answer.refused(), answer.wrong()), ((400, 5209), vec![wrong]), "{body}");
    }
    for (role, wrong) in [
        (json!({ "roleId": "507f1f77bcf86cd799439011" }), "roles[0].roleId"),
        (
            json!({ "roleId": "viewer", "segmentIds": [9] }),
            "roles[0].segmentIds[0]",
        ),
    ] {
        let answer = world.post(&path, json!({ "name": "x", "roles": [role] })).await;
        assert_eq!((answer.refused(), answer.wrong()), ((404, 3001), vec![wrong]));
    }
    let at_the_limits = json!({
        "name": "x".repeat(128),
        "description": "d".repeat(1_000),
        "roles": vec![json!({ "roleId": "viewer", "segmentIds": vec![0; 100] }); 50],
    });
    assert_eq!(world.post(&path, at_the_limits).await.status, 200);
}

#[actix_web::test]
async fn a_token_is_shown_once_and_its_last_use_is_written_in_batches() {
    let world = World::new().await;
    let (id, token) = world.account(json!([{ "roleId": "viewer" }])).await;
    let path = format!("{O}/service-accounts/{id}/tokens");
    assert!(token.starts_with("trm_"));
    let listed = world.get(&path).await;
    assert!(!listed.body.to_string().contains(&token[4..]));
    let first = &listed.data()[0];
    assert_eq!((&first["state"], &first["lastUsedAt"]), (&json!("valid"), &Value::Null));
    assert_eq!(opens(&world, &token).await.status, 200);
    assert_eq!(
        world.get(&path).await.data()[0]["lastUsedAt"],
        Value::Null,
        "no request waits for a write"
    );
    let flushed = world
        .state
        .token_uses
        .flush(&*world.store, &*world.clock)
        .await
        .unwrap();
    assert_eq!(flushed, 2, "this token and the administrator's");
    assert_eq!(
        world.get(&path).await.data()[0]["lastUsedAt"],
        "2026-02-10T10:00:00.000Z"
    );
    for entry in audited(&world, "base.organization.serviceAccount.issue").await {
        assert!(!entry.to_string().contains(&token[4..]), "no secret on record");
    }
}

#[actix_web::test]
async fn revoking_a_token_and_removing_its_account_shut_it_out_at_once() {
    let world = World::new().await;
    let (id, token) = world.account(json!([{ "roleId": "viewer" }])).await;
    let tokens = format!("{O}/service-accounts/{id}/tokens");
    let second = world.post(&tokens, json!({ "name": "second" })).await;
    let (second_id, second) = (
        second.data()["id"].clone(),
        second.data()["token"].as_str().unwrap().to_owned(),
    );
    let revoked = world.delete(&format!("{tokens}/{}", second_id.as_str().unwrap())).await;
    assert_eq!(revoked.data()["state"], "revoked");
    assert_eq!(opens(&world, &second).await.refused(), (401, 4004));
    assert_eq!(opens(&world, &token).await.status, 200, "the other token holds");
    world
        .put(&format!("{O}/service-accounts/{id}"), json!({ "roles": [] }))
        .await;
    assert_eq!(
        opens(&world, &token).await.refused(),
        (401, 4001),
        "a change of roles holds at once"
    );
    world.delete(&format!("{O}/service-accounts/{id}")).await;
    assert_eq!(opens(&world, &token).await.refused(), (401, 4004));
    let elsewhere = format!("{O}/service-accounts/{id}/tokens/{}", second_id.as_str().unwrap());
    assert_eq!(world.delete(&elsewhere).await.refused(), (404, 3001));
}

#[actix_web::test]
async fn a_token_ends_when_it_is_said_to() {
    let world = World::new().await;
    let (id, _) = world.account(json!([{ "roleId": "viewer" }])).await;
    let path = format!("{O}/service-accounts/{id}/tokens");
    let made = world.post(&path, json!({ "name": "short", "expiresIn": 60 })).await;
    assert_eq!(made.data()["expiresAt"], "2026-02-10T10:01:00.000Z");
    let token = made.data()["token"].as_str().unwrap().to_owned();
    world.clock.now.fetch_add(59_999, Ordering::Relaxed);
    assert_eq!(opens(&world, &token).await.status, 200);
    world.clock.now.fetch_add(1, Ordering::Relaxed);
    assert_eq!(opens(&world, &token).await.refused(), (401, 4004));
    assert_eq!(world.get(&path).await.data()[1]["state"], "expired");
    for (body, wrong) in [
        (json!({}), "name"),
        (json!({ "name": "x".repeat(129) }), "name"),
        (json!({ "name": "x", "expiresIn": 59 }), "expiresIn"),
        (json!({ "name": "x", "expiresIn": 315_360_001 }), "expiresIn"),
        (json!({ "name": "x", "expiresIn": "60" }), "expiresIn"),
        (
            json!({ "name": "x", "expiresAt": "2026-02-10T10:01:59.999Z" }),
            "expiresAt",
        ),
        (json!({ "name": "x", "expiresAt": "soon" }), "expiresAt"),
        (
            json!({ "name": "x", "expiresAt": "2027-02-10T10:01:00Z", "expiresIn": 60 }),
            "expiresIn",
        ),
        (
            json!({ "name": "x", "allowedAddresses": ["192.0.2.0/33"] }),
            "allowedAddresses[0]",
        ),
        (
            json!({ "name": "x", "allowedAddresses": ["192.0.2.1/24"] }),
            "allowedAddresses[0]",
        ),
        (
            json!({ "name": "x", "allowedAddresses": vec!["192.0.2.1"; 51] }),
            "allowedAddresses",
        ),
    ] {
        let answer = world.post(&path, body.clone()).await;
        assert_eq!((answer.refused(), answer.wrong()), ((400, 5209), vec![wrong]), "{body}");
    }
    let long = json!({ "name": "x".repeat(128), "expiresIn": 315_360_000, "allowedAddresses": vec!["192.0.2.1"; 50] });
    assert_eq!(world.post(&path, long).await.status, 200);
}

#[actix_web::test]
async fn a_token_opens_nothing_from_an_address_that_is_not_on_its_list() {
    let world = World::new().await;
    let (id, _) = world.account(json!([{ "roleId": "viewer" }])).await;
    let path = format!("{O}/service-accounts/{id}/tokens");
    let body = json!({ "name": "office", "allowedAddresses": ["192.0.2.0/24", "2001:db8::/32"] });
    let made = world.post(&path, body).await;
    let token = made.data()["token"].as_str().unwrap().to_owned();
    let from = |address: &'static str| {
        let request = TestRequest::get()
            .uri("/v1/organizations/default/segments")
            .peer_addr(address.parse().unwrap())
            .insert_header(("Authorization", format!("Bearer {token}")));
        world.send(request)
    };
    assert_eq!(from("192.0.2.255:1").await.status, 200);
    assert_eq!(from("[2001:db8:1::1]:1").await.status, 200);
    assert_eq!(from("[::ffff:192.0.2.9]:1").await.status, 200);
    assert_eq!(from("192.0.3.0:1").await.refused(), (401, 4004));
    assert_eq!(
        opens(&world, &token).await.refused(),
        (401, 4004),
        "nobody knows from where"
    );
    let entries = audited(&world, "base.organization.serviceAccount.use").await;
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[1]["ip"], "192.0.3.0");
    assert_eq!(
        (&entries[1]["outcome"], &entries[1]["error"]["code"]),
        (&json!("refused"), &json!(4004))
    );
}

#[actix_web::test]
async fn nobody_gives_others_what_they_do_not_have() {
    let world = World::new().await;
    let north = world.segment("North", SegmentId::ROOT).await;
    let south = world.segment("South", SegmentId::ROOT).await;
    let own = json!({ "actions": ["base.organization.serviceAccount.*", "mdm.windows.*"], "segmentIds": [north.0] });
    let (id, token) = world.account(json!([own])).await;
    let accounts = format!("{O}/service-accounts");
    let post = |path: String, body: Value| {
        let (world, token) = (&world, &token);
        async move { world.call(Method::POST, &path, Some(token), Some(body)).await }
    };
    let grant = |actions: &str, segment: u32| json!({ "name": "x", "roles": [{ "actions": [actions], "segmentIds": [segment] }] });
    let required = |answer: &Response| answer.body["error"]["details"]["requiredPermission"].clone();

    assert_eq!(
        post(accounts.clone(), grant("mdm.windows.device.*", north.0))
            .await
            .status,
        200
    );
    for lacking in ["*", "mdm.*", "*.get", "base.organization.segment.list"] {
        let answer = post(accounts.clone(), grant(lacking, north.0)).await;
        assert_eq!((answer.refused(), required(&answer)), ((401, 4001), json!(lacking)));
    }
    let viewer = json!({ "name": "x", "roles": [{ "roleId": "viewer", "segmentIds": [north.0] }] });
    assert_eq!(required(&post(accounts.clone(), viewer).await), "*.list");
    assert_eq!(
        post(accounts.clone(), grant("mdm.windows.*", south.0)).await.refused(),
        (404, 3001)
    );
    let everywhere = json!({ "name": "x", "roles": [{ "actions": ["mdm.windows.*"] }] });
    assert_eq!(
        required(&post(accounts.clone(), everywhere.clone()).await),
        "mdm.windows.*"
    );

    // Its own account may get another token, and not more power; a stronger one is out of sight.
    assert_eq!(
        post(format!("{accounts}/{id}/tokens"), json!({ "name": "next" }))
            .await
            .status,
        200
    );
    let stronger = world
        .call(Method::PUT, &format!("{accounts}/{id}"), Some(&token), Some(everywhere))
        .await;
    assert_eq!(stronger.refused(), (401, 4001));
    let (admin, _) = world.account(json!([{ "roleId": "admin" }])).await;
    assert_eq!(
        post(format!("{accounts}/{admin}/tokens"), json!({ "name": "x" }))
            .await
            .refused(),
        (404, 3001)
    );
    let listed = world.call(Method::GET, &accounts, Some(&token), None).await;
    assert!(!listed.body.to_string().contains(&admin));

    // In its own segment a stronger account is seen, and still gives no token.
    let (strong, _) = world
        .account(json!([{ "roleId": "admin", "segmentIds": [north.0] }]))
        .await;
    let answer = post(format!("{accounts}/{strong}/tokens"), json!({ "name": "x" })).await;
    assert_eq!((answer.refused(), required(&answer)), ((401, 4001), json!("*")));
    let refused = audited(&world, "base.organization.serviceAccount.update").await;
    assert_eq!(refused[0]["error"]["code"], 4001, "the attempt is on record");
}

#[actix_web::test]
async fn a_limited_token_does_not_mint_the_whole_power_of_its_account() {
    let world = World::new().await;
    let token = world.token(&["base.organization.serviceAccount.*"], &[]).await;
    let accounts = world.get(&format!("{O}/service-accounts")).await;
    let accounts = accounts.data().as_array().unwrap();
    let admin = accounts.iter().find(|a| a["name"] == "administrator").unwrap();
    let path = format!("{O}/service-accounts/{}/tokens", admin["id"].as_str().unwrap());
    let answer = world
        .call(Method::POST, &path, Some(&token), Some(json!({ "name": "x" })))
        .await;
    assert_eq!(answer.refused(), (401, 4001));
    assert_eq!(answer.body["error"]["details"]["requiredPermission"], "*");
}

#[actix_web::test]
async fn tokens_that_ended_make_room_and_those_that_hold_have_a_limit() {
    let world = World::new().await;
    let (id, _) = world.account(json!([])).await;
    let path = format!("{O}/service-accounts/{id}/tokens");
    for n in 2..=100 {
        assert_eq!(world.post(&path, json!({ "name": n.to_string() })).await.status, 200);
    }
    assert_eq!(
        world.post(&path, json!({ "name": "one above" })).await.refused(),
        (400, 5017)
    );
    let tokens = world.get(&path).await;
    let last = tokens.data()[99]["id"].as_str().unwrap().to_owned();
    world.delete(&format!("{path}/{last}")).await;
    assert_eq!(world.post(&path, json!({ "name": "in its place" })).await.status, 200);
    let tokens = world.get(&path).await;
    assert_eq!(tokens.data().as_array().unwrap().len(), 100);
    assert!(!tokens.body.to_string().contains(&last));
}
