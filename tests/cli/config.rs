//! `dagu-rs.toml`: where it is found, what it does, what is wrong with it; and the list of rules.

use std::fs;
use std::path::Path;

use dagu_schema::rules;
use serde_json::{Value, json};

use super::{dagu_rs, outcome, run};

/// Two warnings: `container-shell-operators` on line 5, `local-image-pulled` on line 2.
const WARNED: &str = "container:\n  image: a:local\nsteps:\n  - id: a\n    run: echo a > b\n";

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = super::folder(files);
    fs::create_dir(folder.path().join(".git")).unwrap();
    folder
}

/// Severity and rule of each finding, in one line.
fn found(folder: &Path, args: &[&str]) -> String {
    let outcome = run(folder, &[&["check", "--format", "concise"], args].concat());
    assert_eq!(outcome.stderr, "");
    let rules = outcome.stdout.lines().map(|line| line.split(' ').nth(1).unwrap().trim_end_matches(']').replace('[', " "));
    rules.collect::<Vec<_>>().join(", ")
}

#[test]
fn rules_are_chosen_and_have_other_severities() {
    let (both, shell, image) = (
        "warning local-image-pulled, warning container-shell-operators",
        "warning container-shell-operators",
        "warning local-image-pulled",
    );
    let cases = [
        ("", both),
        ("select = [\"container-*\"]", shell),
        ("ignore = [\"container-*\"]", image),
        ("ignore = [\"*\"]", ""),
        ("select = [\"local-image-pulled\"]\nignore = [\"local-image-pulled\"]", ""),
        ("[severity]\nlocal-image-pulled = \"off\"\ncontainer-shell-operators = \"hint\"", "hint container-shell-operators"),
        ("ignore = [\"*\"]\n[severity]\nlocal-image-pulled = \"info\"", "info local-image-pulled"),
        ("[severity]\n\"*\" = \"error\"\nlocal-image-pulled = \"info\"", "info local-image-pulled, error container-shell-operators"),
        ("profile = \"default\"", both),
        ("confidence = \"likely\"", both),
        ("confidence = \"certain\"", ""),
        ("confidence = \"certain\"\nselect = [\"*\"]\n[severity]\n\"container-*\" = \"error\"", ""),
        ("confidence = \"certain\"\nselect = [\"local-image-pulled\"]", image),
        ("confidence = \"certain\"\n[severity]\ncontainer-shell-operators = \"warning\"", shell),
        ("profile = \"strict\"\nconfidence = \"certain\"", ""),
        ("confidence = \"certain\"\n[[overrides]]\npaths = [\"*.yaml\"]\nconfidence = \"likely\"", both),
        ("profile = \"strict\"", "error local-image-pulled, error container-shell-operators"),
        (
            "profile = \"sandbox\"\n[severity]\nlocal-image-pulled = \"warning\"",
            "warning local-image-pulled, error container-shell-operators",
        ),
        (
            "ignore = [\"container-*\"]\n[[overrides]]\npaths = [\"*.yaml\"]\nseverity = {container-shell-operators = \"info\"}",
            "warning local-image-pulled, info container-shell-operators",
        ),
        ("[[overrides]]\npaths = [\"other/**\"]\nignore = [\"*\"]", both),
        (
            "[[overrides]]\npaths = [\"dags/\"]\nignore = [\"*\"]\n[[overrides]]\npaths = [\"dag.yaml\", \"!dags/dag.yaml\"]\nselect = [\"*\"]",
            "",
        ),
        ("[[overrides]]\npaths = [\"/dags/*.yaml\"]\nprofile = \"strict\"", "error local-image-pulled, error container-shell-operators"),
    ];
    for (config, expected) in cases {
        let folder = folder(&[("dags/dag.yaml", WARNED), ("dagu-rs.toml", config)]);
        assert_eq!(found(folder.path(), &["dags/dag.yaml"]), expected, "{config}");
        assert_eq!(found(&folder.path().join("dags"), &["."]), expected, "{config}");
    }
}

#[test]
fn what_is_only_maybe_a_fault_is_reported_when_asked_for() {
    let (network, id) = ("network-host", "step-without-id");
    let dag = "container:\n  image: alpine:3.20\n  network: host\nsteps:\n  - run: date\n";
    let both = format!("info {network}, hint {id}");
    let cases = [
        ("", String::new()),
        ("profile = \"strict\"", both.clone()),
        ("profile = \"strict\"\nconfidence = \"likely\"", String::new()),
        ("profile = \"sandbox\"", format!("warning {network}")),
        ("profile = \"sandbox\"\nconfidence = \"likely\"", String::new()),
        ("confidence = \"maybe\"", both.clone()),
        ("confidence = \"maybe\"\nignore = [\"network-host\"]", format!("hint {id}")),
        ("select = [\"network-host\"]", format!("info {network}")),
        ("select = [\"network-*\", \"*\"]", String::new()),
        ("[severity]\nnetwork-host = \"error\"", format!("error {network}")),
        ("[severity]\n\"*\" = \"error\"", String::new()),
        ("[severity]\n\"*\" = \"error\"\nstep-without-id = \"hint\"", format!("hint {id}")),
        ("[[overrides]]\npaths = [\"*.yaml\"]\nprofile = \"strict\"", both),
    ];
    for (config, expected) in cases {
        let folder = folder(&[("dag.yaml", dag), ("dagu-rs.toml", config)]);
        assert_eq!(found(folder.path(), &["dag.yaml"]), expected, "{config}");
    }
    // A comment about a rule that is off is of use where the rule is on.
    let commented = dag.replace("network: host", "network: host  # dagu-rs: ignore[network-host]");
    assert_eq!(found(folder(&[("dag.yaml", &commented)]).path(), &["dag.yaml"]), "");
    assert_eq!(run(folder(&[("dag.yaml", dag)]).path(), &["validate", "dag.yaml"]).code, 0);
}

/// A harness of one's own in a container of its own, with these lines about the container.
fn acme(container: &str) -> String {
    format!(
        "params:\n  - KEY: \"\"\nharnesses:\n  acme:\n    binary: acme\nsteps:\n  - id: review\n    action: harness.run\n    container:\n{container}    with:\n      provider: acme\n      prompt: Review it.\n"
    )
}

#[test]
fn a_provider_is_described() {
    let (image, base) = ("      image: ghcr.io/example/agent:1\n", "      image: debian:12\n");
    let env = |entry: &str| format!("{image}      env:\n        - {entry}\n");
    let missing = "warning hosted-provider-without-credential";
    let described = "[providers.acme]\ncredentials = [\"ACME_LOGIN\"]\ndirectories = [\"~/.acme\"]\n";
    let local = format!("{described}hosted = false\n");
    let binary = format!("{described}binary = \"acme\"\n");
    let cases = [
        (image.to_owned(), "", ""),
        (image.to_owned(), described, missing),
        (image.to_owned(), &local, ""),
        (image.to_owned(), "[providers.acme]\nhosted = true\n", ""),
        (env("ACME_LOGIN=${params.KEY}"), described, ""),
        // A credential of another service is none for this one.
        (env("ANTHROPIC_API_KEY=${params.KEY}"), described, missing),
        (format!("{image}      volumes:\n        - /home/me/.acme/login:/acme\n"), described, ""),
        (env("ACME_LOGIN=${params.KEY}") + "      network: none\n", "", ""),
        (env("ACME_LOGIN=${params.KEY}") + "      network: none\n", described, "warning network-none-hosted-provider"),
        (env("ACME_LOGIN=${params.KEY}") + "      network: none\n", &local, ""),
        (base.to_owned(), &local, ""),
        (base.to_owned() + "      env:\n        - ACME_LOGIN=${params.KEY}\n", &binary, "warning harness-binary-not-in-image"),
        (env("ACME_LOGIN=${params.KEY}") + "      volumes:\n        - ${HOME}:/data\n", described, "warning home-mounted-for-agent"),
        (
            env("ACME_LOGIN=${params.KEY}\n        - OTHER_LOGIN=${params.KEY}"),
            "[severity]\ncredential-of-other-provider = \"info\"\n[providers.acme]\ncredentials = [\"ACME_LOGIN\"]\n[providers.other]\ncredentials = [\"OTHER_LOGIN\"]\n",
            "info credential-of-other-provider",
        ),
    ];
    for (container, config, expected) in cases {
        let folder = folder(&[("dag.yaml", &acme(&container)), ("dagu-rs.toml", config)]);
        assert_eq!(found(folder.path(), &["dag.yaml"]), expected, "{container}{config}");
    }
}

#[test]
fn a_provider_that_is_described_is_in_the_matrix_and_has_a_name() {
    let described = "[providers.acme]\ncredentials = [\"ACME_LOGIN\"]\ndirectories = [\".acme\"]\n";
    let dag = acme(
        "      image: ghcr.io/example/agent:1\n      env:\n        - ACME_LOGIN=${params.KEY}\n      volumes:\n        - ${HOME}/.acme:/root/.acme\n",
    );
    let matrix = |config: &str| {
        run(folder(&[("dag.yaml", &dag), ("dagu-rs.toml", config)]).path(), &["creds", "--format", "json", "dag.yaml"]).stdout
    };
    assert!(!matrix("").contains("ACME_LOGIN"));
    let with = matrix(described);
    assert!(with.contains("ACME_LOGIN") && with.contains("the login of acme"), "{with}");
    let unknown = dag.replace("harnesses:\n  acme:\n    binary: acme\n", "");
    let found_in = |config: &str| found(folder(&[("dag.yaml", &unknown), ("dagu-rs.toml", config)]).path(), &["dag.yaml"]);
    assert_eq!(found_in(""), "error harness-provider-unknown");
    assert_eq!(found_in(described), "");
    let more = "[providers.claude]\ncredentials = [\"TEAM_LOGIN\"]\n";
    let claude = acme("      image: ghcr.io/example/agent:1\n      env:\n        - TEAM_LOGIN=${params.KEY}\n")
        .replace("provider: acme", "provider: claude");
    let found_in = |config: &str| found(folder(&[("dag.yaml", &claude), ("dagu-rs.toml", config)]).path(), &["dag.yaml"]);
    assert_eq!(found_in(""), "hint harness-unused, warning hosted-provider-without-credential");
    assert_eq!(found_in(more), "hint harness-unused");
}

#[test]
fn syntax_errors_are_always_reported() {
    let folder =
        folder(&[("dag.yaml", "steps:\n  - run: \"echo\n"), ("dagu-rs.toml", "ignore = [\"*\"]\n[severity]\n\"yaml-*\" = \"hint\"\n")]);
    assert_eq!(found(folder.path(), &["dag.yaml"]), "error yaml-syntax");
}

#[test]
fn where_it_is_looked_for() {
    let off = "ignore = [\"*\"]\n";
    let folder = folder(&[
        ("dagu-rs.toml", off),
        ("a/b/dag.yaml", WARNED),
        ("nearer/dagu-rs.toml", ""),
        ("nearer/dag.yaml", WARNED),
        ("inner/.git", "gitdir: elsewhere"),
        ("inner/dag.yaml", WARNED),
        ("named.toml", "select = [\"local-*\"]\n"),
    ]);
    let is_off = |path: &str, args: &[&str]| found(folder.path(), &[&[path], args].concat()).is_empty();
    assert!(is_off("a/b/dag.yaml", &[]));
    assert!(!is_off("nearer/dag.yaml", &[]));
    assert!(!is_off("inner/dag.yaml", &[]));
    assert!(!is_off("a/b/dag.yaml", &["--no-config"]));
    assert_eq!(found(folder.path(), &["a/b/dag.yaml", "--config", "named.toml"]), "warning local-image-pulled");
    let stdin = |args: &[&str]| {
        outcome(dagu_rs().current_dir(folder.path()).args(["check", "--format", "concise", "-"]).args(args).write_stdin(WARNED))
    };
    assert_eq!(stdin(&[]).stdout, "");
    assert_ne!(stdin(&["--stdin-filename", "nearer/dag.yaml"]).stdout, "");
    assert_ne!(stdin(&["--no-config"]).stdout, "");
}

#[test]
fn what_the_engine_refuses_stays_refused() {
    let folder = folder(&[("dag.yaml", "steps:\n  - run: echo\n    bogus: 1\n"), ("dagu-rs.toml", "ignore = [\"unknown-key\"]\n")]);
    assert_eq!(run(folder.path(), &["check", "dag.yaml"]).code, 0);
    assert_eq!(run(folder.path(), &["validate", "dag.yaml"]).code, 1);
    assert_eq!(run(folder.path(), &["run", "dag.yaml"]).code, 2);
}

#[test]
fn what_is_wrong_with_it_is_said_with_its_place() {
    let cases = [
        ("selct = []\n", "1:1: unknown key `selct`; did you mean `select`?"),
        (
            "nonsense = 1\n",
            "1:1: unknown key `nonsense`; known are `profile`, `confidence`, `select`, `ignore`, `severity`, `overrides`, `providers`, `include` and `exclude`",
        ),
        ("\nselect = [\"unknow-key\"]\n", "2:11: no rule is called `unknow-key`; did you mean `unknown-key`?"),
        ("ignore = [\"xyz-*\"]\n", "1:11: no rule starts like `xyz-*`; `dagu-rs rules` lists them"),
        ("ignore = \"unknown-key\"\n", "1:10: this is a text, not a list of texts"),
        ("ignore = [1]\n", "1:11: this is a number, not a text"),
        ("ignore = [\"yaml-syntax\"]\n", "1:11: `yaml-syntax` always is an error: what cannot be read cannot be checked"),
        ("[severity]\nunknown-key = \"warn\"\n", "2:15: `warn` is not one of `error`, `warning`, `info`, `hint` or `off`"),
        ("profile = \"stict\"\n", "1:11: `stict` is not one of `default`, `strict` or `sandbox`; did you mean `strict`?"),
        ("confidence = \"mabye\"\n", "1:14: `mabye` is not one of `certain`, `likely` or `maybe`; did you mean `maybe`?"),
        ("profile = true\n", "1:11: this is a boolean, not `default`, `strict` or `sandbox`"),
        ("severity = \"error\"\n", "1:12: this is a text, not a table, written as `[severity]`"),
        ("overrides = 1\n", "1:13: this is a number, not tables, each written as `[[overrides]]`"),
        ("[[overrides]]\nselect = []\n", "1:1: `paths` is missing: it says which files this is about, such as `[\"sandbox/**\"]`"),
        ("[[overrides]]\npaths = [\"a\"]\npath = 1\n", "3:1: unknown key `path`; did you mean `paths`?"),
        (
            "[[overrides]]\npaths = [\"a\"]\noverrides = []\n",
            "3:1: unknown key `overrides`; known are `profile`, `confidence`, `select`, `ignore`, `severity` and `paths`",
        ),
        ("providers = 1\n", "1:13: this is a number, not tables, each written as `[providers.NAME]`"),
        ("[providers]\nacme = \"x\"\n", "2:8: this is a text, not a table, written as `[providers.NAME]`"),
        ("[providers.acme]\ncredential = []\n", "2:1: unknown key `credential`; did you mean `credentials`?"),
        ("[providers.acme]\nflags = []\n", "2:1: unknown key `flags`; known are `credentials`, `directories`, `binary` and `hosted`"),
        (
            "[providers.acme]\ncredentials = [\"A\", \"ACME-KEY\"]\n",
            "2:21: `ACME-KEY` is not the name of a variable: letters, digits and `_`",
        ),
        ("[providers.acme]\ndirectories = [\"/etc/acme\"]\n", "2:16: `/etc/acme` is not below the home folder, such as `~/.config/agent`"),
        ("[providers.acme]\nhosted = \"no\"\n", "2:10: this is a text, not `true` or `false`"),
        ("[providers.acme]\nbinary = true\n", "2:10: this is a boolean, not the name of a program"),
        ("[[overrides]]\npaths = [\"a\"]\nproviders = {}\n", "3:1: unknown key `providers`; known are"),
        ("paths = []\n", "1:1: unknown key `paths`; known are"),
        ("select = [\n", "1:11: "),
    ];
    for (config, expected) in cases {
        let folder = folder(&[("dag.yaml", WARNED), ("dagu-rs.toml", config)]);
        let outcome = run(folder.path(), &["check", "dag.yaml"]);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{config}");
        assert!(outcome.stderr.contains(&format!("dagu-rs.toml:{expected}")), "{config}{}", outcome.stderr);
        assert_eq!(outcome.stderr.lines().count(), 1, "{config}{}", outcome.stderr);
    }
    let folder = folder(&[("dag.yaml", WARNED)]);
    let missing = run(folder.path(), &["check", "--config", "missing.toml", "dag.yaml"]);
    assert_eq!((missing.code, missing.stderr.as_str()), (2, "dagu-rs: cannot read missing.toml: there is no such file or folder\n"));
}

#[test]
fn its_schema_accepts_what_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = run(folder.path(), &["schema", "--config"]);
    let schema: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let validator = jsonschema::draft202012::options().build(&schema).unwrap();
    for good in [
        json!({}),
        json!({"profile": "strict", "confidence": "certain", "select": ["*"], "ignore": ["unknown-key", "container-*"], "severity": {"wrong-type": "off", "yaml-*": "info"}}),
        json!({"overrides": [{"paths": ["a"], "profile": "default", "severity": {}}]}),
        json!({"providers": {"acme": {"credentials": ["ACME_LOGIN"], "directories": ["~/.acme", ".config/acme"], "binary": "acme", "hosted": false}}}),
    ] {
        assert!(validator.is_valid(&good), "{good}");
    }
    for bad in [
        json!({"selct": []}),
        json!({"profile": "stict"}),
        json!({"confidence": "sure"}),
        json!({"providers": {"acme": {"credentials": ["ACME-LOGIN"]}}}),
        json!({"providers": {"acme": {"directories": ["/etc/acme"]}}}),
        json!({"providers": {"acme": {"flags": []}}}),
        json!({"overrides": [{"paths": ["a"], "providers": {}}]}),
        json!({"ignore": ["unknow-key"]}),
        json!({"ignore": ["yaml-syntax"]}),
        json!({"severity": {"wrong-type": "warn"}}),
        json!({"severity": {"wrong-typ": "info"}}),
        json!({"overrides": [{"ignore": []}]}),
        json!({"paths": []}),
    ] {
        assert!(!validator.is_valid(&bad), "{bad}");
    }
}

#[test]
fn the_rules_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let list = |format: &str| run(folder.path(), &["rules", "--format", format]).stdout;
    let json: Value = serde_json::from_str(&list("json")).unwrap();
    assert_eq!(json["rules"].as_array().unwrap().len(), rules::ALL.len());
    let of = |name: &str| json["rules"].as_array().unwrap().iter().find(|rule| rule["name"] == name).unwrap().clone();
    let rule = of("container-shell-operators");
    assert_eq!((&rule["severity"], &rule["refused"], &rule["fix"]), (&json!("warning"), &json!(false), &json!("safe")));
    assert_eq!((&rule["confidence"], of("unknown-key")["confidence"].as_str()), (&json!("likely"), Some("certain")));
    assert_eq!(of("yaml-duplicate-key")["fix"], Value::Null);
    assert_eq!(list("text").lines().count(), rules::ALL.len());
    assert_eq!(list("md").lines().count(), rules::ALL.len() + 2);
}
