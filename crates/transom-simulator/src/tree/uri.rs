//! LocURIs: from the text of a command to a place in the tree.

/// Whose settings a path belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The PC's.
    Device,
    /// Those of the enrolled user.
    User,
}

/// A place in the tree: its scope and its names without percent-encoding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path {
    /// Whose.
    pub scope: Scope,
    /// From the root down.
    pub segments: Vec<String>,
}

/// What a Get asks about a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// The value, or the names of the children.
    Value,
    /// Everything below, names and formats only.
    Struct,
    /// Everything below with the values.
    StructData,
    /// A property of the node (OMA TND, section 7.7).
    Property(String),
}

/// A LocURI that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a LocURI that Windows understands")]
pub struct InvalidUri;

/// Reads a LocURI.
///
/// `./Device/…`, `./User/…`, or no prefix for the device; the prefixes' case does not count (docs/PROTOCOL.md, 16). A
/// segment may not be empty, `.` or `*`.
///
/// # Errors
/// [`InvalidUri`] if it does not start with `./`, has a forbidden segment, or asks something unknown.
pub fn parse(uri: &str) -> Result<(Path, Query), InvalidUri> {
    let (path, query) = match uri.split_once('?') {
        None => (uri, Query::Value),
        Some((path, "list=Struct")) => (path, Query::Struct),
        Some((path, "list=StructData")) => (path, Query::StructData),
        Some((path, query)) => match query.strip_prefix("prop=") {
            Some(name) if !name.is_empty() => (path, Query::Property(name.to_owned())),
            _ => return Err(InvalidUri),
        },
    };
    let rest = path.strip_prefix("./").ok_or(InvalidUri)?;
    let mut segments = rest.split('/').map(decode).collect::<Result<Vec<_>, _>>()?;
    let scope = match segments.first().map(|first| first.to_ascii_lowercase()).as_deref() {
        Some("device") => Some(Scope::Device),
        Some("user") => Some(Scope::User),
        _ => None,
    };
    if scope.is_some() {
        segments.remove(0);
    }
    if segments.is_empty() {
        return Err(InvalidUri);
    }
    let scope = scope.unwrap_or(Scope::Device);
    Ok((Path { scope, segments }, query))
}

fn decode(segment: &str) -> Result<String, InvalidUri> {
    if segment.is_empty() || segment == "." || segment == "*" {
        return Err(InvalidUri);
    }
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        match (first, after) {
            (b'%', [high, low, after @ ..]) => {
                let digits = [*high, *low];
                let digits = std::str::from_utf8(&digits).map_err(|_| InvalidUri)?;
                bytes.push(u8::from_str_radix(digits, 16).map_err(|_| InvalidUri)?);
                rest = after;
            }
            (b'%', _) => return Err(InvalidUri),
            (byte, after) => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).map_err(|_| InvalidUri)
}

/// A name as it stands in a path and in the list of an interior node's children.
#[must_use]
pub fn encode(segment: &str) -> String {
    let mut out = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        // RFC 3986's unreserved characters, and those that CSP names have and that Windows leaves alone.
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()+,;=:@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_and_escapes_are_read() {
        let (path, query) = parse("./device/Vendor/MSFT/Reboot/RebootNow").unwrap();
        assert_eq!((path.scope, query), (Scope::Device, Query::Value));
        assert_eq!(path.segments, ["Vendor", "MSFT", "Reboot", "RebootNow"]);
        assert_eq!(parse("./Vendor/MSFT/Reboot/RebootNow").unwrap().0, path);
        let (path, _) = parse("./User/Vendor/MSFT/WiFi/Profile/Caf%C3%A9%20%7B1%7D").unwrap();
        assert_eq!(path.scope, Scope::User);
        assert_eq!(path.segments.last().map(String::as_str), Some("Café {1}"));
        assert_eq!(encode("Café {1}"), "Caf%C3%A9%20%7B1%7D");
    }

    #[test]
    fn queries_are_told_apart() {
        assert_eq!(parse("./DevDetail?list=StructData").unwrap().1, Query::StructData);
        assert_eq!(parse("./DevDetail?list=Struct").unwrap().1, Query::Struct);
        assert_eq!(
            parse("./DevDetail/SwV?prop=Format").unwrap().1,
            Query::Property("Format".to_owned())
        );
    }

    #[test]
    fn what_is_no_locuri_is_refused() {
        for bad in [
            "",
            "./",
            "/Vendor",
            "Vendor/MSFT",
            "./Vendor//MSFT",
            "./Vendor/*",
            "./a/%zz",
            "./a/%4",
            "./Device",
            "./a?x=y",
        ] {
            assert_eq!(parse(bad), Err(InvalidUri), "{bad}");
        }
    }
}
