//! Records to test with. A number tells two of a kind apart; every optional field is set.

use super::environment::NOW;
use crate::{
    ApiTokenId, ApplicationId, AuditId, BatchId, CommandId, DeviceId, EnrollmentId, EnrollmentTemplateId,
    EnrollmentTokenId, EnterpriseId, OrganizationId, ScriptId, SegmentRoleId, ServiceAccountId, UserId,
    api_token::ApiToken,
    application::{Application, ApplicationOrigin},
    audit::{AuditEntry, Outcome},
    command::{Command, CommandBatch, CommandConfig, CommandState, TIME_TO_LIVE},
    device::{Device, DeviceQuery, DeviceReport, DeviceSort, DeviceState, RefreshArea, Reported, StateChange, Summary},
    enrollment::{Enrollment, EnrollmentKind, EnrollmentState, Fingerprint, IssuedCertificate, SessionCredentials},
    enrollment_template::{
        AuxiliaryField, Condition, EnrollmentTemplate, FieldKind, LoginProvider, MobilityApp, Rule,
        evaluate::{RuleResult, RuleTrace},
        outcome::{self, Given},
        placement::{PlacedBy, Placement, PlacementState},
        ruling::TraceEntry,
    },
    enrollment_token::EnrollmentToken,
    organization::{Organization, Slug},
    page::PageRequest,
    permission::{Grant, PermissionSet},
    policy::{
        Policy,
        content::{PolicyScript, ScriptKind},
    },
    role::{BuiltInRole, SegmentRole},
    script::{RunAs, Runner, Script, assigned::DeviceScript},
    secret::{Secret, SecretHash},
    segment::{Segment, SegmentId, SegmentScope},
    service_account::{Assignment, RoleName, ServiceAccount},
    session::SessionRecord,
    smart_attribute::{Input, Output, SmartAttribute, Source},
    user::{Email, User},
};
use serde_json::json;
use std::{collections::BTreeSet, time::Duration};

/// The id of number `n`, of any kind.
#[must_use]
pub fn id<I: From<[u8; 12]>>(n: u32) -> I {
    let mut bytes = [0xa0; 12];
    bytes[8..].copy_from_slice(&n.to_be_bytes());
    I::from(bytes)
}

/// 32 bytes of number `n`.
#[must_use]
pub fn bytes(n: u32) -> [u8; 32] {
    let mut bytes = [0xb0; 32];
    bytes[28..].copy_from_slice(&n.to_be_bytes());
    bytes
}

/// The organization that the other records belong to.
#[must_use]
pub fn home() -> OrganizationId {
    id(1)
}

/// An organization.
#[must_use]
pub fn organization(n: u32) -> Organization {
    Organization {
        id: id(n),
        slug: Slug::parse(&format!("organization-{n}")).unwrap(),
        name: format!("Organization {n}"),
        enterprise: id::<EnterpriseId>(n),
        created_at: NOW,
    }
}

/// A segment of an organization, below its root.
#[must_use]
pub fn segment(organization: OrganizationId, n: u32) -> Segment {
    Segment {
        organization,
        id: SegmentId(n),
        name: format!("Segment {n}"),
        parent: Some(SegmentId::ROOT),
        icon: Some("house".to_owned()),
        color: Some("#00ff00".to_owned()),
        created_at: NOW,
    }
}

/// A user at home.
#[must_use]
pub fn user(n: u32) -> User {
    User {
        id: id::<UserId>(n),
        organization: home(),
        email: Email::parse(&format!("user{n}@example.com")).unwrap(),
        name: Some(format!("User {n}")),
        password_hash: Some("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g".to_owned()),
        tags: vec!["zebra".to_owned(), "Ape".to_owned()],
        language: Some("de-CH".to_owned()),
        metadata: json!({ "desk": 7, "on": true }).as_object().unwrap().clone(),
        created_at: NOW,
        updated_at: NOW + Duration::from_secs(5),
    }
}

/// A bearer token at home.
#[must_use]
pub fn api_token(n: u32) -> ApiToken {
    ApiToken {
        id: id::<ApiTokenId>(n),
        organization: home(),
        account: id(1),
        name: format!("Token {n}"),
        hash: SecretHash(bytes(n)),
        permissions: PermissionSet(vec![
            Grant::parse("mdm.windows.*").unwrap(),
            Grant::parse("base.organization.segment.list").unwrap(),
        ]),
        segments: vec![SegmentId(2), SegmentId(1)],
        addresses: vec!["192.0.2.0/24".parse().unwrap(), "2001:db8::/32".parse().unwrap()],
        created_at: NOW,
        expires_at: Some(NOW + Duration::from_secs(60)),
        revoked_at: Some(NOW + Duration::from_secs(30)),
        last_used_at: Some(NOW + Duration::from_secs(10)),
    }
}

/// A service account at home, with a role of each kind.
#[must_use]
pub fn service_account(n: u32) -> ServiceAccount {
    let assignment = |role, segments: &[u32]| Assignment {
        role,
        segments: segments.iter().copied().map(SegmentId).collect(),
    };
    ServiceAccount {
        id: id::<ServiceAccountId>(n),
        organization: home(),
        name: format!("Account {n}"),
        description: Some("For tests".to_owned()),
        assignments: vec![
            assignment(RoleName::BuiltIn(BuiltInRole::Viewer), &[]),
            assignment(RoleName::Own(id(1)), &[2, 1]),
            assignment(RoleName::None(PermissionSet::everything()), &[1]),
        ],
        created_at: NOW + Duration::from_secs(n.into()),
        updated_at: NOW + Duration::from_secs(60),
    }
}

/// A segment role at home.
#[must_use]
pub fn segment_role(n: u32) -> SegmentRole {
    SegmentRole {
        id: id::<SegmentRoleId>(n),
        organization: home(),
        name: format!("Role {n}"),
        slug: format!("role-{n}"),
        actions: PermissionSet(vec![
            Grant::parse("mdm.windows.*").unwrap(),
            Grant::parse("*.get").unwrap(),
        ]),
        created_at: NOW,
        updated_at: NOW + Duration::from_secs(60),
    }
}

/// An enrolment token at home, for [`user`] 1, of no template and without policies.
#[must_use]
pub fn enrollment_token(n: u32) -> EnrollmentToken {
    EnrollmentToken {
        id: id::<EnrollmentTokenId>(n),
        organization: home(),
        segment: SegmentId(1),
        places: true,
        user: Some(id(1)),
        hash: SecretHash(bytes(n)),
        value: None,
        template: None,
        display_name: Some(format!("PC of ä {n}")),
        tags: vec!["zebra".to_owned(), "Ape".to_owned()],
        primary: None,
        assignments: Vec::new(),
        language: Some("de-CH".to_owned()),
        email_text: Some("Welcome.\nBegin here.".to_owned()),
        uses_max: 3,
        uses: 1,
        created_at: NOW,
        updated_at: NOW + Duration::from_secs(5),
        expires_at: NOW + Duration::from_secs(60),
        revoked_at: Some(NOW + Duration::from_secs(30)),
    }
}

/// An active device at home, in segment 1, of [`user`] 1. Higher numbers were made later.
#[must_use]
pub fn device(n: u32) -> Device {
    let at = |seconds: u64| NOW + Duration::from_secs(seconds + u64::from(n));
    let custom = json!({ "room": "B 12", "floor": 3, "nested": { "ok": [true, null] } });
    Device {
        id: id::<DeviceId>(n),
        organization: home(),
        segment: SegmentId(1),
        user: Some(id(1)),
        display_name: format!("Desk {n}"),
        tags: vec!["zebra".to_owned(), "Ape".to_owned()],
        win_id: format!("WIN-ID-{n:04}"),
        state: DeviceState::Active,
        summary: Summary {
            name: Some(format!("PC-{n}")),
            os_version: Some("10.0.26200.9278".to_owned()),
            os_version_name: Some("Windows 11 Enterprise".to_owned()),
            serial_number: Some(format!("SN-{n:04}")),
            imei: Some(format!("35693803564{n:04}")),
            battery: Some("85%".to_owned()),
            manufacturer: Some("Contoso".to_owned()),
            model: Some("Book 3".to_owned()),
        },
        custom_config: custom.as_object().unwrap().clone(),
        refresh_needed: BTreeSet::from([RefreshArea::Hardware]),
        possible_duplicate_of: None,
        enrolled_by: None,
        last_status_report: Some(at(30)),
        enrolled_at: Some(at(20)),
        created_at: at(0),
        updated_at: at(40),
    }
}

/// What a device reported.
#[must_use]
pub fn report() -> DeviceReport {
    let mut report = DeviceReport::default();
    report.put("./DevInfo/Man", Reported::Value("Contoso \u{1f5a5} \"x\"".to_owned()));
    report.put(
        "./DevDetail/SwV",
        Reported::Unreadable {
            code: 404,
            reason: "CommandNotFound".to_owned(),
        },
    );
    report.dates.insert("hardware".to_owned(), NOW);
    report
}

/// A step of a device's life, `n` seconds in.
#[must_use]
pub fn state_change(state: DeviceState, n: u32) -> StateChange {
    StateChange {
        state,
        at: NOW + Duration::from_secs(n.into()),
        reason: format!("reason-{n}"),
        actor: Some("commandLine:command line".to_owned()),
        request_id: Some(format!("request-{n}")),
    }
}

/// An active enrolment of a device, by [`user`] 1 with [`enrollment_token`] 1. Higher numbers were made later.
#[must_use]
pub fn enrollment(n: u32, device: DeviceId) -> Enrollment {
    Enrollment {
        id: id::<EnrollmentId>(n),
        organization: home(),
        device,
        state: EnrollmentState::Active,
        win_id: format!("WIN-ID-{n:04}"),
        hw_dev_id: Some("hardware".to_owned()),
        user: Some(id(1)),
        token: Some(id(1)),
        kind: EnrollmentKind::Device,
        certificate: IssuedCertificate {
            fingerprint: Fingerprint(bytes(n)),
            thumbprint: format!("{n:040X}"),
            serial: format!("{n:032x}"),
            not_before: NOW,
            not_after: NOW + Duration::from_secs(365 * 24 * 3600),
        },
        credentials: SessionCredentials {
            name: format!("credential-{n}"),
            digest: "ZGlnZXN0".to_owned(),
            nonce: vec![0, 1, 255],
            previous_nonce: Some(vec![9, 8]),
            server_secret: "server secret".to_owned(),
            server_nonce: vec![7; 16],
        },
        facts: vec![
            ("OSEdition".to_owned(), "4".to_owned()),
            ("DeviceName".to_owned(), "PC-ä".to_owned()),
            ("OSEdition".to_owned(), "again".to_owned()),
        ],
        placement: Some(placement(n)),
        dev_info_hash: Some("ab".repeat(32)),
        refused: 2,
        configured: true,
        created_at: NOW + Duration::from_secs(n.into()),
    }
}

/// A placement by [`enrollment_template`] 1, whose second rule waits for the serial number.
#[must_use]
pub fn placement(n: u32) -> Placement {
    let entry = |index, result, reason: &str| TraceEntry {
        template: id(1),
        rule: RuleTrace {
            index,
            name: (index == 0).then(|| format!("Rule {n}")),
            result,
            reason: reason.to_owned(),
        },
    };
    Placement {
        by: Some(PlacedBy {
            template: id(1),
            state: PlacementState::Undecided,
            rule: Some(1),
            rule_name: None,
            trace: vec![
                entry(0, RuleResult::NotMatched, "tags are not executive"),
                entry(1, RuleResult::Undecided, "not known yet: serialNumber"),
            ],
        }),
        outcome: outcome::Outcome {
            tags: vec!["ä".to_owned()],
            segment: Some(SegmentId(1)),
            assignments: Some(vec![
                Given {
                    policy: id(1),
                    priority: None,
                },
                Given {
                    policy: id(2),
                    priority: Some(7),
                },
            ]),
            display_name: Some("Desk".to_owned()),
        },
        is_applied: true,
        pending_name: None,
        renames_computer: true,
        was_called: "PC-ä".to_owned(),
    }
}

/// An enrolment template at home, in segment 1, with every part; its token is [`enrollment_token`] with its number.
#[must_use]
pub fn enrollment_template(n: u32) -> EnrollmentTemplate {
    EnrollmentTemplate {
        id: id::<EnrollmentTemplateId>(n),
        organization: home(),
        segment: SegmentId(1),
        name: format!("Büro {n}"),
        description: Some("For offices.".to_owned()),
        rules: vec![
            Rule {
                name: Some("Serial numbers".to_owned()),
                display_name_pattern: Some("PC-{{device.serial_short|upper}}".to_owned()),
                rename_computer: true,
                tags: vec!["office".to_owned(), "Ä".to_owned()],
                conditions: vec![Condition {
                    tags: vec![vec!["a".to_owned(), "b".to_owned()], vec!["c".to_owned()]],
                    auxiliary_fields: vec![vec!["site:*".to_owned()]],
                    patterns: vec!["^PC-".to_owned()],
                    identifiers: vec!["SN-1".to_owned()],
                }],
                segment: Some(SegmentId(2)),
                ..Rule::default()
            },
            Rule::default(),
        ],
        auxiliary_fields: vec![AuxiliaryField {
            kind: FieldKind::Select,
            key: "site".to_owned(),
            title: Some("Site".to_owned()),
            description: None,
            options: vec!["Bern".to_owned(), "Genève".to_owned()],
        }],
        login_providers: vec![LoginProvider::EntraId, LoginProvider::Password],
        allow_auto_continue: true,
        mobility_app: Some(MobilityApp {
            tenant: "tenant".to_owned(),
            client: "client".to_owned(),
            secret: Secret::presented("geheim ä"),
        }),
        token: id(n),
        counter: 0,
        created_at: NOW + Duration::from_secs(n.into()),
        updated_at: NOW + Duration::from_secs(60 + u64::from(n)),
    }
}

/// A session of an enrolment.
#[must_use]
pub fn session(enrollment: EnrollmentId) -> SessionRecord {
    SessionRecord {
        enrollment,
        session_id: "1F".to_owned(),
        msg_id: 3,
        body_hash: bytes(1),
        reply: "<SyncML>ä</SyncML>".to_owned(),
        open: true,
        state: r#"{"step":"managing"}"#.to_owned(),
        updated_at: NOW,
    }
}

/// A queued command. Batch `n` has the commands `100 n`, `100 n + 1`, …
#[must_use]
pub fn command(batch: u32, device: DeviceId, n: u32) -> Command {
    Command {
        id: id::<CommandId>(batch * 100 + n),
        batch: id(batch),
        device,
        sequence: 0,
        config: CommandConfig::check(
            "./Vendor/MSFT/Policy/Config/Camera/AllowCamera",
            "Add",
            Some("0"),
            "int",
        )
        .unwrap(),
        state: CommandState::Queued {
            not_before: None,
            code: None,
        },
        unanswered: 0,
        retries: 0,
        sent_at: None,
        expires_at: NOW + TIME_TO_LIVE,
        data: Vec::new(),
        updated_at: NOW,
    }
}

/// A batch of `count` queued commands.
#[must_use]
pub fn batch(n: u32, device: DeviceId, count: u32) -> CommandBatch {
    CommandBatch {
        id: id::<BatchId>(n),
        organization: home(),
        device,
        user: Some(id(1)),
        name: Some(format!("Batch {n}")),
        created_by: "token:tests".to_owned(),
        commands: (0..count).map(|i| command(n, device, i)).collect(),
        created_at: NOW,
        updated_at: NOW,
    }
}

/// An entry of the audit record.
#[must_use]
pub fn audit_entry(n: u32) -> AuditEntry {
    AuditEntry {
        id: id::<AuditId>(n),
        organization: home(),
        at: NOW,
        action: "mdm.windows.device.move".to_owned(),
        actor_kind: "token".to_owned(),
        actor_id: Some("actor".to_owned()),
        actor_name: "tests".to_owned(),
        target_kind: Some("winDevice".to_owned()),
        target_id: Some(format!("target-{n}")),
        segment: Some(SegmentId(1)),
        permission: Some("mdm.windows.*".to_owned()),
        route: Some("PUT /v1/…/move".to_owned()),
        address: Some("192.0.2.1".to_owned()),
        request_id: Some(format!("request-{n}")),
        outcome: Outcome::Refused {
            code: 4001,
            reason: "no".to_owned(),
        },
        before: Some(json!({ "segmentId": 0 })),
        after: Some(serde_json::Value::Null),
    }
}

/// All devices at home, oldest first.
#[must_use]
pub fn device_query() -> DeviceQuery {
    DeviceQuery {
        organization: home(),
        scope: SegmentScope::All,
        show_deleted: false,
        states: Vec::new(),
        tags: Vec::new(),
        user: None,
        policy: None,
        template: None,
        placement: None,
        serial_number: None,
        imei: None,
        name: None,
        os_version: None,
        search: None,
        sort: DeviceSort::CreatedAt,
        descending: false,
        page: PageRequest::default(),
    }
}

/// A policy at home, in segment 1, with every part. Higher numbers were made and changed later.
#[must_use]
pub fn policy(n: u32) -> Policy {
    let content = json!({
        "config": { "./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera": 0, "./User/Ä": "\u{1f5a5} \"x\"", "./Gone": null },
        "applications": [{
            "winApplicationId": "507f1f77bcf86cd799439044",
            "configuration": { "language": "en", "deep": [1.5, true] },
            "action": "forceInstall",
            "updatePolicy": { "autoUpdate": true }
        }],
        "bookmarks": [{ "title": "Wiki", "description": "All of it", "url": "https://wiki", "iconBase64": "AA==", "iconUrl": "https://icon" }],
        "scripts": [{ "type": "onDemand", "id": "script", "loopTime": 60, "resetDate": "2026-02-10T00:00:00.000Z", "arguments": "-A" }],
        "admxConfigs": [{ "winAdmxConfigId": "507f1f77bcf86cd799439055" }],
        "agentConfiguration": { "enabled": true, "buildTag": "v2", "allowLocation": false },
        "assets": [{ "mdmAssetId": "507f1f77bcf86cd799439066", "location": "C:\\A", "assetName": "a", "scope": "all-users" }]
    });
    Policy {
        id: id(n),
        organization: home(),
        segment: SegmentId(1),
        name: format!("Policy {n}"),
        content: serde_json::from_value(content).unwrap(),
        expose_to_children: false,
        version: 1,
        created_at: NOW + Duration::from_secs(n.into()),
        updated_at: NOW + Duration::from_secs((n + 100).into()),
    }
}

/// An application at home, in segment 1: of the store if `n` is odd, else of an asset. Higher numbers were made and changed
/// later.
#[must_use]
pub fn application(n: u32) -> Application {
    Application {
        id: id(n),
        organization: home(),
        segment: SegmentId(1),
        name: format!("Application {n}"),
        description: Some("Does it\nall".to_owned()),
        origin: if n % 2 == 1 {
            ApplicationOrigin::Store {
                win_store_id: format!("9NBLGGH4NNS{n}"),
            }
        } else {
            ApplicationOrigin::Asset {
                mdm_asset_id: id::<ApplicationId>(n).to_string(),
            }
        },
        filter: Some("x64".to_owned()),
        expose_to_children: false,
        created_at: NOW + Duration::from_secs(n.into()),
        updated_at: NOW + Duration::from_secs((n + 100).into()),
    }
}

/// A script at home, in segment 1. Higher numbers were made and changed later.
#[must_use]
pub fn script(n: u32) -> Script {
    Script {
        id: id(n),
        organization: home(),
        segment: SegmentId(1),
        name: format!("Script {n}"),
        description: Some("Cleans up".to_owned()),
        content: "Remove-Item C:\\Temp\r\n# \u{1f5a5} 'x'".to_owned(),
        runner: Runner::Pwsh,
        context: RunAs::User,
        timeout_seconds: 60 + n,
        file_name: Some(format!("clean-{n}.ps1")),
        enforce_signature_check: n.is_multiple_of(2),
        run_as_32_bit: !n.is_multiple_of(2),
        expose_to_children: false,
        created_at: NOW + Duration::from_secs(n.into()),
        updated_at: NOW + Duration::from_secs((n + 100).into()),
    }
}

/// A script given to a device, with everything that can be said of it.
#[must_use]
pub fn device_script(n: u32) -> DeviceScript {
    DeviceScript {
        run: PolicyScript {
            kind: ScriptKind::Loop,
            id: id::<ScriptId>(n).to_string(),
            loop_time: Some(60),
            reset_date: Some("2026-02-10T00:00:00.000Z".to_owned()),
            arguments: Some("-Name {{device.hostName}}".to_owned()),
        },
        scope: Some(RunAs::System),
    }
}

/// A smart attribute at home that is given to devices: any text.
#[must_use]
pub fn smart_attribute(n: u32) -> SmartAttribute {
    SmartAttribute {
        id: id(n),
        organization: home(),
        name: format!("Attribute {n}"),
        description: Some("What it is".to_owned()),
        input: Input::Manual,
        source: Source::It,
        output: Output::String,
        created_at: NOW + Duration::from_secs(n.into()),
        updated_at: NOW + Duration::from_secs((n + 100).into()),
    }
}
