//! "Did you mean": the known name nearest to a mistyped one.

/// The candidate within a third of the name's length in edits, nearest first.
pub(crate) fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let furthest = (name.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (edits(name, candidate), candidate))
        .filter(|&(distance, _)| distance <= furthest)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance in characters, with one row of the table in memory.
fn edits(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (1..=to.chars().count()).collect();
    for (above_start, removed) in from.chars().enumerate() {
        let mut diagonal = above_start;
        let mut left = above_start + 1;
        for (cell, added) in row.iter_mut().zip(to.chars()) {
            let replaced = diagonal + usize::from(removed != added);
            diagonal = *cell;
            left = replaced.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_else(|| from.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted_in_both_directions() {
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("sitting", "kitten"), 3);
        assert_eq!(edits("bind", "bind"), 0);
        assert_eq!(edits("", "bind"), 4);
        assert_eq!(edits("bind", ""), 4);
    }

    #[test]
    fn a_name_unlike_any_other_gets_no_suggestion() {
        assert_eq!(nearest("bnd", ["bind", "workers"]), Some("bind"));
        assert_eq!(nearest("colour", ["bind", "workers"]), None);
    }
}
