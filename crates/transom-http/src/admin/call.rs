//! A request whose caller has been checked, in the fixed order of A.0: the route is found (1), then token (2),
//! organization (3), permission (4), and only then the body is read. Handlers go on with the entity (6), the body (7), its
//! state (8), and what the body refers to (9).

use super::{
    AdminState, body,
    careful::Careful,
    error::{ApiError, Fault, InvalidCode},
    form::Checked,
    query::Query,
    refusal,
    reply::Answer,
    routes::{Operation, Route},
    upload::{self, Files},
};
use actix_web::{HttpRequest, http::header, web};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::{collections::HashMap, net::IpAddr, sync::Arc};
use transom_domain::{
    Actor, Context, Origin,
    api_token::{API_TOKEN_PREFIX, ApiToken},
    authority::Authority,
    device::{Device, DeviceState, find},
    organization::Organization,
    ports::{Devices, StoreError, Tx, View},
    secret::Secret,
    segment::SegmentScope,
    service_account::{Granter, RoleName, ServiceAccount},
};

/// Longest bearer token looked at, in bytes: ours have 47.
const TOKEN_BYTES_MAX: usize = 256;

/// Who calls.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The token's organization.
    pub organization: Organization,
    /// The token.
    pub token: ApiToken,
    /// What the token may do, and where.
    pub authority: Authority,
    /// Where the token has the permission that the route takes; for a route without one, where it has any.
    pub scope: SegmentScope,
    /// SHA-256 of what the token was granted, in words ([`Authority::wording`]).
    pub granted: [u8; 32],
}

/// Names in the path.
pub type Params = HashMap<String, String>;

/// A request of a caller who may do what the route does.
pub struct Call {
    /// What every request needs.
    pub state: web::Data<AdminState>,
    /// The route.
    pub route: &'static Route,
    /// Who calls.
    pub caller: Arc<Caller>,
    /// Time, actor and ids.
    pub context: Context,
    /// How careful the caller is.
    pub careful: Arc<Careful>,
    /// Files that came with the body.
    pub files: Files,
    /// The part of a file that is asked for.
    pub range: Option<String>,
    /// The tags of what the caller has already.
    pub known: Option<String>,
    params: Arc<Params>,
    query: String,
    body: Option<Result<Value, ApiError>>,
}

impl Caller {
    /// Step 2: whose token it is.
    ///
    /// # Errors
    /// When there is no token or it opens nothing (4002, 4004), or it is used too often (429).
    pub async fn identify(
        state: &AdminState,
        route: &'static Route,
        request: &HttpRequest,
        request_id: &str,
    ) -> Result<Arc<Self>, ApiError> {
        let found = Self::look_up(state, route, request).await;
        let found = match found {
            Ok(caller) if !caller.token.is_allowed_from(address(request)) => {
                refusal::record_address(state, route, &caller, address(request), request_id).await;
                Err(ApiError::InvalidToken)
            }
            other => other,
        };
        match found {
            Ok(caller) => {
                let slot = state.throttle.request(caller.token.id);
                slot.map_err(ApiError::TooManyRequests)?;
                state.token_uses.record(caller.token.id, state.environment.now());
                Ok(Arc::new(caller))
            }
            Err(refused @ (ApiError::NoToken | ApiError::InvalidToken)) => {
                let slot = state.throttle.failure(address(request));
                slot.map_err(ApiError::TooManyRequests)?;
                Err(refused)
            }
            Err(other) => Err(other),
        }
    }

    async fn look_up(state: &AdminState, route: &'static Route, request: &HttpRequest) -> Result<Self, ApiError> {
        let hash = bearer(request)?.hash();
        let now = state.environment.now();
        state
            .store
            .read(move |view| {
                let token = view.api_token_by_hash(&hash)?.filter(|t| t.is_valid(now));
                let token = token.ok_or(ApiError::InvalidToken)?;
                let organization = view.organization(token.organization)?.ok_or(ApiError::InvalidToken)?;
                let account = view.service_account(organization.id, token.account)?;
                let account = account.ok_or(ApiError::InvalidToken)?;
                let (authority, granted) = authority(view, &token, &account)?;
                let scope = match route.permission {
                    Some(permission) => authority.scope(permission).unwrap_or(SegmentScope::nothing()),
                    None => authority.reach(),
                };
                Ok(Self {
                    organization,
                    token,
                    authority,
                    scope,
                    granted,
                })
            })
            .await
    }

    /// Step 3: the organization in the path must be the token's own; any other does not exist for this caller.
    fn check_organization(&self, named: Option<&String>) -> Result<(), ApiError> {
        let own = named.is_some_and(|name| {
            name.eq_ignore_ascii_case(&self.organization.id.to_string())
                || name.eq_ignore_ascii_case(self.organization.slug.as_str())
        });
        if own { Ok(()) } else { Err(ApiError::NotFound) }
    }

    /// Step 4: the token must have the permission somewhere.
    ///
    /// # Errors
    /// When it lacks it (4001).
    pub fn check_permission(&self, permission: &'static str) -> Result<(), ApiError> {
        self.scope_of(permission).map(drop)
    }

    /// Where the token has a permission that a body makes necessary beside the route's own.
    ///
    /// # Errors
    /// When it has it nowhere (4001).
    pub fn scope_of(&self, permission: &'static str) -> Result<SegmentScope, ApiError> {
        let scope = self.authority.scope(permission);
        scope.ok_or(ApiError::MissingPermission(permission))
    }

    /// Takes one request out of the rate of the token.
    ///
    /// # Errors
    /// When there is none left.
    pub fn take_slot(&self, state: &AdminState) -> Result<(), ApiError> {
        state.throttle.request(self.token.id).map_err(ApiError::TooManyRequests)
    }

    /// The same caller at another route.
    fn at(&self, route: &Route) -> Self {
        let scope = match route.permission {
            Some(permission) => self.authority.scope(permission).unwrap_or(SegmentScope::nothing()),
            None => self.authority.reach(),
        };
        Self {
            organization: self.organization.clone(),
            token: self.token.clone(),
            authority: self.authority.clone(),
            scope,
            granted: self.granted,
        }
    }

    /// What the caller brings to a change of accounts.
    #[must_use]
    pub fn granter(&self) -> Granter<'_> {
        Granter {
            authority: &self.authority,
            scope: &self.scope,
        }
    }

    /// Time, actor and ids for something that this caller does.
    pub fn context(&self, state: &AdminState, route: &Route, address: Option<IpAddr>, request_id: &str) -> Context {
        let actor = Actor::Token {
            id: self.token.id,
            name: self.token.name.clone(),
        };
        let origin = Origin {
            request_id: Some(request_id.to_owned()),
            route: Some(route.name()),
            permission: route.permission.map(str::to_owned),
            address: address.map(|a| a.to_string()),
        };
        state.environment.context(actor, origin)
    }
}

/// What a token may do, and the SHA-256 of how that was granted. Roles and segments are read only where they matter,
/// because this is done for every request.
fn authority(
    view: &mut dyn View,
    token: &ApiToken,
    account: &ServiceAccount,
) -> Result<(Authority, [u8; 32]), StoreError> {
    let assignments = &account.assignments;
    let roles = if assignments.iter().any(|a| matches!(a.role, RoleName::Own(_))) {
        view.segment_roles(token.organization)?
    } else {
        Vec::new()
    };
    let is_limited = !token.segments.is_empty() || assignments.iter().any(|a| !a.segments.is_empty());
    let segments = if is_limited {
        view.segments(token.organization)?
    } else {
        Vec::new()
    };
    let granted = Sha256::digest(Authority::wording(token, account, &roles));
    Ok((Authority::of_token(token, account, &roles, &segments), granted.into()))
}

/// The token that came with a request.
fn bearer(request: &HttpRequest) -> Result<Secret, ApiError> {
    let value = request.headers().get(header::AUTHORIZATION).ok_or(ApiError::NoToken)?;
    let value = value.to_str().map_err(|_| ApiError::InvalidToken)?;
    let token = match value.trim().split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => return Err(ApiError::NoToken),
    };
    if token.is_empty() {
        return Err(ApiError::NoToken);
    }
    if token.len() > TOKEN_BYTES_MAX || !token.starts_with(API_TOKEN_PREFIX) {
        return Err(ApiError::InvalidToken);
    }
    Ok(Secret::presented(token))
}

/// The part of a file that is asked for. `If-Range` is a wish for all of it unless the file is still the same; there is
/// no telling here, so all of it is given.
fn range(request: &HttpRequest) -> Option<String> {
    if request.headers().contains_key(header::IF_RANGE) {
        return None;
    }
    let range = request.headers().get(header::RANGE)?;
    range.to_str().ok().map(str::to_owned)
}

/// What `If-None-Match` says, over all its lines.
fn known(request: &HttpRequest) -> Option<String> {
    let lines = request.headers().get_all(header::IF_NONE_MATCH);
    let lines: Vec<&str> = lines.filter_map(|line| line.to_str().ok()).collect();
    (!lines.is_empty()).then(|| lines.join(","))
}

/// The address of the peer.
pub fn address(request: &HttpRequest) -> Option<IpAddr> {
    request.peer_addr().map(|peer| peer.ip())
}

impl Call {
    /// Steps 3 and 4, then the body is read. What is wrong with it waits for its turn.
    ///
    /// # Errors
    /// When the caller may not do this here.
    pub async fn admit(
        state: web::Data<AdminState>,
        route: &'static Route,
        caller: Arc<Caller>,
        request: &HttpRequest,
        payload: web::Payload,
        request_id: &str,
    ) -> Result<Self, ApiError> {
        let params = params(request);
        if !matches!(route.operation, Operation::Graph(_)) {
            caller.check_organization(params.get("organizationId"))?;
        }
        if let Some(permission) = route.permission {
            caller.check_permission(permission)?;
        }
        let (body, hash, files) = match route.body {
            Some(rule) => {
                let received = match rule.form.filter(|_| upload::is_multipart(request)) {
                    Some(form) => {
                        let is_dry_run = Careful::seems_dry_run(request);
                        upload::read(&state, route, form.parts, request, payload, is_dry_run).await
                    }
                    None => body::read(route, rule, request, payload).await,
                };
                (Some(received.json), received.hash, received.files)
            }
            None => (None, [0; 32], Files::default()),
        };
        let careful = match route.operation {
            // Graph has none of it, and its clients send headers of their own.
            Operation::Graph(_) => Careful::none(route),
            _ => Careful::read(route, request, &bearer(request)?, &hash),
        };
        Ok(Self {
            context: careful.observe(caller.context(&state, route, address(request), request_id)),
            careful: Arc::new(careful),
            query: request.query_string().to_owned(),
            state,
            route,
            caller,
            files,
            range: range(request),
            known: known(request),
            params: Arc::new(params),
            body,
        })
    }

    /// A request that came within this one, as if it had come alone. Whether the caller may do it is still to be checked.
    #[must_use]
    pub fn within(&self, route: &'static Route, params: Params, query: String, body: Option<Value>) -> Self {
        let mut origin = self.context.origin.clone();
        origin.route = Some(route.name());
        origin.permission = route.permission.map(str::to_owned);
        let context = self.state.environment.context(self.context.actor.clone(), origin);
        let missing = || ApiError::invalid(route.invalid, "", "required", "must not be empty");
        Self {
            state: self.state.clone(),
            route,
            caller: Arc::new(self.caller.at(route)),
            context,
            careful: Arc::new(Careful::none(route)),
            files: Files::default(),
            range: None,
            known: None,
            params: Arc::new(params),
            query,
            body: route.body.map(|_| body.ok_or_else(missing)),
        }
    }

    /// Every name in the path.
    #[must_use]
    pub fn params(&self) -> Params {
        self.params.as_ref().clone()
    }

    /// A name in the path.
    #[must_use]
    pub fn param(&self, name: &str) -> String {
        self.params.get(name).cloned().unwrap_or_default()
    }

    /// The query as it came.
    #[must_use]
    pub fn raw_query(&self) -> &str {
        &self.query
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn json(&self) -> Result<&Value, ApiError> {
        match &self.body {
            Some(Ok(body)) => Ok(body),
            Some(Err(wrong)) => Err(wrong.clone()),
            None => Err(ApiError::internal(Fault("a route without a body asks for one"))),
        }
    }

    /// The query, checked against the route.
    ///
    /// # Errors
    /// Every parameter that is unknown or malformed.
    pub fn query(&self) -> Result<Query, ApiError> {
        Query::of(self.route, &self.query)
    }

    /// The body and the query, checked. A handler does so before its unit of work and looks at the result in its turn.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn form<T>(
        &self,
        check: impl FnOnce(&Value, InvalidCode, bool) -> Result<Checked<T>, ApiError>,
    ) -> Result<Checked<T>, ApiError> {
        let strict = self.query()?.flag("strict");
        match &self.body {
            Some(Ok(body)) => check(body, self.route.invalid, strict),
            Some(Err(wrong)) => Err(wrong.clone()),
            None => Err(ApiError::internal(Fault("a route without a body asks for one"))),
        }
    }

    /// As [`Call::form`], for a body that may be left out: then it is taken for an empty object.
    ///
    /// # Errors
    /// Everything that is wrong with body and query.
    pub fn optional_form<T>(
        &self,
        check: impl FnOnce(&Value, InvalidCode, bool) -> Result<Checked<T>, ApiError>,
    ) -> Result<Checked<T>, ApiError> {
        let strict = self.query()?.flag("strict");
        let empty = Value::Object(serde_json::Map::new());
        match &self.body {
            Some(Ok(body)) => check(body, self.route.invalid, strict),
            Some(Err(ApiError::Invalid { violations, .. })) if matches!(violations.as_slice(), [only] if only.path.is_empty() && only.rule == "required") => {
                check(&empty, self.route.invalid, strict)
            }
            Some(Err(wrong)) => Err(wrong.clone()),
            None => check(&empty, self.route.invalid, strict),
        }
    }

    /// Looks at state.
    ///
    /// # Errors
    /// What the closure answers.
    pub async fn read<T, F>(&self, mut look: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnMut(&mut dyn View, &Caller) -> Result<T, ApiError> + Send + 'static,
    {
        let caller = self.caller.clone();
        self.state.store.read(move |view| look(view, &caller)).await
    }

    /// Changes state, and answers. The answer is kept for a repetition of the request in the same unit of work.
    ///
    /// # Errors
    /// What the closure answers, or what is wrong with the request's careful part.
    pub async fn answer<F>(&self, mut change: F) -> Answer
    where
        F: FnMut(&mut dyn Tx, &mut Context, &Caller) -> Answer + Send + 'static,
    {
        let careful = self.careful.clone();
        self.write(move |tx, cx, caller| {
            let reply = change(tx, cx, caller)?;
            careful.keep(tx, caller, &reply)?;
            Ok(reply)
        })
        .await
    }

    /// Changes state. Prefer [`Call::answer`]: here the answer is made after the unit of work, and a crash between the two
    /// leaves a repetition of the request without it.
    ///
    /// # Errors
    /// What the closure answers, or what is wrong with the request's careful part.
    pub async fn write<T, F>(&self, mut change: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnMut(&mut dyn Tx, &mut Context, &Caller) -> Result<T, ApiError> + Send + 'static,
    {
        let (caller, careful, params) = (self.caller.clone(), self.careful.clone(), self.params.clone());
        let unit = move |tx: &mut dyn Tx, cx: &mut Context| {
            careful.begin(tx, cx, &caller)?;
            let unmet = careful.condition(tx, cx, &caller, &params)?;
            let changed = change(tx, cx, &caller)?;
            careful.end(unmet)?;
            Ok(changed)
        };
        if self.careful.is_dry_run() {
            return self.state.store.rehearse(&self.context, unit).await;
        }
        let changed = self.state.store.write(&self.context, unit).await?;
        self.careful.committed();
        self.state.rules_waken.notify_one();
        Ok(changed)
    }
}

impl Caller {
    /// Step 6: the device that the path means.
    ///
    /// # Errors
    /// When none, or none that the caller may see, is meant.
    pub fn device(&self, view: &mut (impl Devices + ?Sized), identifier: &str) -> Result<Device, ApiError> {
        Ok(find::find(view, self.organization.id, &self.scope, identifier)?)
    }

    /// Step 6 of a change: a deleted device is kept to be looked at and takes no change (decision 22).
    ///
    /// # Errors
    /// When no device that can be changed is meant.
    pub fn device_to_change(&self, view: &mut (impl Devices + ?Sized), identifier: &str) -> Result<Device, ApiError> {
        match self.device(view, identifier)? {
            device if device.state == DeviceState::Deleted => Err(ApiError::NotFound),
            device => Ok(device),
        }
    }
}

/// The names in the path, decoded. The router has decoded them but for the three characters that would change the path.
pub fn params(request: &HttpRequest) -> Params {
    let decoded = |text: &str| {
        let text = text.replace("%2F", "/").replace("%2f", "/");
        text.replace("%2B", "+").replace("%2b", "+").replace("%25", "%")
    };
    let names = request.match_info().iter();
    names.map(|(name, value)| (name.to_owned(), decoded(value))).collect()
}
