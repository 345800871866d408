//! Messages of real clients, read where they are kept.

use std::path::{Path, PathBuf};

use transom_syncml::{Command, Status, encode};

use crate::read;

/// The captured messages, or nothing when there are none on this machine.
fn folder() -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/protocol/fixtures");
    let folder = std::env::var_os("TRANSOM_CAPTURES").map_or(default, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!(
        "skipped: no captured messages in {}; set TRANSOM_CAPTURES",
        folder.display()
    );
    None
}

/// Every SyncML message below a folder, with its name.
fn messages(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for folder in [folder.to_owned(), folder.join("constructed")] {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let bytes = if path.extension().is_some_and(|e| e == "xml") {
                std::fs::read(&path).unwrap()
            } else {
                vec![]
            };
            if bytes.starts_with(b"<SyncML") {
                found.push((path.file_name().unwrap().to_string_lossy().into_owned(), bytes));
            }
        }
    }
    found.sort();
    found
}

/// Captures that say something in another order or form than we write it: `Type` before `Format`, a namespace
/// declared without use, SyncML 1.1.
const OTHER_FORM: [&str; 5] = [
    "c01-alerts-app-results.xml",
    "c03-alerts-session-kind.xml",
    "c13-resent-md5-server-header-rejected.xml",
    "win11-26200-05-unenroll-1226.xml",
    "win11-26200-09-server-reply-namespace11.xml",
];

#[test]
fn every_capture_reads_and_reads_back_the_same() {
    let Some(folder) = folder() else { return };
    let messages = messages(&folder);
    assert!(messages.len() >= 20, "only {} messages", messages.len());
    for (name, bytes) in messages {
        let message = read(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let text = encode(&message).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(read(text.as_bytes()).as_ref(), Ok(&message), "{name}");
        let is_ours = !OTHER_FORM.contains(&name.as_str());
        assert_eq!(text.as_bytes() == bytes, is_ours, "{name} is written as\n{text}");
    }
}

#[test]
fn every_capture_reads_the_same_as_utf_16() {
    let Some(folder) = folder() else { return };
    for (name, bytes) in messages(&folder) {
        let text = String::from_utf8(bytes).unwrap();
        let marked = format!("\u{FEFF}{text}");
        let little: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = marked.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let expected = read(text.as_bytes());
        assert_eq!(read(marked.as_bytes()), expected, "{name}, UTF-8 with mark");
        assert_eq!(read(&little), expected, "{name}, little endian");
        assert_eq!(read(&big), expected, "{name}, big endian");
    }
}

/// The one capture with this name.
fn capture(folder: &Path, name: &str) -> transom_syncml::Message {
    read(&std::fs::read(folder.join(name)).unwrap()).unwrap()
}

fn statuses(message: &transom_syncml::Message) -> Vec<&Status> {
    let commands = message.body.iter();
    let only_statuses = commands.filter_map(|command| match command {
        Command::Status(status) => Some(status),
        _ => None,
    });
    only_statuses.collect()
}

#[test]
fn a_multi_item_get_has_a_status_for_each_item_and_one_results() {
    let Some(folder) = folder() else { return };
    let message = capture(&folder, "win11-26200-03-multi-item-get-results.xml");
    assert_eq!(message.header.source_name.as_deref(), Some("fixture-client"));
    assert_eq!(
        message.header.credentials.as_ref().unwrap().auth_type,
        "syncml:auth-md5"
    );
    let codes: Vec<u32> = statuses(&message).iter().map(|status| status.code).collect();
    assert_eq!(codes, [200, 200, 200, 200, 200, 404]);
    let missing = statuses(&message)[5];
    assert!(missing.target_refs[0].ends_with("/Push/ChannelURI"), "{missing:?}");
    let Some(Command::Results(results)) = message.body.last() else {
        panic!("no results at the end")
    };
    assert_eq!(
        (results.msg_ref, results.cmd_ref.as_str(), results.items.len()),
        (Some(2), "5", 4)
    );
    assert_eq!(results.items[1].meta.format.as_deref(), Some("bool"));
    let list = results.items[3].data.as_deref().unwrap();
    assert!(list.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<DeviceManageability"));
    assert!(!results.items[3].data_is_markup);
}

#[test]
fn original_errors_are_found_on_the_status_they_stand_on() {
    let Some(folder) = folder() else { return };
    let message = capture(&folder, "constructed/c04-atomic-failed-statuses.xml");
    let errors: Vec<_> = statuses(&message)
        .iter()
        .map(|s| (s.code, s.original_error.as_deref()))
        .collect();
    let expected = [
        (200, None),
        (507, None),
        (216, None),
        (415, Some("0x86000011")),
        (215, None),
        (202, None),
    ];
    assert_eq!(errors, expected);
}

#[test]
fn markup_in_an_alert_is_kept_to_the_character() {
    let Some(folder) = folder() else { return };
    let message = capture(&folder, "constructed/c07-windc-alert.xml");
    let Command::Alert(alert) = &message.body[2] else {
        panic!("no alert")
    };
    let item = &alert.items[0];
    assert!(item.data_is_markup);
    let data = item.data.as_deref().unwrap();
    assert!(data.starts_with("<DeclaredConfigurations schema=\"1.0\"><DeclaredConfiguration context=\"Device\""));
    assert!(data.ends_with("state=\"61\"/></DeclaredConfigurations>"));
}

#[test]
fn a_heartbeat_is_not_final_and_an_unenrolment_names_its_kind() {
    let Some(folder) = folder() else { return };
    assert!(!capture(&folder, "constructed/c02-requestpending-no-final.xml").is_final);
    let message = capture(&folder, "win11-26200-05-unenroll-1226.xml");
    let Command::Alert(alert) = &message.body[2] else {
        panic!("no alert")
    };
    assert_eq!(
        (alert.code, alert.kind()),
        (1226, Some(transom_syncml::alert::kind::UNENROLMENT))
    );
    assert_eq!(alert.items[0].meta.mark.as_deref(), Some("critical"));
}

#[test]
fn wbxml_is_recognised_and_refused() {
    let Some(folder) = folder() else { return };
    let bytes = std::fs::read(folder.join("constructed/c10-package1.wbxml")).unwrap();
    assert_eq!(read(&bytes), Err(transom_syncml::DecodeError::Wbxml));
}
