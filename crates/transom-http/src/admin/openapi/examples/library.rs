//! Words of applications, scripts and smart attributes.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "CreateApplication",
        r#"{"name": "Terminal", "type": "store", "config": {"winStoreId": "9N0DX20HK701"}}"#,
    ),
    (
        "UpdateApplication",
        r#"{"description": "Windows Terminal from the Store"}"#,
    ),
    ("Application.name", r#""Terminal""#),
    ("Application.type", r#""store""#),
    ("winStoreId", r#""9N0DX20HK701""#),
    (
        "CreateScript",
        r#"{"name": "Clean up", "content": "Remove-Item $env:TEMP\\* -Recurse", "runner": "powershell.exe", "context": "system", "timeout": 600}"#,
    ),
    ("UpdateScript", r#"{"timeout": 900}"#),
    ("Script.name", r#""Clean up""#),
    ("ScriptSummary.name", r#""Clean up""#),
    ("DeviceScript.name", r#""Clean up""#),
    ("content", r#""Remove-Item $env:TEMP\\* -Recurse""#),
    ("runner", r#""powershell.exe""#),
    ("context", r#""system""#),
    ("DeviceScript.type", r#""once""#),
    (
        "CreateSmartAttribute",
        r#"{"name": "costCentre", "input": {"type": "enum", "options": ["4711", "4712"]}, "source": "it", "output": {"type": "string"}}"#,
    ),
    ("UpdateSmartAttribute", r#"{"desc": "Who pays for the PC"}"#),
    ("SmartAttribute.name", r#""costCentre""#),
    ("SmartAttributeInput.type", r#""enum""#),
    ("SmartAttributeInput.options", r#"["4711", "4712"]"#),
    ("SmartAttributeOutput.type", r#""string""#),
    ("SmartAttribute.source", r#""it""#),
];
