//! Whatever is proposed in the DAGs of the corpus can be taken: the DAG can still be read, and the
//! engine knows every key.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::taken;
use crate::client::{Client, Document, Encoding};

/// How often a proposal of one kind and name is taken, over all places.
const EACH: usize = 3;

/// Of how many places of a file one is asked at; files start at different ones.
const STRIDE: usize = 3;

/// Findings that a proposal must never bring: the text cannot be read, or a key is not known.
const BROKEN: &[&str] = &["yaml-syntax", "yaml-duplicate-key", "yaml-dialect", "unknown-key", "key-letter-case", "yaml-undefined-alias"];

/// The kinds of proposal that are values, whole as they are.
const VALUES: &[u64] = &[6, 9, 12, 18, 20];

/// Findings that a value must not bring either. What it may need beside it is another matter.
const UNFIT: &[&str] =
    &["wrong-type", "invalid-value", "unknown-dependency", "dependency-cycle", "router-target-invalid", "approval-invalid"];

fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["examples", "tests/corpus"].map(|folder| fs::read_dir(root.join(folder)).expect("the folder is there"));
    let mut files: Vec<PathBuf> = folders.into_iter().flatten().map(|entry| entry.expect("it can be read").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    files
}

fn errors(found: &[Value]) -> HashMap<String, usize> {
    let mut errors = HashMap::new();
    for found in found.iter().filter(|found| found["severity"] == 1) {
        *errors.entry(found["code"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
    }
    errors
}

/// Texts with a place to ask at: for each line that has a key, a new one below it that is as deep; the
/// line without its value; and the line with a comma behind what its brackets hold.
fn places(text: &str) -> Vec<(String, usize)> {
    let mut places = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end();
        let indent = content.len() - content.trim_start_matches([' ', '-']).len();
        let with = |at: usize, len: usize, new: &str, cursor: usize| {
            let mut other = text.to_owned();
            other.replace_range(start + at..start + at + len, new);
            (other, start + at + cursor)
        };
        let is_comment = content.trim_start().starts_with('#');
        if let Some(colon) = content.find(": ").filter(|_| !is_comment && !content.ends_with(['|', '>'])) {
            places.push(with(line.len(), 0, &format!("{:indent$}\n", ""), indent));
            // What `with` holds belongs to the action, and what is in brackets has its own end.
            if !content.trim_start_matches([' ', '-']).starts_with(['{', '[']) && !content.contains("action: ") {
                places.push(with(colon + 2, content.len() - colon - 2, "", 0));
            }
        }
        if content.trim_start().starts_with("- ") && indent < content.len() {
            // A new item before this one.
            let dash = content.len() - content.trim_start().len();
            places.push(with(0, 0, &format!("{:dash$}- \n", ""), dash + 2));
        }
        if let Some(close) = content.rfind(['}', ']']).filter(|&close| close > 0 && !content[..close].ends_with(['{', '[', '}', ']'])) {
            places.push(with(close, 0, ", ", 2));
        }
        start += line.len();
    }
    places
}

#[test]
fn every_proposal_can_be_taken() {
    let mut client = Client::ready(Encoding::Utf8);
    let mut taken_so_far: HashMap<(u64, String), usize> = HashMap::new();
    let mut failures = Vec::new();
    let mut count = 0;
    for (number, path) in files().into_iter().enumerate() {
        let text = fs::read_to_string(&path).expect("text");
        let uri = format!("file://{}", path.display());
        let mut document = client.open(&uri, "dagu", &text);
        client.findings(&document);
        for (text, offset) in places(&text).into_iter().skip(number % STRIDE).step_by(STRIDE) {
            document.text.clone_from(&text);
            client.change(&mut document, json!([{"text": text}]));
            let answer = client.at("textDocument/completion", &document, offset);
            let mut before = None;
            for item in answer["items"].as_array().expect("a list") {
                let kind = item["kind"].as_u64().expect("a kind");
                let times = taken_so_far.entry((kind, item["label"].as_str().expect("text").to_owned())).or_default();
                if *times >= EACH {
                    continue;
                }
                *times += 1;
                count += 1;
                let before = before.get_or_insert_with(|| errors(&show(&mut client, &mut document, &text)));
                let original = Document { uri: uri.clone(), version: 0, text: text.clone() };
                let new = taken(&original, item, Encoding::Utf8);
                let after = errors(&show(&mut client, &mut document, &new));
                let is_worse = |code: &str| after.get(code).copied().unwrap_or(0) > before.get(code).copied().unwrap_or(0);
                let counts = |code: &str| BROKEN.contains(&code) || (VALUES.contains(&kind) && UNFIT.contains(&code));
                let wrong: Vec<&String> = after.keys().filter(|code| is_worse(code) && counts(code)).collect();
                if !wrong.is_empty() {
                    let line = text[..offset].lines().count();
                    failures.push(format!("{}:{line} {} (kind {kind}): {wrong:?}", path.display(), item["label"]));
                }
            }
        }
        client.close(&document);
    }
    assert!(failures.is_empty(), "{} of {count} proposals bring errors:\n{}", failures.len(), failures.join("\n"));
    assert!(count > 1000, "{count} proposals were taken");
    // Findings of texts that were only typed over are left unread: the client is not asked for an orderly end.
}

fn show(client: &mut Client, document: &mut Document, text: &str) -> Vec<Value> {
    document.text = text.to_owned();
    client.change(document, json!([{"text": text}]));
    client.findings(document)
}
