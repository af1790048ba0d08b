//! Of every text: it is never worse after fixing, and fixing it again changes nothing.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use dagu_schema::{Analysis, Safety, Severity, rules};
use proptest::prelude::*;

use super::{asked_for, checked, fixed, rules_of};

/// The examples, the pages of the rules, and the DAGs of other tests.
fn texts() -> Vec<(String, String)> {
    let mut texts: Vec<(String, String)> = Vec::new();
    for rule in rules::ALL {
        texts.push((format!("{}, wrong", rule.name), rule.bad.to_owned()));
        texts.push((format!("{}, right", rule.name), rule.good.to_owned()));
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["examples", "tests/fix/cases", "tests/lsp/dags", "tests/migrate/pairs"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "yaml") {
                texts.push((path.display().to_string(), fs::read_to_string(path).unwrap()));
            }
        }
    }
    for folder in ["tests/rules/verdicts", "tests/rules/warnings"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let text = fs::read_to_string(entry.unwrap().path()).unwrap();
            let cases = text.split("=== ").skip(1).filter_map(|case| case.split_once('\n'));
            texts.extend(cases.map(|(head, dag)| (head.to_owned(), dag.to_owned())));
        }
    }
    texts.push(("a byte order mark".to_owned(), "\u{feff}steps:\n  - id: a\n    run: echo a\n".to_owned()));
    texts
}

fn errors(analysis: &Analysis) -> HashMap<(&'static str, String), usize> {
    let mut counts = HashMap::new();
    for found in analysis.diagnostics.iter().filter(|found| found.severity == Severity::Error || found.refused) {
        *counts.entry((found.rule, found.message.clone())).or_default() += 1;
    }
    counts
}

/// What must hold of a text that is fixed; gives how many findings were.
pub(super) fn hold(name: &str, text: &str) -> usize {
    let mut total = 0;
    for unsafe_too in [false, true] {
        let before = checked(text);
        let after = fixed(text, unsafe_too);
        total += after.count;
        let new = after.analysis.tree.text.to_string();
        assert_eq!(after.count == 0, new == text, "{name}: {} fixed\n{text}\n{new}", after.count);
        let known = errors(&before);
        for (error, count) in errors(&after.analysis) {
            assert!(known.get(&error).is_some_and(|known| count <= *known), "{name}: {error:?} is new\n{text}\n{new}");
        }
        let again = fixed(&new, unsafe_too);
        assert_eq!(again.count, 0, "{name}: fixed again\n{new}\n{}", again.analysis.tree.text);
        // Comments stay, but for those that a fix is about; some may move with what they are about, and a
        // script's become comments of the list.
        let comments = |analysis: &Analysis| -> Vec<String> {
            let all = analysis.tree.comments.iter().map(|span| analysis.tree.text[span.range()].to_owned());
            let mut all: Vec<String> = all.filter(|comment| !comment.contains("dagu-rs:")).collect();
            all.sort();
            all
        };
        if before.tree.repaired.is_empty() {
            let after = comments(&after.analysis);
            let missing: Vec<String> = comments(&before).into_iter().filter(|comment| !after.contains(comment)).collect();
            assert!(missing.is_empty(), "{name}: {missing:?} are gone\n{text}\n{new}");
        }
        // A few faults are of one kind of line break only.
        let windows = text.replace('\n', "\r\n");
        if !text.contains('\r') && rules_of(&before) == rules_of(&checked(&windows)) {
            let windows = fixed(&windows, unsafe_too);
            assert_eq!(*windows.analysis.tree.text, *new.replace('\n', "\r\n"), "{name}: with line breaks of Windows");
        }
    }
    total
}

#[test]
fn no_text_is_worse_and_a_second_time_changes_nothing() {
    let texts = texts();
    let total: usize = texts.iter().map(|(name, text)| hold(name, text)).sum();
    assert!(texts.len() > 1000 && total > 250, "{total} fixed in {} texts", texts.len());
}

#[test]
fn all_fixes_of_a_wrong_example_leave_no_finding_that_has_one() {
    let mut left = Vec::new();
    for rule in rules::ALL.iter().filter(|rule| !rule.bad.starts_with("# ")) {
        let after = dagu_schema::fix::fix(asked_for(rule.bad), true, &asked_for);
        let open = after.analysis.diagnostics.iter().filter(|found| found.rule == rule.name && !found.fixes.is_empty());
        left.extend(open.map(|found| format!("{}: {:?}\n{}", rule.name, found.fixes, after.analysis.tree.text)));
    }
    assert!(left.is_empty(), "{}", left.join("\n"));
}

#[test]
fn the_rules_with_a_fix_are_those_that_the_catalogue_names() {
    let mut seen: BTreeMap<&str, Safety> = BTreeMap::new();
    for (_, text) in texts() {
        for found in asked_for(&text).diagnostics {
            for fix in found.fixes {
                let safety = seen.entry(found.rule).or_insert(fix.safety);
                *safety = if fix.safety == Safety::Safe { Safety::Safe } else { *safety };
            }
        }
    }
    let named = rules::ALL.iter().filter_map(|rule| Some((rule.name, rules::fixes::of(rule.name)?)));
    assert_eq!(seen, named.collect(), "schema/src/rules/fixes.rs lists the rules with a fix");
}

/// A text in which some lines are gone, doubled, moved in or out, or misspelt.
fn damaged(text: &str, changes: &[(usize, u8)]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for &(at, change) in changes {
        if lines.is_empty() {
            break;
        }
        let at = at % lines.len();
        let line = lines[at].clone();
        match change % 7 {
            0 => drop(lines.remove(at)),
            1 => lines.insert(at, line),
            2 => lines[at] = format!("  {line}"),
            3 => lines[at] = line.strip_prefix("  ").unwrap_or(&line).to_owned(),
            4 => lines[at] = line.replacen('_', "", 1).replacen("container", "contianer", 1).replacen("run", "rnu", 1),
            5 => {
                lines.insert(at, format!("{}# dagu-rs: ignore[unknown-key, wrong-type]", " ".repeat(line.len() - line.trim_start().len())))
            }
            _ => lines[at] = format!("{line} # dagu-rs: ignore[container-shell-operators]"),
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_damaged_text_is_worse(which in any::<prop::sample::Index>(), changes in prop::collection::vec((0_usize..60, any::<u8>()), 1..6)) {
        static TEXTS: LazyLock<Vec<(String, String)>> = LazyLock::new(texts);
        let (name, text) = &TEXTS[which.index(TEXTS.len())];
        hold(name, &damaged(text, &changes));
    }
}
