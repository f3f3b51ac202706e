-- What comes after the cards: the twin of the file of this name for SQLite.

CREATE TABLE consensus (
    candidate_id UUID   NOT NULL REFERENCES candidates (id) ON DELETE CASCADE DEFERRABLE,
    number       BIGINT NOT NULL CHECK (number >= 1),
    position     BIGINT NOT NULL CHECK (position >= 0),
    rating       BIGINT NOT NULL CHECK (rating BETWEEN 1 AND 5),
    reason       TEXT   NOT NULL CHECK (reason <> ''),
    person_id    UUID   NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (candidate_id, number)
);

CREATE TABLE legal_holds (
    candidate_id UUID   NOT NULL PRIMARY KEY REFERENCES candidates (id) ON DELETE CASCADE DEFERRABLE,
    reason       TEXT   NOT NULL CHECK (reason <> ''),
    set_by       UUID   NOT NULL,
    set_at       BIGINT NOT NULL
);

CREATE FUNCTION held_candidate_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM legal_holds h WHERE h.candidate_id = OLD.id) THEN
        RAISE EXCEPTION 'a legal hold is on this candidate';
    END IF;
    RETURN OLD;
END;
$$;

CREATE TRIGGER held_candidates_stay BEFORE DELETE ON candidates
    FOR EACH ROW EXECUTE FUNCTION held_candidate_stays();

CREATE TABLE round_retention (
    round_id        UUID NOT NULL PRIMARY KEY REFERENCES rounds (id) ON DELETE CASCADE DEFERRABLE,
    audio_days      BIGINT CHECK (audio_days BETWEEN 0 AND 3650),
    transcript_days BIGINT CHECK (transcript_days BETWEEN 0 AND 3650),
    ratings_days    BIGINT CHECK (ratings_days BETWEEN 0 AND 3650)
);
