//! A team's server: the same product over PostgreSQL. Answered on a page and by a recording, restarted, and taken along to
//! SQLite and back.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};
use uuid::Uuid;
use viva_core::clock::Timestamp;
use viva_core::ids::{AttemptId, JobId, SessionId};
use viva_core::units::{Millis, SampleRate};
use viva_storage::{Answers, Sessions, Step, Take, TakeEnd};
use viva_storage_postgres::PostgresStore;
use viva_storage_postgres::testing::TestDatabase;
use viva_tests::installation::Installation;
use viva_tests::page::QUESTION;
use viva_tests::server::Server;
use viva_tests::skipped;
use viva_tests::speech::Voices;

/// An installation over a database of its own.
fn over(database: &TestDatabase) -> Installation {
    Installation::new().with_env([("DATABASE_URL".to_owned(), database.url())])
}

/// Keeps a recording as the answer to a session's first question, as a process does that ends before it was settled.
async fn recorded(url: &str, installation: &Installation, session: SessionId) -> AttemptId {
    let store = PostgresStore::open(url).await.expect("the database opens");
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is set");
    let now = Timestamp(i64::try_from(since.as_millis()).expect("this century"));
    let attempt = AttemptId(Uuid::now_v7());
    let voices = Voices::new();
    let sound = fs::read(voices.recording("brief")).expect("the recording");
    let path = format!("takes/{attempt}.wav");
    fs::create_dir_all(installation.data_dir().join("takes")).expect("a folder");
    fs::write(installation.data_dir().join(&path), &sound).expect("the recording is kept");
    store.ask(session, 0, attempt, now).await.expect("the question is asked");
    store.advance(attempt, &Step::Record, now).await.expect("it is recorded");
    let take = Take {
        path: Some(path),
        length: Millis(sound.len() as u64 / 32),
        bytes: sound.len() as u64,
        sample_rate: SampleRate::WHISPER,
        peak_dbfs: -3.0,
        rms_dbfs: -20.0,
        clipped_samples: 0,
        dropped_samples: 0,
        device: None,
        ended: TakeEnd::Imported,
        kept_at: now,
    };
    store.keep_take(attempt, &take, JobId(Uuid::now_v7()), now, now).await.expect("the take is kept");
    store.close().await;
    attempt
}

/// All answers, as a table.
fn exported(installation: &Installation) -> String {
    installation.must_run(["export", "--all", "--format", "csv"]).stdout
}

#[test]
fn what_is_answered_on_a_server_is_there_after_a_restart_and_can_be_taken_along() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let Some(database) = runtime.block_on(TestDatabase::empty()) else {
        return skipped("PostgreSQL", "its server is not installed (scripts/test installs it)");
    };
    let here = over(&database);
    let migrated = here.must_run(["migrate"]);
    assert!(migrated.stderr.contains("up to date: PostgreSQL 1"), "{migrated:#?}");
    // A machine without a microphone may be told so; the database is good.
    let doctor = here.run(["doctor"]);
    assert!(doctor.stdout.contains("PostgreSQL 1") && doctor.stdout.contains("schema"), "{doctor:#?}");

    // One answer is typed on the page.
    let server = Server::start(&here);
    let room = server.post("/sessions", &format!("questions={QUESTION}&mode=practice"));
    let feedback =
        server.post(&format!("{room}/typed"), "answer=A+bucket+becomes+a+red-black+tree+at+eight+nodes.");
    let room = server.post("/sessions", &format!("questions={QUESTION}&mode=practice"));
    let session: SessionId = room.split('/').nth(2).and_then(|id| id.parse().ok()).expect("a session");
    assert!(server.stop().success());

    // Another one is a recording that a worker turns into words.
    let spoken = runtime.block_on(recorded(&database.url(), &here, session));
    let worked = here.must_run(["worker", "--once"]);
    assert!(
        worked.stdout.contains("1 answer settled") && worked.stdout.contains("0 still waiting"),
        "{worked:#?}"
    );

    let server = Server::start(&here);
    let page = server.get(&feedback).expect("the feedback");
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("eight"), "{page}");
    let page = server.get(&format!("/attempts/{spoken}")).expect("the feedback");
    assert!(page.to_lowercase().contains("tree"), "{page}");
    let history = server.get("/history").expect("the history");
    assert!(history.contains(&spoken.to_string()), "{history}");
    let progress = server.get("/progress").expect("the progress");
    assert!(progress.starts_with("HTTP/1.1 200"), "{progress}");
    assert!(!here.database().exists(), "nothing went into a file");

    // Into SQLite, and into another database on the server.
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("viva.zip").display().to_string();
    here.must_run(["backup", &file]);
    assert!(server.stop().success());
    let everything = exported(&here);
    assert!(everything.contains("A bucket becomes a red-black tree at eight nodes."), "{everything}");
    let alone = Installation::new();
    alone.must_run(["restore", &file]);
    assert_eq!(exported(&alone), everything);

    here.run(["restore", &file]).assert_refused(&["not empty", "nothing was changed"]);
    assert_eq!(exported(&here), everything);
    assert!(here.data_dir().join(format!("takes/{spoken}.wav")).exists(), "the recordings are back");
    let another = runtime.block_on(TestDatabase::empty()).expect("it was there a moment ago");
    let there = over(&another);
    let restored = there.must_run(["restore", &file]);
    assert!(restored.stdout.contains("2 answers, 1 recording"), "{restored:#?}");
    assert_eq!(exported(&there), everything);
}

#[test]
fn a_server_that_lets_nobody_in_is_explained_without_the_password() {
    let refused = |url: &str, says: &[&str]| {
        let installation = Installation::new().with_env([("DATABASE_URL".to_owned(), url.to_owned())]);
        for command in ["migrate", "serve --port 0", "backup x.zip", "export --all --format csv"] {
            let outcome = installation.run(command.split(' '));
            outcome.assert_refused(says);
            assert!(!outcome.stderr.contains("secret"), "{outcome:#?}");
        }
    };
    refused("postgres://ada:secret@127.0.0.1:9/viva", &["ada@127.0.0.1:9/viva", "start postgresql"]);
    refused("postgres://ada:secret@host:port/viva", &["should look like postgres://"]);
    refused("mysql://ada:secret@localhost/viva", &["should look like sqlite:"]);
}
