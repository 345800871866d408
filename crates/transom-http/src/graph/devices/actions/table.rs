//! Remote actions: which there are, what each orders the PC to do, and which action a command is (C.3).

use crate::graph::routes::Version;
use serde_json::{Map, Value};
use transom_domain::{
    command::{
        Action, CommandConfig, Format,
        rename::{COMPUTER_NAME, rename},
        sensitive::UNENROLL_PATH,
    },
    device::update::Violation,
    enrollment::PROVIDER_ID,
};

/// Longest pause of the refresh of settings, in minutes: a day, as the ConfigRefresh node takes it.
const PAUSE_MINUTES_MAX: i64 = 1_440;

const SYNC: &str = "./DevDetail/SwV";
const REBOOT: &str = "./Device/Vendor/MSFT/Reboot/RebootNow";
const LOCK: &str = "./Device/Vendor/MSFT/RemoteLock/Lock";
const WIPE: &str = "./Device/Vendor/MSFT/RemoteWipe/doWipe";
const WIPE_PROTECTED: &str = "./Device/Vendor/MSFT/RemoteWipe/doWipeProtected";
const WIPE_KEEP_ENROLLMENT: &str = "./Device/Vendor/MSFT/RemoteWipe/doWipePersistProvisionedData";
const WIPE_KEEP_USERS: &str = "./Device/Vendor/MSFT/RemoteWipe/doWipePersistUserData";
const CLEAN: &str = "./Device/Vendor/MSFT/CleanPC/CleanPCWithoutRetainingUserData";
const CLEAN_KEEP_USERS: &str = "./Device/Vendor/MSFT/CleanPC/CleanPCRetainingUserData";
const SCAN: &str = "./Device/Vendor/MSFT/Defender/Scan";
const SIGNATURES: &str = "./Device/Vendor/MSFT/Defender/UpdateSignature";
const BITLOCKER: &str = "./Device/Vendor/MSFT/BitLocker/RotateRecoveryPasswords";
const LAPS: &str = "./Device/Vendor/MSFT/LAPS/Actions/ResetPassword";
const PAUSE: &str = "./Device/Vendor/MSFT/DMClient/Provider/Transom/ConfigRefresh/PausePeriod";

/// Every path of an action, so that the newest command of each can be looked up.
pub const PATHS: [&str; 16] = [
    SYNC,
    REBOOT,
    LOCK,
    WIPE,
    WIPE_PROTECTED,
    WIPE_KEEP_ENROLLMENT,
    WIPE_KEEP_USERS,
    CLEAN,
    CLEAN_KEEP_USERS,
    SCAN,
    SIGNATURES,
    COMPUTER_NAME,
    BITLOCKER,
    LAPS,
    PAUSE,
    UNENROLL_PATH,
];

/// What a device can be ordered to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionKind {
    /// To show up: it reads one node, and answers when it has come.
    Sync,
    /// To restart.
    Reboot,
    /// To lock its screen.
    Lock,
    /// To leave management.
    Retire,
    /// To reset itself.
    Wipe,
    /// To reinstall Windows.
    Clean,
    /// To look for malware.
    Scan,
    /// To fetch what is known of malware.
    Signatures,
    /// To take another computer name.
    Rename,
    /// To make new BitLocker recovery passwords.
    BitLocker,
    /// To make a new password of the local administrator.
    Laps,
    /// To let settings alone for a while.
    Pause,
    /// Something that Windows or this version cannot do, and why.
    Refused(&'static str),
}

/// An action.
#[derive(Debug)]
pub struct ActionRow {
    /// Its name in paths.
    pub name: &'static str,
    /// What it does.
    pub kind: ActionKind,
    beta_only: bool,
}

impl ActionRow {
    /// Whether a version has it.
    pub const fn is_in(&self, version: Version) -> bool {
        !self.beta_only || matches!(version, Version::Beta)
    }
}

const fn v1(name: &'static str, kind: ActionKind) -> ActionRow {
    ActionRow {
        name,
        kind,
        beta_only: false,
    }
}

const fn beta(name: &'static str, kind: ActionKind) -> ActionRow {
    ActionRow {
        name,
        kind,
        beta_only: true,
    }
}

const NOT_WINDOWS: ActionKind = ActionKind::Refused("no Windows PC can do this");
const NEEDS_AGENT: ActionKind = ActionKind::Refused("only an agent on the PC could do this, and there is none");
const NOT_BUILT: ActionKind = ActionKind::Refused("this server does not do it");

/// Every action that Graph knows for a managed device.
pub static ACTIONS: &[ActionRow] = &[
    v1("syncDevice", ActionKind::Sync),
    v1("rebootNow", ActionKind::Reboot),
    v1("remoteLock", ActionKind::Lock),
    v1("retire", ActionKind::Retire),
    v1("wipe", ActionKind::Wipe),
    v1("cleanWindowsDevice", ActionKind::Clean),
    v1("windowsDefenderScan", ActionKind::Scan),
    v1("windowsDefenderUpdateSignatures", ActionKind::Signatures),
    v1("shutDown", NEEDS_AGENT),
    v1("locateDevice", NEEDS_AGENT),
    v1("resetPasscode", NOT_WINDOWS),
    v1("updateWindowsDeviceAccount", NOT_WINDOWS),
    v1("bypassActivationLock", NOT_WINDOWS),
    v1("disableLostMode", NOT_WINDOWS),
    v1("recoverPasscode", NOT_WINDOWS),
    v1("requestRemoteAssistance", NOT_WINDOWS),
    v1("logoutSharedAppleDeviceActiveUser", NOT_WINDOWS),
    v1("deleteUserFromSharedAppleDevice", NOT_WINDOWS),
    beta("setDeviceName", ActionKind::Rename),
    beta("rotateBitLockerKeys", ActionKind::BitLocker),
    beta("rotateLocalAdminPassword", ActionKind::Laps),
    beta("pauseConfigurationRefresh", ActionKind::Pause),
    beta("sendCustomNotificationToCompanyPortal", NEEDS_AGENT),
    beta("initiateOnDemandProactiveRemediation", NEEDS_AGENT),
    beta("createDeviceLogCollectionRequest", NOT_BUILT),
    beta("retrieveDeviceLocalAdminAccountDetail", NOT_BUILT),
    beta("getNonCompliantSettings", NOT_BUILT),
    beta("getSyncStatus", NOT_BUILT),
    beta("disable", NOT_BUILT),
    beta("reenable", NOT_BUILT),
    beta("deprovision", NOT_BUILT),
    beta("enrollNowAction", NOT_BUILT),
    beta("changeAssignments", NOT_BUILT),
    beta("overrideComplianceState", NOT_BUILT),
    beta("initiateMobileDeviceManagementKeyRecovery", NOT_BUILT),
    beta("initiateDeviceAttestation", NOT_BUILT),
];

/// The action of a name, which may have its namespace before it as OData writes it.
pub fn find(name: &str, version: Version) -> Option<&'static ActionRow> {
    let bare = name.strip_prefix("microsoft.graph.").unwrap_or(name);
    let found = ACTIONS.iter().find(|a| a.name.eq_ignore_ascii_case(bare));
    found.filter(|a| a.is_in(version))
}

/// The action that a command is.
pub fn kind(config: &CommandConfig) -> Option<ActionKind> {
    let (action, kind) = match config.path.as_str() {
        SYNC => (Action::Get, ActionKind::Sync),
        REBOOT => (Action::Exec, ActionKind::Reboot),
        LOCK => (Action::Exec, ActionKind::Lock),
        WIPE | WIPE_PROTECTED | WIPE_KEEP_ENROLLMENT | WIPE_KEEP_USERS => (Action::Exec, ActionKind::Wipe),
        CLEAN | CLEAN_KEEP_USERS => (Action::Exec, ActionKind::Clean),
        SCAN => (Action::Exec, ActionKind::Scan),
        SIGNATURES => (Action::Exec, ActionKind::Signatures),
        COMPUTER_NAME => (Action::Replace, ActionKind::Rename),
        BITLOCKER => (Action::Exec, ActionKind::BitLocker),
        LAPS => (Action::Exec, ActionKind::Laps),
        PAUSE => (Action::Replace, ActionKind::Pause),
        UNENROLL_PATH => (Action::Exec, ActionKind::Retire),
        _ => return None,
    };
    (action == config.action).then_some(kind)
}

/// The name of the action that a command is.
pub fn name(config: &CommandConfig) -> Option<&'static str> {
    let kind = kind(config)?;
    ACTIONS.iter().find(|a| a.kind == kind).map(|a| a.name)
}

/// What an action takes in its body. Names that belong to other platforms are taken where they ask for nothing.
pub struct Arguments<'b> {
    body: &'b Map<String, Value>,
    wrong: Vec<Violation>,
}

impl<'b> Arguments<'b> {
    /// The arguments of a body.
    pub const fn of(body: &'b Map<String, Value>) -> Self {
        Self {
            body,
            wrong: Vec::new(),
        }
    }

    fn refuse(&mut self, name: &str, rule: &'static str, message: impl ToString) {
        self.wrong.push(Violation::new(name, rule, message));
    }

    fn flag(&mut self, name: &str) -> bool {
        match self.body.get(name) {
            None | Some(Value::Null) => false,
            Some(Value::Bool(flag)) => *flag,
            Some(_) => {
                self.refuse(name, "type", "must be true or false");
                false
            }
        }
    }

    fn text(&mut self, name: &str) -> Option<&'b str> {
        match self.body.get(name) {
            Some(Value::String(text)) => Some(text),
            None | Some(Value::Null) => {
                self.refuse(name, "required", "is required");
                None
            }
            Some(_) => {
                self.refuse(name, "type", "must be a text");
                None
            }
        }
    }

    /// Refuses whatever is not among `known`.
    fn only(&mut self, known: &[&str]) {
        let body = self.body;
        for name in body.keys().filter(|n| !n.contains('@') && !known.contains(&n.as_str())) {
            let shown: String = name.chars().take(64).collect();
            let message = match known.is_empty() {
                true => "is not an argument: there are none".to_owned(),
                false => format!("is not an argument; there are {}", known.join(", ")),
            };
            self.refuse(&shown, "unknown", message);
        }
    }

    /// The command that an action orders.
    ///
    /// # Errors
    /// Every argument that is wrong.
    pub fn command(mut self, kind: ActionKind) -> Result<CommandConfig, Vec<Violation>> {
        let exec = |path: &str| (path.to_owned(), Action::Exec, None, Format::Null);
        let (path, action, value, format) = match kind {
            ActionKind::Sync => (SYNC.to_owned(), Action::Get, None, Format::Null),
            ActionKind::Reboot => exec(REBOOT),
            ActionKind::Lock => exec(LOCK),
            ActionKind::Signatures => exec(SIGNATURES),
            ActionKind::Laps => exec(LAPS),
            ActionKind::Retire => {
                let provider = Some(PROVIDER_ID.to_owned());
                (UNENROLL_PATH.to_owned(), Action::Exec, provider, Format::Chr)
            }
            ActionKind::Wipe => exec(self.wipe()),
            ActionKind::Clean => {
                self.only(&["keepUserData"]);
                exec(if self.flag("keepUserData") {
                    CLEAN_KEEP_USERS
                } else {
                    CLEAN
                })
            }
            ActionKind::Scan => {
                self.only(&["quickScan"]);
                let extent = if self.flag("quickScan") { "1" } else { "2" };
                (SCAN.to_owned(), Action::Exec, Some(extent.to_owned()), Format::Chr)
            }
            ActionKind::BitLocker => {
                // The node's value names the request, which a PC repeats in its answer; one name serves all.
                let request = Some("graph".to_owned());
                (BITLOCKER.to_owned(), Action::Exec, request, Format::Chr)
            }
            ActionKind::Rename => (
                COMPUTER_NAME.to_owned(),
                Action::Replace,
                self.computer_name(),
                Format::Chr,
            ),
            ActionKind::Pause => (PAUSE.to_owned(), Action::Replace, self.pause(), Format::Int),
            ActionKind::Refused(why) => return Err(vec![Violation::new("", "supported", why)]),
        };
        if !matches!(
            kind,
            ActionKind::Wipe | ActionKind::Clean | ActionKind::Scan | ActionKind::Rename | ActionKind::Pause
        ) {
            self.only(&[]);
        }
        if self.wrong.is_empty() {
            Ok(CommandConfig {
                path,
                action,
                value,
                format,
            })
        } else {
            Err(self.wrong)
        }
    }

    fn wipe(&mut self) -> &'static str {
        self.only(&[
            "keepEnrollmentData",
            "keepUserData",
            "useProtectedWipe",
            "macOsUnlockCode",
            "persistEsimDataPlan",
            "obliterationBehavior",
        ]);
        let kept = ["keepEnrollmentData", "keepUserData", "useProtectedWipe"].map(|name| self.flag(name));
        if self.flag("persistEsimDataPlan") {
            self.refuse(
                "persistEsimDataPlan",
                "supported",
                "cannot be kept by a PC that is wiped over MDM",
            );
        }
        for name in ["macOsUnlockCode", "obliterationBehavior"] {
            let asks = match self.body.get(name) {
                None | Some(Value::Null) => false,
                Some(Value::String(text)) => !text.is_empty() && text != "default",
                Some(_) => true,
            };
            if asks {
                self.refuse(name, "supported", "is not for Windows");
            }
        }
        match kept {
            [false, false, false] => WIPE,
            [true, false, false] => WIPE_KEEP_ENROLLMENT,
            [false, true, false] => WIPE_KEEP_USERS,
            [false, false, true] => WIPE_PROTECTED,
            _ => {
                let message = "excludes the others: Windows wipes in one of these ways";
                self.refuse("keepEnrollmentData", "exclusive", message);
                WIPE_KEEP_ENROLLMENT
            }
        }
    }

    fn computer_name(&mut self) -> Option<String> {
        self.only(&["deviceName"]);
        let name = self.text("deviceName")?;
        if let Err(error) = rename(name) {
            self.refuse("deviceName", "computerName", error.to_string());
        }
        Some(name.to_owned())
    }

    fn pause(&mut self) -> Option<String> {
        let name = "pauseTimePeriodInMinutes";
        self.only(&[name]);
        match self.body.get(name) {
            Some(Value::Number(n)) if n.as_i64().is_some_and(|n| (0..=PAUSE_MINUTES_MAX).contains(&n)) => {
                return Some(n.to_string());
            }
            Some(Value::Number(_)) => self.refuse(name, "range", format!("must be 0 to {PAUSE_MINUTES_MAX}")),
            Some(_) => self.refuse(name, "type", "must be an integer"),
            None => self.refuse(name, "required", "is required"),
        }
        None
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]
mod tests {
    use super::*;
    use serde_json::json;

    fn ordered(name: &str, body: Value) -> Result<CommandConfig, Vec<String>> {
        let row = find(name, Version::Beta).unwrap();
        let command = Arguments::of(body.as_object().unwrap()).command(row.kind);
        command.map_err(|wrong| wrong.into_iter().map(|v| v.path).collect())
    }

    #[test]
    fn what_is_ordered_is_known_again() {
        for row in ACTIONS.iter().filter(|a| !matches!(a.kind, ActionKind::Refused(_))) {
            let body = json!({ "setDeviceName": { "deviceName": "PC-1" }, "pauseConfigurationRefresh": { "pauseTimePeriodInMinutes": 5 } });
            let body = body.get(row.name).cloned().unwrap_or_else(|| json!({}));
            let config = ordered(row.name, body).unwrap();
            assert_eq!(name(&config), Some(row.name));
            assert!(PATHS.contains(&config.path.as_str()), "{}", config.path);
            let value = config.value.as_deref();
            let checked = CommandConfig::check(&config.path, config.action.as_str(), value, config.format.as_str());
            assert_eq!(checked.unwrap(), config, "it is a command that the API takes");
        }
    }

    #[test]
    fn each_wipe_has_its_node_and_two_at_once_are_refused() {
        let wipe = |body| ordered("wipe", body).map(|c| c.path.rsplit('/').next().unwrap().to_owned());
        assert_eq!(wipe(json!({})).unwrap(), "doWipe");
        assert_eq!(
            wipe(json!({ "keepEnrollmentData": true })).unwrap(),
            "doWipePersistProvisionedData"
        );
        assert_eq!(
            wipe(json!({ "keepUserData": true, "macOsUnlockCode": "" })).unwrap(),
            "doWipePersistUserData"
        );
        assert_eq!(
            wipe(json!({ "useProtectedWipe": true, "keepUserData": false })).unwrap(),
            "doWipeProtected"
        );
        let refused = |body| wipe(body).unwrap_err();
        assert_eq!(
            refused(json!({ "keepUserData": true, "useProtectedWipe": true })),
            ["keepEnrollmentData"]
        );
        assert_eq!(refused(json!({ "keepUserdata": true })), ["keepUserdata"]);
        assert_eq!(refused(json!({ "keepUserData": "yes" })), ["keepUserData"]);
        assert_eq!(refused(json!({ "persistEsimDataPlan": true })), ["persistEsimDataPlan"]);
        assert_eq!(refused(json!({ "macOsUnlockCode": "123456" })), ["macOsUnlockCode"]);
    }

    #[test]
    fn a_computer_name_is_one_that_windows_takes() {
        for refused in ["", "sixteen-letters-", "a b", "ä", "12345", "a_b"] {
            assert_eq!(
                ordered("setDeviceName", json!({ "deviceName": refused })).unwrap_err(),
                ["deviceName"]
            );
        }
        assert!(ordered("setDeviceName", json!({ "deviceName": "fifteen-letters" })).is_ok());
        assert_eq!(ordered("setDeviceName", json!({})).unwrap_err(), ["deviceName"]);
    }
}
