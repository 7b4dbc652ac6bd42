//! Every issuer entry in force, found by the `iss` of a token in one step, however many there are.
//!
//! **A row that is wrong is out of force at once**, even if an earlier version of it was good. The earlier one may be what
//! somebody has just tried to forbid; and a replica that starts now has never seen it, so keeping it would make replicas
//! decide differently. It costs that issuer's tokens alone, its problems are in `/status`, and [`NoEntry::Broken`] lets the
//! answer be "not now" (503) rather than "no" (401), so that nobody is logged out by somebody else's slip. Naming subjects
//! by `subject.issuer` goes on: it needs the spellings alone.
//!
//! **Two entries may share an `iss`** (Google's, for two customers) only if both require values of the same claim, and no
//! value is with both. Then the token's claim chooses. Those that cannot be told apart do not count, whichever came first;
//! the others are not touched. Tokens that several want get "not now", as those of a broken row: it is somebody's slip.
//!
//! A spelling that is written in full goes before a template, also if its entry is broken or switched off; but where the
//! template's own list names that tenant, neither has it.

mod selector;

use std::sync::Arc;

use hashbrown::{HashMap, HashSet};

use super::entry::{Entry, Source};
use super::rules::Issuers;
use super::settings::SettingsProblems;
use super::template::{self, TENANT};
use crate::directory::{IssuerId, IssuerRow};
use crate::jose::Object;
use selector::{Chosen, Selector};

/// Every issuer entry in force.
#[derive(Debug, Default)]
pub struct IssuerTable {
    rows: HashMap<IssuerId, Row>,
    /// Entries by what is in force of them.
    entries: HashMap<IssuerId, Arc<Entry>>,
    by_iss: HashMap<Box<str>, Holder>,
    templates: HashMap<Box<str>, Holder>,
    opaque: Vec<Arc<Entry>>,
    last_version: u64,
}

/// Why there is no entry for a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoEntry {
    /// Nobody has written this `iss`, or its entry is switched off.
    #[error("no enabled issuer entry has this iss")]
    Unknown,
    /// The row is wrong.
    #[error("the row of issuer {0} is wrong; /status says what")]
    Broken(IssuerId),
    /// The entry says nothing about tokens.
    #[error("issuer {0} names subjects only: its settings say nothing about tokens, such as audiences")]
    SubjectsOnly(IssuerId),
    /// Several entries want the same tokens.
    #[error("several issuer entries accept the same iss, so none does")]
    Contested,
    /// Several entries share the `iss`, and the token is none of theirs.
    #[error("several issuer entries share this iss, and the token's claim {0} is none of theirs")]
    NoSelector(Box<str>),
}

/// An enabled row, and what came of it.
#[derive(Debug)]
struct Row {
    written: Arc<IssuerRow>,
    outcome: Result<Arc<Entry>, SettingsProblems>,
}

/// Who holds a spelling.
#[derive(Debug)]
enum Holder {
    /// Nobody, though it is written: the entry is switched off.
    Nobody,
    One(IssuerId),
    Shared(Selector),
    Contested,
}

impl IssuerTable {
    /// The table that these rows make, and what is wrong with them. What came of a row that has not changed is taken over,
    /// and keys are kept as long as they come from the same place.
    pub fn build(rows: Vec<IssuerRow>, previous: &Self) -> (Self, Vec<String>) {
        let mut table = Self { last_version: previous.last_version, ..Self::default() };
        let mut problems = Vec::new();
        let rows: Vec<Arc<IssuerRow>> = rows.into_iter().map(Arc::new).collect();
        for row in rows.iter().filter(|row| is_enabled(row)) {
            table.add_row(row, previous, &mut problems);
        }
        let contested = table.add_spellings(&rows, &mut problems);
        table.put_in_force(&contested, previous);
        table.report_prefixes(&mut problems);
        (table, problems)
    }

    /// The entry that decides about a token with this `iss` and these claims.
    pub fn entry(&self, iss: &str, claims: &Object<'_>) -> Result<&Arc<Entry>, NoEntry> {
        let id = match self.holder(iss) {
            None | Some(Holder::Nobody) => return Err(NoEntry::Unknown),
            Some(Holder::Contested) => return Err(NoEntry::Contested),
            Some(Holder::One(id)) => id,
            Some(Holder::Shared(selector)) => match selector.choose(claims) {
                Chosen::One(id) => id,
                Chosen::Contested => return Err(NoEntry::Contested),
                Chosen::Nobody => return Err(NoEntry::NoSelector(selector.claim().into())),
            },
        };
        self.in_force(id)
    }

    /// The entry that names subjects of this `iss`. Of entries that share one, none: their subjects are told apart by tokens.
    pub fn by_iss(&self, iss: &str) -> Option<&IssuerId> {
        match self.holder(iss)? {
            Holder::One(id) => Some(id),
            Holder::Nobody | Holder::Shared(_) | Holder::Contested => None,
        }
    }

    /// The entry in force with this identifier.
    pub fn by_id(&self, id: &IssuerId) -> Option<&Arc<Entry>> {
        self.entries.get(id)
    }

    /// Whether there is an enabled row of this identifier, good or not.
    pub fn is_enabled(&self, id: &IssuerId) -> bool {
        self.rows.contains_key(id)
    }

    /// Every entry in force.
    pub fn entries(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.entries.values()
    }

    /// Entries whose issuer is asked about each token, by identifier.
    pub fn opaque(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.opaque.iter()
    }

    /// How many spellings of `iss` are known, templates included.
    pub fn spelling_count(&self) -> usize {
        let is_held = |holder: &&Holder| !matches!(holder, Holder::Nobody);
        self.by_iss.values().chain(self.templates.values()).filter(is_held).count()
    }

    fn holder(&self, iss: &str) -> Option<&Holder> {
        self.by_iss.get(iss).or_else(|| self.templates.get(template::of(iss)?.as_str()))
    }

    fn in_force(&self, id: &IssuerId) -> Result<&Arc<Entry>, NoEntry> {
        match self.rows.get(id).map(|row| &row.outcome) {
            None => Err(NoEntry::Unknown),
            Some(Err(_)) => Err(NoEntry::Broken(id.clone())),
            Some(Ok(entry)) if entry.source == Source::None => Err(NoEntry::SubjectsOnly(id.clone())),
            Some(Ok(_)) => self.entries.get(id).ok_or(NoEntry::Contested),
        }
    }

    fn add_row(&mut self, row: &Arc<IssuerRow>, previous: &Self, problems: &mut Vec<String>) {
        let known = previous.rows.get(&row.id()).filter(|known| is_same(&known.written, row));
        let outcome = match known {
            _ if self.rows.contains_key(&row.id()) => Err(SettingsProblems::of_a_second_row()),
            Some(known) => known.outcome.clone(),
            None => Entry::compile(row).map(|entry| self.versioned(entry, previous)),
        };
        if let Err(wrong) = &outcome {
            problems.extend(wrong.iter().map(|problem| format!("issuer {}: {problem}", row.issuer_id)));
        }
        self.rows.insert(row.id(), Row { written: Arc::clone(row), outcome });
    }

    /// An entry that decides as it did keeps its version, so that what was verified by it stays known.
    fn versioned(&mut self, entry: Entry, previous: &Self) -> Arc<Entry> {
        let before = previous.entries.get(&entry.id);
        let same = before.filter(|before| before.decides_like(&entry));
        let version = same.map_or_else(|| self.next_version(), |before| before.version);
        Arc::new(entry.at(version, before.map(|before| &**before)))
    }

    fn next_version(&mut self) -> u64 {
        self.last_version += 1;
        self.last_version
    }

    /// Who holds which spelling; the answer is who loses everything to a contest.
    fn add_spellings(&mut self, rows: &[Arc<IssuerRow>], problems: &mut Vec<String>) -> HashSet<IssuerId> {
        let mut groups: HashMap<&str, Vec<&Arc<IssuerRow>>> = HashMap::with_capacity(rows.len());
        for row in rows {
            for iss in row.issuer.iter().flatten() {
                let group = groups.entry(iss).or_default();
                if group.last().is_none_or(|last| last.issuer_id != row.issuer_id) {
                    group.push(row);
                }
            }
        }
        let mut contested = HashSet::new();
        let (templates, in_full): (Vec<_>, Vec<_>) = groups.into_iter().partition(|(iss, _)| iss.contains(TENANT));
        for (iss, group) in templates {
            let holder = self.holder_among(&group, &mut contested);
            self.templates.insert(iss.into(), holder);
        }
        for (iss, group) in in_full {
            let holder = match self.covered_by_another(iss, &group) {
                None => self.holder_among(&group, &mut contested),
                Some(other) => {
                    problems.push(format!("issuer {other}: another entry writes {iss:?} in full, so neither has it"));
                    Holder::Contested
                }
            };
            self.by_iss.insert(iss.into(), holder);
        }
        let mut reports: Vec<String> = contested
            .iter()
            .map(|id| format!("issuer {id}: another entry accepts the same iss, so neither does"))
            .collect();
        reports.sort_unstable();
        problems.append(&mut reports);
        contested
    }

    /// The entry whose template lists the tenant that this spelling names in full, if none of these rows is its own.
    fn covered_by_another(&self, iss: &str, group: &[&Arc<IssuerRow>]) -> Option<IssuerId> {
        let guid = template::guid_of(iss)?;
        let id = match self.templates.get(template::of(iss)?.as_str())? {
            Holder::One(id) => id,
            Holder::Shared(selector) => match selector.owner_of(guid) {
                Chosen::One(id) => id,
                Chosen::Contested | Chosen::Nobody => return None,
            },
            Holder::Nobody | Holder::Contested => return None,
        };
        let entry = self.rows.get(id)?.outcome.as_ref().ok()?;
        let Issuers::Template { tenants: Some(tenants), .. } = &entry.rules.issuers else { return None };
        let is_listed = tenants.iter().any(|tenant| **tenant == *guid);
        (is_listed && group.iter().all(|row| row.issuer_id != id.as_str())).then(|| id.clone())
    }

    fn holder_among(&self, group: &[&Arc<IssuerRow>], contested: &mut HashSet<IssuerId>) -> Holder {
        let enabled: Vec<IssuerId> = group.iter().filter(|row| is_enabled(row)).map(|row| row.id()).collect();
        let good: Vec<&Arc<Entry>> = enabled.iter().filter_map(|id| self.rows.get(id)?.outcome.as_ref().ok()).collect();
        match (good.as_slice(), enabled.as_slice()) {
            ([], []) => Holder::Nobody,
            // A broken row takes nothing from a good one: one customer's slip is not another's.
            ([], [id]) => Holder::One(id.clone()),
            ([], _) => Holder::Contested,
            ([entry], _) => Holder::One(entry.id.clone()),
            (entries, _) => {
                if let Some((selector, losers)) = Selector::among(entries) {
                    contested.extend(losers);
                    return Holder::Shared(selector);
                }
                contested.extend(entries.iter().map(|entry| entry.id.clone()));
                Holder::Contested
            }
        }
    }

    /// Where two entries' opaque tokens begin alike, neither is asked about a token unless its tenant is named.
    fn report_prefixes(&self, problems: &mut Vec<String>) {
        let of = |entry: &Arc<Entry>| entry.source.prefixes().unwrap_or_default().to_vec();
        let mut prefixes: Vec<(Box<str>, &IssuerId)> =
            self.opaque.iter().flat_map(|entry| of(entry).into_iter().map(|prefix| (prefix, &entry.id))).collect();
        prefixes.sort_unstable();
        for pair in prefixes.windows(2) {
            if let [(shorter, one), (longer, other)] = pair
                && one != other
                && longer.starts_with(&**shorter)
            {
                problems.push(format!(
                    "issuers {one} and {other}: tokens of both begin with {longer:?}, so a tenant has to be named for them"
                ));
            }
        }
    }

    fn put_in_force(&mut self, contested: &HashSet<IssuerId>, previous: &Self) {
        let mut last_version = self.last_version;
        for (id, row) in &mut self.rows {
            let Ok(entry) = &mut row.outcome else { continue };
            if contested.contains(id) {
                continue;
            }
            // It was out of force: what was verified before that is not to come back with it.
            if previous.rows.contains_key(id)
                && !previous.entries.contains_key(id)
                && entry.version <= previous.last_version
            {
                last_version += 1;
                // Its keys were let go meanwhile.
                *entry = Arc::new(Entry::clone(entry).at(last_version, None));
            }
            self.entries.insert(id.clone(), Arc::clone(entry));
        }
        self.last_version = last_version;
        self.opaque = self.entries.values().filter(|entry| entry.source.is_asked()).map(Arc::clone).collect();
        self.opaque.sort_unstable_by(|one, other| one.id.cmp(&other.id));
    }
}

fn is_same(before: &IssuerRow, now: &IssuerRow) -> bool {
    before.issuer == now.issuer && before.settings == now.settings
}

fn is_enabled(row: &IssuerRow) -> bool {
    row.enabled != Some(false)
}

#[cfg(test)]
mod tests;
