//! What is offered at a place does what its title says, and no harm.

use dagu_schema::fix::{edited, no_new_error};
use dagu_schema::refactor::{self, Refactoring};
use dagu_schema::{Facts, Span, analyze};

use crate::corpus;

const CURSOR: char = '‸';

/// Title and result of each change that is offered at the cursor and holds.
fn offered(marked: &str) -> Vec<(String, String)> {
    let at = marked.find(CURSOR).expect("the text has a cursor");
    let text = marked.replacen(CURSOR, "", 1);
    let before = analyze(&text, &Facts::default());
    let found = refactor::at(&before, Span::at(at)).into_iter();
    found.filter_map(|found| Some((found.title.clone(), holding(&before, &found)?))).collect()
}

fn holding(before: &dagu_schema::Analysis, found: &Refactoring) -> Option<String> {
    let text = edited(&before.tree.text, &found.edits);
    found.holds(before, &analyze(&text, &Facts::default())).then_some(text)
}

fn only(marked: &str) -> (String, String) {
    let offered = offered(marked);
    let [one] = &offered[..] else { panic!("one change: {offered:#?}") };
    one.clone()
}

const TWO_AGENTS: &str = "\
env:
  # for the agent
  - ANTHROPIC_API_KEY: ${ANTHROPIC_API_KEY}‸
  - STAGE: test
steps:
  - id: build
    run: make $STAGE
  - id: call
    run: curl -H x-api-key:$ANTHROPIC_API_KEY https://api.anthropic.com
";

#[test]
fn a_credential_goes_to_the_steps_that_use_it() {
    let text = TWO_AGENTS.replace("${ANTHROPIC_API_KEY}", "${params.KEY}").replace("env:\n  #", "params:\n  - KEY: \"\"\nenv:\n  #");
    let (title, after) = only(&text);
    assert_eq!(title, "Give `ANTHROPIC_API_KEY` to `call`, the only step that uses it");
    insta::assert_snapshot!(after);
}

#[test]
fn a_credential_stays_where_that_would_change_what_it_is() {
    // The engine looks into the environment of the process for the `env` of the DAG, not of a step.
    assert_eq!(offered(TWO_AGENTS), []);
    let params =
        |text: &str| text.replace("${ANTHROPIC_API_KEY}", "${params.KEY}").replace("env:\n  #", "params:\n  - KEY: \"\"\nenv:\n  #");
    // Nothing narrower comes of it.
    assert_eq!(offered(&params(TWO_AGENTS).replace("make $STAGE", "make $ANTHROPIC_API_KEY")), []);
    // Something beside the steps takes from it.
    assert_eq!(offered(&params(TWO_AGENTS).replace("STAGE: test", "STAGE: $ANTHROPIC_API_KEY")), []);
    // No step uses it.
    assert_eq!(offered(&params(TWO_AGENTS).replace("x-api-key:$ANTHROPIC_API_KEY", "none")), []);
    // What could not be read may use it too.
    assert_eq!(offered(&params(TWO_AGENTS).replace("make $STAGE", "a: b: c")), []);
    // No credential.
    let text = params(TWO_AGENTS).replace(CURSOR, "").replace("STAGE: test", "STAGE: test‸");
    assert_eq!(offered(&text), []);
}

#[test]
fn a_credential_of_the_root_container_goes_to_its_agent() {
    let text = "\
params:
  - KEY: \"\"
container:
  image: ghcr.io/example/agent@sha256:0000000000000000000000000000000000000000000000000000000000000000
  working_dir: /w
  volumes:
    - .:/w
  env:
    - ANTHROPIC_API_KEY=${params.KEY}‸
    - STAGE=test
steps:
  - id: test
    run: npm test
  - id: review
    action: harness.run
    with: {provider: claude, prompt: Look.}
  - id: again
    action: harness.run
    env: [A=1]
    with: {provider: claude, prompt: Look again.}
";
    let (title, after) = only(text);
    assert_eq!(title, "Give `ANTHROPIC_API_KEY` to the 2 steps that use it");
    insta::assert_snapshot!(after);
    // A comment stays with one of the two, and is never lost.
    let (_, commented) = only(&text.replace("    - ANTHROPIC", "    # why\n    - ANTHROPIC").replace("}‸", "}‸  # and how"));
    assert!(commented.contains("  env:\n    # why\n    # and how\n    - STAGE=test\n"), "{commented}");
    // A `run` step in it would not see it in the engine.
    assert_eq!(offered(&text.replace("npm test", "npm test $ANTHROPIC_API_KEY")), []);
}

const THREE_CONTAINERS: &str = "\
steps:
  - id: a
    container:
      image: library/python:3.12
      env:
        - A=1
    run: python a.py
  - id: b
    run: echo
  - id: c
    container: {image: library/python:3.12, env: [A=1]‸}
    run: python c.py
  - id: d
    container:
      image: library/python:3.12
      env: [A=1]
    run: python d.py
";

#[test]
fn a_container_that_is_repeated_is_written_once() {
    let (title, after) = only(THREE_CONTAINERS);
    assert_eq!(title, "Write this container once, as `*python` in the 2 steps that repeat it");
    insta::assert_snapshot!(after);
    // And back.
    let (title, after) = only(&after.replacen("*python", "*py‸thon", 1));
    assert_eq!(title, "Write out the container that `*python` stands for");
    insta::assert_snapshot!("written_out", after);
    let windows = THREE_CONTAINERS.replace('\n', "\r\n");
    let (_, after) = only(&windows);
    assert_eq!(after.matches('\n').count(), after.matches("\r\n").count());
}

#[test]
fn a_container_with_comments_or_others_like_it_nowhere_stays() {
    assert_eq!(offered(&THREE_CONTAINERS.replace("A=1]‸", "A=2]‸")), []);
    let commented = THREE_CONTAINERS.replace("      env: [A=1]\n", "      # why\n      env: [A=1]\n");
    assert_eq!(offered(&commented), []);
}

const ROOT: &str = "\
container:
  # of all
  image: alpine:3.20
  name: shared
  working_dir: /w
  volumes:
    - .:/w
steps:
  - id: a‸
    run: cat one.txt
  - id: b
    run: cat two.txt
";

#[test]
fn the_root_container_becomes_a_steps_own() {
    let offered = offered(ROOT);
    insta::assert_snapshot!(offered.iter().map(|(title, text)| format!("{title}\n{text}")).collect::<String>());
}

#[test]
fn the_root_container_of_one_step_moves_there() {
    let text = ROOT.replace("  - id: b\n    run: cat two.txt\n", "").replace("  name: shared\n", "");
    let offered = offered(&text);
    insta::assert_snapshot!(offered.iter().map(|(title, text)| format!("{title}\n{text}")).collect::<String>());
}

#[test]
fn a_step_that_leaves_files_for_others_stays_in_the_root_container() {
    assert_eq!(offered(&ROOT.replace("cat one.txt", "cp one.txt /tmp/x").replace("two.txt", "/tmp/x")), []);
}

#[test]
fn what_is_offered_anywhere_brings_no_error() {
    let mut count = 0;
    for (name, text) in corpus().into_iter().filter(|(_, text)| text.len() < 20_000) {
        let before = analyze(&text, &Facts::default());
        let mut seen = Vec::new();
        for at in (0..=text.len()).filter(|&at| text.is_char_boundary(at)) {
            for found in refactor::at(&before, Span::at(at)) {
                if seen.contains(&found.edits) {
                    continue;
                }
                let mut edits = found.edits.clone();
                edits.sort_by_key(|edit| edit.span);
                assert!(edits.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start), "{name}: {found:?}");
                if let Some(after) = holding(&before, &found) {
                    let after = analyze(&after, &Facts::default());
                    assert!(no_new_error(&before, &after, |_| false), "{name}: {}", found.title);
                    count += 1;
                }
                seen.push(found.edits);
            }
        }
    }
    assert!(count >= 20, "only {count} were offered");
}
