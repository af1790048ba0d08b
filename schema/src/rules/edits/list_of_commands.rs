//! A `run` of several lines, as what the engine runs in a container.

use super::{line_start, written};
use crate::diagnostic::{Edit, Fix, Safety};
use crate::rules::container_shell_operators::is_builtin;
use crate::source::Span;
use crate::syntax::{Entry, Style, Tree};
use crate::workflow::Command;
use crate::workflow::shell::{self, TokenKind};

/// Words of the shell that stand in the midst of a command of several lines.
const KEYWORDS: &[&str] = &["do", "done", "elif", "else", "esac", "fi", "in", "select", "then", "time", "}", "]]"];

/// The change of a `run` that is a text of several lines; `None` where its lines depend on each
/// other, or on how it is written.
pub(in crate::rules) fn list_of_commands(tree: &Tree, run: &Entry, command: &Command) -> Option<Fix> {
    let node = &run.value;
    if run.merged || !std::ptr::eq(node.target(), command.node.target()) || node.properties.is_some() {
        return None;
    }
    let scalar = node.scalar().filter(|scalar| scalar.style == Style::Literal)?;
    let text = tree.text.as_ref();
    let colon = run.key.span.end + text.get(run.key.span.end..)?.find(':')? + 1;
    let header_end = colon + text.get(colon..)?.find('\n')?;
    let header = text.get(colon..header_end)?.trim_end();
    let indicator = header.trim_start();
    if !matches!(indicator, "|" | "|+" | "|-") {
        return None;
    }
    let content = scalar.text.trim_end_matches('\n');
    if !content.contains('\n') {
        let span = Span::new(colon + header.len() - indicator.len(), colon + header.len());
        return Some(Fix::replace("Leave out the line break at its end", Safety::Safe, span, "|-"));
    }
    let lines: Vec<&str> = content.lines().filter(|line| !line.trim().is_empty()).collect();
    if !lines.iter().all(|line| line.starts_with('#') || is_command_of_its_own(line)) || lines.iter().all(|line| line.starts_with('#')) {
        return None;
    }
    let column = run.key.span.start - line_start(text, run.key.span.start);
    let indent = " ".repeat(column + 2);
    let item =
        |line: &&str| if line.starts_with('#') { format!("\n{indent}{line}") } else { format!("\n{indent}- {}", written(line, false)) };
    let mut list: String = lines.iter().map(item).collect();
    let end = node.span.end;
    if text.get(..end)?.ends_with('\n') {
        list.push('\n');
    }
    let title = "Make it a list of commands".to_owned();
    Some(Fix { title, safety: Safety::Unsafe, edits: vec![Edit { span: Span::new(colon, end), text: list }] })
}

/// Whether a line does the same when the lines around it run in shells of their own.
fn is_command_of_its_own(line: &str) -> bool {
    let tokens = shell::tokens(line);
    let Some(TokenKind::Word { text: first, .. }) = tokens.first().map(|token| &token.kind) else { return false };
    let ends_open = line.ends_with(['\\', '|', '&', '(', '{']) || line.contains("<<");
    let is_assignment = first.split_once('=').is_some_and(|(name, _)| crate::workflow::env::is_variable_name(name));
    let has_group = line.contains(['(', ')', '`']) || tokens.iter().any(|token| token.operator().is_some_and(|operator| operator == ";;"));
    !line.starts_with(char::is_whitespace)
        && !ends_open
        && !is_assignment
        && !has_group
        && !is_builtin(first)
        && !KEYWORDS.contains(&first.as_str())
        && has_closed_quotes(line)
}

fn has_closed_quotes(line: &str) -> bool {
    let mut open = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (c, open) {
            ('\\', None | Some('"')) => drop(chars.next()),
            ('\'' | '"', None) => open = Some(c),
            (c, Some(quote)) if c == quote => open = None,
            _ => {}
        }
    }
    open.is_none()
}
