use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::model::values::Value;
use crate::source::Span;
use crate::syntax::Style;

pub(super) static RULE: Rule = Rule {
    name: "comment-in-quotes",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A text without quotes around it ends at a `#` that stands within quotes of its own.",
    why: "In YAML a `#` behind a blank starts a comment, whatever quotes stand before it on the line: `run: echo \"issue #12\"` runs `echo \"issue`, which no shell can read. Put the text below a `|`, or put quotes around all of it.",
    grounds: "YAML 1.2, section 6.6 (comments). The engine runs the text up to the `#`: `unexpected EOF while looking for matching`.",
    bad: "steps:\n\
        \x20 - id: say\n\
        \x20   run: echo \"issue #12 is fixed\"\n",
    good: "steps:\n\
        \x20 - id: say\n\
        \x20   run: |\n\
        \x20     echo \"issue #12 is fixed\"\n",
    absence: false,
    check: Check::Values { value, steps: None },
};

fn value(context: &Context<'_>, value: &Value<'_>, sink: &mut Sink) {
    let Some(scalar) = value.node.scalar().filter(|scalar| scalar.style == Style::Plain) else { return };
    let Some(quote) = open_quote(&scalar.text) else { return };
    let end = value.node.target().span.end;
    let Some(rest) = context.tree.text.get(end..).and_then(|rest| rest.lines().next()) else { return };
    let comment = rest.trim_start();
    if !comment.starts_with('#') || comment.matches(quote).count() % 2 == 0 {
        return;
    }
    let start = end + rest.len() - comment.len();
    let finding = sink.finding(Span::new(start, start + 1), format!("the text ends here, within its `{quote}`: behind a blank, `#` starts a comment"));
    sink.push(finding.help("put the text below a `|`, or put quotes around all of it"));
}

/// The quote that is still open at the end of a text; an apostrophe within a word opens nothing.
fn open_quote(text: &str) -> Option<char> {
    if !text.bytes().any(|byte| matches!(byte, b'"' | b'\'')) {
        return None;
    }
    let mut open = None;
    let mut before = ' ';
    for c in text.chars() {
        match open {
            Some(quote) if c == quote => open = None,
            Some(_) => {}
            None if c == '"' || (c == '\'' && !before.is_alphanumeric()) => open = Some(c),
            None => {}
        }
        before = c;
    }
    open
}
