//! People and what lets them in.

use super::{answered, at};
use crate::{
    Bearer, Invitation, LoginOf, NewInvitation, NewLogin, NewPerson, Removal, StorageError, Store, TokenHash,
};
use futures::future::join;
use uuid::Uuid;
use viva_core::clock::Timestamp;
use viva_core::ids::{CandidateId, InvitationId, LoginId, PersonId, RoundId};
use viva_core::people::Role;

fn person_id(n: u128) -> PersonId {
    PersonId(Uuid::from_u128((6 << 100) + n))
}

fn login_id(n: u128) -> LoginId {
    LoginId(Uuid::from_u128((7 << 100) + n))
}

fn candidate(n: u128) -> LoginOf {
    LoginOf::Candidate {
        candidate: CandidateId(Uuid::from_u128((8 << 100) + n)),
        round: RoundId(Uuid::from_u128((9 << 100) + n)),
    }
}

fn hash(n: u8) -> TokenHash {
    TokenHash([n; 32])
}

fn somebody(n: u128, name: &str, role: Role) -> NewPerson {
    let password = format!("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ${n}");
    NewPerson::new(person_id(n), name.parse().unwrap(), role, password, at(i64::try_from(n).unwrap()))
}

fn login(n: u128, of: LoginOf, token: u8) -> NewLogin {
    NewLogin {
        id: login_id(n),
        of,
        token: hash(token),
        user_agent: "Browser “9”".into(),
        at: at(10),
        expires_at: at(1_000),
    }
}

fn invitation(n: u128, role: Role, token: u8) -> NewInvitation {
    NewInvitation {
        invitation: Invitation {
            id: InvitationId(Uuid::from_u128((10 << 100) + n)),
            role,
            round: Some(RoundId(Uuid::from_u128((9 << 100) + n))),
            candidate: (role == Role::Candidate).then(|| CandidateId(Uuid::from_u128((8 << 100) + n))),
            made_by: None,
            made_at: at(5),
            expires_at: at(100),
        },
        token: hash(token),
    }
}

const LONG_AGO: Timestamp = Timestamp(0);

async fn owner(store: &dyn Store) -> PersonId {
    assert!(store.add_first_owner(&somebody(1, "Ana", Role::Owner)).await.unwrap());
    person_id(1)
}

/// Nobody, then one; of two at once, one.
pub async fn only_one_first_owner_is_made(store: &dyn Store) {
    assert!(!store.has_people().await.unwrap());
    let (ana, ben) = (somebody(1, "Ana", Role::Owner), somebody(2, "Ben", Role::Owner));
    let (one, two) = join(store.add_first_owner(&ana), store.add_first_owner(&ben)).await;
    assert!(one.unwrap() ^ two.unwrap());
    assert!(store.has_people().await.unwrap());
    assert_eq!(store.people().await.unwrap().len(), 1);
}

/// Case does not tell names apart; a name that is free again may be taken.
pub async fn a_name_belongs_to_one_person_however_it_is_written(store: &dyn Store) {
    owner(store).await;
    let other = somebody(2, "ANA", Role::Observer);
    assert!(matches!(store.add_person(&other).await, Err(StorageError::Conflict { .. })));
    assert_eq!(store.credentials_of("ana").await.unwrap().unwrap().person.id, person_id(1));
    assert_eq!(store.credentials_of("' OR 1=1 --").await.unwrap(), None);
    let ben = somebody(2, "Ben", Role::Owner);
    store.add_person(&ben).await.unwrap();
    let found = store.credentials(person_id(2)).await.unwrap().unwrap();
    assert_eq!((found.person, found.password, found.second), (ben.person, ben.password, None));
    assert_eq!(store.remove_person(person_id(1), at(20)).await.unwrap(), Removal::Removed);
    store.add_person(&somebody(3, "ana", Role::Interviewer)).await.unwrap();
    assert_eq!(store.credentials_of("ana").await.unwrap().unwrap().person.id, person_id(3));
}

/// Used up by the person who joins.
pub async fn an_invitation_is_taken_once(store: &dyn Store) {
    owner(store).await;
    let made = invitation(1, Role::Interviewer, 1);
    store.invite(&made).await.unwrap();
    assert_eq!(store.invitation(hash(1), at(99)).await.unwrap(), Some(made.invitation.clone()));
    assert_eq!(store.open_invitations(at(99)).await.unwrap(), [made.invitation]);
    // A name that is taken leaves everything as it is.
    let (taken, of) = (somebody(2, "aNA", Role::Interviewer), LoginOf::Person(person_id(2)));
    let refused = store.join(hash(1), &taken, &login(1, of, 50)).await;
    assert!(matches!(refused, Err(StorageError::Conflict { .. })));
    assert!(store.invitation(hash(1), at(99)).await.unwrap().is_some());
    let ben = somebody(2, "Ben", Role::Interviewer);
    assert!(store.join(hash(1), &ben, &login(1, of, 50)).await.unwrap());
    let found = store.login(hash(50), at(11), LONG_AGO).await.unwrap();
    assert!(matches!(found, Some(Bearer::Person { person, .. }) if person == ben.person));
    // Replayed, it adds nobody and signs nobody in.
    let eve = somebody(3, "Eve", Role::Interviewer);
    let replay = login(2, LoginOf::Person(person_id(3)), 51);
    assert!(!store.join(hash(1), &eve, &replay).await.unwrap());
    assert_eq!(store.person(person_id(3)).await.unwrap(), None);
    assert_eq!(store.login(hash(51), at(11), LONG_AGO).await.unwrap(), None);
    assert_eq!(store.invitation(hash(1), at(11)).await.unwrap(), None);
}

/// By time, by hand, and a role that is another one.
pub async fn an_invitation_that_expired_or_was_taken_back_opens_nothing(store: &dyn Store) {
    owner(store).await;
    let made = invitation(1, Role::Observer, 1);
    store.invite(&made).await.unwrap();
    assert_eq!(store.invitation(hash(1), at(100)).await.unwrap(), None);
    assert_eq!(store.open_invitations(at(100)).await.unwrap(), []);
    let of = LoginOf::Person(person_id(2));
    let late = NewLogin { at: at(100), ..login(1, of, 50) };
    assert!(!store.join(hash(1), &somebody(2, "Ben", Role::Observer), &late).await.unwrap());
    // Nobody becomes more than they were invited as.
    let more = somebody(2, "Ben", Role::Owner);
    assert!(!store.join(hash(1), &more, &login(1, of, 50)).await.unwrap());
    assert!(store.end_invitation(made.invitation.id, at(12)).await.unwrap());
    assert!(!store.end_invitation(made.invitation.id, at(13)).await.unwrap());
    assert!(!store.join(hash(1), &somebody(2, "Ben", Role::Observer), &login(1, of, 50)).await.unwrap());
    assert_eq!(store.people().await.unwrap().len(), 1);
}

/// No name, no password, no second time.
pub async fn a_candidate_enters_their_own_room_once(store: &dyn Store) {
    owner(store).await;
    store.invite(&invitation(1, Role::Candidate, 1)).await.unwrap();
    // Another candidate's login does not fit the invitation.
    assert!(!store.enter(hash(1), &login(1, candidate(2), 50)).await.unwrap());
    assert!(!store.enter(hash(1), &login(1, LoginOf::Person(person_id(1)), 50)).await.unwrap());
    assert!(store.enter(hash(1), &login(1, candidate(1), 50)).await.unwrap());
    let found = store.login(hash(50), at(11), LONG_AGO).await.unwrap().unwrap();
    let LoginOf::Candidate { candidate: who, round: there } = candidate(1) else { unreachable!() };
    assert!(
        matches!(found, Bearer::Candidate { candidate, round, .. } if (candidate, round) == (who, there))
    );
    assert!(!store.enter(hash(1), &login(2, candidate(1), 51)).await.unwrap());
    assert_eq!(store.end_logins(candidate(1), None, at(12)).await.unwrap(), 1);
    assert_eq!(store.login(hash(50), at(13), LONG_AGO).await.unwrap(), None);
}

/// One row is changed by one of them.
pub async fn of_two_who_take_one_invitation_at_once_one_is_refused(store: &dyn Store) {
    owner(store).await;
    store.invite(&invitation(1, Role::Observer, 1)).await.unwrap();
    let (ben, eve) = (somebody(2, "Ben", Role::Observer), somebody(3, "Eve", Role::Observer));
    let (of_ben, of_eve) =
        (login(1, LoginOf::Person(person_id(2)), 50), login(2, LoginOf::Person(person_id(3)), 51));
    let (one, two) = join(store.join(hash(1), &ben, &of_ben), store.join(hash(1), &eve, &of_eve)).await;
    assert!(one.unwrap() ^ two.unwrap());
    assert_eq!(store.people().await.unwrap().len(), 2);
}

/// Expiry, idleness, sign-out, sign-out everywhere.
pub async fn a_login_ends_by_time_by_hand_and_everywhere(store: &dyn Store) {
    let ana = LoginOf::Person(owner(store).await);
    let (LoginOf::Person(id), other) = (ana, LoginOf::Person(person_id(9))) else { unreachable!() };
    for n in 1..=3 {
        store.start_login(&login(n, ana, u8::try_from(n).unwrap())).await.unwrap();
    }
    assert!(store.login(hash(1), at(999), LONG_AGO).await.unwrap().is_some());
    assert_eq!(store.login(hash(1), at(1_000), LONG_AGO).await.unwrap(), None);
    assert_eq!(store.login(hash(1), at(900), at(11)).await.unwrap(), None, "not used for long");
    store.touch_login(login_id(1), at(20)).await.unwrap();
    assert!(store.login(hash(1), at(900), at(11)).await.unwrap().is_some());
    let mine = store.logins_of(id, at(30), LONG_AGO).await.unwrap();
    assert_eq!(mine.iter().map(|login| login.id).collect::<Vec<_>>()[0], login_id(1));
    assert_eq!((mine.len(), mine[0].seen_at, mine[0].user_agent.as_str()), (3, at(20), "Browser “9”"));
    assert_eq!(store.people().await.unwrap()[0].seen_at, Some(at(20)));
    // Not by somebody else's hand.
    assert!(!store.end_login(login_id(1), other, at(31)).await.unwrap());
    assert!(store.end_login(login_id(1), ana, at(31)).await.unwrap());
    assert!(!store.end_login(login_id(1), ana, at(32)).await.unwrap());
    assert_eq!(store.login(hash(1), at(33), LONG_AGO).await.unwrap(), None);
    assert_eq!(store.end_logins(ana, Some(login_id(2)), at(34)).await.unwrap(), 1);
    assert!(store.login(hash(2), at(35), LONG_AGO).await.unwrap().is_some());
    assert_eq!(store.end_logins(ana, None, at(36)).await.unwrap(), 1);
    assert_eq!(store.login(hash(2), at(37), LONG_AGO).await.unwrap(), None);
}

/// The one it was set from goes on.
pub async fn a_new_password_ends_the_other_logins(store: &dyn Store) {
    let ana = owner(store).await;
    for n in 1..=2 {
        store.start_login(&login(n, LoginOf::Person(ana), u8::try_from(n).unwrap())).await.unwrap();
    }
    store.set_password(ana, "$argon2id$new", Some(login_id(2)), at(20)).await.unwrap();
    assert_eq!(store.credentials(ana).await.unwrap().unwrap().password, "$argon2id$new");
    assert_eq!(store.login(hash(1), at(21), LONG_AGO).await.unwrap(), None);
    assert!(store.login(hash(2), at(21), LONG_AGO).await.unwrap().is_some());
    let nobody = store.set_password(person_id(9), "x", None, at(22)).await;
    assert!(matches!(nobody, Err(StorageError::NotFound { .. })));
}

/// Else nobody could let anybody in again.
pub async fn the_last_owner_stays(store: &dyn Store) {
    let ana = owner(store).await;
    assert_eq!(store.remove_person(ana, at(20)).await.unwrap(), Removal::LastOwner);
    store.add_person(&somebody(2, "Ben", Role::Interviewer)).await.unwrap();
    assert_eq!(store.remove_person(ana, at(21)).await.unwrap(), Removal::LastOwner);
    store.add_person(&somebody(3, "Cleo", Role::Owner)).await.unwrap();
    let (one, two) = join(store.remove_person(ana, at(22)), store.remove_person(person_id(3), at(22))).await;
    let done = [one.unwrap(), two.unwrap()];
    assert!(done.contains(&Removal::Removed) && done.contains(&Removal::LastOwner), "{done:?}");
    assert_eq!(store.remove_person(person_id(9), at(23)).await.unwrap(), Removal::NotThere);
}

/// Their ratings still have a name to stand by.
pub async fn who_is_removed_is_signed_out_and_stays_named(store: &dyn Store) {
    owner(store).await;
    let ben = somebody(2, "Ben", Role::Interviewer);
    store.add_person(&ben).await.unwrap();
    store.start_login(&login(1, LoginOf::Person(person_id(2)), 1)).await.unwrap();
    let mut made = invitation(1, Role::Observer, 2);
    made.invitation.made_by = Some(person_id(2));
    store.invite(&made).await.unwrap();
    assert_eq!(store.remove_person(person_id(2), at(20)).await.unwrap(), Removal::Removed);
    assert_eq!(store.remove_person(person_id(2), at(21)).await.unwrap(), Removal::NotThere);
    assert_eq!(store.login(hash(1), at(21), LONG_AGO).await.unwrap(), None);
    assert_eq!(store.credentials_of("ben").await.unwrap(), None);
    assert_eq!(store.credentials(person_id(2)).await.unwrap(), None);
    assert_eq!(store.invitation(hash(2), at(21)).await.unwrap(), None);
    assert_eq!(store.people().await.unwrap().len(), 1);
    assert_eq!(store.person(person_id(2)).await.unwrap(), Some(ben.person));
}

/// No code twice, and none from before one that was taken.
pub async fn a_code_is_taken_once_and_so_is_a_recovery_code(store: &dyn Store) {
    let ana = owner(store).await;
    assert!(!store.take_code(ana, 100).await.unwrap(), "the second step is off");
    store.set_second_step(ana, b"secret", 100, &[hash(1), hash(2)]).await.unwrap();
    let second = store.credentials(ana).await.unwrap().unwrap().second.unwrap();
    assert_eq!((second.secret.as_slice(), second.recovery_left), (&b"secret"[..], 2));
    assert!(store.people().await.unwrap()[0].second_step);
    for (half_minute, taken) in
        [(100, false), (99, false), (102, true), (102, false), (101, false), (103, true)]
    {
        assert_eq!(store.take_code(ana, half_minute).await.unwrap(), taken, "{half_minute}");
    }
    let (one, two) = join(store.take_code(ana, 110), store.take_code(ana, 110)).await;
    assert!(one.unwrap() ^ two.unwrap());
    assert!(!store.take_recovery_code(ana, hash(9)).await.unwrap());
    assert!(!store.take_recovery_code(person_id(9), hash(1)).await.unwrap());
    assert!(store.take_recovery_code(ana, hash(1)).await.unwrap());
    assert!(!store.take_recovery_code(ana, hash(1)).await.unwrap());
    // Made anew, the old ones are void.
    store.set_second_step(ana, b"other", 200, &[hash(3)]).await.unwrap();
    assert!(!store.take_recovery_code(ana, hash(2)).await.unwrap());
    store.drop_second_step(ana).await.unwrap();
    assert_eq!(store.credentials(ana).await.unwrap().unwrap().second, None);
    assert!(!store.take_recovery_code(ana, hash(3)).await.unwrap());
}

/// By subject and since when.
pub async fn failed_sign_ins_are_counted_and_forgotten(store: &dyn Store) {
    for second in [1, 2, 3] {
        store.note_failed_sign_in(&[hash(1), hash(2)], at(second), LONG_AGO).await.unwrap();
    }
    assert_eq!(store.failed_sign_ins(hash(1), at(2)).await.unwrap(), [at(2), at(3)]);
    store.forget_failed_sign_ins(hash(1)).await.unwrap();
    assert_eq!(store.failed_sign_ins(hash(1), LONG_AGO).await.unwrap(), []);
    store.note_failed_sign_in(&[hash(3)], at(4), at(3)).await.unwrap();
    assert_eq!(store.failed_sign_ins(hash(2), LONG_AGO).await.unwrap(), [at(3)], "old ones are forgotten");
}

/// What was ended since the copy was made must not come back with it.
pub async fn a_restored_copy_lets_nobody_in(store: &dyn Store) {
    let ana = owner(store).await;
    store.start_login(&login(1, LoginOf::Person(ana), 1)).await.unwrap();
    store.invite(&invitation(1, Role::Candidate, 2)).await.unwrap();
    store.let_nobody_in(at(20)).await.unwrap();
    assert_eq!(store.login(hash(1), at(21), LONG_AGO).await.unwrap(), None);
    assert_eq!(store.invitation(hash(2), at(21)).await.unwrap(), None);
    assert!(store.credentials(ana).await.unwrap().is_some());
}

/// An installation that asks who one is goes on asking.
pub async fn deleting_everything_leaves_the_people(store: &dyn Store) {
    let ana = owner(store).await;
    store.start_login(&login(1, LoginOf::Person(ana), 1)).await.unwrap();
    answered(store, 1, 50.0).await;
    store.delete_everything().await.unwrap();
    assert!(store.has_people().await.unwrap());
    assert!(store.login(hash(1), at(11), LONG_AGO).await.unwrap().is_some());
}
