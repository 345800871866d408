//! Assets: files that are streamed to and from disk.

use super::world::{O, Response, W, World};
use actix_web::{
    http::{Method, StatusCode},
    test,
    web::Bytes,
};
use serde_json::{Value, json};
use transom_domain::{Environment, Timestamp, asset::sweep, segment::SegmentId};
use transom_http::admin::{self, AdminSettings, FileSettings};

const ASSETS: &str = "/v1/organizations/default/mdm/assets";

async fn made(world: &World, parts: &[(&str, &[u8])]) -> Value {
    world.upload(Method::POST, ASSETS, parts, &[]).await.data().clone()
}

async fn script(world: &World) -> Value {
    made(world, &[("type", b"script"), ("file=run.ps1", b"exit 0")]).await
}

fn path(asset: &Value) -> String {
    format!("{ASSETS}/{}", asset["id"].as_str().unwrap())
}

/// Status, headers and bytes of a download.
async fn view(world: &World, asset: &Value, headers: &[(&str, &str)]) -> (u16, Vec<(String, String)>, Bytes) {
    let app = test::init_service(admin::app(world.state.clone())).await;
    let mut request = test::TestRequest::with_uri(&format!("{}/view", path(asset)))
        .insert_header(("Authorization", format!("Bearer {}", world.admin)));
    for header in headers {
        request = request.append_header(*header);
    }
    let response = test::call_service(&app, request.to_request()).await;
    let headers = response.headers().iter();
    let headers = headers
        .map(|(n, v)| (n.to_string(), v.to_str().unwrap().to_owned()))
        .collect();
    (response.status().as_u16(), headers, test::read_body(response).await)
}

fn header<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
}

fn in_use(answer: &Response) -> Vec<&str> {
    let details = answer.body["error"]["details"].as_array().unwrap();
    details.iter().map(|d| d["rule"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn a_file_is_uploaded_shown_downloaded_changed_and_removed_on_record() {
    let world = World::new().await;
    let content = vec![7_u8; 300_000];
    let parts: [(&str, &[u8]); 6] = [
        ("name", b" Notes 1.4 "),
        ("type", b"app"),
        ("exposeToChildren", b"true"),
        ("description", "für alle".as_bytes()),
        ("colour", b"red"),
        ("file=C:\\\\Users\\\\Ada\\\\Nötes.MSI", &content),
    ];
    let answer = world.upload(Method::POST, ASSETS, &parts, &[]).await;
    assert_eq!(answer.header("X-Ignored-Fields"), Some("colour"));
    let asset = answer.data().clone();
    let shown = json!({
        "name": "Notes 1.4", "type": "app", "description": "für alle", "fileName": "Nötes.MSI", "extension": "msi",
        "contentType": "application/x-msi", "size": 300_000, "segmentId": 0, "exposeToChildren": true
    });
    for (name, value) in shown.as_object().unwrap() {
        assert_eq!(&asset[name], value, "{name}");
    }
    let own = path(&asset);
    assert_eq!(world.get(&own).await.data(), &asset);
    assert_eq!(world.kept().len(), 1);

    let (status, headers, body) = view(&world, &asset, &[]).await;
    assert_eq!((status, body == content), (200, true));
    assert_eq!(header(&headers, "content-type"), Some("application/x-msi"));
    assert_eq!(
        header(&headers, "content-length"),
        None,
        "the test server sends none; a body of known size does"
    );
    assert_eq!(
        header(&headers, "content-disposition"),
        Some("attachment; filename=\"N_tes.MSI\"; filename*=UTF-8''N%C3%B6tes.MSI")
    );
    assert_eq!(header(&headers, "x-content-type-options"), Some("nosniff"));
    assert_eq!(
        header(&headers, "etag").unwrap().trim_matches('"'),
        asset["sha256"].as_str().unwrap()
    );

    let changed = world
        .put(&own, json!({ "name": "Notes", "description": null, "segmentId": "0" }))
        .await;
    assert_eq!(
        (&changed.data()["name"], &changed.data()["description"]),
        (&json!("Notes"), &Value::Null)
    );
    assert_eq!(changed.data()["sha256"], asset["sha256"]);
    let replaced = world
        .upload(
            Method::PUT,
            &own,
            &[("file=notes-2.msi", b"new"), ("name", b"Notes 2")],
            &[],
        )
        .await;
    assert_eq!(
        (&replaced.data()["size"], &replaced.data()["name"]),
        (&json!(3), &json!("Notes 2"))
    );
    assert_eq!(world.kept().len(), 1, "the old file is gone");
    assert_eq!(view(&world, &asset, &[]).await.2, "new");
    // The same again changes nothing and leaves no second file.
    world
        .upload(Method::PUT, &own, &[("file=notes-2.msi", b"new")], &[])
        .await
        .data();
    assert_eq!(
        (world.kept().len(), view(&world, &asset, &[]).await.2),
        (1, Bytes::from("new"))
    );

    world.delete(&own).await.data();
    assert_eq!(world.get(&own).await.refused(), (404, 3001));
    assert_eq!(view(&world, &asset, &[]).await.0, 404);
    assert!(world.kept().is_empty());
    let log = world
        .get(&format!(
            "{O}/audit-logs?sort=date:asc&targetId={}",
            asset["id"].as_str().unwrap()
        ))
        .await;
    let actions: Vec<_> = log.data()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["action"].clone())
        .collect();
    let action = |verb: &str| json!(format!("mdm.global.asset.{verb}"));
    assert_eq!(
        actions,
        [action("create"), action("update"), action("update"), action("remove")]
    );
    let entry = &log.data()["items"][2];
    assert_eq!(
        (&entry["before"]["size"], &entry["after"]["size"]),
        (&json!(300_000), &json!(3))
    );
    assert_eq!(entry["target"]["kind"], "mdmAsset");
}

#[actix_web::test]
async fn sha_256_is_that_of_the_bytes() {
    let world = World::new().await;
    let asset = made(&world, &[("type", b"other"), ("file=abc", b"abc")]).await;
    // FIPS 180-2, appendix B.1.
    assert_eq!(
        asset["sha256"],
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    let empty = made(&world, &[("type", b"other"), ("file=empty", b"")]).await;
    assert_eq!(empty["size"], 0);
    assert_eq!(view(&world, &empty, &[]).await.2, "");
}

#[actix_web::test]
async fn a_part_of_a_file_can_be_asked_for() {
    let world = World::new().await;
    let content: Vec<u8> = (0..400_000_u32).map(|i| (i % 251) as u8).collect();
    let asset = made(&world, &[("type", b"other"), ("file=a.bin", &content)]).await;
    let (status, headers, body) = view(&world, &asset, &[("Range", "bytes=150000-299999")]).await;
    assert_eq!((status, body == content[150_000..300_000]), (206, true));
    assert_eq!(header(&headers, "content-range"), Some("bytes 150000-299999/400000"));
    let (status, headers, body) = view(&world, &asset, &[("Range", "bytes=400000-")]).await;
    assert_eq!(
        (status, body.len(), header(&headers, "content-range")),
        (416, 0, Some("bytes */400000"))
    );
    let condition = [("Range", "bytes=0-1"), ("If-Range", "\"other\"")];
    assert_eq!(view(&world, &asset, &condition).await.0, 200);
}

#[actix_web::test]
async fn what_is_wrong_with_an_upload_is_named_and_nothing_is_left_behind() {
    let world = World::new().await;
    let file: (&str, &[u8]) = ("file=a.ps1", b"exit 0");
    let kind: (&str, &[u8]) = ("type", b"script");
    type Parts<'p> = Vec<(&'p str, &'p [u8])>;
    let cases: Vec<(Parts<'_>, Vec<&str>)> = vec![
        (vec![], vec!["file", "type"]),
        (vec![kind], vec!["file"]),
        (vec![file], vec!["type"]),
        (vec![file, ("type", b"scripts")], vec!["type"]),
        (vec![file, ("type", b"app")], vec!["file"]),
        (vec![kind, ("file=..", b"x")], vec!["file"]),
        (vec![kind, ("file=", b"x")], vec!["file"]),
        (vec![kind, ("file=CON.ps1", b"x")], vec!["file"]),
        (vec![kind, ("file=\u{202e}1sp.exe.ps1", b"x")], vec!["file"]),
        (vec![kind, file, file], vec!["file"]),
        (vec![kind, kind, file], vec!["type"]),
        (vec![kind, file, ("name", b"")], vec!["name"]),
        (vec![kind, file, ("name", b"\xff")], vec!["name"]),
        (vec![kind, file, ("name", b"a\0b")], vec!["name"]),
        (vec![kind, file, ("exposeToChildren", b"yes")], vec!["exposeToChildren"]),
        (vec![kind, file, ("segmentId", b"-1")], vec!["segmentId"]),
    ];
    for (parts, wrong) in cases {
        let answer = world.upload(Method::POST, ASSETS, &parts, &[]).await;
        assert_eq!(answer.refused(), (400, 5209), "{parts:?}");
        assert_eq!(answer.wrong(), wrong, "{parts:?}: {}", answer.body);
    }
    let unknown = world
        .upload(Method::POST, ASSETS, &[kind, file, ("segmentId", b"77")], &[])
        .await;
    assert_eq!((unknown.refused(), unknown.wrong()), ((404, 3001), vec!["segmentId"]));
    let strict = format!("{ASSETS}?strict=true");
    let unknown = world
        .upload(Method::POST, &strict, &[kind, file, ("colour", b"red")], &[])
        .await;
    assert_eq!(unknown.wrong(), ["colour"]);
    let json = world.post(ASSETS, json!({ "type": "script" })).await;
    assert_eq!(json.refused(), (415, 415));
    let nobody = world
        .upload(Method::PUT, &format!("{ASSETS}/507f1f77bcf86cd799439011"), &[file], &[])
        .await;
    assert_eq!(nobody.refused(), (404, 3001));
    assert!(world.kept().is_empty(), "{:?}", world.kept());
    let list = world.get(ASSETS).await;
    assert_eq!(list.data()["totalDocs"], 0);
}

#[actix_web::test]
async fn what_breaks_off_on_its_way_or_is_no_form_leaves_nothing_behind() {
    let world = World::new().await;
    let request = |body: &'static [u8]| {
        test::TestRequest::with_uri(ASSETS)
            .method(Method::POST)
            .insert_header(("Authorization", format!("Bearer {}", world.admin)))
            .insert_header(("Content-Type", "multipart/form-data; boundary=XX"))
            .set_payload(body)
    };
    let whole = b"--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.ps1\"\r\n\r\nexit";
    for (body, rule) in [
        (whole.as_slice(), "body"),
        (b"--XX\r\nnothing\r\n\r\n--XX--", "multipart"),
        (b"", "body"),
    ] {
        let answer = world.send(request(body)).await;
        assert_eq!(answer.refused(), (400, 5209));
        assert_eq!(answer.body["error"]["details"][0]["rule"], rule);
    }
    for kind in ["multipart/form-data", "multipart/mixed; boundary=XX"] {
        let mut wrong = request(whole);
        wrong = wrong.insert_header(("Content-Type", kind));
        assert_eq!(world.send(wrong).await.refused(), (415, 415), "{kind}");
    }
    let packed = request(whole).insert_header(("Content-Encoding", "gzip"));
    assert_eq!(world.send(packed).await.refused(), (415, 415));
    assert!(world.kept().is_empty());
}

#[actix_web::test]
async fn sizes_hold_at_the_limit_and_break_one_above() {
    let world = World::with(AdminSettings {
        files: FileSettings {
            asset_bytes_max: 1_000,
            organization_bytes_max: 2_500,
        },
        ..AdminSettings::default()
    })
    .await;
    let upload = |n: usize| {
        let (world, content) = (&world, vec![1; n]);
        async move {
            world
                .upload(Method::POST, ASSETS, &[("type", b"other"), ("file=a", &content)], &[])
                .await
        }
    };
    let first = upload(1_000).await.data().clone();
    assert_eq!(upload(1_001).await.refused(), (413, 413));
    // Refused by its length alone, before a byte of it is read.
    let huge = world
        .upload(
            Method::POST,
            ASSETS,
            &[("type", b"other"), ("file=a", &vec![1; 2_000_000])],
            &[],
        )
        .await;
    assert_eq!(huge.refused(), (413, 413));
    upload(1_000).await.data();
    assert_eq!(upload(501).await.refused(), (400, 5017));
    let last = upload(500).await.data().clone();
    assert_eq!(world.kept().len(), 3);
    // What is replaced does not count any more.
    let grown = vec![2; 501];
    let answer = world
        .upload(Method::PUT, &path(&last), &[("file=a", &grown)], &[])
        .await;
    assert_eq!(answer.refused(), (400, 5017));
    world
        .upload(Method::PUT, &path(&first), &[("file=a", &grown)], &[])
        .await
        .data();
    world
        .upload(Method::PUT, &path(&last), &[("file=a", &grown)], &[])
        .await
        .data();
    assert_eq!(world.kept().len(), 3);
    let parts: Vec<(String, Vec<u8>)> = (0..31).map(|i| (format!("p{i}"), Vec::new())).collect();
    let mut many: Vec<(&str, &[u8])> = parts.iter().map(|(n, v)| (n.as_str(), v.as_slice())).collect();
    many.push(("name", b"x"));
    assert_eq!(world.upload(Method::PUT, &path(&last), &many, &[]).await.status, 200);
    many.push(("p99", b"x"));
    assert_eq!(
        world.upload(Method::PUT, &path(&last), &many, &[]).await.refused(),
        (400, 5209)
    );
}

#[actix_web::test]
async fn a_dry_run_reads_everything_and_writes_nothing() {
    let world = World::new().await;
    let parts: [(&str, &[u8]); 2] = [("type", b"script"), ("file=a.ps1", b"exit 0")];
    let answer = world
        .upload(Method::POST, &format!("{ASSETS}?dryRun=true"), &parts, &[])
        .await;
    assert_eq!(
        (&answer.data()["size"], &answer.body["changeCount"]),
        (&json!(6), &json!(1))
    );
    assert!(world.kept().is_empty());
    let asset = script(&world).await;
    let own = format!("{}?dryRun=true", path(&asset));
    world
        .upload(Method::PUT, &own, &[("file=b.ps1", b"exit 1")], &[])
        .await
        .data();
    world.delete(&own).await.data();
    assert_eq!(view(&world, &asset, &[]).await.2, "exit 0");
    assert_eq!(world.kept().len(), 1);
}

#[actix_web::test]
async fn an_upload_with_a_key_is_taken_once_whatever_its_boundary() {
    let world = World::new().await;
    let parts = |content: &'static [u8]| [("type", b"script".as_slice()), ("file=a.ps1", content)];
    let key = [("Idempotency-Key", "upload-1")];
    let first = world.upload(Method::POST, ASSETS, &parts(b"exit 0"), &key).await;
    let again = world.upload(Method::POST, ASSETS, &parts(b"exit 0"), &key).await;
    assert_eq!(again.header("Idempotency-Replayed"), Some("true"));
    assert_eq!(first.data(), again.data());
    assert_eq!(world.kept().len(), 1, "the repeated upload is thrown away");
    for other in [
        vec![("type", b"script".as_slice()), ("file=a.ps1", b"exit 1")],
        vec![("type", b"script"), ("file=b.ps1", b"exit 0")],
        vec![("type", b"scripte"), ("file=a.ps1", b"xit 0")],
    ] {
        let answer = world.upload(Method::POST, ASSETS, &other, &key).await;
        assert_eq!(answer.refused(), (409, 409), "{other:?}");
    }
    assert_eq!(world.kept().len(), 1);
    assert_eq!(world.get(ASSETS).await.data()["totalDocs"], 1);
}

#[actix_web::test]
async fn a_condition_that_does_not_hold_keeps_the_old_file() {
    let world = World::new().await;
    let asset = script(&world).await;
    let tag = world.get(&path(&asset)).await.header("ETag").unwrap().to_owned();
    let wrong = [("If-Match", "\"x\"")];
    let answer = world
        .upload(Method::PUT, &path(&asset), &[("file=b.ps1", b"exit 1")], &wrong)
        .await;
    assert_eq!(answer.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(
        (view(&world, &asset, &[]).await.2, world.kept().len()),
        (Bytes::from("exit 0"), 1)
    );
    let right = [("If-Match", tag.as_str())];
    world
        .upload(Method::PUT, &path(&asset), &[("file=b.ps1", b"exit 1")], &right)
        .await
        .data();
    assert_eq!(
        (view(&world, &asset, &[]).await.2, world.kept().len()),
        (Bytes::from("exit 1"), 1)
    );
}

#[actix_web::test]
async fn assets_are_listed_by_type_and_name() {
    let world = World::new().await;
    for (kind, file) in [("script", "b.ps1"), ("app", "a.msi"), ("image", "logo.png")] {
        let file = format!("file={file}");
        made(&world, &[("type", kind.as_bytes()), (&file, b"x")]).await;
    }
    let names = |query: &'static str| {
        let world = &world;
        async move {
            let answer = world.get(&format!("{ASSETS}{query}")).await;
            let items = answer.data()["items"].as_array().unwrap().clone();
            items
                .iter()
                .map(|i| i["name"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        }
    };
    assert_eq!(names("?sort=name").await, ["a.msi", "b.ps1", "logo.png"]);
    assert_eq!(names("?sort=name:desc&type=app&type=script").await, ["b.ps1", "a.msi"]);
    assert_eq!(names("?search=LOGO").await, ["logo.png"]);
    let wrong = world.get(&format!("{ASSETS}?type=apps")).await;
    assert_eq!((wrong.refused(), wrong.wrong()), ((400, 5209), vec!["type"]));
    let message = wrong.body["error"]["details"][0]["message"].as_str().unwrap();
    assert!(
        message.contains("app, book, image, script, other, certificate"),
        "{message}"
    );
}

#[actix_web::test]
async fn policies_refer_to_assets_that_reach_them_and_keep_them() {
    let world = World::new().await;
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
            ((400, 5209), vec!["in_use", "used_by"])
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

#[actix_web::test]
async fn assets_are_seen_in_their_segments_and_below_and_changed_in_their_own_only() {
    let world = World::new().await;
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

#[actix_web::test]
async fn files_without_a_record_are_swept_and_the_others_stay() {
    let world = World::new().await;
    let asset = script(&world).await;
    let files = world.state.files.clone();
    files.begin([9; 12].into()).await.unwrap().keep().await.unwrap();
    let later = Timestamp::from_millis(4_000_000_000_000);
    let now = world.clock.now();
    assert_eq!(
        sweep::sweep(&*files, &*world.store, now).await.unwrap(),
        0,
        "they are younger than an hour"
    );
    assert_eq!(world.kept().len(), 2);
    assert_eq!(sweep::sweep(&*files, &*world.store, later).await.unwrap(), 1);
    assert_eq!(view(&world, &asset, &[]).await.2, "exit 0");
    assert_eq!(world.kept().len(), 1);
}

#[actix_web::test]
async fn a_row_without_its_file_is_a_fault_of_the_server() {
    let world = World::new().await;
    let asset = script(&world).await;
    let name = world.kept().pop().unwrap();
    std::fs::remove_file(world.files.path().join(&name[22..]).join(&name)).unwrap();
    let (status, _, body) = view(&world, &asset, &[]).await;
    assert_eq!(status, 500);
    assert!(
        !String::from_utf8_lossy(&body).contains(&name),
        "where files are is nobody's business"
    );
    world.delete(&path(&asset)).await.data();
}
