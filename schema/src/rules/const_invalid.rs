use std::collections::HashMap;

use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::syntax::ScalarType;

pub(super) static RULE: Rule = Rule {
    name: "const-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "An entry of `consts` that is not one name with a literal value, or a name given twice.",
    why: "Each entry of the list holds exactly one constant. Its name has letters, digits and `_` and starts with a letter, and stands only once; its value is a string, a finite number or a boolean. The engine does not load a DAG with other ones.",
    grounds: "Engine, at load: `consts entries must contain exactly one key`, `consts key ... is invalid`, `is defined more than once`, `must be a literal string, number, or boolean`.",
    bad: "consts:\n\
        \x20 - REGION: eu\n\
        \x20   ZONE: a\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo ${consts.REGION} ${consts.ZONE}\n",
    good: "consts:\n\
        \x20 - REGION: eu\n\
        \x20 - ZONE: a\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo ${consts.REGION} ${consts.ZONE}\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["consts"], steps: &[] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let mut names = HashMap::new();
    for item in context.workflow.node.get_some("consts").and_then(|consts| consts.items()).unwrap_or_default() {
        let Some(entries) = item.entries() else { continue };
        match entries {
            [] => sink.report(item.span, "the entry holds no constant"),
            [_] => {}
            [_, second, ..] => {
                let finding = sink.finding(second.key.span, "an entry of `consts` holds one constant, and this is the second");
                sink.push(finding.help("give each constant an entry of its own: put `- ` before it"));
            }
        }
        for entry in entries {
            let name = entry.name();
            if !is_name(name) {
                sink.report(entry.key.span, format!("`{name}` is no name for a constant: letters, digits and `_`, starting with a letter"));
            } else if let Some(&first) = names.get(name) {
                sink.push(sink.finding(entry.key.span, format!("the constant `{name}` is defined already")).related(first, "first here"));
            } else {
                names.insert(name, entry.key.span);
            }
            if matches!(entry.value.scalar_type(), Some(ScalarType::Float(value)) if !value.is_finite()) {
                sink.report(entry.value_span(), "a constant must be a finite number; quote it to mean the text");
            }
        }
    }
}

/// A name of the DAG's own values: constants and parameters.
pub(super) fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
