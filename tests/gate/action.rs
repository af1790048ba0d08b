//! `action.yml`: the steps of the GitHub action, with a test in the runner's place.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde_yaml::Value;
use tempfile::TempDir;

use crate::tools::{self, Outcome};
use crate::{BROKEN, CLEAN, root};

fn action() -> Value {
    serde_yaml::from_str(&fs::read_to_string(root().join("action.yml")).unwrap()).unwrap()
}

fn steps() -> Vec<Value> {
    action()["runs"]["steps"].as_sequence().unwrap().clone()
}

/// The scripts, each with what it is called here: its id, or the expression on which it runs.
fn scripts() -> Vec<(String, String)> {
    let name = |step: &Value| step["id"].as_str().or(step["if"].as_str()).unwrap().to_owned();
    let script = |step: &Value| step["run"].as_str().map(str::to_owned);
    steps().iter().filter_map(|step| Some((name(step), script(step)?))).collect()
}

/// A machine that performs steps.
struct Runner {
    folder: TempDir,
}

impl Runner {
    fn new(dags: &[(&str, &str)]) -> Self {
        let runner = Self { folder: TempDir::new().unwrap() };
        for folder in ["work", "temp", "programs"] {
            fs::create_dir(runner.path(folder)).unwrap();
        }
        for (name, text) in dags {
            fs::write(runner.path("work").join(name), text).unwrap();
        }
        runner
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Performs the step of a name, with the variables that its `env` gets from the inputs.
    fn perform(&self, step: &str, variables: &[(&str, &str)]) -> (Outcome, BTreeMap<String, String>) {
        let all = scripts();
        let (_, script) = all.iter().find(|(name, _)| name.contains(step)).unwrap();
        let (output, path) = (self.path("output"), self.path("path"));
        fs::write(&output, "").unwrap();
        let mut command = tools::command("bash", &self.path("work"));
        let programs = std::env::join_paths([self.path("programs")].into_iter().chain(std::env::split_paths(&tools::path()))).unwrap();
        // As a runner calls it.
        command.args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script]).env("PATH", programs);
        command.env("GITHUB_OUTPUT", &output).env("GITHUB_PATH", path).env("RUNNER_TEMP", self.path("temp"));
        command.env("RUNNER_OS", "Linux").env("RUNNER_ARCH", "X64").env("GITHUB_ACTION_PATH", root());
        command.envs(variables.iter().copied());
        let outcome = tools::outcome(&mut command);
        let outputs = fs::read_to_string(output).unwrap();
        let outputs = outputs.lines().map(|line| line.split_once('=').unwrap()).map(|(name, value)| (name.to_owned(), value.to_owned()));
        (outcome, outputs.collect())
    }

    fn program(&self, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.path("programs").join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[test]
fn it_is_as_its_schema_wants_it() {
    if tools::has("check-jsonschema") {
        tools::run("check-jsonschema", root(), &["--builtin-schema", "vendor.github-actions", "action.yml"]).good();
    }
}

#[test]
fn its_scripts_are_sound() {
    let folder = TempDir::new().unwrap();
    for (name, script) in scripts() {
        assert!(!script.contains("${{"), "{name}: an expression in a script is part of the program");
        if tools::has("shellcheck") {
            fs::write(folder.path().join("step"), &script).unwrap();
            tools::run("shellcheck", folder.path(), &["--shell", "bash", "step"]).good();
        }
    }
}

#[test]
fn every_input_has_a_use_and_every_use_an_input() {
    let text = fs::read_to_string(root().join("action.yml")).unwrap();
    let action = action();
    let inputs: Vec<&str> = action["inputs"].as_mapping().unwrap().keys().filter_map(Value::as_str).collect();
    for input in &inputs {
        assert!(text.contains(&format!("${{{{ inputs.{input} }}}}")), "{input}");
    }
    for rest in text.split("inputs.").skip(1) {
        let used: String = rest.chars().take_while(|&letter| letter.is_ascii_lowercase() || letter == '-').collect();
        assert!(inputs.contains(&used.as_str()), "{used}");
    }
}

const DEFAULTS: [(&str, &str); 4] = [("PATHS", "."), ("ARGS", ""), ("FAIL_ON", "error"), ("UPLOAD", "false")];

/// The defaults of the inputs, with changes.
fn inputs<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&DEFAULTS[..], changes].concat()
}

#[test]
fn findings_are_annotations() {
    let runner = Runner::new(&[("bad.yaml", BROKEN), ("good.yaml", CLEAN)]);
    let (outcome, outputs) = runner.perform("check", &inputs(&[]));
    let outcome = outcome.good();
    assert_eq!(outputs, [("exit-code".to_owned(), "1".to_owned())].into());
    assert!(outcome.stdout.contains("::error ") && outcome.stdout.contains("bad.yaml"), "{outcome:#?}");
    for (changes, code) in [
        (&[("FAIL_ON", "never")][..], "0"),
        (&[("ARGS", "  --fail-on   never ")], "2"),
        (&[("ARGS", "--no-base-config --color never")], "1"),
        (&[("PATHS", "good.yaml\n\nbad.yaml\n")], "1"),
        (&[("PATHS", "good.yaml")], "0"),
        (&[("PATHS", "no such file.yaml")], "2"),
        (&[("FAIL_ON", "sometimes")], "2"),
    ] {
        let (outcome, outputs) = runner.perform("check", &inputs(changes));
        assert_eq!(outputs["exit-code"], code, "{changes:?}: {outcome:#?}");
    }
}

#[test]
fn findings_are_uploaded_even_when_there_are_some() {
    for (name, dag, code, level) in [("bad.yaml", BROKEN, "1", "error: 1"), ("good.yaml", CLEAN, "0", "error: 0")] {
        let runner = Runner::new(&[(name, dag)]);
        let (outcome, outputs) = runner.perform("check", &inputs(&[("UPLOAD", "true")]));
        assert_eq!(outputs["exit-code"], code, "{outcome:#?}");
        let sarif = &outputs["sarif-file"];
        let report: serde_json::Value = serde_json::from_str(&fs::read_to_string(sarif).unwrap()).unwrap();
        assert_eq!(report["version"], "2.1.0");
        if tools::has("sarif") {
            let summary = tools::run("sarif", runner.folder.path(), &["summary", sarif]).good();
            assert!(summary.stdout.contains(level), "{summary:#?}");
        }
    }
    let runner = Runner::new(&[]);
    let (_, outputs) = runner.perform("check", &inputs(&[("UPLOAD", "true"), ("FAIL_ON", "sometimes")]));
    assert_eq!(outputs, [("exit-code".to_owned(), "2".to_owned())].into(), "nothing to upload");
}

#[test]
fn inputs_are_no_program() {
    let runner = Runner::new(&[("good.yaml", CLEAN)]);
    for text in ["$(touch pwned)", "; touch pwned", "`touch pwned`", "\"; touch pwned; \""] {
        for name in ["PATHS", "ARGS", "FAIL_ON", "UPLOAD"] {
            runner.perform("check", &inputs(&[(name, text)]));
        }
    }
    assert!(!runner.path("work/pwned").exists());
}

#[test]
fn the_last_step_fails_by_the_exit_code() {
    let runner = Runner::new(&[]);
    for code in [0, 1, 3] {
        assert_eq!(runner.perform("always()", &[("CODE", &code.to_string())]).0.code, code);
    }
}

/// A release is fetched, compared with its checksum, and unpacked. The archive is laid out as cargo-dist does.
#[test]
fn a_release_is_installed() {
    let runner = Runner::new(&[]);
    let name = "dagu-rs-x86_64-unknown-linux-musl";
    let served = runner.path(name);
    fs::create_dir(&served).unwrap();
    fs::write(served.join("dagu-rs"), "the program").unwrap();
    let archive = format!("{name}.tar.xz");
    tools::run("tar", runner.folder.path(), &["-cJf", &archive, name]).good();
    let sum = tools::run("sha256sum", runner.folder.path(), &["--binary", &archive]).good().stdout;
    fs::write(runner.path(&format!("{archive}.sha256")), &sum).unwrap();
    let curl = "#!/bin/sh\nfor word; do case $word in https://*) echo \"$word\" >>../asked; cp \"../${word##*/}\" .;; esac; done\n";
    runner.program("curl", curl);

    runner.perform("install", &[("VERSION", "0.1.0"), ("CACHED", "")]).0.good();
    assert_eq!(fs::read_to_string(runner.path("temp/dagu-rs/bin/dagu-rs")).unwrap(), "the program");
    assert_eq!(fs::read_to_string(runner.path("path")).unwrap().trim(), runner.path("temp/dagu-rs/bin").to_str().unwrap());
    let address = format!("https://github.com/dagu-rs/dagu-rs/releases/download/v0.1.0/{archive}");
    assert_eq!(fs::read_to_string(runner.path("asked")).unwrap(), format!("{address}\n{address}.sha256\n"));

    fs::remove_file(runner.path("temp/dagu-rs/bin/dagu-rs")).unwrap();
    fs::write(runner.path(&format!("{archive}.sha256")), sum.replace(['0', '1', '2'], "3")).unwrap();
    assert_ne!(runner.perform("install", &[("VERSION", "0.1.0"), ("CACHED", "")]).0.code, 0);
    assert!(!runner.path("temp/dagu-rs/bin/dagu-rs").exists(), "another archive than the one that was released");
    assert_ne!(runner.perform("install", &[("VERSION", "0.1.0"), ("RUNNER_OS", "Windows")]).0.code, 0);
}

/// Without a version the action's own source is built, once for each state that it has.
#[test]
fn the_source_is_built_and_cached() {
    let runner = Runner::new(&[]);
    runner.program("cargo", "#!/bin/sh\npwd >../called; echo \"$@\" >>../called\n");
    runner.program("rustup", "#!/bin/sh\n");
    let called = runner.path("called");
    runner.program("cargo", &format!("#!/bin/sh\n(pwd; echo \"$@\") >'{}'\n", called.display()));
    runner.perform("install", &[("VERSION", ""), ("CACHED", "true")]).0.good();
    assert!(!called.exists());
    runner.perform("install", &[("VERSION", ""), ("CACHED", "")]).0.good();
    let root_option = runner.path("temp/dagu-rs");
    let expected = format!("{}\ninstall --locked --path . --root {}\n", root().display(), root_option.display());
    assert_eq!(fs::read_to_string(called).unwrap(), expected);
    let (outcome, outputs) = runner.perform("source", &[]);
    outcome.good();
    assert_eq!(outputs["sum"].len(), 40, "{outputs:?}");
}
