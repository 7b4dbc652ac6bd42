//! `claimsmith token verify --batch`: a line in, a line out.

use serde_json::{Value, json};

use super::{File, entry, entry_without_keys, fed};
use crate::support::identity_provider::{IdentityProvider, Issuer};

async fn acme() -> Issuer {
    IdentityProvider::start().await.issuer("acme")
}

fn lines(lines: &[Value]) -> String {
    let texts: Vec<String> = lines.iter().map(Value::to_string).collect();
    texts.join("\n")
}

fn verdict(id: &Value, code: Option<&str>) -> String {
    format!("{{\"id\":{id},\"accepted\":{},\"code\":{}}}\n", code.is_none(), json!(code))
}

#[actix_rt::test]
async fn each_line_is_answered_in_its_place_by_its_own_entry() {
    let provider = IdentityProvider::start().await;
    let (acme, globex) = (provider.issuer("acme"), provider.issuer("globex"));
    let good = acme.token("alice").sign();
    let expired = acme.token("alice").expires_in(-600).sign();
    let cases = [
        (json!(1), good.as_str(), entry(&acme), None),
        (json!("two"), &expired, entry(&acme), Some("token_expired")),
        (json!(null), "", entry(&acme), Some("token_malformed")),
        (json!({"n": [3.50]}), &good, entry(&globex), Some("token_issuer_unknown")),
        (json!(4), &good, json!({"issuer": acme.iss, "audiences": ["account"]}), Some("invalid_issuer")),
        (json!(5), &good, entry_without_keys(&acme), Some("invalid_issuer")),
        (json!(6), &good, json!([entry(&acme), entry(&globex)]), Some("invalid_issuer")),
        (json!(7), &good, json!("acme-idp"), Some("invalid_issuer")),
        (json!(8), &good, entry(&acme), None),
    ];
    let input = cases.iter().map(|(id, token, issuer, _)| json!({"id": id, "token": token, "issuer": issuer}));
    let ended = fed(&["token", "verify", "--batch"], lines(&input.collect::<Vec<_>>()));
    let expected: String = cases.iter().map(|(id, _, _, code)| verdict(id, *code)).collect();
    assert_eq!((ended.code, ended.stdout, ended.stderr.as_str()), (Some(0), expected, ""));
}

#[actix_rt::test]
async fn lines_may_name_a_given_entry_or_leave_the_choice_to_the_token() {
    let provider = IdentityProvider::start().await;
    let (acme, globex) = (provider.issuer("acme"), provider.issuer("globex"));
    let mut other = entry(&globex);
    other["issuer_id"] = json!("globex-idp");
    let file = File::json(&json!([entry(&acme), other]));
    let (of_acme, of_globex) = (acme.token("alice").sign(), globex.token("alice").sign());
    let input = [
        json!({"id": 1, "token": of_acme}),
        json!({"id": 2, "token": of_globex}),
        json!({"id": 3, "token": of_acme, "issuer": "acme-idp"}),
        json!({"id": 4, "token": of_acme, "issuer": acme.iss}),
        json!({"id": 5, "token": of_acme, "issuer": "globex-idp"}),
        json!({"id": 6, "token": of_acme, "issuer": "nobody"}),
        json!({"id": 7, "token": of_acme, "issuer": null}),
    ];
    let ended = fed(&["token", "verify", "--batch", "--issuer", file.path()], lines(&input));
    let codes = [None, None, None, None, Some("token_issuer_unknown"), Some("invalid_issuer"), None];
    let expected: String = (1..).zip(codes).map(|(id, code)| verdict(&json!(id), code)).collect();
    assert_eq!((ended.code, ended.stdout), (Some(0), expected));
}

#[actix_rt::test]
async fn keys_of_a_file_are_for_entries_on_lines_too() {
    let acme = acme().await;
    let keys = File::json(&json!({"keys": [acme.key().jwk()]}));
    let line = json!({"id": 1, "token": acme.token("alice").sign(), "issuer": entry_without_keys(&acme)});
    let ended = fed(&["token", "verify", "--batch", "--jwks", keys.path()], lines(&[line]));
    assert_eq!((ended.code, ended.stdout), (Some(0), verdict(&json!(1), None)));
}

#[actix_rt::test]
async fn no_line_ends_the_batch() {
    let acme = acme().await;
    let file = File::json(&entry(&acme));
    let mut input = Vec::new();
    for line in [
        &b"nonsense"[..],
        b"{\"id\": 2}",
        b"{\"id\": 3, \"token\": 7}",
        b"{\"id\": 4, \"token\": \"a\", \"isuer\": {}}",
        b"\xff\xfe",
        b"{\"id\": 6, \"token\": \"\xff\"}",
        b"   ",
        b"[]",
        b"{\"token\": \"a\"}",
    ] {
        input.extend_from_slice(line);
        input.push(b'\n');
    }
    input.extend_from_slice(b"{\"id\": 9, \"token\": \"");
    input.extend_from_slice("[".repeat(200_000).as_bytes());
    input.extend_from_slice(b"\"}\r\n");
    input.extend_from_slice(
        format!("{{\"id\": 10, \"token\": \"a\", \"issuer\": {}}}\n", "[".repeat(200_000)).as_bytes(),
    );
    // The last line has no end.
    input.extend_from_slice(json!({"id": 11, "token": acme.token("alice").sign()}).to_string().as_bytes());
    let ended = fed(&["token", "verify", "--batch", "--issuer", file.path()], input);
    let invalid = Some("invalid_line");
    let expected = [
        verdict(&json!(null), invalid),
        verdict(&json!(2), invalid),
        verdict(&json!(3), invalid),
        verdict(&json!(4), invalid),
        verdict(&json!(null), invalid),
        verdict(&json!(6), invalid),
        verdict(&json!(null), invalid),
        verdict(&json!(null), invalid),
        verdict(&json!(9), Some("token_malformed")),
        verdict(&json!(null), invalid),
        verdict(&json!(11), None),
    ];
    assert_eq!((ended.code, ended.stdout), (Some(0), expected.concat()), "{}", ended.stderr);
}

#[actix_rt::test]
async fn a_batch_of_nothing_is_answered_with_nothing_and_a_broken_file_begins_none() {
    let ended = fed(&["token", "verify", "--batch"], "");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""), "{}", ended.stderr);
    let ended = fed(&["token", "verify", "--batch"], "{\"id\": 1, \"token\": \"a.b.c\"}\n");
    assert_eq!((ended.code, ended.stdout), (Some(0), verdict(&json!(1), Some("invalid_issuer"))));
    let file = File::new("{\"issuer\": []}");
    let ended = fed(&["token", "verify", "--batch", "--issuer", file.path()], "{\"id\": 1, \"token\": \"a.b.c\"}\n");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(64), ""), "{}", ended.stderr);
}
