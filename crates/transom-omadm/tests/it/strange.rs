//! Steps of a script that no PC should take, but that may come all the same.

use transom_domain::enrollment::Fingerprint;
use transom_syncml::{
    Alert, Command as Wire, Group, Header, Item, Limits, Message, Request, Results, Status, Unknown, Verb, alert,
    decode, encode,
};

use crate::{
    script::Script,
    world::{SERVER, WIN_ID},
};

/// Codes that the PC answers with.
pub const CODES: [u32; 10] = [200, 200, 202, 101, 404, 418, 500, 503, 212, 0];

impl Script<'_> {
    pub fn answer_badly(&mut self) {
        let Some(reply) = self.reply.clone() else { return };
        self.sign();
        let mut body = self.pc.answers(&reply);
        for _ in 0..=self.below(3) {
            let place = usize::from(self.next().unwrap_or(0)) % body.len().max(1);
            match (self.below(7), body.get_mut(place)) {
                (0, Some(_)) => drop(body.remove(place)),
                (1, Some(again)) => {
                    let again = again.clone();
                    body.push(again);
                }
                (2, Some(Wire::Status(status))) => status.code = CODES[usize::from(self.below(10))],
                (3, Some(Wire::Status(Status { msg_ref, .. }) | Wire::Results(Results { msg_ref, .. }))) => {
                    *msg_ref = [None, Some(0), Some(1), Some(7)][usize::from(self.below(4))];
                }
                (4, _) => body.reverse(),
                (5, Some(Wire::Results(results))) => results.items.iter_mut().for_each(|item| item.more_data = true),
                _ => body.truncate(place),
            }
        }
        let mut message = self.pc.message(body);
        message.is_final = self.below(4) > 0;
        self.send(&message);
    }

    pub fn alert(&mut self) {
        let alert: Wire = match self.below(8) {
            0 => Alert::new(2, alert::NEXT_MESSAGE).into(),
            1 => Alert::new(2, alert::SESSION_ABORT).into(),
            2 => Alert::new(2, alert::NO_END_OF_DATA).into(),
            3 => Alert::typed(2, alert::CLIENT_EVENT, alert::kind::REQUEST_PENDING, "1").into(),
            4 => Alert::typed(
                2,
                alert::CLIENT_EVENT,
                alert::kind::SYNC_TYPE,
                ["user", "device"][usize::from(self.below(2))],
            )
            .into(),
            5 if self.below(4) == 0 => Alert::typed(2, alert::GENERIC, alert::kind::UNENROLMENT, "1").into(),
            6 => {
                let number = self.below(40);
                let node = format!("./Vendor/MSFT/EnterpriseDesktopAppManagement/MSI/{number}/DownloadInstall");
                let item = Item::source(node).with_type(alert::kind::MSI_INSTALL).with_data("0");
                Alert::new(2, alert::CLIENT_EVENT).with_item(item).into()
            }
            _ => Alert::new(2, 1100).into(),
        };
        self.sign();
        let mut message = self.pc.message(vec![alert]);
        message.is_final = self.below(2) > 0;
        self.send(&message);
    }

    pub fn odd_commands(&mut self) {
        let part = |id: &str, more: bool| {
            let item = Item::source("./DevInfo/Long").with_data("abc");
            let item = if more { item.with_more_data() } else { item };
            Wire::from(Request::new(Verb::Replace, id, item))
        };
        let unknown = |id: Option<&str>| {
            Wire::Unknown(Unknown {
                name: "Thing".to_owned(),
                cmd_id: id.map(str::to_owned),
            })
        };
        let body: Vec<Wire> = match self.below(6) {
            0 => vec![part("2", true)],
            1 => vec![part("2", false)],
            2 => vec![unknown(None), unknown(Some("3"))],
            3 => vec![Group::atomic(2, vec![part("3", false), unknown(None)]).into()],
            4 => vec![
                Group::sequence(
                    2,
                    vec![Group::atomic("", vec![part("4", true)]).into(), unknown(Some("5"))],
                )
                .into(),
            ],
            _ => vec![Request::get("2", "./A").into(), Request::delete("", "./A").into()],
        };
        self.sign();
        let message = self.pc.message(body);
        self.send(&message);
    }

    /// Another session, another number, another PC, another certificate.
    pub fn elsewhere(&mut self) {
        let peer = self.world.peer;
        self.sign();
        let body = self.pc.package1();
        let mut message = self.pc.message(body);
        match self.below(6) {
            0 => message.header.session_id = "FF".to_owned(),
            1 => message.header.msg_id = [0, 1, 99, u32::MAX][usize::from(self.below(4))],
            2 => message.header.source = "SOMEBODY-ELSE".to_owned(),
            3 => self.world.peer.fingerprint = Some(Fingerprint([99; 32])),
            4 => self.world.peer.fingerprint = None,
            _ => message.header.session_id = "long ".repeat(100).trim().to_owned(),
        }
        self.send(&message);
        self.world.peer = peer;
    }

    pub fn cannot_use(&mut self) {
        let number = u32::from(self.below(3));
        self.sign();
        let mut body = vec![Status::of_header(1, number, 500).into()];
        body.extend(self.pc.package1());
        let message = self.pc.message(body);
        self.send(&message);
    }

    pub fn credentials(&mut self) {
        self.pc.credentials = [None, Some(vec![9]), Some(self.nonce.clone())][usize::from(self.below(3))].clone();
        let hello = self.pc.hello();
        self.post(&hello);
    }

    /// The bytes as they are, if they are a message, or as a piece of one.
    pub fn raw(&mut self) {
        let count = usize::from(self.next().unwrap_or(0)) * 4;
        let (piece, rest) = self.bytes.split_at(count.min(self.bytes.len()));
        self.bytes = rest;
        let text = String::from_utf8_lossy(piece);
        let head = encode(&Message::new(Header::new("1", 1, SERVER, WIN_ID), Vec::new())).unwrap();
        for body in [text.to_string(), head.replace("<Final/>", &format!("{text}<Final/>"))] {
            if decode(body.as_bytes(), &Limits::default()).is_ok() {
                self.post(&body);
            }
        }
    }
}
