//! `multipart/form-data` (RFC 7578), read piece by piece: whatever its length, no more of a body is in memory than one
//! piece from the network and the length of a boundary.

use actix_web::{
    error::PayloadError,
    web::{Bytes, BytesMut},
};
use futures_util::{Stream, StreamExt};

/// Longest boundary (RFC 2046, section 5.1.1).
const BOUNDARY_BYTES_MAX: usize = 70;

/// Longest head of one part, in bytes: two lines, with a name of a file in them that may be written in percents.
const HEAD_BYTES_MAX: usize = 8 * 1024;

/// Why a body cannot be read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// It broke off on its way.
    Off,
    /// More bytes than it may have.
    TooLarge,
    /// It is not `multipart/form-data`; what is wrong with it.
    Malformed(&'static str),
}

/// What stands above a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The field's name.
    pub name: String,
    /// The name of the file, as the client gives it.
    pub file_name: Option<String>,
}

/// The parts of a body, one after the other.
pub struct Multipart<S> {
    stream: S,
    /// What came and was not given on yet.
    buffer: BytesMut,
    /// A line break, two hyphens, and the boundary.
    delimiter: Vec<u8>,
    /// Bytes that may still come.
    left: u64,
    place: Place,
    largest: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Within a part, or before the first.
    Inside,
    /// Right behind a delimiter.
    Between,
    /// Behind the last one.
    End,
}

/// The boundary in a `Content-Type`; none, if it is not that of `multipart/form-data`.
#[must_use]
pub fn boundary(content_type: &str) -> Option<String> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = parameter(parameters, "boundary")?;
    let is_plain = boundary.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
    let fits = (1..=BOUNDARY_BYTES_MAX).contains(&boundary.len());
    (is_plain && fits && !boundary.ends_with(' ')).then_some(boundary)
}

impl<S> Multipart<S>
where
    S: Stream<Item = Result<Bytes, PayloadError>> + Unpin,
{
    /// Reads a body of at most `bytes_max` bytes.
    pub fn new(stream: S, boundary: &str, bytes_max: u64) -> Self {
        Self {
            stream,
            // As if there were a line before the first delimiter too.
            buffer: BytesMut::from(&b"\r\n"[..]),
            delimiter: [b"\r\n--", boundary.as_bytes()].concat(),
            left: bytes_max,
            place: Place::Inside,
            largest: 0,
        }
    }

    /// Goes to the next part, over what is left of this one. None behind the last.
    pub async fn next(&mut self) -> Result<Option<Head>, Broken> {
        while self.piece().await?.is_some() {}
        if self.place == Place::End {
            return Ok(None);
        }
        // Behind a delimiter stand two hyphens, or blanks and the end of the line.
        while self.buffer.len() < 2 {
            self.more().await?;
        }
        if self.buffer.starts_with(b"--") {
            self.place = Place::End;
            self.buffer.clear();
            // What follows means nothing; it is taken so that the connection can go on.
            while self.fill().await? {
                self.buffer.clear();
            }
            return Ok(None);
        }
        let head = self.head().await?;
        self.place = Place::Inside;
        Ok(Some(head))
    }

    /// The next piece of this part. None at its end.
    pub async fn piece(&mut self) -> Result<Option<Bytes>, Broken> {
        if self.place != Place::Inside {
            return Ok(None);
        }
        loop {
            match find(&self.buffer, &self.delimiter) {
                Some(0) => {
                    let _ = self.buffer.split_to(self.delimiter.len());
                    self.place = Place::Between;
                    return Ok(None);
                }
                Some(at) => return Ok(Some(self.buffer.split_to(at).freeze())),
                None => {
                    // The end may be the beginning of a delimiter.
                    let safe = (self.buffer.len() + 1).saturating_sub(self.delimiter.len());
                    if safe > 0 {
                        return Ok(Some(self.buffer.split_to(safe).freeze()));
                    }
                    self.more().await?;
                }
            }
        }
    }

    /// The most bytes that were held at once.
    #[cfg(test)]
    fn largest(&self) -> usize {
        self.largest
    }

    async fn head(&mut self) -> Result<Head, Broken> {
        let end = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end;
            }
            if self.buffer.len() > HEAD_BYTES_MAX {
                return Err(Broken::Malformed("the head of a part is too long"));
            }
            self.more().await?;
        };
        if end > HEAD_BYTES_MAX {
            return Err(Broken::Malformed("the head of a part is too long"));
        }
        let head = self.buffer.split_to(end + 4);
        let head = std::str::from_utf8(&head).map_err(|_| Broken::Malformed("the head of a part is not UTF-8"))?;
        let mut lines = head.split("\r\n");
        if lines.next().is_some_and(|rest| !rest.trim().is_empty()) {
            return Err(Broken::Malformed("something stands behind a boundary in its line"));
        }
        parse_head(lines)
    }

    /// Takes more from the network, which must have more.
    async fn more(&mut self) -> Result<(), Broken> {
        if self.fill().await? { Ok(()) } else { Err(Broken::Off) }
    }

    async fn fill(&mut self) -> Result<bool, Broken> {
        let Some(chunk) = self.stream.next().await else {
            return Ok(false);
        };
        let chunk = chunk.map_err(|_| Broken::Off)?;
        self.left = self.left.checked_sub(chunk.len() as u64).ok_or(Broken::TooLarge)?;
        self.buffer.extend_from_slice(&chunk);
        self.largest = self.largest.max(self.buffer.len());
        Ok(true)
    }
}

fn parse_head<'h>(lines: impl Iterator<Item = &'h str>) -> Result<Head, Broken> {
    let mut disposition = None;
    for line in lines.filter(|line| !line.is_empty()) {
        let (name, value) = line
            .split_once(':')
            .ok_or(Broken::Malformed("a line above a part is no header"))?;
        if name.eq_ignore_ascii_case("content-disposition") {
            disposition = Some(value);
        } else if name.eq_ignore_ascii_case("content-transfer-encoding") {
            // RFC 7578 (section 4.7) takes it away; what is encoded so would be stored so.
            let is_none = ["7bit", "8bit", "binary"]
                .iter()
                .any(|e| value.trim().eq_ignore_ascii_case(e));
            if !is_none {
                return Err(Broken::Malformed("a part has a Content-Transfer-Encoding"));
            }
        }
    }
    let (kind, parameters) = disposition.and_then(|d| d.split_once(';')).unwrap_or_default();
    if !kind.trim().eq_ignore_ascii_case("form-data") {
        return Err(Broken::Malformed("a part has no Content-Disposition: form-data"));
    }
    let name = parameter(parameters, "name").ok_or(Broken::Malformed("a part has no name"))?;
    let file_name = parameter(parameters, "filename*")
        .and_then(|text| extended(&text))
        .or_else(|| parameter(parameters, "filename"));
    Ok(Head { name, file_name })
}

/// The value of a parameter behind a `;`. In quotes, a backslash before a quote or a backslash is taken away, as curl
/// writes them; any other stays, as browsers write paths of Windows.
fn parameter(text: &str, wanted: &str) -> Option<String> {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ';']);
        let (name, after) = rest.split_once('=')?;
        let (value, after) = match after.trim_start().strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => {
                let end = after.find(';').unwrap_or(after.len());
                (after[..end].trim().to_owned(), &after[end..])
            }
        };
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = after;
    }
}

/// What stands up to the closing quote, and what follows it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => match characters.next_if(|(_, next)| matches!(next, '"' | '\\')) {
                Some((_, escaped)) => value.push(escaped),
                None => value.push('\\'),
            },
            other => value.push(other),
        }
    }
    None
}

/// `UTF-8''percent%20encoded` (RFC 8187).
fn extended(text: &str) -> Option<String> {
    let (charset, rest) = text.split_once('\'')?;
    let (_, encoded) = rest.split_once('\'')?;
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

/// Where `needle` begins.
fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(hay, needle)
}

#[cfg(test)]
mod tests;
