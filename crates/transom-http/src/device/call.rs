//! One request as the handlers see it: who calls, by which route, and under which id it is found in the log.

use super::{
    DeviceState, address::Caller, body::LARGE_BODIES_AT_ONCE, credentials::SIGN_INS_AT_ONCE,
    management::STRANGERS_AT_ONCE, refusals::Refusals, throttle::Throttle,
};
use std::sync::Arc;
use tokio::sync::Semaphore;
use transom_domain::{Actor, Context, Origin};

/// What all requests of one listener share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) state: DeviceState,
    pub(super) throttle: Throttle,
    /// Which refused enrolments are on record.
    pub(super) refusals: Refusals,
    /// Leaves to hold a large body.
    pub(super) large_bodies: Arc<Semaphore>,
    /// Leaves to have a password checked.
    pub(super) sign_ins: Semaphore,
    /// Leaves for messages of management without a certificate.
    pub(super) strangers: Semaphore,
}

impl Shared {
    pub(super) fn new(state: DeviceState) -> Self {
        Self {
            throttle: Throttle::new(state.settings.sign_in),
            refusals: Refusals::default(),
            state,
            large_bodies: Arc::new(Semaphore::new(LARGE_BODIES_AT_ONCE)),
            sign_ins: Semaphore::new(SIGN_INS_AT_ONCE),
            strangers: Semaphore::new(STRANGERS_AT_ONCE),
        }
    }

    /// A context for a request, with an id of its own.
    pub(super) fn context(&self, actor: Actor, route: &'static str, caller: &Caller) -> (Context, String) {
        let mut cx = self.state.environment.context(actor, Origin::default());
        let id = guid(cx.bytes());
        cx.origin = Origin {
            request_id: Some(id.clone()),
            route: Some(route.to_owned()),
            permission: None,
            address: Some(caller.address.to_string()),
        };
        (cx, id)
    }
}

/// Random bytes as a GUID of version 4 (RFC 9562, section 5.4): Microsoft's own servers send one in every reply.
fn guid(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits = hex::encode(bytes);
    [
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..],
    ]
    .join("-")
}

#[cfg(test)]
mod tests {
    use super::guid;

    #[test]
    fn random_bytes_become_a_guid_of_version_4() {
        assert_eq!(guid([0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(guid([0; 16]), "00000000-0000-4000-8000-000000000000");
    }
}
