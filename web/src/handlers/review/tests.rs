use crate::testing::{Answer, TestApp};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use std::time::{Duration, Instant};

const TALK: &str = "WEBVTT\n\n00:00:01.000 --> 00:00:06.000\n<v Ada>What happens inside a HashMap when many keys collide in one bucket?\n\n\
    00:00:07.000 --> 00:00:20.000\n<v Ben>Um, colliding keys sit in a linked list, and with more than eight nodes the bucket becomes a red-black tree, so lookup is logarithmic.\n\n\
    00:00:21.000 --> 00:00:24.000\n<v Ada>And what would you do about a deadlock in production?\n\n\
    00:00:25.000 --> 00:00:40.000\n<v Ben>I take a thread dump first, uh, look for the cycle of locks, and then I make all threads take the locks in one order.\n";

async fn bring(app: &TestApp, name: &str, bytes: &[u8]) -> Answer {
    let mut body =
        format!("--B\r\nContent-Disposition: form-data; name=\"document\"; filename=\"{name}\"\r\n\r\n")
            .into_bytes();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--B--\r\n");
    let request = Request::post("/review")
        .header(header::HOST, "127.0.0.1:7878")
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=B")
        .body(Body::from(body))
        .unwrap();
    app.send(request).await
}

#[tokio::test]
async fn a_transcript_is_cut_matched_and_scored() {
    let app = TestApp::new().await;
    let brought = bring(&app, "talk.vtt", TALK.as_bytes()).await;
    assert_eq!(brought.status, StatusCode::SEE_OTHER, "{}", brought.body);
    let page = app.get(&brought.location).await;
    assert!(page.body.contains("2 answers found."), "{}", page.body);
    for part in ["Both speak of", "1 uh or um", "of 100", "Asked: <q>What happens inside"] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    let feedback = app.get(&format!("{}/answers/0", brought.location)).await;
    assert_eq!(feedback.status, StatusCode::OK);
    assert!(
        feedback.body.contains("Model answer") && feedback.body.contains("red-black tree"),
        "{}",
        feedback.body
    );
}

#[tokio::test]
async fn another_question_can_be_chosen_and_the_choice_taken_back() {
    let app = TestApp::new().await;
    let review = bring(&app, "talk.vtt", TALK.as_bytes()).await.location;
    let steps = format!("{review}/steps");
    let chosen = app.post(&steps, "do=choose&answer=0&question=jvm.volatile-counter&at=0").await;
    assert_eq!(chosen.status, StatusCode::SEE_OTHER, "{}", chosen.body);
    assert!(app.get(&review).await.body.contains("You chose this question."));
    app.post(&steps, "do=choose&answer=0&question=&at=1").await;
    assert!(app.get(&review).await.body.contains("answers no question of the bank"));
    assert_eq!(app.get(&format!("{review}/answers/0")).await.status, StatusCode::SEE_OTHER);
    app.post(&format!("{review}/undo"), "at=2").await;
    assert!(app.get(&review).await.body.contains("You chose this question."));
    assert_eq!(app.post(&steps, "do=choose&answer=0&question=no.such").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_nothing_told_how_to_cut_is_cut_by_hand() {
    let app = TestApp::new().await;
    let text = "I would begin with a thread dump and look at which locks are held by whom. Then I look for the cycle. \
        After that I talk about volatile fields. They are about visibility and not about counting, so a counter needs an atomic.";
    let review = bring(&app, "talk.txt", text.as_bytes()).await.location;
    let page = app.get(&review).await.body;
    assert!(page.contains("One answer found.") && page.contains("cut here"), "{page}");
    let cut = app.post(&format!("{review}/steps"), "do=cut&stretch=2&answer=0&at=0").await;
    assert_eq!(cut.status, StatusCode::SEE_OTHER, "{}", cut.body);
    assert!(app.get(&review).await.body.contains("2 answers found."));
    // Sent twice it counts once; cut where an answer begins it is refused.
    app.post(&format!("{review}/steps"), "do=cut&stretch=2&answer=0&at=0").await;
    assert!(app.get(&review).await.body.contains("2 answers found."));
    assert_eq!(
        app.post(&format!("{review}/steps"), "do=cut&stretch=0").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        app.post(&format!("{review}/steps"), "do=cut&stretch=99").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let joined = app.post(&format!("{review}/steps"), "do=join&answer=1").await;
    assert_eq!(joined.status, StatusCode::SEE_OTHER, "{}", joined.body);
    assert!(app.get(&review).await.body.contains("One answer found."));
    app.post(&format!("{review}/steps"), "do=leave&answer=0").await;
    assert!(app.get(&review).await.body.contains("No answer found."));
    app.post(&format!("{review}/steps"), "do=take&stretch=0").await;
    assert!(app.get(&review).await.body.contains("One answer found."));
}

#[tokio::test]
async fn a_recording_is_turned_into_words_and_reviewed() {
    let app = TestApp::new().await;
    let mut wav = b"RIFF\x24\x7d\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x80\x3e\x00\x00\x00\x7d\x00\x00\x02\x00\x10\x00data\x00\x7d\x00\x00".to_vec();
    wav.extend((0..16_000u32).flat_map(|n| (((n * 37) % 20_000) as i16 - 10_000).to_le_bytes()));
    let brought = bring(&app, "talk.wav", &wav).await;
    assert_eq!(brought.status, StatusCode::SEE_OTHER, "{}", brought.body);
    let mut page = app.get(&brought.location).await.body;
    let begun = Instant::now();
    while page.contains("Settling the words") && begun.elapsed() < Duration::from_secs(60) {
        tokio::task::yield_now().await;
        page = app.get(&brought.location).await.body;
    }
    assert!(page.contains("found.") || page.contains("not turned into words yet"), "{page}");
    let sound = app.get(&format!("{}/recording", brought.location)).await;
    assert_eq!(
        (sound.status, sound.headers[header::CONTENT_TYPE].to_str().unwrap()),
        (StatusCode::OK, "application/octet-stream")
    );
}

#[tokio::test]
async fn what_is_no_transcript_is_refused_and_hostile_words_do_no_harm() {
    let app = TestApp::new().await;
    let noise: Vec<u8> = (0..50_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for bytes in [&b"   "[..], &noise] {
        let page = bring(&app, "a.vtt", bytes).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.body);
        assert!(page.body.contains("aria-invalid"));
    }
    let hostile = TALK.replace("<v Ben>Um", "<v Ben>Um <script>alert(1)</script> '; DROP TABLE x; --");
    let review = bring(&app, "<img src=x>.vtt", hostile.as_bytes()).await.location;
    for path in [review.clone(), format!("{review}/answers/0"), "/review".to_owned()] {
        let page = app.get(&path).await.body;
        assert!(!page.contains("<script>alert") && !page.contains("<img src=x"), "{path}");
    }
    let nobody = "00000000-0000-7000-8000-000000000000";
    for path in [
        "/review/x".to_owned(),
        format!("/review/{nobody}"),
        format!("/review/{nobody}/recording"),
        format!("{review}/recording"),
        format!("{review}/answers/99"),
    ] {
        assert_eq!(app.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(app.post(&format!("{review}/steps"), "do=explode").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(app.post(&format!("{review}/discard"), "").await.location, "/review");
    assert_eq!(app.get(&review).await.status, StatusCode::NOT_FOUND);
}
