//! Giving a PC the name that Windows itself has (Accounts CSP, `Domain/ComputerName`).

use super::config::{Action, CommandConfig, Format};

/// The node; the name holds from the PC's next start on.
pub const COMPUTER_NAME: &str = "./Device/Vendor/MSFT/Accounts/Domain/ComputerName";

/// Most characters of a computer's name: that of NetBIOS has no more.
pub const COMPUTER_NAME_CHARS_MAX: usize = 15;

/// Why Windows would not take a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to {COMPUTER_NAME_CHARS_MAX} letters of ASCII, digits and hyphens, and not digits alone")]
pub struct NoComputerName;

/// The command that gives a PC this name.
///
/// # Errors
/// When Windows would not take it.
///
/// ```
/// use transom_domain::command::rename::rename;
///
/// assert!(rename("BERN-0042").is_ok());
/// assert!(rename("Büro 42").is_err());
/// ```
pub fn rename(name: &str) -> Result<CommandConfig, NoComputerName> {
    let fits = (1..=COMPUTER_NAME_CHARS_MAX).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !name.bytes().all(|b| b.is_ascii_digit());
    if !fits {
        return Err(NoComputerName);
    }
    Ok(CommandConfig {
        path: COMPUTER_NAME.to_owned(),
        action: Action::Replace,
        value: Some(name.to_owned()),
        format: Format::Chr,
    })
}
