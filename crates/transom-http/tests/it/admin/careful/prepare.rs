//! For each write route a request that it carries out, on things of its own.

use super::{super::rules, Lab, M};
use crate::admin::world::{NewDevice, O, W};
use actix_web::http::Method;
use serde_json::{Value, json};
use transom_http::admin::{
    careful::subject,
    routes::{Operation, Route},
};

/// A request that a route carries out.
pub struct Prepared {
    pub route: &'static Route,
    pub path: String,
    pub body: Option<Value>,
    /// The path that shows what has an ETag, where there is such a thing.
    pub shown_at: Option<String>,
}

/// Path, body, and the path that shows what has an ETag.
type Request = (String, Option<Value>, Option<String>);

fn creates(list: String, body: Value) -> Request {
    (list, Some(body), None)
}

fn changes(path: String, body: Value) -> Request {
    (path.clone(), Some(body), Some(path))
}

fn removes(path: String) -> Request {
    (path.clone(), None, Some(path))
}

fn below(path: String, rest: &str, body: Option<Value>) -> Request {
    (format!("{path}/{rest}"), body, Some(path))
}

impl Lab {
    /// A request that the route carries out. There is one for every route that writes: what holds for all of them is
    /// tested with all of them.
    pub async fn prepare(&self, route: &'static Route) -> Prepared {
        let (path, body, shown_at) = self.request(route.operation).await;
        let name = route.name();
        assert_eq!(body.is_some(), route.body.is_some(), "{name}");
        assert_eq!(shown_at.is_some(), subject::of(route).is_some(), "{name}");
        Prepared {
            route,
            path,
            body,
            shown_at,
        }
    }

    // No wildcard: a new route does not compile before it is prepared here, or said to write nothing.
    async fn request(&self, operation: Operation) -> Request {
        use Operation as Op;
        match operation {
            Op::UpdateDevice => changes(self.device().await, json!({ "displayName": "New" })),
            Op::RefreshDevice => below(self.device().await, "info", Some(json!({ "info": ["applications"] }))),
            Op::MoveDevice => {
                let north: u32 = last(&self.segment().await).parse().unwrap();
                below(self.device().await, "move", Some(json!({ "segmentId": north })))
            }
            Op::DeleteDevice => removes(self.device().await),
            Op::CreateCommands => below(self.device().await, "commands", Some(commands())),
            Op::CancelCommands => below(self.batch().await.0, "cancel", None),
            Op::CancelAction => {
                let (batch, command) = self.batch().await;
                below(batch, &format!("actions/{command}/cancel"), None)
            }
            Op::CreatePolicy => creates(format!("{W}/policies"), json!({ "name": "Baseline" })),
            Op::UpdatePolicy => changes(self.policy().await, json!({ "name": self.name("Another") })),
            Op::DeletePolicy => removes(self.policy().await),
            Op::ClonePolicy => below(self.policy().await, "clone", Some(json!({ "name": "Copy" }))),
            Op::RollBackPolicy => {
                let policy = self.policy().await;
                let change = json!({ "config": { "./A": "1" } });
                self.world.put(&policy, change).await.data();
                below(policy, "rollback", Some(json!({ "version": 1 })))
            }
            Op::CreateUser => creates(format!("{M}/users"), json!({ "email": self.email() })),
            Op::UpdateUser => changes(self.user().await, json!({ "name": "Ada" })),
            Op::RemoveUser => removes(self.user().await),
            Op::CreateSegment => creates(format!("{O}/segments"), json!({ "name": self.name("South") })),
            Op::UpdateSegment => (self.segment().await, Some(json!({ "name": self.name("South") })), None),
            Op::RemoveSegment => (self.segment().await, None, None),
            Op::CreateServiceAccount => creates(format!("{O}/service-accounts"), json!({ "name": "CI" })),
            Op::UpdateServiceAccount => changes(self.account().await, json!({ "name": self.name("Another") })),
            Op::RemoveServiceAccount => removes(self.account().await),
            Op::CreateToken => below(self.account().await, "tokens", Some(json!({ "name": "first" }))),
            Op::RevokeToken => {
                let account = self.account().await;
                let token = self
                    .made(&format!("{account}/tokens"), json!({ "name": "first" }))
                    .await;
                (token, None, Some(account))
            }
            Op::CreateSegmentRole => creates(format!("{O}/segment-roles"), self.a_role()),
            Op::UpdateSegmentRole => changes(self.role().await, json!({ "name": self.name("Another") })),
            Op::RemoveSegmentRole => removes(self.role().await),
            Op::CreateEnrollmentTemplate => {
                let policy = last(&self.policy().await);
                let body = json!({ "name": self.name("Office"), "rules": [{ "winPolicyId": policy }] });
                creates(format!("{W}/enrollment-templates"), body)
            }
            Op::UpdateEnrollmentTemplate => changes(self.template().await, json!({ "name": self.name("Another") })),
            Op::RemoveEnrollmentTemplate => removes(self.template().await),
            Op::RevealTemplateToken => below(self.template().await, "token/reveal", None),
            Op::RotateTemplateToken => below(self.template().await, "token/rotate", None),
            Op::CreateEnrollmentToken => creates(format!("{W}/enrollment-tokens"), json!({ "sendEmail": false })),
            Op::CreateEnrollmentTokens => {
                let user = self.user().await;
                let email = self.world.get(&user).await.data()["email"].clone();
                let body = json!({ "sendEmail": false, "userEmails": [email] });
                creates(format!("{W}/enrollment-tokens/bulk"), body)
            }
            Op::UpdateEnrollmentToken => changes(self.enrollment_token().await, json!({ "tags": ["new"] })),
            Op::RemoveEnrollmentToken => removes(self.enrollment_token().await),
            Op::CreateDefaultConfig => creates(format!("{W}/default-config"), default_config(&self.template().await)),
            Op::RemoveDefaultConfig => {
                let body = default_config(&self.template().await);
                removes(self.made(&format!("{W}/default-config"), body).await)
            }
            Op::CreateAudience => creates(
                format!("{M}/device-audiences"),
                json!({ "name": "Sales", "selectors": { "deviceGroups": [["sales"]] } }),
            ),
            Op::UpdateAudience => changes(self.audience().await, json!({ "name": self.name("Another") })),
            Op::RemoveAudience => removes(self.audience().await),
            Op::CreateAutomationRule => {
                let audience = last(&self.audience().await);
                let policy = rules::policy(&self.world, 1).await;
                creates(format!("{M}/automation-rules"), rules::body(&audience, &policy, 5))
            }
            Op::UpdateAutomationRule => changes(self.rule().await, json!({ "enabled": false })),
            Op::RemoveAutomationRule => removes(self.rule().await),
            Op::CreateApplication => creates(format!("{W}/applications"), application()),
            Op::UpdateApplication => changes(self.application().await, json!({ "name": self.name("Another") })),
            Op::RemoveApplication => removes(self.application().await),
            Op::CreateScript => creates(format!("{M}/scripts"), script()),
            Op::UpdateScript => changes(self.script().await, json!({ "name": self.name("Another") })),
            Op::RemoveScript => removes(self.script().await),
            Op::CreateSmartAttribute => creates(format!("{O}/smart-attributes"), smart_attribute()),
            Op::UpdateSmartAttribute => changes(self.smart_attribute().await, json!({ "name": self.name("Another") })),
            Op::RemoveSmartAttribute => removes(self.smart_attribute().await),
            Op::CreateAsset => creates(
                format!("{M}/assets"),
                json!({ "type": "script", "file=a.ps1": "exit 0" }),
            ),
            Op::UpdateAsset => changes(self.asset().await, json!({ "name": "New", "file=b.ps1": "exit 1" })),
            Op::RemoveAsset => removes(self.asset().await),
            Op::CreateAdmxConfig => creates(format!("{W}/admx-configs"), admx("notes")),
            Op::UpdateAdmxConfig => changes(self.admx_config().await, json!({ "description": "New" })),
            Op::RemoveAdmxConfig => removes(self.admx_config().await),
            Op::Healthz
            | Op::Readyz
            | Op::OpenApi
            | Op::Docs
            | Op::ListDevices
            | Op::ShowDevice
            | Op::ListCommands
            | Op::ShowCommands
            | Op::ListActions
            | Op::ListSegments
            | Op::ListAuditLogs
            | Op::ShowAuditLog
            | Op::ListPolicies
            | Op::ShowPolicy
            | Op::ListPolicyVersions
            | Op::ShowPolicyVersion
            | Op::DiffPolicy
            | Op::ShowEffectivePolicy
            | Op::PreviewEffectivePolicy
            | Op::ListUsers
            | Op::ListUserTags
            | Op::ShowUser
            | Op::ListAllDevices
            | Op::ListDeviceTags
            | Op::ListOsVersions
            | Op::ListOwnSegments
            | Op::ListServiceAccounts
            | Op::ShowServiceAccount
            | Op::ListTokens
            | Op::ListSegmentRoles
            | Op::ShowSegmentRole
            | Op::ListPermissions
            | Op::ListEnrollmentTemplates
            | Op::ShowEnrollmentTemplate
            | Op::SimulateEnrollment
            | Op::ListEnrollmentTokens
            | Op::ShowEnrollmentToken
            | Op::ListDefaultConfigs
            | Op::ShowDefaultConfig
            | Op::ListAudiences
            | Op::ShowAudience
            | Op::PreviewAudience
            | Op::ListAutomationRules
            | Op::ShowAutomationRule
            | Op::DryRunAutomationRule
            | Op::ListRuleMatches
            | Op::ListApplications
            | Op::SearchApplications
            | Op::ShowApplication
            | Op::ListScripts
            | Op::ShowScript
            | Op::ListSmartAttributes
            | Op::ShowSmartAttribute
            | Op::ListAssets
            | Op::ShowAsset
            | Op::ViewAsset
            | Op::ListAdmxConfigs
            | Op::ShowAdmxConfig
            | Op::ListAdmxDefinitions => panic!("{operation:?} writes nothing"),
            Op::Graph(_) => panic!("{operation:?} is not in the table of the management API"),
        }
    }

    /// A name that nothing here has yet: everything can be prepared several times in one lab.
    fn name(&self, of: &str) -> String {
        self.named.set(self.named.get() + 1);
        format!("{of} {}", self.named.get())
    }

    fn email(&self) -> String {
        format!("{}@example.com", self.name("ada").replace(' ', ""))
    }

    fn a_role(&self) -> Value {
        json!({ "name": self.name("Readers"), "actions": ["*.get"] })
    }

    /// The path of something that a list makes.
    async fn made(&self, list: &str, body: Value) -> String {
        let made = self.world.post(list, body).await;
        format!("{list}/{}", made.data()["id"].to_string().trim_matches('"'))
    }

    async fn device(&self) -> String {
        format!("{W}/devices/{}", self.world.device(NewDevice::default()).await)
    }

    /// The path of a batch, and the id of its command.
    async fn batch(&self) -> (String, String) {
        let list = format!("{}/commands", self.device().await);
        let sent = self.world.post(&list, commands()).await;
        let batch = format!("{list}/{}", sent.data()["id"].as_str().unwrap());
        (batch, sent.data()["commands"][0]["cmdId"].as_str().unwrap().to_owned())
    }

    async fn policy(&self) -> String {
        self.made(&format!("{W}/policies"), json!({ "name": "Baseline" })).await
    }

    async fn user(&self) -> String {
        self.made(&format!("{M}/users"), json!({ "email": self.email() })).await
    }

    async fn segment(&self) -> String {
        self.made(&format!("{O}/segments"), json!({ "name": self.name("North") }))
            .await
    }

    async fn account(&self) -> String {
        self.made(&format!("{O}/service-accounts"), json!({ "name": "CI" }))
            .await
    }

    async fn role(&self) -> String {
        self.made(&format!("{O}/segment-roles"), self.a_role()).await
    }

    /// The path of a new template.
    async fn template(&self) -> String {
        let policy = last(&self.policy().await);
        let body = json!({ "name": self.name("Template"), "rules": [{ "winPolicyId": policy }] });
        self.made(&format!("{W}/enrollment-templates"), body).await
    }

    async fn enrollment_token(&self) -> String {
        self.made(&format!("{W}/enrollment-tokens"), json!({ "sendEmail": false }))
            .await
    }

    async fn audience(&self) -> String {
        let audience = rules::audience(&self.world, json!({ "deviceGroups": [["sales"]] })).await;
        format!("{M}/device-audiences/{audience}")
    }

    async fn rule(&self) -> String {
        let audience = last(&self.audience().await);
        let policy = rules::policy(&self.world, 1).await;
        let rule = rules::rule(&self.world, &audience, &policy, 5).await;
        format!("{M}/automation-rules/{rule}")
    }

    async fn application(&self) -> String {
        self.made(&format!("{W}/applications"), application()).await
    }

    async fn script(&self) -> String {
        self.made(&format!("{M}/scripts"), script()).await
    }

    async fn smart_attribute(&self) -> String {
        self.made(&format!("{O}/smart-attributes"), smart_attribute()).await
    }

    async fn asset(&self) -> String {
        let parts: [(&str, &[u8]); 2] = [("type", b"script"), ("file=a.ps1", b"exit 0")];
        let path = format!("{M}/assets");
        let made = self.world.upload(Method::POST, &path, &parts, &[]).await;
        format!("{path}/{}", made.data()["id"].as_str().unwrap())
    }

    async fn admx_config(&self) -> String {
        self.made(&format!("{W}/admx-configs"), admx("notes")).await
    }
}

/// The id at the end of a path.
fn last(path: &str) -> String {
    path.rsplit('/').next().unwrap().to_owned()
}

fn commands() -> Value {
    let command = json!({ "config": { "path": "./A", "action": "Get", "format": "null" } });
    json!({ "commands": [command] })
}

fn default_config(template: &str) -> Value {
    json!({ "type": "winEnrollmentTemplate", "modelName": "windows", "elementId": last(template) })
}

fn application() -> Value {
    json!({ "name": "Terminal", "type": "store", "config": { "winStoreId": "9N0DX20HK701" } })
}

fn script() -> Value {
    json!({ "name": "Clean", "content": "exit", "runner": "powershell.exe" })
}

fn smart_attribute() -> Value {
    json!({ "name": "Desk", "input": { "type": "manual" }, "output": { "type": "string" } })
}

/// A template of settings as JSON.
fn admx(file: &str) -> Value {
    let admx = "<policyDefinitions><policies><policy name='p' class='User' key='k'/></policies></policyDefinitions>";
    json!({ "appName": "Notes", "fileName": file, "admx": admx })
}
