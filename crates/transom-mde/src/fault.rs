//! Refusals that Windows can show to its user (docs/PROTOCOL.md, 10).

mod codes;

pub use codes::{ErrorType, HRESULT_UNKNOWN, Service, Subcode};

use crate::error::Problem;
use crate::limits::{Limits, MAX_FIELD_BYTES};
use crate::namespace::{DISPATCHER, Ns, WSTEP};
use crate::soap::{Envelope, ReplyHeader, open_envelope, write_correlation};
use crate::xml::{Element, Writer};

/// HTTP status of a fault. SOAP 1.2 says 500 for a fault of the receiver, and Windows' own servers send it.
pub const HTTP_STATUS: u16 = 500;

/// What nobody has measured about faults, so that it can be changed in one place (docs/PROTOCOL.md, 10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FaultStyle {
    /// Writes the names inside the detail in lower case, as Microsoft's published examples do.
    pub lower_case_detail: bool,
    /// The HTTP status to send with it: one production server uses 200.
    pub http_status: u16,
}

impl Default for FaultStyle {
    fn default() -> Self {
        Self {
            lower_case_detail: false,
            http_status: HTTP_STATUS,
        }
    }
}

/// Why the server refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The class of the refusal.
    pub subcode: Subcode,
    /// What exactly; decides the error that Windows shows if it is there.
    pub error_type: Option<ErrorType>,
    /// For the PC's log. It must not tell a stranger more than he may know.
    pub reason: String,
    /// By which the refusal is found in the server's log. It is sent in the detail, so only with an error type.
    pub trace_id: Option<String>,
}

impl Fault {
    /// A refusal of a class.
    #[must_use]
    pub fn new(subcode: Subcode, reason: impl Into<String>) -> Self {
        Self {
            subcode,
            error_type: None,
            reason: reason.into(),
            trace_id: None,
        }
    }

    /// A refusal with a detail, in the class where it belongs.
    #[must_use]
    pub fn detailed(error_type: ErrorType, reason: impl Into<String>, trace_id: impl Into<String>) -> Self {
        Self {
            subcode: error_type.subcode(),
            error_type: Some(error_type),
            reason: reason.into(),
            trace_id: Some(trace_id.into()),
        }
    }

    /// The error that Windows shows: the detail overrides the class (docs/PROTOCOL.md, 10).
    #[must_use]
    pub fn hresult(&self) -> u32 {
        self.error_type.map_or(self.subcode.hresult(), ErrorType::hresult)
    }

    /// The name that goes with [`Fault::hresult`].
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.error_type.map_or(self.subcode.name(), ErrorType::name)
    }
}

/// A fault as a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultReply {
    /// Which service refuses.
    pub service: Service,
    /// What it answers.
    pub header: ReplyHeader,
    /// Why it refuses.
    pub fault: Fault,
}

impl FaultReply {
    /// The refusal of the request with this `a:MessageID`.
    #[must_use]
    pub fn new(service: Service, relates_to: Option<String>, activity_id: Option<String>, fault: Fault) -> Self {
        Self {
            service,
            header: ReplyHeader {
                relates_to,
                activity_id,
            },
            fault,
        }
    }

    /// Writes the fault.
    #[must_use]
    pub fn encode(&self, style: FaultStyle) -> String {
        let mut writer = Writer::default();
        open_envelope(&mut writer, &[]);
        write_correlation(&mut writer, self.service.fault_action(), &self.header);
        writer.close("s:Header").open("s:Body", &[]).open("s:Fault", &[]);
        let subcode = self.fault.subcode;
        let qualified = format!("{}:{}", if subcode.is_dispatcher() { "a" } else { "s" }, subcode.name());
        // These two codes live in a namespace of WCF, bound to the prefix `a` where the code stands (MS-WSTEP).
        let binding: &[(&str, &str)] = if subcode.is_dispatcher() {
            &[("xmlns:a", DISPATCHER)]
        } else {
            &[]
        };
        writer
            .open("s:Code", &[])
            .text("s:Value", &[], "s:Receiver")
            .open("s:Subcode", &[])
            .text("s:Value", binding, &qualified)
            .close("s:Subcode")
            .close("s:Code")
            .open("s:Reason", &[])
            .text("s:Text", &[("xml:lang", "en-us")], &self.fault.reason)
            .close("s:Reason");
        if let Some(error_type) = self.fault.error_type {
            self.write_detail(&mut writer, error_type, style);
        }
        writer.close("s:Fault").close("s:Body").close("s:Envelope");
        writer.finish()
    }

    fn write_detail(&self, writer: &mut Writer, error_type: ErrorType, style: FaultStyle) {
        let [outer, kind, message, trace] = if style.lower_case_detail {
            ["deviceenrollmentserviceerror", "errortype", "message", "traceid"]
        } else {
            ["DeviceEnrollmentServiceError", "ErrorType", "Message", "TraceId"]
        };
        writer
            .open("s:Detail", &[])
            .open(outer, &[("xmlns", WSTEP)])
            .text(kind, &[], error_type.name())
            .text(message, &[], &self.fault.reason);
        if let Some(id) = &self.fault.trace_id {
            writer.text(trace, &[], id);
        }
        writer.close(outer).close("s:Detail");
    }

    /// Reads a fault, as a PC does.
    ///
    /// # Errors
    /// Says why this is not a fault of an enrolment service.
    pub fn decode(bytes: &[u8]) -> Result<Self, Problem> {
        Self::read(&Envelope::parse(bytes, &Limits::REPLY)?)
    }

    pub(crate) fn read(envelope: &Envelope) -> Result<Self, Problem> {
        let fault = envelope.body()?.required(Ns::Soap, "Fault", "Body")?;
        let code = fault
            .required(Ns::Soap, "Code", "Fault")?
            .required(Ns::Soap, "Subcode", "Code")?
            .required(Ns::Soap, "Value", "Subcode")?
            .trimmed();
        let local = code.split_once(':').map_or(code, |(_, local)| local);
        let reason = fault
            .required(Ns::Soap, "Reason", "Fault")?
            .required(Ns::Soap, "Text", "Reason")?;
        let (error_type, trace_id) = match fault.optional(Ns::Soap, "Detail", "Fault")? {
            Some(detail) => read_detail(detail)?,
            None => (None, None),
        };
        let service = envelope.action()?.as_deref().and_then(Service::from_action);
        Ok(Self {
            service: service.ok_or(Problem::Invalid {
                element: "Action",
                reason: "not that of a fault",
            })?,
            header: ReplyHeader::read(envelope)?,
            fault: Fault {
                subcode: Subcode::parse(local).ok_or(Problem::Invalid {
                    element: "Subcode",
                    reason: "not one that Windows knows",
                })?,
                error_type,
                reason: reason.field("bytes in the reason of a fault", MAX_FIELD_BYTES)?,
                trace_id,
            },
        })
    }
}

/// Both spellings of the detail are read, because it is not known which one Windows wants.
fn read_detail(detail: &Element) -> Result<(Option<ErrorType>, Option<String>), Problem> {
    let Some(error) = find(detail, "DeviceEnrollmentServiceError") else {
        return Ok((None, None));
    };
    let text = |name: &str| find(error, name);
    let error_type = match text("ErrorType") {
        Some(element) => Some(ErrorType::parse(element.trimmed()).ok_or(Problem::Invalid {
            element: "ErrorType",
            reason: "not one that Windows knows",
        })?),
        None => None,
    };
    let trace_id = text("TraceId")
        .map(|element| element.field("bytes in TraceId", MAX_FIELD_BYTES))
        .transpose()?;
    Ok((error_type, trace_id))
}

fn find<'a>(parent: &'a Element, name: &str) -> Option<&'a Element> {
    parent
        .children
        .iter()
        .find(|child| child.ns == Ns::Wstep && child.name.eq_ignore_ascii_case(name))
}
