//! A command of the queue as SyncML.

use transom_domain::command::{Action, CommandConfig};
use transom_syncml::{Item, Request, Verb};

/// Writes a command (docs/PROTOCOL.md, 16): Get and Delete name the node only; Copy names where from; the others say
/// the format of their value, which is always written as escaped text.
pub(super) fn request(cmd_id: usize, config: &CommandConfig) -> Request {
    let item = Item::target(&config.path);
    let verb = verb(config.action);
    let item = match config.action {
        Action::Get | Action::Delete => item,
        Action::Copy => Item {
            source: config.value.clone(),
            ..item
        },
        Action::Add | Action::Exec | Action::Replace => {
            let item = item.with_format(config.format.as_str());
            match &config.value {
                Some(value) => item.with_type("text/plain").with_data(value),
                None => item,
            }
        }
    };
    Request::new(verb, cmd_id, item)
}

const fn verb(action: Action) -> Verb {
    match action {
        Action::Add => Verb::Add,
        Action::Copy => Verb::Copy,
        Action::Delete => Verb::Delete,
        Action::Exec => Verb::Exec,
        Action::Get => Verb::Get,
        Action::Replace => Verb::Replace,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use transom_domain::command::Format;
    use transom_syncml::{Header, Message, encode};

    fn written(action: Action, value: Option<&str>, format: Format) -> String {
        let config = CommandConfig {
            path: "./Device/Vendor/MSFT/A".to_owned(),
            action,
            value: value.map(str::to_owned),
            format,
        };
        let body = vec![request(5, &config).into()];
        let text = encode(&Message::new(Header::new("1", 1, "d", "s"), body)).unwrap();
        let start = text.find("<SyncBody>").unwrap() + "<SyncBody>".len();
        text[start..text.find("<Final/>").unwrap()].to_owned()
    }

    #[test]
    fn a_value_is_escaped_text_with_its_format() {
        assert_eq!(
            written(Action::Replace, Some("<enabled/>"), Format::Chr),
            "<Replace><CmdID>5</CmdID><Item><Target><LocURI>./Device/Vendor/MSFT/A</LocURI></Target>\
             <Meta><Format xmlns=\"syncml:metinf\">chr</Format><Type xmlns=\"syncml:metinf\">text/plain</Type></Meta>\
             <Data>&lt;enabled/&gt;</Data></Item></Replace>"
        );
    }

    #[test]
    fn a_get_and_a_delete_name_the_node_only() {
        assert_eq!(
            written(Action::Get, None, Format::Null),
            "<Get><CmdID>5</CmdID><Item><Target><LocURI>./Device/Vendor/MSFT/A</LocURI></Target></Item></Get>"
        );
        assert!(!written(Action::Delete, None, Format::Chr).contains("Meta"));
    }

    #[test]
    fn a_copy_says_where_from_and_an_exec_without_value_has_no_data() {
        assert!(written(Action::Copy, Some("./B"), Format::Chr).contains("<Source><LocURI>./B</LocURI></Source>"));
        let exec = written(Action::Exec, None, Format::Null);
        assert!(exec.contains(">null</Format>") && !exec.contains("Data"), "{exec}");
    }
}
