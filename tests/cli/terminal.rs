//! What a file says does nothing to the terminal that it is shown on.

use super::folder;
use super::{dagu_rs, outcome};

const DAG: &str = "\
env: [{A_TOKEN: '${B_TOKEN}'}]
steps:
  - name: \"evil\\e[2K\\e[1Ahidden\"
    run: \"rm -rf x \\e[2K\\rsafe $A_TOKEN\"
  - name: \"turned\\u202etxt\\x9b2J\\nline\"
    # \u{1b}[31m raw \u{202e}
    run: 'echo \u{1b}[31m${env.NOPEE}'
    depends: nosuch
    env: {NOPE: 1}
";

#[test]
fn texts_of_a_file_are_harmless() {
    let folder = folder(&[("dag.yaml", DAG), ("old.yaml", "steps:\n  - run: echo\n")]);
    let commands = [
        "check dag.yaml",
        "check --format concise dag.yaml",
        "check --format json dag.yaml",
        "check --format jsonl dag.yaml",
        "check --format sarif dag.yaml",
        "check --format github dag.yaml",
        "check --format gitlab dag.yaml",
        "check --format junit dag.yaml",
        "check --format checkstyle dag.yaml",
        "validate dag.yaml",
        "plan dag.yaml",
        "run --dry-run dag.yaml",
        "run dag.yaml",
        "env dag.yaml",
        "env --step nosuch dag.yaml",
        "creds dag.yaml",
        "creds --diff old.yaml dag.yaml",
        "graph --format mermaid dag.yaml",
        "graph --format dot dag.yaml",
        "graph --format svg dag.yaml",
        "migrate dag.yaml",
    ];
    let is_harmful = |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || ('\u{202a}'..='\u{202e}').contains(&c);
    for command in commands {
        let found = outcome(dagu_rs().current_dir(folder.path()).args(command.split(' ')));
        for text in [&found.stdout, &found.stderr] {
            assert!(!text.contains(is_harmful), "{command}: {text:?}");
        }
    }
    let plan = outcome(dagu_rs().current_dir(folder.path()).args(["plan", "dag.yaml"])).stdout;
    assert!(plan.contains("step evil\\u{1b}[2K\\u{1b}[1Ahidden\n"), "{plan}");
    assert!(plan.contains("step turned\\u{202e}txt\\u{9b}2J\\nline\n"), "{plan}");
    // JSON has escapes of its own, and is read by programs.
    for command in ["check --format json dag.yaml", "plan --format json dag.yaml", "env --format json dag.yaml"] {
        let found = outcome(dagu_rs().current_dir(folder.path()).args(command.split(' '))).stdout;
        serde_json::from_str::<serde_json::Value>(&found).unwrap();
        assert!(!found.contains('\u{1b}'), "{found}");
    }
}
