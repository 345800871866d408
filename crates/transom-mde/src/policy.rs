//! Certificate policy: how the PC has to make its key (MS-XCEP; docs/PROTOCOL.md, 4).

use crate::error::Problem;
use crate::limits::{Limits, MAX_FIELD_BYTES};
use crate::namespace::{Ns, XCEP, XSD, XSI};
use crate::rst::SERVICE_ENVELOPE;
use crate::soap::{ReplyBody, RequestBody};
use crate::xml::{Element, Writer};

/// SHA-256 as an object identifier.
pub const OID_SHA256: &str = "2.16.840.1.101.3.4.2.1";

/// The XCEP group that goes with SHA-256. By its definition 1 would be right, but 4 is what is known
/// to make Windows sign with SHA-256 (docs/PROTOCOL.md, 4).
pub const HASH_GROUP: u8 = 4;

/// `oIDReferenceID` that ties the policy to its hash algorithm.
const HASH_REFERENCE: &str = "0";

/// What a PC tells when it asks for the policy. Nothing in it changes the answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GetPolicies {
    /// Maker of the security chip, from newer clients.
    pub tpm_manufacturer: Option<String>,
    /// Its firmware, from newer clients.
    pub tpm_firmware_version: Option<String>,
}

impl RequestBody for GetPolicies {
    const ACTION: &'static str =
        "http://schemas.microsoft.com/windows/pki/2009/01/enrollmentpolicy/IPolicy/GetPolicies";
    const LIMITS: Limits = Limits::SMALL;
    const ENVELOPE: &'static [(&'static str, &'static str)] = SERVICE_ENVELOPE;
    const BODY: &'static [(&'static str, &'static str)] = &[("xmlns:xsi", XSI), ("xmlns:xsd", XSD)];

    fn read(body: &Element) -> Result<Self, Problem> {
        let request = body.required(Ns::Xcep, "GetPolicies", "Body")?;
        // Old examples write the element with a capital letter.
        let client = request
            .children
            .iter()
            .find(|child| child.is(Ns::Xcep, "client") || child.is(Ns::Xcep, "Client"));
        let Some(client) = client else {
            return Ok(Self::default());
        };
        let text = |name: &'static str| {
            let found = client.optional(Ns::Xcep, name, "client")?;
            found
                .map(|element| element.field("bytes in a field of GetPolicies", MAX_FIELD_BYTES))
                .transpose()
        };
        Ok(Self {
            tpm_manufacturer: text("TPMManufacturer")?,
            tpm_firmware_version: text("TPMFirmwareVersion")?,
        })
    }

    fn write(&self, writer: &mut Writer) {
        writer
            .open("GetPolicies", &[("xmlns", XCEP)])
            .open("client", &[])
            .nil(&["lastUpdate", "preferredLanguage"]);
        if let Some(maker) = &self.tpm_manufacturer {
            writer.text("TPMManufacturer", &[], maker);
        }
        if let Some(version) = &self.tpm_firmware_version {
            writer.text("TPMFirmwareVersion", &[], version);
        }
        writer.close("client").nil(&["requestFilter"]).close("GetPolicies");
    }
}

impl crate::soap::Sealed for GetPolicies {}

/// The hash that the PC has to sign its certificate request with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashAlgorithm {
    /// Its object identifier.
    pub oid: String,
    /// The XCEP group it is listed in; see [`HASH_GROUP`].
    pub group: u8,
}

/// The policy. [`Default`] is what Transom asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetPoliciesResponse {
    /// Name of the certificate template.
    pub common_name: String,
    /// How long a certificate lives, in seconds.
    pub validity_seconds: u64,
    /// How long before its end it may be renewed, in seconds.
    pub renewal_seconds: u64,
    /// Bits of the key.
    pub minimal_key_length: u32,
    /// Where the key is to be kept, the best place first.
    pub crypto_providers: Vec<String>,
    /// Without it Windows 10 signs with SHA-1.
    pub hash: Option<HashAlgorithm>,
}

impl Default for GetPoliciesResponse {
    fn default() -> Self {
        Self {
            common_name: "MDM device".to_owned(),
            validity_seconds: 31_536_000,
            renewal_seconds: 3_628_800,
            minimal_key_length: 2048,
            // The security chip first; a PC without one takes the next.
            crypto_providers: vec![
                "Microsoft Platform Crypto Provider".to_owned(),
                "Microsoft Software Key Storage Provider".to_owned(),
            ],
            hash: Some(HashAlgorithm {
                oid: OID_SHA256.to_owned(),
                group: HASH_GROUP,
            }),
        }
    }
}

impl ReplyBody for GetPoliciesResponse {
    const ACTION: &'static str =
        "http://schemas.microsoft.com/windows/pki/2009/01/enrollmentpolicy/IPolicy/GetPoliciesResponse";
    const ENVELOPE: &'static [(&'static str, &'static str)] = &[];
    const BODY: &'static [(&'static str, &'static str)] = &[("xmlns:xsi", XSI), ("xmlns:xsd", XSD)];

    fn read(_header: &Element, body: &Element) -> Result<Self, Problem> {
        let reply = body.required(Ns::Xcep, "GetPoliciesResponse", "Body")?;
        let attributes = reply
            .required(Ns::Xcep, "response", "GetPoliciesResponse")?
            .required(Ns::Xcep, "policies", "response")?
            .required(Ns::Xcep, "policy", "policies")?
            .required(Ns::Xcep, "attributes", "policy")?;
        if attributes.required(Ns::Xcep, "policySchema", "attributes")?.trimmed() != "3" {
            return Err(Problem::Invalid {
                element: "policySchema",
                reason: "not 3",
            });
        }
        let validity = attributes.required(Ns::Xcep, "certificateValidity", "attributes")?;
        let key = attributes.required(Ns::Xcep, "privateKeyAttributes", "attributes")?;
        let providers = key.optional(Ns::Xcep, "cryptoProviders", "privateKeyAttributes")?;
        let text = |element: &Element| element.field("bytes in a field of the policy", MAX_FIELD_BYTES);
        Ok(Self {
            common_name: text(attributes.required(Ns::Xcep, "commonName", "attributes")?)?,
            validity_seconds: number(validity, "validityPeriodSeconds", "certificateValidity")?,
            renewal_seconds: number(validity, "renewalPeriodSeconds", "certificateValidity")?,
            minimal_key_length: number(key, "minimalKeyLength", "privateKeyAttributes")?,
            crypto_providers: match providers {
                Some(list) => list.all(Ns::Xcep, "provider").map(text).collect::<Result<_, _>>()?,
                None => Vec::new(),
            },
            hash: read_hash(reply, attributes)?,
        })
    }

    fn write(&self, writer: &mut Writer) {
        writer
            .open("GetPoliciesResponse", &[("xmlns", XCEP)])
            .open("response", &[])
            .empty("policyID", &[])
            .nil(&["policyFriendlyName", "nextUpdateHours", "policiesNotChanged"])
            .open("policies", &[])
            .open("policy", &[])
            .text("policyOIDReference", &[], "0")
            .nil(&["cAs"]);
        self.write_attributes(writer);
        writer.close("policy").close("policies").close("response").nil(&["cAs"]);
        match &self.hash {
            Some(hash) => {
                writer
                    .open("oIDs", &[])
                    .open("oID", &[])
                    .text("value", &[], &hash.oid)
                    .text("group", &[], &hash.group.to_string())
                    .text("oIDReferenceID", &[], HASH_REFERENCE)
                    .text(
                        "defaultName",
                        &[],
                        if hash.oid == OID_SHA256 {
                            "szOID_NIST_sha256"
                        } else {
                            "hash"
                        },
                    )
                    .close("oID")
                    .close("oIDs");
            }
            None => {
                writer.nil(&["oIDs"]);
            }
        }
        writer.close("GetPoliciesResponse");
    }
}

impl crate::soap::Sealed for GetPoliciesResponse {}

impl GetPoliciesResponse {
    /// The order is that of the schema (docs/PROTOCOL.md, 4).
    fn write_attributes(&self, writer: &mut Writer) {
        writer
            .open("attributes", &[])
            .text("commonName", &[], &self.common_name)
            .text("policySchema", &[], "3")
            .open("certificateValidity", &[])
            .text("validityPeriodSeconds", &[], &self.validity_seconds.to_string())
            .text("renewalPeriodSeconds", &[], &self.renewal_seconds.to_string())
            .close("certificateValidity")
            .open("permission", &[])
            .text("enroll", &[], "true")
            .text("autoEnroll", &[], "false")
            .close("permission")
            .open("privateKeyAttributes", &[])
            .text("minimalKeyLength", &[], &self.minimal_key_length.to_string())
            .nil(&["keySpec", "keyUsageProperty", "permissions", "algorithmOIDReference"]);
        if self.crypto_providers.is_empty() {
            writer.nil(&["cryptoProviders"]);
        } else {
            writer.open("cryptoProviders", &[]);
            for provider in &self.crypto_providers {
                writer.text("provider", &[], provider);
            }
            writer.close("cryptoProviders");
        }
        writer
            .close("privateKeyAttributes")
            .open("revision", &[])
            .text("majorRevision", &[], "101")
            .text("minorRevision", &[], "0")
            .close("revision")
            .nil(&[
                "supersededPolicies",
                "privateKeyFlags",
                "subjectNameFlags",
                "enrollmentFlags",
                "generalFlags",
            ]);
        match &self.hash {
            Some(_) => writer.text("hashAlgorithmOIDReference", &[], HASH_REFERENCE),
            None => writer.nil(&["hashAlgorithmOIDReference"]),
        };
        writer
            .nil(&["rARequirements", "keyArchivalAttributes", "extensions"])
            .close("attributes");
    }
}

fn number<T: std::str::FromStr>(parent: &Element, name: &'static str, parent_name: &'static str) -> Result<T, Problem> {
    let text = parent.required(Ns::Xcep, name, parent_name)?.trimmed();
    text.parse().map_err(|_| Problem::Invalid {
        element: name,
        reason: "not a number in range",
    })
}

/// Follows the reference from the policy to the list of object identifiers.
fn read_hash(reply: &Element, attributes: &Element) -> Result<Option<HashAlgorithm>, Problem> {
    let reference = match attributes.optional(Ns::Xcep, "hashAlgorithmOIDReference", "attributes")? {
        Some(element) if !element.is_nil() => element.trimmed(),
        _ => return Ok(None),
    };
    let list = reply.required(Ns::Xcep, "oIDs", "GetPoliciesResponse")?;
    for oid in list.all(Ns::Xcep, "oID") {
        if oid.required(Ns::Xcep, "oIDReferenceID", "oID")?.trimmed() == reference {
            return Ok(Some(HashAlgorithm {
                oid: oid
                    .required(Ns::Xcep, "value", "oID")?
                    .field("bytes in an object identifier", MAX_FIELD_BYTES)?,
                group: number(oid, "group", "oID")?,
            }));
        }
    }
    Err(Problem::Invalid {
        element: "hashAlgorithmOIDReference",
        reason: "a reference to no oID",
    })
}
