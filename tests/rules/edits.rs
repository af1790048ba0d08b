//! A text that is edited gives, after each edit, the findings of a fresh check of the same text.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use dagu_schema::{Analysis, Diagnostic, Facts, Layout, Reading, Span, analyze, read_to_edit, rules};
use proptest::prelude::*;
use proptest::sample::Index;

/// What is typed or pasted, besides lines of other DAGs.
const TYPED: &[&str] = &[
    "x",
    "a",
    "7",
    " ",
    "  ",
    "\n",
    "\r\n",
    "\t",
    ":",
    ": ",
    "- ",
    "-",
    "#",
    " # why",
    "'",
    "\"",
    "|",
    ">-",
    "[",
    "]",
    "{",
    "}",
    ",",
    "&a ",
    "*a",
    "<<: *a",
    "$",
    "${",
    "}",
    "${params.name}",
    "$HOME",
    "${TOKEN}",
    "é",
    "𝄞",
    "\u{feff}",
    "---\n",
    "...",
    "%",
    "depends",
    "depends: ",
    "id: ",
    "\n    ",
    "\n  - ",
    "\n  - run: date\n",
    "\n    depends: build",
    "\n    depends: [build, test]",
    "\n    env:\n      - A: b",
    "\n    output: OUT",
    "\n    container:\n      image: alpine",
    "\n    action: harness.run",
    "\n    with:\n      prompt: Hello",
    "steps:\n",
    "\n    foreach:\n      items: [1]\n      steps:\n        - run: date",
    "\nhandler_on:\n  exit:\n    run: date\n",
    "\n# dagu-rs: ignore[unknown-key] so\n",
    "\n    queyr: x",
    "run: |\n      one\n\n",
    "run: |+\n      two\n\n\n",
    "\n    retry_policy:\n      limit: 3",
    " && date",
    " | cat",
    "echo $TOKEN ",
    "\n    command: old",
    "\n  - old text",
];

/// What words are replaced by.
const WORDS: &[&str] = &[
    "build",
    "test",
    "alpine",
    "HOME",
    "TOKEN",
    "ANTHROPIC_API_KEY",
    "claude",
    "codex",
    "opencode",
    "run",
    "prompt",
    "true",
    "30",
    "0",
    "output",
    "env",
    "params",
    "steps",
    "$HOME",
    "cat",
    "data",
    "tmp",
    "workspace",
    "dag",
    "missing",
    "never",
    "null",
    "ro",
    "outputs",
];

#[derive(Clone, Debug)]
enum Edit {
    Type(Index, Index),
    /// A letter within a word.
    Letter(Index, Index),
    /// A word in place of another.
    Word(Index, Index),
    /// Letter by letter.
    Write(Index, Index),
    Delete(Index, usize),
    PasteLine(Index, Index, Index),
    DeleteLine(Index),
    DoubleLine(Index),
    Undo,
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let place = any::<Index>;
    let edit = prop_oneof![
        3 => (place(), place()).prop_map(|(at, what)| Edit::Type(at, what)),
        12 => (place(), place()).prop_map(|(at, what)| Edit::Letter(at, what)),
        8 => (place(), place()).prop_map(|(at, what)| Edit::Word(at, what)),
        2 => (place(), place()).prop_map(|(at, what)| Edit::Write(at, what)),
        2 => (place(), 1usize..9).prop_map(|(at, count)| Edit::Delete(at, count)),
        1 => (place(), place(), place()).prop_map(|(at, dag, line)| Edit::PasteLine(at, dag, line)),
        1 => place().prop_map(Edit::DeleteLine),
        1 => place().prop_map(Edit::DoubleLine),
        8 => Just(Edit::Undo),
    ];
    proptest::collection::vec(edit, 1..12)
}

/// The DAGs that are edited.
fn dags() -> Vec<String> {
    let mut dags: Vec<String> = rules::ALL.iter().flat_map(|rule| [rule.bad.to_owned(), rule.good.to_owned()]).collect();
    for folder in ["examples", "tests/corpus", "tests/lsp/dags"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut paths: Vec<_> = fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("an entry").path()).collect();
        paths.sort();
        let yaml = paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
        dags.extend(yaml.map(|path| fs::read_to_string(path).expect("the file is text")));
    }
    let windows: Vec<String> = dags.iter().step_by(9).map(|dag| dag.replace('\n', "\r\n")).collect();
    dags.extend(windows);
    dags
}

fn boundary(text: &str, at: Index) -> usize {
    let mut at = at.index(text.len() + 1);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The words of a text.
fn words(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut words: Vec<std::ops::Range<usize>> = Vec::new();
    for (at, _) in text.char_indices().filter(|(_, c)| c.is_ascii_alphanumeric()) {
        match words.last_mut() {
            Some(word) if word.end == at => word.end = at + 1,
            _ => words.push(at..at + 1),
        }
    }
    words
}

/// The line around a byte, with its end.
fn line(text: &str, at: usize) -> std::ops::Range<usize> {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    start..text[at..].find('\n').map_or(text.len(), |newline| at + newline + 1)
}

impl Edit {
    /// The texts that the edit makes of the last of some, one after the other.
    fn apply(&self, past: &[String], dags: &[String]) -> Vec<String> {
        let Some(text) = past.last() else { return Vec::new() };
        let inserted = |at: usize, what: &str| format!("{}{what}{}", &text[..at], &text[at..]);
        match self {
            Self::Type(at, what) => vec![inserted(boundary(text, *at), TYPED[what.index(TYPED.len())])],
            Self::Letter(at, what) => match words(text).get(..).filter(|words| !words.is_empty()) {
                Some(words) => vec![inserted(at.get(words).start + 1, &WORDS[what.index(WORDS.len())][..1])],
                None => Vec::new(),
            },
            Self::Word(at, what) => match words(text).get(..).filter(|words| !words.is_empty()) {
                Some(words) => {
                    let word = at.get(words).clone();
                    vec![format!("{}{}{}", &text[..word.start], WORDS[what.index(WORDS.len())], &text[word.end..])]
                }
                None => Vec::new(),
            },
            Self::Write(at, what) => {
                let (at, what) = (boundary(text, *at), TYPED[what.index(TYPED.len())]);
                what.char_indices().map(|(i, c)| inserted(at, &what[..i + c.len_utf8()])).collect()
            }
            Self::Delete(at, count) => {
                let at = boundary(text, *at);
                let gone: usize = text[at..].chars().take(*count).map(char::len_utf8).sum();
                vec![format!("{}{}", &text[..at], &text[at + gone..])]
            }
            Self::PasteLine(at, dag, place) => {
                let other = dag.get(dags);
                let taken = &other[line(other, boundary(other, *place))];
                vec![inserted(line(text, boundary(text, *at)).start, taken)]
            }
            Self::DeleteLine(at) => {
                let gone = line(text, boundary(text, *at));
                vec![format!("{}{}", &text[..gone.start], &text[gone.end..])]
            }
            Self::DoubleLine(at) => {
                let doubled = line(text, boundary(text, *at));
                vec![inserted(doubled.start, &text[doubled.clone()])]
            }
            Self::Undo => past.iter().rev().nth(1).cloned().into_iter().collect(),
        }
    }
}

/// The findings with their places in the text as the author has it.
fn own(analysis: &Analysis) -> Vec<Diagnostic> {
    let own = |span: Span| match analysis.layout().filter(|_| !span.is_beyond()) {
        Some(layout) => Span::new(Layout::own(layout, span.start), Layout::own(layout, span.end)),
        None => span,
    };
    let mut found = analysis.diagnostics.clone();
    for found in &mut found {
        found.span = own(found.span);
        found.related.iter_mut().for_each(|related| related.span = own(related.span));
        found.fixes.iter_mut().flat_map(|fix| &mut fix.edits).for_each(|edit| edit.span = own(edit.span));
    }
    found
}

fn read(text: &str) -> Reading {
    read_to_edit(text, 1, None, |_| None)
}

#[test]
fn an_edited_text_is_judged_as_a_fresh_one() {
    let (dags, facts) = (dags(), Facts::default());
    let (quick, whole) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(1200);
    proptest!(ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 400, ..ProptestConfig::default() }, |(dag in any::<Index>(), edits in edits())| {
        let mut past = vec![dag.get(&dags).clone()];
        let mut analysis = read(&past[0]).judge(&facts);
        for edit in &edits {
            for now in edit.apply(&past, &dags) {
                let before = past.last().expect("a text").clone();
                let reading = analysis.suppress().reread(&before, &now, None).map_err(|_| ());
                let counter = if reading.is_ok() { &quick } else { &whole };
                counter.fetch_add(1, Ordering::Relaxed);
                analysis = reading.unwrap_or_else(|()| read(&now)).judge(&facts);
                let fresh = analyze(&now, &facts);
                prop_assert_eq!(own(&analysis), fresh.diagnostics, "after {:?}, in\n{}", edit, now);
                past.push(now);
            }
        }
    });
    let (quick, whole) = (quick.into_inner(), whole.into_inner());
    eprintln!("{quick} edits were read by parts, {whole} in whole");
    assert!(quick * 6 > whole, "{quick} edits were read by parts, {whole} in whole");
}
