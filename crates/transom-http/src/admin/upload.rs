//! Taking in a body of several parts: texts and documents into memory, within their limits, and a file on its way to
//! where files are kept.

use super::{
    AdminState,
    body::{Received, check_encoding},
    error::ApiError,
    multipart::{self, Broken, Head, Multipart},
    routes::{Part, PartKind, Route},
};
use actix_web::{HttpRequest, http::header, web};
use aws_lc_rs::digest::{Context, Digest, SHA256};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, time::Duration};
use transom_domain::{
    Actor, AssetFileId, Origin,
    device::update::Violation,
    ports::{FilesError, IncomingFile},
};

/// How long an upload may stand still. The network of a person who carries a notebook from room to room comes back
/// sooner.
const PIECE_ARRIVES_WITHIN: Duration = Duration::from_secs(30);

/// How long an upload may take: 2 GiB at five megabits a second.
const UPLOAD_ARRIVES_WITHIN: Duration = Duration::from_secs(3_600);

/// Most parts of a body: a form has ten fields at most, and some unknown ones may stand beside them.
const PARTS_MAX: usize = 32;

/// Longest text in a part, in bytes: the longest that a field takes has 1,000 characters.
const TEXT_BYTES_MAX: usize = 64 * 1024;

/// Bytes that boundaries, heads and texts may take beside the files.
const FORM_BYTES_MAX: u64 = 1024 * 1024;

/// A file that has arrived and waits to be kept. Dropped, it leaves nothing behind.
pub struct Upload {
    /// Where it will be.
    pub id: AssetFileId,
    /// The name that the client gives it.
    pub name: String,
    /// Its bytes.
    pub size: u64,
    /// SHA-256 of them.
    pub sha256: [u8; 32],
    /// None in a dry run, which reads everything and writes nothing.
    file: Option<Box<dyn IncomingFile>>,
}

impl Upload {
    /// Puts it where files are kept.
    ///
    /// # Errors
    /// When there is no room, or the folder fails.
    pub async fn keep(self) -> Result<(), ApiError> {
        match self.file {
            Some(file) => Ok(file.keep().await?),
            None => Ok(()),
        }
    }
}

/// A short file, held in memory.
pub struct Document {
    /// The name that the client gives it.
    pub name: Option<String>,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// The files that came with a body, by the names of their parts.
#[derive(Default)]
pub struct Files {
    /// The one that is on its way.
    pub upload: Option<Upload>,
    /// The short ones.
    pub documents: BTreeMap<&'static str, Document>,
}

impl From<FilesError> for ApiError {
    fn from(error: FilesError) -> Self {
        match error {
            FilesError::Full => Self::StorageFull,
            FilesError::Missing(_) | FilesError::Failed(_) => Self::internal(error),
        }
    }
}

/// Whether a body is of several parts, by its headers.
#[must_use]
pub fn is_multipart(request: &HttpRequest) -> bool {
    content_type(request).to_ascii_lowercase().starts_with("multipart/")
}

fn content_type(request: &HttpRequest) -> &str {
    let value = request.headers().get(header::CONTENT_TYPE);
    value.and_then(|v| v.to_str().ok()).unwrap_or_default()
}

/// Reads a body of parts.
pub async fn read(
    state: &AdminState,
    route: &'static Route,
    parts: &'static [Part],
    request: &HttpRequest,
    payload: web::Payload,
    is_dry_run: bool,
) -> Received {
    let mut reading = Reading {
        state,
        route,
        parts,
        is_dry_run,
        fields: Map::new(),
        wrong: Vec::new(),
        files: Files::default(),
        hash: Context::new(&SHA256),
    };
    let work = tokio::time::timeout(UPLOAD_ARRIVES_WITHIN, reading.all(request, payload));
    let outcome = work.await.unwrap_or(Err(ApiError::BodyTimeout(UPLOAD_ARRIVES_WITHIN)));
    let hash = bytes(&reading.hash.finish());
    let json = match outcome {
        Ok(()) if reading.wrong.is_empty() => Ok(Value::Object(reading.fields)),
        Ok(()) => Err(ApiError::Invalid {
            code: route.invalid,
            violations: reading.wrong,
        }),
        Err(error) => Err(error),
    };
    // Of what is refused nothing is to wait on disk until the refusal is written.
    let files = if json.is_ok() { reading.files } else { Files::default() };
    Received { json, hash, files }
}

struct Reading<'a> {
    state: &'a AdminState,
    route: &'static Route,
    parts: &'static [Part],
    is_dry_run: bool,
    fields: Map<String, Value>,
    wrong: Vec<Violation>,
    files: Files,
    /// Of what the parts say: the boundary between them is another one each time.
    hash: Context,
}

impl Reading<'_> {
    async fn all(&mut self, request: &HttpRequest, payload: web::Payload) -> Result<(), ApiError> {
        let content_type = content_type(request);
        let boundary = multipart::boundary(content_type)
            .ok_or_else(|| ApiError::NotMultipart(content_type.chars().take(64).collect()))?;
        check_encoding(request)?;
        let bytes_max = self.bytes_max();
        let length = request.headers().get(header::CONTENT_LENGTH);
        let length = length.and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<u64>().ok());
        if length.is_some_and(|n| n > bytes_max) {
            return Err(self.too_large());
        }
        let mut body = Multipart::new(payload, &boundary, bytes_max);
        for _ in 0..=PARTS_MAX {
            let head = self.waited(body.next()).await?;
            let Some(head) = head else {
                return Ok(());
            };
            self.part(head, &mut body).await?;
        }
        self.refuse("", "max_items", format!("must have at most {PARTS_MAX} parts"))
    }

    async fn part(&mut self, head: Head, body: &mut Multipart<web::Payload>) -> Result<(), ApiError> {
        let known = self.parts.iter().find(|part| part.name == head.name);
        let file_name = head.file_name.clone().unwrap_or_default();
        for said in [&head.name, &file_name] {
            self.hash.update(&(said.len() as u64).to_be_bytes());
            self.hash.update(said.as_bytes());
        }
        let is_there = self.fields.contains_key(&head.name)
            || self.files.documents.contains_key(head.name.as_str())
            || (self.files.upload.is_some() && known.is_some_and(|part| matches!(part.kind, PartKind::File)));
        if is_there {
            let name = head.name.chars().take(64).collect::<String>();
            return self.refuse(&name, "unique", "is given twice".to_owned());
        }
        match known {
            Some(Part {
                kind: PartKind::File, ..
            }) => self.file(head, body).await,
            Some(Part {
                name,
                kind: PartKind::Document(max),
            }) => {
                let bytes = self.bytes(body, *max).await?;
                let name_of_file = head.file_name;
                let document = Document {
                    name: name_of_file,
                    bytes,
                };
                self.files.documents.insert(name, document);
                Ok(())
            }
            Some(Part {
                kind: PartKind::Text, ..
            })
            | None => {
                let text = self.bytes(body, TEXT_BYTES_MAX).await?;
                // A file that nobody asked for is ignored like an unknown field.
                let value = if head.file_name.is_some() && known.is_none() {
                    Value::Null
                } else {
                    match String::from_utf8(text) {
                        Ok(text) if !text.contains('\0') => Value::String(text),
                        _ => return self.refuse(&head.name, "utf8", "must be UTF-8 without NUL".to_owned()),
                    }
                };
                self.fields.insert(head.name, value);
                Ok(())
            }
        }
    }

    /// The bytes of a part, at most so many.
    async fn bytes(&mut self, body: &mut Multipart<web::Payload>, max: usize) -> Result<Vec<u8>, ApiError> {
        let mut bytes = Vec::new();
        while let Some(piece) = self.waited(body.piece()).await? {
            if bytes.len() + piece.len() > max {
                return Err(ApiError::BodyTooLarge(max));
            }
            bytes.extend_from_slice(&piece);
        }
        let mut hash = Context::new(&SHA256);
        hash.update(&bytes);
        self.hash.update(hash.finish().as_ref());
        Ok(bytes)
    }

    /// A file, piece by piece to where it is kept.
    async fn file(&mut self, head: Head, body: &mut Multipart<web::Payload>) -> Result<(), ApiError> {
        let id: AssetFileId = {
            let environment = &self.state.environment;
            environment.context(Actor::Server("upload"), Origin::default()).id()
        };
        let mut file = match self.is_dry_run {
            true => None,
            false => Some(self.state.files.begin(id).await?),
        };
        let (mut hash, mut size) = (Context::new(&SHA256), 0_u64);
        while let Some(piece) = self.waited(body.piece()).await? {
            size += piece.len() as u64;
            if size > self.state.file_settings.asset_bytes_max {
                return Err(self.too_large());
            }
            hash.update(&piece);
            if let Some(file) = &mut file {
                file.write(&piece).await?;
            }
        }
        let sha256 = bytes(&hash.finish());
        self.hash.update(&sha256);
        self.files.upload = Some(Upload {
            id,
            name: head.file_name.unwrap_or_default(),
            size,
            sha256,
            file,
        });
        Ok(())
    }

    /// The most bytes that the body may have, with everything in it.
    fn bytes_max(&self) -> u64 {
        let parts = self.parts.iter().map(|part| match part.kind {
            PartKind::Text => 0,
            PartKind::Document(max) => max as u64,
            PartKind::File => self.state.file_settings.asset_bytes_max,
        });
        parts.fold(FORM_BYTES_MAX, u64::saturating_add)
    }

    fn too_large(&self) -> ApiError {
        let has_file = self.parts.iter().any(|part| matches!(part.kind, PartKind::File));
        let max = match has_file {
            true => self.state.file_settings.asset_bytes_max,
            false => self.bytes_max(),
        };
        ApiError::BodyTooLarge(usize::try_from(max).unwrap_or(usize::MAX))
    }

    /// What comes next from the network, within its time.
    async fn waited<T>(&self, next: impl Future<Output = Result<T, Broken>>) -> Result<T, ApiError> {
        match tokio::time::timeout(PIECE_ARRIVES_WITHIN, next).await {
            Ok(Ok(next)) => Ok(next),
            Ok(Err(Broken::TooLarge)) => Err(self.too_large()),
            Ok(Err(Broken::Off)) => self.refuse("", "body", "broke off on its way".to_owned()),
            Ok(Err(Broken::Malformed(what))) => self.refuse("", "multipart", what.to_owned()),
            Err(_) => Err(ApiError::BodyTimeout(PIECE_ARRIVES_WITHIN)),
        }
    }

    fn refuse<T>(&self, path: &str, rule: &'static str, message: String) -> Result<T, ApiError> {
        Err(ApiError::invalid(self.route.invalid, path, rule, message))
    }
}

fn bytes(digest: &Digest) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest.as_ref());
    bytes
}
