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

/// A view over the default tables that says when a grant lapses, and leaves it at that.
const UNFILTERED: &str = "
    CREATE OR REPLACE VIEW claimsmith.membership AS
      SELECT m.tenant_id, m.user_id,
             ARRAY(SELECT role FROM claimsmith_data.membership_role AS r WHERE r.tenant_id = m.tenant_id AND r.user_id = m.user_id) AS roles,
             m.attributes, m.is_default, m.expires_at AS lapses_at
      FROM claimsmith_data.membership AS m;
    SELECT claimsmith.touch('[[\"all\", null, null]]')";

#[actix_rt::test]
async fn what_has_lapsed_is_no_grant_although_the_view_still_shows_it() {
    let app = TestApp::start().await;
    app.change(UNFILTERED).await;
    assert_eq!(app.claims(&json!({"user": "alice", "tenant": "acme"})).await.status, StatusCode::OK);
    for end in ["now() - interval '1 second'", "'-infinity'"] {
        app.change(&format!("UPDATE claimsmith_data.membership SET expires_at = {end} WHERE user_id = 'alice'")).await;
        let refused = app.claims(&json!({"user": "alice", "tenant": "acme"})).await;
        assert_eq!((refused.status, refused.code()), (StatusCode::FORBIDDEN, "not_a_member"), "{end}: {refused:?}");
        let picker = app.get("/v1/memberships?user=alice").await;
        assert_eq!(picker.body["memberships"], json!([]), "{end}");
    }
    app.change("UPDATE claimsmith_data.membership SET expires_at = now() + interval '1 hour'").await;
    assert_eq!(app.claims(&json!({"user": "alice", "tenant": "acme"})).await.status, StatusCode::OK);
    app.stop().await;
}
