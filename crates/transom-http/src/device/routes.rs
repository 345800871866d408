//! The five routes of the device listener, and nothing else on it.
//!
//! Paths are compared without case, because people type them and Windows has published them in several spellings; so
//! they are matched here and not by actix's router, which would need a pattern for each.

use super::{call::Shared, discovery, enrolment, management, policy, soap::Call, streams};
use actix_web::{HttpRequest, HttpResponse, http::Method, web};

/// Discovery. Windows makes this path of a user's mail address; it cannot be changed.
pub const DISCOVERY_PATH: &str = "/EnrollmentServer/Discovery.svc";
/// Certificate policy.
pub const POLICY_PATH: &str = "/EnrollmentServer/Policy.svc";
/// Certificate requests.
pub const ENROLMENT_PATH: &str = "/EnrollmentServer/Enrollment.svc";
/// Management sessions. PCs keep this address for as long as they are enrolled.
pub const MANAGEMENT_PATH: &str = "/ManagementServer/MDM.svc";

/// What may be asked of this listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route {
    Exists,
    Discover,
    GetPolicies,
    RequestToken,
    Manage,
}

impl Route {
    /// The busiest one first.
    fn of(method: &Method, path: &str) -> Option<Self> {
        let is = |known: &str| path.eq_ignore_ascii_case(known);
        match *method {
            Method::POST if is(MANAGEMENT_PATH) => Some(Self::Manage),
            Method::POST if is(DISCOVERY_PATH) => Some(Self::Discover),
            Method::POST if is(POLICY_PATH) => Some(Self::GetPolicies),
            Method::POST if is(ENROLMENT_PATH) => Some(Self::RequestToken),
            Method::GET if is(DISCOVERY_PATH) => Some(Self::Exists),
            _ => None,
        }
    }
}

/// Answers every request of the listener.
pub(super) async fn dispatch(request: HttpRequest, payload: web::Payload) -> HttpResponse {
    let Some(shared) = request.app_data::<web::Data<Shared>>() else {
        return HttpResponse::InternalServerError().finish();
    };
    let Some(_place) = streams::enter(&request, shared.state.settings.proxy.as_ref()) else {
        return streams::crowded();
    };
    match Route::of(request.method(), request.path()) {
        Some(Route::Manage) => management::manage(shared, &request, payload).await,
        Some(Route::Exists) => discovery::exists(),
        Some(Route::Discover) => {
            let call = Call::new(shared, &request, "POST /EnrollmentServer/Discovery.svc");
            discovery::discover(&call, payload).await
        }
        Some(Route::GetPolicies) => {
            let call = Call::new(shared, &request, "POST /EnrollmentServer/Policy.svc");
            policy::get_policies(&call, payload).await
        }
        Some(Route::RequestToken) => {
            let call = Call::new(shared, &request, "POST /EnrollmentServer/Enrollment.svc");
            enrolment::request_token(&call, payload).await
        }
        None => HttpResponse::NotFound().finish(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_known_in_any_case_and_with_their_own_methods_only() {
        let of = |method: Method, path: &str| Route::of(&method, path);
        assert_eq!(of(Method::GET, "/enrollmentserver/discovery.SVC"), Some(Route::Exists));
        assert_eq!(of(Method::POST, "/managementserver/mdm.svc"), Some(Route::Manage));
        for (method, path) in [
            (Method::GET, POLICY_PATH),
            (Method::GET, MANAGEMENT_PATH),
            (Method::PUT, DISCOVERY_PATH),
            (Method::HEAD, DISCOVERY_PATH),
            (Method::POST, "/"),
            (Method::POST, "/ManagementServer/MDM.svc/"),
            (Method::POST, "/ManagementServer"),
        ] {
            assert_eq!(of(method, path), None, "{path}");
        }
    }
}
