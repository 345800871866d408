//! Words of users, tags, service accounts, roles.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    ("User.name", r#""Ada Lovelace""#),
    ("MdmUser.name", r#""Ada Lovelace""#),
    ("language", r#""de-CH""#),
    (
        "CreateUser",
        r#"{"email": "ada@example.com", "name": "Ada Lovelace", "tags": ["sales"], "language": "de-CH", "metadata": {"costCentre": "4711"}}"#,
    ),
    (
        "UpdateUser",
        r#"{"name": "Ada King", "metadata": {"costCentre": null}}"#,
    ),
    ("actions", r#"["mdm.windows.device.list", "mdm.windows.device.get"]"#),
    ("permissions", r#"["mdm.windows.device.list"]"#),
    ("Permission.name", r#""mdm.windows.device.list""#),
    (
        "Permission.routes",
        r#"["GET /v1/organizations/{organizationId}/mdm/windows/enterprise/devices"]"#,
    ),
    ("roleId", r#""viewer""#),
    ("slug", r#""device-readers""#),
    ("SegmentRole.id", r#""viewer""#),
    ("SegmentRole.name", r#""Device readers""#),
    ("ServiceAccount.name", r#""inventory""#),
    ("identity", r#""507f1f77bcf86cd799439011@default.iam.transom""#),
    (
        "CreateServiceAccount",
        r#"{"name": "inventory", "description": "Reads devices into the inventory", "roles": [{"roleId": "viewer", "segmentIds": [0]}]}"#,
    ),
    (
        "UpdateServiceAccount",
        r#"{"name": "inventory", "roles": [{"roleId": "viewer"}]}"#,
    ),
    (
        "CreateSegmentRole",
        r#"{"name": "Device readers", "slug": "device-readers", "actions": ["mdm.windows.device.list", "mdm.windows.device.get"]}"#,
    ),
    ("UpdateSegmentRole", r#"{"name": "Device readers"}"#),
    ("CreateToken", r#"{"name": "inventory"}"#),
    ("Token.name", r#""inventory""#),
    ("Token.state", r#""valid""#),
    ("allowedAddresses", r#"["192.0.2.0/24"]"#),
    ("token", r#""trm_3q2-7wEjRWeJq83vASNFZ4mrze8BI0VniavN7wEjRWc""#),
];
