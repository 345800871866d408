//! Whatever is written reads back as what it was.

use proptest::prelude::*;
use transom_syncml::{command_size, encode, envelope_size};

use crate::arbitrary::{message, text};
use crate::{read, with_body};

proptest! {
    #[test]
    fn a_message_survives_being_written(message in message()) {
        let written = encode(&message).unwrap();
        let back = read(written.as_bytes());
        prop_assert!(back.as_ref() == Ok(&message), "{written}\nread as {back:?}");
        prop_assert_eq!(encode(&message).unwrap(), written);
    }

    #[test]
    fn a_message_reads_the_same_in_every_encoding(message in message()) {
        let written = format!("\u{FEFF}{}", encode(&message).unwrap());
        let little: Vec<u8> = written.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = written.encode_utf16().flat_map(u16::to_be_bytes).collect();
        prop_assert!(read(written.as_bytes()).as_ref() == Ok(&message));
        prop_assert!(read(&little).as_ref() == Ok(&message));
        prop_assert!(read(&big).as_ref() == Ok(&message));
    }

    #[test]
    fn a_message_is_never_longer_than_its_parts(message in message()) {
        let commands: usize = message.body.iter().map(|command| command_size(command).unwrap()).sum();
        prop_assert!(encode(&message).unwrap().len() <= envelope_size(&message.header).unwrap() + commands);
    }

    #[test]
    fn what_is_written_in_one_line_has_no_declaration_and_no_padding(message in message()) {
        let written = encode(&message).unwrap();
        prop_assert!(written.starts_with("<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD>"));
        prop_assert!(written.ends_with("</SyncBody></SyncML>"));
    }

    #[test]
    fn data_in_cdata_reads_as_it_stands(data in text()) {
        // CDATA cannot hold its own end, and a reader turns every line end into LF (XML 1.0, section 2.11).
        let data = data.replace("]]>", "").replace('\r', "");
        prop_assume!(!data.contains("]]>"));
        let xml = with_body(&format!("<Replace><Item><Data><![CDATA[{data}]]></Data></Item></Replace>"));
        prop_assert_eq!(crate::data_of(&xml), (Some(data), false));
    }
}
