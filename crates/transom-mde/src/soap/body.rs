//! What a kind of message has to say about itself.

use crate::error::Problem;
use crate::limits::Limits;
use crate::xml::{Element, Writer};

/// The body of a message that a PC sends. Implemented by the message kinds of this crate only.
pub trait RequestBody: Sized + sealed::Sealed {
    /// `a:Action` of the message.
    const ACTION: &'static str;
    /// What the message may cost.
    #[doc(hidden)]
    const LIMITS: Limits;
    /// Namespaces that the captured client declares on the envelope, in its order.
    #[doc(hidden)]
    const ENVELOPE: &'static [(&'static str, &'static str)];
    /// Attributes of `s:Body`.
    #[doc(hidden)]
    const BODY: &'static [(&'static str, &'static str)];

    #[doc(hidden)]
    fn read(body: &Element) -> Result<Self, Problem>;
    #[doc(hidden)]
    fn write(&self, writer: &mut Writer);
}

/// The body of a message that the server sends. Implemented by the message kinds of this crate only.
pub trait ReplyBody: Sized + sealed::Sealed {
    /// `a:Action` of the message.
    const ACTION: &'static str;
    /// Namespaces on the envelope besides `s` and `a`.
    #[doc(hidden)]
    const ENVELOPE: &'static [(&'static str, &'static str)];
    /// Attributes of `s:Body`.
    #[doc(hidden)]
    const BODY: &'static [(&'static str, &'static str)];

    #[doc(hidden)]
    fn read(header: &Element, body: &Element) -> Result<Self, Problem>;
    /// What this kind puts into the header behind the correlation.
    #[doc(hidden)]
    fn write_header(&self, _writer: &mut Writer) {}
    #[doc(hidden)]
    fn write(&self, writer: &mut Writer);
}

pub(crate) mod sealed {
    /// Keeps the traits for this crate's own messages, because their methods show its XML tree.
    pub trait Sealed {}
}
