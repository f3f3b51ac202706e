-- A follow-up is a small session of its own that belongs to an answer: its credit stands beside that answer's
-- score and in no list, mean or pick.

ALTER TABLE sessions ADD COLUMN follows UUID REFERENCES attempts (id) ON DELETE CASCADE DEFERRABLE;
CREATE INDEX sessions_follow ON sessions (follows) WHERE follows IS NOT NULL;

-- Repeated from the session, so that lists need not open it.
ALTER TABLE attempts ADD COLUMN follows UUID;
CREATE INDEX attempts_follow ON attempts (follows, asked_at) WHERE follows IS NOT NULL;

DROP INDEX attempts_latest;
DROP INDEX attempts_of_question;
DROP INDEX attempts_of_pack;
CREATE INDEX attempts_latest ON attempts (asked_at DESC, id DESC, pack_id) WHERE follows IS NULL;
CREATE INDEX attempts_of_question ON attempts (question_id, asked_at DESC, id DESC, state, score) WHERE follows IS NULL;
CREATE INDEX attempts_of_pack ON attempts (pack_id, asked_at DESC, id DESC) WHERE follows IS NULL;
