//! `docs/ci.md`: what it tells to write, read by those for whom it is written.

use std::fs;

use serde_yaml::Value;
use tempfile::TempDir;

use crate::{root, tools};

/// The examples: the name in an example's first line, and the example.
fn examples() -> Vec<(String, String)> {
    let page = fs::read_to_string(root().join("docs/ci.md")).unwrap();
    let blocks = page.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.map(|block| (block.lines().next().unwrap().trim_start_matches("# ").to_owned(), block.to_owned())).collect()
}

#[test]
fn its_examples_are_valid() {
    let examples = examples();
    assert_eq!(examples.len(), 3);
    let folder = TempDir::new().unwrap();
    for (name, text) in examples {
        let file = name.rsplit('/').next().unwrap();
        fs::write(folder.path().join(file), text).unwrap();
        let schema = match file {
            ".pre-commit-config.yaml" => {
                if tools::has("pre-commit") {
                    tools::run("pre-commit", folder.path(), &["validate-config", file]).good();
                }
                continue;
            }
            ".gitlab-ci.yml" => "vendor.gitlab-ci",
            _ => "vendor.github-workflows",
        };
        if tools::has("check-jsonschema") {
            tools::run("check-jsonschema", folder.path(), &["--builtin-schema", schema, file]).good();
        }
    }
}

/// Hooks and inputs of the examples are those that there are.
#[test]
fn its_names_exist() {
    let yaml = |text: &str| serde_yaml::from_str::<Value>(text).unwrap();
    let read = |name: &str| fs::read_to_string(root().join(name)).unwrap();
    let offered = yaml(&read(".pre-commit-hooks.yaml"));
    let page = read("docs/ci.md");
    for hook in offered.as_sequence().unwrap() {
        assert!(page.contains(&format!("| `{}` |", hook["id"].as_str().unwrap())), "{hook:?}");
    }
    let action = yaml(&read("action.yml"));
    for input in action["inputs"].as_mapping().unwrap().keys() {
        assert!(page.contains(&format!("| `{}` |", input.as_str().unwrap())), "{input:?}");
    }
    for output in action["outputs"].as_mapping().unwrap().keys() {
        assert!(page.contains(&format!("`{}`", output.as_str().unwrap())), "{output:?}");
    }
    for (_, example) in examples() {
        let example = yaml(&example);
        if let Some(with) = example["jobs"]["dags"]["steps"][1]["with"].as_mapping() {
            assert!(with.keys().all(|input| action["inputs"].get(input).is_some()), "{with:?}");
        }
    }
    // Its calls are understood, up to the DAGs that are not there.
    let folder = TempDir::new().unwrap();
    let help = tools::run("dagu-rs", folder.path(), &["check", "--help"]).good().stdout;
    for option in page.split('`').filter(|code| code.starts_with("--") && !code.contains(['=', ' '])) {
        assert!(help.contains(option), "{option}");
    }
}
