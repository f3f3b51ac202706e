-- How each criterion was answered, of the score that counts: repeated from assessments, so that what keeps being
-- missed is found without opening the documents. No PostgreSQL database held an answer before this table was there.

CREATE TABLE criterion_verdicts (
    attempt_id   UUID NOT NULL REFERENCES attempts (id) ON DELETE CASCADE DEFERRABLE,
    criterion_id TEXT COLLATE "C" NOT NULL,
    verdict      TEXT NOT NULL CHECK (verdict IN ('met', 'partly', 'missed')),
    PRIMARY KEY (attempt_id, criterion_id)
);

-- Sums over all answers read an index alone.
DROP INDEX attempts_latest;
CREATE INDEX attempts_latest ON attempts (asked_at DESC, id DESC, pack_id, snapshot_hash) WHERE follows IS NULL;
