-- Structured rounds: kits, candidates, scorecards, and what the candidates said.
-- What may not change is refused by triggers that carry the reason.
--
-- Positions of questions are from 0. People are known by their ids alone; a person who leaves stays in the log.

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0];
END $$;

CREATE TABLE kits (
    id      UUID    NOT NULL PRIMARY KEY,
    made_by UUID    NOT NULL,
    made_at BIGINT NOT NULL
);

-- The last version may be a draft; all others are frozen.
CREATE TABLE kit_versions (
    kit_id    UUID    NOT NULL REFERENCES kits (id) ON DELETE CASCADE DEFERRABLE,
    version   BIGINT NOT NULL CHECK (version >= 1),
    revision  BIGINT NOT NULL CHECK (revision >= 1),   -- moves with every save of a draft
    title     TEXT COLLATE "C"    NOT NULL,
    questions BIGINT NOT NULL,
    minutes   BIGINT NOT NULL,
    document  TEXT    NOT NULL,                         -- the kit with the whole text of its questions
    edited_by UUID    NOT NULL,
    edited_at BIGINT NOT NULL,
    hash      TEXT,                                     -- SHA-256 of document, hex, once it is frozen
    frozen_at BIGINT,
    PRIMARY KEY (kit_id, version),
    CHECK ((hash IS NULL) = (frozen_at IS NULL))
);

CREATE TRIGGER kit_versions_frozen BEFORE UPDATE ON kit_versions FOR EACH ROW WHEN (OLD.hash IS NOT NULL)
EXECUTE FUNCTION refuse_change('a frozen kit never changes');

CREATE TABLE rounds (
    id          UUID    NOT NULL PRIMARY KEY,
    title       TEXT COLLATE "C"    NOT NULL,
    kit_id      UUID    NOT NULL,
    kit_version BIGINT NOT NULL,
    show        TEXT    NOT NULL CHECK (show IN ('names', 'codes')),
    notice      TEXT    NOT NULL,                       -- what candidates are told about being recorded
    made_by     UUID    NOT NULL,
    made_at     BIGINT NOT NULL,
    closed_at   BIGINT,
    FOREIGN KEY (kit_id, kit_version) REFERENCES kit_versions (kit_id, version) DEFERRABLE
);

CREATE INDEX rounds_of_kit ON rounds (kit_id, kit_version);

CREATE TABLE round_seats (
    round_id  UUID    NOT NULL REFERENCES rounds (id) ON DELETE CASCADE DEFERRABLE,
    person_id UUID    NOT NULL,
    seat      TEXT    NOT NULL CHECK (seat IN ('owner', 'interviewer', 'observer')),
    given_at  BIGINT NOT NULL,
    PRIMARY KEY (round_id, person_id)
);

CREATE INDEX round_seats_of_person ON round_seats (person_id);

CREATE TABLE candidates (
    id           UUID    NOT NULL PRIMARY KEY,
    round_id     UUID    NOT NULL REFERENCES rounds (id) ON DELETE CASCADE DEFERRABLE,
    number       BIGINT NOT NULL CHECK (number >= 1),
    code         TEXT COLLATE "C"    NOT NULL,
    name         TEXT COLLATE "C"    NOT NULL,
    added_by     UUID    NOT NULL,
    added_at     BIGINT NOT NULL,
    -- Why they may be recorded, and what they were told, word for word.
    basis        TEXT    CHECK (basis IN ('consent', 'before_contract', 'legal_obligation', 'public_task',
                                          'legitimate_interests')),
    notice       TEXT,
    ground_at    BIGINT,
    ground_by    UUID,
    opted_out_at BIGINT,
    UNIQUE (round_id, number),
    UNIQUE (round_id, code),
    CHECK ((basis IS NULL) = (notice IS NULL)),
    CHECK ((basis IS NULL) = (ground_at IS NULL))
);

CREATE TABLE cards (
    id             UUID    NOT NULL PRIMARY KEY,
    round_id       UUID    NOT NULL REFERENCES rounds (id) ON DELETE CASCADE DEFERRABLE,
    candidate_id   UUID    NOT NULL REFERENCES candidates (id) ON DELETE CASCADE DEFERRABLE,
    person_id      UUID    NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('draft', 'submitted', 'amended', 'released')),
    revision       BIGINT NOT NULL DEFAULT 1,          -- of recommendation and summary
    recommendation TEXT    CHECK (recommendation IN ('strong_no', 'no', 'no_decision', 'yes', 'strong_yes')),
    summary        TEXT    NOT NULL DEFAULT '',
    asked_at       BIGINT NOT NULL,
    submitted_at   BIGINT,
    UNIQUE (candidate_id, person_id),
    CHECK ((state IN ('submitted', 'amended')) = (submitted_at IS NOT NULL)),
    CHECK (state NOT IN ('submitted', 'amended') OR recommendation IS NOT NULL)
);

CREATE INDEX cards_of_candidate ON cards (candidate_id, state, person_id);
CREATE INDEX cards_of_round ON cards (round_id, candidate_id, state, person_id);
CREATE INDEX cards_of_person ON cards (person_id, state);

CREATE TRIGGER cards_submitted BEFORE UPDATE OF recommendation, summary, submitted_at, person_id, candidate_id ON cards
FOR EACH ROW WHEN (OLD.submitted_at IS NOT NULL)
EXECUTE FUNCTION refuse_change('a submitted card never changes');

CREATE TABLE card_entries (
    card_id   UUID    NOT NULL REFERENCES cards (id) ON DELETE CASCADE DEFERRABLE,
    position  BIGINT NOT NULL CHECK (position >= 0),
    revision  BIGINT NOT NULL DEFAULT 1,
    rating    BIGINT CHECK (rating BETWEEN 1 AND 5),
    not_asked BOOLEAN NOT NULL DEFAULT FALSE,
    notes     TEXT    NOT NULL DEFAULT '[]',            -- lines with their times, as JSON
    PRIMARY KEY (card_id, position),
    CHECK (rating IS NULL OR NOT not_asked)
);

CREATE FUNCTION refuse_change_of_submitted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM cards WHERE id = OLD.card_id AND submitted_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a submitted card never changes';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER card_entries_submitted BEFORE UPDATE ON card_entries FOR EACH ROW
EXECUTE FUNCTION refuse_change_of_submitted();

CREATE TABLE card_amendments (
    card_id        UUID    NOT NULL REFERENCES cards (id) ON DELETE CASCADE DEFERRABLE,
    number         BIGINT NOT NULL CHECK (number >= 1),
    at             BIGINT NOT NULL,
    reason         TEXT    NOT NULL CHECK (reason <> ''),
    part           TEXT    NOT NULL CHECK (part IN ('mark', 'note', 'recommendation')),
    position       BIGINT,
    rating         BIGINT CHECK (rating BETWEEN 1 AND 5),
    not_asked      BOOLEAN NOT NULL DEFAULT FALSE,
    note           TEXT,
    recommendation TEXT,
    PRIMARY KEY (card_id, number),
    CHECK ((part = 'recommendation') = (position IS NULL)),
    CHECK ((part = 'recommendation') = (recommendation IS NOT NULL)),
    CHECK ((part = 'note') = (note IS NOT NULL)),
    CHECK (part = 'mark' OR (rating IS NULL AND NOT not_asked))
);

CREATE TRIGGER card_amendments_kept BEFORE UPDATE ON card_amendments FOR EACH ROW
EXECUTE FUNCTION refuse_change('an amendment never changes');

-- Where an interview left its kit.
CREATE TABLE deviations (
    candidate_id UUID    NOT NULL REFERENCES candidates (id) ON DELETE CASCADE DEFERRABLE,
    number       BIGINT NOT NULL CHECK (number >= 1),
    position     BIGINT,
    kind         TEXT    NOT NULL CHECK (kind IN ('skipped', 'reordered', 'other_question', 'extra_probe', 'other')),
    asked        TEXT    NOT NULL,
    reason       TEXT    NOT NULL CHECK (reason <> ''),
    person_id    UUID    NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (candidate_id, number)
);

-- Probes of the kit that were asked.
CREATE TABLE probes_asked (
    candidate_id UUID    NOT NULL REFERENCES candidates (id) ON DELETE CASCADE DEFERRABLE,
    position     BIGINT NOT NULL CHECK (position >= 0),
    probe        BIGINT NOT NULL CHECK (probe >= 0),
    take         BIGINT,
    at_ms        BIGINT,                               -- in that recording of the question, where one ran
    person_id    UUID    NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (candidate_id, position, probe)
);

-- What a candidate says is recorded, settled and scored as any answer, in a session of its own that no list of
-- practice shows.
ALTER TABLE sessions ADD COLUMN candidate_id UUID REFERENCES candidates (id) ON DELETE CASCADE DEFERRABLE;
CREATE UNIQUE INDEX sessions_of_candidate ON sessions (candidate_id) WHERE candidate_id IS NOT NULL;

-- attempts.follows names the candidate for these answers, so that lists and sums of practice leave them out.
CREATE TABLE round_answers (
    attempt_id   UUID    NOT NULL PRIMARY KEY REFERENCES attempts (id) ON DELETE CASCADE DEFERRABLE,
    candidate_id UUID    NOT NULL REFERENCES candidates (id) ON DELETE CASCADE DEFERRABLE,
    position     BIGINT NOT NULL CHECK (position >= 0),
    source       TEXT    NOT NULL CHECK (source IN ('room', 'candidate')),
    begun_by     UUID                                   -- none where the candidate began themselves
);

CREATE INDEX round_answers_of_candidate ON round_answers (candidate_id, position);

-- The parts of a take that are the answer.
CREATE TABLE answer_marks (
    attempt_id UUID    NOT NULL REFERENCES round_answers (attempt_id) ON DELETE CASCADE DEFERRABLE,
    number     BIGINT NOT NULL CHECK (number >= 1),
    start_ms   BIGINT NOT NULL CHECK (start_ms >= 0),
    end_ms     BIGINT CHECK (end_ms >= start_ms),
    PRIMARY KEY (attempt_id, number)
);

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
