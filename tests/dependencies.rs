//! The published core stays light: what it brings from the registry is counted from `Cargo.lock`.

#![allow(
    clippy::expect_used,
    reason = "a helper of a test fails as the test does"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use toml::{Table, Value};

/// Build scripts and procedural macros included.
const ALLOWED: usize = 12;
const CORE: [&str; 3] = ["graph", "ops", "nn"];

#[test]
fn the_core_brings_at_most_twelve_crates() {
    let lock = packages();
    let mut brought = BTreeSet::new();
    let mut wanted: Vec<String> = CORE
        .iter()
        .flat_map(|member| own_dependencies(member))
        .collect();
    while let Some(name) = wanted.pop() {
        if !name.starts_with("dagrad") && brought.insert(name.clone()) {
            wanted.extend(
                lock.get(&name)
                    .expect("the lock file lists every dependency")
                    .clone(),
            );
        }
    }
    assert!(
        brought.contains("slotmap") && brought.contains("syn"),
        "{brought:?}"
    );
    assert!(
        brought.len() <= ALLOWED,
        "{} crates: {brought:?}",
        brought.len()
    );
}

#[test]
fn the_graph_does_not_know_its_operations() {
    let own = own_dependencies("graph");
    assert!(
        !own.iter().any(|name| name.starts_with("dagrad")),
        "{own:?}"
    );
}

fn read(path: &str) -> Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(path)
        .expect("the file is there")
        .parse()
        .expect("it is TOML")
}

/// What each package of the lock file depends on. For packages of the registry, the lock file has no
/// development dependencies.
fn packages() -> BTreeMap<String, Vec<String>> {
    let lock = read("Cargo.lock");
    let packages = lock["package"].as_array().expect("a list of packages");
    let name = |text: &str| text.split(' ').next().unwrap_or_default().to_owned();
    let entry = |package: &Value| {
        let dependencies = package.get("dependencies").and_then(Value::as_array);
        let names = dependencies
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(name);
        (
            package["name"].as_str().expect("a name").to_owned(),
            names.collect(),
        )
    };
    packages.iter().map(entry).collect()
}

/// What a member of the workspace depends on, except for its tests: the lock file does not tell these
/// apart, its manifest does.
fn own_dependencies(member: &str) -> Vec<String> {
    let manifest = read(&format!("crates/{member}/Cargo.toml"));
    let tables = ["dependencies", "build-dependencies"];
    let tables = tables
        .iter()
        .filter_map(|table| manifest.get(*table).and_then(Value::as_table));
    tables.flat_map(|table| table.keys().cloned()).collect()
}
