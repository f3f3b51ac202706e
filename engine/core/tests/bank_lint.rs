//! Every rule of the lint finds what it is there to find, and nothing in a pack that keeps them all.

use std::fmt::Write;
use viva_core::bank::lint::{Released, Rule, lint};
use viva_core::bank::{Bank, Pack, load};

/// A pack with one question that keeps every rule.
fn kept() -> String {
    let listen = ["kettle", "teapot", "saucer", "biscuit"];
    let mut text = String::from(
        "[pack]\nid = \"tea\"\ntitle = \"Tea\"\nlicence = \"CC0-1.0\"\nversion = 1\n\n[[question]]\nid = \"tea.make\"\n\
         ask = \"How do you make it?\"\ntopic = \"kitchen\"\nmodel_answer = \"\"\"\n",
    );
    for word in listen {
        let _ = writeln!(text, "First I take the {word} down from its shelf in the corner.");
        let _ = writeln!(text, "Then I look at it for a while and think about the weather outside.");
    }
    text.push_str("\"\"\"\n");
    for word in listen {
        let _ = writeln!(
            text,
            "\n[[question.criterion]]\nid = \"{word}\"\nsays = \"{word}\"\nlisten = [[\"{word}\"]]"
        );
    }
    text
}

/// Another pack whose answer says what is given.
fn other(pack: &str, answer: &str) -> Pack {
    let text = kept()
        .replace("\"tea\"", &format!("\"{pack}\""))
        .replace("tea.make", &format!("{pack}.other"))
        .replace("kettle", "anvil")
        .replace("teapot", "bellows")
        .replace("saucer", "tongs")
        .replace("biscuit", "horseshoe")
        .replace("First I take the anvil", &format!("{answer} First I take the anvil"));
    load(&text, "other.toml").expect("a good pack")
}

fn bank(text: &str, others: Vec<Pack>) -> Bank {
    let mut packs = vec![load(text, "tea.toml").expect("a good pack")];
    for other in others {
        match packs.iter_mut().find(|pack| pack.id == other.id) {
            Some(pack) => pack.questions.extend(other.questions),
            None => packs.push(other),
        }
    }
    Bank::new(packs).expect("packs that go together")
}

/// Lints the pack `tea` of a bank and compares the rules that were broken.
#[track_caller]
fn check(bank: &Bank, released: &str, expected: &[Rule]) {
    let released = Released::parse(released).expect("a good list");
    let found = lint(bank, &["tea".parse().expect("an id")], &released);
    let rules: Vec<Rule> = found.iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, expected, "{found:#?}");
}

#[test]
fn a_pack_that_keeps_every_rule_has_no_finding() {
    check(&bank(&kept(), vec![other("forge", "")]), "tea.make # kept\n", &[]);
    check(&bank(&kept(), vec![other("tea", "")]), "", &[]);
}

#[test]
fn an_item_that_the_model_answer_does_not_say_is_found_and_costs_the_score() {
    let text = kept().replace("listen = [[\"kettle\"]]", "listen = [[\"cauldron\"]]");
    check(&bank(&text, vec![]), "", &[Rule::OwnScore, Rule::ListenHeard]);
}

#[test]
fn a_model_answer_that_makes_its_own_mistake_is_found() {
    let text = kept() + "\n[[question.mistake]]\nsays = \"Looks\"\nlisten = [[\"weather\"]]\n";
    check(&bank(&text, vec![]), "", &[Rule::OwnScore, Rule::OwnMistake]);
}

#[test]
fn an_answer_from_another_pack_that_scores_here_is_found() {
    check(&bank(&kept(), vec![other("forge", "The kettle.")]), "", &[Rule::OtherPacks]);
}

#[test]
fn an_answer_from_the_same_pack_may_score_more_but_not_much() {
    check(&bank(&kept(), vec![other("tea", "The kettle.")]), "", &[]);
    check(&bank(&kept(), vec![other("tea", "The kettle and the teapot.")]), "", &[Rule::SamePack]);
}

#[test]
fn a_related_answer_is_reported_and_not_held() {
    let text = kept().replace("topic = ", "related = [\"tea.other\"]\ntopic = ");
    check(&bank(&text, vec![other("tea", "The kettle and the teapot.")]), "", &[Rule::Related]);
    assert!(!Rule::Related.is_held() && Rule::SamePack.is_held());
}

#[test]
fn an_alternative_that_cannot_be_heard_is_reported_and_not_held() {
    // More ways to say one thing than the scorer looks for.
    let ways: String = (0..200).map(|n| format!("\"x{n}y\", ")).collect();
    let text = kept().replace("listen = [[\"kettle\"]]", &format!("listen = [[\"kettle\", {ways}]]"));
    let bank = bank(&text, vec![]);
    let found = lint(&bank, &["tea".parse().expect("an id")], &Released::default());
    assert!(!found.is_empty() && found.iter().all(|finding| finding.rule == Rule::Unheard), "{found:#?}");
    assert!(!Rule::Unheard.is_held());
}

#[test]
fn a_model_answer_that_is_too_short_or_too_long_is_found() {
    let look = "Then I look at it for a while and think about the weather outside.\n";
    check(&bank(&kept().replace(look, ""), vec![]), "", &[Rule::AnswerLength]);
    // Other words each time, so that nothing is said twice.
    let more: String = (0..140_u32).map(|n| format!("w{}x ", n * 7919 % 1009)).collect();
    check(&bank(&kept().replacen(look, &format!("{look}{more}.\n"), 1), vec![]), "", &[Rule::AnswerLength]);
}

#[test]
fn too_few_or_too_many_criteria_are_found() {
    let text = kept();
    let fewer = text.rsplit_once("\n[[question.criterion]]").expect("a criterion").0;
    check(&bank(fewer, vec![]), "", &[Rule::CriteriaCount]);
    let more: String = (0..5)
        .map(|n| {
            format!("\n[[question.criterion]]\nid = \"more-{n}\"\nsays = \"x\"\nlisten = [[\"kettle\"]]\n")
        })
        .collect();
    check(&bank(&(text + &more), vec![]), "", &[Rule::CriteriaCount]);
}

#[test]
fn a_released_id_that_went_away_or_a_retired_one_that_came_back_is_found() {
    let bank = bank(&kept(), vec![]);
    check(&bank, "tea.gone\nforge.elsewhere\n", &[Rule::IdStable]);
    check(&bank, "retired tea.gone\nretired tea.make\n", &[Rule::IdRetired]);
}

#[test]
fn the_list_of_released_ids_grows_with_a_release_and_reads_itself_back() {
    let before = Released::parse("retired tea.old\n").expect("a good list");
    let after = before.after(&bank(&kept(), vec![]));
    assert!(after.to_text().ends_with("tea.make\nretired tea.old\n"), "{}", after.to_text());
    assert_eq!(Released::parse(&after.to_text()), Ok(after));
    assert_eq!(Released::parse("a\nB c").map_err(|bad| bad.line), Err(2));
}
