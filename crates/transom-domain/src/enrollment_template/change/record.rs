//! Templates as the audit record tells of them.

use super::{EnrollmentTemplate, MASK};
use serde_json::{Map, Value, json};

/// A template for the audit record, without its secret.
pub(super) fn told(template: &EnrollmentTemplate) -> Value {
    Value::Object(fields(template).into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
}

fn fields(template: &EnrollmentTemplate) -> [(&'static str, Value); 8] {
    let app = template
        .mobility_app
        .as_ref()
        .map(|app| json!({ "tenantId": app.tenant, "clientId": app.client, "clientSecret": MASK }));
    let providers: Vec<&str> = template.login_providers.iter().map(|p| p.as_str()).collect();
    [
        ("name", json!(template.name)),
        ("description", json!(template.description)),
        ("rules", json!(template.rules)),
        ("auxiliaryFields", json!(template.auxiliary_fields)),
        ("loginProviderTypes", json!(providers)),
        ("allowAutoContinue", json!(template.allow_auto_continue)),
        ("mobilityApp", json!(app)),
        ("segmentId", json!(template.segment)),
    ]
}

/// The fields that differ, before and after, for the audit record. Of a secret it says only that it changed.
pub(super) fn differences(before: &EnrollmentTemplate, after: &EnrollmentTemplate) -> (Value, Value) {
    let (mut was, mut is) = (Map::new(), Map::new());
    for ((key, old), (_, new)) in fields(before).into_iter().zip(fields(after)) {
        if old != new {
            was.insert(key.to_owned(), old);
            is.insert(key.to_owned(), new);
        }
    }
    let secret = |t: &EnrollmentTemplate| t.mobility_app.as_ref().map(|a| a.secret.clone());
    if secret(before) != secret(after) {
        is.insert("clientSecretChanged".to_owned(), Value::Bool(true));
    }
    (Value::Object(was), Value::Object(is))
}
