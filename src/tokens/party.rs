//! Check 18, first half: which client the token was issued to.

use super::reject::{Class, Reject};
use super::verified::TokenKind;
use crate::issuers::rules::lists;
use crate::issuers::{KindRule, Rules};
use crate::jose::{Json, Object};

/// The client of a token, one that the entry lists.
pub(super) fn check<'c>(
    claims: &'c Object<'_>,
    rules: &Rules,
    kind: TokenKind,
    rule: &KindRule,
    audiences: &[&'c str],
) -> Result<Option<&'c str>, Reject> {
    let client = read(claims, rules, kind, audiences)?;
    let is_listed = match (&rules.authorized_parties, kind, client) {
        (Some(listed), _, client) => client.is_some_and(|client| lists(listed, client)),
        // An ID token is about a login at a client, so with no list it is a login at one of those it is for.
        (None, TokenKind::Id, Some(client)) => lists(rule.audience.trusted(), client),
        (None, _, _) => true,
    };
    if is_listed { Ok(client) } else { Err(Reject::by(18, Class::BadParty)) }
}

/// The first of the entry's client claims that the token has. An ID token without one was issued to its only audience.
fn read<'c>(
    claims: &'c Object<'_>,
    rules: &Rules,
    kind: TokenKind,
    audiences: &[&'c str],
) -> Result<Option<&'c str>, Reject> {
    let azp = claims.get("azp").filter(|_| kind == TokenKind::Id);
    let named = azp.or_else(|| rules.client_claims.iter().find_map(|name| claims.get(name)));
    match (named, kind, audiences) {
        (Some(Json::Text(client)), _, _) if !client.is_empty() => Ok(Some(client.as_ref())),
        (Some(_), _, _) => Err(Reject::by(18, Class::BadParty)),
        (None, TokenKind::Id, [only]) => Ok(Some(*only)),
        (None, _, _) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::parse_object;
    use crate::tokens::fixture::{kind_rule, rules};

    fn decide(claims: &str, parties: Option<&[&str]>, kind: TokenKind) -> Result<Option<String>, Reject> {
        let listed = parties.map(|parties| parties.iter().map(|party| Box::from(*party)).collect());
        let rules = Rules { authorized_parties: listed, ..rules() };
        let claims = parse_object(claims.as_bytes(), 4).unwrap();
        let audiences = crate::tokens::audience::read(&claims).unwrap();
        check(&claims, &rules, kind, &kind_rule(&["app"]), &audiences).map(|client| client.map(str::to_owned))
    }

    #[test]
    fn the_first_client_claim_is_the_client_and_must_be_listed() {
        let listed = Some(&["spa"][..]);
        assert_eq!(decide(r#"{"azp":"spa","client_id":"x"}"#, listed, TokenKind::Access), Ok(Some("spa".into())));
        for claims in
            [r#"{"azp":"x","client_id":"spa"}"#, "{}", r#"{"azp":["spa"]}"#, r#"{"azp":""}"#, r#"{"azp":null}"#]
        {
            assert_eq!(decide(claims, listed, TokenKind::Access), Err(Reject::by(18, Class::BadParty)), "{claims}");
        }
        assert_eq!(decide("{}", None, TokenKind::Access), Ok(None));
        assert_eq!(decide(r#"{"azp":1}"#, None, TokenKind::Access), Err(Reject::by(18, Class::BadParty)));
    }

    #[test]
    fn an_id_token_is_a_login_at_a_client_we_trust() {
        assert_eq!(decide(r#"{"aud":"app"}"#, None, TokenKind::Id), Ok(Some("app".into())));
        assert_eq!(decide(r#"{"aud":"app","azp":"app"}"#, None, TokenKind::Id), Ok(Some("app".into())));
        assert_eq!(decide(r#"{"aud":"app","azp":"evil"}"#, None, TokenKind::Id), Err(Reject::by(18, Class::BadParty)));
        assert_eq!(
            decide(r#"{"aud":"app","azp":"android"}"#, Some(&["app", "android"]), TokenKind::Id),
            Ok(Some("android".into()))
        );
    }
}
