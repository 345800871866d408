//! Words of audiences and automation rules.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "selectors",
        r#"{"deviceGroups": [["sales", "os:Windows 11*"], ["vip"]], "mdmUserGroups": [["department:sales"]], "emmDeviceIds": [], "admDeviceIds": [], "aosDeviceIds": [], "winDeviceIds": [], "mdmUserIds": [], "serialNumbers": []}"#,
    ),
    (
        "exclude",
        r#"{"deviceGroups": [["kiosk"]], "mdmUserGroups": [], "emmDeviceIds": [], "admDeviceIds": [], "aosDeviceIds": [], "winDeviceIds": [], "mdmUserIds": [], "serialNumbers": []}"#,
    ),
    (
        "CreateDeviceAudience",
        r#"{"name": "Sales", "exposeToChildren": true, "selectors": {"deviceGroups": [["sales", "os:Windows 11*"], ["vip"]], "mdmUserGroups": [["department:sales"]]}, "exclude": {"deviceGroups": [["kiosk"]]}}"#,
    ),
    (
        "UpdateDeviceAudience",
        r#"{"selectors": {"deviceGroups": [["sales"]]}}"#,
    ),
    (
        "PreviewDeviceAudience",
        r#"{"selectors": {"deviceGroups": [["sales"]]}}"#,
    ),
    ("DeviceAudience.name", r#""Sales""#),
    ("DeviceAudienceRef.name", r#""Sales""#),
    ("MatchedDeviceAudience.name", r#""Sales""#),
    (
        "MatchedDeviceAudience.reasons",
        r#"["tag:sales", "user.department:Sales"]"#,
    ),
    (
        "DeviceAudienceMember.reasons",
        r#"["tag:sales", "user.department:Sales"]"#,
    ),
    ("deviceAudienceIds", r#"["507f1f77bcf86cd799439021"]"#),
    (
        "CreateAutomationRule",
        r#"{"name": "Sales policies", "deviceAudienceIds": ["507f1f77bcf86cd799439021"], "action": {"type": "setPolicy", "platform": "windows", "winPolicyId": "507f1f77bcf86cd799439013", "priority": 1}}"#,
    ),
    ("UpdateAutomationRule", r#"{"enabled": false}"#),
    ("DryRunAutomationRule", r#"{"enabled": true}"#),
    ("AutomationRule.name", r#""Sales policies""#),
    ("EnforcingRule.name", r#""Sales policies""#),
    ("AutomationRuleAction.type", r#""setPolicy""#),
    ("platform", r#""windows""#),
    ("AutomationRuleEvaluation.state", r#""current""#),
    ("AutomationRuleEffect.effect", r#""gained""#),
];
