//! Promises about the small records: they come back as they were, and are unique where they must be.

use super::{furnish, read, samples, write};
use crate::{
    enrollment::Fingerprint,
    page::PageRequest,
    ports::{DeviceKey, Store, StoreError, Tx},
    secret::{Secret, SecretHash},
    segment::{Segment, SegmentId},
    testing::environment::NOW,
    user::{Email, User},
};
use std::sync::Arc;

/// By id, by slug in any case, and all of them in steps.
pub async fn organizations_come_back_as_they_were(store: Arc<dyn Store>) {
    furnish(&*store).await;
    read(&*store, |view| {
        let organization = Some(samples::organization(1));
        assert_eq!(view.organization(samples::home())?, organization);
        assert_eq!(view.organization_by_slug("organization-1")?, organization);
        assert_eq!(view.organization_by_slug("Organization-1")?, organization);
        Ok(())
    })
    .await;
    write(&*store, |tx| {
        (2..=3).try_for_each(|n| tx.insert_organization(&samples::organization(n)))
    })
    .await
    .unwrap();
    read(&*store, |view| {
        let all: Vec<_> = (1..=3).map(|n| samples::organization(n).id).collect();
        assert_eq!(view.organizations_after(None, 9)?, all);
        assert_eq!(view.organizations_after(None, 2)?, all[..2]);
        assert_eq!(view.organizations_after(Some(all[1]), 2)?, all[2..]);
        assert_eq!(view.organizations_after(Some(all[2]), 2)?, []);
        Ok(())
    })
    .await;
    let locked = write(&*store, |tx| tx.lock_organization(samples::home()));
    assert_eq!(locked.await, Ok(true));
}

/// One, and all by number.
pub async fn segments_come_back_as_they_were(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        let mut plain = samples::segment(samples::home(), SegmentId::MAX);
        (plain.icon, plain.color) = (None, None);
        tx.insert_segment(&plain)?;
        tx.insert_segment(&samples::segment(samples::home(), 10))
    })
    .await
    .unwrap();
    read(&*store, |view| {
        let one = samples::segment(samples::home(), 1);
        assert_eq!(view.segment(samples::home(), SegmentId(1))?, Some(one));
        let root = Segment::root(samples::home(), NOW);
        assert_eq!(view.segment(samples::home(), SegmentId::ROOT)?, Some(root));
        let all: Vec<u32> = view.segments(samples::home())?.iter().map(|s| s.id.0).collect();
        assert_eq!(all, [0, 1, 2, 10, SegmentId::MAX]);
        Ok(())
    })
    .await;
}

/// By id, by e-mail, and several at once with the missing ones skipped.
pub async fn users_come_back_as_they_were(store: Arc<dyn Store>) {
    furnish(&*store).await;
    let mut plain = samples::user(2);
    (plain.name, plain.password_hash) = (None, None);
    let stored = plain.clone();
    write(&*store, move |tx| tx.insert_user(&stored)).await.unwrap();
    read(&*store, move |view| {
        assert_eq!(view.user(samples::home(), samples::id(1))?, Some(samples::user(1)));
        assert_eq!(view.user(samples::home(), samples::id(2))?, Some(plain.clone()));
        assert_eq!(view.user_by_email(samples::home(), &plain.email)?, Some(plain.clone()));
        let ids = [samples::id(2), samples::id(99), samples::id(1)];
        let mut several = view.users_by_id(samples::home(), &ids)?;
        several.sort_by_key(|u| u.id);
        assert_eq!(several, [samples::user(1), plain.clone()]);
        assert_eq!(view.users_by_id(samples::home(), &[])?, []);
        Ok(())
    })
    .await;
}

/// An e-mail is one person's within an organization; on the whole server it is so for those who sign in with it.
pub async fn an_email_is_unique_where_it_names_somebody(store: Arc<dyn Store>) {
    furnish(&*store).await;
    let signs_in = samples::user(1);
    let other = samples::organization(2);
    let there = other.id;
    write(&*store, move |tx| tx.insert_organization(&other)).await.unwrap();
    let mut elsewhere = User {
        id: samples::id(2),
        organization: there,
        password_hash: None,
        ..signs_in.clone()
    };
    let stored = elsewhere.clone();
    write(&*store, move |tx| tx.insert_user(&stored)).await.unwrap();
    let (one, other) = (signs_in.clone(), elsewhere.clone());
    read(&*store, move |view| {
        assert_eq!(view.user_by_email(samples::home(), &one.email)?, Some(one.clone()));
        assert_eq!(view.user_by_email(there, &one.email)?, Some(other.clone()));
        assert_eq!(view.user_to_sign_in(&one.email)?, Some(one.clone()));
        Ok(())
    })
    .await;
    for (id, organization, password) in [(3, samples::home(), None), (4, there, signs_in.password_hash.clone())] {
        elsewhere.id = samples::id(id);
        (elsewhere.organization, elsewhere.password_hash) = (organization, password);
        let twice = elsewhere.clone();
        let refused = write(&*store, move |tx| tx.insert_user(&twice)).await;
        assert!(matches!(refused, Err(StoreError::Duplicate(_))), "{refused:?}");
    }
}

/// By hash and by id; the end of validity can be changed.
pub async fn api_tokens_come_back_as_they_were(store: Arc<dyn Store>) {
    furnish(&*store).await;
    let mut endless = samples::api_token(2);
    (endless.expires_at, endless.revoked_at) = (None, None);
    endless.segments.clear();
    let stored = endless.clone();
    write(&*store, move |tx| {
        tx.insert_api_token(&stored)?;
        tx.insert_api_token(&samples::api_token(1))
    })
    .await
    .unwrap();
    let mut revoked = endless.clone();
    revoked.revoked_at = Some(NOW);
    let changed = revoked.clone();
    read(&*store, move |view| {
        assert_eq!(
            view.api_token_by_hash(&samples::api_token(1).hash)?,
            Some(samples::api_token(1))
        );
        assert_eq!(view.api_token(samples::home(), endless.id)?, Some(endless.clone()));
        assert_eq!(
            view.api_tokens(samples::home())?,
            [samples::api_token(1), endless.clone()]
        );
        Ok(())
    })
    .await;
    write(&*store, move |tx| tx.update_api_token(&changed)).await.unwrap();
    let stored = read(&*store, |view| view.api_token(samples::home(), samples::id(2))).await;
    assert_eq!(stored, Some(revoked));
}

/// By hash, by id and locked; every field can be changed.
pub async fn enrollment_tokens_come_back_as_they_were(store: Arc<dyn Store>) {
    furnish(&*store).await;
    let mut plain = samples::enrollment_token(2);
    (plain.user, plain.revoked_at) = (None, None);
    (plain.display_name, plain.language, plain.email_text) = (None, None, None);
    (plain.template, plain.value) = (Some(samples::id(9)), Some(Secret::presented("enroll_ä")));
    plain.places = false;
    let stored = plain.clone();
    write(&*store, move |tx| {
        tx.insert_enrollment_token(&stored)?;
        assert_eq!(
            tx.enrollment_token_by_hash(&samples::enrollment_token(1).hash)?,
            Some(samples::enrollment_token(1))
        );
        let mut locked = tx.lock_enrollment_token(stored.id)?.expect("the token");
        assert_eq!(locked, stored);
        locked.uses += 1;
        locked.expires_at = NOW;
        locked.revoked_at = Some(NOW);
        (locked.segment, locked.places, locked.value) = (SegmentId(2), true, None);
        locked.hash = SecretHash([9; 32]);
        locked.display_name = Some("PC".to_owned());
        locked.tags.clear();
        locked.updated_at = NOW;
        tx.update_enrollment_token(&locked)?;
        assert_eq!(tx.enrollment_token_by_hash(&stored.hash)?, None);
        assert_eq!(tx.enrollment_token_by_hash(&locked.hash)?, Some(locked.clone()));
        assert_eq!(tx.enrollment_token(samples::home(), locked.id)?, Some(locked));
        assert_eq!(tx.enrollment_token(samples::id(7), stored.id)?, None);
        Ok(())
    })
    .await
    .unwrap();
}

/// One for each enrolment, replaced by the next, gone when forgotten.
pub async fn sessions_come_back_as_they_were(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        let enrollment = samples::enrollment(1, samples::id(1));
        tx.insert_device(&samples::device(1))?;
        tx.insert_enrollment(&enrollment)?;
        let first = samples::session(enrollment.id);
        tx.save_session(&first)?;
        assert_eq!(tx.session(enrollment.id)?, Some(first.clone()));
        let mut second = first;
        second.session_id = "20".to_owned();
        second.msg_id = u32::MAX;
        second.body_hash = samples::bytes(2);
        second.reply.clear();
        second.open = false;
        second.state = "{}".to_owned();
        tx.save_session(&second)?;
        assert_eq!(tx.session(enrollment.id)?, Some(second));
        tx.delete_session(enrollment.id)?;
        assert_eq!(tx.session(enrollment.id)?, None);
        tx.delete_session(enrollment.id)
    })
    .await
    .unwrap();
}

/// Looking for what is not there is no error, on an empty store and on one that has others.
pub async fn what_is_missing_is_answered_as_none(store: Arc<dyn Store>) {
    for furnished in [false, true] {
        if furnished {
            furnish(&*store).await;
        }
        write(&*store, move |tx| {
            let (home, id) = (samples::home(), samples::id::<[u8; 12]>(99));
            assert_eq!(tx.organization(id.into())?, None);
            assert_eq!(tx.organization_by_slug("nobody")?, None);
            assert!(!tx.lock_organization(id.into())?);
            assert_eq!(tx.segment(home, SegmentId(u32::MAX))?, None);
            assert_eq!(tx.segments(id.into())?, []);
            assert_eq!(tx.user(home, id.into())?, None);
            assert_eq!(
                tx.user_by_email(home, &Email::parse("nobody@example.com").unwrap())?,
                None
            );
            assert_eq!(tx.api_token_by_hash(&SecretHash([0; 32]))?, None);
            assert_eq!(tx.api_token(home, id.into())?, None);
            assert_eq!(tx.api_tokens(home)?, []);
            assert_eq!(tx.api_tokens_of(id.into())?, []);
            assert_eq!(tx.service_account(home, id.into())?, None);
            assert_eq!(tx.service_accounts(id.into())?, []);
            assert_eq!(tx.segment_role(home, id.into())?, None);
            assert_eq!(tx.segment_roles(home)?, []);
            assert_eq!(tx.last_segment_number(id.into())?, SegmentId::ROOT);
            assert_eq!(tx.lock_user(home, id.into())?, None);
            assert_eq!(tx.user_devices(&[id.into()])?, []);
            assert_eq!(tx.unassign_user(id.into(), NOW)?, []);
            assert_eq!(tx.revoke_enrollment_tokens_of(id.into(), NOW)?, 0);
            tx.remove_service_account(id.into())?;
            tx.remove_segment_role(id.into())?;
            tx.remove_api_token(id.into())?;
            assert_eq!(tx.enrollment_token_by_hash(&SecretHash([0; 32]))?, None);
            assert_eq!(tx.lock_enrollment_token(id.into())?, None);
            assert_eq!(tx.device(home, id.into())?, None);
            assert_eq!(tx.lock_device(id.into())?, None);
            assert_eq!(tx.devices_by_key(home, DeviceKey::Imei("0"))?, []);
            assert_eq!(tx.device_report(id.into())?, None);
            assert_eq!(tx.device_history(id.into())?, []);
            assert_eq!(tx.device_page(&samples::device_query())?.total, 0);
            assert_eq!(tx.provisioning_since(NOW, 10)?, []);
            assert_eq!(tx.check_in(&Fingerprint([0; 32]), NOW)?, None);
            assert_eq!(tx.enrollment_by_fingerprint(&Fingerprint([0; 32]))?, None);
            assert_eq!(tx.enrollments_by_credential_name("nobody")?, []);
            assert_eq!(tx.latest_enrollment(id.into())?, None);
            assert_eq!(tx.enrollment_digests(&[id.into()])?, []);
            assert_eq!(tx.enrollment_digests(&[])?, []);
            assert_eq!(tx.enrollments_of(id.into())?, []);
            assert_eq!(tx.enrollments_by_hardware(home, "none", 10)?, []);
            assert_eq!(tx.lock_enrollment(id.into())?, None);
            assert_eq!(tx.session(id.into())?, None);
            assert_eq!(tx.batch(id.into(), id.into())?, None);
            assert_eq!(tx.batch_page(id.into(), true, PageRequest::default())?.items, []);
            assert_eq!(tx.command(id.into())?, None);
            assert_eq!(tx.open_commands(id.into())?, []);
            assert_eq!(tx.waiting_commands(id.into())?, 0);
            assert_eq!(tx.expired_commands(NOW, 10)?, []);
            assert_eq!(tx.audit_entry(home, id.into())?, None);
            Ok(())
        })
        .await
        .unwrap();
    }
}

/// What is to be changed must be there.
pub async fn changing_what_is_missing_fails(store: Arc<dyn Store>) {
    type Change = fn(&mut dyn Tx) -> Result<(), StoreError>;
    let changes: [Change; 9] = [
        |tx| tx.update_api_token(&samples::api_token(1)),
        |tx| tx.update_enrollment_token(&samples::enrollment_token(9)),
        |tx| tx.update_device(&samples::device(1)),
        |tx| tx.update_enrollment(&samples::enrollment(1, samples::id(1))),
        |tx| tx.update_command(&samples::command(1, samples::id(1), 1)),
        |tx| tx.update_user(&samples::user(9)),
        |tx| tx.update_segment(&samples::segment(samples::home(), 9)),
        |tx| tx.update_service_account(&samples::service_account(9)),
        |tx| tx.update_segment_role(&samples::segment_role(9)),
    ];
    furnish(&*store).await;
    for change in changes {
        let end = write(&*store, change).await;
        assert!(matches!(end, Err(StoreError::Failed(_))), "{end:?}");
    }
}

/// The second of a unique key is refused as such, and the text names table and column.
pub async fn unique_keys_are_held(store: Arc<dyn Store>) {
    type Change = fn(&mut dyn Tx) -> Result<(), StoreError>;
    let twins: [(&str, Change); 6] = [
        ("organizations.slug", |tx| {
            let mut twin = samples::organization(2);
            twin.slug = samples::organization(1).slug;
            tx.insert_organization(&twin)
        }),
        ("segments", |tx| {
            tx.insert_segment(&samples::segment(samples::home(), 1))
        }),
        ("users.email", |tx| {
            let mut twin = samples::user(2);
            twin.email = samples::user(1).email;
            tx.insert_user(&twin)
        }),
        ("api_tokens.hash", |tx| {
            let mut twin = samples::api_token(2);
            twin.hash = samples::api_token(1).hash;
            tx.insert_api_token(&samples::api_token(1))?;
            tx.insert_api_token(&twin)
        }),
        ("enrollment_tokens.hash", |tx| {
            let mut twin = samples::enrollment_token(2);
            twin.hash = samples::enrollment_token(1).hash;
            tx.insert_enrollment_token(&twin)
        }),
        ("enrollments.fingerprint", |tx| {
            tx.insert_device(&samples::device(1))?;
            let mut twin = samples::enrollment(2, samples::id(1));
            twin.certificate = samples::enrollment(1, samples::id(1)).certificate;
            tx.insert_enrollment(&samples::enrollment(1, samples::id(1)))?;
            tx.insert_enrollment(&twin)
        }),
    ];
    furnish(&*store).await;
    for (key, twin) in twins {
        let end = write(&*store, twin).await;
        assert!(
            matches!(&end, Err(StoreError::Duplicate(text)) if text.contains(key)),
            "{key}: {end:?}"
        );
    }
}

/// What belongs to one organization is not there for another.
pub async fn nothing_crosses_organizations(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        let other = samples::organization(2).id;
        tx.insert_organization(&samples::organization(2))?;
        tx.insert_api_token(&samples::api_token(1))?;
        tx.insert_device(&samples::device(1))?;
        tx.insert_enrollment(&samples::enrollment(1, samples::id(1)))?;
        tx.append_audit(&samples::audit_entry(1))?;
        assert_eq!(tx.segment(other, SegmentId(1))?, None);
        assert_eq!(tx.user(other, samples::id(1))?, None);
        assert_eq!(tx.lock_user(other, samples::id(1))?, None);
        assert_eq!(tx.service_account(other, samples::id(1))?, None);
        assert_eq!(tx.service_accounts(other)?, []);
        assert_eq!(tx.users_by_id(other, &[samples::id(1)])?, []);
        assert_eq!(tx.api_token(other, samples::id(1))?, None);
        assert_eq!(tx.api_tokens(other)?, []);
        assert_eq!(tx.device(other, samples::id(1))?, None);
        assert_eq!(tx.devices_by_key(other, DeviceKey::SerialNumber("SN-0001"))?, []);
        assert_eq!(tx.enrollments_by_hardware(other, "hardware", 10)?, []);
        assert_eq!(tx.audit_entry(other, samples::id(1))?, None);
        let mut query = samples::device_query();
        query.organization = other;
        assert_eq!(tx.device_page(&query)?.total, 0);
        Ok(())
    })
    .await
    .unwrap();
}
