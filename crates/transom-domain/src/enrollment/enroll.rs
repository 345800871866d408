//! Recording an enrolment: which device record the PC gets, and that nothing of an earlier enrolment is touched yet.

use super::{
    Enrollment, EnrollmentKind, EnrollmentState, Fingerprint, IssuedCertificate, SessionCredentials,
    sign_in::EnrollmentGrant,
};
use crate::{
    Context, DeviceId, EnrollmentId, EnrollmentTemplateId, OrganizationId,
    audit::{Audit, Target},
    automation_rule::settle::{self, RuleStore},
    device::{
        Device, DeviceEvent, DeviceState, RefreshArea, StateChange, Summary, delete,
        summary::{VALUE_CHARS_MAX, is_real_serial_number},
    },
    enrollment_template::{
        evaluate::Verdict,
        facts::Facts,
        placement::{PlacementStore, apply, place, told},
        ruling::{Ruling, TraceEntry, rule},
    },
    enrollment_token::EnrollmentToken,
    ports::{
        AuditLogMut, DevicesMut, EnrollmentTokensMut, EnrollmentsMut, OrganizationsMut, PoliciesMut, ScriptsMut,
        SegmentsMut, StoreError, Users, UsersMut,
    },
    text,
};
use serde_json::json;
use std::collections::BTreeSet;

/// Longest device id that a client may claim (A.6, `winId`).
pub const WIN_ID_CHARS_MAX: usize = 128;

/// Most earlier enrolments of one hardware hash that are looked at; a cloned image may have thousands.
pub const SAME_HARDWARE_MAX: u32 = 100;

/// An enrolment to be recorded: the certificate is issued already.
#[derive(Debug, Clone, PartialEq)]
pub struct Enroll {
    /// Its id, also in the certificate's subject.
    pub id: EnrollmentId,
    /// What was proven about who enrols.
    pub grant: EnrollmentGrant,
    /// The certificate.
    pub certificate: IssuedCertificate,
    /// Name and digests for SyncML.
    pub credentials: SessionCredentials,
    /// `EnrollmentType`.
    pub kind: EnrollmentKind,
    /// `DeviceID`, as the client claims it.
    pub win_id: String,
    /// `HWDevID`, as the client claims it.
    pub hw_dev_id: Option<String>,
    /// `SerialNumber`, as the client claims it.
    pub serial_number: Option<String>,
    /// `DeviceName`.
    pub device_name: Option<String>,
    /// The certificate that the PC proved possession of in TLS while it enrolled.
    pub presented: Option<Fingerprint>,
    /// Every fact of the request, for the record.
    pub facts: Vec<(String, String)>,
}

/// Why an enrolment is not recorded.
#[derive(Debug, thiserror::Error)]
pub enum EnrollError {
    /// The token was used up or revoked since it was looked at.
    #[error("the credentials are not accepted")]
    Refused,
    /// A claim is malformed.
    #[error("{0}")]
    Malformed(String),
    /// No rule of a template wants this PC (N8).
    #[error("no enrolment rule matches this PC (template {:?})", .0.template_name)]
    NoRule(Box<NoRule>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An enrolment that no rule wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoRule {
    /// Whose template it was.
    pub organization: OrganizationId,
    /// The template that was asked last.
    pub template: EnrollmentTemplateId,
    /// Its name.
    pub template_name: String,
    /// What came of every rule.
    pub trace: Vec<TraceEntry>,
}

/// Refusals that were not put on record, because one like them was: the next entry stands for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unrecorded {
    /// Of the same PC, for the same reason.
    pub same: u64,
    /// Of other PCs by the same template, when there were too many.
    pub others: u64,
}

/// Codes of HTTP stand for refusals that the API has no number for (decision 32).
const REFUSED_CODE: u32 = 403;

/// Puts an enrolment on record that no rule wants, with what came of every rule. The enrolment's own unit of work was
/// undone, so this is one of its own.
///
/// # Errors
/// When the store fails.
pub fn record_refusal(
    tx: &mut (impl AuditLogMut + ?Sized),
    cx: &mut Context,
    request: &Enroll,
    refused: &NoRule,
    unrecorded: Unrecorded,
) -> Result<(), StoreError> {
    let audit = Audit::new(cx, refused.organization, "mdm.windows.device.enroll")
        .target(Target::EnrollmentTemplate(refused.template))
        .segment(request.grant.segment)
        .after(json!({
            "winId": text::cut(&request.win_id, WIN_ID_CHARS_MAX),
            "deviceName": request.device_name,
            "serialNumber": request.serial_number,
            "mdmUserId": request.grant.user,
            "enrollmentTokenId": request.grant.token,
            "trace": refused.trace,
            "repeatedSinceLastEntry": unrecorded.same,
            "othersNotRecorded": unrecorded.others,
        }));
    tx.append_audit(&audit.refused(REFUSED_CODE, "no enrolment rule matches this PC"))
}

/// Records an enrolment and takes one use of its token.
///
/// The rules of the token's template, or else of the organization's default, say what the PC gets (E.4); where none of
/// them wants it, it is refused.
///
/// The device record is an existing one only where the hardware matches (real serial number and hardware hash) and,
/// besides, the old certificate was presented or the same user signed in (decision 12). The old enrolment goes on until
/// the new one has its first authenticated session (decision 11).
///
/// # Errors
/// See [`EnrollError`].
pub fn enroll(
    tx: &mut (
             impl PlacementStore
             + EnrollmentTokensMut
             + OrganizationsMut
             + ScriptsMut
             + SegmentsMut
             + UsersMut
             + RuleStore
             + ?Sized
         ),
    cx: &mut Context,
    request: &Enroll,
) -> Result<(Enrollment, Device), EnrollError> {
    let win_id = text::line(&request.win_id, WIN_ID_CHARS_MAX)
        .map_err(|error| EnrollError::Malformed(format!("DeviceID {error}")))?;
    // A change of the organization's rules comes before this enrolment, which then goes by them, or after it, and then finds
    // the PC among those that it has to look at. Without this it might do neither.
    tx.hold_organization(request.grant.organization)?;
    // The same for a change of the user, whose PCs are looked at with it.
    if let Some(user) = request.grant.user {
        tx.lock_user(request.grant.organization, user)?;
    }
    let token = take_token(tx, cx, &request.grant)?;
    let facts = facts(tx, request, token.as_ref())?;
    let own = token.as_ref().and_then(|t| t.template);
    let ruling = rule(tx, request.grant.organization, own, &facts)?;
    if let Some(refused) = unwanted(ruling.as_ref(), token.as_ref()) {
        return Err(EnrollError::NoRule(Box::new(refused)));
    }
    let (known, similar) = same_hardware(tx, request)?;
    // A live record is not touched before the new enrolment is used.
    let is_live = known
        .as_ref()
        .is_some_and(|device| device.state != DeviceState::Deleted);
    let mut device = match known {
        Some(device) => reuse(tx, cx, device, request)?,
        None => create(tx, cx, &win_id, similar, request)?,
    };
    let mut placement = place(tx, cx, &device, ruling.as_ref(), token.as_ref(), &facts)?;
    if let Some(placement) = &mut placement
        && !is_live
    {
        apply(tx, cx, &mut device, placement)?;
    }
    let enrollment = Enrollment {
        id: request.id,
        organization: request.grant.organization,
        device: device.id,
        state: EnrollmentState::Pending,
        win_id,
        hw_dev_id: request.hw_dev_id.clone(),
        user: request.grant.user,
        token: request.grant.token,
        kind: request.kind,
        certificate: request.certificate.clone(),
        credentials: request.credentials.clone(),
        facts: request.facts.clone(),
        placement,
        dev_info_hash: None,
        refused: 0,
        configured: false,
        created_at: cx.now,
    };
    tx.insert_enrollment(&enrollment)?;
    settle::device(tx, cx, &device)?;
    let audit = Audit::new(cx, device.organization, "mdm.windows.device.enroll")
        .target(Target::Device(device.id))
        .segment(device.segment)
        .after(json!({
            "enrollmentId": enrollment.id.to_string(),
            "winId": enrollment.win_id,
            "certificateSerial": enrollment.certificate.serial,
            "mdmUserId": enrollment.user.map(|u| u.to_string()),
            "enrollmentTokenId": enrollment.token.map(|t| t.to_string()),
            "possibleDuplicateOf": device.possible_duplicate_of.map(|d| d.to_string()),
            "placement": enrollment.placement.as_ref().map(told),
        }));
    tx.append_audit(&audit.done())?;
    Ok((enrollment, device))
}

/// Takes one use of the grant's token, which is looked at again under its lock: two PCs must not share the last use.
fn take_token(
    tx: &mut (impl EnrollmentTokensMut + ?Sized),
    cx: &Context,
    grant: &EnrollmentGrant,
) -> Result<Option<EnrollmentToken>, EnrollError> {
    let Some(id) = grant.token else { return Ok(None) };
    let mut token = tx.lock_enrollment_token(id)?.ok_or(EnrollError::Refused)?;
    if !token.is_usable(cx.now) {
        return Err(EnrollError::Refused);
    }
    token.uses += 1;
    tx.update_enrollment_token(&token)?;
    Ok(Some(token))
}

/// What is known of the PC and of who enrols it. What the account name of a token's bearer says is not proven, so only a
/// user who signed in, or whom the token was made for, counts.
fn facts(
    view: &mut (impl Users + ?Sized),
    request: &Enroll,
    token: Option<&EnrollmentToken>,
) -> Result<Facts, StoreError> {
    let (serial, name) = (request.serial_number.as_deref(), request.device_name.as_deref());
    let mut facts = Facts::of_request(serial, name, &request.facts);
    if let Some(user) = request.grant.user {
        let user = view.user(request.grant.organization, user)?;
        facts.person = user.as_ref().map(Into::into);
    }
    facts.token_tags = token.map(|t| t.tags.clone()).unwrap_or_default();
    Ok(facts)
}

/// Whether the rules refuse a PC. A token that was made by itself is the right to enrol whatever the organization's
/// default says; its PC comes out as unmatched.
fn unwanted(ruling: Option<&Ruling>, token: Option<&EnrollmentToken>) -> Option<NoRule> {
    let ruling = ruling.filter(|r| r.verdict == Verdict::NoMatch)?;
    let is_invited = token.is_some_and(|t| t.template.is_none());
    (!is_invited).then(|| NoRule {
        organization: ruling.template.organization,
        template: ruling.template.id,
        template_name: ruling.template.name.clone(),
        trace: ruling.tried(),
    })
}

/// The record that is proven to be this PC's, and else the newest that may be.
fn same_hardware(
    tx: &mut (impl DevicesMut + EnrollmentsMut + ?Sized),
    request: &Enroll,
) -> Result<(Option<Device>, Option<DeviceId>), StoreError> {
    let (Some(hardware), Some(serial)) = (&request.hw_dev_id, &request.serial_number) else {
        return Ok((None, None));
    };
    if !is_real_serial_number(serial) {
        return Ok((None, None));
    }
    let mut similar = None;
    for earlier in tx.enrollments_by_hardware(request.grant.organization, hardware, SAME_HARDWARE_MAX)? {
        let Some(device) = tx.lock_device(earlier.device)? else {
            continue;
        };
        let same_serial = device
            .summary
            .real_serial_number()
            .is_some_and(|s| s.eq_ignore_ascii_case(serial.trim()));
        if !same_serial {
            continue;
        }
        let same_certificate = request.presented == Some(earlier.certificate.fingerprint);
        let same_user = request.grant.user.is_some() && request.grant.user == earlier.user;
        if same_certificate || same_user {
            return Ok((Some(device), None));
        }
        similar = similar.or(Some(device.id));
    }
    Ok((None, similar))
}

/// Goes on with an existing record. A live one is not touched: its old enrolment holds until the new one is used. A deleted
/// one begins anew with what it is, and without what it was given: that is for the rules and the token to say (DS4).
fn reuse(
    tx: &mut (impl DevicesMut + PoliciesMut + ScriptsMut + ?Sized),
    cx: &Context,
    mut device: Device,
    request: &Enroll,
) -> Result<Device, StoreError> {
    if device.state == DeviceState::Deleted {
        device.user = request.grant.user;
        device.segment = request.grant.segment;
        device.refresh_needed.extend(RefreshArea::ALL);
        device.enrolled_by = None;
        tx.save_assignments(device.id, &[])?;
        tx.save_device_scripts(device.id, &[])?;
        delete::enter(tx, cx, &mut device, DeviceEvent::ReEnrolled)?;
    }
    Ok(device)
}

/// Makes a new record.
fn create(
    tx: &mut (impl DevicesMut + SegmentsMut + ?Sized),
    cx: &mut Context,
    win_id: &str,
    similar: Option<DeviceId>,
    request: &Enroll,
) -> Result<Device, EnrollError> {
    let grant = &request.grant;
    let short = |value: &Option<String>| {
        value
            .as_deref()
            .map(|v| text::cut(v.trim(), VALUE_CHARS_MAX))
            .filter(|v| !v.is_empty())
    };
    let name = short(&request.device_name);
    let device = Device {
        id: cx.id(),
        organization: grant.organization,
        segment: grant.segment,
        user: grant.user,
        display_name: name.clone().unwrap_or_else(|| win_id.to_owned()),
        tags: Vec::new(),
        win_id: win_id.to_owned(),
        state: DeviceState::Provisioning,
        summary: Summary {
            name,
            serial_number: short(&request.serial_number),
            ..Summary::default()
        },
        custom_config: serde_json::Map::new(),
        refresh_needed: BTreeSet::from(RefreshArea::ALL),
        possible_duplicate_of: similar,
        enrolled_by: None,
        last_status_report: None,
        enrolled_at: None,
        created_at: cx.now,
        updated_at: cx.now,
    };
    tx.insert_device(&device)?;
    tx.append_device_history(
        device.id,
        &StateChange::new(cx, DeviceState::Provisioning, "enrollment-started"),
    )?;
    Ok(device)
}
