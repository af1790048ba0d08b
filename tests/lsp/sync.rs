//! Text in, findings out: opening, typing, closing.

use serde_json::{Value, json};

use crate::client::{Client, Document, Encoding};

/// Rule and marked text of each finding.
fn marked(client: &Client, document: &Document, found: &[Value]) -> Vec<(String, String)> {
    let part = |found: &Value| client.encoding.slice(&document.text, &found["range"]).to_owned();
    found.iter().map(|found| (found["code"].as_str().expect("a rule").to_owned(), part(found))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(rule, part)| ((*rule).to_owned(), (*part).to_owned())).collect()
}

const BROKEN: &str = "\
container:
  image: alpine:3.20
  pul_policy: never
  working_dir: /w
steps:
  - id: one
    run: echo 1
  - id: two
    depends: oen
    run: echo 2
";

#[test]
fn a_broken_dag_is_mended_by_typing() {
    for encoding in Encoding::ALL {
        let mut client = Client::ready(encoding);
        let mut document = client.open("file:///dags/broken.yaml", "yaml", BROKEN);
        let found = client.findings(&document);
        assert_eq!(marked(&client, &document, &found), pairs(&[("unknown-key", "pul_policy"), ("unknown-dependency", "oen")]));
        let first = &found[0];
        assert_eq!(first["range"], json!({"start": {"line": 2, "character": 2}, "end": {"line": 2, "character": 12}}));
        assert_eq!(first["severity"], 1);
        assert_eq!(first["source"], "dagu-rs");
        assert_eq!(first["codeDescription"]["href"], "https://github.com/dagu-rs/dagu-rs/blob/main/docs/rules/unknown-key.md");
        assert!(first["message"].as_str().expect("text").contains("\nhelp: "), "{first}");

        // One letter typed, then two that were swapped put right, key by key.
        let at = document.find("pul_policy") + 3;
        client.edit(&mut document, at, at, "l");
        let found = client.findings(&document);
        assert_eq!(marked(&client, &document, &found), pairs(&[("unknown-dependency", "oen")]));
        let at = document.find("oen");
        client.edit(&mut document, at + 1, at + 2, "");
        client.edit(&mut document, at + 2, at + 2, "e");
        assert!(document.text.contains("depends: one"));
        assert_eq!(client.findings(&document), Vec::<Value>::new());
        client.shutdown();
    }
}

#[test]
fn places_are_exact_behind_any_character_and_line_end() {
    let text = "name: \"naïve 日本 🚀\"\nsteps:\n  - {name: \"é🚀\", rum: \"日本 🚀 é\"} # 🚀\n  - id: b\n    run: echo\n    depnds: a\n";
    for text in [text.to_owned(), text.replace('\n', "\r\n")] {
        for encoding in Encoding::ALL {
            let mut client = Client::ready(encoding);
            let mut document = client.open("file:///dags/utf.yaml", "dagu", &text);
            let unknown = |client: &mut Client, document: &Document| {
                let found = client.findings(document);
                let mut found = marked(client, document, &found);
                found.retain(|(rule, _)| rule == "unknown-key");
                found
            };
            assert_eq!(unknown(&mut client, &document), pairs(&[("unknown-key", "rum"), ("unknown-key", "depnds")]));
            // Two changes in one message, the second in the text that the first one left.
            let (key, value) = (document.find("rum"), document.find("日本 🚀 é"));
            let position = |text: &str, offset: usize| encoding.position(text, offset);
            let first = json!({"start": position(&document.text, key), "end": position(&document.text, key + 3)});
            document.text.replace_range(key..key + 3, "ruún");
            let value = value + 2;
            let second = json!({"start": position(&document.text, value), "end": position(&document.text, value + "日本 🚀".len())});
            document.text.replace_range(value..value + "日本 🚀".len(), "");
            let changes = json!([{"range": first, "text": "ruún"}, {"range": second, "text": ""}]);
            client.change(&mut document, changes);
            assert_eq!(unknown(&mut client, &document), pairs(&[("unknown-key", "ruún"), ("unknown-key", "depnds")]));
            let (start, end) = (document.find("ú"), document.find("ú") + 2);
            client.edit(&mut document, start, end, "");
            let start = document.find("depnds") + 3;
            client.edit(&mut document, start, start, "e");
            assert_eq!(unknown(&mut client, &document), pairs(&[]));
            client.shutdown();
        }
    }
}

#[test]
fn related_places_are_named() {
    let mut client = Client::ready(Encoding::Utf16);
    let text = "steps:\n  - id: a\n    run: echo\n  - id: a\n    run: echo\n";
    let document = client.open("file:///dags/twice.yaml", "yaml", text);
    let found = client.findings(&document);
    assert_eq!(marked(&client, &document, &found), pairs(&[("duplicate-step-id", "a")]));
    let related = &found[0]["relatedInformation"];
    assert_eq!(related.as_array().map(Vec::len), Some(1), "{related}");
    assert_eq!(related[0]["location"]["uri"], document.uri);
    let lines = [&found[0]["range"], &related[0]["location"]["range"]].map(|range| range["start"]["line"].as_u64());
    assert!(lines.contains(&Some(1)) && lines.contains(&Some(3)), "{lines:?}");
    client.shutdown();
}

#[test]
fn closing_clears_and_reopening_finds_again() {
    let mut client = Client::ready(Encoding::Utf16);
    let document = client.open("file:///dags/broken.yaml", "yaml", BROKEN);
    let other = client.open("file:///dags/other.yaml", "yaml", BROKEN);
    let found = client.findings(&document);
    assert_eq!(found.len(), 2);
    client.close(&document);
    let cleared = client.published(&document.uri);
    assert_eq!(cleared, json!({"uri": document.uri, "diagnostics": []}));
    assert!(client.at("textDocument/hover", &document, 0).is_null());
    let document = client.open(&document.uri, "yaml", BROKEN);
    assert_eq!(client.findings(&document), found);
    assert_eq!(client.findings(&other), found);
    client.shutdown();
}

#[test]
fn a_burst_of_changes_ends_with_the_findings_of_the_last_text() {
    let mut client = Client::ready(Encoding::Utf8);
    let mut document = client.open("file:///dags/burst.yaml", "yaml", BROKEN);
    let mut at = document.find("depends: oen") + "depends: oen".len();
    for number in 0..200 {
        let letter = char::from(b'a' + number % 26).to_string();
        client.edit(&mut document, at, at, &letter);
        at += 1;
    }
    let found = client.findings(&document);
    let written = &document.text[document.find("oen")..at];
    assert_eq!(written.len(), 203);
    assert_eq!(marked(&client, &document, &found), pairs(&[("unknown-key", "pul_policy"), ("unknown-dependency", written)]));
    client.shutdown();
}

#[test]
fn requests_see_every_change_sent_before_them() {
    let mut client = Client::ready(Encoding::Utf8);
    let mut document = client.open("file:///dags/order.yaml", "yaml", "steps:\n  - id: s\n    run: echo\n");
    let mut answers = Vec::new();
    for number in 0..50 {
        let at = document.find("\n    run");
        client.edit(&mut document, at, at, "x");
        let id = client.ask("textDocument/documentSymbol", json!({"textDocument": {"uri": document.uri}}));
        answers.push((id, format!("s{}", "x".repeat(number + 1))));
    }
    for (id, name) in answers {
        let answer = client.answer(id);
        assert_eq!(answer["result"][0]["children"][0]["name"], name);
    }
    client.findings(&document);
    client.shutdown();
}

#[test]
fn yaml_that_is_no_dag_is_met_with_silence() {
    let mut client = Client::ready(Encoding::Utf16);
    let text = "services:\n  web:\n    image: nginx\n    steps: [\n";
    let mut document = client.open("file:///compose.yaml", "yaml", text);
    assert!(client.at("textDocument/completion", &document, 0).is_null());
    assert!(client.at("textDocument/hover", &document, 2).is_null());
    let symbols = json!({"textDocument": {"uri": document.uri}});
    assert!(client.request("textDocument/documentSymbol", symbols).is_null());

    // The first findings come when it becomes a DAG, and go when it is none any more.
    client.edit(&mut document, 0, 0, "steps:\n");
    assert_ne!(client.findings(&document), Vec::<Value>::new());
    client.edit(&mut document, 0, "steps".len(), "jobs");
    assert_eq!(client.findings(&document), Vec::<Value>::new());
    client.edit(&mut document, 0, 0, "# ");
    client.close(&document);

    // As a DAG it was meant to be checked all along.
    for language in ["dagu", "yaml.dagu"] {
        let document = client.open("file:///compose.yaml", language, text);
        assert_ne!(client.findings(&document), Vec::<Value>::new());
        client.close(&document);
        assert_eq!(client.published(&document.uri)["diagnostics"], json!([]));
    }
    let other = client.open("file:///compose.yaml", "yaml.docker-compose", text);
    assert!(client.at("textDocument/hover", &other, 2).is_null());
    client.shutdown();
}

#[test]
fn a_text_too_large_is_left_alone() {
    let mut client = Client::ready(Encoding::Utf16);
    let text = format!("steps:\n{}", "# a line that only takes up room, as in a log\n".repeat(400_000));
    let mut document = client.open("file:///dags/large.yaml", "dagu", &text);
    assert!(client.at("textDocument/hover", &document, 0).is_null());
    let said = client.logged();
    assert_eq!(said, "file:///dags/large.yaml is too large to be a DAG: dagu-rs reads files of up to 16 MiB");
    client.change(&mut document, json!([{"text": BROKEN}]));
    assert_eq!(client.findings(&document).len(), 2);
    client.shutdown();
}

#[test]
fn a_client_is_told_what_it_understands() {
    let mut client = Client::start();
    client.initialize(json!({}));
    let document = client.open("file:///dags/broken.yaml", "yaml", BROKEN);
    let found = client.findings(&document);
    assert_eq!(marked(&client, &document, &found), pairs(&[("unknown-key", "pul_policy"), ("unknown-dependency", "oen")]));
    for key in ["codeDescription", "data", "relatedInformation", "tags"] {
        assert!(found.iter().all(|found| found.get(key).is_none()), "{found:#?}");
    }
    client.shutdown();
}
