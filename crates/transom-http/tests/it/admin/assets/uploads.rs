//! Uploads that are refused, rehearsed, repeated or break off.

use super::*;

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
    for database in Database::every() {
        let world = database.world().await;
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
}

#[actix_web::test]
async fn an_upload_with_a_key_is_taken_once_whatever_its_boundary() {
    for database in Database::every() {
        let world = database.world().await;
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
}

#[actix_web::test]
async fn a_condition_that_does_not_hold_keeps_the_old_file() {
    for database in Database::every() {
        let world = database.world().await;
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
}
