//! One walk over a parsed expression: what it names, how deep it goes, and what its loops cost.
//!
//! The walk finds at load what evaluation would only find in the branch that a particular member takes: a misspelt
//! variable behind a `?`, a function that does not exist, a loop in a loop in a loop.

use cel::IdedExpr;
use cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedEntryExpr, LiteralValue, SelectExpr, operators,
};

use super::meter::{Mention, RoundCost, wrap_range};
use super::subject::{Reads, every_field, fields_of};

/// Levels of an expression's tree. Evaluation recurses once per level, on the stack of whoever renders.
pub(super) const MAX_DEPTH: usize = 24;
/// Loops (`all`, `exists`, `exists_one`, `map`, `filter`) inside one another, chained ones included.
const MAX_LOOPS: usize = 2;

const OPERATORS: &[&str] = &[
    operators::CONDITIONAL,
    operators::LOGICAL_AND,
    operators::LOGICAL_OR,
    operators::LOGICAL_NOT,
    operators::SUBSTRACT,
    operators::ADD,
    operators::MULTIPLY,
    operators::DIVIDE,
    operators::MODULO,
    operators::EQUALS,
    operators::NOT_EQUALS,
    operators::GREATER_EQUALS,
    operators::LESS_EQUALS,
    operators::GREATER,
    operators::LESS,
    operators::NEGATE,
    operators::INDEX,
    operators::OPT_INDEX,
    operators::OPT_SELECT,
    operators::NOT_STRICTLY_FALSE,
    operators::IN,
];
const FUNCTIONS: &[&str] = &["size", "string", "int", "uint", "double", "bool", "dyn"];
const METHODS: &[&str] = &["size", "contains", "startsWith", "endsWith", "orValue", "hasValue"];
/// Calls that give a truth value or a number: they look at a variable and do not copy it.
const LOOKING: &[&str] = &[
    operators::IN,
    operators::EQUALS,
    operators::NOT_EQUALS,
    operators::LESS,
    operators::LESS_EQUALS,
    operators::GREATER,
    operators::GREATER_EQUALS,
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "hasValue",
];
const LOOPS: &[&str] = &["all", "exists", "exists_one", "map", "filter"];

/// What the walk found.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) problems: Vec<String>,
    pub(super) reads: Reads,
}

/// Checks `expression` and wraps the range of each of its loops for the meter.
pub(super) fn inspect(expression: &mut IdedExpr) -> Findings {
    let mut inspector = Inspector::default();
    inspector.visit(expression, Level { depth: 1, loops: 0 });
    inspector.findings
}

#[derive(Clone, Copy)]
struct Level {
    depth: usize,
    loops: usize,
}

impl Level {
    fn deeper(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }
}

/// What evaluating a part of the tree touches.
#[derive(Default)]
struct Weight {
    steps: usize,
    /// The variables it names, as often as it names them.
    mentions: Vec<Mention>,
    /// Whether it is a variable, or a part of one, and computes nothing.
    is_path: bool,
}

impl Weight {
    fn step() -> Self {
        Self { steps: 1, ..Self::default() }
    }

    /// A text is copied wherever it ends up in a result.
    fn literal(literal: &LiteralValue) -> Self {
        let bytes = match literal {
            LiteralValue::String(text) => text.inner().len(),
            LiteralValue::Bytes(bytes) => bytes.inner().len(),
            _ => 0,
        };
        Self { steps: 1 + bytes / 2, ..Self::default() }
    }

    fn mention(variable: IdedExpr) -> Self {
        Self { steps: 1, mentions: vec![Mention { variable, copied: true }], is_path: true }
    }

    fn only_looked_at(mut self) -> Self {
        for mention in &mut self.mentions {
            mention.copied = false;
        }
        self
    }

    fn add(&mut self, other: Self) {
        self.steps += other.steps;
        self.mentions.extend(other.mentions);
    }
}

#[derive(Default)]
struct Inspector {
    findings: Findings,
    /// The variables of the loops around the node.
    locals: Vec<String>,
}

impl Inspector {
    fn refuse(&mut self, problem: String) -> Weight {
        if !self.findings.problems.contains(&problem) {
            self.findings.problems.push(problem);
        }
        Weight::step()
    }

    fn visit(&mut self, node: &mut IdedExpr, level: Level) -> Weight {
        if level.depth > MAX_DEPTH {
            return self
                .refuse(format!("the expression is nested deeper than {MAX_DEPTH} levels: split or simplify it"));
        }
        let inner = level.deeper();
        match &mut node.expr {
            Expr::Unspecified => Weight::step(),
            Expr::Literal(literal) => Weight::literal(literal),
            Expr::Ident(name) => self.visit_name(name),
            Expr::Select(select) => self.visit_select(select, inner),
            Expr::Call(call) => self.visit_call(call, inner),
            Expr::List(list) => self.visit_all(&mut list.elements, inner),
            Expr::Map(map) => self.visit_entries(&mut map.entries, inner),
            Expr::Struct(message) => self.refuse(format!("there is no type `{}` to construct", message.type_name)),
            Expr::Comprehension(comprehension) => self.visit_loop(comprehension, inner),
        }
    }

    fn visit_all<'n>(&mut self, nodes: impl IntoIterator<Item = &'n mut IdedExpr>, level: Level) -> Weight {
        let mut weight = Weight::step();
        for node in nodes {
            weight.add(self.visit(node, level));
        }
        weight
    }

    fn visit_entries(&mut self, entries: &mut [IdedEntryExpr], level: Level) -> Weight {
        let mut weight = Weight::step();
        for entry in entries {
            match &mut entry.expr {
                EntryExpr::MapEntry(entry) => weight.add(self.visit_all([&mut entry.key, &mut entry.value], level)),
                EntryExpr::StructField(field) => weight.add(self.visit(&mut field.value, level)),
            }
        }
        weight
    }

    fn visit_name(&mut self, name: &str) -> Weight {
        // The macros' own accumulator: no author can write the `@`.
        if name.starts_with('@') {
            return Weight::step();
        }
        if self.locals.iter().any(|local| local == name) {
            return Weight::mention(IdedExpr { id: 0, expr: Expr::Ident(name.to_owned()) });
        }
        if fields_of(name).is_some() {
            return self.refuse(format!("`{name}` stands alone: name one of its fields, out of {}", every_field()));
        }
        self.refuse(format!("unknown variable `{name}`: there are {}", every_field()))
    }

    fn visit_select(&mut self, select: &mut SelectExpr, level: Level) -> Weight {
        let Expr::Ident(variable) = &select.operand.expr else {
            return self.visit_part(select, level);
        };
        let Some(fields) = fields_of(variable) else {
            return self.visit_part(select, level);
        };
        if !fields.contains(&select.field.as_str()) {
            let problem = format!("unknown variable `{variable}.{}`: there are {}", select.field, every_field());
            return self.refuse(problem);
        }
        self.findings.reads.note(variable, &select.field);
        let path = SelectExpr { test: false, ..select.clone() };
        Weight::mention(IdedExpr { id: 0, expr: Expr::Select(path) })
    }

    fn visit_part(&mut self, select: &mut SelectExpr, level: Level) -> Weight {
        let whole = self.visit(&mut select.operand, level);
        let whole = if select.test && whole.is_path { whole.only_looked_at() } else { whole };
        Weight { steps: whole.steps + 1, ..whole }
    }

    fn visit_call(&mut self, call: &mut CallExpr, level: Level) -> Weight {
        let name = call.func_name.as_str();
        let known = if call.target.is_some() { METHODS } else { FUNCTIONS };
        if !OPERATORS.contains(&name) && !known.contains(&name) {
            let style = if call.target.is_some() { "method" } else { "function" };
            let loops = LOOPS.join("`, `");
            let problem = format!("unknown {style} `{name}`: there are `{}`, `has` and `{loops}`", known.join("`, `"));
            return self.refuse(problem);
        }
        let looking = LOOKING.contains(&name);
        let mut weight = Weight::step();
        for node in call.target.as_deref_mut().into_iter().chain(&mut call.args) {
            let part = self.visit(node, level);
            weight.add(if looking && part.is_path { part.only_looked_at() } else { part });
        }
        weight
    }

    fn visit_loop(&mut self, comprehension: &mut ComprehensionExpr, outside: Level) -> Weight {
        let level = Level { loops: outside.loops + 1, ..outside };
        if level.loops > MAX_LOOPS {
            return self.refuse(format!("more than {MAX_LOOPS} loops (`{}`) inside one another", LOOPS.join("`, `")));
        }
        let mut weight = self.visit(&mut comprehension.iter_range, level);
        let name = comprehension.iter_var.clone();
        if fields_of(&name).is_some() || self.locals.contains(&name) {
            return self.refuse(format!("the loop variable `{name}` hides another variable: choose another name"));
        }
        self.locals.push(name.clone());
        let parts = [&mut comprehension.loop_cond, &mut comprehension.loop_step, &mut comprehension.result];
        let round = self.visit_all(parts, level);
        self.locals.pop();

        let is_element = |mention: &Mention| matches!(&mention.variable.expr, Expr::Ident(local) if *local == name);
        let (elements, outer): (Vec<_>, Vec<_>) = round.mentions.into_iter().partition(is_element);
        weight.add(Weight { steps: round.steps, mentions: outer.clone(), is_path: false });
        weight.is_path = false;
        wrap_range(&mut comprehension.iter_range, RoundCost { steps: round.steps, elements, outer });
        weight
    }
}
