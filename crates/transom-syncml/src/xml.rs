//! Which characters and names XML 1.0 allows.

/// Whether XML 1.0 (section 2.2, production 2) allows the character at all.
pub(crate) const fn is_legal_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

/// The first character of a text that XML 1.0 cannot carry, not even as a reference.
///
/// Such a text cannot be sent to a device; ask before it is accepted from a person.
///
/// ```
/// use transom_syncml::first_illegal_char;
/// assert_eq!(first_illegal_char("plain\ttext\u{F000}"), None);
/// assert_eq!(first_illegal_char("bell\u{7}"), Some('\u{7}'));
/// ```
#[must_use]
pub fn first_illegal_char(text: &str) -> Option<char> {
    text.chars().find(|c| !is_legal_char(*c))
}

/// Whether a text is a name without colon (Namespaces in XML 1.0, production 4).
pub(crate) fn is_local_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(is_name_start) && chars.all(is_name_char)
}

/// Whether a text is a name with at most one prefix (Namespaces in XML 1.0, production 7).
pub(crate) fn is_qualified_name(name: &str) -> bool {
    // As the names of SyncML are.
    if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return true;
    }
    match name.split_once(':') {
        Some((prefix, local)) => is_local_name(prefix) && is_local_name(local),
        None => is_local_name(name),
    }
}

/// XML 1.0, production 4, without the colon.
const fn is_name_start(c: char) -> bool {
    matches!(c,
        'A'..='Z' | '_' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}')
}

/// XML 1.0, production 4a, without the colon.
const fn is_name_char(c: char) -> bool {
    is_name_start(c) || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// The white space of XML 1.0 (production 3): what is trimmed around identifiers and codes, and nothing else is.
pub(crate) const WHITE_SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

#[cfg(test)]
mod tests {
    use super::{first_illegal_char, is_qualified_name};

    #[test]
    fn characters_outside_xml_are_found() {
        for bad in ['\0', '\u{8}', '\u{B}', '\u{1F}', '\u{FFFE}', '\u{FFFF}'] {
            assert_eq!(first_illegal_char(&format!("a{bad}b")), Some(bad), "{bad:?}");
        }
        assert_eq!(first_illegal_char("a\t\r\n\u{7F}\u{F000}\u{10FFFF}"), None);
    }

    #[test]
    fn names_have_at_most_one_prefix_and_start_with_a_letter() {
        for good in ["Get", "m:Type", "_x", "Ä-1.b"] {
            assert!(is_qualified_name(good), "{good}");
        }
        for bad in ["", "1a", "a:b:c", ":a", "a:", "-a", "a\"b", "a<b"] {
            assert!(!is_qualified_name(bad), "{bad}");
        }
    }
}
