//! What the machine has: files, other DAGs, images, variables; and documentation on demand.

use std::fs;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Editor, taken};
use crate::client::{Client, Document, Encoding};
use crate::with_cursor;

struct Machine {
    editor: Editor,
    folder: tempfile::TempDir,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in [
            ("data/in put.csv", "a"),
            ("data/raw/x.csv", "a"),
            (".env.local", "A=1"),
            ("notes.txt", ""),
            ("params.schema.json", "{}"),
            (
                "child.yaml",
                "params:\n  - region: eu\n  - name: size\n    required: true\nsteps:\n  - id: a\n    container:\n      image: ghcr.io/acme/far:2\n    run: echo\n",
            ),
        ] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).and_then(|()| fs::write(path, text)).expect("written");
        }
        Self { editor: Editor { client: Client::ready(Encoding::Utf16), files: 0 }, folder }
    }

    fn complete(&mut self, marked: &str) -> (Document, Vec<Value>) {
        let (document, answer) = self.answer(marked);
        (document, answer["items"].as_array().expect("a list").clone())
    }

    fn answer(&mut self, marked: &str) -> (Document, Value) {
        let (text, offset) = with_cursor(marked);
        self.editor.files += 1;
        let path = self.folder.path().join(format!("dag-{}.yaml", self.editor.files));
        let document = self.editor.client.open(&format!("file://{}", path.display()), "dagu", &text);
        self.editor.client.findings(&document);
        let answer = self.editor.client.at("textDocument/completion", &document, offset);
        (document, answer)
    }

    fn labels(&mut self, marked: &str) -> Vec<String> {
        self.complete(marked).1.iter().map(|item| item["label"].as_str().expect("text").to_owned()).collect()
    }

    fn accept(&mut self, marked: &str, label: &str) -> String {
        let (document, items) = self.complete(marked);
        let item = items.iter().find(|item| item["label"] == label).unwrap_or_else(|| panic!("{label} is proposed: {items:#?}"));
        taken(&document, item, Encoding::Utf16)
    }
}

fn mount(volume: &str) -> String {
    format!("working_dir: .\nsteps:\n  - id: a\n    run: echo\n    container:\n      image: a\n      volumes: [{volume}]\n")
}

#[test]
fn files_beside_the_dag() {
    let mut machine = Machine::new();
    let labels = machine.labels(&mount("‸"));
    for label in [".", "./data/", "./notes.txt", "./child.yaml"] {
        assert!(labels.iter().any(|other| other == label), "{label} is missing in {labels:?}");
    }
    assert!(labels.iter().all(|label| !label.contains(".env")), "{labels:?}");
    assert_eq!(machine.labels(&mount("./data/‸:/x")), ["in put.csv", "raw/"]);
    assert_eq!(machine.accept(&mount("./da‸ta:/x:ro"), "data/"), mount("./data/:/x:ro"));
    assert_eq!(machine.labels(&mount("./data:/‸")), Vec::<String>::new());
    let folder = machine.folder.path().to_owned();
    assert_eq!(machine.labels(&mount(&format!("{}/data/‸", folder.display()))), ["in put.csv", "raw/"]);
    assert!(machine.labels("dotenv: ‸\nsteps: []\n").contains(&".env.local".to_owned()));
    assert_eq!(machine.accept("dotenv:\n  - .env.l‸\nsteps: []\n", ".env.local"), "dotenv:\n  - .env.local\nsteps: []\n");
    assert!(machine.labels("params:\n  schema: ./‸\nsteps: []\n").contains(&"params.schema.json".to_owned()));
    machine.editor.client.shutdown();
}

#[test]
fn other_dags_and_what_they_take() {
    let mut machine = Machine::new();
    let call = |dag: &str| format!("steps:\n  - id: a\n    action: dag.run\n    with:\n      dag: {dag}\n");
    assert!(machine.labels(&call("‸")).contains(&"child".to_owned()));
    assert_eq!(machine.labels(&call("child\n      params:\n        ‸")), ["size", "region"]);
    machine.editor.client.shutdown();
}

#[test]
fn images_of_other_dags_come_once_they_are_found() {
    let mut machine = Machine::new();
    let marked = "container:\n  image: ‸\nsteps: []\n";
    let mut tries = 0;
    loop {
        let (_, answer) = machine.answer(marked);
        let items = answer["items"].as_array().expect("a list");
        if items.iter().any(|item| item["label"] == "ghcr.io/acme/far:2") {
            break;
        }
        assert_eq!(answer["isIncomplete"], true, "{answer}");
        tries += 1;
        assert!(tries < 200, "the images are not found: {answer}");
        thread::sleep(Duration::from_millis(50));
    }
    machine.editor.client.shutdown();
}

#[test]
fn names_of_the_environment_without_their_values() {
    let mut machine = Machine::new();
    let (_, items) = machine.complete("env:\n  - ‸\nsteps: []\n");
    let path = items.iter().find(|item| item["label"] == "PATH").expect("it is set");
    assert_eq!(path["detail"], "environment of the process");
    assert_eq!(path["textEdit"]["newText"], "PATH: ${PATH}");
    let secret = "secrets:\n  - name: X\n    provider: env\n    key: PA‸\nsteps: []\n";
    assert!(machine.labels(secret).contains(&"PATH".to_owned()));
    assert!(!machine.labels(&secret.replace("env", "vault")).contains(&"PATH".to_owned()));
    machine.editor.client.shutdown();
}

#[test]
fn documentation_comes_when_it_is_asked_for() {
    let mut editor = Editor::rich(Encoding::Utf16);
    let (_, items) = editor.complete("container:\n  ‸\nsteps: []\n");
    let image = items.iter().find(|item| item["label"] == "image").expect("it is proposed");
    assert!(image.get("documentation").is_none(), "{image}");
    let resolved = editor.client.request("completionItem/resolve", image.clone());
    assert!(resolved["documentation"]["value"].as_str().expect("text").contains("The image to create"), "{resolved}");
    assert_eq!(resolved["label"], "image");
    // Of an answer that is long gone nothing is known, and an item of nobody's stays as it is.
    for data in [json!([4_000_000, 0]), json!(["x"]), json!({"a": 1}), Value::Null] {
        let item = json!({"label": "x", "data": data});
        assert_eq!(editor.client.request("completionItem/resolve", item)["label"], "x");
    }
    editor.client.shutdown();
}

#[test]
fn a_long_list_is_cut_and_narrowed_by_what_is_typed() {
    let mut editor = Editor::start(Encoding::Utf8);
    let mut text = "steps:\n".to_owned();
    for number in 0..2000 {
        text.push_str(&format!("  - id: step_{number}\n    run: echo\n"));
    }
    for (typed, expected) in [("", 200), ("step_1", 200), ("step_1999", 1)] {
        let marked = format!("{text}  - id: last\n    depends: {typed}‸\n");
        let (unmarked, offset) = with_cursor(&marked);
        editor.files += 1;
        let document = editor.client.open(&format!("file:///long/{}.yaml", editor.files), "dagu", &unmarked);
        let answer = editor.client.at("textDocument/completion", &document, offset);
        assert_eq!(answer["isIncomplete"], true);
        assert_eq!(answer["items"].as_array().expect("a list").len(), expected, "{typed}");
        editor.client.findings(&document);
    }
    editor.client.shutdown();
}
