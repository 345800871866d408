//! Answers: status line, header fields, and a body whose length is known.

use super::HttpError;

/// Bytes of a status line with its header fields: servers send a few hundred.
pub const MAX_HEAD_BYTES: usize = 64 * 1024;
/// Bytes of a body: twice what a server may send in one message, so that a too long one is still measured.
pub const MAX_BODY_BYTES: usize = 32 * 1024 * 1024;

/// A complete answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// The value of a header field, its name in any case; the first one if it repeats.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// `Content-Length`, if it is a number.
    #[must_use]
    pub fn content_length(&self) -> Option<usize> {
        self.header("content-length")?.parse().ok()
    }

    /// Whether the server closes the connection after this.
    #[must_use]
    pub fn closes(&self) -> bool {
        self.header("connection")
            .is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }
}

/// Reads one answer out of what has arrived so far.
#[derive(Debug, Default)]
pub(super) struct Parser {
    /// The head, once it is complete, with the body still to come.
    head: Option<(Response, usize)>,
    /// Where the end of the head was looked for already.
    seen: usize,
}

impl Parser {
    /// Takes what it can out of the buffer; an answer once it is complete.
    pub(super) fn advance(&mut self, buffer: &mut Vec<u8>) -> Result<Option<Response>, HttpError> {
        loop {
            if let Some((mut response, length)) = self.head.take() {
                if buffer.len() < length {
                    self.head = Some((response, length));
                    return Ok(None);
                }
                response.body = buffer.drain(..length).collect();
                if !buffer.is_empty() {
                    return Err(HttpError::Malformed("something follows the body"));
                }
                return Ok(Some(response));
            }
            let Some(end) = find(&buffer[self.seen..], b"\r\n\r\n").map(|end| end + self.seen) else {
                if buffer.len() > MAX_HEAD_BYTES {
                    return Err(HttpError::Malformed("the header fields are too long"));
                }
                // The end may begin with the last three bytes that are here.
                self.seen = buffer.len().saturating_sub(3);
                return Ok(None);
            };
            let head: Vec<u8> = buffer.drain(..end + 4).collect();
            self.seen = 0;
            let response = parse_head(&head[..end])?;
            // An interim answer (RFC 9110, section 15.2) is followed by the real one.
            if (100..200).contains(&response.status) {
                continue;
            }
            let length = body_length(&response)?;
            self.head = Some((response, length));
        }
    }
}

fn parse_head(head: &[u8]) -> Result<Response, HttpError> {
    let text = std::str::from_utf8(head).map_err(|_| HttpError::Malformed("the header fields are not text"))?;
    let mut lines = text.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| {
            line.strip_prefix("HTTP/1.1 ")
                .or_else(|| line.strip_prefix("HTTP/1.0 "))
        })
        .and_then(|line| line.get(..3))
        .and_then(|code| code.parse().ok())
        .ok_or(HttpError::Malformed("there is no status line"))?;
    let headers = lines
        .map(|line| {
            // A field over several lines (obsolete) would begin with a blank.
            let (name, value) = line
                .split_once(':')
                .ok_or(HttpError::Malformed("a line is no header field"))?;
            Ok((name.to_owned(), value.trim().to_owned()))
        })
        .collect::<Result<Vec<_>, HttpError>>()?;
    Ok(Response {
        status,
        headers,
        body: Vec::new(),
    })
}

/// Windows refuses chunked answers of enrolment services, and no answer here is long enough to need them.
fn body_length(response: &Response) -> Result<usize, HttpError> {
    if response.header("transfer-encoding").is_some() {
        return Err(HttpError::Malformed("it is chunked, which Windows refuses"));
    }
    let without_body = matches!(response.status, 204 | 304);
    match (response.header("content-length"), response.content_length()) {
        (Some(_), Some(length)) if length <= MAX_BODY_BYTES => Ok(length),
        (Some(_), Some(_)) => Err(HttpError::Malformed("the body is too long")),
        (Some(_), None) => Err(HttpError::Malformed("Content-Length is no number")),
        (None, _) if without_body => Ok(0),
        (None, _) => Err(HttpError::Malformed("there is no Content-Length")),
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds the answer in pieces of so many bytes.
    fn parse(text: &str, piece: usize) -> Result<Option<Response>, HttpError> {
        let mut parser = Parser::default();
        let mut buffer = Vec::new();
        for bytes in text.as_bytes().chunks(piece) {
            buffer.extend_from_slice(bytes);
            if let Some(response) = parser.advance(&mut buffer)? {
                return Ok(Some(response));
            }
        }
        Ok(None)
    }

    #[test]
    fn an_answer_is_read_however_it_arrives() {
        let text = "HTTP/1.1 200 OK\r\nContent-Type: text/x\r\ncontent-length: 5\r\n\r\nhello";
        for piece in [1, 2, 3, 7, 1000] {
            let response = parse(text, piece).unwrap().unwrap();
            assert_eq!((response.status, response.body.as_slice()), (200, &b"hello"[..]));
            assert_eq!(response.header("CONTENT-TYPE"), Some("text/x"));
            assert!(!response.closes());
        }
    }

    #[test]
    fn interim_answers_are_passed_over() {
        let text = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
        let response = parse(text, 1000).unwrap().unwrap();
        assert_eq!(response.status, 204);
        assert!(response.closes());
    }

    #[test]
    fn unusable_answers_are_refused() {
        for bad in [
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab",
            "HTTP/2 200\r\n\r\n",
            "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n",
        ] {
            assert!(matches!(parse(bad, 1000), Err(HttpError::Malformed(_))), "{bad:?}");
        }
        let endless = format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(MAX_HEAD_BYTES));
        assert!(matches!(parse(&endless, 1000), Err(HttpError::Malformed(_))));
        assert_eq!(
            parse("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na", 1000).unwrap(),
            None
        );
    }
}
