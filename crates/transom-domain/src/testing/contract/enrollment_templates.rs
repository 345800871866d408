//! Promises about enrolment templates, their tokens, and defaults.

use super::{furnish, read, samples, write};
use crate::{
    default_config::{DefaultConfig, DefaultElement, DefaultKind},
    device::{DeviceState, EnrolledBy},
    enrollment_template::{
        EnrollmentTemplate, Rule, RuleAssignment, TemplateQuery, TemplateSort, placement::PlacementState,
    },
    enrollment_token::EnrollmentTokenQuery,
    page::PageRequest,
    ports::{SegmentUses, Store, StoreError, Tx},
    secret::Secret,
    segment::{SegmentId, SegmentScope},
    testing::environment::NOW,
};
use std::{collections::BTreeSet, sync::Arc};

fn insert(tx: &mut dyn Tx, template: &EnrollmentTemplate) -> Result<(), StoreError> {
    tx.insert_enrollment_template(template)
}

/// A template with its token, as number `n`, 2 or higher.
fn with_token(tx: &mut dyn Tx, n: u32) -> Result<EnrollmentTemplate, StoreError> {
    let mut token = samples::enrollment_token(n);
    token.template = Some(samples::id(n));
    token.value = Some(Secret::presented(&format!("enroll_{n}")));
    (token.user, token.revoked_at) = (None, None);
    tx.insert_enrollment_token(&token)?;
    let template = samples::enrollment_template(n);
    insert(tx, &template)?;
    Ok(template)
}

fn query() -> TemplateQuery {
    TemplateQuery {
        organization: samples::home(),
        scope: SegmentScope::All,
        name: None,
        sort: TemplateSort::CreatedAt,
        descending: false,
        page: PageRequest::default(),
    }
}

/// With every part, and with none; by id, by name without case, locked; never of another organization.
pub async fn templates_come_back_as_they_were(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        let full = samples::enrollment_template(1);
        insert(tx, &full)?;
        let mut bare = with_token(tx, 2)?;
        (bare.description, bare.mobility_app) = (None, None);
        (bare.rules, bare.auxiliary_fields, bare.login_providers) = (Vec::new(), Vec::new(), Vec::new());
        bare.allow_auto_continue = false;
        tx.update_enrollment_template(&bare)?;
        let home = samples::home();
        for template in [&full, &bare] {
            assert_eq!(tx.enrollment_template(home, template.id)?.as_ref(), Some(template));
            assert_eq!(tx.lock_enrollment_template(home, template.id)?.as_ref(), Some(template));
            assert_eq!(tx.enrollment_template(samples::id(7), template.id)?, None);
            assert_eq!(tx.lock_enrollment_template(samples::id(7), template.id)?, None);
        }
        assert_eq!(tx.enrollment_template_by_name(home, "BÜRO 1")?, Some(full));
        assert_eq!(tx.enrollment_template_by_name(home, "Büro")?, None);
        assert_eq!(tx.enrollment_template_by_name(samples::id(7), "Büro 1")?, None);
        assert_eq!(tx.enrollment_template_count(home)?, 2);
        assert_eq!(tx.enrollment_template_count(samples::id(7))?, 0);
        Ok(())
    })
    .await
    .unwrap();
}

/// Every field but the number; a removed one is gone, and its token stays.
pub async fn templates_are_changed_and_removed(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        let template = with_token(tx, 2)?;
        assert_eq!(tx.count_enrollment_template(template.id)?, 1);
        assert_eq!(tx.count_enrollment_template(template.id)?, 2);
        let mut changed = samples::enrollment_template(77);
        (changed.id, changed.token, changed.segment) = (template.id, template.token, SegmentId(2));
        tx.update_enrollment_template(&changed)?;
        changed.counter = 2;
        assert_eq!(tx.enrollment_template(samples::home(), template.id)?, Some(changed));
        tx.delete_enrollment_template(template.id)?;
        assert_eq!(tx.enrollment_template(samples::home(), template.id)?, None);
        assert!(tx.enrollment_token(samples::home(), template.token)?.is_some());
        Ok(())
    })
    .await
    .unwrap();
}

/// What does not exist is neither changed nor removed nor counted.
pub async fn changing_a_missing_template_fails(store: Arc<dyn Store>) {
    type Attempt = fn(&mut dyn Tx) -> Result<(), StoreError>;
    furnish(&*store).await;
    let attempts: [Attempt; 4] = [
        |tx| tx.update_enrollment_template(&samples::enrollment_template(1)),
        |tx| tx.delete_enrollment_template(samples::id(1)),
        |tx| tx.count_enrollment_template(samples::id(1)).map(drop),
        |tx| tx.delete_default_config(samples::id(1)),
    ];
    for attempt in attempts {
        assert!(write(&*store, attempt).await.is_err());
    }
}

/// Two templates of one organization have different names, compared without case.
pub async fn names_of_templates_are_unique(store: Arc<dyn Store>) {
    furnish(&*store).await;
    let twin = write(&*store, |tx| {
        insert(tx, &samples::enrollment_template(1))?;
        let mut twin = with_token(tx, 2)?;
        twin.name = "BÜRO 1".to_owned();
        tx.update_enrollment_template(&twin)
    })
    .await;
    assert!(matches!(twin, Err(StoreError::Duplicate(_))), "{twin:?}");
}

/// By segment and name; in both directions; devices are counted but for deleted ones.
pub async fn templates_are_paged_and_their_devices_counted(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        insert(tx, &samples::enrollment_template(1))?;
        let mut second = with_token(tx, 2)?;
        (second.name, second.segment) = ("Archiv 100%".to_owned(), SegmentId(2));
        tx.update_enrollment_template(&second)?;
        let mut names = |change: &dyn Fn(&mut TemplateQuery)| {
            let mut query = query();
            change(&mut query);
            let page = tx.enrollment_template_page(&query)?;
            Ok::<Vec<_>, StoreError>(page.items.into_iter().map(|t| t.name).collect())
        };
        assert_eq!(names(&|_| ())?, ["Büro 1", "Archiv 100%"]);
        assert_eq!(names(&|q| q.descending = true)?, ["Archiv 100%", "Büro 1"]);
        assert_eq!(names(&|q| q.sort = TemplateSort::Name)?, ["Archiv 100%", "Büro 1"]);
        assert_eq!(names(&|q| q.name = Some("BÜR".to_owned()))?, ["Büro 1"]);
        assert_eq!(names(&|q| q.name = Some("0%".to_owned()))?, ["Archiv 100%"]);
        let only = |n| SegmentScope::Only(BTreeSet::from([SegmentId(n)]));
        assert_eq!(names(&|q| q.scope = only(2))?, ["Archiv 100%"]);
        assert_eq!(names(&|q| q.organization = samples::id(7))?, [""; 0]);
        for n in 1..=3 {
            let mut device = samples::device(n);
            device.enrolled_by = Some(EnrolledBy {
                template: samples::id(1),
                state: PlacementState::Decided,
            });
            if n == 3 {
                device.state = DeviceState::Deleted;
            }
            tx.insert_device(&device)?;
        }
        let counted = tx.enrollment_template_devices(&[samples::id(1), samples::id(2)])?;
        assert_eq!(counted, [(samples::id(1), 2)]);
        let asked = [samples::id(1), samples::id(9)];
        let named = tx.enrollment_template_names(samples::home(), &asked)?;
        assert_eq!(named, [(samples::id(1), "Büro 1".to_owned())]);
        assert_eq!(tx.enrollment_template_names(samples::id(2), &asked)?, []);
        Ok(())
    })
    .await
    .unwrap();
}

/// Devices are found by the template that spoke for them, and by how far it came.
pub async fn devices_are_found_by_their_template(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        for (n, state) in (1..).zip(PlacementState::ALL) {
            let mut device = samples::device(n);
            device.enrolled_by = Some(EnrolledBy {
                template: samples::id(n % 2),
                state,
            });
            tx.insert_device(&device)?;
            assert_eq!(tx.lock_device(device.id)?, Some(device));
        }
        tx.insert_device(&samples::device(9))?;
        let mut query = samples::device_query();
        query.template = Some(samples::id(1));
        assert_eq!(tx.device_page(&query)?.total, 2);
        query.placement = Some(PlacementState::Unmatched);
        let page = tx.device_page(&query)?;
        assert_eq!(page.items.iter().map(|d| d.id).collect::<Vec<_>>(), [samples::id(3)]);
        Ok(())
    })
    .await
    .unwrap();
}

/// A policy and a segment are found to be named, and cannot be removed unseen.
pub async fn what_templates_and_tokens_name_is_found(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        tx.insert_policy(&samples::policy(1))?;
        tx.insert_policy(&samples::policy(2))?;
        let mut template = with_token(tx, 2)?;
        let assignment = |n, priority| RuleAssignment {
            policy: samples::id(n),
            priority,
        };
        template.rules.push(Rule {
            primary: Some(samples::id(1)),
            assignments: vec![assignment(1, 3), assignment(2, 4)],
            ..Rule::default()
        });
        tx.update_enrollment_template(&template)?;
        for n in [1, 2] {
            assert_eq!(tx.enrollment_templates_of_policy(samples::id(n))?, [template.clone()]);
        }
        assert_eq!(tx.enrollment_templates_of_policy(samples::id(3))?, []);
        // It is in segment 1, and a rule puts PCs into segment 2; its token does not count again.
        let uses = SegmentUses {
            enrollment_templates: 1,
            ..SegmentUses::default()
        };
        assert_eq!(tx.segment_uses(samples::home(), SegmentId(2), NOW)?, uses);
        let mut token = samples::enrollment_token(3);
        token.revoked_at = None;
        (token.primary, token.assignments) = (Some(samples::id(2)), vec![assignment(1, 5)]);
        tx.insert_enrollment_token(&token)?;
        assert_eq!(tx.enrollment_token(samples::home(), token.id)?, Some(token.clone()));
        assert_eq!(tx.enrollment_tokens_of_policy(samples::id(1), NOW)?, [token.clone()]);
        assert_eq!(tx.enrollment_tokens_of_policy(samples::id(1), token.expires_at)?, []);
        tx.detach_policy_from_enrollment_tokens(samples::id(1))?;
        token.assignments.clear();
        assert_eq!(tx.enrollment_token(samples::home(), token.id)?, Some(token.clone()));
        assert_eq!(tx.enrollment_tokens_of_policy(samples::id(2), NOW)?, [token]);
        template.forget_policy(samples::id(1));
        tx.update_enrollment_template(&template)?;
        assert_eq!(tx.enrollment_templates_of_policy(samples::id(1))?, []);
        tx.delete_policy(samples::id(1))
    })
    .await
    .unwrap();
    let removed = write(&*store, |tx| tx.delete_policy(samples::id(2))).await;
    assert!(removed.is_err(), "a template and a token still name it");
}

/// Without those of templates; by user, policy and segment; revoked ones where they are asked for.
pub async fn enrollment_tokens_are_paged(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        with_token(tx, 2)?;
        tx.insert_policy(&samples::policy(1))?;
        let mut plain = samples::enrollment_token(3);
        (plain.user, plain.revoked_at, plain.segment) = (None, None, SegmentId(2));
        plain.created_at = NOW + std::time::Duration::from_secs(3);
        plain.primary = Some(samples::id(1));
        tx.insert_enrollment_token(&plain)?;
        let mut found = |change: &dyn Fn(&mut EnrollmentTokenQuery)| {
            let mut query = EnrollmentTokenQuery {
                organization: samples::home(),
                scope: SegmentScope::All,
                user: None,
                policy: None,
                show_deleted: true,
                descending: false,
                page: PageRequest::default(),
            };
            change(&mut query);
            let page = tx.enrollment_token_page(&query)?;
            assert_eq!(page.total, page.items.len() as u64);
            Ok::<Vec<_>, StoreError>(page.items.iter().map(|t| t.id).collect())
        };
        let (one, three) = (samples::id(1), samples::id(3));
        assert_eq!(found(&|_| ())?, [one, three]);
        assert_eq!(found(&|q| q.descending = true)?, [three, one]);
        assert_eq!(found(&|q| q.show_deleted = false)?, [three]);
        assert_eq!(found(&|q| q.user = Some(samples::id(1)))?, [one]);
        assert_eq!(found(&|q| q.policy = Some(samples::id(1)))?, [three]);
        assert_eq!(
            found(&|q| q.scope = SegmentScope::Only(BTreeSet::from([SegmentId(2)])))?,
            [three]
        );
        assert_eq!(found(&|q| q.organization = samples::id(7))?, []);
        Ok(())
    })
    .await
    .unwrap();
}

/// One of each kind; saved again it is replaced.
pub async fn defaults_come_back_as_they_were(store: Arc<dyn Store>) {
    furnish(&*store).await;
    let kind = DefaultKind::WinEnrollmentTemplate;
    let mut config = DefaultConfig {
        id: samples::id(5),
        organization: samples::home(),
        element: DefaultElement::EnrollmentTemplate(samples::id(1)),
        created_at: NOW,
        updated_at: NOW,
    };
    write(&*store, move |tx| {
        insert(tx, &samples::enrollment_template(1))?;
        with_token(tx, 2)?;
        assert_eq!(tx.default_config(samples::home(), kind)?, None);
        tx.save_default_config(&config)?;
        config.element = DefaultElement::EnrollmentTemplate(samples::id(2));
        tx.save_default_config(&config)?;
        assert_eq!(tx.default_config(samples::home(), kind)?, Some(config));
        assert_eq!(tx.default_config(samples::id(7), kind)?, None);
        assert_eq!(tx.default_config(samples::home(), DefaultKind::WinPolicy)?, None);
        Ok(())
    })
    .await
    .unwrap();
    read(&*store, move |view| {
        config.element = DefaultElement::EnrollmentTemplate(samples::id(2));
        assert_eq!(view.default_configs(samples::home())?, [config]);
        Ok(())
    })
    .await;
    write(&*store, move |tx| {
        let policy = DefaultConfig {
            id: samples::id(6),
            element: DefaultElement::Policy(samples::id(1)),
            ..config
        };
        super::rules::insert_policy(tx, 1)?;
        tx.save_default_config(&policy)?;
        assert_eq!(
            tx.default_config(samples::home(), DefaultKind::WinPolicy)?,
            Some(policy)
        );
        assert_eq!(tx.default_configs(samples::home())?.len(), 2);
        Ok(())
    })
    .await
    .unwrap();
    // A policy that is a default cannot be removed unseen.
    assert!(write(&*store, |tx| tx.delete_policy(samples::id(1))).await.is_err());
    write(&*store, |tx| tx.delete_default_config(samples::id(6)))
        .await
        .unwrap();
    write(&*store, |tx| tx.delete_default_config(samples::id(5)))
        .await
        .unwrap();
    read(&*store, move |view| {
        assert_eq!(view.default_configs(samples::home())?, []);
        Ok(())
    })
    .await;
}
