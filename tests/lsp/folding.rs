//! Folding, and selections that grow.

use serde_json::{Value, json};

use crate::client::{Client, Encoding};
use crate::with_cursor;

const DAG: &str = "\
# One comment
# in two lines
name: x

# alone
steps:
  - id: one # behind
    run: |
      a
      b

  # about two
  # and more
  - id: two
    depends:
      - one
    with: {
      a: 1
    }
---
name: child
steps: [echo]
";

#[test]
fn what_can_be_folded() {
    let mut client = Client::ready(Encoding::Utf16);
    for (number, newline) in ["\n", "\r\n"].into_iter().enumerate() {
        let document = client.open(&format!("file:///dags/fold-{number}.yaml"), "dagu", &DAG.replace('\n', newline));
        let ranges = client.request("textDocument/foldingRange", json!({"textDocument": {"uri": document.uri}}));
        let shown = |range: &Value| format!("{}-{} {}", range["startLine"], range["endLine"], range["kind"].as_str().unwrap_or(""));
        let shown: Vec<String> = ranges.as_array().expect("a list").iter().map(shown).collect();
        insta::allow_duplicates!(insta::assert_snapshot!("folding", shown.join("\n")));
        client.findings(&document);
    }
    client.shutdown();
}

#[test]
fn no_more_than_the_client_takes() {
    let mut client = Client::start();
    client.initialize(json!({"textDocument": {"foldingRange": {"rangeLimit": 4, "lineFoldingOnly": true}}}));
    let document = client.open("file:///dags/fold.yaml", "dagu", DAG);
    let ranges = client.request("textDocument/foldingRange", json!({"textDocument": {"uri": document.uri}}));
    assert!((1..=4).contains(&ranges.as_array().expect("a list").len()), "{ranges}");
    client.findings(&document);
    client.shutdown();
}

#[test]
fn selections_grow_from_the_word_to_the_document() {
    let marked = "name: ü\nsteps:\n  - id: a\n    run: |\n      🚀 echo \"${params.re‸gion}\" there\n      more\n    depends: [x, 'y z']\n";
    let (text, offset) = with_cursor(marked);
    for encoding in Encoding::ALL {
        let mut client = Client::ready(encoding);
        let document = client.open("file:///dags/select.yaml", "dagu", &text);
        let positions = [offset, document.find("y z") + 1, document.find("depends") + 2, 0, text.len()];
        let positions: Vec<Value> = positions.iter().map(|&offset| encoding.position(&text, offset)).collect();
        let params = json!({"textDocument": {"uri": document.uri}, "positions": positions});
        let ranges = client.request("textDocument/selectionRange", params);
        let mut report = String::new();
        for mut range in ranges.as_array().expect("a list").iter() {
            let mut size = 0;
            while !range.is_null() {
                let slice = encoding.slice(&text, &range["range"]);
                assert!(slice.len() >= size, "{slice} is smaller than what is within");
                size = slice.len();
                report.push_str(&format!("{slice:?}\n"));
                range = &range["parent"];
            }
            report.push('\n');
        }
        insta::allow_duplicates!(insta::assert_snapshot!("selections", report));
        client.findings(&document);
        client.shutdown();
    }
}
