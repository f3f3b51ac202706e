//! Rubric files: what a file with slips in it is told, and that nothing is lost between file and pack.

use proptest::prelude::*;
use viva_core::bank::{Bank, Criterion, Kind, Level, Mistake, Pack, Question, Rubric, load, to_toml};
use viva_core::help::corrections::Correction;

const GOOD: &str = r#"[pack]
id = "jvm"
title = "JVM"
licence = "CC-BY-4.0"
version = 3

[[question]]
id = "jvm.one"
ask = "When does a bucket become a tree?"
topic = "collections"
level = "senior"
kind = "technical"
seconds = 90
model_answer = """
At eight nodes.
And sixty-four slots.
"""

[[question.criterion]]
id = "threshold"
says = "At eight nodes"
weight = 3
required = true
listen = [["eight", "8"], ["node"]]
order = true
within = 30
probe = "How many?"

[[question.mistake]]
says = "At any size"
listen = [["any size"]]
cost = 15
instead = "At 64 slots"

[question.anchors]
1 = "Does not know"
5 = "Knows both numbers"
"#;

/// Loads a file that must fail and compares every message.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let found: Vec<String> =
        load(text, "f.toml").expect_err("a file with slips").iter().map(ToString::to_string).collect();
    assert_eq!(found, expected, "\n{text}");
}

#[test]
fn a_good_file_is_read_whole() {
    let pack = load(GOOD, "f.toml").unwrap();
    assert_eq!((pack.id.as_str(), pack.version, pack.questions.len()), ("jvm", 3, 1));
    let question = &pack.questions[0];
    assert_eq!(question.model_answer, "At eight nodes.\nAnd sixty-four slots.");
    assert_eq!((question.level, question.kind, question.seconds), (Level::Senior, Kind::Technical, 90));
    let criterion = &question.rubric.criteria[0];
    assert_eq!(criterion.listen, [vec!["eight", "8"], vec!["node"]]);
    assert!(criterion.required && criterion.order && criterion.within == Some(30));
    assert_eq!(question.rubric.mistakes[0].cost, 15.0);
    assert_eq!(question.rubric.anchors.keys().copied().collect::<Vec<_>>(), [1, 5]);
}

#[test]
fn a_file_with_ten_slips_is_told_of_all_ten_at_once() {
    let text = r#"[pack]
id = "JVM pack"
title = "JVM"
licence = "CC-BY-4.0"
verison = 3

[[question]]
id = "jvm.one"
ask = "Was heißt „Baum“?" 
topic = "collections"
level = "expert"
model_answer = "At eight."

[[question.criterion]]
id = "a"
says = "At eight nodes"
wieght = 3
listen = []

[[question.criterion]]
id = "a"
says = "Again"
weight = 0
listen = ["eight", ["..."]]

[[question]]
id = "jvm.one"
ask = "Another?"
topic = "collections"

[[question.criterion]]
id = "b"
says = "Something"
required = "yes"
listen = [["x"]]
"#;
    check(
        text,
        &[
            "f.toml:2:6: \"JVM pack\" is no id: an id is lower-case letters, digits, \"-\", \"_\" and \".\"; write \"jvm-pack\"",
            "f.toml:5:1: unknown key \"verison\" in [pack]; write \"version\"",
            "f.toml:11:9: \"expert\" is no level: it is one of \"junior\", \"mid\", \"senior\"; write \"junior\", \"mid\", \"senior\"",
            "f.toml:17:1: unknown key \"wieght\" in [[question.criterion]]; write \"weight\"",
            "f.toml:18:10: \"listen\" is empty: nothing could earn this; write listen = [[\"one way to say it\", \"another\"], [\"a second thing\"]]",
            "f.toml:21:6: another criterion has the id \"a\" already, in line 15; write an id of its own, such as \"a-2\"",
            "f.toml:23:10: \"weight\" is 0; write a number from 0.01 to 100",
            "f.toml:24:11: an item of \"listen\" is text; write a list of alternatives: [\"eight\"]",
            "f.toml:24:21: \"listen\" holds \"...\", which has no word in it; write words, or leave it out",
            "f.toml:26:1: [[question]] has no \"model_answer\"; write model_answer = \"...\" under it",
            "f.toml:27:6: another question has the id \"jvm.one\" already, in line 8; write an id of its own, such as \"jvm.one-2\"",
            "f.toml:34:12: \"required\" is text; write required = true or required = false, without quotes",
        ],
    );
}

#[test]
fn slips_of_syntax_cost_one_statement_each_and_hide_no_other() {
    let text = r#"[pack]
id = jvm
title = "JVM
licence = 
version = 3

[[question]]
id = "jvm.one"
ask = "a" "b"
topic = "collections"
model answer = "At eight."

[[question.criterion]]
id = "a"
says = "x"
listen = [["eight", "8"]
wieght = 3
weight = 12x

[[question.criterion]]
id = "b"
id = "c"
says = "y"
listen = [["q"]]
probe = """never closed

[question.anchors]
6 = "better than best"
"#;
    check(
        text,
        &[
            "f.toml:2:6: text without quotes; write \"jvm\"",
            "f.toml:3:13: text is not closed; write \" at its end",
            "f.toml:4:10: no value after \"=\"; write one",
            "f.toml:9:11: unexpected key or value; write newline, \"#\"",
            "f.toml:11:7: a key is one word; write \"model_answer\"",
            "f.toml:16:25: unclosed array; write ]",
            "f.toml:17:1: unknown key \"wieght\" in [[question.criterion]]; write \"weight\"",
            "f.toml:18:10: text without quotes; write \"12x\"",
            "f.toml:22:1: \"id\" is written twice here; write it once",
            "f.toml:25:24: long text is not closed; write \"\"\" at its end",
            "f.toml:28:1: unknown key \"6\" in [question.anchors]; write one of 1, 2, 3, 4, 5",
        ],
    );
}

#[test]
fn columns_count_characters_and_not_bytes() {
    let text = GOOD.replace("title = \"JVM\"", "title = \"„JVM“\" x");
    check(&text, &["f.toml:3:17: unexpected key or value; write newline, \"#\""]);
}

#[test]
fn an_empty_file_is_told_what_it_lacks() {
    check(
        "",
        &[
            "f.toml:1:1: a rubric file has no \"pack\"; write [pack] with id, title, licence and version",
            "f.toml:1:1: the file has no question; write [[question]] and its keys below",
        ],
    );
}

#[test]
fn a_question_without_criteria_is_refused() {
    let text = GOOD.split("[[question.criterion]]").next().unwrap();
    check(
        text,
        &["f.toml:7:1: the question has no criterion; write [[question.criterion]] with id, says and listen"],
    );
}

#[test]
fn a_bank_finds_questions_and_tells_of_what_does_not_go_together() {
    let other = GOOD.replace("id = \"jvm\"", "id = \"other\"");
    let related = GOOD
        .replace("id = \"jvm\"", "id = \"third\"")
        .replace("jvm.one", "third.one")
        .replace("seconds = 90", "related = [\"jvm.one\", \"jvm.gone\"]");
    let (bank, found) =
        Bank::load_what_can_be([("a.toml", GOOD), ("b.toml", &other), ("c.toml", &related), ("d.toml", "")]);
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        found[2..],
        [
            "b.toml:8:6: a question of the pack \"jvm\" has the id \"jvm.one\"; write an id of its own",
            "c.toml:13:23: no question has the id \"jvm.gone\"; write the id of a question that is there, or leave it out",
        ]
    );
    assert_eq!(bank.len(), 2);
    assert_eq!(bank.question(&"third.one".parse().unwrap()).unwrap().pack.as_str(), "third");
    assert!(bank.question(&"jvm.none".parse().unwrap()).is_none());
    assert_eq!(Bank::new(vec![load(GOOD, "a").unwrap(), load(GOOD, "b").unwrap()]).unwrap_err().len(), 2);
}

#[test]
fn an_edit_of_a_question_changes_its_hash_and_a_new_reading_does_not() {
    let one = load(GOOD, "a").unwrap().questions[0].clone();
    let same = load(GOOD, "b").unwrap().questions[0].clone();
    let edited = load(&GOOD.replace("weight = 3", "weight = 2"), "a").unwrap().questions[0].clone();
    assert_eq!(one.content_hash(), same.content_hash());
    assert_ne!(one.content_hash(), edited.content_hash());
}

fn id<T: std::str::FromStr>(text: &str) -> T {
    text.parse().ok().expect("a valid id")
}

fn words() -> impl Strategy<Value = String> {
    // What people paste: quotes, backslashes, other scripts, several lines, control characters.
    proptest::string::string_regex("[a-z0-9][ -~\u{e4}\u{1f600}\n\t\u{7}\r]{0,40}[a-z\"\\\\]")
        .expect("a valid pattern")
}

fn listen() -> impl Strategy<Value = Vec<Vec<String>>> {
    prop::collection::vec(prop::collection::vec(words(), 1..3), 1..3)
}

prop_compose! {
    fn criterion(n: usize)(says in words(), weight in 0.01_f64..100.0, required: bool, listen in listen(),
        order: bool, within in prop::option::of(1_u32..500), probe in prop::option::of(words())) -> Criterion {
        Criterion { id: id(&format!("c{n}")), says, weight, required, listen, order, within, probe }
    }
}

prop_compose! {
    fn mistake()(says in words(), listen in listen(), order: bool, within in prop::option::of(1_u32..500),
        cost in 0.01_f64..100.0, instead in words()) -> Mistake {
        Mistake { says, listen, order, within, cost, instead }
    }
}

prop_compose! {
    fn question(n: usize)(ask in words(), topic in words(), seconds in 10_u32..1800, code in prop::option::of(words()),
        hint in prop::option::of(words()), model_answer in words(), sources in prop::collection::vec(words(), 0..3),
        level in prop::sample::select(vec![Level::Junior, Level::Mid, Level::Senior]),
        kind in prop::sample::select(vec![Kind::Technical, Kind::Behavioural, Kind::Code, Kind::Design]),
        criteria in (criterion(0), criterion(1)), mistakes in prop::collection::vec(mistake(), 0..2),
        anchors in prop::collection::btree_map(1_u8..6, words(), 0..5)) -> Question {
        Question {
            id: id(&format!("p.q{n}")), pack: id("p"), ask, topic, level, kind, seconds, code, hint,
            model_answer, related: vec![id("p.q9")], sources,
            rubric: Rubric { criteria: vec![criteria.0, criteria.1], mistakes, anchors },
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_back_the_same(one in question(1), two in question(2), title in words(), about in words()) {
        let pack = Pack {
            id: id("p"), title, about, licence: "CC0-1.0".into(), version: 1, sources: vec!["notes.md".into()],
            corrections: vec![Correction::new("cash", "cache", Some(id("p"))).unwrap()],
            questions: vec![one, two],
        };
        let text = to_toml(&pack);
        prop_assert_eq!(load(&text, "f.toml").map_err(|found| format!("{found:?}\n{text}")), Ok(pack));
    }

    #[test]
    fn no_text_makes_the_loader_fall_over(text in ".{0,200}", cut in 0_usize..900, insert in "[\\[\\]\"'={},\n a#]{0,6}") {
        let _ = load(&text, "f.toml");
        let cut = cut.min(GOOD.len());
        let _ = load(&format!("{}{insert}{}", &GOOD[..cut], &GOOD[cut..]), "f.toml");
    }
}

#[test]
fn the_example_in_the_documentation_loads() {
    let page = include_str!("../../../rubrics/SCHEMA.md");
    let example = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let pack = load(example, "SCHEMA.md").unwrap();
    assert_eq!(pack.questions[0].rubric.criteria[1].within, Some(20));
}
