use crate::testing::{Answer, TestApp};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};

const NOTES: &str = "Q: What is a lease?\nA: A lock that ends by itself after a while, so that a dead holder blocks nobody.\n\n\
    Q: Who renews a lease?\nA: Its holder, well before it ends, and it stops working when the renewal fails.\n\n\
    Q: What is a fencing token?\nA: A number that grows with each lease; storage refuses writes with an older one.\n";

async fn upload(app: &TestApp, name: &str, bytes: &[u8]) -> Answer {
    let mut body = format!(
        "--B\r\nContent-Disposition: form-data; name=\"document\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--B--\r\n");
    multipart(app, "/import", body).await
}

async fn multipart(app: &TestApp, path: &str, body: Vec<u8>) -> Answer {
    let request = Request::post(path)
        .header(header::HOST, "127.0.0.1:7878")
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=B")
        .body(Body::from(body))
        .unwrap();
    app.send(request).await
}

async fn paste(app: &TestApp, text: &str) -> Answer {
    let body = format!("--B\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n{text}\r\n--B--\r\n");
    multipart(app, "/import", body.into_bytes()).await
}

async fn draft(app: &TestApp) -> String {
    let brought = upload(app, "notes.txt", NOTES.as_bytes()).await;
    assert_eq!(brought.status, StatusCode::SEE_OTHER, "{}", brought.body);
    brought.location
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn a_document_is_read_reviewed_and_added_and_can_be_practised_at_once() {
    let app = TestApp::new().await;
    let review = draft(&app).await;
    let page = app.get(&review).await;
    assert!(page.body.contains("Three questions found."), "{}", page.body);
    assert!(page.body.contains("What is a fencing token?") && page.body.contains("data-n=\"1\""));
    let add = app.get(&format!("{review}/add?pack=leases&title=Leases")).await;
    assert!(add.body.contains("A new pack: leases") && add.body.contains("3 new"), "{}", add.body);
    let added = app.post(&format!("{review}/add"), "pack=leases&title=Leases").await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
    let done = app.get(&added.location).await;
    assert!(done.body.contains("Leases: 3 in the bank"), "{}", done.body);
    let id = app.interview.bank().pack(&"leases".parse().unwrap()).unwrap().questions[0].id.to_string();
    app.room(&id).await;
    assert!(app.get("/questions").await.body.contains("What is a lease?"));
    // Pressed twice: the same page, and nothing twice.
    let again = app.post(&format!("{review}/add"), "pack=leases&title=Leases").await;
    assert_eq!(again.location, added.location);
    let closed = app.post(&format!("{review}/steps"), "do=drop&item=0").await;
    assert_eq!(closed.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn edits_are_steps_that_are_kept_and_can_be_taken_back() {
    let app = TestApp::new().await;
    let review = draft(&app).await;
    let dropped = app.post(&format!("{review}/steps"), "do=drop&item=1&at=0").await;
    assert_eq!(dropped.status, StatusCode::SEE_OTHER, "{}", dropped.body);
    // The same form once more counts once.
    app.post(&format!("{review}/steps"), "do=drop&item=1&at=0").await;
    let page = app.get(&review).await.body;
    assert!(page.contains("Two questions found.") && page.contains("Undo dropping it"), "{page}");
    app.post(&format!("{review}/undo"), "at=1").await;
    let page = app.get(&review).await.body;
    assert!(page.contains("Three questions found.") && page.contains("Redo dropping it"), "{page}");
    app.post(&format!("{review}/redo"), "at=2").await;
    assert!(app.get(&review).await.body.contains("Two questions found."));
    let log = app.data.path().join("imports").join(review.rsplit('/').next().unwrap()).join("steps.jsonl");
    assert_eq!(std::fs::read_to_string(log).unwrap().lines().count(), 3);
}

#[tokio::test]
async fn words_and_criteria_are_edited_and_what_was_typed_stays_when_it_is_wrong() {
    let app = TestApp::new().await;
    let review = draft(&app).await;
    let question = format!("{review}/questions/0");
    assert!(app.get(&question).await.body.contains("A lock that ends by itself"));
    let wrong = app.post(&question, format!("ask=&answer={}", encoded("typed by <b>hand</b>"))).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.body.contains("typed by &#60;b&#62;hand") && wrong.body.contains("aria-invalid"),
        "{}",
        wrong.body
    );
    let right = app
        .post(
            &question,
            format!("ask={}&answer={}", encoded("What is a lease, shortly?"), encoded("A lock with an end.")),
        )
        .await;
    assert_eq!(right.status, StatusCode::SEE_OTHER);
    let weight = app
        .post(&format!("{question}/criteria"), "criterion=0&says=One+point&weight=many&listen=a+lock")
        .await;
    assert_eq!(weight.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(weight.body.contains("value=\"many\"") && weight.body.contains("0.01 to 100"), "{}", weight.body);
    let set = app
        .post(
            &format!("{question}/criteria"),
            format!(
                "criterion=0&says=One+point&weight=2,5&required=on&listen={}",
                encoded("a lock | the lock\r\nan end")
            ),
        )
        .await;
    assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.body);
    let page = app.get(&question).await.body;
    assert!(
        page.contains("One point") && page.contains("a lock | the lock") && page.contains("value=\"2.5\""),
        "{page}"
    );
    assert_eq!(
        app.post(&format!("{question}/criteria"), "do=remove&criterion=77").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn a_second_import_shows_the_difference_and_whose_version_counts() {
    let app = TestApp::new().await;
    let review = draft(&app).await;
    app.post(&format!("{review}/add"), "pack=leases&title=Leases").await;
    let file = app.data.path().join("rubrics/leases.toml");
    let text = std::fs::read_to_string(&file)
        .unwrap()
        .replace("so that a dead holder blocks nobody", "as I would say it");
    std::fs::write(&file, text).unwrap();
    let changed = NOTES
        .replace("a dead holder blocks nobody", "a crashed holder blocks no one")
        .replace("older one", "older number");
    let second = upload(&app, "notes.txt", changed.as_bytes()).await.location;
    let page = app.get(&format!("{second}/add?pack=leases")).await.body;
    for part in [
        "What changes in leases",
        "1 edited here and changed there",
        "1 changed",
        "as I would say it",
        "a crashed holder",
        "Untouched: 1",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let name = page.split("name=\"choose-").nth(1).unwrap().split('"').next().unwrap().to_owned();
    app.post(&format!("{second}/add"), format!("pack=leases&title=x&choose-{name}=source")).await;
    let bank = app.interview.bank();
    let pack = bank.pack(&"leases".parse().unwrap()).unwrap();
    assert_eq!((pack.version, pack.questions.len()), (2, 3));
    assert!(pack.questions[0].model_answer.contains("crashed holder"));
    assert!(pack.questions[2].model_answer.contains("older number"));
}

#[tokio::test]
async fn files_that_are_no_documents_are_refused_beside_the_field() {
    let app = TestApp::new().await;
    let noise: Vec<u8> = (0..50_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for (name, bytes, says) in [
        ("a.txt", &b""[..], "Choose a file, or paste a text"),
        ("a.bin", &noise, "neither text nor a format"),
        ("a.apkg", b"PK\x03\x04 and no more", "cannot be read as"),
        ("a.toml", b"[pack]\nid = \"x\"\n", "errors"),
    ] {
        let page = upload(&app, name, bytes).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(page.body.contains(says) && page.body.contains("aria-invalid"), "{name}: {}", page.body);
    }
    assert_eq!(std::fs::read_dir(app.data.path().join("imports")).unwrap().count(), 0);
    let plain = app.post("/import", "text=hello").await;
    assert_eq!(plain.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn hostile_words_names_and_addresses_do_no_harm() {
    let app = TestApp::new().await;
    let text = "Q: What is <script>alert(1)</script> in a page\u{0} of '; DROP TABLE x; --?\nA: Markup that a page must never run, so it is shown as text.\n";
    let review = upload(&app, "../../<img src=x>.txt", text.as_bytes()).await.location;
    for path in
        [review.clone(), format!("{review}/questions/0"), format!("{review}/add"), "/import".to_owned()]
    {
        let page = app.get(&path).await.body;
        assert!(!page.contains("<script>alert") && !page.contains("<img src=x"), "{path}: {page}");
    }
    let nobody = "00000000-0000-7000-8000-000000000000";
    for path in [
        "/import/x".to_owned(),
        format!("/import/{nobody}"),
        format!("/import/{nobody}/add"),
        format!("/import/{nobody}/added"),
        format!("{review}/questions/99"),
        format!("{review}/questions/x"),
    ] {
        let status = app.get(&path).await.status;
        assert!(matches!(status, StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST), "{path}: {status}");
    }
    assert_eq!(
        app.post(&format!("/import/{nobody}/steps"), "do=drop&item=0").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        app.post(&format!("{review}/steps"), "do=explode&item=0").await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        app.post(&format!("{review}/steps"), "do=drop&item=77").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        app.post(&format!("{review}/steps"), "do=split&item=0&line=-3").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    for pack in ["", "..%2F..%2Fetc", "Ä", "jvm", "%00"] {
        let page = app.post(&format!("{review}/add"), format!("pack={pack}")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{pack}: {}", page.body);
    }
}

#[tokio::test]
async fn a_pasted_text_is_read_and_discarded() {
    let app = TestApp::new().await;
    let review = paste(&app, NOTES).await;
    assert_eq!(review.status, StatusCode::SEE_OTHER, "{}", review.body);
    assert!(app.get("/import").await.body.contains("pasted.txt"));
    assert_eq!(app.post(&format!("{}/discard", review.location), "").await.location, "/import");
    assert_eq!(app.get(&review.location).await.status, StatusCode::NOT_FOUND);
    let empty = paste(&app, "  ").await;
    assert!(empty.body.contains("Choose a file, or paste a text."));
}
