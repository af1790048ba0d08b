//! `templates/check.yml`: the component for GitLab, with a test in the runner's place.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_yaml::Value;
use tempfile::TempDir;

use crate::tools::{self, Outcome};
use crate::{BROKEN, CLEAN, root};

/// What the component takes, and what it adds to a pipeline.
fn component() -> (Value, String) {
    let text = fs::read_to_string(root().join("templates/check.yml")).unwrap();
    let (inputs, pipeline) = text.split_once("\n---\n").unwrap();
    (serde_yaml::from_str::<Value>(inputs).unwrap()["spec"]["inputs"].clone(), pipeline.to_owned())
}

fn script() -> String {
    let job: Value = serde_yaml::from_str(&component().1).unwrap();
    job["dagu-rs"]["script"][0].as_str().unwrap().to_owned()
}

/// The check reads one document, so it is asked about what is added to a pipeline.
#[test]
fn it_is_as_its_schema_wants_it() {
    if tools::has("check-jsonschema") {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("ci.yml"), component().1).unwrap();
        let args = ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci", "ci.yml"];
        tools::run("check-jsonschema", folder.path(), &args).good();
    }
}

#[test]
fn its_script_is_sound() {
    assert!(!script().contains("$[["), "an input in a script is part of the program");
    if tools::has("shellcheck") {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("script"), script()).unwrap();
        tools::run("shellcheck", folder.path(), &["--shell", "sh", "script"]).good();
    }
}

#[test]
fn every_input_has_a_use_and_every_use_an_input() {
    let (inputs, pipeline) = component();
    let inputs: BTreeSet<&str> = inputs.as_mapping().unwrap().keys().filter_map(Value::as_str).collect();
    let used = pipeline.split("$[[ inputs.").skip(1).map(|rest| rest.split(" ]]").next().unwrap());
    assert_eq!(used.collect::<BTreeSet<_>>(), inputs);
}

/// Runs the script as a job's.
fn job(shell: &str, folder: &TempDir, paths: &str, path: &str) -> Outcome {
    let mut command = tools::command(shell, folder.path());
    command.args(["-e", "-c", &script()]).env("CI_PROJECT_DIR", folder.path()).env("PATH", path);
    command.env("DAGU_RS_PATHS", paths).env("DAGU_RS_FAIL_ON", "error").env("DAGU_RS_ARGS", "").env("DAGU_RS_VERSION", "v0.1.0");
    tools::outcome(&mut command)
}

#[test]
fn a_job_leaves_its_reports_and_fails_by_the_findings() {
    let path = tools::path().into_string().unwrap();
    for shell in ["sh", "bash"] {
        for (dag, code, findings) in [(BROKEN, 1, 1), (CLEAN, 0, 0)] {
            let folder = TempDir::new().unwrap();
            fs::write(folder.path().join("a.yaml"), dag).unwrap();
            let outcome = job(shell, &folder, ".", &path);
            assert_eq!(outcome.code, code, "{outcome:#?}");
            let report = fs::read_to_string(folder.path().join("gl-code-quality-report.json")).unwrap();
            let report: Vec<serde_json::Value> = serde_json::from_str(&report).unwrap();
            assert_eq!(report.len(), findings, "{report:#?}");
            assert!(fs::read_to_string(folder.path().join("dagu-rs-junit.xml")).unwrap().contains("<testsuite"));
            assert_eq!(outcome.stdout.contains("error[unknown-key]"), code == 1, "{outcome:#?}");
        }
    }
    let folder = TempDir::new().unwrap();
    let outcome = job("sh", &folder, "$(touch${IFS}pwned) ;touch${IFS}pwned", &path);
    assert_eq!((outcome.code, folder.path().join("pwned").exists()), (2, false), "{outcome:#?}");
}

/// Where the image has no dagu-rs it is built, once for each tag: the folder is cached.
#[test]
fn it_is_installed_where_it_is_missing() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a.yaml"), CLEAN).unwrap();
    let programs = folder.path().join("programs");
    fs::create_dir(&programs).unwrap();
    let cargo = programs.join("cargo");
    let stub = format!(
        "#!/bin/sh\necho \"$@\" >>cargo.log\nmkdir -p .dagu-rs/bin\nln -s '{}' .dagu-rs/bin/dagu-rs\n",
        env!("CARGO_BIN_EXE_dagu-rs")
    );
    fs::write(&cargo, stub).unwrap();
    fs::set_permissions(cargo, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", programs.display());
    job("sh", &folder, ".", &path).good();
    job("sh", &folder, ".", &path).good();
    let expected = format!(
        "install --locked --git https://github.com/dagu-rs/dagu-rs --tag v0.1.0 --root {}/.dagu-rs dagu-rs\n",
        folder.path().display()
    );
    assert_eq!(fs::read_to_string(folder.path().join("cargo.log")).unwrap(), expected);
}
