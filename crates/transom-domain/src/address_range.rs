//! Ranges of addresses in CIDR form (RFC 4632, RFC 4291): from where a token may be used. Addresses are values
//! here (`core::net`); nothing is connected.

use core::net::IpAddr;
use std::{fmt, str::FromStr};

/// An address with the length of the prefix that counts: `192.0.2.0/24`, `2001:db8::/32`, or a single address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AddressRange {
    address: IpAddr,
    prefix: u8,
}

/// Why a text is no range of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressRangeError {
    /// It is not an address with a prefix.
    #[error("a range is an address, or an address and a prefix length such as 192.0.2.0/24 or 2001:db8::/32")]
    Shape,
    /// Bits behind the prefix are set: most likely the wrong prefix was written.
    #[error("bits behind the prefix are set; write the range's first address")]
    HostBits,
}

/// An address as a number of 128 bits, and how many bits it has.
fn bits(address: IpAddr) -> (u128, u8) {
    match address {
        IpAddr::V4(v4) => (u128::from(u32::from(v4)), 32),
        IpAddr::V6(v6) => (u128::from(v6), 128),
    }
}

/// Whether two numbers of `width` bits begin with the same `prefix` bits.
fn alike(a: u128, b: u128, prefix: u8, width: u8) -> bool {
    prefix == 0 || (a ^ b) >> (width - prefix) == 0
}

impl FromStr for AddressRange {
    type Err = AddressRangeError;

    fn from_str(text: &str) -> Result<Self, AddressRangeError> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| AddressRangeError::Shape)?;
        let (number, width) = bits(address);
        let prefix = match prefix {
            Some(digits) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
                let length: u8 = digits.parse().map_err(|_| AddressRangeError::Shape)?;
                if length > width {
                    return Err(AddressRangeError::Shape);
                }
                length
            }
            Some(_) => return Err(AddressRangeError::Shape),
            None => width,
        };
        let host = width - prefix;
        let has_host_bits = host > 0 && number.trailing_zeros() < u32::from(host) && number != 0;
        if has_host_bits {
            return Err(AddressRangeError::HostBits);
        }
        Ok(Self { address, prefix })
    }
}

impl AddressRange {
    /// Whether an address lies in it. An IPv4 address that came mapped into IPv6 counts as the IPv4 address that it is.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let ((own, width), (other, other_width)) = (bits(self.address), bits(address.to_canonical()));
        width == other_width && alike(own, other, self.prefix, width)
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(range: &str, address: &str) -> bool {
        range
            .parse::<AddressRange>()
            .unwrap()
            .contains(address.parse().unwrap())
    }

    #[test]
    fn a_range_holds_what_begins_alike() {
        assert!(contains("192.0.2.0/24", "192.0.2.255"));
        assert!(!contains("192.0.2.0/24", "192.0.3.0"));
        assert!(contains("192.0.2.7", "192.0.2.7") && !contains("192.0.2.7", "192.0.2.6"));
        assert!(contains("0.0.0.0/0", "203.0.113.9") && !contains("0.0.0.0/0", "2001:db8::1"));
        assert!(contains("2001:db8::/32", "2001:db8:ffff::1") && !contains("2001:db8::/32", "2001:db9::"));
        assert!(contains("::/0", "2001:db8::1") && !contains("::/0", "192.0.2.1"));
        assert!(contains("192.0.2.0/24", "::ffff:192.0.2.9"));
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in [
            "",
            "192.0.2.0/",
            "192.0.2.0/33",
            "192.0.2.0/+8",
            "192.0.2/24",
            "::/129",
            "host/8",
            "1.2.3.4/8/8",
        ] {
            assert_eq!(text.parse::<AddressRange>(), Err(AddressRangeError::Shape), "{text}");
        }
        assert_eq!("192.0.2.1/24".parse::<AddressRange>(), Err(AddressRangeError::HostBits));
        assert_eq!(
            "2001:db8::1/64".parse::<AddressRange>(),
            Err(AddressRangeError::HostBits)
        );
    }

    #[test]
    fn a_range_is_written_with_its_prefix() {
        assert_eq!("192.0.2.7".parse::<AddressRange>().unwrap().to_string(), "192.0.2.7/32");
        assert_eq!(
            "2001:DB8::/32".parse::<AddressRange>().unwrap().to_string(),
            "2001:db8::/32"
        );
    }
}
