//! Matrix and agreement through the front door, over a round with seven candidates and three raters.

use super::world::RoundWorld;
use axum::http::StatusCode;

/// Seven candidates; the raters' marks for two questions each. Candidate 3 lies apart on question 2.
const MARKS: [[[u8; 2]; 3]; 7] = [
    [[4, 4], [4, 5], [4, 4]],
    [[3, 3], [3, 3], [4, 3]],
    [[2, 5], [2, 2], [3, 3]],
    [[5, 4], [5, 5], [4, 4]],
    [[2, 2], [2, 1], [2, 2]],
    [[1, 2], [2, 2], [1, 1]],
    [[3, 4], [4, 4], [3, 4]],
];

async fn rated() -> RoundWorld {
    let world = RoundWorld::new().await;
    for (n, marks) in MARKS.iter().enumerate() {
        let candidate = world.candidate(n + 1, &format!("Zoë {}", n + 1)).await;
        for (rater, marks) in marks.iter().enumerate() {
            world.card(candidate, rater, marks).await;
        }
    }
    world
}

#[tokio::test]
async fn the_matrix_shows_mean_range_and_count_and_frames_what_lies_apart() {
    let world = rated().await;
    let page = world.get(0, "matrix").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(
        page.body.contains("Raters agree on most of it. One cell needs a conversation."),
        "{}",
        page.body
    );
    assert_eq!(page.body.matches("class=\"apart-by\"").count(), 1);
    assert!(page.body.contains("<b>3.3</b> 2–5"), "{}", page.body);
    // The best weighted mean comes first; by the order of interviews, the first candidate does.
    let order = |body: &str, name: &str| body.find(name).unwrap();
    assert!(order(&page.body, "Zoë 4") < order(&page.body, "Zoë 1"));
    let page = world.get(0, "matrix?sort=order").await;
    assert!(order(&page.body, "Zoë 1") < order(&page.body, "Zoë 4"));
    assert!(!page.body.contains(" style="));
}

#[tokio::test]
async fn a_cell_opens_all_notes_side_by_side() {
    let world = rated().await;
    let candidate = world.candidates().await[2];
    let page = world.get(0, &format!("matrix?cell={candidate}.2")).await;
    for says in ["Zoë 3, question 2", "Ana rated 5", "Ben rated 2", "Cleo rated 3", "said so 5", "said so 2"]
    {
        assert!(page.body.contains(says), "{says}: {}", page.body);
    }
    assert!(page.body.contains("aria-expanded=\"true\""));
    for hostile in
        ["x", "%00.1", "'%20OR%201=1--.2", &format!("{candidate}.0"), &format!("{candidate}.99"), "%3Cb%3E.1"]
    {
        let page = world.get(0, &format!("matrix?cell={hostile}")).await;
        assert_eq!(page.status, StatusCode::OK, "{hostile}");
        assert!(!page.body.contains("id=\"cell\""), "{hostile}");
    }
}

#[tokio::test]
async fn a_candidate_is_closed_until_ones_own_card_is_in() {
    let world = rated().await;
    let candidate = world.candidate(8, "Zoë 8").await;
    world.card(candidate, 0, &[5, 5]).await;
    world.ask(candidate, 1).await;
    let page = world.get(1, "matrix").await;
    assert!(page.body.contains("open after your card"), "{}", page.body);
    let opened = world.get(1, &format!("matrix?cell={candidate}.1")).await;
    assert!(
        !opened.body.contains("id=\"cell\"") && !opened.body.contains("said so 5</p>\n      <p"),
        "{}",
        opened.body
    );
    let refused =
        world.post(1, &format!("candidates/{candidate}/consensus"), "question=1&rating=5&reason=x").await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
    let agreement = world.get(1, "agreement").await;
    assert!(agreement.body.contains("One candidate is not open to you"), "{}", agreement.body);
    // An observer waits for all cards, and a stranger finds nothing.
    assert!(world.get(3, "matrix").await.body.contains("open when one more card is in"));
    assert_eq!(world.get(4, "matrix").await.status, StatusCode::NOT_FOUND);
    world.card(candidate, 1, &[4, 4]).await;
    assert!(!world.get(1, "matrix").await.body.contains("open after your card"));
}

#[tokio::test]
async fn a_consensus_stands_beside_the_mean_and_moves_nothing() {
    let world = rated().await;
    let candidate = world.candidates().await[2];
    let address = format!("candidates/{candidate}/consensus");
    let before = world.get(0, "matrix").await.body;
    let total = before.matches("class=\"total\"").count();
    for (form, wrong) in [
        ("question=2&rating=4&reason=", "Say what the panel agreed on"),
        ("question=2&rating=9&reason=x", "Choose a rating from 1 to 5"),
        ("question=2&reason=%3Cb%3Ekept", "Choose a rating from 1 to 5"),
        ("question=2&rating=4&reason=%00%20", "Say what the panel agreed on"),
    ] {
        let page = world.post(0, &address, form).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
        assert!(page.body.contains(wrong), "{form}: {}", page.body);
        assert!(!page.body.contains("<b>kept"), "{form}");
    }
    let long = format!("question=2&rating=4&reason={}", "x".repeat(20_001));
    assert_eq!(world.post(0, &address, &long).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    for form in ["question=0&rating=4&reason=x", "question=99&rating=4&reason=x", "rating=4&reason=x"] {
        assert_eq!(world.post(0, &address, form).await.status, StatusCode::NOT_FOUND, "{form}");
    }
    for _ in 0..2 {
        let kept = world.post(0, &address, "question=2&rating=4&reason=We+heard+it+%3Ci%3Eagain.").await;
        assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.body);
    }
    let page = world.get(1, &format!("matrix?cell={candidate}.2")).await.body;
    assert!(
        page.contains("The panel’s consensus: 4") && page.contains("We heard it &#60;i&#62;again."),
        "{page}"
    );
    assert!(page.contains("<b>3.3</b> 2–5") && page.contains("panel 4"), "the mean stays: {page}");
    assert_eq!(page.matches("class=\"total\"").count(), total);
    assert_eq!(world.deeds().await.iter().filter(|deed| *deed == "consensus_kept").count(), 1);
    // Whoever observes reads it and has no form.
    let observed = world.get(3, &format!("matrix?cell={candidate}.2")).await.body;
    assert!(observed.contains("The panel’s consensus: 4") && !observed.contains("<textarea"), "{observed}");
}

#[tokio::test]
async fn agreement_says_each_figure_with_its_interval_and_what_it_means() {
    let world = rated().await;
    let page = world.get(0, "agreement").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for says in [
        "One rater alone, ICC(2,1)",
        "The 3 together, ICC(2,k)",
        "Ordinal alpha (Krippendorff)",
        "Weighted kappa, mean of pairs",
        "Ana with Ben",
        "95 % interval",
        "Over all 14 answers rated by two or more",
        "above the others over 14 answers",
    ] {
        assert!(page.body.contains(says), "{says}: {}", page.body);
    }
    assert!(!page.body.contains("NaN") && !page.body.contains("Too few to say"), "{}", page.body);
    assert_eq!(page.body, world.get(0, "agreement").await.body, "the same round, the same intervals");
}

#[tokio::test]
async fn too_few_candidates_have_no_figure_and_an_empty_round_has_a_page() {
    let world = RoundWorld::new().await;
    for page in ["matrix", "agreement"] {
        let page = world.get(0, page).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        assert!(!page.body.contains("NaN"));
    }
    for n in 1..=4 {
        let candidate = world.candidate(n, &format!("Zoë {n}")).await;
        world.card(candidate, 0, &[4, 3]).await;
        world.card(candidate, 1, &[3, 3]).await;
    }
    let page = world.get(0, "agreement").await.body;
    assert!(page.contains("Too few to say how far the raters agree."), "{page}");
    assert!(
        page.contains(
            "4 candidates have been rated by the same people. From 5 candidates on there is a figure"
        ),
        "{page}"
    );
    assert!(page.matches("class=\"d-axis\"").count() >= 12, "the axis stays, empty");
}

#[tokio::test]
async fn rounds_that_are_none_are_not_found() {
    let world = RoundWorld::new().await;
    for id in ["x", "%00", "'%20OR%201=1--", "00000000-0000-7000-8000-000000000000"] {
        for page in ["matrix", "agreement"] {
            assert_eq!(
                world.fetch(0, &format!("/rounds/{id}/{page}")).await.status,
                StatusCode::NOT_FOUND,
                "{id}"
            );
        }
    }
}

#[tokio::test]
async fn two_raters_who_write_and_hand_in_at_once_lose_nothing() {
    let world = RoundWorld::new().await;
    let candidate = world.candidate(1, "Zoë").await;
    world.ask(candidate, 0).await;
    world.ask(candidate, 1).await;
    let here = format!("candidates/{candidate}");
    let write = async |who: usize, rating: u8| {
        for number in 1..=2 {
            let form = format!("seen=1&mark={rating}&notes=heard+it+as+{rating}");
            let saved = world.post(who, &format!("{here}/questions/{number}/entry"), &form).await;
            assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
        }
        let form = "seen=1&recommendation=yes&summary=Clear.&then=submit";
        let sent = world.post(who, &format!("{here}/card/verdict"), form).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    };
    tokio::join!(write(0, 4), write(1, 2));
    for number in 1..=2 {
        let page = world.get(0, &format!("matrix?cell={candidate}.{number}")).await.body;
        for says in ["<b>3.0</b> 2–4", "Ana rated 4", "Ben rated 2", "heard it as 4", "heard it as 2"] {
            assert!(page.contains(says), "{says}: {page}");
        }
    }
    let deeds = world.deeds().await;
    assert_eq!(deeds.iter().filter(|deed| *deed == "card_submitted").count(), 2, "{deeds:?}");
}
