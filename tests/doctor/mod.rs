//! `claimsmith doctor` on real databases: silent where everything is right, and never silent about a planted fault.

mod coverage;
mod indexes;
mod output;
mod servers;
mod settings;
mod sound;
mod triggers;
mod writes;

use serde_json::Value;

use crate::support::postgres::TestDatabase;
use crate::support::program::{Ended, claimsmith, run};

const OWN_TABLES: &str = include_str!("../../sql/examples/own_tables_schema.sql");
const OWN_CONTRACT: &str = include_str!("../../sql/examples/own_tables.sql");

/// Tables that the application had before, connected as `sql/examples` shows.
async fn own_tables() -> TestDatabase {
    let database = TestDatabase::create().await;
    database.execute(OWN_TABLES).await;
    database.execute(OWN_CONTRACT).await;
    database
}

/// What the doctor said.
struct Examined {
    ended: Ended,
    report: Value,
}

/// As the service connects.
async fn examined(database: &TestDatabase) -> Examined {
    examined_at(&database.service_url).await
}

async fn examined_at(url: &str) -> Examined {
    examined_with(&[("CLAIMSMITH_DATABASE_URL", url)], &[]).await
}

async fn examined_with(environment: &[(&str, &str)], options: &[&str]) -> Examined {
    let mut command = claimsmith(&["doctor", "--json"]);
    command.args(options).envs(environment.iter().copied());
    let ended = run(&mut command).await;
    let report = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{ended:?}"));
    Examined { ended, report }
}

impl Examined {
    /// Everything but what it says about the release of PostgreSQL, which is this machine's.
    fn findings(&self) -> Vec<&Value> {
        let findings = self.report["findings"].as_array().unwrap();
        findings.iter().filter(|finding| finding["check"] != "server_version").collect()
    }

    #[track_caller]
    fn assert_silent(&self) {
        assert_eq!(self.findings(), Vec::<&Value>::new());
        assert_eq!(self.ended.code, Some(0), "{:?}", self.ended);
    }

    /// The only finding, which is of this check, severity and subject; returns what is wrong, and the remedy.
    #[track_caller]
    fn only(&self, check: &str, severity: &str, subject: &str) -> (String, String) {
        let findings = self.findings();
        assert_eq!(findings.len(), 1, "{:#}", self.report);
        let found = ["check", "severity", "subject"].map(|member| findings[0][member].as_str().unwrap());
        assert_eq!(found, [check, severity, subject], "{:#}", self.report);
        assert_eq!(self.ended.code, Some(i32::from(severity == "error")), "{:?}", self.ended);
        let text = |member: &str| findings[0][member].as_str().unwrap().to_owned();
        (text("problem"), text("remedy"))
    }
}

/// Does as the remedy says, and finds nothing any more.
async fn assert_mended_by(database: &TestDatabase, remedy: &str) {
    database.execute(remedy.trim_start_matches("as the owner: ")).await;
    examined(database).await.assert_silent();
}
