//! Rename: the workflow means the same afterwards, and every place is found.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use dagu_schema::symbols::{self, Kind, Place};
use dagu_schema::{Analysis, Edit, Facts, analyze};

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
