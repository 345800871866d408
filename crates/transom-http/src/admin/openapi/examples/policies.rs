//! Words of policies and effective policies.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "CreatePolicy",
        r#"{"name": "Baseline", "config": {"./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera": "0"}}"#,
    ),
    (
        "UpdatePolicy",
        r#"{"name": "Baseline", "config": {"./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera": "1"}}"#,
    ),
    ("ClonePolicy", r#"{"name": "Baseline, copy"}"#),
    ("RollBackPolicy", r#"{"version": 1}"#),
    ("Policy.name", r#""Baseline""#),
    ("PolicyVersion.name", r#""Baseline""#),
    ("policyName", r#""Baseline""#),
    ("EffectivePlace.name", r#""Baseline""#),
    ("key", r#""./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera""#),
    ("part", r#""config""#),
    ("source", r#""assigned""#),
    ("winPolicyId", r#""507f1f77bcf86cd799439013""#),
    ("reasons", r#"["assigned to the device"]"#),
    ("priorityOrder", r#""highest-first""#),
    ("kind", r#""changed""#),
    ("PolicyConflict.kind", r#""equal-priority""#),
    ("hashBefore", r#""9f86d081884c7d65""#),
    ("hashAfter", r#""2c26b46b68ffc68f""#),
    ("EffectiveSetting.error", "null"),
    ("PolicyWarning.rule", r#""placeholder""#),
    (
        "PolicyWarning.message",
        r#""the placeholder {{user.email}} has no value""#,
    ),
    (
        "FailedSetting.message",
        r#""the placeholder {{user.email}} has no value""#,
    ),
];
