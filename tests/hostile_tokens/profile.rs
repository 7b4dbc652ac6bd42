//! Five issuer entries, each with the keys it has published and a good token: what hostile tokens are compared with.

use claimsmith::directory::IssuerId;
use claimsmith::issuers::{AudienceRule, ClaimPath, Issuers, KindRule, RequiredValue, Rules};
use claimsmith::jose::{Algorithm, KeyRules, Keys, ingest};
use serde_json::{Value, json};

use super::draft::Draft;
use super::signer::{ED25519, P256, P384, RSA, RSA_FOREIGN, RSA_NEXT, Signer};

/// The moment of every test, seconds since 1970.
pub(crate) const NOW: i64 = 1_800_000_000;

pub(crate) const TENANT_A: &str = "aaaaaaaa-1111-4222-8333-444444444444";
pub(crate) const TENANT_B: &str = "bbbbbbbb-1111-4222-8333-444444444444";
pub(crate) const TEMPLATE: &str = "https://login.microsoftonline.com/{tenantid}/v2.0";

pub(crate) struct Profile {
    pub(crate) issuer: IssuerId,
    pub(crate) rules: Rules,
    pub(crate) keys: Keys,
    good: Draft,
}

impl Profile {
    /// A good token, to be spoiled.
    pub(crate) fn good(&self) -> Draft {
        self.good.clone()
    }

    /// Another token is the good one.
    pub(crate) fn set_good(&mut self, good: Draft) {
        self.good = good;
    }

    /// The same entry with other keys.
    pub(crate) fn with_keys(self, keys: &[Value]) -> Self {
        Self { keys: published(&self.rules, keys), ..self }
    }
}

/// Reads a key set as the entry's issuer would have published it.
pub(crate) fn published(rules: &Rules, keys: &[Value]) -> Keys {
    let key_rules = KeyRules { algorithms: &rules.algorithms, require_issuer: rules.key_issuer_check };
    ingest(json!({ "keys": keys }).to_string().as_bytes(), &key_rules).unwrap().keys
}

/// Access tokens of a plain OpenID provider, with a key of every kind.
pub(crate) fn default() -> Profile {
    use Algorithm::{ES256, ES384, EdDSA, PS256, RS256};
    let rules = Rules { algorithms: [RS256, PS256, ES256, ES384, EdDSA].into(), ..plain() };
    let keys = [
        with(RSA.jwk("rsa"), json!({"alg": "RS256", "use": "sig"})),
        with(RSA_NEXT.jwk("rsa-pss"), json!({"alg": "PS256"})),
        P256.jwk("p256"),
        P384.jwk("p384"),
        ED25519.jwk("ed25519"),
    ];
    let claims = json!({
        "iss": "https://issuer.example/", "aud": ["https://api.example", "https://issuer.example/userinfo"],
        "sub": "auth0|42", "azp": "spa", "scope": "openid", "iat": NOW - 60, "nbf": NOW - 60, "exp": NOW + 3600
    });
    profile(rules, &keys, "rsa", claims)
}

/// ID tokens of the same provider, for two of our clients.
pub(crate) fn id_token() -> Profile {
    let rules = Rules { access: None, id: Some(any_of(&["app", "app-two"])), ..plain() };
    let claims = json!({
        "iss": "https://issuer.example/", "aud": "app", "sub": "auth0|42", "azp": "app", "nonce": "n-1",
        "at_hash": "MTIzNDU2Nzg5MDEyMzQ1Ng", "iat": NOW - 60, "exp": NOW + 3600
    });
    profile(rules, &[RSA.jwk("rsa")], "rsa", claims)
}

/// Access tokens of Entra ID for an application that several tenants use.
pub(crate) fn entra() -> Profile {
    let rules = Rules {
        issuers: Issuers::Template { template: TEMPLATE.into(), tenants: Some(list(&[TENANT_A])) },
        access: Some(any_of(&["11111111-2222-3333-4444-555555555555"])),
        required_values: [value("ver", &["2.0"])].into(),
        key_issuer_check: true,
        subject: list(&["tid", "oid"]),
        ..plain()
    };
    let keys = [
        with(RSA.jwk("common"), json!({"issuer": TEMPLATE})),
        with(RSA_NEXT.jwk("tenant-b"), json!({"issuer": TEMPLATE.replace("{tenantid}", TENANT_B)})),
        with(RSA_FOREIGN.jwk("consumers"), json!({"issuer": "https://login.live.com/{tenantid}/v2.0"})),
        RSA_FOREIGN.jwk("without-issuer"),
    ];
    let claims = json!({
        "iss": TEMPLATE.replace("{tenantid}", TENANT_A), "aud": "11111111-2222-3333-4444-555555555555", "ver": "2.0",
        "tid": TENANT_A, "oid": "00000000-aaaa-4bbb-8ccc-dddddddddddd", "sub": "pairwise", "azp": "client",
        "email": "alice@a.example", "iat": NOW - 60, "nbf": NOW - 60, "exp": NOW + 3600
    });
    profile(rules, &keys, "common", claims)
}

/// Access tokens of a Cognito user pool: no `aud`.
pub(crate) fn cognito() -> Profile {
    let iss = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Abc";
    let access = KindRule {
        typ: [].into(),
        audience: AudienceRule::Client(list(&["app"])),
        values: [value("token_use", &["access"])].into(),
    };
    let rules = Rules { issuers: Issuers::Exact(list(&[iss])), access: Some(access), ..plain() };
    let claims = json!({
        "iss": iss, "sub": "8a9b", "client_id": "app", "token_use": "access", "scope": "aws.cognito.signin.user.admin",
        "username": "alice", "jti": "j", "iat": NOW - 60, "exp": NOW + 3600
    });
    let mut profile = profile(rules, &[RSA.jwk("access"), RSA_NEXT.jwk("id")], "access", claims);
    profile.good = profile.good.without_header("typ");
    profile
}

/// ID tokens of Google, of one Workspace domain.
pub(crate) fn google() -> Profile {
    let rules = Rules {
        issuers: Issuers::Exact(list(&["https://accounts.google.com", "accounts.google.com"])),
        access: None,
        id: Some(any_of(&["web.apps.googleusercontent.com"])),
        authorized_parties: Some(list(&["web.apps.googleusercontent.com", "android.apps.googleusercontent.com"])),
        required_values: [value("hd", &["acme.example"])].into(),
        ..plain()
    };
    let claims = json!({
        "iss": "https://accounts.google.com", "aud": "web.apps.googleusercontent.com",
        "azp": "web.apps.googleusercontent.com", "sub": "110169484474386276334", "hd": "acme.example",
        "email": "alice@acme.example", "email_verified": true, "iat": NOW - 60, "exp": NOW + 3600
    });
    profile(rules, &[RSA.jwk("google")], "google", claims)
}

fn profile(rules: Rules, keys: &[Value], kid: &str, claims: Value) -> Profile {
    let header = json!({"alg": "RS256", "kid": kid, "typ": "JWT"});
    let signer: &'static Signer = &RSA;
    let keys = published(&rules, keys);
    Profile { issuer: IssuerId::from("entry"), rules, keys, good: Draft { header, claims, signer } }
}

fn plain() -> Rules {
    Rules {
        algorithms: [Algorithm::RS256].into(),
        access: Some(any_of(&["https://api.example"])),
        client_claims: list(&["azp", "client_id", "cid", "appid"]),
        leeway: 60,
        organization: Some("org_id".into()),
        ..Rules::nothing(Issuers::Exact(list(&["https://issuer.example/"])))
    }
}

pub(crate) fn any_of(audiences: &[&str]) -> KindRule {
    KindRule { typ: [].into(), audience: AudienceRule::AnyOf(list(audiences)), values: [].into() }
}

pub(crate) fn list(texts: &[&str]) -> Box<[Box<str>]> {
    texts.iter().map(|text| Box::from(*text)).collect()
}

fn value(claim: &str, any_of: &[&str]) -> RequiredValue {
    RequiredValue { claim: ClaimPath(claim.into()), any_of: list(any_of) }
}

/// A key with more or other members.
pub(crate) fn with(mut jwk: Value, members: Value) -> Value {
    let Value::Object(members) = members else { panic!("members of a key") };
    jwk.as_object_mut().unwrap().extend(members);
    jwk
}
