//! Hover: steps, names, references, schedules, parts of containers, fields. Values of credentials are never shown.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::CURSOR;
use crate::client::{Client, Document, Encoding};

/// Texts with a cursor at each place that is asked about.
const TEXTS: &[(&str, &str)] = &[
    ("steps", include_str!("hovers/steps.yaml")),
    ("names", include_str!("hovers/names.yaml")),
    ("references", include_str!("hovers/references.yaml")),
    ("fields", include_str!("hovers/fields.yaml")),
    ("containers", include_str!("hovers/containers.yaml")),
    ("schedules", include_str!("hovers/schedules.yaml")),
    ("agents", include_str!("hovers/agents.yaml")),
    ("several-documents", include_str!("hovers/several-documents.yaml")),
];

/// A text without its cursors, and where they stood.
fn with_cursors(marked: &str) -> (String, Vec<usize>) {
    let (mut text, mut offsets) = (String::new(), Vec::new());
    for (number, part) in marked.split(CURSOR).enumerate() {
        if number > 0 {
            offsets.push(text.len());
        }
        text.push_str(part);
    }
    (text, offsets)
}

/// What a hover says, with the times of day left out, and the text that it is about.
fn said(client: &Client, document: &Document, hover: &Value) -> String {
    if hover.is_null() {
        return "nothing\n".to_owned();
    }
    let about = client.encoding.slice(&document.text, &hover["range"]);
    let is_time = |line: &&str| line.starts_with("- ") && line.get(5..8) == Some(" 20");
    let text = hover["contents"]["value"].as_str().expect("text");
    let lines: Vec<&str> = text.lines().map(|line| if is_time(&line) { "- (a time)" } else { line }).collect();
    format!("about: {about}\n{}\n", lines.join("\n"))
}

/// The line of a place, with the cursor.
fn line_at(text: &str, offset: usize) -> String {
    let start = text[..offset].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[offset..].find('\n').map_or(text.len(), |length| offset + length);
    format!("{}{CURSOR}{}", text[start..offset].trim_start(), &text[offset..end])
}

#[test]
fn what_is_said_where() {
    for encoding in Encoding::ALL {
        let mut client = Client::ready(encoding);
        for (name, marked) in TEXTS {
            let (text, offsets) = with_cursors(marked);
            let document = client.open(&format!("file:///dags/{name}.yaml"), "yaml", &text);
            client.findings(&document);
            let mut report = String::new();
            for offset in offsets {
                let hover = client.at("textDocument/hover", &document, offset);
                report.push_str(&format!("=== {}\n{}\n", line_at(&text, offset), said(&client, &document, &hover)));
            }
            insta::assert_snapshot!(format!("hover_{name}"), report);
        }
        client.shutdown();
    }
}

#[test]
fn with_other_line_breaks() {
    let mut client = Client::ready(Encoding::Utf16);
    for (name, marked) in TEXTS {
        let [plain, crlf] = ["\n", "\r\n"].map(|newline| with_cursors(&marked.replace('\n', newline)));
        let [plain, crlf] = [(plain, "plain"), (crlf, "crlf")].map(|((text, offsets), kind)| {
            let document = client.open(&format!("file:///dags/{kind}/{name}.yaml"), "yaml", &text);
            client.findings(&document);
            let hovers: Vec<Value> = offsets.iter().map(|&offset| client.at("textDocument/hover", &document, offset)).collect();
            hovers.iter().map(|hover| said(&client, &document, hover).replace('\r', "")).collect::<Vec<_>>()
        });
        assert_eq!(plain, crlf, "{name}");
    }
    client.shutdown();
}

#[test]
fn the_next_runs_come_in_order_and_at_the_time_of_the_schedule() {
    let mut client = Client::ready(Encoding::Utf8);
    let text = "schedule:\n  - \"30 8 * * 1-5\"\n  - \"CRON_TZ=UTC 0 0 30 2 *\"\nsteps:\n  - run: echo\n";
    let document = client.open("file:///dags/scheduled.yaml", "yaml", text);
    client.findings(&document);
    let hover = client.at("textDocument/hover", &document, document.find("30 8"));
    let said = hover["contents"]["value"].as_str().expect("text");
    let times: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("- ")).collect();
    assert_eq!(times.len(), 5, "{said}");
    let mut before = "";
    for time in times {
        let (weekday, rest) = time.split_once(' ').expect("a weekday");
        assert!(["Mon", "Tue", "Wed", "Thu", "Fri"].contains(&weekday), "{time}");
        assert!(rest.ends_with(" 08:30 +00:00") && before < rest, "{time}");
        before = rest;
    }
    let hover = client.at("textDocument/hover", &document, document.find("30 2"));
    assert!(hover["contents"]["value"].as_str().expect("text").contains("It never comes round."), "{hover}");
    client.shutdown();
}

#[test]
fn what_is_inherited_is_said() {
    let home = tempfile::tempdir().expect("a folder");
    let base = "env:\n  - REGION: eu\n  - BASE_TOKEN: hunter2\ntimeout_sec: 7200\ncontainer:\n  image: base:1\n  user: nobody\n";
    fs::write(home.path().join("base.yaml"), base).expect("written");
    let marked = "\
‸timeout_sec: 60
e‸nv:
  - STAGE: prod
con‸tainer:
  im‸age: own:2
delay_sec: 0
steps:
  - id: ‸a
    run: echo ${REG‸ION} $BASE_TO‸KEN
";
    let mut client = Client::start_at(home.path()).agreed(Encoding::Utf16);
    let (text, offsets) = with_cursors(marked);
    let document = client.open("file:///dags/inherits.yaml", "yaml", &text);
    client.findings(&document);
    let mut report = String::new();
    for offset in offsets {
        let hover = client.at("textDocument/hover", &document, offset);
        let said = said(&client, &document, &hover).replace(&home.path().display().to_string(), "HOME");
        report.push_str(&format!("=== {}\n{said}\n", line_at(&text, offset)));
    }
    insta::assert_snapshot!("hover_inherited", report);
    client.shutdown();
}

#[test]
fn a_client_without_markdown_gets_plain_text() {
    let mut client = Client::start();
    client.initialize(json!({"textDocument": {"hover": {"contentFormat": ["plaintext"]}}}));
    let (text, offsets) = with_cursors(include_str!("hovers/steps.yaml"));
    let document = client.open("file:///dags/hover.yaml", "yaml", &text);
    client.findings(&document);
    for offset in offsets {
        let contents = client.at("textDocument/hover", &document, offset)["contents"].clone();
        if !contents.is_null() {
            assert_eq!(contents["kind"], "plaintext");
            let text = contents["value"].as_str().expect("text");
            assert!(!text.replace("***", "").contains("**") && !text.contains("```"), "{text}");
        }
    }
    client.shutdown();
}

#[test]
fn in_a_broken_file() {
    let mut client = Client::ready(Encoding::Utf8);
    let text = "container:\n  image: [a\n  pull_policy: never\nsteps:\n  - id: one\n    run: \"echo\n  - id: two\n    run: echo\n";
    let document = client.open("file:///dags/broken.yaml", "yaml", text);
    assert!(!client.findings(&document).is_empty());
    let hover = client.at("textDocument/hover", &document, document.find("two"));
    assert!(hover["contents"]["value"].as_str().expect("text").contains("step `two`"), "{hover}");
    client.shutdown();
}

/// The texts of this repository's DAGs, by path.
fn dags() -> Vec<(String, String)> {
    let folders = ["examples", "tests/corpus", "tests/lsp/dags", "tests/lsp/hovers"];
    let mut found = Vec::new();
    for folder in folders {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for file in fs::read_dir(folder).expect("the folder is there") {
            let path = file.expect("it can be read").path();
            if path.extension().is_some_and(|extension| extension == "yaml") {
                found.push((path.display().to_string(), fs::read_to_string(&path).expect("it is text").replace(CURSOR, "")));
            }
        }
    }
    found.sort();
    found
}

/// Literal values that a text gives to what is called like a credential.
fn credentials(text: &str) -> BTreeSet<String> {
    let is_secret = |name: &str| {
        let name = name.to_uppercase().replace('-', "_");
        ["KEY", "TOKEN", "SECRET", "PASSWORD", "PASS", "AUTH"].iter().any(|ending| name.ends_with(ending))
    };
    let mut found = BTreeSet::new();
    for line in text.lines() {
        let line = line.trim().trim_start_matches("- ");
        let pair = line.split_once(": ").or_else(|| line.split_once('='));
        let Some((name, value)) = pair else { continue };
        let value = value.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']);
        let is_value = value.len() > 5 && !value.contains(['$', '{', '[', '|', '/', ' ']) && value != "string";
        if is_secret(name.trim_matches(['"', '\''])) && is_value && name != "key" {
            found.insert(value.to_owned());
        }
    }
    found
}

/// Every character of every DAG, that of a hover, holds no value of a credential: neither those that the files
/// of this repository give, nor those that are put in here in each place that gives one.
#[test]
fn credentials_are_never_shown() {
    let mut client = Client::ready(Encoding::Utf8);
    let planted = include_str!("hovers/credentials.yaml").replace(CURSOR, "");
    let texts = dags().into_iter().chain([("planted".to_owned(), planted)]);
    for (number, (path, text)) in texts.enumerate() {
        let mut hidden = credentials(&text);
        if text.contains("hunter2") {
            hidden.insert("hunter2".to_owned());
        }
        let document = client.open(&format!("file:///dags/{number}.yaml"), "dagu", &text);
        client.findings(&document);
        let offsets: Vec<usize> = (0..=text.len()).filter(|&offset| text.is_char_boundary(offset)).collect();
        // Of a text without any, each tenth place will do.
        let step = if hidden.is_empty() { 10 } else { 1 };
        for offsets in offsets.iter().step_by(step).collect::<Vec<_>>().chunks(500) {
            let asked: Vec<(usize, i64)> = offsets
                .iter()
                .map(|&&offset| {
                    let position = client.encoding.position(&text, offset);
                    (offset, client.ask("textDocument/hover", json!({"textDocument": {"uri": document.uri}, "position": position})))
                })
                .collect();
            for (offset, id) in asked {
                let answer = client.answer(id);
                assert!(answer.get("error").is_none(), "{path}: {answer}");
                let said = answer["result"]["contents"]["value"].as_str().unwrap_or_default();
                for value in &hidden {
                    assert!(!said.contains(value.as_str()), "{path}: {}\nshows {value}:\n{said}", line_at(&text, offset));
                }
                if !answer["result"].is_null() {
                    let range = &answer["result"]["range"];
                    let [start, end] = ["start", "end"].map(|end| client.encoding.offset(&text, &range[end]));
                    assert!((start..=end).contains(&offset), "{path}: {}\n{answer}", line_at(&text, offset));
                }
            }
        }
        client.close(&document);
        client.published(&document.uri);
    }
    client.shutdown();
}

/// After edits in and between steps, each place is told of as in the same text that was just opened.
#[test]
fn after_edits_as_when_opened_anew() {
    let mut client = Client::ready(Encoding::Utf16);
    for (name, marked) in TEXTS {
        let (text, offsets) = with_cursors(marked);
        let mut edited = client.open(&format!("file:///dags/edited/{name}.yaml"), "yaml", &text);
        client.findings(&edited);
        for &offset in &offsets {
            client.edit(&mut edited, offset, offset, "x");
            client.edit(&mut edited, offset, offset + 1, "");
            let fresh = client.open(&format!("file:///dags/fresh/{name}-{offset}.yaml"), "yaml", &edited.text);
            let [was, is] = [&edited, &fresh].map(|document| {
                let hover = client.at("textDocument/hover", document, offset);
                said(&client, document, &hover)
            });
            assert_eq!(was, is, "{name}: {}", line_at(&text, offset));
            client.findings(&fresh);
            client.close(&fresh);
            client.published(&fresh.uri);
        }
        client.findings(&edited);
    }
    client.shutdown();
}
