//! Discovery: from an e-mail address to the addresses of the services (MS-MDE2 3.1; docs/PROTOCOL.md, 2).

use std::fmt;

use crate::error::Problem;
use crate::limits::{Limits, MAX_AUTH_POLICIES, MAX_FIELD_BYTES};
use crate::namespace::{ADDRESSING, DISCOVERY, Ns, SOAP, XSD, XSI};
use crate::soap::{ReplyBody, RequestBody};
use crate::version::Version;
use crate::xml::{Element, Writer};

/// `DeviceType` of a desktop PC.
pub const DEVICE_TYPE_WINDOWS: &str = "CIMClient_Windows";

/// How a PC can, or must, prove who is enrolling it (docs/PROTOCOL.md, 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AuthPolicy {
    /// A password in Windows' own dialog.
    OnPremise,
    /// A sign-in page of the server, or a token of Entra ID.
    Federated,
    /// A certificate.
    Certificate,
}

impl AuthPolicy {
    /// The name in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OnPremise => "OnPremise",
            Self::Federated => "Federated",
            Self::Certificate => "Certificate",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::OnPremise, Self::Federated, Self::Certificate]
            .into_iter()
            .find(|policy| policy.name() == text)
    }
}

impl fmt::Display for AuthPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a PC asks at first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscoverRequest {
    /// What the user typed: mostly an address, sometimes `domain\user`, empty if a program started the enrolment.
    pub email: String,
    /// The highest version that the PC speaks; [`Version::ASSUMED`] if it does not say so intelligibly.
    pub request_version: Version,
    /// [`DEVICE_TYPE_WINDOWS`] on a desktop PC.
    pub device_type: String,
    /// The version of the enrolling program, which need not be that of Windows.
    pub application_version: String,
    /// The Windows product type (docs/PROTOCOL.md, 5), if it is a number.
    pub os_edition: Option<u32>,
    /// What the PC can do; names that nobody knows are left out.
    pub auth_policies: Vec<AuthPolicy>,
}

impl RequestBody for DiscoverRequest {
    const ACTION: &'static str =
        "http://schemas.microsoft.com/windows/management/2012/01/enrollment/IDiscoveryService/Discover";
    const LIMITS: Limits = Limits::SMALL;
    const ENVELOPE: &'static [(&'static str, &'static str)] = &[("xmlns:a", ADDRESSING), ("xmlns:s", SOAP)];
    const BODY: &'static [(&'static str, &'static str)] = &[];

    fn read(body: &Element) -> Result<Self, Problem> {
        let request =
            body.required(Ns::Discovery, "Discover", "Body")?
                .required(Ns::Discovery, "request", "Discover")?;
        // The order of the elements is free, and a Windows 8.1 client leaves some out.
        let text = |name: &'static str| match request.optional(Ns::Discovery, name, "request")? {
            Some(element) => element.field("bytes in a field of Discover", MAX_FIELD_BYTES),
            None => Ok(String::new()),
        };
        Ok(Self {
            email: text("EmailAddress")?,
            request_version: Version::parse(&text("RequestVersion")?).unwrap_or(Version::ASSUMED),
            device_type: text("DeviceType")?,
            application_version: text("ApplicationVersion")?,
            os_edition: text("OSEdition")?.parse().ok(),
            auth_policies: match request.optional(Ns::Discovery, "AuthPolicies", "request")? {
                Some(list) => auth_policies(list)?,
                None => Vec::new(),
            },
        })
    }

    fn write(&self, writer: &mut Writer) {
        writer
            .open("Discover", &[("xmlns", DISCOVERY)])
            .open("request", &[("xmlns:i", XSI)])
            .text("EmailAddress", &[], &self.email)
            .text("RequestVersion", &[], &self.request_version.to_string())
            .text("DeviceType", &[], &self.device_type)
            .text("ApplicationVersion", &[], &self.application_version);
        if let Some(edition) = self.os_edition {
            writer.text("OSEdition", &[], &edition.to_string());
        }
        writer.open("AuthPolicies", &[]);
        for policy in &self.auth_policies {
            writer.text("AuthPolicy", &[], policy.name());
        }
        writer.close("AuthPolicies").close("request").close("Discover");
    }
}

impl crate::soap::Sealed for DiscoverRequest {}

/// One example of Microsoft puts the text straight into `AuthPolicies` (docs/PROTOCOL.md, 2).
fn auth_policies(list: &Element) -> Result<Vec<AuthPolicy>, Problem> {
    let inner = list.all(Ns::Discovery, "AuthPolicy").map(Element::trimmed);
    let names: Vec<&str> = inner
        .chain(list.trimmed().split_whitespace())
        .take(MAX_AUTH_POLICIES + 1)
        .collect();
    if names.len() > MAX_AUTH_POLICIES {
        return Err(Problem::Limit {
            what: "authentication policies",
            limit: MAX_AUTH_POLICIES,
        });
    }
    Ok(names.into_iter().filter_map(AuthPolicy::parse).collect())
}

/// Where the PC has to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscoverResponse {
    /// One of those that the PC listed.
    pub auth_policy: AuthPolicy,
    /// See [`Version::announced`]. Never check a later message against it: clients do not keep to it.
    pub enrollment_version: Option<Version>,
    /// Where GetPolicies goes; without it Windows signs its request with SHA-1.
    pub policy_url: Option<String>,
    /// Where RequestSecurityToken goes; on the same host as the policy service.
    pub enrollment_url: String,
    /// The sign-in page, needed with [`AuthPolicy::Federated`] only.
    pub authentication_url: Option<String>,
}

impl ReplyBody for DiscoverResponse {
    const ACTION: &'static str =
        "http://schemas.microsoft.com/windows/management/2012/01/enrollment/IDiscoveryService/DiscoverResponse";
    const ENVELOPE: &'static [(&'static str, &'static str)] = &[];
    const BODY: &'static [(&'static str, &'static str)] = &[("xmlns:xsi", XSI), ("xmlns:xsd", XSD)];

    fn read(_header: &Element, body: &Element) -> Result<Self, Problem> {
        let result = body.required(Ns::Discovery, "DiscoverResponse", "Body")?.required(
            Ns::Discovery,
            "DiscoverResult",
            "DiscoverResponse",
        )?;
        let field = |element: &Element| element.field("bytes in a field of DiscoverResult", MAX_FIELD_BYTES);
        let optional = |name: &'static str| {
            let found = result.optional(Ns::Discovery, name, "DiscoverResult")?;
            found.map(field).transpose()
        };
        let required = |name: &'static str| result.required(Ns::Discovery, name, "DiscoverResult").and_then(field);
        let version = optional("EnrollmentVersion")?.map(|text| {
            Version::parse(&text).ok_or(Problem::Invalid {
                element: "EnrollmentVersion",
                reason: "not a version",
            })
        });
        Ok(Self {
            auth_policy: AuthPolicy::parse(&required("AuthPolicy")?).ok_or(Problem::Invalid {
                element: "AuthPolicy",
                reason: "not one that Windows knows",
            })?,
            enrollment_version: version.transpose()?,
            policy_url: optional("EnrollmentPolicyServiceUrl")?,
            enrollment_url: required("EnrollmentServiceUrl")?,
            authentication_url: optional("AuthenticationServiceUrl")?,
        })
    }

    fn write(&self, writer: &mut Writer) {
        writer
            .open("DiscoverResponse", &[("xmlns", DISCOVERY)])
            .open("DiscoverResult", &[]);
        writer.text("AuthPolicy", &[], self.auth_policy.name());
        if let Some(version) = self.enrollment_version {
            writer.text("EnrollmentVersion", &[], &version.to_string());
        }
        if let Some(url) = &self.policy_url {
            writer.text("EnrollmentPolicyServiceUrl", &[], url);
        }
        writer.text("EnrollmentServiceUrl", &[], &self.enrollment_url);
        if let Some(url) = &self.authentication_url {
            writer.text("AuthenticationServiceUrl", &[], url);
        }
        writer.close("DiscoverResult").close("DiscoverResponse");
    }
}

impl crate::soap::Sealed for DiscoverResponse {}
