//! Files that appear whole or not at all.
//!
//! A [`Draft`] is written under a name of its own, hashed on the way, synced to the disk and only then given
//! its real name. A process that dies leaves a draft behind, never half a file under the real name.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Bytes read at a time where a whole file passes through.
const PIECE: usize = 1 << 18;

/// A file being written.
pub(super) struct Draft {
    path: PathBuf,
    out: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
    published: bool,
}

/// A draft that is whole and on the disk, waiting for its name.
pub(super) struct Finished {
    draft: Draft,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256 in lower-case hexadecimal.
    pub sha256: String,
}

impl Draft {
    /// Starts a draft at `path`, which must be on the same disk as the name it will get.
    pub fn create(path: &Path) -> io::Result<Draft> {
        let out = BufWriter::with_capacity(PIECE, File::create(path)?);
        Ok(Draft { path: path.to_path_buf(), out, hash: Sha256::new(), bytes: 0, published: false })
    }

    /// Puts everything on the disk and tells what was written.
    pub fn finish(mut self) -> io::Result<Finished> {
        self.out.flush()?;
        self.out.get_ref().sync_all()?;
        let sha256 = hexadecimal(&std::mem::take(&mut self.hash).finalize());
        Ok(Finished { bytes: self.bytes, sha256, draft: self })
    }
}

impl Finished {
    /// Gives the draft its real name, replacing what had it.
    pub fn publish(mut self, name: &Path) -> io::Result<()> {
        fs::rename(&self.draft.path, name)?;
        self.draft.published = true;
        sync_folder_of(name)
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.published {
            // Nothing to do about a draft that cannot be removed: the next fetch clears the folder.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Reads `from` to its end into `out`, telling `go_on` the bytes so far after each piece; `false` if it said no.
pub(super) fn copy(
    from: &mut impl Read,
    out: &mut impl Write,
    mut go_on: impl FnMut(u64) -> bool,
) -> io::Result<bool> {
    let mut piece = vec![0; PIECE];
    let mut done = 0;
    loop {
        let read = match from.read(&mut piece) {
            Ok(0) => return Ok(true),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        out.write_all(&piece[..read])?;
        done += read as u64;
        if !go_on(done) {
            return Ok(false);
        }
    }
}

/// The SHA-256 of a file in lower-case hexadecimal, or `None` if `go_on` said no.
pub(super) fn sha256_of(path: &Path, go_on: impl FnMut(u64) -> bool) -> io::Result<Option<String>> {
    struct Hashing(Sha256);
    impl Write for Hashing {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.update(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut hashing = Hashing(Sha256::new());
    let whole = copy(&mut File::open(path)?, &mut hashing, go_on)?;
    Ok(whole.then(|| hexadecimal(&hashing.0.finalize())))
}

/// Makes a rename last through a power cut, where the system knows how.
fn sync_folder_of(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Bytes as lower-case hexadecimal digits.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_that_is_dropped_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("draft");
        let mut draft = Draft::create(&path).expect("created");
        draft.write_all(b"half").expect("written");
        drop(draft);
        assert!(!path.exists());
    }

    #[test]
    fn a_published_draft_has_its_name_and_the_right_hash() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut draft = Draft::create(&folder.path().join("draft")).expect("created");
        draft.write_all(b"abc").expect("written");
        let finished = draft.finish().expect("synced");
        let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!((finished.bytes, finished.sha256.as_str()), (3, hash));
        let name = folder.path().join("name");
        finished.publish(&name).expect("renamed");
        assert_eq!(fs::read(&name).expect("there"), b"abc");
        assert_eq!(sha256_of(&name, |_| true).expect("read").as_deref(), Some(hash));
        assert_eq!(sha256_of(&name, |_| false).expect("read"), None);
    }
}
