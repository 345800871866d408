//! Promises about applications, scripts, smart attributes, and who uses them.

use super::{furnish, read, samples, write};
use crate::{
    ApplicationId, ScriptId, SmartAttributeId,
    device::DeviceState,
    library::{LibraryQuery, LibrarySort},
    page::PageRequest,
    policy::{
        PolicyContent, PolicyScope,
        content::{ApplicationAction, PolicyApplication},
        references::ReferenceKind,
    },
    ports::{SegmentUses, Store, StoreError, Tx},
    script::{RunAs, Runner},
    segment::{SegmentId, SegmentScope},
    smart_attribute::{self, GivenCounts, GivenValue, Input, Output, Source},
    testing::environment::NOW,
};
use serde_json::{Map, Value, json};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

/// 1: plain, 2: exposed at the top, 3: named with signs that a pattern must not read, 4: changed first.
const NAMES: [&str; 5] = ["", "Beta", "ÄPFEL", "alpha 100%_\\", "beta"];

fn query() -> LibraryQuery {
    LibraryQuery {
        organization: samples::home(),
        scope: PolicyScope {
            own: SegmentScope::All,
            exposed: BTreeSet::new(),
        },
        search: None,
        sort: LibrarySort::CreatedAt,
        descending: false,
        page: PageRequest::default(),
    }
}

/// Queries, each with the numbers that it finds among four records which are named as [`NAMES`].
fn expected() -> Vec<(LibraryQuery, Vec<u32>)> {
    let search = |text: &str| LibraryQuery {
        search: Some(text.to_owned()),
        ..query()
    };
    let sorted = |sort, descending| LibraryQuery {
        sort,
        descending,
        ..query()
    };
    let scope = |own: u32, exposed: &[u32]| LibraryQuery {
        scope: PolicyScope {
            own: SegmentScope::Only(BTreeSet::from([SegmentId(own)])),
            exposed: exposed.iter().copied().map(SegmentId).collect(),
        },
        ..query()
    };
    let foreign = LibraryQuery {
        organization: samples::id(7),
        ..query()
    };
    vec![
        (query(), vec![1, 2, 3, 4]),
        (sorted(LibrarySort::CreatedAt, true), vec![4, 3, 2, 1]),
        (sorted(LibrarySort::UpdatedAt, false), vec![4, 1, 2, 3]),
        (sorted(LibrarySort::Name, false), vec![3, 1, 4, 2]),
        (sorted(LibrarySort::Name, true), vec![2, 4, 1, 3]),
        (search("BETA"), vec![1, 4]),
        (search("äpf"), vec![2]),
        (search("0%_\\"), vec![3]),
        (search("_"), vec![3]),
        (scope(1, &[]), vec![1, 3, 4]),
        (scope(1, &[0]), vec![1, 2, 3, 4]),
        (scope(0, &[]), vec![2]),
        (scope(2, &[]), vec![]),
        (foreign, vec![]),
    ]
}

fn number<I: From<[u8; 12]> + PartialEq>(id: &I) -> u32 {
    (0..100).find(|n| *id == samples::id(*n)).expect("a number")
}

/// Of both origins, with every field and with none; every field can be changed; a removed one is gone.
pub async fn applications_come_back_as_they_were(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        let home = samples::home();
        let mut bare = samples::application(3);
        (bare.description, bare.filter) = (None, None);
        for application in [samples::application(1), samples::application(2), bare.clone()] {
            tx.insert_application(&application)?;
            assert_eq!(tx.application(home, application.id)?, Some(application));
        }
        let ids = [samples::id(2), samples::id(99), samples::id(1)];
        let mut several = tx.applications_by_id(home, &ids)?;
        several.sort_by_key(|a| a.id);
        let both = [samples::application(1), samples::application(2)];
        assert_eq!(several, both);
        assert_eq!(tx.lock_applications(home, &ids)?, both, "by id");
        assert_eq!(tx.applications_by_id(home, &[])?, []);
        assert_eq!(tx.application(samples::id(7), samples::id(1))?, None);
        assert_eq!(tx.applications_by_id(samples::id(7), &ids)?, []);
        assert_eq!(tx.lock_applications(samples::id(7), &ids)?, []);
        let mut changed = samples::application(88);
        (changed.id, changed.segment, changed.expose_to_children) = (samples::id(1), SegmentId(2), true);
        tx.update_application(&changed)?;
        assert_eq!(tx.application(home, changed.id)?, Some(changed.clone()));
        tx.remove_application(changed.id)?;
        assert_eq!(tx.application(home, changed.id)?, None);
        Ok(())
    })
    .await
    .unwrap();
    for missing in [1, 99] {
        let changed = write(&*store, move |tx| tx.update_application(&samples::application(missing)));
        changed.await.unwrap_err();
        let removed = write(&*store, move |tx| tx.remove_application(samples::id(missing)));
        removed.await.unwrap_err();
    }
}

/// By scope, name and sort; equal ones by id; pages have a total. Ids of the store are found too.
pub async fn applications_are_paged_by_scope_name_and_sort(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        for n in 1..=4 {
            let mut application = samples::application(n);
            application.name = NAMES[n as usize].to_owned();
            if n == 2 {
                (application.segment, application.expose_to_children) = (SegmentId::ROOT, true);
            }
            if n == 4 {
                application.updated_at = NOW;
            }
            tx.insert_application(&application)?;
        }
        Ok(())
    })
    .await
    .unwrap();
    read(&*store, |view| {
        for (query, expected) in expected() {
            let page = view.application_page(&query)?;
            let found: Vec<u32> = page.items.iter().map(|a| number(&a.id)).collect();
            assert_eq!(
                (found, page.total),
                (expected.clone(), expected.len() as u64),
                "{query:?}"
            );
        }
        let mut second = query();
        second.page = PageRequest::new(2, 3).unwrap();
        let page = view.application_page(&second)?;
        assert_eq!((page.items.len(), page.total), (1, 4));
        let mut by_store = query();
        by_store.search = Some("9nblggh4nns3".to_owned());
        assert_eq!(view.application_page(&by_store)?.total, 1);
        Ok(())
    })
    .await;
}

/// Every field can be changed; a removed one is gone.
pub async fn scripts_come_back_as_they_were(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        let home = samples::home();
        let mut bare = samples::script(2);
        (bare.description, bare.runner, bare.context) = (None, Runner::Sh, RunAs::System);
        for script in [samples::script(1), bare.clone()] {
            tx.insert_script(&script)?;
            assert_eq!(tx.script(home, script.id)?, Some(script));
        }
        let ids = [samples::id(2), samples::id(99), samples::id(1)];
        let mut several = tx.scripts_by_id(home, &ids)?;
        several.sort_by_key(|s| s.id);
        let both = [samples::script(1), bare];
        assert_eq!(several, both);
        assert_eq!(tx.lock_scripts(home, &ids)?, both, "by id");
        assert_eq!(tx.scripts_by_id(home, &[])?, []);
        assert_eq!(tx.script(samples::id(7), samples::id(1))?, None);
        assert_eq!(tx.scripts_by_id(samples::id(7), &ids)?, []);
        assert_eq!(tx.lock_scripts(samples::id(7), &ids)?, []);
        for runner in Runner::ALL {
            let mut changed = samples::script(88);
            (changed.id, changed.segment, changed.expose_to_children) = (samples::id(1), SegmentId(2), true);
            changed.runner = runner;
            tx.update_script(&changed)?;
            assert_eq!(tx.script(home, changed.id)?, Some(changed));
        }
        tx.remove_script(samples::id(1))?;
        assert_eq!(tx.script(home, samples::id(1))?, None);
        Ok(())
    })
    .await
    .unwrap();
    let changed = write(&*store, |tx| tx.update_script(&samples::script(1)));
    changed.await.unwrap_err();
    let removed = write(&*store, |tx| tx.remove_script(samples::id(1)));
    removed.await.unwrap_err();
}

/// By scope, name and sort; equal ones by id; pages have a total.
pub async fn scripts_are_paged_by_scope_name_and_sort(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        for n in 1..=4 {
            let mut script = samples::script(n);
            script.name = NAMES[n as usize].to_owned();
            if n == 2 {
                (script.segment, script.expose_to_children) = (SegmentId::ROOT, true);
            }
            if n == 4 {
                script.updated_at = NOW;
            }
            tx.insert_script(&script)?;
        }
        Ok(())
    })
    .await
    .unwrap();
    read(&*store, |view| {
        let everybody = PolicyScope::of(&SegmentScope::All, &[]);
        let all = view.script_scan(samples::home(), &everybody, None, 10)?;
        assert_eq!(
            all.iter().map(|s| number(&s.id)).collect::<Vec<_>>(),
            [1, 2, 3, 4],
            "by id"
        );
        let some = view.script_scan(samples::home(), &everybody, Some(samples::id(1)), 2)?;
        assert_eq!(some.iter().map(|s| number(&s.id)).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(view.script_scan(samples::id(2), &everybody, None, 10)?, []);
        for (query, expected) in expected() {
            let page = view.script_page(&query)?;
            let found: Vec<u32> = page.items.iter().map(|s| number(&s.id)).collect();
            assert_eq!(
                (found, page.total),
                (expected.clone(), expected.len() as u64),
                "{query:?}"
            );
        }
        Ok(())
    })
    .await;
}

/// In their order, in place of those before; a script that a device has stays, unless the device is deleted.
pub async fn devices_have_the_scripts_they_are_given(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        for n in 1..=3 {
            tx.insert_script(&samples::script(n))?;
            tx.insert_device(&samples::device(n))?;
        }
        let mut bare = samples::device_script(1);
        (bare.run.loop_time, bare.run.reset_date, bare.run.arguments, bare.scope) = (None, None, None, None);
        bare.run.kind = crate::policy::content::ScriptKind::OnDemand;
        let given = [samples::device_script(2), bare];
        assert_eq!(tx.scripts_of_devices(&[samples::id(1)])?, []);
        tx.save_device_scripts(samples::id(1), &[samples::device_script(3)])?;
        tx.save_device_scripts(samples::id(1), &given)?;
        tx.save_device_scripts(samples::id(2), &given[1..])?;
        let of = |n: u32, script: &_| (samples::id(n), Clone::clone(script));
        let both = [of(1, &given[0]), of(1, &given[1]), of(2, &given[1])];
        assert_eq!(tx.scripts_of_devices(&[samples::id(2), samples::id(1)])?, both);
        assert_eq!(tx.scripts_of_devices(&[])?, []);
        let ids: [ScriptId; 3] = [1, 2, 3].map(samples::id);
        let mut counts = tx.script_device_counts(&ids)?;
        counts.sort();
        assert_eq!(counts, [(ids[0], 2), (ids[1], 1)]);
        let (devices, total) = tx.devices_with_script(ids[0], 1)?;
        let first = (devices[0].device, devices[0].display_name.as_str(), devices[0].segment);
        assert_eq!(
            (devices.len(), total, first),
            (1, 2, (samples::id(1), "Desk 1", SegmentId(1)))
        );
        assert_eq!(tx.segments_with_script(ids[0])?, [SegmentId(1)]);
        assert_eq!(tx.segments_with_script(ids[2])?, []);
        Ok(())
    })
    .await
    .unwrap();
    let removed = write(&*store, |tx| tx.remove_script(samples::id(1)));
    removed.await.unwrap_err();
    let unknown = write(&*store, |tx| {
        tx.save_device_scripts(samples::id(3), &[samples::device_script(99)])
    });
    unknown.await.unwrap_err();
    write(&*store, |tx| {
        for n in 1..=2 {
            let mut deleted = samples::device(n);
            deleted.state = DeviceState::Deleted;
            tx.update_device(&deleted)?;
        }
        assert_eq!(tx.devices_with_script(samples::id(1), 9)?, (Vec::new(), 0));
        assert_eq!(tx.script_device_counts(&[samples::id(1)])?, []);
        assert_eq!(tx.segments_with_script(samples::id(1))?, []);
        tx.remove_script(samples::id(1))?;
        assert_eq!(tx.scripts_of_devices(&[samples::id(1), samples::id(2)])?.len(), 1);
        Ok(())
    })
    .await
    .unwrap();
}

fn naming(ids: &[u32]) -> PolicyContent {
    let application = |n: &u32| PolicyApplication {
        win_application_id: samples::id::<ApplicationId>(*n).to_string().to_uppercase(),
        configuration: Map::new(),
        action: ApplicationAction::ForceInstall,
        update_policy: Map::new(),
    };
    PolicyContent {
        applications: ids.iter().map(application).collect(),
        ..PolicyContent::default()
    }
}

/// They are those of its present version, without case, and go with it.
pub async fn references_follow_the_policy(store: Arc<dyn Store>) {
    furnish(&*store).await;
    let id = |n: u32| samples::id::<ApplicationId>(n).to_string();
    write(&*store, move |tx| {
        for n in 1..=3 {
            let mut policy = samples::policy(n);
            policy.segment = SegmentId(n % 2);
            policy.content = naming(if n == 3 { &[1] } else { &[1, 2] });
            tx.insert_policy(&policy)?;
        }
        let kind = ReferenceKind::Application;
        let counts = |tx: &mut dyn Tx| {
            let mut counts = tx.reference_counts(kind, &[id(1), id(2), id(3)])?;
            counts.sort();
            Ok::<_, StoreError>(counts)
        };
        assert_eq!(counts(tx)?, [(id(1), 3), (id(2), 2)]);
        assert_eq!(tx.reference_counts(ReferenceKind::Script, &[id(1)])?, []);
        assert_eq!(tx.reference_counts(kind, &[])?, []);
        let (policies, total) = tx.policies_naming(kind, &id(1), 2)?;
        let told: Vec<_> = policies
            .iter()
            .map(|p| (number(&p.policy), p.name.as_str(), p.segment))
            .collect();
        assert_eq!(
            (total, told),
            (3, vec![(1, "Policy 1", SegmentId(1)), (2, "Policy 2", SegmentId(0))])
        );
        assert_eq!(tx.segments_naming(kind, &id(1))?, [SegmentId(0), SegmentId(1)]);
        let mut changed = samples::policy(1);
        changed.content = naming(&[3]);
        tx.update_policy(&changed)?;
        assert_eq!(counts(tx)?, [(id(1), 2), (id(2), 1), (id(3), 1)]);
        tx.delete_policy(samples::id(2))?;
        assert_eq!(counts(tx)?, [(id(1), 1), (id(3), 1)]);
        Ok(())
    })
    .await
    .unwrap();
}

/// They are counted, and the store refuses to take the segment from under them.
pub async fn records_keep_their_segment_from_being_removed(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        let home = samples::home();
        tx.revoke_enrollment_tokens_of(samples::id(1), NOW)?;
        tx.insert_application(&samples::application(1))?;
        tx.insert_script(&samples::script(1))?;
        tx.insert_script(&samples::script(2))?;
        let uses = SegmentUses {
            applications: 1,
            scripts: 2,
            ..SegmentUses::default()
        };
        assert_eq!(tx.segment_uses(home, SegmentId(1), NOW)?, uses);
        assert_eq!(tx.segment_uses(home, SegmentId(2), NOW)?, SegmentUses::default());
        Ok(())
    })
    .await
    .unwrap();
    let removed = write(&*store, |tx| {
        tx.remove_segment(samples::home(), SegmentId(1), SegmentId::ROOT)
    });
    removed.await.unwrap_err();
}

/// Of every kind, source and type; by name; names are taken once, without case.
pub async fn smart_attributes_come_back_as_they_were(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        let home = samples::home();
        let mut all = Vec::new();
        let inputs = [
            (Input::Constant(json!("x")), Source::Constant, Output::String),
            (Input::Enum(vec![json!(1), json!(2.5)]), Source::User, Output::Number),
            (Input::Manual, Source::Device, Output::Boolean),
            (Input::Manual, Source::It, Output::Date),
        ];
        for (n, (input, source, output)) in (1..).zip(inputs) {
            let mut attribute = samples::smart_attribute(n);
            attribute.name = ["", "zebra", "Ape", "ÄHRE", "bee"][n as usize].to_owned();
            (attribute.input, attribute.source, attribute.output) = (input, source, output);
            if n == 2 {
                attribute.description = None;
            }
            tx.insert_smart_attribute(&attribute)?;
            assert_eq!(tx.smart_attribute(home, attribute.id)?, Some(attribute.clone()));
            all.push(attribute);
        }
        let names: Vec<String> = tx.smart_attributes(home)?.into_iter().map(|a| a.name).collect();
        assert_eq!(names, ["Ape", "bee", "zebra", "ÄHRE"]);
        assert_eq!(tx.smart_attributes(samples::id(7))?, []);
        assert_eq!(tx.smart_attribute(samples::id(7), samples::id(1))?, None);
        let ids: [SmartAttributeId; 3] = [2, 99, 1].map(samples::id);
        assert_eq!(tx.lock_smart_attributes(home, &ids)?, [all[0].clone(), all[1].clone()]);
        assert_eq!(tx.lock_smart_attributes(samples::id(7), &ids)?, []);
        let mut changed = samples::smart_attribute(9);
        changed.id = samples::id(1);
        tx.update_smart_attribute(&changed)?;
        assert_eq!(tx.smart_attribute(home, changed.id)?, Some(changed));
        tx.remove_smart_attribute(samples::id(1))?;
        assert_eq!(tx.smart_attribute(home, samples::id(1))?, None);
        Ok(())
    })
    .await
    .unwrap();
    let twin = write(&*store, |tx| {
        let mut twin = samples::smart_attribute(5);
        twin.name = "ähre".to_owned();
        tx.insert_smart_attribute(&twin)
    });
    assert!(matches!(twin.await, Err(StoreError::Duplicate(_))));
    let changed = write(&*store, |tx| tx.update_smart_attribute(&samples::smart_attribute(1)));
    changed.await.unwrap_err();
    let removed = write(&*store, |tx| tx.remove_smart_attribute(samples::id(1)));
    removed.await.unwrap_err();
}

fn given(n: u32, value: Value) -> GivenValue {
    GivenValue {
        attribute: samples::id(n),
        value,
    }
}

/// In their order, in place of those before; an attribute of which somebody has a value stays, unless they are gone.
pub async fn values_are_given_to_devices_and_users(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        for n in 1..=3 {
            tx.insert_smart_attribute(&samples::smart_attribute(n))?;
        }
        tx.insert_device(&samples::device(1))?;
        tx.insert_device(&samples::device(2))?;
        let first = [given(2, json!("b")), given(1, json!(1.5))];
        tx.save_device_smart_values(samples::id(1), &[given(3, json!(true))])?;
        tx.save_device_smart_values(samples::id(1), &first)?;
        tx.save_device_smart_values(samples::id(2), &first[..1])?;
        tx.save_user_smart_values(samples::id(1), &[given(3, json!(false)), given(1, json!("é"))])?;
        let devices = tx.device_smart_values(&[samples::id(2), samples::id(1)])?;
        let of = |n: u32, value: &GivenValue| (samples::id(n), value.clone());
        assert_eq!(devices, [of(1, &first[0]), of(1, &first[1]), of(2, &first[0])]);
        let users = tx.user_smart_values(&[samples::id(1), samples::id(9)])?;
        let users: Vec<GivenValue> = users.into_iter().map(|(_, value)| value).collect();
        assert_eq!(users, [given(3, json!(false)), given(1, json!("é"))]);
        assert_eq!(tx.device_smart_values(&[])?, []);
        assert_eq!(tx.user_smart_values(&[])?, []);
        let counts = |devices, users| GivenCounts { devices, users };
        assert_eq!(tx.given_counts(samples::id(1))?, counts(1, 1));
        assert_eq!(tx.given_counts(samples::id(2))?, counts(2, 0));
        assert_eq!(tx.given_values(samples::id(2))?, [json!("b")]);
        assert_eq!(tx.given_values(samples::id(1))?.len(), 2);
        Ok(())
    })
    .await
    .unwrap();
    for taken in [2, 3] {
        let removed = write(&*store, move |tx| tx.remove_smart_attribute(samples::id(taken)));
        removed.await.unwrap_err();
    }
    write(&*store, |tx| {
        for n in 1..=2 {
            let mut deleted = samples::device(n);
            deleted.state = DeviceState::Deleted;
            tx.update_device(&deleted)?;
        }
        assert_eq!(tx.given_counts(samples::id(2))?, GivenCounts::default());
        assert_eq!(tx.given_values(samples::id(2))?, [] as [Value; 0]);
        tx.remove_smart_attribute(samples::id(2))?;
        let user = samples::id(1);
        tx.unassign_user(user, NOW + Duration::from_secs(1))?;
        tx.remove_user(user, NOW + Duration::from_secs(1))?;
        assert_eq!(tx.user_smart_values(&[user])?, []);
        tx.remove_smart_attribute(samples::id(3))
    })
    .await
    .unwrap();
}

/// A constant is the same for all, the rest is each device's or its user's own; where nobody gave one there is none.
pub async fn facts_of_many_are_those_of_each(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        let home = samples::home();
        let mut constant = samples::smart_attribute(1);
        (constant.input, constant.source) = (Input::Constant(json!("all")), Source::Constant);
        let mut of_user = samples::smart_attribute(2);
        of_user.source = Source::User;
        for attribute in [constant, of_user, samples::smart_attribute(3)] {
            tx.insert_smart_attribute(&attribute)?;
        }
        let mut devices = [samples::device(1), samples::device(2), samples::device(3)];
        (devices[0].user, devices[1].user, devices[2].user) = (Some(samples::id(1)), Some(samples::id(1)), None);
        for device in &devices {
            tx.insert_device(device)?;
        }
        tx.save_user_smart_values(samples::id(1), &[given(2, json!("user"))])?;
        tx.save_device_smart_values(samples::id(2), &[given(3, json!(3))])?;
        let many = smart_attribute::values_of_many(tx, home, &devices.iter().collect::<Vec<_>>())?;
        assert_eq!(many.len(), 3);
        for device in &devices {
            assert_eq!(many[&device.id], smart_attribute::values_of(tx, device)?);
        }
        let told = |n: u32| many[&samples::id(n)].iter().map(|(_, v)| v.clone()).collect::<Vec<_>>();
        assert_eq!(told(1), [json!("all"), json!("user")]);
        assert_eq!(told(2), [json!("all"), json!("user"), json!(3)]);
        assert_eq!(told(3), [json!("all")]);
        let facts = smart_attribute::facts_of(tx, home, samples::id(3), None)?;
        let names: Vec<&str> = facts.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(names, ["Attribute 1", "Attribute 2", "Attribute 3"]);
        Ok(())
    })
    .await
    .unwrap();
}
