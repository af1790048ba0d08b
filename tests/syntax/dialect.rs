//! What the engine's parser reads otherwise than YAML 1.2. The texts are those that the engine ran.

use dagu_schema::{Facts, Safety, Severity, analyze};

/// The text of `run`, and the rules of the warnings and errors.
fn read(run: &str) -> (String, Vec<(&'static str, Severity)>) {
    let text = format!("steps:\n  - id: first\n    run: {run}\n    timeout_sec: 5\n  - id: second\n    run: echo two\n");
    let analysis = analyze(&text, &Facts::default());
    let root = analysis.tree.documents[0].root.as_ref().unwrap();
    let step = &root.get("steps").unwrap().items().unwrap()[0];
    let scalar = step.get("run").unwrap();
    for (at, letter) in scalar.text().unwrap().char_indices().filter(|(_, letter)| !letter.is_whitespace()) {
        let span = analysis.tree.span_in(scalar, at..at + letter.len_utf8());
        assert_eq!(&text[span.range()], letter.to_string(), "{run:?} at {at}");
    }
    assert!(step.get("timeout_sec").is_some(), "{run:?} hides what follows");
    let said = analysis.diagnostics.iter().map(|found| (found.rule, found.severity)).collect();
    (scalar.text().unwrap().to_owned(), said)
}

#[test]
fn text_that_only_the_engine_reads() {
    for (run, expected) in [
        ("curl -X POST\n      -H \"Content-Type: json\"", "curl -X POST -H \"Content-Type: json\""),
        ("curl \\\n      -H \"A: b\" \\\n      http://x", "curl \\ -H \"A: b\" \\ http://x"),
        ("curl\n      -H \"A: b\"\n      -d \"x: y\"\n        deeper # c", "curl -H \"A: b\" -d \"x: y\"\n  deeper # c"),
        ("curl\n      -X a # c\n      # d", "curl -X a # c # d"),
        ("curl\n      -X a  \n\n\n        deep\n        deep2\n      back", "curl -X a  \n\n\n  deep\n  deep2\nback"),
        ("echo a\n      -b: c", "echo a -b: c"),
        ("%x", "%x"),
        (", a", ", a"),
        ("} a", "} a"),
        ("a\tb", "ab"),
        ("a\x07b", "a\x07b"),
        ("|\n      a\x0cb", "a\x0cb\n"),
    ] {
        let (text, said) = read(run);
        assert_eq!(text, expected, "{run:?}");
        assert_eq!(said, [("yaml-dialect", Severity::Warning)], "{run:?}");
    }
}

#[test]
fn text_that_every_tool_reads_alike() {
    for (run, expected) in [
        ("curl\n      -X POST\n      -d x", "curl -X POST -d x"),
        ("a \t", "a"),
        ("a\n      b\n\n      c", "a b\nc"),
        ("'a\tb'", "a\tb"),
        ("echo a:b # c", "echo a:b"),
    ] {
        assert_eq!(read(run), (expected.to_owned(), Vec::new()), "{run:?}");
    }
}

/// With the safe fixes made, another parser reads what the engine read before.
#[test]
fn safe_fixes_keep_the_text() {
    for run in ["curl -X POST\n      -H \"Content-Type: json\"", "%x y", ", a", "echo 'a'\n      -H \"b: c\"\n      'd'"] {
        let mut text = format!("steps:\n  - id: first\n    run: {run}\n");
        let analysis = analyze(&text, &Facts::default());
        let steps = |tree: &dagu_schema::syntax::Tree| tree.documents[0].root.as_ref().unwrap().get("steps").unwrap().clone();
        let before = steps(&analysis.tree).items().unwrap()[0].get("run").unwrap().text().unwrap().to_owned();
        let [found] = &analysis.diagnostics[..] else { panic!("{:#?}", analysis.diagnostics) };
        let fix = found.fixes.iter().find(|fix| fix.safety == Safety::Safe).unwrap();
        for edit in fix.edits.iter().rev() {
            text.replace_range(edit.span.range(), &edit.text);
        }
        assert!(analyze(&text, &Facts::default()).diagnostics.is_empty(), "{text}");
        let other: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
        assert_eq!(other["steps"][0]["run"].as_str(), Some(before.as_str()), "{text}");
    }
}

/// A file of many such values takes one more pass, not one for each.
#[test]
fn many_values_take_one_pass() {
    let step = |index: usize| format!("  - id: s{index}\n    run: curl\n      -H \"A: b\"\n");
    let text = format!("steps:\n{}", (0..5_000).map(step).collect::<String>());
    let started = std::time::Instant::now();
    let (tree, found) = dagu_schema::syntax::Tree::parse(&text);
    assert_eq!(found.len(), 5_000);
    assert_eq!(tree.documents[0].root.as_ref().unwrap().get("steps").unwrap().items().unwrap().len(), 5_000);
    assert!(started.elapsed().as_secs() < 20);
}
