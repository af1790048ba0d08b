//! Whatever the text, nothing panics, every span is in it, and every place has an answer.

use dagu_schema::{Facts, analyze, model};
use proptest::prelude::*;

const DAGS: &[&str] = &[
    "env:\n  - A: 1\nparams:\n  - name: region\n    type: string\n    enum: [eu, us]\ncontainer:\n  image: alpine:3.20\n  volumes:\n    - .:/w\nsteps:\n  - id: a\n    run: echo hi\n    retry_policy: {limit: 1, interval_sec: 2}\n  - id: b\n    depends: a\n    action: http.request\n    with:\n      method: GET\n      url: https://example.com/ö\n",
    "harnesses:\n  mine: {binary: sh, option_flags: {a: -a}}\nharness: {provider: mine, fallback: [{provider: claude}]}\nactions:\n  greet:\n    input_schema: {type: object}\n    template: {run: \"echo {{ .input.x }}\"}\nhandler_on:\n  exit: {run: x}\nsteps:\n  - action: harness.run\n    with: {prompt: 日本}\n  - foreach:\n      items: [1, 2]\n      steps:\n        - run: x\n---\nname: child\nsteps:\n  - &s {id: z, run: y}\n  - <<: *s\n    id: q\n",
];

fn check(text: &str) -> Result<(), TestCaseError> {
    let analysis = analyze(text, &Facts::default());
    for found in &analysis.diagnostics {
        let edits = found.fixes.iter().flat_map(|fix| &fix.edits).map(|edit| edit.span);
        for span in std::iter::once(found.span).chain(found.related.iter().map(|related| related.span)).chain(edits) {
            prop_assert!(span.start <= span.end && span.end <= text.len(), "{found:?}");
            prop_assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end), "{found:?}");
        }
    }
    for (offset, _) in text.char_indices() {
        model::at(&analysis.tree, offset);
    }
    model::at(&analysis.tree, text.len());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_text_is_survived(text in "([a-z_]{1,6}|: |:\n|\n|\n  |\n    |- |[\\[\\]{},&*|>'\"#é]|<<: |---\n|null|5|true){0,60}") {
        check(&text)?;
    }

    #[test]
    fn a_mutated_dag_is_survived(which in 0..DAGS.len(), at in any::<prop::sample::Index>(), length in 0usize..12, inserted in "([a-z]{0,4}|: |\n  |- |[\\[\\]{}&*]|é|\t){0,3}") {
        let text = DAGS[which];
        let boundaries: Vec<usize> = text.char_indices().map(|(i, _)| i).collect();
        let from = at.index(boundaries.len());
        let start = boundaries[from];
        let end = boundaries.get(from + length).copied().unwrap_or(text.len());
        check(&format!("{}{inserted}{}", &text[..start], &text[end..]))?;
    }
}

/// A pair without braces, in a list that is never closed: the fault is the bracket, not the pair.
#[test]
fn an_open_list_of_a_pair_is_reported_at_its_bracket() {
    let text = "dotenv: [éa:\n  image: x\nsteps:\n  - run: x\n";
    check(text).unwrap();
    let found = analyze(text, &Facts::default()).diagnostics;
    assert_eq!(&text[found[0].span.range()], "[", "{found:#?}");
}

/// An alias that stands for a list of aliases, thirty deep, names a thousand million nodes.
#[test]
fn nested_aliases_are_not_expanded() {
    let mut text = "params:\n  - &a0 {name: x, type: string}\n".to_owned();
    for i in 1..30 {
        text += &format!("  - &a{i} [*a{0}, *a{0}]\n", i - 1);
    }
    text += "steps:\n  - run: x\n";
    check(&text).unwrap();
}

#[test]
fn the_unmutated_dags_are_clean() {
    for text in DAGS {
        let errors: Vec<_> = analyze(text, &Facts::default())
            .diagnostics
            .into_iter()
            .filter(|found| found.severity == dagu_schema::Severity::Error)
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}
