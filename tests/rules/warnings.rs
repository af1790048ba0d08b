//! What must be warned about, and what must not: each case names its rule and the line that the
//! finding, or a place that belongs to it, has. `no RULE` is about a rule that warns less.

use std::fs;
use std::path::Path;

use dagu_schema::{Facts, Severity, analyze};

#[test]
fn warnings_stand_where_they_should() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules/warnings");
    let mut wrong = Vec::new();
    let mut cases = 0;
    for file in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        for case in text.split("=== ").skip(1) {
            let (head, dag) = case.split_once('\n').unwrap();
            let (expected, _) = head.split_once(": ").unwrap();
            let in_files = dag.lines().filter_map(|line| line.strip_prefix("# dotenv: ")).map(str::to_owned);
            let analysis = analyze(dag, &Facts { dotenv: in_files.collect(), ..Facts::default() });
            // What is less than a warning is looked at only where the case is about it.
            let about = expected.strip_prefix("no ").or(expected.split_once(" line ").map(|(rule, _)| rule));
            let found: Vec<(&str, usize, Vec<usize>)> = analysis
                .diagnostics
                .iter()
                .filter(|found| found.severity >= Severity::Warning || about == Some(found.rule))
                .map(|found| {
                    let related = found.related.iter().map(|related| line(dag, related.span.start)).collect();
                    (found.rule, line(dag, found.span.start), related)
                })
                .collect();
            let is_right = match expected.split_once(" line ") {
                None => found.is_empty(),
                Some((rule, at)) => {
                    let mut at = at.split(" and ").map(|at| at.parse::<usize>().unwrap());
                    let (first, other) = (at.next().unwrap(), at.next());
                    matches!(&found[..], [(name, line, related)] if *name == rule && *line == first && other.is_none_or(|other| related.contains(&other)))
                }
            };
            if !is_right {
                wrong.push(format!("{head}\n{dag}{found:?}\n"));
            }
            cases += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases > 60, "only {cases} cases");
}

fn line(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}
