//! `viva audit` through the binary: an intact log, one that was tampered with, one whose end was cut off.

use viva_core::audit::{Deed, NewEntry};
use viva_core::clock::Timestamp;
use viva_storage::Audit;
use viva_storage_sqlite::{SqliteStore, testing};
use viva_tests::installation::Installation;

/// The guards of the table, which somebody with the database in hand takes away first.
const UNGUARDED: &str = "DROP TRIGGER audit_never_changes; DROP TRIGGER audit_is_kept;";

fn run_sql(installation: &Installation, sql: &str) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(testing::run(&installation.database(), sql));
}

fn logged(installation: &Installation, entries: i64) {
    let url = format!("sqlite://{}", installation.database().display());
    tokio::runtime::Runtime::new().expect("a runtime").block_on(async {
        let store = SqliteStore::open(&url).await.expect("the database opens");
        store.migrate().await.expect("it takes the schema");
        for n in 0..entries {
            let entry = NewEntry::new(Deed::Exported, None, Timestamp(n * 1000)).by("zip");
            store.log(&entry).await.expect("it is logged");
        }
        store.close().await;
    });
}

#[test]
fn tampering_with_one_row_is_found_and_named() {
    let installation = Installation::new().without_sound();
    logged(&installation, 5);
    let listed = installation.must_run(["audit"]);
    assert_eq!(listed.stdout.matches("exported").count(), 5, "{}", listed.stdout);
    let intact = installation.must_run(["audit", "verify"]);
    assert!(intact.stdout.starts_with("Intact: 5 entries"), "{}", intact.stdout);

    run_sql(&installation, &format!("{UNGUARDED} UPDATE audit SET detail = 'csv' WHERE sequence = 3"));
    let found = installation.run(["audit", "verify"]);
    assert_eq!(found.status.code(), Some(1), "{}", found.stdout);
    assert_eq!(found.stdout, "Not intact: entry 3 was changed: its hash does not fit what it says.\n");
    let json = installation.run(["audit", "verify", "--json"]);
    let answer: serde_json::Value = serde_json::from_str(&json.stdout).expect("it is JSON");
    assert_eq!((answer["intact"].as_bool(), answer["entry"].as_u64()), (Some(false), Some(3)), "{answer}");
}

#[test]
fn a_cut_end_is_found_by_what_the_last_verification_wrote_down() {
    let installation = Installation::new().without_sound();
    logged(&installation, 5);
    installation.must_run(["audit", "verify"]);
    run_sql(&installation, &format!("{UNGUARDED} DELETE FROM audit WHERE sequence > 3"));
    let found = installation.run(["audit", "verify"]);
    assert_eq!(found.status.code(), Some(1), "{}", found.stdout);
    assert!(found.stdout.starts_with("Not intact: entry 4 is missing at the end"), "{}", found.stdout);
}
