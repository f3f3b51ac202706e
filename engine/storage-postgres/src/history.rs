//! Looking back over PostgreSQL. Lists read their own indices and never the documents.

use crate::error::Failure;
use crate::plain::plain;
use crate::{Connection, PostgresStore, schema};
use async_trait::async_trait;
use uuid::Uuid;
use viva_core::clock::Timestamp;
use viva_core::ids::{AttemptId, SessionId};
use viva_core::session::{Mode, Past};
use viva_core::units::Millis;
use viva_storage::columns::answers::state;
use viva_storage::columns::{from_word, named, number, parsed};
use viva_storage::{
    History, HistoryEntry, HistoryFilter, KeptMissing, Page, PageRequest, Score, ScoreFilter, ScorePoint,
    StorageError, Usage,
};

#[async_trait]
impl History for PostgresStore {
    async fn history(
        &self,
        filter: &HistoryFilter,
        page: PageRequest,
    ) -> Result<Page<HistoryEntry>, StorageError> {
        let mut tx = self.look().await?;
        self.told(list(&mut tx, filter, page).await)
    }

    async fn past(&self) -> Result<Vec<Past>, StorageError> {
        let mut tx = self.look().await?;
        self.told(past(&mut tx).await)
    }

    async fn latest_scores(&self) -> Result<Vec<ScorePoint>, StorageError> {
        let mut tx = self.look().await?;
        self.told(latest_scores(&mut tx).await)
    }

    async fn scores(&self, filter: &ScoreFilter) -> Result<Vec<ScorePoint>, StorageError> {
        let mut tx = self.look().await?;
        self.told(scores(&mut tx, filter).await)
    }

    async fn recent_scores(&self, each: u32) -> Result<Vec<ScorePoint>, StorageError> {
        let mut tx = self.look().await?;
        self.told(recent_scores(&mut tx, each).await)
    }

    async fn kept_missing(&self, among: u32, limit: u32) -> Result<Vec<KeptMissing>, StorageError> {
        let mut tx = self.look().await?;
        self.told(kept_missing(&mut tx, among, limit).await)
    }

    async fn count(&self, filter: &HistoryFilter) -> Result<u64, StorageError> {
        let mut tx = self.look().await?;
        self.told(count(&mut tx, filter).await)
    }

    async fn usage(&self) -> Result<Usage, StorageError> {
        let mut tx = self.look().await?;
        self.told(usage(&mut tx).await)
    }
}

/// One list of attempts: the same columns and order, with its own leading condition, so that each is
/// answered from an index of its own. The arguments after the condition's follow from `$2`.
macro_rules! list_where {
    ($condition:literal, $tx:expr, $key:expr, $filter:expr, $page:expr) => {{
        let (at, id) = $page.after.map_or((i64::MAX, Uuid::max()), |cursor| (cursor.at.0, cursor.id));
        let (pack, topic) = ($filter.pack.as_ref().map(|pack| pack.as_str()), $filter.topic.as_deref().map(plain));
        let from = $filter.from.map_or(i64::MIN, |from| from.0);
        let until = $filter.until.map_or(i64::MAX, |until| until.0);
        let question = $filter.question.as_ref().map(|question| question.as_str());
        let limit = i64::from($page.limit) + 1;
        let text = $filter.text.as_deref().map(holding);
        sqlx::query_as!(
            EntryRow,
            r#"SELECT a.id, a.session_id, s.mode, a.position, a.number,
                      a.question_id, a.pack_id, a.topic, q.ask, q.level, q.kind, a.state, a.why, a.kept, a.asked_at,
                      t.length_ms AS "length_ms?", a.score, a.score_low, a.score_high, a.score_level
               FROM attempts a
               JOIN sessions s ON s.id = a.session_id
               JOIN question_snapshots q ON q.hash = a.snapshot_hash
               LEFT JOIN takes t ON t.attempt_id = a.id
               WHERE "#
                + $condition
                + r#" AND (a.asked_at, a.id) < ($2, $3)
                 AND ($4::text IS NULL OR a.pack_id = $4) AND ($5::text IS NULL OR a.topic = $5)
                 AND a.asked_at >= $6 AND a.asked_at < $7 AND ($9::text IS NULL OR a.question_id = $9)
                 AND ($10::text IS NULL OR a.snapshot_hash IN (SELECT hash FROM question_snapshots
                                                         WHERE lower(ask) LIKE $10 ESCAPE '!'))
               ORDER BY a.asked_at DESC, a.id DESC LIMIT $8"#,
            $key,
            at,
            id,
            pack,
            topic.as_deref(),
            from,
            until,
            limit,
            question,
            text.as_deref()
        )
        .fetch_all($tx)
        .await?
    }};
}

/// The number of attempts under a filter, with its own leading condition on `$1` and `$2`.
macro_rules! count_where {
    ($condition:literal, $tx:expr, $($argument:expr),+ $(,)?) => {
        sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!" FROM attempts a
               WHERE "# + $condition + r#" AND ($3::text IS NULL OR a.question_id = $3)
                 AND ($4::text IS NULL OR a.pack_id = $4) AND ($5::text IS NULL OR a.topic = $5)
                 AND a.asked_at >= $6 AND a.asked_at < $7
                 AND ($8::text IS NULL OR a.snapshot_hash IN (SELECT hash FROM question_snapshots
                                                        WHERE lower(ask) LIKE $8 ESCAPE '!'))"#,
            $($argument),+
        )
        .fetch_one($tx)
        .await?
    };
}

async fn list(
    tx: &mut Connection,
    filter: &HistoryFilter,
    page: PageRequest,
) -> Result<Page<HistoryEntry>, Failure> {
    let question = filter.question.as_ref().map(|question| question.as_str());
    let rows = match (filter.session, filter.follows, question, &filter.pack) {
        (Some(session), ..) => {
            list_where!("a.session_id = $1 AND s.candidate_id IS NULL", tx, session.0, filter, page)
        }
        (None, Some(answer), ..) => {
            list_where!("a.follows = $1 AND s.candidate_id IS NULL", tx, answer.0, filter, page)
        }
        (None, None, Some(question), _) => {
            list_where!("a.follows IS NULL AND a.question_id = $1", tx, question, filter, page)
        }
        (None, None, None, Some(pack)) => {
            let pack = pack.as_str();
            list_where!("a.follows IS NULL AND a.pack_id = $1", tx, pack, filter, page)
        }
        (None, None, None, None) => list_where!("a.follows IS NULL AND $1::integer = 1", tx, 1, filter, page),
    };
    let entries = rows.into_iter().map(EntryRow::entry).collect::<Result<Vec<_>, Failure>>()?;
    Ok(Page::of(entries, page.limit, HistoryEntry::cursor))
}

/// A pattern that a wording matches where it holds this text, in either case.
fn holding(text: &str) -> String {
    let mut pattern = String::from("%");
    for letter in plain(text).chars() {
        if matches!(letter, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(letter.to_ascii_lowercase());
    }
    pattern.push('%');
    pattern
}

async fn count(tx: &mut Connection, filter: &HistoryFilter) -> Result<u64, Failure> {
    let session = filter.session.map(|session| session.0);
    let follows = filter.follows.map(|attempt| attempt.0);
    let question = filter.question.as_ref().map(|question| question.as_str());
    let (pack, topic) = (filter.pack.as_ref().map(|pack| pack.as_str()), filter.topic.as_deref().map(plain));
    let from = filter.from.map_or(i64::MIN, |from| from.0);
    let until = filter.until.map_or(i64::MAX, |until| until.0);
    let text = filter.text.as_deref().map(holding);
    // Follow-ups are counted where they are listed: under their session, or under the answer they follow.
    let found = if session.is_some() || follows.is_some() {
        count_where!(
            "($1::uuid IS NULL OR a.session_id = $1) AND ($2::uuid IS NULL OR a.follows = $2)
               AND NOT EXISTS (SELECT 1 FROM round_answers r WHERE r.attempt_id = a.id)",
            tx,
            session,
            follows,
            question,
            pack,
            topic.as_deref(),
            from,
            until,
            text.as_deref()
        )
    } else {
        count_where!(
            "$1::uuid IS NULL AND $2::uuid IS NULL AND a.follows IS NULL",
            tx,
            session,
            follows,
            question,
            pack,
            topic.as_deref(),
            from,
            until,
            text.as_deref()
        )
    };
    Ok(number("count", found)?)
}

async fn past(tx: &mut Connection) -> Result<Vec<Past>, Failure> {
    let rows = sqlx::query!(
        r#"SELECT question_id AS "question_id!", max(asked_at) AS "last_asked!",
                  count(score) AS "answers!",
                  (SELECT b.score FROM attempts b
                   WHERE b.question_id = a.question_id AND b.follows IS NULL AND b.score IS NOT NULL
                   ORDER BY b.asked_at DESC, b.id DESC LIMIT 1) AS last_score
           FROM attempts a WHERE follows IS NULL GROUP BY question_id ORDER BY question_id"#
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Past {
                question: parsed("question id", &row.question_id)?,
                last_asked: Timestamp(row.last_asked),
                answers: number("count", row.answers)?,
                last_score: row.last_score,
            })
        })
        .collect()
}

async fn scores(tx: &mut Connection, filter: &ScoreFilter) -> Result<Vec<ScorePoint>, Failure> {
    let pack = filter.pack.as_ref().map(|pack| pack.as_str());
    let topic = filter.topic.as_deref().map(plain);
    let topic = topic.as_deref();
    let from = filter.from.map_or(i64::MIN, |from| from.0);
    // One question's scores come from its own index.
    if let Some(question) = &filter.question {
        let question = question.as_str();
        let rows = sqlx::query_as!(
            PointRow,
            r#"SELECT id, question_id, pack_id, topic, asked_at, score AS "score!", score_low AS "low!",
                      score_high AS "high!", score_level AS "level!"
               FROM attempts
               WHERE question_id = $1 AND follows IS NULL AND asked_at >= $2 AND score IS NOT NULL
                 AND ($3::text IS NULL OR pack_id = $3) AND ($4::text IS NULL OR topic = $4)
               ORDER BY asked_at, id"#,
            question,
            from,
            pack,
            topic
        )
        .fetch_all(tx)
        .await?;
        return rows.into_iter().map(PointRow::point).collect();
    }
    let rows = sqlx::query_as!(
        PointRow,
        r#"SELECT id, question_id, pack_id, topic, asked_at, score AS "score!", score_low AS "low!",
                  score_high AS "high!", score_level AS "level!"
           FROM attempts
           WHERE score IS NOT NULL AND follows IS NULL AND ($1::text IS NULL OR pack_id = $1)
             AND ($2::text IS NULL OR topic = $2) AND asked_at >= $3
           ORDER BY asked_at, id"#,
        pack,
        topic,
        from
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter().map(PointRow::point).collect()
}

async fn latest_scores(tx: &mut Connection) -> Result<Vec<ScorePoint>, Failure> {
    let rows = sqlx::query_as!(
        PointRow,
        r#"SELECT a.id AS "id!", a.question_id AS "question_id!", a.pack_id AS "pack_id!", a.topic AS "topic!",
                  a.asked_at AS "asked_at!", a.score AS "score!", a.score_low AS "low!", a.score_high AS "high!",
                  a.score_level AS "level!"
           FROM (SELECT DISTINCT question_id FROM attempts WHERE follows IS NULL) d
           CROSS JOIN LATERAL (SELECT * FROM attempts b
                               WHERE b.question_id = d.question_id AND b.follows IS NULL AND b.score IS NOT NULL
                               ORDER BY b.asked_at DESC, b.id DESC LIMIT 1) a
           ORDER BY a.question_id"#
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter().map(PointRow::point).collect()
}

async fn recent_scores(tx: &mut Connection, each: u32) -> Result<Vec<ScorePoint>, Failure> {
    let rows = sqlx::query_as!(
        PointRow,
        r#"SELECT a.id AS "id!", a.question_id AS "question_id!", a.pack_id AS "pack_id!", a.topic AS "topic!",
                  a.asked_at AS "asked_at!", a.score AS "score!", a.score_low AS "low!", a.score_high AS "high!",
                  a.score_level AS "level!"
           FROM (SELECT DISTINCT question_id FROM attempts WHERE follows IS NULL) d
           CROSS JOIN LATERAL (SELECT * FROM attempts b
                               WHERE b.question_id = d.question_id AND b.follows IS NULL AND b.score IS NOT NULL
                               ORDER BY b.asked_at DESC, b.id DESC LIMIT $1) a
           ORDER BY a.question_id, a.asked_at, a.id"#,
        i64::from(each)
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter().map(PointRow::point).collect()
}

async fn kept_missing(tx: &mut Connection, among: u32, limit: u32) -> Result<Vec<KeptMissing>, Failure> {
    let rows = sqlx::query!(
        r#"SELECT d.question_id AS "question_id!", v.criterion_id AS "criterion_id!",
                  count(*) FILTER (WHERE v.verdict = 'missed') AS "missed!", count(*) AS "answers!",
                  max(a.asked_at) AS "last!"
           FROM (SELECT DISTINCT question_id FROM attempts WHERE follows IS NULL) d
           CROSS JOIN LATERAL (SELECT b.id, b.asked_at FROM attempts b
                               WHERE b.question_id = d.question_id AND b.follows IS NULL AND b.state = 'assessed'
                               ORDER BY b.asked_at DESC, b.id DESC LIMIT $1) a
           JOIN criterion_verdicts v ON v.attempt_id = a.id
           GROUP BY d.question_id, v.criterion_id
           HAVING count(*) FILTER (WHERE v.verdict = 'missed') >= 2
              AND max(a.asked_at) FILTER (WHERE v.verdict = 'missed')
                  = (SELECT max(b.asked_at) FROM attempts b
                     WHERE b.question_id = d.question_id AND b.follows IS NULL AND b.state = 'assessed')
           ORDER BY 3 DESC, 4, 5 DESC, 1, 2 LIMIT $2"#,
        i64::from(among),
        i64::from(limit)
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(KeptMissing {
                question: parsed("question id", &row.question_id)?,
                criterion: parsed("criterion id", &row.criterion_id)?,
                missed: number("count", row.missed)?,
                answers: number("count", row.answers)?,
                last: Timestamp(row.last),
            })
        })
        .collect()
}

async fn usage(tx: &mut Connection) -> Result<Usage, Failure> {
    let row = sqlx::query!(
        r#"SELECT (SELECT count(*) FROM sessions WHERE follows IS NULL AND candidate_id IS NULL) AS "sessions!",
                  (SELECT count(*) FROM attempts WHERE follows IS NULL) AS "attempts!",
                  count(*) AS "takes!", coalesce(sum(bytes), 0)::bigint AS "audio_bytes!"
           FROM takes WHERE path IS NOT NULL"#
    )
    .fetch_one(&mut *tx)
    .await?;
    Ok(Usage {
        sessions: number("count", row.sessions)?,
        attempts: number("count", row.attempts)?,
        takes: number("count", row.takes)?,
        audio_bytes: number("size", row.audio_bytes)?,
        database_bytes: schema::size(tx).await?,
    })
}

struct PointRow {
    id: Uuid,
    question_id: String,
    pack_id: String,
    topic: String,
    asked_at: i64,
    score: f64,
    low: f64,
    high: f64,
    level: i64,
}

impl PointRow {
    fn point(self) -> Result<ScorePoint, Failure> {
        Ok(ScorePoint {
            attempt: AttemptId(self.id),
            question: parsed("question id", &self.question_id)?,
            pack: parsed("pack id", &self.pack_id)?,
            topic: self.topic,
            asked_at: Timestamp(self.asked_at),
            score: Score {
                score: self.score,
                low: self.low,
                high: self.high,
                level: number("level", self.level)?,
            },
        })
    }
}

struct EntryRow {
    id: Uuid,
    session_id: Uuid,
    mode: String,
    position: i64,
    number: i64,
    question_id: String,
    pack_id: String,
    topic: String,
    ask: String,
    level: String,
    kind: String,
    state: String,
    why: Option<String>,
    kept: Option<String>,
    asked_at: i64,
    length_ms: Option<i64>,
    score: Option<f64>,
    score_low: Option<f64>,
    score_high: Option<f64>,
    score_level: Option<i64>,
}

impl EntryRow {
    fn entry(self) -> Result<HistoryEntry, Failure> {
        let score = match (self.score, self.score_low, self.score_high, self.score_level) {
            (Some(score), Some(low), Some(high), Some(level)) => {
                Some(Score { score, low, high, level: number("level", level)? })
            }
            _ => None,
        };
        Ok(HistoryEntry {
            attempt: AttemptId(self.id),
            session: SessionId(self.session_id),
            mode: named("mode", &self.mode, Mode::from_name(&self.mode))?,
            position: number("place", self.position)?,
            number: number("attempt's number", self.number)?,
            question: parsed("question id", &self.question_id)?,
            pack: parsed("pack id", &self.pack_id)?,
            topic: self.topic,
            ask: self.ask,
            level: from_word("level", self.level)?,
            kind: from_word("kind", self.kind)?,
            state: state(&self.state, self.why, self.kept)?,
            asked_at: Timestamp(self.asked_at),
            length: self.length_ms.map(|ms| number("take's length", ms)).transpose()?.map(Millis),
            score,
        })
    }
}
