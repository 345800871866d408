//! Promises about users, tags, segments, service accounts and roles.

use super::{furnish, read, samples, write};
use crate::{
    UserId,
    device::{Device, DeviceState},
    page::PageRequest,
    ports::{SegmentUses, Store, StoreError, TagQuery, UserQuery, UserSort},
    segment::{SegmentId, SegmentScope},
    tag::TagCount,
    testing::environment::NOW,
    user::User,
};
use std::{sync::Arc, time::Duration};

fn user_query() -> UserQuery {
    UserQuery {
        organization: samples::home(),
        scope: SegmentScope::All,
        tags: Vec::new(),
        search: None,
        sort: UserSort::CreatedAt,
        descending: false,
        page: PageRequest::default(),
    }
}

fn tag_query() -> TagQuery {
    TagQuery {
        organization: samples::home(),
        scope: SegmentScope::All,
        search: None,
        page: PageRequest::default(),
    }
}

fn within(segments: &[u32]) -> SegmentScope {
    SegmentScope::Only(segments.iter().copied().map(SegmentId).collect())
}

/// A device of a user in a segment.
fn device_of(n: u32, user: Option<UserId>, segment: u32) -> Device {
    Device {
        user,
        segment: SegmentId(segment),
        ..samples::device(n)
    }
}

/// The numbers of the users that a query finds, and the total.
async fn numbers(store: &dyn Store, change: impl FnOnce(&mut UserQuery)) -> (Vec<u32>, u64) {
    let mut query = user_query();
    change(&mut query);
    let page = read(store, move |view| view.user_page(&query)).await;
    let number = |user: &User| (0..100).find(|n| user.id == samples::id(*n)).expect("a number");
    (page.items.iter().map(number).collect(), page.total)
}

/// By id, and all of them oldest first; every field can be changed.
pub async fn service_accounts_come_back_as_they_were(store: Arc<dyn Store>) {
    furnish(&*store).await;
    let mut changed = samples::service_account(2);
    (changed.description, changed.name) = (None, "Other".to_owned());
    changed.assignments.truncate(1);
    changed.updated_at = NOW + Duration::from_secs(99);
    let after = changed.clone();
    write(&*store, move |tx| {
        tx.insert_service_account(&samples::service_account(2))?;
        let all = [samples::service_account(1), samples::service_account(2)];
        assert_eq!(tx.service_accounts(samples::home())?, all);
        tx.update_service_account(&after)
    })
    .await
    .unwrap();
    let stored = read(&*store, |view| view.service_account(samples::home(), samples::id(2))).await;
    assert_eq!(stored, Some(changed));
}

/// Its tokens are found by it, and are gone with it; those of others stay.
pub async fn an_account_goes_with_its_tokens(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        tx.insert_service_account(&samples::service_account(2))?;
        let mut other = samples::api_token(3);
        other.account = samples::id(2);
        for token in [samples::api_token(1), samples::api_token(2), other.clone()] {
            tx.insert_api_token(&token)?;
        }
        let own = [samples::api_token(1), samples::api_token(2)];
        assert_eq!(tx.api_tokens_of(samples::id(1))?, own);
        tx.remove_api_token(samples::id(2))?;
        tx.remove_service_account(samples::id(1))?;
        assert_eq!(tx.service_account(samples::home(), samples::id(1))?, None);
        assert_eq!(tx.api_token_by_hash(&samples::api_token(1).hash)?, None);
        assert_eq!(tx.api_tokens(samples::home())?, [other]);
        Ok(())
    })
    .await
    .unwrap();
    let mut orphan = samples::api_token(4);
    orphan.account = samples::id(9);
    let end = write(&*store, move |tx| tx.insert_api_token(&orphan)).await;
    assert!(matches!(end, Err(StoreError::Failed(_))), "{end:?}");
}

/// By id, and all of them by slug; a slug is taken once in each organization.
pub async fn segment_roles_come_back_as_they_were(store: Arc<dyn Store>) {
    furnish(&*store).await;
    let mut changed = samples::segment_role(1);
    (changed.name, changed.slug) = ("Other".to_owned(), "z".to_owned());
    changed.actions.0.truncate(1);
    let after = changed.clone();
    write(&*store, move |tx| {
        tx.insert_segment_role(&samples::segment_role(2))?;
        tx.insert_segment_role(&samples::segment_role(1))?;
        let all = [samples::segment_role(1), samples::segment_role(2)];
        assert_eq!(tx.segment_roles(samples::home())?, all);
        tx.update_segment_role(&after)?;
        assert_eq!(tx.segment_role(samples::home(), after.id)?, Some(after.clone()));
        tx.remove_segment_role(after.id)?;
        assert_eq!(tx.segment_roles(samples::home())?, [samples::segment_role(2)]);
        Ok(())
    })
    .await
    .unwrap();
    let mut twin = samples::segment_role(3);
    twin.slug = samples::segment_role(2).slug;
    let end = write(&*store, move |tx| tx.insert_segment_role(&twin)).await;
    assert!(matches!(end, Err(StoreError::Duplicate(_))), "{end:?}");
}

/// The newest moment stays, whatever order they come in.
pub async fn last_uses_skip_the_missing_and_the_older(store: Arc<dyn Store>) {
    furnish(&*store).await;
    let later = |seconds| NOW + Duration::from_secs(seconds);
    write(&*store, move |tx| {
        let mut unused = samples::api_token(2);
        unused.last_used_at = None;
        tx.insert_api_token(&samples::api_token(1))?;
        tx.insert_api_token(&unused)?;
        tx.record_token_uses(&[
            (samples::id(9), later(50)),
            (samples::id(2), later(20)),
            (samples::id(1), later(5)),
        ])?;
        tx.record_token_uses(&[])?;
        let last = |token: Option<crate::api_token::ApiToken>| token.unwrap().last_used_at;
        assert_eq!(last(tx.api_token(samples::home(), samples::id(1))?), Some(later(10)));
        assert_eq!(last(tx.api_token(samples::home(), samples::id(2))?), Some(later(20)));
        Ok(())
    })
    .await
    .unwrap();
}

/// What is stored comes back, what is taken away is gone.
pub async fn every_field_of_a_user_can_be_changed(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        let mut user = tx.lock_user(samples::home(), samples::id(1))?.expect("the user");
        assert_eq!(user, samples::user(1));
        user.email = crate::user::Email::parse("other@example.com").unwrap();
        (user.name, user.language, user.password_hash) = (None, None, None);
        user.tags = vec!["new".to_owned()];
        user.metadata.clear();
        user.updated_at = NOW + Duration::from_secs(99);
        tx.update_user(&user)?;
        assert_eq!(tx.user(samples::home(), samples::id(1))?, Some(user.clone()));
        user.tags.clear();
        tx.update_user(&user)?;
        assert_eq!(tx.user_by_email(samples::home(), &user.email)?, Some(user));
        assert_eq!(tx.user_by_email(samples::home(), &samples::user(1).email)?, None);
        Ok(())
    })
    .await
    .unwrap();
}

/// Every filter must match; equal ones are sorted by id.
pub async fn users_are_paged_filtered_and_sorted(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        let mut users: Vec<User> = (2..=4).map(samples::user).collect();
        users[0].name = None;
        users[1].name = Some("Ádám 100%".to_owned());
        users[1].tags = vec!["Ape".to_owned()];
        users[2].created_at = NOW + Duration::from_secs(9);
        users[2].tags.clear();
        users.iter().try_for_each(|user| tx.insert_user(user))?;
        tx.insert_organization(&samples::organization(2))?;
        let mut foreign = samples::user(5);
        foreign.organization = samples::id(2);
        tx.insert_user(&foreign)
    })
    .await
    .unwrap();
    let store = &*store;
    assert_eq!(numbers(store, |_| {}).await, (vec![1, 2, 3, 4], 4));
    assert_eq!(numbers(store, |q| q.descending = true).await.0, [4, 3, 2, 1]);
    assert_eq!(
        numbers(store, |q| q.page = PageRequest::new(2, 3).unwrap()).await,
        (vec![4], 4)
    );
    assert_eq!(numbers(store, |q| q.sort = UserSort::Name).await.0, [2, 1, 4, 3]);
    let back = |q: &mut UserQuery| (q.sort, q.descending) = (UserSort::Name, true);
    assert_eq!(numbers(store, back).await.0, [3, 4, 1, 2]);
    assert_eq!(numbers(store, |q| q.sort = UserSort::Email).await.0, [1, 2, 3, 4]);
    assert_eq!(numbers(store, |q| q.sort = UserSort::UpdatedAt).await.0, [1, 2, 3, 4]);
    assert_eq!(numbers(store, |q| q.search = Some("ÁDÁM".to_owned())).await.0, [3]);
    assert_eq!(numbers(store, |q| q.search = Some("0%".to_owned())).await.0, [3]);
    assert_eq!(
        numbers(store, |q| q.search = Some("R2@EXAMPLE".to_owned())).await.0,
        [2]
    );
    assert_eq!(numbers(store, |q| q.tags = vec!["APE".to_owned()]).await.0, [1, 2, 3]);
    let both = |q: &mut UserQuery| q.tags = vec!["ape".to_owned(), "zebra".to_owned()];
    assert_eq!(numbers(store, both).await, (vec![1, 2], 2));
}

/// Whoever has a device in the scope, and whoever has none at all; deleted devices do not count.
pub async fn users_are_seen_where_their_devices_are(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        for n in 2..=4 {
            tx.insert_user(&samples::user(n))?;
        }
        tx.insert_device(&device_of(1, Some(samples::id(1)), 1))?;
        tx.insert_device(&device_of(2, Some(samples::id(1)), 1))?;
        tx.insert_device(&device_of(3, Some(samples::id(1)), 2))?;
        tx.insert_device(&device_of(4, Some(samples::id(2)), 2))?;
        tx.insert_device(&device_of(5, None, 1))?;
        let mut deleted = device_of(6, Some(samples::id(3)), 2);
        deleted.state = DeviceState::Deleted;
        tx.insert_device(&deleted)?;
        let (one, two): (UserId, UserId) = (samples::id(1), samples::id(2));
        assert_eq!(
            tx.user_devices(&[two, one, samples::id(3), samples::id(4)])?,
            [(one, SegmentId(1), 2), (one, SegmentId(2), 1), (two, SegmentId(2), 1)]
        );
        Ok(())
    })
    .await
    .unwrap();
    let seen = |segments: &'static [u32]| numbers(&*store, move |q| q.scope = within(segments));
    assert_eq!(seen(&[1]).await, (vec![1, 3, 4], 3));
    assert_eq!(seen(&[2]).await, (vec![1, 2, 3, 4], 4));
    assert_eq!(seen(&[0]).await, (vec![3, 4], 2));
    assert_eq!(seen(&[]).await, (vec![3, 4], 2));
}

/// Their devices stay and belong to nobody; their enrolment tokens open nothing; the e-mail can be given again.
pub async fn a_removed_user_leaves_devices_tokens_and_the_email_free(store: Arc<dyn Store>) {
    furnish(&*store).await;
    let later = NOW + Duration::from_secs(10);
    write(&*store, move |tx| {
        let mut holding = samples::enrollment_token(2);
        holding.revoked_at = None;
        tx.insert_enrollment_token(&holding)?;
        let mut deleted = samples::device(2);
        deleted.state = DeviceState::Deleted;
        tx.insert_device(&samples::device(1))?;
        tx.insert_device(&deleted)?;
        tx.insert_enrollment(&samples::enrollment(1, samples::id(1)))?;
        let user: UserId = samples::id(1);
        assert_eq!(tx.unassign_user(user, later)?, [samples::id(1), samples::id(2)]);
        assert_eq!(tx.user_token_segments(user, later)?, [holding.segment]);
        assert_eq!(tx.revoke_enrollment_tokens_of(user, later)?, 1);
        assert_eq!(tx.user_token_segments(user, later)?, []);
        tx.remove_user(user, later)?;
        let device = tx.device(samples::home(), samples::id(1))?.expect("the device");
        assert_eq!((device.user, device.updated_at), (None, later));
        let token = tx.enrollment_token_by_hash(&holding.hash)?.expect("the token");
        assert_eq!(token.revoked_at, Some(later));
        assert_eq!(tx.user(samples::home(), user)?, None);
        assert_eq!(tx.lock_user(samples::home(), user)?, None);
        assert_eq!(tx.users_by_id(samples::home(), &[user])?, []);
        assert_eq!(tx.user_by_email(samples::home(), &samples::user(1).email)?, None);
        assert_eq!(tx.user_page(&user_query())?.total, 0);
        assert_eq!(tx.user_tags(&tag_query())?.total, 0);
        let mut next = samples::user(2);
        next.email = samples::user(1).email;
        tx.insert_user(&next)
    })
    .await
    .unwrap();
}

/// Case does not tell tags apart; deleted devices and users out of the scope do not count.
pub async fn tags_are_counted_within_the_scope(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        tx.insert_device(&device_of(1, Some(samples::id(1)), 1))?;
        let mut second = device_of(2, None, 2);
        second.tags = vec!["APE".to_owned(), "Bär_%".to_owned()];
        second.summary.os_version = Some("10.0.22631.4317".to_owned());
        tx.insert_device(&second)?;
        let mut deleted = device_of(3, None, 1);
        deleted.state = DeviceState::Deleted;
        tx.insert_device(&deleted)?;
        let mut lone = samples::user(2);
        lone.tags = vec!["zebra".to_owned()];
        tx.insert_user(&lone)
    })
    .await
    .unwrap();
    read(&*store, |view| {
        let told = |tags: Vec<TagCount>| -> Vec<(String, u64)> { tags.into_iter().map(|t| (t.tag, t.count)).collect() };
        let pairs = |pairs: &[(&str, u64)]| -> Vec<(String, u64)> {
            pairs.iter().map(|(t, n)| ((*t).to_owned(), *n)).collect()
        };
        let mut query = tag_query();
        let all = view.device_tags(&query)?;
        assert_eq!(all.total, 3);
        assert_eq!(told(all.items), pairs(&[("APE", 2), ("Bär_%", 1), ("zebra", 1)]));
        query.page = PageRequest::new(2, 2).unwrap();
        let second = view.device_tags(&query)?;
        assert_eq!((told(second.items), second.total), (pairs(&[("zebra", 1)]), 3));
        query.page = PageRequest::default();
        query.search = Some("R_%".to_owned());
        assert_eq!(told(view.device_tags(&query)?.items), pairs(&[("Bär_%", 1)]));
        query.search = None;
        query.scope = within(&[1]);
        assert_eq!(
            told(view.device_tags(&query)?.items),
            pairs(&[("Ape", 1), ("zebra", 1)])
        );
        assert_eq!(told(view.user_tags(&query)?.items), pairs(&[("Ape", 1), ("zebra", 2)]));
        query.scope = within(&[2]);
        assert_eq!(told(view.user_tags(&query)?.items), pairs(&[("zebra", 1)]));
        assert_eq!(told(view.os_versions(&query)?.items), pairs(&[("10.0.22631.4317", 1)]));
        query.scope = SegmentScope::All;
        let versions = view.os_versions(&query)?;
        assert_eq!(
            told(versions.items),
            pairs(&[("10.0.22631.4317", 1), ("10.0.26200.9278", 1)])
        );
        assert_eq!(versions.total, 2);
        query.search = Some("0.262".to_owned());
        assert_eq!(told(view.os_versions(&query)?.items), pairs(&[("10.0.26200.9278", 1)]));
        query.organization = samples::id(2);
        assert_eq!(view.device_tags(&query)?.items, []);
        Ok(())
    })
    .await;
}

/// Every field can be changed; the number of a removed one stays taken.
pub async fn segments_change_and_their_numbers_are_not_given_again(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        let home = samples::home();
        let mut moved = samples::segment(home, 2);
        moved.parent = Some(SegmentId(1));
        moved.name = "Moved".to_owned();
        (moved.icon, moved.color) = (None, None);
        tx.update_segment(&moved)?;
        assert_eq!(tx.segment(home, SegmentId(2))?, Some(moved));
        assert_eq!(tx.last_segment_number(home)?, SegmentId(2));
        tx.remove_segment(home, SegmentId(2), SegmentId(1))?;
        assert_eq!(tx.segment(home, SegmentId(2))?, None);
        assert_eq!(tx.last_segment_number(home)?, SegmentId(2));
        tx.insert_segment(&samples::segment(home, 3))?;
        tx.insert_segment(&samples::segment(home, 4))?;
        tx.remove_segment(home, SegmentId(3), SegmentId(0))?;
        assert_eq!(tx.last_segment_number(home)?, SegmentId(4));
        Ok(())
    })
    .await
    .unwrap();
}

/// Live devices and tokens that hold are counted; the rest goes to the segment above.
pub async fn what_is_over_in_a_removed_segment_goes_up(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        let home = samples::home();
        let uses = |devices, enrollment_tokens| SegmentUses {
            devices,
            enrollment_tokens,
            ..SegmentUses::default()
        };
        assert_eq!(
            tx.segment_uses(home, SegmentId(1), NOW)?,
            uses(0, 0),
            "its token is revoked"
        );
        let mut holding = samples::enrollment_token(2);
        holding.revoked_at = None;
        tx.insert_enrollment_token(&holding)?;
        let mut device = samples::device(1);
        tx.insert_device(&device)?;
        assert_eq!(tx.segment_uses(home, SegmentId(1), NOW)?, uses(1, 1));
        assert_eq!(tx.segment_uses(home, SegmentId(1), holding.expires_at)?, uses(1, 0));
        holding.uses = holding.uses_max;
        tx.update_enrollment_token(&holding)?;
        device.state = DeviceState::Deleted;
        tx.update_device(&device)?;
        assert_eq!(tx.segment_uses(home, SegmentId(1), NOW)?, uses(0, 0));
        let mut policy = samples::policy(1);
        policy.segment = SegmentId(1);
        tx.insert_policy(&policy)?;
        let counted = tx.segment_uses(home, SegmentId(1), NOW)?;
        assert_eq!(
            counted,
            SegmentUses {
                policies: 1,
                ..uses(0, 0)
            }
        );
        tx.delete_policy(policy.id)?;
        tx.remove_segment(home, SegmentId(1), SegmentId::ROOT)?;
        let above = tx.device(home, device.id)?.expect("the device").segment;
        assert_eq!(above, SegmentId::ROOT);
        let token = tx.enrollment_token_by_hash(&holding.hash)?.expect("the token");
        assert_eq!(token.segment, SegmentId::ROOT);
        Ok(())
    })
    .await
    .unwrap();
}

/// Compared without case, but for the version, which is no word.
pub async fn devices_are_found_by_imei_name_and_version(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        tx.insert_device(&samples::device(1))?;
        let mut other = samples::device(2);
        other.summary.os_version = Some("10.0.19045.1".to_owned());
        tx.insert_device(&other)?;
        let mut find = |change: &dyn Fn(&mut crate::device::DeviceQuery)| {
            let mut query = samples::device_query();
            change(&mut query);
            let page = tx.device_page(&query)?;
            Ok::<Vec<_>, StoreError>(page.items.iter().map(|d| d.display_name.clone()).collect())
        };
        assert_eq!(find(&|q| q.imei = Some("356938035640002".to_owned()))?, ["Desk 2"]);
        assert_eq!(find(&|q| q.name = Some("DESK 1".to_owned()))?, ["Desk 1"]);
        assert_eq!(find(&|q| q.name = Some("Desk".to_owned()))?, [""; 0]);
        assert_eq!(find(&|q| q.os_version = Some("10.0.19045.1".to_owned()))?, ["Desk 2"]);
        Ok(())
    })
    .await
    .unwrap();
}
