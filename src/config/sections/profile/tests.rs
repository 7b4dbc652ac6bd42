use super::*;
use crate::config::{Settings, parse};

const HEAD: &str = "[database]\nurl = \"postgres://localhost\"\n[caller.a]\nkeys = [\"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"]\n";

fn settings(text: &str) -> Settings {
    parse(&format!("{HEAD}{text}"), "test.toml", []).unwrap_or_else(|problems| panic!("{problems}"))
}

/// The path of the only problem, and the whole report.
fn refused(text: &str) -> (String, String) {
    let problems = parse(&format!("{HEAD}{text}"), "test.toml", []).expect_err("nothing was refused");
    let paths: Vec<&str> = problems.iter().map(|problem| problem.path().unwrap_or("")).collect();
    (paths.join(" "), problems.to_string())
}

#[test]
fn a_profile_needs_nothing_but_a_name() {
    let settings = settings("[profile.edge]\n");
    let profile = &settings.profiles["edge"];
    let (names, usual): (Vec<&str>, Vec<&str>) =
        (profile.fields.keys().map(String::as_str).collect(), FIELDS.iter().map(|(name, _)| *name).collect());
    assert!(names.len() == usual.len() && usual.iter().all(|name| names.contains(name)), "{names:?}");
    assert_eq!(settings.warnings(), Vec::<String>::new());
}

#[test]
fn a_profile_with_an_audience_has_a_field_for_the_token() {
    let token = "[token]\nissuer = \"https://claims.example.com\"\nkey_file = \"/run/secrets/key.pem\"\n";
    let usual = settings(&format!("{token}[profile.edge]\naudience = \"https://b\"\n"));
    assert_eq!(usual.profiles["edge"].fields["x-auth-token"], FieldSource::Token);
    let own = settings(&format!(
        "{token}[profile.edge]\naudience = \"https://b\"\n[profile.edge.headers]\nauthorization = \"bearer\"\n"
    ));
    assert_eq!(own.profiles["edge"].fields, [("authorization".to_owned(), FieldSource::Bearer)].into());
}

#[test]
fn what_cannot_be_served_is_refused_with_its_path_and_a_remedy() {
    let edge = |text: &str| format!("[profile.edge]\n{text}\n");
    for (text, path, remedy) in [
        ("[profile.Edge]\n".to_owned(), "profile.Edge", "a-z, 0-9, _ and -"),
        (edge("gateway = \"apache\""), "profile.edge.gateway", "one of nginx, envoy, traefik, caddy, haproxy, other"),
        (edge("tenant_header = \"authorization\""), "profile.edge.tenant_header", "of its own"),
        (edge("[profile.edge.headers]\nx_auth_user = \"user\""), "profile.edge.headers.x_auth_user", "hyphens"),
        (edge("[profile.edge.headers]\nset-cookie = \"user\""), "profile.edge.headers.set-cookie", "gateways use"),
        (edge("[profile.edge.headers]\nx-user = \"name\""), "profile.edge.headers.x-user", "claim. and the name"),
        (edge("[profile.edge.headers]\nx-token = \"token\""), "profile.edge.headers.x-token", "an audience"),
        (edge("may_be_dropped = [\"x-other\"]"), "profile.edge.may_be_dropped", "x-other"),
        (edge("may_be_dropped = [\"x-auth-roles\"]"), "profile.edge.may_be_dropped", "never left out"),
        (
            edge("[profile.edge.headers]\nx-auth-permissions = \"claim.permissions\""),
            "profile.edge.may_be_dropped",
            "the source truncated",
        ),
        (edge("audience = \"https://b\""), "profile.edge.audience", "[token]"),
        (edge("max_headers = \"64KiB\""), "profile.edge.max_headers", "15KiB"),
        ("[gateway]\nkeep_alive = \"60s\"\n".to_owned(), "gateway.keep_alive", "from 2m"),
        ("[grpc]\nbind = \"127.0.0.1:8082\"\nprofile = \"edge\"\n".to_owned(), "grpc.profile", "add it"),
        (format!("[gateway]\nbind = \"127.0.0.1:8080\"\n{}", edge("")), "gateway.bind", "choose another port"),
    ] {
        let (paths, report) = refused(&text);
        assert_eq!(paths, path, "{report}");
        assert!(report.contains(remedy), "{report}");
    }
}

#[test]
fn what_may_make_an_answer_stale_is_warned_of() {
    let warnings = settings("[profile.edge]\ncache = \"5s\"\n").warnings();
    assert!(warnings.len() == 1 && warnings[0].contains("profile.edge.cache"), "{warnings:?}");
}
