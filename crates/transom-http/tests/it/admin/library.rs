//! Applications, scripts, smart attributes, and what devices and policies make of them.

mod records;
mod smart;
mod uses;

use super::world::{NewDevice, O, Response, W, World};
use serde_json::{Value, json};

const M: &str = "/v1/organizations/default/mdm";
const NOBODY: &str = "507f1f77bcf86cd799439011";

fn id(record: &Value) -> String {
    record["id"].as_str().unwrap().to_owned()
}

async fn application(world: &World, body: Value) -> Value {
    let mut whole = json!({ "name": "Terminal", "type": "store", "config": { "winStoreId": "9N0DX20HK701" } });
    whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    world.post(&format!("{W}/applications"), whole).await.data().clone()
}

async fn script(world: &World, body: Value) -> Value {
    let mut whole = json!({ "name": "Clean", "content": "exit 0", "runner": "powershell.exe" });
    whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    world.post(&format!("{M}/scripts"), whole).await.data().clone()
}

async fn attribute(world: &World, body: Value) -> Value {
    let mut whole = json!({ "name": "desk", "input": { "type": "manual" }, "output": { "type": "string" } });
    whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    world.post(&format!("{O}/smart-attributes"), whole).await.data().clone()
}

async fn policy(world: &World, body: Value) -> Value {
    world.post(&format!("{W}/policies"), body).await.data().clone()
}

async fn device(world: &World) -> String {
    format!("{W}/devices/{}", world.device(NewDevice::default()).await)
}

async fn on_record(world: &World, action: &str) -> Response {
    world.get(&format!("{O}/audit-logs?action={action}")).await
}

/// Where records of each kind are, and a body that makes one.
fn kinds() -> [(String, Value); 3] {
    [
        (
            format!("{W}/applications"),
            json!({ "name": "Terminal", "type": "store", "config": { "winStoreId": "9N0DX20HK701" } }),
        ),
        (
            format!("{M}/scripts"),
            json!({ "name": "Clean", "content": "exit 0", "runner": "powershell.exe" }),
        ),
        (
            format!("{O}/smart-attributes"),
            json!({ "name": "desk", "input": { "type": "manual" }, "output": { "type": "string" } }),
        ),
    ]
}
