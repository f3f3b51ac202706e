//! Decisions, holds, erasing and clocks over SQLite.

use crate::error::Failure;
use crate::sessions::{empty_log, forget_snapshots};
use crate::{Connection, SqliteStore, audit};
use async_trait::async_trait;
use uuid::Uuid;
use viva_core::audit::{Deed, NewEntry};
use viva_core::clock::Timestamp;
use viva_core::ids::{CandidateId, PersonId, RoundId};
use viva_core::round::{Mark, Rating, Recommendation, RoundRefused};
use viva_storage::columns::{named, number};
use viva_storage::{CardMarks, Consensus, Decisions, Expired, Hold, Part, Retention, StorageError};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

#[async_trait]
impl Decisions for SqliteStore {
    async fn readable_marks(&self, round: RoundId, viewer: PersonId) -> Result<Vec<CardMarks>, StorageError> {
        let mut tx = self.look().await?;
        self.told(marks(&mut tx, round, viewer).await)
    }

    async fn keep_consensus(&self, consensus: &Consensus) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        self.told(keep_consensus(&mut tx, consensus).await)?;
        self.commit(tx).await
    }

    async fn readable_consensus(
        &self,
        round: RoundId,
        viewer: PersonId,
    ) -> Result<Vec<Consensus>, StorageError> {
        let mut tx = self.look().await?;
        self.told(consensus(&mut tx, round, viewer).await)
    }

    async fn set_hold(&self, candidate: CandidateId, hold: &Hold) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        self.told(set_hold(&mut tx, candidate, hold).await)?;
        self.commit(tx).await
    }

    async fn lift_hold(
        &self,
        candidate: CandidateId,
        by: PersonId,
        at: Timestamp,
    ) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        self.told(lift_hold(&mut tx, candidate, by, at).await)?;
        self.commit(tx).await
    }

    async fn hold(&self, candidate: CandidateId) -> Result<Option<Hold>, StorageError> {
        let mut tx = self.look().await?;
        self.told(hold(&mut tx, candidate).await)
    }

    async fn erase_candidate(
        &self,
        candidate: CandidateId,
        by: PersonId,
        at: Timestamp,
    ) -> Result<Vec<String>, StorageError> {
        let mut tx = self.begin().await?;
        let paths = self.told(erase(&mut tx, candidate, by, at).await)?;
        self.commit(tx).await?;
        self.told(empty_log(self).await)?;
        Ok(paths)
    }

    async fn recordings_of_candidate(&self, candidate: CandidateId) -> Result<Vec<String>, StorageError> {
        let mut tx = self.look().await?;
        self.told(recordings(&mut tx, candidate).await)
    }

    async fn kept_recordings(&self) -> Result<Vec<String>, StorageError> {
        let found =
            sqlx::query_scalar!(r#"SELECT path AS "path!" FROM takes WHERE path IS NOT NULL ORDER BY path"#)
                .fetch_all(&self.readers)
                .await;
        self.told(found.map_err(Failure::from))
    }

    async fn retention(&self, round: RoundId) -> Result<Retention, StorageError> {
        let mut tx = self.look().await?;
        self.told(retention(&mut tx, round).await)
    }

    async fn set_retention(
        &self,
        round: RoundId,
        retention: Retention,
        by: PersonId,
        at: Timestamp,
    ) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        self.told(set_retention(&mut tx, round, retention, by, at).await)?;
        self.commit(tx).await
    }

    async fn expired(&self, now: Timestamp) -> Result<Vec<Expired>, StorageError> {
        let mut tx = self.look().await?;
        self.told(expired(&mut tx, now).await)
    }

    async fn expire(&self, expired: &Expired, at: Timestamp) -> Result<Vec<String>, StorageError> {
        let mut tx = self.begin().await?;
        let paths = self.told(expire(&mut tx, expired, at).await)?;
        self.commit(tx).await?;
        self.told(empty_log(self).await)?;
        Ok(paths)
    }
}

/// One row a card, its marks in one text: forty thousand rows would take far longer to carry over than to find. Cards without an
/// amendment, which are nearly all, need no look at amendments.
async fn marks(tx: &mut Connection, round: RoundId, viewer: PersonId) -> Result<Vec<CardMarks>, Failure> {
    let rows = sqlx::query!(
        r#"SELECT c.candidate_id AS "candidate_id!: Uuid", c.person_id AS "person_id!: Uuid",
                  c.recommendation AS "recommendation: String",
                  CASE c.state WHEN 'amended'
                      THEN (SELECT group_concat(m.position || ':' || CASE WHEN m.not_asked THEN 0 ELSE m.rating END)
                            FROM counted_marks m
                            WHERE m.card_id = c.id AND (m.not_asked OR m.rating IS NOT NULL))
                      ELSE (SELECT group_concat(e.position || ':' || CASE WHEN e.not_asked THEN 0 ELSE e.rating END)
                            FROM card_entries e
                            WHERE e.card_id = c.id AND (e.not_asked OR e.rating IS NOT NULL))
                  END AS "marks: String"
           FROM readable_cards r JOIN cards c ON c.id = r.card_id
           WHERE r.round_id = $1 AND r.viewer_id = $2
           ORDER BY c.submitted_at, c.id"#,
        round.0,
        viewer.0
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            let recommendation = row
                .recommendation
                .map(|name| named("recommendation", &name, Recommendation::from_name(&name)))
                .transpose()?;
            Ok(CardMarks {
                candidate: CandidateId(row.candidate_id),
                person: PersonId(row.person_id),
                marks: read_marks(row.marks.as_deref().unwrap_or_default())?,
                recommendation,
            })
        })
        .collect()
}

/// `0:4,1:0`: question and rating, 0 where it was not asked.
fn read_marks(text: &str) -> Result<Vec<(usize, Mark)>, Failure> {
    let damaged = || StorageError::damaged("card", format!("its marks are {text:?}"));
    let one = |pair: &str| {
        let (position, rating) = pair.split_once(':')?;
        let mark = match rating.parse().ok()? {
            0 => Mark::NotAsked,
            rating => Mark::rated(rating)?,
        };
        Some((position.parse().ok()?, mark))
    };
    let pairs = text.split(',').filter(|pair| !pair.is_empty());
    pairs.map(|pair| one(pair).ok_or_else(|| damaged().into())).collect()
}

async fn keep_consensus(tx: &mut Connection, new: &Consensus) -> Result<(), Failure> {
    let round = sqlx::query_scalar!(
        r#"SELECT r.round_id AS "round_id!: Uuid" FROM readable_candidates r
           JOIN round_seats s ON s.round_id = r.round_id AND s.person_id = r.viewer_id
           WHERE r.candidate_id = $1 AND r.viewer_id = $2 AND s.seat <> 'observer'"#,
        new.candidate.0,
        new.by.0
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or_else(|| StorageError::from(RoundRefused::CardsFirst))?;
    let (position, rating) = (new.position as i64, i64::from(new.rating.value()));
    sqlx::query!(
        "INSERT INTO consensus (candidate_id, number, position, rating, reason, person_id, at)
         SELECT $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5, $6 FROM consensus WHERE candidate_id = $1",
        new.candidate.0,
        position,
        rating,
        new.reason,
        new.by.0,
        new.at.0
    )
    .execute(&mut *tx)
    .await?;
    let entry = NewEntry::new(Deed::ConsensusKept, Some(new.by), new.at).in_round(RoundId(round));
    audit::log(tx, entry.of(new.candidate).by(&format!("question:{}", new.position + 1))).await
}

async fn consensus(tx: &mut Connection, round: RoundId, viewer: PersonId) -> Result<Vec<Consensus>, Failure> {
    let rows = sqlx::query!(
        r#"SELECT a.candidate_id AS "candidate_id: Uuid", a.position, a.rating, a.reason, a.person_id AS "person_id: Uuid", a.at
           FROM consensus a JOIN readable_candidates r ON r.candidate_id = a.candidate_id
           WHERE r.round_id = $1 AND r.viewer_id = $2
             AND NOT EXISTS (SELECT 1 FROM consensus b WHERE b.candidate_id = a.candidate_id
                             AND b.position = a.position AND b.number > a.number)
           ORDER BY a.candidate_id, a.position"#,
        round.0,
        viewer.0
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            let rating: u8 = number("rating", row.rating)?;
            Ok(Consensus {
                candidate: CandidateId(row.candidate_id),
                position: number("question", row.position)?,
                rating: Rating::try_from(rating).map_err(|why| StorageError::damaged("consensus", why))?,
                reason: row.reason,
                by: PersonId(row.person_id),
                at: Timestamp(row.at),
            })
        })
        .collect()
}

async fn round_of(tx: &mut Connection, candidate: CandidateId) -> Result<RoundId, Failure> {
    let round = sqlx::query_scalar!(
        r#"SELECT round_id AS "round_id: Uuid" FROM candidates WHERE id = $1"#,
        candidate.0
    )
    .fetch_optional(tx)
    .await?
    .ok_or_else(|| StorageError::not_found("candidate", candidate))?;
    Ok(RoundId(round))
}

async fn set_hold(tx: &mut Connection, candidate: CandidateId, hold: &Hold) -> Result<(), Failure> {
    let round = round_of(tx, candidate).await?;
    sqlx::query!(
        "INSERT INTO legal_holds (candidate_id, reason, set_by, set_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (candidate_id) DO UPDATE SET reason = excluded.reason, set_by = excluded.set_by,
             set_at = excluded.set_at",
        candidate.0,
        hold.reason,
        hold.by.0,
        hold.at.0
    )
    .execute(&mut *tx)
    .await?;
    audit::log(tx, NewEntry::new(Deed::HoldSet, Some(hold.by), hold.at).in_round(round).of(candidate)).await
}

async fn lift_hold(
    tx: &mut Connection,
    candidate: CandidateId,
    by: PersonId,
    at: Timestamp,
) -> Result<(), Failure> {
    let round = round_of(tx, candidate).await?;
    let done = sqlx::query!("DELETE FROM legal_holds WHERE candidate_id = $1", candidate.0)
        .execute(&mut *tx)
        .await?;
    if done.rows_affected() == 0 {
        return Ok(());
    }
    audit::log(tx, NewEntry::new(Deed::HoldLifted, Some(by), at).in_round(round).of(candidate)).await
}

async fn hold(tx: &mut Connection, candidate: CandidateId) -> Result<Option<Hold>, Failure> {
    let row = sqlx::query!(
        r#"SELECT reason, set_by AS "set_by: Uuid", set_at FROM legal_holds WHERE candidate_id = $1"#,
        candidate.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| Hold { reason: row.reason, by: PersonId(row.set_by), at: Timestamp(row.set_at) }))
}

async fn erase(
    tx: &mut Connection,
    candidate: CandidateId,
    by: PersonId,
    at: Timestamp,
) -> Result<Vec<String>, Failure> {
    let round = round_of(tx, candidate).await?;
    if hold(tx, candidate).await?.is_some() {
        return Err(StorageError::from(RoundRefused::Held).into());
    }
    let paths = recordings(tx, candidate).await?;
    sqlx::query!("DELETE FROM logins WHERE candidate_id = $1", candidate.0).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM invitations WHERE candidate_id = $1", candidate.0).execute(&mut *tx).await?;
    // Cards, log, session and answers go with the candidate.
    sqlx::query!("DELETE FROM candidates WHERE id = $1", candidate.0).execute(&mut *tx).await?;
    forget_snapshots(tx).await?;
    audit::log(tx, NewEntry::new(Deed::Erased, Some(by), at).in_round(round).of(candidate)).await?;
    Ok(paths)
}

async fn recordings(tx: &mut Connection, candidate: CandidateId) -> Result<Vec<String>, Failure> {
    let paths = sqlx::query_scalar!(
        r#"SELECT t.path AS "path!" FROM takes t JOIN round_answers a ON a.attempt_id = t.attempt_id
           WHERE a.candidate_id = $1 AND t.path IS NOT NULL ORDER BY t.path"#,
        candidate.0
    )
    .fetch_all(tx)
    .await?;
    Ok(paths)
}

async fn retention(tx: &mut Connection, round: RoundId) -> Result<Retention, Failure> {
    let row = sqlx::query!(
        "SELECT audio_days, transcript_days, ratings_days FROM round_retention WHERE round_id = $1",
        round.0
    )
    .fetch_optional(tx)
    .await?;
    let Some(row) = row else { return Ok(Retention::default()) };
    let days = |days: Option<i64>| days.map(|days| number("days", days)).transpose();
    Ok(Retention {
        audio_days: days(row.audio_days)?,
        transcript_days: days(row.transcript_days)?,
        ratings_days: days(row.ratings_days)?,
    })
}

async fn set_retention(
    tx: &mut Connection,
    round: RoundId,
    retention: Retention,
    by: PersonId,
    at: Timestamp,
) -> Result<(), Failure> {
    let audio = retention.audio_days.map(i64::from);
    let transcript = retention.transcript_days.map(i64::from);
    let ratings = retention.ratings_days.map(i64::from);
    sqlx::query!(
        "INSERT INTO round_retention (round_id, audio_days, transcript_days, ratings_days) VALUES ($1, $2, $3, $4)
         ON CONFLICT (round_id) DO UPDATE SET audio_days = excluded.audio_days,
             transcript_days = excluded.transcript_days, ratings_days = excluded.ratings_days",
        round.0,
        audio,
        transcript,
        ratings
    )
    .execute(&mut *tx)
    .await?;
    let says = |days: Option<u16>| days.map_or("forever".to_owned(), |days| days.to_string());
    let detail = format!(
        "audio:{} transcripts:{} ratings:{}",
        says(retention.audio_days),
        says(retention.transcript_days),
        says(retention.ratings_days)
    );
    audit::log(tx, NewEntry::new(Deed::RetentionSet, Some(by), at).in_round(round).by(&detail)).await
}

async fn expired(tx: &mut Connection, now: Timestamp) -> Result<Vec<Expired>, Failure> {
    let rows = sqlx::query!(
        r#"SELECT k.id AS "candidate_id: Uuid", k.round_id AS "round_id: Uuid", r.closed_at AS "closed_at!: i64",
                  n.audio_days, n.transcript_days, n.ratings_days,
                  EXISTS (SELECT 1 FROM takes t JOIN round_answers a ON a.attempt_id = t.attempt_id
                          WHERE a.candidate_id = k.id AND t.path IS NOT NULL) AS "audio!: bool",
                  EXISTS (SELECT 1 FROM round_answers a WHERE a.candidate_id = k.id) AS "answers!: bool",
                  EXISTS (SELECT 1 FROM cards c WHERE c.candidate_id = k.id) AS "cards!: bool"
           FROM candidates k
           JOIN rounds r ON r.id = k.round_id
           JOIN round_retention n ON n.round_id = k.round_id
           WHERE r.closed_at IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.candidate_id = k.id)
           ORDER BY k.round_id, k.number"#
    )
    .fetch_all(tx)
    .await?;
    let mut found = Vec::new();
    for row in rows {
        let past = |days: Option<i64>| days.is_some_and(|days| row.closed_at + days * DAY_MS <= now.0);
        let parts = [
            (Part::Transcripts, row.answers && past(row.transcript_days)),
            (Part::Audio, row.audio && past(row.audio_days) && !past(row.transcript_days)),
            (Part::Ratings, row.cards && past(row.ratings_days)),
        ];
        let (round, candidate) = (RoundId(row.round_id), CandidateId(row.candidate_id));
        let due = parts.into_iter().filter(|(_, due)| *due);
        found.extend(due.map(|(part, _)| Expired { round, candidate, part }));
    }
    Ok(found)
}

async fn expire(tx: &mut Connection, what: &Expired, at: Timestamp) -> Result<Vec<String>, Failure> {
    let candidate = what.candidate;
    if hold(tx, candidate).await?.is_some() {
        return Err(StorageError::from(RoundRefused::Held).into());
    }
    let (deed, paths) = match what.part {
        Part::Audio => {
            let paths = recordings(tx, candidate).await?;
            sqlx::query!(
                "UPDATE takes SET path = NULL, bytes = 0
                 WHERE attempt_id IN (SELECT attempt_id FROM round_answers WHERE candidate_id = $1)",
                candidate.0
            )
            .execute(&mut *tx)
            .await?;
            (Deed::AudioExpired, paths)
        }
        Part::Transcripts => {
            let paths = recordings(tx, candidate).await?;
            sqlx::query!("DELETE FROM sessions WHERE candidate_id = $1", candidate.0)
                .execute(&mut *tx)
                .await?;
            forget_snapshots(tx).await?;
            (Deed::TranscriptsExpired, paths)
        }
        Part::Ratings => {
            sqlx::query!("DELETE FROM cards WHERE candidate_id = $1", candidate.0).execute(&mut *tx).await?;
            sqlx::query!("DELETE FROM consensus WHERE candidate_id = $1", candidate.0)
                .execute(&mut *tx)
                .await?;
            (Deed::RatingsExpired, Vec::new())
        }
    };
    audit::log(tx, NewEntry::new(deed, None, at).in_round(what.round).of(candidate)).await?;
    Ok(paths)
}
