//! Careful writes, for every write route by one mechanism: `?dryRun=true`, `Idempotency-Key`, `If-Match`.
//!
//! A request's [`Careful`] is read once, before its handler. `call::Call` asks it at the beginning and the end of
//! each unit of work, so that a handler need not know of it; what is left is done when the handler has answered.

mod headers;
mod sealed;
pub mod subject;
mod tag;
#[cfg(test)]
mod tests;

use super::{
    AdminState,
    call::{Caller, Params},
    error::ApiError,
    query::Query,
    reply::{Answer, Reply},
    routes::{Operation, Route},
};
use actix_web::HttpRequest;
use headers::Condition;
use sealed::AnswerKey;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicBool, Ordering};
use transom_domain::{
    Context,
    audit::{AuditEntry, Journal, Outcome},
    idempotency::{self, Earlier, KeyUse},
    ports::{StoreError, Tx},
    secret::Secret,
};

pub use headers::{IDEMPOTENCY_KEY, IF_MATCH};

/// Most changes that a dry run names; it counts all of them.
pub const CHANGES_MAX: usize = 1_000;

/// How careful one request is.
pub struct Careful {
    route: &'static Route,
    dry_run: bool,
    key: Option<Keyed>,
    condition: Option<Condition>,
    /// What is wrong with query or headers. It counts after what the rules say, like a body that is malformed.
    wrong: Option<ApiError>,
    journal: Journal,
    /// Whether a unit of this request was kept: then its key is claimed and its condition held.
    is_begun: AtomicBool,
    /// Whether the answer was stored with the unit.
    is_kept: AtomicBool,
}

/// An idempotency key and what it came with.
struct Keyed {
    key: String,
    request: [u8; 32],
    seal: AnswerKey,
}

/// What a dry run would have changed, as its answer names it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rehearsal {
    dry_run: bool,
    change_count: usize,
    changes: Vec<Change>,
}

#[derive(Debug, Serialize)]
struct Change {
    action: String,
    target: Option<Target>,
    before: Option<Value>,
    after: Option<Value>,
}

#[derive(Debug, Serialize)]
struct Target {
    kind: String,
    id: Option<String>,
}

impl Careful {
    /// A request that is not careful.
    pub fn none(route: &'static Route) -> Self {
        Self {
            route,
            dry_run: false,
            key: None,
            condition: None,
            wrong: None,
            journal: Journal::default(),
            is_begun: AtomicBool::new(false),
            is_kept: AtomicBool::new(false),
        }
    }

    /// Reads how careful a request is. A route that writes nothing knows none of it.
    pub fn read(route: &'static Route, request: &HttpRequest, token: &Secret, body_hash: &[u8; 32]) -> Self {
        let mut careful = Self::none(route);
        if !route.writes {
            return careful;
        }
        match Query::of(route, request.query_string()) {
            Ok(query) => careful.dry_run = query.flag("dryRun"),
            Err(error) => {
                // Beside a malformed parameter a dry run is one all the same: its refusal leaves no record.
                careful.dry_run = Self::seems_dry_run(request);
                careful.wrong = Some(error);
            }
        }
        let mut violations = Vec::new();
        match headers::condition(request.headers(), subject::of(route).is_some()) {
            Ok(condition) => careful.condition = condition,
            Err(violation) => violations.push(violation),
        }
        match headers::idempotency_key(request.headers()) {
            Ok(key) => {
                careful.key = key.map(|key| Keyed {
                    key,
                    request: fingerprint(request, body_hash),
                    seal: AnswerKey::of(token),
                });
            }
            Err(violation) => violations.push(violation),
        }
        if !violations.is_empty() && careful.wrong.is_none() {
            let code = route.invalid;
            careful.wrong = Some(ApiError::Invalid { code, violations });
        }
        careful
    }

    /// Whether a request says that it is a dry run, whatever else it says. What is taken in before it is understood need
    /// not be written then.
    #[must_use]
    pub fn seems_dry_run(request: &HttpRequest) -> bool {
        request.query_string().split('&').any(|pair| pair == "dryRun=true")
    }

    /// Whether nothing is to be kept.
    #[must_use]
    pub const fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// The context of the request, which a dry run looks on at.
    #[must_use]
    pub fn observe(&self, context: Context) -> Context {
        if self.dry_run {
            context.observed_by(self.journal.clone())
        } else {
            context
        }
    }

    /// The answer of the same request, if it was carried out before.
    ///
    /// # Errors
    /// When the key belongs to another request, or the answer is not there.
    pub async fn earlier(
        &self,
        state: &AdminState,
        context: &Context,
        caller: &Caller,
    ) -> Result<Option<Reply>, ApiError> {
        let Some(keyed) = self.key.as_ref().filter(|_| !self.dry_run && self.wrong.is_none()) else {
            return Ok(None);
        };
        let (now, token, key, request) = (context.now, caller.token.id, keyed.key.clone(), keyed.request);
        let found: Result<Earlier, StoreError> = state
            .store
            .read(move |view| idempotency::earlier(view, now, token, &key, &request))
            .await;
        match found? {
            Earlier::Nothing => Ok(None),
            Earlier::Other => Err(ApiError::KeyReused),
            Earlier::Same(None) => Err(ApiError::AnswerNotKept),
            Earlier::Same(Some(sealed)) => match keyed.seal.open(&sealed, &keyed.bound(caller)) {
                Some(reply) => Ok(Some(self.tagged(reply.replayed()))),
                None => Err(ApiError::AnswerNotKept),
            },
        }
    }

    /// The beginning of a unit of work: claims the key. Another request that holds it at this moment is waited for.
    ///
    /// # Errors
    /// When the key has been used meanwhile.
    pub fn begin(&self, tx: &mut dyn Tx, cx: &Context, caller: &Caller) -> Result<(), ApiError> {
        self.journal.clear();
        if self.dry_run || self.is_begun.load(Ordering::Relaxed) {
            return Ok(());
        }
        let Some(keyed) = &self.key else {
            return Ok(());
        };
        let organization = caller.organization.id;
        let claim = KeyUse::new(cx.now, organization, caller.token.id, &keyed.key, keyed.request);
        if tx.claim_idempotency_key(&claim)? {
            Ok(())
        } else {
            Err(ApiError::KeyInUse)
        }
    }

    /// Looks whether the condition holds, under the lock that a change would take. The answer is the refusal that
    /// [`Careful::end`] is to give: what is refused without a condition is refused in the same way with one (RFC 9110,
    /// section 13.2.1).
    ///
    /// # Errors
    /// When there is nothing that the condition could be about.
    pub fn condition(
        &self,
        tx: &mut dyn Tx,
        cx: &Context,
        caller: &Caller,
        params: &Params,
    ) -> Result<Option<ApiError>, ApiError> {
        if self.is_begun.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let Some((condition, subject)) = self.condition.as_ref().zip(subject::of(self.route)) else {
            return Ok(None);
        };
        (subject.lock)(tx, caller, params)?;
        let Condition::Tags(tags) = condition else {
            return Ok(None);
        };
        let reply = (subject.show)(tx, caller, params, cx.now)?;
        let current = tag::of(reply.content(), subject.volatile);
        if tags.contains(&current) {
            return Ok(None);
        }
        let changed = tags
            .iter()
            .find_map(|tag| tag::difference(tag, reply.content(), subject.volatile));
        Ok(Some(ApiError::PreconditionFailed {
            current,
            changed: changed.unwrap_or_default(),
        }))
    }

    /// The end of a unit of work that the rules said yes to.
    ///
    /// # Errors
    /// What is wrong with query or headers, then the condition that does not hold.
    pub fn end(&self, unmet: Option<ApiError>) -> Result<(), ApiError> {
        match self.wrong.clone().or(unmet) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Notes that a unit was kept.
    pub fn committed(&self) {
        self.is_begun.store(true, Ordering::Relaxed);
    }

    /// Stores the answer, within the unit of work that it is the answer to.
    ///
    /// # Errors
    /// When the store fails.
    pub fn keep(&self, tx: &mut dyn Tx, caller: &Caller, reply: &Reply) -> Result<(), ApiError> {
        if let Some((key, sealed)) = self.kept(caller, reply) {
            tx.keep_idempotent_answer(caller.token.id, &key, &sealed)?;
        }
        self.is_kept.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// The key and the sealed answer; none, where none is to be stored.
    fn kept(&self, caller: &Caller, reply: &Reply) -> Option<(String, Vec<u8>)> {
        let keyed = self.key.as_ref().filter(|_| !self.dry_run && !only_shows(self.route))?;
        let sealed = keyed.seal.seal(reply, &keyed.bound(caller))?;
        Some((keyed.key.clone(), sealed))
    }

    /// Completes a handler's answer: what a dry run would have changed, the tag, and the answer for a repetition where
    /// the handler's unit of work did not store it.
    pub async fn finish(&self, state: &AdminState, context: &Context, caller: &Caller, reply: Reply) -> Answer {
        if let Some(wrong) = &self.wrong {
            // A handler that ran no unit of work.
            return Err(wrong.clone());
        }
        if self.dry_run {
            return reply.rehearsed(&Rehearsal::of(self.journal.entries()));
        }
        if self.is_begun.load(Ordering::Relaxed)
            && !self.is_kept.load(Ordering::Relaxed)
            && let Some((key, sealed)) = self.kept(caller, &reply)
        {
            let token = caller.token.id;
            let stored: Result<(), StoreError> = state
                .store
                .write(context, move |tx, _| tx.keep_idempotent_answer(token, &key, &sealed))
                .await;
            if let Err(error) = stored {
                // The write is done and the caller has its answer: only a repetition will have to do without.
                tracing::warn!(%error, "an answer could not be kept for a repetition");
            }
        }
        Ok(self.tagged(reply))
    }

    /// The answer with its tag, if it shows what tags are about.
    fn tagged(&self, reply: Reply) -> Reply {
        match subject::shown_by(self.route) {
            Some(subject) => {
                let tag = tag::of(reply.content(), subject.volatile);
                reply.tagged(tag)
            }
            None => reply,
        }
    }
}

impl Keyed {
    /// What an answer is kept for: this request, by a caller who was granted what this one was. Who has been granted
    /// anything else since learns that the request was carried out, and no more: the answer may hold what they must not
    /// see any longer.
    fn bound(&self, caller: &Caller) -> [u8; 64] {
        let mut bound = [0; 64];
        bound[..32].copy_from_slice(&self.request);
        bound[32..].copy_from_slice(&caller.granted);
        bound
    }
}

/// Whether a route changes nothing and shows a secret that is there all the same, which goes on record each time. Its
/// answer is not kept: a repetition would show the secret without a look at who asks, and without a record.
fn only_shows(route: &Route) -> bool {
    route.operation == Operation::RevealTemplateToken
}

/// What makes two requests the same: method, path, query and body.
fn fingerprint(request: &HttpRequest, body_hash: &[u8; 32]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [request.method().as_str(), request.path(), request.query_string()] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.update(body_hash);
    hash.finalize().into()
}

impl Rehearsal {
    fn of(entries: Vec<AuditEntry>) -> Self {
        let done: Vec<_> = entries.into_iter().filter(|e| e.outcome == Outcome::Done).collect();
        Self {
            dry_run: true,
            change_count: done.len(),
            changes: done.into_iter().take(CHANGES_MAX).map(Change::of).collect(),
        }
    }
}

impl Change {
    fn of(entry: AuditEntry) -> Self {
        Self {
            action: entry.action,
            target: entry.target_kind.map(|kind| Target {
                kind,
                id: entry.target_id,
            }),
            before: entry.before,
            after: entry.after,
        }
    }
}
