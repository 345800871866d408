//! Status codes (RepPro section 10.1) and what they mean.

/// The command was carried out.
pub const OK: u32 = 200;
/// The command was accepted and goes on in the background.
pub const ACCEPTED: u32 = 202;
/// The credentials hold for the whole session. Only for `SyncHdr`.
pub const AUTHENTICATED: u32 = 212;
/// A part of a large object has arrived.
pub const CHUNK_ACCEPTED: u32 = 213;
/// The command was done, but the session takes no more commands.
pub const CANCELLED_SESSION: u32 = 214;
/// A member of an Atomic was not run, or the user refused.
pub const NOT_EXECUTED: u32 = 215;
/// A member of an Atomic was rolled back.
pub const ROLLED_BACK: u32 = 216;
/// The command is malformed or unknown.
pub const BAD_REQUEST: u32 = 400;
/// The credentials are wrong; a challenge may follow.
pub const INVALID_CREDENTIALS: u32 = 401;
/// The command is understood and refused.
pub const FORBIDDEN: u32 = 403;
/// The node does not exist.
pub const NOT_FOUND: u32 = 404;
/// The operation is not supported on the node.
pub const NOT_ALLOWED: u32 = 405;
/// The node is not available for this enrolment.
pub const NOT_SUPPORTED: u32 = 406;
/// Credentials are wanted; a challenge follows.
pub const MISSING_CREDENTIALS: u32 = 407;
/// Something is missing in the command.
pub const INCOMPLETE_COMMAND: u32 = 412;
/// The request is too large.
pub const TOO_LARGE: u32 = 413;
/// The format of the data is wrong.
pub const UNSUPPORTED_FORMAT: u32 = 415;
/// Add met a node that exists.
pub const ALREADY_EXISTS: u32 = 418;
/// A large object is not as long as announced.
pub const SIZE_MISMATCH: u32 = 424;
/// Access is denied.
pub const PERMISSION_DENIED: u32 = 425;
/// Any other failure; see `originalerror`.
pub const COMMAND_FAILED: u32 = 500;
/// The command is not implemented.
pub const NOT_IMPLEMENTED: u32 = 501;
/// The service is not available.
pub const UNAVAILABLE: u32 = 503;
/// An error while processing.
pub const PROCESSING_ERROR: u32 = 506;
/// The Atomic failed as a whole.
pub const ATOMIC_FAILED: u32 = 507;
/// The protocol version is not supported.
pub const VERSION_NOT_SUPPORTED: u32 = 513;
/// The Atomic could not be rolled back.
pub const ROLL_BACK_FAILED: u32 = 516;

/// Whether a code says that the command was, or is being, carried out.
///
/// 213 is a success of a part only, 214 to 216 say that nothing was done or that it was undone.
#[must_use]
pub const fn is_success(code: u32) -> bool {
    matches!(code, 200..=212)
}

/// The name of a status code, for people; an empty text for a code that the specification does not know.
#[must_use]
pub const fn reason(code: u32) -> &'static str {
    match code {
        101 => "In progress",
        200 => "OK",
        201 => "Item added",
        202 => "Accepted for processing",
        203 => "Non-authoritative response",
        204 => "No content",
        205 => "Reset content",
        206 => "Partial content",
        207 => "Conflict resolved with merge",
        208 => "Conflict resolved with client's command “winning”",
        209 => "Conflict resolved with duplicate",
        210 => "Delete without archive",
        211 => "Item not deleted",
        212 => "Authentication accepted",
        213 => "Chunked item accepted and buffered",
        214 => "Operation cancelled",
        215 => "Not executed",
        216 => "Atomic roll back OK",
        300 => "Multiple choices",
        301 => "Moved permanently",
        302 => "Found",
        303 => "See other",
        304 => "Not modified",
        305 => "Use proxy",
        400 => "Bad request",
        401 => "Invalid credentials",
        402 => "Paid needed",
        403 => "Forbidden",
        404 => "Not found",
        405 => "Command not allowed",
        406 => "Optional feature not supported",
        407 => "Missing credentials",
        408 => "Request timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Size required",
        412 => "Incomplete command",
        413 => "Request entity too large",
        414 => "URI too long",
        415 => "Unsupported media type or format",
        416 => "Requested size too big",
        417 => "Retry later",
        418 => "Already exists",
        419 => "Conflict resolved with server data",
        420 => "Device full",
        421 => "Unknown search grammar",
        422 => "Bad CGI script",
        423 => "Soft-delete conflict",
        424 => "Size mismatch",
        425 => "Permission denied",
        426 => "Partial item not accepted",
        427 => "Item not empty",
        428 => "Move failed",
        500 => "Command failed",
        501 => "Command not implemented",
        502 => "Bad gateway",
        503 => "Service unavailable",
        504 => "Gateway timeout",
        505 => "DTD version not supported",
        506 => "Processing error",
        507 => "Atomic failed",
        508 => "Refresh required",
        509 => "(reserved)",
        510 => "Data store failure",
        511 => "Server failure",
        512 => "Synchronization failed",
        513 => "Protocol version not supported",
        514 => "Operation cancelled",
        516 => "Atomic roll back failed",
        517 => "Atomic response too large to fit",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::{CHUNK_ACCEPTED, NOT_EXECUTED, OK, is_success, reason};

    #[test]
    fn every_code_of_the_specification_has_a_reason() {
        let known = [101]
            .into_iter()
            .chain(200..=216)
            .chain(300..=305)
            .chain(400..=428)
            .chain(500..=514)
            .chain(516..=517);
        for code in known {
            assert!(!reason(code).is_empty(), "{code} has no reason");
        }
        assert_eq!(reason(515), "");
        assert_eq!(reason(0), "");
    }

    #[test]
    fn only_work_that_was_done_is_a_success() {
        assert!(is_success(OK));
        assert!(!is_success(CHUNK_ACCEPTED));
        assert!(!is_success(NOT_EXECUTED));
        assert!(!is_success(0));
    }
}
