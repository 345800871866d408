//! `wsse:Security`: who wants to enrol (docs/PROTOCOL.md, 3).

use crate::binary;
use crate::error::Problem;
use crate::limits::{MAX_FIELD_BYTES, MAX_TEXT_BYTES};
use crate::namespace::{BASE64_BINARY, Ns, SECEXT, UTILITY};
use crate::secret::{Secret, SecretBytes};
use crate::xml::{Element, Writer};

/// `ValueType` of a token that the server's own sign-in pages handed out.
pub const USER_TOKEN_VALUE_TYPE: &str =
    "http://schemas.microsoft.com/5.0.0.0/ConfigurationManager/Enrollment/DeviceEnrollmentUserToken";

/// `ValueType` of an access token of Entra ID.
pub const JWT_VALUE_TYPE: &str = "urn:ietf:params:oauth:token-type:jwt";

/// `ValueType` of a certificate.
pub const X509_VALUE_TYPE: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3";

/// `u:Id` of the user name token, the same in every real message; nobody checks it.
const TOKEN_ID: &str = "uuid-cc1ccc1f-2fba-4bcf-b063-ffc0cac77917-4";

const PASSWORD_TEXT: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText";

/// What a PC shows to prove who is enrolling it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Credential {
    /// Nothing, as in Discover.
    #[default]
    None,
    /// A name and a password that were typed into Windows' own dialog (`OnPremise`).
    UsernameToken {
        /// Usually an e-mail address, sometimes `domain\user`.
        username: String,
        /// In clear text, protected by TLS alone.
        password: Secret,
    },
    /// A token from a sign-in page, from Entra ID or from a program (`Federated`), or a certificate.
    BinarySecurityToken(BinaryToken),
}

/// The content of a `wsse:BinarySecurityToken` in the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BinaryToken {
    /// What it says it is. Some clients send an Entra token under the name of a user token:
    /// decide by [`BinaryToken::is_jwt`].
    pub value_type: String,
    /// The token without its base64.
    pub value: SecretBytes,
}

impl BinaryToken {
    /// A token of the server's own making.
    #[must_use]
    pub fn user_token(token: &str) -> Self {
        Self {
            value_type: USER_TOKEN_VALUE_TYPE.to_owned(),
            value: SecretBytes::new(token),
        }
    }

    /// An access token of Entra ID in its compact form.
    #[must_use]
    pub fn jwt(token: &str) -> Self {
        Self {
            value_type: JWT_VALUE_TYPE.to_owned(),
            value: SecretBytes::new(token),
        }
    }

    /// The token as text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(self.value.expose()).ok()
    }

    /// Whether the content has the form of a compact JWT: three segments with dots between them.
    #[must_use]
    pub fn is_jwt(&self) -> bool {
        self.text().is_some_and(is_compact_jwt)
    }
}

impl Credential {
    /// A name and a password.
    #[must_use]
    pub fn username(username: impl Into<String>, password: impl Into<String>) -> Self {
        Self::UsernameToken {
            username: username.into(),
            password: Secret::new(password),
        }
    }

    /// Addressed by its parent: a token of the same name in the body is the certificate request.
    pub(super) fn read(header: &Element) -> Result<Self, Problem> {
        let mut headers = header.all(Ns::Secext, "Security");
        let Some(security) = headers.next() else {
            return Ok(Self::None);
        };
        if headers.next().is_some() {
            return Err(Problem::Security("there is more than one"));
        }
        let mut tokens = security
            .children
            .iter()
            .filter(|child| child.is(Ns::Secext, "UsernameToken") || child.is(Ns::Secext, "BinarySecurityToken"));
        let Some(token) = tokens.next() else {
            return Ok(Self::None);
        };
        if tokens.next().is_some() {
            return Err(Problem::Security("it has more than one token"));
        }
        if token.name == "UsernameToken" {
            read_username(token)
        } else {
            read_binary(token)
        }
    }

    /// `declared` are the namespaces that the envelope binds already: that of Discover does not bind these,
    /// because Windows sends no credential in it.
    pub(super) fn write(&self, writer: &mut Writer, declared: &[(&str, &str)]) {
        if matches!(self, Self::None) {
            return;
        }
        let mut attributes = vec![("s:mustUnderstand", "1")];
        attributes.extend(
            [("xmlns:u", UTILITY), ("xmlns:wsse", SECEXT)]
                .iter()
                .filter(|one| !declared.contains(one)),
        );
        writer.open("wsse:Security", &attributes);
        match self {
            Self::None => {}
            Self::UsernameToken { username, password } => {
                writer
                    .open("wsse:UsernameToken", &[("u:Id", TOKEN_ID)])
                    .text("wsse:Username", &[], username)
                    .text("wsse:Password", &[("wsse:Type", PASSWORD_TEXT)], password.expose())
                    .close("wsse:UsernameToken");
            }
            Self::BinarySecurityToken(token) => {
                write_binary_token(writer, &token.value_type, &binary::encode(token.value.expose()));
            }
        }
        writer.close("wsse:Security");
    }
}

/// A binary token with the prefix and the attributes of real clients.
pub(crate) fn write_binary_token(writer: &mut Writer, value_type: &str, base64: &str) {
    writer.text(
        "wsse:BinarySecurityToken",
        &[("ValueType", value_type), ("EncodingType", BASE64_BINARY)],
        base64,
    );
}

fn read_username(token: &Element) -> Result<Credential, Problem> {
    let one = |name: &'static str, missing: &'static str| {
        let mut found = token.all(Ns::Secext, name);
        match (found.next(), found.next()) {
            (Some(element), None) => Ok(element),
            _ => Err(Problem::Security(missing)),
        }
    };
    let username = one("Username", "UsernameToken does not have exactly one Username")?.trimmed();
    let password = one("Password", "UsernameToken does not have exactly one Password")?;
    if password
        .attribute("Type")
        .is_some_and(|kind| kind.trim().ends_with("#PasswordDigest"))
    {
        return Err(Problem::Security("the password is a digest, which cannot be checked"));
    }
    let password = without_indentation(&password.text);
    if username.len() > MAX_FIELD_BYTES || password.len() > MAX_FIELD_BYTES {
        return Err(Problem::Security("the user name or the password is too long"));
    }
    Ok(Credential::username(username, password))
}

/// White space round a text is not part of it (docs/PROTOCOL.md, 1), but a password may begin or end
/// with a blank. Only white space that breaks the line can be somebody's pretty-printing, because nobody can type it.
fn without_indentation(text: &str) -> &str {
    let head = text.len() - text.trim_start().len();
    let text = if text[..head].contains('\n') {
        text.trim_start()
    } else {
        text
    };
    let tail = text.trim_end().len();
    if text[tail..].contains('\n') {
        &text[..tail]
    } else {
        text
    }
}

fn read_binary(token: &Element) -> Result<Credential, Problem> {
    let value_type = token.attribute("ValueType").unwrap_or_default().trim();
    let text = token.trimmed();
    if value_type.len() > MAX_FIELD_BYTES || text.len() > MAX_TEXT_BYTES {
        return Err(Problem::Security("the token is too long"));
    }
    let value = match binary::decode(text) {
        Some(value) => value,
        // Dots are in no base64 alphabet, so a token that was not encoded at all can be told apart.
        None if is_compact_jwt(text) => text.as_bytes().to_vec(),
        None => return Err(Problem::Security("the token is not base64")),
    };
    if value.is_empty() {
        return Err(Problem::Security("the token is empty"));
    }
    let value = SecretBytes::new(value);
    Ok(Credential::BinarySecurityToken(BinaryToken {
        value_type: value_type.to_owned(),
        value,
    }))
}

fn is_compact_jwt(text: &str) -> bool {
    let segment =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    text.split('.').count() == 3 && text.split('.').all(segment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::xml::parse;

    fn read(security: &str) -> Result<Credential, Problem> {
        let header = format!("<h xmlns:w='{SECEXT}'><w:Security>{security}</w:Security></h>");
        Credential::read(&parse(header.as_bytes(), &Limits::SMALL)?)
    }

    #[test]
    fn the_type_of_a_password_is_found_with_and_without_prefix() {
        for attribute in ["", "w:Type='urn:x#PasswordText'", "Type='urn:x#PasswordText'"] {
            let token = format!(
                "<w:UsernameToken><w:Username> ada </w:Username><w:Password {attribute}>pw</w:Password></w:UsernameToken>"
            );
            assert_eq!(read(&token), Ok(Credential::username("ada", "pw")));
        }
        for attribute in ["w:Type='urn:x#PasswordDigest'", "Type=' urn:x#PasswordDigest '"] {
            let token = format!(
                "<w:UsernameToken><w:Username>ada</w:Username><w:Password {attribute}>pw</w:Password></w:UsernameToken>"
            );
            assert!(matches!(read(&token), Err(Problem::Security(_))));
        }
    }

    #[test]
    fn a_password_keeps_its_blanks_but_not_somebodys_indentation() {
        assert_eq!(without_indentation(" pw "), " pw ");
        assert_eq!(without_indentation("\n  pw\r\n\t"), "pw");
        assert_eq!(without_indentation("\n  "), "");
        assert_eq!(without_indentation(""), "");
    }

    #[test]
    fn tokens_are_read_in_every_form_of_base64_and_bare_when_they_are_jwts() {
        for (text, value) in [
            ("YS5iLmM_", "a.b.c?"),
            (" YS5i\nLmM= ", "a.b.c"),
            ("YS5iLmM", "a.b.c"),
            ("a.b.c", "a.b.c"),
        ] {
            let token = format!("<w:BinarySecurityToken w:ValueType=' urn:t '>{text}</w:BinarySecurityToken>");
            let Ok(Credential::BinarySecurityToken(token)) = read(&token) else {
                panic!("{text} was refused")
            };
            assert_eq!((token.value_type.as_str(), token.text()), ("urn:t", Some(value)));
            assert_eq!(token.is_jwt(), value == "a.b.c");
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused_as_security() {
        for bad in [
            "<w:BinarySecurityToken>not base64!</w:BinarySecurityToken>",
            "<w:BinarySecurityToken> </w:BinarySecurityToken>",
            "<w:BinarySecurityToken>YQ==</w:BinarySecurityToken><w:BinarySecurityToken>YQ==</w:BinarySecurityToken>",
            "<w:UsernameToken><w:Username>ada</w:Username></w:UsernameToken>",
            "<w:UsernameToken><w:Password>ada</w:Password></w:UsernameToken>",
            "<w:UsernameToken><w:Username>a</w:Username><w:Username>b</w:Username><w:Password>p</w:Password></w:UsernameToken>",
        ] {
            assert!(matches!(read(bad), Err(Problem::Security(_))), "{bad}");
        }
        assert_eq!(read(""), Ok(Credential::None));
    }
}
