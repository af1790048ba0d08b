//! The outline and the quick fixes.

use serde_json::{Value, json};

use crate::client::{Client, Document, Encoding};

const DAG: &str = "\
description: nightly
container:
  image: alpine:3.20
harnesses:
  house:
    binary: house-agent
steps:
  - id: build
    run: |
      make
      make test
  - id: review
    action: harness.run
    container: reviewer
    with: {provider: house, prompt: Look.}
  - name: über alles
    action: log.write
    with: {message: done}
handler_on:
  exit:
    run: echo bye
";

/// Name, detail and the text of the selected part, indented by depth; each part lies in its whole.
fn outline(client: &Client, document: &Document, symbols: &Value, depth: usize, out: &mut String) {
    for symbol in symbols.as_array().expect("a list") {
        let offset = |range: &str, end: &str| client.encoding.offset(&document.text, &symbol[range][end]);
        assert!(offset("range", "start") <= offset("selectionRange", "start"), "{symbol}");
        assert!(offset("selectionRange", "end") <= offset("range", "end"), "{symbol}");
        let selected = client.encoding.slice(&document.text, &symbol["selectionRange"]);
        let detail = symbol["detail"].as_str().unwrap_or("-");
        let (indent, name) = ("  ".repeat(depth), symbol["name"].as_str().expect("a name"));
        out.push_str(&format!("{indent}{name} | {detail} | {selected}\n"));
        outline(client, document, &symbol["children"], depth + 1, out);
    }
}

#[test]
fn the_outline_has_containers_harnesses_steps_and_handlers() {
    for encoding in Encoding::ALL {
        let mut client = Client::ready(encoding);
        let document = client.open("file:///dags/outline.yaml", "yaml", DAG);
        client.findings(&document);
        let symbols = client.request("textDocument/documentSymbol", json!({"textDocument": {"uri": document.uri}}));
        let mut text = String::new();
        outline(&client, &document, &symbols, 0, &mut text);
        insta::assert_snapshot!("outline", text);
        client.shutdown();
    }
}

#[test]
fn the_outline_of_a_broken_file_with_several_documents() {
    let mut client = Client::ready(Encoding::Utf16);
    let text =
        "steps: &all\n  - id: a\n    run: echo\n  - id: [b\n    run: echo\n---\nname: child\nsteps: *all\n---\nsteps:\n  - echo\n  -\n";
    let document = client.open("file:///dags/parts.yaml", "yaml", text);
    client.findings(&document);
    let symbols = client.request("textDocument/documentSymbol", json!({"textDocument": {"uri": document.uri}}));
    let mut text = String::new();
    outline(&client, &document, &symbols, 0, &mut text);
    insta::assert_snapshot!(text);
    client.shutdown();
}

#[test]
fn a_client_without_hierarchy_gets_a_flat_outline() {
    let mut client = Client::start();
    client.initialize(json!({}));
    let document = client.open("file:///dags/outline.yaml", "yaml", DAG);
    client.findings(&document);
    let symbols = client.request("textDocument/documentSymbol", json!({"textDocument": {"uri": document.uri}}));
    let names: Vec<_> = symbols.as_array().expect("a list").iter().map(|symbol| (&symbol["name"], &symbol["containerName"])).collect();
    let names = json!(names);
    assert!(names.to_string().contains(r#"["review","steps"]"#), "{names}");
    client.shutdown();
}

/// The text after an edit that a code action made.
fn applied(client: &Client, document: &Document, edits: &Value) -> String {
    let mut edits: Vec<_> = edits
        .as_array()
        .expect("a list")
        .iter()
        .map(|edit| {
            let offset = |end: &str| client.encoding.offset(&document.text, &edit["range"][end]);
            (offset("start"), offset("end"), edit["newText"].as_str().expect("text"))
        })
        .collect();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.0));
    let mut text = document.text.clone();
    for (start, end, new) in edits {
        text.replace_range(start..end, new);
    }
    text
}

#[test]
fn a_quick_fix_mends_its_finding() {
    let text = "description: 日本🚀\nsteps:\n  - {name: \"🚀\", rum: echo}\n";
    for encoding in Encoding::ALL {
        let mut client = Client::ready(encoding);
        let mut document = client.open("file:///dags/fix.yaml", "yaml", text);
        let found = client.findings(&document);
        let finding = found.iter().find(|found| found["code"] == "unknown-key").expect("the key is unknown").clone();
        let params = |only: Value, range: &Value| {
            let context = if only.is_null() { json!({"diagnostics": [finding]}) } else { json!({"diagnostics": [finding], "only": only}) };
            json!({"textDocument": {"uri": document.uri}, "range": range, "context": context})
        };
        let nowhere = json!({"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}});
        let cursor = json!({"start": finding["range"]["end"], "end": finding["range"]["end"]});
        let mut elsewhere = params(Value::Null, &nowhere);
        elsewhere["context"]["diagnostics"] = json!([]);
        assert_eq!(client.request("textDocument/codeAction", elsewhere), json!([]));
        assert_eq!(client.request("textDocument/codeAction", params(json!(["refactor"]), &cursor)), json!([]));
        assert!(client.request("textDocument/codeAction", params(json!(["source.organizeImports"]), &cursor)).is_null());
        let actions = client.request("textDocument/codeAction", params(Value::Null, &cursor));
        assert_eq!(actions, client.request("textDocument/codeAction", params(json!(["quickfix"]), &cursor)));

        let [action, ignore] = &actions.as_array().expect("a list")[..] else { panic!("two actions: {actions:#}") };
        assert_eq!((&ignore["title"], &ignore["isPreferred"]), (&json!("Ignore `unknown-key` here"), &json!(false)));
        let ignored = applied(&client, &document, &ignore["edit"]["documentChanges"][0]["edits"]);
        assert_eq!(ignored, text.replace("  - {name", "  # dagu-rs: ignore[unknown-key]\n  - {name"));
        assert_eq!(action["kind"], "quickfix");
        assert_eq!(action["isPreferred"], true);
        assert_eq!(action["diagnostics"], json!([finding]));
        let change = &action["edit"]["documentChanges"][0];
        assert_eq!(change["textDocument"], json!({"uri": document.uri, "version": 1}));
        let mended = applied(&client, &document, &change["edits"]);
        assert_eq!(mended, text.replace("rum", "run"));
        for text in [mended, ignored] {
            document.text = text.clone();
            client.change(&mut document, json!([{"text": text}]));
            assert!(client.findings(&document).iter().all(|found| found["code"] != "unknown-key"));
        }
        client.shutdown();
    }
}

#[test]
fn a_client_without_versioned_edits_gets_plain_ones() {
    let mut client = Client::start();
    client.initialize(json!({}));
    let document = client.open("file:///dags/fix.yaml", "yaml", "steps:\n  - rum: echo\n");
    let found = client.findings(&document);
    let range = &found.iter().find(|found| found["code"] == "unknown-key").expect("the key is unknown")["range"];
    let params = json!({"textDocument": {"uri": document.uri}, "range": range, "context": {"diagnostics": []}});
    let actions = client.request("textDocument/codeAction", params);
    let edits = &actions[0]["edit"]["changes"][&document.uri];
    assert_eq!(applied(&client, &document, edits), "steps:\n  - run: echo\n");
    client.shutdown();
}
