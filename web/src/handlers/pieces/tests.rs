//! The browser's microphone through the front door: what a script sends, what it must not send, and who may start what.

use crate::peer::Peer;
use crate::testing::{Answer, TestApp};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode, header};
use serde_json::Value;

/// A tone, loud enough to be heard; every byte of it different enough that a swap shows.
fn sound(samples: usize) -> Vec<u8> {
    (0..samples)
        .flat_map(|n| (((n as f32 * 0.11).sin() * 9_000.0) as i16 ^ (n % 7) as i16).to_le_bytes())
        .collect()
}

struct Page<'a> {
    app: &'a TestApp,
    room: String,
    attempt: String,
}

impl<'a> Page<'a> {
    async fn begin(app: &'a TestApp) -> Self {
        let room = app.room("jvm.hashmap-treeify").await;
        let begun = app.post(&format!("{room}/pieces"), "rate=16000&device=Headset").await;
        assert_eq!(begun.status, StatusCode::OK, "{}", begun.body);
        let begun: Value = serde_json::from_str(&begun.body).unwrap();
        assert_eq!(begun["next"], 0);
        Self { app, room, attempt: begun["attempt"].as_str().unwrap().to_owned() }
    }

    async fn send(&self, number: &str, pcm: &[u8], query: &str) -> Answer {
        let address = format!("/attempts/{}/pieces/{number}?{query}", self.attempt);
        let request = Request::post(address)
            .header(header::HOST, "127.0.0.1:7878")
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .body(Body::from(pcm.to_vec()))
            .unwrap();
        self.app.send(request).await
    }

    async fn piece(&self, number: usize, pcm: &[u8]) -> Answer {
        self.send(&number.to_string(), pcm, &format!("took=256&crc={:08x}", crc32fast::hash(pcm))).await
    }

    async fn end(&self, count: usize) -> (StatusCode, Value) {
        let body = format!("count={count}&why=stopped");
        let answer = self.app.post(&format!("/attempts/{}/pieces/end", self.attempt), body).await;
        (answer.status, serde_json::from_str(&answer.body).unwrap_or_default())
    }

    fn take(&self) -> Vec<u8> {
        let path = self.app.data.path().join(format!("takes/{}.wav", self.attempt));
        std::fs::read(path).unwrap().split_off(44)
    }
}

fn code(answer: &Answer) -> String {
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    body["code"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn pieces_out_of_order_twice_and_late_are_the_answer_byte_for_byte() {
    let app = TestApp::new().await;
    let page = Page::begin(&app).await;
    let sent = sound(4_096 * 12 + 77);
    let cuts: Vec<&[u8]> = sent.chunks(8_192).collect();
    for number in [0, 1, 4, 2, 2, 0] {
        assert_eq!(page.piece(number, cuts[number]).await.status, StatusCode::OK, "{number}");
    }
    let (status, early) = page.end(cuts.len()).await;
    assert_eq!(
        (status, &early["code"], &early["missing"]),
        (StatusCode::CONFLICT, &"missing".into(), &vec![3].into())
    );
    let room = app.get(&page.room).await.body;
    assert!(room.contains("cut off at 0:00") && room.contains("Stop and score"), "{room}");
    for (number, pcm) in cuts.iter().enumerate().rev() {
        assert_eq!(page.piece(number, pcm).await.status, StatusCode::OK, "{number}");
    }
    let (status, end) = page.end(cuts.len()).await;
    assert_eq!((status, &end["leads"]), (StatusCode::OK, &format!("/attempts/{}", page.attempt).into()));
    assert_eq!(page.take(), sent);
    assert_eq!(page.end(cuts.len()).await.1["leads"], end["leads"], "ended twice");
    assert_eq!(code(&page.piece(0, cuts[0]).await), "over");
    let feedback = app.get(&format!("/attempts/{}", page.attempt)).await;
    assert_eq!(feedback.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_page_of_ours_sends_is_refused_and_leaves_the_answer_whole() {
    let app = TestApp::new().await;
    let page = Page::begin(&app).await;
    let sent = sound(4_096);
    assert_eq!(page.piece(0, &sent).await.status, StatusCode::OK);
    let crc = format!("crc={:08x}", crc32fast::hash(&sent));
    for (number, pcm, query, status) in [
        ("1", &sent[..0], "crc=00000000", StatusCode::BAD_REQUEST),
        ("1", &sent[..3], "crc=00000000", StatusCode::BAD_REQUEST),
        ("1", &sent[..], "crc=00000000", StatusCode::BAD_REQUEST),
        ("1", &sent[..], "crc=%3Cscript%3E", StatusCode::BAD_REQUEST),
        ("1", &sent[..], "", StatusCode::BAD_REQUEST),
        ("30000", &sent[..], crc.as_str(), StatusCode::BAD_REQUEST),
        ("99999999999999999999", &sent[..], crc.as_str(), StatusCode::BAD_REQUEST),
        ("-1", &sent[..], crc.as_str(), StatusCode::BAD_REQUEST),
        ("%00", &sent[..], crc.as_str(), StatusCode::BAD_REQUEST),
        ("1'%20OR%201=1", &sent[..], crc.as_str(), StatusCode::BAD_REQUEST),
    ] {
        let answer = page.send(number, pcm, query).await;
        assert_eq!(answer.status, status, "{number} {query}: {}", answer.body);
        assert!(!answer.body.contains("<script>"));
    }
    assert_eq!(code(&page.piece(0, &sent[..100]).await), "different");
    let large = sound(70_000);
    assert_eq!(page.piece(1, &large).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let beyond = sound(200_000);
    assert_eq!(page.piece(1, &beyond).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    for count in ["", "-1", "x", "99999999999"] {
        let refused =
            app.post(&format!("/attempts/{}/pieces/end", page.attempt), format!("count={count}")).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{count:?}");
    }
    let nobody = "00000000-0000-7000-8000-000000000000";
    for address in [format!("/attempts/{nobody}/pieces"), "/attempts/x/pieces".to_owned()] {
        assert_eq!(app.get(&address).await.status, StatusCode::NOT_FOUND, "{address}");
    }
    assert_eq!(page.end(1).await.0, StatusCode::OK);
    assert_eq!(page.take(), sent);
}

#[tokio::test]
async fn a_rate_no_browser_has_begins_nothing() {
    let app = TestApp::new().await;
    let room = app.room("jvm.hashmap-treeify").await;
    for rate in ["", "0", "-16000", "1", "4294967295", "99999999999", "NaN", "16000Hz"] {
        let refused = app.post(&format!("{room}/pieces"), format!("rate={rate}&device=x")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{rate}: {}", refused.body);
    }
    assert!(app.get(&room).await.body.contains("Answer aloud"), "the question still stands");
    let hostile = format!("rate=16000&device=%3Cscript%3E%00{}", "x".repeat(10_000));
    assert_eq!(app.post(&format!("{room}/pieces"), hostile).await.status, StatusCode::OK);
    let again = app.post(&format!("{room}/pieces"), "rate=16000&device=x").await;
    assert_eq!(again.status, StatusCode::OK, "pressed twice: {}", again.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_microphone_that_lies_about_its_rate_is_found_out_and_what_came_is_kept() {
    let app = TestApp::new().await;
    let page = Page::begin(&app).await;
    let pcm = sound(4_096);
    let query = format!("took=85&crc={:08x}", crc32fast::hash(&pcm));
    let mut number = 0;
    let refused = loop {
        let answer = page.send(&number.to_string(), &pcm, &query).await;
        if answer.status != StatusCode::OK {
            break answer;
        }
        number += 1;
        assert!(number < 60);
    };
    assert_eq!((refused.status, code(&refused).as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "rate"));
    assert!(refused.body.contains("16000 Hz named, about 48188 Hz measured"), "{}", refused.body);
    assert_eq!(page.end(0).await.0, StatusCode::OK);
    assert_eq!(page.take(), pcm.repeat(number));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_a_sound_frees_its_question_and_says_so() {
    let app = TestApp::new().await;
    let page = Page::begin(&app).await;
    page.piece(0, &[0; 64_000]).await;
    let (status, end) = page.end(1).await;
    assert_eq!((status, &end["leads"]), (StatusCode::OK, &Value::Null));
    assert!(end["says"].as_str().unwrap().contains("Nothing was heard"), "{end}");
    assert!(app.get(&page.room).await.body.contains("Answer aloud"));
}

#[tokio::test]
async fn a_visitor_from_the_network_never_starts_this_machines_microphone() {
    let app = TestApp::new().await;
    let room = app.room("jvm.hashmap-treeify").await;
    let from = |address: &str, added: Option<(&str, &str)>, path: &str, method: &str| {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "127.0.0.1:7878")
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some((name, value)) = added {
            request = request.header(name, value);
        }
        let mut request = request.body(Body::from("device=&back=/")).unwrap();
        request.extensions_mut().insert(ConnectInfo(Peer(address.parse().unwrap())));
        app.send(request)
    };
    for (address, added) in [
        ("192.168.1.20:5000", None),
        ("[2001:db8::1]:5000", None),
        ("192.168.1.20:5000", Some(("x-forwarded-for", "127.0.0.1"))),
        ("192.168.1.20:5000", Some(("forwarded", "for=127.0.0.1"))),
        ("127.0.0.1:5000", Some(("x-forwarded-for", "192.168.1.20"))),
        ("127.0.0.1:5000", Some(("via", "1.1 gateway"))),
    ] {
        for path in [format!("{room}/record"), "/microphone".to_owned()] {
            let refused = from(address, added, &path, "POST").await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{address} {added:?} {path}");
            assert!(refused.body.contains("started from that machine only"), "{}", refused.body);
        }
        for path in ["/microphone/sound", "/microphone/events"] {
            assert_eq!(from(address, added, path, "GET").await.status, StatusCode::NOT_FOUND, "{path}");
        }
        let page = from(address, added, &room, "GET").await.body;
        assert!(
            page.contains("This browser’s microphone") && !page.contains("label=\"This machine\""),
            "{page}"
        );
        assert!(app.interview.on_air().is_none());
    }
    let by_form = app.post(&format!("{room}/record"), "device=browser").await;
    assert_eq!(by_form.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(by_form.body.contains("needs scripts"), "{}", by_form.body);
}
