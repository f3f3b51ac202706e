-- A score names the version of its question: after a rubric was changed, an answer may be scored again with
-- criteria that it was not asked with, and each score must be shown with its own.

ALTER TABLE assessments ADD COLUMN snapshot_hash TEXT COLLATE "C" REFERENCES question_snapshots (hash) DEFERRABLE;

CREATE INDEX assessments_snapshot ON assessments (snapshot_hash);
