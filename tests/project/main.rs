//! The project holds together: crates depend in one direction, the examples say what `check` says.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use dagu_schema::{Confidence, Diagnostic, Facts, analyze, rules};
use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// For each package of the resolved graph the packages it depends on in a build, by name.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(root())
        .output()
        .expect("cargo metadata runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    let names: BTreeMap<&str, &str> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (package["id"].as_str().unwrap(), package["name"].as_str().unwrap()))
        .collect();
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
    nodes
        .iter()
        .map(|node| {
            let deps = node["deps"].as_array().unwrap().iter().filter(|dep| {
                let kinds = dep["dep_kinds"].as_array().unwrap();
                kinds.iter().any(|kind| kind["kind"].is_null())
            });
            let deps = deps.map(|dep| names[dep["pkg"].as_str().unwrap()].to_owned()).collect();
            (names[node["id"].as_str().unwrap()].to_owned(), deps)
        })
        .collect()
}

/// All that a package is built with.
fn closure(package: &str, dependencies: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut open = vec![package.to_owned()];
    while let Some(name) = open.pop() {
        for dependency in &dependencies[&name] {
            if all.insert(dependency.clone()) {
                open.push(dependency.clone());
            }
        }
    }
    all
}

#[test]
fn dependencies_point_one_way() {
    let dependencies = dependencies();
    let own = |package: &str| -> BTreeSet<String> {
        let all = closure(package, &dependencies);
        all.into_iter().filter(|name| name.starts_with("dagu-")).collect()
    };
    assert_eq!(own("dagu-schema"), BTreeSet::new());
    assert_eq!(own("dagu-runner"), BTreeSet::from(["dagu-schema".to_owned()]));
    assert_eq!(own("dagu-server"), BTreeSet::from(["dagu-schema".to_owned()]));
}

#[test]
fn the_schema_crate_is_pure() {
    let all = closure("dagu-schema", &dependencies());
    for effect in ["tokio", "tower-lsp", "lsp-types", "bollard", "hyper", "futures-util", "clap"] {
        assert!(!all.contains(effect), "dagu-schema depends on {effect}");
    }
}

#[test]
fn examples_have_the_findings_they_announce() {
    let mut checked = 0;
    for entry in fs::read_dir(root().join("examples")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let announced: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("# check: ")).filter(|line| *line != "clean").collect();
        assert!(text.contains("\n# check: "), "{} announces nothing", path.display());
        let found = analyze(&text, &Facts::default()).diagnostics;
        let is_reported = |found: &&Diagnostic| rules::find(found.rule).is_none_or(|rule| rule.confidence > Confidence::Maybe);
        let found: Vec<String> =
            found.iter().filter(is_reported).map(|found| format!("{} {}", found.severity.name(), found.rule)).collect();
        assert_eq!(found, announced, "{}", path.display());
        checked += 1;
    }
    assert!(checked >= 10, "only {checked} examples");
}

#[test]
fn the_readme_names_every_dependency() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let dependencies = dependencies();
    for package in ["dagu-rs", "dagu-schema", "dagu-runner", "dagu-server"] {
        for dependency in dependencies[package].iter().filter(|name| !name.starts_with("dagu-")) {
            assert!(readme.contains(dependency.as_str()), "README.md does not say what {dependency} is for");
        }
    }
}

/// The README's picture is what the command prints. `UPDATE=1 cargo test --test project` draws it.
#[test]
fn the_picture_is_current() {
    let output = Command::new(env!("CARGO_BIN_EXE_dagu-rs"))
        .args(["check", "--no-base-config", "--color", "always", "examples/claude-root-credential.yaml"])
        .current_dir(root())
        .output()
        .expect("the command starts");
    let printed = String::from_utf8(output.stdout).unwrap();
    let picture = anstyle_svg::Term::new().render_svg(&format!("$ dagu-rs check examples/claude-root-credential.yaml\n{printed}"));
    let path = root().join("docs/check.svg");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &picture).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == picture, "docs/check.svg is stale: run UPDATE=1 cargo test --test project");
}
