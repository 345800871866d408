//! Text out: what Windows sends and expects has no white space between elements and no declaration.

use super::read::is_xml_character;

/// Writes XML. Names and prefixes come from this crate; every value is escaped.
#[derive(Debug, Default)]
pub struct Writer {
    out: String,
}

impl Writer {
    /// `<name a="b">`.
    pub(crate) fn open(&mut self, name: &str, attributes: &[(&str, &str)]) -> &mut Self {
        self.start(name, attributes);
        self.out.push('>');
        self
    }

    /// `</name>`.
    pub(crate) fn close(&mut self, name: &str) -> &mut Self {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
        self
    }

    /// `<name a="b"/>`.
    pub(crate) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) -> &mut Self {
        self.start(name, attributes);
        self.out.push_str("/>");
        self
    }

    /// `<name a="b">text</name>`.
    pub(crate) fn text(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) -> &mut Self {
        self.open(name, attributes);
        escape(&mut self.out, text, false);
        self.close(name)
    }

    /// `<name xsi:nil="true"/>` for each name.
    pub(crate) fn nil(&mut self, names: &[&str]) -> &mut Self {
        for name in names {
            self.empty(name, &[("xsi:nil", "true")]);
        }
        self
    }

    pub(crate) fn finish(self) -> String {
        self.out
    }

    fn start(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.out.push('<');
        self.out.push_str(name);
        for (name, value) in attributes {
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push_str("=\"");
            escape(&mut self.out, value, true);
            self.out.push('"');
        }
    }
}

/// Characters that XML cannot hold at all become U+FFFD: a device name or a reason text with one
/// must not make the whole reply unreadable.
fn escape(out: &mut String, text: &str, attribute: bool) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if attribute => out.push_str("&quot;"),
            '\n' if attribute => out.push_str("&#xA;"),
            '\t' if attribute => out.push_str("&#x9;"),
            // Written raw, a reader would turn it into a line feed.
            '\r' => out.push_str("&#xD;"),
            c if is_xml_character(c) => out.push(c),
            _ => out.push(char::REPLACEMENT_CHARACTER),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::xml::parse;

    #[test]
    fn every_value_reads_back_as_it_was_written() {
        let value = "a<b>&\"c\" 'd' ]]> \r\n\t é😀";
        let mut writer = Writer::default();
        writer.text("a", &[("b", value)], value);
        let root = parse(writer.finish().as_bytes(), &Limits::SMALL).unwrap();
        assert_eq!((root.text.as_str(), root.attribute("b")), (value, Some(value)));
    }

    #[test]
    fn characters_that_xml_cannot_hold_are_replaced() {
        let mut writer = Writer::default();
        writer.text("a", &[("b", "\u{0}")], "x\u{1}\u{ffff}");
        assert_eq!(writer.finish(), "<a b=\"\u{fffd}\">x\u{fffd}\u{fffd}</a>");
    }
}
