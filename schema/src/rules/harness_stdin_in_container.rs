use super::{Check, Context, Has, Rule, Sink, edits, known};
use crate::diagnostic::{Confidence, Severity, Edit, Fix, Safety};
use crate::source::Span;
use crate::syntax::Style;
use crate::workflow::harness::PromptMode;
use crate::workflow::{Attempt, HarnessStep, Step};

pub(super) static RULE: Rule = Rule {
    name: "harness-stdin-in-container",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "A harness step in a container has `stdin`.",
    why: "An agent in a container has no standard input to read from. With a container of its own the step does not load; in the root container it fails when it runs.",
    grounds: "Engine: at load `the containerized agent has no stdin`; at run time in a root container `containerized harness does not support stdin input`.",
    bad: "harnesses:\n\
        \x20 shell:\n\
        \x20   binary: sh\n\
        \x20   prefix_args: [-c]\n\
        \n\
        container:\n\
        \x20 image: alpine:3.20\n\
        steps:\n\
        \x20 - id: count\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: shell\n\
        \x20     prompt: wc -l\n\
        \x20     stdin: one line\n",
    good: "harnesses:\n\
        \x20 shell:\n\
        \x20   binary: sh\n\
        \x20   prefix_args: [-c]\n\
        \n\
        container:\n\
        \x20 image: alpine:3.20\n\
        steps:\n\
        \x20 - id: count\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: shell\n\
        \x20     prompt: echo one line | wc -l\n",
    absence: false,
    check: Check::Where(Has::Agents, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for (step, harness) in context.harness_steps() {
        let (Some(container), Some((text, _))) = (context.workflow.container_of(step), &harness.stdin) else { continue };
        let entry = step.node.get("with").and_then(|with| with.entry("stdin")).or_else(|| step.node.entry("script"));
        if let Some(entry) = entry.filter(|_| !text.is_empty()) {
            let finding = sink
                .finding(entry.key.span, "an agent in a container has no standard input, so the step fails")
                .refused(step.container.is_some())
                .related(container.key, "the step runs in this container")
                .help("put the text into the prompt, or into a file that is mounted");
            sink.push(match into_prompt(context, step, harness, text) {
                Some(fix) => finding.fix(fix),
                None => finding,
            });
        }
    }
}

/// The change that gives the text with the prompt: behind it for an agent, by a pipe where a shell
/// takes the prompt for its script.
fn into_prompt(context: &Context<'_>, step: &Step, harness: &HarnessStep, input: &str) -> Option<Fix> {
    let with = step.node.get("with")?;
    let prompt = with.entry("prompt").filter(|entry| !entry.merged)?;
    let (text, scalar) = (prompt.value.text()?, prompt.value.scalar()?);
    let removed = edits::remove(context.tree, &[(with, "stdin")])?;
    if context.tree.is_anchored(prompt.value.span) || prompt.value.tag().is_some() || text.trim().is_empty() {
        return None;
    }
    if harness.attempts.iter().all(is_shell) {
        let is_script_line = !text.contains(['\n', '#']) && !text.trim_end().ends_with(['\\', '&', ';']);
        let is_literal = !input.contains(['$', '`', '\'', '\\', '\n']);
        let script = format!("printf %s '{input}' | {{ {}; }}", text.trim());
        let edit = Edit { span: prompt.value.span, text: edits::quoted(&script) };
        return (is_script_line && is_literal && !scalar.is_block()).then(|| Fix::of("Pipe it to the command", Safety::Unsafe, vec![edit, removed]));
    }
    if !harness.attempts.iter().all(|attempt| known(context, attempt).is_some()) {
        return None;
    }
    let folds = harness.attempts.iter().all(|attempt| attempt.definition.as_ref().is_some_and(|definition| definition.folds_stdin));
    let safety = if folds { Safety::Safe } else { Safety::Unsafe };
    let edit = match scalar.style {
        Style::Literal => append_lines(&context.tree.text, prompt.value.span, input)?,
        Style::Folded => return None,
        _ => Edit { span: prompt.value.span, text: edits::quoted(&format!("{}\n\n{input}", text.trim())) },
    };
    Some(Fix::of("Put it behind the prompt", safety, vec![edit, removed]))
}

/// Whether the prompt is a script for a shell.
pub(super) fn is_shell(attempt: &Attempt) -> bool {
    attempt.definition.as_ref().is_some_and(|definition| {
        let is_named = matches!(definition.binary.rsplit('/').next(), Some("sh" | "bash" | "ash" | "dash"));
        let is_bare = attempt.flags.is_empty() && definition.default_flags.is_empty();
        is_named && is_bare && definition.prompt_mode == PromptMode::Arg && definition.prefix_args.last().is_some_and(|last| last == "-c")
    })
}

/// Adds a text behind a block scalar, after an empty line.
fn append_lines(source: &str, block: Span, added: &str) -> Option<Edit> {
    let content = source.get(block.range())?;
    let end = block.start + content.trim_end().len();
    let first = source.get(..block.start)?.rfind('\n').map_or(0, |line_break| line_break + 1);
    let indent: String = source.get(first..end)?.chars().take_while(|c| *c == ' ').collect();
    let lines = added.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("\n{indent}{line}") });
    Some(Edit { span: Span::at(end), text: format!("\n{}", lines.collect::<String>()) })
}
