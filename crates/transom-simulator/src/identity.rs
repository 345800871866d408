//! Who a simulated PC is: everything that the real one would read from its hardware and its Windows.

use transom_mde::rst::{Context, names};
use transom_mde::version::Version;

use crate::random::Stream;

/// Which Windows the PC runs; the two differ in what they tell at enrolment and in the form of their request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Windows 10 22H2, build 19045: speaks as build 19043 of the captures does.
    Windows10,
    /// Windows 11 25H2, build 26200.
    Windows11,
}

impl Profile {
    /// The version of Windows.
    #[must_use]
    pub const fn os_version(self) -> &'static str {
        match self {
            Self::Windows10 => "10.0.19045.5011",
            Self::Windows11 => "10.0.26200.9278",
        }
    }

    /// The version of the enrolling program, which is not always that of Windows.
    #[must_use]
    pub const fn application_version(self) -> &'static str {
        match self {
            Self::Windows10 => "10.0.19045.5011",
            Self::Windows11 => "10.0.26200.9279",
        }
    }

    /// The highest version of the enrolment protocol that the PC speaks.
    #[must_use]
    pub const fn request_version(self) -> Version {
        match self {
            Self::Windows10 => Version { major: 4, minor: 0 },
            Self::Windows11 => Version { major: 9, minor: 0 },
        }
    }

    /// The Windows product type: Pro on Windows 10, Enterprise on Windows 11 (docs/PROTOCOL.md, 5).
    #[must_use]
    pub const fn os_edition(self) -> u32 {
        match self {
            Self::Windows10 => 48,
            Self::Windows11 => 4,
        }
    }

    /// What `OSPlatform` says: Windows 11 still calls itself 10 there (docs/PROTOCOL.md, 18).
    #[must_use]
    pub const fn os_platform(self) -> &'static str {
        match self {
            Self::Windows10 => "Windows 10 Pro",
            Self::Windows11 => "Windows 10 Enterprise",
        }
    }
}

/// Makers and models that the simulated PCs are of.
const MODELS: [(&str, &str); 5] = [
    ("Dell Inc.", "Latitude 7450"),
    ("LENOVO", "21KC0012GE"),
    ("HP", "HP EliteBook 840 G11"),
    ("Microsoft Corporation", "Surface Laptop 6"),
    ("VMware, Inc.", "VMware7,1"),
];

/// Characters of computer names and serial numbers that Windows' own set-up uses.
const NAME_ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// What makes one PC different from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Which Windows it runs.
    pub profile: Profile,
    /// `DeviceID`: 32 upper-case hexadecimal digits; `Source/LocURI` of every message.
    pub device_id: String,
    /// `HWDevID`: 64 upper-case hexadecimal digits.
    pub hardware_id: String,
    /// The serial number of the case.
    pub serial_number: String,
    /// The computer's name.
    pub name: String,
    /// The maker.
    pub manufacturer: String,
    /// The model.
    pub model: String,
    /// The language of Windows.
    pub locale: String,
    /// Addresses of the network adapters, with dashes.
    pub macs: Vec<String>,
    /// The GUID whose beginning stands in the subject of the certificate request.
    pub enrollment_guid: String,
    /// Where the identity's pseudo-random values come from.
    pub(crate) seed: u64,
    pub(crate) index: u64,
}

impl Identity {
    /// The PC with this number of the fleet with this seed: always the same one.
    #[must_use]
    pub fn generate(seed: u64, index: u64, profile: Profile) -> Self {
        let mut stream = Stream::new(seed, index, "identity");
        let pick = usize::from(stream.block()[0]) % MODELS.len();
        let (manufacturer, model) = MODELS[pick];
        let mac = |stream: &mut Stream| {
            let digits = stream.hex(5);
            let pairs: Vec<&str> = (0..5).map(|n| &digits[2 * n..2 * n + 2]).collect();
            // The second-lowest bit of the first byte marks an address that no maker gave out.
            format!("02-{}", pairs.join("-"))
        };
        Self {
            profile,
            device_id: stream.hex(16),
            hardware_id: stream.hex(32),
            serial_number: stream.text(NAME_ALPHABET, 10),
            name: format!("DESKTOP-{}", stream.text(NAME_ALPHABET, 7)),
            manufacturer: manufacturer.to_owned(),
            model: model.to_owned(),
            locale: "en-US".to_owned(),
            macs: vec![mac(&mut stream), mac(&mut stream)],
            enrollment_guid: stream.guid(),
            seed,
            index,
        }
    }

    /// The fleet's PC with this number, every third of them on Windows 10.
    #[must_use]
    pub fn of_fleet(seed: u64, index: u64) -> Self {
        let profile = if index % 3 == 2 {
            Profile::Windows10
        } else {
            Profile::Windows11
        };
        Self::generate(seed, index, profile)
    }

    /// A source of values for one purpose that are this PC's own.
    pub(crate) fn stream(&self, purpose: &str) -> Stream {
        Stream::new(self.seed, self.index, purpose)
    }

    /// What the PC tells in its certificate request, in the order of the captures (docs/PROTOCOL.md, 5).
    #[must_use]
    pub fn context(&self, started_by_user: bool) -> Context {
        let edition = self.profile.os_edition().to_string();
        let mut context = Context::default()
            .with(names::UX_INITIATED, if started_by_user { "true" } else { "false" })
            .with(names::HW_DEV_ID, &self.hardware_id)
            .with(names::LOCALE, &self.locale)
            .with(names::TARGETED_USER_LOGGED_IN, "true")
            .with(names::OS_EDITION, edition)
            .with(names::DEVICE_NAME, &self.name);
        for mac in &self.macs {
            context = context.with(names::MAC, mac);
        }
        // Real clients list an adapter twice, so servers have to expect it.
        if let Some(mac) = self.macs.first() {
            context = context.with(names::MAC, mac);
        }
        context = context
            .with(names::DEVICE_ID, &self.device_id)
            .with(names::ENROLLMENT_TYPE, "Full")
            .with(names::DEVICE_TYPE, transom_mde::discovery::DEVICE_TYPE_WINDOWS)
            .with(names::OS_VERSION, self.profile.os_version())
            .with(names::APPLICATION_VERSION, self.profile.application_version())
            .with(names::NOT_IN_OOBE, "false");
        if self.profile == Profile::Windows11 {
            context = context
                .with(names::MANUFACTURER, &self.manufacturer)
                .with(names::DEVICE_MODEL, &self.model)
                .with(names::SERIAL_NUMBER, &self.serial_number)
                .with(names::REQUEST_VERSION, self.profile.request_version().to_string())
                .with(
                    "AttestationStatus",
                    "Status=AttestationResultNoAttestation;AttestationErrorMsg=No AIK algorithms provided",
                )
                .with("AttestationStatusHResult", "0x80070057");
        }
        context
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_has_the_forms_that_windows_uses() {
        let pc = Identity::generate(1, 0, Profile::Windows11);
        let hex = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b));
        assert!(pc.device_id.len() == 32 && hex(&pc.device_id));
        assert!(pc.hardware_id.len() == 64 && hex(&pc.hardware_id));
        assert_eq!(pc.name.len(), "DESKTOP-1234567".len());
        assert_eq!(pc.macs[0].len(), 17);
        assert_eq!(pc, Identity::generate(1, 0, Profile::Windows11));
        assert_ne!(pc.device_id, Identity::generate(1, 1, Profile::Windows11).device_id);
    }

    #[test]
    fn windows_11_tells_more_about_itself() {
        let ten = Identity::generate(1, 0, Profile::Windows10).context(true);
        let eleven = Identity::generate(1, 0, Profile::Windows11).context(true);
        assert_eq!(ten.serial_number(), None);
        assert!(eleven.serial_number().is_some());
        assert_eq!(eleven.get(names::REQUEST_VERSION), Some("9.0"));
        assert_eq!(ten.macs().len(), 2, "the repeated adapter counts once");
    }
}
