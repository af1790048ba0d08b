use super::{Check, Context, Has, Rule, Sink, built_in};
use crate::diagnostic::{Confidence, Diagnostic, Severity};
use crate::workflow::harness::FlagValue;

pub(super) static RULE: Rule = Rule {
    name: "permission-bypass-as-root",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "Claude Code is to skip its permission checks, as root in a container.",
    why: "Claude Code refuses `dangerously_skip_permissions` and `permission_mode: bypassPermissions` for root, and ends before it asks its service. In a container made for it alone, `IS_SANDBOX=1` tells it that this is meant; or the container has another `user`.

Without `user` the image decides. One that is built as the page shows has no `USER`, and runs as root: the finding is then an information. `dagu-rs check --probe` asks for the image's user.",
    grounds: "Measured with Claude Code 2.1.328 as root: both options end with `--dangerously-skip-permissions cannot be used with root/sudo privileges for security reasons` and exit code 1; with `IS_SANDBOX=1` it goes on.",
    bad: "params:\n\
        \x20 - KEY: \"\"\n\
        steps:\n\
        \x20 - id: mend\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
        \x20     user: root\n\
        \x20     env:\n\
        \x20       - ANTHROPIC_API_KEY=${params.KEY}\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Mend the failing test.\n\
        \x20     dangerously_skip_permissions: true\n",
    good: "params:\n\
        \x20 - KEY: \"\"\n\
        steps:\n\
        \x20 - id: mend\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
        \x20     user: root\n\
        \x20     env:\n\
        \x20       - ANTHROPIC_API_KEY=${params.KEY}\n\
        \x20       - IS_SANDBOX=1\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Mend the failing test.\n\
        \x20     dangerously_skip_permissions: true\n",
    absence: true,
    check: Check::Where(Has::Agents, &Check::Document(check)),
};

const VARIABLE: &str = "IS_SANDBOX";

fn check(context: &Context<'_>, sink: &mut Sink) {
    for (step, harness) in context.harness_steps() {
        let Some(container) = context.workflow.container_of(step).filter(|container| container.image().is_some()) else { continue };
        let user = container.user.as_deref().map(|user| user.split(':').next().unwrap_or_default().trim()).filter(|user| !user.is_empty());
        let contents = container.image().and_then(|image| context.facts.images.get(&image.value)).and_then(|image| image.contents());
        let of_image = contents.map(|contents| contents.user.split(':').next().unwrap_or_default().trim());
        if user.or(of_image).is_some_and(|user| !matches!(user, "" | "root" | "0")) {
            continue;
        }
        for attempt in &harness.attempts {
            if built_in(context, attempt).is_none_or(|provider| provider.name != "claude") {
                continue;
            }
            let Some((key, _)) = attempt.flags.iter().find(|(key, value)| skips(&key.value.replace('_', "-"), value)) else { continue };
            if context.sight().of(step).iter().any(|visible| visible.name == VARIABLE) {
                continue;
            }
            let help = format!("add `- {VARIABLE}=1` to the container's `env`, or set a `user` other than root");
            sink.push(match user.or(of_image) {
                Some(_) if user.is_none() => {
                    sink.finding(key.span, format!("Claude Code refuses `{}` for root, and the image runs as root, so the step fails", key.value)).help(help)
                }
                Some(_) => sink.finding(key.span, format!("Claude Code refuses `{}` for root, so the step fails", key.value)).help(help),
                None => {
                    let message = format!("Claude Code refuses `{}` for root, and that is who it is unless the image has another user", key.value);
                    Diagnostic { severity: Severity::Info, ..sink.finding(key.span, message).help(help) }
                }
            });
        }
    }
}

fn skips(key: &str, value: &FlagValue) -> bool {
    match value {
        FlagValue::Bool(on) => *on && key == "dangerously-skip-permissions",
        FlagValue::Text(text) => key == "permission-mode" && text == "bypassPermissions",
        _ => false,
    }
}
