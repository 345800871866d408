//! Words of assets and ADMX templates.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "CreateAsset",
        r#"{"file": "Write-Output 'done'", "name": "Clean up", "type": "script"}"#,
    ),
    ("UpdateAsset", r#"{"description": "Removes temporary files"}"#),
    (
        "UploadAsset",
        r#"{"file": "Write-Output 'all done'", "name": "Clean up 2", "type": "script"}"#,
    ),
    ("Asset.name", r#""Clean up""#),
    ("Asset.type", r#""script""#),
    ("Asset.fileName", r#""clean-up.ps1""#),
    ("extension", r#""ps1""#),
    ("contentType", r#""text/plain""#),
    ("RemovedAsset.name", r#""Clean up""#),
    (
        "CreateAdmxConfig",
        r#"{"appName": "Notes", "fileName": "contoso.admx", "admx": "<policyDefinitions><policies><policy name=\"AutoSave\" class=\"User\" key=\"Software\\Policies\\Contoso\\Notes\" valueName=\"AutoSave\"/></policies></policyDefinitions>"}"#,
    ),
    (
        "UploadAdmxConfig",
        r#"{"appName": "Notes", "admx": "<policyDefinitions><policies><policy name=\"AutoSave\" class=\"User\" key=\"Software\\Policies\\Contoso\\Notes\" valueName=\"AutoSave\"/></policies></policyDefinitions>"}"#,
    ),
    ("UpdateAdmxConfig", r#"{"description": "Notes 2.0 and later"}"#),
    (
        "ReplaceAdmxConfig",
        r#"{"admx": "<policyDefinitions><policies><policy name=\"AutoSave\" class=\"User\" key=\"Software\\Policies\\Contoso\\Notes\" valueName=\"AutoSave\"/></policies></policyDefinitions>"}"#,
    ),
    ("appName", r#""Notes""#),
    ("AdmxConfig.fileName", r#""contoso.admx""#),
    ("RemovedAdmxConfig.fileName", r#""contoso.admx""#),
    ("settingType", r#""Policy""#),
    (
        "installUri",
        r#""./Device/Vendor/MSFT/Policy/ConfigOperations/ADMXInstall/Notes/Policy/contoso.admx""#,
    ),
    ("AdmxWarning.policy", r#""Hidden""#),
    ("AdmxWarning.rule", r#""category""#),
    (
        "AdmxWarning.message",
        r#""is in no category of its own template: its LocURI is a guess""#,
    ),
    ("AdmxDefinition.name", r#""AutoSave""#),
    ("class", r#""Both""#),
    ("area", r#""Notes~Policy~notes""#),
    (
        "locUris",
        r#"["./Device/Vendor/MSFT/Policy/Config/Notes~Policy~notes/AutoSave", "./User/Vendor/MSFT/Policy/Config/Notes~Policy~notes/AutoSave"]"#,
    ),
    ("categories", r#"["notes"]"#),
    ("categoryNames", r#"["Contoso Notes"]"#),
    ("explainText", r#""Notes are saved while they are written.""#),
    ("supportedOn", r#""Contoso Notes 2.0 and later""#),
    ("AdmxDefinition.displayName", r#""Save notes by themselves""#),
    ("AdmxDefinition.key", r#""Software\\Policies\\Contoso\\Notes""#),
    ("AdmxDefinition.valueName", r#""AutoSave""#),
    ("AdmxDefinition.enabledValue", r#"{"type": "decimal", "value": 1}"#),
    ("AdmxDefinition.disabledValue", r#"{"type": "decimal", "value": 0}"#),
];
