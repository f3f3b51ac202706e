//! Making a backup. The database is copied first, whole and consistent, and what else goes in follows from that copy;
//! so answers may come, be recorded and be settled meanwhile.

use super::{
    DATABASE, Entry, FORMAT, FORMAT_VERSION, HISTORY, MANIFEST, Manifest, TRAYS, hex, is_a_name_of_ours,
    is_a_pack,
};
use crate::cli::places::Places;
use crate::{builtin, compose};
use anyhow::Context;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// What goes into a backup, with the copy of the database, which is removed when this is dropped.
#[derive(Debug)]
pub struct Contents {
    _scratch: TempDir,
    files: Vec<(String, PathBuf)>,
}

/// What went into a backup.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Recordings in it.
    pub recordings: u32,
    /// Packs in it.
    pub packs: u32,
    /// Recordings that were deleted while it was made.
    pub gone_meanwhile: u32,
    /// Bytes before compression.
    pub bytes: u64,
}

/// Copies the database and finds what belongs to it.
pub async fn gather(places: &Places) -> anyhow::Result<Contents> {
    std::fs::create_dir_all(&places.data_dir)?;
    let scratch = tempfile::Builder::new()
        .prefix(".backup-")
        .tempdir_in(&places.data_dir)
        .with_context(|| format!("{} cannot be written", places.data_dir.display()))?;
    let copy = scratch.path().join(DATABASE);
    compose::copy_database(places, &copy).await?;
    let mut files = vec![(DATABASE.to_owned(), copy.clone())];
    for take in compose::recordings_in(&copy).await? {
        let file = Path::new(&take).file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let name = format!("takes/{file}");
        if is_a_name_of_ours(&name) {
            files.push((name, places.data_dir.join("takes").join(file)));
        } else {
            tracing::warn!("a recording has a name that no backup may have; it is left out");
        }
    }
    files.extend(packs(places)?);
    let bench = places.data_dir.join("bench");
    files.extend(named(&bench, "bench")?);
    for tray in TRAYS {
        for document in entries(&places.data_dir.join(tray))? {
            // One without it is still arriving.
            let name = document.file_name().and_then(|name| name.to_str());
            if let Some(name) = name.filter(|_| document.join("about.json").is_file()) {
                files.extend(named(&document, &format!("{tray}/{name}"))?);
            }
        }
    }
    Ok(Contents { _scratch: scratch, files })
}

/// The owner's packs under the names they have in a backup.
fn packs(places: &Places) -> anyhow::Result<Vec<(String, PathBuf)>> {
    let mut taken = HashSet::new();
    let mut packs = Vec::new();
    for dir in &places.rubrics_dirs {
        for path in builtin::pack_files(dir)? {
            let within = path.strip_prefix(dir).unwrap_or(&path);
            let within: Vec<_> = within.iter().map(|part| part.to_string_lossy()).collect();
            let mut name = format!("rubrics/{}", within.join("/"));
            // Two folders may each have a file of that name.
            for n in 2.. {
                if taken.insert(name.clone()) {
                    break;
                }
                name = format!("rubrics/{n}-{}", within.join("-"));
            }
            anyhow::ensure!(
                is_a_name_of_ours(&name),
                "{} cannot go into a backup under its name; rename it",
                path.display()
            );
            packs.push((name, path));
        }
        for pack in entries(&dir.join(HISTORY))? {
            let Some(folder) = pack.file_name().and_then(|name| name.to_str()) else { continue };
            for (name, path) in named(&pack, &format!("rubrics/{HISTORY}/{folder}"))? {
                if taken.insert(name.clone()) {
                    packs.push((name, path));
                }
            }
        }
    }
    Ok(packs)
}

/// The files of a folder that a backup may have, by the names they have in it.
fn named(dir: &Path, prefix: &str) -> anyhow::Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for path in entries(dir)? {
        let name = path.file_name().and_then(|name| name.to_str()).map(|name| format!("{prefix}/{name}"));
        if let Some(name) = name.filter(|name| path.is_file() && is_a_name_of_ours(name)) {
            found.push((name, path));
        }
    }
    Ok(found)
}

/// What is in a folder, in a fixed order; nothing where there is none.
fn entries(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let found = match std::fs::read_dir(dir) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>(),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(Vec::new())
        }
        Err(error) => Err(error),
    };
    let mut found = found.with_context(|| format!("cannot list {}", dir.display()))?;
    found.sort();
    Ok(found)
}

/// Writes a backup as it goes: nothing is held in memory, and `out` need not be a file.
pub fn write(contents: &Contents, out: impl Write) -> anyhow::Result<Written> {
    let mut zip = ZipWriter::new_stream(out);
    let mut written = Written::default();
    let mut entries = Vec::new();
    for (name, path) in &contents.files {
        let mut file = match File::open(path) {
            Ok(file) => BufReader::with_capacity(1 << 18, file),
            Err(error) if error.kind() == ErrorKind::NotFound && name != DATABASE => {
                written.gone_meanwhile += u32::from(name.starts_with("takes/"));
                continue;
            }
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        // Sound hardly shrinks, and storing it keeps a backup as quick as the disk.
        let method = if name.ends_with(".wav") {
            written.recordings += 1;
            CompressionMethod::Stored
        } else {
            written.packs += u32::from(is_a_pack(name));
            CompressionMethod::Deflated
        };
        zip.start_file(name.as_str(), options(method))?;
        let (bytes, sha256) = copy(&mut file, &mut zip).with_context(|| format!("copying {name}"))?;
        written.bytes += bytes;
        entries.push(Entry { name: name.clone(), bytes, sha256 });
    }
    let manifest = Manifest {
        format: FORMAT.into(),
        version: FORMAT_VERSION,
        made_at: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        viva: env!("CARGO_PKG_VERSION").into(),
        entries,
    };
    zip.start_file(MANIFEST, options(CompressionMethod::Deflated))?;
    serde_json::to_writer_pretty(&mut zip, &manifest)?;
    let mut out = zip.finish()?.into_inner();
    out.flush()?;
    Ok(written)
}

fn options(method: CompressionMethod) -> SimpleFileOptions {
    // Sizes are not known before the end, so the long form of them is used throughout.
    SimpleFileOptions::default()
        .compression_method(method)
        .large_file(true)
        .unix_permissions(0o600)
        .last_modified_time(local_time().unwrap_or_default())
}

/// The present moment as zip files tell it: local, to two seconds.
fn local_time() -> Option<zip::DateTime> {
    let now = jiff::Zoned::now();
    let small = |n: i8| u8::try_from(n).ok();
    zip::DateTime::from_date_and_time(
        u16::try_from(now.year()).ok()?,
        small(now.month())?,
        small(now.day())?,
        small(now.hour())?,
        small(now.minute())?,
        small(now.second())?,
    )
    .ok()
}

/// Copies to the end; the size and SHA-256 of what was copied.
fn copy(from: &mut impl Read, to: &mut impl Write) -> io::Result<(u64, String)> {
    let mut sum = Sha256::new();
    let mut bytes = 0;
    let mut piece = vec![0; 1 << 18];
    loop {
        let read = from.read(&mut piece)?;
        if read == 0 {
            return Ok((bytes, hex(&sum.finalize())));
        }
        sum.update(&piece[..read]);
        to.write_all(&piece[..read])?;
        bytes += read as u64;
    }
}
