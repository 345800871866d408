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
    ("source", r#""direct""#),
    ("winPolicyId", r#""507f1f77bcf86cd799439013""#),
    ("reasons", r#"["tag:sales"]"#),
    ("priorityOrder", r#""ascending""#),
    ("kind", r#""changed""#),
    ("PolicyConflict.kind", r#""value""#),
    (
        "hashBefore",
        r#""9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08""#,
    ),
    (
        "hashAfter",
        r#""2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae""#,
    ),
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
