//! The syntax tree: exact places, recovery, the same values as another reader, no panic.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod dialect;

use dagu_schema::syntax::{Kind, Node, Tree};
use dagu_schema::{Encoding, Facts, LineIndex, Position, analyze};
use proptest::prelude::*;

/// Visits each node once where it stands.
fn visit(node: &Node, see: &mut dyn FnMut(&Node)) {
    see(node);
    match &node.kind {
        Kind::Mapping(entries) => {
            for entry in entries.iter().filter(|entry| !entry.merged) {
                visit(&entry.key, see);
                visit(&entry.value, see);
            }
        }
        Kind::Sequence(items) => items.iter().for_each(|item| visit(item, see)),
        Kind::Scalar(_) | Kind::Alias(_) => {}
    }
}

fn scalars(tree: &Tree) -> Vec<Node> {
    let mut out = Vec::new();
    for root in tree.documents.iter().filter_map(|document| document.root.as_ref()) {
        visit(root, &mut |node| {
            if matches!(node.kind, Kind::Scalar(_)) {
                out.push(node.clone());
            }
        });
    }
    out
}

/// Each letter of each scalar is where the tree says it is.
fn assert_letters_are_in_place(text: &str) {
    let (tree, _) = Tree::parse(text);
    for node in scalars(&tree) {
        let scalar = node.text().unwrap();
        for (at, letter) in scalar.char_indices().filter(|(_, c)| c.is_alphanumeric()) {
            let span = tree.span_in(&node, at..at + letter.len_utf8());
            let source = &text[span.range()];
            let escape = source.starts_with('\\');
            assert!(
                source == letter.to_string() || escape,
                "{scalar:?}: {letter:?} at {at} is said to be {source:?} at {span:?} of {text:?}"
            );
        }
    }
}

#[test]
fn letters_are_in_place() {
    for text in [
        "a: plain text\n",
        "a: plain text\n  that goes on\n\n  after a gap\nb: c\n",
        "a: 'single ''quoted'' text'\nb: 'over\n  lines\n\n  of it'\n",
        "a: \"double \\\"quoted\\\" \\u017c text\"\nb: \"over \\\n  lines\n  of\n\n  it\"\n",
        "a: |\n  one\n    two\n\n  three\nb: c\n",
        "a: |2-\n   one\n  two\n",
        "a: >\n  one\n  two\n\n  three\n    four\n  five\nb: c\n",
        "a: >-\n\n  one\n\n\n  two\n",
        "- |\n  zażółć\n  gęślą\n- x\n",
        "a: |\r\n  one\r\n  two\r\nb: 'x\r\n  y'\r\n",
        "steps:\n  - run: |\n      echo one\n      echo two\n\n  - run: x\n",
        "a: {b: 'x', c: [one, \"two\", three]}\n",
        "\u{feff}a: b\n",
    ] {
        assert_letters_are_in_place(text);
    }
}

#[test]
fn a_syntax_error_costs_its_own_lines_only() {
    for broken in [
        "    run: \"echo\n",
        "    run: 'echo\n",
        "    run: [echo\n",
        "    run: {echo\n",
        "    run\n",
        "   bad: 1\n",
        "    run: @x\n",
        "    run: a: b\n",
        "\t\trun: x\n",
        "    run: *\n",
        "    run: 'x' y\n",
        "    - x\n",
        "    run: `x`\n",
    ] {
        let text = format!("env:\n  - A: b\nsteps:\n  - id: first\n{broken}  - id: second\n    run: echo two\nqueue: q\n");
        let analysis = analyze(&text, &Facts::default());
        let syntax: Vec<_> = analysis.diagnostics.iter().filter(|found| found.rule.starts_with("yaml-")).collect();
        assert!(!syntax.is_empty(), "{broken:?} is accepted");
        let line = analysis.tree.lines.line_of(syntax[0].span.start);
        assert!((3..=5).contains(&line), "{broken:?} is reported on line {}", line + 1);
        let ids: Vec<&str> = analysis.workflows[0].steps.iter().map(|step| step.called()).collect();
        assert_eq!(ids, ["first", "second"], "{broken:?}");
        assert!(analysis.tree.documents[0].root.as_ref().unwrap().get("queue").is_some(), "{broken:?} hides what follows");
    }
}

#[test]
fn several_syntax_errors_are_all_reported() {
    let text = "steps:\n  - id: a\n    run: \"x\n  - id: b\n    run: 'y\n  - id: c\n    depends: [a\n  - id: d\n    run: z\n";
    let (_, diagnostics) = Tree::parse(text);
    let lines = LineIndex::new(text);
    let mut found: Vec<usize> = diagnostics.iter().map(|found| lines.line_of(found.span.start) + 1).collect();
    found.sort_unstable();
    assert_eq!(found, [3, 5, 7], "{diagnostics:#?}");
}

#[test]
fn positions_go_both_ways() {
    let text = "ż: \"𝄞x\"\r\nb\rc\n";
    let lines = LineIndex::new(text);
    for (offset, _) in text.char_indices() {
        for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Chars] {
            let position = lines.position(text, offset, encoding);
            let back = lines.offset(text, position, encoding);
            // Inside a line break the end of the line is meant.
            assert!(back == offset || text[back..offset].chars().all(|c| c == '\r'), "{offset} {encoding:?} {position:?} {back}");
        }
    }
    let x = text.find('x').unwrap();
    assert_eq!(lines.position(text, x, Encoding::Utf16), Position { line: 0, column: 6 });
    assert_eq!(lines.position(text, x, Encoding::Utf8), Position { line: 0, column: 9 });
    assert_eq!(lines.position(text, x, Encoding::Chars), Position { line: 0, column: 5 });
    assert_eq!(lines.offset(text, Position { line: 9, column: 9 }, Encoding::Utf16), text.len());
}

/// The tree's value as the other reader would give it.
fn value(node: &Node) -> String {
    match &node.target().kind {
        Kind::Mapping(entries) => format!(
            "{{{}}}",
            entries.iter().map(|entry| format!("{}: {}", value(&entry.key), value(&entry.value))).collect::<Vec<_>>().join(", ")
        ),
        Kind::Sequence(items) => format!("[{}]", items.iter().map(|item| value(item)).collect::<Vec<_>>().join(", ")),
        Kind::Scalar(_) if node.is_null() => "null".to_owned(),
        Kind::Scalar(scalar) => format!("{:?}", scalar.text),
        Kind::Alias(_) => "?".to_owned(),
    }
}

fn other_value(value: &serde_yaml::Value) -> String {
    match value {
        serde_yaml::Value::Null => "null".to_owned(),
        serde_yaml::Value::Mapping(entries) => {
            format!(
                "{{{}}}",
                entries.iter().map(|(key, value)| format!("{}: {}", other_value(key), other_value(value))).collect::<Vec<_>>().join(", ")
            )
        }
        serde_yaml::Value::Sequence(items) => format!("[{}]", items.iter().map(other_value).collect::<Vec<_>>().join(", ")),
        serde_yaml::Value::String(text) => format!("{text:?}"),
        other => format!("{:?}", serde_yaml::to_string(other).unwrap().trim()),
    }
}

#[test]
fn the_examples_read_as_another_reader_reads_them() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut compared = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let text = std::fs::read_to_string(&path).unwrap();
            let (tree, diagnostics) = Tree::parse(&text);
            assert!(diagnostics.is_empty(), "{}: {diagnostics:#?}", path.display());
            let other: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
            assert_eq!(value(tree.documents[0].root.as_ref().unwrap()), other_value(&other), "{}", path.display());
            compared += 1;
        }
    }
    assert!(compared >= 10);
}

/// Lines from which DAGs, whole and broken, are put together.
const LINES: &[&str] = &[
    "steps:",
    "  - id: a",
    "    run: echo $X > ż.txt",
    "    run: |",
    "      one",
    "      two",
    "    container:",
    "      image: alpine:3.20",
    "      volumes: ['.:/w:rx', \"a:b\"]",
    "      env:",
    "        - K=${K}",
    "        - A: b",
    "container: {image: alpine, ports: [web]}",
    "    action: harness.run",
    "    with: {provider: claude, prompt: hi, fallback: [{provider: x}]}",
    "    depends: [a, b]",
    "harnesses:",
    "  shell: {binary: sh, prefix_args: [-c]}",
    "env: &e",
    "  - X: 1",
    "    env: *e",
    "    <<: *e",
    "---",
    "\t- tab",
    "  'open",
    "  \"open",
    "  ]",
    "  }",
    "  [",
    "  {a: ",
    "# comment",
    "",
    "   odd: 1",
    "handler_on:",
    "  exit:",
    "    stdin: x",
    "params: A=1 B=\"x y\" c",
    "type: chain",
    "secrets:",
    "  - {name: S, provider: env, key: k}",
    "\u{feff}",
    "a: >-",
    "  𝄞",
    "? x",
    ": y",
    "! x",
    "%YAML 1.2",
    "    run: curl ż",
    "      -H \"A: b\" # c",
    "      - x: y",
    "    run: %x\ty",
    "    run: \"a\tb\"",
    "    with: {a:b, c: [d:e, -], %f: }",
    "    Depends: a",
    "ENV: {A: *e}",
    " \t",
    "    x: \u{7}\u{80}",
];

fn document() -> impl Strategy<Value = String> {
    let line = prop_oneof![8 => proptest::sample::select(LINES).prop_map(str::to_owned), 1 => "[ -~]{0,12}", 1 => "\\PC{0,6}"];
    let ending = prop_oneof![6 => Just("\n"), 1 => Just("\r\n"), 1 => Just("\r")];
    (proptest::collection::vec(line, 0..24), ending).prop_map(|(lines, ending)| lines.join(ending))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_every_place_is_in_the_text(text in document()) {
        let analysis = analyze(&text, &Facts::default());
        for found in &analysis.diagnostics {
            for span in std::iter::once(found.span).chain(found.related.iter().map(|related| related.span)) {
                prop_assert!(text.get(span.range()).is_some(), "{found:#?}");
            }
            prop_assert!(found.span.start < found.span.end || text.trim().is_empty() || text[..found.span.start].ends_with(['\n', '\r']) || found.span.start == 0, "{found:#?}");
            for edit in found.fixes.iter().flat_map(|fix| &fix.edits) {
                prop_assert!(text.get(edit.span.range()).is_some(), "{found:#?}");
            }
        }
        for node in scalars(&analysis.tree) {
            prop_assert!(text.get(node.span.range()).is_some());
            let scalar = node.text().unwrap();
            for (at, c) in scalar.char_indices() {
                prop_assert!(text.get(analysis.tree.span_in(&node, at..at + c.len_utf8()).range()).is_some());
            }
        }
    }

    #[test]
    fn any_text_is_read(text in "\\PC{0,200}") {
        analyze(&text, &Facts::default());
    }

    #[test]
    fn letters_are_in_place_in_any_style(words in proptest::collection::vec("[a-zżó]{1,5}", 1..6), style in 0..5usize) {
        let text = match style {
            0 => format!("k: {}\nz: 1\n", words.join("\n  ")),
            1 => format!("k: '{}'\nz: 1\n", words.join("''\n\n  ")),
            2 => format!("k: \"{}\"\nz: 1\n", words.join("\\t\\u0041\n  ")),
            3 => format!("k: |\n  {}\nz: 1\n", words.join("\n\n  ")),
            _ => format!("k: >\n  {}\nz: 1\n", words.join("\n    ")),
        };
        assert_letters_are_in_place(&text);
    }
}
