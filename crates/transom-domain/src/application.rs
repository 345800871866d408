//! Applications: what policies install or offer, as records (B.5).

pub mod change;

use crate::{ApplicationId, OrganizationId, Timestamp, library::Shelf, segment::SegmentId};

/// Longest id of an application in Microsoft's store (B.5).
pub const STORE_ID_CHARS_MAX: usize = 256;

/// Longest filter (B.5).
pub const FILTER_CHARS_MAX: usize = 256;

/// Where an application comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApplicationOrigin {
    /// Microsoft's store.
    Store {
        /// Its id there.
        win_store_id: String,
    },
    /// A file of the organization's own.
    Asset {
        /// Which, as 24 hexadecimal characters.
        mdm_asset_id: String,
    },
}

/// A kind of origin that this server offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ApplicationKind {
    /// Microsoft's store.
    Store,
    /// A file of the organization's own.
    Asset,
}

/// Kinds of the contract that need an app-build store (B.5), which this server does not have.
pub const BUILD_KINDS: &[&str] = &[
    "build",
    "lastBuild",
    "lastGitBranchBuild",
    "lastGitTagBuild",
    "lastTagBuild",
];

impl ApplicationKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Store, Self::Asset];

    /// The name in the API and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Asset => "asset",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl ApplicationOrigin {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> ApplicationKind {
        match self {
            Self::Store { .. } => ApplicationKind::Store,
            Self::Asset { .. } => ApplicationKind::Asset,
        }
    }

    /// The application's id in Microsoft's store.
    #[must_use]
    pub fn win_store_id(&self) -> Option<&str> {
        match self {
            Self::Store { win_store_id } => Some(win_store_id),
            Self::Asset { .. } => None,
        }
    }

    /// The file's id.
    #[must_use]
    pub fn mdm_asset_id(&self) -> Option<&str> {
        match self {
            Self::Asset { mdm_asset_id } => Some(mdm_asset_id),
            Self::Store { .. } => None,
        }
    }
}

/// An application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// Its id.
    pub id: ApplicationId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Where it is in the tree.
    pub segment: SegmentId,
    /// Its name; two applications may have the same.
    pub name: String,
    /// What it is, for people.
    pub description: Option<String>,
    /// Where it comes from.
    pub origin: ApplicationOrigin,
    /// Which of several builds or packages is meant.
    pub filter: Option<String>,
    /// Whether policies in the segments below can use it too.
    pub expose_to_children: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Application {
    /// Where it is, and for whom.
    #[must_use]
    pub const fn shelf(&self) -> Shelf {
        Shelf {
            segment: self.segment,
            expose_to_children: self.expose_to_children,
        }
    }
}
