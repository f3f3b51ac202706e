//! The packs that are shipped: complete, and lint clean.

use std::collections::BTreeSet;
use std::path::Path;
use viva_core::bank::lint::{Released, lint};
use viva_core::bank::{Bank, Kind, load, to_toml};
use viva_core::ids::PackId;

const PACKS: [&str; 6] = ["behavioural", "databases", "distributed", "jvm", "operations", "spring"];

fn text(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rubrics").join(name);
    std::fs::read_to_string(path).expect("a file of rubrics/")
}

fn bank() -> Bank {
    let files: Vec<(String, String)> =
        PACKS.iter().map(|pack| (format!("rubrics/{pack}.toml"), text(&format!("{pack}.toml")))).collect();
    Bank::load(files.iter().map(|(file, text)| (file.as_str(), text.as_str()))).expect("good packs")
}

#[test]
fn there_are_enough_questions_of_every_sort() {
    let bank = bank();
    assert!(bank.len() >= 72);
    assert!(bank.packs().iter().all(|pack| pack.questions.len() >= 12));
    assert!(bank.questions().filter(|question| question.code.is_some()).count() >= 4);
    assert!(bank.questions().all(|question| question.code.is_some() == (question.kind == Kind::Code)));
}

#[test]
fn every_question_is_finished() {
    for question in bank().questions() {
        let id = &question.id;
        assert!(id.as_str().starts_with(&format!("{}.", question.pack)), "{id}: begins with its pack");
        assert!(question.hint.is_some(), "{id}: hint");
        assert!(!question.sources.is_empty(), "{id}: sources");
        assert_eq!(
            question.rubric.anchors.keys().copied().collect::<Vec<u8>>(),
            [1, 2, 3, 4, 5],
            "{id}: anchors"
        );
        assert!(
            question.rubric.criteria.iter().any(|criterion| criterion.required),
            "{id}: something is required"
        );
        for criterion in &question.rubric.criteria {
            assert!(criterion.probe.is_some(), "{id} {}: probe", criterion.id);
            for ways in &criterion.listen {
                let different: BTreeSet<String> = ways.iter().map(|way| way.to_lowercase()).collect();
                assert_eq!(different.len(), ways.len(), "{id} {}: the same twice in {ways:?}", criterion.id);
            }
        }
    }
}

#[test]
fn a_shipped_pack_survives_being_written_and_read() {
    for pack in bank().packs() {
        assert_eq!(load(&to_toml(pack), "again.toml").as_ref(), Ok(pack));
    }
}

#[test]
fn no_shipped_pack_breaks_a_rule() {
    let bank = bank();
    let subjects: Vec<PackId> = bank.packs().iter().map(|pack| pack.id.clone()).collect();
    let released = Released::parse(&text("released-ids.txt")).expect("a good list");
    let held: Vec<String> = lint(&bank, &subjects, &released)
        .iter()
        .filter(|finding| finding.rule.is_held())
        .map(ToString::to_string)
        .collect();
    assert!(held.is_empty(), "{}", held.join("\n"));
}
