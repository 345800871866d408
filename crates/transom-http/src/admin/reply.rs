//! Answers: the envelope of the contract, for one thing, for one page of things, and for a refusal.

use super::{download::Download, error::ApiError};
use actix_web::{
    HttpResponse, HttpResponseBuilder,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, HeaderValue},
    },
    web::Bytes,
};
use futures_util::stream::{self, BoxStream, Stream, StreamExt as _};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::fmt;
use transom_domain::page::Page;

/// Most fields named in `X-Ignored-Fields`: the header must stay well below the 8 KiB that proxies allow.
const IGNORED_FIELDS_MAX: usize = 50;

/// Longest name of a field there, in bytes.
const IGNORED_NAME_BYTES_MAX: usize = 100;

/// What a handler answers.
pub type Answer = Result<Reply, ApiError>;

/// How the JSON of a page begins; its items follow, then whatever [`PageView`] has behind them.
const PAGE_BEGINS: &[u8] = br#"{"items":["#;

/// What is made only as the caller takes it: JSON that follows what is there already.
pub type Rest = BoxStream<'static, Result<Bytes, ApiError>>;

/// The rest of a long answer, and how it ends.
struct Pending {
    rest: Rest,
    end: Vec<u8>,
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").finish_non_exhaustive()
    }
}

/// A request that was carried out.
#[derive(Debug)]
pub struct Reply {
    /// JSON: the data, or the document; of a long answer, its beginning.
    content: Vec<u8>,
    pending: Option<Pending>,
    /// Whether the envelope goes around it.
    is_plain: bool,
    ignored: Vec<String>,
    /// Fields of the envelope behind the data, each with the comma before it.
    further: Vec<u8>,
    tag: Option<String>,
    is_replayed: bool,
    /// What a page for people may load (`Content-Security-Policy`); none where the answer is JSON.
    page: Option<&'static str>,
    /// The content of a file, in place of all of the above.
    download: Option<Download>,
    /// The caller has it already.
    is_unchanged: bool,
}

/// One page of a list, as B.0 describes it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PageView<T> {
    items: Vec<T>,
    total_docs: u64,
    limit: u32,
    has_prev_page: bool,
    has_next_page: bool,
    page: u32,
    total_pages: u64,
    prev_page: Option<u32>,
    next_page: Option<u32>,
    lean: bool,
}

impl<T> PageView<T> {
    /// The view of a page whose items are shown by `show`.
    pub fn new<U>(page: Page<U>, show: impl FnMut(U) -> T) -> Self {
        let (number, limit) = (page.request.page(), page.request.limit());
        let total_pages = page.total.div_ceil(u64::from(limit)).max(1);
        let has_next = u64::from(number) < total_pages;
        Self {
            items: page.items.into_iter().map(show).collect(),
            total_docs: page.total,
            limit,
            has_prev_page: number > 1,
            has_next_page: has_next,
            page: number,
            total_pages,
            prev_page: (number > 1).then(|| number - 1),
            next_page: has_next.then(|| number + 1),
            // The items are plain objects; the documented envelope says so.
            lean: true,
        }
    }
}

impl Reply {
    /// The envelope around `data`.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn data<T: Serialize>(data: &T) -> Answer {
        Ok(Self::of_json(serde_json::to_vec(data).map_err(ApiError::internal)?))
    }

    /// A page with `items`, which are JSON with commas between them, and with what follows them.
    ///
    /// # Errors
    /// When the page cannot be written as JSON.
    pub fn page(frame: &PageView<()>, items: Vec<u8>, rest: Option<Rest>) -> Answer {
        let frame = serde_json::to_vec(frame).map_err(ApiError::internal)?;
        let end = frame.strip_prefix(PAGE_BEGINS).unwrap_or_default();
        let mut content = [PAGE_BEGINS, &items].concat();
        let pending = rest.map(|rest| Pending {
            rest,
            end: end.to_vec(),
        });
        if pending.is_none() {
            content.extend_from_slice(end);
        }
        Ok(Self {
            pending,
            ..Self::of_json(content)
        })
    }

    /// A document without an envelope.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn plain<T: Serialize>(document: &T) -> Answer {
        let mut reply = Self::data(document)?;
        reply.is_plain = true;
        Ok(reply)
    }

    /// The envelope around data that is JSON already.
    #[must_use]
    pub const fn of_json(content: Vec<u8>) -> Self {
        Self {
            content,
            pending: None,
            is_plain: false,
            ignored: Vec::new(),
            further: Vec::new(),
            tag: None,
            is_replayed: false,
            page: None,
            download: None,
            is_unchanged: false,
        }
    }

    /// A page for people, and what it may load.
    #[must_use]
    pub fn html(html: &str, policy: &'static str) -> Self {
        let mut reply = Self::of_json(html.as_bytes().to_vec());
        (reply.is_plain, reply.page) = (true, Some(policy));
        reply
    }

    /// The content of a file.
    #[must_use]
    pub fn download(download: Download) -> Self {
        let mut reply = Self::of_json(Vec::new());
        reply.download = Some(download);
        reply
    }

    /// What the caller asks for it has already, under this tag (304).
    #[must_use]
    pub fn unchanged(tag: String) -> Self {
        let mut reply = Self::of_json(Vec::new()).tagged(tag);
        reply.is_unchanged = true;
        reply
    }

    /// Names the fields of the request that were ignored.
    #[must_use]
    pub fn ignoring(mut self, fields: Vec<String>) -> Self {
        self.ignored = fields;
        self
    }

    /// The fields that were ignored.
    #[must_use]
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// The JSON of the data.
    #[must_use]
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// Gives it an `ETag`.
    #[must_use]
    pub fn tagged(mut self, tag: String) -> Self {
        self.tag = Some(tag);
        self
    }

    /// Says that it was given before.
    #[must_use]
    pub const fn replayed(mut self) -> Self {
        self.is_replayed = true;
        self
    }

    /// Adds the fields of `rehearsal` to the envelope.
    ///
    /// # Errors
    /// When they cannot be written as JSON.
    pub fn rehearsed<T: Serialize>(mut self, rehearsal: &T) -> Answer {
        if let Value::Object(fields) = serde_json::to_value(rehearsal).map_err(ApiError::internal)? {
            for (name, value) in fields {
                self.further
                    .extend_from_slice(format!(",{}:{value}", json!(name)).as_bytes());
            }
        }
        Ok(self)
    }

    /// The response.
    #[must_use]
    pub fn into_response(self) -> HttpResponse {
        if let Some(download) = self.download {
            return download.into_response();
        }
        if self.is_unchanged {
            let mut head = HttpResponse::NotModified();
            head.insert_header((CACHE_CONTROL, "no-store"));
            head.insert_header((ETAG, self.tag.unwrap_or_default()));
            return head.finish();
        }
        let begin = b"{\"status\":true,\"data\":".as_slice();
        let mut response = match self.pending {
            None if self.is_plain => json_head(StatusCode::OK).body(self.content),
            None => json_head(StatusCode::OK).body([begin, &self.content, &self.further, b"}"].concat()),
            Some(Pending { rest, end }) => {
                let whole = |parts: &[&[u8]]| stream::iter([Ok(Bytes::from(parts.concat()))]);
                let body = whole(&[begin, &self.content])
                    .chain(rest)
                    .chain(whole(&[&end, &self.further, b"}"]));
                json_head(StatusCode::OK).streaming(until_error(body))
            }
        };
        let mut put = |name, value| response.headers_mut().insert(HeaderName::from_static(name), value);
        if let Some(value) = ignored_header(&self.ignored) {
            put("x-ignored-fields", value);
        }
        if let Some(value) = self.tag.and_then(|tag| HeaderValue::try_from(tag).ok()) {
            put("etag", value);
        }
        if let Some(policy) = self.page {
            put("content-type", HeaderValue::from_static("text/html; charset=utf-8"));
            put("content-security-policy", HeaderValue::from_static(policy));
            put("referrer-policy", HeaderValue::from_static("no-referrer"));
        }
        if self.is_replayed {
            put("idempotency-replayed", HeaderValue::from_static("true"));
        }
        response
    }
}

/// The response to a refusal. Faults of the server carry the id under which the log has them.
#[must_use]
pub fn refusal(error: &ApiError, request_id: &str) -> HttpResponse {
    let answer = error.answer();
    let status = StatusCode::from_u16(answer.http).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut fields = Map::new();
    fields.insert("code".to_owned(), json!(answer.code));
    fields.insert("message".to_owned(), json!(answer.message));
    if let Some(details) = answer.details {
        fields.insert("details".to_owned(), details);
    }
    if status.is_server_error() {
        fields.insert("requestId".to_owned(), json!(request_id));
    }
    let body = json!({ "status": false, "error": Value::Object(fields) });
    let mut response = json_head(status).body(body.to_string());
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn json_head(status: StatusCode) -> HttpResponseBuilder {
    let mut head = HttpResponse::build(status);
    head.insert_header((CONTENT_TYPE, "application/json; charset=utf-8"))
        // Answers are about one caller at one moment: no cache on the way may keep them.
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("X-Content-Type-Options", "nosniff"));
    head
}

/// The same, ended by its first error: nothing may make a broken answer look whole.
fn until_error(body: impl Stream<Item = Result<Bytes, ApiError>>) -> impl Stream<Item = Result<Bytes, ApiError>> {
    body.scan(false, |is_broken, part| {
        let part = (!*is_broken).then_some(part);
        *is_broken |= matches!(part, Some(Err(_)));
        std::future::ready(part)
    })
}

/// `commands[0].name, tagz`: names come from the caller, so whatever may not stand in a header is percent-encoded.
fn ignored_header(fields: &[String]) -> Option<HeaderValue> {
    if fields.is_empty() {
        return None;
    }
    let mut names: Vec<String> = fields.iter().take(IGNORED_FIELDS_MAX).map(|f| header_safe(f)).collect();
    if fields.len() > IGNORED_FIELDS_MAX {
        names.push(format!("... {} more", fields.len() - IGNORED_FIELDS_MAX));
    }
    HeaderValue::try_from(names.join(", ")).ok()
}

fn header_safe(name: &str) -> String {
    let mut safe = String::new();
    for byte in name.bytes() {
        if safe.len() >= IGNORED_NAME_BYTES_MAX {
            safe.push_str("...");
            break;
        }
        if byte.is_ascii_graphic() && byte != b',' && byte != b'%' {
            safe.push(char::from(byte));
        } else {
            safe.push_str(&format!("%{byte:02X}"));
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use transom_domain::page::PageRequest;

    fn page(number: u32, limit: u32, total: u64) -> Value {
        let page = Page {
            items: Vec::<u32>::new(),
            total,
            request: PageRequest::new(number, limit).unwrap(),
        };
        serde_json::to_value(PageView::new(page, |n| n)).unwrap()
    }

    #[test]
    fn a_page_knows_its_neighbours() {
        let middle = page(2, 10, 25);
        assert_eq!((&middle["prevPage"], &middle["nextPage"]), (&json!(1), &json!(3)));
        assert_eq!(middle["totalPages"], 3);
        let last = page(3, 10, 25);
        assert_eq!((&last["hasNextPage"], &last["nextPage"]), (&json!(false), &Value::Null));
        let empty = page(1, 10, 0);
        assert_eq!(
            (&empty["totalPages"], &empty["hasPrevPage"]),
            (&json!(1), &json!(false))
        );
    }

    #[test]
    fn names_from_the_caller_cannot_break_the_header() {
        let header = ignored_header(&["a\r\nb".to_owned(), "c,d".to_owned(), "é".to_owned()]).unwrap();
        assert_eq!(header.to_str().unwrap(), "a%0D%0Ab, c%2Cd, %C3%A9");
        let many = vec!["x".repeat(1_000); 1_000];
        assert!(ignored_header(&many).unwrap().len() < 8_192);
    }
}
