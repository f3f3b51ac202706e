use super::*;
use std::collections::BTreeMap;
use tempfile::TempDir;
use viva_core::bank::bench::{Mark, MarkedAnswer};
use viva_core::bank::load;
use viva_core::clock::Timestamp;

const NOW: Timestamp = Timestamp(1_795_262_400_000);

fn desk() -> (TempDir, Desk) {
    let dir = TempDir::with_prefix("viva-bench-").unwrap();
    let desk = Desk::of(dir.path(), vec![dir.path().join("rubrics")]);
    (dir, desk)
}

fn wanted(words: &str) -> Wanted {
    Wanted {
        question: "jvm.hashmap-treeify".parse().unwrap(),
        criterion: "tree".parse().unwrap(),
        item: 0,
        words: words.into(),
        seen: None,
    }
}

fn ways(bank: &viva_core::bank::Bank) -> Vec<String> {
    let question = bank.question(&wanted("").question).unwrap();
    question.rubric.criteria.iter().find(|one| one.id.as_str() == "tree").unwrap().listen[0].clone()
}

#[test]
fn a_shipped_pack_is_copied_once_and_comes_back_when_all_is_taken_back() {
    let (dir, desk) = desk();
    let (first, bank) = desk.accept(&wanted("sorted  tree"), NOW).unwrap();
    let file = dir.path().join("rubrics/jvm.toml");
    assert_eq!(
        (first.file.as_path(), first.made_file, first.words.as_str()),
        (file.as_path(), true, "sorted tree")
    );
    assert_eq!(ways(&bank).last().unwrap(), "sorted tree");
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(text.replace(", \"sorted tree\"", ""), packs::shipped(&first.pack).unwrap());
    let (second, bank) = desk.accept(&wanted("binary search structure"), NOW).unwrap();
    assert!(!second.made_file && ways(&bank).len() == ways(&load_bank(&desk)).len());
    assert_eq!(desk.accepted(&second.question).unwrap().len(), 2);

    let (undone, _) = desk.undo(None, NOW).unwrap();
    assert_eq!((undone.id, undone.undone_at_ms), (second.id, Some(NOW.0)));
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
    desk.undo(None, NOW).unwrap();
    assert!(!file.exists(), "the shipped pack has its place again");
    assert!(matches!(desk.undo(None, NOW), Err(BenchError::NothingToUndo)));
}

fn load_bank(desk: &Desk) -> viva_core::bank::Bank {
    desk.bank().unwrap()
}

#[test]
fn an_import_and_an_accepted_word_of_the_same_moment_both_stay() {
    let (_dir, desk) = desk();
    let (made, _) = desk.accept(&wanted("sorted tree"), NOW).unwrap();
    let importing = crate::packs::Alone::with(&desk.rubrics_dirs).unwrap();
    let read = fs::read_to_string(&made.file).unwrap();
    std::thread::scope(|scope| {
        let accepted = scope.spawn(|| desk.accept(&wanted("binary search structure"), NOW));
        fs::write(&made.file, read.replace("\"sorted tree\"", "\"sorted tree\", \"ordered tree\"")).unwrap();
        drop(importing);
        let (_, bank) = accepted.join().unwrap().unwrap();
        for word in ["sorted tree", "ordered tree", "binary search structure"] {
            assert!(ways(&bank).iter().any(|way| way == word), "{word}");
        }
    });
}

#[test]
fn what_was_edited_since_it_was_looked_at_is_not_touched() {
    let (dir, desk) = desk();
    let pack = "jvm".parse().unwrap();
    let seen = desk.pack_file(&pack).unwrap().unwrap();
    assert!(seen.is_shipped);
    fs::create_dir_all(dir.path().join("rubrics")).unwrap();
    let edited = format!("# mine\n{}", seen.text);
    fs::write(&seen.path, &edited).unwrap();
    let late = Wanted { seen: Some(seen.stamp), ..wanted("sorted tree") };
    let error = desk.accept(&late, NOW).unwrap_err();
    assert!(matches!(&error, BenchError::Changed(path) if *path == seen.path), "{error}");
    assert_eq!(fs::read_to_string(&seen.path).unwrap(), edited);
    let now = desk.pack_file(&pack).unwrap().unwrap();
    desk.accept(&Wanted { seen: Some(now.stamp), ..late }, NOW).unwrap();
    assert!(fs::read_to_string(&seen.path).unwrap().starts_with("# mine\n"));
    desk.undo(None, NOW).unwrap();
    assert_eq!(fs::read_to_string(&seen.path).unwrap(), edited, "a file of the owner's own stays");
}

#[test]
fn refused_words_and_broken_neighbours_change_nothing() {
    let (dir, desk) = desk();
    assert!(matches!(desk.accept(&wanted("the"), NOW), Err(BenchError::Refused(_))));
    assert!(matches!(
        desk.accept(&Wanted { question: "no.such".parse().unwrap(), ..wanted("x") }, NOW),
        Err(BenchError::NoQuestion(_))
    ));
    assert!(matches!(
        desk.accept(&Wanted { item: 7, ..wanted("sorted tree") }, NOW),
        Err(BenchError::Refused(_))
    ));
    fs::create_dir_all(dir.path().join("rubrics")).unwrap();
    fs::write(dir.path().join("rubrics/broken.toml"), "[pack").unwrap();
    assert!(desk.accept(&wanted("sorted tree"), NOW).is_err());
    assert!(!dir.path().join("rubrics/jvm.toml").exists());
    let nowhere = Desk { rubrics_dirs: Vec::new(), ..desk };
    assert!(matches!(nowhere.accept(&wanted("sorted tree"), NOW), Err(BenchError::NoFolder)));
}

#[test]
fn words_that_were_taken_out_by_hand_count_as_taken_back() {
    let (_dir, desk) = desk();
    let (change, _) = desk.accept(&wanted("sorted tree"), NOW).unwrap();
    let text = fs::read_to_string(&change.file).unwrap();
    fs::write(&change.file, text.replace(", \"sorted tree\"", "")).unwrap();
    let (undone, bank) = desk.undo(Some(change.id), NOW).unwrap();
    assert!(undone.undone_at_ms.is_some() && !ways(&bank).contains(&"sorted tree".to_owned()));
    assert!(matches!(desk.undo(Some(change.id), NOW), Err(BenchError::NothingToUndo)), "once is enough");
}

#[test]
fn a_pack_under_another_file_name_is_changed_where_it_lies() {
    let (dir, desk) = desk();
    fs::create_dir_all(dir.path().join("rubrics/deep")).unwrap();
    let own = dir.path().join("rubrics/deep/collections.toml");
    fs::write(&own, packs::shipped(&"jvm".parse().unwrap()).unwrap()).unwrap();
    let (change, _) = desk.accept(&wanted("sorted tree"), NOW).unwrap();
    assert_eq!((change.file.as_path(), change.made_file), (own.as_path(), false));
    assert!(load(&fs::read_to_string(&own).unwrap(), "collections.toml").is_ok());
}

#[test]
fn an_answer_is_kept_once_with_its_last_marks_and_other_lines_stay() {
    let (_dir, desk) = desk();
    let answer = |text: &str, mark| MarkedAnswer {
        question_id: wanted("").question,
        answer: text.into(),
        criteria: BTreeMap::from([("tree".parse().unwrap(), mark)]),
    };
    fs::create_dir_all(&desk.folder).unwrap();
    fs::write(desk.marked_file(), "somebody's note\n").unwrap();
    desk.keep(&answer("one\u{0} two", Mark::Met)).unwrap();
    desk.keep(&answer("other", Mark::Missed)).unwrap();
    desk.keep(&answer("one\u{0} two", Mark::Partly)).unwrap();
    let kept = desk.marked(&wanted("").question).unwrap();
    assert_eq!(kept.iter().map(|one| one.line).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(kept[0].answer, answer("one\u{0} two", Mark::Partly));
    desk.forget(&kept[0].key).unwrap();
    desk.forget("no such key").unwrap();
    assert_eq!(fs::read_to_string(desk.marked_file()).unwrap().lines().next(), Some("somebody's note"));
    assert_eq!(desk.marked(&wanted("").question).unwrap().len(), 1);
}
