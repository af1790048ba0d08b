//! Texts before and after fixing, in `cases/`. The first line says which fixes are applied, and the
//! rules of what is left; `UPDATE=1 cargo test --test fix` writes what comes out.

use std::fs;
use std::path::Path;

use super::{fixed, rules_of};

#[test]
fn each_text_becomes_what_stands_beside_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fix/cases");
    let mut wrong = Vec::new();
    let mut cases = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let Some(name) = path.file_name().unwrap().to_str().unwrap().strip_suffix(".before.yaml") else { continue };
        let before = fs::read_to_string(&path).unwrap();
        let (which, left) = before.lines().next().unwrap().strip_prefix("# fix: ").unwrap().split_once("; left:").unwrap();
        let after = fixed(&before, which == "all");
        let expected = folder.join(format!("{name}.after.yaml"));
        let new = after.analysis.tree.text.to_string();
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&expected, &new).unwrap();
        }
        let found = rules_of(&after.analysis).join(", ");
        if new != fs::read_to_string(&expected).unwrap_or_default() || found != left.trim() {
            wrong.push(format!("{name}\n{new}left: {found}\n{:#?}", after.analysis.diagnostics));
        }
        cases += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases >= 10, "only {cases} cases");
}
