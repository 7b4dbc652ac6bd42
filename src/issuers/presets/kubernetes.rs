//! Kubernetes: projected tokens of service accounts, with an audience of one's own.

use super::draft::Draft;

/// The `iss` of tokens in secrets, which never expire and are for nobody in particular.
pub(super) const LEGACY: &str = "kubernetes/serviceaccount";
pub(super) const LEGACY_FAULT: &str =
    "holds kubernetes/serviceaccount, whose tokens neither expire nor name an audience";
pub(super) const LEGACY_REMEDY: &str = "project a token with an audience into the pod, and write the cluster's iss";

pub(super) fn fill(draft: &mut Draft<'_>) {
    if draft.issuers.iter().any(|iss| iss == LEGACY) {
        draft.problems.note("issuer", LEGACY_FAULT, LEGACY_REMEDY);
    } else {
        draft.issuers_are(|iss| iss.starts_with("https://"), "write what --service-account-issuer says, with https://");
    }
    draft.no_id_tokens("are not what service accounts get", "write audiences in place of client_ids");
    draft.required_claim("/kubernetes.io/namespace");
    let issuers = draft.issuers;
    let is_api_server = |audience: &str| {
        audience.starts_with("https://kubernetes.default.svc") || issuers.iter().any(|iss| iss == audience)
    };
    let remedy = "project a token with an audience of your own into the pod (serviceAccountToken.audience)";
    draft.no_audience(is_api_server, "which is the API server's own and in the token of every pod", remedy);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::LEGACY;
    use crate::issuers::presets::testing::{assert_refused, entry, keys};

    const CLUSTER: &str = "https://kubernetes.default.svc.cluster.local";

    #[test]
    fn keys_are_where_discovery_says_or_where_the_row_says() {
        let with_discovery = entry(&[CLUSTER], json!({"preset": "kubernetes", "audiences": ["api"]})).unwrap();
        let discovery = format!("{CLUSTER}/.well-known/openid-configuration");
        assert_eq!(keys(&with_discovery).discovery.as_deref(), Some(discovery.as_str()));
        let url = "https://10.0.0.1/openid/v1/jwks";
        let given = json!({"preset": "kubernetes", "audiences": ["api"], "jwks_uri": url});
        let given = entry(&[CLUSTER], given).unwrap();
        assert_eq!((keys(&given).discovery.as_deref(), keys(&given).jwks_uri.as_deref()), (None, Some(url)));
        let required: Vec<_> = given.rules.required_claims.iter().map(|claim| &*claim.0).collect();
        assert_eq!(required, ["/kubernetes.io/namespace"]);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let with = |audience: &str| json!({"preset": "kubernetes", "audiences": [audience]});
        assert_refused(&[
            (LEGACY, with("api"), "neither expire"),
            (LEGACY, json!({"audiences": ["api"]}), "neither expire"),
            (CLUSTER, with("https://kubernetes.default.svc"), "every pod"),
            ("https://oidc.cluster.example", with("https://oidc.cluster.example"), "every pod"),
            (CLUSTER, json!({"preset": "kubernetes", "client_ids": ["x"]}), "service accounts"),
            (CLUSTER, json!({"preset": "kubernetes"}), "write audiences"),
        ]);
    }
}
