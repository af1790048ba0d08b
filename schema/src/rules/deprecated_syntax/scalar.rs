//! Scalars as they are written: quotes where a text needs them, and the script form of a text.

use crate::rules::edits::quoted;
use crate::source::Span;
use crate::syntax::{Node, Style, Tree};

/// How a value is carried over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As it is written.
    Same,
    /// As a script. The engine takes a text for one when it has a line break, and used to cut
    /// off blank lines around it.
    Script,
}

/// The replacements that give a value its form: where, and what stands there afterwards.
/// `column` is that of its key. `None` where it cannot be done in place.
pub(super) fn reform(tree: &Tree, node: &Node, form: Form, column: usize, in_flow: bool) -> Option<Vec<(Span, String)>> {
    let text = tree.text.as_ref();
    let (Some(content), true) = (node.text(), std::ptr::eq(node, node.target())) else {
        let is_script = node.text().is_some_and(|text| text.contains('\n') && !text.starts_with(char::is_whitespace));
        return (form == Form::Same || is_script).then(Vec::new);
    };
    let style = node.scalar()?.style;
    let trimmed = content.trim();
    match (form, style) {
        (Form::Same, _) => Some(Vec::new()),
        (Form::Script, Style::Literal | Style::Folded) => block(text, node, content),
        (Form::Script, _) if content.contains('\n') => (!content.starts_with(char::is_whitespace)).then(Vec::new),
        (Form::Script, Style::DoubleQuoted) if trimmed == content => {
            let quote = node.span.end.checked_sub(1)?;
            Some(vec![(Span::at(quote), "\\n".to_owned())])
        }
        (Form::Script, _) if in_flow => Some(vec![(node.span, quoted(&format!("{trimmed}\n")))]),
        (Form::Script, _) => {
            let is_plain_line = !trimmed.is_empty() && !trimmed.chars().any(char::is_control);
            is_plain_line.then(|| vec![(node.span, format!("|\n{}{trimmed}", " ".repeat(column + 2)))])
        }
    }
}

/// A block scalar of one line keeps its line break: `|-` becomes `|`.
fn block(text: &str, node: &Node, content: &str) -> Option<Vec<(Span, String)>> {
    if content.starts_with(char::is_whitespace) {
        return None; // the engine used to cut this off
    }
    if content.contains('\n') {
        return Some(Vec::new());
    }
    let header_end = text.get(..node.span.start)?.rfind('\n')?;
    let line = text.get(..header_end)?.rfind('\n').map_or(0, |line_break| line_break + 1);
    let header = text.get(line..header_end)?;
    let code = header.find(" #").map_or(header, |comment| &header[..comment]).trim_end();
    let chomp = code.strip_suffix(|c: char| c.is_ascii_digit()).unwrap_or(code);
    chomp.ends_with('-').then(|| vec![(Span::new(line + chomp.len() - 1, line + chomp.len()), String::new())])
}

/// Whether a text is JSON.
pub(super) fn is_json(text: &str) -> bool {
    let (tree, found) = Tree::parse(text);
    let [document] = tree.documents.as_slice() else { return false };
    let Some(root) = document.root.as_deref().filter(|_| found.is_empty() && tree.comments.is_empty()) else { return false };
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        if node.properties.is_some() || !std::ptr::eq(node, node.target()) {
            return false;
        }
        if let Some(scalar) = node.scalar() {
            let is_word = matches!(scalar.text.as_str(), "null" | "true" | "false");
            let is_number = scalar.text.starts_with(|c: char| c == '-' || c.is_ascii_digit()) && scalar.text.parse::<f64>().is_ok_and(f64::is_finite);
            if scalar.style != Style::DoubleQuoted && !(scalar.style == Style::Plain && (is_word || is_number)) {
                return false;
            }
            continue;
        }
        if !node.flow {
            return false;
        }
        open.extend(node.items().unwrap_or_default().iter().map(|item| &**item));
        for entry in node.entries().unwrap_or_default() {
            if entry.merged || entry.key.scalar().is_none_or(|key| key.style != Style::DoubleQuoted) {
                return false;
            }
            open.push(&entry.value);
        }
    }
    true
}
