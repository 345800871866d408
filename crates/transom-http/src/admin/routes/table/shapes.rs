//! The two shapes that most routes have.

use crate::admin::{
    error::InvalidCode,
    query::QueryField,
    routes::{AnswerSchema, BodyRule, Operation, Route, Verb, parameters::STRICT},
};

/// A route that looks.
pub(super) const fn looks(
    operation: Operation,
    path: &'static str,
    permission: &'static str,
    query: &'static [QueryField],
    summary: &'static str,
    answer: AnswerSchema,
) -> Route {
    Route {
        operation,
        verb: Verb::Get,
        path,
        permission: Some(permission),
        body: None,
        invalid: InvalidCode::Input,
        writes: false,
        query,
        summary,
        answer,
    }
}

/// A route that changes something.
pub(super) const fn changes(
    operation: Operation,
    (verb, path): (Verb, &'static str),
    permission: &'static str,
    body: Option<BodyRule>,
    summary: &'static str,
    answer: AnswerSchema,
) -> Route {
    Route {
        operation,
        verb,
        path,
        permission: Some(permission),
        body,
        invalid: InvalidCode::Input,
        writes: true,
        query: if body.is_some() { &[STRICT] } else { &[] },
        summary,
        answer,
    }
}
