//! What refers to assets, and who sees and changes them where.

use super::*;

#[actix_web::test]
async fn policies_refer_to_assets_that_reach_them_and_keep_them() {
    for database in Database::every() {
        let world = database.world().await;
        let north = world.segment("North", SegmentId::ROOT).await;
        let south = world.segment("South", SegmentId::ROOT).await;
        let in_segment = |segment: SegmentId, exposed: &'static str| {
            let (world, number) = (&world, segment.0.to_string());
            async move {
                let parts: [(&str, &[u8]); 4] = [
                    ("type", b"script"),
                    ("file=run.ps1", b"exit 0"),
                    ("segmentId", number.as_bytes()),
                    ("exposeToChildren", exposed.as_bytes()),
                ];
                made(world, &parts).await
            }
        };
        let policies = format!("{W}/policies");
        let policy = |segment: SegmentId, asset: &Value| json!({ "name": "P", "segmentId": segment.0, "assets": [{ "mdmAssetId": asset["id"], "location": "C:\\A" }] });
        let (hidden, exposed) = (
            in_segment(SegmentId::ROOT, "false").await,
            in_segment(SegmentId::ROOT, "true").await,
        );
        let southern = in_segment(south, "true").await;
        for unreachable in [&hidden, &southern, &json!({ "id": "507f1f77bcf86cd799439011" })] {
            let answer = world.post(&policies, policy(north, unreachable)).await;
            assert_eq!(
                (answer.refused(), answer.wrong()),
                ((404, 3001), vec!["assets[0].mdmAssetId"])
            );
        }
        let mut body = policy(north, &exposed);
        body["assets"][0]["mdmAssetId"] = json!(exposed["id"].as_str().unwrap().to_uppercase());
        let made = world.post(&policies, body).await.data().clone();
        assert_eq!(made["assets"][0]["mdmAssetId"], exposed["id"]);
        let info = json!([{
            "id": exposed["id"], "name": "run.ps1", "type": "script", "fileName": "run.ps1", "size": 6, "sha256": exposed["sha256"]
        }]);
        let own = format!("{policies}/{}", made["id"].as_str().unwrap());
        assert_eq!(
            (&made["assetsInfo"], &world.get(&own).await.data()["assetsInfo"]),
            (&info, &info)
        );
        assert_eq!(world.get(&policies).await.data()["items"][0]["assetsInfo"], info);
        assert_eq!(world.get(&format!("{own}/versions/1")).await.data()["assetsInfo"], info);

        // It can be neither removed nor taken out of reach, and its users are named.
        let refusals = [
            world.delete(&path(&exposed)).await,
            world.put(&path(&exposed), json!({ "exposeToChildren": false })).await,
            world.put(&path(&exposed), json!({ "segmentId": south.0 })).await,
        ];
        for answer in refusals {
            assert_eq!(
                (answer.refused(), in_use(&answer)),
                ((400, 5209), vec!["in_use", "used"])
            );
            let named = answer.body["error"]["details"][1]["message"]
                .as_str()
                .unwrap()
                .to_owned();
            assert!(
                named.contains(made["id"].as_str().unwrap()) && named.contains("(P)"),
                "{named}"
            );
        }
        assert_eq!(world.kept().len(), 3);
        world.put(&path(&exposed), json!({ "segmentId": north.0 })).await.data();
        // A policy that moves or is copied out of its assets' reach is refused too.
        let answer = world.put(&own, json!({ "segmentId": south.0 })).await;
        assert_eq!(answer.wrong(), ["assets[0].mdmAssetId"]);
        let answer = world
            .post(&format!("{own}/clone"), json!({ "segmentId": south.0 }))
            .await;
        assert_eq!(answer.wrong(), ["assets[0].mdmAssetId"]);
        // Its name in a policy is no change of the policy.
        let tag = world.get(&own).await.header("ETag").unwrap().to_owned();
        world.put(&path(&exposed), json!({ "name": "Other" })).await.data();
        let answer = world.get(&own).await;
        assert_eq!(
            (answer.header("ETag"), &answer.data()["assetsInfo"][0]["name"]),
            (Some(tag.as_str()), &json!("Other"))
        );
        world.delete(&own).await.data();
        world.delete(&path(&exposed)).await.data();
        // A version that refers to what is gone cannot come back.
        assert_eq!(world.kept().len(), 2);
        let answer = world.delete(&format!("{O}/segments/{}", south.0)).await;
        assert!(answer.body.to_string().contains("1 assets"), "{}", answer.body);
    }
}

#[actix_web::test]
async fn assets_are_seen_in_their_segments_and_below_and_changed_in_their_own_only() {
    for database in Database::every() {
        let world = database.world().await;
        let north = world.segment("North", SegmentId::ROOT).await;
        let token = world.token(&["mdm.global.asset.*"], &[north]).await;
        let hidden = script(&world).await;
        let exposed = made(
            &world,
            &[("type", b"script"), ("file=a.ps1", b"x"), ("exposeToChildren", b"true")],
        )
        .await;
        let ask = |method: Method, path: String, body: Option<Value>| {
            let (world, token) = (&world, token.clone());
            async move { world.call(method, &path, Some(&token), body).await }
        };
        assert_eq!(ask(Method::GET, path(&hidden), None).await.refused(), (404, 3001));
        assert_eq!(
            ask(Method::GET, format!("{}/view", path(&hidden)), None)
                .await
                .refused(),
            (404, 3001)
        );
        ask(Method::GET, path(&exposed), None).await.data();
        let list = ask(Method::GET, ASSETS.to_owned(), None).await;
        assert_eq!(list.data()["totalDocs"], 1);
        let change = ask(Method::PUT, path(&exposed), Some(json!({ "name": "x" }))).await;
        assert_eq!(change.refused(), (401, 4001));
        assert_eq!(ask(Method::DELETE, path(&exposed), None).await.refused(), (401, 4001));
        // Where the caller does not say, its own segment is meant.
        let mut request = world.form(Method::POST, ASSETS, &[("type", b"script"), ("file=a.ps1", b"x")], &[]);
        request = request.insert_header(("Authorization", format!("Bearer {token}")));
        assert_eq!(world.send(request).await.data()["segmentId"], north.0);
        let foreign = world
            .call(Method::GET, &path(&exposed), Some(&world.foreign), None)
            .await;
        assert_eq!(foreign.refused(), (404, 3001));
        let other = path(&exposed).replace("/default/", "/other/");
        assert_eq!(
            world
                .call(Method::GET, &other, Some(&world.foreign), None)
                .await
                .refused(),
            (404, 3001)
        );
    }
}

#[actix_web::test]
async fn applications_come_from_assets_that_reach_them_and_keep_them() {
    for database in Database::every() {
        let world = database.world().await;
        let north = world.segment("North", SegmentId::ROOT).await;
        let applications = format!("{W}/applications");
        let installer: (&str, &[u8]) = ("file=notes.msi", b"MSI");
        let hidden = made(&world, &[("type", b"app"), installer]).await;
        let exposed = made(&world, &[("type", b"app"), ("exposeToChildren", b"true"), installer]).await;
        let body = |asset: &Value| json!({ "name": "Notes", "type": "asset", "segmentId": north.0, "config": { "mdmAssetId": asset["id"] } });
        for unreachable in [&hidden, &json!({ "id": "507f1f77bcf86cd799439011" })] {
            let answer = world.post(&applications, body(unreachable)).await;
            assert_eq!(
                (answer.refused(), answer.wrong()),
                ((404, 3001), vec!["config.mdmAssetId"])
            );
        }
        let loud = json!({ "id": exposed["id"].as_str().unwrap().to_uppercase() });
        let notes = world.post(&applications, body(&loud)).await.data().clone();
        assert_eq!(notes["config"]["mdmAssetId"], exposed["id"]);
        let (notes, own) = (notes["id"].as_str().unwrap(), path(&exposed));
        let refusals = [
            world.delete(&own).await,
            world.put(&own, json!({ "exposeToChildren": false })).await,
        ];
        for answer in refusals {
            assert_eq!(
                (answer.refused(), in_use(&answer)),
                ((400, 5209), vec!["in_use", "used"])
            );
            let details = &answer.body["error"]["details"];
            assert_eq!(
                (&details[0]["message"], &details[1]["message"]),
                (
                    &json!("1 applications use it"),
                    &json!(format!("application {notes} (Notes)"))
                )
            );
        }
        // An application does not leave its asset's reach either.
        world.put(&own, json!({ "segmentId": north.0 })).await.data();
        let application = format!("{applications}/{notes}");
        let moved = world.put(&application, json!({ "segmentId": 0 })).await;
        assert_eq!(moved.wrong(), ["config.mdmAssetId"]);
        world.put(&own, json!({ "segmentId": 0 })).await.data();

        let policy = json!({ "name": "P", "assets": [{ "mdmAssetId": exposed["id"], "location": "C:\\A" }] });
        let policy = world.post(&format!("{W}/policies"), policy).await.data().clone();
        let answer = world.delete(&own).await;
        let first = &answer.body["error"]["details"][0]["message"];
        assert_eq!(first, "1 policies and 1 applications use it");
        assert_eq!(in_use(&answer).len(), 3);
        world.delete(&application).await.data();
        let policy = format!("{W}/policies/{}", policy["id"].as_str().unwrap());
        world.delete(&policy).await.data();
        world.delete(&own).await.data();
    }
}
