//! Where things lie in the checkout under test.

use std::env;
use std::path::{Path, PathBuf};

/// The folder of the workspace's Cargo.toml.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate lies in a folder of the workspace")
}

/// The binary under test: `VIVA_BIN`, or what cargo built beside this test.
///
/// # Panics
/// When it was not built; cargo does not build another package's binary for a test.
pub fn viva() -> PathBuf {
    let binary = env::var_os("VIVA_BIN").map_or_else(beside_this_test, PathBuf::from);
    assert!(
        binary.is_file(),
        "{} is not there; build it with `cargo build --bin viva`, or run scripts/test",
        binary.display()
    );
    binary
}

/// `target/debug/deps/this-test` lies beside `target/debug/viva`.
fn beside_this_test() -> PathBuf {
    let test = env::current_exe().expect("a running test has a path");
    let profile = test.ancestors().nth(2).expect("cargo puts tests two folders under the profile's");
    profile.join(format!("viva{}", env::consts::EXE_SUFFIX))
}

/// Where the speech models of the checkout lie.
pub fn models_dir() -> PathBuf {
    env::var_os("VIVA_MODELS_DIR").map_or_else(|| root().join("models"), PathBuf::from)
}

/// A file under `tests/fixtures`.
///
/// # Panics
/// When it does not exist.
pub fn fixture(name: &str) -> PathBuf {
    let file = root().join("tests/fixtures").join(name);
    assert!(file.is_file(), "{} is missing", file.display());
    file
}
