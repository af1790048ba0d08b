//! `dagu-rs schema`: printed, or written whole or not at all.

use std::fs;

use crate::{dagu_rs, outcome, run};

#[test]
fn it_is_printed_or_written() {
    let folder = tempfile::tempdir().unwrap();
    let printed = run(folder.path(), &["schema"]);
    assert_eq!((printed.code, printed.stderr.as_str()), (0, ""));
    let schema: serde_json::Value = serde_json::from_str(&printed.stdout).unwrap();
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");

    fs::write(folder.path().join("dag.schema.json"), "old").unwrap();
    let written = run(folder.path(), &["schema", "--output", "dag.schema.json"]);
    assert_eq!((written.code, written.stdout.as_str(), written.stderr.as_str()), (0, "", ""));
    assert_eq!(fs::read_to_string(folder.path().join("dag.schema.json")).unwrap(), printed.stdout);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left there");

    let device = outcome(dagu_rs().args(["schema", "-o", "/dev/null"]));
    assert_eq!((device.code, device.stdout.as_str()), (0, ""));
}

#[test]
fn what_cannot_be_written_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let failed = run(folder.path(), &["schema", "-o", "missing/dag.schema.json"]);
    assert_eq!((failed.code, failed.stdout.as_str()), (2, ""));
    assert!(failed.stderr.contains("missing/dag.schema.json: cannot write the schema"), "{}", failed.stderr);
    assert!(!failed.stderr.contains(".dagu-rs-"), "{}", failed.stderr);
}
