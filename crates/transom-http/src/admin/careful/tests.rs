//! Routes that are not in the table, for what none of those does.

use super::{
    super::{
        AdminSettings, AdminState,
        call::Call,
        endpoint,
        error::InvalidCode,
        reply::{Answer, Reply},
        routes::{AnswerSchema, Operation, Route, Verb},
    },
    CHANGES_MAX, Rehearsal,
};
use actix_web::{App, HttpRequest, http::StatusCode, test, web};
use serde_json::Value;
use std::{future::Future, sync::Arc};
use transom_domain::{
    Actor, Environment, OrganizationId, Origin,
    audit::Audit,
    idempotency::ANSWER_BYTES_MAX,
    organization,
    ports::{Store, StoreError},
    segment::{self, CreateSegment, SegmentId, SegmentScope},
    testing::environment::FixedEnvironment,
};

static ROUTE: Route = Route {
    operation: Operation::CreateSegment,
    verb: Verb::Post,
    path: "/v1/organizations/{organizationId}/segments",
    permission: Some("base.organization.segment.create"),
    body: None,
    invalid: InvalidCode::Input,
    writes: true,
    query: &[],
    summary: "",
    answer: AnswerSchema::Data("Segment"),
};

fn north() -> CreateSegment {
    CreateSegment {
        name: "North".to_owned(),
        parent: SegmentId::ROOT,
        icon: None,
        color: None,
    }
}

/// Makes its answer only after its unit of work.
async fn answers_later(call: Call) -> Answer {
    let made = call.write(|tx, cx, caller| {
        Ok(segment::create(
            tx,
            cx,
            caller.organization.id,
            &SegmentScope::All,
            &north(),
        )?)
    });
    Reply::data(&made.await?.id.0)
}

/// Answers more than is kept.
async fn answers_too_much(call: Call) -> Answer {
    call.answer(|tx, cx, caller| {
        segment::create(tx, cx, caller.organization.id, &SegmentScope::All, &north())?;
        Reply::data(&"x".repeat(ANSWER_BYTES_MAX))
    })
    .await
}

/// Works in two units.
async fn works_twice(call: Call) -> Answer {
    let made = call.write(|tx, cx, caller| {
        Ok(segment::create(
            tx,
            cx,
            caller.organization.id,
            &SegmentScope::All,
            &north(),
        )?)
    });
    made.await?;
    let locked = call.write(|tx, _, caller| Ok(tx.lock_organization(caller.organization.id)?));
    Reply::data(&locked.await?)
}

/// What two requests with one key are answered, and how many segments there are then.
async fn twice<F, Fut>(handler: F) -> ([(StatusCode, Value, bool); 2], usize)
where
    F: Fn(Call) -> Fut + Copy + 'static,
    Fut: Future<Output = Answer> + 'static,
{
    let environment = Arc::new(FixedEnvironment::default());
    let store: Arc<dyn Store> =
        transom_storage::open("sqlite::memory:", &transom_storage::OpenOptions::default()).unwrap();
    let context = environment.context(Actor::CommandLine, Origin::default());
    let made: Result<_, StoreError> = store
        .write(&context, |tx, cx| {
            let (organization, token) = organization::create(tx, cx, "default", "default").unwrap();
            Ok((organization.id, token.secret.reveal().to_owned()))
        })
        .await;
    let (organization, token) = made.unwrap();
    let state = AdminState::new(store.clone(), environment, AdminSettings::default());
    let route = web::post().to(
        move |state: web::Data<AdminState>, request: HttpRequest, payload: web::Payload| {
            endpoint::protected(&ROUTE, handler, state, request, payload)
        },
    );
    let app = App::new().app_data(web::Data::new(state)).route(ROUTE.path, route);
    let app = test::init_service(app).await;
    let ask = async || {
        let request = test::TestRequest::post()
            .uri("/v1/organizations/default/segments")
            .insert_header(("Authorization", format!("Bearer {token}")))
            .insert_header(("Idempotency-Key", "k"));
        let response = test::call_service(&app, request.to_request()).await;
        let (status, replayed) = (
            response.status(),
            response.headers().contains_key("Idempotency-Replayed"),
        );
        (status, test::read_body_json::<Value, _>(response).await, replayed)
    };
    let answers = [ask().await, ask().await];
    let segments: Result<_, StoreError> = store.read(move |view| Ok(view.segments(organization)?.len())).await;
    (answers, segments.unwrap())
}

#[actix_web::test]
async fn an_answer_made_after_the_unit_is_kept_too() {
    let ([first, second], segments) = twice(answers_later).await;
    assert_eq!((first.0, first.2), (StatusCode::OK, false));
    assert_eq!((second.0, second.1, second.2), (StatusCode::OK, first.1, true));
    assert_eq!(segments, 2);
}

#[actix_web::test]
async fn a_repetition_learns_that_an_answer_was_too_large_to_be_kept() {
    let ([first, second], segments) = twice(answers_too_much).await;
    assert_eq!(first.0, StatusCode::OK);
    assert_eq!(second.0, StatusCode::CONFLICT);
    assert_eq!(second.1["error"]["details"][0]["rule"], "answer_not_kept");
    assert_eq!(segments, 2, "it was done once");
}

#[actix_web::test]
async fn a_key_is_claimed_once_for_all_units_of_a_request() {
    let ([first, second], segments) = twice(works_twice).await;
    assert_eq!((first.0, second.0, second.2), (StatusCode::OK, StatusCode::OK, true));
    assert_eq!(segments, 2);
}

#[actix_web::test]
async fn a_dry_run_counts_all_changes_and_names_as_many_as_it_may() {
    let mut cx = FixedEnvironment::default().context(Actor::CommandLine, Origin::default());
    let mut rehearsal = |count| {
        let audit = Audit::new(&mut cx, OrganizationId::from([1; 12]), "x");
        let mut entries = vec![audit.clone().done(); count];
        // What was refused within the unit is no change.
        entries.push(audit.refused(400, "no"));
        let rehearsal = Rehearsal::of(entries);
        (rehearsal.change_count, rehearsal.changes.len())
    };
    assert_eq!(rehearsal(CHANGES_MAX), (CHANGES_MAX, CHANGES_MAX));
    assert_eq!(rehearsal(CHANGES_MAX + 1), (CHANGES_MAX + 1, CHANGES_MAX));
}
