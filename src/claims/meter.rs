//! Bounded work: every loop pays before it runs.
//!
//! CEL always ends, but `permissions.map(p, permissions.map(q, permissions))` ends late. The range of every loop is
//! wrapped in a call of [`EACH`], which knows how long the range is and how much each round may touch, and refuses the
//! loop when the render's budget does not cover it. The same call hands out the keys of a map in sorted order, which
//! CEL leaves open and a deterministic result needs.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cel::common::ast::{CallExpr, Expr, ListExpr, LiteralValue};
use cel::objects::{Key, Value};
use cel::{ExecutionError, IdedExpr};

/// The function around every loop's range. The `@` cannot be written in an expression.
pub(super) const EACH: &str = "@each";

/// Units that one render may spend in loops. A unit is one step of evaluation, or sixteen bytes looked at. A render's
/// loops so stay below a tenth of a second, since a thread that renders serves other tenants too.
const BUDGET: u64 = 2_500_000;
/// Copying a value costs so many times what looking at it costs: it allocates, and the copy may be copied again.
const COPY_FACTOR: u64 = 8;

/// What one round of a loop may touch.
pub(super) struct RoundCost {
    /// Steps of evaluation.
    pub(super) steps: usize,
    /// What the round names: its own elements, and variables from outside.
    pub(super) elements: Vec<Mention>,
    pub(super) outer: Vec<Mention>,
}

/// A variable, where an expression names it.
#[derive(Clone)]
pub(super) struct Mention {
    pub(super) variable: IdedExpr,
    /// Whether the value may be copied there, and not only looked at.
    pub(super) copied: bool,
}

/// Wraps the range of a loop, so that [`Meter::each`] is asked before the first round.
pub(super) fn wrap_range(range: &mut IdedExpr, cost: RoundCost) {
    let inner = mem::take(range);
    range.id = inner.id;
    let (copied, scanned): (Vec<_>, Vec<_>) = cost.outer.into_iter().partition(|mention| mention.copied);
    let args = vec![
        inner,
        count(cost.steps as u64),
        count(element_factor(&cost.elements)),
        variables(scanned),
        variables(copied),
    ];
    range.expr = Expr::Call(CallExpr { func_name: EACH.to_owned(), target: None, args });
}

fn element_factor(elements: &[Mention]) -> u64 {
    elements.iter().map(|mention| if mention.copied { COPY_FACTOR } else { 1 }).sum()
}

fn count(number: u64) -> IdedExpr {
    IdedExpr { id: 0, expr: Expr::Literal(LiteralValue::UInt(number.into())) }
}

fn variables(mentions: Vec<Mention>) -> IdedExpr {
    let elements = mentions.into_iter().map(|mention| mention.variable).collect();
    IdedExpr { id: 0, expr: Expr::List(ListExpr::new(elements)) }
}

/// What [`wrap_range`] passes along with the range.
pub(super) struct LoopTerms {
    pub(super) steps: u64,
    pub(super) element_factor: u64,
    pub(super) scanned: Value,
    pub(super) copied: Value,
}

/// The budget of one render.
pub(super) struct Meter {
    remaining: AtomicU64,
}

impl Meter {
    pub(super) fn shared() -> Arc<Self> {
        Arc::new(Self { remaining: AtomicU64::new(BUDGET) })
    }

    /// Whether a loop was refused. CEL's `||` may swallow the error, so the renderer asks.
    pub(super) fn is_exhausted(&self) -> bool {
        self.remaining.load(Ordering::Relaxed) == 0
    }

    /// Pays for a loop over `range` and gives the elements in a fixed order.
    pub(super) fn each(&self, range: Value, terms: &LoopTerms) -> Result<Value, ExecutionError> {
        let length = match &range {
            Value::List(items) => items.len(),
            Value::Map(map) => map.map.len(),
            _ => return Ok(range),
        };
        let copies = size_of(&terms.copied).saturating_mul(COPY_FACTOR);
        let round = terms.steps.saturating_add(size_of(&terms.scanned)).saturating_add(copies);
        let rounds = (length as u64).saturating_mul(round);
        let elements = terms.element_factor.saturating_mul(size_of(&range));
        self.spend(rounds.saturating_add(elements))?;
        Ok(in_order(range))
    }

    fn spend(&self, units: u64) -> Result<(), ExecutionError> {
        let left = self.remaining.load(Ordering::Relaxed).saturating_sub(units);
        self.remaining.store(left, Ordering::Relaxed);
        if left == 0 {
            return Err(ExecutionError::function_error(EACH, "the loops of this template cost too much"));
        }
        Ok(())
    }
}

fn in_order(range: Value) -> Value {
    let Value::Map(map) = &range else { return range };
    let mut keys: Vec<&Key> = map.map.keys().collect();
    keys.sort_unstable();
    let items: Vec<Value> = keys.into_iter().map(Value::from).collect();
    Value::List(Arc::new(items))
}

/// The size of a value in units of the budget.
fn size_of(value: &Value) -> u64 {
    match value {
        Value::List(items) => 1 + items.iter().map(size_of).sum::<u64>(),
        Value::Map(map) => 1 + map.map.iter().map(|(key, item)| size_of_key(key) + size_of(item)).sum::<u64>(),
        Value::String(text) => 1 + text.len() as u64 / 16,
        Value::Bytes(bytes) => 1 + bytes.len() as u64 / 16,
        _ => 1,
    }
}

fn size_of_key(key: &Key) -> u64 {
    if let Key::String(text) = key { 1 + text.len() as u64 / 16 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(length: usize) -> Value {
        Value::List(Arc::new(vec![Value::from("0123456789abcdef"); length]))
    }

    fn terms(steps: u64, element_factor: u64) -> LoopTerms {
        LoopTerms { steps, element_factor, scanned: list(3), copied: list(0) }
    }

    #[test]
    fn a_loop_pays_for_its_rounds_and_its_elements() {
        let meter = Meter::shared();
        assert!(meter.each(list(10), &terms(5, 2)).is_ok());
        let rounds = 10 * (5 + (1 + 3 * 2) + COPY_FACTOR);
        let elements = 2 * (1 + 10 * 2);
        assert_eq!(meter.remaining.load(Ordering::Relaxed), BUDGET - rounds - elements);
    }

    #[test]
    fn a_loop_beyond_the_budget_is_refused_before_it_runs() {
        let meter = Meter::shared();
        assert!(meter.each(list(100_000), &terms(100, 0)).is_err());
        assert!(meter.is_exhausted());
    }

    #[test]
    fn the_keys_of_a_map_come_sorted() {
        let map = Value::Map(
            ["b", "c", "a"]
                .map(|key| (key.to_owned(), Value::Null))
                .into_iter()
                .collect::<std::collections::HashMap<_, _>>()
                .into(),
        );
        let expected = Value::List(Arc::new(vec![Value::from("a"), Value::from("b"), Value::from("c")]));
        assert_eq!(Meter::shared().each(map, &terms(1, 1)), Ok(expected));
    }
}
