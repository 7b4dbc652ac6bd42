use serde_json::{Value, json};

use super::*;
use crate::issuers::presets::testing::row;
use crate::jose::parse_object;

const X: &str = "https://x.example";
const GOOGLE: &str = "https://accounts.google.com";
const TENANT_A: &str = "aaaaaaaa-2222-4333-8444-555555555555";
const TENANT_B: &str = "bbbbbbbb-2222-4333-8444-555555555555";
const TEMPLATE: &str = "https://login.microsoftonline.com/{tenantid}/v2.0";

fn build(rows: Vec<IssuerRow>) -> (IssuerTable, Vec<String>) {
    IssuerTable::build(rows, &IssuerTable::default())
}

fn good(rows: Vec<IssuerRow>) -> IssuerTable {
    let (table, problems) = build(rows);
    assert_eq!(problems, Vec::<String>::new());
    table
}

fn found(table: &IssuerTable, iss: &str, claims: &Value) -> Result<String, NoEntry> {
    let claims = claims.to_string();
    let claims = parse_object(claims.as_bytes(), 8).unwrap();
    table.entry(iss, &claims).map(|entry| entry.id.to_string())
}

fn plain(id: &str, iss: &str) -> IssuerRow {
    row(id, &[iss], json!({"audiences": ["api"]}))
}

fn google(id: &str, domains: &[&str]) -> IssuerRow {
    row(id, &[GOOGLE], json!({"preset": "google", "client_ids": [id], "allowed_tenants": domains}))
}

fn entra(id: &str, iss: &str, tenants: &Value) -> IssuerRow {
    let settings = json!({"preset": "entra_multi_tenant", "audiences": ["api"], "allowed_tenants": tenants});
    row(id, &[iss], settings)
}

fn version(table: &IssuerTable, id: &str) -> u64 {
    table.by_id(&IssuerId::from(id)).unwrap().version
}

#[test]
fn an_iss_is_found_to_the_letter() {
    let table = good(vec![row("a", &["https://a.example/", "a.example"], json!({"audiences": ["api"]}))]);
    for iss in ["https://a.example/", "a.example"] {
        assert_eq!(found(&table, iss, &json!({})), Ok("a".to_owned()));
        assert_eq!(table.by_iss(iss).map(IssuerId::as_str), Some("a"));
    }
    for iss in ["https://a.example", "https://A.example/", "https://a.example/ ", ""] {
        assert_eq!(found(&table, iss, &json!({})), Err(NoEntry::Unknown), "{iss}");
    }
}

#[test]
fn a_template_stands_for_every_tenant_in_its_place_and_for_nothing_else() {
    let table = good(vec![entra("many", TEMPLATE, &json!("any"))]);
    let iss = |tenant: &str| TEMPLATE.replace("{tenantid}", tenant);
    assert_eq!(found(&table, &iss(TENANT_A), &json!({})), Ok("many".to_owned()));
    assert_eq!(table.by_iss(&iss(TENANT_B)).map(IssuerId::as_str), Some("many"));
    for iss in [TEMPLATE, &iss("common"), &iss(&TENANT_A.to_uppercase()), &format!("{}/", iss(TENANT_A))] {
        assert_eq!(found(&table, iss, &json!({})), Err(NoEntry::Unknown), "{iss}");
    }
}

#[test]
fn an_iss_in_full_goes_before_a_template_even_when_it_is_switched_off() {
    let iss = TEMPLATE.replace("{tenantid}", TENANT_A);
    let own = row("own", &[&iss], json!({"preset": "entra_v2", "audiences": ["own"]}));
    let off = IssuerRow { enabled: Some(false), ..row("own", &[&iss], json!({})) };
    let many = || entra("many", TEMPLATE, &json!("any"));
    assert_eq!(found(&good(vec![many(), own]), &iss, &json!({})), Ok("own".to_owned()));
    assert_eq!(found(&good(vec![off, many()]), &iss, &json!({})), Err(NoEntry::Unknown));
}

#[test]
fn a_claim_chooses_between_entries_that_share_an_iss() {
    let table = good(vec![google("a", &["a.example"]), google("b", &["b.example", "b2.example"])]);
    assert_eq!(found(&table, GOOGLE, &json!({"hd": "a.example"})), Ok("a".to_owned()));
    assert_eq!(found(&table, GOOGLE, &json!({"hd": "b2.example"})), Ok("b".to_owned()));
    for claims in [json!({}), json!({"hd": "c.example"}), json!({"hd": ["a.example"]}), json!({"hd": null})] {
        assert_eq!(found(&table, GOOGLE, &claims), Err(NoEntry::NoSelector("hd".into())), "{claims}");
    }
    assert_eq!(table.by_iss(GOOGLE), None);
}

#[test]
fn tenants_of_entra_choose_between_entries_that_share_a_template() {
    let table = good(vec![entra("a", TEMPLATE, &json!([TENANT_A])), entra("b", TEMPLATE, &json!([TENANT_B]))]);
    let iss = TEMPLATE.replace("{tenantid}", TENANT_B);
    assert_eq!(found(&table, &iss, &json!({"tid": TENANT_B})), Ok("b".to_owned()));
    assert_eq!(found(&table, &iss, &json!({})), Err(NoEntry::NoSelector("tid".into())));
}

#[test]
fn what_several_want_is_nobodys_and_all_of_them_are_told() {
    let cases = [
        (GOOGLE, vec![google("a", &["a.example"]), google("b", &["b.example", "a.example"])]),
        (X, vec![plain("a", X), plain("b", X)]),
        (X, vec![plain("a", X), row("b", &[X], json!({}))]),
    ];
    for (iss, rows) in cases {
        let (table, problems) = build(rows);
        let report = |id| format!("issuer {id}: another entry accepts the same iss, so neither does");
        assert_eq!(problems, [report("a"), report("b")]);
        let refused = found(&table, iss, &json!({"hd": "a.example"}));
        assert_eq!(refused, Err(NoEntry::Contested));
        assert_eq!((table.entries().count(), table.by_iss(iss)), (0, None));
    }
}

#[test]
fn who_cannot_be_told_apart_takes_nothing_from_those_who_can() {
    let any = row("any", &[GOOGLE], json!({"preset": "google", "client_ids": ["b"], "allowed_tenants": "any"}));
    let (table, problems) = build(vec![
        google("a", &["a.example"]),
        any,
        google("b", &["b.example"]),
        google("c", &["c.example"]),
        google("d", &["d.example", "b.example"]),
    ]);
    let out = |id| format!("issuer {id}: another entry accepts the same iss, so neither does");
    assert_eq!(problems, [out("any"), out("b"), out("d")]);
    for own in ["a", "c"] {
        assert_eq!(found(&table, GOOGLE, &json!({"hd": format!("{own}.example")})), Ok(own.to_owned()));
    }
    for lost in ["b.example", "d.example"] {
        assert_eq!(found(&table, GOOGLE, &json!({"hd": lost})), Err(NoEntry::Contested), "{lost}");
    }
    assert_eq!(found(&table, GOOGLE, &json!({"hd": "e.example"})), Err(NoEntry::NoSelector("hd".into())));
}

#[test]
fn nobody_takes_a_tenant_that_another_s_template_lists_by_writing_it_in_full() {
    let iss = TEMPLATE.replace("{tenantid}", TENANT_A);
    let thief = |settings| row("thief", &[&iss], settings);
    for settings in [json!({"preset": "entra_v2", "audiences": ["x"]}), json!({})] {
        let (table, problems) = build(vec![thief(settings), entra("owner", TEMPLATE, &json!([TENANT_A, TENANT_B]))]);
        assert_eq!(problems, [format!("issuer owner: another entry writes {iss:?} in full, so neither has it")]);
        assert_eq!(found(&table, &iss, &json!({"tid": TENANT_A})), Err(NoEntry::Contested));
        assert_eq!(table.by_iss(&iss), None);
        let other = TEMPLATE.replace("{tenantid}", TENANT_B);
        assert_eq!(found(&table, &other, &json!({"tid": TENANT_B})), Ok("owner".to_owned()));
    }
}

#[test]
fn a_contest_over_one_spelling_costs_the_entries_all_of_theirs() {
    let (table, problems) = build(vec![row("a", &[X, "y"], json!({"audiences": ["api"]})), plain("b", X)]);
    assert_eq!(problems.len(), 2);
    assert_eq!(found(&table, "y", &json!({})), Err(NoEntry::Contested));
    assert_eq!(table.by_iss("y").map(IssuerId::as_str), Some("a"), "naming subjects goes on");
}

#[test]
fn a_row_that_becomes_wrong_is_out_of_force_and_costs_nobody_else() {
    let before = good(vec![plain("a", "https://a.example"), plain("b", "https://b.example")]);
    let wrong = row("a", &["https://a.example"], json!({"audiences": ["api"], "authorised_parties": ["x"]}));
    let (table, problems) = IssuerTable::build(vec![wrong, plain("b", "https://b.example")], &before);
    assert_eq!(problems.len(), 1);
    assert!(problems[0].starts_with("issuer a: settings.authorised_parties: is unknown; remove it"), "{problems:?}");
    assert_eq!(found(&table, "https://a.example", &json!({})), Err(NoEntry::Broken("a".into())));
    assert_eq!(table.by_id(&"a".into()).map(|entry| entry.version), None);
    assert_eq!(table.by_iss("https://a.example").map(IssuerId::as_str), Some("a"), "naming subjects goes on");
    assert_eq!(found(&table, "https://b.example", &json!({})), Ok("b".to_owned()));
    let (mended, _) = IssuerTable::build(vec![plain("a", "https://a.example")], &table);
    assert!(version(&mended, "a") > version(&before, "a"), "what was verified before does not come back");
}

#[test]
fn a_wrong_row_takes_nothing_from_a_good_one_with_the_same_iss() {
    let wrong = row("b", &[GOOGLE], json!({"preset": "google"}));
    let (table, problems) = build(vec![google("a", &["a.example"]), wrong]);
    assert!(problems.iter().all(|problem| problem.starts_with("issuer b: settings")), "{problems:?}");
    assert_eq!(found(&table, GOOGLE, &json!({"hd": "a.example"})), Ok("a".to_owned()));
}

#[test]
fn an_entry_that_says_nothing_about_tokens_names_subjects_only() {
    for settings in [json!({}), json!({"login": {"client_id": "spa"}}), Value::Null] {
        let table = good(vec![row("old", &["https://old.example"], settings)]);
        assert_eq!(found(&table, "https://old.example", &json!({})), Err(NoEntry::SubjectsOnly("old".into())));
        assert_eq!(table.by_iss("https://old.example").map(IssuerId::as_str), Some("old"));
    }
}

#[test]
fn what_did_not_change_is_taken_over_and_what_decides_otherwise_has_another_version() {
    let entry = |settings: Value| row("a", &["https://a.example"], settings);
    let first = good(vec![entry(json!({"audiences": ["api"]}))]);
    let (same, _) = IssuerTable::build(vec![entry(json!({"audiences": ["api"]}))], &first);
    assert!(Arc::ptr_eq(first.by_id(&"a".into()).unwrap(), same.by_id(&"a".into()).unwrap()));
    let settings = json!({"audiences": ["api"], "login": {"client_id": "spa"}});
    let (for_login, _) = IssuerTable::build(vec![entry(settings)], &same);
    assert_eq!(version(&for_login, "a"), version(&first, "a"));
    let entry_for_login = for_login.by_id(&"a".into()).unwrap();
    assert_eq!(entry_for_login.login.client_id.as_deref(), Some("spa"));
    let (other, _) = IssuerTable::build(vec![entry(json!({"audiences": ["api2"]}))], &for_login);
    assert!(version(&other, "a") > version(&first, "a"));
    let (gone, _) = IssuerTable::build(vec![], &other);
    let (back, _) = IssuerTable::build(vec![entry(json!({"audiences": ["api"]}))], &gone);
    assert!(version(&back, "a") > version(&other, "a"));
}

#[test]
fn an_entry_that_comes_out_of_a_contest_unchanged_has_another_version() {
    let alone = good(vec![plain("a", X)]);
    let (contest, _) = IssuerTable::build(vec![plain("a", X), plain("b", X)], &alone);
    assert!(contest.by_id(&"a".into()).is_none());
    let (again, problems) = IssuerTable::build(vec![plain("a", X)], &contest);
    assert_eq!(problems, Vec::<String>::new());
    assert!(version(&again, "a") > version(&alone, "a"));
    let (steady, _) = IssuerTable::build(vec![plain("a", X)], &again);
    assert_eq!(version(&steady, "a"), version(&again, "a"));
}

#[test]
fn opaque_entries_are_listed_by_identifier() {
    let github = |id: &str| row(id, &["https://github.com"], json!({"preset": "github", "client_ids": [id]}));
    let introspection = json!({"endpoint": "https://b.example/introspect"});
    let asked = json!({"kind": "introspection", "introspection": introspection, "audiences": ["api"]});
    let table = good(vec![plain("c", "https://c.example"), row("b", &["https://b.example"], asked), github("a")]);
    assert_eq!(table.opaque().map(|entry| entry.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(table.spelling_count(), 3);
}

#[test]
fn rows_of_one_identifier_are_all_out_of_force() {
    let (table, problems) = build(vec![plain("a", X), plain("a", "https://y.example")]);
    assert_eq!(problems.len(), 1, "{problems:?}");
    for iss in [X, "https://y.example"] {
        assert_eq!(found(&table, iss, &json!({})), Err(NoEntry::Broken("a".into())));
    }
}

#[test]
fn keys_are_kept_while_they_come_from_the_same_place() {
    let slot = |table: &IssuerTable| table.by_id(&"a".into()).unwrap().slot.clone().unwrap();
    let entry = |settings: Value| row("a", &[X], settings);
    let first = good(vec![entry(json!({"audiences": ["api"]}))]);
    let (stricter, _) = IssuerTable::build(vec![entry(json!({"audiences": ["other"]}))], &first);
    assert!(Arc::ptr_eq(&slot(&first), &slot(&stricter)));
    let elsewhere = json!({"audiences": ["other"], "jwks_uri": "https://keys.example/"});
    let (moved, _) = IssuerTable::build(vec![entry(elsewhere)], &stricter);
    assert!(!Arc::ptr_eq(&slot(&stricter), &slot(&moved)));
}

#[test]
fn entries_whose_opaque_tokens_begin_alike_are_told() {
    let asked = |id: &str, iss: &str, prefix: &str| {
        row(
            id,
            &[iss],
            json!({"kind": "introspection", "introspection": {"endpoint": "https://a.example/i"}, "audiences": ["x"],
                   "token_prefixes": [prefix]}),
        )
    };
    let (_, problems) = build(vec![asked("a", "https://a.example", "gho_"), asked("b", "https://b.example", "gho_x")]);
    assert_eq!(
        problems,
        ["issuers a and b: tokens of both begin with \"gho_x\", so a tenant has to be named for them"]
    );
    let (_, problems) = build(vec![asked("a", "https://a.example", "gho_"), asked("b", "https://b.example", "ghu_")]);
    assert_eq!(problems, Vec::<String>::new());
}
