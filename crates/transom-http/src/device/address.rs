//! Where a request comes from, also through a proxy.

use super::settings::ProxySettings;
use actix_web::{HttpRequest, http::header::HeaderName};
use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

/// Where proxies write down the addresses they were called from.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Most entries of `X-Forwarded-For` that are looked at: nobody has more proxies of their own in a row.
const MAX_PROXY_HOPS: usize = 16;

/// One address, or all addresses that begin alike: `10.0.0.7`, `10.0.0.0/8`, `fd00::/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressRange {
    /// The first address, IPv4 written as IPv6.
    first: u128,
    /// Which bits of an address count.
    mask: u128,
}

/// A text that is no range of addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an address range is written like 10.0.0.7, 10.0.0.0/8 or fd00::/8, not {found:?}")]
pub struct AddressRangeError {
    /// The text, cut to 64 characters.
    pub found: String,
}

impl AddressRange {
    /// Whether an address lies in the range. An IPv4 address in IPv6 clothes counts as what it is.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        number(address) & self.mask == self.first
    }
}

impl From<IpAddr> for AddressRange {
    fn from(address: IpAddr) -> Self {
        Self {
            first: number(address),
            mask: u128::MAX,
        }
    }
}

impl FromStr for AddressRange {
    type Err = AddressRangeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse_range(text.trim()).ok_or_else(|| AddressRangeError {
            found: text.chars().take(64).collect(),
        })
    }
}

fn parse_range(text: &str) -> Option<AddressRange> {
    let Some((address, bits)) = text.split_once('/') else {
        return text.parse::<IpAddr>().ok().map(AddressRange::from);
    };
    let address: IpAddr = address.parse().ok()?;
    if !bits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let bits: u32 = bits.parse().ok()?;
    let free = match address {
        IpAddr::V4(_) => 32_u32.checked_sub(bits)?,
        IpAddr::V6(_) => 128_u32.checked_sub(bits)?,
    };
    let mask = u128::MAX.checked_shl(free).unwrap_or(0);
    let first = number(address) & mask;
    Some(AddressRange { first, mask })
}

/// The address as 128 bits, IPv4 mapped into IPv6.
fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().into(),
        IpAddr::V6(v6) => v6.into(),
    }
}

/// What one household or office shares: an IPv4 address, or the first 64 bits of an IPv6 one, because any host picks
/// the other 64 as it likes (RFC 4291, section 2.5.4).
#[must_use]
pub(super) fn neighbourhood(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().into(),
        IpAddr::V6(v6) => u128::from(v6) & !u128::from(u64::MAX),
    }
}

/// Who is at the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Caller {
    /// The PC's address, as far as it can be known.
    pub(super) address: IpAddr,
    /// Whether the connection comes from a configured proxy, whose headers are believed.
    pub(super) through_proxy: bool,
}

impl Caller {
    /// Finds out who calls. The last address that a configured proxy wrote down and that is no proxy itself is the
    /// caller's; what stands before it may be the caller's invention.
    pub(super) fn of(request: &HttpRequest, proxy: Option<&ProxySettings>) -> Self {
        let remote = request
            .peer_addr()
            .map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |peer| peer.ip().to_canonical());
        let Some(proxy) = proxy.filter(|proxy| proxy.is_at(remote)) else {
            return Self {
                address: remote,
                through_proxy: false,
            };
        };
        Self {
            address: forwarded(request, proxy).unwrap_or(remote),
            through_proxy: true,
        }
    }
}

fn forwarded(request: &HttpRequest, proxy: &ProxySettings) -> Option<IpAddr> {
    let lines: Vec<&str> = request
        .headers()
        .get_all(FORWARDED_FOR)
        .filter_map(|line| line.to_str().ok())
        .collect();
    lines
        .iter()
        .rev()
        .flat_map(|line| line.rsplit(','))
        .take(MAX_PROXY_HOPS)
        .map_while(|entry| host(entry.trim()))
        .find(|address| !proxy.is_at(*address))
}

/// Some proxies write the port too.
fn host(entry: &str) -> Option<IpAddr> {
    let plain = entry.parse::<IpAddr>().ok();
    plain
        .or_else(|| entry.parse::<SocketAddr>().ok().map(|address| address.ip()))
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]
    use super::*;
    use actix_web::test::TestRequest;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn proxy() -> ProxySettings {
        ProxySettings::new(vec!["10.0.0.0/8".parse().unwrap(), "fd00::1".parse().unwrap()])
    }

    fn caller(remote: &str, forwarded: &[&str]) -> Caller {
        let mut request = TestRequest::default().peer_addr(SocketAddr::new(address(remote), 4000));
        for line in forwarded {
            request = request.append_header((FORWARDED_FOR, *line));
        }
        Caller::of(&request.to_http_request(), Some(&proxy()))
    }

    #[test]
    fn a_range_holds_what_begins_alike() {
        let range: AddressRange = "10.1.2.3/8".parse().unwrap();
        assert!(range.contains(address("10.255.0.1")));
        assert!(range.contains(address("::ffff:10.0.0.1")));
        assert!(!range.contains(address("11.0.0.1")));
        let single: AddressRange = "fd00::1".parse().unwrap();
        assert!(single.contains(address("fd00::1")));
        assert!(!single.contains(address("fd00::2")));
        let all: AddressRange = "::/0".parse().unwrap();
        assert!(all.contains(address("203.0.113.9")));
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in [
            "",
            "10.0.0.0/33",
            "fd00::/129",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "localhost",
            "10.0.0/8",
        ] {
            assert!(text.parse::<AddressRange>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_last_address_that_is_no_proxy_is_the_callers() {
        let through = caller("10.0.0.1", &["198.51.100.1, 203.0.113.9", "10.0.0.2"]);
        assert_eq!((through.address, through.through_proxy), (address("203.0.113.9"), true));
        assert_eq!(
            caller("10.0.0.1", &["203.0.113.9:5000"]).address,
            address("203.0.113.9")
        );
        assert_eq!(caller("10.0.0.1", &["203.0.113.9, junk"]).address, address("10.0.0.1"));
        assert_eq!(caller("10.0.0.1", &[]).address, address("10.0.0.1"));
    }

    #[test]
    fn nobody_but_a_proxy_can_say_where_they_are() {
        let direct = caller("203.0.113.7", &["198.51.100.1"]);
        assert_eq!((direct.address, direct.through_proxy), (address("203.0.113.7"), false));
    }

    #[test]
    fn a_host_cannot_leave_its_neighbourhood_by_picking_another_address() {
        assert_eq!(
            neighbourhood(address("2001:db8::1")),
            neighbourhood(address("2001:db8::ffff:1"))
        );
        assert_ne!(
            neighbourhood(address("2001:db8::1")),
            neighbourhood(address("2001:db8:0:1::1"))
        );
        assert_ne!(
            neighbourhood(address("203.0.113.7")),
            neighbourhood(address("203.0.113.8"))
        );
    }
}
