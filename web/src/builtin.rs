//! The packs that are compiled in, so that the binary can ask and score without any file beside it.

use anyhow::{Context, bail};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use viva_core::bank::{self, Bank, Pack};

/// File name and text of every pack shipped.
pub const FILES: &[(&str, &str)] = &[
    ("rubrics/jvm.toml", include_str!("../../rubrics/jvm.toml")),
    ("rubrics/spring.toml", include_str!("../../rubrics/spring.toml")),
    ("rubrics/distributed.toml", include_str!("../../rubrics/distributed.toml")),
    ("rubrics/databases.toml", include_str!("../../rubrics/databases.toml")),
    ("rubrics/operations.toml", include_str!("../../rubrics/operations.toml")),
    ("rubrics/behavioural.toml", include_str!("../../rubrics/behavioural.toml")),
];

/// The shipped packs.
pub fn packs() -> &'static [Pack] {
    static PACKS: OnceLock<Vec<Pack>> = OnceLock::new();
    PACKS.get_or_init(|| {
        FILES
            .iter()
            .map(|(file, text)| {
                bank::load(text, file).unwrap_or_else(|errors| {
                    unreachable!("a test loads every shipped pack, yet {file} has errors: {errors:?}")
                })
            })
            .collect()
    })
}

/// The shipped packs and the owner's own. A pack of the owner's with a shipped id takes its place.
pub fn bank_with(dirs: &[impl AsRef<Path>]) -> anyhow::Result<Bank> {
    bank_of(&own_texts(dirs)?)
}

/// The owner's pack files, each with its text, in the order in which they count.
pub fn own_texts(dirs: &[impl AsRef<Path>]) -> anyhow::Result<Vec<(PathBuf, String)>> {
    let mut texts = Vec::new();
    for dir in dirs {
        for own in pack_files(dir.as_ref())? {
            let text =
                std::fs::read_to_string(&own).with_context(|| format!("cannot read {}", own.display()))?;
            texts.push((own, text));
        }
    }
    Ok(texts)
}

/// The shipped packs with those of files in the place of their namesakes.
pub fn bank_of(own: &[(PathBuf, String)]) -> anyhow::Result<Bank> {
    let mut packs = packs().to_vec();
    for (file, text) in own {
        let pack = match bank::load(text, &file.display().to_string()) {
            Ok(pack) => pack,
            Err(errors) => {
                let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
                bail!("this pack cannot be used:\n{}", lines.join("\n"));
            }
        };
        packs.retain(|shipped| shipped.id != pack.id);
        packs.push(pack);
    }
    Bank::new(packs).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("the packs do not fit together:\n{}", lines.join("\n"))
    })
}

/// `*.toml` and `*/*.toml` of a folder in a fixed order; none where the folder is absent. The folder
/// `lexicon` holds word lists, no packs.
pub fn pack_files(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(dir) else { return Ok(found) };
    for entry in entries {
        let path = entry.with_context(|| format!("cannot list {}", dir.display()))?.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "lexicon") {
            for inner in
                std::fs::read_dir(&path).with_context(|| format!("cannot list {}", path.display()))?
            {
                found.push(inner?.path());
            }
        } else {
            found.push(path);
        }
    }
    found.retain(|path| path.is_file() && path.extension().is_some_and(|extension| extension == "toml"));
    found.sort();
    Ok(found)
}
