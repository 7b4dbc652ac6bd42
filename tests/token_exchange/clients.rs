//! Who may exchange, how they prove it, and for whom they may have tokens.

use claimsmith::config::Surface;
use reqwest::StatusCode;

use crate::support::callers::{add_caller, only};
use crate::support::exchange::{EDGE, EDGE_KEY, Exchange, ORDERS, STOCK, asking, assert_error};

const POOR: &str = "cs_poor";
const OTHER: &str = "cs_other";
const GLOBEX: &str = "cs_globex";

async fn scene() -> Exchange {
    Exchange::with(|settings| {
        add_caller(settings, "poor", POOR, |caller| caller.audiences = Vec::new());
        add_caller(settings, "other", OTHER, |caller| {
            caller.audiences = vec![ORDERS.to_owned()];
            caller.surfaces = vec![Surface::Claims, Surface::Introspect];
        });
        add_caller(settings, "globex-only", GLOBEX, |caller| {
            caller.audiences = vec![STOCK.to_owned()];
            caller.tenants = only(&["globex"]);
        });
    })
    .await
}

#[actix_rt::test]
async fn a_client_proves_itself_in_exactly_one_of_three_ways() {
    let scene = scene().await;
    let token = scene.issuer.token("alice").sign();
    let form = asking(&token, &[]);
    let in_form = |name, key| asking(&token, &[("client_id", name), ("client_secret", key)]);
    let good = [
        scene.post(&form).basic_auth(EDGE, Some(EDGE_KEY)),
        scene.post(&form).basic_auth("%65dge", Some("cs%5Fedge")),
        scene.post(&form).bearer_auth(EDGE_KEY),
        scene.post(&in_form(EDGE, EDGE_KEY)),
        scene.post(&asking(&token, &[("client_id", EDGE)])).basic_auth(EDGE, Some(EDGE_KEY)),
    ];
    for request in good {
        let answer = scene.app.send(request).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    }
    let unknown = [
        scene.post(&form),
        scene.post(&form).basic_auth(EDGE, Some("cs_wrong")),
        scene.post(&form).basic_auth("poor", Some(EDGE_KEY)),
        scene.post(&form).basic_auth("%70oor", Some("cs%5Fedge")),
        scene.post(&form).basic_auth("edge%", Some(EDGE_KEY)),
        scene.post(&form).bearer_auth("cs_wrong"),
        scene.post(&in_form(EDGE, "cs_wrong")),
        scene.post(&in_form("poor", EDGE_KEY)),
        scene.post(&asking(&token, &[("client_secret", EDGE_KEY)])),
        scene.post(&asking(&token, &[("client_id", EDGE)])),
        scene.post(&asking(&token, &[("client_id", "poor")])).bearer_auth(EDGE_KEY),
        scene.post(&form).bearer_auth(EDGE_KEY).header("authorization", "Bearer cs_wrong"),
    ];
    for request in unknown {
        let description = assert_error(&scene.app.send(request).await, 401, "invalid_client");
        assert!(!description.contains("cs_"), "{description}");
    }
    let twice = scene.post(&in_form(EDGE, EDGE_KEY)).basic_auth(EDGE, Some(EDGE_KEY));
    assert_error(&scene.app.send(twice).await, 400, "invalid_request");
    scene.app.stop().await;
}

#[actix_rt::test]
async fn each_caller_has_tokens_for_its_own_targets_and_tenants_only() {
    let scene = scene().await;
    let token = scene.issuer.token("alice").sign();
    let send = |key: &'static str, more: &'static [(&str, &str)]| {
        let form = asking(&token, more);
        scene.app.send(scene.post(&form).bearer_auth(key))
    };
    assert_error(&send(POOR, &[]).await, 400, "unauthorized_client");
    assert_error(&send(OTHER, &[]).await, 400, "unauthorized_client");
    assert_error(&send(GLOBEX, &[]).await, 400, "unauthorized_client");
    assert_error(&send(GLOBEX, &[("tenant", "globex"), ("audience", ORDERS)]).await, 400, "invalid_target");
    let answer = send(GLOBEX, &[("tenant", "globex")]).await;
    let claims = scene.verified(answer.body["access_token"].as_str().unwrap(), STOCK).await;
    assert_eq!((claims["tenant"].as_str(), claims["aud"].as_str()), (Some("globex"), Some(STOCK)));
    let answer = send(EDGE_KEY, &[]).await;
    let claims = scene.verified(answer.body["access_token"].as_str().unwrap(), ORDERS).await;
    assert_eq!(claims["aud"].as_str(), Some(ORDERS), "the first of its targets");
    scene.app.stop().await;
}
