//! The back-ends of `config/backends`, started as they stand there: they take the service's own tokens, and nothing else.
//!
//! Without Python or Node.js these tests say so and pass. `CLAIMSMITH_REQUIRE=fastapi,express` makes them fail instead.
//!
//! Deliberately absent: the ASP.NET Core sample, which is neither compiled nor run.

mod back_end;
mod express;
mod fastapi;
mod forged;
mod key;
mod keys_missing;
mod pins;
mod refused;
mod rotation;
mod scene;

use serde_json::json;

use back_end::Sample;
use key::parts;
use scene::Scene;

#[actix_rt::test]
async fn a_back_end_knows_of_whom_a_token_speaks() {
    for sample in Sample::ALL {
        let Some(scene) = Scene::start(sample).await else { continue };
        let passed_on = scene.passed_on("acme").await;
        for token in [passed_on, scene.exchange.token_of("alice").await] {
            let (_, payload) = parts(&token);
            let answer = scene.back_end.me(&token).await;
            let expected =
                json!({"user": "alice", "tenant": "acme", "roles": ["admin"], "position": payload["position"]});
            assert_eq!((answer.status.as_u16(), &answer.body), (200, &expected), "{sample:?}");
            assert!(answer.body["position"].as_str().is_some_and(|position| position.parse::<u64>().is_ok()));
        }
        scene.stop().await;
    }
}

#[actix_rt::test]
async fn a_permission_opens_a_route_in_its_tenant_until_it_is_withdrawn() {
    for sample in Sample::ALL {
        let Some(scene) = Scene::start(sample).await else { continue };
        let token = scene.passed_on("acme").await;
        let answer = scene.back_end.answer("/invoices", &[(back_end::FIELD, &token)]).await;
        assert_eq!((answer.status.as_u16(), &answer.body["tenant"]), (200, &json!("acme")), "{sample:?}");
        assert_eq!(scene.back_end.invoices(&scene.passed_on("globex").await).await, 403, "{sample:?}");
        let (header, mut payload) = parts(&token);
        payload["https://claims.example.com/permissions"] = json!("invoice:reading");
        let as_text = scene.key().sign(&header, &payload);
        assert_eq!(scene.back_end.invoices(&as_text).await, 403, "{sample:?}: a part of a word is no permission");
        let app = &scene.exchange.app;
        app.change("DELETE FROM claimsmith_data.role_permission WHERE permission = 'invoice:read'").await;
        assert_eq!(scene.back_end.invoices(&scene.passed_on("acme").await).await, 403, "{sample:?}");
        scene.stop().await;
    }
}
