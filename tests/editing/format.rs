//! Formatting keeps what a text says, and a second time changes nothing.

use dagu_schema::fix::edited;
use dagu_schema::format::{Options, format};
use proptest::prelude::*;

use crate::corpus;

/// The text after formatting, unless it has a syntax error.
fn formatted(text: &str, options: Options) -> Option<String> {
    Some(edited(text, &format(text, options, None)?))
}

/// Puts an expected layout beside each text.
fn becomes(text: &str, expected: &str) {
    let after = formatted(text, Options::default()).unwrap_or_else(|| panic!("refused:\n{text}"));
    assert_eq!(after, expected, "of\n{text}");
    assert_eq!(formatted(&after, Options::default()).as_deref(), Some(expected));
}

#[test]
fn indentation_blanks_and_the_end() {
    becomes("a:   1  \nb :\n    c:  x\n    d: y\n\n\n", "a: 1\nb:\n  c: x\n  d: y\n");
    becomes(
        "steps:\n- id: a\n  run: echo\n- id:   b\n  depends: [a,c  , \"d\"]",
        "steps:\n  - id: a\n    run: echo\n  - id: b\n    depends: [a, c, \"d\"]\n",
    );
    becomes("steps:\n    -   id: a\n        run: echo\n    -\n        id: b\n", "steps:\n  - id: a\n    run: echo\n  -\n    id: b\n");
    becomes("a:\n      - - 1\n        - 2\n      -   - 3\n", "a:\n  - - 1\n    - 2\n  - - 3\n");
    becomes("a: {\"x\":1,y:   2 , z : [1,2]}\n", "a: {\"x\": 1, y: 2, z: [1, 2]}\n");
    becomes("a:\n\n   b: 1\n   \n   c: 2\n", "a:\n\n  b: 1\n\n  c: 2\n");
    becomes("---\nsteps:\n- a\n---   \nsteps:\n   - b\n...\n", "---\nsteps:\n  - a\n---\nsteps:\n  - b\n...\n");
    becomes("a:\r\n    b: 1\r\n\r\n", "a:\r\n  b: 1\r\n");
    becomes("a: 1\r\nb: 2", "a: 1\r\nb: 2\r\n");
    becomes("", "");
    becomes("\n\n", "\n");
}

#[test]
fn comments_go_where_the_lines_around_them_go() {
    becomes(
        "# head\nsteps:\n# of a\n- id: a   # same\n  # inside\n  run: echo\n# of b\n- id: b\n# end\n",
        "# head\nsteps:\n  # of a\n  - id: a   # same\n    # inside\n    run: echo\n  # of b\n  - id: b\n# end\n",
    );
    becomes("a:\n    # c\n    b: 1\n    # d\nc: 2\n", "a:\n  # c\n  b: 1\n  # d\nc: 2\n");
    becomes("a:\n    b: |\n        x\n      # c\n    c: 1\n", "a:\n  b: |\n    x\n  # c\n  c: 1\n");
}

#[test]
fn block_scalars_keep_their_text() {
    becomes(
        "a:\n    run: |\n            x\n              y\n\n            z  \n    b: 1\n",
        "a:\n  run: |\n    x\n      y\n\n    z  \n  b: 1\n",
    );
    becomes("a:\n    run: |2-\n         x\n    b: >+\n     t\n\n\n", "a:\n  run: |2-\n       x\n  b: >+\n    t\n\n\n");
    becomes("- |\n      x\n-   >-\n  y\n", "- |\n  x\n- >-\n  y\n");
    becomes("steps:\n- run: |2\n      x\n", "steps:\n  - run: |2\n        x\n");
    becomes("a: |   # why\n   x\n   \n   y\n \n", "a: |   # why\n  x\n\n  y\n");
    becomes("a: |\n x", "a: |\n  x");
    becomes("a: |\n\n\n", "a: |\n");
    becomes("a: |\n   \n    x\n", "a: |\n\n  x\n");
}

#[test]
fn scalars_and_brackets_over_several_lines_move_as_one() {
    becomes(
        "a:\n    b: one\n      two\n\n      three\n    c: \"x  \n       y\"\n",
        "a:\n  b: one\n    two\n\n    three\n  c: \"x  \n     y\"\n",
    );
    becomes("a:\n        one\n        two\n", "a:\n  one\n  two\n");
    becomes("a:\n    b: [\n      x,   y,\n      z  # c\n    ]\n", "a:\n  b: [\n    x, y,\n    z  # c\n  ]\n");
    becomes("a:\n -   one\n   two\n", "a:\n  - one\n    two\n");
}

#[test]
fn anchors_tags_and_merges() {
    becomes("a:   &x\n    b: !!str   1\nc:\n    <<:   *x\n    d: *x\n", "a: &x\n  b: !!str   1\nc:\n  <<: *x\n  d: *x\n");
    becomes("steps: &all\n- &one\n  id: a\n- &two id: b\n  run: x\n", "steps: &all\n  - &one\n    id: a\n  - &two id: b\n    run: x\n");
}

#[test]
fn texts_with_syntax_errors_are_left_alone() {
    for text in ["a: [\n", "a: b: c\n", "\ta: 1\n", "a: \"\n", "\u{feff}a:  1\n"] {
        assert_eq!(formatted(text, Options::default()), None, "{text:?}");
    }
}

#[test]
fn another_indentation_and_other_options() {
    let four = Options { indent: 4, ..Options::default() };
    assert_eq!(
        formatted("steps:\n- id: a\n  env:\n    A: 1\n", four).as_deref(),
        Some("steps:\n    - id: a\n      env:\n          A: 1\n")
    );
    let kept = Options { trim_lines: false, final_line_break: false, trim_end: false, ..Options::default() };
    assert_eq!(formatted("a: 1  \n\nb:  2  \n\n", kept).as_deref(), Some("a: 1  \n\nb: 2  \n\n"));
    assert_eq!(formatted("a:  1", kept).as_deref(), Some("a: 1"));
}

#[test]
fn a_range_touches_whole_entries_only() {
    let text = "steps:\n- id:   a\n  env:\n      A:  1\n      B:  2\n  run:  x\n- id:   b\n";
    let after = |lines: std::ops::RangeInclusive<usize>| {
        edited(text, &format(text, Options::default(), Some(lines.clone())).unwrap_or_else(|| panic!("{lines:?}")))
    };
    assert_eq!(after(2..=2), "steps:\n- id:   a\n  env:\n    A: 1\n    B: 2\n  run:  x\n- id:   b\n");
    assert_eq!(after(3..=3), "steps:\n- id:   a\n  env:\n      A: 1\n      B:  2\n  run:  x\n- id:   b\n");
    assert_eq!(after(1..=1), "steps:\n- id: a\n  env:\n    A: 1\n    B: 2\n  run: x\n- id:   b\n");
    assert_eq!(after(4..=6), "steps:\n- id: a\n  env:\n    A: 1\n    B: 2\n  run: x\n- id: b\n");
    assert_eq!(after(0..=0), edited(text, &format(text, Options::default(), None).expect("it can be read")));
    assert_eq!(after(90..=99), "steps:\n- id:   a\n  env:\n      A:  1\n      B:  2\n  run:  x\n- id: b\n");
}

/// That a text keeps its meaning is checked where it is formatted; here, that this does not keep
/// good texts from being formatted, and that a second time changes nothing.
fn holds(name: &str, text: &str, options: Options) -> bool {
    let Some(after) = formatted(text, options) else { return false };
    assert_eq!(formatted(&after, options).as_ref(), Some(&after), "{name}, once more:\n{text}");
    true
}

#[test]
fn the_corpus_is_formatted_and_stays_so() {
    let mut refused = Vec::new();
    for (name, text) in corpus() {
        for indent in [2, 4, 3] {
            let options = Options { indent, ..Options::default() };
            let windows = text.replace('\n', "\r\n");
            if !holds(&name, &text, options) || !holds(&name, &windows, options) {
                refused.push(name.clone());
            }
        }
        // The examples are in order already.
        if name.contains("/examples/") {
            assert_eq!(formatted(&text, Options::default()).as_ref(), Some(&text), "{name}");
        }
    }
    refused.dedup();
    insta::assert_snapshot!(refused.iter().map(|name| name.rsplit('/').next().unwrap_or(name)).collect::<Vec<_>>().join("\n"));
}

/// A text with its lines' indentation, blanks and breaks changed at random.
fn shaken() -> impl Strategy<Value = (String, usize, usize)> {
    let texts = corpus();
    (0..texts.len(), proptest::collection::vec((any::<prop::sample::Index>(), 0..6_usize), 0..12), 1..5_usize, 0..40_usize).prop_map(
        move |(at, changes, indent, line)| {
            let mut lines: Vec<String> = texts[at].1.lines().map(str::to_owned).collect();
            for (line, change) in changes {
                if lines.is_empty() {
                    break;
                }
                let line = line.index(lines.len());
                match change {
                    0 => lines[line].insert(0, ' '),
                    1 => lines[line] = lines[line].strip_prefix(' ').unwrap_or(&lines[line]).to_owned(),
                    2 => lines[line].push_str("  "),
                    3 => lines.insert(line, String::new()),
                    4 => lines[line] = lines[line].replacen(": ", ":   ", 1),
                    _ => lines.insert(line, "   # note".to_owned()),
                }
            }
            (lines.join("\n"), indent, line)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn shaken_texts_come_to_rest((text, indent, line) in shaken()) {
        let options = Options { indent, ..Options::default() };
        if let Some(after) = formatted(&text, options) {
            prop_assert_eq!(formatted(&after, options), Some(after));
        }
        if let Some(edits) = format(&text, options, Some(line..=line + 3)) {
            let after = edited(&text, &edits);
            prop_assert!(format(&after, options, None).is_some());
        }
    }

    #[test]
    fn any_text_is_borne(text in "[-:#|>&*!?%@`\"'{}\\[\\], \n\r\ta-c1\u{feff}é]{0,60}") {
        let options = Options::default();
        if let Some(after) = formatted(&text, options) {
            prop_assert_eq!(formatted(&after, options), Some(after));
        }
        let _ = format(&text, options, Some(1..=2));
    }
}
