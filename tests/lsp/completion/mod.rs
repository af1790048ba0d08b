//! Completion: in whole files, in broken ones, on half-typed lines.

mod accepted;
mod cases;
mod machine;

use serde_json::{Value, json};

use crate::client::{Client, Document, Encoding};
use crate::with_cursor;

/// A conversation for many completions.
struct Editor {
    client: Client,
    files: usize,
}

impl Editor {
    fn start(encoding: Encoding) -> Self {
        Self { client: Client::ready(encoding), files: 0 }
    }

    /// With a client that knows snippets and asks for documentation when it shows it.
    fn rich(encoding: Encoding) -> Self {
        let item = json!({"snippetSupport": true, "resolveSupport": {"properties": ["documentation"]}});
        Self { client: Client::start().agreed_with(encoding, json!({"completion": {"completionItem": item}})), files: 0 }
    }

    /// The proposals at the cursor of a text, in the order in which an editor shows them.
    fn complete(&mut self, marked: &str) -> (Document, Vec<Value>) {
        let (text, offset) = with_cursor(marked);
        self.files += 1;
        let document = self.client.open(&format!("file:///dags/{}.yaml", self.files), "dagu", &text);
        self.client.findings(&document);
        let items = self.client.at("textDocument/completion", &document, offset);
        let mut items = items["items"].as_array().expect("a list").clone();
        items.sort_by_key(|item| item["sortText"].as_str().expect("text").to_owned());
        (document, items)
    }

    fn labels(&mut self, marked: &str) -> Vec<String> {
        let (_, items) = self.complete(marked);
        items.iter().map(|item| item["label"].as_str().expect("text").to_owned()).collect()
    }

    /// The text after a proposal was taken.
    fn accept(&mut self, marked: &str, label: &str) -> String {
        let (document, items) = self.complete(marked);
        let item = items.iter().find(|item| item["label"] == label).unwrap_or_else(|| panic!("{label} is proposed in\n{marked}"));
        taken(&document, item, self.client.encoding)
    }
}

/// The text of a document after a proposal was taken.
fn taken(document: &Document, item: &Value, encoding: Encoding) -> String {
    let edit = &item["textEdit"];
    let offset = |end: &str| encoding.offset(&document.text, &edit["range"][end]);
    let mut text = document.text.clone();
    text.replace_range(offset("start")..offset("end"), edit["newText"].as_str().expect("text"));
    text
}

/// Where the cursor is, what is proposed there, and what is not.
const PROPOSED: &[(&str, &[&str], &[&str])] = &[
    ("‸", &["steps", "container", "harnesses", "type"], &["tags", "image", "graph"]),
    ("ste‸", &["steps"], &["run"]),
    ("type: graph\n‸\nsteps: []\n", &["container"], &["steps", "type"]),
    ("type: ‸\nsteps: []\n", &["graph", "chain"], &["true", "steps"]),
    ("type:‸\nsteps: []\n", &["graph", "chain"], &[]),
    ("type: gr‸aph # why\nsteps: []\n", &["graph", "chain"], &[]),
    ("type: graph # ‸\nsteps: []\n", &[], &["graph"]),
    // Containers, whole and half typed, at the root and on a step, in a block and in braces.
    ("container:\n  ‸\nsteps: []\n", &["image", "exec", "pull_policy", "volumes"], &["steps", "run"]),
    ("container:\n  ima‸\nsteps: []\n", &["image"], &["steps"]),
    ("container:\n  image: a\n  pul‸\n  env: []\nsteps: []\n", &["pull_policy", "working_dir"], &["image", "env", "steps"]),
    ("container:\n  image: a\n  pul‸: never\nsteps: []\n", &["pull_policy"], &["never"]),
    ("container:\n  image: a\n  pull_policy: ne‸\nsteps: []\n", &["never", "missing", "fallback"], &["image", "T"]),
    ("container:\n  image: a\n  pull_policy: \"ne‸\"\nsteps: []\n", &["never"], &["image"]),
    ("container: {image: a, ‸}\nsteps: []\n", &["pull_policy", "env"], &["image", "steps"]),
    ("container: {pull_policy: ‸, image: a}\nsteps: []\n", &["never"], &["image"]),
    ("container: {p‸, image: a}\nsteps: []\n", &["pull_policy"], &["image"]),
    ("container:\n  image: a\n  healthcheck:\n    ‸\nsteps: []\n", &["test", "interval"], &["image"]),
    ("container:\n  image: a\n  keep_container: ‸\nsteps: []\n", &["true", "false"], &["T"]),
    ("steps:\n  - id: a\n    container:\n      ‸\n    run: echo\n", &["image", "exec"], &["run", "id"]),
    ("steps:\n- id: a\n  container:\n    im‸\n  run: echo\n- id: b\n", &["image"], &["run", "id"]),
    // Steps.
    ("steps:\n  - ‸\n", &["id", "run", "action"], &["image"]),
    ("steps:\n  -‸\n", &["id", "run", "action"], &[]),
    ("steps:\n- i‸\n", &["id", "run"], &["steps"]),
    ("steps:\n  - id: a\n    ‸\n", &["run", "action", "depends"], &["id", "steps"]),
    ("steps:\n  - id: a\n    ru‸\n  - id: b\n    action: noop\n", &["run", "action"], &["id"]),
    ("steps:\n  - id: a\n    run: |\n      echo\n    dep‸\n", &["depends"], &["run"]),
    ("steps:\n  - id: a\n    action: ‸\n", &["harness.run", "docker.run"], &["true"]),
    ("handler_on:\n  exit:\n    ‸\nsteps: []\n", &["run", "action"], &["exit"]),
    ("handler_on:\n  ‸\nsteps: []\n", &["exit", "failure"], &["run"]),
    // Nothing is proposed in the text of a script, a comment, or a value of the author's own.
    ("steps:\n  - id: a\n    run: |\n      ec‸\n", &[], &["run", "depends"]),
    ("steps:\n  - id: a\n    run: |\n      echo\n      ‸\n", &[], &["run", "depends"]),
    ("steps:\n  - id: a\n    run: ‸\n", &[], &["depends", "a"]),
    ("# ‸\nsteps: []\n", &[], &["container"]),
    // The steps to depend on.
    ("steps:\n  - id: a\n    run: echo\n  - id: b\n    depends: ‸\n    run: echo\n", &["a"], &["b"]),
    ("steps:\n  - id: a\n    run: echo\n  - id: c\n  - id: b\n    depends: [a, ‸]\n", &["c"], &["a", "b"]),
    ("steps:\n  - id: a\n  - id: b\n    depends:\n      - ‸\n    run: echo\n", &["a"], &["b", "run"]),
    ("steps:\n  - id: a\n  - id: c\n  - id: b\n    depends:\n      - a\n      - ‸\n", &["c"], &["a", "b"]),
    ("steps:\n  - id: build_all\n    run: echo\n  - id: b\n    depends: bui‸\n  - id: [\n", &["build_all"], &["b"]),
    // Harnesses: definitions, providers, flags.
    ("harnesses:\n  mine:\n    ‸\nsteps: []\n", &["binary", "prompt_mode"], &["image", "mine"]),
    ("harnesses:\n  mine:\n    binary: m\n    prompt_mode: ‸\nsteps: []\n", &["arg", "flag", "stdin"], &["binary"]),
    (
        "harnesses:\n  mine:\n    binary: m\nsteps:\n  - id: a\n    action: harness.run\n    with:\n      provider: ‸\n",
        &["mine", "claude", "codex", "opencode"],
        &["prompt"],
    ),
    ("steps:\n  - id: a\n    action: harness.run\n    with:\n      ‸\n", &["prompt", "provider"], &["model", "run"]),
    (
        "steps:\n  - id: a\n    action: harness.run\n    with:\n      provider: claude\n      mo‸\n",
        &["prompt", "model", "max_turns", "bare"],
        &["provider", "run"],
    ),
    (
        "steps:\n  - id: a\n    action: harness.run\n    with:\n      provider: claude\n      model: sonnet\n      ‸\n  - id: b\n    with: [\n",
        &["prompt", "max_turns"],
        &["model", "provider"],
    ),
    ("harness:\n  provider: claude\n  ‸\nsteps: []\n", &["model", "fallback"], &["provider", "steps"]),
    (
        "harnesses:\n  mine:\n    binary: m\n    option_flags:\n      depth: -d\nharness:\n  provider: mine\nsteps:\n  - action: harness.run\n    with:\n      prompt: x\n      ‸\n",
        &["depth"],
        &["prompt", "model"],
    ),
    ("harness:\n  provider: x\n  fallback:\n    - provider: ‸\nsteps: []\n", &["claude", "codex"], &["model"]),
    // Broken around the cursor.
    ("container:\n  image: [a\n  pul‸\nsteps:\n  - id: a\n   run: x\n", &["pull_policy"], &["image"]),
    ("steps:\n  - id: a\n\trun: x\n    de‸\n", &["depends"], &["id"]),
    ("name: x\n---\nname: y\n‸\nsteps: []\n", &["container"], &["name", "steps"]),
];

#[test]
fn what_is_proposed_where() {
    for encoding in Encoding::ALL {
        let mut editor = Editor::start(encoding);
        for newline in ["\n", "\r\n"] {
            for (marked, proposed, not_proposed) in PROPOSED {
                let labels = editor.labels(&marked.replace('\n', newline));
                for label in *proposed {
                    assert!(labels.iter().any(|other| other == label), "{label} is missing in\n{marked}\n{labels:?}");
                }
                for label in *not_proposed {
                    assert!(labels.iter().all(|other| other != label), "{label} is proposed in\n{marked}\n{labels:?}");
                }
                if proposed.is_empty() {
                    assert_eq!(labels, Vec::<String>::new(), "in\n{marked}");
                }
            }
        }
        editor.client.shutdown();
    }
}

#[test]
fn the_whole_word_is_replaced() {
    let mut editor = Editor::start(Encoding::Utf16);
    for (marked, label, expected) in [
        ("name: 日本🚀\nst‸\n", "steps", "name: 日本🚀\nsteps:\n  - \n"),
        ("container:\n  ima‸\nsteps: []\n", "image", "container:\n  image: \nsteps: []\n"),
        ("container:\n  p‸ul: never\nsteps: []\n", "pull_policy", "container:\n  pull_policy: never\nsteps: []\n"),
        ("container:\n  pull_policy: mis‸sed # x\nsteps: []\n", "missing", "container:\n  pull_policy: missing # x\nsteps: []\n"),
        ("container:\n  pull_policy:‸\nsteps: []\n", "never", "container:\n  pull_policy: never\nsteps: []\n"),
        ("container: {na: '🚀', pull‸}\nsteps: []\n", "pull_policy", "container: {na: '🚀', pull_policy: }\nsteps: []\n"),
        ("steps:\n  -‸\n", "id", "steps:\n  - id: \n"),
        ("steps:\n  - id: a\n    conta‸\n", "container", "steps:\n  - id: a\n    container:\n      \n"),
        ("steps:\n  - id: a\n  - depends: [‸]\n", "a", "steps:\n  - id: a\n  - depends: [a]\n"),
        ("container:\n  ‸\nsteps: []\n", "volumes", "container:\n  volumes:\n    - \nsteps: []\n"),
    ] {
        assert_eq!(editor.accept(marked, label), expected);
    }
    editor.client.shutdown();
}

#[test]
fn required_keys_come_first_and_carry_their_documentation() {
    let mut editor = Editor::start(Encoding::Utf16);
    let (_, items) = editor.complete("harnesses:\n  mine:\n    ‸\nsteps: []\n");
    assert_eq!(items[0]["label"], "binary");
    let documentation = &items[0]["documentation"];
    assert_eq!(documentation["kind"], "markdown");
    assert!(documentation["value"].as_str().expect("text").contains("required"), "{documentation}");
    let (_, items) = editor.complete("container:\n  pull_policy: ‸\nsteps: []\n");
    let never = items.iter().find(|item| item["label"] == "never").expect("it is proposed");
    assert!(never["documentation"]["value"].as_str().expect("text").contains("Never pull"), "{never}");
    assert_eq!(never["kind"], json!(20));
    editor.client.shutdown();
}
