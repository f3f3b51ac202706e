//! One more way to say a point: the file keeps every other byte, and words that would make the score worth less are
//! refused with the reason.

use std::path::Path;
use viva_core::bank::alternative::{self, Refusal};
use viva_core::bank::edit::{EditError, ItemPlace, add_alternative, remove_alternative};
use viva_core::bank::{Bank, load};

const PACKS: [&str; 6] = ["behavioural", "databases", "distributed", "jvm", "operations", "spring"];

fn texts() -> Vec<(&'static str, String)> {
    let rubrics = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rubrics");
    PACKS
        .map(|pack| (pack, std::fs::read_to_string(rubrics.join(format!("{pack}.toml"))).expect("a pack")))
        .to_vec()
}

fn bank() -> Bank {
    Bank::new(texts().iter().map(|(name, text)| load(text, name).expect("a good pack")).collect())
        .expect("a bank")
}

fn place(question: &str, criterion: &str, item: usize) -> ItemPlace {
    let slugs = "ids of the packs are slugs";
    ItemPlace { question: question.parse().expect(slugs), criterion: criterion.parse().expect(slugs), item }
}

#[test]
fn an_alternative_is_the_only_thing_that_changes_in_any_shipped_file() {
    let words = "said \"otherwise\"";
    for (name, text) in texts() {
        let pack = load(&text, name).expect("a good pack");
        for question in pack.questions.iter().step_by(3) {
            for criterion in &question.rubric.criteria {
                for (item, ways) in criterion.listen.iter().enumerate() {
                    let place =
                        ItemPlace { question: question.id.clone(), criterion: criterion.id.clone(), item };
                    let changed = add_alternative(&text, &place, words).unwrap();
                    assert!(changed.contains(r#""said \"otherwise\"""#), "{place:?}");
                    let read = load(&changed, name).unwrap_or_else(|errors| panic!("{place:?}: {errors:?}"));
                    let listened = read.questions.iter().find(|one| one.id == question.id).unwrap();
                    let listened =
                        listened.rubric.criteria.iter().find(|one| one.id == criterion.id).unwrap();
                    assert_eq!(listened.listen[item].len(), ways.len() + 1);
                    assert_eq!(listened.listen[item].last().unwrap(), words);
                    assert_eq!(remove_alternative(&changed, &place, words).unwrap(), text, "{place:?}");
                }
            }
        }
    }
}

const COMMENTED: &str = r#"# Mine.
[pack]
id = "tea"
title = "Tea"
licence = "CC0-1.0"
[[question]]
id = "tea.make"
ask = "How do you make it?"
topic = "kitchen"
model_answer = "The kettle boils."
[[question.criterion]]
id = "boil"
says = "Boil"
listen = [
    [ # what people say
        "kettle", # the usual
        "boiler",
    ], # the end
    ["hot"],
]
"#;

#[test]
fn comments_and_layout_stay_as_they_were_written() {
    let changed = add_alternative(COMMENTED, &place("tea.make", "boil", 0), "samovar").unwrap();
    assert_eq!(changed, COMMENTED.replace("\"boiler\",", "\"boiler\", \"samovar\","));
    let changed = add_alternative(COMMENTED, &place("tea.make", "boil", 1), "steaming").unwrap();
    assert_eq!(changed, COMMENTED.replace("[\"hot\"]", "[\"hot\", \"steaming\"]"));
}

#[test]
fn what_is_not_there_is_named() {
    let unknown = add_alternative(COMMENTED, &place("tea.make", "pour", 0), "x").unwrap_err();
    assert!(unknown.to_string().contains("no criterion \"pour\" of a question \"tea.make\""), "{unknown}");
    let unknown = add_alternative(COMMENTED, &place("tea.make", "boil", 4), "x").unwrap_err();
    assert_eq!(unknown.to_string(), "criterion \"boil\" has 2 listening items, so there is no item 5");
    let gone = remove_alternative(COMMENTED, &place("tea.make", "boil", 0), "samovar").unwrap_err();
    assert!(matches!(gone, EditError::NotThere { .. }));
    assert!(matches!(
        remove_alternative(COMMENTED, &place("tea.make", "boil", 1), "hot"),
        Err(EditError::NotThere { .. })
    ));
    assert_eq!(add_alternative("[", &place("a", "b", 0), "x"), Err(EditError::Unreadable));
}

#[track_caller]
fn refused(words: &str) -> Refusal {
    let bank = bank();
    let id = "jvm.hashmap-treeify".parse().expect("an id");
    let question = bank.question(&id).expect("a shipped question");
    alternative::check(&bank, question, &"tree".parse().expect("an id"), 0, words).expect_err(words)
}

#[test]
fn words_that_any_answer_says_are_refused_with_the_reason() {
    assert_eq!(refused("  "), Refusal::Empty);
    assert!(matches!(refused("one\ntwo"), Refusal::NotOneLine));
    assert!(matches!(refused("it is what it is"), Refusal::LittleWords(_)));
    assert!(matches!(refused("memory"), Refusal::TooCommon(_)));
    assert!(matches!(refused("lots of keys"), Refusal::InQuestion(_) | Refusal::TooCommon(_)));
    assert!(matches!(refused("keys land in the same bucket"), Refusal::InQuestion(_)));
    assert!(matches!(refused("balanced trees"), Refusal::HeardAlready { .. }));
    assert!(matches!(refused(&"word ".repeat(40)), Refusal::TooLong(40)));
    for words in ["  ", "memory", "balanced trees", "keys land in the same bucket"] {
        let says = refused(words).to_string();
        assert!(says.len() > 30 && !says.contains("Refusal"), "{says}");
    }
}

#[test]
fn words_that_other_answers_say_are_refused_by_name() {
    let bank = bank();
    let question = bank.question(&"jvm.hashmap-treeify".parse().unwrap()).unwrap();
    let common = ["connection pool", "thread pool", "the database", "transaction", "timeout"];
    let refusals: Vec<_> = common
        .iter()
        .filter_map(|words| alternative::check(&bank, question, &"tree".parse().unwrap(), 0, words).err())
        .collect();
    assert!(refusals.iter().any(|one| matches!(one, Refusal::SaidElsewhere { .. })), "{refusals:?}");
}

#[test]
fn words_of_ones_own_are_taken_and_offered() {
    let bank = bank();
    let question = bank.question(&"jvm.hashmap-treeify".parse().unwrap()).unwrap();
    let tree = "tree".parse().unwrap();
    let answer = "When it gets long the bin morphs into a search structure like a sorted tree. That is fast.";
    let offered = alternative::candidates(question, &tree, 0, answer);
    assert!(offered.iter().any(|words| words.contains("sorted tree")), "{offered:?}");
    assert!(offered.len() <= 6 && offered.iter().all(|words| answer.contains(words.as_str())), "{offered:?}");
    alternative::check(&bank, question, &tree, 0, "sorted tree").unwrap();
    assert!(alternative::candidates(question, &"none".parse().unwrap(), 0, answer).is_empty());
    assert!(alternative::candidates(question, &tree, 9, answer).is_empty());
}
