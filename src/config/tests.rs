//! The configuration as an operator meets it: what is read, what is refused, and how that is told.

use super::*;

const DATABASE: &str = "[database]\nurl = \"postgres://claimsmith:hunter2@localhost/app\"\n";
const DIGEST: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn parse_with(text: &str, environment: &[(&str, &str)]) -> Result<Settings, Problems> {
    let environment = environment.iter().map(|&(name, value)| (name.to_owned(), value.to_owned()));
    parse(&format!("{DATABASE}{text}"), "test.toml", environment)
}

/// The report on a configuration that is expected to have exactly the problems with these paths, in this order.
fn report(text: &str, environment: &[(&str, &str)], paths: &[&str]) -> String {
    let problems = parse_with(text, environment).expect_err("nothing was refused");
    let found: Vec<&str> = problems.iter().map(|problem| problem.path().unwrap_or("")).collect();
    assert_eq!(found, paths, "\n{problems}");
    problems.to_string()
}

fn caller(keys: &str) -> String {
    format!("[caller.a]\n{keys}\n")
}

/// A file that is gone when the test is over.
struct TemporaryFile(std::path::PathBuf);

impl TemporaryFile {
    fn new(name: &str, content: &str) -> Self {
        let path = std::env::temp_dir().join(format!("claimsmith-{}-{name}", std::process::id()));
        std::fs::write(&path, content).unwrap();
        Self(path)
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

#[test]
fn defaults_need_only_a_database() {
    let settings = parse_with("", &[]).unwrap();
    assert_eq!(settings.http.bind.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.http.max_body.as_len(), 65_536);
    assert_eq!(settings.warnings().len(), 1);
}

#[test]
fn five_mistakes_are_five_problems_with_place_path_and_remedy() {
    let http = "[http]\nbind = \"abc\"\nanswer_deadline = \"1ms\"\nworkers = \"4\"\n";
    let text = format!("{http}[log]\nlevel = \"loud\"\n[shutdown]\ngrace = 1\n");
    let paths = ["http.bind", "http.answer_deadline", "http.workers", "log.level", "shutdown.grace"];
    let expected = "\
1. test.toml:4:  http.bind: \"abc\" is not an address; write host:port, for example \"127.0.0.1:8080\"
2. test.toml:5:  http.answer_deadline: 1ms is out of bounds; write a value from 10ms to 30s
3. test.toml:6:  http.workers: \"4\" is not a whole number; write digits only, without quotes or a unit
4. test.toml:8:  log.level: \"loud\" is not one of error, warn, info, debug, trace; write one of these words
5. test.toml:10: shutdown.grace: is unknown; remove it; the keys of [shutdown] are drain, deadline";
    assert_eq!(report(&text, &[], &paths), expected);
}

#[test]
fn a_mistyped_key_or_table_gets_a_suggestion() {
    let text = "[htp]\nbind = 1\n[ops]\nbnd = 1\n";
    let report = report(text, &[], &["htp", "ops.bnd"]);
    assert!(report.contains("did you mean \"http\"?"), "{report}");
    assert!(report.contains("did you mean \"bind\"?"), "{report}");
}

#[test]
fn broken_toml_is_one_problem_that_does_not_repeat_the_line() {
    for line in ["url = \"hunter2", "url = hunter2", "hunter2", "url = \"a\" hunter2", "url = {hunter2}"] {
        let problems = parse(&format!("[database]\n{line}\n"), "test.toml", []).unwrap_err();
        assert_eq!(problems.iter().count(), 1);
        let report = problems.to_string();
        assert!(report.starts_with("1. test.toml:2:"), "{report}");
        assert!(!report.contains("hunter2"), "{report}");
    }
}

#[test]
fn broken_toml_does_not_hide_what_is_wrong_with_the_environment() {
    let variables = [("CLAIMSMITH_LOG_LEVEL".to_owned(), "loud".to_owned())];
    let report = parse("= 1", "test.toml", variables).unwrap_err().to_string();
    assert!(report.contains("test.toml:1:1:") && report.contains("log.level"), "{report}");
    assert!(!report.contains("database.url"), "{report}");
}

#[test]
fn the_environment_overrides_the_file() {
    let environment = [("CLAIMSMITH_HTTP_ANSWER_DEADLINE", "2s"), ("CLAIMSMITH_CACHE_BATCH_MAX", "7")];
    let settings = parse_with("[http]\nanswer_deadline = \"1s\"\n", &environment).unwrap();
    assert_eq!(settings.http.answer_deadline.as_secs(), 2);
    assert_eq!(settings.cache.batch_max, 7);
}

#[test]
fn a_variable_that_names_no_key_is_refused_with_a_suggestion() {
    let environment =
        [("CLAIMSMITH_HTTP_BIN", "x"), ("CLAIMSMITH_CLAIMS_ID_TOKEN", "x"), ("CLAIMSMITH_CALLER_A_KEYS", "x")];
    let report = report("", &environment, &["", "", ""]);
    assert!(
        report.contains("CLAIMSMITH_HTTP_BIN:        names no key; did you mean CLAIMSMITH_HTTP_BIND?"),
        "{report}"
    );
    assert_eq!(report.matches("only the file can give").count(), 2, "{report}");
}

#[test]
fn an_empty_variable_is_refused() {
    let report = report("", &[("CLAIMSMITH_HTTP_BIND", "")], &["http.bind"]);
    assert!(report.contains("CLAIMSMITH_HTTP_BIND: http.bind: is set but empty"), "{report}");
}

#[test]
fn every_key_has_a_variable_of_its_own() {
    let document = Document::empty("test");
    let mut reader = Reader::new(&document, Environment::default());
    Settings::read(&mut reader);
    let (entries, _) = reader.finish();
    let mut variables: Vec<String> = entries
        .iter()
        .filter_map(|entry| match entry {
            reader::Entry::Key(key) => Some(environment::variable_of(&key.path)),
            reader::Entry::Table(_) => None,
        })
        .collect();
    let declared = variables.len();
    variables.sort();
    variables.dedup();
    assert_eq!(variables.len(), declared);
    assert!(declared > 30, "{declared}");
}

#[test]
fn a_missing_database_is_refused_with_an_example() {
    let report = parse("[http]\n", "test.toml", []).unwrap_err().to_string();
    assert!(report.starts_with("1. test.toml: database.url: is missing; write url = \"postgres://"), "{report}");
    assert!(report.contains("CLAIMSMITH_DATABASE_URL"), "{report}");
}

#[test]
fn a_secret_given_twice_in_one_layer_is_refused() {
    let report = report("url_file = \"/run/secrets/url\"\n", &[], &["database.url_file"]);
    assert!(report.contains("contradicts database.url"), "{report}");
}

#[test]
fn a_secret_in_the_environment_replaces_a_secret_file() {
    let variables = [("CLAIMSMITH_DATABASE_URL".to_owned(), "postgres://other".to_owned())];
    let settings = parse("[database]\nurl_file = \"/nowhere\"\n", "test.toml", variables).unwrap();
    assert_eq!(settings.database.url.read().unwrap().expose(), "postgres://other");
}

#[test]
fn a_secret_file_must_be_readable_at_start() {
    let report = report("owner_url_file = \"/nowhere/at/all\"\n", &[], &["database.owner_url_file"]);
    assert!(report.contains("/nowhere/at/all"), "{report}");
}

#[test]
fn a_url_in_place_of_a_file_is_not_repeated() {
    let report = report("owner_url_file = \"postgres://owner:hunter3@db\"\n", &[], &["database.owner_url_file"]);
    assert!(!report.contains("hunter3"), "{report}");
}

#[test]
fn checks_across_keys_name_both_and_point_at_what_was_given() {
    let text = "[freshness]\nheartbeat = \"29s\"\nreconnect_max = \"50ms\"\n";
    let report = report(text, &[], &["freshness.max_age", "freshness.reconnect_max"]);
    assert!(report.contains("test.toml:4: freshness.max_age: 30s is not longer than freshness.heartbeat"), "{report}");
    assert!(report.contains("freshness.reconnect_min (100ms)"), "{report}");
}

#[test]
fn a_check_across_keys_is_silent_while_one_of_them_is_broken() {
    report("[freshness]\nheartbeat = \"40s\"\nmax_age = 3\n", &[], &["freshness.max_age"]);
}

#[test]
fn the_two_listeners_need_two_addresses() {
    report("[ops]\nbind = \"127.0.0.1:8080\"\n", &[], &["ops.bind"]);
    assert!(parse_with("[http]\nbind = \"127.0.0.1:0\"\n[ops]\nbind = \"127.0.0.1:0\"\n", &[]).is_ok());
}

#[test]
fn debug_shows_no_secret_and_no_digest() {
    let settings = parse_with(&caller(&format!("keys = [\"{DIGEST}\"]")), &[]).unwrap();
    let shown = format!("{settings:?}");
    assert!(!shown.contains("hunter2") && !shown.contains("ba7816"), "{shown}");
}

#[test]
fn a_caller_has_defaults_for_all_but_its_keys() {
    let settings = parse_with(&caller(&format!("keys = [\"{DIGEST}\"]")), &[]).unwrap();
    let caller = &settings.callers["a"];
    assert_eq!(caller.keys, [KeyDigest::of_key("abc")]);
    assert_eq!(caller.tenants, TenantScope::All);
    assert_eq!((caller.hints.len(), caller.surfaces.len()), (7, 6));
    assert_eq!(settings.warnings(), Vec::<String>::new());
}

#[test]
fn a_caller_s_lists_are_closed_ordered_and_free_of_repetitions() {
    let keys = format!("keys = [\"{DIGEST}\"]");
    let caller_with = |more: &str| caller(&format!("{keys}\n{more}"));
    let settings = parse_with(&caller_with("hints = [\"host\", \"tenant\"]\ntenants = [\"acme\"]"), &[]).unwrap();
    assert_eq!(settings.callers["a"].hints, [HintKind::Host, HintKind::Tenant]);
    assert!(settings.callers["a"].tenants.allows("acme") && !settings.callers["a"].tenants.allows("other"));
    report(&caller_with("hints = [\"hosts\", \"tenant\", \"tenant\"]"), &[], &["caller.a.hints", "caller.a.hints"]);
    report(&caller_with("tenants = [\"*\", \"acme\"]"), &[], &["caller.a.tenants"]);
    report(&caller_with("tenants = []\nsurfaces = []"), &[], &["caller.a.tenants", "caller.a.surfaces"]);
}

#[test]
fn a_key_in_the_clear_is_refused_and_never_repeated() {
    for value in ["[\"s3cr3t-key\"]", "\"s3cr3t-key\"", "[\"sha256:s3cr3t-key\"]"] {
        let report = report(&caller(&format!("keys = {value}")), &[], &["caller.a.keys"]);
        assert!(!report.contains("s3cr3t"), "{report}");
    }
    let report = report(&caller("keys = [\"s3cr3t-key\"]"), &[], &["caller.a.keys"]);
    assert!(report.contains("claimsmith caller-key"), "{report}");
}

#[test]
fn a_caller_without_keys_or_with_a_bad_name_is_refused() {
    let text = format!("[caller.\"A b\"]\nkeys = [\"{DIGEST}\"]\n[caller.b]\n");
    let report = report(&text, &[], &["caller.A b", "caller.b.keys"]);
    assert!(report.contains("test.toml:5: caller.b.keys: is missing"), "{report}");
}

#[test]
fn two_callers_cannot_share_a_key_be_it_in_a_file() {
    let file = TemporaryFile::new("shared-keys", &format!("# rotated in May\n\n{DIGEST}\n"));
    let path = file.0.display();
    let text = format!("[caller.a]\nkeys = [\"{DIGEST}\"]\n[caller.b]\nkeys_file = {:?}\n", path.to_string());
    let report = report(&text, &[], &["caller.b.keys_file"]);
    assert!(report.contains("holds a key of caller.a too"), "{report}");
}

#[test]
fn a_keys_file_is_read_at_start_and_on_demand() {
    let file = TemporaryFile::new("keys", &format!("{DIGEST}\n"));
    let text = caller(&format!("keys_file = {:?}", file.0.display().to_string()));
    let settings = parse_with(&text, &[]).unwrap();
    assert_eq!(settings.callers["a"].read_keys().unwrap(), [KeyDigest::of_key("abc")]);
    std::fs::write(&file.0, "s3cr3t-key\n").unwrap();
    let report = report(&text, &[], &["caller.a.keys_file"]);
    assert!(report.contains("line 1 of the file") && !report.contains("s3cr3t"), "{report}");
    assert!(matches!(settings.callers["a"].read_keys(), Err(KeysFileError::Line(1))));
}

#[test]
fn a_given_claim_table_replaces_the_default() {
    let settings = parse_with("[claims.access_token]\nteam = \"membership.attributes.team\"\n", &[]).unwrap();
    assert_eq!(settings.claims.access_token.keys().collect::<Vec<_>>(), ["team"]);
    assert_eq!(settings.claims.id_token.keys().collect::<Vec<_>>(), ["tenant"]);
    report("[claims.id_token]\ntenant = 5\n", &[], &["claims.id_token.tenant"]);
}

#[test]
fn numbers_may_be_written_in_every_way_that_toml_knows() {
    let settings = parse_with("[cache]\nbatch_max = 1_000\nmax_waiting = 0x10\nmax_memory = 2_097_152\n", &[]).unwrap();
    assert_eq!((settings.cache.batch_max, settings.cache.max_waiting), (1_000, 16));
    assert_eq!(settings.cache.max_memory, ByteSize::from_mib(2));
    report("[cache]\nbatch_max = -1\nmax_waiting = 1.5\n", &[], &["cache.batch_max", "cache.max_waiting"]);
}

#[test]
fn what_should_be_a_table_must_be_one() {
    let problems = parse("http = 1\ncaller = { a = 2 }\n", "test.toml", []).unwrap_err();
    let paths: Vec<_> = problems.iter().filter_map(Problem::path).collect();
    assert_eq!(paths, ["http", "caller.a", "database.url"]);
}

#[test]
fn relaxations_are_warned_about() {
    let settings = parse_with("[insecure]\nplaintext_database = true\n", &[]).unwrap();
    assert!(settings.warnings().iter().any(|warning| warning.contains("insecure.plaintext_database")));
}

#[test]
fn an_issuer_without_tls_is_warned_about_by_its_id_and_only_the_file_can_name_it() {
    let settings = parse_with("[insecure]\nplaintext_issuers = [\"demo\"]\n", &[]).unwrap();
    assert!(settings.insecure.plaintext_issuers.contains("demo"));
    assert!(settings.warnings().iter().any(|warning| warning.contains("insecure.plaintext_issuers lists demo")));
    report("", &[("CLAIMSMITH_INSECURE_PLAINTEXT_ISSUERS", "demo")], &[""]);
}

#[test]
fn what_the_operator_adds_to_an_issuer_is_nothing_unless_it_is_written() {
    let settings = parse_with(
        "[issuer.acme]\n[issuer.\"0b9e.x\"]\nallow_private_addresses = true\nhosts = [\"a.example\"]\n",
        &[],
    )
    .unwrap();
    let acme = &settings.issuer_grants["acme"];
    assert!(!acme.allow_private_addresses && acme.ca_file.is_none() && acme.client_id.is_none());
    assert!(settings.issuer_grants["0b9e.x"].allow_private_addresses);
}

#[test]
fn a_client_s_secret_needs_its_client_and_is_never_shown() {
    let text = "[issuer.acme]\nhosts = [\"a.example\"]\nclient_secret = \"hunter3\"\n";
    let report = report(text, &[], &["issuer.acme.client_id"]);
    assert!(
        report.contains("test.toml:5: issuer.acme.client_id: is missing") && !report.contains("hunter3"),
        "{report}"
    );
    let settings = parse_with(&format!("{text}client_id = \"claimsmith\"\n"), &[]).unwrap();
    assert!(!format!("{settings:?}").contains("hunter3"));
    assert_eq!(settings.issuer_grants["acme"].client_secret.as_ref().unwrap().read().unwrap().expose(), "hunter3");
}

#[test]
fn a_secret_and_the_inside_are_granted_for_named_hosts_only() {
    report("[issuer.acme]\nallow_private_addresses = true\n", &[], &["issuer.acme.hosts"]);
    let secret = "client_id = \"a\"\nclient_secret = \"hunter3\"\n";
    report(&format!("[issuer.acme]\n{secret}"), &[], &["issuer.acme.hosts"]);
}

#[test]
fn an_issuer_s_texts_must_be_texts() {
    let text = "[issuer.acme]\nca_file = 5\nclient_id = \"\"\nallow_private = true\n";
    report(text, &[], &["issuer.acme.ca_file", "issuer.acme.client_id", "issuer.acme.allow_private"]);
}

#[test]
fn the_argument_names_the_file_before_the_variable_does() {
    let file = TemporaryFile::new("settings.toml", DATABASE);
    let variable = |value: &str| [("CLAIMSMITH_CONFIG".to_owned(), value.to_owned())];
    assert!(load(Some(&file.0), variable("/nowhere")).is_ok());
    assert!(load(None, variable(&file.0.display().to_string())).is_ok());
    let unreadable = load(None, variable("/nowhere")).unwrap_err().to_string();
    assert!(unreadable.starts_with("1. /nowhere: cannot be read"), "{unreadable}");
    let empty = load(None, variable("")).unwrap_err().to_string();
    assert!(empty.starts_with("1. CLAIMSMITH_CONFIG: is set but empty"), "{empty}");
}

#[test]
fn tokens_are_off_without_an_issuer_and_need_one_place_for_their_keys() {
    assert!(parse_with("[token]\nlifetime = \"1m\"\n", &[]).unwrap().token.is_none());
    let issuer = "[token]\nissuer = \"https://claims.example.com\"\n";
    report(issuer, &[], &["token.keys_directory"]);
    report(&format!("{issuer}keys_directory = \"a\"\nkey_file = \"b\"\n"), &[], &["token.key_file"]);
    let by_file = parse_with(&format!("{issuer}key_file = \"b\"\n"), &[]).unwrap().token.unwrap();
    assert_eq!(by_file.keys, SigningKeysAt::File("b".into()));
    let overridden = [("CLAIMSMITH_TOKEN_KEYS_DIRECTORY", "c")];
    let in_directory = parse_with(&format!("{issuer}key_file = \"b\"\n"), &overridden).unwrap().token.unwrap();
    assert_eq!(in_directory.keys, SigningKeysAt::Directory("c".into()));
}

#[test]
fn a_new_key_has_to_be_known_before_it_signs() {
    let keys = "[token]\nissuer = \"https://claims.example.com\"\nkeys_directory = \"a\"\n";
    report(&format!("{keys}publish_ahead = \"5m\"\n"), &[], &["token.publish_ahead"]);
    let text = report(&format!("{keys}rotate_every = \"1h\"\n"), &[], &["token.rotate_every"]);
    assert!(text.contains("token.publish_ahead (1h)"), "{text}");
    report(&keys.replace("https", "http"), &[], &["token.issuer"]);
}
