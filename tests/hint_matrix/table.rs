//! The matrix as a table, for the documentation.

use std::fmt::Write as _;

use super::row::{Answer, Caller, Row, Token, User};

const HEAD: &str = "\
# The hint matrix

Each line is a test of `tests/hint_matrix`, which also writes this table. A value that has the name of a tenant in it is
listed by that tenant alone, one with `shared` in it by `acme` and `globex`. `initech` is suspended. Alice is a member of
`acme`, which is her default, of `globex` and of `big`; Bob of `globex`, with no default; Carol's default is `initech`.
`shared-idp` is trusted by all of them, `globex-idp` by `globex` and by `initech`, `initech-idp` by `initech` alone. The service is
configured with the host pattern `{tenant}.app.example`.

| what it shows | user | hints sent | caller may | answer |
| --- | --- | --- | --- | --- |
";

/// The whole file.
pub(super) fn render(rows: &[&Row]) -> String {
    let mut text = HEAD.to_owned();
    for row in rows {
        let (user, sent, caller) = (user(&row.user), sent(row.sends), caller(row.caller));
        writeln!(text, "| {} | {user} | {sent} | {caller} | {} |", sentence(row.shows), answer(row.answer)).unwrap();
    }
    text
}

fn sentence(name: &str) -> String {
    let words = name.replace('_', " ");
    let (first, rest) = words.split_at(1);
    format!("{}{rest}", first.to_uppercase())
}

fn user(user: &User) -> String {
    match user {
        User::Id(id) => (*id).to_owned(),
        User::Subject(issuer) => format!("alice of `{issuer}`"),
        User::Token(Token { issuer, organization, client, audiences }) => {
            let mut says: Vec<String> = Vec::new();
            says.extend(organization.map(|organization| format!("organization `{organization}`")));
            says.extend(client.map(|client| format!("client `{client}`")));
            says.extend(audiences.iter().map(|audience| format!("audience `{audience}`")));
            let says = if says.is_empty() { String::new() } else { format!(": {}", says.join(", ")) };
            format!("token of `{issuer}`{says}")
        }
    }
}

fn sent(hints: &[(&str, &str)]) -> String {
    let hints: Vec<String> = hints.iter().map(|(kind, value)| format!("{kind} `{value}`")).collect();
    if hints.is_empty() { "none".to_owned() } else { hints.join(", ") }
}

fn caller(caller: Caller) -> &'static str {
    match caller {
        Caller::Any => "send all",
        Caller::NoHints => "send none",
        Caller::TwoHints => "send tenant, organization",
        Caller::ClientFirst => "send client_id, tenant",
        Caller::GlobexOnly => "ask about `globex`",
    }
}

fn answer(answer: Answer) -> String {
    match answer {
        Answer::Claims(tenant, source) => format!("`{tenant}` by {source}"),
        Answer::Refused(code) => format!("`{code}`"),
    }
}
