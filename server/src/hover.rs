//! `textDocument/hover`: what a step does and sees, who can read a credential, what a field means.

use dagu_schema::model::{self, Place};
use dagu_schema::syntax::{Node, Tree};
use dagu_schema::workflow::account;
use dagu_schema::workflow::dotenv::Dotenv;
use dagu_schema::workflow::harness::FlagValue;
use dagu_schema::workflow::visibility::{Origin, Sight, Visible};
use dagu_schema::workflow::{Action, Attempt, Command, Step, Workflow, argv, provider};
use dagu_schema::{Analysis, Span, Spanned};

use crate::describe;

/// What there is to say about a byte offset, as Markdown, and what it is about.
pub(crate) fn hover(analysis: &Analysis, offset: usize) -> Option<Spanned<String>> {
    let workflow = analysis.workflows.iter().find(|workflow| workflow.node.span.touches(offset))?;
    name(workflow, offset).or_else(|| step(workflow, offset)).or_else(|| field(&analysis.tree, offset))
}

/// A name that steps can see, where it is given to them: which steps can read it.
fn name(workflow: &Workflow, offset: usize) -> Option<Spanned<String>> {
    let mut about: Option<(Visible, Span)> = None;
    let mut readers = Vec::new();
    let mut by_engine = Vec::new();
    let dotenv = Dotenv::default();
    let sight = Sight::new(workflow, &dotenv);
    for step in workflow.all_steps() {
        for visible in sight.of(step) {
            let Some(span) = visible.span.filter(|span| span.touches(offset)) else { continue };
            if visible.contract.any() {
                readers.push(step);
            } else {
                by_engine.push(step);
            }
            about = about.or(Some((visible, span)));
        }
    }
    let (about, span) = about?;
    let what = if about.credential { ", a credential" } else { "" };
    let mut text = format!("**`{}`** from {}{what}\n\n", about.name, about.origin.name());
    match &readers[..] {
        [] => text.push_str("No step can read it.\n"),
        readers => text.push_str(&format!("Steps that can read it: {}.\n", called(readers))),
    }
    if !by_engine.is_empty() {
        text.push_str(&format!("\nThe Dagu engine also gives it to: {}.\n", called(&by_engine)));
    }
    Some(Spanned::new(text, span))
}

fn called(steps: &[&Step]) -> String {
    let names: Vec<String> = steps.iter().map(|step| format!("`{}`", step.called())).collect();
    names.join(", ")
}

/// A step, at its id, its name, its action, or where another one depends on it.
fn step(workflow: &Workflow, offset: usize) -> Option<Spanned<String>> {
    for step in workflow.all_steps() {
        if let Some(depends) = step.depends.iter().find(|depends| depends.span.touches(offset)) {
            let other = workflow.steps.get(workflow.step_index(&depends.value)?)?;
            return Some(Spanned::new(describe_step(workflow, other), depends.span));
        }
        let id = step.id.as_ref().map(|id| id.span);
        let action = step.node.entry("action").map(|entry| entry.value.span);
        let spots = [Some(step.label), id, Some(step.action_key), action];
        if let Some(span) = spots.into_iter().flatten().find(|span| span.touches(offset)) {
            return Some(Spanned::new(describe_step(workflow, step), span));
        }
    }
    None
}

fn describe_step(workflow: &Workflow, step: &Step) -> String {
    let mut lines = vec![format!("**step `{}`**", step.called()), String::new()];
    lines.push(format!("- Runs in: {}", account::place(workflow, step)));
    if let Some(container) = workflow.container_of(step)
        && let Some(image) = container.image()
    {
        let pull = container.pull_policy.map_or(String::new(), |policy| format!(" (pull policy `{}`)", policy.name()));
        lines.push(format!("- Image: `{}`{pull}", image.value));
    }
    lines.extend(executed(step));
    let after: Vec<String> = step.depends.iter().map(|depends| format!("`{}`", depends.value)).collect();
    if !after.is_empty() {
        lines.push(format!("- After: {}", after.join(", ")));
    }
    let dotenv = Dotenv::default();
    let visible = Sight::new(workflow, &dotenv).of(step);
    let (own, besides): (Vec<&Visible>, Vec<&Visible>) = visible.iter().partition(|visible| visible.contract.any());
    // What a command's text names, the engine fills in there; only the step's own env can get lost.
    let dropped = |visible: &&&Visible| visible.origin == Origin::StepEnv && !visible.engine.any();
    let dropped: Vec<&Visible> = own.iter().filter(dropped).copied().collect();
    lines.push(format!("- Names it can see: {}", if own.is_empty() { "none of the DAG's".to_owned() } else { names(own) }));
    if !besides.is_empty() {
        lines.push(format!("- The Dagu engine lets in besides: {}", names(besides)));
    }
    if !dropped.is_empty() {
        lines.push(format!("- The Dagu engine drops: {}", names(dropped)));
    }
    lines.join("\n") + "\n"
}

/// Names with where they come from; credentials marked. Never values.
fn names<'a>(visible: impl IntoIterator<Item = &'a Visible>) -> String {
    let name = |visible: &Visible| {
        let credential = if visible.credential { ", credential" } else { "" };
        let inherited = if visible.span.is_some_and(|span| span.is_beyond()) { ", inherited" } else { "" };
        format!("`{}` ({}{inherited}{credential})", visible.name, visible.origin.name())
    };
    visible.into_iter().map(name).collect::<Vec<_>>().join(", ")
}

/// What a step executes.
fn executed(step: &Step) -> Vec<String> {
    let harness = match &step.action {
        Action::Harness(harness) => harness,
        Action::Run(commands) => {
            let command = |command: &Command| format!("- Command: {}", code_span(&account::first_line(&command.text)));
            return commands.iter().map(command).collect();
        }
        _ => return vec![format!("- Action: {}", code_span(&account::action(step)))],
    };
    let attempt = |(number, attempt): (usize, &Attempt)| {
        let name = if number == 0 { "Command".to_owned() } else { format!("Fallback {number}") };
        let stdin = harness.stdin.as_ref().map(|_| "STDIN");
        let invocation = argv::harness(&masked(attempt), "PROMPT", stdin);
        if invocation.argv.is_empty() {
            let provider = attempt.provider.as_ref().map_or("", |provider| &provider.value);
            if provider.is_empty() {
                return format!("- {name}: not known without a provider");
            }
            return format!("- {name}: not known for provider {}", code_span(provider));
        }
        let words: Vec<String> = invocation.argv.iter().map(|word| quoted(word)).collect();
        let stdin = if invocation.stdin.is_some() { ", with standard input" } else { "" };
        format!("- {name}: {}{stdin}", code_span(&words.join(" ")))
    };
    harness.attempts.iter().enumerate().map(attempt).collect()
}

/// The attempt with what may be a secret in its flags covered.
fn masked(attempt: &Attempt) -> Attempt {
    let mut attempt = attempt.clone();
    for (key, value) in &mut attempt.flags {
        if let FlagValue::Text(text) = value
            && provider::sounds_like_credential(&key.value.to_uppercase())
            && !text.contains('$')
        {
            *text = "***".to_owned();
        }
    }
    attempt
}

/// A word as a shell would need it written.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-./:=@%+,${}".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// Code in a line of Markdown, whatever backticks it holds.
fn code_span(text: &str) -> String {
    let text = text.replace('\n', " ");
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

/// A field or one of its words.
fn field(tree: &Tree, offset: usize) -> Option<Spanned<String>> {
    let Place { object, mapping, field, in_value, .. } = model::at(tree, offset)?;
    let field = field?;
    let entry = mapping?
        .entries()?
        .iter()
        .find(|entry| object.is_none_or(|object| object.field(entry.name()).is_some_and(|found| std::ptr::eq(found, field))))?;
    if !in_value {
        return Some(Spanned::new(describe::field(field), entry.key.span));
    }
    let (text, span) = scalar_at(&entry.value, offset)?;
    let word = describe::words(&field.shape).into_iter().find(|word| word.name == text)?;
    Some(Spanned::new(describe::word(word), span))
}

/// The scalar that a value is, or the item of it that the offset touches.
fn scalar_at(value: &Node, offset: usize) -> Option<(&str, Span)> {
    match value.items() {
        Some(items) => items.iter().find(|item| item.span.touches(offset)).and_then(|item| Some((item.text()?, item.span))),
        None => Some((value.text()?, value.span)),
    }
}
