//! Alert codes (RepPro 10.2, MS-MDM 3.2.5) and the types that Windows writes into `Meta/Type` of an alert's item.

/// The session was started because the server asked for it.
pub const SERVER_INITIATED: u32 = 1200;
/// The session was started by the client.
pub const CLIENT_INITIATED: u32 = 1201;
/// "Send the next message of this package."
pub const NEXT_MESSAGE: u32 = 1222;
/// Stop the session now.
pub const SESSION_ABORT: u32 = 1223;
/// A typed event of the client.
pub const CLIENT_EVENT: u32 = 1224;
/// A large object ended before its announced size.
pub const NO_END_OF_DATA: u32 = 1225;
/// A typed notification that may name a node.
pub const GENERIC: u32 = 1226;

/// Values of `Meta/Type` in an alert's item.
pub mod kind {
    /// Who is signed in: [`LOGIN_USER`](super::LOGIN_USER), [`LOGIN_OTHERS`](super::LOGIN_OTHERS) or
    /// [`LOGIN_NONE`](super::LOGIN_NONE).
    pub const LOGIN_STATUS: &str = "com.microsoft/MDM/LoginStatus";
    /// An Entra token of the signed-in user. A secret.
    pub const ENTRA_USER_TOKEN: &str = "com.microsoft/MDM/AADUserToken";
    /// Which scope a multi-session host synchronises: `user`, `device` or `mixed`.
    pub const SYNC_TYPE: &str = "com.microsoft.mdm.synctype";
    /// How far device preparation is.
    pub const DEVICE_PREPARATION: &str = "com.microsoft/MDM/DevicePrepSync";
    /// An Autopilot bootstrap stage.
    pub const BOOTSTRAP: &str = "com.microsoft/MDM/BootstrapSync";
    /// An offline domain join stage.
    pub const OFFLINE_DOMAIN_JOIN: &str = "com.microsoft/MDM/OdjSync";
    /// The heartbeat of a client that is still at work (MS-MDE2 2.2.9.3).
    pub const REQUEST_PENDING: &str = "Reversed-Domain-Name:com.microsoft.mdm.requestpending";
    /// An MSI job has finished; `Data` is its HRESULT.
    pub const MSI_INSTALL: &str = "Reversed-Domain-Name:com.microsoft.mdm.win32csp_install";
    /// The device is being unenrolled, by its user or because the server said so.
    pub const UNENROLMENT: &str = "com.microsoft:mdm.unenrollment.userrequest";
    /// The result of a hosted app's installation.
    pub const HOSTED_APP_INSTALL: &str = "Reversed-Domain-Name:com.microsoft.mdm.EnterpriseHostedAppInstall.result";
    /// The result of a store app's installation.
    pub const STORE_APP_INSTALL: &str = "Reversed-Domain-Name:com.microsoft.mdm.EnterpriseStoreAppInstall.result";
    /// The result of an app's removal.
    pub const APP_UNINSTALL: &str = "Reversed-Domain-Name:com.microsoft.mdm.EnterpriseAppUninstall.result";
    /// The states of declared configuration documents, as markup.
    pub const DECLARED_CONFIGURATION: &str = "com.microsoft.mdm.declaredconfigurationdocuments";
}

/// [`kind::LOGIN_STATUS`]: the enrolled user is signed in. Only then may `./User` nodes be addressed.
pub const LOGIN_USER: &str = "user";
/// [`kind::LOGIN_STATUS`]: somebody else is signed in.
pub const LOGIN_OTHERS: &str = "others";
/// [`kind::LOGIN_STATUS`]: nobody is signed in.
pub const LOGIN_NONE: &str = "none";
