//! What is there when the fuzzer comes: one of everything that a path can name, and one more of it to be removed.

use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use transom_app::api::Api;

const ORGANIZATION: &str = "/v1/organizations/default";

/// Names in paths that are given no values, each with its reason.
const LEFT_ALONE: &[(&str, &str)] = &[
    ("organizationId", "is put into the path itself"),
    ("version", "a number from 1 on, which the schema makes often enough"),
];

/// Things that belong to one another: where the second stands in a path, the first is the one that it belongs to.
const OWNED: &[(&str, &str)] = &[("winDeviceId", "winCommandId"), ("serviceAccountId", "tokenId")];

/// What was made.
#[derive(Default)]
struct Made {
    /// Ids by the name that stands for them in a path.
    ids: Map<String, Value>,
    /// The same, of those that may be removed.
    spare: Map<String, Value>,
    /// Ids of owners, by the name of what they own.
    owners: Map<String, Value>,
}

/// The description, with the names of what is there put in: requests that all end in "not found" would find little.
pub fn described(api: &Api, pcs: usize) -> Value {
    let mut document = api.call("GET", "/openapi.json", None).unwrap().body;
    let made = furnish(api, &document, pcs);
    let Value::Object(paths) = document["paths"].take() else {
        unreachable!("paths are an object");
    };
    let (mut named, mut missing) = (Map::new(), BTreeSet::new());
    for (path, mut verbs) in paths {
        for (verb, operation) in verbs.as_object_mut().unwrap() {
            let parameters = operation["parameters"].as_array_mut().unwrap();
            parameters.retain(|parameter| parameter["name"] != "organizationId");
            for parameter in parameters.iter_mut().filter(|parameter| parameter["in"] == "path") {
                let name = parameter["name"].as_str().unwrap().to_owned();
                if LEFT_ALONE.iter().any(|(left, _)| *left == name) {
                    continue;
                }
                let is_owned =
                    |(owner, owned): &&(&str, &str)| *owner == name && path.contains(&format!("{{{owned}}}"));
                let owner = OWNED
                    .iter()
                    .find(is_owned)
                    .and_then(|(_, owned)| made.owners.get(*owned));
                let spare = made
                    .spare
                    .get(&name)
                    .filter(|_| verb == "delete" && path.ends_with('}'));
                match owner.or(spare).or(made.ids.get(&name)) {
                    Some(ids) => parameter["schema"] = json!({ "enum": ids }),
                    None => {
                        missing.insert(name);
                    }
                }
            }
        }
        named.insert(path.replace("{organizationId}", "default"), verbs);
    }
    assert!(missing.is_empty(), "nothing is made that these could name: {missing:?}");
    document["paths"] = Value::Object(named);
    document
}

/// Has an example refer to what was made: `winPolicyId` to a policy, `deviceAudienceIds` to audiences.
fn refer(example: &mut Value, made: &Map<String, Value>) {
    let fields = match example {
        Value::Object(fields) => fields,
        Value::Array(items) => return items.iter_mut().for_each(|item| refer(item, made)),
        _ => return,
    };
    for (name, value) in fields {
        // What is a default is told by its type; there are templates only.
        let known = if name == "elementId" {
            "winEnrollmentTemplateId"
        } else {
            name.as_str()
        };
        let one = made.get(known).map(|ids| ids[0].clone());
        let several = name.strip_suffix('s').and_then(|one| made.get(one)).cloned();
        match one.or(several) {
            Some(ids) => *value = ids,
            None => refer(value, made),
        }
    }
}

/// The same example for another thing: what has to be its own is.
fn another(example: &Value) -> Value {
    let mut another = example.clone();
    for name in ["name", "slug", "email", "appName"] {
        if let Some(text) = another[name].as_str() {
            another[name] = json!(match text.split_once('@') {
                Some((local, host)) => format!("{local}2@{host}"),
                None => format!("{text}2"),
            });
        }
    }
    another
}

/// Makes something, which must succeed, and answers its `data`.
fn post(api: &Api, path: &str, body: &Value) -> Value {
    let answer = api.call("POST", path, Some(body)).unwrap();
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.body["data"].clone()
}

/// Makes what every name in a path can stand for.
fn furnish(api: &Api, document: &Value, pcs: usize) -> Made {
    let mut made = Made::default();
    let devices = format!("{ORGANIZATION}/mdm/windows/enterprise/devices");
    let listed = api.call("GET", &devices, None).unwrap().body;
    let items = listed["data"]["items"].as_array().unwrap().iter();
    let ids: Vec<Value> = items.map(|device| device["id"].clone()).collect();
    assert_eq!(ids.len(), pcs);
    made.ids.insert("winDeviceId".to_owned(), json!(ids));
    made.spare.insert("winDeviceId".to_owned(), json!(ids[1..]));
    from_examples(api, document, &mut made);
    asset(api, &mut made);

    let of_device = format!("{devices}/{}/commands", ids[0].as_str().unwrap());
    let get = json!({ "config": { "path": "./DevDetail/SwV", "action": "Get", "format": "null" } });
    let batches = [0, 1].map(|_| post(api, &of_device, &json!({ "commands": [get, get] })));
    let each = |field: &str| json!(batches.iter().map(|batch| &batch[field]).collect::<Vec<_>>());
    made.ids.insert("winCommandId".to_owned(), each("id"));
    let commands = batches.iter().flat_map(|batch| batch["commands"].as_array().unwrap());
    let commands: Vec<&Value> = commands.map(|command| &command["cmdId"]).collect();
    made.ids.insert("cmdId".to_owned(), json!(commands));
    made.owners.insert("winCommandId".to_owned(), json!([ids[0]]));

    let accounts = format!("{ORGANIZATION}/service-accounts");
    let keeper = post(api, &accounts, &json!({ "name": "keeper of tokens" }))["id"].clone();
    let tokens = format!("{accounts}/{}/tokens", keeper.as_str().unwrap());
    let tokens = ["one", "two", "three"].map(|name| post(api, &tokens, &json!({ "name": name }))["id"].clone());
    made.ids.insert("tokenId".to_owned(), json!(tokens));
    made.owners.insert("tokenId".to_owned(), json!([keeper]));

    let entries = api
        .call("GET", &format!("{ORGANIZATION}/audit-logs?limit=3"), None)
        .unwrap();
    let entries = entries.body["data"]["items"].as_array().unwrap().iter();
    let entries: Vec<&Value> = entries.map(|entry| &entry["id"]).collect();
    made.ids.insert("auditLogId".to_owned(), json!(entries));
    made
}

/// Two of everything that a list makes from the example of its route.
fn from_examples(api: &Api, document: &Value, made: &mut Made) {
    let paths = document["paths"].as_object().unwrap();
    let mut waiting = Vec::new();
    for path in paths.keys() {
        let Some((above, name)) = path.strip_suffix('}').and_then(|path| path.rsplit_once("/{")) else {
            continue;
        };
        let body = &paths.get(above).unwrap_or(&Value::Null)["post"]["requestBody"]["content"]["application/json"];
        let above = above.replace("{organizationId}", "default");
        if body["example"].is_object() && !above.contains('{') {
            waiting.push((above, name, body["example"].clone()));
        }
    }
    // Each round makes something, else what is left refers to what nobody makes. In the first, what an example refers to
    // is there or not; later ones refer to what was made.
    let mut is_first = true;
    while !waiting.is_empty() {
        let (before, mut missing) = (waiting.len(), Vec::new());
        waiting.retain_mut(|(above, name, example)| {
            if !is_first {
                refer(example, &made.ids);
            }
            let answer = api.call("POST", above, Some(example)).unwrap();
            if answer.status == 404 {
                missing.push(format!("{above}: {}", answer.body));
                return true;
            }
            assert_eq!(answer.status, 200, "{above}: {}", answer.body);
            made.ids.insert((*name).to_owned(), json!([answer.body["data"]["id"]]));
            let spare = post(api, above, &another(example));
            made.spare.insert((*name).to_owned(), json!([spare["id"]]));
            false
        });
        assert!(is_first || waiting.len() < before, "{missing:?}");
        is_first = false;
    }
}

/// Files come in a form of several parts.
fn asset(api: &Api, made: &mut Made) {
    let upload = |name: &str| {
        let part = |head: &str, text: &str| format!("--x\r\nContent-Disposition: form-data; {head}\r\n\r\n{text}\r\n");
        let form = [
            part("name=\"type\"", "script"),
            part(&format!("name=\"file\"; filename=\"{name}.ps1\""), "exit 0"),
            "--x--\r\n".to_owned(),
        ];
        let kind = "multipart/form-data; boundary=x";
        let path = format!("{ORGANIZATION}/mdm/assets");
        let answer = api.send("POST", &path, kind, form.concat().into_bytes()).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
        json!([answer.body["data"]["id"]])
    };
    made.ids.insert("mdmAssetId".to_owned(), upload("kept"));
    made.spare.insert("mdmAssetId".to_owned(), upload("removed"));
}
