//! The writer: elements in the DTD's order, text escaped.

use super::EncodeError;
use super::error::Place;
use crate::decode::check_markup;
use crate::message::{
    Alert, Challenge, Command, Credentials, Group, Header, Item, Meta, Request, Results, Status, Unknown, Verb,
};
use crate::namespace;
use crate::xml::{is_legal_char, is_local_name};

/// Names that mean something in a body or group, so that an unknown element cannot have them.
const TAKEN: [&str; 9] = [
    "Alert", "Status", "Results", "Atomic", "Sequence", "Final", "CmdID", "Meta", "NoResp",
];

/// Text under construction.
#[derive(Default)]
pub(super) struct Writer<'m> {
    out: String,
    /// The place in the body of the command being written.
    index: Option<usize>,
    /// The innermost command being written; `None` in the header.
    current: Option<&'m Command>,
}

impl<'m> Writer<'m> {
    /// A writer with room for so many bytes.
    pub(super) fn with_room(bytes: usize) -> Self {
        Self {
            out: String::with_capacity(bytes),
            ..Self::default()
        }
    }

    /// What was written.
    pub(super) fn into_text(self) -> String {
        self.out
    }

    /// Writes markup of our own.
    pub(super) fn raw(&mut self, markup: &str) {
        self.out.push_str(markup);
    }

    /// `SyncHdr` (RepPro 5.2.2).
    pub(super) fn header(&mut self, header: &Header) -> Result<(), EncodeError> {
        let required = [
            ("SessionID", &header.session_id),
            ("Target", &header.target),
            ("Source", &header.source),
        ];
        if let Some((element, _)) = required.into_iter().find(|(_, value)| value.is_empty()) {
            return Err(EncodeError::Empty { element });
        }
        self.raw("<SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>");
        self.element("SessionID", &header.session_id)?;
        self.number("MsgID", header.msg_id.into());
        self.location("Target", &header.target, None)?;
        self.location("Source", &header.source, header.source_name.as_deref())?;
        if let Some(credentials) = &header.credentials {
            self.credentials(credentials)?;
        }
        self.meta(&header.meta)?;
        self.raw("</SyncHdr>");
        Ok(())
    }

    /// One element of the body or of a group.
    pub(super) fn command(&mut self, index: Option<usize>, command: &'m Command) -> Result<(), EncodeError> {
        self.index = index;
        self.current = Some(command);
        let name = command.name();
        if let Command::Unknown(unknown) = command {
            return self.unknown(unknown);
        }
        self.open(name);
        match command {
            Command::Alert(alert) => self.alert(alert)?,
            Command::Status(status) => self.status(status)?,
            Command::Results(results) => self.results(results)?,
            Command::Request(request) => self.request(request)?,
            Command::Group(group) => self.group(index, group)?,
            Command::Unknown(_) => {}
        }
        self.close(name);
        Ok(())
    }

    fn alert(&mut self, alert: &Alert) -> Result<(), EncodeError> {
        self.cmd_id(&alert.cmd_id)?;
        self.number("Data", alert.code.into());
        self.items(&alert.items)
    }

    fn status(&mut self, status: &Status) -> Result<(), EncodeError> {
        self.cmd_id(&status.cmd_id)?;
        if let Some(msg_ref) = status.msg_ref {
            self.number("MsgRef", msg_ref.into());
        }
        // Written even when empty: that is how a command without CmdID is answered.
        self.element("CmdRef", &status.cmd_ref)?;
        self.element("Cmd", &status.cmd)?;
        for uri in &status.target_refs {
            self.element("TargetRef", uri)?;
        }
        for uri in &status.source_refs {
            self.element("SourceRef", uri)?;
        }
        if let Some(challenge) = &status.challenge {
            self.challenge(challenge)?;
        }
        match &status.original_error {
            None => self.number("Data", status.code.into()),
            Some(hresult) => {
                self.raw("<Data msft:originalerror=\"");
                self.text("originalerror", hresult, true)?;
                self.raw("\">");
                self.raw(&status.code.to_string());
                self.raw("</Data>");
            }
        }
        self.items(&status.items)
    }

    fn results(&mut self, results: &Results) -> Result<(), EncodeError> {
        self.cmd_id(&results.cmd_id)?;
        if let Some(msg_ref) = results.msg_ref {
            self.number("MsgRef", msg_ref.into());
        }
        self.element("CmdRef", &results.cmd_ref)?;
        self.meta(&results.meta)?;
        self.items(&results.items)
    }

    fn request(&mut self, request: &Request) -> Result<(), EncodeError> {
        self.cmd_id(&request.cmd_id)?;
        self.meta(&request.meta)?;
        self.items(&request.items)
    }

    fn group(&mut self, index: Option<usize>, group: &'m Group) -> Result<(), EncodeError> {
        self.cmd_id(&group.cmd_id)?;
        self.meta(&group.meta)?;
        for member in &group.members {
            self.command(index, member)?;
        }
        Ok(())
    }

    fn unknown(&mut self, unknown: &Unknown) -> Result<(), EncodeError> {
        let name = unknown.name.as_str();
        let is_taken = TAKEN.contains(&name) || Verb::ALL.into_iter().any(|verb| verb.as_str() == name);
        if is_taken || !is_local_name(name) {
            return Err(EncodeError::UnknownName { place: self.place() });
        }
        self.open(name);
        if let Some(cmd_id) = &unknown.cmd_id {
            self.element("CmdID", cmd_id)?;
        }
        self.close(name);
        Ok(())
    }

    fn items(&mut self, items: &[Item]) -> Result<(), EncodeError> {
        items.iter().try_for_each(|item| self.item(item))
    }

    /// `Item` (RepPro 6.1.11).
    fn item(&mut self, item: &Item) -> Result<(), EncodeError> {
        self.raw("<Item>");
        if let Some(uri) = &item.target {
            self.location("Target", uri, None)?;
        }
        if let Some(uri) = &item.source {
            self.location("Source", uri, None)?;
        }
        self.meta(&item.meta)?;
        match &item.data {
            None => {}
            Some(markup) if item.data_is_markup => {
                check_markup(markup).map_err(|source| EncodeError::Markup {
                    place: self.place(),
                    source,
                })?;
                self.raw("<Data>");
                self.raw(markup);
                self.raw("</Data>");
            }
            Some(data) => self.element("Data", data)?,
        }
        if item.more_data {
            self.raw("<MoreData/>");
        }
        self.raw("</Item>");
        Ok(())
    }

    fn location(&mut self, element: &str, uri: &str, name: Option<&str>) -> Result<(), EncodeError> {
        self.open(element);
        self.element("LocURI", uri)?;
        if let Some(name) = name {
            self.element("LocName", name)?;
        }
        self.close(element);
        Ok(())
    }

    fn credentials(&mut self, credentials: &Credentials) -> Result<(), EncodeError> {
        self.raw("<Cred><Meta>");
        self.optional_info("Format", credentials.format.as_deref())?;
        self.info("Type", &credentials.auth_type)?;
        self.raw("</Meta>");
        self.element("Data", &credentials.data)?;
        self.raw("</Cred>");
        Ok(())
    }

    fn challenge(&mut self, challenge: &Challenge) -> Result<(), EncodeError> {
        self.raw("<Chal><Meta>");
        self.optional_info("Format", challenge.format.as_deref())?;
        self.info("Type", &challenge.auth_type)?;
        self.optional_info("NextNonce", challenge.next_nonce.as_deref())?;
        self.raw("</Meta></Chal>");
        Ok(())
    }

    /// `Meta`, unless it would be empty.
    fn meta(&mut self, meta: &Meta) -> Result<(), EncodeError> {
        if meta.is_empty() {
            return Ok(());
        }
        let size = |bytes: Option<u64>| bytes.map(|bytes| bytes.to_string());
        self.raw("<Meta>");
        self.optional_info("Format", meta.format.as_deref())?;
        self.optional_info("Type", meta.type_.as_deref())?;
        self.optional_info("Mark", meta.mark.as_deref())?;
        self.optional_info("Size", size(meta.size).as_deref())?;
        self.optional_info("MaxMsgSize", size(meta.max_msg_size).as_deref())?;
        self.optional_info("MaxObjSize", size(meta.max_obj_size).as_deref())?;
        self.raw("</Meta>");
        Ok(())
    }

    fn optional_info(&mut self, name: &'static str, text: Option<&str>) -> Result<(), EncodeError> {
        text.map_or(Ok(()), |text| self.info(name, text))
    }

    /// An element of Meta Information.
    fn info(&mut self, name: &'static str, text: &str) -> Result<(), EncodeError> {
        self.raw("<");
        self.raw(name);
        self.raw(" xmlns=\"");
        self.raw(namespace::METINF);
        self.raw("\">");
        self.text(name, text, false)?;
        self.close(name);
        Ok(())
    }

    /// `CmdID`, left out when empty: that is how a sender leaves it out.
    fn cmd_id(&mut self, cmd_id: &str) -> Result<(), EncodeError> {
        if cmd_id.is_empty() {
            Ok(())
        } else {
            self.element("CmdID", cmd_id)
        }
    }

    fn element(&mut self, name: &'static str, text: &str) -> Result<(), EncodeError> {
        self.open(name);
        self.text(name, text, false)?;
        self.close(name);
        Ok(())
    }

    fn number(&mut self, name: &str, number: u64) {
        self.open(name);
        self.raw(&number.to_string());
        self.close(name);
    }

    fn open(&mut self, name: &str) {
        self.raw("<");
        self.raw(name);
        self.raw(">");
    }

    fn close(&mut self, name: &str) {
        self.raw("</");
        self.raw(name);
        self.raw(">");
    }

    /// Escaped text. A reader turns a bare CR into LF, and white space in an attribute into a blank, so these are
    /// written as numbers; so is U+F000, the list delimiter of many CSPs, as Microsoft's documentation shows it.
    fn text(&mut self, element: &'static str, text: &str, in_attribute: bool) -> Result<(), EncodeError> {
        let mut written = 0;
        for (index, c) in text.char_indices() {
            let replacement = match c {
                '<' => "&lt;",
                '>' => "&gt;",
                '&' => "&amp;",
                '\r' => "&#xD;",
                '\u{F000}' => "&#xF000;",
                '"' if in_attribute => "&quot;",
                '\t' if in_attribute => "&#x9;",
                '\n' if in_attribute => "&#xA;",
                _ if is_legal_char(c) => continue,
                _ => {
                    let (place, code) = (self.place(), u32::from(c));
                    return Err(EncodeError::IllegalCharacter { place, element, code });
                }
            };
            self.raw(&text[written..index]);
            self.raw(replacement);
            written = index + c.len_utf8();
        }
        self.raw(&text[written..]);
        Ok(())
    }

    /// Where the writer is.
    fn place(&self) -> Place {
        match self.current {
            None => Place::Header,
            Some(command) => Place::Command {
                index: self.index,
                name: command.name().to_owned(),
                cmd_id: command.cmd_id().unwrap_or_default().to_owned(),
            },
        }
    }
}
