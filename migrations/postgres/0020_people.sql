-- People, their invitations and logins, and sign-ins that failed.
--
-- Of invitations, logins and recovery codes only a SHA-256 is kept: who reads this file can sign in as nobody.

CREATE TABLE people (
    id            UUID    NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL,
    name_key      TEXT COLLATE "C"    NOT NULL,               -- what makes two names one
    role          TEXT    NOT NULL CHECK (role IN ('owner', 'interviewer', 'observer')),
    password      TEXT    NOT NULL,               -- argon2id, as a PHC string
    joined_at     BIGINT NOT NULL,
    removed_at    BIGINT,                        -- the row stays: what they rated names them
    second_secret BYTEA,                           -- of the second step; none where it is off
    second_taken  BIGINT,                        -- the last half minute a code was taken of
    CHECK ((second_secret IS NULL) = (second_taken IS NULL))
);

CREATE UNIQUE INDEX people_names ON people (name_key) WHERE removed_at IS NULL;

CREATE TABLE recovery_codes (
    person_id UUID NOT NULL REFERENCES people (id) ON DELETE CASCADE DEFERRABLE,
    code_hash BYTEA NOT NULL CHECK (length(code_hash) = 32),
    PRIMARY KEY (person_id, code_hash)
);

CREATE TABLE invitations (
    id           UUID    NOT NULL PRIMARY KEY,
    token_hash   BYTEA    NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    role         TEXT    NOT NULL CHECK (role IN ('owner', 'interviewer', 'observer', 'candidate')),
    round_id     UUID   ,
    candidate_id UUID   ,
    made_by      UUID    REFERENCES people (id) DEFERRABLE,  -- none: from the command line
    made_at      BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    ended_at     BIGINT,                         -- used or taken back
    CHECK ((role = 'candidate') = (candidate_id IS NOT NULL)),
    CHECK (candidate_id IS NULL OR round_id IS NOT NULL)
);

CREATE INDEX invitations_open ON invitations (expires_at) WHERE ended_at IS NULL;
CREATE INDEX invitations_maker ON invitations (made_by);

CREATE TABLE logins (
    id           UUID    NOT NULL PRIMARY KEY,
    token_hash   BYTEA    NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    person_id    UUID    REFERENCES people (id) ON DELETE CASCADE DEFERRABLE,
    round_id     UUID   ,
    candidate_id UUID   ,
    user_agent   TEXT    NOT NULL,
    created_at   BIGINT NOT NULL,
    seen_at      BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    revoked_at   BIGINT,
    CHECK ((person_id IS NULL) <> (candidate_id IS NULL)),
    CHECK ((candidate_id IS NULL) = (round_id IS NULL))
);

CREATE INDEX logins_person ON logins (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX logins_candidate ON logins (candidate_id) WHERE candidate_id IS NOT NULL;

-- Of whom or from where, hashed: people type passwords into the wrong field.
CREATE TABLE failed_sign_ins (
    subject BYTEA    NOT NULL CHECK (length(subject) = 32),
    at      BIGINT NOT NULL
);

CREATE INDEX failed_sign_ins_subject ON failed_sign_ins (subject, at);
CREATE INDEX failed_sign_ins_at ON failed_sign_ins (at);
