//! The rows, and a test for each.

use super::ask::check;
use super::row::Answer::{Claims, Refused};
use super::row::Caller::{Any, ClientFirst, GlobexOnly, NoHints, TwoHints};
use super::row::User::{Id, Subject, Token};
use super::row::{Row, token};

/// A row is `what_it_shows: user, [hints], caller => answer;`.
macro_rules! rows {
    ($($shows:ident: $user:expr, [$($kind:ident $value:literal),*], $caller:expr => $answer:expr;)+) => {
        /// Every row.
        pub(super) const ROWS: &[&Row] = &[$(&row::$shows),+];

        mod row {
            use super::*;
            $(
                #[expect(non_upper_case_globals, reason = "the name of the test is the sentence of the table")]
                pub(super) const $shows: Row = Row {
                    shows: stringify!($shows),
                    user: $user,
                    sends: &[$((stringify!($kind), $value)),*],
                    caller: $caller,
                    answer: $answer,
                };
            )+
        }

        $(
            #[actix_rt::test]
            async fn $shows() {
                check(&row::$shows).await;
            }
        )+
    };
}

const ALICE: super::row::User = Id("alice");

rows! {
    a_tenant_is_named_by_its_id:
        ALICE, [tenant "globex"], Any => Claims("globex", "explicit");
    a_tenant_that_there_is_not_never_becomes_the_default:
        ALICE, [tenant "none"], Any => Refused("tenant_unknown");
    the_id_of_a_tenant_is_compared_to_the_letter:
        ALICE, [tenant "Globex"], Any => Refused("tenant_unknown");

    an_organization_names_its_tenant:
        ALICE, [organization "org_globex"], Any => Claims("globex", "organization");
    an_unknown_organization_never_becomes_the_default:
        ALICE, [organization "org_none"], Any => Refused("tenant_unknown");
    an_organization_of_two_tenants_names_neither:
        ALICE, [organization "org_twice"], Any => Refused("tenant_unknown");

    a_host_names_the_tenant_that_lists_it:
        ALICE, [host "www.globex.example"], Any => Claims("globex", "host");
    a_host_is_compared_without_case_port_and_final_dot:
        ALICE, [host "WWW.Globex.example.:8443"], Any => Claims("globex", "host");
    a_subdomain_is_the_id_of_a_tenant:
        ALICE, [host "globex.app.example"], Any => Claims("globex", "host");
    a_subdomain_is_compared_like_any_host:
        ALICE, [host "GLOBEX.App.example:443"], Any => Claims("globex", "host");
    a_host_of_the_pattern_comes_before_one_that_is_listed:
        ALICE, [host "big.app.example"], Any => Claims("big", "host");
    an_unknown_host_never_becomes_the_default:
        ALICE, [host "none.example"], Any => Refused("tenant_unknown");
    an_unknown_subdomain_never_becomes_the_default:
        ALICE, [host "none.app.example"], Any => Refused("tenant_unknown");
    a_subdomain_of_a_subdomain_is_nobodys:
        ALICE, [host "www.globex.app.example"], Any => Refused("tenant_unknown");
    the_domain_of_the_pattern_is_nobodys:
        ALICE, [host "app.example"], Any => Refused("tenant_unknown");
    an_empty_label_is_nobodys:
        ALICE, [host ".app.example"], Any => Refused("tenant_unknown");
    a_host_behind_the_domain_of_the_pattern_is_nobodys:
        ALICE, [host "globex.app.example.evil.example"], Any => Refused("tenant_unknown");
    a_name_beyond_ascii_is_nobodys:
        ALICE, [host "gl\u{f6}bex.app.example"], Any => Refused("tenant_unknown");

    a_client_names_the_tenant_that_lists_it:
        ALICE, [client_id "globex-spa"], Any => Claims("globex", "client_id");
    a_client_of_several_tenants_leaves_the_default_among_them:
        ALICE, [client_id "shared-spa"], Any => Claims("acme", "default");
    a_client_of_other_tenants_does_not_leave_the_default:
        ALICE, [client_id "globex-or-big-spa"], Any => Refused("tenant_required");
    an_unlisted_client_says_nothing:
        ALICE, [client_id "nobodys-spa"], Any => Claims("acme", "default");

    an_audience_names_the_tenant_that_lists_it:
        ALICE, [audience "https://globex.example/api"], Any => Claims("globex", "audience");
    an_audience_of_several_tenants_leaves_the_default_among_them:
        ALICE, [audience "https://shared.example/api"], Any => Claims("acme", "default");
    an_unlisted_audience_says_nothing:
        ALICE, [audience "https://nobodys.example/api"], Any => Claims("acme", "default");

    a_connection_names_the_tenant_that_lists_it:
        ALICE, [connection "globex-saml"], Any => Claims("globex", "connection");
    a_connection_of_several_tenants_leaves_the_default_among_them:
        ALICE, [connection "shared-saml"], Any => Claims("acme", "default");
    an_unlisted_connection_says_nothing:
        ALICE, [connection "nobodys-saml"], Any => Claims("acme", "default");

    a_login_hint_names_by_its_domain:
        ALICE, [login_hint "somebody@Globex.example"], Any => Claims("globex", "login_hint");
    a_login_hint_may_be_a_domain:
        ALICE, [login_hint "globex.example"], Any => Claims("globex", "login_hint");
    a_domain_of_several_tenants_leaves_the_default_among_them:
        ALICE, [login_hint "somebody@shared.example"], Any => Claims("acme", "default");
    an_unlisted_domain_says_nothing:
        ALICE, [login_hint "somebody@nobodys.example"], Any => Claims("acme", "default");
    a_login_hint_without_a_domain_says_nothing:
        ALICE, [login_hint "somebody"], Any => Claims("acme", "default");

    without_a_hint_the_default_applies_and_is_told:
        ALICE, [], Any => Claims("acme", "default");
    without_a_hint_and_a_default_the_user_has_to_choose:
        Id("bob"), [], Any => Refused("tenant_required");
    a_default_that_is_suspended_gives_way_to_nobody:
        Id("carol"), [], Any => Refused("tenant_suspended");
    a_suspended_tenant_that_is_named_gives_way_to_nobody:
        ALICE, [organization "org_initech"], Any => Refused("tenant_suspended");
    a_suspended_tenant_has_its_subdomain:
        ALICE, [host "initech.app.example"], Any => Refused("tenant_suspended");
    a_tenant_that_is_named_is_not_yet_one_of_the_user_s:
        Id("bob"), [tenant "acme"], Any => Refused("not_a_member");

    hints_of_every_kind_agree:
        ALICE,
        [
            tenant "globex", organization "org_globex", host "globex.app.example", client_id "globex-spa",
            audience "https://globex.example/api", connection "globex-saml", login_hint "a@globex.example"
        ], Any => Claims("globex", "explicit");
    what_is_shared_agrees_with_those_who_share_it:
        ALICE, [organization "org_globex", client_id "shared-spa"], Any => Claims("globex", "organization");
    what_is_shared_contradicts_all_others:
        ALICE, [tenant "big", client_id "shared-spa"], Any => Refused("tenant_conflict");
    what_different_tenants_share_contradicts_each_other:
        ALICE,
        [client_id "shared-spa", audience "https://big-or-initech.example/api"], Any => Refused("tenant_conflict");
    what_names_nobody_is_not_outvoted:
        ALICE, [organization "org_none", client_id "globex-spa"], Any => Refused("tenant_unknown");

    tenant_and_organization_disagree:
        ALICE, [tenant "acme", organization "org_globex"], Any => Refused("tenant_conflict");
    tenant_and_host_disagree:
        ALICE, [tenant "acme", host "globex.app.example"], Any => Refused("tenant_conflict");
    tenant_and_client_disagree:
        ALICE, [tenant "acme", client_id "globex-spa"], Any => Refused("tenant_conflict");
    tenant_and_audience_disagree:
        ALICE, [tenant "acme", audience "https://globex.example/api"], Any => Refused("tenant_conflict");
    tenant_and_connection_disagree:
        ALICE, [tenant "acme", connection "globex-saml"], Any => Refused("tenant_conflict");
    tenant_and_login_hint_disagree:
        ALICE, [tenant "acme", login_hint "a@globex.example"], Any => Refused("tenant_conflict");
    organization_and_host_disagree:
        ALICE, [organization "org_acme", host "globex.app.example"], Any => Refused("tenant_conflict");
    organization_and_client_disagree:
        ALICE, [organization "org_acme", client_id "globex-spa"], Any => Refused("tenant_conflict");
    organization_and_audience_disagree:
        ALICE, [organization "org_acme", audience "https://globex.example/api"], Any => Refused("tenant_conflict");
    organization_and_connection_disagree:
        ALICE, [organization "org_acme", connection "globex-saml"], Any => Refused("tenant_conflict");
    organization_and_login_hint_disagree:
        ALICE, [organization "org_acme", login_hint "a@globex.example"], Any => Refused("tenant_conflict");
    host_and_client_disagree:
        ALICE, [host "www.acme.example", client_id "globex-spa"], Any => Refused("tenant_conflict");
    host_and_audience_disagree:
        ALICE, [host "acme.app.example", audience "https://globex.example/api"], Any => Refused("tenant_conflict");
    host_and_connection_disagree:
        ALICE, [host "acme.app.example", connection "globex-saml"], Any => Refused("tenant_conflict");
    host_and_login_hint_disagree:
        ALICE, [host "acme.app.example", login_hint "a@globex.example"], Any => Refused("tenant_conflict");
    client_and_audience_disagree:
        ALICE, [client_id "acme-spa", audience "https://globex.example/api"], Any => Refused("tenant_conflict");
    client_and_connection_disagree:
        ALICE, [client_id "acme-spa", connection "globex-saml"], Any => Refused("tenant_conflict");
    client_and_login_hint_disagree:
        ALICE, [client_id "acme-spa", login_hint "a@globex.example"], Any => Refused("tenant_conflict");
    audience_and_connection_disagree:
        ALICE, [audience "https://acme.example/api", connection "globex-saml"], Any => Refused("tenant_conflict");
    audience_and_login_hint_disagree:
        ALICE, [audience "https://acme.example/api", login_hint "a@globex.example"], Any => Refused("tenant_conflict");
    connection_and_login_hint_disagree:
        ALICE, [connection "acme-saml", login_hint "a@globex.example"], Any => Refused("tenant_conflict");

    a_hint_that_the_caller_may_not_send_is_refused:
        ALICE, [host "globex.app.example"], TwoHints => Refused("caller_forbidden");
    it_is_refused_even_where_it_agrees:
        ALICE, [tenant "globex", host "globex.app.example"], TwoHints => Refused("caller_forbidden");
    it_is_refused_even_where_it_says_nothing:
        ALICE, [client_id "nobodys-spa"], TwoHints => Refused("caller_forbidden");
    the_tenant_itself_is_one_of_the_hints:
        ALICE, [tenant "globex"], NoHints => Refused("caller_forbidden");
    who_may_send_no_hint_gets_the_default:
        ALICE, [], NoHints => Claims("acme", "default");
    the_source_is_the_first_in_the_caller_s_order:
        ALICE, [tenant "globex", client_id "globex-spa"], ClientFirst => Claims("globex", "client_id");
    a_caller_asks_about_its_tenants_only:
        ALICE, [organization "org_acme"], GlobexOnly => Refused("caller_forbidden");
    a_default_that_the_caller_may_not_ask_about_is_none:
        ALICE, [], GlobexOnly => Refused("tenant_required");

    an_issuer_names_the_only_tenant_that_trusts_it:
        Subject("globex-idp"), [], Any => Claims("globex", "issuer");
    an_issuer_that_several_trust_leaves_the_default:
        Subject("shared-idp"), [], Any => Claims("acme", "default");
    an_issuer_that_only_a_suspended_tenant_trusts_names_nobody:
        Subject("initech-idp"), [], Any => Refused("issuer_not_trusted_by_tenant");
    an_issuer_gives_way_to_every_hint_and_is_not_trusted_for_it:
        Subject("globex-idp"), [tenant "acme"], Any => Refused("issuer_not_trusted_by_tenant");
    an_issuer_names_nobody_beside_a_client_that_does:
        Subject("globex-idp"), [client_id "globex-spa"], Any => Claims("globex", "client_id");
    an_issuer_agrees_with_what_its_tenant_shares:
        Subject("globex-idp"), [client_id "shared-spa"], Any => Claims("globex", "issuer");
    an_issuer_and_what_others_share_disagree:
        Subject("globex-idp"), [client_id "acme-or-big-spa"], Any => Refused("tenant_conflict");
    an_issuer_needs_no_leave:
        Subject("globex-idp"), [], NoHints => Claims("globex", "issuer");

    a_token_s_organization_names_its_tenant:
        token("shared-idp").organization("org_globex"), [], Any => Claims("globex", "organization");
    a_token_s_organization_needs_no_leave:
        token("shared-idp").organization("org_globex"), [], NoHints => Claims("globex", "organization");
    a_token_s_unknown_organization_never_becomes_the_default:
        token("shared-idp").organization("org_none"), [], Any => Refused("tenant_unknown");
    a_token_s_suspended_organization_gives_way_to_nobody:
        token("shared-idp").organization("org_initech"), [], Any => Refused("tenant_suspended");
    a_token_s_organization_and_the_tenant_agree:
        token("shared-idp").organization("org_globex"), [tenant "globex"], Any => Claims("globex", "explicit");
    a_token_s_organization_and_the_tenant_disagree:
        token("shared-idp").organization("org_globex"), [tenant "acme"], Any => Refused("tenant_conflict");
    a_token_s_organization_and_the_caller_s_disagree:
        token("shared-idp").organization("org_globex"), [organization "org_acme"], Any => Refused("tenant_conflict");
    a_token_s_organization_and_the_host_disagree:
        token("shared-idp").organization("org_globex"), [host "acme.app.example"], Any => Refused("tenant_conflict");
    a_token_s_organization_must_be_its_issuer_s_to_name:
        token("globex-idp").organization("org_acme"), [], Any => Refused("issuer_not_trusted_by_tenant");
    a_token_s_client_names_the_tenant_that_lists_it:
        token("shared-idp").client("globex-spa"), [], Any => Claims("globex", "client_id");
    a_token_s_client_needs_no_leave:
        token("shared-idp").client("globex-spa"), [], NoHints => Claims("globex", "client_id");
    a_token_s_client_may_be_repeated:
        token("shared-idp").client("globex-spa"), [client_id "globex-spa"], Any => Claims("globex", "client_id");
    a_token_s_client_may_not_be_replaced:
        token("shared-idp").client("globex-spa"), [client_id "acme-spa"], Any => Refused("invalid_request");
    a_token_s_client_and_the_tenant_disagree:
        token("shared-idp").client("globex-spa"), [tenant "acme"], Any => Refused("tenant_conflict");
    a_token_s_shared_client_leaves_the_default_among_them:
        token("shared-idp").client("shared-spa"), [], Any => Claims("acme", "default");
    a_token_s_audience_names_the_tenant_that_lists_it:
        token("shared-idp").audiences(&["https://globex.example/api"]), [], Any => Claims("globex", "audience");
    one_of_a_token_s_audiences_names_its_tenant:
        token("shared-idp").audiences(&[
            "https://nobodys.example/api", "https://shared.example/api", "https://globex.example/api"
        ]),
        [], Any => Claims("globex", "audience");
    a_token_s_audiences_disagree:
        token("shared-idp").audiences(&["https://acme.example/api", "https://globex.example/api"]),
        [], Any => Refused("tenant_conflict");
    a_token_s_audience_and_the_caller_s_disagree:
        token("shared-idp").audiences(&["https://globex.example/api"]),
        [audience "https://acme.example/api"], Any => Refused("tenant_conflict");
    a_token_in_which_nothing_names_a_tenant_leaves_the_default:
        Token(token("shared-idp")), [], Any => Claims("acme", "default");
    a_token_s_issuer_names_the_only_tenant_that_trusts_it:
        Token(token("globex-idp")), [], Any => Claims("globex", "issuer");
}
