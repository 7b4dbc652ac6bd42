//! Rendering: a template and a member in, the bytes of two JSON objects out.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use cel::{Context, ExecutionError};
use thiserror::Error;

use super::evaluate::{Failure, evaluate};
use super::flat::Flat;
use super::inputs::{Inputs, bind};
use super::meter::Meter;
use super::template::{Claim, Template};

/// The most that one list of claims may take, in bytes: ten times what the most generous surface carries.
pub const MAX_RENDERED_BYTES: usize = 1 << 20;

/// The claims of one member in one tenant, ready to be sent.
pub struct Rendered {
    /// A compact JSON object with keys in sorted order: claims for access tokens and gateways.
    pub claims: Box<[u8]>,
    /// The same for ID tokens.
    pub id_token_claims: Box<[u8]>,
    /// The claims as lines, and as base64url; each made when a gateway asks for the first time.
    flat: OnceLock<Flat>,
    encoded: OnceLock<Bytes>,
}

/// By what was rendered; the other forms follow from it.
impl PartialEq for Rendered {
    fn eq(&self, other: &Self) -> bool {
        self.claims == other.claims && self.id_token_claims == other.id_token_claims
    }
}

impl Eq for Rendered {}

impl Rendered {
    /// From two compact JSON objects with keys in sorted order.
    pub(crate) const fn new(claims: Box<[u8]>, id_token_claims: Box<[u8]>) -> Self {
        Self { claims, id_token_claims, flat: OnceLock::new(), encoded: OnceLock::new() }
    }

    /// The claims as lines of visible ASCII.
    pub fn flat(&self) -> &Flat {
        self.flat.get_or_init(|| Flat::of(&self.claims))
    }

    /// The claims as base64url (RFC 4648 section 5), without padding.
    pub fn encoded(&self) -> &Bytes {
        self.encoded.get_or_init(|| Bytes::from(URL_SAFE_NO_PAD.encode(&self.claims)))
    }

    /// What keeping this costs, in bytes, without the allocator's own overhead. It is the same before and after a gateway has
    /// asked, so that what is taken off an account later is what was put on it.
    pub fn estimated_bytes(&self) -> usize {
        size_of::<Self>() + self.claims.len() * 2 + self.id_token_claims.len()
    }
}

/// Says how long the claims are, never what they say.
impl fmt::Debug for Rendered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rendered")
            .field("claims_bytes", &self.claims.len())
            .field("id_token_claims_bytes", &self.id_token_claims.len())
            .finish_non_exhaustive()
    }
}

/// Why a template that was accepted could not be rendered for this member. Names the claim, never a value.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("cannot render the claim `{claim}`: {fault}")]
pub struct RenderError {
    /// The claim's full name.
    pub claim: Box<str>,
    /// What went wrong.
    pub fault: RenderFault,
}

/// What went wrong in rendering.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum RenderFault {
    /// The expression names an attribute, or a key, that this member does not have.
    #[error("a key it names is missing: guard it with `has(…)`")]
    MissingKey,
    /// The expression does not fit the type of this member's data, or indexes past the end of a list.
    #[error("the expression does not fit the data: check types and sizes before use")]
    Evaluation,
    /// The result has no form in JSON.
    #[error("the result is not JSON: give a string, number, boolean, list or map with string keys")]
    NotJson,
    /// The loops of the template would take too long on data of this size.
    #[error("its loops cost too much for data of this size: loop over less")]
    TooCostly,
    /// The list of claims grew past [`MAX_RENDERED_BYTES`].
    #[error("the claims grow past {MAX_RENDERED_BYTES} bytes: put less into them")]
    TooLarge,
}

impl From<Failure> for RenderFault {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Evaluation(ExecutionError::NoSuchKey(_)) => Self::MissingKey,
            Failure::Evaluation(_) => Self::Evaluation,
            Failure::NotJson(_) => Self::NotJson,
            Failure::TooCostly => Self::TooCostly,
        }
    }
}

impl Template {
    /// Renders both lists for one member. Pure: equal inputs give equal bytes.
    ///
    /// # Errors
    /// The first claim that cannot be rendered. There is no partial result: a missing claim could be read as a denial
    /// or, worse, as a permission.
    pub fn render(&self, inputs: &Inputs<'_>) -> Result<Rendered, RenderError> {
        // The evaluator is somebody else's code and the expression a tenant's: a panic in there is this template's problem.
        let rendered = catch_unwind(AssertUnwindSafe(|| self.render_unguarded(inputs)));
        rendered
            .unwrap_or_else(|_| Err(RenderError { claim: "of this template".into(), fault: RenderFault::Evaluation }))
    }

    fn render_unguarded(&self, inputs: &Inputs<'_>) -> Result<Rendered, RenderError> {
        let meter = Meter::shared();
        let context = bind(inputs, &meter);
        let claims = render_list(&self.claims, &context, &meter)?;
        Ok(Rendered::new(claims, render_list(&self.id_token_claims, &context, &meter)?))
    }
}

fn render_list(claims: &[Claim], context: &Context<'_, '_>, meter: &Arc<Meter>) -> Result<Box<[u8]>, RenderError> {
    let mut object = vec![b'{'];
    for claim in claims {
        let refuse = |fault| RenderError { claim: claim.name.clone(), fault };
        let value = evaluate(&claim.expression, context, meter).map_err(|failure| refuse(failure.into()))?;
        let Some(value) = value else { continue };
        append(&mut object, &claim.name, &value).map_err(|_| refuse(RenderFault::NotJson))?;
        if object.len() >= MAX_RENDERED_BYTES {
            return Err(refuse(RenderFault::TooLarge));
        }
    }
    object.push(b'}');
    Ok(object.into_boxed_slice())
}

fn append(object: &mut Vec<u8>, name: &str, value: &serde_json::Value) -> serde_json::Result<()> {
    if object.len() > 1 {
        object.push(b',');
    }
    serde_json::to_writer(&mut *object, name)?;
    object.push(b':');
    serde_json::to_writer(object, value)
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;
    use crate::claims::{TemplateSource, TenantFacts};

    struct Member {
        roles: Vec<Arc<str>>,
        permissions: Vec<Arc<str>>,
        attributes: Map<String, serde_json::Value>,
    }

    fn names(list: &[&str]) -> Vec<Arc<str>> {
        list.iter().map(|name| Arc::from(*name)).collect()
    }

    fn member(roles: &[&str], attributes: &serde_json::Value) -> Member {
        let attributes = attributes.as_object().unwrap().clone();
        Member { roles: names(roles), permissions: names(&["b:write", "a:read", "b:write"]), attributes }
    }

    fn template(expression: &str) -> Template {
        let claims = [("c".to_owned(), expression.to_owned())].into();
        let source = TemplateSource { claims, ..TemplateSource::default() };
        Template::compile(&source, "urn:x:").unwrap()
    }

    fn render(template: &Template, member: &Member) -> Result<String, RenderFault> {
        let inputs = Inputs {
            tenant: TenantFacts { id: "acme", name: "Acme" },
            user: "u-42",
            roles: &member.roles,
            permissions: &member.permissions,
            attributes: &member.attributes,
            client: None,
        };
        let rendered = template.render(&inputs).map_err(|error| error.fault)?;
        assert_eq!(&*rendered.id_token_claims, b"{}");
        Ok(String::from_utf8(rendered.claims.into_vec()).unwrap())
    }

    fn rendered(expression: &str, attributes: &serde_json::Value) -> Result<String, RenderFault> {
        render(&template(expression), &member(&["owner", "admin", "owner"], attributes))
    }

    #[test]
    fn roles_and_permissions_come_sorted_and_unique() {
        let text = rendered("{'r': membership.roles, 'p': membership.permissions}", &json!({})).unwrap();
        assert_eq!(text, r#"{"urn:x:c":{"p":["a:read","b:write"],"r":["admin","owner"]}}"#);
    }

    #[test]
    fn both_lists_are_rendered_in_the_order_of_names() {
        let source: TemplateSource = serde_json::from_value(json!({
            "claims": {"user": "user.id", "roles": "membership.roles"},
            "id_token_claims": {"tenant": "tenant.name"},
        }))
        .unwrap();
        let template = Template::compile(&source, "https://c.example/").unwrap();
        let no_attributes = Map::new();
        let inputs = Inputs {
            tenant: TenantFacts { id: "acme", name: "Acme" },
            user: "u-42",
            roles: &[],
            permissions: &[],
            attributes: &no_attributes,
            client: Some("spa"),
        };
        let rendered = template.render(&inputs).unwrap();
        assert_eq!(&*rendered.claims, br#"{"https://c.example/roles":[],"https://c.example/user":"u-42"}"#);
        assert_eq!(&*rendered.id_token_claims, br#"{"https://c.example/tenant":"Acme"}"#);
        let bytes = rendered.claims.len() * 2 + rendered.id_token_claims.len();
        assert_eq!(rendered.estimated_bytes(), bytes + size_of::<Rendered>());
        assert!(!format!("{rendered:?}").contains("u-42"));
    }

    #[test]
    fn a_claim_that_is_null_is_left_out_and_a_null_inside_it_stays() {
        assert_eq!(rendered("client.id", &json!({})).unwrap(), "{}");
        assert_eq!(rendered("[client.id]", &json!({})).unwrap(), r#"{"urn:x:c":[null]}"#);
    }

    #[test]
    fn has_guards_an_attribute_that_may_be_missing() {
        let guarded = "has(membership.attributes.region) ? membership.attributes.region : null";
        assert_eq!(rendered(guarded, &json!({})).unwrap(), "{}");
        assert_eq!(rendered(guarded, &json!({"region": "eu"})).unwrap(), r#"{"urn:x:c":"eu"}"#);
        // An attribute that is there and null is there: `has` says true, and the claim is left out.
        assert_eq!(rendered(guarded, &json!({"region": null})).unwrap(), "{}");
        assert_eq!(rendered("has(membership.attributes.n)", &json!({"n": null})).unwrap(), r#"{"urn:x:c":true}"#);
        let optional = "membership.attributes.?a.?b.orValue('none')";
        assert_eq!(rendered(optional, &json!({"a": {}})).unwrap(), r#"{"urn:x:c":"none"}"#);
        assert_eq!(rendered(optional, &json!({"a": {"b": 7}})).unwrap(), r#"{"urn:x:c":7}"#);
    }

    #[test]
    fn loops_over_attributes_are_in_the_order_of_keys() {
        let keys: Map<String, serde_json::Value> =
            (0..40).map(|index| (format!("k{index:02}"), json!(index))).collect();
        let expected: Vec<&String> = keys.keys().collect();
        let text = rendered("membership.attributes.map(k, k)", &json!(keys)).unwrap();
        assert_eq!(text, json!({"urn:x:c": expected}).to_string());
        let text = rendered("membership.attributes.filter(k, membership.attributes[k] == 7)", &json!(keys)).unwrap();
        assert_eq!(text, r#"{"urn:x:c":["k07"]}"#);
    }

    #[test]
    fn every_loop_gives_what_cel_says() {
        for (expression, value) in [
            ("membership.roles.map(r, r.startsWith('a'), r + '!')", json!(["admin!"])),
            ("membership.roles.all(r, r.contains('n'))", json!(true)),
            ("membership.roles.exists(r, r == 'owner')", json!(true)),
            ("membership.roles.exists_one(r, r == 'owner')", json!(true)),
            ("membership.roles.exists(r, r == 'x')", json!(false)),
            (
                "membership.roles.map(r, membership.permissions.map(p, r + '/' + p))[?0].orValue([])",
                json!(["admin/a:read", "admin/b:write"]),
            ),
        ] {
            let expected = json!({"urn:x:c": value}).to_string();
            assert_eq!(rendered(expression, &json!({})).as_deref(), Ok(expected.as_str()), "{expression}");
        }
    }

    #[test]
    fn unicode_and_quotes_survive() {
        let text = rendered(
            "'é\u{1f600}\"' + (has(membership.attributes.n) ? membership.attributes.n : '')",
            &json!({"n": "\u{0}ß"}),
        );
        let back: serde_json::Value = serde_json::from_str(&text.unwrap()).unwrap();
        assert_eq!(back, json!({"urn:x:c": "é\u{1f600}\"\u{0}ß"}));
    }

    #[test]
    fn real_data_that_does_not_fit_fails_without_being_quoted() {
        let not_text = "has(membership.attributes.x) ? membership.attributes.x + '!' : null";
        assert_eq!(rendered(not_text, &json!({"x": 5})), Err(RenderFault::Evaluation));
        let nested = "has(membership.attributes.x) ? membership.attributes.x.y : null";
        assert_eq!(rendered(nested, &json!({"x": {"secret": 1}})), Err(RenderFault::MissingKey));
        let error = RenderError { claim: "urn:x:c".into(), fault: RenderFault::MissingKey };
        assert_eq!(
            error.to_string(),
            "cannot render the claim `urn:x:c`: a key it names is missing: guard it with `has(…)`"
        );
    }

    #[test]
    fn honest_loops_over_many_permissions_fit_the_budget() {
        let mut many = member(&["admin"], &json!({}));
        many.permissions = (0..1_000).map(|index| Arc::from(format!("resource-{index:05}:action:write"))).collect();
        many.roles = (0..30).map(|index| Arc::from(format!("resource-{index:05}"))).collect();
        for expression in [
            "membership.permissions.filter(p, p in membership.permissions)",
            "membership.roles.map(r, membership.permissions.filter(p, p.startsWith(r)))",
        ] {
            assert!(render(&template(expression), &many).is_ok(), "{expression}");
        }
    }

    #[test]
    fn hostile_loops_are_refused_before_they_run() {
        let mut many = member(&["admin"], &json!({}));
        many.permissions = (0..2_000).map(|index| Arc::from(format!("resource-{index:05}:action:write"))).collect();
        for expression in [
            "membership.permissions.map(p, membership.permissions.map(q, membership.permissions))",
            "membership.permissions.all(p, membership.permissions.all(q, size(membership.permissions + [q]) > 0)) || true",
        ] {
            assert_eq!(render(&template(expression), &many), Err(RenderFault::TooCostly), "{expression}");
        }
    }

    #[test]
    fn doubling_again_and_again_is_refused_before_it_fills_the_memory() {
        let mut many = member(&["admin"], &json!({}));
        many.permissions = (0..2_000).map(|index| Arc::from(format!("resource-{index:05}:action:write"))).collect();
        let group = format!("({})", ["y"; 8].join("+"));
        let growing =
            format!("[membership.permissions].map(x, x+x+x+x+x+x+x+x).map(y, {})", [group.as_str(); 8].join("+"));
        assert_eq!(render(&template(&growing), &many), Err(RenderFault::TooCostly));
        let filler = "x".repeat(1_800);
        let repeating = format!("membership.permissions.map(p, [1,2,3,4,5,6].map(q, '{filler}'))");
        assert_eq!(render(&template(&repeating), &many), Err(RenderFault::TooCostly));
    }

    #[test]
    fn claims_beyond_the_size_limit_are_refused() {
        let text = "x".repeat(MAX_RENDERED_BYTES / 2);
        let twice = "has(membership.attributes.t) ? [membership.attributes.t, membership.attributes.t] : null";
        assert_eq!(rendered(twice, &json!({"t": text})), Err(RenderFault::TooLarge));
    }
}
