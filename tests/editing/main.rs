//! What an editor does to a text on request: layout, tokens, refactorings.

mod fixes;
mod format;
mod refactor;
mod tokens;

use std::fs;
use std::path::Path;

use dagu_schema::rules;

/// The DAGs of this repository, good and broken ones, with names.
fn corpus() -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for folder in ["examples", "tests/corpus", "tests/lsp/dags"] {
        let entries = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).expect("the folder is there");
        for path in entries.map(|entry| entry.expect("it can be listed").path()) {
            if path.extension().is_some_and(|extension| extension == "yaml") {
                texts.push((path.display().to_string(), fs::read_to_string(&path).expect("it can be read")));
            }
        }
    }
    texts.sort();
    texts.extend(
        rules::ALL.iter().flat_map(|rule| {
            [(format!("{} (bad)", rule.name), rule.bad.to_owned()), (format!("{} (good)", rule.name), rule.good.to_owned())]
        }),
    );
    texts
}
