//! Deciding: the marks of a round side by side, how far its raters agree, and what one answer's marks rest on.
//!
//! Everything here is read through queries that take the viewer: a candidate whose cards are not open to them has a row
//! without a figure, and enters no coefficient.

use crate::{Interview, InterviewError};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use viva_core::agreement::{APART, Agreement, Ratings, agreement};
use viva_core::assessment::Assessment;
use viva_core::ids::{AttemptId, CandidateId, PersonId, RoundId};
use viva_core::round::{Combined, Kit, Mark, NoteLine, Rating, Recommendation, Sight, combine, sight};
use viva_storage::{CandidateRecord, CardMarks, Consensus, DeviationRecord, RoundRecord, Take};

/// The same round gives the same intervals, whoever looks and whenever.
const SEED: u64 = 0x7669_7661;

/// A round as far as its viewer may see it.
#[derive(Debug, Clone)]
pub struct RoundMatrix {
    /// The round and its kit.
    pub round: RoundRecord,
    /// Who rated, in the order of their seats; a rater who left comes last.
    pub raters: Vec<Rater>,
    /// One row a candidate, in the order they were added.
    pub rows: Vec<MatrixRow>,
}

/// Somebody whose cards the viewer may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rater {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
}

/// One candidate.
#[derive(Debug, Clone)]
pub struct MatrixRow {
    /// Who.
    pub candidate: CandidateRecord,
    /// Whether the cards are open to the viewer.
    pub sight: Sight,
    /// How many cards are in.
    pub cards_in: usize,
    /// One a question of the kit; empty cells where the cards are closed.
    pub cells: Vec<MatrixCell>,
    /// The means combined by the kit's weights.
    pub combined: Option<Combined>,
    /// What the raters recommend, counted in the order of [`Recommendation::ALL`].
    pub recommendations: [usize; 5],
}

/// One answer as its raters marked it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MatrixCell {
    /// Rater by position in [`RoundMatrix::raters`], and mark.
    pub marks: Vec<(usize, Mark)>,
    /// What the panel agreed on, beside it.
    pub consensus: Option<Consensus>,
}

/// What is known of one answer.
#[derive(Debug, Clone)]
pub struct AnswerDetail {
    /// Rater by position, mark and notes, amendments among them.
    pub raters: Vec<RaterNotes>,
    /// What was said, once for each recording.
    pub said: Vec<Said>,
    /// Where the interview left the kit at this question.
    pub deviations: Vec<DeviationRecord>,
}

/// What one rater says of one answer.
#[derive(Debug, Clone)]
pub struct RaterNotes {
    /// Position in [`RoundMatrix::raters`].
    pub rater: usize,
    /// The mark that counts.
    pub mark: Option<Mark>,
    /// Notes, each line with the recording's time where one ran.
    pub notes: Vec<NoteLine>,
    /// Reasons of amendments to this answer, with what they added.
    pub amended: Vec<String>,
}

/// One recording of an answer.
#[derive(Debug, Clone)]
pub struct Said {
    /// The attempt.
    pub attempt: AttemptId,
    /// The recording, where its audio is still there.
    pub take: Option<Take>,
    /// The words of the last version.
    pub text: String,
    /// The machine's score with its evidence, as advice.
    pub assessment: Option<Assessment>,
}

impl MatrixCell {
    /// The ratings there are; "not asked" is none.
    pub fn ratings(&self) -> impl Iterator<Item = u8> + '_ {
        self.marks.iter().filter_map(|(_, mark)| mark.rating().map(Rating::value))
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.ratings().count()
    }

    /// Their mean.
    pub fn mean(&self) -> Option<f64> {
        let (sum, count) = self.ratings().fold((0.0, 0.0), |(sum, n), one| (sum + f64::from(one), n + 1.0));
        (count > 0.0).then(|| sum / count)
    }

    /// The lowest and the highest.
    pub fn range(&self) -> Option<(u8, u8)> {
        Some((self.ratings().min()?, self.ratings().max()?))
    }

    /// Whether two raters lie two or more apart.
    pub fn is_apart(&self) -> bool {
        self.range().is_some_and(|(lowest, highest)| highest - lowest >= APART)
    }

    /// Whether somebody says that it was not asked, and nobody rated it.
    pub fn was_not_asked(&self) -> bool {
        self.count() == 0 && !self.marks.is_empty()
    }
}

impl RoundMatrix {
    /// Puts cards where they belong. What a card says of a question the kit does not have is left out.
    fn put(&mut self, cards: Vec<CardMarks>, consensus: Vec<Consensus>) {
        let places: HashMap<CandidateId, usize> =
            self.rows.iter().enumerate().map(|(place, row)| (row.candidate.id, place)).collect();
        let raters: HashMap<PersonId, usize> =
            self.raters.iter().enumerate().map(|(place, rater)| (rater.person, place)).collect();
        for card in cards {
            let (Some(row), Some(rater)) = (places.get(&card.candidate), raters.get(&card.person)) else {
                continue;
            };
            let row = &mut self.rows[*row];
            for (position, mark) in card.marks {
                if let Some(cell) = row.cells.get_mut(position) {
                    cell.marks.push((*rater, mark));
                }
            }
            let recommended =
                card.recommendation.and_then(|one| Recommendation::ALL.iter().position(|r| *r == one));
            if let Some(place) = recommended {
                row.recommendations[place] += 1;
            }
        }
        for one in consensus {
            let cell = places.get(&one.candidate).and_then(|row| self.rows[*row].cells.get_mut(one.position));
            if let Some(cell) = cell {
                cell.consensus = Some(one);
            }
        }
        for row in &mut self.rows {
            row.cells.iter_mut().for_each(|cell| cell.marks.sort_by_key(|(rater, _)| *rater));
            let means: Vec<Option<f64>> = row.cells.iter().map(MatrixCell::mean).collect();
            row.combined = combine(&self.round.kit, &means);
        }
    }

    /// The ratings as the statistics take them.
    fn ratings(&self) -> Ratings {
        let mut ratings = Ratings::new(self.rows.len(), self.round.kit.questions.len(), self.raters.len());
        for (candidate, row) in self.rows.iter().enumerate() {
            for (question, cell) in row.cells.iter().enumerate() {
                for (rater, mark) in &cell.marks {
                    if let Some(rating) = mark.rating() {
                        ratings.set(candidate, question, *rater, rating.value());
                    }
                }
            }
        }
        ratings
    }

    /// How far the raters agree, over the candidates that are open to the viewer.
    fn agreement_of(&self, ratings: &Ratings) -> Agreement {
        let kit: &Kit = &self.round.kit;
        agreement(ratings, &|marks| combine(kit, marks).map(|combined| combined.mean), SEED)
    }

    /// Candidates whose cards are open to the viewer.
    pub fn open(&self) -> usize {
        self.rows.iter().filter(|row| row.sight.is_open()).count()
    }
}

/// Figures that were worked out last, by the kit and the very ratings they were worked out from: whoever may see other ratings finds
/// other figures, and one mark more is another table.
#[derive(Debug, Default)]
pub(crate) struct WorkedOut(Mutex<VecDeque<(String, Ratings, Arc<Agreement>)>>);

/// How many are kept: a round looked at by a few people who may see different parts of it.
const KEPT: usize = 8;

impl Interview {
    /// How far the raters of a round agree, over the candidates that are open to whoever the matrix was read for. Takes a while where
    /// there are many, unless it was worked out from the same ratings before.
    pub fn agreement(&self, matrix: &RoundMatrix) -> Arc<Agreement> {
        let (kit, ratings) = (&matrix.round.kit_hash, matrix.ratings());
        let kept = || self.worked_out.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |one: &&(String, Ratings, Arc<Agreement>)| one.0 == *kit && one.1 == ratings;
        if let Some((.., known)) = kept().iter().find(same) {
            return Arc::clone(known);
        }
        let new = Arc::new(matrix.agreement_of(&ratings));
        let mut kept = kept();
        kept.truncate(KEPT - 1);
        kept.push_front((kit.clone(), ratings, Arc::clone(&new)));
        new
    }

    /// A round with every mark that somebody with a seat in it may see now.
    pub async fn matrix(
        &self,
        round: RoundId,
        viewer: PersonId,
    ) -> Result<Option<RoundMatrix>, InterviewError> {
        let store = self.store();
        let (found, candidates, cards, consensus) = tokio::try_join!(
            store.round(round, viewer),
            store.candidates(round, viewer),
            store.readable_marks(round, viewer),
            store.readable_consensus(round, viewer),
        )?;
        let Some(found) = found else { return Ok(None) };
        let questions = found.kit.questions.len();
        let rows = candidates.into_iter().map(|row| {
            let all: Vec<_> = row.cards.iter().map(|card| card.state).collect();
            let own = row.cards.iter().find(|card| card.person == viewer).map(|card| card.state);
            MatrixRow {
                sight: sight(own, &all),
                cards_in: all.iter().filter(|state| state.is_in()).count(),
                candidate: row.candidate,
                cells: vec![MatrixCell::default(); questions],
                combined: None,
                recommendations: [0; 5],
            }
        });
        let rows = rows.collect();
        let raters = self.raters(round, viewer, &cards).await?;
        let mut matrix = RoundMatrix { round: found, raters, rows };
        matrix.put(cards, consensus);
        Ok(Some(matrix))
    }

    async fn raters(
        &self,
        round: RoundId,
        viewer: PersonId,
        cards: &[CardMarks],
    ) -> Result<Vec<Rater>, InterviewError> {
        let mut people: Vec<PersonId> = Vec::new();
        let rated = |person: PersonId| cards.iter().any(|card| card.person == person);
        for seat in self.store().seats(round, viewer).await? {
            if rated(seat.person) {
                people.push(seat.person);
            }
        }
        for card in cards {
            if !people.contains(&card.person) {
                people.push(card.person);
            }
        }
        let mut raters = Vec::with_capacity(people.len());
        for person in people {
            let name = self.store().person(person).await?.map(|person| person.name.to_string());
            let name = name.unwrap_or_else(|| "Somebody who left".to_owned());
            raters.push(Rater { person, name });
        }
        Ok(raters)
    }

    /// What the marks of one answer rest on; none where the cards are closed to the viewer.
    pub async fn answer_detail(
        &self,
        matrix: &RoundMatrix,
        candidate: CandidateId,
        position: usize,
        viewer: PersonId,
    ) -> Result<Option<AnswerDetail>, InterviewError> {
        let open = matrix.rows.iter().any(|row| row.candidate.id == candidate && row.sight.is_open());
        if !open || position >= matrix.round.kit.questions.len() {
            return Ok(None);
        }
        let store = self.store();
        let (cards, answers, scores, deviations) = tokio::try_join!(
            store.readable_cards(candidate, viewer),
            store.round_answers(candidate, viewer),
            store.machine_scores(candidate, viewer),
            store.deviations(candidate, viewer),
        )?;
        let raters = cards.iter().filter_map(|card| {
            let rater = matrix.raters.iter().position(|rater| rater.person == card.person)?;
            Some(RaterNotes {
                rater,
                mark: card.card.counted(position),
                notes: card.card.entries.get(position).map(|entry| entry.notes.0.clone()).unwrap_or_default(),
                amended: amendments(&card.card, position),
            })
        });
        let mut raters: Vec<RaterNotes> = raters.collect();
        raters.sort_by_key(|one| one.rater);
        let mut said = Vec::new();
        for answer in answers.into_iter().filter(|answer| answer.attempt.position as usize == position) {
            let words = store.round_transcripts(answer.attempt.id, viewer).await?;
            let Some(last) = words.into_iter().last() else { continue };
            let score = scores
                .iter()
                .filter(|score| score.attempt == answer.attempt.id)
                .max_by_key(|score| score.version);
            said.push(Said {
                attempt: answer.attempt.id,
                take: answer.take.filter(|take| take.path.is_some()),
                text: last.transcript.text,
                assessment: score.map(|score| score.assessment.clone()),
            });
        }
        let deviations =
            deviations.into_iter().filter(|one| one.deviation.position == Some(position)).collect();
        Ok(Some(AnswerDetail { raters, said, deviations }))
    }

    /// Writes a consensus down beside the ratings of an answer.
    pub async fn keep_consensus(&self, consensus: &Consensus) -> Result<(), InterviewError> {
        Ok(self.store().keep_consensus(consensus).await?)
    }
}

fn amendments(card: &viva_core::round::Card, position: usize) -> Vec<String> {
    use viva_core::round::AmendmentPart as Part;
    let of_it = card.amendments.iter().filter_map(|amendment| match &amendment.part {
        Part::Mark { position: at, mark } if *at == position => {
            let says = match mark {
                Mark::Rated(rating) => format!("Amended to {}", rating.value()),
                Mark::NotAsked => "Amended to not asked".to_owned(),
            };
            Some(format!("{says}: {}", amendment.reason))
        }
        Part::Note { position: at, text } if *at == position => {
            Some(format!("Added: {text} ({})", amendment.reason))
        }
        _ => None,
    });
    of_it.collect()
}
