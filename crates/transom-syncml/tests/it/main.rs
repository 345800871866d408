//! What the codec promises, checked on captured, own, arbitrary and hostile messages.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that meets the unexpected should fail at once"
)]

mod arbitrary;
mod captures;
mod hostile;
mod limits;
mod own_messages;
mod refusals;
mod round_trip;
mod tolerance;

use std::path::PathBuf;

use transom_syncml::{DecodeError, Limits, Message, decode};

/// Decodes within the default limits.
fn read(bytes: &[u8]) -> Result<Message, DecodeError> {
    decode(bytes, &Limits::default())
}

/// One of the messages of our own making.
fn own(name: &str) -> Vec<u8> {
    let file = own_folder().join(format!("{name}.xml"));
    std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Where they are.
fn own_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/syncml")
}

/// A complete message around the content of a `SyncBody`.
fn with_body(body: &str) -> String {
    format!(
        "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>\
         <SessionID>1</SessionID><MsgID>1</MsgID><Target><LocURI>s</LocURI></Target>\
         <Source><LocURI>d</LocURI></Source></SyncHdr><SyncBody>{body}</SyncBody></SyncML>"
    )
}

/// The data of the only item of the only command of a message with one `Replace`.
fn data_of(xml: &str) -> (Option<String>, bool) {
    let message = read(xml.as_bytes()).unwrap();
    match message.body.as_slice() {
        [transom_syncml::Command::Request(request)] => (request.items[0].data.clone(), request.items[0].data_is_markup),
        other => panic!("one request expected, not {other:?}"),
    }
}

/// A message with one `Replace` whose `Data` is written as given.
fn with_data(data: &str) -> String {
    with_body(&format!(
        "<Replace><CmdID>1</CmdID><Item><Data>{data}</Data></Item></Replace>"
    ))
}
