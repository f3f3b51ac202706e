-- Who did what in rounds: the twin of the file of this name for SQLite.

CREATE TABLE audit (
    sequence     BIGINT NOT NULL PRIMARY KEY CHECK (sequence >= 1),
    at           BIGINT NOT NULL,
    actor_id     UUID,                                        -- none where Viva did it by a rule
    deed         TEXT   NOT NULL,
    round_id     UUID,
    candidate_id UUID,
    subject_id   UUID,                                        -- a card, a kit or a person
    detail       TEXT   NOT NULL,
    previous     BYTEA  NOT NULL CHECK (length(previous) = 32),
    hash         BYTEA  NOT NULL CHECK (length(hash) = 32)
);

CREATE INDEX audit_of_round ON audit (round_id, sequence) WHERE round_id IS NOT NULL;

CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only';
END;
$$;

CREATE TRIGGER audit_never_changes BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_is_kept BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
