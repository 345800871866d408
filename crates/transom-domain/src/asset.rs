//! Assets: files that policies and applications bring to PCs. Here are their records; what is in them is behind
//! [`crate::ports::AssetFiles`], outside of units of work.

pub mod change;
mod file_name;
pub mod sweep;

use crate::{
    AssetFileId, AssetId, OrganizationId, Timestamp, library::Shelf, page::PageRequest, policy::PolicyScope,
    segment::SegmentId,
};

pub use file_name::{FileName, FileNameError};

/// Longest name of an asset.
pub const NAME_CHARS_MAX: usize = 256;

/// Longest description.
pub const DESCRIPTION_CHARS_MAX: usize = 1_000;

/// Most assets of one organization.
pub const ASSETS_MAX: u64 = 10_000;

/// What an asset is for (B.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AssetKind {
    /// An installer or a package.
    App,
    /// A document to be read.
    Book,
    /// A picture.
    Image,
    /// A script.
    Script,
    /// Anything else.
    Other,
    /// A certificate.
    Certificate,
}

impl AssetKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::App,
        Self::Book,
        Self::Image,
        Self::Script,
        Self::Other,
        Self::Certificate,
    ];

    /// The names of all of them, for the API.
    pub const NAMES: [&'static str; 6] = ["app", "book", "image", "script", "other", "certificate"];

    /// The name in the API and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Book => "book",
            Self::Image => "image",
            Self::Script => "script",
            Self::Other => "other",
            Self::Certificate => "certificate",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The extensions that its files may have, in lower case; none: any, or no extension at all.
    #[must_use]
    pub const fn extensions(self) -> Option<&'static [&'static str]> {
        match self {
            Self::App => Some(&["msi", "msix", "msixbundle", "appx", "appxbundle", "exe"]),
            Self::Book => Some(&["pdf", "epub"]),
            Self::Image => Some(&["png", "jpg", "jpeg", "gif", "bmp", "ico", "svg", "webp"]),
            Self::Script => Some(&["ps1", "bat", "cmd", "vbs", "sh"]),
            Self::Certificate => Some(&["cer", "crt", "der", "pem", "p7b", "pfx", "p12"]),
            Self::Other => None,
        }
    }

    /// Whether it may have a file of that name.
    #[must_use]
    pub fn takes(self, name: &FileName) -> bool {
        self.extensions()
            .is_none_or(|known| known.contains(&name.extension().as_str()))
    }
}

/// A file on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Its id.
    pub id: AssetId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Where it is in the tree.
    pub segment: SegmentId,
    /// What it is for.
    pub kind: AssetKind,
    /// Its name; two assets may have the same.
    pub name: String,
    /// More about it.
    pub description: Option<String>,
    /// Whether policies in the segments below may use it.
    pub expose_to_children: bool,
    /// What is in it.
    pub file: AssetFile,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Asset {
    /// Where it is, and for whom.
    #[must_use]
    pub const fn shelf(&self) -> Shelf {
        Shelf {
            segment: self.segment,
            expose_to_children: self.expose_to_children,
        }
    }
}

/// What is in an asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetFile {
    /// Where it is kept. Another content has another id, so a download under way is not disturbed by a change.
    pub id: AssetFileId,
    /// The name it was uploaded with.
    pub name: FileName,
    /// Its bytes.
    pub size: u64,
    /// SHA-256 of them.
    pub sha256: [u8; 32],
}

/// By what a list of assets is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AssetSort {
    /// When it was made.
    #[default]
    CreatedAt,
    /// When it was last changed.
    UpdatedAt,
    /// Its name, without case.
    Name,
    /// Its bytes.
    Size,
}

/// Which assets are wanted. Every field that is set must match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetQuery {
    /// Whose.
    pub organization: OrganizationId,
    /// Which of them the caller sees.
    pub scope: PolicyScope,
    /// Of one of these kinds; none: of any.
    pub kinds: Vec<AssetKind>,
    /// With this text in the name or the file's name, compared without case.
    pub search: Option<String>,
    /// Sorted by this; equal ones by id, so that pages are stable.
    pub sort: AssetSort,
    /// Largest first.
    pub descending: bool,
    /// Which page.
    pub page: PageRequest,
}
