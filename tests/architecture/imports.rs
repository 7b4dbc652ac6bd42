//! Which room may import which.

use super::{Offence, Source, assert_none, planted};

/// From the outside to the inside: a room imports rooms of later lines only. So nothing but `main` knows `cli`, and no room
/// knows `app` or `demo`.
const ORDER: &[&[&str]] = &[
    &["cli"],
    &["demo"],
    &["app"],
    &["http"],
    &["surfaces", "issuance", "probe"],
    &["enrichment"],
    &["error"],
    &["roles"],
    &["identities", "tenancy", "tokens"],
    &["issuers"],
    &["claims", "cache"],
    &["directory"],
    &["telemetry", "supervision"],
    &["config", "clock", "jose"],
];

/// These know nothing of the others, however low those stand: claims and signatures are computed from what is passed in.
const ALONE: &[&str] = &["claims", "jose"];

fn rank(room: &str) -> Option<usize> {
    ORDER.iter().position(|rooms| rooms.contains(&room))
}

/// The first name of every path in `line` that begins with `prefix`.
fn names_after<'line>(line: &'line str, prefix: &'static str) -> impl Iterator<Item = &'line str> {
    line.match_indices(prefix).map(move |(at, _)| {
        let rest = &line[at + prefix.len()..];
        rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '{')
            .next()
            .unwrap_or_default()
    })
}

/// Whether `super` of this file, outside its inline modules, is the crate itself.
fn is_root_of_a_room(file: &str) -> bool {
    let depth = file.matches('/').count();
    depth == 1 || (depth == 2 && file.ends_with("/mod.rs"))
}

/// Every path that leads to another room, with the line it stands on.
fn imports(source: &Source) -> impl Iterator<Item = (usize, &str)> {
    let by_parent = is_root_of_a_room(&source.file);
    source.code().flat_map(move |(number, line)| {
        // In an inline module, which is indented, `super` is the file's own module.
        let parents = by_parent && !line.starts_with(' ');
        let from_parent = parents.then(|| names_after(line, "super::")).into_iter().flatten();
        names_after(line, "crate::").chain(from_parent).map(move |name| (number, name))
    })
}

fn direction(source: &Source) -> Vec<Offence> {
    let room = source.room();
    if ["main", "lib"].contains(&room) {
        return Vec::new();
    }
    let Some(own) = rank(room) else {
        return vec![source.offence(1, format!("{room} has no place in the order of the rooms; give it one"))];
    };
    let judged = imports(source).filter(|(_, name)| *name != room).filter_map(|(line, name)| {
        let rule = broken_rule(room, own, name)?;
        Some(source.offence(line, rule))
    });
    let far = source.code().filter(|(_, line)| line.contains("super::super"));
    judged.chain(far.map(|(line, _)| source.offence(line, "write the path from `crate` on"))).collect()
}

/// What is wrong with importing `name` into `room`. A name that is no room's stands for something of the room's own.
fn broken_rule(room: &str, own: usize, name: &str) -> Option<String> {
    if name.starts_with('{') {
        return Some("one room per `use`, so that this test can read it".to_owned());
    }
    let other = rank(name)?;
    if ALONE.contains(&room) {
        return Some(format!("{room} stands alone and imports {name}"));
    }
    (other <= own).then(|| format!("{room} imports {name}, which is not below it"))
}

/// The surface that a file belongs to.
fn surface(file: &str) -> Option<&str> {
    let inside = file.strip_prefix("src/surfaces/")?;
    let name = inside.split('/').next()?.trim_end_matches(".rs");
    (name != "mod").then_some(name)
}

fn foreign_surfaces(source: &Source) -> Vec<Offence> {
    let Some(own) = surface(&source.file) else { return Vec::new() };
    let is_root =
        source.file == format!("src/surfaces/{own}.rs") || source.file == format!("src/surfaces/{own}/mod.rs");
    let foreign = source.code().filter(|(_, line)| {
        let by_parent = is_root && !line.starts_with(' ') && names_after(line, "super::").any(|name| name != own);
        by_parent || names_after(line, "crate::surfaces::").any(|name| name != own)
    });
    foreign.map(|(line, _)| source.offence(line, format!("{own} imports another surface"))).collect()
}

#[test]
fn rooms_import_only_what_is_below_them() {
    assert_none(direction);
}

#[test]
fn a_surface_never_imports_another_surface() {
    assert_none(foreign_surfaces);
}

#[test]
fn an_import_in_the_wrong_direction_is_found() {
    let upward = "use crate::clock::Clock;\n// use crate::http::Body;\nuse crate::http::Body;\n";
    assert_eq!(planted(direction, "src/roles/mod.rs", upward), [3]);
    assert_eq!(planted(direction, "src/roles/mod.rs", "fn f() {\n    crate::app::home()\n}\n"), [2]);
    assert_eq!(planted(direction, "src/roles/mod.rs", "use super::enrichment::Rights;\n"), [1]);
    assert_eq!(planted(direction, "src/error.rs", "use super::http::Body;\n"), [1]);
    assert_eq!(planted(direction, "src/roles/slot.rs", "use super::super::http::Body;\n"), [1]);
    assert_eq!(planted(direction, "src/roles/slot.rs", "use crate::{clock, http};\n"), [1]);
    assert_eq!(planted(direction, "src/tenancy/mod.rs", "use crate::identities::IdentityReader;\n"), [1]);
    assert_eq!(planted(direction, "src/claims/names.rs", "use crate::directory::Role;\n"), [1]);
    assert_eq!(planted(direction, "src/config/mod.rs", "use crate::clock::Clock;\n"), [1]);
    assert_eq!(planted(direction, "src/newcomer.rs", ""), [1]);
}

#[test]
fn an_import_of_ones_own_or_of_what_is_below_is_none() {
    let own = "use super::slot::Slot;\nuse crate::roles::Registry;\nuse crate::directory::Role;\n";
    assert!(planted(direction, "src/roles/registry.rs", own).is_empty());
    assert!(planted(direction, "src/http/mod.rs", "mod tests {\n    use super::claims::Body;\n}\n").is_empty());
}

#[test]
fn an_import_of_another_surface_is_found() {
    let text = "use super::text::json_string;\nuse crate::surfaces::okta::Hook;\nuse crate::surfaces::core::parse;\n";
    assert_eq!(planted(foreign_surfaces, "src/surfaces/core/claims.rs", text), [2]);
    assert_eq!(planted(foreign_surfaces, "src/surfaces/core/mod.rs", "use super::okta::Hook;\n"), [1]);
    assert!(planted(foreign_surfaces, "src/surfaces/mod.rs", "pub mod core;\n").is_empty());
}
