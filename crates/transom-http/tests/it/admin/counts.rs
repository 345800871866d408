//! How much an organization may have of each thing: the last one is made, the one after it is refused. The others are put
//! into the store past the API.

use super::world::{NewDevice, O, Response, START_MILLIS, W, World};
use actix_web::http::Method;
use serde_json::{Value, json};
use transom_domain::{
    AdmxConfigId, AssetId, EnrollmentTemplateId, Timestamp,
    admx::{AdmxConfig, CONFIGS_MAX},
    asset::{ASSETS_MAX, Asset, AssetFile},
    audience::preview::EXAMINED_MAX,
    enrollment_template::{EnrollmentTemplate, TEMPLATES_MAX},
    role::{ROLES_MAX, SegmentRole},
    segment::{SEGMENTS_MAX, Segment, SegmentId},
    service_account::{ACCOUNTS_MAX, ServiceAccount},
};

const M: &str = "/v1/organizations/default/mdm";

fn id(made: &Response) -> String {
    made.data()["id"].as_str().unwrap().to_owned()
}

/// The first call makes the last that there may be; the second is refused, even dry, and stores nothing.
async fn last(world: &World, path: &str, body: impl Fn(&str) -> Value) {
    world.post(path, body("last")).await.data();
    let refused = world.post(path, body("one above")).await;
    assert_eq!(refused.refused(), (400, 5017), "{path}: {}", refused.body);
    let refused = world.post(&format!("{path}?dryRun=true"), body("one above")).await;
    assert_eq!(refused.refused(), (400, 5017), "{path}");
}

#[actix_web::test]
async fn an_organization_has_so_many_segments() {
    let world = World::new().await;
    let organization = world.organization;
    world
        .write(move |tx, _| {
            let now = Timestamp::from_millis(START_MILLIS);
            // The root is one of them.
            (1..SEGMENTS_MAX - 1).try_for_each(|number| {
                tx.insert_segment(&Segment {
                    id: SegmentId(u32::try_from(number).unwrap()),
                    parent: Some(SegmentId::ROOT),
                    name: format!("Segment {number}"),
                    ..Segment::root(organization, now)
                })
            })
        })
        .await;
    last(&world, &format!("{O}/segments"), |name| json!({ "name": name })).await;
}

#[actix_web::test]
async fn an_organization_has_so_many_roles_of_its_own() {
    let world = World::new().await;
    let path = format!("{O}/segment-roles");
    let body = |name: &str| json!({ "name": name, "actions": ["*.get"] });
    world.post(&path, body("first")).await.data();
    let organization = world.organization;
    world
        .write(move |tx, cx| {
            let first = tx.segment_roles(organization)?.remove(0);
            (0..ROLES_MAX - 2).try_for_each(|number| {
                tx.insert_segment_role(&SegmentRole {
                    id: cx.id(),
                    slug: format!("role-{number}"),
                    ..first.clone()
                })
            })
        })
        .await;
    last(&world, &path, body).await;
    let listed = world.get(&path).await;
    assert_eq!(
        listed.data().as_array().unwrap().len(),
        ROLES_MAX + 3,
        "three are everybody's"
    );
}

#[actix_web::test]
async fn an_organization_has_so_many_service_accounts() {
    let world = World::new().await;
    let path = format!("{O}/service-accounts");
    let organization = world.organization;
    world
        .write(move |tx, cx| {
            // The administrator's own is one of them.
            let own = tx.service_accounts(organization)?.remove(0);
            (0..ACCOUNTS_MAX - 2).try_for_each(|_| {
                tx.insert_service_account(&ServiceAccount {
                    id: cx.id(),
                    ..own.clone()
                })
            })
        })
        .await;
    last(&world, &path, |name| json!({ "name": name })).await;
    assert_eq!(world.get(&path).await.data().as_array().unwrap().len(), ACCOUNTS_MAX);
}

#[actix_web::test]
async fn an_organization_has_so_many_enrolment_templates() {
    let world = World::new().await;
    let policy = id(&world
        .post(&format!("{W}/policies"), json!({ "name": "Baseline" }))
        .await);
    let path = format!("{W}/enrollment-templates");
    let body = |name: &str| json!({ "name": name, "rules": [{ "winPolicyId": policy }] });
    let first = EnrollmentTemplateId::parse(&id(&world.post(&path, body("first")).await)).unwrap();
    let organization = world.organization;
    world
        .write(move |tx, cx| {
            let first = tx.enrollment_template(organization, first)?.unwrap();
            (0..TEMPLATES_MAX - 2).try_for_each(|number| {
                tx.insert_enrollment_template(&EnrollmentTemplate {
                    id: cx.id(),
                    name: format!("Template {number}"),
                    ..first.clone()
                })
            })
        })
        .await;
    last(&world, &path, body).await;
    assert_eq!(world.get(&path).await.data()["totalDocs"], TEMPLATES_MAX);
}

#[actix_web::test]
async fn an_organization_has_so_many_admx_templates() {
    let world = World::new().await;
    let path = format!("{W}/admx-configs");
    let admx = "<policyDefinitions><policies><policy name='p' class='User' key='k'/></policies></policyDefinitions>";
    let body = |name: &str| json!({ "appName": "Notes", "fileName": name, "admx": admx });
    let first = AdmxConfigId::parse(&id(&world.post(&path, body("first")).await)).unwrap();
    let organization = world.organization;
    world
        .write(move |tx, cx| {
            let first = tx.admx_config(organization, first)?.unwrap();
            (0..CONFIGS_MAX - 2).try_for_each(|number| {
                tx.insert_admx_config(&AdmxConfig {
                    id: cx.id(),
                    file_name: format!("file{number}"),
                    ..first.clone()
                })
            })
        })
        .await;
    last(&world, &path, |name| body(&name.replace(' ', ""))).await;
    assert_eq!(world.get(&path).await.data()["totalDocs"], CONFIGS_MAX);
}

#[actix_web::test]
async fn an_organization_has_so_many_assets() {
    let world = World::new().await;
    let path = format!("{M}/assets");
    let upload = || {
        world.upload(
            Method::POST,
            &path,
            &[("type", b"script"), ("file=a.ps1", b"exit 0")],
            &[],
        )
    };
    let first = AssetId::parse(&id(&upload().await)).unwrap();
    let organization = world.organization;
    world
        .write(move |tx, cx| {
            let first = tx.asset(organization, first)?.unwrap();
            (0..ASSETS_MAX - 2).try_for_each(|_| {
                tx.insert_asset(&Asset {
                    id: cx.id(),
                    file: AssetFile {
                        id: cx.id(),
                        ..first.file.clone()
                    },
                    ..first.clone()
                })
            })
        })
        .await;
    upload().await.data();
    let kept = world.kept().len();
    assert_eq!(upload().await.refused(), (400, 5017));
    assert_eq!(world.kept().len(), kept, "its file is gone again");
    assert_eq!(world.get(&path).await.data()["totalDocs"], ASSETS_MAX);
}

#[actix_web::test]
async fn a_preview_and_a_dry_run_look_at_so_many_pcs() {
    let world = World::new().await;
    let device = world.device(NewDevice::default()).await;
    let organization = world.organization;
    let more = async |count: u32| {
        world
            .write(move |tx, cx| {
                let first = tx.device(organization, device)?.unwrap();
                for _ in 0..count {
                    let mut next = first.clone();
                    next.id = cx.id();
                    next.win_id = format!("win-{}", next.id);
                    tx.insert_device(&next)?;
                }
                Ok(())
            })
            .await;
    };
    let policy = id(&world
        .post(
            &format!("{W}/policies"),
            json!({ "name": "P", "exposeToChildren": true }),
        )
        .await);
    let audience = json!({ "name": "All", "selectors": { "deviceGroups": [["sales"]] }, "exposeToChildren": true });
    let audience = id(&world.post(&format!("{M}/device-audiences"), audience).await);
    let preview = format!("{M}/device-audiences/{audience}/preview");
    let action = json!({ "type": "setPolicy", "platform": "windows", "winPolicyId": policy, "priority": 1 });
    let rule = json!({ "name": "R", "deviceAudienceIds": [audience], "action": action });
    let rule = id(&world.post(&format!("{M}/automation-rules"), rule).await);
    let dry_run = format!("{M}/automation-rules/{rule}/dry-run");
    for (count, is_complete) in [(EXAMINED_MAX - 1, true), (1, false)] {
        more(count).await;
        for path in [&preview, &dry_run] {
            let found = world.post(path, json!({})).await;
            let seen = (&found.data()["examined"], &found.data()["complete"]);
            assert_eq!(seen, (&json!(EXAMINED_MAX), &json!(is_complete)), "{path}");
        }
    }
}
