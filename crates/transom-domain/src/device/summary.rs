//! The digest of what a PC reported: `summary` of the device object, and the columns that lists are searched by.

use super::DeviceReport;
use crate::text;

/// Longest computer name kept (A.6).
pub const NAME_CHARS_MAX: usize = 256;

/// Longest of the other values kept (A.6).
pub const VALUE_CHARS_MAX: usize = 128;

/// First build of Windows 11; the product name in the registry says "Windows 10" on it too (docs/PROTOCOL.md, 18).
const WINDOWS_11_BUILD: u32 = 22_000;

/// Serial numbers that firmware makers leave as they were: they identify nothing (A.0).
const PLACEHOLDER_SERIALS: [&str; 9] = [
    "system serial number",
    "to be filled by o.e.m.",
    "default string",
    "none",
    "not specified",
    "not available",
    "0",
    "serial number",
    "o.e.m.",
];

/// The digest. A fact that the PC did not report is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// The computer's name.
    pub name: Option<String>,
    /// `10.0.26200.9278`.
    pub os_version: Option<String>,
    /// `Windows 11 Enterprise`.
    pub os_version_name: Option<String>,
    /// The serial number of the machine.
    pub serial_number: Option<String>,
    /// The IMEI of a modem.
    pub imei: Option<String>,
    /// `85%`.
    pub battery: Option<String>,
    /// Who made it.
    pub manufacturer: Option<String>,
    /// Which model it is.
    pub model: Option<String>,
}

impl Summary {
    /// Brings in what the report says; facts it does not speak of stay.
    pub fn update(&mut self, report: &DeviceReport) {
        let value = |uri: &str| report.value(uri).map(str::trim).filter(|v| !v.is_empty());
        let short = |uri: &str| value(uri).map(|v| text::cut(v, VALUE_CHARS_MAX));
        let set = |slot: &mut Option<String>, value: Option<String>| {
            if value.is_some() {
                *slot = value;
            }
        };
        set(
            &mut self.name,
            value("./DevDetail/Ext/Microsoft/DeviceName").map(|v| text::cut(v, NAME_CHARS_MAX)),
        );
        set(&mut self.os_version, short("./DevDetail/SwV"));
        set(
            &mut self.serial_number,
            short("./DevDetail/Ext/Microsoft/SMBIOSSerialNumber"),
        );
        set(
            &mut self.manufacturer,
            short("./DevInfo/Man").or_else(|| short("./DevDetail/OEM")),
        );
        set(
            &mut self.model,
            short("./DevInfo/Mod").or_else(|| short("./DevDetail/DevTyp")),
        );
        let charge = value("./Vendor/MSFT/DeviceStatus/Battery/EstimatedChargeRemaining");
        // A PC without a battery reports a number above 100 or none at all.
        set(
            &mut self.battery,
            charge
                .and_then(|v| v.parse::<u32>().ok())
                .filter(|v| (1..=100).contains(v))
                .map(|v| format!("{v}%")),
        );
        let edition = value("./Vendor/MSFT/DeviceStatus/OS/Edition").and_then(|v| v.parse().ok());
        set(
            &mut self.os_version_name,
            os_version_name(self.os_version.as_deref(), edition),
        );
    }

    /// The serial number if it identifies a machine.
    #[must_use]
    pub fn real_serial_number(&self) -> Option<&str> {
        self.serial_number
            .as_deref()
            .filter(|serial| is_real_serial_number(serial))
    }
}

/// Whether a serial number identifies a machine, rather than being what the firmware's maker left there.
#[must_use]
pub fn is_real_serial_number(serial: &str) -> bool {
    let serial = serial.trim().to_lowercase();
    !serial.is_empty()
        && !PLACEHOLDER_SERIALS.contains(&serial.as_str())
        && !serial.chars().all(|c| c == '0' || c == '-' || c == ' ')
}

/// `Windows 11 Enterprise` from a version and an edition.
fn os_version_name(version: Option<&str>, edition: Option<u32>) -> Option<String> {
    let build: u32 = version?.split('.').nth(2)?.parse().ok()?;
    let windows = if build >= WINDOWS_11_BUILD {
        "Windows 11"
    } else {
        "Windows 10"
    };
    Some(match edition.and_then(edition_name) {
        Some(edition) => format!("{windows} {edition}"),
        None => windows.to_owned(),
    })
}

/// The name of a Windows product type (`PRODUCT_*` of the Windows SDK; MS-MDE2 lists those up to 136 and 175).
#[must_use]
pub const fn edition_name(edition: u32) -> Option<&'static str> {
    Some(match edition {
        4 => "Enterprise",
        27 => "Enterprise N",
        48 => "Pro",
        49 => "Pro N",
        72 => "Enterprise Evaluation",
        84 => "Enterprise N Evaluation",
        98 => "Home N",
        99 => "Home China",
        100 => "Home Single Language",
        101 => "Home",
        119 => "Team",
        121 => "Education",
        122 => "Education N",
        123 => "IoT Core",
        125 => "Enterprise LTSC",
        126 => "Enterprise LTSC N",
        135 => "Holographic",
        136 => "Holographic for Business",
        161 => "Pro for Workstations",
        162 => "Pro for Workstations N",
        164 => "Pro Education",
        165 => "Pro Education N",
        171 => "Enterprise G",
        175 => "Enterprise multi-session",
        188 => "IoT Enterprise",
        191 => "IoT Enterprise LTSC",
        202 => "SE N",
        203 => "SE",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Reported;

    fn report(values: &[(&str, &str)]) -> DeviceReport {
        let mut report = DeviceReport::default();
        for (uri, value) in values {
            report.put(uri, Reported::Value((*value).to_owned()));
        }
        report
    }

    #[test]
    fn windows_11_is_told_by_its_build() {
        let mut summary = Summary::default();
        summary.update(&report(&[
            ("./DevDetail/SwV", "10.0.26200.9278"),
            ("./Vendor/MSFT/DeviceStatus/OS/Edition", "4"),
        ]));
        assert_eq!(summary.os_version_name.as_deref(), Some("Windows 11 Enterprise"));
        summary.update(&report(&[("./DevDetail/SwV", "10.0.19045.3803")]));
        assert_eq!(summary.os_version_name.as_deref(), Some("Windows 10"));
    }

    #[test]
    fn facts_that_are_not_reported_stay() {
        let mut summary = Summary {
            serial_number: Some("S1".to_owned()),
            ..Summary::default()
        };
        summary.update(&report(&[("./DevDetail/Ext/Microsoft/DeviceName", "PC-1")]));
        assert_eq!(
            (summary.serial_number.as_deref(), summary.name.as_deref()),
            (Some("S1"), Some("PC-1"))
        );
    }

    #[test]
    fn firmware_leftovers_are_no_serial_numbers() {
        for serial in [
            "",
            "System Serial Number",
            "To be filled by O.E.M.",
            "Default string",
            "0000-0000",
            "0",
        ] {
            assert!(!is_real_serial_number(serial), "{serial}");
        }
        assert!(is_real_serial_number("VMware-56 4d 00"));
    }

    #[test]
    fn a_pc_without_a_battery_has_no_charge() {
        let mut summary = Summary::default();
        summary.update(&report(&[(
            "./Vendor/MSFT/DeviceStatus/Battery/EstimatedChargeRemaining",
            "255",
        )]));
        assert_eq!(summary.battery, None);
    }
}
