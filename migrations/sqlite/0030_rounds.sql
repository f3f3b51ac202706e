-- Structured rounds: kits, candidates, scorecards, and what the candidates said.
--
-- Positions of questions are from 0. People are known by their ids alone; a person who leaves stays in the log.

CREATE TABLE kits (
    id      BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    made_by BLOB    NOT NULL CHECK (length(made_by) = 16),
    made_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The last version may be a draft; all others are frozen.
CREATE TABLE kit_versions (
    kit_id    BLOB    NOT NULL REFERENCES kits (id) ON DELETE CASCADE,
    version   INTEGER NOT NULL CHECK (version >= 1),
    revision  INTEGER NOT NULL CHECK (revision >= 1),   -- moves with every save of a draft
    title     TEXT    NOT NULL,
    questions INTEGER NOT NULL,
    minutes   INTEGER NOT NULL,
    document  TEXT    NOT NULL,                         -- the kit with the whole text of its questions
    edited_by BLOB    NOT NULL CHECK (length(edited_by) = 16),
    edited_at INTEGER NOT NULL,
    hash      TEXT,                                     -- SHA-256 of document, hex, once it is frozen
    frozen_at INTEGER,
    PRIMARY KEY (kit_id, version),
    CHECK ((hash IS NULL) = (frozen_at IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TRIGGER kit_versions_frozen BEFORE UPDATE ON kit_versions WHEN OLD.hash IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'a frozen kit never changes');
END;

CREATE TABLE rounds (
    id          BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    title       TEXT    NOT NULL,
    kit_id      BLOB    NOT NULL,
    kit_version INTEGER NOT NULL,
    show        TEXT    NOT NULL CHECK (show IN ('names', 'codes')),
    notice      TEXT    NOT NULL,                       -- what candidates are told about being recorded
    made_by     BLOB    NOT NULL CHECK (length(made_by) = 16),
    made_at     INTEGER NOT NULL,
    closed_at   INTEGER,
    FOREIGN KEY (kit_id, kit_version) REFERENCES kit_versions (kit_id, version)
) STRICT, WITHOUT ROWID;

CREATE INDEX rounds_of_kit ON rounds (kit_id, kit_version);

CREATE TABLE round_seats (
    round_id  BLOB    NOT NULL REFERENCES rounds (id) ON DELETE CASCADE,
    person_id BLOB    NOT NULL CHECK (length(person_id) = 16),
    seat      TEXT    NOT NULL CHECK (seat IN ('owner', 'interviewer', 'observer')),
    given_at  INTEGER NOT NULL,
    PRIMARY KEY (round_id, person_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX round_seats_of_person ON round_seats (person_id);

CREATE TABLE candidates (
    id           BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    round_id     BLOB    NOT NULL REFERENCES rounds (id) ON DELETE CASCADE,
    number       INTEGER NOT NULL CHECK (number >= 1),
    code         TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    added_by     BLOB    NOT NULL CHECK (length(added_by) = 16),
    added_at     INTEGER NOT NULL,
    -- Why they may be recorded, and what they were told, word for word.
    basis        TEXT    CHECK (basis IN ('consent', 'before_contract', 'legal_obligation', 'public_task',
                                          'legitimate_interests')),
    notice       TEXT,
    ground_at    INTEGER,
    ground_by    BLOB,
    opted_out_at INTEGER,
    UNIQUE (round_id, number),
    UNIQUE (round_id, code),
    CHECK ((basis IS NULL) = (notice IS NULL)),
    CHECK ((basis IS NULL) = (ground_at IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE cards (
    id             BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    round_id       BLOB    NOT NULL REFERENCES rounds (id) ON DELETE CASCADE,
    candidate_id   BLOB    NOT NULL REFERENCES candidates (id) ON DELETE CASCADE,
    person_id      BLOB    NOT NULL CHECK (length(person_id) = 16),
    state          TEXT    NOT NULL CHECK (state IN ('draft', 'submitted', 'amended', 'released')),
    revision       INTEGER NOT NULL DEFAULT 1,          -- of recommendation and summary
    recommendation TEXT    CHECK (recommendation IN ('strong_no', 'no', 'no_decision', 'yes', 'strong_yes')),
    summary        TEXT    NOT NULL DEFAULT '',
    asked_at       INTEGER NOT NULL,
    submitted_at   INTEGER,
    UNIQUE (candidate_id, person_id),
    CHECK ((state IN ('submitted', 'amended')) = (submitted_at IS NOT NULL)),
    CHECK (state NOT IN ('submitted', 'amended') OR recommendation IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX cards_of_candidate ON cards (candidate_id, state, person_id);
CREATE INDEX cards_of_round ON cards (round_id, candidate_id, state, person_id);
CREATE INDEX cards_of_person ON cards (person_id, state);

CREATE TRIGGER cards_submitted BEFORE UPDATE OF recommendation, summary, submitted_at, person_id, candidate_id ON cards
WHEN OLD.submitted_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'a submitted card never changes');
END;

CREATE TABLE card_entries (
    card_id   BLOB    NOT NULL REFERENCES cards (id) ON DELETE CASCADE,
    position  INTEGER NOT NULL CHECK (position >= 0),
    revision  INTEGER NOT NULL DEFAULT 1,
    rating    INTEGER CHECK (rating BETWEEN 1 AND 5),
    not_asked INTEGER NOT NULL DEFAULT 0 CHECK (not_asked IN (0, 1)),
    notes     TEXT    NOT NULL DEFAULT '[]',            -- lines with their times, as JSON
    PRIMARY KEY (card_id, position),
    CHECK (rating IS NULL OR not_asked = 0)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER card_entries_submitted BEFORE UPDATE ON card_entries
WHEN (SELECT submitted_at FROM cards WHERE id = OLD.card_id) IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'a submitted card never changes');
END;

CREATE TABLE card_amendments (
    card_id        BLOB    NOT NULL REFERENCES cards (id) ON DELETE CASCADE,
    number         INTEGER NOT NULL CHECK (number >= 1),
    at             INTEGER NOT NULL,
    reason         TEXT    NOT NULL CHECK (reason <> ''),
    part           TEXT    NOT NULL CHECK (part IN ('mark', 'note', 'recommendation')),
    position       INTEGER,
    rating         INTEGER CHECK (rating BETWEEN 1 AND 5),
    not_asked      INTEGER NOT NULL DEFAULT 0 CHECK (not_asked IN (0, 1)),
    note           TEXT,
    recommendation TEXT,
    PRIMARY KEY (card_id, number),
    CHECK ((part = 'recommendation') = (position IS NULL)),
    CHECK ((part = 'recommendation') = (recommendation IS NOT NULL)),
    CHECK ((part = 'note') = (note IS NOT NULL)),
    CHECK (part = 'mark' OR (rating IS NULL AND not_asked = 0))
) STRICT, WITHOUT ROWID;

CREATE TRIGGER card_amendments_kept BEFORE UPDATE ON card_amendments
BEGIN
    SELECT RAISE(ABORT, 'an amendment never changes');
END;

-- Where an interview left its kit.
CREATE TABLE deviations (
    candidate_id BLOB    NOT NULL REFERENCES candidates (id) ON DELETE CASCADE,
    number       INTEGER NOT NULL CHECK (number >= 1),
    position     INTEGER,
    kind         TEXT    NOT NULL CHECK (kind IN ('skipped', 'reordered', 'other_question', 'extra_probe', 'other')),
    asked        TEXT    NOT NULL,
    reason       TEXT    NOT NULL CHECK (reason <> ''),
    person_id    BLOB    NOT NULL CHECK (length(person_id) = 16),
    at           INTEGER NOT NULL,
    PRIMARY KEY (candidate_id, number)
) STRICT, WITHOUT ROWID;

-- Probes of the kit that were asked.
CREATE TABLE probes_asked (
    candidate_id BLOB    NOT NULL REFERENCES candidates (id) ON DELETE CASCADE,
    position     INTEGER NOT NULL CHECK (position >= 0),
    probe        INTEGER NOT NULL CHECK (probe >= 0),
    take         INTEGER,
    at_ms        INTEGER,                               -- in that recording of the question, where one ran
    person_id    BLOB    NOT NULL CHECK (length(person_id) = 16),
    at           INTEGER NOT NULL,
    PRIMARY KEY (candidate_id, position, probe)
) STRICT, WITHOUT ROWID;

-- What a candidate says is recorded, settled and scored as any answer, in a session of its own that no list of
-- practice shows.
ALTER TABLE sessions ADD COLUMN candidate_id BLOB REFERENCES candidates (id) ON DELETE CASCADE;
CREATE UNIQUE INDEX sessions_of_candidate ON sessions (candidate_id) WHERE candidate_id IS NOT NULL;

-- attempts.follows names the candidate for these answers, so that lists and sums of practice leave them out.
CREATE TABLE round_answers (
    attempt_id   BLOB    NOT NULL PRIMARY KEY REFERENCES attempts (id) ON DELETE CASCADE,
    candidate_id BLOB    NOT NULL REFERENCES candidates (id) ON DELETE CASCADE,
    position     INTEGER NOT NULL CHECK (position >= 0),
    source       TEXT    NOT NULL CHECK (source IN ('room', 'candidate')),
    begun_by     BLOB                                   -- none where the candidate began themselves
) STRICT, WITHOUT ROWID;

CREATE INDEX round_answers_of_candidate ON round_answers (candidate_id, position);

-- The parts of a take that are the answer.
CREATE TABLE answer_marks (
    attempt_id BLOB    NOT NULL REFERENCES round_answers (attempt_id) ON DELETE CASCADE,
    number     INTEGER NOT NULL CHECK (number >= 1),
    start_ms   INTEGER NOT NULL CHECK (start_ms >= 0),
    end_ms     INTEGER CHECK (end_ms >= start_ms),
    PRIMARY KEY (attempt_id, number)
) STRICT, WITHOUT ROWID;

-- Blind until submitted. Every query that gives away a rating, a note or the machine's score goes through one of
-- these two views, with the viewer's id. Whoever has no seat finds nothing.
CREATE VIEW readable_candidates AS
SELECT k.id AS candidate_id, k.round_id, s.person_id AS viewer_id
FROM candidates k
JOIN round_seats s ON s.round_id = k.round_id
WHERE EXISTS (SELECT 1 FROM cards own
              WHERE own.candidate_id = k.id AND own.person_id = s.person_id AND own.state IN ('submitted', 'amended'))
   OR (EXISTS (SELECT 1 FROM cards c WHERE c.candidate_id = k.id AND c.state IN ('submitted', 'amended'))
       AND NOT EXISTS (SELECT 1 FROM cards c WHERE c.candidate_id = k.id AND c.state = 'draft'));

CREATE VIEW readable_cards AS
SELECT r.viewer_id, c.id AS card_id, c.round_id, c.candidate_id, c.person_id
FROM cards c
JOIN readable_candidates r ON r.candidate_id = c.candidate_id
WHERE c.state IN ('submitted', 'amended');

-- The mark of each question that counts: the last amendment's, or the one that was submitted.
CREATE VIEW counted_marks AS
SELECT e.card_id, e.position,
       CASE WHEN a.number IS NULL THEN e.rating ELSE a.rating END AS rating,
       CASE WHEN a.number IS NULL THEN e.not_asked ELSE a.not_asked END AS not_asked
FROM card_entries e
LEFT JOIN card_amendments a
  ON a.card_id = e.card_id
 AND a.number = (SELECT max(b.number) FROM card_amendments b
                 WHERE b.card_id = e.card_id AND b.position = e.position AND b.part = 'mark');
