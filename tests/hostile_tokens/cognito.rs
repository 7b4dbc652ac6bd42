//! `cog-`: access tokens without `aud`, told by `token_use` and `client_id`.

use claimsmith::tokens::Class::{BadAudience, BadIssuer, WrongType};
use serde_json::json;

use super::profile::cognito;
use super::verdict::Case;

#[test]
fn a_cognito_access_token_is_told_by_its_use_and_its_client() {
    let profile = cognito();
    profile.accepts_the_good_one();
    profile.accepts(&[("ok-cog-with-aud", profile.good().claim("aud", "https://api.example").sign())]);
    let token_use = |value: serde_json::Value| profile.good().claim("token_use", value).sign();
    let id = profile.good().claim("token_use", "id").renamed("client_id", "aud");
    let cases: [Case<'_>; 16] = [
        ("cog-id-token", id.sign(), WrongType),
        ("cog-id-token-with-client", id.claim("client_id", "app").sign(), WrongType),
        ("cog-token-use-missing", profile.good().without("token_use").sign(), WrongType),
        ("cog-token-use-refresh", token_use(json!("refresh")), WrongType),
        ("cog-token-use-case", token_use(json!("Access")), WrongType),
        ("cog-token-use-array", token_use(json!(["access"])), WrongType),
        ("cog-token-use-null", token_use(json!(null)), WrongType),
        ("cog-client-missing", profile.good().without("client_id").sign(), BadAudience),
        ("cog-client-other", profile.good().claim("client_id", "other").sign(), BadAudience),
        ("cog-client-array", profile.good().claim("client_id", json!(["app"])).sign(), BadAudience),
        ("cog-client-case", profile.good().claim("client_id", "APP").sign(), BadAudience),
        ("cog-aud-for-client", profile.good().renamed("client_id", "aud").sign(), BadAudience),
        ("cog-azp-for-client", profile.good().renamed("client_id", "azp").sign(), BadAudience),
        ("cog-aud-mistyped", profile.good().claim("aud", json!(["app", 1])).sign(), BadAudience),
        ("cog-other-pool", pool(&profile.good(), "eu-central-1_Xyz"), BadIssuer),
        ("cog-identity-pool", profile.good().claim("iss", "https://cognito-identity.amazonaws.com").sign(), BadIssuer),
    ];
    profile.refuses(&cases);
}

fn pool(good: &super::draft::Draft, pool: &str) -> String {
    good.clone().claim("iss", format!("https://cognito-idp.eu-central-1.amazonaws.com/{pool}")).sign()
}
