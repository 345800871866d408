//! What may be set and is most probably not meant: said at the start, because nobody would look for its cause here when
//! PCs stay away.

use crate::settings::{Md5, Settings};
use std::time::Duration;
use transom_domain::Timestamp;
use transom_pki::TlsIdentity;

/// How long before its end a configured certificate is worth a word: whoever has it renewed by hand needs days, and
/// automatic renewal (ACME) comes a third of 90 days before.
const CERTIFICATE_ENDS_SOON: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// What is wrong with how PCs are to be told apart.
#[must_use]
pub fn of_settings(settings: &Settings) -> Option<String> {
    let device = &settings.device;
    let certificates_arrive = !device.plain_http || !device.proxy.addresses.is_empty();
    (!certificates_arrive && device.md5 != Md5::Alone).then(|| {
        "no PC can check in: with device.plain_http no client certificate reaches this server, unless the proxy that \
         passes it on is named in device.proxy.addresses, or device.md5 is \"alone\""
            .to_owned()
    })
}

/// What is wrong with the certificate that the setting `key` names.
#[must_use]
pub fn of_certificate(key: &str, identity: &TlsIdentity, now: Timestamp) -> Option<String> {
    let (from, to) = (identity.not_before(), identity.not_after());
    if now < from {
        Some(format!(
            "the certificate of {key} is valid from {from} on: until then clients refuse it"
        ))
    } else if now > to {
        Some(format!("the certificate of {key} ended at {to}: clients refuse it"))
    } else if now + CERTIFICATE_ENDS_SOON > to {
        Some(format!(
            "the certificate of {key} ends at {to}; a new one takes effect with a restart"
        ))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use transom_pki::{Authority, server_identity};

    #[test]
    fn a_listener_that_no_certificate_reaches_is_named() {
        let mut settings = Settings::load(None).unwrap();
        assert_eq!(of_settings(&settings), None);
        settings.device.plain_http = true;
        for md5 in [Md5::Off, Md5::SecondFactor] {
            settings.device.md5 = md5;
            assert!(of_settings(&settings).unwrap().contains("device.proxy.addresses"));
        }
        settings.device.md5 = Md5::Alone;
        assert_eq!(of_settings(&settings), None);
        settings.device.md5 = Md5::Off;
        settings.device.proxy.addresses = vec!["10.0.0.1".to_owned()];
        assert_eq!(of_settings(&settings), None);
    }

    #[test]
    fn a_certificate_is_named_before_it_ends_and_when_it_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let now = Timestamp::from_millis(1_800_000_000_000);
        let authority = Authority::open(&folder.path().join("pki"), now).unwrap();
        let identity = server_identity(&authority, &folder.path().join("tls"), &[], now).unwrap();
        let day = Duration::from_secs(24 * 60 * 60);
        let said = |at| of_certificate("device.tls", &identity, at);
        assert_eq!(said(now), None);
        assert_eq!(said(identity.not_after() - day * 15), None);
        assert!(said(identity.not_after() - day * 13).unwrap().contains("ends at"));
        assert!(said(identity.not_after() + day).unwrap().contains("ended at"));
        assert!(said(identity.not_before() - day).unwrap().contains("valid from"));
    }
}
