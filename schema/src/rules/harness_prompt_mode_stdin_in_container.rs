use super::{Check, Context, Has, Rule, Sink, add_key};
use crate::diagnostic::{Confidence, Severity};
use crate::diagnostic::{Edit, Fix, Safety};
use crate::syntax::{Entry, Node};
use crate::workflow::harness::{Attempt, PromptMode};

pub(super) static RULE: Rule = Rule {
    name: "harness-prompt-mode-stdin-in-container",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "A provider that reads its prompt from standard input is used in a container.",
    why: "`prompt_mode: stdin` needs a standard input, which an agent in a container does not have: the DAG loads, and the step fails.",
    grounds: "Engine, at run time: `containerized harness does not support stdin input (prompt_mode: stdin)`.",
    bad: "harnesses:\n\
        \x20 reader:\n\
        \x20   binary: cat\n\
        \x20   prompt_mode: stdin\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n\
        \x20   with:\n\
        \x20     provider: reader\n\
        \x20     prompt: hello\n",
    good: "harnesses:\n\
        \x20 reader:\n\
        \x20   binary: echo\n\
        \x20   prompt_mode: arg\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n\
        \x20   with:\n\
        \x20     provider: reader\n\
        \x20     prompt: hello\n",
    absence: false,
    check: Check::Where(Has::Agents, &Check::Steps(check)),
};

/// Edits after which a shell takes the prompt as an argument and the program still reads it from
/// its standard input; for a definition without arguments of its own.
fn through_a_shell(definition: &Node, mode: &Entry, source: &str) -> Option<Vec<Edit>> {
    let binary = definition.entry("binary")?;
    let program = binary.value.text()?.trim();
    let is_word = !program.is_empty() && program.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./+".contains(&byte));
    let has_more = ["prefix_args", "prompt_position", "prompt_flag"].into_iter().any(|key| definition.get(key).is_some());
    if !is_word || has_more || program.starts_with('-') || [binary, mode].into_iter().any(|entry| entry.value.text().is_none_or(|text| text.contains('\n'))) {
        return None;
    }
    let words = format!("prefix_args: [-c, 'prompt=$1; shift; printf %s \"$prompt\" | {program} \"$@\"', {program}]");
    let replace = |entry: &Entry, text: &str| Edit { span: entry.value_span(), text: text.to_owned() };
    Some(vec![add_key(definition, source, &words)?, replace(binary, "sh"), replace(mode, "arg")])
}

fn check(context: &Context<'_>, sink: &mut Sink) {
    for (step, harness) in context.harness_steps() {
        let Some(container) = context.workflow.container_of(step) else { continue };
        let reads_stdin = |attempt: &Attempt| attempt.definition.as_ref().is_some_and(|definition| definition.prompt_mode == PromptMode::Stdin);
        for (index, attempt) in harness.attempts.iter().enumerate() {
            let Some(provider) = &attempt.provider else { continue };
            if reads_stdin(attempt) {
                let definition = context.workflow.node.get("harnesses").and_then(|node| node.get(&provider.value));
                let mode = definition.and_then(|node| node.entry("prompt_mode"));
                let is_rescued = harness.attempts.iter().skip(index + 1).any(|fallback| !reads_stdin(fallback));
                let result = if is_rescued { "it fails, and a fallback is left" } else { "the step fails" };
                let mut finding = sink
                    .finding(provider.span, format!("`{}` reads its prompt from standard input, which a container does not have: {result}", provider.value))
                    .related(container.key, "the step runs in this container");
                if is_rescued {
                    finding.severity = Severity::Warning;
                }
                if let Some(mode) = mode {
                    finding = finding.related(mode.key.span, "the provider is defined here");
                    if let Some(edits) = definition.and_then(|definition| through_a_shell(definition, mode, &context.tree.text)) {
                        let title = "Pass the prompt as an argument, which a shell writes to the program's standard input".to_owned();
                        finding = finding.fix(Fix { title, safety: Safety::Unsafe, edits });
                    }
                }
                sink.push(finding.help("use a provider that takes the prompt as an argument or a flag"));
            }
        }
    }
}
