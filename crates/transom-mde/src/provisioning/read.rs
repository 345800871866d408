//! A tree to values, refusing whatever a PC might refuse.

use super::tree::{Characteristic, Document};
use super::{
    Account, Certificate, CertificateStore, ClientCredential, DmClient, PROVIDER_ID, Poll, ProvisioningDocument,
    Retries, ServerCredential, Thumbprint,
};
use crate::binary;
use crate::error::Problem;
use crate::secret::Secret;

pub(super) fn document(document: &Document) -> Result<ProvisioningDocument, Problem> {
    if document.version != "1.1" {
        return Err(Problem::Invalid {
            element: "version",
            reason: "not 1.1",
        });
    }
    let (store, client) = client_certificate(document)?;
    Ok(ProvisioningDocument {
        root: issuer(document, "Root")?,
        intermediate: issuer(document, "CA")?,
        client,
        store,
        account: account(one(document, &["APPLICATION"], "APPLICATION")?)?,
        dm_client: dm_client(one(
            document,
            &["DMClient", "Provider", PROVIDER_ID],
            "DMClient/Provider/Transom",
        )?)?,
    })
}

fn one<'a>(document: &'a Document, path: &[&str], name: &'static str) -> Result<&'a Characteristic, Problem> {
    let parent = "wap-provisioningdoc";
    match document.at(path)[..] {
        [] => Err(Problem::Missing { element: name, parent }),
        [node] => Ok(node),
        _ => Err(Problem::Duplicate { element: name, parent }),
    }
}

/// At most one root and one intermediate may be in this document (docs/PROTOCOL.md, 7).
fn issuer(document: &Document, name: &'static str) -> Result<Option<Certificate>, Problem> {
    let stores = document.at(&["CertificateStore", name, "System"]);
    let mut nodes = stores.iter().flat_map(|store| &store.children);
    match (nodes.next(), nodes.next()) {
        (None, _) => Ok(None),
        (Some(node), None) => certificate(node).map(Some),
        (Some(_), Some(_)) => Err(Problem::Duplicate {
            element: "certificate",
            parent: name,
        }),
    }
}

fn client_certificate(document: &Document) -> Result<(CertificateStore, Certificate), Problem> {
    let mut found = None;
    for kind in [CertificateStore::User, CertificateStore::System] {
        for store in document.at(&["CertificateStore", "My", kind.name()]) {
            // The container is a sibling of the certificate in some documents and a child of it in others.
            let container = |node: &Characteristic| node.kind == "PrivateKeyContainer";
            let mut keys = store.children.iter().filter(|node| container(node)).count();
            for node in store.children.iter().filter(|node| !container(node)) {
                keys += node.children.iter().filter(|node| container(node)).count();
                if found.replace((kind, certificate(node)?)).is_some() {
                    return Err(Problem::Duplicate {
                        element: "certificate",
                        parent: "CertificateStore/My",
                    });
                }
            }
            if keys != 1 {
                return Err(Problem::Missing {
                    element: "PrivateKeyContainer",
                    parent: "CertificateStore/My",
                });
            }
        }
    }
    found.ok_or(Problem::Missing {
        element: "certificate",
        parent: "CertificateStore/My",
    })
}

fn certificate(node: &Characteristic) -> Result<Certificate, Problem> {
    let thumbprint = Thumbprint::new(node.kind.as_str()).map_err(|_| Problem::Invalid {
        element: "thumbprint",
        reason: "not 40 upper-case hexadecimal digits",
    })?;
    let der = required(node, "EncodedCertificate", "certificate")?;
    Ok(Certificate {
        thumbprint,
        der: bytes(der, "EncodedCertificate")?,
    })
}

fn account(node: &Characteristic) -> Result<Account, Problem> {
    const APPLICATION: &str = "APPLICATION";
    for (name, expected) in [
        ("APPID", "w7"),
        ("PROVIDER-ID", PROVIDER_ID),
        ("DEFAULTENCODING", "application/vnd.syncml.dm+xml"),
    ] {
        if required(node, name, APPLICATION)? != expected {
            return Err(Problem::Invalid {
                element: name,
                reason: "not the constant that it has to be",
            });
        }
    }
    let address = required(node, "ADDR", APPLICATION)?;
    if !address.starts_with("https://") {
        return Err(Problem::Invalid {
            element: "ADDR",
            reason: "not an address with https",
        });
    }
    required(node, "NAME", APPLICATION)?;
    let server = credential(node, "CLIENT")?;
    let client = credential(node, "APPSRV")?;
    Ok(Account {
        address: address.to_owned(),
        connection_retries: number(node, "CONNRETRYFREQ")?,
        initial_backoff_ms: number(node, "INITIALBACKOFFTIME")?,
        maximal_backoff_ms: number(node, "MAXBACKOFFTIME")?,
        certificate_search: optional(node, "SSLCLIENTCERTSEARCHCRITERIA", APPLICATION)?.map(str::to_owned),
        server: ServerCredential {
            secret: secret(server)?,
            nonce: nonce(server)?,
        },
        client: ClientCredential {
            name: required(client, "AAUTHNAME", "APPAUTH")?.to_owned(),
            secret: secret(client)?,
            nonce: nonce(client)?,
        },
    })
}

/// Both levels must be there, each with a real nonce: Windows 11 25H2 refuses the document otherwise
/// (docs/PROTOCOL.md, 7).
fn credential<'a>(account: &'a Characteristic, level: &'static str) -> Result<&'a Characteristic, Problem> {
    let parent = if level == "CLIENT" {
        "APPAUTH of level CLIENT"
    } else {
        "APPAUTH of level APPSRV"
    };
    let mut found = account
        .children
        .iter()
        .filter(|node| node.kind == "APPAUTH" && node.value("AAUTHLEVEL") == Some(level));
    let node = found.next().ok_or(Problem::Missing {
        element: parent,
        parent: "APPLICATION",
    })?;
    if found.next().is_some() {
        return Err(Problem::Duplicate {
            element: parent,
            parent: "APPLICATION",
        });
    }
    if required(node, "AAUTHTYPE", parent)? != "DIGEST" {
        return Err(Problem::Invalid {
            element: "AAUTHTYPE",
            reason: "not DIGEST",
        });
    }
    Ok(node)
}

fn secret(node: &Characteristic) -> Result<Secret, Problem> {
    required(node, "AAUTHSECRET", "APPAUTH").map(Secret::new)
}

fn nonce(node: &Characteristic) -> Result<Vec<u8>, Problem> {
    bytes(required(node, "AAUTHDATA", "APPAUTH")?, "AAUTHDATA")
}

fn dm_client(node: &Characteristic) -> Result<DmClient, Problem> {
    const PROVIDER: &str = "DMClient/Provider/Transom";
    let text = |name: &'static str| Ok::<_, Problem>(optional(node, name, PROVIDER)?.map(str::to_owned));
    let mut polls = node.children.iter().filter(|child| child.kind == "Poll");
    let schedule = polls.next().ok_or(Problem::Missing {
        element: "Poll",
        parent: PROVIDER,
    })?;
    if polls.next().is_some() {
        return Err(Problem::Duplicate {
            element: "Poll",
            parent: PROVIDER,
        });
    }
    Ok(DmClient {
        ent_dm_id: required(node, "EntDMID", PROVIDER)?.to_owned(),
        upn: text("UPN")?,
        ent_device_name: text("EntDeviceName")?,
        sync_application_version: text("SyncApplicationVersion")?,
        poll: poll(schedule)?,
    })
}

fn poll(node: &Characteristic) -> Result<Poll, Problem> {
    let set = |interval, count| {
        Ok::<_, Problem>(Retries {
            interval_minutes: number(node, interval)?,
            count: number(node, count)?,
        })
    };
    let poll = Poll {
        first: set("IntervalForFirstSetOfRetries", "NumberOfFirstRetries")?,
        second: set("IntervalForSecondSetOfRetries", "NumberOfSecondRetries")?,
        remaining: set(
            "IntervalForRemainingScheduledRetries",
            "NumberOfRemainingScheduledRetries",
        )?,
        on_login: boolean(node, "PollOnLogin")?,
        all_users_on_first_login: boolean(node, "AllUsersPollOnFirstLogin")?,
    };
    poll.check().map_err(|_| Problem::Invalid {
        element: "Poll",
        reason: "a schedule that Windows does not keep",
    })?;
    Ok(poll)
}

fn optional<'a>(
    node: &'a Characteristic,
    name: &'static str,
    parent: &'static str,
) -> Result<Option<&'a str>, Problem> {
    if node.parms.iter().filter(|parm| parm.name == name).count() > 1 {
        return Err(Problem::Duplicate { element: name, parent });
    }
    Ok(node.value(name))
}

/// A parameter that has to be there and to have a value.
fn required<'a>(node: &'a Characteristic, name: &'static str, parent: &'static str) -> Result<&'a str, Problem> {
    let value = optional(node, name, parent)?.filter(|value| !value.is_empty());
    value.ok_or(Problem::Missing { element: name, parent })
}

fn number(node: &Characteristic, name: &'static str) -> Result<u32, Problem> {
    let text = required(node, name, "characteristic")?;
    text.parse().map_err(|_| Problem::Invalid {
        element: name,
        reason: "not a number in range",
    })
}

fn boolean(node: &Characteristic, name: &'static str) -> Result<bool, Problem> {
    let text = required(node, name, "Poll")?;
    text.parse().map_err(|_| Problem::Invalid {
        element: name,
        reason: "neither true nor false",
    })
}

fn bytes(text: &str, name: &'static str) -> Result<Vec<u8>, Problem> {
    binary::decode_strict(text)
        .filter(|bytes| !bytes.is_empty())
        .ok_or(Problem::Invalid {
            element: name,
            reason: "not base64 on one line",
        })
}
