//! Which refused enrolments go on record (N8). The record is kept for ever, and a PC whose user tries again and again, or
//! a program that does, must not fill it: the same refusal is on record once an hour, and a template has at most so many
//! entries an hour. What is left out is counted, and the next entry says how many it stands for; each is in the log.
//!
//! The counters live in memory and are bounded: a restart forgets them, which costs one more entry for each PC.

use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use transom_domain::{
    EnrollmentTemplateId, Timestamp,
    enrollment::enroll::{Enroll, NoRule, Unrecorded},
};

/// How long a refusal stands for those like it.
pub(super) const RECORDED_EVERY: Duration = Duration::from_secs(3600);

/// Most entries about one template within that time: an administrator who looks has seen what is wrong long before, and a
/// program that invents PCs writes no more than this.
pub(super) const RECORDED_OF_TEMPLATE_MAX: u32 = 100;

/// Most refusals that are remembered, some 50 bytes each; beyond them nothing is recorded until some are over.
pub(super) const REMEMBERED_MAX: usize = 10_000;

/// The counters.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    same: HashMap<u128, Window>,
    templates: HashMap<EnrollmentTemplateId, Window>,
}

/// What happened since an entry.
#[derive(Debug, Clone, Copy)]
struct Window {
    started: Timestamp,
    recorded: u32,
    left_out: u64,
}

impl Window {
    const fn new(started: Timestamp) -> Self {
        Self {
            started,
            recorded: 0,
            left_out: 0,
        }
    }

    /// Whether it is over. A clock that was set back ends it, too.
    fn is_over(&self, now: Timestamp) -> bool {
        now >= self.started + RECORDED_EVERY || now < self.started
    }

    /// Begins again, if it is over; what was left out is still to be told.
    fn at(&mut self, now: Timestamp) -> &mut Self {
        if self.is_over(now) {
            (self.started, self.recorded) = (now, 0);
        }
        self
    }
}

impl Refusals {
    /// Whether a refusal goes on record, and for how many that were left out it stands.
    pub(super) fn admit(&self, request: &Enroll, refused: &NoRule, now: Timestamp) -> Option<Unrecorded> {
        let key = key(request, refused);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.make_room(now);
        let Known { same, templates } = &mut *known;
        let template = templates.entry(refused.template).or_insert(Window::new(now)).at(now);
        let is_full = same.len() >= REMEMBERED_MAX && !same.contains_key(&key);
        if is_full {
            template.left_out += 1;
            return None;
        }
        let same = same.entry(key).or_insert(Window::new(now)).at(now);
        if same.recorded > 0 {
            same.left_out += 1;
            return None;
        }
        if template.recorded >= RECORDED_OF_TEMPLATE_MAX {
            template.left_out += 1;
            return None;
        }
        (same.recorded, template.recorded) = (1, template.recorded + 1);
        Some(Unrecorded {
            same: std::mem::take(&mut same.left_out),
            others: std::mem::take(&mut template.left_out),
        })
    }

    /// A refusal did not come on record after all: the next one shall.
    pub(super) fn forget(&self, request: &Enroll, refused: &NoRule) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.same.remove(&key(request, refused));
    }
}

impl Known {
    /// Forgets what is over, when there is no room. Templates are few, and those of removed ones go the same way.
    fn make_room(&mut self, now: Timestamp) {
        if self.same.len() >= REMEMBERED_MAX {
            self.same.retain(|_, window| !window.is_over(now));
        }
        if self.templates.len() >= REMEMBERED_MAX {
            self.templates.retain(|_, window| !window.is_over(now));
        }
    }
}

/// What makes refusals the same: the PC, by its hardware hash where it has one, the token, and what came of the rules.
fn key(request: &Enroll, refused: &NoRule) -> u128 {
    let pc = request.hw_dev_id.as_deref().unwrap_or(&request.win_id);
    let token = request.grant.token.map(|id| id.to_string()).unwrap_or_default();
    let trace = serde_json::to_string(&refused.trace).unwrap_or_default();
    let mut hash = Sha256::new();
    for part in [&refused.template.to_string(), &token, pc, &trace] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let digest = hash.finalize();
    digest[..16].iter().fold(0, |sum, byte| sum << 8 | u128::from(*byte))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use transom_domain::{
        enrollment::{EnrollmentKind, sign_in::EnrollmentGrant},
        segment::SegmentId,
        testing::samples,
    };

    const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn pc(name: &str) -> Enroll {
        let known = samples::enrollment(1, samples::id(1));
        Enroll {
            id: known.id,
            grant: EnrollmentGrant {
                organization: samples::home(),
                segment: SegmentId::ROOT,
                user: None,
                email: None,
                token: None,
            },
            certificate: known.certificate,
            credentials: known.credentials,
            kind: EnrollmentKind::Device,
            win_id: "win".to_owned(),
            hw_dev_id: Some(name.to_owned()),
            serial_number: None,
            device_name: None,
            presented: None,
            facts: known.facts,
        }
    }

    fn refused(template: u32) -> NoRule {
        NoRule {
            organization: samples::home(),
            template: samples::id(template),
            template_name: "Office".to_owned(),
            trace: Vec::new(),
        }
    }

    fn after(seconds: u64) -> Timestamp {
        START + Duration::from_secs(seconds)
    }

    #[test]
    fn the_same_refusal_is_on_record_once_an_hour_and_says_how_many_it_stands_for() {
        let refusals = Refusals::default();
        let none = Unrecorded { same: 0, others: 0 };
        assert_eq!(refusals.admit(&pc("a"), &refused(1), START), Some(none));
        for second in 1..=10 {
            assert_eq!(refusals.admit(&pc("a"), &refused(1), after(second)), None);
        }
        assert_eq!(
            refusals.admit(&pc("b"), &refused(1), after(11)),
            Some(none),
            "another PC"
        );
        assert_eq!(
            refusals.admit(&pc("a"), &refused(2), after(11)),
            Some(none),
            "another template"
        );
        assert_eq!(refusals.admit(&pc("a"), &refused(1), after(3599)), None);
        let counted = Unrecorded { same: 11, others: 0 };
        assert_eq!(refusals.admit(&pc("a"), &refused(1), after(3600)), Some(counted));
        assert_eq!(refusals.admit(&pc("a"), &refused(1), after(3601)), None);
        refusals.forget(&pc("a"), &refused(1));
        assert_eq!(
            refusals.admit(&pc("a"), &refused(1), after(3602)),
            Some(none),
            "the entry failed"
        );
    }

    #[test]
    fn invented_pcs_write_so_many_entries_and_no_more() {
        let refusals = Refusals::default();
        let admitted = |from: u32, to: u32, now| {
            let names = (from..to).map(|n| format!("pc {n}"));
            names
                .filter_map(|name| refusals.admit(&pc(&name), &refused(1), now))
                .count()
        };
        assert_eq!(admitted(0, RECORDED_OF_TEMPLATE_MAX, START), 100, "at the limit");
        assert_eq!(
            admitted(RECORDED_OF_TEMPLATE_MAX, RECORDED_OF_TEMPLATE_MAX + 7, START),
            0
        );
        assert!(refusals.admit(&pc("other"), &refused(2), START).is_some());
        let next = refusals.admit(&pc("late"), &refused(1), after(3600)).unwrap();
        assert_eq!(next, Unrecorded { same: 0, others: 7 });
    }

    #[test]
    fn no_more_is_remembered_than_there_is_room_for() {
        let refusals = Refusals::default();
        for n in 0..REMEMBERED_MAX + 10 {
            refusals.admit(&pc(&n.to_string()), &refused(1), START);
        }
        assert_eq!(refusals.0.lock().unwrap().same.len(), REMEMBERED_MAX);
        assert!(refusals.admit(&pc("new"), &refused(1), after(3600)).is_some());
        assert_eq!(refusals.0.lock().unwrap().same.len(), 1, "what is over makes room");
    }
}
