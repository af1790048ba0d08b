//! The same text gives the same findings in `check` and in the editor.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use dagu_schema::{Confidence, rules};
use serde_json::{Value, json};

use crate::client::{Client, Encoding};

/// What both must agree on.
pub(crate) fn expected(name: &str, text: &str) -> Vec<Value> {
    let file = format!("/dags/{name}.yaml");
    let output = Command::new(env!("CARGO_BIN_EXE_dagu-rs"))
        .args(["check", "--no-base-config", "--format", "json", "--stdin-filename", &file, "-"])
        .env("DAGU_HOME", "/nonexistent")
        .env_remove("DAGU_DAGS_DIR")
        .write_stdin(text)
        .output()
        .expect("check runs");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{name}: {error}: {output:?}"));
    let found = report["diagnostics"].as_array().expect("a list");
    found
        .iter()
        .map(|found| {
            let related = found["related"].as_array().expect("a list").iter();
            let related: Vec<_> = related.map(|related| json!([range(related), related["message"]])).collect();
            let fixes = found["fixes"].as_array().expect("a list").iter().map(|fix| {
                let edits = fix["edits"].as_array().expect("a list").iter();
                let edits: Vec<_> = edits.map(|edit| json!([range(edit), edit["text"]])).collect();
                json!([fix["title"], fix["safety"], edits])
            });
            let fixes: Vec<_> = fixes.collect();
            let help = found["help"].as_str().map_or_else(String::new, |help| format!("\nhelp: {help}"));
            let message = format!("{}{help}", found["message"].as_str().expect("text"));
            json!({
                "range": range(found), "rule": found["rule"], "severity": found["severity"], "url": found["url"],
                "message": message, "related": related, "fixes": fixes,
            })
        })
        .collect()
}

/// Start and end, from zero, columns in characters.
fn range(place: &Value) -> Value {
    let number = |value: &Value| value.as_u64().expect("a number") - 1;
    let position = |end: &Value| json!({"line": number(&end["line"]), "character": number(&end["column"])});
    json!({"start": position(&place["start"]), "end": position(&place["end"])})
}

/// The findings as the editor got them, in the same terms.
fn published(client: &mut Client, name: &str, text: &str) -> Vec<Value> {
    let uri = format!("file:///dags/{name}.yaml");
    let document = client.open(&uri, "dagu", text);
    let found = client.findings(&document);
    client.close(&document);
    assert_eq!(client.published(&uri)["diagnostics"], json!([]));
    in_the_same_terms(client.encoding, &uri, text, &found)
}

/// Findings that were published, in the terms of [`expected`].
pub(crate) fn in_the_same_terms(encoding: Encoding, uri: &str, text: &str, found: &[Value]) -> Vec<Value> {
    let position = |position: &Value| {
        let offset = encoding.offset(text, position);
        Encoding::Utf32.position(text, offset)
    };
    let range = |range: &Value| json!({"start": position(&range["start"]), "end": position(&range["end"])});
    found
        .iter()
        .map(|found| {
            assert_eq!(found["source"], "dagu-rs");
            let related = found["relatedInformation"].as_array().into_iter().flatten();
            let related: Vec<_> = related
                .map(|related| {
                    assert_eq!(related["location"]["uri"], uri);
                    json!([range(&related["location"]["range"]), related["message"]])
                })
                .collect();
            let fixes = found["data"]["fixes"].as_array().into_iter().flatten().map(|fix| {
                let edits = fix["edits"].as_array().expect("a list").iter();
                let edits: Vec<_> = edits.map(|edit| json!([range(&edit["range"]), edit["newText"]])).collect();
                json!([fix["title"], fix["safety"], edits])
            });
            let fixes: Vec<_> = fixes.collect();
            let severity = ["error", "warning", "info", "hint"][found["severity"].as_u64().expect("a number") as usize - 1];
            json!({
                "range": range(&found["range"]), "rule": found["code"], "severity": severity, "url": found["codeDescription"]["href"],
                "message": found["message"], "related": related, "fixes": fixes,
            })
        })
        .collect()
}

/// The YAML files of a folder, by name.
fn folder(path: &str) -> Vec<(String, String)> {
    let entries = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("it can be listed").path());
    let paths = paths.filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    let stem = |path: &Path| path.file_stem().expect("a name").to_string_lossy().into_owned();
    let mut files: Vec<_> = paths.map(|path| (stem(&path), fs::read_to_string(&path).expect("it can be read"))).collect();
    files.sort();
    files
}

fn compare(texts: &[(String, String)]) -> usize {
    let mut clients = Encoding::ALL.map(Client::ready);
    let mut total = 0;
    for (name, text) in texts {
        let expected = expected(name, text);
        total += expected.len();
        for client in &mut clients {
            let published = published(client, name, text);
            assert_eq!(published, expected, "{name} in {:?}", client.encoding);
        }
    }
    clients.into_iter().for_each(Client::shutdown);
    total
}

#[test]
fn on_broken_dags() {
    let broken = folder("tests/lsp/dags");
    assert!(broken.len() >= 15);
    for (name, text) in &broken {
        assert_ne!(expected(name, text), Vec::<Value>::new(), "{name} is meant to be broken");
    }
    let windows = broken.iter().map(|(name, text)| (format!("{name}-crlf"), text.replace('\n', "\r\n")));
    let windows: Vec<_> = windows.collect();
    assert!(compare(&broken) > 0);
    assert!(compare(&windows) > 0);
}

#[test]
fn on_the_examples() {
    assert!(compare(&folder("examples")) > 0);
}

#[test]
fn on_the_pages_of_the_rules() {
    let texts =
        rules::ALL.iter().flat_map(|rule| [(rule.name.to_owned(), rule.bad.to_owned()), (rule.name.to_owned(), rule.good.to_owned())]);
    // Both leave out what is only maybe a fault.
    let reported = rules::ALL.iter().filter(|rule| rule.confidence > Confidence::Maybe).count();
    assert!(compare(&texts.collect::<Vec<_>>()) >= reported);
}
