//! Assets: files that are streamed to and from disk.

mod uploads;
mod uses;

use super::{
    careful::databases::Database,
    world::{O, Response, W, World},
};
use actix_web::{
    http::{Method, StatusCode},
    test,
    web::Bytes,
};
use serde_json::{Value, json};
use transom_domain::{Environment, Timestamp, asset::sweep, segment::SegmentId};
use transom_http::admin::{AdminSettings, FileSettings};

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
    let mut request = test::TestRequest::with_uri(&format!("{}/view", path(asset)))
        .insert_header(("Authorization", format!("Bearer {}", world.admin)));
    for header in headers {
        request = request.append_header(*header);
    }
    let response = world.answer(request).await;
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
    for database in Database::every() {
        let world = database.world().await;
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
        (status, header(&headers, "content-range")),
        (416, Some("bytes */400000"))
    );
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((&body["status"], &body["error"]["code"]), (&json!(false), &json!(416)));
    let condition = [("Range", "bytes=0-1"), ("If-Range", "\"other\"")];
    assert_eq!(view(&world, &asset, &condition).await.0, 200);
}

#[actix_web::test]
async fn a_file_that_the_caller_has_is_not_sent_again() {
    let world = World::new().await;
    let asset = script(&world).await;
    let (status, headers, _) = view(&world, &asset, &[]).await;
    let tag = header(&headers, "etag").unwrap().to_owned();
    assert_eq!(
        (status, tag.trim_matches('"')),
        (200, asset["sha256"].as_str().unwrap())
    );
    let (weak, several) = (format!("W/{tag}"), format!("\"other\" , {tag}"));
    for known in [&*tag, &weak, &several, "*"] {
        for range in ["", "bytes=0-1", "bytes=900-"] {
            let (status, headers, body) = view(&world, &asset, &[("If-None-Match", known), ("Range", range)]).await;
            assert_eq!((status, body.len()), (304, 0), "{known} {range}");
            assert_eq!(header(&headers, "etag"), Some(&*tag));
        }
    }
    let lines = [("If-None-Match", "\"other\""), ("If-None-Match", &*tag)];
    assert_eq!(view(&world, &asset, &lines).await.0, 304);
    for other in ["\"other\"", "", tag.trim_matches('"')] {
        assert_eq!(
            view(&world, &asset, &[("If-None-Match", other)]).await.0,
            200,
            "{other}"
        );
    }
    // Another file, another tag.
    world
        .upload(Method::PUT, &path(&asset), &[("file=a.ps1", b"exit 1")], &[])
        .await
        .data();
    let (status, _, body) = view(&world, &asset, &[("If-None-Match", &tag)]).await;
    assert_eq!((status, &*body), (200, b"exit 1".as_slice()));
    world.delete(&path(&asset)).await.data();
    assert_eq!(view(&world, &asset, &[("If-None-Match", "*")]).await.0, 404);
}

#[actix_web::test]
async fn assets_are_listed_by_type_and_name() {
    for database in Database::every() {
        let world = database.world().await;
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
}

#[actix_web::test]
async fn files_without_a_record_are_swept_and_the_others_stay() {
    for database in Database::every() {
        let world = database.world().await;
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
