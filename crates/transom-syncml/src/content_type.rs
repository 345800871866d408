//! Media types of an HTTP body that holds a SyncML message.

/// A DM message as XML: what a Windows client sends when its account asks for XML.
pub const DM_XML: &str = "application/vnd.syncml.dm+xml";
/// A DM message as WBXML. Recognised so that it can be refused in so many words; this crate does not read it.
pub const DM_WBXML: &str = "application/vnd.syncml.dm+wbxml";

/// Whether a `Content-Type` header names [`DM_XML`], with or without parameters such as a charset.
///
/// ```
/// use transom_syncml::content_type::is_xml;
/// assert!(is_xml("application/vnd.syncml.dm+xml; charset=utf-8"));
/// assert!(!is_xml("application/vnd.syncml.dm+wbxml"));
/// ```
#[must_use]
pub fn is_xml(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case(DM_XML)
}
