-- Who did what in rounds. Append-only: each entry is sealed by the hash of the one before. It holds ids and the program's own
-- words, never a name, a note or a word that was said, and refers to nothing, so that erasing somebody leaves it whole.

CREATE TABLE audit (
    sequence     INTEGER NOT NULL PRIMARY KEY CHECK (sequence >= 1),
    at           INTEGER NOT NULL,
    actor_id     BLOB    CHECK (length(actor_id) = 16),       -- none where Viva did it by a rule
    deed         TEXT    NOT NULL,
    round_id     BLOB    CHECK (length(round_id) = 16),
    candidate_id BLOB    CHECK (length(candidate_id) = 16),
    subject_id   BLOB    CHECK (length(subject_id) = 16),     -- a card, a kit or a person
    detail       TEXT    NOT NULL,
    previous     BLOB    NOT NULL CHECK (length(previous) = 32),
    hash         BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE INDEX audit_of_round ON audit (round_id, sequence) WHERE round_id IS NOT NULL;

CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
