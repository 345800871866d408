//! Values that look random and can be made again from a seed.

use sha2::{Digest as _, Sha256};

/// A stream of bytes that depends on nothing but its seed and its purpose.
///
/// Not for secrets: it makes names, ids and correlation values of simulated PCs, so that a failing run can be repeated.
#[derive(Debug, Clone)]
pub(crate) struct Stream {
    prefix: Vec<u8>,
    counter: u64,
}

impl Stream {
    /// A stream for one purpose.
    pub(crate) fn new(seed: u64, index: u64, purpose: &str) -> Self {
        let mut prefix = seed.to_le_bytes().to_vec();
        prefix.extend_from_slice(&index.to_le_bytes());
        prefix.extend_from_slice(purpose.as_bytes());
        Self { prefix, counter: 0 }
    }

    /// The next 32 bytes.
    pub(crate) fn block(&mut self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(&self.prefix);
        hash.update([0]);
        hash.update(self.counter.to_le_bytes());
        self.counter += 1;
        hash.finalize().into()
    }

    /// The next bytes as upper-case hexadecimal digits, two for each byte; at most 32 bytes.
    pub(crate) fn hex(&mut self, bytes: usize) -> String {
        let block = self.block();
        hex::encode_upper(&block[..bytes.min(block.len())])
    }

    /// The next characters out of an alphabet; at most 32 of them.
    pub(crate) fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        let block = self.block();
        block
            .iter()
            .take(length)
            .filter_map(|byte| alphabet.get(usize::from(*byte) % alphabet.len().max(1)))
            .map(|byte| char::from(*byte))
            .collect()
    }

    /// The next GUID in Windows' upper-case spelling without braces (RFC 9562, version 4).
    pub(crate) fn guid(&mut self) -> String {
        let mut block = self.block();
        block[6] = (block[6] & 0x0F) | 0x40;
        block[8] = (block[8] & 0x3F) | 0x80;
        let digits = hex::encode_upper(&block[..16]);
        format!(
            "{}-{}-{}-{}-{}",
            &digits[..8],
            &digits[8..12],
            &digits[12..16],
            &digits[16..20],
            &digits[20..]
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Stream;

    #[test]
    fn the_same_seed_gives_the_same_values_and_another_one_others() {
        let first = Stream::new(1, 2, "x").hex(16);
        assert_eq!(first, Stream::new(1, 2, "x").hex(16));
        for other in [Stream::new(2, 2, "x"), Stream::new(1, 3, "x"), Stream::new(1, 2, "y")] {
            let mut other = other;
            assert_ne!(first, other.hex(16));
        }
    }

    #[test]
    fn a_guid_has_the_form_of_version_four() {
        let guid = Stream::new(7, 0, "guid").guid();
        assert_eq!(guid.len(), 36);
        assert_eq!(guid.as_bytes()[14], b'4');
        assert!(b"89AB".contains(&guid.as_bytes()[19]));
    }
}
