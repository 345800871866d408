//! The shapes that the facade's routes have.

use super::GraphOperation;
use crate::admin::{
    error::InvalidCode,
    routes::{AnswerSchema, BodyRule, Operation, Route, SMALL_BODY_BYTES_MAX, Verb},
};

/// Largest body of a batch, in bytes: twenty bodies of the largest size, and what is written around them.
const BATCH_BODY_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Largest body of a script, in bytes: the longest content in base64, with room for the rest.
const SCRIPT_BODY_BYTES_MAX: usize = 512 * 1024;

/// The body of most routes that take one.
const OBJECT: Option<BodyRule> = Some(BodyRule {
    bytes_max: SMALL_BODY_BYTES_MAX,
    schema: "GraphObject",
    form: None,
});

/// A route that looks.
pub(super) const fn looks(
    operation: GraphOperation,
    path: &'static str,
    permission: Option<&'static str>,
    summary: &'static str,
) -> Route {
    Route {
        operation: Operation::Graph(operation),
        verb: Verb::Get,
        path,
        permission,
        body: None,
        invalid: InvalidCode::Input,
        writes: false,
        query: &[],
        summary,
        answer: AnswerSchema::Plain,
    }
}

/// A route that changes something.
pub(super) const fn changes(
    operation: GraphOperation,
    verb: Verb,
    path: &'static str,
    permission: &'static str,
    summary: &'static str,
) -> Route {
    let mut route = looks(operation, path, Some(permission), summary);
    (route.verb, route.writes) = (verb, true);
    if !matches!(verb, Verb::Delete) {
        route.body = OBJECT;
    }
    route
}

/// A route that changes a script, whose content makes the body large.
pub(super) const fn changes_script(
    operation: GraphOperation,
    verb: Verb,
    path: &'static str,
    permission: &'static str,
    summary: &'static str,
) -> Route {
    let mut route = changes(operation, verb, path, permission, summary);
    if let Some(mut body) = route.body {
        body.bytes_max = SCRIPT_BODY_BYTES_MAX;
        route.body = Some(body);
    }
    route
}

/// A route that looks for what a body asks.
pub(super) const fn asks(
    operation: GraphOperation,
    path: &'static str,
    permission: Option<&'static str>,
    summary: &'static str,
) -> Route {
    let mut route = looks(operation, path, permission, summary);
    route.verb = Verb::Post;
    route.body = OBJECT;
    route
}

/// Several requests: each of them is checked and recorded as what it is.
pub(super) const fn batch(path: &'static str) -> Route {
    let mut route = asks(GraphOperation::Batch, path, None, "Several requests in one");
    if let Some(mut body) = route.body {
        body.bytes_max = BATCH_BODY_BYTES_MAX;
        route.body = Some(body);
    }
    route
}
