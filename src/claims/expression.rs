//! One expression: from the author's text to a checked tree.

use std::sync::{Arc, LazyLock};

use cel::{Env, IdedExpr, ParseErrors};

use super::inspect::{MAX_DEPTH, inspect};
use super::subject::Reads;

/// The longest expression, in characters.
const MAX_CHARACTERS: usize = 2_000;
/// Brackets and conditionals inside one another that the parser follows. It stops there by itself, before it has
/// built anything deeper.
const MAX_NESTING: u16 = 24;
/// Syntax errors reported for one expression: the parser's later ones are mostly echoes of the first.
const MAX_SYNTAX_ERRORS: usize = 3;

/// The functions and macros of CEL's standard library, shared by all templates.
pub(super) static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// A checked expression.
#[derive(Debug)]
pub(super) struct Expression {
    pub(super) tree: IdedExpr,
    pub(super) reads: Reads,
}

impl Expression {
    /// Parses and checks `source`; on failure, everything that is wrong with it.
    ///
    /// The parser recurses: call it on a roomy stack.
    pub(super) fn parse(source: &str) -> Result<Self, Vec<String>> {
        if source.chars().nth(MAX_CHARACTERS).is_some() {
            return Err(vec![format!("the expression is longer than {MAX_CHARACTERS} characters")]);
        }
        let parser = ENVIRONMENT.parser().max_recursion_depth(MAX_NESTING);
        let mut tree = parser.parse(source).map_err(|errors| describe(&errors))?;
        let findings = inspect(&mut tree);
        if findings.problems.is_empty() { Ok(Self { tree, reads: findings.reads }) } else { Err(findings.problems) }
    }
}

/// The parser's messages without its drawing of the source, which cannot cope with every position it reports itself.
fn describe(errors: &ParseErrors) -> Vec<String> {
    if errors.errors.iter().any(|error| error.msg.contains("Recursion limit")) {
        return vec![format!("the expression is nested deeper than {MAX_DEPTH} levels: split or simplify it")];
    }
    let one_line = |error: &cel::ParseError| {
        format!("not a CEL expression: line {}, column {}: {}", error.pos.0, error.pos.1, error.msg)
    };
    errors.errors.iter().take(MAX_SYNTAX_ERRORS).map(one_line).collect()
}

#[cfg(test)]
mod tests {
    use std::thread;

    use proptest::prelude::*;

    use super::*;
    use crate::claims::sample::try_out;

    fn on_roomy_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
        thread::scope(|scope| {
            let builder = thread::Builder::new().stack_size(16 << 20);
            builder.spawn_scoped(scope, work).unwrap().join().unwrap()
        })
    }

    fn problems(source: &str) -> String {
        on_roomy_stack(|| Expression::parse(source)).err().unwrap_or_default().join("\n")
    }

    #[test]
    fn ordinary_expressions_are_accepted() {
        for source in [
            "membership.roles",
            "'a' in membership.roles ? tenant.name + '!' : null",
            "has(membership.attributes.x) ? membership.attributes.x : null",
            "membership.attributes.?x.orValue('none')",
            "membership.roles.filter(r, r.startsWith('sample')).map(r, {'role': r})",
            "membership.roles.map(r, membership.permissions.filter(p, p.startsWith(r)))",
            "membership.roles.all(r, r != '') && !membership.permissions.exists(p, p == 'root')",
            "[tenant.id, user.id, dyn(size(membership.roles))]",
            "client.id == null ? 'none' : client.id",
            "true // a comment",
        ] {
            assert_eq!(problems(source), "", "{source}");
        }
    }

    #[test]
    fn what_no_member_could_evaluate_is_refused_even_in_an_untaken_branch() {
        for (source, message) in [
            ("true ? 1 : tennant.id", "unknown variable `tennant`"),
            ("true ? 1 : tenant.slug", "unknown variable `tenant.slug`"),
            ("size(membership)", "`membership` stands alone"),
            ("membership['roles']", "`membership` stands alone"),
            ("true ? 1 : matches('a', 'b')", "unknown function `matches`"),
            ("membership.roles.join(',')", "unknown method `join`"),
            ("membership.roles.map(r)", "unknown method `map`"),
            ("true ? 1 : Foo{a: 1}", "no type `Foo`"),
            ("membership.roles.map(user, user)", "`user` hides another variable"),
            ("membership.roles.map(r, membership.roles.map(r, r))", "`r` hides another variable"),
            ("membership.roles.map(a, [1].map(b, [1].map(c, c)))", "more than 2 loops"),
            ("[1].map(a, a + a).map(b, b + b).map(c, c + c)", "more than 2 loops"),
            ("@result", "not a CEL expression"),
            ("@each(1, 1, 1, 1)", "not a CEL expression"),
            ("'open", "not a CEL expression"),
            ("1 +", "not a CEL expression"),
            ("", "not a CEL expression"),
        ] {
            let found = problems(source);
            assert!(found.contains(message), "{source}: {found}");
        }
    }

    #[test]
    fn several_mistakes_in_one_expression_are_reported_together() {
        let found = problems("foo + bar + foo");
        assert_eq!(found.lines().count(), 2, "{found}");
    }

    #[test]
    fn length_is_counted_in_characters() {
        let fits = format!("'{}'", "é".repeat(MAX_CHARACTERS - 2));
        assert_eq!(problems(&fits), "");
        assert!(problems(&format!("{fits} ")).contains("longer than 2000 characters"));
    }

    #[test]
    fn depth_of_every_kind_is_refused_without_overflowing_the_stack() {
        for source in [
            "(".repeat(2_000),
            "[".repeat(2_000),
            "{".repeat(2_000),
            "[{(".repeat(600),
            "size(".repeat(400),
            format!("{}1{}", "(".repeat(999), ")".repeat(999)),
            format!("{}1{}", "{1:".repeat(400), "}".repeat(400)),
            format!("{}1", "true?1:".repeat(280)),
            vec!["1"; 1_000].join("+"),
            vec!["1"; 400].join(" in "),
            format!("tenant.id{}", ".a".repeat(900)),
            format!("tenant.id{}", "[0]".repeat(600)),
            format!("tenant.id{}", "[?0]".repeat(400)),
            format!("[1]{}", ".map(x,x)".repeat(200)),
        ] {
            assert!(!problems(&source).is_empty(), "{}", &source[..30]);
        }
    }

    #[test]
    fn a_long_expression_that_is_not_deep_is_accepted() {
        assert_eq!(problems(&format!("{}true", "!".repeat(1_900))), "");
        assert_eq!(problems(&["true"; 200].join(" && ")), "");
        assert_eq!(problems(&format!("[{}]", ["1"; 900].join(","))), "");
    }

    #[test]
    fn the_deepest_accepted_expression_evaluates_on_an_ordinary_stack() {
        let sum = vec!["1"; MAX_DEPTH].join("+");
        let nested = format!("{}1{}", "[".repeat(MAX_DEPTH - 1), "]".repeat(MAX_DEPTH - 1));
        for source in [sum, nested] {
            let expression = on_roomy_stack(|| Expression::parse(&source)).unwrap();
            let small = thread::Builder::new().stack_size(2 << 20);
            small.spawn(move || try_out(&expression)).unwrap().join().unwrap().unwrap();
        }
    }

    #[test]
    fn reads_follow_the_expression() {
        let reads = |source: &str| on_roomy_stack(|| Expression::parse(source)).unwrap().reads;
        assert_eq!(reads("[tenant.id, tenant.name, membership.roles, membership.permissions]"), Reads::default());
        assert_eq!(reads("user.id"), Reads { user: true, ..Reads::default() });
        assert_eq!(reads("client.id"), Reads { client: true, ..Reads::default() });
        assert_eq!(reads("has(membership.attributes.x)"), Reads { attributes: true, ..Reads::default() });
        let behind_a_loop = reads("membership.roles.exists(r, r == user.id)");
        assert_eq!(behind_a_loop, Reads { user: true, ..Reads::default() });
    }

    fn token() -> impl Strategy<Value = &'static str> {
        proptest::sample::select(vec![
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            ".",
            ",",
            "?",
            ":",
            "+",
            "-",
            "*",
            "/",
            "%",
            "!",
            "&&",
            "||",
            "==",
            "<",
            ">=",
            " in ",
            "has(",
            "size(",
            ".map(x,",
            ".filter(x,",
            ".all(x,",
            ".exists_one(x,",
            "x",
            "x)",
            "membership.roles",
            "membership.permissions",
            "membership.attributes",
            "tenant.id",
            "client.id",
            "'a'",
            "\"b\"",
            "r'",
            "'''",
            "'",
            "\\",
            "b'a'",
            "0",
            "-1",
            "1u",
            "1e400",
            "9223372036854775807",
            "-9223372036854775808",
            "0x",
            "null",
            "true",
            "é",
            "\u{1f600}",
            "\u{0}",
            "\n",
            "//",
            "`",
            ".?",
            "[?",
            "dyn(",
            "string(",
            "int(",
            "double(",
            "bytes(",
            "optional.of(",
            ".orValue(",
            ".contains(",
            "@",
            "$",
            "A{",
            "a:1}",
            "{'a':1}",
            "[1,2]",
            " ",
        ])
    }

    proptest! {
        #[test]
        fn no_soup_of_tokens_panics(soup in prop::collection::vec(token(), 1..16)) {
            let source = soup.concat();
            on_roomy_stack(|| Expression::parse(&source).map(|expression| try_out(&expression)).is_ok());
        }

        #[test]
        fn no_text_panics(source in "\\PC{0,40}") {
            on_roomy_stack(|| Expression::parse(&source).is_ok());
        }
    }
}
