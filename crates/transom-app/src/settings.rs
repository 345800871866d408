//! Settings: the defaults in `config/default.toml`, a file, environment variables; each overrides what comes before.

mod secrets;

use actix_web::http::header::HeaderName;
use anyhow::{Context as _, bail};
use serde::Deserialize;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    str::FromStr as _,
};
use transom_http::device::{AddressRange, ProxySettings};

pub use secrets::{GivenKeys, Secrets};

/// The defaults: every key, with its comment.
pub const DEFAULTS: &str = include_str!("../../../config/default.toml");

/// `device.public_url` when nobody sets it.
const PUBLIC_URL_DEFAULT: &str = "https://localhost:8443";

/// Largest `assets.max_bytes`, 1 TiB: no file that anybody installs is larger, and sums of sizes stay within 64 bits.
const ASSET_BYTES_MAX: u64 = 1 << 40;

/// Everything that can be set. See `config/default.toml` for what each key means.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml is where an operator looks")]
pub struct Settings {
    pub data_dir: PathBuf,
    pub database: Database,
    pub admin: Admin,
    pub device: Device,
    pub pki: Pki,
    pub enrollment: Enrollment,
    pub secrets: Secrets,
    pub assets: Assets,
    pub log: Log,
}

/// `[database]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml is where an operator looks")]
pub struct Database {
    pub url: String,
    pub migrate_at_start: bool,
    pub connections: u32,
}

/// `[admin]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml is where an operator looks")]
pub struct Admin {
    pub listen: SocketAddr,
    pub public_url: String,
    pub rate_per_second: u32,
    pub rate_burst: u32,
    pub tls: TlsFiles,
}

/// `[admin.tls]` and `[device.tls]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml is where an operator looks")]
pub struct TlsFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// `[device]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml is where an operator looks")]
pub struct Device {
    pub listen: SocketAddr,
    pub public_url: String,
    pub plain_http: bool,
    pub md5: Md5,
    pub tls: TlsFiles,
    pub proxy: Proxy,
}

/// `device.md5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
#[expect(missing_docs, reason = "config/default.toml is where an operator looks")]
pub enum Md5 {
    Off,
    SecondFactor,
    Alone,
}

impl TryFrom<String> for Md5 {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        match name.as_str() {
            "off" => Ok(Self::Off),
            "second-factor" => Ok(Self::SecondFactor),
            "alone" => Ok(Self::Alone),
            _ => Err(format!("must be off, second-factor or alone, not {name:?}")),
        }
    }
}

/// `[device.proxy]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml is where an operator looks")]
pub struct Proxy {
    pub addresses: Vec<String>,
    pub header: String,
}

/// `[pki]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml is where an operator looks")]
pub struct Pki {
    pub device_certificate_days: u32,
}

/// `[enrollment]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml is where an operator looks")]
pub struct Enrollment {
    pub poll_minutes: u32,
    pub sync_application_version_in_document: bool,
    pub client_certificate_search_criteria: bool,
}

/// `[assets]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml is where an operator looks")]
pub struct Assets {
    pub folder: PathBuf,
    pub max_bytes: u64,
    pub organization_max_bytes: u64,
}

/// `[log]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml is where an operator looks")]
pub struct Log {
    pub format: LogFormat,
    pub filter: String,
}

/// `log.format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
#[expect(missing_docs, reason = "config/default.toml is where an operator looks")]
pub enum LogFormat {
    Text,
    Json,
}

impl TryFrom<String> for LogFormat {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        match name.as_str() {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(format!("must be text or json, not {name:?}")),
        }
    }
}

impl Settings {
    /// Reads the defaults, then `file`, then the environment.
    ///
    /// # Errors
    /// A sentence that names the key (or the file) and what is wrong with it.
    pub fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        Self::from_sources(file, None)
    }

    /// As [`Settings::load`], with these variables in place of the environment.
    fn from_sources(file: Option<&Path>, environment: Option<config::Map<String, String>>) -> anyhow::Result<Self> {
        let mut sources =
            config::Config::builder().add_source(config::File::from_str(DEFAULTS, config::FileFormat::Toml));
        if let Some(file) = file {
            if !file.is_file() {
                bail!("the settings file {} does not exist", file.display());
            }
            sources = sources.add_source(config::File::from(file).format(config::FileFormat::Toml));
        }
        let variables = config::Environment::with_prefix("TRANSOM")
            .prefix_separator("__")
            .separator("__")
            .try_parsing(true)
            .list_separator(",")
            .with_list_parse_key("device.proxy.addresses")
            .ignore_empty(false)
            .source(environment);
        let settings: Self = sources
            .add_source(variables)
            .build()
            .and_then(config::Config::try_deserialize)
            .context("the settings cannot be read")?;
        settings.checked()
    }

    /// Checks what the types do not say, and fills in `{data_dir}`.
    fn checked(mut self) -> anyhow::Result<Self> {
        let data_dir = self.data_dir.to_string_lossy().into_owned();
        if data_dir.is_empty() {
            bail!("data_dir must not be empty");
        }
        self.database.url = self.database.url.replace("{data_dir}", &data_dir);
        let folder = self.assets.folder.to_string_lossy().replace("{data_dir}", &data_dir);
        if folder.is_empty() {
            bail!("assets.folder must not be empty");
        }
        self.assets.folder = folder.into();
        let (one, all) = (self.assets.max_bytes, self.assets.organization_max_bytes);
        if one == 0 || one > ASSET_BYTES_MAX {
            bail!("assets.max_bytes lies between 1 and {ASSET_BYTES_MAX}, not at {one}");
        }
        if all < one {
            bail!("assets.organization_max_bytes is {all}, less than the {one} of assets.max_bytes");
        }
        range("database.connections", self.database.connections, 1, 100)?;
        range("admin.rate_per_second", self.admin.rate_per_second, 1, 1_000_000)?;
        range("admin.rate_burst", self.admin.rate_burst, 1, 1_000_000)?;
        range("pki.device_certificate_days", self.pki.device_certificate_days, 1, 3650)?;
        range("enrollment.poll_minutes", self.enrollment.poll_minutes, 1, 1440)?;
        for (key, tls) in [("admin.tls", &self.admin.tls), ("device.tls", &self.device.tls)] {
            if tls.certificate.as_os_str().is_empty() != tls.key.as_os_str().is_empty() {
                bail!("{key}.certificate and {key}.key must be set together");
            }
        }
        if self.device.plain_http && self.device.tls.files().is_some() {
            bail!("device.plain_http and device.tls.certificate exclude each other");
        }
        if !self.secrets.key_file.as_os_str().is_empty() && !self.secrets.key.reveal().is_empty() {
            bail!("secrets.key_file and secrets.key exclude each other");
        }
        self.device.proxy.settings()?;
        self.check_public_url()?;
        self.check_admin_url()?;
        Ok(self)
    }

    fn check_admin_url(&mut self) -> anyhow::Result<()> {
        let url = self.admin.public_url.trim_end_matches('/').to_owned();
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let is_address = rest.is_some_and(|rest| {
            let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
            let is_plain = |text: &str| text.bytes().all(|b| b.is_ascii_graphic() && !b"?#@\"".contains(&b));
            !host.is_empty() && is_plain(host) && is_plain(path)
        });
        if !url.is_empty() && !is_address {
            bail!("admin.public_url must be https://HOST, with a port and a path if need be, or empty; not {url:?}");
        }
        self.admin.public_url = url;
        Ok(())
    }

    /// The address of the admin listener for links in answers; `listening` is where it listens.
    #[must_use]
    pub fn admin_url(&self, listening: &str) -> String {
        match self.admin.public_url.as_str() {
            "" => listening.to_owned(),
            url => url.to_owned(),
        }
    }

    fn check_public_url(&mut self) -> anyhow::Result<()> {
        let url = self.device.public_url.trim_end_matches('/').to_owned();
        let host = host_of(&url)
            .with_context(|| format!("device.public_url must be https://HOST or https://HOST:PORT, not {url:?}"))?;
        if host.is_empty() {
            bail!("device.public_url must name a host");
        }
        if self.device.listen.ip().is_unspecified() && url == PUBLIC_URL_DEFAULT {
            bail!(
                "device.listen is {}, all addresses, but device.public_url is not set: PCs must be told a name to reach \
                 this server by, for example https://mdm.example.com",
                self.device.listen
            );
        }
        self.device.public_url = url;
        Ok(())
    }

    /// `device.public_url` for a listener that got `address`: with port 0 in the settings, the port that was found.
    #[must_use]
    pub fn public_url(&self, address: SocketAddr) -> String {
        let url = &self.device.public_url;
        if self.device.listen.port() == 0 && url == PUBLIC_URL_DEFAULT {
            return format!("https://{address}");
        }
        match url.strip_suffix(":0") {
            Some(host) => format!("{host}:{}", address.port()),
            None => url.clone(),
        }
    }
}

impl TlsFiles {
    /// Certificate and key, if they are set.
    #[must_use]
    pub fn files(&self) -> Option<(&Path, &Path)> {
        (!self.certificate.as_os_str().is_empty()).then_some((self.certificate.as_path(), self.key.as_path()))
    }
}

impl Proxy {
    /// What the device listener is told; none where no proxy is set.
    ///
    /// # Errors
    /// When an address or the header's name is malformed.
    pub fn settings(&self) -> anyhow::Result<Option<ProxySettings>> {
        let ranges = self.addresses.iter().map(|text| AddressRange::from_str(text));
        let addresses = ranges
            .collect::<Result<Vec<_>, _>>()
            .context("device.proxy.addresses")?;
        let header = HeaderName::from_str(&self.header).with_context(|| {
            format!(
                "device.proxy.header must be the name of an HTTP header, not {:?}",
                self.header
            )
        })?;
        Ok((!addresses.is_empty()).then_some(ProxySettings { addresses, header }))
    }
}

/// The host of `https://HOST` or `https://HOST:PORT`; none where the URL is of another shape.
#[must_use]
pub fn host_of(url: &str) -> Option<&str> {
    let authority = url.strip_prefix("https://")?;
    if authority.contains(['/', '?', '#', '@', ' ']) {
        return None;
    }
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, port) = rest.split_once(']')?;
        return (port.is_empty() || is_port(port.strip_prefix(':')?)).then_some(host);
    }
    match authority.split_once(':') {
        Some((host, port)) => is_port(port).then_some(host),
        None => Some(authority),
    }
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok()
}

fn range(key: &str, value: u32, min: u32, max: u32) -> anyhow::Result<()> {
    if (min..=max).contains(&value) {
        return Ok(());
    }
    bail!("{key} lies between {min} and {max}, not at {value}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> anyhow::Result<Settings> {
        let map = variables
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        Settings::from_sources(None, Some(map))
    }

    fn refusal(variables: &[(&str, &str)]) -> String {
        format!("{:#}", with(variables).unwrap_err())
    }

    #[test]
    fn the_defaults_are_complete() {
        let settings = with(&[]).unwrap();
        assert_eq!(settings.database.url, "sqlite:data/transom.db");
        assert_eq!(settings.device.public_url, PUBLIC_URL_DEFAULT);
        assert_eq!(settings.assets.folder, Path::new("data/assets"));
        let files = transom_http::admin::FileSettings::default();
        assert_eq!(settings.assets.max_bytes, files.asset_bytes_max);
        assert_eq!(settings.assets.organization_max_bytes, files.organization_bytes_max);
    }

    #[test]
    fn variables_override_them() {
        let settings = with(&[
            ("TRANSOM__DATA_DIR", "/srv/t"),
            ("TRANSOM__DEVICE__LISTEN", "127.0.0.1:0"),
            ("TRANSOM__DEVICE__PROXY__ADDRESSES", "10.0.0.0/8,::1"),
            ("TRANSOM__DEVICE__MD5", "second-factor"),
        ])
        .unwrap();
        assert_eq!(settings.database.url, "sqlite:/srv/t/transom.db");
        assert_eq!(settings.device.proxy.addresses.len(), 2);
        assert_eq!(settings.device.md5, Md5::SecondFactor);
        assert_eq!(
            settings.public_url("127.0.0.1:4711".parse().unwrap()),
            "https://127.0.0.1:4711"
        );
    }

    #[test]
    fn one_proxy_address_is_a_list_too() {
        let settings = with(&[("TRANSOM__DEVICE__PROXY__ADDRESSES", "10.0.0.1")]).unwrap();
        assert_eq!(settings.device.proxy.addresses.len(), 1);
    }

    #[test]
    fn a_wrong_key_or_value_is_named() {
        assert!(refusal(&[("TRANSOM__DATABASE__ULR", "x")]).contains("ulr"));
        assert!(refusal(&[("TRANSOM__ADMIN__LISTEN", "nowhere")]).contains("admin.listen"));
        let format = refusal(&[("TRANSOM__LOG__FORMAT", "xml")]);
        assert!(
            format.contains("log.format") && format.contains("text or json, not \"xml\""),
            "{format}"
        );
        assert!(refusal(&[("TRANSOM__PKI__DEVICE_CERTIFICATE_DAYS", "0")]).contains("pki.device_certificate_days"));
        assert!(refusal(&[("TRANSOM__DEVICE__PUBLIC_URL", "http://x")]).contains("device.public_url"));
        assert!(refusal(&[("TRANSOM__DEVICE__PROXY__ADDRESSES", "10.0.0")]).contains("device.proxy.addresses"));
        assert!(refusal(&[("TRANSOM__ASSETS__MAX_BYTES", "0")]).contains("assets.max_bytes"));
        assert!(refusal(&[("TRANSOM__ASSETS__ORGANIZATION_MAX_BYTES", "1")]).contains("assets.organization_max_bytes"));
        assert!(refusal(&[("TRANSOM__ASSETS__FOLDER", "")]).contains("assets.folder"));
        assert!(refusal(&[("TRANSOM__DEVICE__TLS__KEY", "k.pem")]).contains("device.tls.certificate"));
    }

    #[test]
    fn all_addresses_need_a_public_url() {
        assert!(refusal(&[("TRANSOM__DEVICE__LISTEN", "0.0.0.0:8443")]).contains("device.public_url"));
        let set = [
            ("TRANSOM__DEVICE__LISTEN", "0.0.0.0:8443"),
            ("TRANSOM__DEVICE__PUBLIC_URL", "https://mdm.example.com/"),
        ];
        assert_eq!(with(&set).unwrap().device.public_url, "https://mdm.example.com");
    }

    #[test]
    fn the_admin_url_is_an_address_or_nothing() {
        let url = |text: &str| with(&[("TRANSOM__ADMIN__PUBLIC_URL", text)]).map(|s| s.admin_url("http://127.0.0.1:1"));
        assert_eq!(url("").unwrap(), "http://127.0.0.1:1");
        assert_eq!(
            url("https://mdm.example.com/api/").unwrap(),
            "https://mdm.example.com/api"
        );
        for refused in [
            "mdm.example.com",
            "ftp://x",
            "https://",
            "https://a b",
            "https://a?b",
            "https://a@b",
        ] {
            assert!(url(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn hosts_are_read_from_urls() {
        assert_eq!(host_of("https://mdm.example.com:8443"), Some("mdm.example.com"));
        assert_eq!(host_of("https://[::1]:8443"), Some("::1"));
        for wrong in ["https://a/b", "https://u@h", "https://h:99999", "ftp://h"] {
            assert_eq!(host_of(wrong), None, "{wrong}");
        }
    }
}
