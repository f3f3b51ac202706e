//! Help brings no score into an answer that does not earn it: wrong, off-topic and empty answers to sixty questions of the
//! shipped packs keep their score to the hundredth, whatever a second ear makes up.
//!
//! `scripts/bench-leak` does the same with a voice and a model.

#![expect(clippy::unwrap_used, reason = "a test ends by panicking")]

use std::path::Path;
use viva_core::bank::{Pack, Question, load};
use viva_core::help::corrections::{Corrections, Maps, correct};
use viva_core::help::{Prompt, Terms, merge};
use viva_core::scoring::Scorer;
use viva_core::transcript::{Transcript, Word};
use viva_core::units::Millis;

const QUESTIONS: usize = 60;
const WORD_MS: u64 = 330;

fn packs() -> Vec<Pack> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rubrics");
    ["behavioural", "databases", "distributed", "jvm", "operations", "spring"]
        .iter()
        .map(|name| {
            let file = format!("{name}.toml");
            load(&std::fs::read_to_string(folder.join(&file)).unwrap(), &file).unwrap()
        })
        .collect()
}

/// Every sixth word is one the recogniser was in doubt about, as in real decodes.
fn spoken(text: &str) -> Transcript {
    let mut doubt = Chance(text.len() as u64);
    let words = (0..).zip(text.split_whitespace()).map(|(n, text)| Word {
        text: text.into(),
        start: Millis(n * WORD_MS),
        end: Millis(n * WORD_MS + WORD_MS - 20),
        confidence: if doubt.below(6) == 0 { 0.5 } else { 0.95 },
    });
    Transcript { model: "base".into(), words: words.collect(), ..Transcript::typed(text) }
}

/// Numbers by chance that are the same everywhere.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n.max(1)
    }
}

/// What a second ear could make up: its whole prompt; the question's terms one after the other; the record with every
/// third word one of them.
fn made_up(record: &Transcript, prompt: &Prompt, chance: &mut Chance) -> Vec<Transcript> {
    let terms: Vec<&str> = prompt.terms.written().collect();
    let length = record.words.len();
    let repeated = |text: &str| {
        let words: Vec<&str> = text.split_whitespace().cycle().take(length.max(12)).collect();
        spoken(&words.join(" "))
    };
    let third: Vec<&str> = record
        .words
        .iter()
        .map(|word| if chance.below(3) == 0 { terms[chance.below(terms.len())] } else { &word.text })
        .collect();
    let mut third = spoken(&third.join(" "));
    // However many words a term has, the others stay at their time.
    let step = record.words.last().map_or(0, |word| word.end.0) / third.words.len().max(1) as u64;
    for (n, word) in (0..).zip(&mut third.words) {
        (word.start, word.end) = (Millis(n * step), Millis(n * step + step));
    }
    vec![repeated(&prompt.text), repeated(&terms.join(" ")), third]
}

#[test]
fn no_help_changes_the_score_of_a_wrong_an_off_topic_or_an_empty_answer() {
    let packs = packs();
    let all: Vec<(&Pack, &Question)> =
        packs.iter().flat_map(|pack| pack.questions.iter().map(move |question| (pack, question))).collect();
    let mut chance = Chance(20);
    let general = &Corrections::general().all;
    let (mut compared, mut moved) = (0, Vec::new());
    for _ in 0..QUESTIONS {
        let (pack, question) = all[chance.below(all.len())];
        let prepared = Scorer::shared().prepare(question);
        let elsewhere: Vec<_> = all.iter().filter(|(other, _)| other.id != pack.id).collect();
        let beside: Vec<_> = pack
            .questions
            .iter()
            .filter(|other| other.id != question.id && !question.related.contains(&other.id))
            .collect();
        let off_topic = elsewhere[chance.below(elsewhere.len())].1;
        let wrong = beside[chance.below(beside.len())];
        let mistakes: Vec<&str> =
            question.rubric.mistakes.iter().map(|mistake| mistake.says.as_str()).collect();
        let answers =
            [String::new(), off_topic.model_answer.clone(), wrong.model_answer.clone(), mistakes.join(". ")];
        for answer in answers {
            let record = spoken(&answer);
            let score = prepared.assess(&record).score;
            let Some(prompt) = Prompt::of(Terms::of_question(question), question.id.as_str()) else {
                continue;
            };
            let maps = Maps { general, pack: &pack.corrections, own: &[], of: Some(&pack.id) };
            for second in made_up(&record, &prompt, &mut chance) {
                let (words, helped) = merge(&record.words, &second.words, &prompt.terms);
                let text = words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
                let counted = correct(&Transcript { text, words, helped, ..record.clone() }, &maps);
                let after = prepared.assess(&counted).score;
                compared += 1;
                if (after - score).abs() > 0.004 {
                    moved.push((question.id.to_string(), score, after, counted.helped));
                }
            }
        }
    }
    assert!(compared >= 4 * QUESTIONS, "{compared}");
    assert!(moved.is_empty(), "{} of {compared} scores moved: {moved:#?}", moved.len());
}
