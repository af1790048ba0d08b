//! Cases in files: a DAG with a cursor, and what is to be said of the proposals there.
//!
//! A case starts with `=== what it shows`, followed by the DAG. Then come lines of the form
//! `%% word rest`, in which ` | ` separates labels:
//!
//! - `has`: these are proposed; `lacks`: these are not; `is`: these and no others, in this order;
//!   `starts`: these come first; `nothing`: nothing is proposed;
//! - `says LABEL: DETAIL`: what stands beside a label;
//! - `accept LABEL`: the DAG once it was taken follows, in a client without snippets;
//! - `snippet LABEL`: the text of the snippet follows.

use std::fs;
use std::path::Path;

use super::Editor;
use crate::client::Encoding;

struct Case {
    name: String,
    marked: String,
    claims: Vec<Claim>,
}

struct Claim {
    word: String,
    rest: String,
    below: String,
}

fn read(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Some(name) = line.strip_prefix("=== ") {
            cases.push(Case { name: name.trim().to_owned(), marked: String::new(), claims: Vec::new() });
            continue;
        }
        let Some(case) = cases.last_mut() else { continue };
        if let Some(claim) = line.strip_prefix("%% ") {
            let (word, rest) = claim.trim_end().split_once(' ').unwrap_or((claim.trim_end(), ""));
            case.claims.push(Claim { word: word.to_owned(), rest: rest.to_owned(), below: String::new() });
        } else {
            case.claims.last_mut().map_or(&mut case.marked, |claim| &mut claim.below).push_str(line);
        }
    }
    cases
}

/// A text without the empty line before the next case.
fn trimmed(text: &str) -> &str {
    if text.ends_with("\n\n") { &text[..text.len() - 1] } else { text }
}

fn labels(rest: &str) -> Vec<&str> {
    rest.split(" | ").map(str::trim).filter(|label| !label.is_empty()).collect()
}

#[test]
fn cases_of_the_files() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lsp/completion/cases");
    let files: Vec<_> = fs::read_dir(&folder).expect("the folder is there").map(|entry| entry.expect("it can be read").path()).collect();
    assert!(files.len() >= 4, "there are cases");
    for (encoding, newline) in [(Encoding::Utf8, "\n"), (Encoding::Utf16, "\r\n"), (Encoding::Utf32, "\n")] {
        let mut plain = Editor::start(encoding);
        let mut rich = Editor::rich(encoding);
        for file in &files {
            for case in read(&fs::read_to_string(file).expect("text")) {
                check(&case, newline, &mut plain, &mut rich);
            }
        }
        plain.client.shutdown();
        rich.client.shutdown();
    }
}

fn check(case: &Case, newline: &str, plain: &mut Editor, rich: &mut Editor) {
    let Case { name, marked, claims } = case;
    let marked = trimmed(marked).replace('\n', newline);
    let (_, items) = plain.complete(&marked);
    let found: Vec<&str> = items.iter().map(|item| item["label"].as_str().expect("text")).collect();
    assert!(!claims.is_empty(), "{name}: nothing is claimed");
    for Claim { word, rest, below } in claims {
        let wanted = labels(rest);
        let below = trimmed(below).replace('\n', newline);
        match word.as_str() {
            "has" => wanted.iter().for_each(|label| assert!(found.contains(label), "{name}: {label} is missing in {found:#?}")),
            "lacks" => wanted.iter().for_each(|label| assert!(!found.contains(label), "{name}: {label} is proposed")),
            "is" => assert_eq!(found, wanted, "{name}"),
            "starts" => assert_eq!(found[..wanted.len().min(found.len())], wanted[..], "{name}"),
            "nothing" => assert_eq!(found, Vec::<&str>::new(), "{name}"),
            "says" => {
                let (label, detail) = rest.split_once(": ").expect("a label with its detail");
                let item = items.iter().find(|item| item["label"] == label).unwrap_or_else(|| panic!("{name}: {label} is missing"));
                assert_eq!(item["detail"], detail, "{name}");
            }
            "accept" => assert_eq!(plain.accept(&marked, rest), below, "{name}"),
            "snippet" => {
                let (_, items) = rich.complete(&marked);
                let item = items.iter().find(|item| item["label"] == *rest).unwrap_or_else(|| panic!("{name}: {rest} is missing"));
                assert_eq!(item["insertTextFormat"], 2, "{name}");
                assert_eq!(item["textEdit"]["newText"].as_str().expect("text").trim_end(), below.trim_end(), "{name}");
            }
            other => panic!("{name}: nobody knows `{other}`"),
        }
    }
}
