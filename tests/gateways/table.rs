//! The matrix as a table, printed and written by whoever is the last to have its column.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write as _;
use std::path::Path;

use parking_lot::Mutex;

use crate::cases::cases;
use crate::gateway::Kind;

static COLUMNS: Mutex<BTreeMap<Kind, Column>> = Mutex::new(BTreeMap::new());

/// What became of one row behind one gateway.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) expected: String,
    /// What differs from it, if anything does.
    pub(crate) seen: String,
    /// Everything that is wrong, in detail.
    pub(crate) wrong: Vec<String>,
}

impl Cell {
    pub(crate) fn is_as_expected(&self) -> bool {
        self.wrong.is_empty()
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.wrong.iter().take(2).cloned().collect::<Vec<_>>().join("\n    ");
        write!(formatter, "{} instead of {}, {} times\n    {first}", self.seen, self.expected, self.wrong.len())
    }
}

/// Everything about one gateway.
#[derive(Clone, Debug)]
pub(crate) enum Column {
    Cells(Vec<Cell>),
    LeftOut,
}

/// Says, past the capture of output, that this run shows nothing of a gateway.
pub(crate) fn say_left_out(kind: Kind) {
    // Without standard error there is nobody to tell.
    let _ = writeln!(std::io::stderr().lock(), "left out: {}", kind.name());
}

/// Keeps a column, and shows the table when it is the last one.
pub(crate) fn publish(kind: Kind, column: Column) {
    let mut columns = COLUMNS.lock();
    columns.insert(kind, column);
    if columns.len() == Kind::ALL.len() {
        show(&rendered(&columns));
    }
}

#[expect(clippy::print_stdout, reason = "whoever runs the tests with --nocapture wants to see it")]
fn show(table: &str) {
    println!("{table}");
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join("gateways.md"), table).unwrap();
}

fn rendered(columns: &BTreeMap<Kind, Column>) -> String {
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let line = |first: &str, cell: &dyn Fn(&Column) -> String| {
        row(std::iter::once(first.to_owned()).chain(columns.values().map(cell)).collect())
    };
    let names = std::iter::once("what the client does".to_owned());
    let mut table = row(names.chain(columns.keys().map(|kind| kind.name().to_owned())).collect());
    table += &line("---", &|_| "---".to_owned());
    for (number, case) in cases().iter().enumerate() {
        table += &line(&case.shows, &|column| short(column, number));
    }
    table
}

fn short(column: &Column, number: usize) -> String {
    match column {
        Column::LeftOut => "left out".to_owned(),
        Column::Cells(cells) if cells[number].is_as_expected() => cells[number].expected.clone(),
        Column::Cells(cells) => format!("**{} INSTEAD OF {}**", cells[number].seen, cells[number].expected),
    }
}
