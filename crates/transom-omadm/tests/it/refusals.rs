//! What is refused stores nothing and delivers nothing; what is wrong is recorded against the certificate's owner.

use transom_domain::{
    device::DeviceState,
    enrollment::{EnrollmentState, Fingerprint},
};
use transom_omadm::{Plan, Refusal};
use transom_syncml::{Alert, alert, encode};

use crate::world::{Pc, World, at, codes, enrollment, enrollment_id, requests};

/// Refused with that code everywhere, by a look alone; nothing stored.
fn refused(world: &mut World, reason: Refusal, code: u32) {
    let mut pc = Pc::new("1");
    let hello = pc.hello();
    for body in [
        hello.clone(),
        pc.hello(),
        encode(&pc.message(Vec::new()).unfinished()).unwrap(),
    ] {
        let before = world.store.clone();
        let planned = world.plan(&body);
        let (reason, reply) = world.refusal(&body);
        let reply = encode(&reply).unwrap();
        assert_eq!(planned, Plan::Refused { reply, reason }, "no unit of work for it");
        assert!(world.store == before);
    }
    refused_at_work(world, reason, code);
}

/// The same, where the refusal may have changed the device.
fn refused_at_work(world: &mut World, reason: Refusal, code: u32) {
    world.order_gets(1, 1);
    let hello = Pc::new("1").hello();
    let (found, reply) = world.refusal(&hello);
    assert_eq!(found, reason);
    let text = encode(&reply).unwrap();
    assert_eq!(codes(&text), [code; 4]);
    assert!(reply.is_final && requests(&text).is_empty());
    assert!(world.store.sessions.is_empty() && world.store.reports.is_empty());
    assert!(world.store.commands.iter().all(|c| c.sent_at.is_none()));
}

#[test]
fn no_certificate() {
    let mut world = World::settled();
    world.peer.fingerprint = None;
    refused(&mut world, Refusal::NoCertificate, 407);
}

#[test]
fn an_unknown_certificate() {
    let mut world = World::settled();
    world.peer.fingerprint = Some(Fingerprint([9; 32]));
    refused(&mut world, Refusal::UnknownCertificate, 401);
    assert_eq!(world.device().state, DeviceState::Active);
}

#[test]
fn an_enrolment_that_is_over() {
    let mut world = World::settled();
    world.enrollment_mut().state = EnrollmentState::Ended;
    refused(&mut world, Refusal::EnrollmentEnded, 403);
}

#[test]
fn a_deleted_device() {
    let mut world = World::settled();
    world.device_mut().state = DeviceState::Deleted;
    refused(&mut world, Refusal::DeviceDeleted, 403);
}

#[test]
fn an_expired_certificate_makes_its_own_device_unknown_once() {
    let mut world = World::settled();
    world.now = at(1_000_000);
    assert_eq!(world.plan(&Pc::new("1").hello()), Plan::Work);
    refused_at_work(&mut world, Refusal::CertificateExpired, 403);
    assert_eq!(world.device().state, DeviceState::Unknown);
    assert_eq!(world.store.history[0].1.reason, "certificate-expired");
    refused(&mut world, Refusal::CertificateExpired, 403);
    assert_eq!((world.store.history.len(), world.store.audit.len()), (1, 1));
}

#[test]
fn a_certificate_with_another_pcs_id_is_recorded_against_its_owner() {
    let mut world = World::settled();
    let (mut other, mut device) = (enrollment(), world.device().clone());
    other.id = [7; 12].into();
    other.device = [8; 12].into();
    other.win_id = "FEDCBA9876543210FEDCBA9876543210".to_owned();
    other.certificate.fingerprint = Fingerprint([9; 32]);
    device.id = other.device;
    world.peer.fingerprint = Some(other.certificate.fingerprint);
    world.store.enrollments.insert(other.id, other.clone());
    world.store.devices.insert(device.id, device);
    assert_eq!(world.plan(&Pc::new("1").hello()), Plan::Work);
    refused_at_work(&mut world, Refusal::IdentityMismatch, 404);
    refused(&mut world, Refusal::IdentityMismatch, 404);
    assert_eq!(world.store.devices[&other.device].state, DeviceState::Unknown);
    assert_eq!(
        world.device().state,
        DeviceState::Active,
        "the claimed one is untouched"
    );
    assert_eq!(world.store.history[0].1.reason, "identity-mismatch");
    assert!(!world.store.sessions.contains_key(&enrollment_id()));
}

#[test]
fn a_device_that_became_unknown_comes_back_with_a_good_session() {
    let mut world = World::settled();
    world.device_mut().state = DeviceState::Unknown;
    Pc::new("1").run(&mut world);
    assert_eq!(world.device().state, DeviceState::Active);
    assert_eq!(world.store.history[0].1.reason, "reconnected");
}

#[test]
fn the_old_enrolment_holds_until_the_new_one_is_used() {
    let mut world = World::settled();
    let mut next = enrollment();
    next.id = [7; 12].into();
    next.state = EnrollmentState::Pending;
    next.certificate.fingerprint = Fingerprint([9; 32]);
    world.store.enrollments.insert(next.id, next.clone());
    Pc::new("1").run(&mut world);
    assert_eq!(world.enrollment().state, EnrollmentState::Active);
    world.peer.fingerprint = Some(next.certificate.fingerprint);
    Pc::new("1").run(&mut world);
    assert_eq!(world.enrollment().state, EnrollmentState::Ended);
    assert_eq!(world.store.enrollments[&next.id].state, EnrollmentState::Active);
    world.peer = crate::world::World::settled().peer;
    assert_eq!(world.refusal(&Pc::new("2").hello()).0, Refusal::EnrollmentEnded);
}

#[test]
fn a_stranger_is_challenged_by_a_look_alone_where_digests_may_stand_alone() {
    let mut world = World::settled();
    world.settings.md5 = transom_omadm::Md5Policy::Alone;
    for fingerprint in [None, Some(Fingerprint([9; 32]))] {
        world.peer.fingerprint = fingerprint;
        let mut pc = Pc::new("1");
        let hello = pc.hello();
        let Plan::Answered { reply } = world.plan(&hello) else {
            panic!("a challenge needs no unit of work")
        };
        assert_eq!(codes(&reply), [407; 4]);
        assert_eq!(world.post(&hello), reply);
        pc.credentials = Some(vec![1]);
        let named = pc.hello();
        assert_eq!(
            world.plan(&named),
            Plan::Work,
            "only a PC of ours is listened to further"
        );
        let unknown = named.replace(crate::world::NAME, "nobody");
        assert!(matches!(world.plan(&unknown), Plan::Answered { .. }));
    }
}

#[test]
fn the_last_message_of_a_pc_that_left_gets_its_answer_again_without_a_unit_of_work() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    let mut body = pc.package1();
    body.push(Alert::typed(9, alert::GENERIC, alert::kind::UNENROLMENT, "1").into());
    let message = encode(&pc.message(body)).unwrap();
    let reply = world.post(&message);
    assert_eq!(world.plan(&message), Plan::Answered { reply });
}

#[test]
fn two_enrolments_before_the_first_session_still_have_it_before_them() {
    let mut world = World::fresh();
    let mut second = world.enrollment().clone();
    second.id = [7; 12].into();
    second.certificate.fingerprint = Fingerprint([9; 32]);
    world.peer.fingerprint = Some(second.certificate.fingerprint);
    world.store.enrollments.insert(second.id, second);
    let mut pc = Pc::new("1");
    let mut reply = world.post(&pc.hello());
    assert_eq!(world.enrollment().state, EnrollmentState::Ended);
    while !requests(&reply).is_empty() {
        assert_eq!(world.device().state, DeviceState::Provisioning);
        let answer = pc.answer(&reply);
        reply = world.post(&answer);
    }
    assert_eq!(world.device().state, DeviceState::Active);
    assert!(world.device().enrolled_at.is_some());
    assert_eq!(world.store.history.last().unwrap().1.reason, "initial-enrollment");
}
