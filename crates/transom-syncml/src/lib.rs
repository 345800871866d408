//! SyncML 1.2 as OMA-DM and Windows use it: bytes to [`Message`] and back, within limits, and nothing else.
//!
//! [`decode`] is tolerant where real clients and Microsoft's own samples differ from the specifications, and strict
//! about everything that is not XML. [`encode`] writes one canonical form: no declaration, no white space, the
//! DTD's order.
//!
//! ```
//! use transom_syncml::{Command, Header, Limits, Message, Request, Status, code, decode, encode};
//!
//! // What a PC sent.
//! let received = decode(
//!     br#"<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>
//!         <SessionID>1</SessionID><MsgID>1</MsgID><Target><LocURI>https://mdm.example/m</LocURI></Target>
//!         <Source><LocURI>PC-1</LocURI></Source></SyncHdr>
//!         <SyncBody><Alert><CmdID>2</CmdID><Data>1201</Data></Alert><Final/></SyncBody></SyncML>"#,
//!     &Limits::default(),
//! )?;
//! assert_eq!(received.header.source, "PC-1");
//!
//! // What it is told: its header is fine, its alert is fine, and a question.
//! let mut body: Vec<Command> = vec![Status::of_header(1, received.header.msg_id, code::OK).into()];
//! body.push(Status::of(2, received.header.msg_id, &received.body[0], code::OK).into());
//! body.push(Request::get(3, "./DevDetail/SwV").into());
//! let reply = Message::new(received.header.answer(1), body);
//! let text = encode(&reply)?;
//! assert!(text.contains("<Get><CmdID>3</CmdID><Item><Target><LocURI>./DevDetail/SwV</LocURI></Target></Item></Get>"));
//! assert_eq!(decode(text.as_bytes(), &Limits::default())?, reply);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod alert;
pub mod auth;
pub mod code;
pub mod content_type;
mod decode;
mod encode;
mod limits;
pub mod message;
pub mod namespace;
mod xml;

pub use decode::{DecodeError, DecodeErrorKind, decode};
pub use encode::{EncodeError, Place, command_size, encode, envelope_size};
pub use limits::{
    Limit, Limits, MAX_ATTRIBUTES, MAX_DATA_BYTES, MAX_DEPTH, MAX_ELEMENTS, MAX_MESSAGE_BYTES, MAX_TEXT_BYTES,
};
pub use message::*;
pub use xml::first_illegal_char;
