//! Comments that suppress findings.

use std::fs;

use dagu_schema::suppress::ignore_here;
use dagu_schema::{fix, rules};

use super::{checked, dagu_rs, fixed, rules_of};

/// The rules reported, and how many findings are suppressed.
fn outcome(text: &str) -> (Vec<&'static str>, usize) {
    let analysis = checked(text);
    (rules_of(&analysis), analysis.suppressed.len())
}

#[test]
fn on_its_line_and_on_the_one_below() {
    let beside = "steps:\n  - id: a\n    bogus: 1 # dagu-rs: ignore[unknown-key] we need it\n    run: echo a\n";
    assert_eq!(outcome(beside), (vec![], 1));
    let above = "steps:\n  - id: a\n    # dagu-rs: ignore[unknown-key] we need it\n    bogus: 1\n    run: echo a\n";
    assert_eq!(outcome(above), (vec![], 1));
    for other in [
        "steps:\n  - id: a # dagu-rs: ignore[unknown-key]\n    bogus: 1\n    run: echo a\n",
        "steps:\n  - id: a\n    # dagu-rs: ignore[unknown-key]\n    run: echo a\n    bogus: 1\n",
        "steps:\n  - id: a\n    # dagu-rs: ignore[unknown-key]\n\n    bogus: 1\n    run: echo a\n",
        "steps:\n  - id: a\n    run: |\n      # dagu-rs: ignore[unknown-key]\n      echo\n    bogus: 1 # dagu-rs: ignore[wrong-type]\n",
    ] {
        let (found, suppressed) = outcome(other);
        assert!(found.contains(&"unknown-key") && suppressed == 0, "{other}{found:?}");
    }
}

#[test]
fn above_a_step_it_covers_the_step() {
    let text = "steps:\n  # dagu-rs: ignore[unknown-key]\n  - id: a\n    run: echo a\n    bogus: 1\n    other: {nothing: 1}\n  - id: b\n    run: echo b\n    bogus: 1\n";
    assert_eq!(outcome(text), (vec!["unknown-key"], 2));
    let first_key = "# dagu-rs: ignore[unknown-key]\nbogus: 1\nother_bogus: 1\nsteps:\n  - run: echo\n";
    assert_eq!(outcome(first_key), (vec!["unknown-key"], 1));
}

#[test]
fn comments_stand_on_top_of_each_other() {
    let text = "steps:\n  - id: a\n    # dagu-rs: ignore[unknown-key]\n    # dagu-rs: ignore[wrong-type] and this\n    # a remark\n    bogus: 1\n    run: echo\n";
    assert_eq!(outcome(text), (vec!["unused-suppression"], 1));
}

#[test]
fn a_text_of_several_lines_is_covered_from_its_first() {
    let dag = |comment: &str| {
        format!(
            "container:\n  image: alpine:3.20\n  shell: [/bin/sh, -c]\nsteps:\n  - id: a\n    run: |{comment}\n      echo a\n      echo b\n"
        )
    };
    assert_eq!(outcome(&dag("")).0, ["container-multiline-run"]);
    assert_eq!(outcome(&dag(" # dagu-rs: ignore[container-multiline-run] for dagu-rs run")), (vec![], 1));
}

#[test]
fn in_a_file() {
    let text = "# Made by hand. # dagu-rs: file-ignore[unknown-key, wrong-type]\nsteps:\n  - bogus: 1\n    run: echo\n---\nname: b\nsteps:\n  - bogus: 1\n    run: echo\n    timeout_sec: soon\n";
    assert_eq!(outcome(text), (vec![], 3));
}

#[test]
fn what_is_wrong_with_a_comment_is_said() {
    let dag = |comment: &str| format!("steps:\n  - id: a\n    run: echo a # {comment}\n");
    let message = |comment: &str| {
        let analysis = checked(&dag(comment));
        let [found] = &analysis.diagnostics[..] else { panic!("{comment}: {:?}", analysis.diagnostics) };
        assert_eq!(found.rule, "unused-suppression", "{comment}");
        format!("{} | {}", &analysis.tree.text[found.span.range()], found.message)
    };
    assert_eq!(
        message("dagu-rs: ignore[unknown-key] x"),
        "unknown-key | nothing here is reported as `unknown-key`, so the comment suppresses nothing"
    );
    assert_eq!(
        message("dagu-rs: file-ignore[unknown-key]"),
        "unknown-key | nothing in this file is reported as `unknown-key`, so the comment suppresses nothing"
    );
    assert_eq!(message("dagu-rs: ignore[unknow-key]"), "unknow-key | no rule is called `unknow-key`, so the comment suppresses nothing");
    assert_eq!(message("dagu-rs: ignore"), "ignore | `ignore` names no rule, so it suppresses nothing");
    assert_eq!(message("dagu-rs: ignore[ ]"), "ignore | `ignore` names no rule, so it suppresses nothing");
    assert_eq!(message("dagu-rs: ingore[unknown-key]"), "ingore | `ingore` suppresses nothing: write `ignore` or `file-ignore`");
    assert_eq!(
        message("dagu-rs: ignore[yaml-syntax]"),
        "yaml-syntax | `yaml-syntax` cannot be suppressed: what cannot be read cannot be checked"
    );
    for prose in ["dagu-rs: run this by hand", "see dagu-rs: ignore[x]", "dagu-rs ignore[x]", "dagu-rs:"] {
        assert_eq!(outcome(&dag(prose)), (vec![], 0), "{prose}");
    }
}

#[test]
fn a_comment_about_comments() {
    let text = "# dagu-rs: file-ignore[unused-suppression]\nsteps:\n  - run: echo a # dagu-rs: ignore[unknown-key]\n";
    assert_eq!(outcome(text), (vec![], 1));
    assert_eq!(outcome("# dagu-rs: file-ignore[unused-suppression]\nsteps:\n  - run: echo a\n"), (vec!["unused-suppression"], 0));
}

#[test]
fn what_suppresses_nothing_is_removed() {
    let cases = [
        ("steps:\n  # dagu-rs: ignore[unknown-key] why\n  - run: echo\n", "steps:\n  - run: echo\n"),
        ("steps:\n  - run: echo   # dagu-rs: ignore[unknown-key] why\n", "steps:\n  - run: echo\n"),
        ("steps:\n  - run: echo # say # dagu-rs: ignore[unknown-key]\n", "steps:\n  - run: echo # say\n"),
        (
            "steps:\n  - run: echo\n    bogus: 1 # dagu-rs: ignore[wrong-type, unknown-key, invalid-value] why\n",
            "steps:\n  - run: echo\n    bogus: 1 # dagu-rs: ignore[unknown-key] why\n",
        ),
    ];
    for (before, after) in cases {
        let fixed = fixed(before, false);
        assert_eq!((fixed.analysis.tree.text.as_str(), rules_of(&fixed.analysis)), (after, vec![]));
    }
}

#[test]
fn syntax_errors_cannot_be_suppressed_and_hide_what_is_unused() {
    let text = "steps:\n  # dagu-rs: ignore[yaml-syntax, unknown-key]\n  - run: \"echo\n";
    let (found, suppressed) = outcome(text);
    assert_eq!((found, suppressed), (vec!["unused-suppression", "yaml-syntax"], 0));
}

/// Every finding of every page: the comment that the editor offers suppresses it.
#[test]
fn the_comment_of_the_editor_suppresses_its_finding() {
    let mut offered = 0;
    for rule in rules::ALL {
        for text in [rule.bad.to_owned(), rule.bad.replace('\n', "\r\n")] {
            let before = checked(&text);
            for found in &before.diagnostics {
                let Some(ignore) = ignore_here(&before.tree, found, "") else { continue };
                let new = fix::edited(&text, &ignore.edits);
                let after = checked(&new);
                let same = |other: &&dagu_schema::Diagnostic| other.rule == found.rule && other.message == found.message;
                let count = before.diagnostics.iter().filter(same).count();
                assert!(after.diagnostics.iter().filter(same).count() < count, "{}: not suppressed\n{new}", rule.name);
                assert!(!rules_of(&after).contains(&"unused-suppression"), "{}: {:?}\n{new}", rule.name, after.diagnostics);
                assert!(after.suppressed.iter().any(|suppressed| suppressed.rule == found.rule), "{}\n{new}", rule.name);
                offered += 1;
            }
        }
    }
    assert!(offered > 300, "only {offered}");
}

#[test]
fn a_second_comment_joins_the_first() {
    let text = "steps:\n  - id: a\n    # dagu-rs: ignore[wrong-type] why\n    bogus: 1\n    run: echo\n";
    let before = checked(text);
    let found = before.diagnostics.iter().find(|found| found.rule == "unknown-key").unwrap();
    let new = fix::edited(text, &ignore_here(&before.tree, found, "").unwrap().edits);
    assert_eq!(new, text.replace("[wrong-type]", "[wrong-type, unknown-key]"));
}

#[test]
fn check_counts_them_and_validate_and_run_take_no_notice() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("dag.yaml"), "steps:\n  - run: echo a\n    bogus: 1 # dagu-rs: ignore[unknown-key]\n").unwrap();
    let check = dagu_rs(folder.path(), &["check", "dag.yaml"], "");
    assert_eq!((check.code, check.stdout.as_str()), (0, "1 DAG checked: no findings (1 suppressed)\n"));
    assert_eq!(dagu_rs(folder.path(), &["validate", "dag.yaml"], "").code, 1);
    assert_eq!(dagu_rs(folder.path(), &["run", "dag.yaml"], "").code, 2);
}
