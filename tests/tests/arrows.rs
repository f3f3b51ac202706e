//! Who may know whom: the arrows of ARCHITECTURE.md, and the libraries that only one crate may use.

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};
use std::collections::{BTreeMap, BTreeSet};
use viva_tests::checkout;

/// Importer and what it may import of ours. A crate that is not here fails the test: draw its arrows first.
const ARROWS: &[(&str, &[&str])] = &[
    ("viva-core", &[]),
    ("viva-audio", &["viva-core"]),
    ("viva-import", &["viva-core"]),
    ("viva-speech", &["viva-audio", "viva-core"]),
    ("viva-storage", &["viva-core"]),
    ("viva-storage-sqlite", &["viva-storage", "viva-core"]),
    ("viva-storage-postgres", &["viva-storage", "viva-core"]),
    ("viva-interview", &["viva-storage", "viva-speech", "viva-audio", "viva-core"]),
    ("viva-jobs", &["viva-interview", "viva-storage", "viva-speech", "viva-core"]),
    (
        "viva",
        &[
            "viva-interview",
            "viva-jobs",
            "viva-import",
            "viva-storage",
            "viva-storage-sqlite",
            "viva-storage-postgres",
            "viva-speech",
            "viva-audio",
            "viva-core",
        ],
    ),
];

/// Library, and the only crates of ours that may name it.
const OWNED: &[(&str, &[&str])] = &[
    ("sqlx", &["viva-storage-sqlite", "viva-storage-postgres"]),
    ("axum", &["viva"]),
    ("askama", &["viva"]),
    ("cpal", &["viva-audio"]),
    ("whisper-rs", &["viva-speech"]),
    ("tokio-rustls", &["viva"]),
    ("rcgen", &["viva"]),
];

/// What would let the product speak to someone else: HTTP clients, and the TLS they bring. Not rustls, which is no client:
/// it guards the way to the owner's own database server and speaks with browsers that come to `viva serve --tls`.
const NEVER_IN_THE_BINARY: &[&str] = &[
    "reqwest",
    "ureq",
    "isahc",
    "curl",
    "attohttpc",
    "minreq",
    "surf",
    "awc",
    "hyper-tls",
    "hyper-rustls",
    "native-tls",
    "webpki-roots",
    "webpki-root-certs",
    "rustls-platform-verifier",
    "openssl-sys",
    "hickory-resolver",
];

/// The domain stays free of what does IO, waits, or tells the time.
const NEVER_IN_CORE: &[&str] =
    &["tokio", "async-trait", "futures", "sqlx", "rand", "tracing", "jiff", "hound"];

#[test]
fn every_crate_imports_only_what_its_arrows_allow() {
    let metadata = metadata();
    let allowed: BTreeMap<_, _> = ARROWS.iter().copied().collect();
    let ours: BTreeSet<&str> = metadata.workspace_packages().iter().map(|p| p.name.as_str()).collect();
    let mut wrong = Vec::new();
    for package in metadata.workspace_packages() {
        let name = package.name.as_str();
        if name == "viva-tests" {
            continue;
        }
        let Some(may) = allowed.get(name) else {
            wrong.push(format!("{name} has no arrows yet"));
            continue;
        };
        for dependency in &package.dependencies {
            let to = dependency.name.as_str();
            // A test may borrow from a neighbour; only what is shipped follows the arrows.
            let shipped = dependency.kind == DependencyKind::Normal;
            if shipped && ours.contains(to) && !may.contains(&to) {
                wrong.push(format!("{name} -> {to}"));
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that are not drawn: {wrong:#?}");
}

#[test]
fn a_library_is_named_only_by_the_crate_that_owns_it() {
    let mut wrong = Vec::new();
    for package in metadata().workspace_packages() {
        for dependency in package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal) {
            let owners =
                OWNED.iter().find(|(library, _)| *library == dependency.name).map(|(_, owners)| owners);
            if owners.is_some_and(|owners| !owners.contains(&package.name.as_str())) {
                wrong.push(format!("{} -> {}", package.name, dependency.name));
            }
        }
    }
    assert!(wrong.is_empty(), "libraries in the wrong crate: {wrong:#?}");
}

#[test]
fn the_binary_holds_no_http_client() {
    check_tree("viva", NEVER_IN_THE_BINARY);
}

#[test]
fn the_domain_holds_nothing_that_does_io() {
    check_tree("viva-core", NEVER_IN_CORE);
}

#[test]
fn there_is_one_version_of_sqlx() {
    let metadata = metadata();
    let versions: BTreeSet<_> =
        metadata.packages.iter().filter(|p| p.name.as_str() == "sqlx-core").map(|p| &p.version).collect();
    assert!(versions.len() <= 1, "{versions:?}");
}

#[track_caller]
fn check_tree(root: &str, never: &[&str]) {
    let metadata = metadata();
    let tree = normal_tree(&metadata, root);
    let found: Vec<_> =
        never.iter().filter(|name| tree.contains_key(**name)).map(|name| &tree[*name]).collect();
    assert!(found.is_empty(), "{root} brings in, by these ways: {found:#?}");
}

/// Every package that `root` ships with, and the way to it. Build scripts, macros' own dependencies and tests
/// are followed only where they are normal dependencies.
fn normal_tree(metadata: &Metadata, root: &str) -> BTreeMap<String, String> {
    let resolve = metadata.resolve.as_ref().expect("dependencies were asked for");
    let nodes: BTreeMap<&PackageId, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let start =
        metadata.workspace_packages().into_iter().find(|p| p.name.as_str() == root).expect("a crate of ours");
    let mut tree = BTreeMap::new();
    let mut ahead = vec![(&start.id, root.to_owned())];
    while let Some((id, way)) = ahead.pop() {
        if tree.insert(metadata[id].name.to_string(), way.clone()).is_some() {
            continue;
        }
        for dependency in &nodes[id].deps {
            if dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal) {
                ahead.push((&dependency.pkg, format!("{way} -> {}", metadata[&dependency.pkg].name)));
            }
        }
    }
    tree
}

/// For this platform, without the network: everything was fetched to build this test.
fn metadata() -> Metadata {
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let mut command = MetadataCommand::new();
    command.manifest_path(checkout::root().join("Cargo.toml")).other_options(vec!["--locked".to_owned()]);
    if cfg!(target_os = "linux") {
        command.other_options(vec!["--locked".to_owned(), "--filter-platform".to_owned(), target]);
    }
    command.exec().expect("cargo metadata")
}
