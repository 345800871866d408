//! The commands that must not be given twice, and those that end the management of a PC.

use super::{Action, CommandConfig, config::normalized};

/// The node that takes Transom's account off a PC (docs/PROTOCOL.md, 9).
pub const UNENROLL_PATH: &str = "./Device/Vendor/MSFT/DMClient/Provider/Transom/Unenroll";

/// Ends of `Exec` paths whose effect cannot be taken back or must not happen twice: reboot, unenrolment, rotations.
/// Wipes are told by their CSP.
const ONCE_ONLY: [&str; 14] = [
    "/reboot/rebootnow",
    "/dmclient/unenroll",
    "/bitlocker/rotaterecoverypasswords",
    "/laps/actions/resetpassword",
    "/certificatestore/my/wstep/renew/renewnow",
    "/remotelock/lockandresetpin",
    "/remotelock/lockandrecoverpin",
    "/cleanpc/cleanpcretaininguserdata",
    "/cleanpc/cleanpcwithoutretaininguserdata",
    "/update/rollback/qualityupdate",
    "/update/rollback/featureupdate",
    "/recovery/initiaterecovery",
    "/windowslicensing/changeproductkey",
    "/windowslicensing/upgradeeditionwithproductkey",
];

/// Ends of WMI method calls that shut a PC down.
const SHUTDOWN_METHODS: [&str; 3] = ["/exec=reboot", "/exec=shutdown", "/exec=win32shutdown"];

/// Whether a command is never sent again without a new order (X4, decision 25).
#[must_use]
pub fn is_never_resent(config: &CommandConfig) -> bool {
    if config.action != Action::Exec {
        return false;
    }
    let path = normalized(&config.path);
    path.contains("/remotewipe/")
        || is_unenrol_path(&path)
        || ONCE_ONLY.iter().any(|end| path.ends_with(end))
        || SHUTDOWN_METHODS.iter().any(|end| path.ends_with(end))
}

/// Whether a command takes Transom's account off the PC: the node of our provider, or the old one without a provider.
/// Another management server's account is not ours to lose.
#[must_use]
pub fn is_unenrolment(config: &CommandConfig) -> bool {
    let path = normalized(&config.path);
    config.action == Action::Exec
        && (path == normalized(UNENROLL_PATH) || path == "./device/vendor/msft/dmclient/unenroll")
}

/// Whether a command keeps a PC from who should not have it: a lock, a wipe, the end of its management (DS2).
#[must_use]
pub fn secures(config: &CommandConfig) -> bool {
    let path = normalized(&config.path);
    let is_of = |csp: &str| path.contains(csp);
    config.action == Action::Exec && (is_of("/remotewipe/") || is_of("/remotelock/")) || is_unenrolment(config)
}

fn is_unenrol_path(path: &str) -> bool {
    path.contains("/dmclient/") && path.ends_with("/unenroll")
}

/// Whether a command wipes the PC in a way that ends its enrolment. A wipe that keeps the provisioned data and an
/// Autopilot reset do not (E.5).
#[must_use]
pub fn ends_enrolment(config: &CommandConfig) -> bool {
    let path = normalized(&config.path);
    config.action == Action::Exec
        && path.contains("/remotewipe/")
        && !path.ends_with("/dowipepersistprovisioneddata")
        && !path.contains("/automaticredeployment/")
}

#[cfg(test)]
mod tests {
    use super::super::tests::command;
    use super::*;

    #[test]
    fn wipes_reboots_and_rotations_are_given_once() {
        for path in [
            "./Vendor/MSFT/RemoteWipe/doWipe",
            "./Device/Vendor/MSFT/RemoteWipe/doWipeProtected",
            "./Device/Vendor/MSFT/Reboot/RebootNow",
            UNENROLL_PATH,
            "./Vendor/MSFT/DMClient/Unenroll",
            "./Device/Vendor/MSFT/BitLocker/RotateRecoveryPasswords",
            "./Device/Vendor/MSFT/LAPS/Actions/ResetPassword",
        ] {
            assert!(is_never_resent(&command(Action::Exec, path).config), "{path}");
            assert!(!is_never_resent(&command(Action::Get, path).config), "{path}");
        }
        assert!(!is_never_resent(
            &command(Action::Exec, "./Device/Vendor/MSFT/RemoteLock/Lock").config
        ));
    }

    #[test]
    fn only_our_own_account_is_an_unenrolment() {
        let ends = |path| is_unenrolment(&command(Action::Exec, path).config);
        assert!(ends(UNENROLL_PATH) && ends("./Vendor/MSFT/DMClient/Unenroll"));
        let other = "./Device/Vendor/MSFT/DMClient/Provider/Other/Unenroll";
        assert!(!ends(other) && is_never_resent(&command(Action::Exec, other).config));
    }

    #[test]
    fn a_wipe_that_keeps_the_enrolment_does_not_end_it() {
        let ends = |path| ends_enrolment(&command(Action::Exec, path).config);
        assert!(ends("./Device/Vendor/MSFT/RemoteWipe/doWipe"));
        assert!(ends("./Device/Vendor/MSFT/RemoteWipe/doWipePersistUserData"));
        assert!(!ends("./Device/Vendor/MSFT/RemoteWipe/doWipePersistProvisionedData"));
        assert!(!ends(
            "./Vendor/MSFT/RemoteWipe/AutomaticRedeployment/doAutomaticRedeployment"
        ));
    }
}
