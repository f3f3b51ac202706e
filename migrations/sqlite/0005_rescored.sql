-- A score names the version of its question: after a rubric was changed, an answer may be scored again with
-- criteria that it was not asked with, and each score must be shown with its own.

ALTER TABLE assessments ADD COLUMN snapshot_hash TEXT REFERENCES question_snapshots (hash);

UPDATE assessments
SET snapshot_hash = (SELECT a.snapshot_hash FROM attempts a WHERE a.id = assessments.attempt_id);

CREATE INDEX assessments_snapshot ON assessments (snapshot_hash);
