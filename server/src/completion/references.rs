//! Completion behind `${` and `$`.

use dagu_schema::Span;
use dagu_schema::complete::order::{Key, document_at};
use dagu_schema::complete::reference::{self, Elsewhere};
use tower_lsp::lsp_types as lsp;

use super::Request;
use super::insertion::Insertion;
use super::proposal::Proposal;
use crate::cursor::Cursor;

/// A reference that is being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Begun {
    /// From its `$` to its end, or as far as the name goes.
    span: Span,
    /// Whether an operator such as `:-` follows, which stays.
    has_operator: bool,
}

/// The reference around an offset; `None` where none is begun, or where a backslash shields it.
fn begun(text: &str, offset: usize, line_start: usize) -> Option<Begun> {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '[' | ']');
    let before = text.get(line_start..offset)?.trim_end_matches(part);
    let body = text.get(line_start + before.len()..offset)?;
    let (shield, braced) = match before.strip_suffix("${") {
        Some(shield) => (shield, true),
        None => (before.strip_suffix('$')?, false),
    };
    // Without braces only a variable can be meant.
    if shield.ends_with(['\\', '$']) || (!braced && body.contains(['.', '-', '[', ']'])) {
        return None;
    }
    let start = line_start + shield.len();
    let after = text.get(offset..)?;
    let name = after.len() - after.trim_start_matches(part).len();
    let end = offset + name;
    let rest = text.get(end..)?;
    let line = rest.lines().next().unwrap_or_default();
    let has_operator = braced && line.starts_with([':', '+', '?', '=', '#', '%', '/']) && line.contains('}');
    // A name further on in the text is no part of a reference that is not closed.
    let end = if !braced || rest.starts_with('}') || has_operator { end } else { offset };
    Some(Begun { span: Span::new(start, end + usize::from(braced && rest.starts_with('}'))), has_operator })
}

/// The references that may be meant at the cursor; `None` where none is begun.
pub(crate) fn proposals(request: &Request<'_>, cursor: &Cursor) -> Option<Vec<Proposal>> {
    let (tree, offset) = (&request.analysis.tree, request.offset);
    let line = tree.lines.line_span(&tree.text, tree.lines.line_of(offset));
    let begun = begun(&tree.text, offset, line.start)?;
    let workflow = document_at(&request.analysis.workflows, offset)?;
    let keys: Vec<Key<'_>> = cursor.path.iter().map(|link| (link.name.as_str(), link.key.start)).collect();
    let of_run = request.machine.set_by_run();
    let variables = request.machine.variables();
    let of_process: Vec<&str> = variables.iter().map(String::as_str).collect();
    let typed = tree.text.get(begun.span.start..offset)?.trim_start_matches(['$', '{']);
    let elsewhere = Elsewhere { dotenv: &request.analysis.dotenv, of_run: &of_run, of_process: &of_process };
    // Brackets of YAML end at the first brace, unless the text has quotes.
    let needs_quotes = cursor.value.flow && !cursor.value.quoted;
    if needs_quotes && cursor.value.span.start != begun.span.start {
        return Some(Vec::new());
    }
    let found = reference::proposals(workflow, &keys, offset, typed, elsewhere);
    Some(
        found
            .into_iter()
            .map(|found| {
                let whole = format!("${{{}}}", found.inner);
                let text = match (begun.has_operator, needs_quotes) {
                    (true, _) => format!("${{{}", found.inner),
                    (false, true) => format!("\"{whole}\""),
                    (false, false) => whole.clone(),
                };
                Proposal {
                    label: whole.clone(),
                    kind: lsp::CompletionItemKind::VARIABLE,
                    detail: found.source,
                    documentation: String::new(),
                    insert: Insertion::text(text),
                    replace: begun.span,
                    filter: Some(whole),
                    rank: found.rank,
                }
            })
            .collect(),
    )
}
