//! Every request, everywhere: each is answered, whatever the text and the place.

use serde_json::{Value, json};

use crate::client::{Client, Document, Encoding};
use crate::file;

const REQUESTS: [&str; 6] = [
    "textDocument/hover",
    "textDocument/completion",
    "textDocument/definition",
    "textDocument/documentHighlight",
    "textDocument/prepareRename",
    "textDocument/prepareCallHierarchy",
];

/// What may be refused in so many words, where a name is not the file's to change.
const REFUSED: i64 = -32803;

fn ask_at(client: &mut Client, document: &Document, offset: usize, asked: &mut Vec<i64>) {
    let position = client.encoding.position(&document.text, offset);
    let place = json!({"textDocument": {"uri": document.uri}, "position": position});
    asked.extend(REQUESTS.map(|method| client.ask(method, place.clone())));
    let selections = json!({"textDocument": {"uri": document.uri}, "positions": [position]});
    asked.push(client.ask("textDocument/selectionRange", selections));
    let range = json!({"start": position, "end": position});
    let params = json!({"textDocument": {"uri": document.uri}, "range": range, "context": {"diagnostics": []}});
    asked.push(client.ask("textDocument/codeAction", params.clone()));
    asked.push(client.ask("textDocument/inlayHint", params));
    let params = json!({"textDocument": {"uri": document.uri}, "range": range, "options": {"tabSize": 2, "insertSpaces": true}});
    asked.push(client.ask("textDocument/rangeFormatting", params.clone()));
    asked.push(client.ask("textDocument/semanticTokens/range", params));
    asked.push(client.ask("textDocument/codeLens", json!({"textDocument": {"uri": document.uri}})));
}

fn all_answered(client: &mut Client, asked: Vec<i64>) {
    for id in asked {
        let answer = client.answer(id);
        assert!(answer.get("error").is_none_or(|error| error["code"] == REFUSED), "{answer}");
    }
}

#[test]
fn at_every_place_of_broken_texts() {
    let mut client = Client::ready(Encoding::Utf8);
    for name in ["syntax-errors", "duplicate-keys-and-aliases", "several-documents", "odd-place-of-names", "bad-mounts-and-ports"] {
        let text = file(&format!("tests/lsp/dags/{name}.yaml"));
        for (number, text) in [text.clone(), text.replace('\n', "\r\n"), text.replace('\n', "\r")].iter().enumerate() {
            let document = client.open(&format!("file:///dags/{name}-{number}.yaml"), "dagu", text);
            client.findings(&document);
            let mut asked = Vec::new();
            let offsets = (0..=text.len()).filter(|&offset| text.is_char_boundary(offset));
            for offset in offsets {
                // A lone CR ends a line for the server; such places are beyond the end for it.
                ask_at(&mut client, &document, offset, &mut asked);
            }
            all_answered(&mut client, asked);
        }
    }
    client.shutdown();
}

#[test]
fn while_a_file_is_typed_letter_by_letter() {
    let mut client = Client::ready(Encoding::Utf16);
    for (number, path) in ["examples/docker-sandbox.yaml", "examples/claude-step-container.yaml"].iter().enumerate() {
        let text = file(path);
        let mut typed = client.open(&format!("file:///dags/typed-{number}/dag.yaml"), "dagu", "");
        for c in text.chars() {
            let end = typed.text.len();
            client.edit(&mut typed, end, end, &c.to_string());
            let mut asked = Vec::new();
            ask_at(&mut client, &typed, typed.text.len(), &mut asked);
            all_answered(&mut client, asked);
        }
        assert_eq!(typed.text, text);
        let found: Vec<Value> = client.findings(&typed);
        let opened = client.open(&format!("file:///dags/opened-{number}/dag.yaml"), "dagu", &text);
        let uri = |mut found: Vec<Value>| {
            let places = found.iter_mut().filter_map(|found| found["relatedInformation"].as_array_mut()).flatten();
            places.for_each(|place| place["location"]["uri"] = Value::Null);
            found
        };
        assert_eq!(uri(found), uri(client.findings(&opened)));
    }
    client.shutdown();
}
