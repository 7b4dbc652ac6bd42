//! Rows that only harm: what one of them holds costs that row, and never the catalog of all.

use reqwest::StatusCode;
use serde_json::json;

use crate::support::app::TestApp;

#[actix_rt::test]
async fn a_value_that_no_reader_takes_costs_its_own_row_only() {
    let app = TestApp::start().await;
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    for (number, value) in ["1e400", &deep].into_iter().enumerate() {
        app.change(&format!(
            "INSERT INTO claimsmith_data.issuer (id, issuer, settings)
               VALUES ('odd-{number}', '{{https://odd-{number}.example/}}', '{{\"x\": {value}}}');
             INSERT INTO claimsmith_data.tenant (id, name, claim_template) VALUES ('odd-{number}', 'Odd', '{{\"x\": {value}}}')"
        ))
        .await;
        let answer = app.claims(&json!({"user": "alice", "tenant": "acme"})).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        let problems = app.get_ops("/status").await.body["catalog"]["problems"].to_string();
        for view in ["issuer", "tenant"] {
            assert!(problems.contains(&format!("{view} odd-{number}: its row has another shape")), "{problems}");
        }
    }
    app.stop().await;
}

#[actix_rt::test]
async fn a_row_that_is_wrong_in_very_many_places_is_told_in_few() {
    let app = TestApp::start().await;
    app.change(
        "INSERT INTO claimsmith_data.issuer (id, issuer, settings)
           SELECT 'many', '{https://many.example/}', jsonb_object_agg('m' || n, 1) FROM generate_series(1, 50000) AS n",
    )
    .await;
    let status = app.get_ops("/status").await.body;
    let told = status["catalog"]["problems"].as_array().unwrap().iter();
    let told = told.filter(|problem| problem.as_str().unwrap().starts_with("issuer many: ")).count();
    assert!((1..100).contains(&told), "{told}");
    app.stop().await;
}
