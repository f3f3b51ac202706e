//! Every route with every kind of visitor.

use super::*;
use crate::app::{guarded, routes};
use crate::guard::AllowedHosts;
use crate::peer::Peer;
use crate::people::{Entrance, Seating, Transport};
use crate::routes::Listed;
use crate::testing::TestApp;
use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use sha2::Digest;
use std::collections::BTreeSet;
use std::sync::Arc;
use tower::ServiceExt;
use uuid::Uuid;
use viva_core::clock::Timestamp;
use viva_core::ids::{LoginId, PersonId};
use viva_storage::{LoginOf, NewLogin, NewPerson, TokenHash};

/// Who sends a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sender {
    Nobody,
    Owner,
    SeatedInterviewer,
    OtherInterviewer,
    SeatedObserver,
    Candidate,
    OtherCandidate,
}

use Sender::{Candidate, Nobody, OtherCandidate, OtherInterviewer, SeatedInterviewer, SeatedObserver};

const SENDERS: [Sender; 7] =
    [Nobody, Sender::Owner, SeatedInterviewer, OtherInterviewer, SeatedObserver, Candidate, OtherCandidate];

const ROUND: RoundId = RoundId(Uuid::from_u128(1));
const OTHER_ROUND: RoundId = RoundId(Uuid::from_u128(2));
const CANDIDATE: CandidateId = CandidateId(Uuid::from_u128(3));
const OTHER_CANDIDATE: CandidateId = CandidateId(Uuid::from_u128(4));

impl Sender {
    fn person(self) -> PersonId {
        PersonId(Uuid::from_u128(100 + self as u128))
    }

    fn token(self) -> [u8; 32] {
        [self as u8 + 1; 32]
    }

    fn seat(self) -> Option<Seat> {
        match self {
            Self::Owner => Some(Seat::Owner),
            SeatedInterviewer => Some(Seat::Interviewer),
            SeatedObserver => Some(Seat::Observer),
            _ => None,
        }
    }

    /// What the table means for them, in so many words. Written again here, not taken from the code it checks.
    fn may(self, who: Who, path: &str) -> bool {
        let seated = |seats: &[Seat]| self.seat().is_some_and(|seat| seats.contains(&seat));
        let names_a_room = path.contains("{candidate}") || path.contains("{round}");
        let own_room = self == Candidate || self == OtherCandidate && !names_a_room;
        match who {
            Anyone => true,
            FirstOwner => false,
            Practice | Owner => self == Self::Owner,
            SignedIn => [Self::Owner, SeatedInterviewer, OtherInterviewer, SeatedObserver].contains(&self),
            Who::Seat(seats) => seated(seats),
            OwnRoom => own_room,
        }
    }
}

/// One round with one candidate, and three people who sit there.
struct Seats;

#[async_trait]
impl Seating for Seats {
    async fn seat(&self, person: PersonId, spot: Spot) -> Result<Option<Seat>, StorageError> {
        let here = matches!(spot, Spot::Round(ROUND) | Spot::Candidate(CANDIDATE));
        let sender = SENDERS.into_iter().find(|sender| sender.person() == person);
        Ok(sender.and_then(Sender::seat).filter(|_| here))
    }
}

/// The app with everybody signed in; the routes as they are, and as stubs that only say they were reached.
async fn world() -> (TestApp, Router, Router) {
    let app = TestApp::new().await;
    let store = app.interview.store();
    let at = app.interview.now();
    let expires_at = Timestamp(at.0 + 1_000_000);
    for sender in SENDERS {
        let role = match sender {
            Nobody => continue,
            Sender::Owner => Role::Owner,
            SeatedInterviewer | OtherInterviewer => Role::Interviewer,
            SeatedObserver => Role::Observer,
            Candidate | OtherCandidate => Role::Candidate,
        };
        let of = match sender {
            Candidate => LoginOf::Candidate { candidate: CANDIDATE, round: ROUND },
            OtherCandidate => LoginOf::Candidate { candidate: OTHER_CANDIDATE, round: OTHER_ROUND },
            _ => {
                let name = format!("{sender:?}").parse().unwrap();
                let person = NewPerson::new(sender.person(), name, role, "x".into(), at);
                store.add_person(&person).await.unwrap();
                LoginOf::Person(sender.person())
            }
        };
        let token = TokenHash(sha2::Sha256::digest(sender.token()).into());
        let id = LoginId(Uuid::from_u128(200 + sender as u128));
        let login = NewLogin { id, of, token, user_agent: String::new(), at, expires_at };
        store.start_login(&login).await.unwrap();
    }
    let entrance = Entrance::new(app.interview.shared_store(), Arc::new(Seats), Transport::Open);
    let mut inner = app.app.clone();
    inner.entrance = Arc::new(entrance);
    let real = guarded(routes(), inner.clone(), AllowedHosts::default());
    let stubs = guarded(routes().stubs(), inner, AllowedHosts::default());
    (app, real, stubs)
}

fn request(route: &Listed, path: &str, sender: Sender) -> Request {
    let mut request = axum::http::Request::builder()
        .method(route.method)
        .uri(path)
        .header(header::HOST, "127.0.0.1:7878")
        .header("sec-fetch-site", "same-origin")
        .header(header::ACCEPT, "text/html");
    if sender != Nobody {
        let token: String = sender.token().iter().map(|byte| format!("{byte:02x}")).collect();
        request = request.header(header::COOKIE, format!("viva-login={token}"));
    }
    let mut request = request.body(Body::empty()).unwrap();
    let here = Peer(([127, 0, 0, 1], 50_000).into());
    request.extensions_mut().insert(ConnectInfo(here));
    request
}

/// The address of a route in the one round, for its one candidate.
fn filled(path: &str) -> String {
    let id = Uuid::from_u128(9).to_string();
    path.split('/')
        .map(|piece| match piece {
            "{round}" => ROUND.to_string(),
            "{candidate}" => CANDIDATE.to_string(),
            piece if piece.starts_with('{') => id.clone(),
            piece => piece.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("/")
}

#[tokio::test]
async fn every_route_lets_through_exactly_whom_the_table_names() {
    let (_app, real, stubs) = world().await;
    let mut walked = 0;
    for route in routes().listed() {
        let who = rights().get(&(route.method, route.path.as_str())).copied();
        let who = who.unwrap_or_else(|| panic!("{} {} stands in no row", route.method, route.path));
        let path = filled(&route.path);
        for sender in SENDERS {
            let response = stubs.clone().oneshot(request(route, &path, sender)).await.unwrap();
            let status = response.status();
            let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
            let reached = body.as_ref() == b"reached";
            let may = sender.may(who, &route.path);
            assert_eq!(reached, may, "{sender:?} at {} {path}: {status}", route.method);
            if !may {
                // The same from the handlers themselves, which must not have run.
                let response = real.clone().oneshot(request(route, &path, sender)).await.unwrap();
                assert_eq!(response.status(), status, "{sender:?} at {} {path}", route.method);
                let refused = status.is_redirection() || [401, 403, 404].contains(&status.as_u16());
                assert!(refused, "{sender:?} at {} {path}: {status}", route.method);
            }
            walked += 1;
        }
    }
    assert!(walked > 500, "{walked}");
}

#[test]
fn the_table_and_the_routes_name_the_same() {
    let all = routes();
    let listed: BTreeSet<_> = all.listed().iter().map(|route| (route.method, route.path.as_str())).collect();
    let table: BTreeSet<_> = rights().keys().copied().collect();
    let without_row: Vec<_> = listed.difference(&table).collect();
    let without_route: Vec<_> = table.difference(&listed).collect();
    assert!(without_row.is_empty(), "routes without a row in the rights table: {without_row:?}");
    assert!(without_route.is_empty(), "rows of the rights table without a route: {without_route:?}");
    let rows: usize = TABLE.iter().map(|(methods, _, _)| methods.split(' ').count()).sum();
    assert_eq!(rows, table.len(), "a route stands in two rows");
    for (_, path, who) in TABLE {
        if matches!(who, Who::Seat(_)) {
            let names = path.contains("{round}") || path.contains("{candidate}");
            assert!(names, "{path} asks for a seat and names no {{round}} and no {{candidate}}");
        }
    }
}

#[tokio::test]
async fn a_route_without_a_row_is_refused_whoever_asks() {
    let (app, ..) = world().await;
    let secret = || async { "reached" };
    let stray = crate::routes::Routes::new().route("/stray/{id}", crate::routes::get(secret));
    let router = guarded(stray, app.app.clone(), AllowedHosts::default());
    let route = Listed { method: "GET", path: "/stray/{id}".into() };
    for sender in SENDERS {
        let response = router.clone().oneshot(request(&route, "/stray/1", sender)).await.unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{sender:?}");
    }
}

#[tokio::test]
async fn a_seat_counts_in_its_own_round_only() {
    const SEATED: Who = Who::Seat(&[Seat::Interviewer]);
    let (app, ..) = world().await;
    let mut inner = app.app.clone();
    inner.entrance = Arc::new(Entrance::new(app.interview.shared_store(), Arc::new(Seats), Transport::Open));
    let interviewer = app.interview.store().person(SeatedInterviewer.person()).await.unwrap().unwrap();
    let interviewer = Visitor::Person(interviewer);
    let candidate = Visitor::Candidate { candidate: CANDIDATE, round: ROUND };
    for (who, visitor, round, named, passes) in [
        (SEATED, &interviewer, Some(ROUND), None, true),
        (SEATED, &interviewer, None, Some(CANDIDATE), true),
        (SEATED, &interviewer, Some(ROUND), Some(CANDIDATE), true),
        (SEATED, &interviewer, Some(OTHER_ROUND), None, false),
        (SEATED, &interviewer, Some(OTHER_ROUND), Some(CANDIDATE), false),
        (SEATED, &interviewer, Some(ROUND), Some(OTHER_CANDIDATE), false),
        (SEATED, &interviewer, None, None, false),
        (SEATED, &candidate, Some(ROUND), Some(CANDIDATE), false),
        (OwnRoom, &candidate, Some(ROUND), Some(CANDIDATE), true),
        (OwnRoom, &candidate, Some(ROUND), Some(OTHER_CANDIDATE), false),
        (OwnRoom, &candidate, Some(OTHER_ROUND), None, false),
        (OwnRoom, &Visitor::Nobody, Some(ROUND), Some(CANDIDATE), false),
        (OwnRoom, &Visitor::Alone, Some(ROUND), Some(CANDIDATE), false),
        (OwnRoom, &interviewer, Some(ROUND), Some(CANDIDATE), false),
    ] {
        let asked = Asked { visitor: visitor.clone(), nearness: Nearness::Here, round, candidate: named };
        let refusal = decide(&inner, who, &asked).await.unwrap();
        assert_eq!(refusal.is_none(), passes, "{who:?} {visitor:?} {round:?} {named:?}");
    }
}

#[tokio::test]
async fn without_people_practice_is_open_and_the_owner_is_made_at_the_machine_itself() {
    let app = TestApp::new().await;
    assert_eq!(app.get("/").await.status, StatusCode::OK);
    assert_eq!(app.get("/people/owner").await.status, StatusCode::OK);
    assert_eq!(app.get("/people").await.location, "/people/owner");
    assert_eq!(app.get("/account").await.location, "/people/owner");
    assert_eq!(app.post("/people/invitations", "role=owner").await.status, StatusCode::NOT_FOUND);
    let from_afar = |path: &str| {
        let mut request =
            axum::http::Request::get(path).header(header::HOST, "127.0.0.1").body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo(Peer(([192, 168, 1, 9], 50_000).into())));
        request
    };
    assert_eq!(app.send(from_afar("/people/owner")).await.status, StatusCode::FORBIDDEN);
    // A tunnel ends at this machine and speaks for somebody else, who must not become the owner.
    let mut tunnel = from_afar("/people/owner");
    tunnel.extensions_mut().insert(ConnectInfo(Peer(([127, 0, 0, 1], 50_000).into())));
    tunnel.headers_mut().insert("x-forwarded-for", header::HeaderValue::from_static("192.168.1.9"));
    assert_eq!(app.send(tunnel).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_method_that_no_row_names_is_refused() {
    let app = TestApp::new().await;
    for (method, path) in [("DELETE", "/"), ("POST", "/history"), ("GET", "/theme"), ("PUT", "/data")] {
        let request = axum::http::Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "127.0.0.1")
            .body(Body::empty())
            .unwrap();
        assert_eq!(app.send(request).await.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
    }
}
