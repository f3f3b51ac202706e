use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::synthetic;
use crate::models::manifest::{Entry, Form, Manifest};
use crate::models::{ModelError, ModelState, ModelStore};

/// The SHA-256 of `bytes`.
pub(super) fn sha256(bytes: &[u8]) -> String {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    fs::write(file.path(), bytes).expect("written");
    crate::models::atomic::sha256_of(file.path(), |_| true).expect("readable").expect("not stopped")
}

/// A manifest entry for these bytes.
pub(super) fn entry(name: &str, form: Form, bytes: &[u8]) -> Entry {
    Entry {
        name: name.to_owned(),
        title: name.to_owned(),
        source: "tiny".to_owned(),
        form,
        file: format!("ggml-{name}.bin"),
        bytes: bytes.len() as u64,
        sha256: sha256(bytes),
        licence: "MIT".to_owned(),
        languages: "English".to_owned(),
        note: String::new(),
    }
}

struct Folder {
    dir: TempDir,
    store: ModelStore,
    whole: Vec<u8>,
}

fn folder() -> Folder {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let whole = synthetic::ggml_file(Form::F16);
    let manifest = Manifest { sources: Vec::new(), models: vec![entry("tiny", Form::F16, &whole)] };
    let store = ModelStore::open(dir.path()).with_manifest(manifest);
    Folder { dir, store, whole }
}

impl Folder {
    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::write(&path, bytes).expect("written");
        path
    }

    fn state(&self, name: &str) -> ModelState {
        self.store.list().into_iter().find(|model| model.name == name).expect(name).state
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a temporary path is UTF-8")
}

/// Every error tells what to do next.
#[track_caller]
fn check_says(error: &ModelError, what: &str) {
    let said = error.to_string();
    assert!(said.contains(what), "\"{said}\" does not say \"{what}\"");
}

#[test]
fn a_missing_model_says_how_to_get_it() {
    let folder = folder();
    let error = folder.store.locate("tiny").expect_err("nothing is there");
    assert!(matches!(error, ModelError::Missing { .. }));
    check_says(&error, "viva model fetch tiny");
    assert_eq!(folder.state("tiny"), ModelState::Absent);
}

#[test]
fn a_whole_model_is_found_by_name_and_by_path() {
    let folder = folder();
    let path = folder.put("ggml-tiny.bin", &folder.whole);
    for name in ["tiny", text(&path)] {
        let located = folder.store.locate(name).expect("whole");
        assert_eq!((located.name.as_str(), &located.path), ("tiny", &path));
        assert!(!located.header.is_multilingual());
        assert_eq!(located.sha256, Some(sha256(&folder.whole)));
    }
    assert_eq!(folder.state("tiny"), ModelState::Present);
}

#[test]
fn a_truncated_model_says_how_much_is_missing_and_what_to_do() {
    let folder = folder();
    folder.put("ggml-tiny.bin", &folder.whole[..1_000]);
    let error = folder.store.locate("tiny").expect_err("cut short");
    assert!(matches!(error, ModelError::Truncated { found_bytes: 1_000, .. }));
    check_says(&error, "viva model fetch tiny");
    assert!(matches!(folder.state("tiny"), ModelState::Damaged { .. }));
}

#[test]
fn a_model_with_one_changed_byte_is_damaged() {
    let folder = folder();
    let mut bytes = folder.whole.clone();
    *bytes.last_mut().expect("not empty") ^= 1;
    folder.put("ggml-tiny.bin", &bytes);
    let error = folder.store.locate("tiny").expect_err("damaged");
    assert!(matches!(error, ModelError::WrongHash { .. }));
    check_says(&error, "viva model fetch tiny");
}

#[test]
fn a_file_that_changes_after_it_was_checked_is_checked_again() {
    let folder = folder();
    folder.put("ggml-tiny.bin", &folder.whole);
    folder.store.locate("tiny").expect("whole");
    let mut longer = folder.whole.clone();
    longer.push(0);
    folder.put("ggml-tiny.bin", &longer);
    assert!(matches!(folder.store.locate("tiny"), Err(ModelError::WrongHash { .. })));
}

#[test]
fn verify_reads_the_bytes_whatever_was_remembered() {
    let folder = folder();
    let path = folder.put("ggml-tiny.bin", &folder.whole);
    let verified = folder.store.verify("tiny", &mut ()).expect("whole");
    assert_eq!((verified.bytes, verified.path.as_path()), (folder.whole.len() as u64, path.as_path()));

    let modified = fs::metadata(&path).and_then(|m| m.modified()).expect("a time");
    let mut bytes = folder.whole.clone();
    bytes[100] ^= 1;
    fs::write(&path, &bytes).expect("written");
    fs::File::options().write(true).open(&path).and_then(|f| f.set_modified(modified)).expect("set back");
    assert!(matches!(folder.store.verify("tiny", &mut ()), Err(ModelError::WrongHash { .. })));
    assert!(folder.store.locate("tiny").is_err(), "what was remembered is forgotten");
}

#[test]
fn a_file_of_ones_own_works_by_its_path() {
    let folder = folder();
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    let path = elsewhere.path().join("my whisper.bin");
    fs::write(&path, synthetic::ggml_file(Form::Q8_0)).expect("written");
    let located = folder.store.locate(text(&path)).expect("whole");
    assert_eq!((located.name.as_str(), located.sha256), ("my whisper", None));
}

#[test]
fn a_file_of_ones_own_that_is_cut_anywhere_is_told_from_a_whole_one() {
    let folder = folder();
    for keep in [0, 3, 20, 60, 64_000, folder.whole.len() / 2, folder.whole.len() - 1] {
        let path = folder.put("own.bin", &folder.whole[..keep]);
        let error = folder.store.locate(text(&path)).expect_err("cut short");
        match error {
            ModelError::Truncated { found_bytes, expected_bytes, .. } => {
                assert_eq!(found_bytes, keep as u64);
                assert!(expected_bytes > found_bytes);
                if keep > 64_400 {
                    assert_eq!(expected_bytes, folder.whole.len() as u64);
                }
            }
            ModelError::NotWhisper { .. } => assert!(keep < 4),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn a_file_that_is_no_model_says_what_it_is() {
    let folder = folder();
    let path = folder.put("notes.bin", b"GGUF and more");
    let error = folder.store.locate(text(&path)).expect_err("no model");
    assert!(matches!(error, ModelError::NotWhisper { .. }));
    check_says(&error, "GGUF");
    check_says(&error, "viva model fetch");
}

#[test]
fn an_unknown_name_lists_the_known_ones_and_a_path_does_not() {
    let folder = folder();
    check_says(&folder.store.locate("huge").expect_err("unknown"), "tiny");
    check_says(&folder.store.locate("./nowhere.bin").expect_err("no file"), "./nowhere.bin");
}

#[test]
fn an_imported_file_is_listed_and_found_by_name() {
    let folder = folder();
    let own = folder.put("ggml-mine.upload", &synthetic::ggml_file(Form::Q8_0));
    let imported = folder.store.import(&own, Some("mine"), &mut ()).expect("imported");
    assert_eq!(imported.path, folder.dir.path().join("ggml-mine.bin"));
    assert_eq!(folder.state("mine"), ModelState::Present);
    assert_eq!(folder.store.locate("mine").expect("there").sha256, Some(imported.sha256.clone()));
    assert_eq!(folder.store.import(&own, Some("mine"), &mut ()).expect("again"), imported);
    assert!(
        fs::read_dir(folder.dir.path().join(".work")).expect("there").next().is_none(),
        "nothing is left over"
    );
}

#[test]
fn an_import_with_the_bytes_of_a_known_model_becomes_that_model() {
    let folder = folder();
    let own = folder.put("downloaded.dat", &folder.whole);
    folder.put("ggml-tiny.bin", b"half a model");
    assert_eq!(folder.store.import(&own, None, &mut ()).expect("imported").name, "tiny");
    assert_eq!(folder.state("tiny"), ModelState::Present);
}

#[test]
fn an_import_takes_no_name_that_is_another_models() {
    let folder = folder();
    let other = folder.put("other.dat", &synthetic::ggml_file(Form::Q8_0));
    for name in ["tiny", "../x", ""] {
        let error = folder.store.import(&other, Some(name), &mut ()).expect_err("refused");
        assert!(matches!(error, ModelError::NameTaken { .. } | ModelError::BadName { .. }), "{error}");
    }
    folder.store.import(&other, Some("mine"), &mut ()).expect("imported");
    let whole = folder.put("whole.dat", &folder.whole);
    let nothing = folder.store.clone().with_manifest(Manifest { sources: Vec::new(), models: Vec::new() });
    assert!(matches!(nothing.import(&whole, Some("mine"), &mut ()), Err(ModelError::NameTaken { .. })));
}

#[test]
fn an_import_of_half_a_file_changes_nothing() {
    let folder = folder();
    let half = folder.put("half.dat", &folder.whole[..90_000]);
    assert!(matches!(folder.store.import(&half, Some("mine"), &mut ()), Err(ModelError::Truncated { .. })));
    assert!(!folder.dir.path().join("ggml-mine.bin").exists());
}
