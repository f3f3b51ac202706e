//! Kits over SQLite.

use crate::error::Failure;
use crate::sessions::taken;
use crate::{Connection, SqliteStore};
use async_trait::async_trait;
use uuid::Uuid;
use viva_core::clock::Timestamp;
use viva_core::ids::{KitId, PersonId};
use viva_core::round::{Kit, KitEdit, RoundRefused};
use viva_storage::columns::{document, number};
use viva_storage::{KitRecord, KitSeen, KitSummary, Kits, NewKit, StorageError};

#[async_trait]
impl Kits for SqliteStore {
    async fn make_kit(&self, kit: &NewKit) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        self.told(make(&mut tx, kit).await)?;
        self.commit(tx).await
    }

    async fn kits(&self) -> Result<Vec<KitSummary>, StorageError> {
        let mut tx = self.look().await?;
        self.told(list(&mut tx, None).await)
    }

    async fn kit_versions(&self, id: KitId) -> Result<Vec<KitSummary>, StorageError> {
        let mut tx = self.look().await?;
        self.told(list(&mut tx, Some(id)).await)
    }

    async fn kit(&self, id: KitId, version: Option<u32>) -> Result<Option<KitRecord>, StorageError> {
        let mut tx = self.look().await?;
        self.told(load(&mut tx, id, version).await)
    }

    async fn save_kit(
        &self,
        id: KitId,
        kit: &Kit,
        seen: KitSeen,
        by: PersonId,
        at: Timestamp,
    ) -> Result<KitRecord, StorageError> {
        let mut tx = self.begin().await?;
        let saved = self.told(save(&mut tx, id, kit, seen, (by, at)).await)?;
        self.commit(tx).await?;
        Ok(saved)
    }

    async fn delete_kit_draft(&self, id: KitId) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        self.told(delete_draft(&mut tx, id).await)?;
        self.commit(tx).await
    }
}

struct KitRow {
    kit_id: Uuid,
    version: i64,
    revision: i64,
    document: String,
    hash: Option<String>,
    frozen_at: Option<i64>,
    edited_by: Uuid,
    edited_at: i64,
}

impl KitRow {
    fn record(self) -> Result<KitRecord, Failure> {
        Ok(KitRecord {
            id: KitId(self.kit_id),
            version: number("kit's version", self.version)?,
            revision: number("kit's revision", self.revision)?,
            kit: document("kit", &self.document)?,
            frozen: self.hash.zip(self.frozen_at.map(Timestamp)),
            edited_by: PersonId(self.edited_by),
            edited_at: Timestamp(self.edited_at),
        })
    }
}

async fn make(tx: &mut Connection, new: &NewKit) -> Result<(), Failure> {
    sqlx::query!("INSERT INTO kits (id, made_by, made_at) VALUES ($1, $2, $3)", new.id.0, new.by.0, new.at.0)
        .execute(&mut *tx)
        .await
        .map_err(|error| taken("kit", error))?;
    keep_version(tx, new.id, 1, &new.kit, (new.by, new.at)).await
}

async fn keep_version(
    tx: &mut Connection,
    id: KitId,
    version: u32,
    kit: &Kit,
    (by, at): (PersonId, Timestamp),
) -> Result<(), Failure> {
    let (title, questions, minutes, json) = columns(kit);
    sqlx::query!(
        "INSERT INTO kit_versions (kit_id, version, revision, title, questions, minutes, document, edited_by, edited_at)
         VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8)",
        id.0,
        version,
        title,
        questions,
        minutes,
        json,
        by.0,
        at.0
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// What lists show is repeated beside the document.
fn columns(kit: &Kit) -> (&str, i64, i64, String) {
    let questions = i64::try_from(kit.questions.len()).unwrap_or(i64::MAX);
    (&kit.title, questions, i64::from(kit.minutes()), kit.document())
}

/// The last version of every kit, or all versions of one.
async fn list(tx: &mut Connection, of: Option<KitId>) -> Result<Vec<KitSummary>, Failure> {
    let of = of.map(|kit| kit.0);
    let rows = sqlx::query!(
        r#"SELECT v.kit_id AS "kit_id: Uuid", v.version, v.title, v.questions, v.minutes, v.hash, v.frozen_at, v.edited_at,
                  (SELECT count(*) FROM rounds r WHERE r.kit_id = v.kit_id AND r.kit_version = v.version) AS "rounds!: i64"
           FROM kit_versions v
           WHERE v.kit_id = $1
              OR ($1 IS NULL AND v.version = (SELECT max(w.version) FROM kit_versions w WHERE w.kit_id = v.kit_id))
           ORDER BY CASE WHEN $1 IS NULL THEN v.edited_at ELSE v.version END DESC, v.kit_id"#,
        of
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(KitSummary {
                id: KitId(row.kit_id),
                version: number("kit's version", row.version)?,
                title: row.title,
                questions: number("count", row.questions)?,
                minutes: number("count", row.minutes)?,
                frozen: row.hash.zip(row.frozen_at.map(Timestamp)),
                edited_at: Timestamp(row.edited_at),
                rounds: number("count", row.rounds)?,
            })
        })
        .collect()
}

/// One version, or the last one.
pub(super) async fn load(
    tx: &mut Connection,
    id: KitId,
    version: Option<u32>,
) -> Result<Option<KitRecord>, Failure> {
    let row = sqlx::query_as!(
        KitRow,
        r#"SELECT kit_id AS "kit_id: Uuid", version, revision, document, hash, frozen_at, edited_by AS "edited_by: Uuid",
                  edited_at
           FROM kit_versions WHERE kit_id = $1 AND ($2 IS NULL OR version = $2) ORDER BY version DESC LIMIT 1"#,
        id.0,
        version
    )
    .fetch_optional(tx)
    .await?;
    row.map(KitRow::record).transpose()
}

async fn last(tx: &mut Connection, id: KitId) -> Result<KitRecord, Failure> {
    Ok(load(tx, id, None).await?.ok_or_else(|| StorageError::not_found("kit", id))?)
}

async fn save(
    tx: &mut Connection,
    id: KitId,
    kit: &Kit,
    seen: KitSeen,
    (by, at): (PersonId, Timestamp),
) -> Result<KitRecord, Failure> {
    let before = last(tx, id).await?;
    if before.seen() != seen {
        return Err(StorageError::Conflict { what: "kit" }.into());
    }
    match Kit::edit(before.frozen.is_some()) {
        KitEdit::NextVersion => keep_version(tx, id, before.version + 1, kit, (by, at)).await?,
        KitEdit::InPlace => {
            let (title, questions, minutes, json) = columns(kit);
            sqlx::query!(
                "UPDATE kit_versions
                 SET revision = revision + 1, title = $3, questions = $4, minutes = $5, document = $6, edited_by = $7,
                     edited_at = $8
                 WHERE kit_id = $1 AND version = $2",
                id.0,
                before.version,
                title,
                questions,
                minutes,
                json,
                by.0,
                at.0
            )
            .execute(&mut *tx)
            .await?;
        }
    }
    last(tx, id).await
}

/// The last version, made unchangeable where it is not yet.
pub(super) async fn freeze(tx: &mut Connection, id: KitId, at: Timestamp) -> Result<KitRecord, Failure> {
    let before = last(tx, id).await?;
    if before.frozen.is_some() {
        return Ok(before);
    }
    let frozen = before.kit.freeze().map_err(RoundRefused::Kit)?;
    sqlx::query!(
        "UPDATE kit_versions SET hash = $3, frozen_at = $4 WHERE kit_id = $1 AND version = $2",
        id.0,
        before.version,
        frozen.hash,
        at.0
    )
    .execute(&mut *tx)
    .await?;
    last(tx, id).await
}

async fn delete_draft(tx: &mut Connection, id: KitId) -> Result<(), Failure> {
    let last = last(tx, id).await?;
    if last.frozen.is_some() {
        return Err(RoundRefused::KitUsed.into());
    }
    sqlx::query!("DELETE FROM kit_versions WHERE kit_id = $1 AND version = $2", id.0, last.version)
        .execute(&mut *tx)
        .await?;
    if last.version == 1 {
        sqlx::query!("DELETE FROM kits WHERE id = $1", id.0).execute(tx).await?;
    }
    Ok(())
}
