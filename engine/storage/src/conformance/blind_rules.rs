//! Each condition of the views that keep raters blind, taken away once: the check that guards it must fail then.

/// The text of a view in a migration, with one piece replaced.
///
/// # Panics
/// Where the view or the piece is not there, or the piece is there twice.
pub fn weakened(migration: &str, view: &str, piece: &str, by: &str) -> String {
    let start = migration.find(&format!("CREATE VIEW {view} AS")).unwrap();
    let text = migration[start..].split_inclusive(';').next().unwrap();
    assert_eq!(text.matches(piece).count(), 1, "the piece {piece:?} of {view}");
    text.replace(piece, by)
}

/// Makes one test of each condition. `$weakened` is an async function that takes a view, a piece of its text and what stands there
/// instead, and gives a `Some((guard, Arc<dyn Store>))` whose view has it replaced; none where this machine cannot have one.
#[macro_export]
macro_rules! blind_rules {
    ($weakened:ident) => {
        $crate::blind_rules! { @each $weakened;
            without_waiting_for_drafts_who_owes_a_card_would_read:
                "readable_candidates", "AND NOT EXISTS (SELECT 1 FROM cards c WHERE c.candidate_id = k.id AND c.state = 'draft')" => "",
                fails blind::whoever_owes_a_card_reads_nothing;
            without_waiting_for_drafts_an_owner_would_read:
                "readable_candidates", "AND NOT EXISTS (SELECT 1 FROM cards c WHERE c.candidate_id = k.id AND c.state = 'draft')" => "",
                fails blind::an_owner_who_owes_a_card_reads_nothing;
            without_waiting_for_drafts_an_observer_would_read:
                "readable_candidates", "AND NOT EXISTS (SELECT 1 FROM cards c WHERE c.candidate_id = k.id AND c.state = 'draft')" => "",
                fails blind::whoever_rates_nothing_waits_for_all_cards;
            without_a_card_that_is_in_the_score_would_open:
                "readable_candidates", "EXISTS (SELECT 1 FROM cards c WHERE c.candidate_id = k.id AND c.state IN ('submitted', 'amended'))" => "1 = 1",
                fails blind::nothing_opens_before_a_card_is_in;
            without_the_state_a_draft_of_ones_own_would_open:
                "readable_candidates", "own.person_id = s.person_id AND own.state IN ('submitted', 'amended')" => "own.person_id = s.person_id",
                fails blind::whoever_owes_a_card_reads_nothing;
            without_the_state_a_released_card_would_open:
                "readable_candidates", "own.person_id = s.person_id AND own.state IN ('submitted', 'amended')" => "own.person_id = s.person_id",
                fails blind::a_released_card_opens_nothing_by_itself;
            without_the_person_anybodys_card_would_open:
                "readable_candidates", "AND own.person_id = s.person_id" => "",
                fails blind::whoever_owes_a_card_reads_nothing;
            without_the_candidate_any_card_would_open:
                "readable_candidates", "own.candidate_id = k.id AND" => "",
                fails blind::a_card_opens_its_own_candidate_alone;
            without_the_round_a_seat_elsewhere_would_do:
                "readable_candidates", "ON s.round_id = k.round_id" => "ON 1 = 1",
                fails blind::whoever_has_no_seat_reads_nothing;
            without_the_state_drafts_would_be_read:
                "readable_cards", "WHERE c.state IN ('submitted', 'amended')" => "",
                fails blind::a_draft_is_read_by_nobody_else;
            without_the_rule_cards_would_be_read:
                "readable_candidates", "WHERE EXISTS (SELECT 1 FROM cards own" => "WHERE 1 = 1 OR EXISTS (SELECT 1 FROM cards own",
                fails readers::cards_wait_for_ones_own;
            without_the_rule_the_machines_score_would_be_read:
                "readable_candidates", "WHERE EXISTS (SELECT 1 FROM cards own" => "WHERE 1 = 1 OR EXISTS (SELECT 1 FROM cards own",
                fails readers::the_machines_score_waits_for_ones_own;
            without_the_rule_marks_would_be_read:
                "readable_candidates", "WHERE EXISTS (SELECT 1 FROM cards own" => "WHERE 1 = 1 OR EXISTS (SELECT 1 FROM cards own",
                fails readers::marks_wait_for_ones_own;
            without_the_rule_a_consensus_would_be_read:
                "readable_candidates", "WHERE EXISTS (SELECT 1 FROM cards own" => "WHERE 1 = 1 OR EXISTS (SELECT 1 FROM cards own",
                fails readers::a_consensus_waits_for_ones_own;
            without_the_rule_a_consensus_would_be_written:
                "readable_candidates", "WHERE EXISTS (SELECT 1 FROM cards own" => "WHERE 1 = 1 OR EXISTS (SELECT 1 FROM cards own",
                fails readers::writing_a_consensus_waits_for_ones_own;
        }
    };
    (@each $weakened:ident; $($name:ident: $view:literal, $piece:literal => $by:literal, fails $group:ident::$check:ident;)+) => {
        $(#[tokio::test]
        async fn $name() {
            let Some((_guard, store)) = $weakened($view, $piece, $by).await else { return };
            let ran = tokio::spawn(async move { $crate::conformance::$group::$check(&*store).await }).await;
            assert!(ran.is_err_and(|error| error.is_panic()), "the check passed without the condition");
        })+
    };
}
