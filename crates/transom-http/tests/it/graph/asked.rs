//! Requests to the facade, and its answers.

use crate::admin::world::{W, World};
use actix_web::{
    http::{Method, header::HeaderMap},
    test,
};
use serde_json::{Value, json};

/// Devices, below a version's root.
pub const DEVICES: &str = "deviceManagement/managedDevices";

/// Where the world's server says that it is reached.
pub const ROOT: &str = "http://localhost:8080";

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{}: {e}: {}", self.status, self.text))
    }

    /// The body of a request that was carried out.
    #[track_caller]
    pub fn good(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.json()
    }

    /// Status and code of a refusal.
    #[track_caller]
    pub fn refused(&self) -> (u16, String) {
        let body = self.json();
        let error = &body["error"];
        assert!(error["message"].as_str().is_some_and(|m| !m.is_empty()), "{body}");
        let own = self.header("request-id").unwrap();
        assert_eq!(error["innerError"]["request-id"].as_str(), Some(own), "{body}");
        (self.status, error["code"].as_str().unwrap().to_owned())
    }

    /// Code and target of each detail of a refusal.
    pub fn details(&self) -> Vec<(String, String)> {
        let body = self.json();
        let details = body["error"]["details"].as_array().cloned().unwrap_or_default();
        let text = |d: &Value, f: &str| d[f].as_str().unwrap_or_default().to_owned();
        details.iter().map(|d| (text(d, "code"), text(d, "target"))).collect()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|v| v.to_str().unwrap())
    }

    /// The ids of a page, in order.
    pub fn ids(&self) -> Vec<String> {
        let body = self.good();
        let items = body["value"].as_array().unwrap();
        items.iter().map(|d| d["id"].as_str().unwrap().to_owned()).collect()
    }
}

/// A request with a token and further headers.
pub async fn ask(
    world: &World,
    method: Method,
    path: &str,
    token: Option<&str>,
    body: Option<Value>,
    headers: &[(&str, &str)],
) -> Answer {
    let mut request = test::TestRequest::with_uri(path).method(method);
    if let Some(token) = token {
        request = request.insert_header(("Authorization", format!("Bearer {token}")));
    }
    if let Some(body) = body {
        let body = body.to_string();
        request = request
            .insert_header(("Content-Type", "application/json"))
            .insert_header(("Content-Length", body.len()))
            .set_payload(body);
    }
    for header in headers {
        request = request.append_header(*header);
    }
    let response = world.answer(request).await;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = String::from_utf8(test::read_body(response).await.to_vec()).unwrap();
    Answer { status, headers, text }
}

/// A request of the administrator.
pub async fn get(world: &World, path: &str) -> Answer {
    ask(world, Method::GET, path, Some(&world.admin), None, &[]).await
}

pub async fn patch(world: &World, path: &str, body: Value) -> Answer {
    ask(world, Method::PATCH, path, Some(&world.admin), Some(body), &[]).await
}

pub async fn post(world: &World, path: &str, body: Option<Value>) -> Answer {
    ask(world, Method::POST, path, Some(&world.admin), body, &[]).await
}

/// A link as it is followed: its path and query.
pub fn followed(link: &Value) -> Option<String> {
    let link = link.as_str()?;
    Some(link.strip_prefix(ROOT).unwrap_or_else(|| panic!("{link}")).to_owned())
}

/// A script that reaches every segment.
pub async fn script(world: &World) -> String {
    let body = json!({ "name": "Clean", "content": "exit 0", "runner": "powershell.exe", "exposeToChildren": true });
    let made = world.post("/v1/organizations/default/mdm/scripts", body).await;
    made.data()["id"].as_str().unwrap().to_owned()
}

/// Gives a script to a device.
pub async fn give(world: &World, device: &str, script: &str) {
    let path = format!("{W}/devices/{device}");
    let given = world
        .put(&path, json!({ "scripts": [{ "id": script, "type": "once" }] }))
        .await;
    given.data();
}

/// A value for a query.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}
