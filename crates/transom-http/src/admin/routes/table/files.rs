//! Assets and ADMX templates (B.5).

use super::shapes::{changes, looks};
use crate::admin::{
    query::{QueryField, QueryKind},
    routes::{
        AnswerSchema, BodyRule, FormRule, Operation, Part, PartKind, Route, SMALL_BODY_BYTES_MAX, Verb,
        parameters::{LIMIT, PAGE},
    },
};
use transom_domain::{
    admx::{ADML_BYTES_MAX, ADMX_BYTES_MAX},
    asset::AssetKind,
    device::find::IDENTIFIER_CHARS_MAX,
};

/// Largest JSON body of a template, in bytes: both files at their largest, with a quarter more for quotes and line breaks
/// that JSON escapes.
const ADMX_BODY_BYTES_MAX: usize = (ADMX_BYTES_MAX + ADML_BYTES_MAX) / 4 * 5;

const fn part(name: &'static str, kind: PartKind) -> Part {
    Part { name, kind }
}

const ASSET_PARTS: &[Part] = &[
    part("file", PartKind::File),
    part("name", PartKind::Text),
    part("type", PartKind::Text),
    part("description", PartKind::Text),
    part("segmentId", PartKind::Text),
    part("exposeToChildren", PartKind::Text),
];

const ADMX_PARTS: &[Part] = &[
    part("admx", PartKind::Document(ADMX_BYTES_MAX)),
    part("adml", PartKind::Document(ADML_BYTES_MAX)),
    part("appName", PartKind::Text),
    part("settingType", PartKind::Text),
    part("fileName", PartKind::Text),
    part("description", PartKind::Text),
    part("segmentId", PartKind::Text),
    part("exposeToChildren", PartKind::Text),
];

const fn body(
    bytes_max: usize,
    schema: &'static str,
    parts: &'static [Part],
    form: &'static str,
    is_only: bool,
) -> Option<BodyRule> {
    Some(BodyRule {
        bytes_max,
        schema,
        form: Some(FormRule {
            parts,
            schema: form,
            is_only,
        }),
    })
}

const SEGMENT: QueryField = QueryField::new("segmentId", QueryKind::Segment, "Those in this segment.");

const EXPAND: QueryField = QueryField::new(
    "expandTo",
    QueryKind::Choice(&["children", "ancestors"]),
    "With segmentId: also everything below it, or everything above it.",
);

/// A text of the length that identifiers have, for filters.
const WORD: QueryKind = QueryKind::Text(IDENTIFIER_CHARS_MAX);

const ASSET_QUERY: &[QueryField] = &[
    PAGE,
    LIMIT,
    QueryField::new(
        "sort",
        QueryKind::Sort(&["createdAt", "updatedAt", "name", "size"]),
        "field:asc or field:desc; createdAt:desc if left out.",
    ),
    SEGMENT,
    EXPAND,
    QueryField::repeated(
        "type",
        QueryKind::Choice(&AssetKind::NAMES),
        AssetKind::ALL.len(),
        "Assets of this type; may be given several times.",
    ),
    QueryField::new("search", WORD, "Assets with this text in the name or the file's name."),
];

const ADMX_QUERY: &[QueryField] = &[
    PAGE,
    LIMIT,
    QueryField::new(
        "sort",
        QueryKind::Sort(&["createdAt", "updatedAt", "appName", "fileName"]),
        "field:asc or field:desc; createdAt:desc if left out.",
    ),
    SEGMENT,
    EXPAND,
    QueryField::new(
        "search",
        WORD,
        "Templates with this text in application, file or description.",
    ),
];

const DEFINITION_QUERY: &[QueryField] = &[
    PAGE,
    LIMIT,
    QueryField::new(
        "search",
        WORD,
        "Policies with this text in name, display name, category or registry key.",
    ),
    QueryField::new(
        "class",
        QueryKind::Choice(&["Machine", "User", "Both"]),
        "Policies of exactly this class.",
    ),
];

/// The rows.
pub(super) const ROWS: &[Route] = &[
    looks(
        Operation::ListAssets,
        mdm!("/assets"),
        "mdm.global.asset.list",
        ASSET_QUERY,
        "List assets",
        AnswerSchema::Page("Asset"),
    ),
    changes(
        Operation::CreateAsset,
        (Verb::Post, mdm!("/assets")),
        "mdm.global.asset.create",
        body(SMALL_BODY_BYTES_MAX, "CreateAsset", ASSET_PARTS, "CreateAsset", true),
        "Upload a file",
        AnswerSchema::Data("Asset"),
    ),
    looks(
        Operation::ShowAsset,
        mdm!("/assets/{mdmAssetId}"),
        "mdm.global.asset.get",
        &[],
        "Show an asset",
        AnswerSchema::Data("Asset"),
    ),
    changes(
        Operation::UpdateAsset,
        (Verb::Put, mdm!("/assets/{mdmAssetId}")),
        "mdm.global.asset.update",
        body(SMALL_BODY_BYTES_MAX, "UpdateAsset", ASSET_PARTS, "UploadAsset", false),
        "Change an asset, or replace its file; fields that are left out stay as they are",
        AnswerSchema::Data("Asset"),
    ),
    changes(
        Operation::RemoveAsset,
        (Verb::Delete, mdm!("/assets/{mdmAssetId}")),
        "mdm.global.asset.remove",
        None,
        "Remove an asset that nothing uses",
        AnswerSchema::Data("RemovedAsset"),
    ),
    looks(
        Operation::ViewAsset,
        mdm!("/assets/{mdmAssetId}/view"),
        "mdm.global.asset.get",
        &[],
        "Download the file of an asset",
        AnswerSchema::Binary,
    ),
    looks(
        Operation::ListAdmxConfigs,
        windows!("/admx-configs"),
        "mdm.windows.admxConfig.list",
        ADMX_QUERY,
        "List ADMX templates",
        AnswerSchema::Page("AdmxConfig"),
    ),
    changes(
        Operation::CreateAdmxConfig,
        (Verb::Post, windows!("/admx-configs")),
        "mdm.windows.admxConfig.create",
        body(
            ADMX_BODY_BYTES_MAX,
            "CreateAdmxConfig",
            ADMX_PARTS,
            "UploadAdmxConfig",
            false,
        ),
        "Upload an ADMX template",
        AnswerSchema::Data("AdmxConfig"),
    ),
    looks(
        Operation::ShowAdmxConfig,
        windows!("/admx-configs/{winAdmxConfigId}"),
        "mdm.windows.admxConfig.get",
        &[],
        "Show an ADMX template",
        AnswerSchema::Data("AdmxConfig"),
    ),
    changes(
        Operation::UpdateAdmxConfig,
        (Verb::Put, windows!("/admx-configs/{winAdmxConfigId}")),
        "mdm.windows.admxConfig.update",
        body(
            ADMX_BODY_BYTES_MAX,
            "UpdateAdmxConfig",
            ADMX_PARTS,
            "ReplaceAdmxConfig",
            false,
        ),
        "Change an ADMX template, or replace its files; fields that are left out stay as they are",
        AnswerSchema::Data("AdmxConfig"),
    ),
    changes(
        Operation::RemoveAdmxConfig,
        (Verb::Delete, windows!("/admx-configs/{winAdmxConfigId}")),
        "mdm.windows.admxConfig.remove",
        None,
        "Remove an ADMX template that nothing uses",
        AnswerSchema::Data("RemovedAdmxConfig"),
    ),
    looks(
        Operation::ListAdmxDefinitions,
        windows!("/admx-configs/{winAdmxConfigId}/definitions"),
        "mdm.windows.admxConfig.get",
        DEFINITION_QUERY,
        "List the policies that an ADMX template defines",
        AnswerSchema::Page("AdmxDefinition"),
    ),
];
