//! Each condition of the views that keep raters blind is taken away once, and the check that guards it must fail.

#![expect(clippy::unwrap_used, reason = "a panic is how a test says no")]

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use std::sync::Arc;
use tempfile::TempDir;
use viva_storage::Store;
use viva_storage::conformance::blind;
use viva_storage_sqlite::SqliteStore;

/// The migration, from which the views' own text is taken.
const MIGRATION: &str = include_str!("../../../migrations/sqlite/0030_rounds.sql");

/// A fresh database whose view has this piece of its text replaced.
async fn weakened(view: &str, piece: &str, by: &str) -> (TempDir, Arc<dyn Store>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("viva.db");
    let store = SqliteStore::open(&format!("sqlite:{}", path.display())).await.unwrap();
    store.migrate().await.unwrap();
    let start = MIGRATION.find(&format!("CREATE VIEW {view} AS")).unwrap();
    let text = MIGRATION[start..].split_inclusive(';').next().unwrap();
    assert_eq!(text.matches(piece).count(), 1, "the piece {piece:?} of {view}");
    let mut sql = SqliteConnectOptions::new().filename(&path).connect().await.unwrap();
    let script = format!("DROP VIEW {view}; {}", text.replace(piece, by));
    sqlx::raw_sql(sqlx::AssertSqlSafe(script)).execute(&mut sql).await.unwrap();
    sql.close().await.unwrap();
    (dir, Arc::new(store))
}

/// Runs checks on weakened views: each must fail there.
macro_rules! each_condition_is_guarded {
    ($($name:ident: $view:literal, $piece:literal => $by:literal, fails $check:ident;)+) => {
        $(#[tokio::test]
        async fn $name() {
            let (_dir, store) = weakened($view, $piece, $by).await;
            let ran = tokio::spawn(async move { blind::$check(&*store).await }).await;
            assert!(ran.is_err_and(|error| error.is_panic()), "the check passed without the condition");
        })+
    };
}

each_condition_is_guarded! {
    without_waiting_for_drafts_who_owes_a_card_would_read:
        "readable_candidates", "AND NOT EXISTS (SELECT 1 FROM cards c WHERE c.candidate_id = k.id AND c.state = 'draft')" => "",
        fails whoever_owes_a_card_reads_nothing;
    without_waiting_for_drafts_an_owner_would_read:
        "readable_candidates", "AND NOT EXISTS (SELECT 1 FROM cards c WHERE c.candidate_id = k.id AND c.state = 'draft')" => "",
        fails an_owner_who_owes_a_card_reads_nothing;
    without_waiting_for_drafts_an_observer_would_read:
        "readable_candidates", "AND NOT EXISTS (SELECT 1 FROM cards c WHERE c.candidate_id = k.id AND c.state = 'draft')" => "",
        fails whoever_rates_nothing_waits_for_all_cards;
    without_a_card_that_is_in_the_score_would_open:
        "readable_candidates", "EXISTS (SELECT 1 FROM cards c WHERE c.candidate_id = k.id AND c.state IN ('submitted', 'amended'))" => "1 = 1",
        fails nothing_opens_before_a_card_is_in;
    without_the_state_a_draft_of_ones_own_would_open:
        "readable_candidates", "own.person_id = s.person_id AND own.state IN ('submitted', 'amended')" => "own.person_id = s.person_id",
        fails whoever_owes_a_card_reads_nothing;
    without_the_state_a_released_card_would_open:
        "readable_candidates", "own.person_id = s.person_id AND own.state IN ('submitted', 'amended')" => "own.person_id = s.person_id",
        fails a_released_card_opens_nothing_by_itself;
    without_the_person_anybodys_card_would_open:
        "readable_candidates", "AND own.person_id = s.person_id" => "",
        fails whoever_owes_a_card_reads_nothing;
    without_the_candidate_any_card_would_open:
        "readable_candidates", "own.candidate_id = k.id AND" => "",
        fails a_card_opens_its_own_candidate_alone;
    without_the_round_a_seat_elsewhere_would_do:
        "readable_candidates", "ON s.round_id = k.round_id" => "ON 1 = 1",
        fails whoever_has_no_seat_reads_nothing;
    without_the_state_drafts_would_be_read:
        "readable_cards", "WHERE c.state IN ('submitted', 'amended')" => "",
        fails a_draft_is_read_by_nobody_else;
}
