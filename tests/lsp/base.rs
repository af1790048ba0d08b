//! The base configuration in the editor.

use std::fs;

use serde_json::{Value, json};

use crate::client::{Client, Encoding};

const BASE: &str = "\
actions:
  greet.all:
    input_schema: {type: object}
    template: {run: echo hello}
handler_on:
  exit: {run: echo bye}
harnesses:
  mine: {binary: agent}
";

fn rules(found: &[Value]) -> Vec<&str> {
    found.iter().map(|found| found["code"].as_str().expect("a rule")).collect()
}

#[test]
fn what_a_dag_inherits_is_known_and_changes_with_its_file() {
    let home = tempfile::tempdir().expect("a folder");
    let base = home.path().join("base.yaml");
    fs::write(&base, BASE).expect("written");
    let mut client = Client::start_at(home.path()).agreed(Encoding::Utf16);
    let text = "handler_on:\n  failure: {run: echo failed}\nsteps:\n  - action: greet.all\n";
    let mut document = client.open("file:///dags/inherits.yaml", "yaml", text);
    assert_eq!(rules(&client.findings(&document)), Vec::<&str>::new());

    // What stands in the other text has no place in the outline of this one.
    let outline = client.request("textDocument/documentSymbol", json!({"textDocument": {"uri": document.uri}}));
    let outline = outline.as_array().expect("a list");
    let handlers = outline.iter().find(|symbol| symbol["name"] == "handler_on").expect("the handlers");
    let children = handlers["children"].as_array().expect("a list");
    let names: Vec<&str> = children.iter().map(|child| child["name"].as_str().expect("a name")).collect();
    assert_eq!((outline.len(), names), (2, vec!["failure"]));
    let proposed = client.at("textDocument/completion", &document, document.text.len() - 1);
    let own = proposed["items"].as_array().expect("a list").iter().find(|item| item["label"] == "greet.all").expect("the action");
    assert_eq!(own["detail"], "action of the base configuration");

    fs::write(&base, BASE.replace("greet.all", "greet.everyone")).expect("written");
    let end = document.text.len();
    client.edit(&mut document, end, end, "# looked at again\n");
    assert_eq!(rules(&client.findings(&document)), ["invalid-value"]);

    // The file itself is checked as what it is.
    let uri = format!("file://{}", base.canonicalize().expect("it is there").display());
    let itself = client.open(&uri, "yaml", "bogus: 1\n");
    assert_eq!(rules(&client.findings(&itself)), ["unknown-key"]);
    client.shutdown();
}

#[test]
fn the_configuration_of_the_rules_is_that_of_check() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().canonicalize().expect("it is there");
    let config = folder.join("dagu-rs.toml");
    fs::write(&config, "[severity]\nunknown-key = \"hint\"\n").expect("written");
    let mut client = Client::start_at(home.path()).agreed(Encoding::Utf16);
    let uri = format!("file://{}/dag.yaml", folder.display());
    let mut document =
        client.open(&uri, "yaml", "steps:\n  - run: echo\n    bogus: 1\n    timeout_sec: soon # dagu-rs: ignore[wrong-type]\n");
    let found = client.findings(&document);
    assert_eq!((rules(&found), &found[0]["severity"]), (vec!["unknown-key"], &json!(4)));

    fs::write(&config, "ignore = [\"unknown-key\"]\n").expect("written");
    let end = document.text.len();
    client.edit(&mut document, end, end, "# looked at again\n");
    assert_eq!(rules(&client.findings(&document)), Vec::<&str>::new());

    // One that is wrong is shown, and counts for nothing.
    fs::write(&config, "ignor = [\"unknown-key\"]\n").expect("written");
    let other = client.open(&format!("file://{}/other.yaml", folder.display()), "yaml", "steps:\n  - run: echo\n    bogus: 1\n");
    let shown = client.shown();
    assert!(shown.contains("dagu-rs.toml:1:1: unknown key `ignor`; did you mean `ignore`?"), "{shown}");
    assert_eq!(rules(&client.findings(&other)), ["unknown-key"]);
    client.shutdown();
}
