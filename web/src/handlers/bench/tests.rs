//! The bench through the real router.

use crate::testing::TestApp;
use axum::http::StatusCode;

const BENCH: &str = "/questions/jvm.hashmap-treeify/bench";
const ANSWER: &str = "At first it is a linked list. With more than eight entries the bin morphs into a sorted tree \
                      so that looking up stays fast.";

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Puts an answer on the bench and gives back its key.
async fn bring(app: &TestApp, answer: &str) -> String {
    let sent = app.post(BENCH, format!("text={}", encoded(answer))).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    let key = sent.location.split("?answer=").nth(1).unwrap();
    key.split('#').next().unwrap().to_owned()
}

fn hidden(body: &str, name: &str) -> String {
    let from = body.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap_or_default();
    from.split('"').next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn from_a_miss_of_the_rubric_words_are_accepted_and_taken_back() {
    let app = TestApp::new().await;
    let attempt = app.typed("jvm.hashmap-treeify", ANSWER).await;
    let settled = app.interview.settle(attempt).await;
    assert!(settled.is_ok(), "{settled:?}");
    let page = app.get(&format!("{BENCH}?attempt={attempt}")).await;
    assert!(
        page.body.contains("morphs into a sorted tree") && page.body.contains("No marks yet"),
        "{}",
        page.body
    );

    let marks = format!("attempt={attempt}&mark.list=met&mark.tree=met&mark.why=partly&mark.back=missed");
    let kept = app.post(&format!("{BENCH}/marks"), marks.clone()).await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.body);
    assert_eq!(app.post(&format!("{BENCH}/marks"), marks).await.status, StatusCode::SEE_OTHER);
    let file = std::fs::read_to_string(app.data.path().join("bench/marked.jsonl")).unwrap();
    assert_eq!(file.lines().count(), 1, "sent twice, kept once: {file}");
    assert!(file.contains(r#""tree":true"#) && file.contains(r#""why":"partly""#), "{file}");

    let page = app.get(&format!("{BENCH}?attempt={attempt}")).await;
    assert!(page.body.contains("You say met, the rubric says missed."), "{}", page.body);
    assert!(
        page.body.contains("value=\"sorted tree\"") || page.body.contains("sorted tree</span>"),
        "{}",
        page.body
    );
    let seen = hidden(&page.body, "seen");
    let form = format!("attempt={attempt}&criterion=tree&item=0&seen={seen}&choice=sorted+tree&words=");
    let accepted = app.post(&format!("{BENCH}/accept"), form.clone()).await;
    assert_eq!(accepted.status, StatusCode::SEE_OTHER, "{}", accepted.body);

    let page = app.get(&format!("{BENCH}?attempt={attempt}")).await;
    assert!(page.body.contains("One way to say it was added") && page.body.contains("→"), "{}", page.body);
    assert!(page.body.contains("viva rescore"));
    let own = std::fs::read_to_string(app.data.path().join("rubrics/jvm.toml")).unwrap();
    assert!(own.contains(r#", "sorted tree"]]"#));
    let question = app.interview.bank().question(&"jvm.hashmap-treeify".parse().unwrap()).cloned().unwrap();
    assert!(format!("{:?}", question.rubric).contains("sorted tree"), "the bank listens for it at once");

    let again = app.post(&format!("{BENCH}/accept"), form).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "the page was drawn before the change: {}", again.body);

    let undo = format!("change={}", hidden(&page.body, "change"));
    for _ in 0..2 {
        let undone = app.post(&format!("{BENCH}/undo"), undo.clone()).await;
        assert_eq!(undone.status, StatusCode::SEE_OTHER, "{}", undone.body);
    }
    assert!(!app.data.path().join("rubrics/jvm.toml").exists());
    assert!(!app.get(BENCH).await.body.contains("One way to say it was added"));
}

#[tokio::test]
async fn refused_words_stay_in_the_form_with_the_reason_beside_them() {
    let app = TestApp::new().await;
    let key = bring(&app, ANSWER).await;
    let marks = format!("answer={key}&mark.tree=met&mark.threshold=met");
    app.post(&format!("{BENCH}/marks"), marks).await;
    let page = app.get(&format!("{BENCH}?answer={key}")).await;
    let seen = hidden(&page.body, "seen");
    for (words, says) in [
        ("", "No word is given"),
        ("the of", "only little words"),
        ("memory", "alone is said in all sorts of answers"),
        ("a HashMap when a lot of keys land", "The question itself says"),
        (
            "%3Cscript%3Ememory%3C/script%3E+bucket+bucket+bucket+bucket+bucket+bucket+bucket+bucket+bucket+bucket+x+y",
            "words are too many",
        ),
        ("a%00b", "control character"),
    ] {
        let form = format!("answer={key}&criterion=tree&item=0&seen={seen}&words={words}");
        let refused = app.post(&format!("{BENCH}/accept"), form).await;
        assert!(!refused.body.contains("<script>memory"), "{}", refused.body);
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{words}: {}", refused.body);
        assert!(
            refused.body.contains(says) && refused.body.contains("aria-invalid"),
            "{words}: {}",
            refused.body
        );
    }
    for form in [
        format!("answer={key}&criterion=none&item=0&seen={seen}&words=sorted+tree"),
        format!("answer={key}&criterion=tree&item=99&seen={seen}&words=sorted+tree"),
    ] {
        assert!(app.post(&format!("{BENCH}/accept"), form).await.status.is_client_error());
    }
    let stale = format!("answer={key}&criterion=tree&item=0&seen=0000&words=sorted+tree");
    let stale = app.post(&format!("{BENCH}/accept"), stale).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert!(stale.body.contains("was edited on disk"), "{}", stale.body);
    assert!(!app.data.path().join("rubrics/jvm.toml").exists());
}

#[tokio::test]
async fn agreement_counts_all_marked_answers_of_the_question() {
    let app = TestApp::new().await;
    let first = bring(&app, ANSWER).await;
    assert_eq!(bring(&app, &format!("  {ANSWER}\r\n")).await, first, "the same words are the same answer");
    let second = bring(&app, "It becomes a red-black tree.").await;
    app.post(&format!("{BENCH}/marks"), format!("answer={first}&mark.tree=met&mark.list=met")).await;
    app.post(&format!("{BENCH}/marks"), format!("answer={second}&mark.tree=missed")).await;
    let page = app.get(&format!("{BENCH}?answer={second}")).await;
    assert!(page.body.contains("agree on 1 of 3 marks: 0.33"), "{}", page.body);
    assert!(page.body.contains("You say missed, the rubric says met."), "{}", page.body);
    assert!(page.body.contains("marked.jsonl"));
    let forgotten = app.post(&format!("{BENCH}/forget"), format!("answer={second}")).await;
    assert_eq!(forgotten.status, StatusCode::SEE_OTHER);
    assert!(app.get(BENCH).await.body.contains("agree on 1 of 2 marks: 0.50"));
    assert_eq!(app.get(&format!("{BENCH}?answer={second}")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_no_page_of_ours_sends_is_refused_and_keeps_nothing() {
    let app = TestApp::new().await;
    let other = app.typed("jvm.deadlock", "take a thread dump").await;
    for (path, form) in [
        ("", "text=".to_owned()),
        ("", "text=%20%0D%0A...".to_owned()),
        ("/marks", "mark.tree=met".to_owned()),
        ("/marks", format!("attempt={other}&mark.tree=met")),
        ("/marks", "attempt=%27%3B+DROP+TABLE&mark.tree=met".to_owned()),
        ("/marks", "answer=%00&mark.tree=met".to_owned()),
        ("/undo", "change=".to_owned()),
        ("/undo", "change=%3Cb%3E".to_owned()),
        ("/accept", String::new()),
    ] {
        let sent = app.post(&format!("{BENCH}{path}"), form.clone()).await;
        assert!(sent.status.is_client_error(), "{path} {form}: {}", sent.status);
    }
    let key = bring(&app, "<script>alert(1)</script> \u{0} '; DROP TABLE attempts; --").await;
    let page = app.get(&format!("{BENCH}?answer={key}")).await;
    assert!(page.status.is_success() && !page.body.contains("<script>alert"), "{}", page.body);
    for form in [format!("answer={key}&mark.none=met"), format!("answer={key}&mark.tree=sort+of")] {
        assert_eq!(app.post(&format!("{BENCH}/marks"), form).await.status, StatusCode::BAD_REQUEST);
    }
    let huge = app.post(BENCH, format!("text={}", "word+".repeat(100_000))).await;
    assert_eq!(huge.status, StatusCode::PAYLOAD_TOO_LARGE);
    let long = bring(&app, &"a rather long answer. ".repeat(3_000)).await;
    assert!(app.get(&format!("{BENCH}?answer={long}")).await.status.is_success());
}
