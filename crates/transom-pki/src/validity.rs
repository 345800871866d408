//! From when to when a certificate is good.

use crate::PkiError;
use time::OffsetDateTime;
use transom_domain::Timestamp;

/// Both ends of a certificate's life, in whole seconds: a certificate knows no fractions (RFC 5280, section 4.1.2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

impl Validity {
    pub(crate) fn new(from: Timestamp, to: Timestamp) -> Self {
        let whole = |at: Timestamp| Timestamp::from_millis(at.as_seconds().saturating_mul(1000));
        Self {
            from: whole(from),
            to: whole(to),
        }
    }

    /// What a certificate says.
    pub(crate) fn of(certificate: &x509_parser::certificate::X509Certificate<'_>) -> Self {
        let at = |time: x509_parser::time::ASN1Time| Timestamp::from_millis(time.timestamp().saturating_mul(1000));
        Self {
            from: at(certificate.validity().not_before),
            to: at(certificate.validity().not_after),
        }
    }

    /// The part that lies within the issuer's life: what outlives its issuer is refused by every chain check in the
    /// end, so the certificate had better say so itself.
    pub(crate) fn within(self, issuer: Self) -> Result<Self, PkiError> {
        let part = Self {
            from: self.from.max(issuer.from),
            to: self.to.min(issuer.to),
        };
        if self.from >= self.to {
            Err(self.refused("it would end before it begins"))
        } else if part.from >= part.to {
            Err(self.refused("the root certificate is not valid then"))
        } else {
            Ok(part)
        }
    }

    /// Writes both ends into the parameters of a certificate.
    pub(crate) fn apply(self, params: &mut rcgen::CertificateParams) -> Result<(), PkiError> {
        let at = |time: Timestamp| {
            OffsetDateTime::from_unix_timestamp(time.as_seconds())
                .ok()
                // Two or four digits of year are all that a certificate can say.
                .filter(|time| (1950..=9999).contains(&time.year()))
                .ok_or_else(|| self.refused("the year cannot be written"))
        };
        params.not_before = at(self.from)?;
        params.not_after = at(self.to)?;
        Ok(())
    }

    fn refused(self, problem: &'static str) -> PkiError {
        PkiError::Validity {
            from: self.from.to_string(),
            to: self.to.to_string(),
            problem,
        }
    }
}
