use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Fix, Safety, Severity};
use crate::workflow::mounted;

pub(super) static RULE: Rule = Rule {
    name: "credential-mounted-read-only",
    severity: Severity::Info,
    confidence: Confidence::Maybe,
    refused: false,
    summary: "The login of Claude Code or Codex is mounted read-only.",
    why: "Both renew a login when it runs out, write the new one into its folder, and keep their sessions there. Read-only, the agent works until then; afterwards it has to be logged in again, perhaps on the machine as well, since the old token may have been used up. A key in `container.env` needs no folder.",
    grounds: "Claude Code and Codex write renewed tokens and their sessions into the folder of their login. OAuth 2.0 (RFC 6749, section 6): with a new access token may come a new refresh token, which replaces the old one.",
    bad: "steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
        \x20     volumes:\n\
        \x20       - ${HOME}/.claude:/root/.claude:ro\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n",
    good: "steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
        \x20     volumes:\n\
        \x20       - ${HOME}/.claude:/root/.claude\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers() {
        for login in mounted::of(context.workflow, owned.container, owned.step) {
            let Some(provider) = login.provider.filter(|provider| matches!(provider.name, "claude" | "codex")) else { continue };
            let Some(mode) = login.volume.mode_range.filter(|_| login.volume.read_only) else { continue };
            let Some((_, node)) = owned.container.volumes.get(login.index) else { continue };
            let span = context.span_in(node, mode);
            let message = format!("{} cannot renew its login here: the folder is read-only", provider.title);
            sink.push(
                sink.finding(span, message)
                    .help("mount it writable, or pass a key in `container.env`")
                    .fix(Fix::replace("Mount it writable", Safety::Unsafe, span, "rw")),
            );
        }
    }
}
