//! A candidate's own room: coming in, the notice, the open question, the microphone, and what is out of their reach.

use super::{Office, cookie};
use crate::testing::Answer;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::Value;
use viva_core::ids::{CandidateId, RoundId};
use viva_core::people::Person;

/// A tone that is heard.
fn sound(samples: usize) -> Vec<u8> {
    (0..samples).flat_map(|n| (((n as f32 * 0.11).sin() * 9_000.0) as i16).to_le_bytes()).collect()
}

/// A candidate's browser.
struct Guest<'a> {
    office: &'a Office,
    cookie: String,
}

impl<'a> Guest<'a> {
    /// Follows the link that the owner makes.
    async fn enters(office: &'a Office, candidate: &str) -> Self {
        let made = office.post(&office.owner, &format!("{candidate}/invite"), &[]).await;
        assert_eq!(made.status, StatusCode::OK, "{}", made.body);
        let at = made.body.find("/join/").expect("the page shows the link");
        let link = made.body[at..].split('"').next().unwrap().to_owned();
        let guest = Self { office, cookie: String::new() };
        assert!(guest.get(&link).await.body.contains("Your interview is here."));
        let entered = guest.post(&link, "").await;
        assert_eq!(entered.location, "/room", "{}", entered.body);
        assert_eq!(guest.post(&link, "").await.status, StatusCode::GONE, "it works once");
        let set = entered.headers.get(header::SET_COOKIE).unwrap().to_str().unwrap();
        Self { office, cookie: set.split(';').next().unwrap().to_owned() }
    }

    async fn send(&self, request: axum::http::request::Builder, body: Vec<u8>) -> Answer {
        let request = request
            .header(header::HOST, "127.0.0.1:7878")
            .header("sec-fetch-site", "same-origin")
            .header(header::COOKIE, &self.cookie)
            .body(Body::from(body))
            .unwrap();
        self.office.app.send(request).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path), Vec::new()).await
    }

    async fn post(&self, path: &str, form: &str) -> Answer {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, form.as_bytes().to_vec()).await
    }

    async fn piece(&self, pieces: &str, number: usize, pcm: &[u8]) -> Answer {
        let address = format!("{pieces}/{number}?took=256&age=0&crc={:08x}", crc32fast::hash(pcm));
        self.send(Request::post(address), pcm.to_vec()).await
    }

    async fn now(&self) -> Value {
        serde_json::from_str(&self.get("/room/now").await.body).unwrap()
    }

    /// Switches the microphone on; where the pieces go.
    async fn begins(&self) -> String {
        let begun = self.post("/room/pieces", "rate=16000&device=Headset").await;
        assert_eq!(begun.status, StatusCode::OK, "{}", begun.body);
        let begun: Value = serde_json::from_str(&begun.body).unwrap();
        assert_eq!(begun["events"], Value::Null, "nobody sees the words");
        begun["pieces"].as_str().unwrap().to_owned()
    }
}

/// The parts of a candidate's address.
fn ids(candidate: &str) -> (RoundId, CandidateId) {
    let parts: Vec<&str> = candidate.split('/').collect();
    (parts[2].parse().unwrap(), parts[4].parse().unwrap())
}

async fn opens(office: &Office, who: &Person, candidate: &str, number: u32) -> Answer {
    office.post(who, &format!("{candidate}/questions/{number}/open"), &[]).await
}

#[tokio::test]
async fn a_candidate_reads_the_notice_and_says_yes_or_no_at_any_time() {
    let office = Office::new().await;
    let candidate = office.round().await;
    let guest = Guest::enters(&office, &candidate).await;
    let asked = guest.get("/room").await.body;
    assert!(asked.contains("May your answers be recorded?") && asked.contains("We record."), "{asked}");
    let refused = opens(&office, &office.ana, &candidate, 1).await;
    assert!(refused.body.contains("awful basis"), "{}", refused.body);
    assert_eq!(guest.post("/room/pieces", "rate=16000").await.status, StatusCode::CONFLICT);

    for _pressed_twice in 0..2 {
        assert_eq!(guest.post("/room/agree", "").await.location, "/room");
    }
    let waiting = guest.get("/room").await.body;
    assert!(waiting.contains("opens each question here") && waiting.contains("Basis: consent"), "{waiting}");
    let (round, id) = ids(&candidate);
    let kept = office.app.interview.store().candidate(id, office.owner.id).await.unwrap().unwrap();
    let ground = kept.ground.unwrap();
    assert_eq!((ground.notice.as_str(), kept.round), ("We record.", round), "word for word");
    assert_eq!(ground.at, office.app.interview.now());

    for _pressed_twice in 0..2 {
        assert_eq!(guest.post("/room/opt-out", "").await.location, "/room");
    }
    assert!(guest.get("/room").await.body.contains("Notes only. Nothing is recorded."));
    assert!(office.get(&office.ana, &candidate).await.body.contains("opted out"));
    let refused = opens(&office, &office.ana, &candidate, 1).await;
    assert!(refused.body.contains("role=\"alert\""), "{}", refused.body);
    // Notes and ratings need no recording.
    office.hands_in(&office.ana, &candidate, "3", "by hand").await;
    guest.post("/room/agree", "").await;
    assert!(!guest.get("/room").await.body.contains("Notes only."));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_from_the_candidates_own_microphone_is_opened_marked_and_ended_by_the_interviewer() {
    let office = Office::new().await;
    let candidate = office.round().await;
    let guest = Guest::enters(&office, &candidate).await;
    guest.post("/room/agree", "").await;
    let before = guest.now().await;
    assert_eq!(opens(&office, &office.ana, &candidate, 1).await.status, StatusCode::SEE_OTHER);
    let room = guest.get("/room").await.body;
    assert!(room.contains("Question 1 of 2") && room.contains("data-start=\"/room/pieces\""), "{room}");
    assert_ne!(guest.now().await["state"], before["state"], "the page knows that it is out of date");
    let screen = office.get(&office.ana, &candidate).await.body;
    assert!(screen.contains("is open for the candidate"), "{screen}");

    let pieces = guest.begins().await;
    assert_eq!(guest.begins().await, pieces, "pressed twice");
    let pcm = sound(16_000);
    for number in 0..3 {
        assert_eq!(guest.piece(&pieces, number, &pcm).await.status, StatusCode::OK);
        let event = if number == 0 { "begin" } else { "end" };
        office.post(&office.ana, &format!("{candidate}/mark"), &[("event", event), ("q", "1")]).await;
    }
    let screen = office.get(&office.ben, &candidate).await.body;
    assert!(screen.contains("Candidate’s microphone live"), "{screen}");
    assert_eq!(opens(&office, &office.ana, &candidate, 2).await.status, StatusCode::OK, "still recording");
    assert!(!office.get(&office.ana, &format!("{candidate}?q=2")).await.body.contains("is open for the"));

    assert_eq!(guest.now().await["end"], Value::Null);
    office.post(&office.ana, &format!("{candidate}/stop"), &[("q", "1")]).await;
    let ending = office.get(&office.ana, &candidate).await.body;
    assert!(ending.contains("The rest is on its way"), "{ending}");
    assert!(pieces.contains(guest.now().await["end"].as_str().unwrap()), "the browser is told to end");
    let early = guest.post(&format!("{pieces}/end"), "count=5&why=stopped").await;
    assert!(early.status == StatusCode::CONFLICT && early.body.contains("\"missing\":[3]"), "{}", early.body);
    for number in 3..5 {
        assert_eq!(guest.piece(&pieces, number, &pcm).await.status, StatusCode::OK, "late");
    }
    for _sent_twice in 0..2 {
        let end = guest.post(&format!("{pieces}/end"), "count=5&why=stopped").await;
        assert!(end.body.contains("\"leads\":\"/room\""), "{}", end.body);
    }
    let screen = office.get(&office.ana, &candidate).await.body;
    assert!(screen.contains("Recording 1, 0:05; marked as the answer: 0:"), "{screen}");
    assert!(guest.get("/room").await.body.contains("opens each question here"));
    let standing = guest.get(&pieces).await;
    assert!(standing.body.contains("\"open\":false"), "{}", standing.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opt_out_throws_away_what_is_being_recorded() {
    let office = Office::new().await;
    let candidate = office.round().await;
    let guest = Guest::enters(&office, &candidate).await;
    guest.post("/room/agree", "").await;
    opens(&office, &office.ana, &candidate, 1).await;
    let pieces = guest.begins().await;
    guest.piece(&pieces, 0, &sound(16_000)).await;
    guest.post("/room/opt-out", "").await;
    let late = guest.piece(&pieces, 1, &sound(16_000)).await;
    assert!(late.status == StatusCode::CONFLICT && late.body.contains("\"over\""), "{}", late.body);
    let takes = office.app.data.path().join("takes");
    let left = std::fs::read_dir(takes).map(Iterator::count).unwrap_or_default();
    assert_eq!(left, 0, "nothing of it is on disk");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_round_is_not_closed_over_a_recording_and_a_closed_one_records_nothing() {
    let office = Office::new().await;
    let candidate = office.round().await;
    let close = format!("{}/close", candidate.split("/candidates").next().unwrap());
    let guest = Guest::enters(&office, &candidate).await;
    guest.post("/room/agree", "").await;
    opens(&office, &office.ana, &candidate, 1).await;
    let pieces = guest.begins().await;
    guest.piece(&pieces, 0, &sound(16_000)).await;
    let early = office.post(&office.owner, &close, &[("sure", "yes")]).await;
    assert!(early.status == StatusCode::CONFLICT && early.body.contains("being recorded"), "{}", early.body);
    guest.post(&format!("{pieces}/end"), "count=1").await;
    assert_eq!(opens(&office, &office.ana, &candidate, 2).await.status, StatusCode::SEE_OTHER);
    assert_eq!(office.post(&office.owner, &close, &[("sure", "yes")]).await.status, StatusCode::SEE_OTHER);
    assert!(guest.get("/room").await.body.contains("This interview is over."));
    assert_eq!(guest.post("/room/pieces", "rate=16000").await.status, StatusCode::CONFLICT);
    assert_eq!(opens(&office, &office.ana, &candidate, 2).await.status, StatusCode::CONFLICT);
    assert_eq!(
        office.post(&office.owner, &format!("{candidate}/invite"), &[]).await.status,
        StatusCode::CONFLICT
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_candidate_finds_no_rubric_anchor_rating_note_or_score_anywhere() {
    let office = Office::new().await;
    let candidate = office.round().await;
    let guest = Guest::enters(&office, &candidate).await;
    guest.post("/room/agree", "").await;
    opens(&office, &office.ana, &candidate, 1).await;
    let pieces = guest.begins().await;
    let mut answers = vec![guest.get("/room").await, guest.get("/room/now").await, guest.get(&pieces).await];
    answers.push(guest.piece(&pieces, 0, &sound(16_000)).await);
    office.post(&office.ana, &format!("{candidate}/mark"), &[("event", "begin"), ("q", "1")]).await;
    answers.push(guest.piece(&pieces, 1, &sound(16_000)).await);
    answers.push(guest.post(&format!("{pieces}/end"), "count=2&why=stopped").await);
    office.hands_in(&office.ana, &candidate, "5", "SECRETNOTE named the race").await;
    office.hands_in(&office.ben, &candidate, "2", "SECRETNOTE thin").await;
    opens(&office, &office.ana, &candidate, 2).await;
    for path in ["/room", "/room/now", &pieces] {
        answers.push(guest.get(path).await);
    }
    let (round, id) = ids(&candidate);
    let kit = office.app.interview.store().round(round, office.owner.id).await.unwrap().unwrap().kit;
    let mut secrets = vec!["SECRETNOTE".to_owned(), "A summary of mine".to_owned(), "rated".to_owned()];
    for one in &kit.questions {
        secrets.push(one.question.model_answer.clone());
        secrets.extend(one.anchors.values().map(|anchor| anchor.says.clone()));
        secrets.extend(one.question.rubric.criteria.iter().map(|criterion| criterion.says.clone()));
        secrets.extend(one.probes.iter().cloned());
    }
    assert!(secrets.len() > 12);
    for answer in &answers {
        for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
            assert!(!answer.body.contains(secret.as_str()), "{secret}: {}", answer.body);
        }
    }
    let attempt = pieces.split('/').nth(3).unwrap();
    for path in [
        candidate.clone(),
        format!("{candidate}/card"),
        format!("{candidate}/now"),
        format!("{candidate}/answers/{attempt}/audio"),
        format!("/rounds/{round}"),
        format!("/attempts/{attempt}"),
        format!("/attempts/{attempt}/audio"),
        format!("/attempts/{attempt}/events"),
        format!("/attempts/{attempt}/pieces"),
        "/rounds".into(),
        "/kits".into(),
        "/history".into(),
        "/data/export.json".into(),
        "/questions/jvm.chm-cas".into(),
    ] {
        assert_eq!(guest.get(&path).await.status, StatusCode::NOT_FOUND, "{path} of {id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sends_sound_into_anothers_answer() {
    let office = Office::new().await;
    let candidate = office.round().await;
    let round = candidate.split("/candidates").next().unwrap().to_owned();
    office.post(&office.owner, &format!("{round}/candidates"), &[("name", "Yan Young")]).await;
    let (id, _) = ids(&candidate);
    let rows = office.app.interview.store().candidates(id, office.owner.id).await.unwrap();
    let second = format!("{round}/candidates/{}", rows[1].candidate.id);
    let (zoe, yan) = (Guest::enters(&office, &candidate).await, Guest::enters(&office, &second).await);
    zoe.post("/room/agree", "").await;
    opens(&office, &office.ana, &candidate, 1).await;
    let pieces = zoe.begins().await;
    assert_eq!(yan.get(&pieces).await.status, StatusCode::NOT_FOUND);
    assert_eq!(yan.piece(&pieces, 0, &sound(4_096)).await.status, StatusCode::CONFLICT);
    assert_eq!(yan.post(&format!("{pieces}/end"), "count=0").await.status, StatusCode::NOT_FOUND);
    let attempt = pieces.split('/').nth(3).unwrap();
    let owners = Guest { office: &office, cookie: cookie(&office.owner) };
    let practice = format!("/attempts/{attempt}/pieces");
    assert_eq!(owners.piece(&practice, 0, &sound(4_096)).await.status, StatusCode::CONFLICT, "practice");
    assert_eq!(owners.get("/room").await.status, StatusCode::FORBIDDEN);
    assert_eq!(zoe.piece(&pieces, 0, &sound(4_096)).await.status, StatusCode::OK, "it goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_meets_what_people_and_others_send() {
    let office = Office::new().await;
    let candidate = office.round().await;
    let guest = Guest::enters(&office, &candidate).await;
    guest.post("/room/agree", "basis=public_task&notice=%3Cscript%3E").await;
    let (_, id) = ids(&candidate);
    let kept = office.app.interview.store().candidate(id, office.owner.id).await.unwrap().unwrap();
    assert_eq!(kept.ground.unwrap().notice, "We record.", "the notice is the round's, whatever is sent");
    opens(&office, &office.ana, &candidate, 1).await;
    for rate in ["", "x", "0", "-1", "99999999999999999999", "%00", "7", &"9".repeat(100_000)] {
        let refused = guest.post("/room/pieces", &format!("rate={rate}&device=%3Cb%3E")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{rate:.20}: {}", refused.body);
    }
    let pieces = guest.begins().await;
    for number in ["x", "-1", "99999999999", "%00", "1%27%20OR%201=1"] {
        let address = format!("{pieces}/{number}?took=1&age=1&crc=00000000");
        let refused = guest.send(Request::post(address), vec![1, 2]).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{number}: {}", refused.body);
    }
    let pcm = sound(4_096);
    let far = format!("{pieces}/0?took=1&age={}&crc={:08x}", u64::MAX, crc32fast::hash(&pcm));
    assert_eq!(guest.send(Request::post(far), pcm).await.status, StatusCode::OK, "a clock that is far off");
    let marked =
        office.post(&office.ana, &format!("{candidate}/mark"), &[("event", "begin"), ("q", "1")]).await;
    assert_eq!(marked.status, StatusCode::SEE_OTHER, "{}", marked.body);
    assert_eq!(office.get(&office.ana, &candidate).await.status, StatusCode::OK);
    for (path, form) in [
        (format!("{pieces}/end"), "count=x"),
        (format!("{pieces}/end"), "count=-1"),
        (format!("{pieces}/end"), ""),
    ] {
        assert_eq!(guest.post(&path, form).await.status, StatusCode::BAD_REQUEST, "{form}");
    }
    for path in ["/room/answers/x/pieces", "/room/answers/%00/pieces"] {
        assert_eq!(guest.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in [format!("{candidate}/questions/0/open"), format!("{candidate}/questions/3/open")] {
        assert_eq!(office.post(&office.ana, &path, &[]).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let observer = opens(&office, &office.observer, &candidate, 1).await;
    assert_eq!(observer.status, StatusCode::NOT_FOUND, "an observer opens nothing");
    let invited = office.post(&office.ana, &format!("{candidate}/invite"), &[]).await;
    assert_eq!(invited.status, StatusCode::NOT_FOUND, "the owner invites");
}
