//! Pages of devices that reported a lot: sent as they are made, and broken off where that fails.

use super::world::{Fixed, NewDevice, W, World};
use actix_web::{
    body::{BodySize, MessageBody as _},
    http::Method,
    test::{self, TestRequest},
    web,
};
use serde_json::Value;
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use transom_domain::{
    device::{DeviceReport, Reported},
    ports::{BoxFuture, Store, StoreError, Unit, ViewUnit},
};
use transom_http::admin::{self, AdminSettings, AdminState};

/// Devices, and bytes that each reported: together several times what is held back to be sent whole.
const DEVICES: i64 = 90;
const REPORTED: usize = 60_000;

async fn talkative(world: &World) {
    for number in 0..DEVICES {
        let id = world
            .device(NewDevice {
                created_after_millis: number,
                ..NewDevice::default()
            })
            .await;
        world
            .write(move |tx, _| {
                let mut report = DeviceReport::default();
                report.put("./Long", Reported::Value("x".repeat(REPORTED)));
                report.put("./Number", Reported::Value(number.to_string()));
                tx.save_device_report(id, &report)
            })
            .await;
    }
}

#[actix_web::test]
async fn a_long_page_has_every_device_in_order() {
    let world = World::new().await;
    talkative(&world).await;
    let app = test::init_service(admin::app(world.state.clone())).await;
    let send = |query: &str| {
        let request = TestRequest::with_uri(&format!("{W}/devices?{query}"))
            .insert_header(("Authorization", format!("Bearer {}", world.admin)));
        test::call_service(&app, request.to_request())
    };
    let long = send("sort=createdAt:asc").await;
    assert_eq!(long.status(), 200);
    assert_eq!(long.response().body().size(), BodySize::Stream);
    let long: Value = test::read_body_json(long).await;
    let page = &long["data"];
    let items = page["items"].as_array().unwrap();
    let numbers: Vec<_> = items
        .iter()
        .map(|item| item["config"]["./Number"].as_str().unwrap())
        .collect();
    let expected: Vec<String> = (0..DEVICES).map(|number| number.to_string()).collect();
    assert_eq!(numbers, expected);
    assert_eq!((&page["totalDocs"], &page["lean"]), (&DEVICES.into(), &true.into()));
    // The same keys as of a page that is sent whole, with its length.
    let short = send("limit=5").await;
    assert!(matches!(short.response().body().size(), BodySize::Sized(_)));
    let short: Value = test::read_body_json(short).await;
    let keys = |page: &Value| page["data"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&long), keys(&short));
    let empty: Value = test::read_body_json(send("page=1000").await).await;
    assert_eq!(empty["data"]["items"], serde_json::json!([]));
    let head = TestRequest::with_uri(&format!("{W}/devices"))
        .method(Method::HEAD)
        .insert_header(("Authorization", format!("Bearer {}", world.admin)));
    assert_eq!(test::call_service(&app, head.to_request()).await.status(), 200);
}

/// A store that fails after so many looks.
struct Tiring {
    store: Arc<dyn Store>,
    looks: AtomicI64,
}

impl Store for Tiring {
    fn read_unit(&self, unit: ViewUnit) -> BoxFuture<'_, Result<(), StoreError>> {
        match self.looks.fetch_sub(1, Ordering::Relaxed) {
            1.. => self.store.read_unit(unit),
            _ => Box::pin(std::future::ready(Err(StoreError::Failed("tired".to_owned())))),
        }
    }

    fn write_unit(&self, unit: Unit) -> BoxFuture<'_, Result<(), StoreError>> {
        self.store.write_unit(unit)
    }
}

#[actix_web::test]
async fn a_long_page_that_fails_half_way_is_broken_off_and_never_looks_whole() {
    let world = World::new().await;
    talkative(&world).await;
    let (mut refused, mut broken, mut whole) = (0, 0, 0);
    for looks in 0..12 {
        let store = Tiring {
            store: world.store.clone(),
            looks: AtomicI64::new(looks),
        };
        let state = AdminState::new(Arc::new(store), Arc::new(Fixed::new()), AdminSettings::default());
        let app = test::init_service(admin::app(web::Data::new(state))).await;
        let request = TestRequest::with_uri(&format!("{W}/devices"))
            .insert_header(("Authorization", format!("Bearer {}", world.admin)));
        let answer = test::call_service(&app, request.to_request()).await;
        if answer.status() == 500 {
            let body: Value = test::read_body_json(answer).await;
            assert_eq!(body["status"], false);
            refused += 1;
            continue;
        }
        assert_eq!(answer.status(), 200);
        match actix_web::body::to_bytes(answer.into_body()).await {
            Ok(bytes) => {
                let body: Value = serde_json::from_slice(&bytes).unwrap();
                assert_eq!(body["data"]["items"].as_array().unwrap().len(), DEVICES as usize);
                whole += 1;
            }
            Err(_) => broken += 1,
        }
    }
    assert!(refused > 1 && broken > 1 && whole > 1, "{refused} {broken} {whole}");
}
