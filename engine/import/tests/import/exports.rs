//! What is exported is read back: TOML and CSV as equal packs, the others as the same questions.

use proptest::prelude::*;
use std::collections::BTreeMap;
use viva_core::bank::{Criterion, Kind, Level, Mistake, Pack, Question, Rubric};
use viva_import::export::{ExportFormat, export};
use viva_import::pack::stated_packs;
use viva_import::{Import, Source};

fn back(text: &str, format: ExportFormat) -> Import {
    let name = format!("bank.{}", format.ending());
    viva_import::read(Source { bytes: text.as_bytes(), name: Some(&name), format: None })
        .unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn words() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9 ,;:=|@#+'\"<>&{}()\\[\\]/\\\\?!.äß“—-]{0,40}[a-z]".prop_map(|s| s.trim().to_owned())
}

fn text() -> impl Strategy<Value = String> {
    proptest::collection::vec(words(), 1..4).prop_map(|lines| lines.join("\n"))
}

fn listen() -> impl Strategy<Value = Vec<Vec<String>>> {
    proptest::collection::vec(proptest::collection::vec("[a-z]{3,9} [a-z]{3,9}", 1..3), 1..3)
}

fn criterion(n: usize) -> impl Strategy<Value = Criterion> {
    (
        words(),
        1..20u32,
        any::<bool>(),
        listen(),
        any::<bool>(),
        proptest::option::of(1..50u32),
        proptest::option::of(words()),
    )
        .prop_map(move |(says, weight, required, listen, order, within, probe)| Criterion {
            id: format!("c-{n}").parse().unwrap(),
            says,
            weight: f64::from(weight) / 4.0,
            required,
            listen,
            order,
            within,
            probe,
        })
}

fn question(pack: &'static str, n: usize) -> impl Strategy<Value = Question> {
    let head = (
        words(),
        words(),
        0..3usize,
        0..4usize,
        10..600u32,
        proptest::option::of(text()),
        proptest::option::of(words()),
    );
    let rest = (
        text(),
        proptest::collection::vec(words(), 0..3),
        (criterion(1), criterion(2)),
        proptest::option::of((words(), listen(), 1..50u32, words())),
        proptest::collection::btree_map(1..=5u8, words(), 0..3),
    );
    (head, rest).prop_map(
        move |(
            (ask, topic, level, kind, seconds, code, hint),
            (answer, sources, (one, two), mistake, anchors),
        )| {
            Question {
                id: format!("{pack}.q{n}").parse().unwrap(),
                pack: pack.parse().unwrap(),
                ask,
                topic,
                level: [Level::Junior, Level::Mid, Level::Senior][level],
                kind: [Kind::Technical, Kind::Behavioural, Kind::Code, Kind::Design][kind],
                seconds,
                code,
                hint,
                model_answer: answer,
                related: if n > 1 { vec![format!("{pack}.q1").parse().unwrap()] } else { Vec::new() },
                sources,
                rubric: Rubric {
                    criteria: vec![one, two],
                    mistakes: mistake
                        .map(|(says, listen, cost, instead)| Mistake {
                            says,
                            listen,
                            order: false,
                            within: Some(7),
                            cost: f64::from(cost),
                            instead,
                        })
                        .into_iter()
                        .collect(),
                    anchors,
                },
            }
        },
    )
}

fn pack(id: &'static str) -> impl Strategy<Value = Pack> {
    (words(), words(), question(id, 1), question(id, 2), 1..9u32).prop_map(
        move |(title, about, one, two, version)| Pack {
            id: id.parse().unwrap(),
            title,
            about,
            licence: "CC0-1.0".into(),
            version,
            sources: vec!["notes.md sha256:00".into()],
            corrections: Vec::new(),
            questions: vec![one, two],
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn toml_and_csv_lose_nothing(one in pack("one"), two in pack("two")) {
        let toml = export(&[&one], ExportFormat::Toml);
        prop_assert_eq!(stated_packs(&back(&toml, ExportFormat::Toml)), vec![one.clone()], "{}", toml);
        let csv = export(&[&one, &two], ExportFormat::Csv);
        prop_assert_eq!(stated_packs(&back(&csv, ExportFormat::Csv)), vec![one, two], "{}", csv);
    }
}

fn plain_pack() -> Pack {
    let criterion = |n: usize, says: &str, listen: &str| Criterion {
        id: format!("c{n}").parse().unwrap(),
        says: says.into(),
        weight: 1.0,
        required: false,
        listen: vec![vec![listen.into()]],
        order: false,
        within: None,
        probe: None,
    };
    let question = |n: usize, ask: &str, answer: &str, code: Option<&str>| Question {
        id: format!("tea.q{n}").parse().unwrap(),
        pack: "tea".parse().unwrap(),
        ask: ask.into(),
        topic: "making tea".into(),
        level: Level::Mid,
        kind: Kind::Technical,
        seconds: 120,
        code: code.map(str::to_owned),
        hint: None,
        model_answer: answer.into(),
        related: Vec::new(),
        sources: Vec::new(),
        rubric: Rubric {
            criteria: answer
                .split(". ")
                .enumerate()
                .map(|(at, says)| criterion(at + 1, says.lines().next().unwrap(), "eighty degrees"))
                .collect(),
            mistakes: Vec::new(),
            anchors: BTreeMap::new(),
        },
    };
    Pack {
        id: "tea".parse().unwrap(),
        title: "Tea & more".into(),
        about: "How to make it.".into(),
        licence: "CC0-1.0".into(),
        version: 1,
        sources: Vec::new(),
        corrections: Vec::new(),
        questions: vec![
            question(
                1,
                "How hot should the water be for green tea?",
                "About eighty degrees: boiling water draws too many tannins out.\n\nA lid keeps the heat {steady}, 100 % of the time = always.",
                None,
            ),
            question(
                2,
                "Explain how a kettle <boils> water #1 ~ fast.",
                "It heats a coil.\n- The coil warms the water.\n- A switch opens at boiling point.",
                None,
            ),
            question(
                3,
                "What is wrong with this code?",
                "It boils twice. Use a flag and test it before you boil.",
                Some("boil();\nboil(\"x\");"),
            ),
        ],
    }
}

#[test]
fn markdown_anki_and_gift_are_read_back_as_the_same_questions() {
    let pack = plain_pack();
    let words = |text: &str| {
        text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
    };
    for format in [ExportFormat::Markdown, ExportFormat::Anki, ExportFormat::Gift] {
        let text = export(&[&pack], format);
        let import = back(&text, format);
        assert_eq!(import.format, format.name(), "{text}");
        let asks: Vec<String> = import.questions.iter().map(|q| words(&q.ask)).collect();
        for (n, question) in pack.questions.iter().enumerate() {
            let found = &import.questions[n];
            assert!(asks[n].starts_with(&words(&question.ask)), "{format:?} {asks:?}\n{text}");
            assert!(
                words(&found.model_answer).ends_with(&words(&question.model_answer)),
                "{format:?} {found:?}\n{text}"
            );
            assert!(!found.criteria.is_empty(), "{format:?} {found:?}");
        }
        assert_eq!(asks.len(), 3, "{format:?} {asks:?}\n{text}");
    }
}

#[test]
fn anki_and_gift_carry_the_id_along() {
    let pack = plain_pack();
    for format in [ExportFormat::Anki, ExportFormat::Gift] {
        let import = back(&export(&[&pack], format), format);
        assert_eq!(import.questions[1].source_id.as_deref(), Some("tea.q2"), "{format:?}");
    }
}

#[test]
fn a_broken_cell_is_named_by_line_and_column() {
    let csv = export(&[&plain_pack()], ExportFormat::Csv).replacen("[{", "[[{", 1);
    let error = viva_import::read(Source { bytes: csv.as_bytes(), name: Some("bank.csv"), format: None })
        .unwrap_err();
    assert!(error.to_string().contains("line 2, column criteria"), "{error}");
}
