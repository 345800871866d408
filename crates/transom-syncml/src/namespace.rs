//! The XML namespaces of SyncML messages.

/// SyncML 1.2: what every client sends and what we write (RepPro 1.2.2, section 4.2).
pub const SYNCML_1_2: &str = "SYNCML:SYNCML1.2";
/// SyncML 1.1: accepted when read, because peers that speak 1.2 have been seen to write it.
pub const SYNCML_1_1: &str = "SYNCML:SYNCML1.1";
/// SyncML Meta Information (OMA-TS-SyncML-MetaInfo 1.2, section 4).
pub const METINF: &str = "syncml:metinf";
/// A misspelling of [`METINF`] that one of Microsoft's published examples has; read, never written.
pub const METINF_MISSPELT: &str = "syncml:metinfo";
/// Microsoft's extension that holds `originalerror` (MS-MDM 2.2.5.1).
pub const MSFT: &str = "http://schemas.microsoft.com/MobileDevice/MDM";
