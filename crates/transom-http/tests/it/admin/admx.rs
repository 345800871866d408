//! ADMX templates: uploaded, taken apart, listed, used by policies.

use super::careful::databases::Database;
use super::world::{O, W, World};
use actix_web::http::Method;
use serde_json::{Value, json};
use transom_domain::{
    admx::{ADMX_BYTES_MAX, APP_NAME_CHARS_MAX},
    segment::SegmentId,
};

const ADMX: &str = include_str!("../../../../../tests/data/admx/contoso.admx");
const ADML: &str = include_str!("../../../../../tests/data/admx/contoso.adml");
const CONFIGS: &str = "/v1/organizations/default/mdm/windows/enterprise/admx-configs";

async fn contoso(world: &World) -> Value {
    let parts: [(&str, &[u8]); 3] = [
        ("appName", b"Notes"),
        ("admx=contoso.admx", ADMX.as_bytes()),
        ("adml=contoso.adml", ADML.as_bytes()),
    ];
    world.upload(Method::POST, CONFIGS, &parts, &[]).await.data().clone()
}

fn path(config: &Value) -> String {
    format!("{CONFIGS}/{}", config["id"].as_str().unwrap())
}

#[actix_web::test]
async fn a_template_is_uploaded_taken_apart_changed_and_removed_on_record() {
    for database in Database::every() {
        let world = database.world().await;
        let config = contoso(&world).await;
        let shown = json!({
            "appName": "Notes", "settingType": "Policy", "fileName": "contoso.admx", "description": null, "segmentId": 0,
            "exposeToChildren": false, "size": ADMX.len(), "hasLanguage": true, "definitionCount": 3, "warningCount": 2,
            "installUri": "./Device/Vendor/MSFT/Policy/ConfigOperations/ADMXInstall/Notes/Policy/contoso.admx"
        });
        for (name, value) in shown.as_object().unwrap() {
            assert_eq!(&config[name], value, "{name}");
        }
        assert_eq!(config["warnings"][1]["rule"], "registry_key");
        let own = path(&config);
        assert_eq!(world.get(&own).await.data(), &config);
        let listed = world.get(&format!("{CONFIGS}?search=NOTES&sort=appName")).await;
        assert_eq!(listed.data()["items"][0], config);

        let definitions = world.get(&format!("{own}/definitions?search=proxy")).await;
        let proxy = &definitions.data()["items"][0];
        assert_eq!(definitions.data()["totalDocs"], 1);
        assert_eq!(
            proxy["locUris"],
            json!(["./Device/Vendor/MSFT/Policy/Config/Notes~Policy~notes~Sync~Proxy/ProxySettings"])
        );
        assert_eq!(
            (&proxy["displayName"], &proxy["area"]),
            (&json!("Set the proxy"), &json!("Notes~Policy~notes~Sync~Proxy"))
        );
        assert_eq!(proxy["elements"].as_array().unwrap().len(), 8);
        assert_eq!(proxy["elements"][1]["max"], 65_535);
        let names = |query: &'static str| {
            let (world, path) = (&world, format!("{own}/definitions{query}"));
            async move {
                let answer = world.get(&path).await;
                let items = answer.data()["items"].as_array().unwrap().clone();
                items
                    .iter()
                    .map(|i| i["name"].as_str().unwrap().to_owned())
                    .collect::<Vec<_>>()
            }
        };
        assert_eq!(names("").await, ["AutoSave", "ProxySettings", "Hidden"]);
        assert_eq!(names("?limit=1&page=2").await, ["ProxySettings"]);
        assert_eq!(names("?class=User").await, ["Hidden"]);
        assert_eq!(names("?search=synchronisation").await, ["ProxySettings"]);
        let wrong = world.get(&format!("{own}/definitions?class=user")).await;
        assert_eq!(wrong.wrong(), ["class"]);

        // What places it in a LocURI moves every definition.
        let changed = world
            .put(
                &own,
                json!({ "appName": "NotesV2", "settingType": "Preference", "description": "d" }),
            )
            .await;
        changed.data();
        let area = world.get(&format!("{own}/definitions?limit=1")).await.data()["items"][0]["area"].clone();
        assert_eq!(area, "NotesV2~Preference~notes");
        // Another file takes the place of both.
        let parts: [(&str, &[u8]); 1] = [("admx=x.admx", ADMX.as_bytes())];
        let replaced = world.upload(Method::PUT, &own, &parts, &[]).await;
        assert_eq!(
            (&replaced.data()["hasLanguage"], &replaced.data()["fileName"]),
            (&json!(false), &json!("contoso.admx"))
        );
        let first = world.get(&format!("{own}/definitions?limit=1")).await.data()["items"][0].clone();
        assert_eq!(
            (&first["displayName"], &first["name"]),
            (&Value::Null, &json!("AutoSave"))
        );
        world.upload(Method::PUT, &own, &parts, &[]).await.data();

        world.delete(&own).await.data();
        assert_eq!(world.get(&own).await.refused(), (404, 3001));
        assert_eq!(world.get(&format!("{own}/definitions")).await.refused(), (404, 3001));
        let log = world
            .get(&format!(
                "{O}/audit-logs?sort=date:asc&targetId={}",
                config["id"].as_str().unwrap()
            ))
            .await;
        let entries = log.data()["items"].as_array().unwrap();
        assert_eq!(entries.len(), 4, "what changes nothing leaves no entry");
        assert_eq!(
            (&entries[0]["action"], &entries[0]["after"]["definitions"]),
            (&json!("mdm.windows.admxConfig.create"), &json!(3))
        );
        assert!(
            !log.body.to_string().contains("policyDefinitions"),
            "the text is not on record"
        );
    }
}

#[actix_web::test]
async fn json_and_utf_16_do_as_well() {
    for database in Database::every() {
        let world = database.world().await;
        let body =
            json!({ "appName": "Notes", "fileName": "a", "settingType": "Preference", "admx": ADMX, "adml": ADML });
        let from_json = world.post(CONFIGS, body).await.data().clone();
        let utf16: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain(ADMX.encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        let parts: [(&str, &[u8]); 3] = [
            ("appName", b"Notes"),
            ("admx=b.admx", &utf16),
            ("adml", ADML.as_bytes()),
        ];
        let from_form = world.upload(Method::POST, CONFIGS, &parts, &[]).await.data().clone();
        let first = |config: &Value| {
            let (world, path) = (&world, format!("{}/definitions?limit=1", path(config)));
            async move { world.get(&path).await.data()["items"][0]["displayName"].clone() }
        };
        assert_eq!(first(&from_json).await, "Save notes by themselves");
        assert_eq!(first(&from_form).await, "Save notes by themselves");
    }
}

#[actix_web::test]
async fn what_is_wrong_with_a_template_is_named() {
    for database in Database::every() {
        let world = database.world().await;
        contoso(&world).await;
        let with = |changes: Value| {
            let mut body = json!({ "appName": "App", "fileName": "f", "admx": ADMX });
            for (name, value) in changes.as_object().unwrap() {
                body[name] = value.clone();
            }
            body.as_object_mut().unwrap().retain(|_, v| v != "absent");
            body
        };
        let long = "x".repeat(APP_NAME_CHARS_MAX + 1);
        for (changes, path) in [
            (json!({ "appName": "absent" }), "appName"),
            (json!({ "fileName": "absent" }), "fileName"),
            (json!({ "admx": "absent" }), "admx"),
            (json!({ "admx": "absent", "adml": ADML }), "admx"),
            (json!({ "admx": 7 }), "admx"),
            (json!({ "admx": "<a" }), "admx"),
            (json!({ "admx": ADML }), "admx"),
            (json!({ "adml": ADMX }), "adml"),
            (
                json!({ "admx": "<!DOCTYPE x [<!ENTITY e 'e'>]><policyDefinitions>&e;</policyDefinitions>" }),
                "admx",
            ),
            (json!({ "settingType": "policy" }), "settingType"),
            (json!({ "appName": "a~b" }), "appName"),
            (json!({ "appName": long }), "appName"),
            (json!({ "fileName": "a/b" }), "fileName"),
            (json!({ "exposeToChildren": 1 }), "exposeToChildren"),
            (json!({ "appName": "NOTES", "fileName": "Contoso.ADMX" }), "fileName"),
        ] {
            let answer = world.post(CONFIGS, with(changes)).await;
            assert_eq!(answer.refused(), (400, 5209), "{path}");
            assert_eq!(answer.wrong(), [path], "{}", answer.body);
        }
        let unknown = world.post(CONFIGS, with(json!({ "segmentId": 77 }))).await;
        assert_eq!(unknown.refused(), (404, 3001));
        let padded = |n: usize| format!("{ADMX}{}", " ".repeat(n - ADMX.len())).into_bytes();
        let parts = |content: &'static [u8]| [("appName", b"Large".as_slice()), ("admx=l.admx", content)];
        let at: &'static [u8] = padded(ADMX_BYTES_MAX).leak();
        world.upload(Method::POST, CONFIGS, &parts(at), &[]).await.data();
        let above: &'static [u8] = padded(ADMX_BYTES_MAX + 1).leak();
        assert_eq!(
            world.upload(Method::POST, CONFIGS, &parts(above), &[]).await.refused(),
            (413, 413)
        );
        assert_eq!(world.get(CONFIGS).await.data()["totalDocs"], 2);
    }
}

#[actix_web::test]
async fn policies_refer_to_templates_that_reach_them_and_keep_them() {
    for database in Database::every() {
        let world = database.world().await;
        let north = world.segment("North", SegmentId::ROOT).await;
        let config = contoso(&world).await;
        let own = path(&config);
        let policies = format!("{W}/policies");
        let body = json!({ "name": "P", "segmentId": north.0, "admxConfigs": [{ "winAdmxConfigId": config["id"] }] });
        let answer = world.post(&policies, body.clone()).await;
        assert_eq!(
            (answer.refused(), answer.wrong()),
            ((404, 3001), vec!["admxConfigs[0].winAdmxConfigId"])
        );
        world
            .put(&own, json!({ "exposeToChildren": true, "description": "d" }))
            .await
            .data();
        let policy = world.post(&policies, body).await.data().clone();
        let info = json!([{
            "id": config["id"], "appName": "Notes", "settingType": "Policy", "fileName": "contoso.admx", "description": "d"
        }]);
        assert_eq!(policy["admxConfigsInfo"], info);
        for refused in [
            world.delete(&own).await,
            world.put(&own, json!({ "appName": "Other" })).await,
            world.put(&own, json!({ "settingType": "Preference" })).await,
            world.put(&own, json!({ "exposeToChildren": false })).await,
        ] {
            assert_eq!(refused.refused(), (400, 5209));
            let details = &refused.body["error"]["details"];
            assert_eq!(
                (&details[0]["rule"], &details[1]["rule"]),
                (&json!("in_use"), &json!("used"))
            );
            assert!(
                details[1]["message"]
                    .as_str()
                    .unwrap()
                    .contains(policy["id"].as_str().unwrap())
            );
        }
        world
            .put(&own, json!({ "fileName": "notes-2", "description": null }))
            .await
            .data();
        world
            .delete(&format!("{policies}/{}", policy["id"].as_str().unwrap()))
            .await
            .data();
        world.delete(&own).await.data();
    }
}

#[actix_web::test]
async fn templates_are_seen_below_and_changed_in_their_own_segment_only() {
    for database in Database::every() {
        let world = database.world().await;
        let north = world.segment("North", SegmentId::ROOT).await;
        let token = world.token(&["mdm.windows.admxConfig.*"], &[north]).await;
        let config = contoso(&world).await;
        let own = path(&config);
        let ask = |method: Method, body: Option<Value>| {
            let (world, token, own) = (&world, token.clone(), own.clone());
            async move { world.call(method, &own, Some(&token), body).await }
        };
        assert_eq!(ask(Method::GET, None).await.refused(), (404, 3001));
        world.put(&own, json!({ "exposeToChildren": true })).await.data();
        ask(Method::GET, None).await.data();
        assert_eq!(
            ask(Method::PUT, Some(json!({ "description": "x" }))).await.refused(),
            (401, 4001)
        );
        assert_eq!(ask(Method::DELETE, None).await.refused(), (401, 4001));
        let elsewhere = own.replace("/default/", "/other/");
        assert_eq!(
            world
                .call(Method::GET, &elsewhere, Some(&world.foreign), None)
                .await
                .refused(),
            (404, 3001)
        );
    }
}
