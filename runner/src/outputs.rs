//! The file behind `$DAGU_OUTPUT_FILE`: records that become `${steps.id.outputs.name}`.

use dagu_schema::workflow::step::DeclaredOutput;
use indexmap::IndexMap;

/// Reads the records `name=value` and `name<<END`, and holds them against what was declared.
///
/// # Errors
/// When a declared output is missing, written twice, or no JSON though declared so.
pub fn collect(text: &str, declared: &[DeclaredOutput]) -> Result<IndexMap<String, String>, String> {
    let records = records(text)?;
    let mut out = IndexMap::new();
    for output in declared {
        let name = output.name.value.as_str();
        let mut values = records.iter().filter(|(record, _)| record == name);
        let Some((_, value)) = values.next() else {
            return Err(format!("the step declares the output `{name}` but wrote no `{name}=...` to $DAGU_OUTPUT_FILE"));
        };
        if values.next().is_some() {
            return Err(format!("the step wrote the output `{name}` more than once to $DAGU_OUTPUT_FILE"));
        }
        if output.json && serde_json::from_str::<serde_json::Value>(value).is_err() {
            return Err(format!("the output `{name}` is declared as JSON, but what the step wrote is not"));
        }
        out.insert(name.to_owned(), value.clone());
    }
    Ok(out)
}

fn records(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut records = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim().is_empty() {
            continue;
        }
        let equals = line.find('=').unwrap_or(usize::MAX);
        match line.find("<<").filter(|&at| at < equals) {
            Some(at) => {
                let (name, end) = (line[..at].trim(), line[at + 2..].trim());
                let mut value: Vec<&str> = Vec::new();
                loop {
                    match lines.next() {
                        Some(line) if line == end => break,
                        Some(line) => value.push(line),
                        None => return Err(format!("the output `{name}` in $DAGU_OUTPUT_FILE has no closing line `{end}`")),
                    }
                }
                records.push((name.to_owned(), value.join("\n")));
            }
            None => match line.split_once('=') {
                Some((name, value)) => records.push((name.trim().to_owned(), value.to_owned())),
                None => return Err(format!("$DAGU_OUTPUT_FILE holds a line that is neither `name=value` nor `name<<END`: `{line}`")),
            },
        }
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use dagu_schema::{Span, Spanned};

    use super::*;

    #[test]
    fn records_and_declarations() {
        let declare = |names: &[(&str, bool)]| {
            names
                .iter()
                .map(|(name, json)| DeclaredOutput { name: Spanned::new((*name).to_owned(), Span::at(0)), json: *json })
                .collect::<Vec<_>>()
        };
        let text = "a=1=2\nb<<END\nx\n=y\nEND\n\nj={\"k\":1}\n";
        let out = collect(text, &declare(&[("a", false), ("b", false), ("j", true)])).unwrap();
        assert_eq!(
            out.into_iter().collect::<Vec<_>>(),
            [("a", "1=2"), ("b", "x\n=y"), ("j", "{\"k\":1}")].map(|(a, b)| (a.to_owned(), b.to_owned()))
        );
        for (text, names, part) in [
            ("", &[("a", false)][..], "declares the output `a`"),
            ("a=1\na=2", &[("a", false)], "more than once"),
            ("a=x", &[("a", true)], "declared as JSON"),
            ("a<<E\nx", &[("a", false)], "no closing line"),
            ("junk", &[], "neither"),
        ] {
            let error = collect(text, &declare(names)).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
