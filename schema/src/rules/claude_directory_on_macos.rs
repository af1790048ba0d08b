use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::mounted;

pub(super) static RULE: Rule = Rule {
    name: "claude-directory-on-macos",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "`~/.claude` of a Mac is mounted for its login.",
    why: "On macOS Claude Code keeps its login in the Keychain, which a container cannot read: the mounted folder holds settings, but no credential.",
    grounds: "Page \"Run Claude Code in a Container\": \"A container cannot read the host Keychain by mounting `~/.claude`\".",
    bad: "steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
        \x20     volumes:\n\
        \x20       - /Users/me/.claude:/claude-config\n\
        \x20     env:\n\
        \x20       - CLAUDE_CONFIG_DIR=/claude-config\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n",
    good: "params:\n\
        \x20 - TOKEN: \"\"\n\
        steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
        \x20     env:\n\
        \x20       - CLAUDE_CODE_OAUTH_TOKEN=${params.TOKEN}\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers() {
        for login in mounted::of(context.workflow, owned.container, owned.step).into_iter().filter(|login| login.provider.is_some_and(|provider| provider.name == "claude")) {
            if !context.facts.macos && !login.volume.source.starts_with("/Users/") {
                continue;
            }
            let span = context.span_in(&owned.container.volumes[login.index].1, login.volume.source_range);
            sink.push(
                sink.finding(span, "on macOS this folder holds no login: Claude Code keeps it in the Keychain, which a container cannot read")
                    .help("make a token with `claude setup-token` and pass it as `CLAUDE_CODE_OAUTH_TOKEN`"),
            );
        }
    }
}
