-- People, their invitations and logins, and sign-ins that failed.
--
-- Of invitations, logins and recovery codes only a SHA-256 is kept: who reads this file can sign in as nobody.

CREATE TABLE people (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name          TEXT    NOT NULL,
    name_key      TEXT    NOT NULL,               -- what makes two names one
    role          TEXT    NOT NULL CHECK (role IN ('owner', 'interviewer', 'observer')),
    password      TEXT    NOT NULL,               -- argon2id, as a PHC string
    joined_at     INTEGER NOT NULL,
    removed_at    INTEGER,                        -- the row stays: what they rated names them
    second_secret BLOB,                           -- of the second step; none where it is off
    second_taken  INTEGER,                        -- the last half minute a code was taken of
    CHECK ((second_secret IS NULL) = (second_taken IS NULL))
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX people_names ON people (name_key) WHERE removed_at IS NULL;

CREATE TABLE recovery_codes (
    person_id BLOB NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    code_hash BLOB NOT NULL CHECK (length(code_hash) = 32),
    PRIMARY KEY (person_id, code_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE invitations (
    id           BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    token_hash   BLOB    NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    role         TEXT    NOT NULL CHECK (role IN ('owner', 'interviewer', 'observer', 'candidate')),
    round_id     BLOB    CHECK (length(round_id) = 16),
    candidate_id BLOB    CHECK (length(candidate_id) = 16),
    made_by      BLOB    REFERENCES people (id),  -- none: from the command line
    made_at      INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    ended_at     INTEGER,                         -- used or taken back
    CHECK ((role = 'candidate') = (candidate_id IS NOT NULL)),
    CHECK (candidate_id IS NULL OR round_id IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX invitations_open ON invitations (expires_at) WHERE ended_at IS NULL;
CREATE INDEX invitations_maker ON invitations (made_by);

CREATE TABLE logins (
    id           BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    token_hash   BLOB    NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    person_id    BLOB    REFERENCES people (id) ON DELETE CASCADE,
    round_id     BLOB    CHECK (length(round_id) = 16),
    candidate_id BLOB    CHECK (length(candidate_id) = 16),
    user_agent   TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    seen_at      INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    revoked_at   INTEGER,
    CHECK ((person_id IS NULL) <> (candidate_id IS NULL)),
    CHECK ((candidate_id IS NULL) = (round_id IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX logins_person ON logins (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX logins_candidate ON logins (candidate_id) WHERE candidate_id IS NOT NULL;

-- Of whom or from where, hashed: people type passwords into the wrong field.
CREATE TABLE failed_sign_ins (
    subject BLOB    NOT NULL CHECK (length(subject) = 32),
    at      INTEGER NOT NULL
) STRICT;

CREATE INDEX failed_sign_ins_subject ON failed_sign_ins (subject, at);
CREATE INDEX failed_sign_ins_at ON failed_sign_ins (at);
