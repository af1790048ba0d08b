use super::{Check, Context, Has, Rule, Sink, known};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::credential;

pub(super) static RULE: Rule = Rule {
    name: "credential-in-prompt",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A credential is written into the prompt of an agent.",
    why: "The value is filled in before the agent starts: it stands in the agent's command line, where `ps` shows it, and goes to the model's service with the prompt. Pass it as a variable, and let the prompt name the variable.",
    grounds: "Measured on the engine: references in a prompt are replaced, and the prompt is a word of the agent's command line. Page \"Docker sandbox for harness.run\": credentials are added with `container.env` or a mount.",
    bad: "secrets:\n\
        \x20 - name: TRACKER_TOKEN\n\
        \x20   provider: env\n\
        \x20   key: TRACKER_TOKEN\n\
        steps:\n\
        \x20 - id: triage\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Sort the open issues. The token of the tracker is ${TRACKER_TOKEN}.\n",
    good: "secrets:\n\
        \x20 - name: TRACKER_TOKEN\n\
        \x20   provider: env\n\
        \x20   key: TRACKER_TOKEN\n\
        steps:\n\
        \x20 - id: triage\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Sort the open issues. The variable TRACKER_TOKEN has the token of the tracker.\n",
    absence: false,
    check: Check::Where(Has::Agents, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for (step, harness) in context.harness_steps() {
        let Some((text, node)) = harness.prompt.as_ref().filter(|(text, _)| text.contains('$')) else { continue };
        if !harness.attempts.iter().any(|attempt| known(context, attempt).is_some()) {
            continue;
        }
        let seen = context.sight().of(step);
        for (name, range) in credential::named_in(text) {
            let Some(visible) = seen.iter().find(|visible| visible.credential && visible.name == name && visible.contract.text) else { continue };
            let message = format!("the value of `{name}` becomes a part of the prompt: it stands in the agent's command line and goes to the model");
            let finding = sink.finding(context.span_in(node, range), message);
            let finding = finding.help(format!("write the name alone, and pass `{name}` as a variable of the agent's process"));
            sink.push(match visible.span {
                Some(span) => finding.related(span, "it comes from here"),
                None => finding,
            });
        }
    }
}
