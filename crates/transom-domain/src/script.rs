//! Scripts: what policies and devices have run, as records (B.5).

pub mod assigned;
pub mod assignment;
pub mod change;

use crate::{OrganizationId, ScriptId, Timestamp, library::Shelf, segment::SegmentId};
use std::time::Duration;

/// Longest content of a script in bytes of UTF-8: management services of the field take 200 KB.
pub const CONTENT_BYTES_MAX: usize = 256 * 1024;

/// Longest run of a script: whatever takes longer than a day is no script any more.
pub const TIMEOUT_MAX: Duration = Duration::from_secs(24 * 3600);

/// How long a script may run if nobody says: what installers commonly need, with room.
pub const TIMEOUT_DEFAULT: Duration = Duration::from_secs(30 * 60);

/// Longest file name, in characters: that of Windows' file systems.
pub const FILE_NAME_CHARS_MAX: usize = 255;

/// Most scripts given to one device directly: more than anybody keeps an overview of.
pub const DEVICE_SCRIPTS_MAX: usize = 100;

/// What runs a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Runner {
    /// Windows PowerShell.
    PowerShell,
    /// PowerShell 7.
    Pwsh,
    /// The command prompt.
    Cmd,
    /// A POSIX shell, where there is one.
    Sh,
}

impl Runner {
    /// Every runner.
    pub const ALL: [Self; 4] = [Self::PowerShell, Self::Pwsh, Self::Cmd, Self::Sh];

    /// The name in the API and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PowerShell => "powershell.exe",
            Self::Pwsh => "pwsh.exe",
            Self::Cmd => "cmd.exe",
            Self::Sh => "sh",
        }
    }

    /// Whether it runs PowerShell: such scripts can be assigned.
    #[must_use]
    pub const fn is_powershell(self) -> bool {
        matches!(self, Self::PowerShell | Self::Pwsh)
    }

    /// The runner of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|runner| runner.as_str() == name)
    }
}

/// As whom a script runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RunAs {
    /// As the PC.
    System,
    /// As whoever is signed in.
    User,
}

impl RunAs {
    /// Both.
    pub const ALL: [Self; 2] = [Self::System, Self::User];

    /// The name in the API and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
        }
    }

    /// The context of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|context| context.as_str() == name)
    }
}

/// A script.
#[derive(Clone, PartialEq, Eq)]
pub struct Script {
    /// Its id.
    pub id: ScriptId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Where it is in the tree.
    pub segment: SegmentId,
    /// Its name; two scripts may have the same.
    pub name: String,
    /// What it does, for people.
    pub description: Option<String>,
    /// The script itself.
    pub content: String,
    /// What runs it.
    pub runner: Runner,
    /// As whom it runs.
    pub context: RunAs,
    /// How long it may run, in seconds.
    pub timeout_seconds: u32,
    /// What its file is called on the PC.
    pub file_name: Option<String>,
    /// Whether it runs only with a signature that the PC trusts.
    pub enforce_signature_check: bool,
    /// Whether it runs in the 32-bit PowerShell.
    pub run_as_32_bit: bool,
    /// Whether policies and PCs in the segments below can use it too.
    pub expose_to_children: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl std::fmt::Debug for Script {
    /// Without the content: scripts have passwords in them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Script")
            .field("id", &self.id)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Script {
    /// Where it is, and for whom.
    #[must_use]
    pub const fn shelf(&self) -> Shelf {
        Shelf {
            segment: self.segment,
            expose_to_children: self.expose_to_children,
        }
    }
}
