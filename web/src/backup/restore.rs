//! Bringing a backup back. Everything is unpacked beside the data, measured against the manifest and opened once before
//! anything is touched; then what was there is moved aside and the new moves in, both by renaming.

use super::{
    DATABASE, Entry, FOLDERS, FORMAT, FORMAT_VERSION, MANIFEST, Manifest, hex, is_a_name_of_ours, is_a_pack,
};
use crate::cli::places::Places;
use crate::compose::DatabasePlace;
use crate::{compose, in_use};
use anyhow::{Context, bail, ensure};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use zip::ZipArchive;

/// What came back, and where what was there is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Answers in it.
    pub answers: u64,
    /// Recordings in it.
    pub recordings: u32,
    /// Packs in it.
    pub packs: u32,
    /// When the backup was made, in RFC 3339.
    pub made_at: String,
    /// The folders that keep what was there before; none where nothing was.
    pub kept_in: Vec<PathBuf>,
    /// Where the packs are, if that is not where this installation looks for them.
    pub packs_elsewhere: Option<PathBuf>,
}

/// A manifest of a hundred thousand recordings is 15 MB.
const LARGEST_MANIFEST: u64 = 64 << 20;

/// Deflate makes text and tables ten times smaller; what claims to grow more than this was made to fill a disk.
const MOST_GROWTH: u64 = 200;

/// Below this, growth is no matter.
const SMALL: u64 = 16 << 20;

/// Verifies a backup and puts it in the place of what is there.
///
/// # Errors
/// Where the file is no whole backup of a format this version reads, or another Viva has the data folder open. Nothing
/// has been changed then.
pub async fn restore(places: &Places, file: &Path) -> anyhow::Result<Restored> {
    let place = compose::database_place(places)?;
    let archive = File::open(file).with_context(|| format!("cannot open {}", file.display()))?;
    let _alone = in_use::alone(&places.data_dir)?;
    let mut archive = ZipArchive::new(BufReader::new(archive)).map_err(|error| {
        anyhow::anyhow!("{} is no backup of Viva, or is cut short: {error}", file.display())
    })?;
    let manifest = manifest(&mut archive).with_context(|| format!("in {}", file.display()))?;
    let room = manifest.entries.iter().fold(0_u64, |sum, entry| sum.saturating_add(entry.bytes));
    let free = fs4::available_space(&places.data_dir).unwrap_or(u64::MAX);
    ensure!(
        room < free,
        "the backup unpacks to {} MB and only {} MB are free in {}; nothing was changed",
        room / 1_000_000,
        free / 1_000_000,
        places.data_dir.display()
    );
    let staging = tempfile::Builder::new()
        .prefix(".restore-")
        .tempdir_in(&places.data_dir)
        .with_context(|| format!("{} cannot be written", places.data_dir.display()))?;
    std::fs::create_dir_all(staging.path().join("takes"))?;
    for entry in &manifest.entries {
        unpack(&mut archive, entry, staging.path()).with_context(|| {
            format!("{} in {} is damaged; nothing was changed", entry.name, file.display())
        })?;
    }
    let answers = compose::check_copy(&staging.path().join(DATABASE))
        .await
        .with_context(|| format!("{DATABASE} in {} cannot be used; nothing was changed", file.display()))?;
    let copy = staging.path().join(DATABASE);
    let (kept_in, moved) = match &place {
        DatabasePlace::File(database) => swap(places, Some(database), staging.path())?,
        DatabasePlace::Server(_) => swap(places, None, staging.path())?,
    };
    if let DatabasePlace::Server(_) = &place
        && let Err(error) = compose::fill_server(places, &copy).await
    {
        move_back(&moved);
        for folder in &kept_in {
            // It is empty again.
            let _ = std::fs::remove_dir(folder);
        }
        return Err(error.context("nothing was changed"));
    }
    let count = |is: fn(&str) -> bool| {
        u32::try_from(manifest.entries.iter().filter(|entry| is(&entry.name)).count()).unwrap_or(u32::MAX)
    };
    let packs = count(is_a_pack);
    let own = places.data_dir.join("rubrics");
    Ok(Restored {
        answers,
        recordings: count(|name| name.starts_with("takes/")),
        packs,
        made_at: manifest.made_at,
        kept_in,
        packs_elsewhere: (packs > 0 && !places.rubrics_dirs.contains(&own)).then_some(own),
    })
}

/// Reads the manifest and holds the list of entries against it, without unpacking any.
fn manifest(archive: &mut ZipArchive<BufReader<File>>) -> anyhow::Result<Manifest> {
    let mut text = Vec::new();
    match archive.by_name(MANIFEST) {
        Ok(entry) => entry.take(LARGEST_MANIFEST + 1).read_to_end(&mut text)?,
        Err(error) => bail!("there is no {MANIFEST}, so it is no backup of Viva ({error})"),
    };
    ensure!(text.len() as u64 <= LARGEST_MANIFEST, "{MANIFEST} is larger than that of any backup");
    // The format first: what a newer one says beside it need not be readable here.
    let head: serde_json::Value =
        serde_json::from_slice(&text).with_context(|| format!("{MANIFEST} cannot be read"))?;
    ensure!(head["format"] == FORMAT, "{MANIFEST} is not that of a backup of Viva");
    match head["version"].as_u64() {
        Some(version) if version > u64::from(FORMAT_VERSION) => bail!(
            "the backup has format {version} and this version of Viva reads up to {FORMAT_VERSION}; update Viva first"
        ),
        Some(1..) => {}
        _ => bail!("{MANIFEST} names no version of its format"),
    }
    let manifest: Manifest =
        serde_json::from_value(head).with_context(|| format!("{MANIFEST} cannot be read"))?;

    let mut promised = BTreeMap::new();
    let mut folded = HashSet::new();
    for entry in &manifest.entries {
        ensure!(is_a_name_of_ours(&entry.name), "{:?} may not be in a backup", entry.name);
        // Where capitals do not matter to the disk, one would overwrite the other.
        ensure!(folded.insert(entry.name.to_lowercase()), "{:?} is there twice", entry.name);
        promised.insert(entry.name.as_str(), entry);
    }
    ensure!(promised.contains_key(DATABASE), "there is no {DATABASE}");
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index)?;
        let name = entry.name()?.into_owned();
        if name == MANIFEST {
            continue;
        }
        let Some(told) = promised.remove(name.as_str()) else {
            bail!("{name:?} is in the file and not in its {MANIFEST}");
        };
        ensure!(entry.is_file() && !entry.is_symlink() && !entry.encrypted(), "{name:?} is no plain file");
        ensure!(entry.size() == told.bytes, "{name:?} has not the size that {MANIFEST} says");
        ensure!(
            told.bytes <= SMALL || told.bytes / MOST_GROWTH <= entry.compressed_size(),
            "{name:?} unpacks to far more than it can hold"
        );
    }
    if let Some(missing) = promised.keys().next() {
        bail!("{missing:?} is in {MANIFEST} and not in the file");
    }
    Ok(manifest)
}

/// Unpacks one entry and measures it against what the manifest says.
fn unpack(archive: &mut ZipArchive<BufReader<File>>, told: &Entry, staging: &Path) -> anyhow::Result<()> {
    let path = staging.join(&told.name);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut entry = archive.by_name(&told.name)?.take(told.bytes.saturating_add(1));
    let mut file = BufWriter::new(File::create_new(&path)?);
    let mut sum = Sha256::new();
    let mut bytes = 0;
    let mut piece = vec![0; 1 << 18];
    loop {
        let read = entry.read(&mut piece)?;
        if read == 0 {
            break;
        }
        bytes += read as u64;
        sum.update(&piece[..read]);
        file.write_all(&piece[..read])?;
    }
    file.into_inner()?.sync_all()?;
    ensure!(bytes == told.bytes, "it has not the size that {MANIFEST} says");
    ensure!(hex(&sum.finalize()) == told.sha256.to_lowercase(), "its SHA-256 is not the one in {MANIFEST}");
    Ok(())
}

/// From where to where a file or folder was moved.
type Moved = (PathBuf, PathBuf);

/// Moves what is there aside and what was unpacked in, the database's file included where it is one. Where a step fails, the
/// ones before are taken back. Returns the folders that keep what was there, and all moves.
fn swap(
    places: &Places,
    database: Option<&Path>,
    staging: &Path,
) -> anyhow::Result<(Vec<PathBuf>, Vec<Moved>)> {
    let beside = database.and_then(Path::parent).unwrap_or(&places.data_dir);
    let stamp = jiff::Zoned::now().strftime("before-restore-%Y-%m-%d-%H%M%S").to_string();
    let aside = unused(&places.data_dir, &stamp);
    // A rename cannot leave its disk, so a database elsewhere is kept beside where it is.
    let aside_database = if beside == places.data_dir { aside.clone() } else { unused(beside, &stamp) };
    let mut moves: Vec<Moved> = Vec::new();
    for (database, ending) in
        database.into_iter().flat_map(|file| ["", "-wal", "-shm"].map(|end| (file, end)))
    {
        let mut from = database.as_os_str().to_owned();
        from.push(ending);
        let from = PathBuf::from(from);
        let to = aside_database.join(from.file_name().unwrap_or_default());
        moves.push((from, to));
    }
    for folder in FOLDERS {
        moves.push((places.data_dir.join(folder), aside.join(folder)));
    }
    moves.retain(|(from, _)| from.exists());
    let mut kept_in: Vec<PathBuf> =
        moves.iter().filter_map(|(_, to)| to.parent().map(Path::to_owned)).collect();
    kept_in.dedup();
    for folder in &kept_in {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    moves.extend(database.map(|database| (staging.join(DATABASE), database.to_owned())));
    for folder in FOLDERS {
        let from = staging.join(folder);
        if from.exists() {
            moves.push((from, places.data_dir.join(folder)));
        }
    }
    for (done, (from, to)) in moves.iter().enumerate() {
        // The database may live on another disk than the folder it was unpacked into.
        let moved = std::fs::rename(from, to).or_else(|error| match Some(to.as_path()) == database {
            true => std::fs::copy(from, to).map(|_| ()),
            false => Err(error),
        });
        if let Err(error) = moved {
            move_back(&moves[..done]);
            return Err(error).with_context(|| {
                format!("{} cannot be moved to {}; what was there is back", from.display(), to.display())
            });
        }
    }
    Ok((kept_in, moves))
}

fn move_back(moved: &[Moved]) {
    for (from, to) in moved.iter().rev() {
        if let Err(error) = std::fs::rename(to, from) {
            tracing::error!(%error, "{} could not be moved back to {}", to.display(), from.display());
        }
    }
}

fn unused(dir: &Path, name: &str) -> PathBuf {
    let numbered = (2..).map(|n| dir.join(format!("{name}-{n}")));
    std::iter::once(dir.join(name)).chain(numbered).find(|path| !path.exists()).unwrap_or_default()
}
