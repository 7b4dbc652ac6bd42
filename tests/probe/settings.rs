//! `[probe]`: absent is off, a connection string alone is on.

use std::time::Duration;

use claimsmith::config::parse;

const DATABASE: &str = "[database]\nurl = \"postgres://localhost/app\"\n";

#[test]
fn the_probe_is_off_unless_it_is_given_a_role() {
    for text in ["", "[probe]\n", "[probe]\nevery = \"1m\"\n"] {
        assert!(parse(&format!("{DATABASE}{text}"), "test", []).unwrap().probe.is_none(), "{text}");
    }
    let on = parse(&format!("{DATABASE}[probe]\nurl = \"postgres://localhost/app\"\n"), "test", []).unwrap();
    let probe = on.probe.unwrap();
    assert_eq!((&*probe.tenant, &*probe.user, &*probe.role), ("canary", "canary", "canary"));
    assert_eq!((probe.every, probe.grant, probe.revoke), (Duration::from_secs(5), None, None));
}

#[test]
fn what_grants_and_what_revokes_are_given_together() {
    for one in ["grant", "revoke"] {
        let text = format!("{DATABASE}[probe]\nurl = \"postgres://localhost/app\"\n{one} = \"CALL app.flip()\"\n");
        let problems = parse(&text, "test", []).unwrap_err().to_string();
        assert!(problems.contains("probe.revoke") && problems.contains("give both"), "{problems}");
    }
}
