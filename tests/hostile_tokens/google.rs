//! `goog-`: one issuer for everybody on earth, so the Workspace domain decides.

use claimsmith::tokens::Class::{BadAudience, BadIssuer, BadParty, BadValue};
use serde_json::json;

use super::profile::google;
use super::verdict::Case;

#[test]
fn a_google_login_is_of_our_domain_and_for_our_client() {
    let profile = google();
    profile.accepts_the_good_one();
    profile.accepts(&[
        ("ok-goog-short-issuer", profile.good().claim("iss", "accounts.google.com").sign()),
        ("ok-goog-azp-android", profile.good().claim("azp", "android.apps.googleusercontent.com").sign()),
    ]);
    let hd = |hd: serde_json::Value| profile.good().claim("hd", hd).sign();
    let cases: [Case<'_>; 17] = [
        // A consumer account with an address of the domain: ALBeast, nOAuth.
        ("goog-hd-missing", profile.good().without("hd").sign(), BadValue),
        ("goog-hd-other", hd(json!("evil.example")), BadValue),
        ("goog-hd-subdomain", hd(json!("x.acme.example")), BadValue),
        ("goog-hd-case", hd(json!("ACME.example")), BadValue),
        ("goog-hd-dot", hd(json!("acme.example.")), BadValue),
        ("goog-hd-array", hd(json!(["acme.example"])), BadValue),
        ("goog-hd-null", hd(json!(null)), BadValue),
        ("goog-hd-empty", hd(json!("")), BadValue),
        ("goog-hd-member-case", profile.good().renamed("hd", "HD").sign(), BadValue),
        ("goog-aud-other", profile.good().claim("aud", "evil.apps.googleusercontent.com").sign(), BadAudience),
        ("goog-aud-android", profile.good().claim("aud", "android.apps.googleusercontent.com").sign(), BadAudience),
        ("goog-azp-other", profile.good().claim("azp", "evil.apps.googleusercontent.com").sign(), BadParty),
        ("goog-azp-array", profile.good().claim("azp", json!(["web.apps.googleusercontent.com"])).sign(), BadParty),
        ("goog-iss-http", profile.good().claim("iss", "http://accounts.google.com").sign(), BadIssuer),
        ("goog-iss-slash", profile.good().claim("iss", "https://accounts.google.com/").sign(), BadIssuer),
        ("goog-iss-host", profile.good().claim("iss", "https://www.google.com").sign(), BadIssuer),
        ("goog-iss-firebase", profile.good().claim("iss", "https://securetoken.google.com/acme").sign(), BadIssuer),
    ];
    profile.refuses(&cases);
}
