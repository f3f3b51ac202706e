-- How each criterion was answered, of the score that counts: repeated from assessments, so that what keeps being
-- missed is found without opening the documents.

CREATE TABLE criterion_verdicts (
    attempt_id   BLOB NOT NULL REFERENCES attempts (id) ON DELETE CASCADE,
    criterion_id TEXT NOT NULL,
    verdict      TEXT NOT NULL CHECK (verdict IN ('met', 'partly', 'missed')),
    PRIMARY KEY (attempt_id, criterion_id)
) STRICT, WITHOUT ROWID;

INSERT INTO criterion_verdicts (attempt_id, criterion_id, verdict)
SELECT s.attempt_id, json_extract(c.value, '$.id'), json_extract(c.value, '$.verdict')
FROM assessments s, json_each(s.document, '$.criteria') c
WHERE s.version = (SELECT max(version) FROM assessments WHERE attempt_id = s.attempt_id)
ON CONFLICT DO NOTHING;

-- Sums over all answers read an index alone, which therefore also says what it leaves out.
DROP INDEX attempts_of_question;
CREATE INDEX attempts_of_question ON attempts (question_id, asked_at DESC, id DESC, state, score, follows)
    WHERE follows IS NULL;
DROP INDEX attempts_latest;
CREATE INDEX attempts_latest ON attempts (asked_at DESC, id DESC, pack_id, topic, snapshot_hash, follows)
    WHERE follows IS NULL;
