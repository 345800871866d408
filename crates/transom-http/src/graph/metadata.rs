//! `$metadata`: what is served, as "OData 4.01 CSDL XML" describes it.

use super::{
    detected_apps,
    devices::{
        actions::table::{ACTIONS, ActionKind},
        properties::{self, RESULT, ROWS},
    },
    endpoint::GraphCall,
    error::GraphError,
    reply::GraphReply,
    routes::Version,
    scripts,
};
use transom_odata::{Kind, Property};

/// The overview, and what it is made of.
const OVERVIEW_TYPES: &str = r#"      <ComplexType Name="deviceOperatingSystemSummary" OpenType="true">
        <Property Name="windowsCount" Type="Edm.Int32" Nullable="false"/>
      </ComplexType>
      <ComplexType Name="deviceExchangeAccessStateSummary" OpenType="true">
        <Property Name="unavailableDeviceCount" Type="Edm.Int32" Nullable="false"/>
      </ComplexType>
      <EntityType Name="managedDeviceOverview" BaseType="microsoft.graph.entity" OpenType="true">
        <Property Name="enrolledDeviceCount" Type="Edm.Int32" Nullable="false"/>
        <Property Name="mdmEnrolledCount" Type="Edm.Int32" Nullable="false"/>
        <Property Name="dualEnrolledDeviceCount" Type="Edm.Int32" Nullable="false"/>
        <Property Name="deviceOperatingSystemSummary" Type="microsoft.graph.deviceOperatingSystemSummary"/>
        <Property Name="deviceExchangeAccessStateSummary" Type="microsoft.graph.deviceExchangeAccessStateSummary"/>
      </EntityType>
"#;

/// Runs of scripts, and their numbers.
const RUN_TYPES: &str = r#"      <EnumType Name="runState">
        <Member Name="unknown" Value="0"/>
        <Member Name="success" Value="1"/>
        <Member Name="fail" Value="2"/>
        <Member Name="scriptError" Value="3"/>
        <Member Name="pending" Value="4"/>
        <Member Name="notApplicable" Value="5"/>
      </EnumType>
      <EntityType Name="deviceManagementScriptDeviceState" BaseType="microsoft.graph.entity" OpenType="true">
        <Property Name="runState" Type="microsoft.graph.runState"/>
        <Property Name="resultMessage" Type="Edm.String"/>
        <Property Name="lastStateUpdateDateTime" Type="Edm.DateTimeOffset"/>
        <Property Name="errorCode" Type="Edm.Int32"/>
        <Property Name="errorDescription" Type="Edm.String"/>
        <NavigationProperty Name="managedDevice" Type="microsoft.graph.managedDevice"/>
      </EntityType>
      <EntityType Name="deviceManagementScriptUserState" BaseType="microsoft.graph.entity" OpenType="true"/>
      <EntityType Name="deviceManagementScriptRunSummary" BaseType="microsoft.graph.entity" OpenType="true">
        <Property Name="successDeviceCount" Type="Edm.Int32" Nullable="false"/>
        <Property Name="errorDeviceCount" Type="Edm.Int32" Nullable="false"/>
        <Property Name="successUserCount" Type="Edm.Int32" Nullable="false"/>
        <Property Name="errorUserCount" Type="Edm.Int32" Nullable="false"/>
      </EntityType>
"#;

/// Runs of a script, where they are.
const RUN_NAVIGATION: &str = r#"        <NavigationProperty Name="deviceRunStates" Type="Collection(microsoft.graph.deviceManagementScriptDeviceState)" ContainsTarget="true"/>
        <NavigationProperty Name="userRunStates" Type="Collection(microsoft.graph.deviceManagementScriptUserState)" ContainsTarget="true"/>
        <NavigationProperty Name="runSummary" Type="microsoft.graph.deviceManagementScriptRunSummary" ContainsTarget="true"/>
"#;

/// What assignments and actions of scripts are made of.
const ASSIGNMENT_TYPES: &str = r#"      <ComplexType Name="deviceAndAppManagementAssignmentTarget" Abstract="true" OpenType="true"/>
      <ComplexType Name="allDevicesAssignmentTarget" BaseType="microsoft.graph.deviceAndAppManagementAssignmentTarget" OpenType="true"/>
      <ComplexType Name="groupAssignmentTarget" BaseType="microsoft.graph.deviceAndAppManagementAssignmentTarget" OpenType="true">
        <Property Name="groupId" Type="Edm.String"/>
      </ComplexType>
      <ComplexType Name="exclusionGroupAssignmentTarget" BaseType="microsoft.graph.groupAssignmentTarget" OpenType="true"/>
      <ComplexType Name="hasPayloadLinkResultItem" OpenType="true">
        <Property Name="payloadId" Type="Edm.String"/>
        <Property Name="hasLink" Type="Edm.Boolean"/>
        <Property Name="error" Type="Edm.String"/>
        <Property Name="sources" Type="Collection(Edm.String)"/>
      </ComplexType>
      <Action Name="assign" IsBound="true">
        <Parameter Name="bindingParameter" Type="microsoft.graph.deviceManagementScript"/>
        <Parameter Name="deviceManagementScriptGroupAssignments" Type="Collection(microsoft.graph.deviceManagementScriptGroupAssignment)"/>
        <Parameter Name="deviceManagementScriptAssignments" Type="Collection(microsoft.graph.deviceManagementScriptAssignment)"/>
      </Action>
      <Action Name="hasPayloadLinks" IsBound="true">
        <Parameter Name="bindingParameter" Type="Collection(microsoft.graph.deviceManagementScript)"/>
        <Parameter Name="payloadIds" Type="Collection(Edm.String)" Nullable="false"/>
        <ReturnType Type="Collection(microsoft.graph.hasPayloadLinkResultItem)" Nullable="false"/>
      </Action>
"#;

/// `GET $metadata`
pub fn show(call: &GraphCall) -> Result<GraphReply, GraphError> {
    properties::nothing_asked(&call.call)?;
    Ok(GraphReply::Xml(document(call.version)))
}

/// The document of a version.
fn document(version: Version) -> String {
    let mut enums = String::new();
    let own = ROWS.iter().filter(|row| row.is_in(version)).map(|row| &row.property);
    let own = described(own, &mut enums);
    let results = described(RESULT, &mut enums);
    let apps = described(detected_apps::PROPERTIES, &mut enums);
    let scripts = match version {
        Version::V1 => String::new(),
        Version::Beta => {
            let properties = described(scripts::PROPERTIES, &mut enums);
            let assignments = described(scripts::assignments::PROPERTIES, &mut enums);
            let groups = described(scripts::assignments::GROUP_PROPERTIES, &mut enums);
            format!(
                "      <EntityType Name=\"deviceManagementScript\" BaseType=\"microsoft.graph.entity\" OpenType=\"true\">\n\
                 {properties}\
                 \x20       <NavigationProperty Name=\"assignments\" Type=\"Collection(microsoft.graph.deviceManagementScriptAssignment)\" ContainsTarget=\"true\"/>\n\
                 \x20       <NavigationProperty Name=\"groupAssignments\" Type=\"Collection(microsoft.graph.deviceManagementScriptGroupAssignment)\" ContainsTarget=\"true\"/>\n\
                 {RUN_NAVIGATION}      </EntityType>\n{RUN_TYPES}\
                 \x20     <EntityType Name=\"deviceManagementScriptAssignment\" BaseType=\"microsoft.graph.entity\" OpenType=\"true\">\n\
                 {assignments}      </EntityType>\n\
                 \x20     <EntityType Name=\"deviceManagementScriptGroupAssignment\" BaseType=\"microsoft.graph.entity\" OpenType=\"true\">\n\
                 {groups}      </EntityType>\n{ASSIGNMENT_TYPES}"
            )
        }
    };
    let actions = actions(version);
    let (lists, expanded) = match version {
        Version::V1 => ("", ""),
        Version::Beta => (
            "        <NavigationProperty Name=\"deviceManagementScripts\" Type=\"Collection(microsoft.graph.deviceManagementScript)\" ContainsTarget=\"true\"/>\n",
            "        <NavigationProperty Name=\"detectedApps\" Type=\"Collection(microsoft.graph.detectedApp)\"/>\n",
        ),
    };
    let windows = match version {
        Version::V1 => "",
        Version::Beta => {
            "      <EntityType Name=\"windowsManagedDevice\" BaseType=\"microsoft.graph.managedDevice\"/>\n"
        }
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <edmx:Edmx Version=\"4.0\" xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\">\n  <edmx:DataServices>\n    \
         <Schema Namespace=\"microsoft.graph\" xmlns=\"http://docs.oasis-open.org/odata/ns/edm\">\n{enums}\
         \x20     <ComplexType Name=\"deviceActionResult\" OpenType=\"true\">\n{results}      </ComplexType>\n\
         \x20     <ComplexType Name=\"hardwareInformation\" OpenType=\"true\"/>\n\
         \x20     <EntityType Name=\"entity\" Abstract=\"true\">\n        <Key><PropertyRef Name=\"id\"/></Key>\n\
         \x20       <Property Name=\"id\" Type=\"Edm.String\" Nullable=\"false\"/>\n      </EntityType>\n\
         \x20     <EntityType Name=\"user\" BaseType=\"microsoft.graph.entity\" OpenType=\"true\">\n\
         \x20       <NavigationProperty Name=\"managedDevices\" Type=\"Collection(microsoft.graph.managedDevice)\" ContainsTarget=\"true\"/>\n\
         \x20     </EntityType>\n\
         \x20     <EntityType Name=\"managedDevice\" BaseType=\"microsoft.graph.entity\" OpenType=\"true\">\n{own}\
         \x20       <NavigationProperty Name=\"users\" Type=\"Collection(microsoft.graph.user)\"/>\n\
         \x20       <NavigationProperty Name=\"deviceCategory\" Type=\"microsoft.graph.deviceCategory\"/>\n{expanded}\
         \x20     </EntityType>\n{windows}\
         \x20     <EntityType Name=\"deviceCategory\" BaseType=\"microsoft.graph.entity\" OpenType=\"true\"/>\n\
         \x20     <EntityType Name=\"detectedApp\" BaseType=\"microsoft.graph.entity\" OpenType=\"true\">\n{apps}\
         \x20       <NavigationProperty Name=\"managedDevices\" Type=\"Collection(microsoft.graph.managedDevice)\"/>\n\
         \x20     </EntityType>\n{OVERVIEW_TYPES}{scripts}{actions}\
         \x20     <EntityType Name=\"deviceManagement\" BaseType=\"microsoft.graph.entity\" OpenType=\"true\">\n\
         \x20       <NavigationProperty Name=\"managedDevices\" Type=\"Collection(microsoft.graph.managedDevice)\" ContainsTarget=\"true\"/>\n\
         \x20       <NavigationProperty Name=\"detectedApps\" Type=\"Collection(microsoft.graph.detectedApp)\" ContainsTarget=\"true\"/>\n\
         \x20       <NavigationProperty Name=\"managedDeviceOverview\" Type=\"microsoft.graph.managedDeviceOverview\" ContainsTarget=\"true\"/>\n{lists}\
         \x20     </EntityType>\n\
         \x20     <EntityContainer Name=\"GraphService\">\n\
         \x20       <EntitySet Name=\"users\" EntityType=\"microsoft.graph.user\"/>\n\
         \x20       <EntitySet Name=\"managedDevices\" EntityType=\"microsoft.graph.managedDevice\"/>\n\
         \x20       <Singleton Name=\"deviceManagement\" Type=\"microsoft.graph.deviceManagement\"/>\n\
         \x20     </EntityContainer>\n    </Schema>\n  </edmx:DataServices>\n</edmx:Edmx>\n"
    )
}

/// The remote actions that are carried out.
fn actions(version: Version) -> String {
    let mut text = String::new();
    for action in ACTIONS.iter().filter(|action| action.is_in(version)) {
        let parameters: &[(&str, &str)] = match action.kind {
            ActionKind::Refused(_) => continue,
            ActionKind::Wipe => &[
                ("keepEnrollmentData", "Edm.Boolean"),
                ("keepUserData", "Edm.Boolean"),
                ("useProtectedWipe", "Edm.Boolean"),
            ],
            ActionKind::Clean => &[("keepUserData", "Edm.Boolean")],
            ActionKind::Scan => &[("quickScan", "Edm.Boolean")],
            ActionKind::Rename => &[("deviceName", "Edm.String")],
            ActionKind::Pause => &[("pauseTimePeriodInMinutes", "Edm.Int32")],
            ActionKind::Sync
            | ActionKind::Reboot
            | ActionKind::Lock
            | ActionKind::Retire
            | ActionKind::Signatures
            | ActionKind::BitLocker
            | ActionKind::Laps => &[],
        };
        text.push_str(&format!(
            "      <Action Name=\"{}\" IsBound=\"true\">\n        \
             <Parameter Name=\"bindingParameter\" Type=\"microsoft.graph.managedDevice\"/>\n",
            action.name
        ));
        for (name, of_type) in parameters {
            text.push_str(&format!("        <Parameter Name=\"{name}\" Type=\"{of_type}\"/>\n"));
        }
        text.push_str("      </Action>\n");
    }
    text
}

/// The properties of a type but for its id, whose enumerations are added to `enums`.
fn described<'p>(properties: impl IntoIterator<Item = &'p Property>, enums: &mut String) -> String {
    let own = properties.into_iter().filter(|p| p.name != "id");
    let mut text = String::new();
    for property in own {
        let (name, of_type) = (property.name, type_of(property));
        text.push_str(&format!("        <Property Name=\"{name}\" Type=\"{of_type}\"/>\n"));
        if let Kind::Enum(values) = property.kind {
            enums.push_str(&format!("      <EnumType Name=\"{name}Values\">\n"));
            for (number, value) in values.iter().enumerate() {
                enums.push_str(&format!("        <Member Name=\"{value}\" Value=\"{number}\"/>\n"));
            }
            enums.push_str("      </EnumType>\n");
        }
    }
    text
}

/// The type of a property.
fn type_of(property: &Property) -> String {
    match property.kind {
        Kind::Text => "Edm.String".to_owned(),
        Kind::Boolean => "Edm.Boolean".to_owned(),
        Kind::Integer => "Edm.Int64".to_owned(),
        Kind::Decimal => "Edm.Decimal".to_owned(),
        Kind::Moment => "Edm.DateTimeOffset".to_owned(),
        Kind::Guid => "Edm.Guid".to_owned(),
        Kind::Enum(_) => format!("microsoft.graph.{}Values", property.name),
        Kind::Complex => match property.name {
            "deviceActionResults" => "Collection(microsoft.graph.deviceActionResult)".to_owned(),
            "roleScopeTagIds" => "Collection(Edm.String)".to_owned(),
            "target" => "microsoft.graph.deviceAndAppManagementAssignmentTarget".to_owned(),
            "hardwareInformation" => "microsoft.graph.hardwareInformation".to_owned(),
            _ => "Edm.Untyped".to_owned(),
        },
    }
}
