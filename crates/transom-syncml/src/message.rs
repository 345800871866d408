//! A SyncML message as values: what OMA-TS-SyncML-RepPro 1.2.2 and OMA-TS-DM-Protocol 1.2.1 allow and Windows uses.
//!
//! Identifiers, addresses, names, types and credentials are read without the white space around them, so they should
//! be given without it; `Data` is kept to the character.

mod build;

pub use build::SYNC_HDR;

/// One SyncML message: what one HTTP body holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// `SyncHdr`.
    pub header: Header,
    /// The commands of `SyncBody`, in document order.
    pub body: Vec<Command>,
    /// Whether `SyncBody` ends with `Final`: the last message of the package (RepPro 6.1.8).
    pub is_final: bool,
}

/// `SyncHdr` (RepPro 5.2.2).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    /// `SessionID`, opaque text.
    pub session_id: String,
    /// `MsgID`: each side counts its own messages from 1.
    pub msg_id: u32,
    /// `Target/LocURI`: who the message is for.
    pub target: String,
    /// `Source/LocURI`: who it comes from. For a PC, its device id.
    pub source: String,
    /// `Source/LocName`: the account name, present when [`Header::credentials`] is.
    pub source_name: Option<String>,
    /// `Cred`.
    pub credentials: Option<Credentials>,
    /// `Meta` of the header (`MaxMsgSize`, `MaxObjSize`).
    pub meta: Meta,
}

/// `Cred`: proof of who sends the message (RepPro 6.1.5).
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// `Meta/Type`: `syncml:auth-md5` or `syncml:auth-basic`.
    pub auth_type: String,
    /// `Meta/Format`, normally `b64`.
    pub format: Option<String>,
    /// The digest or the encoded name and secret. Never logged.
    pub data: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("auth_type", &self.auth_type)
            .finish_non_exhaustive()
    }
}

/// `Chal`: what credentials are wanted (RepPro 6.1.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// `Meta/Type`, e.g. `syncml:auth-md5`.
    pub auth_type: String,
    /// `Meta/Format`, normally `b64`.
    pub format: Option<String>,
    /// `Meta/NextNonce`, still in base64.
    pub next_nonce: Option<String>,
}

/// An element of `SyncBody` (or of `Atomic` and `Sequence`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// `Alert`.
    Alert(Alert),
    /// `Status`.
    Status(Status),
    /// `Results`.
    Results(Results),
    /// `Add`, `Copy`, `Delete`, `Exec`, `Get` or `Replace`.
    Request(Request),
    /// `Atomic` or `Sequence`.
    Group(Group),
    /// An element that is no command we know. It is answered with 400 (MS-MDM: an unknown element in the body).
    Unknown(Unknown),
}

/// The verbs that act on the management tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verb {
    /// `Add`.
    Add,
    /// `Copy`: unknown to Windows, allowed by the API.
    Copy,
    /// `Delete`.
    Delete,
    /// `Exec`.
    Exec,
    /// `Get`.
    Get,
    /// `Replace`.
    Replace,
}

impl Verb {
    /// Every verb.
    pub const ALL: [Verb; 6] = [
        Verb::Add,
        Verb::Copy,
        Verb::Delete,
        Verb::Exec,
        Verb::Get,
        Verb::Replace,
    ];

    /// The element's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Verb::Add => "Add",
            Verb::Copy => "Copy",
            Verb::Delete => "Delete",
            Verb::Exec => "Exec",
            Verb::Get => "Get",
            Verb::Replace => "Replace",
        }
    }
}

/// `Add`, `Copy`, `Delete`, `Exec`, `Get`, `Replace`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Which of them.
    pub verb: Verb,
    /// `CmdID`; empty when the sender left it out (answered with 400).
    pub cmd_id: String,
    /// `Meta` of the command, valid for all its items.
    pub meta: Meta,
    /// `Item`s in order.
    pub items: Vec<Item>,
}

/// Which group a [`Group`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GroupKind {
    /// All or nothing.
    Atomic,
    /// In order.
    Sequence,
}

/// `Atomic` or `Sequence` with its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Which of the two.
    pub kind: GroupKind,
    /// `CmdID`.
    pub cmd_id: String,
    /// `Meta`.
    pub meta: Meta,
    /// The members in order.
    pub members: Vec<Command>,
}

/// `Alert` (RepPro 6.5.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// `CmdID`.
    pub cmd_id: String,
    /// `Data`: the alert code, e.g. 1201. 0 when it is missing or no number.
    pub code: u32,
    /// `Item`s.
    pub items: Vec<Item>,
}

/// `Status` (RepPro 6.1.20).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Status {
    /// `CmdID` of the Status itself.
    pub cmd_id: String,
    /// `MsgRef`: the message that held the command. `None` when absent.
    pub msg_ref: Option<u32>,
    /// `CmdRef`: the command's `CmdID`; `0` means the header.
    pub cmd_ref: String,
    /// `Cmd`: the command's element name, `SyncHdr` for the header.
    pub cmd: String,
    /// `TargetRef`s: which items are meant.
    pub target_refs: Vec<String>,
    /// `SourceRef`s.
    pub source_refs: Vec<String>,
    /// `Chal`.
    pub challenge: Option<Challenge>,
    /// `Data`: the status code. 0 when it is no number.
    pub code: u32,
    /// `msft:originalerror` on `Data`: the HRESULT of the failing component (MS-MDM 2.2.5.1), as written.
    pub original_error: Option<String>,
    /// `Item`s.
    pub items: Vec<Item>,
}

/// `Results` (RepPro 6.5.13).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Results {
    /// `CmdID`.
    pub cmd_id: String,
    /// `MsgRef`; when absent, 1 is meant.
    pub msg_ref: Option<u32>,
    /// `CmdRef`.
    pub cmd_ref: String,
    /// `Meta` of the command: holds `Size` of a large object's first chunk.
    pub meta: Meta,
    /// `Item`s: one for each found node.
    pub items: Vec<Item>,
}

/// An element of the body that is not a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// Its local name.
    pub name: String,
    /// Its `CmdID`, if it has one.
    pub cmd_id: Option<String>,
}

/// `Item` (RepPro 6.1.11). Its `Debug` output leaves the data out, because passwords and tokens travel there.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Item {
    /// `Target/LocURI`.
    pub target: Option<String>,
    /// `Source/LocURI`.
    pub source: Option<String>,
    /// `Meta`. A `Type` that stands beside an empty `Meta` (as two Microsoft examples do) is found here too.
    pub meta: Meta,
    /// `Data`: its text. Child elements arrive verbatim, as markup (see [`Item::data_is_markup`]).
    pub data: Option<String>,
    /// Whether `Data` held child elements, so that [`Item::data`] is their source text.
    pub data_is_markup: bool,
    /// `MoreData`: the value goes on in the next message.
    pub more_data: bool,
}

impl std::fmt::Debug for Item {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Item")
            .field("target", &self.target)
            .field("source", &self.source)
            .field("meta", &self.meta)
            .field("data_bytes", &self.data.as_ref().map(String::len))
            .field("data_is_markup", &self.data_is_markup)
            .field("more_data", &self.more_data)
            .finish()
    }
}

/// `Meta`: what SyncML Meta Information 1.2 says about a command or an item, as far as DM uses it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Meta {
    /// `Format`.
    pub format: Option<String>,
    /// `Type`.
    pub type_: Option<String>,
    /// `Mark`: how grave an alert is.
    pub mark: Option<String>,
    /// `Size` in bytes: the whole length of a large object.
    pub size: Option<u64>,
    /// `MaxMsgSize` in bytes.
    pub max_msg_size: Option<u64>,
    /// `MaxObjSize` in bytes.
    pub max_obj_size: Option<u64>,
}

impl Command {
    /// The command's `CmdID`, if it has one.
    #[must_use]
    pub fn cmd_id(&self) -> Option<&str> {
        match self {
            Command::Alert(c) => Some(&c.cmd_id),
            Command::Status(c) => Some(&c.cmd_id),
            Command::Results(c) => Some(&c.cmd_id),
            Command::Request(c) => Some(&c.cmd_id),
            Command::Group(c) => Some(&c.cmd_id),
            Command::Unknown(c) => c.cmd_id.as_deref(),
        }
    }

    /// The element's name: what `Cmd` of its Status says.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Command::Alert(_) => "Alert",
            Command::Status(_) => "Status",
            Command::Results(_) => "Results",
            Command::Request(c) => c.verb.as_str(),
            Command::Group(c) => c.kind.as_str(),
            Command::Unknown(c) => &c.name,
        }
    }
}

impl GroupKind {
    /// The element's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            GroupKind::Atomic => "Atomic",
            GroupKind::Sequence => "Sequence",
        }
    }
}

impl Meta {
    /// Whether nothing is said, so that the element can be left out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Meta::default()
    }
}
