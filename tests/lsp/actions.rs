//! Code actions beyond single fixes: all safe fixes, today's syntax, refactorings, what the client names.

use std::process::Command;

use serde_json::{Value, json};

use crate::client::{Client, Document, Encoding};
use crate::with_cursor;

const METHOD: &str = "textDocument/codeAction";

/// A client that has the edit of an action made when it is chosen.
fn resolving(encoding: Encoding) -> Client {
    let mut client = Client::start();
    let name = match encoding {
        Encoding::Utf8 => "utf-8",
        Encoding::Utf16 => "utf-16",
        Encoding::Utf32 => "utf-32",
    };
    client.initialize(json!({
        "general": {"positionEncodings": [name]},
        "textDocument": {"codeAction": {"dataSupport": true, "resolveSupport": {"properties": ["edit"]}}},
        "workspace": {"workspaceEdit": {"documentChanges": true}},
    }));
    client.encoding = encoding;
    client
}

fn params(client: &Client, document: &Document, at: usize, only: Value) -> Value {
    let position = client.encoding.position(&document.text, at);
    let mut context = json!({"diagnostics": []});
    if !only.is_null() {
        context["only"] = only;
    }
    json!({"textDocument": {"uri": document.uri}, "range": {"start": position, "end": position}, "context": context})
}

fn applied(client: &Client, document: &Document, edits: &Value) -> String {
    let edits = edits.as_array().expect("a list").iter();
    let mut edits: Vec<_> = edits
        .map(|edit| {
            let offset = |end: &str| client.encoding.offset(&document.text, &edit["range"][end]);
            (offset("start"), offset("end"), edit["newText"].as_str().expect("text"))
        })
        .collect();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.0));
    let mut text = document.text.clone();
    edits.into_iter().for_each(|(start, end, new)| text.replace_range(start..end, new));
    text
}

const FAULTY: &str = "\
description: 日本🚀
steps:
  - id: a
    rum: echo 🚀  # one
  - id: b
    dependz: a
    run: echo

  - id: c
    retryPolicy: {limit: 1, intervalSec: 2}
    run: echo
";

/// What `check --fix` makes of a text.
fn fixed_by_command(text: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("dag.yaml");
    std::fs::write(&file, text).expect("it can be written");
    let output = Command::new(env!("CARGO_BIN_EXE_dagu-rs")).args(["check", "--fix", "--no-base-config"]).arg(&file).output();
    output.expect("it runs");
    std::fs::read_to_string(&file).expect("it is there")
}

#[test]
fn all_safe_fixes_are_one_action_with_the_result_of_the_command() {
    for encoding in Encoding::ALL {
        for text in [FAULTY.to_owned(), FAULTY.replace('\n', "\r\n")] {
            let expected = fixed_by_command(&text);
            assert_ne!(expected, text);
            let mut client = resolving(encoding);
            let document = client.open("file:///dags/all.yaml", "yaml", &text);
            client.findings(&document);
            for only in [json!(["source.fixAll"]), json!(["source.fixAll.dagu-rs"]), json!(["source"])] {
                let actions = client.request(METHOD, params(&client, &document, 0, only));
                let [action] = &actions.as_array().expect("a list")[..] else { panic!("one action: {actions:#}") };
                assert_eq!((&action["title"], &action["kind"]), (&json!("Apply all safe fixes"), &json!("source.fixAll.dagu-rs")));
                assert!(action.get("edit").is_none());
                let resolved = client.request("codeAction/resolve", action.clone());
                let change = &resolved["edit"]["documentChanges"][0];
                assert_eq!(change["textDocument"], json!({"uri": document.uri, "version": 1}));
                assert!(change["edits"].as_array().expect("a list").len() > 1, "small edits: {change:#}");
                assert_eq!(applied(&client, &document, &change["edits"]), expected);
            }
            client.shutdown();
        }
    }
}

#[test]
fn an_action_for_an_older_text_is_refused() {
    let mut client = resolving(Encoding::Utf16);
    let mut document = client.open("file:///dags/all.yaml", "yaml", FAULTY);
    client.findings(&document);
    let actions = client.request(METHOD, params(&client, &document, 0, json!(["source.fixAll"])));
    client.edit(&mut document, 0, 0, "# more\n");
    client.findings(&document);
    assert_eq!(client.refused("codeAction/resolve", actions[0].clone()), -32801);
    // Nor is one of somebody else's touched.
    let other = json!({"title": "other", "data": {"x": 1}});
    assert_eq!(client.request("codeAction/resolve", other.clone()), other);
    client.shutdown();
}

#[test]
fn a_client_that_cannot_wait_gets_the_edit_when_it_asks_for_it() {
    let mut client = Client::ready(Encoding::Utf16);
    let document = client.open("file:///dags/all.yaml", "yaml", FAULTY);
    client.findings(&document);
    let actions = client.request(METHOD, params(&client, &document, 0, json!(["source.fixAll"])));
    let edits = &actions[0]["edit"]["documentChanges"][0]["edits"];
    assert_eq!(applied(&client, &document, edits), fixed_by_command(FAULTY));
    let clean = client.open("file:///dags/clean.yaml", "yaml", "steps:\n  - id: a\n    run: echo\n");
    client.findings(&clean);
    assert_eq!(client.request(METHOD, params(&client, &clean, 0, json!(["source.fixAll"]))), json!([]));
    client.shutdown();
}

#[test]
fn older_syntax_is_rewritten() {
    let text = "steps:\n  - id: a\n    command: echo é\n  - id: b\n    type: http\n    command: GET https://example.com\n";
    let mut client = Client::ready(Encoding::Utf16);
    let document = client.open("file:///dags/older.yaml", "yaml", text);
    client.findings(&document);
    let actions = client.request(METHOD, params(&client, &document, 0, json!(["source.migrate"])));
    let [action] = &actions.as_array().expect("a list")[..] else { panic!("one action: {actions:#}") };
    assert_eq!((&action["title"], &action["kind"]), (&json!("Rewrite the older syntax"), &json!("source.migrate.dagu-rs")));
    let after = applied(&client, &document, &action["edit"]["documentChanges"][0]["edits"]);
    assert!(after.starts_with("steps:\n  - id: a\n    run: echo é\n"), "{after}");
    client.shutdown();
}

#[test]
fn findings_that_the_client_names_are_fixed_wherever_the_cursor_is() {
    let mut client = Client::ready(Encoding::Utf16);
    let document = client.open("file:///dags/named.yaml", "yaml", FAULTY);
    let found = client.findings(&document);
    let named = found.iter().find(|found| found["code"] == "unknown-key").expect("a key is unknown");
    // As clients do that keep only what the protocol knows.
    let bare = json!({"range": named["range"], "message": named["message"], "code": named["code"], "source": "dagu-rs"});
    let mut params = params(&client, &document, 0, json!(["quickfix"]));
    params["context"]["diagnostics"] = json!([bare]);
    let actions = client.request(METHOD, params);
    let preferred: Vec<&Value> = actions.as_array().expect("a list").iter().filter(|action| action["isPreferred"] == true).collect();
    let [action] = &preferred[..] else { panic!("one preferred: {actions:#}") };
    assert_eq!(action["diagnostics"][0]["range"], named["range"]);
    client.shutdown();
}

const ROOT: &str = "\
params:
  - KEY: \"\"
env:
  - ANTHROPIC_API_KEY: ${params.KEY}‸
steps:
  - id: 日本🚀
    run: make
  - id: call
    run: curl -H x-api-key:$ANTHROPIC_API_KEY https://api.anthropic.com
";

#[test]
fn a_credential_is_narrowed() {
    let (text, at) = with_cursor(ROOT);
    for encoding in Encoding::ALL {
        let mut client = Client::ready(encoding);
        let mut document = client.open("file:///dags/narrow.yaml", "yaml", &text);
        client.findings(&document);
        for only in [Value::Null, json!(["refactor"]), json!(["refactor.rewrite"])] {
            let actions = client.request(METHOD, params(&client, &document, at, only));
            let mut refactorings = actions.as_array().expect("a list").iter().filter(|action| action["kind"] == "refactor.rewrite");
            let action = refactorings.next().expect("it is offered");
            assert_eq!(action["title"], "Give `ANTHROPIC_API_KEY` to `call`, the only step that uses it");
            let after = applied(&client, &document, &action["edit"]["documentChanges"][0]["edits"]);
            assert!(after.contains("  - id: call\n    env:\n      - ANTHROPIC_API_KEY=${params.KEY}\n"), "{after}");
        }
        assert_eq!(client.request(METHOD, params(&client, &document, at, json!(["refactor.extract"]))), json!([]));
        document.text.clear();
        client.shutdown();
    }
}

#[test]
fn a_container_is_extracted_and_inlined() {
    let text = "steps:\n  - id: a\n    container: {image: alpine:3.20}\n    run: echo\n  - id: b\n    container:\n      image: alpine:3.20\n    run: echo\n";
    let mut client = Client::ready(Encoding::Utf8);
    let mut document = client.open("file:///dags/extract.yaml", "yaml", text);
    client.findings(&document);
    let at = document.find("container: {");
    let actions = client.request(METHOD, params(&client, &document, at, json!(["refactor.extract"])));
    let after = applied(&client, &document, &actions[0]["edit"]["documentChanges"][0]["edits"]);
    assert!(after.contains("container: &alpine {image: alpine:3.20}") && after.contains("container: *alpine\n"), "{after}");
    document.text = after.clone();
    client.change(&mut document, json!([{"text": after}]));
    client.findings(&document);
    let at = document.find("*alpine");
    let actions = client.request(METHOD, params(&client, &document, at, json!(["refactor.inline"])));
    let after = applied(&client, &document, &actions[0]["edit"]["documentChanges"][0]["edits"]);
    assert!(after.contains("  - id: b\n    container: {image: alpine:3.20}\n"), "{after}");
    client.shutdown();
}

#[test]
fn a_long_text_is_changed_like_a_short_one() {
    let long: String = (0..100).map(|number| format!("  - id: more{number}\n    run: echo\n")).collect();
    let repeated = "steps:\n  - id: a\n    run: echo\n    container:\n      image: alpine:3.20  # one\n\n  - id: b\n    run: echo\n    container:\n      image: alpine:3.20\n";
    let aliased = repeated.replacen("container:\n", "container: &alpine\n", 1);
    let aliased = aliased.replace("container:\n      image: alpine:3.20\n", "container: *alpine\n");
    for (text, place, kind) in [
        (repeated, "container:", "refactor.extract"),
        (&aliased, "*alpine", "refactor.inline"),
        (FAULTY, "steps", "source.fixAll"),
        ("steps:\n  - id: a\n    command: echo é\n", "steps", "source.migrate"),
    ] {
        let mut client = Client::ready(Encoding::Utf16);
        let mut changed = |name: &str, text: &str| {
            let document = client.open(&format!("file:///dags/{name}.yaml"), "yaml", text);
            client.findings(&document);
            let actions = client.request(METHOD, params(&client, &document, text.find(place).expect("it is there"), json!([kind])));
            assert_ne!(actions, json!([]), "{kind} in the {name} text");
            applied(&client, &document, &actions[0]["edit"]["documentChanges"][0]["edits"])
        };
        let short = changed("short", text);
        assert_ne!(short, text, "{kind}");
        assert_eq!(changed("long", &format!("{text}{long}")), format!("{short}{long}"), "{kind}");
        client.shutdown();
    }
}
