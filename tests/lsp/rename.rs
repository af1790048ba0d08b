//! Rename: the workflow means the same afterwards, and every place is found.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use dagu_schema::symbols::{self, Kind, Place};
use dagu_schema::{Analysis, Edit, Facts, analyze};
use proptest::prelude::*;

fn yaml_files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<PathBuf> =
        fs::read_dir(&folder).expect("the folder is there").map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    files
}

fn applied(text: &str, edits: &[Edit]) -> String {
    let mut edits = edits.to_vec();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span));
    let mut text = text.to_owned();
    for edit in edits {
        text.replace_range(edit.span.range(), &edit.text);
    }
    text
}

fn checked(text: &str) -> Analysis {
    analyze(text, &Facts::default())
}

/// The findings by rule and line, which no rename changes.
fn findings(analysis: &Analysis) -> Vec<(usize, &'static str)> {
    let line = |span: dagu_schema::Span| analysis.tree.lines.line_of(span.start);
    let mut found: Vec<_> = analysis.diagnostics.iter().map(|found| (line(found.span), found.rule)).collect();
    found.sort_unstable();
    found
}

/// The same, but for findings that nothing uses a name: they count words of the whole text, in which
/// another thing may have the name.
fn findings_of_use(analysis: &Analysis) -> Vec<(usize, &'static str)> {
    findings(analysis).into_iter().filter(|(_, rule)| !rule.ends_with("-unused")).collect()
}

/// Another name of the same kind, which sounds alike.
fn other_name(place: &Place) -> String {
    let name = &place.symbol.name;
    match place.symbol.kind {
        _ if name.len() >= 38 => format!("{}Q", &name[..name.len() - 1]),
        _ if name.chars().all(|c| !c.is_lowercase()) => format!("{name}_Q"),
        _ => format!("{name}q"),
    }
}

/// Renames everything in a text; gives how many things of each kind could be.
fn rename_all(path: &Path, text: &str, renamed: &mut BTreeMap<String, usize>) {
    let before = checked(text);
    let mut seen = Vec::new();
    for place in symbols::all(&before) {
        if seen.contains(&place.symbol) {
            continue;
        }
        seen.push(place.symbol.clone());
        let to = other_name(&place);
        let about = format!("{}: {:?} -> {to}", path.display(), place.symbol);
        let Ok(Some(_)) = symbols::can_rename(&before, place.span.start) else { continue };
        // A name that cannot be, or of which there are two.
        let Ok(edits) = symbols::rename(&before, place.span.start, &to) else { continue };
        let edits = edits.expect("there is a name");
        let after_text = applied(text, &edits);
        let after = checked(&after_text);
        let is_read = symbols::places(&before, &place.symbol).len() > 1;
        if is_read {
            assert_eq!(findings(&before), findings(&after), "{about}\n{after_text}");
        } else {
            assert_eq!(findings_of_use(&before), findings_of_use(&after), "{about}\n{after_text}");
        }
        let there = symbols::all(&after).into_iter().find(|other| other.symbol.kind == place.symbol.kind && other.symbol.name == to);
        let there = there.unwrap_or_else(|| panic!("{about} is gone\n{after_text}"));
        let back = symbols::rename(&after, there.span.start, &place.symbol.name);
        let back = back.unwrap_or_else(|refusal| panic!("{about}, back: {}", refusal.0)).expect("there is a name");
        assert_eq!(applied(&after_text, &back), text, "{about}, back");
        *renamed.entry(format!("{:?}", place.symbol.kind)).or_default() += 1;
    }
}

#[test]
fn a_rename_changes_no_finding_and_can_be_taken_back() {
    let mut renamed = BTreeMap::new();
    for path in ["examples", "tests/corpus", "tests/lsp/dags"].into_iter().flat_map(yaml_files) {
        let text = fs::read_to_string(&path).expect("the file is there");
        rename_all(&path, &text, &mut renamed);
    }
    for kind in [
        Kind::Step,
        Kind::StepName,
        Kind::Param,
        Kind::Const,
        Kind::Secret,
        Kind::Variable,
        Kind::Harness,
        Kind::Action,
        Kind::Input,
        Kind::Item,
        Kind::Output,
        Kind::BuildInput,
        Kind::Dag,
        Kind::Anchor,
    ] {
        assert!(renamed.contains_key(&format!("{kind:?}")), "no {kind:?} was renamed: {renamed:#?}");
    }
}

/// Asks for each place what the look at everything has found.
fn narrow_looks_agree(text: &str) {
    let analysis = symbols::read(text, None);
    let all = symbols::all(&analysis);
    let mut asked = Vec::new();
    for place in &all {
        let there = all.iter().filter(|other| other.span.touches(place.span.start));
        let there: Vec<_> = there.map(|other| &other.symbol).collect();
        let found = symbols::at(&analysis, place.span.start).unwrap_or_else(|| panic!("{place:?} is not found in\n{text}"));
        assert!(there.contains(&&found.symbol), "{place:?} is {found:?} in\n{text}");
        if !asked.contains(&&place.symbol) {
            asked.push(&place.symbol);
            let wide = all.iter().filter(|other| other.symbol == place.symbol || symbols::is_same_step(&other.symbol, &place.symbol));
            let wide: Vec<_> = wide.map(|other| (other.span, other.role)).collect();
            let narrow: Vec<_> = symbols::places(&analysis, &place.symbol).iter().map(|other| (other.span, other.role)).collect();
            assert_eq!(wide, narrow, "{:?} in\n{text}", place.symbol);
        }
    }
    symbols::files(&analysis);
}

#[test]
fn a_look_at_one_place_or_one_name_finds_what_a_look_at_everything_finds() {
    for path in ["examples", "tests/corpus", "tests/lsp/dags"].into_iter().flat_map(yaml_files) {
        narrow_looks_agree(&fs::read_to_string(&path).expect("the file is there"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_cut_out_of_a_text(start in 0usize..4000, length in 0usize..200, from in 0usize..4000, taken in 0usize..60) {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lsp/dags/names.yaml")).expect("the file is there");
        let edge = |at: usize| (at.min(text.len())..=text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(text.len());
        let (start, end) = (edge(start), edge(start + length));
        let moved = text.get(edge(from)..edge(from + taken)).unwrap_or_default();
        let broken = format!("{}{moved}{}", &text[..start], &text[end..]);
        narrow_looks_agree(&broken);
        let analysis = symbols::read(&broken, None);
        for place in symbols::all(&analysis).iter().step_by(15) {
            let _ = symbols::rename(&analysis, place.span.start, "other_name");
        }
    }
}

#[test]
fn nothing_takes_long() {
    let many = 20_000;
    let scripts = [
        "$(".repeat(many),
        "${A:-".repeat(many),
        "$((".repeat(many),
        "((".repeat(many),
        "\"".repeat(many),
        "`".repeat(many),
        "\"\\$A\" ".repeat(many),
        "A[1 ".repeat(many),
        "bash <<'A'\n".repeat(many),
        "cat <<A\n".repeat(many),
        "sh -c '$A' ".repeat(many),
        "x=$A ".repeat(many),
        "docker build -f ./x . ".repeat(many),
        "echo A=1 >> $DAGU_OUTPUT_FILE;".repeat(many),
    ];
    for script in scripts {
        let lines: String = script.lines().map(|line| format!("      {line}\n")).collect();
        let text = format!("env: {{A: 1}}\nsteps:\n  - id: a\n    outputs: [{{name: A}}]\n    run: |\n{lines}");
        let analysis = symbols::read(&text, None);
        let started = Instant::now();
        let found = symbols::all(&analysis);
        symbols::places(&analysis, &found[0].symbol);
        symbols::at(&analysis, text.len() / 2);
        symbols::files(&analysis);
        assert!(started.elapsed() < Duration::from_secs(20), "{:?} for {}", started.elapsed(), &script[..20]);
    }
    let entries: String = (0..many).map(|number| format!("  - V{number}: $V{}\n", number / 2)).collect();
    let mentions: String = (0..many).map(|number| format!("      $V{number}\n")).collect();
    let text = format!("container:\n  image: a\n  env:\n{}steps:\n  - id: a\n    run: |\n{mentions}", entries.replace("  - ", "    - "));
    let analysis = symbols::read(&text, None);
    let started = Instant::now();
    assert!(symbols::all(&analysis).len() >= 3 * many);
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}
