//! Values to a tree, in the order of docs/PROTOCOL.md, 7.

use super::tree::{Characteristic, Document};
use super::{Account, Certificate, DmClient, PROVIDER_ID, Poll, ProvisioningDocument};
use crate::binary;

pub(super) fn tree(document: &ProvisioningDocument) -> Document {
    Document {
        version: "1.1".to_owned(),
        children: vec![
            certificates(document),
            account(&document.account),
            dm_client(&document.dm_client),
        ],
    }
}

fn certificates(document: &ProvisioningDocument) -> Characteristic {
    let mut store = Characteristic::new("CertificateStore");
    let issuers = [("Root", &document.root), ("CA", &document.intermediate)];
    for (name, certificate) in issuers {
        if let Some(certificate) = certificate {
            let system = Characteristic::new("System").child(node(certificate));
            store = store.child(Characteristic::new(name).child(system));
        }
    }
    // The key is on the PC already; its container stands beside the certificate, as in the capture that worked.
    let own = Characteristic::new(document.store.name())
        .child(node(&document.client))
        .child(Characteristic::new("PrivateKeyContainer"));
    store.child(Characteristic::new("My").child(own))
}

fn node(certificate: &Certificate) -> Characteristic {
    Characteristic::new(certificate.thumbprint.as_str()).parm("EncodedCertificate", binary::encode(&certificate.der))
}

fn account(account: &Account) -> Characteristic {
    let mut node = Characteristic::new("APPLICATION")
        .parm("APPID", "w7")
        .parm("PROVIDER-ID", PROVIDER_ID)
        .parm("NAME", PROVIDER_ID)
        .parm("ADDR", &account.address)
        .parm("CONNRETRYFREQ", account.connection_retries.to_string())
        .parm("INITIALBACKOFFTIME", account.initial_backoff_ms.to_string())
        .parm("MAXBACKOFFTIME", account.maximal_backoff_ms.to_string())
        .flag("BACKCOMPATRETRYDISABLED")
        .parm("DEFAULTENCODING", "application/vnd.syncml.dm+xml");
    if let Some(criteria) = &account.certificate_search {
        node = node.parm("SSLCLIENTCERTSEARCHCRITERIA", criteria);
    }
    node.child(
        Characteristic::new("APPAUTH")
            .parm("AAUTHLEVEL", "CLIENT")
            .parm("AAUTHTYPE", "DIGEST")
            .parm("AAUTHSECRET", account.server.secret.expose())
            .parm("AAUTHDATA", binary::encode(&account.server.nonce)),
    )
    .child(
        Characteristic::new("APPAUTH")
            .parm("AAUTHLEVEL", "APPSRV")
            .parm("AAUTHTYPE", "DIGEST")
            .parm("AAUTHNAME", &account.client.name)
            .parm("AAUTHSECRET", account.client.secret.expose())
            .parm("AAUTHDATA", binary::encode(&account.client.nonce)),
    )
}

fn dm_client(client: &DmClient) -> Characteristic {
    let mut node = Characteristic::new(PROVIDER_ID).typed("EntDMID", &client.ent_dm_id, "string");
    let texts = [
        ("UPN", &client.upn),
        ("EntDeviceName", &client.ent_device_name),
        ("SyncApplicationVersion", &client.sync_application_version),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            node = node.typed(name, text, "string");
        }
    }
    let provider = Characteristic::new("Provider").child(node.child(poll(&client.poll)));
    Characteristic::new("DMClient").child(provider)
}

fn poll(poll: &Poll) -> Characteristic {
    let numbers = [
        ("NumberOfFirstRetries", poll.first.count),
        ("IntervalForFirstSetOfRetries", poll.first.interval_minutes),
        ("NumberOfSecondRetries", poll.second.count),
        ("IntervalForSecondSetOfRetries", poll.second.interval_minutes),
        ("NumberOfRemainingScheduledRetries", poll.remaining.count),
        ("IntervalForRemainingScheduledRetries", poll.remaining.interval_minutes),
    ];
    let node = numbers
        .into_iter()
        .fold(Characteristic::new("Poll"), |node, (name, number)| {
            node.typed(name, number.to_string(), "integer")
        });
    node.typed("PollOnLogin", poll.on_login.to_string(), "boolean").typed(
        "AllUsersPollOnFirstLogin",
        poll.all_users_on_first_login.to_string(),
        "boolean",
    )
}
