-- What comes after the cards: a panel's consensus beside the mean, legal holds, and how long a closed round keeps things.

-- Every consensus stays; the last one is shown. It stands beside the mean and changes no rating.
CREATE TABLE consensus (
    candidate_id BLOB    NOT NULL REFERENCES candidates (id) ON DELETE CASCADE,
    number       INTEGER NOT NULL CHECK (number >= 1),
    position     INTEGER NOT NULL CHECK (position >= 0),
    rating       INTEGER NOT NULL CHECK (rating BETWEEN 1 AND 5),
    reason       TEXT    NOT NULL CHECK (reason <> ''),
    person_id    BLOB    NOT NULL CHECK (length(person_id) = 16),
    at           INTEGER NOT NULL,
    PRIMARY KEY (candidate_id, number)
) STRICT, WITHOUT ROWID;

-- While it stands, nothing of the candidate is erased, by hand or by a clock.
CREATE TABLE legal_holds (
    candidate_id BLOB    NOT NULL PRIMARY KEY REFERENCES candidates (id) ON DELETE CASCADE,
    reason       TEXT    NOT NULL CHECK (reason <> ''),
    set_by       BLOB    NOT NULL CHECK (length(set_by) = 16),
    set_at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER held_candidates_stay BEFORE DELETE ON candidates
WHEN EXISTS (SELECT 1 FROM legal_holds h WHERE h.candidate_id = OLD.id)
BEGIN
    SELECT RAISE(ABORT, 'a legal hold is on this candidate');
END;

-- Days after the round was closed; none is forever. Three clocks, because laws set them apart.
CREATE TABLE round_retention (
    round_id        BLOB NOT NULL PRIMARY KEY REFERENCES rounds (id) ON DELETE CASCADE,
    audio_days      INTEGER CHECK (audio_days BETWEEN 0 AND 3650),
    transcript_days INTEGER CHECK (transcript_days BETWEEN 0 AND 3650),
    ratings_days    INTEGER CHECK (ratings_days BETWEEN 0 AND 3650)
) STRICT, WITHOUT ROWID;
