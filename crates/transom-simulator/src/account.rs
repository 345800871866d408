//! What an enrolment leaves on a PC: the management account.

use transom_mde::provisioning::ProvisioningDocument;
use transom_mde::{Secret, provisioning};

/// The account of an enrolled PC, as the provisioning document made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// `ADDR`: where management sessions go.
    pub address: String,
    /// `PROVIDER-ID`.
    pub provider_id: String,
    /// `EntDMID`: the server's id of the device.
    pub ent_dm_id: String,
    /// `UPN`, if the server set one.
    pub upn: Option<String>,
    /// `AAUTHNAME` of the level `APPSRV`: the name in the PC's digest.
    pub client_name: String,
    /// `AAUTHSECRET` of the level `APPSRV`.
    pub client_secret: Secret,
    /// `AAUTHDATA` of the level `APPSRV`, decoded: the nonce until the server gives another one.
    pub client_nonce: Vec<u8>,
    /// `AAUTHSECRET` of the level `CLIENT`.
    pub server_secret: Secret,
    /// `AAUTHDATA` of the level `CLIENT`, decoded.
    pub server_nonce: Vec<u8>,
    /// `SyncApplicationVersion`, if the document set it.
    pub sync_application_version: Option<String>,
    /// The name of the PC's certificate in its store.
    pub thumbprint: String,
}

impl Account {
    /// The account that a provisioning document makes.
    #[must_use]
    pub fn from_document(document: &ProvisioningDocument) -> Self {
        let account = &document.account;
        let dm_client = &document.dm_client;
        Self {
            address: account.address.clone(),
            provider_id: provisioning::PROVIDER_ID.to_owned(),
            ent_dm_id: dm_client.ent_dm_id.clone(),
            upn: dm_client.upn.clone(),
            client_name: account.client.name.clone(),
            client_secret: account.client.secret.clone(),
            client_nonce: account.client.nonce.clone(),
            server_secret: account.server.secret.clone(),
            server_nonce: account.server.nonce.clone(),
            sync_application_version: dm_client.sync_application_version.clone(),
            thumbprint: document.client.thumbprint.as_str().to_owned(),
        }
    }
}
