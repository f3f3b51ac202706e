-- Sessions, answers, and the work that follows an answer.
--
-- Times are milliseconds since 1970-01-01T00:00:00Z, ids are UUIDs of 16 bytes, documents are JSON.
-- Applied migrations are never edited: a change is a new file.

-- "VIVA", so that tools can tell whose file this is.
PRAGMA application_id = 1447646785;

-- Questions as they were when they were asked.
CREATE TABLE question_snapshots (
    hash        TEXT    NOT NULL PRIMARY KEY,   -- SHA-256 of document, hex
    question_id TEXT    NOT NULL,
    pack_id     TEXT    NOT NULL,
    ask         TEXT    NOT NULL,
    topic       TEXT    NOT NULL,
    level       TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    document    TEXT    NOT NULL
) STRICT;

CREATE TABLE sessions (
    id          BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    mode        TEXT    NOT NULL CHECK (mode IN ('practice', 'run_through')),
    seed        INTEGER NOT NULL,               -- 64 bits, read as unsigned
    started_at  INTEGER NOT NULL,
    finished_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_latest ON sessions (started_at DESC, id DESC);

CREATE TABLE session_questions (
    session_id    BLOB    NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    position      INTEGER NOT NULL CHECK (position >= 0),
    question_id   TEXT    NOT NULL,
    pack_id       TEXT    NOT NULL,
    reason        TEXT    NOT NULL,
    snapshot_hash TEXT    NOT NULL REFERENCES question_snapshots (hash),
    PRIMARY KEY (session_id, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX session_questions_snapshot ON session_questions (snapshot_hash);

CREATE TABLE attempts (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    session_id    BLOB    NOT NULL,
    position      INTEGER NOT NULL,
    number        INTEGER NOT NULL CHECK (number >= 1),
    question_id   TEXT    NOT NULL,
    pack_id       TEXT    NOT NULL,
    topic         TEXT    NOT NULL,
    snapshot_hash TEXT    NOT NULL REFERENCES question_snapshots (hash),
    state         TEXT    NOT NULL CHECK (state IN ('asked', 'recording', 'settling', 'typed', 'assessed',
                                                    'no_answer', 'skipped', 'failed')),
    why           TEXT,                         -- of a failure
    kept          TEXT    CHECK (kept IN ('nothing', 'audio', 'text')),
    hint          INTEGER NOT NULL DEFAULT 0 CHECK (hint IN (0, 1)),
    reveal        INTEGER NOT NULL DEFAULT 0 CHECK (reveal IN (0, 1)),
    asked_at      INTEGER NOT NULL,
    answered_at   INTEGER,
    ended_at      INTEGER,
    -- The score that counts, repeated from assessments so that lists need not open the documents.
    score         REAL,
    score_low     REAL,
    score_high    REAL,
    score_level   INTEGER,
    UNIQUE (session_id, position, number),
    FOREIGN KEY (session_id, position) REFERENCES session_questions (session_id, position) ON DELETE CASCADE,
    CHECK ((state = 'failed') = (why IS NOT NULL)),
    CHECK ((state = 'failed') = (kept IS NOT NULL)),
    CHECK ((state IN ('assessed', 'no_answer')) = (score IS NOT NULL)),
    CHECK ((score IS NULL) = (score_low IS NULL)),
    CHECK ((score IS NULL) = (score_high IS NULL)),
    CHECK ((score IS NULL) = (score_level IS NULL))
) STRICT, WITHOUT ROWID;

-- At most one attempt of a session waits for the candidate.
CREATE UNIQUE INDEX attempts_one_open ON attempts (session_id) WHERE state IN ('asked', 'recording');
CREATE INDEX attempts_latest ON attempts (asked_at DESC, id DESC, pack_id, topic);
CREATE INDEX attempts_of_question ON attempts (question_id, asked_at DESC, id DESC, state, score);
CREATE INDEX attempts_of_pack ON attempts (pack_id, asked_at DESC, id DESC, topic);
CREATE INDEX attempts_unsettled ON attempts (asked_at) WHERE state IN ('recording', 'settling', 'typed');
CREATE INDEX attempts_snapshot ON attempts (snapshot_hash);

CREATE TABLE takes (
    attempt_id      BLOB    NOT NULL PRIMARY KEY REFERENCES attempts (id) ON DELETE CASCADE,
    path            TEXT,                       -- relative to the data directory; none once the audio is deleted
    length_ms       INTEGER NOT NULL,
    bytes           INTEGER NOT NULL,
    sample_rate     INTEGER NOT NULL,
    peak_dbfs       REAL    NOT NULL,
    rms_dbfs        REAL    NOT NULL,
    clipped_samples INTEGER NOT NULL,
    dropped_samples INTEGER NOT NULL,
    device          TEXT,
    ended           TEXT    NOT NULL CHECK (ended IN ('stopped', 'time_limit', 'device_lost', 'disk_full',
                                                      'salvaged', 'imported')),
    kept_at         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX takes_with_audio ON takes (kept_at) WHERE path IS NOT NULL;

CREATE TABLE transcripts (
    id         BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    attempt_id BLOB    NOT NULL REFERENCES attempts (id) ON DELETE CASCADE,
    version    INTEGER NOT NULL CHECK (version >= 1),
    source     TEXT    NOT NULL CHECK (source IN ('heard', 'typed', 'imported', 'edited')),
    author     TEXT,
    model      TEXT    NOT NULL,
    language   TEXT    NOT NULL,
    made_at    INTEGER NOT NULL,
    document   TEXT    NOT NULL,
    UNIQUE (attempt_id, version),
    CHECK ((source = 'edited') = (author IS NOT NULL))
) STRICT;

CREATE TABLE assessments (
    id             BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    attempt_id     BLOB    NOT NULL REFERENCES attempts (id) ON DELETE CASCADE,
    transcript_id  BLOB    NOT NULL REFERENCES transcripts (id) ON DELETE CASCADE,
    version        INTEGER NOT NULL CHECK (version >= 1),
    rubric_hash    TEXT    NOT NULL,
    engine_version TEXT    NOT NULL,
    model          TEXT    NOT NULL,
    score          REAL    NOT NULL,
    low            REAL    NOT NULL,
    high           REAL    NOT NULL,
    level          INTEGER NOT NULL,
    no_answer      INTEGER NOT NULL CHECK (no_answer IN (0, 1)),
    made_at        INTEGER NOT NULL,
    document       TEXT    NOT NULL,
    UNIQUE (attempt_id, version)
) STRICT;

CREATE INDEX assessments_transcript ON assessments (transcript_id);

-- Not "jobs": job libraries that may share this file keep a table of that name.
CREATE TABLE queued_jobs (
    id           BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    kind         TEXT    NOT NULL,
    attempt_id   BLOB    REFERENCES attempts (id) ON DELETE CASCADE,
    payload      TEXT    NOT NULL,
    status       TEXT    NOT NULL CHECK (status IN ('waiting', 'running', 'done', 'failed')),
    tries        INTEGER NOT NULL DEFAULT 0,
    run_at       INTEGER NOT NULL,
    lease_holder BLOB,
    lease_until  INTEGER,
    why          TEXT,                          -- of the last failure
    ended_at     INTEGER,
    CHECK ((status = 'running') = (lease_holder IS NOT NULL)),
    CHECK ((status = 'running') = (lease_until IS NOT NULL)),
    CHECK ((status IN ('done', 'failed')) = (ended_at IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- The same work never waits twice.
CREATE UNIQUE INDEX queued_jobs_same_work ON queued_jobs (kind, attempt_id) WHERE status IN ('waiting', 'running');
CREATE INDEX queued_jobs_next ON queued_jobs (status, run_at) WHERE status IN ('waiting', 'running');
CREATE INDEX queued_jobs_attempt ON queued_jobs (attempt_id);

CREATE TABLE settings (
    name   TEXT    NOT NULL PRIMARY KEY,
    value  TEXT    NOT NULL,
    set_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
