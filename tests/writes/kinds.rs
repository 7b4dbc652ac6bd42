//! The ways. To add one, add a line.

/// Whether any answer is another one afterwards.
#[derive(PartialEq, Eq)]
pub(super) enum Effect {
    Changes,
    /// Rows were touched, and all is as it was.
    Same,
    /// Nothing was committed that anybody has to be told of.
    None,
}

/// One way to write.
pub(super) struct Write {
    pub(super) name: &'static str,
    pub(super) sql: &'static str,
    pub(super) effect: Effect,
    /// `server_version_num` of the first PostgreSQL that knows it.
    pub(super) since: u32,
}

const fn changes(name: &'static str, sql: &'static str) -> Write {
    Write { name, sql, effect: Effect::Changes, since: 0 }
}

const fn with(effect: Effect, name: &'static str, sql: &'static str) -> Write {
    Write { name, sql, effect, since: 0 }
}

pub(super) const KINDS: &[Write] = &[
    changes("a row is inserted", "INSERT INTO app.held VALUES ('acme', 'alice', 'editor')"),
    changes("a row is updated", "UPDATE app.held SET role = 'owner' WHERE tenant = 'acme' AND person = 'alice'"),
    changes("a row is deleted", "DELETE FROM app.held WHERE tenant = 'acme' AND person = 'alice'"),
    changes("a membership is taken away", "DELETE FROM app.person WHERE tenant = 'globex' AND id = 'bob'"),
    changes("a whole tenant", "UPDATE app.held SET role = 'owner' WHERE tenant = 'acme'"),
    changes("every tenant", "UPDATE app.held SET role = 'auditor'"),
    changes("a row moves to another user", "UPDATE app.held SET person = 'bob' WHERE tenant = 'globex'"),
    changes("what a role permits", "UPDATE app.permission SET permission = 'destroy' WHERE role = 'editor'"),
    changes("what a role permits is taken away", "DELETE FROM app.permission WHERE role = 'viewer'"),
    changes("a table without a tenant", "INSERT INTO app.everywhere VALUES ('alice', 'auditor')"),
    changes("a table without a tenant loses a row", "DELETE FROM app.everywhere"),
    changes("TRUNCATE", "TRUNCATE app.held"),
    changes("TRUNCATE CASCADE", "TRUNCATE app.team CASCADE"),
    changes("TRUNCATE of one partition", "TRUNCATE app.held_acme"),
    changes("ON DELETE CASCADE", "DELETE FROM app.team WHERE id = 'red'"),
    with(Effect::Same, "ON UPDATE CASCADE", "UPDATE app.team SET id = 'green' WHERE id = 'red'"),
    changes("a partition by its name", "UPDATE app.held_acme SET role = 'owner'"),
    changes("a row moves to another partition", "UPDATE app.held SET tenant = 'globex', role = 'editor' WHERE person = 'bob'"),
    changes("COPY", r"COPY app.held FROM PROGRAM 'printf ''acme\talice\tauditor\nglobex\tbob\teditor\n'''"),
    changes(
        "INSERT ON CONFLICT DO UPDATE",
        "INSERT INTO app.held VALUES ('acme', 'alice', 'viewer'), ('acme', 'alice', 'owner')
         ON CONFLICT (tenant, person, role) DO UPDATE SET role = 'auditor'",
    ),
    with(Effect::Same, "ON CONFLICT DO NOTHING", "INSERT INTO app.everywhere VALUES ('bob', 'auditor') ON CONFLICT DO NOTHING"),
    Write {
        since: 150_000,
        ..changes(
            "MERGE",
            "MERGE INTO app.held AS h USING (VALUES ('acme', 'alice'), ('globex', 'bob')) AS w (t, p)
             ON h.tenant = w.t AND h.person = w.p
             WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (w.t, w.p, 'editor')",
        )
    },
    changes(
        "several writes in one statement",
        "WITH gone AS (DELETE FROM app.held WHERE person = 'alice' RETURNING tenant)
         INSERT INTO app.everywhere SELECT DISTINCT 'alice', 'owner' FROM gone",
    ),
    changes(
        "a deferred constraint that holds only at COMMIT",
        "BEGIN; INSERT INTO app.team_role VALUES ('acme', 'alice', 'owner', 'new'); INSERT INTO app.team VALUES ('new'); COMMIT",
    ),
    changes(
        "constraints made immediate in between",
        "BEGIN; UPDATE app.held SET role = 'owner' WHERE person = 'alice'; SET CONSTRAINTS ALL IMMEDIATE;
         INSERT INTO app.everywhere VALUES ('alice', 'auditor'); COMMIT",
    ),
    changes(
        "a savepoint that is rolled back beside a change that stays",
        "BEGIN; SAVEPOINT s; DELETE FROM app.held; ROLLBACK TO s; INSERT INTO app.held VALUES ('acme', 'alice', 'owner'); COMMIT",
    ),
    with(Effect::None, "a savepoint that is rolled back", "BEGIN; SAVEPOINT s; DELETE FROM app.held; ROLLBACK TO s; COMMIT"),
    with(Effect::None, "a rollback", "BEGIN; TRUNCATE app.held, app.everywhere; ROLLBACK"),
    with(Effect::None, "a table that nobody watches", "INSERT INTO app.unrelated VALUES (1)"),
    with(Effect::None, "an update that finds no row", "UPDATE app.held SET role = 'x' WHERE person = 'nobody'"),
    changes(
        "a transaction that does not wait for the disk",
        "BEGIN; SET LOCAL synchronous_commit = off; UPDATE app.held SET role = 'owner' WHERE person = 'alice'; COMMIT",
    ),
    changes("settings reset in between", "BEGIN; DELETE FROM app.held; RESET ALL; DELETE FROM app.everywhere; COMMIT"),
    changes("an updatable view", "UPDATE app.held_by_alice SET role = 'editor' WHERE tenant = 'acme'"),
    changes("a routine", "DO $$ BEGIN FOR i IN 1..3 LOOP DELETE FROM app.held WHERE person = 'alice'; COMMIT; END LOOP; END $$"),
    changes(
        "serializable isolation",
        "BEGIN ISOLATION LEVEL SERIALIZABLE; UPDATE app.held SET role = 'owner' WHERE person = 'bob'; COMMIT",
    ),
    changes(
        "many tables in one transaction",
        "BEGIN; DELETE FROM app.person WHERE id = 'alice'; DELETE FROM app.everywhere; UPDATE app.team_role SET role = 'editor';
         INSERT INTO app.permission VALUES ('editor', 'publish'); COMMIT",
    ),
];
