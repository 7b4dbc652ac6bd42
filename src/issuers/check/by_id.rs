//! An issuer that has a row in the directory: the row, who trusts it, and then what its issuer says.

use super::entry;
use super::inquirer::Inquirer;
use super::report::{Report, printable};
use crate::directory::{CatalogLoad, IssuerId, IssuerRow, TenantRow};
use crate::issuers::opaque::Access;
use crate::issuers::{Entry, IssuerTable};

/// Names that are listed.
const MOST_LISTED: usize = 20;

/// Checks the entry of this id. `access` is what the operator gives it.
pub async fn by_id(id: &IssuerId, load: CatalogLoad, access: &Access, inquirer: &Inquirer<'_>) -> Report {
    let mut report = Report::of(id.as_str());
    let CatalogLoad { tenants, issuers, problems, .. } = load;
    let rows: Vec<&IssuerRow> = issuers.iter().filter(|row| row.issuer_id == id.as_str()).collect();
    let Some(row) = rows.first() else {
        report_absent(id, &issuers, &problems, &mut report);
        return report;
    };
    report_switched_off(row, &mut report);
    let compiled = compiled(row, &mut report);
    report_trust(id, &tenants, &mut report);
    report_contest(id, compiled.is_some(), issuers, &mut report);
    inquirer.report_leave(&mut report);
    if let Some(entry) = compiled {
        entry::check(&entry, access, inquirer, &mut report).await;
    }
    report
}

fn report_absent(id: &IssuerId, rows: &[IssuerRow], problems: &[String], report: &mut Report) {
    let own = format!("issuer {id}: ");
    if let Some(problem) = problems.iter().find_map(|problem| problem.strip_prefix(&own)) {
        return report.problem("row", printable(problem), "correct what the view claimsmith.issuer shows for it");
    }
    let mut known: Vec<String> = rows.iter().map(|row| printable(&row.issuer_id)).collect();
    known.sort_unstable();
    known.truncate(MOST_LISTED);
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    let remedy = format!("name one that is there ({known}), or write https:// before the URL of an issuer that is not");
    report.problem("absent", "the directory has no issuer entry of this id", remedy);
}

fn report_switched_off(row: &IssuerRow, report: &mut Report) {
    if row.enabled == Some(false) {
        let text = "the entry is switched off: its tokens are refused";
        report.warn("disabled", text, "set enabled to true when it is to go live");
    }
}

fn compiled(row: &IssuerRow, report: &mut Report) -> Option<Entry> {
    match Entry::compile(row) {
        Ok(entry) => {
            report.ok("row", format!("the row is an entry whose tokens are verified by: {}", entry.source));
            Some(entry)
        }
        Err(problems) => {
            for problem in &problems {
                report.problem("row", format!("{}: {}", problem.path, problem.what), problem.remedy.clone());
            }
            None
        }
    }
}

fn report_trust(id: &IssuerId, tenants: &[TenantRow], report: &mut Report) {
    let trusts = |tenant: &&TenantRow| {
        let trusted = tenant.trusted_issuers.iter().flatten().any(|trusted| trusted == id.as_str());
        trusted && tenant.suspended != Some(true)
    };
    let trusting: Vec<String> = tenants.iter().filter(trusts).map(|tenant| printable(&tenant.tenant_id)).collect();
    match trusting.as_slice() {
        [] => {
            let remedy = "add its id to trusted_issuers of the tenants that its tokens may speak for";
            report.problem(
                "untrusted",
                "no tenant that is not suspended trusts the entry: its tokens get no claims",
                remedy,
            );
        }
        some => {
            let listed = some.get(..MOST_LISTED).unwrap_or(some).join(", ");
            let more = if some.len() > MOST_LISTED { ", …" } else { "" };
            report.ok("trusted", format!("trusted by {} of the tenants: {listed}{more}", some.len()));
        }
    }
}

/// Other rows may want the same tokens, or the same id.
fn report_contest(id: &IssuerId, is_sound: bool, mut rows: Vec<IssuerRow>, report: &mut Report) {
    let same_id = rows.iter().filter(|row| row.issuer_id == id.as_str()).count();
    if same_id > 1 {
        return report.problem(
            "row",
            format!("{same_id} rows have this id, so none counts"),
            "give each row an id of its own",
        );
    }
    // As if it were switched on: whether it can be is what is asked.
    rows.iter_mut().filter(|row| row.issuer_id == id.as_str()).for_each(|row| row.enabled = Some(true));
    let (table, _) = IssuerTable::build(rows, &IssuerTable::default());
    if is_sound && table.by_id(id).is_none() {
        let remedy = "keep one of the entries, or have each require other values of the same claim";
        report.problem("contested", "another entry accepts the same iss, so neither counts", remedy);
    }
}
