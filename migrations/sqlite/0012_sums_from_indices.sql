-- Counts and filters over all answers are read from one index each, so they hold every column that is asked for.

DROP INDEX attempts_latest;
CREATE INDEX attempts_latest ON attempts (asked_at DESC, id DESC, pack_id, topic, question_id, snapshot_hash, follows)
    WHERE follows IS NULL;
DROP INDEX attempts_of_pack;
CREATE INDEX attempts_of_pack ON attempts (pack_id, asked_at DESC, id DESC, topic, follows) WHERE follows IS NULL;
DROP INDEX takes_with_audio;
CREATE INDEX takes_with_audio ON takes (kept_at, bytes, path) WHERE path IS NOT NULL;
