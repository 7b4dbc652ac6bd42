//! Microsoft Entra ID. Two versions of tokens with an `iss` each, and one template for applications of many tenants.
//!
//! A person is (`tid`, `oid`). An address (`email`, `upn`, `preferred_username`) is set by whoever administers a tenant.

use super::draft::{Draft, TenantClaims, host};
use crate::issuers::template::{TENANT, is_guid};

/// Where personal accounts live; their keys are in other sets than those of organizations.
const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
const V2: &str = "/v2.0";

/// Tokens of version 2 of one tenant.
pub(super) fn fill_v2(draft: &mut Draft<'_>) {
    draft.issuers_are(
        |iss| v2(iss).is_some_and(|(_, tenant)| is_guid(tenant)),
        "write https://login.microsoftonline.com/TENANT/v2.0, the tenant as a GUID in small letters",
    );
    if let Some((host, tenant)) = v2(draft.canonical()) {
        draft.keys_at(format!("https://{host}/{tenant}/discovery/v2.0/keys"));
    }
    version_2(draft);
    let tenants = draft.issuers.iter().filter_map(|iss| v2(iss)).map(|(_, tenant)| tenant);
    one_tenant(draft, tenants.collect());
}

/// Tokens of version 1 of one tenant.
pub(super) fn fill_v1(draft: &mut Draft<'_>) {
    draft.issuers_are(
        |iss| v1(iss).is_some(),
        "write https://sts.windows.net/TENANT/, with the final slash, the tenant as a GUID in small letters",
    );
    if let Some(tenant) = v1(draft.canonical()) {
        draft.keys_at(format!("https://login.microsoftonline.com/{tenant}/discovery/keys"));
    }
    draft.required_value("ver", "1.0");
    draft.client_claims(&["appid"]);
    person(draft, "appid");
    let tenants = draft.issuers.iter().filter_map(|iss| v1(iss));
    one_tenant(draft, tenants.collect());
}

/// Tokens of version 2 of many tenants. Each key says for which tenant it signs, and that is checked.
pub(super) fn fill_multi_tenant(draft: &mut Draft<'_>) {
    let is_template = |iss: &str| v2(iss).is_some_and(|(_, tenant)| tenant == TENANT);
    draft.issuers_are(is_template, "write https://login.microsoftonline.com/{tenantid}/v2.0, with the braces");
    if draft.issuers.len() > 1 {
        draft.problems.note("issuer", "holds more than the template", "make an entry of its own for each other iss");
    }
    tenants(draft);
    let personal = draft.tenants().is_some_and(|tenants| tenants.iter().any(|tenant| tenant == PERSONAL));
    if let Some((host, _)) = v2(draft.canonical()) {
        let set = if personal { "common" } else { "organizations" };
        draft.keys_at(format!("https://{host}/{set}/discovery/v2.0/keys"));
    }
    if draft.settings.key_issuer_check == Some(false) {
        let what = "is false, so that a key of one tenant could sign for another";
        draft.problems.note("settings.key_issuer_check", what, "remove it");
    }
    draft.settings.key_issuer_check = Some(true);
    version_2(draft);
}

fn tenants(draft: &mut Draft<'_>) {
    match draft.tenants() {
        Some(tenants) => {
            for tenant in tenants.iter().filter(|tenant| !is_guid(tenant)) {
                let what = format!("holds {tenant}, which is no GUID in small letters");
                draft.problems.note("settings.allowed_tenants", what, "write the directory (tenant) id");
            }
        }
        None if draft.is_any_tenant() => {}
        None => draft.tenants_missing(&TenantClaims { claim: "tid", or: &[], never_any: None }),
    }
}

fn one_tenant(draft: &mut Draft<'_>, mut tenants: Vec<&str>) {
    tenants.dedup();
    if let [tenant] = *tenants {
        draft.required_value("tid", tenant);
    } else if !tenants.is_empty() {
        draft.problems.note("issuer", "holds several tenants", "make one entry for each, or use entra_multi_tenant");
    }
}

fn version_2(draft: &mut Draft<'_>) {
    draft.required_value("ver", "2.0");
    draft.client_claims(&["azp"]);
    person(draft, "azp");
}

/// An ID token may have the application's id as `aud`, as an access token has; but it names no client beside it.
fn person(draft: &mut Draft<'_>, client: &str) {
    draft.subject(&["tid", "oid"]);
    if !draft.settings.id.is_accepted() {
        draft.required_claim(client);
    }
    let graph = ["https://graph.microsoft.com", "https://graph.microsoft.com/", "00000003-0000-0000-c000-000000000000"];
    let remedy = "register your API (\"Expose an API\"), and write its application id";
    draft.no_audience(|audience| graph.contains(&audience), "whose tokens are for Microsoft Graph alone", remedy);
}

/// Host and tenant.
fn v2(iss: &str) -> Option<(&str, &str)> {
    let (before, tenant) = iss.strip_suffix(V2)?.rsplit_once('/')?;
    Some((host(before, "")?, tenant))
}

fn v1(iss: &str) -> Option<&str> {
    let (before, tenant) = iss.strip_suffix('/')?.rsplit_once('/')?;
    (before == "https://sts.windows.net" && is_guid(tenant)).then_some(tenant)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::PERSONAL;
    use crate::issuers::presets::testing::{access, assert_refused, entry, keys, texts};
    use crate::issuers::rules::Issuers;

    const TENANT: &str = "11111111-2222-4333-8444-555555555555";
    const API: &str = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";

    fn issuer(tenant: &str) -> String {
        format!("https://login.microsoftonline.com/{tenant}/v2.0")
    }

    fn multi(more: &Value) -> Value {
        let mut settings = json!({"preset": "entra_multi_tenant", "audiences": [API]});
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        settings
    }

    #[test]
    fn version_2_of_one_tenant_has_the_keys_of_that_tenant() {
        let entry = entry(&[&issuer(TENANT)], json!({"preset": "entra_v2", "audiences": [API]})).unwrap();
        let url = format!("https://login.microsoftonline.com/{TENANT}/discovery/v2.0/keys");
        assert_eq!(keys(&entry).jwks_uri.as_deref(), Some(url.as_str()));
        assert_eq!(texts(&entry.rules.required_values), [format!("tid={TENANT}"), "ver=2.0".to_owned()]);
        assert_eq!(*entry.rules.subject, ["tid".into(), "oid".into()]);
        assert_eq!(*entry.rules.client_claims, ["azp".into()]);
        assert_eq!(entry.rules.required_claims.iter().map(|claim| &*claim.0).collect::<Vec<_>>(), ["azp"]);
        assert!(access(&entry).typ.is_empty() && !entry.rules.key_issuer_check);
    }

    #[test]
    fn version_1_is_another_issuer_with_other_claims() {
        let iss = format!("https://sts.windows.net/{TENANT}/");
        let entry = entry(&[&iss], json!({"preset": "entra_v1", "audiences": ["api://mine"]})).unwrap();
        let url = format!("https://login.microsoftonline.com/{TENANT}/discovery/keys");
        assert_eq!(keys(&entry).jwks_uri.as_deref(), Some(url.as_str()));
        assert_eq!(texts(&entry.rules.required_values), [format!("tid={TENANT}"), "ver=1.0".to_owned()]);
        assert_eq!(*entry.rules.client_claims, ["appid".into()]);
        assert_eq!(*entry.rules.subject, ["tid".into(), "oid".into()]);
    }

    #[test]
    fn many_tenants_share_a_template_and_keys_that_say_whose_they_are() {
        let with = multi(&json!({"allowed_tenants": [TENANT]}));
        let entry_of_one = entry(&[&issuer("{tenantid}")], with).unwrap();
        let Issuers::Template { template, tenants } = &entry_of_one.rules.issuers else { panic!("no template") };
        assert_eq!((&**template, tenants.as_deref()), (issuer("{tenantid}").as_str(), Some(&[TENANT.into()][..])));
        assert!(entry_of_one.rules.key_issuer_check);
        let url = |set: &str| format!("https://login.microsoftonline.com/{set}/discovery/v2.0/keys");
        assert_eq!(keys(&entry_of_one).jwks_uri.as_deref(), Some(url("organizations").as_str()));
        let personal = entry(&[&issuer("{tenantid}")], multi(&json!({"allowed_tenants": [PERSONAL]}))).unwrap();
        assert_eq!(keys(&personal).jwks_uri.as_deref(), Some(url("common").as_str()));
        let any = entry(&[&issuer("{tenantid}")], multi(&json!({"allowed_tenants": "any"}))).unwrap();
        assert!(matches!(any.rules.issuers, Issuers::Template { tenants: None, .. }));
        assert_eq!(keys(&any).jwks_uri.as_deref(), Some(url("organizations").as_str()));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let (v2, template) = (issuer(TENANT), issuer("{tenantid}"));
        let of = |preset: &str| json!({"preset": preset, "audiences": [API]});
        assert_refused(&[
            (&issuer("common"), of("entra_v2"), "the tenant as a GUID"),
            (&template, of("entra_v2"), "the tenant as a GUID"),
            (&issuer(&API.to_uppercase()), of("entra_v2"), "in small letters"),
            (&format!("{v2}/"), of("entra_v2"), "is no iss of this provider"),
            (&v2, of("entra_v1"), "with the final slash"),
            (&format!("https://sts.windows.net/{TENANT}"), of("entra_v1"), "with the final slash"),
            (&v2, of("entra_multi_tenant"), "with the braces"),
            (&template, of("entra_multi_tenant"), "settings.allowed_tenants: is missing"),
            (&template, multi(&json!({"allowed_tenants": ["contoso.example"]})), "no GUID"),
            (&template, multi(&json!({"allowed_tenants": "any", "key_issuer_check": false})), "could sign for another"),
            (&v2, json!({"preset": "entra_v2", "audiences": ["https://graph.microsoft.com"]}), "Microsoft Graph"),
            (&v2, json!({"preset": "entra_v2", "audiences": [API], "client_ids": [API]}), "tells the two apart"),
            (&v2, json!({"preset": "entra_v2", "audiences": [API], "subject": ["email"]}), "somebody else's"),
            (&template, json!({"audiences": [API]}), "has braces"),
        ]);
    }
}
