//! What may stand in query and headers, as schemas.

use crate::admin::{
    careful::{IDEMPOTENCY_KEY, IF_MATCH, subject},
    query::{QueryField, QueryKind},
    routes::Route,
    view::{id_schema, line_schema},
};
use serde_json::{Value, json};
use transom_domain::{
    idempotency::KEY_CHARS_MAX,
    page::{PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX},
};

/// The headers of careful writes.
pub(super) fn headers(route: &Route) -> Vec<Value> {
    let header = |name: &str, about: &str, schema: Value| json!({ "name": name, "in": "header", "required": false, "description": about, "schema": schema });
    let mut headers = Vec::new();
    if route.writes {
        let about = "Under one key a request is carried out once; for 24 hours a repetition gets the same answer.";
        let schema =
            json!({ "type": "string", "minLength": 1, "maxLength": KEY_CHARS_MAX, "pattern": "^[!-~]([ -~]*[!-~])?$" });
        headers.push(header(IDEMPOTENCY_KEY, about, schema));
        if subject::of(route).is_some() {
            let about = "The request counts only if the thing still has this ETag; * stands for whatever is there.";
            headers.push(header(IF_MATCH, about, json!({ "type": "string" })));
        }
    }
    headers
}

/// The schema of a field of the query.
pub(super) fn query_schema(field: &QueryField) -> Value {
    let one = match field.kind {
        QueryKind::Page => json!({ "type": "integer", "minimum": 1, "default": 1 }),
        QueryKind::Limit => {
            json!({ "type": "integer", "minimum": 1, "maximum": PAGE_LIMIT_MAX, "default": PAGE_LIMIT_DEFAULT })
        }
        QueryKind::Sort(fields) => {
            let pattern = format!("^({})?(:asc|:desc)?$", fields.join("|").replace('.', "\\."));
            json!({ "type": "string", "pattern": pattern })
        }
        QueryKind::Choice(words) => json!({ "type": "string", "enum": words }),
        QueryKind::Flag => json!({ "type": "boolean", "default": false }),
        QueryKind::Id => id_schema(),
        QueryKind::Segment => json!({ "type": "integer", "minimum": 0 }),
        QueryKind::Number => json!({ "type": "integer", "minimum": 1 }),
        QueryKind::Text(max) => line_schema(max),
    };
    if field.times_max == 1 {
        one
    } else {
        json!({ "type": "array", "items": one, "maxItems": field.times_max })
    }
}
