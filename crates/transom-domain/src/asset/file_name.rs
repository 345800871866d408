//! Names of files. They come from clients and end on PCs, so they must be names on Windows and nothing else: no path, no
//! device, nothing invisible.

use std::fmt;

/// Longest name of a file: what NTFS takes.
pub const FILE_NAME_CHARS_MAX: usize = 255;

/// Longest extension: those of Windows have ten at most.
const EXTENSION_CHARS_MAX: usize = 16;

/// Names that Windows gives to devices, with any extension ("Naming Files, Paths, and Namespaces").
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// The name of a file, without a folder.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FileName(String);

/// Why a text is no name of a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileNameError {
    /// Nothing is left of it.
    #[error("must not be empty")]
    Empty,
    /// Too long.
    #[error("must have at most {FILE_NAME_CHARS_MAX} characters, not {0}")]
    TooLong(usize),
    /// Something that Windows does not allow, or that nobody sees.
    #[error("must not contain U+{0:04X}")]
    Character(u32),
    /// A name with a meaning of its own.
    #[error("must not be a name that Windows keeps for itself, nor end in a dot or a blank")]
    Reserved,
}

impl FileName {
    /// The name at the end of what a client gave: some send the whole path.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, FileNameError> {
        let name = text.rsplit(['/', '\\']).next().unwrap_or_default();
        if name.trim().is_empty() {
            return Err(FileNameError::Empty);
        }
        let length = name.chars().count();
        if length > FILE_NAME_CHARS_MAX {
            return Err(FileNameError::TooLong(length));
        }
        if let Some(c) = name.chars().find(|c| is_banned(*c)) {
            return Err(FileNameError::Character(c.into()));
        }
        if name.ends_with(['.', ' ']) || name.starts_with(' ') || is_device(name) {
            return Err(FileNameError::Reserved);
        }
        Ok(Self(name.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows the last dot, in lower case; nothing where that is no extension.
    #[must_use]
    pub fn extension(&self) -> String {
        let extension = self.0.rsplit_once('.').filter(|(stem, _)| !stem.is_empty());
        let extension = extension.map_or("", |(_, e)| e);
        let is_plain = extension.chars().all(|c| c.is_ascii_alphanumeric());
        if is_plain && extension.len() <= EXTENSION_CHARS_MAX {
            extension.to_ascii_lowercase()
        } else {
            String::new()
        }
    }

    /// The media type that the extension stands for. What a client says is not believed.
    #[must_use]
    pub fn media_type(&self) -> &'static str {
        match self.extension().as_str() {
            "msi" => "application/x-msi",
            "msix" => "application/msix",
            "msixbundle" => "application/msixbundle",
            "appx" => "application/appx",
            "appxbundle" => "application/appxbundle",
            "pdf" => "application/pdf",
            "epub" => "application/epub+zip",
            "png" => "image/png",
            "jpg" | "jpeg" => "image/jpeg",
            "gif" => "image/gif",
            "bmp" => "image/bmp",
            "ico" => "image/vnd.microsoft.icon",
            "svg" => "image/svg+xml",
            "webp" => "image/webp",
            "cer" | "crt" | "der" => "application/pkix-cert",
            "pem" => "application/x-pem-file",
            "p7b" => "application/x-pkcs7-certificates",
            "pfx" | "p12" => "application/x-pkcs12",
            _ => "application/octet-stream",
        }
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What Windows allows in no name, and what changes how a name looks: `gpj.exe` written backwards.
fn is_banned(c: char) -> bool {
    c.is_control()
        || matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn is_device(name: &str) -> bool {
    let stem = name
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_end()
        .to_ascii_lowercase();
    let numbered = stem.strip_suffix(|c: char| matches!(c, '0'..='9' | '¹' | '²' | '³'));
    match numbered {
        Some(kind) => ["com", "lpt"].contains(&kind),
        None => DEVICES[..4].contains(&stem.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<String, FileNameError> {
        FileName::parse(text).map(|name| name.0)
    }

    #[test]
    fn a_path_is_cut_to_its_last_part() {
        for (given, name) in [
            ("setup.msi", "setup.msi"),
            ("C:\\Users\\Ada\\Setup 1.0 (x64).MSI", "Setup 1.0 (x64).MSI"),
            ("../../etc/passwd", "passwd"),
            ("..\\..\\a.ps1", "a.ps1"),
            ("Übersicht.pdf", "Übersicht.pdf"),
            (".profile", ".profile"),
        ] {
            assert_eq!(parsed(given).as_deref(), Ok(name));
        }
    }

    #[test]
    fn what_is_no_name_on_windows_is_refused() {
        for bad in [
            "..", ".", "a/..", "a.", "a ", " a", "CON", "nul.txt", "Com1.log", "LPT9", "aux .txt", "com¹",
        ] {
            assert_eq!(parsed(bad), Err(FileNameError::Reserved), "{bad}");
        }
        for bad in ["a\0b", "a\nb", "a:b", "a*", "\u{202e}gpj.exe", "a\u{200b}"] {
            assert!(matches!(parsed(bad), Err(FileNameError::Character(_))), "{bad:?}");
        }
        for bad in ["", " ", "a/", "\\"] {
            assert_eq!(parsed(bad), Err(FileNameError::Empty), "{bad:?}");
        }
        for good in ["console.exe", "com.exe", "com10.exe", "lpt", "nulls"] {
            assert!(parsed(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn a_name_has_at_most_255_characters() {
        assert!(parsed(&"é".repeat(FILE_NAME_CHARS_MAX)).is_ok());
        assert_eq!(
            parsed(&"é".repeat(FILE_NAME_CHARS_MAX + 1)),
            Err(FileNameError::TooLong(FILE_NAME_CHARS_MAX + 1))
        );
    }

    #[test]
    fn the_extension_is_what_follows_the_last_dot() {
        for (name, extension) in [
            ("a.tar.GZ", "gz"),
            ("a", ""),
            (".ps1", ""),
            ("a.p-1", ""),
            ("a.12345678901234567", ""),
        ] {
            assert_eq!(FileName::parse(name).unwrap().extension(), extension);
        }
    }
}
