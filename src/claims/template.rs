//! A claim template: from what the directory stores to something that can be rendered.

use std::collections::BTreeMap;
use std::{io, panic, thread};

use serde::Deserialize;

use super::expression::Expression;
use super::names::{NameProblem, Namespace, check_without_namespace};
use super::problems::{TemplateProblem, TemplateProblems};
use super::sample::try_out;
use super::subject::Reads;

/// Claims in one list of a template.
pub const MAX_CLAIMS: usize = 64;

/// The parser takes a quarter of a megabyte per bracket in a build without optimisation.
const COMPILE_STACK: usize = 16 << 20;

/// A template as the directory stores it (a `jsonb` object) and as the configuration's `[claims]` table holds it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateSource {
    /// What every claim's name begins with; the service's own when absent.
    #[serde(default)]
    pub namespace: Option<String>,
    /// Claims for access tokens and gateways: name → expression.
    #[serde(default)]
    pub claims: BTreeMap<String, String>,
    /// Claims for ID tokens: name → expression.
    #[serde(default)]
    pub id_token_claims: BTreeMap<String, String>,
}

/// One claim, ready to be rendered.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) name: Box<str>,
    source: Box<str>,
    pub(super) expression: Expression,
}

impl PartialEq for Claim {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.source == other.source
    }
}

/// A checked template. Two are equal when they render the same for the same inputs because they say the same.
#[derive(Debug, PartialEq)]
pub struct Template {
    /// By full name.
    pub(super) claims: Vec<Claim>,
    /// By full name.
    pub(super) id_token_claims: Vec<Claim>,
}

impl Template {
    /// Compiles, checks and test-renders `source`, with `default_namespace` where it names none.
    ///
    /// Takes milliseconds, on a thread of its own that is gone on return.
    ///
    /// # Errors
    /// Everything that is wrong with the template, never only the first thing.
    pub fn compile(source: &TemplateSource, default_namespace: &str) -> Result<Self, TemplateProblems> {
        let compiled = on_roomy_stack(|| compile_here(source, default_namespace));
        compiled
            .unwrap_or_else(|error| {
                let message = format!("no thread to compile the template on, try again: {error}");
                Err(vec![TemplateProblem::new("claims", message)])
            })
            .map_err(TemplateProblems::new)
    }

    /// Which inputs beyond tenant and roles influence the result.
    pub fn reads(&self) -> Reads {
        let all = self.claims.iter().chain(&self.id_token_claims);
        all.fold(Reads::default(), |reads, claim| reads.union(claim.expression.reads))
    }
}

/// Runs `work` where a deep expression has room; a panic goes on in the caller.
fn on_roomy_stack<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    thread::scope(|scope| {
        let builder = thread::Builder::new().name("claims-compile".to_owned()).stack_size(COMPILE_STACK);
        match builder.spawn_scoped(scope, work)?.join() {
            Ok(result) => Ok(result),
            Err(payload) => panic::resume_unwind(payload),
        }
    })
}

fn compile_here(source: &TemplateSource, default_namespace: &str) -> Result<Template, Vec<TemplateProblem>> {
    let namespace = Namespace::parse(source.namespace.as_deref().unwrap_or(default_namespace));
    let mut problems = Vec::new();
    if let Err(problem) = &namespace {
        problems.push(TemplateProblem::new("namespace", problem.to_string()));
    }
    let mut compiler = Compiler { namespace: namespace.ok(), problems };
    let claims = compiler.compile_list("claims", &source.claims);
    let id_token_claims = compiler.compile_list("id_token_claims", &source.id_token_claims);
    if compiler.problems.is_empty() { Ok(Template { claims, id_token_claims }) } else { Err(compiler.problems) }
}

struct Compiler {
    /// Absent when it is broken: the rest is checked all the same.
    namespace: Option<Namespace>,
    problems: Vec<TemplateProblem>,
}

impl Compiler {
    fn compile_list(&mut self, list: &str, sources: &BTreeMap<String, String>) -> Vec<Claim> {
        if sources.len() > MAX_CLAIMS {
            let message = format!("has {} claims, of {MAX_CLAIMS} at most", sources.len());
            self.problems.push(TemplateProblem::new(list, message));
            return Vec::new();
        }
        let mut claims = BTreeMap::new();
        for (name, source) in sources {
            let place = format!("{list}.{name}");
            let Some(claim) = self.compile_claim(&place, name, source) else { continue };
            if claims.insert(claim.name.clone(), claim).is_some() {
                self.problems.push(TemplateProblem::new(place, "the claim is named twice, short and in full"));
            }
        }
        claims.into_values().collect()
    }

    fn compile_claim(&mut self, place: &str, name: &str, source: &str) -> Option<Claim> {
        let full_name = self.full_name(name);
        let expression = compile_expression(source);
        match (full_name, expression) {
            (Ok(name), Ok(expression)) => Some(Claim { name: name.into(), source: source.into(), expression }),
            (name, expression) => {
                let messages = name.err().map(|problem| problem.to_string()).into_iter();
                let messages = messages.chain(expression.err().unwrap_or_default());
                self.problems.extend(messages.map(|message| TemplateProblem::new(place, message)));
                None
            }
        }
    }

    fn full_name(&self, name: &str) -> Result<String, NameProblem> {
        match &self.namespace {
            Some(namespace) => namespace.qualify(name),
            None => check_without_namespace(name).map(|()| name.to_owned()),
        }
    }
}

fn compile_expression(source: &str) -> Result<Expression, Vec<String>> {
    let expression = Expression::parse(source)?;
    try_out(&expression).map_err(|message| vec![message])?;
    Ok(expression)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: &str = "https://claims.example.com/";

    fn source(json: &str) -> TemplateSource {
        serde_json::from_str(json).unwrap()
    }

    fn problems(json: &str) -> String {
        Template::compile(&source(json), DEFAULT).unwrap_err().to_string()
    }

    fn with_claim(expression: &str) -> TemplateSource {
        TemplateSource { claims: [("c".to_owned(), expression.to_owned())].into(), ..TemplateSource::default() }
    }

    #[test]
    fn a_template_can_be_shared_between_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Template>();
    }

    #[test]
    fn an_unknown_member_of_the_source_is_refused() {
        assert!(serde_json::from_str::<TemplateSource>(r#"{"claim": {}}"#).is_err());
    }

    #[test]
    fn the_templates_own_namespace_wins_over_the_services() {
        let template = source(r#"{"namespace": "urn:acme:", "claims": {"roles": "membership.roles"}}"#);
        let compiled = Template::compile(&template, DEFAULT).unwrap();
        assert_eq!(&*compiled.claims[0].name, "urn:acme:roles");
    }

    #[test]
    fn all_problems_are_reported_at_once() {
        let found = problems(
            r#"{"namespace": "https://acme.auth0.com/",
                "claims": {"sub": "user.id", "a b": "1 +", "x": "tenant.slug", "fine": "tenant.id"},
                "id_token_claims": {"y": "membership.attributes.region"}}"#,
        );
        let places: Vec<&str> = found.lines().map(|line| line.split(": ").next().unwrap()).collect();
        let expected = ["namespace", "claims.a b", "claims.a b", "claims.sub", "claims.x", "id_token_claims.y"];
        assert_eq!(places, expected, "{found}");
    }

    #[test]
    fn a_template_cannot_speak_for_another_namespace() {
        let found = problems(r#"{"claims": {"https://other.example.com/roles": "membership.roles"}}"#);
        assert!(found.contains("outside the template's namespace"), "{found}");
    }

    #[test]
    fn one_claim_named_twice_is_refused() {
        let found = problems(r#"{"claims": {"r": "1", "https://claims.example.com/r": "2"}}"#);
        assert!(found.contains("named twice"), "{found}");
    }

    #[test]
    fn more_claims_than_the_limit_are_refused() {
        let claims = |count: usize| (0..count).map(|index| (format!("c{index}"), "1".to_owned())).collect();
        let of = |count: usize| TemplateSource { claims: claims(count), ..TemplateSource::default() };
        assert!(Template::compile(&of(MAX_CLAIMS), DEFAULT).is_ok());
        let found = Template::compile(&of(MAX_CLAIMS + 1), DEFAULT).unwrap_err().to_string();
        assert!(found.contains("65 claims"), "{found}");
    }

    #[test]
    fn a_failing_test_render_names_the_remedy() {
        for (expression, remedy) in [
            ("membership.attributes.region", "has(membership.attributes.region) ? membership.attributes.region : null"),
            ("membership.attributes['region']", "has(membership.attributes.region)"),
            ("has(membership.attributes.a.b)", "one `has` for each level"),
            ("membership.roles[0]", "test its `size()` first"),
            ("client.id + '!'", "and no client"),
            ("b'abc'", "bytes"),
            ("double('NaN')", "not finite"),
            ("{1: 2}", "a map key that is not a string"),
            ("membership.attributes.?x", ".orValue(null)"),
            ("1 + 'a'", "Unsupported binary operator"),
            ("1 / 0", "zero"),
        ] {
            let found = Template::compile(&with_claim(expression), DEFAULT).unwrap_err().to_string();
            assert!(found.contains(remedy), "{expression}: {found}");
            assert_eq!(found.lines().count(), 1, "{found}");
        }
    }

    #[test]
    fn templates_are_equal_when_they_say_the_same() {
        let compile = |json: &str| Template::compile(&source(json), DEFAULT).unwrap();
        let short = compile(r#"{"claims": {"r": "membership.roles"}}"#);
        assert_eq!(short, compile(r#"{"claims": {"https://claims.example.com/r": "membership.roles"}}"#));
        assert_ne!(short, compile(r#"{"claims": {"r": "membership.permissions"}}"#));
        assert_ne!(short, compile(r#"{"id_token_claims": {"r": "membership.roles"}}"#));
        assert_ne!(short, compile(r#"{"namespace": "urn:acme:", "claims": {"r": "membership.roles"}}"#));
    }

    #[test]
    fn reads_are_those_of_both_lists() {
        let template = source(r#"{"claims": {"u": "user.id"}, "id_token_claims": {"c": "client.id"}}"#);
        let reads = Template::compile(&template, DEFAULT).unwrap().reads();
        assert_eq!(reads, Reads { user: true, attributes: false, client: true });
    }
}
