//! Every rule: its wrong example fires exactly it, its right example is clean, its page is current.
//! `UPDATE=1 cargo test --test rules` writes the pages.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod corpus;
mod edits;
mod recognized;
mod robust;
mod warnings;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dagu_schema::probe::{self, Asked, Contents, EngineFacts, Image};
use dagu_schema::rules::{self, Rule};
use dagu_schema::workflow::Base;
use dagu_schema::workflow::call::Signature;
use dagu_schema::{Confidence, Diagnostic, Facts, Severity, analyze, read};

fn findings(text: &str) -> Vec<Diagnostic> {
    analyze(text, &Facts::default()).diagnostics
}

/// What the example of a rule gives, without what other rules only maybe find: it is no mistake to
/// leave out what an example is not about. A rule about an older form shows one, and the notice that
/// it is older comes with it. Other files stand before the DAG.
fn of_example(rule: &Rule, text: &str) -> Vec<Diagnostic> {
    let about_older_form = ["step-type-unknown", "with-and-config"].contains(&rule.name);
    let mut base = None;
    let mut facts = Facts::default();
    let mut rest = text;
    while let Some((name, file)) = rest.strip_prefix("# ").and_then(|rest| rest.split_once(".yaml\n")) {
        let end = file.find("# ").unwrap_or(file.len());
        let (file, after) = file.split_at(end);
        match name {
            "base" => base = Some(Arc::new(Base::read("base.yaml", file))),
            "dag" => {
                rest = file;
                break;
            }
            other => {
                let (folder, name) = other.split_once('/').unwrap();
                facts.dags.found.insert(name.to_owned(), Signature::read(file, None));
                facts.dags.folder = Some((folder.to_owned(), vec![name.to_owned()]));
            }
        }
        rest = after;
    }
    let reading = read(rest, base);
    let answers: Vec<&str> = rest.lines().filter_map(|line| line.strip_prefix("# probe: ")).collect();
    if !answers.is_empty() {
        answer(&answers, &reading.asked(), &mut facts);
    }
    let found = reading.judge(&facts).suppress().diagnostics;
    let is_shown = |found: &Diagnostic| {
        let is_sure = rules::find(found.rule).is_none_or(|rule| rule.confidence > Confidence::Maybe);
        (is_sure || found.rule == rule.name) && !(about_older_form && found.rule == "deprecated-syntax")
    };
    found.into_iter().filter(is_shown).collect()
}

/// What the comments `# probe:` of an example say that the container engine and the machine answer.
fn answer(answers: &[&str], asked: &Asked, facts: &mut Facts) {
    facts.engine = Some(EngineFacts { product: "Docker".to_owned(), platform: "linux/amd64".to_owned(), is_local: true });
    let host = facts.host.get_or_insert_default();
    for line in answers {
        let (name, said) = line.split_once(' ').unwrap();
        match said {
            "is not there" => drop(facts.images.insert(name.to_owned(), Image::Absent)),
            "is here" | "is not here" => {
                let sources = asked.sources.iter().filter(|source| source.volume.starts_with(&format!("{name}:")));
                let path = probe::Path { text: name.to_owned(), is_there: said == "is here" };
                host.sources.extend(sources.map(|source| (source.clone(), path.clone())));
                host.programs.insert(name.to_owned(), said == "is here");
            }
            "is set" => drop(std::sync::Arc::make_mut(&mut facts.variables).insert(name.to_owned())),
            "is not set" => {}
            _ => {
                let mut contents = Contents { platform: "linux/amd64".to_owned(), path: vec!["/bin".to_owned()], ..Contents::default() };
                for part in said.split("; ") {
                    let (what, words) = part.split_once(' ').unwrap();
                    match what {
                        "has" => contents.programs.extend(words.split(", ").map(|word| (word.to_owned(), true))),
                        "not" => contents.programs.extend(words.split(", ").map(|word| (word.to_owned(), false))),
                        "entrypoint" => {
                            contents.entrypoint = vec![words.to_owned()];
                            contents.hands_on = Some(false);
                        }
                        "platform" => contents.platform = words.to_owned(),
                        "user" => contents.user = words.to_owned(),
                        other => panic!("{other}"),
                    }
                }
                facts.images.insert(name.to_owned(), Image::Present(Box::new(contents)));
            }
        }
    }
}

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules")
}

#[test]
fn the_wrong_example_fires_exactly_its_rule() {
    for rule in rules::ALL {
        let found: Vec<_> = of_example(rule, rule.bad).into_iter().map(|found| (found.rule, found.message)).collect();
        assert!(!found.is_empty(), "{}: its wrong example is clean", rule.name);
        assert!(found.iter().all(|(name, _)| *name == rule.name), "{}: {found:#?}", rule.name);
    }
}

#[test]
fn the_right_example_is_clean() {
    for rule in rules::ALL {
        let found = of_example(rule, rule.good);
        assert!(found.is_empty(), "{}: {found:#?}", rule.name);
    }
}

#[test]
fn severities_are_the_declared_ones() {
    for rule in rules::ALL {
        for found in of_example(rule, rule.bad) {
            assert_eq!(found.severity, rule.severity, "{}", rule.name);
        }
    }
}

#[test]
fn a_safe_fix_removes_its_finding_and_adds_none() {
    let mut fixed = 0;
    for rule in rules::ALL {
        for found in of_example(rule, rule.bad) {
            for fix in found.fixes.iter().filter(|fix| fix.safety == dagu_schema::Safety::Safe) {
                let mut text = rule.bad.to_owned();
                let mut edits = fix.edits.clone();
                edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
                for edit in &edits {
                    text.replace_range(edit.span.range(), &edit.text);
                }
                let after = of_example(rule, &text);
                assert!(after.is_empty(), "{}: {}\n{text}\n{after:#?}", rule.name, fix.title);
                fixed += 1;
            }
        }
    }
    assert!(fixed >= 7, "only {fixed} safe fixes were tried");
}

#[test]
fn names_are_kebab_case_unique_and_sorted() {
    let names: Vec<&str> = rules::ALL.iter().map(|rule| rule.name).collect();
    let sorted: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(names, sorted.into_iter().collect::<Vec<_>>());
    for name in names {
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{name}");
    }
}

#[test]
fn documentation_says_what_why_and_on_what_grounds() {
    for Rule { name, summary, why, grounds, .. } in rules::ALL {
        for (part, text) in [("summary", summary), ("why", why), ("grounds", grounds)] {
            assert!(text.len() > 15 && text.ends_with('.'), "{name}: {part}: {text}");
        }
    }
}

/// The pages as they should be, by file name.
fn pages() -> Vec<(String, String)> {
    let mut table = String::from(
        "# Rules\n\nMade from the rules themselves. `dagu-rs explain RULE` prints a page.\n\n| Rule | Severity | Confidence | The engine | Reports |\n|---|---|---|---|---|\n",
    );
    let mut pages = Vec::new();
    for rule in rules::ALL {
        let engine = if rule.refused { "refuses" } else { "loads" };
        table += &format!(
            "| [{0}]({0}.md) | {1} | {2} | {engine} | {3} |\n",
            rule.name,
            rule.severity.name(),
            rule.confidence.name(),
            rule.summary
        );
        pages.push((format!("{}.md", rule.name), rule.page()));
    }
    pages.push(("README.md".to_owned(), table));
    pages
}

#[test]
fn pages_are_current() {
    let folder = docs();
    if std::env::var_os("UPDATE").is_some() {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        for (name, text) in pages() {
            fs::write(folder.join(name), text).unwrap();
        }
    }
    let mut there: BTreeSet<String> =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    for (name, text) in pages() {
        let found = fs::read_to_string(folder.join(&name)).unwrap_or_default();
        assert!(found == text, "docs/rules/{name} is stale: run UPDATE=1 cargo test --test rules");
        there.remove(&name);
    }
    assert!(there.is_empty(), "pages of rules that do not exist: {there:?}");
}

/// What the engine's `validate` says of small DAGs, as measured. `check` says the same, but where a
/// DAG that loads is sure to fail, and where `dagu-rs run` does what the engine rejects.
#[test]
fn the_verdict_is_the_engines() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules/verdicts");
    let mut wrong = Vec::new();
    let mut cases = 0;
    for file in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        for case in text.split("=== ").skip(1) {
            let (head, dag) = case.split_once('\n').unwrap();
            let (verdict, name) = head.split_once(": ").unwrap();
            let (verdict, warns) = verdict.strip_suffix(", with a warning").map_or((verdict, false), |verdict| (verdict, true));
            let (refused, fails) = match verdict {
                "rejects" => (true, true),
                "rejects, but runs" => (true, false),
                "accepts, but fails" => (false, true),
                "accepts" => (false, false),
                other => panic!("{name}: no such verdict: {other}"),
            };
            let found = findings(dag);
            if warns && !found.iter().any(|found| found.severity == Severity::Warning && found.rule != "deprecated-syntax") {
                wrong.push(format!("{head}\n{dag}no warning: {found:#?}"));
            } else if fails != found.iter().any(|found| found.severity == Severity::Error)
                || refused != found.iter().any(|found| found.refused)
            {
                wrong.push(format!("{head}\n{dag}{found:#?}"));
            }
            cases += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases > 600, "only {cases} cases");
}

/// The first document is named after its file; what the engine says of such names, as measured.
#[test]
fn the_name_of_the_file_is_judged() {
    let found = |stem: &str, text: &str| -> Vec<&'static str> {
        let facts = Facts { file_stem: Some(stem.to_owned()), ..Facts::default() };
        analyze(text, &facts).diagnostics.iter().map(|found| found.rule).collect()
    };
    let one = "steps:\n  - id: greet\n    run: echo hello\n";
    for stem in ["daily", "a.b", "a_b-C", &"x".repeat(40), "...", "-"] {
        assert!(found(stem, one).is_empty(), "{stem}");
    }
    for stem in ["my flow", "f@at", "日本", &"x".repeat(41), ".", ".."] {
        assert_eq!(found(stem, one), ["dag-name-invalid"], "{stem}");
    }
    let two = format!("{one}---\nname: daily\n{one}");
    assert_eq!(found("daily", &two), ["duplicate-document-name"]);
    assert!(found("weekly", &two).is_empty());
}
