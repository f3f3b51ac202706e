//! Which questions to ask: seeded, repeatable, and able to say why.
//!
//! Never-asked questions come first, then those answered badly, then those not asked for longest. Topics
//! take turns: no two questions of one topic follow each other while the fitting questions allow it. No
//! question is picked twice. The same questions, options and past give the same picks, in whatever order
//! the questions were listed.

use crate::bank::{Kind, Level, Question};
use crate::clock::Timestamp;
use crate::ids::{PackId, QuestionId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A question is weak when its last score was below this, of 100.
pub const WEAK_BELOW: f64 = 70.0;

/// Seconds a question takes beside its answer: reading it, thinking, looking at the feedback.
const AROUND_SECONDS: u32 = 45;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What a session is to be made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PickOptions {
    /// Packs to pick from; empty for all.
    pub packs: Vec<PackId>,
    /// Only this topic.
    pub topic: Option<String>,
    /// Only this level.
    pub level: Option<Level>,
    /// Only this kind.
    pub kind: Option<Kind>,
    /// How long the session is to be.
    pub length: Length,
    /// Decides between questions that are equally due.
    pub seed: u64,
}

/// How long a session is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Length {
    /// So many questions, or as many as fit the options.
    Questions(u32),
    /// As many questions as fit into so many minutes, at least one.
    Minutes(u32),
}

/// What is known of earlier answers to a question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Past {
    /// The question.
    pub question: QuestionId,
    /// When it was last asked.
    pub last_asked: Timestamp,
    /// How often it was answered, scored or not.
    pub answers: u32,
    /// The last score, 0 to 100; none where it was only skipped.
    pub last_score: Option<f64>,
}

/// A question to ask, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pick {
    /// The question.
    pub question: QuestionId,
    /// The pack it stands in.
    pub pack: PackId,
    /// Why it was picked.
    pub reason: Reason,
}

/// Why a question was picked. Displayed, it is a phrase for people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "because", rename_all = "snake_case")]
pub enum Reason {
    /// It was never asked.
    New,
    /// It was passed over the last time.
    Skipped,
    /// The last answer scored low.
    Weak {
        /// That score, 0 to 100.
        score: f64,
    },
    /// It is time to see it again.
    Due {
        /// Whole days since it was last asked.
        days: u32,
        /// The score then, 0 to 100.
        score: f64,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New => f.write_str("not asked before"),
            Self::Skipped => f.write_str("skipped the last time"),
            Self::Weak { score } => write!(f, "{score:.0} of 100 the last time"),
            Self::Due { days: 0, score } => write!(f, "{score:.0} of 100 earlier today"),
            Self::Due { days: 1, score } => write!(f, "{score:.0} of 100 yesterday"),
            Self::Due { days, score } => write!(f, "{score:.0} of 100, last asked {days} days ago"),
        }
    }
}

/// Picks the questions of a session, in the order they are to be asked.
///
/// `past` may tell of any questions, each at most once; `now` dates the reasons. A bank with nothing that
/// fits gives an empty list, a bank with too few questions gives them all.
pub fn pick<'a>(
    questions: impl IntoIterator<Item = &'a Question>,
    options: &PickOptions,
    past: &[Past],
    now: Timestamp,
) -> Vec<Pick> {
    let past_of: BTreeMap<&QuestionId, &Past> = past.iter().map(|past| (&past.question, past)).collect();
    let just_asked =
        past.iter().max_by_key(|past| (past.last_asked, &past.question)).map(|past| &past.question);
    let mut pool: Vec<Candidate<'_>> = questions
        .into_iter()
        .filter(|question| options.fits(question))
        .map(|question| Candidate::new(question, past_of.get(&question.id).copied(), options.seed, now))
        .collect();
    pool.sort_by(|a, b| a.rank.total_cmp(&b.rank));
    pool.dedup_by(|a, b| a.question.id == b.question.id);

    let order = match options.length {
        Length::Questions(count) => interleave(&pool, count as usize, just_asked),
        Length::Minutes(minutes) => {
            let budget = u64::from(minutes) * 60;
            let mut best = interleave(&pool, 1, just_asked);
            for count in 2..=pool.len() {
                let longer = interleave(&pool, count, just_asked);
                if longer.iter().map(|&i| pool[i].seconds()).sum::<u64>() > budget {
                    break;
                }
                best = longer;
            }
            best
        }
    };
    order
        .into_iter()
        .map(|index| {
            let Candidate { question, reason, .. } = &pool[index];
            Pick { question: question.id.clone(), pack: question.pack.clone(), reason: reason.clone() }
        })
        .collect()
}

impl PickOptions {
    /// All questions, a given number of them.
    pub fn questions(count: u32, seed: u64) -> Self {
        Self {
            packs: Vec::new(),
            topic: None,
            level: None,
            kind: None,
            length: Length::Questions(count),
            seed,
        }
    }

    /// Whether a question may be picked at all.
    pub fn fits(&self, question: &Question) -> bool {
        (self.packs.is_empty() || self.packs.contains(&question.pack))
            && self.topic.as_ref().is_none_or(|topic| *topic == question.topic)
            && self.level.is_none_or(|level| level == question.level)
            && self.kind.is_none_or(|kind| kind == question.kind)
    }
}

/// A question that fits, with its place in the queue. Lower ranks are picked first.
struct Candidate<'a> {
    question: &'a Question,
    reason: Reason,
    rank: Rank,
}

/// Tier (new, weak, due), urgency within the tier, a seeded draw, and the id, which is unique.
struct Rank {
    tier: u8,
    urgency: f64,
    draw: u64,
    id: QuestionId,
}

impl Rank {
    fn total_cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.tier.cmp(&other.tier))
            .then_with(|| self.urgency.total_cmp(&other.urgency))
            .then_with(|| self.draw.cmp(&other.draw))
            .then_with(|| self.id.cmp(&other.id))
    }
}

impl<'a> Candidate<'a> {
    fn new(question: &'a Question, past: Option<&Past>, seed: u64, now: Timestamp) -> Self {
        let (reason, tier, urgency) = match past {
            None => (Reason::New, 0, 0.0),
            Some(Past { last_score: None, .. }) => (Reason::Skipped, 1, 0.0),
            Some(Past { last_score: Some(score), .. }) if *score < WEAK_BELOW => {
                (Reason::Weak { score: *score }, 1, *score)
            }
            Some(Past { last_score: Some(score), last_asked, .. }) => {
                let days =
                    u32::try_from(now.0.saturating_sub(last_asked.0).max(0) / DAY_MS).unwrap_or(u32::MAX);
                (Reason::Due { days, score: *score }, 2, last_asked.0 as f64)
            }
        };
        let rank = Rank { tier, urgency, draw: draw(seed, question.id.as_str()), id: question.id.clone() };
        Self { question, reason, rank }
    }

    fn topic(&self) -> Topic<'a> {
        (&self.question.pack, &self.question.topic)
    }

    fn seconds(&self) -> u64 {
        u64::from(self.question.seconds) + u64::from(AROUND_SECONDS)
    }
}

/// Topics are named within their pack.
type Topic<'a> = (&'a PackId, &'a str);

/// Takes `count` of the pool, best rank first, such that topics take turns.
///
/// At each step the best candidate wins whose choice leaves an order without neighbours of one topic; where
/// none does, the best of another topic; where there is no other topic, the best. What was asked last before
/// this session does not come first while there is anything else.
fn interleave(pool: &[Candidate<'_>], count: usize, just_asked: Option<&QuestionId>) -> Vec<usize> {
    let count = count.min(pool.len());
    let mut left: BTreeMap<Topic<'_>, usize> = BTreeMap::new();
    let mut picked: BTreeMap<Topic<'_>, usize> = BTreeMap::new();
    for candidate in pool {
        *left.entry(candidate.topic()).or_default() += 1;
    }
    let mut open: Vec<usize> = (0..pool.len()).collect();
    let mut order: Vec<usize> = Vec::with_capacity(count);
    while order.len() < count {
        let last = order.last().map(|&index| pool[index].topic());
        let after = count - order.len() - 1;
        // Per topic only its best candidate matters, so the tables are consulted once a topic.
        let mut verdicts: BTreeMap<Topic<'_>, (bool, bool)> = BTreeMap::new();
        let chosen = open
            .iter()
            .enumerate()
            .map(|(at, &index)| {
                let candidate = &pool[index];
                let topic = candidate.topic();
                let (repeats, dead_end) = *verdicts
                    .entry(topic)
                    .or_insert_with(|| (Some(topic) == last, !can_alternate(&left, topic, after)));
                let again = order.is_empty() && just_asked == Some(&candidate.question.id);
                let turns = picked.get(&topic).copied().unwrap_or(0);
                ((again, repeats, dead_end, candidate.rank.tier, turns, at), at)
            })
            .min()
            .map(|(_, at)| at);
        let Some(at) = chosen else { break };
        let index = open.remove(at);
        let topic = pool[index].topic();
        *picked.entry(topic).or_default() += 1;
        if let Some(count) = left.get_mut(&topic) {
            *count -= 1;
        }
        order.push(index);
    }
    order
}

/// Whether, once a question of `next` is taken, `count` more can follow with no two neighbours of one topic.
///
/// A topic can fill every other place: the first of them only where it is not the topic just taken.
fn can_alternate(left: &BTreeMap<Topic<'_>, usize>, next: Topic<'_>, count: usize) -> bool {
    let usable = left.iter().map(|(topic, &questions)| {
        if *topic == next { (questions - 1).min(count / 2) } else { questions.min(count.div_ceil(2)) }
    });
    usable.sum::<usize>() >= count
}

/// A number that depends on seed and id alone, the same on every machine: FNV-1a, finished by SplitMix64.
fn draw(seed: u64, id: &str) -> u64 {
    let hash = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mut mixed = hash ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bank::Rubric;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const NOW: Timestamp = Timestamp(100 * DAY_MS);

    fn question(id: &str, topic: &str) -> Question {
        Question {
            id: id.parse().unwrap(),
            pack: "p".parse().unwrap(),
            ask: "What is it?".into(),
            topic: topic.into(),
            level: Level::Mid,
            kind: Kind::Technical,
            seconds: 75,
            code: None,
            hint: None,
            model_answer: "It is this.".into(),
            related: Vec::new(),
            sources: Vec::new(),
            rubric: Rubric::default(),
        }
    }

    fn past(id: &str, days_ago: i64, last_score: Option<f64>) -> Past {
        let last_asked = Timestamp(NOW.0 - days_ago * DAY_MS);
        Past { question: id.parse().unwrap(), last_asked, answers: 1, last_score }
    }

    fn ids(picks: &[Pick]) -> Vec<&str> {
        picks.iter().map(|pick| pick.question.as_str()).collect()
    }

    /// Picks from a bank written as `id:topic`.
    fn check(bank: &str, past: &[Past], options: PickOptions, expected: &str) {
        let bank: Vec<Question> = bank
            .split_whitespace()
            .map(|q| q.split_once(':').unwrap())
            .map(|(q, t)| question(q, t))
            .collect();
        let picks = pick(&bank, &options, past, NOW);
        let said: Vec<String> = picks.iter().map(|p| format!("{} ({})", p.question, p.reason)).collect();
        assert_eq!(said.join(", "), expected);
    }

    #[test]
    fn new_questions_come_before_weak_ones_before_old_ones_and_each_says_why() {
        let past = [
            past("strong", 9, Some(92.0)),
            past("weak", 2, Some(34.4)),
            past("older", 30, Some(88.0)),
            past("passed", 3, None),
        ];
        check(
            "strong:a weak:b older:c passed:d new:e",
            &past,
            PickOptions::questions(9, 1),
            "new (not asked before), passed (skipped the last time), weak (34 of 100 the last time), \
             older (88 of 100, last asked 30 days ago), strong (92 of 100, last asked 9 days ago)",
        );
    }

    #[test]
    fn a_topic_waits_its_turn_even_where_it_is_more_urgent() {
        let past = [past("b1", 3, Some(90.0)), past("b2", 2, Some(90.0))];
        check(
            "a1:a a2:a b1:b b2:b",
            &past,
            PickOptions::questions(3, 2),
            "a2 (not asked before), b1 (90 of 100, last asked 3 days ago), a1 (not asked before)",
        );
    }

    #[test]
    fn what_was_asked_last_does_not_come_first_again() {
        let past = [past("weak", 0, Some(10.0)), past("fine", 0, Some(99.0))];
        let earlier = Past { last_asked: Timestamp(NOW.0 - 5), ..past[1].clone() };
        check(
            "weak:a fine:b",
            &[past[0].clone(), earlier],
            PickOptions::questions(2, 3),
            "fine (99 of 100 earlier today), weak (10 of 100 the last time)",
        );
    }

    #[test]
    fn minutes_bound_the_whole_of_a_session() {
        // 75 s of answer and 45 s around it are two minutes a question.
        let bank: Vec<Question> = (0..9).map(|n| question(&format!("q{n}"), "t")).collect();
        for (minutes, expected) in [(0, 1), (1, 1), (4, 2), (5, 2), (6, 3), (60, 9)] {
            let options = PickOptions { length: Length::Minutes(minutes), ..PickOptions::questions(0, 4) };
            assert_eq!(pick(&bank, &options, &[], NOW).len(), expected, "{minutes} minutes");
        }
    }

    #[test]
    fn another_seed_gives_another_order() {
        let bank: Vec<Question> =
            (0..20).map(|n| question(&format!("q{n}"), &format!("t{}", n % 4))).collect();
        let orders: BTreeSet<String> = (0..10)
            .map(|seed| ids(&pick(&bank, &PickOptions::questions(8, seed), &[], NOW)).join(" "))
            .collect();
        assert_eq!(orders.len(), 10);
    }

    #[test]
    fn options_narrow_what_is_picked() {
        let mut senior = question("s", "a");
        senior.level = Level::Senior;
        let bank = [question("m", "a"), senior, question("other", "b")];
        let options = PickOptions {
            topic: Some("a".into()),
            level: Some(Level::Senior),
            ..PickOptions::questions(5, 0)
        };
        assert_eq!(ids(&pick(&bank, &options, &[], NOW)), ["s"]);
    }

    /// A bank of up to five topics, with a past for some of its questions.
    fn bank_and_past() -> impl Strategy<Value = (Vec<Question>, Vec<Past>)> {
        let one = (0..5usize, prop::option::of((0..40i64, prop::option::of(0.0..100.0f64))));
        prop::collection::vec(one, 0..24).prop_map(|entries| {
            let bank = entries
                .iter()
                .enumerate()
                .map(|(n, (topic, _))| question(&format!("q{n}"), &topic.to_string()));
            let past = entries
                .iter()
                .enumerate()
                .filter_map(|(n, (_, p))| p.map(|(days, score)| past(&format!("q{n}"), days, score)));
            (bank.collect(), past.collect())
        })
    }

    proptest! {
        #[test]
        fn the_same_arguments_give_the_same_picks_in_any_order_of_the_bank(
            (bank, past) in bank_and_past(), count in 0..30u32, seed: u64
        ) {
            let options = PickOptions::questions(count, seed);
            let backwards: Vec<Question> = bank.iter().rev().cloned().collect();
            prop_assert_eq!(pick(&bank, &options, &past, NOW), pick(&backwards, &options, &past, NOW));
        }

        #[test]
        fn nothing_is_picked_twice_and_nothing_that_fits_is_left_out_while_there_is_room(
            (bank, past) in bank_and_past(), count in 0..30u32, seed: u64
        ) {
            let picks = pick(&bank, &PickOptions::questions(count, seed), &past, NOW);
            let distinct: BTreeSet<_> = picks.iter().map(|pick| &pick.question).collect();
            prop_assert_eq!(distinct.len(), picks.len());
            prop_assert_eq!(picks.len(), bank.len().min(count as usize));
        }

        #[test]
        fn no_two_neighbours_share_a_topic_while_the_bank_allows_it(
            (bank, past) in bank_and_past(), count in 0..30u32, seed: u64
        ) {
            let picks = pick(&bank, &PickOptions::questions(count, seed), &past, NOW);
            let topic = |pick: &Pick| &bank.iter().find(|q| q.id == pick.question).unwrap().topic;
            let mut topics: BTreeMap<&String, usize> = BTreeMap::new();
            for question in &bank {
                *topics.entry(&question.topic).or_default() += 1;
            }
            let room: usize = topics.values().map(|&n| n.min(picks.len().div_ceil(2))).sum();
            let avoidable = room >= picks.len();
            for (at, pair) in picks.windows(2).enumerate() {
                if topic(&pair[0]) == topic(&pair[1]) {
                    prop_assert!(!avoidable, "neighbours at {}", at);
                    let others = bank.iter().filter(|q| !picks[..=at].iter().any(|p| p.question == q.id));
                    prop_assert!(others.into_iter().all(|q| q.topic == *topic(&pair[0])), "another topic was left");
                }
            }
        }
    }
}
