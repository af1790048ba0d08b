//! What is packed, and that those who fetch it know what it is called.

use std::fs;

use crate::{root, tools};

#[test]
fn a_package_holds_what_a_build_needs() {
    let packed =
        tools::outcome(tools::command(env!("CARGO"), root()).args(["package", "--list", "--allow-dirty", "--offline"])).good().stdout;
    let packed: Vec<&str> = packed.lines().collect();
    for file in ["Cargo.toml", "LICENSE-APACHE", "LICENSE-MIT", "README.md", "src/main.rs", "benches/check.rs"] {
        assert!(packed.contains(&file), "{file}: {packed:?}");
    }
    assert!(!packed.iter().any(|file| file.starts_with("tests/")), "{packed:?}");
}

/// The action and cargo-binstall fetch archives by the names that cargo-dist gives them.
#[test]
fn releases_have_one_set_of_names() {
    let read = |name: &str| fs::read_to_string(root().join(name)).unwrap();
    let (dist, action, manifest) = (read("dist-workspace.toml"), read("action.yml"), read("Cargo.toml"));
    let targets = action.lines().filter_map(|line| line.split_once(" target=")).map(|(_, rest)| rest.trim_end_matches(" ;;"));
    let targets: Vec<&str> = targets.collect();
    assert_eq!(targets.len(), 4);
    for target in targets {
        assert!(dist.contains(&format!("\"{target}\",")), "{target} is in no release");
    }
    assert!(dist.contains("unix-archive = \".tar.xz\"") && dist.contains("checksum = \"sha256\""));
    assert!(action.contains("archive=dagu-rs-$target.tar.xz") && manifest.contains("{ name }-{ target }.tar.xz"));
    let repository = manifest.lines().find_map(|line| line.strip_prefix("repository = ")).unwrap().trim_matches('"');
    assert!(action.contains(&format!("{repository}/releases/download/v")) && read("templates/check.yml").contains(repository));
}
