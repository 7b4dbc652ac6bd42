//! `ms-`: one application, many tenants, one set of keys.

use claimsmith::tokens::Class::{BadAudience, BadIssuer, BadSubject, BadTenant, BadValue, KeyIssuer, UnknownKid};
use serde_json::{Value, json};

use super::draft::Draft;
use super::profile::{Profile, TEMPLATE, TENANT_A, TENANT_B, entra};
use super::signer::{RSA_FOREIGN, RSA_NEXT};
use super::verdict::Case;

fn of(tenant: &str) -> String {
    TEMPLATE.replace("{tenantid}", tenant)
}

fn in_tenant(profile: &Profile, tenant: &str) -> Draft {
    profile.good().claim("tid", tenant).claim("iss", of(tenant))
}

#[test]
fn tid_and_iss_name_one_tenant_and_it_is_listed() {
    let profile = entra();
    profile.accepts_the_good_one();
    let iss = |iss: &str| profile.good().claim("iss", iss).sign();
    let tid = |tid: Value| profile.good().claim("tid", tid).sign();
    let cases: [Case<'_>; 20] = [
        // CVE-2025-55241: the tenant of the token was not compared.
        ("ms-tid-iss-differ", tid(json!(TENANT_B)), BadIssuer),
        ("ms-iss-tid-differ", iss(&of(TENANT_B)), BadIssuer),
        ("ms-tid-not-allowed", in_tenant(&profile, TENANT_B).sign(), BadTenant),
        ("ms-tid-missing", profile.good().without("tid").sign(), BadIssuer),
        ("ms-tid-null", tid(json!(null)), BadIssuer),
        ("ms-tid-array", tid(json!([TENANT_A])), BadIssuer),
        ("ms-tid-empty", in_tenant(&profile, "").sign(), BadIssuer),
        ("ms-tid-upper", in_tenant(&profile, &TENANT_A.to_uppercase()).sign(), BadIssuer),
        ("ms-tid-common", in_tenant(&profile, "common").sign(), BadIssuer),
        ("ms-tid-not-guid", in_tenant(&profile, "acme.onmicrosoft.com").sign(), BadIssuer),
        ("ms-tid-braces", in_tenant(&profile, &format!("{{{TENANT_A}}}")).sign(), BadIssuer),
        ("ms-tid-path", in_tenant(&profile, &format!("{TENANT_A}/../{TENANT_A}")).sign(), BadIssuer),
        ("ms-tid-placeholder", in_tenant(&profile, "{tenantid}").sign(), BadIssuer),
        ("ms-iss-placeholder", iss(TEMPLATE), BadIssuer),
        ("ms-iss-slash", iss(&format!("{}/", of(TENANT_A))), BadIssuer),
        ("ms-iss-upper", iss(&of(&TENANT_A.to_uppercase())), BadIssuer),
        ("ms-iss-v1", iss(&format!("https://sts.windows.net/{TENANT_A}/")), BadIssuer),
        ("ms-iss-other-cloud", iss(&of(TENANT_A).replace(".com", ".us")), BadIssuer),
        ("ms-iss-http", iss(&of(TENANT_A).replace("https", "http")), BadIssuer),
        ("ms-iss-prefix", iss(&format!("https://evil.example/{}", of(TENANT_A))), BadIssuer),
    ];
    profile.refuses(&cases);
}

/// Storm-0558: a key for consumers signed for enterprises.
#[test]
fn a_key_signs_for_the_issuer_that_it_is_published_for() {
    let mut profile = entra();
    let cases: [Case<'_>; 3] = [
        ("ms-key-of-other-issuer", profile.good().header("kid", "consumers").signer(&RSA_FOREIGN).sign(), KeyIssuer),
        ("ms-key-tenant-b", profile.good().header("kid", "tenant-b").signer(&RSA_NEXT).sign(), KeyIssuer),
        (
            "ms-key-without-issuer",
            profile.good().header("kid", "without-issuer").signer(&RSA_FOREIGN).sign(),
            UnknownKid,
        ),
    ];
    profile.refuses(&cases);
    profile.rules.issuers = claimsmith::issuers::Issuers::Template { template: TEMPLATE.into(), tenants: None };
    let b = in_tenant(&profile, TENANT_B);
    profile.accepts(&[
        ("ok-ms-any-tenant", b.sign()),
        ("ok-ms-own-key-of-tenant", b.header("kid", "tenant-b").signer(&RSA_NEXT).sign()),
    ]);
}

/// nOAuth, CVE-2023-3128, CVE-2024-21632: the address was taken for the identity.
#[test]
fn the_identity_is_tenant_and_object_never_the_address() {
    let mut profile = entra();
    profile.rules.issuers = claimsmith::issuers::Issuers::Template { template: TEMPLATE.into(), tenants: None };
    let good = profile.decide(&profile.good().sign()).unwrap();
    assert_eq!(*good.subject, *format!("{TENANT_A}:00000000-aaaa-4bbb-8ccc-dddddddddddd"));
    let elsewhere = profile.decide(&in_tenant(&profile, TENANT_B).sign()).unwrap();
    assert_ne!(elsewhere.subject, good.subject, "the same address in a tenant that somebody else administers");
    let cases: [Case<'_>; 4] = [
        ("ms-noauth-email", profile.good().without("oid").sign(), BadSubject),
        ("ms-oid-empty", profile.good().claim("oid", "").sign(), BadSubject),
        ("ms-oid-number", profile.good().claim("oid", 7).sign(), BadSubject),
        ("ms-oid-array", profile.good().claim("oid", json!(["alice@a.example"])).sign(), BadSubject),
    ];
    profile.refuses(&cases);
}

#[test]
fn version_and_audience_are_the_entrys() {
    let profile = entra();
    let cases: [Case<'_>; 4] = [
        ("ms-ver-1", profile.good().claim("ver", "1.0").sign(), BadValue),
        ("ms-ver-missing", profile.good().without("ver").sign(), BadValue),
        ("ms-ver-number", profile.good().claim("ver", 2.0).sign(), BadValue),
        ("ms-aud-graph", profile.good().claim("aud", "00000003-0000-0000-c000-000000000000").sign(), BadAudience),
    ];
    profile.refuses(&cases);
}
