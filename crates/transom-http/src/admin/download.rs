//! Answers with the content of a file: streamed, whole or a part of it (RFC 9110, section 14).

use super::error::ApiError;
use actix_web::{
    HttpResponse,
    body::SizedStream,
    http::{StatusCode, header},
    web::Bytes,
};
use futures_util::stream;
use transom_domain::{
    asset::AssetFile,
    ports::{FilesError, StoredFile},
    secret::SecretHash,
};

/// A file as an answer.
pub struct Download {
    file: AssetFile,
    content: Box<dyn StoredFile>,
    /// The first and the last byte, where not all of it is asked for.
    part: Option<(u64, u64)>,
}

/// The tag of a file: what is in it.
#[must_use]
pub fn tag(file: &AssetFile) -> String {
    format!("\"{}\"", SecretHash(file.sha256).to_hex())
}

/// Whether `If-None-Match` names a tag, weakly or not, as GET compares them (RFC 9110, sections 8.8.3.2 and 13.1.2). Tags
/// of ours have no commas in them.
#[must_use]
pub fn names(header: &str, tag: &str) -> bool {
    let given = header.split(',').map(str::trim);
    given
        .map(|given| given.strip_prefix("W/").unwrap_or(given))
        .any(|given| given == "*" || given == tag)
}

/// What of a file is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// All of it.
    Whole,
    /// From the first byte to the last, both counted from 0 and both sent.
    Part(u64, u64),
    /// Nothing that is there.
    Unsatisfiable,
}

impl Range {
    /// What a `Range` header asks of a file with so many bytes. Anything but one range of bytes means all of it, as a
    /// server may choose (RFC 9110, section 14.2).
    #[must_use]
    pub fn of(header: Option<&str>, size: u64) -> Self {
        let one = header.and_then(|h| h.trim().strip_prefix("bytes="));
        let Some((first, last)) = one.and_then(|r| r.split_once('-')) else {
            return Self::Whole;
        };
        let number = |text: &str| {
            let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            is_number.then(|| text.parse::<u64>().unwrap_or(u64::MAX))
        };
        match (first.trim(), last.trim()) {
            ("", last) => match number(last) {
                None => Self::Whole,
                Some(_) if size == 0 => Self::Unsatisfiable,
                Some(0) => Self::Unsatisfiable,
                Some(count) => Self::Part(size.saturating_sub(count), size - 1),
            },
            (first, last) => match (number(first), number(last)) {
                (Some(first), _) if first >= size && (last.is_empty() || number(last).is_some()) => Self::Unsatisfiable,
                (Some(first), None) if last.is_empty() => Self::Part(first, size - 1),
                (Some(first), Some(last)) if first <= last => Self::Part(first, last.min(size - 1)),
                _ => Self::Whole,
            },
        }
    }
}

impl Download {
    /// What is asked of a file, from where it begins.
    ///
    /// # Errors
    /// When nothing that is there is asked for (416), or the file cannot be read there.
    pub async fn new(file: AssetFile, mut content: Box<dyn StoredFile>, range: Option<&str>) -> Result<Self, ApiError> {
        let part = match Range::of(range, content.size()) {
            Range::Whole => None,
            Range::Part(first, last) => Some((first, last)),
            Range::Unsatisfiable => return Err(ApiError::RangeNotSatisfiable(content.size())),
        };
        if let Some((first, _)) = part {
            content.seek(first).await?;
        }
        Ok(Self { file, content, part })
    }

    /// The response. A browser is told to store the file and to run nothing of it, whatever it is.
    #[must_use]
    pub fn into_response(self) -> HttpResponse {
        let size = self.content.size();
        let (status, length) = match self.part {
            None => (StatusCode::OK, size),
            Some((first, last)) => (StatusCode::PARTIAL_CONTENT, last - first + 1),
        };
        let mut response = HttpResponse::build(status);
        response
            .insert_header((header::CONTENT_TYPE, self.file.name.media_type()))
            .insert_header((header::CONTENT_DISPOSITION, disposition(self.file.name.as_str())))
            .insert_header((header::ETAG, tag(&self.file)))
            .insert_header((header::ACCEPT_RANGES, "bytes"))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
        if let Some((first, last)) = self.part {
            response.insert_header((header::CONTENT_RANGE, format!("bytes {first}-{last}/{size}")));
        }
        let pieces = stream::try_unfold((self.content, length), |(mut content, left)| async move {
            if left == 0 {
                return Ok::<_, FilesError>(None);
            }
            // The answer has begun, so its caller can learn of a fault by its sudden end only.
            let failed = |error: &FilesError| tracing::error!(%error, "a file could not be read to its end");
            let mut piece = content.read().await.inspect_err(failed)?;
            if piece.is_empty() {
                // Shorter than its row says: the connection ends without the length that was promised.
                let error = FilesError::Failed("a file is shorter than it was".to_owned());
                failed(&error);
                return Err(error);
            }
            piece.truncate(usize::try_from(left).unwrap_or(usize::MAX));
            let left = left - piece.len() as u64;
            Ok(Some((Bytes::from(piece), (content, left))))
        });
        response.body(SizedStream::new(length, Box::pin(pieces)))
    }
}

impl std::fmt::Debug for Download {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Download")
            .field("file", &self.file)
            .field("part", &self.part)
            .finish_non_exhaustive()
    }
}

/// `attachment` with the name twice: for old programs in ASCII, for all others as it is (RFC 6266).
fn disposition(name: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') || c == ' ' {
            c
        } else {
            '_'
        }
    };
    let ascii: String = name.chars().map(plain).collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_of_bytes_is_read_and_everything_else_is_all() {
        for (header, size, range) in [
            ("bytes=0-9", 100, Range::Part(0, 9)),
            ("bytes=90-", 100, Range::Part(90, 99)),
            ("bytes=90-1000", 100, Range::Part(90, 99)),
            ("bytes=-10", 100, Range::Part(90, 99)),
            ("bytes=-1000", 100, Range::Part(0, 99)),
            ("bytes=100-", 100, Range::Unsatisfiable),
            ("bytes=100-200", 100, Range::Unsatisfiable),
            ("bytes=99999999999999999999999-", 100, Range::Unsatisfiable),
            ("bytes=-0", 100, Range::Unsatisfiable),
            ("bytes=0-", 0, Range::Unsatisfiable),
            ("bytes=-1", 0, Range::Unsatisfiable),
            ("bytes=9-0", 100, Range::Whole),
            ("bytes=0-1,3-4", 100, Range::Whole),
            ("bytes=a-b", 100, Range::Whole),
            ("bytes=-", 100, Range::Whole),
            ("lines=1-2", 100, Range::Whole),
            ("bytes=+1-2", 100, Range::Whole),
        ] {
            assert_eq!(Range::of(Some(header), size), range, "{header}");
        }
        assert_eq!(Range::of(None, 0), Range::Whole);
    }

    #[test]
    fn names_of_files_cannot_break_the_header() {
        assert_eq!(
            disposition("Übersicht (1)%41.pdf"),
            "attachment; filename=\"_bersicht (1)_41.pdf\"; filename*=UTF-8''%C3%9Cbersicht%20%281%29%2541.pdf"
        );
    }
}
