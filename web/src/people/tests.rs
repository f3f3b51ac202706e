//! The pages of people through the front door, with guests of every kind at it.

use super::second_step;
use crate::testing::{Answer, TestApp};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode, header};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;
use viva_core::ids::{CandidateId, RoundId};
use viva_core::people::Role;

const PASSWORD: &str = "plain words in a row";

/// A browser: it keeps the cookie it is given.
struct Browser<'a> {
    app: &'a TestApp,
    cookie: Mutex<String>,
    address: [u8; 4],
}

impl<'a> Browser<'a> {
    fn new(app: &'a TestApp) -> Self {
        Self { app, cookie: Mutex::default(), address: [127, 0, 0, 1] }
    }

    fn cookie(&self) -> String {
        self.cookie.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn with_cookie(self, cookie: &str) -> Self {
        Self { cookie: Mutex::new(cookie.to_owned()), ..self }
    }

    async fn send(&self, mut request: Request<Body>) -> Answer {
        let headers = request.headers_mut();
        headers.insert(header::HOST, header::HeaderValue::from_static("127.0.0.1:7878"));
        headers.insert("sec-fetch-site", header::HeaderValue::from_static("same-origin"));
        if !self.cookie().is_empty() {
            headers.insert(header::COOKIE, self.cookie().parse().unwrap());
        }
        let peer = crate::peer::Peer((self.address, 50_000).into());
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = self.app.send(request).await;
        if let Some(set) = answer.headers.get(header::SET_COOKIE) {
            let pair = set.to_str().unwrap().split(';').next().unwrap().to_owned();
            *self.cookie.lock().unwrap_or_else(PoisonError::into_inner) =
                if pair.ends_with('=') { String::new() } else { pair };
        }
        answer
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        self.send(request).await
    }

    async fn sign_in(&self, name: &str, password: &str) -> Answer {
        self.post("/sign-in", &[("name", name), ("password", password)]).await
    }
}

async fn make_owner(browser: &Browser<'_>) {
    let form = [("name", "Ana"), ("password", PASSWORD), ("again", PASSWORD)];
    let made = browser.post("/people/owner", &form).await;
    assert_eq!(
        (made.status, made.location.as_str()),
        (StatusCode::SEE_OTHER, "/people?done=owner"),
        "{}",
        made.body
    );
}

/// Makes an invitation and returns the path of its link.
async fn invite(owner: &Browser<'_>, role: &str) -> String {
    let page = owner.post("/people/invitations", &[("role", role)]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let start = page.body.find("/join/").unwrap();
    page.body[start..start + "/join/".len() + 64].to_owned()
}

/// The link of a candidate's invitation.
async fn invite_candidate(app: &TestApp, n: u128) -> String {
    let room = (RoundId(Uuid::from_u128(n)), Some(CandidateId(Uuid::from_u128(n))));
    let made = app.app.entrance.invite(Role::Candidate, Some(room), None, app.interview.now()).await.unwrap();
    format!("/join/{}", made.0.text())
}

#[tokio::test]
async fn from_the_first_owner_on_the_pages_ask_who_one_is() {
    let app = TestApp::new().await;
    let owner = Browser::new(&app);
    assert_eq!(owner.get("/").await.status, StatusCode::OK);
    assert_eq!(owner.get("/sign-in").await.location, "/");
    make_owner(&owner).await;
    assert!(owner.get("/people?done=owner").await.body.contains("You are the owner, and signed in."));
    assert!(owner.get("/").await.body.contains("Sign out"));
    let stranger = Browser::new(&app);
    assert_eq!(stranger.get("/").await.location, "/sign-in");
    assert_eq!(stranger.get("/history").await.location, "/sign-in?to=%2Fhistory");
    assert_eq!(stranger.post("/sessions", &[]).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(stranger.get("/people/owner").await.status, StatusCode::NOT_FOUND);
    let second =
        stranger.post("/people/owner", &[("name", "Eve"), ("password", PASSWORD), ("again", PASSWORD)]).await;
    assert_eq!(second.status, StatusCode::NOT_FOUND);
    // Back to where one wanted to be, and never to another site.
    let form = [("name", "ana"), ("password", PASSWORD), ("to", "/history")];
    assert_eq!(stranger.post("/sign-in", &form).await.location, "/history");
    for to in ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/a\nb"] {
        let form = [("name", "ana"), ("password", PASSWORD), ("to", to)];
        assert_eq!(stranger.post("/sign-in", &form).await.location, "/", "{to}");
    }
}

#[tokio::test]
async fn what_is_wrong_is_told_beside_the_field_and_makes_nobody() {
    let app = TestApp::new().await;
    let browser = Browser::new(&app);
    let huge = "x".repeat(100_000);
    for (name, password, again, says) in [
        ("", PASSWORD, PASSWORD, "Write a name."),
        ("Ana\0", PASSWORD, PASSWORD, "on one line"),
        (huge.as_str(), PASSWORD, PASSWORD, "at most 60 characters"),
        ("Ana", "short", "short", "at least 15 characters"),
        ("Ana", huge.as_str(), huge.as_str(), "at most 1024 bytes"),
        ("Ana", "plain words\0in a row", "plain words\0in a row", "control characters"),
        ("Ana", "passwordpassword", "passwordpassword", "nobody would guess"),
        ("Ana", PASSWORD, "plain words in a raw", "not the same"),
    ] {
        let form = [("name", name), ("password", password), ("again", again)];
        let page = browser.post("/people/owner", &form).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{name:.10} {password:.10}");
        assert!(page.body.contains(says), "{says}: {}", page.body);
        assert!(page.body.contains("aria-invalid") && !page.body.contains(password));
    }
    let marked = browser.post("/people/owner", &[("name", "<b>Ana</b>"), ("password", "short")]).await;
    assert!(!marked.body.contains("<b>Ana") && marked.body.contains("&#60;b&#62;Ana"), "{}", marked.body);
    assert!(!app.interview.store().has_people().await.unwrap());
    // A second click makes no second owner.
    make_owner(&browser).await;
    assert_eq!(app.interview.store().people().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_wrong_password_and_a_name_nobody_has_are_told_alike_and_cost_alike() {
    let app = TestApp::new().await;
    make_owner(&Browser::new(&app)).await;
    let passwords = &app.app.entrance.passwords;
    let eve = Browser::new(&app);
    let before = passwords.measured();
    let wrong = eve.sign_in("Ana", "not the right words").await;
    let after_wrong = passwords.measured();
    let nobody = eve.sign_in("Bob", "not the right words").await;
    let after_nobody = passwords.measured();
    assert_eq!((after_wrong - before, after_nobody - after_wrong), (1, 1), "one hash each");
    assert_eq!(wrong.status, nobody.status);
    assert_eq!(wrong.body, nobody.body.replace("Bob", "Ana"));
    assert!(wrong.body.contains("Name, password or code do not fit."));
    let huge = "x".repeat(100_000);
    for name in ["", "\0", "' OR 1=1 --", "<script>", huge.as_str()] {
        let page = eve.sign_in(name, "not the right words").await;
        assert!([422, 429].contains(&page.status.as_u16()), "{name:.10}");
        assert!(!page.body.contains("<script>"));
    }
}

#[tokio::test]
async fn guessing_is_slowed_for_the_name_whether_anybody_has_it_or_not() {
    let app = TestApp::new().await;
    make_owner(&Browser::new(&app)).await;
    let passwords = &app.app.entrance.passwords;
    for (name, last) in [("Ana", 1), ("Bob", 2)] {
        let eve = Browser { address: [10, 0, 0, last], ..Browser::new(&app) };
        for _ in 0..5 {
            assert_eq!(eve.sign_in(name, "not the right words").await.status, 422);
        }
        let measured = passwords.measured();
        let page = eve.sign_in(name, PASSWORD).await;
        assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS, "{name}");
        assert!(page.body.contains("Wait 15 seconds, then try again."), "{}", page.body);
        assert_eq!(page.headers[header::RETRY_AFTER], "15");
        assert_eq!(passwords.measured(), measured, "not even looked at");
    }
    // The right password after the wait; then the count begins anew.
    app.pass(15);
    let ana = Browser::new(&app);
    assert_eq!(ana.sign_in("aNA", PASSWORD).await.location, "/");
    assert_eq!(Browser::new(&app).sign_in("Ana", "not the right words").await.status, 422);
    // Many names from one address are slowed too.
    let eve = Browser { address: [10, 0, 0, 3], ..Browser::new(&app) };
    for n in 0..30 {
        assert_eq!(eve.sign_in(&format!("Somebody {n}"), "not the right words").await.status, 422);
    }
    assert_eq!(eve.sign_in("Somebody else", "not the right words").await.status, 429);
    assert_eq!(Browser::new(&app).sign_in("Ana", PASSWORD).await.location, "/");
}

#[tokio::test]
async fn an_invitation_makes_one_person_in_its_role_and_is_looked_at_without_harm() {
    let app = TestApp::new().await;
    let owner = Browser::new(&app);
    make_owner(&owner).await;
    let link = invite(&owner, "interviewer").await;
    assert!(owner.get("/people").await.body.contains("Take back"));
    assert!(!owner.get("/people").await.body.contains(&link), "shown once");
    let ben = Browser::new(&app);
    for _ in 0..3 {
        assert!(ben.get(&link).await.body.contains("You are invited as an interviewer."));
    }
    let taken = ben.post(&link, &[("name", "ANA"), ("password", PASSWORD), ("again", PASSWORD)]).await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(taken.body.contains("Somebody here has this name."), "{}", taken.body);
    // The role is the invitation's, whatever the form says.
    let form = [("name", "Ben"), ("password", PASSWORD), ("again", PASSWORD), ("role", "owner")];
    assert_eq!(ben.post(&link, &form).await.location, crate::rights::HOME_OF_GUESTS);
    assert!(ben.get("/account").await.body.contains("Ben, interviewer"));
    assert_eq!(ben.get("/people").await.status, StatusCode::FORBIDDEN);
    assert_eq!(ben.get("/").await.location, crate::rights::HOME_OF_GUESTS);
    assert_eq!(ben.get("/data/backup").await.status, StatusCode::FORBIDDEN);
    // Replayed.
    let eve = Browser::new(&app);
    let form = [("name", "Eve"), ("password", PASSWORD), ("again", PASSWORD)];
    assert_eq!(eve.get(&link).await.status, StatusCode::GONE);
    assert_eq!(eve.post(&link, &form).await.status, StatusCode::GONE);
    // Too late, taken back, never made.
    let late = invite(&owner, "observer").await;
    app.pass(7 * 24 * 60 * 60);
    assert_eq!(owner.sign_in("Ana", PASSWORD).await.location, "/", "signed in again after a week away");
    let back = invite(&owner, "owner").await;
    let id = app.interview.store().open_invitations(app.interview.now()).await.unwrap()[0].id;
    assert_eq!(
        owner.post(&format!("/people/invitations/{id}/end"), &[]).await.location,
        "/people?done=ended"
    );
    let never = format!("/join/{}", "0".repeat(64));
    let huge = format!("/join/{}", "a".repeat(10_000));
    for link in [late.as_str(), &back, &never, &huge, "/join/x", "/join/%00"] {
        assert_eq!(eve.get(link).await.status, StatusCode::GONE, "{link:.40}");
        assert_eq!(eve.post(link, &form).await.status, StatusCode::GONE, "{link:.40}");
    }
    assert_eq!(app.interview.store().people().await.unwrap().len(), 2);
    for role in ["", "candidate", "root", "owner\0", &"x".repeat(10_000)] {
        let page = owner.post("/people/invitations", &[("role", role)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{role:.10}");
    }
}

#[tokio::test]
async fn a_candidate_enters_their_room_and_nothing_else() {
    let app = TestApp::new().await;
    let owner = Browser::new(&app);
    make_owner(&owner).await;
    let link = invite_candidate(&app, 1).await;
    let candidate = Browser::new(&app);
    assert!(candidate.get(&link).await.body.contains("Your interview is here."));
    assert_eq!(candidate.get("/room").await.location, "/sign-in?to=%2Froom");
    assert_eq!(candidate.post(&link, &[]).await.location, "/room");
    let room = candidate.get("/room").await;
    assert_eq!(room.status, StatusCode::GONE, "nobody is interviewed there");
    assert!(!room.body.contains("href=\"/history\"") && !room.body.contains("Sign out"), "{}", room.body);
    assert_eq!(candidate.get("/").await.location, "/room");
    for path in ["/history", "/account", "/people", "/data/backup", "/questions", "/microphone"] {
        assert_eq!(candidate.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let other = Browser::new(&app);
    assert_eq!(other.post(&link, &[]).await.status, StatusCode::GONE);
    assert_eq!(owner.get("/room").await.status, StatusCode::FORBIDDEN);
    app.pass(12 * 60 * 60);
    assert_eq!(candidate.get("/room").await.location, "/sign-in?to=%2Froom");
}

#[tokio::test]
async fn signing_in_makes_a_new_token_and_ends_the_old_one() {
    let app = TestApp::new().await;
    let owner = Browser::new(&app);
    make_owner(&owner).await;
    // A token somebody planted is not taken over.
    let planted = format!("viva-login={}", "7".repeat(64));
    let victim = Browser::new(&app).with_cookie(&planted);
    assert_eq!(victim.get("/").await.location, "/sign-in");
    assert_eq!(victim.sign_in("Ana", PASSWORD).await.location, "/");
    assert_ne!(victim.cookie(), planted);
    assert_eq!(Browser::new(&app).with_cookie(&planted).get("/").await.location, "/sign-in");
    // Signing in again ends the login one had.
    let before = victim.cookie();
    assert_eq!(victim.sign_in("Ana", PASSWORD).await.location, "/");
    assert_ne!(victim.cookie(), before);
    assert_eq!(Browser::new(&app).with_cookie(&before).get("/").await.location, "/sign-in");
    // Two cookies of that name: somebody meddled.
    let twice = format!("{}; {planted}", victim.cookie());
    assert_eq!(Browser::new(&app).with_cookie(&twice).get("/").await.location, "/sign-in");
    let cookie = victim.cookie();
    let out = victim.post("/sign-out", &[]).await;
    assert_eq!(out.location, "/sign-in?done=out");
    assert!(out.headers[header::SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(Browser::new(&app).with_cookie(&cookie).get("/").await.location, "/sign-in");
    assert_eq!(owner.get("/").await.status, StatusCode::OK, "another browser stays");
    // Not used for three days; used every day, it ends after two weeks.
    app.pass(3 * 24 * 60 * 60 + 1);
    assert_eq!(owner.get("/").await.location, "/sign-in");
    assert_eq!(owner.sign_in("Ana", PASSWORD).await.location, "/");
    for day in 0..14 {
        assert_eq!(owner.get("/account").await.status, StatusCode::OK, "day {day}");
        app.pass(24 * 60 * 60);
    }
    assert_eq!(owner.get("/").await.location, "/sign-in");
}

#[tokio::test]
async fn sign_out_everywhere_and_a_new_password_end_what_they_should() {
    let app = TestApp::new().await;
    let (one, two) = (Browser::new(&app), Browser::new(&app));
    make_owner(&one).await;
    two.sign_in("Ana", PASSWORD).await;
    let page = two.get("/account").await;
    assert_eq!(page.body.matches("/end\"").count(), 2, "{}", page.body);
    assert_eq!(page.body.matches("this one").count(), 1);
    let new = "other plain words in a row";
    for (current, password, again, says) in [
        ("wrong", new, new, "This is not your password."),
        (PASSWORD, "short", "short", "at least 15"),
        (PASSWORD, new, PASSWORD, "not the same"),
    ] {
        let form = [("current", current), ("password", password), ("again", again)];
        let page = two.post("/account/password", &form).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.body.contains(says), "{says}");
    }
    let form = [("current", PASSWORD), ("password", new), ("again", new)];
    assert_eq!(two.post("/account/password", &form).await.location, "/account?done=password");
    assert_eq!(one.get("/").await.location, "/sign-in");
    assert_eq!(two.get("/").await.status, StatusCode::OK);
    assert_eq!(one.sign_in("Ana", PASSWORD).await.status, 422);
    assert_eq!(one.sign_in("Ana", new).await.location, "/");
    assert_eq!(one.post("/account/sign-out-everywhere", &[]).await.location, "/sign-in?done=everywhere");
    assert_eq!(two.get("/").await.location, "/sign-in");
}

#[tokio::test]
async fn nobody_ends_the_logins_of_others_by_their_id() {
    let app = TestApp::new().await;
    let owner = Browser::new(&app);
    make_owner(&owner).await;
    let link = invite(&owner, "observer").await;
    let ben = Browser::new(&app);
    ben.post(&link, &[("name", "Ben"), ("password", PASSWORD), ("again", PASSWORD)]).await;
    let page = owner.get("/account").await.body;
    let start = page.find("/account/logins/").unwrap();
    let path = page[start..].split('"').next().unwrap().to_owned();
    ben.post(&path, &[]).await;
    assert_eq!(owner.get("/").await.status, StatusCode::OK);
    for path in ["/account/logins/x/end", "/account/logins/%00/end"] {
        assert_eq!(ben.post(path, &[]).await.status, StatusCode::NOT_FOUND);
    }
    // An owner ends and removes others, and never the last owner.
    let people = app.interview.store().people().await.unwrap();
    let (ana, id) = (people[0].person.id, people[1].person.id);
    assert!(owner.get(&format!("/people/{id}/remove")).await.body.contains("Remove Ben?"));
    assert_eq!(owner.post(&format!("/people/{id}/sign-out"), &[]).await.location, "/people?done=out");
    assert_eq!(ben.get("/account").await.location, "/sign-in?to=%2Faccount");
    assert_eq!(owner.post(&format!("/people/{id}/remove"), &[]).await.location, "/people?done=removed");
    assert_eq!(ben.sign_in("Ben", PASSWORD).await.status, 422);
    assert_eq!(owner.get(&format!("/people/{id}/remove")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(owner.post(&format!("/people/{ana}/remove"), &[]).await.location, "/people?done=last");
    assert!(owner.get("/people?done=last").await.body.contains("the only owner"));
}

#[tokio::test]
async fn the_second_step_asks_for_a_code_and_takes_each_once() {
    let app = TestApp::new().await;
    let owner = Browser::new(&app);
    make_owner(&owner).await;
    let page = owner.get("/account/second-step").await.body;
    assert!(page.contains("<svg role=\"img\"") && !page.contains("style="), "{page}");
    let start = page.find("name=\"letters\" value=\"").unwrap() + "name=\"letters\" value=\"".len();
    let letters = page[start..].split('"').next().unwrap().to_owned();
    let secret = second_step::from_letters(&letters).unwrap();
    let now = || second_step::code(&secret, app.interview.now());
    let wrong = owner
        .post(
            "/account/second-step",
            &[("letters", letters.as_str()), ("code", "000000"), ("current", PASSWORD)],
        )
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let code = now();
    let form = [("letters", letters.as_str()), ("code", code.as_str()), ("current", "wrong")];
    assert_eq!(owner.post("/account/second-step", &form).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let form = [("letters", letters.as_str()), ("code", code.as_str()), ("current", PASSWORD)];
    let on = owner.post("/account/second-step", &form).await;
    assert_eq!(on.status, StatusCode::OK, "{}", on.body);
    let recovery: Vec<&str> =
        on.body.split("<code>").skip(1).filter_map(|piece| piece.split("</code>").next()).collect();
    assert_eq!(recovery.len(), 8);
    assert!(owner.get("/account").await.body.contains("8 recovery codes are"));

    let sign_in = |code: String| {
        let browser = Browser::new(&app);
        async move {
            let form = [("name", "Ana"), ("password", PASSWORD), ("code", code.as_str())];
            browser.post("/sign-in", &form).await.status.as_u16()
        }
    };
    assert_eq!(sign_in(String::new()).await, 422, "a password alone");
    assert_eq!(sign_in(code.clone()).await, 422, "the code that switched it on");
    app.pass(60);
    let code = now();
    assert_eq!(sign_in(code.clone()).await, 303);
    assert_eq!(sign_in(code).await, 422, "replayed");
    let used = recovery[0].to_uppercase();
    assert_eq!(sign_in(used.clone()).await, 303);
    assert_eq!(sign_in(used).await, 422, "replayed");
    // With a wrong password no code is used up.
    let form = [("name", "Ana"), ("password", "not the right words"), ("code", recovery[1])];
    assert_eq!(Browser::new(&app).post("/sign-in", &form).await.status, 422);
    assert_eq!(sign_in(recovery[1].to_owned()).await, 303);
    let off = owner.post("/account/second-step/off", &[("current", "wrong")]).await;
    assert_eq!(off.status, StatusCode::UNPROCESSABLE_ENTITY);
    let off = owner.post("/account/second-step/off", &[("current", PASSWORD)]).await;
    assert_eq!(off.location, "/account?done=off");
    assert_eq!(sign_in(String::new()).await, 303);
}

#[tokio::test]
async fn a_form_of_another_site_signs_nobody_in_or_out() {
    let app = TestApp::new().await;
    let owner = Browser::new(&app);
    make_owner(&owner).await;
    for path in ["/sign-in", "/sign-out", "/people/invitations", "/account/sign-out-everywhere"] {
        let mut request = Request::post(path).body(Body::empty()).unwrap();
        request.headers_mut().insert(header::HOST, header::HeaderValue::from_static("127.0.0.1:7878"));
        request.headers_mut().insert("sec-fetch-site", header::HeaderValue::from_static("cross-site"));
        request.headers_mut().insert(header::COOKIE, owner.cookie().parse().unwrap());
        assert_eq!(app.send(request).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(owner.get("/").await.status, StatusCode::OK);
}

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_password_token_or_code_is_logged() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(crate::cli::logging::discreet(tracing_subscriber::EnvFilter::new("trace")))
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let app = TestApp::new().await;
    let owner = Browser::new(&app);
    make_owner(&owner).await;
    let link = invite(&owner, "interviewer").await;
    let ben = Browser::new(&app);
    ben.get(&link).await;
    ben.post(&link, &[("name", "Ben"), ("password", PASSWORD), ("again", PASSWORD)]).await;
    let room = invite_candidate(&app, 1).await;
    let candidate = Browser::new(&app);
    candidate.post(&room, &[]).await;
    ben.sign_in("typed-into-the-wrong-field", "a wrong password 123").await;
    ben.sign_in("Ben", PASSWORD).await;
    owner.get("/account").await;
    let text = String::from_utf8_lossy(&log.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned();
    assert!(text.contains("signed in"), "the log is listened to: {text:.400}");
    let secrets = [
        PASSWORD,
        "a wrong password 123",
        "typed-into-the-wrong-field",
        "$argon2id$",
        link.rsplit('/').next().unwrap(),
        room.rsplit('/').next().unwrap(),
        owner.cookie().rsplit('=').next().unwrap(),
        ben.cookie().rsplit('=').next().unwrap(),
        candidate.cookie().rsplit('=').next().unwrap(),
    ]
    .map(str::to_owned);
    for secret in &secrets {
        assert!(!text.contains(secret), "{secret} is in the log");
    }
}
