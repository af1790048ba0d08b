use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Fix, Safety, Severity};
use crate::suggest::{Slip, slip};

pub(super) static RULE: Rule = Rule {
    name: "param-name-misspelt",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "An item of `params` reads like a definition, but its `name` is misspelt.",
    why: "An item without `name` is taken as parameters and their values, one for each key: `nmae: region` beside `default: eu` gives two parameters, `nmae` and `default`, and none called `region`.",
    grounds: "Engine, by a run: the parameters of such an item are its keys.",
    bad: "params:\n\
        \x20 - nmae: region\n\
        \x20   default: eu\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "params:\n\
        \x20 - name: region\n\
        \x20   default: eu\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["params"], steps: &[] }, &Check::Document(check)),
};

/// Keys of a definition beside `name`.
const FIELDS: &[&str] = &[
    "default", "eval", "required", "type", "description", "enum", "minimum", "maximum", "min_length", "max_length", "pattern",
];

fn check(context: &Context<'_>, sink: &mut Sink) {
    let items = context.workflow.node.get("params").and_then(|params| params.items()).unwrap_or_default();
    for item in items {
        let entries = item.entries().unwrap_or_default();
        let is_definition = entries.iter().any(|entry| FIELDS.contains(&entry.name()));
        if entries.len() < 2 || !is_definition || item.get("name").is_some() {
            continue;
        }
        let Some(entry) = entries.iter().find(|entry| is_near(entry.name())) else { continue };
        let message = format!("without `name` each key here is a parameter of its own, `{}` too", entry.name());
        sink.push(
            sink.finding(entry.key.span, message)
                .help("did you mean `name`?")
                .fix(Fix::replace("Rename to `name`", Safety::Unsafe, entry.key.span, "name")),
        );
    }
}

/// Whether a letter too many, too few or in the wrong place parts it from `name`; `game` is a name of its own.
fn is_near(key: &str) -> bool {
    match slip(key, "name") {
        Some(Slip::Letter | Slip::Case) => true,
        Some(Slip::Ending) => key.len() != "name".len(),
        _ => false,
    }
}
