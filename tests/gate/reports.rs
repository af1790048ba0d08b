//! Reports, held by other programs against the schemas of those who read them. That of SARIF is in `action.rs`.

use std::fs;

use tempfile::TempDir;

use crate::{BROKEN, CLEAN, root, tools};

const UNUSUAL: &str = "steps:\n  - id: a\n    run: echo a\n    \"<&'\\u0001 \\\"]]>\": 1\n";

fn xmllint(file: &str, format: &str, more: &[&str]) {
    let folder = TempDir::new().unwrap();
    for (name, text) in [("bad.yaml", BROKEN), ("good.yaml", CLEAN), ("<&'\".yaml", UNUSUAL)] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    for (folder, code) in [(folder, 1), (TempDir::new().unwrap(), 3)] {
        let checked = tools::run("dagu-rs", folder.path(), &["check", "--format", format, "--output-file", file]);
        assert_eq!(checked.code, code, "{checked:#?}");
        if folder.path().join(file).exists() && tools::has("xmllint") {
            tools::run("xmllint", folder.path(), &[&["--noout", "--nonet"], more, &[file]].concat()).good();
        }
        assert!(code == 3 || folder.path().join(file).exists());
    }
}

#[test]
fn junit() {
    let schema = root().join("tests/gate/schemas/jenkins-junit.xsd");
    xmllint("junit.xml", "junit", &["--schema", schema.to_str().unwrap()]);
}

/// Checkstyle has no schema of reports.
#[test]
fn checkstyle() {
    xmllint("checkstyle.xml", "checkstyle", &[]);
}
