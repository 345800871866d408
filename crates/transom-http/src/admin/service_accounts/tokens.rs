//! The tokens of a service account.

use super::{
    named, request,
    view::{IssuedTokenView, TokenView},
};
use crate::admin::{
    call::Call,
    error::{ApiError, InvalidCode},
    reply::{Answer, Reply},
};
use transom_domain::{
    ApiTokenId,
    service_account::tokens::{self, TokenError},
};

impl From<TokenError> for ApiError {
    fn from(error: TokenError) -> Self {
        let invalid =
            |path: &str, rule, error: &dyn ToString| Self::invalid(InvalidCode::Input, path, rule, error.to_string());
        match error {
            TokenError::Name(error) => invalid("name", "text", &error),
            TokenError::Life => invalid("expiresAt", "range", &error),
            TokenError::Addresses => invalid("allowedAddresses", "max_items", &error),
            TokenError::LimitExceeded => Self::LimitExceeded(error.to_string()),
            TokenError::Excess(permission) => Self::Escalation(permission),
            TokenError::Unknown => Self::NotFound,
            TokenError::Store(error) => error.into(),
        }
    }
}

/// `GET O/service-accounts/{serviceAccountId}/tokens`
pub async fn list(call: Call) -> Answer {
    let (name, query, now) = (call.param("serviceAccountId"), call.query(), call.context.now);
    let views = call
        .read(move |view, caller| {
            let account = named(view, caller, &name)?;
            query.as_ref().map_err(Clone::clone)?;
            let tokens = view.api_tokens_of(account.id)?;
            Ok(tokens.iter().map(|t| TokenView::new(t, now)).collect::<Vec<_>>())
        })
        .await?;
    Reply::data(&views)
}

/// `POST O/service-accounts/{serviceAccountId}/tokens`
pub async fn create(call: Call) -> Answer {
    let (name, now) = (call.param("serviceAccountId"), call.context.now);
    let form = call.form(|body, code, strict| request::token(body, code, strict, now));
    // The answer is kept with the token in one unit of work: it is the only place where a repetition finds the token.
    call.answer(move |tx, cx, caller| {
        let (account, organization) = (named(tx, caller, &name)?, caller.organization.id);
        let form = form.as_ref().map_err(Clone::clone)?;
        let issued = tokens::issue(tx, cx, organization, caller.granter(), account.id, &form.value)?;
        Ok(Reply::data(&IssuedTokenView::new(&issued, now))?.ignoring(form.ignored.clone()))
    })
    .await
}

/// `DELETE O/service-accounts/{serviceAccountId}/tokens/{tokenId}`
pub async fn revoke(call: Call) -> Answer {
    let (name, id, query) = (call.param("serviceAccountId"), call.param("tokenId"), call.query());
    let now = call.context.now;
    let token = call
        .write(move |tx, cx, caller| {
            let (account, organization) = (named(tx, caller, &name)?, caller.organization.id);
            let id = ApiTokenId::parse(&id).map_err(|_| ApiError::NotFound)?;
            let by = caller.granter();
            let token = tokens::revoke(tx, cx, organization, by, account.id, id)?;
            query.as_ref().map_err(Clone::clone)?;
            Ok(token)
        })
        .await?;
    Reply::data(&TokenView::new(&token, now))
}
