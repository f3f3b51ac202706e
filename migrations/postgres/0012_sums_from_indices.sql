-- Counts over all answers are read from one index, so it holds every column they ask for, but for the topic: an entry of an
-- index has at most 2,700 bytes here, and a topic may be longer.

DROP INDEX attempts_latest;
CREATE INDEX attempts_latest ON attempts (asked_at DESC, id DESC, pack_id, question_id, snapshot_hash)
    WHERE follows IS NULL;
DROP INDEX takes_with_audio;
CREATE INDEX takes_with_audio ON takes (kept_at, bytes, path) WHERE path IS NOT NULL;
