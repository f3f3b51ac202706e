//! Whether a log is what it was when it was written, and if not, where it first differs and how.

use super::{Entry, Head, Seal};

/// The first place where a log is not what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("entry {sequence} {fault}")]
pub struct Broken {
    /// The entry, by its number.
    pub sequence: u64,
    /// What is wrong.
    pub fault: Fault,
}

/// What can be wrong with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Its fields are not those it was sealed with.
    #[error("was changed: its hash does not fit what it says")]
    Changed,
    /// It is not there.
    #[error("is missing")]
    Missing,
    /// It was not there.
    #[error("was inserted: what follows was sealed without it")]
    Inserted,
    /// It stood elsewhere.
    #[error("was moved: it was sealed as entry {was}")]
    Moved {
        /// Its number when it was written.
        was: u64,
    },
    /// The log went on.
    #[error(
        "is missing at the end: the log was written down up to entry {recorded}; an older backup was restored, or the end was cut off"
    )]
    Truncated {
        /// The last entry that is known to have been there.
        recorded: u64,
    },
    /// The chain fits, and it is another chain.
    #[error(
        "is not the one whose hash was written down: the log was rewritten somewhere after entry {intact}"
    )]
    Rewritten {
        /// The last entry known to be what it was; 0 where none is.
        intact: u64,
    },
}

/// Follows the chain from its start. `recorded` are heads that were written down elsewhere, in any order.
///
/// # Errors
/// The first entry that is wrong.
pub fn verify(entries: &[Entry], recorded: &[Head]) -> Result<Option<Head>, Broken> {
    let mut head: Option<Head> = None;
    for (place, entry) in entries.iter().enumerate() {
        let expected = head.map_or(1, |head| head.sequence + 1);
        let broken = |sequence, fault| Err(Broken { sequence, fault });
        if entry.sequence > expected {
            return broken(expected, Fault::Missing);
        }
        if entry.computed(entry.sequence) != entry.hash {
            let (sequence, fault) = misfit(entries, place);
            return broken(sequence, fault);
        }
        if entry.previous != head.map_or(Seal::START, |head| head.hash) {
            // Well sealed and after another entry than the one that stands here.
            return broken(expected.saturating_sub(1).max(1), Fault::Changed);
        }
        head = Some(entry.head());
    }
    let mut recorded: Vec<&Head> = recorded.iter().collect();
    recorded.sort_by_key(|head| head.sequence);
    let last = head.map_or(0, |head| head.sequence);
    let mut intact = 0;
    for known in &recorded {
        let here =
            usize::try_from(known.sequence).ok().and_then(|sequence| entries.get(sequence.checked_sub(1)?));
        match here {
            Some(entry) if entry.hash == known.hash => intact = known.sequence,
            Some(_) => return Err(Broken { sequence: known.sequence, fault: Fault::Rewritten { intact } }),
            None => {
                let recorded = recorded.iter().map(|head| head.sequence).max().unwrap_or(known.sequence);
                return Err(Broken { sequence: last + 1, fault: Fault::Truncated { recorded } });
            }
        }
    }
    Ok(head)
}

/// What happened to an entry whose hash does not fit: if it fits under another number, it was moved there, by itself or because
/// something before it was taken out or slipped in.
fn misfit(entries: &[Entry], place: usize) -> (u64, Fault) {
    let entry = &entries[place];
    let here = entry.sequence;
    let highest = entries.last().map_or(here, |last| last.sequence) + 1 + entries.len() as u64;
    let fits = |entry: &Entry, sequence: u64| entry.computed(sequence) == entry.hash;
    if let Some(was) = (1..=highest).find(|sequence| fits(entry, *sequence)) {
        // A copy of an entry that still stands elsewhere.
        if entries.iter().filter(|other| other.hash == entry.hash).count() > 1 {
            return (here, Fault::Inserted);
        }
        if was < here {
            // All before it fits, so another one stands where it stood: everything from there on was pushed down.
            return (was, Fault::Inserted);
        }
        let elsewhere = entries.iter().any(|other| other.sequence != here && fits(other, here));
        return (here, if elsewhere { Fault::Moved { was } } else { Fault::Missing });
    }
    match entries.get(place + 1) {
        Some(next) if fits(next, here) => (here, Fault::Inserted),
        _ => (here, Fault::Changed),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Deed, NewEntry};
    use super::*;
    use crate::clock::Timestamp;
    use crate::ids::{CandidateId, PersonId};
    use proptest::prelude::*;
    use uuid::Uuid;

    fn log(length: u64) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        for n in 0..length {
            let deed = Deed::ALL[(n % 22) as usize];
            let actor = (n % 3 > 0).then(|| PersonId(Uuid::from_u128(u128::from(n))));
            let new =
                NewEntry::new(deed, actor, Timestamp(n as i64 * 1000)).of(CandidateId(Uuid::from_u128(9)));
            entries.push(new.by("zip").after(entries.last().map(Entry::head)));
        }
        entries
    }

    fn renumber(entries: &mut [Entry]) {
        entries.iter_mut().enumerate().for_each(|(place, entry)| entry.sequence = place as u64 + 1);
    }

    /// Does to a log of ten what somebody might do, and says what is found.
    fn after(tamper: impl Fn(&mut Vec<Entry>)) -> Result<Option<Head>, Broken> {
        let mut entries = log(10);
        tamper(&mut entries);
        verify(&entries, &[])
    }

    #[test]
    fn an_untouched_log_is_intact_and_so_is_an_empty_one() {
        let entries = log(10);
        assert_eq!(verify(&entries, &[entries[3].head(), entries[9].head()]), Ok(Some(entries[9].head())));
        assert_eq!(verify(&[], &[]), Ok(None));
    }

    #[test]
    fn what_was_done_to_an_entry_is_found_and_named() {
        let found = |sequence, fault| Err(Broken { sequence, fault });
        assert_eq!(after(|log| log[4].detail = "all".into()), found(5, Fault::Changed));
        assert_eq!(after(|log| log[4].actor = None), found(5, Fault::Changed));
        assert_eq!(after(|log| log[9].at.0 += 1), found(10, Fault::Changed));
        assert_eq!(after(|log| log[0].hash.0[0] ^= 1), found(1, Fault::Changed));
        assert_eq!(
            after(|log| {
                log.remove(4);
            }),
            found(5, Fault::Missing)
        );
        assert_eq!(
            after(|log| {
                log.remove(0);
            }),
            found(1, Fault::Missing)
        );
        assert_eq!(
            after(|log| {
                log.remove(4);
                renumber(log);
            }),
            found(5, Fault::Missing)
        );
        assert_eq!(
            after(|log| {
                log.swap(2, 6);
                renumber(log);
            }),
            found(3, Fault::Moved { was: 7 })
        );
        assert_eq!(
            after(|log| {
                log.insert(4, log[7].clone());
                renumber(log);
            }),
            found(5, Fault::Inserted)
        );
    }

    #[test]
    fn a_changed_entry_that_was_sealed_anew_is_found_by_the_next_one() {
        let reseal = |log: &mut Vec<Entry>| {
            log[4].detail = "all".into();
            log[4].hash = log[4].computed(5);
        };
        assert_eq!(after(reseal), Err(Broken { sequence: 5, fault: Fault::Changed }));
        let insert = |log: &mut Vec<Entry>| {
            let new = NewEntry::new(Deed::Erased, None, Timestamp(1)).after(Some(log[3].head()));
            log.insert(4, new);
            renumber(log);
        };
        assert_eq!(after(insert), Err(Broken { sequence: 5, fault: Fault::Inserted }));
        let insert_two = |log: &mut Vec<Entry>| {
            for place in 4..6 {
                let new = NewEntry::new(Deed::Erased, None, Timestamp(1)).after(Some(log[place - 1].head()));
                log.insert(place, new);
            }
            renumber(log);
        };
        assert_eq!(after(insert_two), Err(Broken { sequence: 5, fault: Fault::Inserted }));
    }

    #[test]
    fn an_entry_carried_to_another_place_is_named_by_the_first_place_that_changed() {
        let carry = |from: usize, to: usize| {
            after(move |log| {
                let entry = log.remove(from);
                log.insert(to, entry);
                renumber(log);
            })
        };
        assert_eq!(carry(6, 2), Err(Broken { sequence: 3, fault: Fault::Moved { was: 7 } }));
        assert_eq!(carry(2, 6), Err(Broken { sequence: 3, fault: Fault::Moved { was: 4 } }));
    }

    #[test]
    fn a_cut_end_and_a_rewritten_log_are_found_by_heads_written_down_elsewhere() {
        let entries = log(10);
        let recorded = [entries[2].head(), entries[8].head()];
        assert_eq!(
            verify(&entries[..6], &[]),
            Ok(Some(entries[5].head())),
            "alone, a cut end cannot be seen"
        );
        assert_eq!(
            verify(&entries[..6], &recorded),
            Err(Broken { sequence: 7, fault: Fault::Truncated { recorded: 9 } })
        );
        assert_eq!(
            verify(&[], &recorded),
            Err(Broken { sequence: 1, fault: Fault::Truncated { recorded: 9 } })
        );
        let mut rewritten = entries[..4].to_vec();
        for _ in 4..10 {
            let new =
                NewEntry::new(Deed::Exported, None, Timestamp(5)).after(rewritten.last().map(Entry::head));
            rewritten.push(new);
        }
        assert_eq!(
            verify(&rewritten, &recorded),
            Err(Broken { sequence: 9, fault: Fault::Rewritten { intact: 3 } })
        );
    }

    #[test]
    fn no_words_of_a_person_get_into_an_entry() {
        let entry = NewEntry::new(Deed::Exported, None, Timestamp(0)).by("zip <b>Ada</b>\0 Ünï");
        assert_eq!(entry.detail, "zip bdab n");
        let entry = NewEntry::new(Deed::Exported, None, Timestamp(0)).by(&"x".repeat(900));
        assert_eq!(entry.detail.len(), super::super::LONGEST_DETAIL);
    }

    #[test]
    fn a_hash_is_read_back_from_its_digits_only() {
        let seal = log(1)[0].hash;
        assert_eq!(seal.to_string().parse(), Ok(seal));
        for text in ["", "00", "é".repeat(32).as_str(), "g".repeat(64).as_str()] {
            assert!(text.parse::<Seal>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_change_of_any_field_is_found_at_its_entry(place in 0..10_usize, field in 0..8_u8, bit in 0..8_u32) {
            let mut entries = log(10);
            let entry = &mut entries[place];
            match field {
                0 => entry.at.0 ^= 1 << bit,
                1 => entry.actor = Some(PersonId(Uuid::from_u128(77 << bit))),
                2 => entry.deed.push('x'),
                3 => entry.round = Some(crate::ids::RoundId(Uuid::from_u128(1))),
                4 => entry.candidate = None,
                5 => entry.subject = Some(Uuid::from_u128(1)),
                6 => entry.detail.clear(),
                _ => entry.hash.0[bit as usize] ^= 1,
            }
            prop_assert_eq!(verify(&entries, &[]), Err(Broken { sequence: place as u64 + 1, fault: Fault::Changed }));
        }
    }
}
