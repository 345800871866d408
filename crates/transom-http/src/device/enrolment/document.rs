//! The provisioning document of a new enrolment, and the secrets in it.

use super::super::{
    routes::MANAGEMENT_PATH,
    soap::{Call, Refusal},
};
use transom_domain::{
    Context, EnrollmentId,
    enrollment::{EnrollmentKind, SessionCredentials, enroll::Enroll},
};
use transom_mde::{
    Secret,
    fault::Subcode,
    provisioning::{
        Account, Certificate, CertificateStore, ClientCredential, DmClient, ProvisioningDocument, ServerCredential,
        Thumbprint, search_criteria,
    },
};
use transom_syncml::auth::md5_a;

/// Random bytes of a secret: 256 bits, so that its digest can be stored without salt.
const SECRET_BYTES: usize = 32;

/// Random bytes of a first nonce: 25H2 wants real ones in both entries (docs/PROTOCOL.md, 7).
const NONCE_BYTES: usize = 16;

/// What this PC and this server alone know. It is in no log: there is no `Debug`.
pub(super) struct Secrets {
    name: String,
    client_secret: String,
    client_nonce: [u8; NONCE_BYTES],
    server_secret: String,
    server_nonce: [u8; NONCE_BYTES],
}

impl Secrets {
    /// Draws new ones. The name is the enrolment's id: unique, ASCII and without a colon, as the digest needs it.
    pub(super) fn draw(cx: &mut Context, id: EnrollmentId) -> Self {
        Self {
            name: id.to_string(),
            client_secret: hex::encode(cx.bytes::<SECRET_BYTES>()),
            client_nonce: cx.bytes(),
            server_secret: hex::encode(cx.bytes::<SECRET_BYTES>()),
            server_nonce: cx.bytes(),
        }
    }

    /// What is stored: of the PC's own secret the digest only.
    pub(super) fn credentials(&self) -> SessionCredentials {
        SessionCredentials {
            name: self.name.clone(),
            digest: md5_a(&self.name, &self.client_secret),
            nonce: self.client_nonce.to_vec(),
            previous_nonce: None,
            server_secret: self.server_secret.clone(),
            server_nonce: self.server_nonce.to_vec(),
        }
    }
}

/// Writes the document for a recorded enrolment with the certificate `der`.
pub(super) fn write(
    call: &Call<'_>,
    enrollment: &Enroll,
    der: Vec<u8>,
    device_name: &str,
    secrets: &Secrets,
) -> Result<String, Refusal> {
    let state = &call.shared.state;
    let settings = &state.settings.provisioning;
    let store = match enrollment.kind {
        EnrollmentKind::Full => CertificateStore::User,
        EnrollmentKind::Device => CertificateStore::System,
    };
    let server = ServerCredential {
        secret: Secret::new(secrets.server_secret.as_str()),
        nonce: secrets.server_nonce.to_vec(),
    };
    let client = ClientCredential {
        name: secrets.name.clone(),
        secret: Secret::new(secrets.client_secret.as_str()),
        nonce: secrets.client_nonce.to_vec(),
    };
    let address = format!("{}{MANAGEMENT_PATH}", state.settings.public_url);
    let mut account = Account::new(address, server, client);
    if settings.certificate_search {
        account.certificate_search = Some(search_criteria(&secrets.name, store));
    }
    let document = ProvisioningDocument {
        root: Some(certificate(
            &state.authority.root_thumbprint(),
            state.authority.root_der(),
        )?),
        intermediate: None,
        client: certificate(&enrollment.certificate.thumbprint, der)?,
        store,
        account,
        dm_client: DmClient {
            ent_dm_id: enrollment.id.to_string(),
            upn: enrollment.grant.email.clone(),
            ent_device_name: Some(device_name.to_owned()),
            sync_application_version: settings.sync_application_version.clone(),
            poll: settings.poll,
        },
    };
    Ok(document.encode())
}

fn certificate(thumbprint: &str, der: Vec<u8>) -> Result<Certificate, Refusal> {
    let thumbprint = Thumbprint::new(thumbprint).map_err(|error| {
        let told = "No certificate could be issued.";
        Refusal::new(Subcode::CertificateRequest, told, error.to_string())
    })?;
    Ok(Certificate { thumbprint, der })
}
