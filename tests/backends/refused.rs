//! What a back-end refuses, each with the same words.

use super::back_end::{FIELD, Sample, assert_refused};
use super::forged::{in_shape, in_what_it_says, in_who_signed, in_whom_they_are_for};
use super::key::{parts, sign_with_secret};
use super::scene::Scene;

#[actix_rt::test]
async fn a_token_that_is_not_ours_or_not_for_here_or_not_for_now_is_refused_without_a_reason() {
    for sample in Sample::ALL {
        let Some(scene) = Scene::start(sample).await else { continue };
        let (good, key) = (scene.passed_on("acme").await, scene.key());
        let (header, payload) = parts(&good);
        let by_hand = key.sign(&header, &payload);
        let mut forged = in_what_it_says(&good, &key, payload["iss"].as_str().unwrap());
        forged.extend(in_who_signed(&good, &key));
        forged.extend(in_whom_they_are_for(&scene).await);
        forged.extend(in_shape(&good));
        for token in [&good, &by_hand] {
            assert_eq!(scene.back_end.me(token).await.status, 200, "{sample:?}: what is changed below is good");
        }
        for (what, token) in forged {
            assert_refused(&scene.back_end.me(&token).await, &format!("{sample:?}: {what}"));
            assert_eq!(scene.back_end.invoices(&token).await, 401, "{sample:?}: {what}");
        }
        assert_eq!(scene.back_end.me(&good).await.status, 200, "{sample:?}: still good");
        scene.stop().await;
    }
}

#[actix_rt::test]
async fn one_field_has_the_token_and_no_other_is_looked_at() {
    for sample in Sample::ALL {
        let Some(scene) = Scene::start(sample).await else { continue };
        let good = scene.passed_on("acme").await;
        let (header, payload) = parts(&good);
        let own = sign_with_secret(b"of the client", &header, &payload);
        let bearer = format!("Bearer {good}");
        let cases: [(&str, &[(&str, &str)]); 7] = [
            ("no field", &[]),
            ("an empty one", &[(FIELD, "")]),
            ("the same twice", &[(FIELD, &good), (FIELD, &good)]),
            ("the client's before the gateway's", &[(FIELD, &own), (FIELD, &good)]),
            ("the client's after the gateway's", &[(FIELD, &good), (FIELD, &own)]),
            ("another field", &[("authorization", &bearer)]),
            ("a name that is similar", &[("x_auth_token", &good)]),
        ];
        for (what, fields) in cases {
            for path in ["/me", "/invoices"] {
                assert_refused(&scene.back_end.answer(path, fields).await, &format!("{sample:?}, {path}: {what}"));
            }
        }
        let beside = scene.back_end.answer("/me", &[(FIELD, &good), ("authorization", "Bearer a.b.c")]).await;
        assert_eq!(beside.status, 200, "{sample:?}: {beside:?}");
        scene.stop().await;
    }
}
