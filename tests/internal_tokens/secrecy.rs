//! Nothing of a private key, and nothing of a token, is in a status, a metric or an error.

use std::fs;

use serde_json::json;

use crate::support::exchange::{Exchange, asking, write_keys};

#[actix_rt::test]
async fn private_keys_and_tokens_stay_where_they_belong() {
    let scene = Exchange::start().await;
    let token = scene.token_of("alice").await;
    let file = fs::read_dir(&scene.keys.0).unwrap().next().unwrap().unwrap().path();
    let text = fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| line.len() > 20 && !line.contains('-')).collect();
    assert_eq!(lines.len(), 3, "the key, in lines of base64");
    write_keys(&scene.keys.0.join("00000002.pem"), &["hunter2\n", &text]);
    scene.look_at_keys().await;
    let status = scene.app.get_ops("/status").await;
    assert_eq!(status.body["token"]["keys"][0]["role"], json!("signs"), "{status:?}");
    assert!(status.body["token"]["keys"][0]["kid"].is_string() && status.body["token"]["keys"][0]["since"].is_i64());
    let mut said = vec![status];
    for path in ["/metrics", "/readyz"] {
        said.push(scene.app.get_ops(path).await);
    }
    for form in [&[("subject_token", "")][..], &[("scope", "none")], &[("audience", "none")], &[("tenant", "globex")]] {
        said.push(scene.exchange(&asking(&token, form)).await);
    }
    for answer in said {
        let all = format!("{:?} {}", answer.headers, answer.body);
        let secrets = lines.iter().copied().chain([token.as_str(), "hunter2", "PRIVATE"]);
        for secret in secrets {
            assert!(!all.contains(secret), "{secret} is in {all}");
        }
    }
    scene.app.stop().await;
}
