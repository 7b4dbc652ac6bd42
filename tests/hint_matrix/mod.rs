//! The hint matrix: which hints, from whom, give which tenant or which refusal. One test for each row, on the real service,
//! and one that holds `src/tenancy/hints.md` to the rows.

mod ask;
mod row;
mod rows;
mod table;
mod token;

const DOCUMENTED: &str = include_str!("../../src/tenancy/hints.md");

#[test]
fn the_documented_table_is_made_of_the_rows() {
    let rendered = table::render(rows::ROWS);
    if rendered != DOCUMENTED {
        let file = std::env::temp_dir().join("hints.md");
        std::fs::write(&file, &rendered).unwrap();
        panic!("copy {} to src/tenancy/hints.md", file.display());
    }
}

#[test]
fn the_matrix_has_every_kind_of_hint_in_it() {
    let sent = |kind: &str| rows::ROWS.iter().any(|row| row.sends.iter().any(|(sent, _)| *sent == kind));
    for kind in claimsmith::config::HintKind::SENT {
        assert!(sent(kind.as_str()), "{}", kind.as_str());
    }
}
