//! Addresses of servers.

/// An `https` address taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    host: String,
    port: u16,
    target: String,
}

/// The text is no `https` address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an address with https")]
pub struct UrlError;

/// The port of `https` (RFC 9110, section 4.2.2).
const HTTPS_PORT: u16 = 443;

impl Url {
    /// Reads `https://host[:port][/path][?query]`.
    ///
    /// # Errors
    /// [`UrlError`] for everything else, also for addresses with white space or a user.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let scheme = text.get(..8).ok_or(UrlError)?;
        if !scheme.eq_ignore_ascii_case("https://") || !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(UrlError);
        }
        let rest = &text[8..];
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let target = target.split('#').next().unwrap_or_default();
        let (host, port) = match authority.strip_prefix('[') {
            Some(v6) => {
                let (host, port) = v6.split_once(']').ok_or(UrlError)?;
                (host, port.strip_prefix(':'))
            }
            None => match authority.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
        };
        if host.is_empty() || host.contains('@') {
            return Err(UrlError);
        }
        Ok(Self {
            host: host.to_owned(),
            port: port.map_or(Ok(HTTPS_PORT), |port| port.parse().map_err(|_| UrlError))?,
            target: if target.starts_with('/') {
                target.to_owned()
            } else {
                format!("/{target}")
            },
        })
    }

    /// The host, an IPv6 address without its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Path and query, at least `/`.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Host and port, by which connections are told apart.
    #[must_use]
    pub fn authority(&self) -> String {
        format!("{}:{}", self.bracketed(), self.port)
    }

    /// The `Host` header.
    #[must_use]
    pub fn host_header(&self) -> String {
        if self.port == HTTPS_PORT {
            self.bracketed()
        } else {
            self.authority()
        }
    }

    /// Whether two addresses are of the same host, as enrolment demands of two services.
    #[must_use]
    pub fn same_host(&self, other: &Self) -> bool {
        self.host.eq_ignore_ascii_case(&other.host)
    }

    fn bracketed(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Url, UrlError};

    #[test]
    fn addresses_are_taken_apart() {
        let url = Url::parse("https://mdm.example.com/a/b?c=d#e").unwrap();
        assert_eq!(
            (url.host(), url.port(), url.target()),
            ("mdm.example.com", 443, "/a/b?c=d")
        );
        assert_eq!(url.host_header(), "mdm.example.com");
        let url = Url::parse("HTTPS://127.0.0.1:8443").unwrap();
        assert_eq!((url.port(), url.target()), (8443, "/"));
        assert_eq!(url.host_header(), "127.0.0.1:8443");
        let url = Url::parse("https://[::1]:9/?x").unwrap();
        assert_eq!(
            (url.host(), url.authority().as_str(), url.target()),
            ("::1", "[::1]:9", "/?x")
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in [
            "",
            "http://a",
            "https://",
            "https:// a",
            "https://u@h/",
            "https://h:x/",
            "https://h\n/",
        ] {
            assert_eq!(Url::parse(bad), Err(UrlError), "{bad:?}");
        }
    }
}
