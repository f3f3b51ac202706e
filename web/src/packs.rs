//! The owner's pack files on disk: found, written whole or not at all, and taken back.
//!
//! Beside the packs lies a folder `.history` with one folder a pack: what was imported into it (`imported.json`), and
//! every version that was replaced (`0001.toml`, ...). A pack is never half written: it is written beside its place,
//! flushed, and moved there.

use crate::builtin;
use anyhow::{Context, bail};
use fs4::FileExt;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use viva_core::bank::{self, Bank, Pack, to_toml};
use viva_core::ids::PackId;
use viva_import::pack::{Provenance, Renewal};

/// The folders packs of the owner lie in; new ones go into the first.
#[derive(Debug, Clone)]
pub struct PackShelf {
    dirs: Vec<PathBuf>,
}

/// A pack of the owner's as it is kept.
#[derive(Debug, Clone)]
pub struct KeptPack {
    /// The pack.
    pub pack: Pack,
    /// What was imported into it; empty for one written by hand.
    pub provenance: Provenance,
    /// Its file.
    pub file: PathBuf,
}

/// The right to change the owner's packs, which one process and thread has at a time: what was read under it is still so when
/// it is written. Ends when dropped.
#[derive(Debug)]
pub struct Alone {
    _lock: Option<File>,
}

impl Alone {
    /// Waits until nobody else changes packs in these folders.
    ///
    /// # Errors
    /// When the first folder cannot be written to.
    pub fn with(dirs: &[PathBuf]) -> anyhow::Result<Self> {
        let Some(dir) = dirs.first() else { return Ok(Self { _lock: None }) };
        let dir = dir.join(".history");
        fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
        let file =
            File::create(dir.join("lock")).with_context(|| format!("cannot write to {}", dir.display()))?;
        FileExt::lock(&file).with_context(|| format!("cannot lock {}", dir.display()))?;
        Ok(Self { _lock: Some(file) })
    }
}

/// What writing a pack has done.
#[derive(Debug)]
pub struct Written {
    /// The pack's file.
    pub file: PathBuf,
    /// All packs as they are now.
    pub bank: Bank,
}

impl PackShelf {
    /// The folders of an installation.
    pub fn new(dirs: &[PathBuf]) -> Self {
        Self { dirs: dirs.to_vec() }
    }

    /// The owner's pack of that id.
    ///
    /// # Errors
    /// When the id is one of the packs that come with Viva, or a file cannot be read.
    pub fn find(&self, id: &PackId) -> anyhow::Result<Option<KeptPack>> {
        // The last of several files with one id is the one that counts.
        for (file, text) in builtin::own_texts(&self.dirs)?.into_iter().rev() {
            // A file with errors is some other command's to tell about, unless it is the one.
            let Ok(pack) = bank::load(&text, &file.display().to_string()) else {
                if file.file_stem().is_some_and(|stem| stem == id.as_str()) {
                    bail!("{} has errors; `viva rubric lint` names them", file.display());
                }
                continue;
            };
            if pack.id == *id {
                let provenance = self.provenance(&file, id)?;
                return Ok(Some(KeptPack { pack, provenance, file }));
            }
        }
        if builtin::packs().iter().any(|pack| pack.id == *id) {
            bail!("{id} comes with Viva; choose another id for your own questions");
        }
        Ok(None)
    }

    fn provenance(&self, file: &Path, id: &PackId) -> anyhow::Result<Provenance> {
        let remembered = history_of(file, id).join("imported.json");
        match fs::read(&remembered) {
            Ok(bytes) => serde_json::from_slice(&bytes).with_context(|| {
                format!("{} is damaged; move it away to import afresh", remembered.display())
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Provenance::default()),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", remembered.display())),
        }
    }

    /// Where the pack of that id is, or would be, written.
    fn place(&self, id: &PackId) -> anyhow::Result<PathBuf> {
        if let Some(kept) = self.find(id)? {
            return Ok(kept.file);
        }
        let Some(dir) = self.dirs.first() else {
            bail!("no folder for packs is known; set VIVA_RUBRICS_DIR");
        };
        Ok(dir.join(format!("{id}.toml")))
    }

    /// Waits for the right to change packs; what is to be written is read under it.
    ///
    /// # Errors
    /// When the folder for packs cannot be written to.
    pub fn alone(&self) -> anyhow::Result<Alone> {
        Alone::with(&self.dirs)
    }

    /// Writes a pack that was brought up to date, and keeps the version before it.
    ///
    /// # Errors
    /// When the pack does not fit into the bank, or the disk refuses. Then nothing has changed.
    pub fn write(&self, _alone: &Alone, renewal: &Renewal) -> anyhow::Result<Written> {
        let mut pack = renewal.pack.clone();
        let file = self.place(&pack.id)?;
        let history = history_of(&file, &pack.id);
        fs::create_dir_all(&history).with_context(|| format!("cannot create {}", history.display()))?;
        let bank = self.bank_with(&mut pack)?;
        if let Ok(before) = fs::read(&file) {
            let (number, _) = latest(&history)?.unwrap_or((0, PathBuf::new()));
            let remembered = fs::read(history.join("imported.json")).unwrap_or_default();
            put(&history.join(format!("{:04}.json", number + 1)), &remembered)?;
            put(&history.join(format!("{:04}.toml", number + 1)), &before)?;
        }
        // The pack first: what it was made from is only needed to tell edits from changes, and errs to the safe side.
        put(&file, to_toml(&pack).as_bytes())?;
        put(&history.join("imported.json"), &serde_json::to_vec_pretty(&renewal.provenance)?)?;
        Ok(Written { file, bank })
    }

    /// Puts the version before the last import back; without one the pack goes. Returns the file and what is there now.
    ///
    /// # Errors
    /// When there is no such pack, or the disk refuses.
    pub fn undo(&self, id: &PackId) -> anyhow::Result<Option<PathBuf>> {
        let _alone = self.alone()?;
        let Some(kept) = self.find(id)? else { bail!("no pack of yours is called {id}") };
        let history = history_of(&kept.file, id);
        if !history.is_dir() {
            bail!("nothing was imported into {id}, so there is nothing to undo");
        }
        let Some((number, before)) = latest(&history)? else {
            // What goes is kept as a version nobody reads.
            let aside = history.join("undone.toml");
            put(&aside, &fs::read(&kept.file)?)?;
            fs::remove_file(&kept.file).with_context(|| format!("cannot remove {}", kept.file.display()))?;
            let _ = fs::remove_file(history.join("imported.json"));
            return Ok(None);
        };
        put(&history.join("undone.toml"), &fs::read(&kept.file)?)?;
        put(&kept.file, &fs::read(&before)?)?;
        let remembered = history.join(format!("{number:04}.json"));
        put(&history.join("imported.json"), &fs::read(&remembered).unwrap_or_default())?;
        fs::remove_file(&before)?;
        let _ = fs::remove_file(remembered);
        Ok(Some(kept.file))
    }

    /// All packs with this one among them. Neighbours that are in no pack are taken out of it: one such name would
    /// close the whole bank.
    fn bank_with(&self, pack: &mut Pack) -> anyhow::Result<Bank> {
        let mut others = builtin::bank_with(&self.dirs)?.packs().to_vec();
        others.retain(|other| other.id != pack.id);
        let here: std::collections::HashSet<_> = others
            .iter()
            .flat_map(|other| &other.questions)
            .chain(&pack.questions)
            .map(|q| q.id.clone())
            .collect();
        for question in &mut pack.questions {
            question.related.retain(|id| here.contains(id));
        }
        let errors = match Bank::new(others.into_iter().chain([pack.clone()]).collect()) {
            Ok(bank) => return Ok(bank),
            Err(errors) => errors,
        };
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        bail!("this does not fit with the packs that are there:\n{}", lines.join("\n"))
    }
}

fn history_of(file: &Path, id: &PackId) -> PathBuf {
    let dir = file.parent().unwrap_or(Path::new("."));
    // An id may be two dots; the ending keeps it a name.
    dir.join(".history").join(format!("{id}.versions"))
}

/// The last version that was replaced.
fn latest(history: &Path) -> anyhow::Result<Option<(u32, PathBuf)>> {
    let mut found: Option<(u32, PathBuf)> = None;
    for entry in fs::read_dir(history).with_context(|| format!("cannot list {}", history.display()))? {
        let path = entry?.path();
        let number =
            path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse::<u32>().ok());
        if let Some(number) = number
            && path.extension().is_some_and(|e| e == "toml")
            && found.as_ref().is_none_or(|(n, _)| number > *n)
        {
            found = Some((number, path));
        }
    }
    Ok(found)
}

/// Writes a file whole or not at all.
pub fn put(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(format!(".{}.new", std::process::id()));
    let beside = PathBuf::from(beside);
    let write = || -> std::io::Result<()> {
        let mut out = File::create(&beside)?;
        out.write_all(bytes)?;
        out.sync_all()?;
        fs::rename(&beside, file)?;
        if let Some(dir) = file.parent().and_then(|dir| File::open(dir).ok()) {
            let _ = dir.sync_all();
        }
        Ok(())
    };
    write()
        .inspect_err(|_| drop(fs::remove_file(&beside)))
        .with_context(|| format!("cannot write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use viva_import::Source;
    use viva_import::pack::{Choices, Incoming, SourceFile, Wanted, renew, sha256};

    fn incoming(text: &str) -> Incoming {
        let source = Source { bytes: text.as_bytes(), name: Some("notes.txt"), format: None };
        Incoming {
            file: SourceFile { name: "notes.txt".into(), sha256: sha256(text.as_bytes()) },
            questions: viva_import::read(source)
                .unwrap()
                .questions
                .into_iter()
                .map(Wanted::as_found)
                .collect(),
            stated: None,
        }
    }

    const TEXT: &str = "Q: What is a lease?\nA: A lock that ends by itself after a while.\n";

    fn import(shelf: &PackShelf, id: &PackId, text: &str) -> Written {
        let alone = shelf.alone().unwrap();
        let kept = shelf.find(id).unwrap();
        let existing = kept.as_ref().map(|kept| (&kept.pack, &kept.provenance));
        let renewal = renew(existing, &[incoming(text)], id, "Mine", &Choices::new()).unwrap();
        shelf.write(&alone, &renewal).unwrap()
    }

    #[test]
    fn a_pack_is_written_updated_and_taken_back() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = PackShelf::new(&[dir.path().join("rubrics")]);
        let id: PackId = "mine".parse().unwrap();
        let written = import(&shelf, &id, TEXT);
        assert!(written.bank.pack(&id).is_some());
        let first = fs::read(&written.file).unwrap();
        import(&shelf, &id, &TEXT.replace("after a while", "after some seconds"));
        let second = shelf.find(&id).unwrap().unwrap();
        assert!(second.pack.questions[0].model_answer.contains("seconds"));
        assert_eq!(second.pack.version, 2);
        assert!(shelf.undo(&id).unwrap().is_some());
        assert_eq!(fs::read(&written.file).unwrap(), first);
        assert!(shelf.undo(&id).unwrap().is_none());
        assert!(shelf.find(&id).unwrap().is_none());
        // Versions are no packs, and nothing half written lies about.
        import(&shelf, &id, TEXT);
        assert_eq!(builtin::pack_files(&dir.path().join("rubrics")).unwrap().len(), 1);
    }

    #[test]
    fn packs_that_come_with_viva_are_not_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = PackShelf::new(&[dir.path().to_owned()]);
        assert!(shelf.find(&"jvm".parse().unwrap()).is_err());
    }

    #[test]
    fn an_id_of_dots_stays_in_its_folder() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = PackShelf::new(&[dir.path().join("rubrics")]);
        import(&shelf, &"..".parse().unwrap(), TEXT);
        let outside: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(outside, ["rubrics"]);
    }
}
