//! The status of a command: the 65 values of the API, and which SyncML code means which (A.3.1).
//!
//! Codes are those of OMA-TS-SyncML-RepPro 1.2.2, section 10.

/// How a command stands or ended. The spelling is part of the API's contract, its slips included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CommandStatus {
    /// Queued, not sent yet.
    Pending,
    /// Sent, final answer outstanding.
    Awaiting,
    /// Command Failed.
    UnexpectedError,
    /// Success.
    Acknowledged,
    /// Cancelled by an administrator before delivery, or expired.
    Cancel,
    /// Command not allowed on this node; also when a user-only setting is sent in a device-only session.
    MethodNotAllowed,
    /// A code that the specification does not define, or an outcome that cannot be known.
    Unknown,
    /// Invalid credentials.
    Unauthorized,
    /// Bad Request: the command could not be performed because of malformed syntax, on a single command.
    CommandFormatError,
    /// Requested target not found.
    CommandNotFound,
    /// Optional feature not supported.
    NotSupported,
    /// Deleted, no archive.
    DeleteWithoutArchive,
    /// Item not on the device (Delete).
    ItemNotDeleted,
    /// Authentication accepted for the session.
    AuthenticationAccepted,
    /// Chunk taken, wait for the rest.
    ChunkedItemAcceptedAndBuffered,
    /// Operation cancelled.
    OperationCanceled,
    /// Not executed: user interaction, user cancelled.
    CommandNotExecutedUserCanceled,
    /// Inside Atomic, Atomic failed, this command was rolled back successfully.
    CommandInsideAtomicElementAndAtomicFailed,
    /// Multiple choices.
    RequestedTargetIsOneOfMultipleAlternativesRequestedTarget,
    /// Moved permanently.
    RequestedTargetHasANewURI,
    /// Found.
    RequestedTargetMovedToADifferentURI,
    /// See other.
    RequestedTargetCanBeFoundAtAnotherURI,
    /// Not modified.
    RequestedSyncMLCommandNotExecutedOnTarget,
    /// Use proxy.
    RequestedTargetMustBeAccessedThroughSpecifiedProxyURI,
    /// Payment required.
    PaymentIsNeeded,
    /// Forbidden: understood, refused.
    FailedByRecipientUnderstoodTheCommand,
    /// Authentication required.
    InvalidOriginatorAuthentication,
    /// Request timeout.
    ExpectedMessageNotReceivedInRequiredPeriodOfTime,
    /// Conflict.
    UpdateConflictBetweenClientAndServerVersion,
    /// Gone.
    TargetNotLongerAvailable,
    /// Size required.
    CommandMustBeAccompaniedByByteSizeOrLength,
    /// Incomplete command.
    IncompleteOrIncorrectFormed,
    /// Request entity too large.
    RequestItemTooLong,
    /// URI too long.
    TargetURIIsTooLong,
    /// Unsupported media type or format.
    UnsupportedMediaType,
    /// Requested size too big.
    ByteSizeTooBig,
    /// Retry later.
    RequestFailRetryAfterSomeTime,
    /// Already exists.
    PutOrAddCommandFailedBecauseTargetAlreadyExists,
    /// Conflict, server wins.
    ConflictDetectedResolvedServerCommandWinning,
    /// Device full.
    NoMoreStorageSpaceForRemainingSynchronizationData,
    /// Unknown search grammar.
    SpecifiedSearchGrammarWasNotKnown,
    /// Bad CGI script in LocURI.
    CGIScriptingInLocURIWasIncorrectlyFormed,
    /// Soft-delete conflict.
    SoftDeletedItemAlreadyHardDeleted,
    /// Size mismatch.
    ChunkedObjectReceivedByIncorrectSizeDeclared,
    /// Permission denied (ACL).
    InvalidAdequateAccessControlPermissions,
    /// Partial item not accepted.
    PartialItemNotAccepted,
    /// Item not empty.
    ParentCanNotBeDeletedSinceItContainsChildren,
    /// Move failed.
    MoveFailed,
    /// Command not implemented.
    CommandNotSupported,
    /// Bad gateway.
    GatewayOrProxyError,
    /// Service unavailable.
    TemporaryOverloadingOrMaintenanceError,
    /// Gateway timeout.
    GatewayOrProxyTimeout,
    /// DTD version not supported.
    InvalidSyncMLDTDVersion,
    /// Processing error.
    ApplicationErrorWhileProcessingTheRequest,
    /// Atomic failed as a whole.
    ErrorCausedAllSyncMKCommandsFail,
    /// Refresh required.
    ErrorARefreshSynchronizationIsNeeded,
    /// Reserved.
    ReservedForFutureUse,
    /// Data store failure.
    ErrorInRecipientDataStore,
    /// Server failure.
    SevereErrorInServer,
    /// Synchronization failed.
    ApplicationErrorDuringSynchronization,
    /// Protocol version not supported.
    SyncMLSynchronizationVersionNotSupported,
    /// Operation cancelled, not completed.
    SyncMlCommandCanceled,
    /// Rollback of this command failed.
    AtomicRollbackFailed,
    /// Atomic response too large.
    AtomicResponseTooLarge,
    /// Whole message was malformed.
    MalformedSyntax,
}

use CommandStatus as S;

/// Every value, in the order of the contract, with its name.
const NAMES: [(CommandStatus, &str); 65] = [
    (S::Pending, "Pending"),
    (S::Awaiting, "Awaiting"),
    (S::UnexpectedError, "UnexpectedError"),
    (S::Acknowledged, "Acknowledged"),
    (S::Cancel, "Cancel"),
    (S::MethodNotAllowed, "MethodNotAllowed"),
    (S::Unknown, "Unknown"),
    (S::Unauthorized, "Unauthorized"),
    (S::CommandFormatError, "CommandFormatError"),
    (S::CommandNotFound, "CommandNotFound"),
    (S::NotSupported, "NotSupported"),
    (S::DeleteWithoutArchive, "DeleteWithoutArchive"),
    (S::ItemNotDeleted, "ItemNotDeleted"),
    (S::AuthenticationAccepted, "AuthenticationAccepted"),
    (S::ChunkedItemAcceptedAndBuffered, "ChunkedItemAcceptedAndBuffered"),
    (S::OperationCanceled, "OperationCanceled"),
    (S::CommandNotExecutedUserCanceled, "CommandNotExecutedUserCanceled"),
    (
        S::CommandInsideAtomicElementAndAtomicFailed,
        "CommandInsideAtomicElementAndAtomicFailed",
    ),
    (
        S::RequestedTargetIsOneOfMultipleAlternativesRequestedTarget,
        "RequestedTargetIsOneOfMultipleAlternativesRequestedTarget",
    ),
    (S::RequestedTargetHasANewURI, "RequestedTargetHasANewURI"),
    (
        S::RequestedTargetMovedToADifferentURI,
        "RequestedTargetMovedToADifferentURI",
    ),
    (
        S::RequestedTargetCanBeFoundAtAnotherURI,
        "RequestedTargetCanBeFoundAtAnotherURI",
    ),
    (
        S::RequestedSyncMLCommandNotExecutedOnTarget,
        "RequestedSyncMLCommandNotExecutedOnTarget",
    ),
    (
        S::RequestedTargetMustBeAccessedThroughSpecifiedProxyURI,
        "RequestedTargetMustBeAccessedThroughSpecifiedProxyURI",
    ),
    (S::PaymentIsNeeded, "PaymentIsNeeded"),
    (
        S::FailedByRecipientUnderstoodTheCommand,
        "FailedByRecipientUnderstoodTheCommand",
    ),
    (S::InvalidOriginatorAuthentication, "InvalidOriginatorAuthentication"),
    (
        S::ExpectedMessageNotReceivedInRequiredPeriodOfTime,
        "ExpectedMessageNotReceivedInRequiredPeriodOfTime",
    ),
    (
        S::UpdateConflictBetweenClientAndServerVersion,
        "UpdateConflictBetweenClientAndServerVersion",
    ),
    (S::TargetNotLongerAvailable, "TargetNotLongerAvailable"),
    (
        S::CommandMustBeAccompaniedByByteSizeOrLength,
        "CommandMustBeAccompaniedByByteSizeOrLength",
    ),
    (S::IncompleteOrIncorrectFormed, "IncompleteOrIncorrectFormed"),
    (S::RequestItemTooLong, "RequestItemTooLong"),
    (S::TargetURIIsTooLong, "TargetURIIsTooLong"),
    (S::UnsupportedMediaType, "UnsupportedMediaType"),
    (S::ByteSizeTooBig, "ByteSizeTooBig"),
    (S::RequestFailRetryAfterSomeTime, "RequestFailRetryAfterSomeTime"),
    (
        S::PutOrAddCommandFailedBecauseTargetAlreadyExists,
        "PutOrAddCommandFailedBecauseTargetAlreadyExists",
    ),
    (
        S::ConflictDetectedResolvedServerCommandWinning,
        "ConflictDetectedResolvedServerCommandWinning",
    ),
    (
        S::NoMoreStorageSpaceForRemainingSynchronizationData,
        "NoMoreStorageSpaceForRemainingSynchronizationData",
    ),
    (
        S::SpecifiedSearchGrammarWasNotKnown,
        "SpecifiedSearchGrammarWasNotKnown",
    ),
    (
        S::CGIScriptingInLocURIWasIncorrectlyFormed,
        "CGIScriptingInLocURIWasIncorrectlyFormed",
    ),
    (
        S::SoftDeletedItemAlreadyHardDeleted,
        "SoftDeletedItemAlreadyHardDeleted",
    ),
    (
        S::ChunkedObjectReceivedByIncorrectSizeDeclared,
        "ChunkedObjectReceivedByIncorrectSizeDeclared",
    ),
    (
        S::InvalidAdequateAccessControlPermissions,
        "InvalidAdequateAccessControlPermissions",
    ),
    (S::PartialItemNotAccepted, "PartialItemNotAccepted"),
    (
        S::ParentCanNotBeDeletedSinceItContainsChildren,
        "ParentCanNotBeDeletedSinceItContainsChildren",
    ),
    (S::MoveFailed, "MoveFailed"),
    (S::CommandNotSupported, "CommandNotSupported"),
    (S::GatewayOrProxyError, "GatewayOrProxyError"),
    (
        S::TemporaryOverloadingOrMaintenanceError,
        "TemporaryOverloadingOrMaintenanceError",
    ),
    (S::GatewayOrProxyTimeout, "GatewayOrProxyTimeout"),
    (S::InvalidSyncMLDTDVersion, "InvalidSyncMLDTDVersion"),
    (
        S::ApplicationErrorWhileProcessingTheRequest,
        "ApplicationErrorWhileProcessingTheRequest",
    ),
    (S::ErrorCausedAllSyncMKCommandsFail, "ErrorCausedAllSyncMKCommandsFail"),
    (
        S::ErrorARefreshSynchronizationIsNeeded,
        "ErrorARefreshSynchronizationIsNeeded",
    ),
    (S::ReservedForFutureUse, "ReservedForFutureUse"),
    (S::ErrorInRecipientDataStore, "ErrorInRecipientDataStore"),
    (S::SevereErrorInServer, "SevereErrorInServer"),
    (
        S::ApplicationErrorDuringSynchronization,
        "ApplicationErrorDuringSynchronization",
    ),
    (
        S::SyncMLSynchronizationVersionNotSupported,
        "SyncMLSynchronizationVersionNotSupported",
    ),
    (S::SyncMlCommandCanceled, "SyncMlCommandCanceled"),
    (S::AtomicRollbackFailed, "AtomicRollbackFailed"),
    (S::AtomicResponseTooLarge, "AtomicResponseTooLarge"),
    (S::MalformedSyntax, "MalformedSyntax"),
];

impl CommandStatus {
    /// Every value, in the order of the contract.
    pub fn all() -> impl Iterator<Item = CommandStatus> {
        NAMES.iter().map(|(status, _)| *status)
    }

    /// The name in the API and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        NAMES[self as usize].1
    }

    /// The status of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        NAMES
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(status, _)| *status)
    }

    /// The status that a SyncML code means: total, each code gives exactly one.
    ///
    /// `on_header` is for a code on `SyncHdr`, where 400 says that the whole message was malformed. `tracked` is for a
    /// command whose end an alert tells later, so that 202 is not the end.
    #[must_use]
    pub const fn of_code(code: u32, on_header: bool, tracked: bool) -> Self {
        match code {
            100..=102 => S::Awaiting,
            202 if tracked => S::Awaiting,
            200..=209 => S::Acknowledged,
            400 if on_header => S::MalformedSyntax,
            210 => S::DeleteWithoutArchive,
            211 => S::ItemNotDeleted,
            212 => S::AuthenticationAccepted,
            213 => S::ChunkedItemAcceptedAndBuffered,
            214 => S::OperationCanceled,
            215 => S::CommandNotExecutedUserCanceled,
            216 => S::CommandInsideAtomicElementAndAtomicFailed,
            300 => S::RequestedTargetIsOneOfMultipleAlternativesRequestedTarget,
            301 => S::RequestedTargetHasANewURI,
            302 => S::RequestedTargetMovedToADifferentURI,
            303 => S::RequestedTargetCanBeFoundAtAnotherURI,
            304 => S::RequestedSyncMLCommandNotExecutedOnTarget,
            305 => S::RequestedTargetMustBeAccessedThroughSpecifiedProxyURI,
            400 => S::CommandFormatError,
            401 => S::Unauthorized,
            402 => S::PaymentIsNeeded,
            403 => S::FailedByRecipientUnderstoodTheCommand,
            404 => S::CommandNotFound,
            405 => S::MethodNotAllowed,
            406 => S::NotSupported,
            407 => S::InvalidOriginatorAuthentication,
            408 => S::ExpectedMessageNotReceivedInRequiredPeriodOfTime,
            409 => S::UpdateConflictBetweenClientAndServerVersion,
            410 => S::TargetNotLongerAvailable,
            411 => S::CommandMustBeAccompaniedByByteSizeOrLength,
            412 => S::IncompleteOrIncorrectFormed,
            413 => S::RequestItemTooLong,
            414 => S::TargetURIIsTooLong,
            415 => S::UnsupportedMediaType,
            416 => S::ByteSizeTooBig,
            417 => S::RequestFailRetryAfterSomeTime,
            418 => S::PutOrAddCommandFailedBecauseTargetAlreadyExists,
            419 => S::ConflictDetectedResolvedServerCommandWinning,
            420 => S::NoMoreStorageSpaceForRemainingSynchronizationData,
            421 => S::SpecifiedSearchGrammarWasNotKnown,
            422 => S::CGIScriptingInLocURIWasIncorrectlyFormed,
            423 => S::SoftDeletedItemAlreadyHardDeleted,
            424 => S::ChunkedObjectReceivedByIncorrectSizeDeclared,
            425 => S::InvalidAdequateAccessControlPermissions,
            426 => S::PartialItemNotAccepted,
            427 => S::ParentCanNotBeDeletedSinceItContainsChildren,
            428 => S::MoveFailed,
            500 => S::UnexpectedError,
            501 => S::CommandNotSupported,
            502 => S::GatewayOrProxyError,
            503 => S::TemporaryOverloadingOrMaintenanceError,
            504 => S::GatewayOrProxyTimeout,
            505 => S::InvalidSyncMLDTDVersion,
            506 => S::ApplicationErrorWhileProcessingTheRequest,
            507 => S::ErrorCausedAllSyncMKCommandsFail,
            508 => S::ErrorARefreshSynchronizationIsNeeded,
            509 => S::ReservedForFutureUse,
            510 => S::ErrorInRecipientDataStore,
            511 => S::SevereErrorInServer,
            512 => S::ApplicationErrorDuringSynchronization,
            513 => S::SyncMLSynchronizationVersionNotSupported,
            514 => S::SyncMlCommandCanceled,
            516 => S::AtomicRollbackFailed,
            517 => S::AtomicResponseTooLarge,
            _ => S::Unknown,
        }
    }

    /// Whether the PC may be asked again after a while (X5: 408, 417, 502, 503, 504).
    #[must_use]
    pub const fn is_retried(self) -> bool {
        matches!(
            self,
            S::ExpectedMessageNotReceivedInRequiredPeriodOfTime
                | S::RequestFailRetryAfterSomeTime
                | S::GatewayOrProxyError
                | S::TemporaryOverloadingOrMaintenanceError
                | S::GatewayOrProxyTimeout
        )
    }
}

/// What a failure code says, in words an administrator understands.
#[must_use]
pub const fn meaning(code: u32) -> &'static str {
    match code {
        300 => "the target has several alternatives",
        301 => "the target has moved for good",
        302 => "the target is elsewhere",
        303 => "see another target",
        304 => "nothing was changed",
        305 => "the target must be reached through a proxy",
        400 => "the PC could not read the command",
        401 => "the credentials were wrong",
        402 => "payment is needed",
        403 => "the PC understood the command and refuses it",
        404 => "the node does not exist on this PC",
        405 => "the command is not allowed on this node, or the node belongs to another scope (user or device)",
        406 => "this PC does not offer the node to this enrolment",
        407 => "credentials were missing",
        408 => "the PC ran out of time",
        409 => "the command conflicts with the present state",
        410 => "the target is gone for good",
        411 => "a size is required",
        412 => "the command is incomplete",
        413 => "the command is too large for the PC",
        414 => "the LocURI is too long",
        415 => "the format or the data does not fit the node",
        416 => "the requested size is too big",
        417 => "the PC asks to try again later",
        418 => "the node exists already",
        419 => "the conflict was resolved with the server's data",
        420 => "the PC has no storage left",
        421 => "the search grammar is unknown",
        422 => "the query part of the LocURI is malformed",
        423 => "a soft-deleted item was deleted for good",
        424 => "the size does not match what was announced",
        425 => "access is denied, or another authority holds the setting",
        426 => "a part of an item is not accepted",
        427 => "the node is not empty",
        428 => "the move failed",
        500 => "the command failed on the PC",
        501 => "the PC does not implement the command",
        502 => "a gateway failed",
        503 => "the service on the PC is not available just now",
        504 => "a gateway ran out of time",
        505 => "the DTD version is not supported",
        506 => "the PC failed while it processed the command",
        507 => "the Atomic failed as a whole",
        508 => "a refresh is required",
        509 => "reserved code",
        510 => "the PC's data store failed",
        511 => "severe failure on the PC",
        512 => "the synchronization failed",
        513 => "the protocol version is not supported",
        514 => "the operation was cancelled",
        516 => "the roll-back of the Atomic failed",
        517 => "the answer to the Atomic is too large",
        _ => "a code without a meaning in the specification",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn there_are_65_values_in_the_order_of_the_enum() {
        for (index, (status, name)) in NAMES.iter().enumerate() {
            assert_eq!(*status as usize, index, "{name}");
            assert_eq!(CommandStatus::from_name(name), Some(*status));
        }
    }

    #[test]
    fn every_code_gives_exactly_one_value_and_every_value_but_two_has_a_code() {
        let mut reached = BTreeSet::new();
        for code in 0..=1_000 {
            for (on_header, tracked) in [(false, false), (true, false), (false, true), (true, true)] {
                reached.insert(CommandStatus::of_code(code, on_header, tracked));
            }
        }
        let unreached: Vec<_> = CommandStatus::all().filter(|s| !reached.contains(s)).collect();
        // What the server itself decides has no code.
        assert_eq!(unreached, [S::Pending, S::Cancel]);
    }

    #[test]
    fn the_two_meanings_of_400_are_kept_apart() {
        assert_eq!(CommandStatus::of_code(400, false, false), S::CommandFormatError);
        assert_eq!(CommandStatus::of_code(400, true, false), S::MalformedSyntax);
    }

    #[test]
    fn accepted_is_the_end_only_where_nothing_more_will_come() {
        assert_eq!(CommandStatus::of_code(202, false, false), S::Acknowledged);
        assert_eq!(CommandStatus::of_code(202, false, true), S::Awaiting);
    }

    #[test]
    fn codes_without_a_value_are_unknown() {
        for code in [0, 99, 103, 299, 306, 515, 599, 600, u32::MAX] {
            assert_eq!(CommandStatus::of_code(code, false, false), S::Unknown, "{code}");
        }
    }
}
