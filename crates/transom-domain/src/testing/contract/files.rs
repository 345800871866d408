//! Promises about assets and ADMX templates.

use super::{furnish, read, samples, write};
use crate::{
    AdmxConfigId, AssetId,
    admx::{
        AdmxConfig, AdmxQuery, AdmxSort, AdmxSource, DefinitionQuery, SettingType, Warning,
        definition::{Class, Data, Definition, Element, ElementKind},
    },
    application::{Application, ApplicationOrigin},
    asset::{Asset, AssetFile, AssetKind, AssetQuery, AssetSort, FileName},
    library::ApplicationUse,
    page::PageRequest,
    policy::PolicyScope,
    ports::{Store, StoreError},
    segment::{SegmentId, SegmentScope},
    testing::environment::NOW,
};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

/// An asset at home, in segment 1. Higher numbers were made later.
fn asset(n: u32) -> Asset {
    Asset {
        id: samples::id(n),
        organization: samples::home(),
        segment: SegmentId(1),
        kind: AssetKind::App,
        name: format!("Setup {n} 100%"),
        description: Some("All of it \u{1f5a5}".to_owned()),
        expose_to_children: true,
        file: AssetFile {
            id: samples::id(1_000 + n),
            name: FileName::parse(&format!("Setup-Ä{n}.msi")).unwrap(),
            size: 3_000_000_000 + u64::from(n),
            sha256: samples::bytes(n),
        },
        created_at: NOW + Duration::from_secs(n.into()),
        updated_at: NOW + Duration::from_secs((100 - n).into()),
    }
}

/// A template at home, in segment 1. Higher numbers were made later.
fn template(n: u32) -> AdmxConfig {
    AdmxConfig {
        id: samples::id(n),
        organization: samples::home(),
        segment: SegmentId(1),
        app_name: format!("App{n}"),
        setting_type: SettingType::Preference,
        file_name: format!("file-{n}.admx"),
        description: Some("Größe".to_owned()),
        expose_to_children: true,
        sha256: samples::bytes(n),
        size: 4_000_000,
        has_language: true,
        definitions: 2,
        warnings: vec![Warning {
            policy: None,
            rule: "category".to_owned(),
            message: "is \"odd\"".to_owned(),
        }],
        warning_count: 7,
        created_at: NOW + Duration::from_secs(n.into()),
        updated_at: NOW + Duration::from_secs((100 - n).into()),
    }
}

fn definition(n: u32, class: Class) -> Definition {
    Definition {
        name: format!("Policy{n}"),
        class,
        categories: vec!["outer".to_owned(), format!("inner_{n}")],
        category_names: vec!["Äußeres".to_owned()],
        display_name: Some(format!("Text {n} 50%")),
        explain_text: Some("line\nline".to_owned()),
        supported_on: None,
        key: "Software\\Contoso".to_owned(),
        value_name: None,
        enabled_value: Some(Data::LongDecimal(u64::MAX)),
        disabled_value: Some(Data::Delete),
        enabled_list: Vec::new(),
        disabled_list: Vec::new(),
        elements: vec![Element {
            id: "x".to_owned(),
            label: None,
            required: true,
            key: None,
            value_name: Some("v".to_owned()),
            kind: ElementKind::Text {
                max_length: Some(9),
                expandable: false,
            },
        }],
    }
}

fn everything() -> PolicyScope {
    PolicyScope {
        own: SegmentScope::All,
        exposed: BTreeSet::new(),
    }
}

fn source(n: u32) -> AdmxSource {
    AdmxSource {
        admx: format!("<policyDefinitions n='{n}'/>"),
        adml: (n > 1).then(|| "<ä/>".to_owned()),
    }
}

/// By id, several by id, locked; every field can be changed; a removed one is gone, what is missing fails.
pub async fn assets_come_back_as_they_were(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        let (home, ids) = (samples::home(), [samples::id(2), samples::id(9), samples::id(1)]);
        let mut bare = asset(2);
        (bare.description, bare.expose_to_children, bare.kind) = (None, false, AssetKind::Other);
        tx.insert_asset(&bare)?;
        tx.insert_asset(&asset(1))?;
        assert_eq!(tx.asset(home, samples::id(1))?, Some(asset(1)));
        assert_eq!(tx.asset(samples::id(7), samples::id(1))?, None);
        assert_eq!(tx.assets_by_id(home, &ids)?, [asset(1), bare.clone()]);
        assert_eq!(tx.lock_assets(home, &ids)?, [asset(1), bare.clone()]);
        assert_eq!(tx.lock_assets(samples::id(7), &ids)?, []);
        let uses = tx.segment_uses(home, SegmentId(1), NOW)?;
        assert_eq!((uses.assets, uses.admx_configs), (2, 0));
        let totals = (2, asset(1).file.size + bare.file.size);
        assert_eq!(tx.asset_totals(home)?, totals);
        assert_eq!(tx.asset_totals(samples::id(7))?, (0, 0));
        let files = [samples::id(1_001), samples::id(5), samples::id(1_002)];
        let mut named = tx.named_asset_files(&files)?;
        named.sort_unstable();
        assert_eq!(named, [samples::id(1_001), samples::id(1_002)]);
        let mut changed = asset(77);
        (changed.id, changed.segment) = (samples::id(2), SegmentId(2));
        tx.update_asset(&changed)?;
        assert_eq!(tx.asset(home, samples::id(2))?, Some(changed));
        tx.remove_asset(samples::id(2))?;
        assert_eq!(tx.asset(home, samples::id(2))?, None);
        Ok(())
    })
    .await
    .unwrap();
    let end = write(&*store, |tx| tx.remove_asset(samples::id(2))).await;
    assert!(matches!(end, Err(StoreError::Failed(_))), "{end:?}");
    let end = write(&*store, |tx| tx.update_asset(&asset(2))).await;
    assert!(matches!(end, Err(StoreError::Failed(_))), "{end:?}");
}

/// All filters must match, every sort has both directions, a scope limits the list.
pub async fn assets_are_paged(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        let mut script = asset(2);
        (script.kind, script.segment, script.expose_to_children) = (AssetKind::Script, SegmentId(2), false);
        script.name = "äPFEL".to_owned();
        for asset in [asset(1), script, asset(3)] {
            tx.insert_asset(&asset)?;
        }
        Ok(())
    })
    .await
    .unwrap();
    let numbers = |change: &dyn Fn(&mut AssetQuery)| {
        let mut query = AssetQuery {
            organization: samples::home(),
            scope: everything(),
            kinds: Vec::new(),
            search: None,
            sort: AssetSort::CreatedAt,
            descending: false,
            page: PageRequest::default(),
        };
        change(&mut query);
        let store = store.clone();
        async move {
            let page = read(&*store, move |view| view.asset_page(&query)).await;
            let number = |id: AssetId| (0..9).find(|n| id == samples::id(*n)).unwrap();
            let numbers: Vec<u32> = page.items.iter().map(|a| number(a.id)).collect();
            (numbers, page.total)
        }
    };
    assert_eq!(numbers(&|_| {}).await, (vec![1, 2, 3], 3));
    assert_eq!(numbers(&|q| q.descending = true).await, (vec![3, 2, 1], 3));
    assert_eq!(numbers(&|q| q.sort = AssetSort::UpdatedAt).await.0, [3, 2, 1]);
    assert_eq!(numbers(&|q| q.sort = AssetSort::Name).await.0, [1, 3, 2]);
    assert_eq!(numbers(&|q| q.sort = AssetSort::Size).await.0, [1, 2, 3]);
    assert_eq!(
        numbers(&|q| q.page = PageRequest::new(2, 2).unwrap()).await,
        (vec![3], 3)
    );
    assert_eq!(
        numbers(&|q| q.kinds = vec![AssetKind::Script, AssetKind::Book]).await,
        (vec![2], 1)
    );
    assert_eq!(numbers(&|q| q.search = Some("ÄPFEL".to_owned())).await.0, [2]);
    assert_eq!(
        numbers(&|q| q.search = Some("-ä3.M".to_owned())).await.0,
        [3],
        "the file's name counts"
    );
    assert_eq!(numbers(&|q| q.search = Some("100%".to_owned())).await.0, [1, 3]);
    assert_eq!(numbers(&|q| q.search = Some("100_".to_owned())).await.1, 0);
    let scope = |own: &[u32], exposed: &[u32]| PolicyScope {
        own: SegmentScope::Only(own.iter().copied().map(SegmentId).collect()),
        exposed: exposed.iter().copied().map(SegmentId).collect(),
    };
    assert_eq!(numbers(&|q| q.scope = scope(&[2], &[])).await.0, [2]);
    assert_eq!(numbers(&|q| q.scope = scope(&[2], &[1])).await.0, [1, 2, 3]);
    assert_eq!(
        numbers(&|q| q.scope = scope(&[1], &[2])).await.0,
        [1, 3],
        "what is not exposed is not seen"
    );
    assert_eq!(numbers(&|q| q.organization = samples::id(7)).await.1, 0);
}

/// With texts and definitions; every field can be changed; a removed one is gone with both.
pub async fn admx_templates_come_back_as_they_were(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        let (home, ids) = (samples::home(), [samples::id(2), samples::id(9), samples::id(1)]);
        let mut bare = template(2);
        (bare.description, bare.has_language, bare.expose_to_children) = (None, false, false);
        bare.warnings.clear();
        for config in [&bare, &template(1)] {
            tx.insert_admx_config(config)?;
        }
        assert_eq!(tx.admx_config(home, samples::id(1))?, Some(template(1)));
        assert_eq!(tx.admx_config(samples::id(7), samples::id(1))?, None);
        assert_eq!(tx.admx_configs_by_id(home, &ids)?, [template(1), bare.clone()]);
        assert_eq!(tx.lock_admx_configs(home, &ids)?, [template(1), bare]);
        assert_eq!(tx.lock_admx_configs(samples::id(7), &ids)?, []);
        assert_eq!(tx.admx_config_count(home)?, 2);
        let uses = tx.segment_uses(home, SegmentId(1), NOW)?;
        assert_eq!((uses.assets, uses.admx_configs), (0, 2));
        assert_eq!(tx.admx_source(samples::id(1))?, None);
        for n in [1, 2] {
            tx.save_admx_template(samples::id(1), &source(n), &[definition(n, Class::User)])?;
            assert_eq!(tx.admx_source(samples::id(1))?, Some(source(n)));
        }
        let mut changed = template(77);
        (changed.id, changed.segment, changed.setting_type) = (samples::id(1), SegmentId(2), SettingType::Policy);
        tx.update_admx_config(&changed)?;
        assert_eq!(tx.admx_config(home, samples::id(1))?, Some(changed));
        tx.remove_admx_config(samples::id(1))?;
        assert_eq!(tx.admx_config(home, samples::id(1))?, None);
        assert_eq!(tx.admx_source(samples::id(1))?, None);
        Ok(())
    })
    .await
    .unwrap();
    let end = write(&*store, |tx| tx.remove_admx_config(samples::id(1))).await;
    assert!(matches!(end, Err(StoreError::Failed(_))), "{end:?}");
    // Windows compares names without case.
    let mut same = template(3);
    (same.app_name, same.file_name) = ("APP2".to_owned(), "File-2.ADMX".to_owned());
    let again = same.clone();
    let end = write(&*store, move |tx| tx.insert_admx_config(&again)).await;
    assert!(matches!(end, Err(StoreError::Duplicate(_))), "{end:?}");
    same.setting_type = SettingType::Policy;
    write(&*store, move |tx| tx.insert_admx_config(&same)).await.unwrap();
}

/// Templates by page; the definitions of one in their order, found by whatever names them.
pub async fn admx_templates_and_definitions_are_paged(store: Arc<dyn Store>) {
    furnish(&*store).await;
    let count = 2_500;
    write(&*store, move |tx| {
        for n in [1, 2] {
            tx.insert_admx_config(&template(n))?;
        }
        let class = |n: u32| {
            if n.is_multiple_of(2) {
                Class::Machine
            } else {
                Class::Both
            }
        };
        let definitions: Vec<_> = (0..count).map(|n| definition(n, class(n))).collect();
        tx.save_admx_template(samples::id(1), &source(1), &definitions)?;
        tx.save_admx_template(samples::id(2), &source(1), &definitions[..1])
    })
    .await
    .unwrap();
    let templates = |search: Option<&'static str>, sort, descending| {
        let query = AdmxQuery {
            organization: samples::home(),
            scope: everything(),
            search: search.map(str::to_owned),
            sort,
            descending,
            page: PageRequest::default(),
        };
        let store = store.clone();
        async move {
            let page = read(&*store, move |view| view.admx_config_page(&query)).await;
            page.items.iter().map(|c| c.id).collect::<Vec<AdmxConfigId>>()
        }
    };
    let (one, two) = (samples::id(1), samples::id(2));
    assert_eq!(templates(None, AdmxSort::CreatedAt, false).await, [one, two]);
    assert_eq!(templates(None, AdmxSort::UpdatedAt, false).await, [two, one]);
    assert_eq!(templates(None, AdmxSort::AppName, true).await, [two, one]);
    assert_eq!(templates(Some("FILE-2"), AdmxSort::FileName, false).await, [two]);
    assert_eq!(templates(Some("gröSSe"), AdmxSort::FileName, false).await, []);
    assert_eq!(templates(Some("GRÖßE"), AdmxSort::FileName, false).await, [one, two]);
    let names = |search: Option<&'static str>, class, page| {
        let query = DefinitionQuery {
            config: samples::id(1),
            search: search.map(str::to_owned),
            class,
            page,
        };
        let store = store.clone();
        async move {
            let page = read(&*store, move |view| view.admx_definition_page(&query)).await;
            let names: Vec<String> = page.items.iter().map(|d| d.name.clone()).collect();
            (names, page.total)
        }
    };
    let page = |number, limit| PageRequest::new(number, limit).unwrap();
    let (found, total) = names(None, None, page(1_250, 2)).await;
    assert_eq!(
        (found, total),
        (vec!["Policy2498".to_owned(), "Policy2499".to_owned()], u64::from(count))
    );
    assert_eq!(
        names(None, Some(Class::Machine), page(2, 1)).await,
        (vec!["Policy2".to_owned()], 1_250)
    );
    for search in ["POLICY77", "text 77 50%", "INNER_77"] {
        let (found, _) = names(Some(search), None, page(1, 1)).await;
        assert_eq!(found, ["Policy77"], "{search}");
    }
    assert_eq!(names(Some("ÄUSSERES"), None, page(1, 1)).await.1, 0);
    assert_eq!(names(Some("ÄUßERES"), None, page(1, 1)).await.1, u64::from(count));
    let first = read(&*store, |view| {
        let query = DefinitionQuery {
            config: samples::id(2),
            search: None,
            class: None,
            page: PageRequest::default(),
        };
        view.admx_definition_page(&query)
    })
    .await;
    assert_eq!(first.items, [definition(0, Class::Machine)]);
}

/// An asset's applications, at most so many, all counted, and where they are.
pub async fn applications_are_found_by_their_asset(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        tx.insert_asset(&asset(1))?;
        let application = |n: u32, segment, origin| Application {
            id: samples::id(n),
            organization: samples::home(),
            segment: SegmentId(segment),
            name: format!("Editor {n}"),
            description: None,
            origin,
            filter: None,
            expose_to_children: false,
            created_at: NOW,
            updated_at: NOW,
        };
        let from = |n: u32| ApplicationOrigin::Asset {
            mdm_asset_id: samples::id::<AssetId>(n).to_string(),
        };
        let store = ApplicationOrigin::Store {
            win_store_id: "9N".to_owned(),
        };
        for (n, segment, origin) in [
            (1, 2, from(1)),
            (2, 1, from(1)),
            (3, 1, from(1)),
            (4, 0, from(2)),
            (5, 0, store),
        ] {
            tx.insert_application(&application(n, segment, origin))?;
        }
        let first = ApplicationUse {
            application: samples::id(1),
            name: "Editor 1".to_owned(),
            segment: SegmentId(2),
        };
        assert_eq!(tx.applications_from(samples::id(1), 1)?, (vec![first], 3));
        assert_eq!(tx.applications_from(samples::id(1), 9)?.0.len(), 3);
        assert_eq!(tx.applications_from(samples::id(9), 9)?, (Vec::new(), 0));
        let segments = tx.segments_with_applications_from(samples::id(1))?;
        assert_eq!(segments, [SegmentId(1), SegmentId(2)]);
        assert_eq!(tx.segments_with_applications_from(samples::id(9))?, []);
        Ok(())
    })
    .await
    .unwrap();
}
