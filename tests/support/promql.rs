//! Which series a `PromQL` expression names. A scan, not a parser: that the expression is valid, Prometheus tells.

/// What an expression names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) selectors: Vec<Selector>,
    /// Labels of `by`, `on` and their kin.
    pub(crate) grouping: Vec<String>,
}

/// A metric, and the label values that are asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Selector {
    pub(crate) metric: String,
    pub(crate) matchers: Vec<(String, String)>,
}

#[derive(Debug, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    Text(&'a str),
    Symbol(char),
}
use Token::{Symbol, Text, Word};

const GROUPING: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];
const KEYWORDS: [&str; 9] = ["and", "or", "unless", "atan2", "bool", "offset", "inf", "nan", "end"];

/// Scans an expression, or one series as the exposition writes it.
pub(crate) fn named(expression: &str) -> Named {
    let tokens = tokens(expression);
    let mut named = Named::default();
    let mut rest = tokens.as_slice();
    while let [first, tail @ ..] = rest {
        rest = match (first, tail) {
            (Word(word), [Symbol('('), labels @ ..]) if GROUPING.contains(word) => named.group(labels),
            (Symbol('['), range) => after(']', range).1,
            (Word(word), _) if is_metric(word, tail) => named.select(word, tail),
            _ => tail,
        };
    }
    named
}

impl Named {
    fn group<'t, 'a>(&mut self, tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
        let (labels, rest) = after(')', tokens);
        self.grouping.extend(labels.iter().filter_map(Token::word));
        rest
    }

    fn select<'t, 'a>(&mut self, metric: &str, tail: &'t [Token<'a>]) -> &'t [Token<'a>] {
        let (matchers, rest) = match tail {
            [Symbol('{'), inner @ ..] => after('}', inner),
            _ => (&tail[..0], tail),
        };
        let names = matchers.iter().filter_map(Token::word);
        let values =
            matchers.iter().filter_map(|token| if let Text(text) = token { Some((*text).to_owned()) } else { None });
        self.selectors.push(Selector { metric: metric.to_owned(), matchers: names.zip(values).collect() });
        rest
    }
}

impl Token<'_> {
    fn word(&self) -> Option<String> {
        if let Word(word) = self { Some((*word).to_owned()) } else { None }
    }
}

/// What stands before the closing symbol, and what after it.
fn after<'t, 'a>(close: char, tokens: &'t [Token<'a>]) -> (&'t [Token<'a>], &'t [Token<'a>]) {
    let end = tokens.iter().position(|token| *token == Symbol(close)).unwrap_or_else(|| panic!("no {close}"));
    (&tokens[..end], &tokens[end + 1..])
}

fn is_metric(word: &str, tail: &[Token<'_>]) -> bool {
    let is_name = word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    // `rate(` is a function, `sum by` an aggregation.
    let is_called = matches!(tail, [Symbol('(') | Word("by" | "without"), ..]);
    let is_keyword = GROUPING.contains(&word) || KEYWORDS.contains(&word.to_ascii_lowercase().as_str());
    is_name && !is_called && !is_keyword
}

fn tokens(mut text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    while let Some(first) = text.chars().next() {
        let length = match first {
            '"' | '\'' => quoted(text, first),
            _ if is_word(first) => text.find(|next| !is_word(next)).unwrap_or(text.len()),
            _ => first.len_utf8(),
        };
        let (token, rest) = text.split_at(length);
        match first {
            '"' | '\'' => tokens.push(Text(&token[1..length - 1])),
            _ if is_word(first) => tokens.push(Word(token)),
            _ if first.is_whitespace() => {}
            _ => tokens.push(Symbol(first)),
        }
        text = rest;
    }
    tokens
}

const fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | ':' | '$' | '.')
}

/// The length of a quoted text, quotes included.
fn quoted(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if character == quote => return at + 1,
            _ => {}
        }
    }
    panic!("a quote is open in {text}")
}

#[test]
fn metrics_matchers_and_groupings_are_told_from_everything_else() {
    let found = named(
        r#"histogram_quantile(0.99, sum by (surface, le) (rate(a_bucket{job=~"$job", surface!="x, {y} \" by"}[$__rate_interval])))
           / on (job) group_left max without (z) (b offset 5m) > bool 1e3 or time() - (c{} > 0) unless vector(0)"#,
    );
    let metrics: Vec<&str> = found.selectors.iter().map(|selector| selector.metric.as_str()).collect();
    assert_eq!(metrics, ["a_bucket", "b", "c"]);
    let matchers = [("job".to_owned(), "$job".to_owned()), ("surface".to_owned(), r#"x, {y} \" by"#.to_owned())];
    assert_eq!(found.selectors[0].matchers, matchers);
    assert_eq!(found.grouping, ["surface", "le", "job", "z"]);
}
