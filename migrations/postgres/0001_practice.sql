-- Sessions, answers, and the work that follows an answer: the twin of the file of this name for SQLite.
--
-- Times are milliseconds since 1970-01-01T00:00:00Z, documents are JSON kept as the text it was written as. Texts
-- that are sorted or compared are in the order of their code points (COLLATE "C"), as SQLite has them, whatever the
-- database's own language. References may be put off to a transaction's end, so that a copy of all tables can
-- be loaded in any order.
-- Applied migrations are never edited: a change is a new file.

-- Questions as they were when they were asked.
CREATE TABLE question_snapshots (
    hash        TEXT COLLATE "C" NOT NULL PRIMARY KEY,   -- SHA-256 of document, hex
    question_id TEXT COLLATE "C" NOT NULL,
    pack_id     TEXT COLLATE "C" NOT NULL,
    ask         TEXT COLLATE "C" NOT NULL,
    topic       TEXT COLLATE "C" NOT NULL,
    level       TEXT NOT NULL,
    kind        TEXT NOT NULL,
    document    TEXT NOT NULL
);

CREATE TABLE sessions (
    id          UUID   NOT NULL PRIMARY KEY,
    mode        TEXT   NOT NULL CHECK (mode IN ('practice', 'run_through')),
    seed        BIGINT NOT NULL,               -- 64 bits, read as unsigned
    started_at  BIGINT NOT NULL,
    finished_at BIGINT
);

CREATE INDEX sessions_latest ON sessions (started_at DESC, id DESC);

CREATE TABLE session_questions (
    session_id    UUID   NOT NULL REFERENCES sessions (id) ON DELETE CASCADE DEFERRABLE,
    position      BIGINT NOT NULL CHECK (position >= 0),
    question_id   TEXT COLLATE "C" NOT NULL,
    pack_id       TEXT COLLATE "C" NOT NULL,
    reason        TEXT   NOT NULL,
    snapshot_hash TEXT COLLATE "C" NOT NULL REFERENCES question_snapshots (hash) DEFERRABLE,
    PRIMARY KEY (session_id, position)
);

CREATE INDEX session_questions_snapshot ON session_questions (snapshot_hash);

CREATE TABLE attempts (
    id            UUID    NOT NULL PRIMARY KEY,
    session_id    UUID    NOT NULL,
    position      BIGINT  NOT NULL,
    number        BIGINT  NOT NULL CHECK (number >= 1),
    question_id   TEXT COLLATE "C" NOT NULL,
    pack_id       TEXT COLLATE "C" NOT NULL,
    topic         TEXT COLLATE "C" NOT NULL,
    snapshot_hash TEXT COLLATE "C" NOT NULL REFERENCES question_snapshots (hash) DEFERRABLE,
    state         TEXT    NOT NULL CHECK (state IN ('asked', 'recording', 'settling', 'typed', 'assessed',
                                                    'no_answer', 'skipped', 'failed')),
    why           TEXT,                         -- of a failure
    kept          TEXT    CHECK (kept IN ('nothing', 'audio', 'text')),
    hint          BOOLEAN NOT NULL DEFAULT FALSE,
    reveal        BOOLEAN NOT NULL DEFAULT FALSE,
    asked_at      BIGINT  NOT NULL,
    answered_at   BIGINT,
    ended_at      BIGINT,
    -- The score that counts, repeated from assessments so that lists need not open the documents.
    score         DOUBLE PRECISION,
    score_low     DOUBLE PRECISION,
    score_high    DOUBLE PRECISION,
    score_level   BIGINT,
    UNIQUE (session_id, position, number),
    FOREIGN KEY (session_id, position) REFERENCES session_questions (session_id, position)
        ON DELETE CASCADE DEFERRABLE,
    CHECK ((state = 'failed') = (why IS NOT NULL)),
    CHECK ((state = 'failed') = (kept IS NOT NULL)),
    CHECK ((state IN ('assessed', 'no_answer')) = (score IS NOT NULL)),
    CHECK ((score IS NULL) = (score_low IS NULL)),
    CHECK ((score IS NULL) = (score_high IS NULL)),
    CHECK ((score IS NULL) = (score_level IS NULL))
);

-- At most one attempt of a session waits for the candidate.
CREATE UNIQUE INDEX attempts_one_open ON attempts (session_id) WHERE state IN ('asked', 'recording');
CREATE INDEX attempts_latest ON attempts (asked_at DESC, id DESC, pack_id);
CREATE INDEX attempts_of_question ON attempts (question_id, asked_at DESC, id DESC, state, score);
CREATE INDEX attempts_of_pack ON attempts (pack_id, asked_at DESC, id DESC);
CREATE INDEX attempts_unsettled ON attempts (asked_at) WHERE state IN ('recording', 'settling', 'typed');
CREATE INDEX attempts_snapshot ON attempts (snapshot_hash);

CREATE TABLE takes (
    attempt_id      UUID   NOT NULL PRIMARY KEY REFERENCES attempts (id) ON DELETE CASCADE DEFERRABLE,
    path            TEXT COLLATE "C",           -- relative to the data directory; none once the audio is deleted
    length_ms       BIGINT NOT NULL,
    bytes           BIGINT NOT NULL,
    sample_rate     BIGINT NOT NULL,
    peak_dbfs       DOUBLE PRECISION NOT NULL,
    rms_dbfs        DOUBLE PRECISION NOT NULL,
    clipped_samples BIGINT NOT NULL,
    dropped_samples BIGINT NOT NULL,
    device          TEXT,
    ended           TEXT   NOT NULL CHECK (ended IN ('stopped', 'time_limit', 'device_lost', 'disk_full',
                                                     'salvaged', 'imported')),
    kept_at         BIGINT NOT NULL
);

CREATE INDEX takes_with_audio ON takes (kept_at) WHERE path IS NOT NULL;

CREATE TABLE transcripts (
    id         UUID   NOT NULL PRIMARY KEY,
    attempt_id UUID   NOT NULL REFERENCES attempts (id) ON DELETE CASCADE DEFERRABLE,
    version    BIGINT NOT NULL CHECK (version >= 1),
    source     TEXT   NOT NULL CHECK (source IN ('heard', 'typed', 'imported', 'edited')),
    author     TEXT,
    model      TEXT   NOT NULL,
    language   TEXT   NOT NULL,
    made_at    BIGINT NOT NULL,
    document   TEXT   NOT NULL,
    UNIQUE (attempt_id, version),
    CHECK ((source = 'edited') = (author IS NOT NULL))
);

CREATE TABLE assessments (
    id             UUID    NOT NULL PRIMARY KEY,
    attempt_id     UUID    NOT NULL REFERENCES attempts (id) ON DELETE CASCADE DEFERRABLE,
    transcript_id  UUID    NOT NULL REFERENCES transcripts (id) ON DELETE CASCADE DEFERRABLE,
    version        BIGINT  NOT NULL CHECK (version >= 1),
    rubric_hash    TEXT    NOT NULL,
    engine_version TEXT    NOT NULL,
    model          TEXT    NOT NULL,
    score          DOUBLE PRECISION NOT NULL,
    low            DOUBLE PRECISION NOT NULL,
    high           DOUBLE PRECISION NOT NULL,
    level          BIGINT  NOT NULL,
    no_answer      BOOLEAN NOT NULL,
    made_at        BIGINT  NOT NULL,
    document       TEXT    NOT NULL,
    UNIQUE (attempt_id, version)
);

CREATE INDEX assessments_transcript ON assessments (transcript_id);

-- Not "jobs": job libraries that may share this database keep a table of that name.
CREATE TABLE queued_jobs (
    id           UUID   NOT NULL PRIMARY KEY,
    kind         TEXT   NOT NULL,
    attempt_id   UUID   REFERENCES attempts (id) ON DELETE CASCADE DEFERRABLE,
    payload      TEXT   NOT NULL,
    status       TEXT   NOT NULL CHECK (status IN ('waiting', 'running', 'done', 'failed')),
    tries        BIGINT NOT NULL DEFAULT 0,
    run_at       BIGINT NOT NULL,
    lease_holder UUID,
    lease_until  BIGINT,
    why          TEXT,                          -- of the last failure
    ended_at     BIGINT,
    CHECK ((status = 'running') = (lease_holder IS NOT NULL)),
    CHECK ((status = 'running') = (lease_until IS NOT NULL)),
    CHECK ((status IN ('done', 'failed')) = (ended_at IS NOT NULL))
);

-- The same work never waits twice.
CREATE UNIQUE INDEX queued_jobs_same_work ON queued_jobs (kind, attempt_id) WHERE status IN ('waiting', 'running');
CREATE INDEX queued_jobs_next ON queued_jobs (status, run_at) WHERE status IN ('waiting', 'running');
CREATE INDEX queued_jobs_attempt ON queued_jobs (attempt_id);

CREATE TABLE settings (
    name   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value  TEXT   NOT NULL,
    set_at BIGINT NOT NULL
);
