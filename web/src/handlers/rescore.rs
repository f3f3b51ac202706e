//! What a feedback page says of a score that is not today's, and scoring it again.

use crate::app::App;
use crate::error::PageError;
use crate::feedback::whole;
use crate::routes::{Routes, post};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use viva_core::ids::AttemptId;
use viva_interview::{Keeping, Rescore, Review, Standing};

/// The address of scoring again.
pub fn routes() -> Routes {
    Routes::new().route("/attempts/{attempt}/rescore", post(again))
}

/// How a score came to be, where there is more to say than the score.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// Sentences about it.
    pub says: Vec<String>,
    /// Whether scoring it again would give a score of today's rubric.
    pub can_rescore: bool,
}

impl Origin {
    /// What there is to say of an answer's score.
    pub fn of(review: &Review) -> Self {
        let mut says = Vec::new();
        let mut can_rescore = false;
        match review.standing {
            Some(Standing::OlderRubric) => {
                says.push("This score is of an older rubric: the question was edited since.".to_owned());
                can_rescore = true;
            }
            Some(Standing::OtherEngine) => {
                says.push("This score was made by another version of Viva's scoring.".to_owned());
                can_rescore = true;
            }
            Some(Standing::QuestionGone) => {
                says.push("No pack has this question any more; its score stays as it is.".to_owned());
            }
            Some(Standing::Current) | None => {}
        }
        // Both were made from the same words, so what differs is how they were marked.
        let earlier = review.result.as_ref().and_then(|(_, now)| {
            let same_words = |score: &&viva_storage::AssessmentRecord| {
                score.transcript == now.transcript
                    && (score.snapshot != now.snapshot
                        || score.assessment.engine_version != now.assessment.engine_version)
            };
            review.earlier_scores.iter().rev().find(same_words).map(|before| (before, now))
        });
        if let Some((before, now)) = earlier {
            says.push(format!(
                "Scored again by an edited rubric: {} before, {} now. Both are kept.",
                whole(before.assessment.score),
                whole(now.assessment.score)
            ));
        }
        if let Some(asked_as) = &review.asked_as {
            says.push(format!("The question was asked as: {asked_as}"));
        }
        Self { says, can_rescore }
    }
}

/// `POST /attempts/{attempt}/rescore`
async fn again(State(app): State<App>, Path(id): Path<String>) -> Result<Response, PageError> {
    let id: AttemptId = id.parse().map_err(|_| PageError::NotFound)?;
    app.interview.rescore(&Rescore::Attempt(id), Keeping::Keep).await?;
    Ok(Redirect::to(&format!("/attempts/{id}")).into_response())
}

#[cfg(test)]
mod tests {
    use crate::testing::TestApp;
    use axum::http::StatusCode;
    use viva_core::bank::Bank;

    #[tokio::test]
    async fn a_score_of_an_older_rubric_says_so_and_can_be_made_again() {
        let app = TestApp::new().await;
        let attempt = app.typed("jvm.hashmap-treeify", "It turns into a spruce at eight nodes.").await;
        let address = format!("/attempts/{attempt}");
        let before = app.get(&address).await.body;
        assert!(!before.contains("older rubric") && !before.contains("/rescore"), "{before}");

        let mut packs = app.interview.bank().packs().to_vec();
        for question in packs.iter_mut().flat_map(|pack| &mut pack.questions) {
            if question.id.as_str() == "jvm.hashmap-treeify" {
                question.ask = format!("{} <b>Say why.</b>", question.ask);
                for criterion in &mut question.rubric.criteria {
                    criterion.listen.iter_mut().for_each(|item| item.push("spruce".into()));
                }
            }
        }
        app.interview.replace_bank(Bank::new(packs).unwrap());
        let older = app.get(&address).await.body;
        assert!(older.contains("older rubric") && older.contains(&format!("{address}/rescore")), "{older}");
        assert!(!older.contains("Say why"), "what was asked is shown: {older}");

        for _ in 0..2 {
            let again = app.post(&format!("{address}/rescore"), "").await;
            assert_eq!((again.status, again.location), (StatusCode::SEE_OTHER, address.clone()));
        }
        let now = app.get(&address).await.body;
        assert!(
            now.contains("Scored again by an edited rubric: ") && now.contains("Both are kept."),
            "{now}"
        );
        assert!(now.contains("Say why") && now.contains("The question was asked as: "), "{now}");
        assert!(!now.contains("<b>Say why"), "{now}");
        assert!(!now.contains("/rescore"), "{now}");
        assert_eq!(app.interview.store().assessments(attempt).await.unwrap().len(), 2);
        for id in ["x", "00000000-0000-7000-8000-000000000000"] {
            let gone = app.post(&format!("/attempts/{id}/rescore"), "").await;
            assert_eq!(gone.status, StatusCode::NOT_FOUND);
        }
    }
}
