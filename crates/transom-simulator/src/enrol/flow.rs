//! The four requests of an enrolment, in order.

use transom_mde::ReplyError;
use transom_mde::discovery::{AuthPolicy, DEVICE_TYPE_WINDOWS, DiscoverRequest, DiscoverResponse};
use transom_mde::policy::{GetPolicies, GetPoliciesResponse, OID_SHA256};
use transom_mde::rst::{RequestSecurityToken, SecurityTokenResponse};
use transom_mde::soap::{CONTENT_TYPE, Credential, Reply, ReplyBody, Request, RequestBody};

use super::{Credentials, EnrollError, EnrollStep, certificate_request, check_document, shape};
use crate::account::Account;
use crate::http::{Client, Response, Url};
use crate::key::{DeviceKey, KeySource};
use crate::machine::Machine;
use crate::tls::{ClientIdentity, Trust, client_config};

/// The path that Windows puts behind the host of a mail domain (docs/PROTOCOL.md, 2).
const DISCOVERY_PATH: &str = "/EnrollmentServer/Discovery.svc";
/// Bits that Windows makes a key with, and that the policy must allow.
const KEY_BITS: u32 = 2048;

/// What an enrolment leaves.
pub(crate) struct Enrolled {
    pub(crate) account: Account,
    pub(crate) identity: ClientIdentity,
    /// With the root of the document.
    pub(crate) trust: Trust,
    pub(crate) handshakes: u64,
}

/// Enrols a PC. Nothing of the PC changes; the caller installs the result.
pub(crate) async fn enroll(
    machine: &mut Machine,
    keys: &KeySource,
    discovery_url: &str,
    trust: &Trust,
    credentials: &Credentials,
) -> Result<Enrolled, EnrollError> {
    let url = discovery_address(discovery_url)?;
    let mut flow = Flow {
        config: client_config(trust, None, true)?,
        client: None,
        handshakes: 0,
    };
    flow.probe(&url).await?;
    let services = flow.discover(machine, &url, credentials).await?;
    if let Some(policy) = &services.policy {
        flow.policies(machine, policy, credentials.to_soap()).await?;
    }
    let key = keys.key(machine.identity().index).await?;
    let (document, key) = flow.certificate(machine, &services.enrolment, credentials, key).await?;
    let document = check_document(&document, &key)?;
    let trust = match &document.root {
        Some(root) => trust.with_root(&root.der)?,
        None => trust.clone(),
    };
    let account = Account::from_document(&document);
    let intermediate = document.intermediate.map(|one| one.der);
    Ok(Enrolled {
        account,
        identity: ClientIdentity::new(document.client.der, intermediate, key),
        trust,
        handshakes: flow.handshakes + flow.client.map_or(0, |client| client.handshakes()),
    })
}

/// A server's address without a path means the path that Windows would use.
fn discovery_address(text: &str) -> Result<Url, EnrollError> {
    let parse = |text: &str| {
        Url::parse(text).map_err(|error| EnrollError::Http {
            step: EnrollStep::Probe,
            source: error.into(),
        })
    };
    let url = parse(text)?;
    if url.target() == "/" {
        parse(&format!("{}{DISCOVERY_PATH}", text.trim_end_matches('/')))
    } else {
        Ok(url)
    }
}

struct Services {
    policy: Option<Url>,
    enrolment: Url,
}

struct Flow {
    config: std::sync::Arc<rustls::ClientConfig>,
    client: Option<Client>,
    /// Of clients that are gone.
    handshakes: u64,
}

impl Flow {
    /// The connection to a server, the present one if it leads there.
    fn client(&mut self, url: &Url) -> &mut Client {
        let here = self.client.take();
        let same = here
            .as_ref()
            .is_some_and(|client| client.url().authority() == url.authority());
        let client = match here {
            Some(client) if same => client,
            other => {
                self.handshakes += other.map_or(0, |client| client.handshakes());
                Client::new(url.clone(), std::sync::Arc::clone(&self.config))
            }
        };
        self.client.insert(client)
    }

    async fn probe(&mut self, url: &Url) -> Result<(), EnrollError> {
        let step = EnrollStep::Probe;
        let headers = [
            ("User-Agent", "ENROLLClient"),
            ("Cache-Control", "no-cache"),
            ("Pragma", "no-cache"),
        ];
        let response = self
            .client(url)
            .send("GET", url.target(), &headers, None)
            .await
            .map_err(|source| EnrollError::Http { step, source })?;
        if response.status != 200 || !response.body.is_empty() {
            let what = format!("status {} with {} bytes", response.status, response.body.len());
            return Err(EnrollError::Rule { step, what });
        }
        Ok(())
    }

    async fn discover(
        &mut self,
        machine: &mut Machine,
        url: &Url,
        credentials: &Credentials,
    ) -> Result<Services, EnrollError> {
        let step = EnrollStep::Discover;
        let profile = machine.identity().profile;
        let body = DiscoverRequest {
            email: credentials.email().to_owned(),
            request_version: profile.request_version(),
            device_type: DEVICE_TYPE_WINDOWS.to_owned(),
            // A program without a manifest of its own is told an old version (docs/PROTOCOL.md, 2).
            application_version: if credentials.is_typed() {
                profile.application_version().to_owned()
            } else {
                "6.2.9200.1".to_owned()
            },
            os_edition: Some(profile.os_edition()),
            auth_policies: vec![AuthPolicy::OnPremise, AuthPolicy::Federated],
        };
        let asked = body.request_version;
        let (reply, _): (DiscoverResponse, _) = self.ask(machine, step, url, Credential::None, body).await?;
        let rule = |what: &str| EnrollError::Rule {
            step,
            what: what.to_owned(),
        };
        if credentials.is_typed() && reply.auth_policy != AuthPolicy::OnPremise {
            return Err(rule("the server wants no password"));
        }
        if reply.enrollment_version.is_some_and(|version| version > asked) {
            return Err(rule("the server chose a version that the PC does not speak"));
        }
        let enrolment = Url::parse(&reply.enrollment_url).map_err(|_| rule("EnrollmentServiceUrl is no address"))?;
        let policy = reply
            .policy_url
            .map(|url| Url::parse(&url).map_err(|_| rule("EnrollmentPolicyServiceUrl is no address")))
            .transpose()?;
        // Without a policy the PC would sign with SHA-1 (docs/PROTOCOL.md, 4).
        if !policy.as_ref().is_some_and(|policy| policy.same_host(&enrolment)) {
            return Err(rule("policy and enrolment services have to be on the same host"));
        }
        Ok(Services { policy, enrolment })
    }

    async fn policies(&mut self, machine: &mut Machine, url: &Url, credential: Credential) -> Result<(), EnrollError> {
        let step = EnrollStep::GetPolicies;
        let (policy, _): (GetPoliciesResponse, _) =
            self.ask(machine, step, url, credential, GetPolicies::default()).await?;
        let rule = |what: &str| EnrollError::Rule {
            step,
            what: what.to_owned(),
        };
        if policy.minimal_key_length != KEY_BITS {
            return Err(rule("the key is to have another length than 2048 bits"));
        }
        match policy.hash {
            Some(hash) if hash.oid == OID_SHA256 => Ok(()),
            _ => Err(rule("the request is not to be signed with SHA-256")),
        }
    }

    async fn certificate(
        &mut self,
        machine: &mut Machine,
        url: &Url,
        credentials: &Credentials,
        key: std::sync::Arc<DeviceKey>,
    ) -> Result<(Vec<u8>, std::sync::Arc<DeviceKey>), EnrollError> {
        let step = EnrollStep::RequestSecurityToken;
        let csr = certificate_request(machine.identity(), &key)?;
        let context = machine.identity().context(credentials.is_typed());
        let body = RequestSecurityToken::issue(csr, context);
        let (reply, response): (SecurityTokenResponse, _) =
            self.ask(machine, step, url, credentials.to_soap(), body).await?;
        if let Some(what) = shape::token_reply(&response.body) {
            return Err(EnrollError::Rule { step, what });
        }
        if reply.expires_ms <= reply.created_ms {
            let what = "the reply was never fresh".to_owned();
            return Err(EnrollError::Rule { step, what });
        }
        Ok((reply.document, key))
    }

    /// Sends one SOAP message and reads the reply of its kind.
    async fn ask<Q: RequestBody, R: ReplyBody>(
        &mut self,
        machine: &mut Machine,
        step: EnrollStep,
        url: &Url,
        credential: Credential,
        body: Q,
    ) -> Result<(R, Response), EnrollError> {
        let message_id = machine.message_id();
        let to = format!("https://{}{}", url.authority(), url.target());
        let text = Request::new(message_id.as_str(), to, credential, body).encode();
        let headers = [("User-Agent", "ENROLLClient"), ("Content-Type", CONTENT_TYPE)];
        let response = self
            .client(url)
            .send("POST", url.target(), &headers, Some(text.as_bytes()))
            .await
            .map_err(|source| EnrollError::Http { step, source })?;
        if let Some(what) = shape::transport(&response) {
            let what = format!("status {}: {what}", response.status);
            return Err(EnrollError::Rule { step, what });
        }
        let status = response.status;
        match Reply::<R>::decode(&response.body) {
            Ok(_) if status != 200 => {
                let what = format!("a reply with status {status}");
                Err(EnrollError::Rule { step, what })
            }
            Ok(reply) if reply.header.relates_to.as_deref() != Some(&message_id) => {
                let what = "RelatesTo does not name the request".to_owned();
                Err(EnrollError::Rule { step, what })
            }
            Ok(reply) => Ok((reply.body, response)),
            Err(ReplyError::Fault(fault)) => {
                let fault = Box::new(fault.fault);
                Err(EnrollError::Fault { step, fault, status })
            }
            Err(ReplyError::Malformed(source)) => Err(EnrollError::Reply { step, status, source }),
        }
    }
}
