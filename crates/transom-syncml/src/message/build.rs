//! Short ways to make messages and their parts.

use super::{
    Alert, Challenge, Command, Credentials, Group, GroupKind, Header, Item, Message, Meta, Request, Results, Status,
    Unknown, Verb,
};

/// `Cmd` of a Status that answers a header.
pub const SYNC_HDR: &str = "SyncHdr";

impl Message {
    /// A message that ends its package.
    #[must_use]
    pub const fn new(header: Header, body: Vec<Command>) -> Self {
        Self {
            header,
            body,
            is_final: true,
        }
    }

    /// The same without `Final`: the package goes on in the next message.
    #[must_use]
    pub fn unfinished(mut self) -> Self {
        self.is_final = false;
        self
    }
}

impl Header {
    /// A header without credentials.
    pub fn new(
        session_id: impl Into<String>,
        msg_id: u32,
        target: impl Into<String>,
        source: impl Into<String>,
    ) -> Self {
        Self {
            session_id: session_id.into(),
            msg_id,
            target: target.into(),
            source: source.into(),
            ..Self::default()
        }
    }

    /// The header of an answer to this one: the same session, the two sides swapped, the answering side's own `MsgID`.
    #[must_use]
    pub fn answer(&self, msg_id: u32) -> Self {
        Self::new(
            self.session_id.clone(),
            msg_id,
            self.source.clone(),
            self.target.clone(),
        )
    }

    /// The same with `Source/LocName` and `Cred`, which belong together.
    #[must_use]
    pub fn with_credentials(mut self, name: impl Into<String>, credentials: Credentials) -> Self {
        self.source_name = Some(name.into());
        self.credentials = Some(credentials);
        self
    }
}

impl Request {
    /// Any request on one item.
    pub fn new(verb: Verb, cmd_id: impl ToString, item: Item) -> Self {
        Self {
            verb,
            cmd_id: cmd_id.to_string(),
            meta: Meta::default(),
            items: vec![item],
        }
    }

    /// `Get` of one node.
    pub fn get(cmd_id: impl ToString, uri: impl Into<String>) -> Self {
        Self::new(Verb::Get, cmd_id, Item::target(uri))
    }

    /// `Delete` of one node with all below it.
    pub fn delete(cmd_id: impl ToString, uri: impl Into<String>) -> Self {
        Self::new(Verb::Delete, cmd_id, Item::target(uri))
    }

    /// `Exec` of one node without parameters.
    pub fn exec(cmd_id: impl ToString, uri: impl Into<String>) -> Self {
        Self::new(Verb::Exec, cmd_id, Item::target(uri))
    }

    /// `Add` of one node with a value.
    pub fn add(
        cmd_id: impl ToString,
        uri: impl Into<String>,
        format: impl Into<String>,
        data: impl Into<String>,
    ) -> Self {
        Self::new(Verb::Add, cmd_id, Item::target(uri).with_format(format).with_data(data))
    }

    /// `Replace` of one node's value.
    pub fn replace(
        cmd_id: impl ToString,
        uri: impl Into<String>,
        format: impl Into<String>,
        data: impl Into<String>,
    ) -> Self {
        Self::new(
            Verb::Replace,
            cmd_id,
            Item::target(uri).with_format(format).with_data(data),
        )
    }

    /// The same with one more item.
    #[must_use]
    pub fn with_item(mut self, item: Item) -> Self {
        self.items.push(item);
        self
    }
}

impl Group {
    /// `Atomic`: all members or none.
    pub fn atomic(cmd_id: impl ToString, members: Vec<Command>) -> Self {
        Self {
            kind: GroupKind::Atomic,
            cmd_id: cmd_id.to_string(),
            meta: Meta::default(),
            members,
        }
    }

    /// `Sequence`: the members in order.
    pub fn sequence(cmd_id: impl ToString, members: Vec<Command>) -> Self {
        Self {
            kind: GroupKind::Sequence,
            cmd_id: cmd_id.to_string(),
            meta: Meta::default(),
            members,
        }
    }
}

impl Alert {
    /// An alert without items.
    pub fn new(cmd_id: impl ToString, code: u32) -> Self {
        Self {
            cmd_id: cmd_id.to_string(),
            code,
            items: Vec::new(),
        }
    }

    /// An alert with one item that says its type and a value.
    pub fn typed(cmd_id: impl ToString, code: u32, kind: impl Into<String>, data: impl Into<String>) -> Self {
        Self::new(cmd_id, code).with_item(Item::default().with_type(kind).with_data(data))
    }

    /// The same with one more item.
    #[must_use]
    pub fn with_item(mut self, item: Item) -> Self {
        self.items.push(item);
        self
    }

    /// `Meta/Type` of the first item that has one.
    #[must_use]
    pub fn kind(&self) -> Option<&str> {
        self.items.iter().find_map(|item| item.meta.type_.as_deref())
    }
}

impl Status {
    /// The answer to a command of message `msg_ref`.
    pub fn of(cmd_id: impl ToString, msg_ref: u32, command: &Command, code: u32) -> Self {
        Self {
            cmd_id: cmd_id.to_string(),
            msg_ref: Some(msg_ref),
            cmd_ref: command.cmd_id().unwrap_or_default().to_owned(),
            cmd: command.name().to_owned(),
            code,
            ..Self::default()
        }
    }

    /// The answer to the header of message `msg_ref`.
    pub fn of_header(cmd_id: impl ToString, msg_ref: u32, code: u32) -> Self {
        Self {
            cmd_id: cmd_id.to_string(),
            msg_ref: Some(msg_ref),
            cmd_ref: "0".to_owned(),
            cmd: SYNC_HDR.to_owned(),
            code,
            ..Self::default()
        }
    }

    /// The same with a challenge.
    #[must_use]
    pub fn with_challenge(mut self, challenge: Challenge) -> Self {
        self.challenge = Some(challenge);
        self
    }

    /// The same with one more `TargetRef`.
    #[must_use]
    pub fn with_target_ref(mut self, uri: impl Into<String>) -> Self {
        self.target_refs.push(uri.into());
        self
    }

    /// The same with the HRESULT of the failing component, e.g. `0x86000002`.
    #[must_use]
    pub fn with_original_error(mut self, hresult: impl Into<String>) -> Self {
        self.original_error = Some(hresult.into());
        self
    }

    /// Whether this answers a header.
    #[must_use]
    pub fn is_of_header(&self) -> bool {
        self.cmd_ref == "0" || self.cmd == SYNC_HDR
    }
}

impl Results {
    /// What a Get of message `msg_ref` found.
    pub fn of(cmd_id: impl ToString, msg_ref: u32, cmd_ref: impl ToString, items: Vec<Item>) -> Self {
        Self {
            cmd_id: cmd_id.to_string(),
            msg_ref: Some(msg_ref),
            cmd_ref: cmd_ref.to_string(),
            meta: Meta::default(),
            items,
        }
    }
}

impl Item {
    /// An item for a node: what a server writes.
    pub fn target(uri: impl Into<String>) -> Self {
        Self {
            target: Some(uri.into()),
            ..Self::default()
        }
    }

    /// An item from a node: what a client writes.
    pub fn source(uri: impl Into<String>) -> Self {
        Self {
            source: Some(uri.into()),
            ..Self::default()
        }
    }

    /// The same with `Meta/Format`.
    #[must_use]
    pub fn with_format(mut self, format: impl Into<String>) -> Self {
        self.meta.format = Some(format.into());
        self
    }

    /// The same with `Meta/Type`.
    #[must_use]
    pub fn with_type(mut self, type_: impl Into<String>) -> Self {
        self.meta.type_ = Some(type_.into());
        self
    }

    /// The same with `Meta/Mark`.
    #[must_use]
    pub fn with_mark(mut self, mark: impl Into<String>) -> Self {
        self.meta.mark = Some(mark.into());
        self
    }

    /// The same with a value, which is written as escaped text.
    #[must_use]
    pub fn with_data(mut self, data: impl Into<String>) -> Self {
        self.data = Some(data.into());
        self.data_is_markup = false;
        self
    }

    /// The same with a value that is written as the XML elements it is.
    #[must_use]
    pub fn with_markup(mut self, data: impl Into<String>) -> Self {
        self.data = Some(data.into());
        self.data_is_markup = true;
        self
    }

    /// The same, going on in the next message.
    #[must_use]
    pub fn with_more_data(mut self) -> Self {
        self.more_data = true;
        self
    }

    /// The node that the item is about: where it comes from, else where it goes.
    #[must_use]
    pub fn uri(&self) -> Option<&str> {
        self.source.as_deref().or(self.target.as_deref())
    }
}

impl From<Alert> for Command {
    fn from(value: Alert) -> Self {
        Self::Alert(value)
    }
}

impl From<Status> for Command {
    fn from(value: Status) -> Self {
        Self::Status(value)
    }
}

impl From<Results> for Command {
    fn from(value: Results) -> Self {
        Self::Results(value)
    }
}

impl From<Request> for Command {
    fn from(value: Request) -> Self {
        Self::Request(value)
    }
}

impl From<Group> for Command {
    fn from(value: Group) -> Self {
        Self::Group(value)
    }
}

impl From<Unknown> for Command {
    fn from(value: Unknown) -> Self {
        Self::Unknown(value)
    }
}

#[cfg(test)]
mod tests {
    use super::{Alert, Command, Header, Item, Request, Status};

    #[test]
    fn an_answer_goes_back_to_where_the_message_came_from() {
        let answer = Header::new("1F", 7, "https://mdm.example/m", "PC-1").answer(3);
        assert_eq!(
            (answer.target.as_str(), answer.source.as_str()),
            ("PC-1", "https://mdm.example/m")
        );
        assert_eq!((answer.session_id.as_str(), answer.msg_id), ("1F", 3));
    }

    #[test]
    fn a_status_names_the_command_it_answers() {
        let status = Status::of(9, 2, &Command::from(Request::delete(5, "./A")), 404).with_target_ref("./A");
        assert_eq!(
            (status.cmd.as_str(), status.cmd_ref.as_str(), status.msg_ref),
            ("Delete", "5", Some(2))
        );
        assert!(!status.is_of_header());
        assert!(Status::of_header(1, 2, 200).is_of_header());
    }

    #[test]
    fn a_typed_alert_says_its_kind() {
        assert_eq!(
            Alert::typed(3, 1224, "com.example.kind", "user").kind(),
            Some("com.example.kind")
        );
        assert_eq!(Alert::new(2, 1201).kind(), None);
    }

    #[test]
    fn debug_output_leaves_data_out() {
        let shown = format!("{:?}", Request::replace(1, "./Wifi/Key", "chr", "hunter2"));
        assert!(shown.contains("./Wifi/Key") && !shown.contains("hunter2"), "{shown}");
        assert_eq!(Item::source("./A").uri(), Some("./A"));
    }
}
