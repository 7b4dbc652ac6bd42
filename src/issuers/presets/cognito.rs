//! AWS Cognito user pools. Access tokens have no `aud`: the client in `client_id` and `token_use` stand for it.

use super::draft::Draft;
use crate::issuers::settings::Wish;

const HOST: &str = "https://cognito-idp.";
const DOMAINS: &[&str] = &[".amazonaws.com/", ".amazonaws.com.cn/"];

pub(super) fn fill(draft: &mut Draft<'_>) {
    draft.issuers_are(
        is_pool,
        "write https://cognito-idp.REGION.amazonaws.com/POOL; identity pools are no issuer of user tokens",
    );
    draft.keys_at(format!("{}/.well-known/jwks.json", draft.canonical()));
    clients(draft);
    draft.access_value("token_use", "access");
    draft.id_value("token_use", "id");
    draft.client_claims(&["client_id"]);
}

/// `client_ids` at the top are the clients of both kinds, unless one is refused or says otherwise.
fn clients(draft: &mut Draft<'_>) {
    let (access, id) = (&mut draft.settings.access, &mut draft.settings.id);
    let clients = if id.wish == Wish::Refused { std::mem::take(&mut id.client_ids) } else { id.client_ids.clone() };
    if clients.is_empty() {
        return;
    }
    if access.wish != Wish::Refused && access.audiences.is_empty() && access.client_ids.is_empty() {
        access.client_ids = clients;
        access.wish = Wish::Accepted;
    }
}

fn is_pool(iss: &str) -> bool {
    let rest = iss.strip_prefix(HOST);
    let parts = rest.and_then(|rest| DOMAINS.iter().find_map(|domain| rest.split_once(domain)));
    parts.is_some_and(|(region, pool)| {
        let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
        !region.is_empty() && region.chars().all(fits) && pool.starts_with(&format!("{region}_")) && !pool.contains('/')
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::issuers::presets::testing::{access, assert_refused, entry, id, keys, texts};
    use crate::issuers::rules::AudienceRule;

    const POOL: &str = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf";

    #[test]
    fn access_tokens_are_told_by_client_and_use() {
        let entry = entry(&[POOL], json!({"preset": "cognito", "client_ids": ["c1"]})).unwrap();
        assert_eq!(keys(&entry).jwks_uri.as_deref(), Some(format!("{POOL}/.well-known/jwks.json").as_str()));
        assert_eq!(access(&entry).audience, AudienceRule::Client(["c1".into()].into()));
        assert_eq!(texts(&access(&entry).values), ["token_use=access"]);
        assert_eq!(id(&entry).audience, AudienceRule::AnyOf(["c1".into()].into()));
        assert_eq!(texts(&id(&entry).values), ["token_use=id"]);
    }

    #[test]
    fn either_kind_can_be_refused() {
        let without = |kind: &str| entry(&[POOL], json!({"preset": "cognito", "client_ids": ["c1"], kind: false}));
        assert_eq!(without("access_token").unwrap().rules.access, None);
        let access_only = without("id_token").unwrap();
        assert_eq!(access_only.rules.id, None);
        assert_eq!(access(&access_only).audience, AudienceRule::Client(["c1".into()].into()));
    }

    #[test]
    fn values_of_ones_own_do_not_replace_the_use() {
        let access_token = json!({"client_ids": ["c1"], "values": {"scope": ["read"]}});
        let entry = entry(&[POOL], json!({"preset": "cognito", "access_token": access_token})).unwrap();
        assert_eq!(texts(&access(&entry).values), ["scope=read", "token_use=access"]);
        assert_eq!(entry.rules.id, None);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let clients = json!({"preset": "cognito", "client_ids": ["c1"]});
        assert_refused(&[
            ("https://cognito-identity.amazonaws.com", clients.clone(), "identity pools"),
            ("https://cognito-idp.eu-west-1.amazonaws.com/us-east-1_AbCdEf", clients.clone(), "is no iss"),
            (&format!("{POOL}/"), clients, "is no iss"),
            (POOL, json!({"preset": "cognito"}), "write audiences"),
        ]);
    }
}
