//! Claim names that already mean something to somebody.
//!
//! Identity providers drop a colliding claim in silence (Auth0, ZITADEL) or drop the whole answer (Okta). We refuse
//! it when the template is loaded, where somebody can still read the message.

/// Names that the standards or an identity provider keep to themselves, sorted.
///
/// Sources: RFC 7519 section 4.1, RFC 7800, RFC 8693, RFC 9068, OpenID Connect Core sections 2 and 5.1, and the lists
/// of restricted names that Auth0 ("create custom claims"), Okta ("token inline hook") and Hydra publish.
const NAMES: &[&str] = &[
    "acr",
    "act",
    "active",
    "address",
    "aid",
    "amr",
    "app_id",
    "app_type",
    "as_uri",
    "at_hash",
    "ath",
    "attest",
    "aud",
    "auth_time",
    "authorization_details",
    "azp",
    "birthdate",
    "c_hash",
    "cid",
    "client_id",
    "client_ip",
    "client_req_id",
    "client_type",
    "client_user_agent",
    "cnf",
    "cty",
    "dest",
    "did",
    "dst",
    "email",
    "email_verified",
    "entitlements",
    "events",
    "exp",
    "ext",
    "family_name",
    "gender",
    "given_name",
    "group",
    "groups",
    "gty",
    "hotk",
    "htm",
    "htu",
    "iat",
    "idp",
    "idp_iss",
    "internalService",
    "iss",
    "jcard",
    "jku",
    "jti",
    "jwe",
    "jwk",
    "kid",
    "locale",
    "mac_key",
    "may_act",
    "middle_name",
    "mky",
    "name",
    "nbf",
    "nickname",
    "nonce",
    "object_id",
    "oid",
    "org_id",
    "org_name",
    "orig",
    "origid",
    "permissions",
    "phone_number",
    "phone_number_verified",
    "picture",
    "preferred_username",
    "profile",
    "purpose",
    "pwd_exp_days",
    "pwd_exp_time",
    "rid",
    "role",
    "roles",
    "rph",
    "rpt",
    "rsi",
    "s_hash",
    "scope",
    "scopes",
    "scp",
    "sid",
    "sub",
    "sub_jwk",
    "term",
    "toe",
    "token_type",
    "txn",
    "typ",
    "uid",
    "updated_at",
    "user_ip",
    "username",
    "uuid",
    "ver",
    "vot",
    "vtm",
    "website",
    "x5t#S256",
    "zoneinfo",
];

/// Beginnings that one provider keeps for its own: ZITADEL skips keys below `urn:zitadel:iam`, Auth0 and Okta the others.
const PREFIXES: &[&str] = &["urn:zitadel:iam", "sip_", "okta_", "device_"];

/// Whether `full_name`, as it would stand in a token, belongs to a standard or a provider.
pub(super) fn is_reserved(full_name: &str) -> bool {
    NAMES.binary_search(&full_name).is_ok() || PREFIXES.iter().any(|prefix| full_name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_for_binary_search() {
        assert!(NAMES.is_sorted());
    }

    #[test]
    fn registered_and_restricted_names_are_reserved() {
        for name in ["sub", "iss", "roles", "groups", "email", "x5t#S256", "sip_from", "urn:zitadel:iam:org:id:1"] {
            assert!(is_reserved(name), "{name}");
        }
    }

    #[test]
    fn names_below_a_namespace_are_free() {
        for name in ["https://claims.example.com/roles", "urn:acme:sub", "Roles", "rolesx"] {
            assert!(!is_reserved(name), "{name}");
        }
    }
}
