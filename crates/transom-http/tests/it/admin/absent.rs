//! Published routes that nothing stands behind: refused in words, in their place in the order of checks.

use super::world::World;
use actix_web::http::Method;
use transom_http::admin::routes::{ABSENT, Operation, ROUTES};

#[actix_web::test]
async fn what_this_server_does_not_do_is_refused_with_the_reason() {
    let world = World::new().await;
    let other = world.token(&["mdm.windows.device.list"], &[]).await;
    for route in &ABSENT {
        let Operation::Absent(feature) = route.operation else {
            panic!("{} does something", route.name());
        };
        assert!(ROUTES.iter().all(|r| r.path != route.path), "{}", route.name());
        let method: Method = route.verb.as_str().parse().unwrap();
        let path = route.path.replace("{organizationId}", "default");
        let refused = |token, path: String| {
            let (world, method) = (&world, method.clone());
            async move { world.call(method, &path, token, None).await }
        };
        assert_eq!(refused(None, path.clone()).await.refused(), (401, 4002), "{path}");
        let nowhere = path.replace("default", "nobody");
        assert_eq!(
            refused(Some(world.admin.as_str()), nowhere).await.refused(),
            (404, 3001)
        );
        assert_eq!(
            refused(Some(&other), path.clone()).await.refused(),
            (401, 4001),
            "{path}"
        );
        let answer = refused(Some(world.admin.as_str()), path.clone()).await;
        assert_eq!(answer.refused(), (400, 5050), "{path}");
        assert_eq!(answer.body["error"]["details"]["feature"], feature);
        let wrong = world.call(Method::PATCH, &path, Some(&world.admin), None).await;
        assert_eq!(wrong.status, 405, "{path}");
        assert!(wrong.header("Allow").unwrap().contains(route.verb.as_str()));
    }
}
