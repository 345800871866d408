//! How much of a message is read before it is refused.

/// Bytes of a Discover or GetPolicies message (docs/PROTOCOL.md, 1): real ones have under 2 KiB,
/// the rest is room for a large Entra token in the header.
pub const MAX_SMALL_MESSAGE_BYTES: usize = 64 * 1024;

/// Bytes of a RequestSecurityToken message (docs/PROTOCOL.md, 1): attestation items are the bulk of it.
pub const MAX_RST_BYTES: usize = 1024 * 1024;

/// Bytes of a reply or a provisioning document that the simulator reads: three certificates and little more.
pub const MAX_REPLY_BYTES: usize = 1024 * 1024;

/// Levels of nested elements: the deepest message of these protocols, the policy reply, has eleven.
pub const MAX_DEPTH: usize = 24;

/// Elements in a Discover or GetPolicies message: real ones have under 25.
pub const MAX_SMALL_ELEMENTS: usize = 256;

/// Elements in any other message: each of the context items costs two.
pub const MAX_ELEMENTS: usize = 1024;

/// Attributes of one element, namespace declarations included: real envelopes declare six namespaces.
pub const MAX_ATTRIBUTES: usize = 32;

/// Bytes of one text or attribute value in a small message: holds a base64 token of 36 KiB.
pub const MAX_SMALL_TEXT_BYTES: usize = 48 * 1024;

/// Bytes of one text or attribute value elsewhere: a provisioning document in base64 must fit.
pub const MAX_TEXT_BYTES: usize = 768 * 1024;

/// Bytes of one element or attribute name: the longest that the protocols know has 38.
pub const MAX_NAME_BYTES: usize = 128;

/// Bytes of `a:MessageID`: it is copied into the reply and into logs, and a URN with a GUID has 45.
pub const MAX_MESSAGE_ID_BYTES: usize = 256;

/// Bytes of an address, a name, a version and the like: no field of the protocols is a text to read.
pub const MAX_FIELD_BYTES: usize = 2048;

/// Authentication policies in one Discover message: the schema knows three.
pub const MAX_AUTH_POLICIES: usize = 8;

/// Context items of one RequestSecurityToken: 31 were seen, of which 13 were network adapters.
pub const MAX_CONTEXT_ITEMS: usize = 256;

/// Bytes of the name of a context item: the longest known name has 35.
pub const MAX_CONTEXT_NAME_BYTES: usize = 128;

/// Bytes of the value of a context item: an Azure attestation token is the largest that is documented.
pub const MAX_CONTEXT_VALUE_BYTES: usize = 256 * 1024;

/// What one XML text may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole message as it was received.
    pub bytes: usize,
    /// Levels of nested elements.
    pub depth: usize,
    /// Elements altogether.
    pub elements: usize,
    /// Attributes of one element, namespace declarations included.
    pub attributes: usize,
    /// Bytes of one text or attribute value.
    pub text: usize,
}

impl Limits {
    /// For Discover and GetPolicies.
    pub const SMALL: Self = Self {
        bytes: MAX_SMALL_MESSAGE_BYTES,
        depth: MAX_DEPTH,
        elements: MAX_SMALL_ELEMENTS,
        attributes: MAX_ATTRIBUTES,
        text: MAX_SMALL_TEXT_BYTES,
    };

    /// For RequestSecurityToken.
    pub const RST: Self = Self {
        bytes: MAX_RST_BYTES,
        depth: MAX_DEPTH,
        elements: MAX_ELEMENTS,
        attributes: MAX_ATTRIBUTES,
        text: MAX_TEXT_BYTES,
    };

    /// For replies and provisioning documents.
    pub const REPLY: Self = Self {
        bytes: MAX_REPLY_BYTES,
        ..Self::RST
    };
}
