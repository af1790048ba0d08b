use super::{Check, Context, Rule, Sink, listed};
use crate::diagnostic::Severity;
use crate::workflow::Step;
use crate::workflow::credential::{self, Credentials};

pub(super) static RULE: Rule = Rule {
    name: "credential-in-root-container",
    severity: Severity::Warning,
    refused: false,
    summary: "The root container receives a credential, so every step in it can read it.",
    why: "Steps without a container of their own share the root container with all that is in it: a test script reads the agent's key as easily as the agent does. Give the credential to the container of the one step that needs it.",
    grounds: "Page \"Run Claude Code in a Container\": \"every inherited step in that shared container can read it\".",
    bad: "params:\n\
        \x20 - KEY: \"\"\n\
        container:\n\
        \x20 image: ghcr.io/example/agent:1\n\
        \x20 env:\n\
        \x20   - ANTHROPIC_API_KEY=${params.KEY}\n\
        steps:\n\
        \x20 - id: test\n\
        \x20   run: npm test\n",
    good: "params:\n\
        \x20 - KEY: \"\"\n\
        steps:\n\
        \x20 - id: test\n\
        \x20   run: npm test\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
        \x20     env:\n\
        \x20       - ANTHROPIC_API_KEY=${params.KEY}\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n",
    absence: false,
    check: Check::Document(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let Some(container) = &context.workflow.container else { return };
    let readers: Vec<&Step> = context.root_container_steps().collect();
    if readers.is_empty() {
        return;
    }
    let credentials = Credentials::of(context.workflow, &context.facts.dotenv);
    let env = container.env.iter().filter(|entry| credentials.carried_by(entry)).map(|entry| (entry.span, format!("`{}`", entry.name.value)));
    // A socket is no credential that is read: that has a rule of its own.
    let mounted = credential::mounted(container).into_iter().filter(|mounted| !mounted.volume.source.ends_with(".sock"));
    let logins = mounted.map(|login| {
        let span = context.span_in(&container.volumes[login.index].1, login.volume.source_range);
        (span, login.what)
    });
    for (span, what) in env.chain(logins) {
        let names = listed(readers.iter().map(|step| step.called()));
        let can = if readers.len() == 1 { "the step that runs" } else { "every step that runs" };
        let mut finding = sink.finding(span, format!("{what} in the root container can be read by {can} there: {names}"));
        for step in &readers {
            finding = finding.related(step.label, format!("`{}` can read it", step.called()));
        }
        sink.push(finding.help("move it into a `container` of the one step that needs it"));
    }
}
