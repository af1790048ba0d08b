use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::{Step, mounted};

pub(super) static RULE: Rule = Rule {
    name: "credential-directory-without-variable",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "An agent's login folder is mounted, but the agent is not told where.",
    why: "The agent looks for its login in its home folder of the container. Mounted anywhere else, it is found only through the agent's variable: `CLAUDE_CONFIG_DIR` for Claude Code, `CODEX_HOME` for Codex.",
    grounds: "Page \"Run Claude Code in a Container\": \"Mount the host directory and set `CLAUDE_CONFIG_DIR` inside the container\".",
    bad: "steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
        \x20     volumes:\n\
        \x20       - ${HOME}/.claude:/claude-config\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n",
    good: "steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
        \x20     volumes:\n\
        \x20       - ${HOME}/.claude:/claude-config\n\
        \x20     env:\n\
        \x20       - CLAUDE_CONFIG_DIR=/claude-config\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers() {
        let container = owned.container;
        for login in mounted::of(context.workflow, container, owned.step) {
            let Some((provider, directory)) = login.provider.and_then(|provider| Some((provider, provider.directory?))) else { continue };
            let Some(variable) = directory.variable else { continue };
            let target = login.volume.target.trim_end_matches('/');
            if target.ends_with(&format!("/{}", directory.home)) || target.contains(&format!("/{}/", directory.home)) {
                continue;
            }
            let step_env = owned.step.into_iter().flat_map(Step::every_env);
            let set = container.env.iter().chain(step_env).find(|entry| entry.name.value == variable);
            let span = context.span_in(&container.volumes[login.index].1, login.volume.target_range.clone());
            match set {
                Some(entry) if entry.value.contains('$') || is_at_or_below(target, entry.value.trim_end_matches('/')) => {}
                Some(entry) => sink.push(
                    sink.finding(span, format!("the login of {} is mounted here, but `{variable}` points elsewhere", provider.title))
                        .related(entry.span, format!("`{variable}` is set here"))
                        .help(format!("set `{variable}={target}`")),
                ),
                None => sink.push(
                    sink.finding(span, format!("the login of {} is mounted here, but `{variable}` does not say so: it looks in its home folder", provider.title))
                        .help(format!("add `- {variable}={target}` to the container's `env`")),
                ),
            }
        }
    }
}

/// Whether one path is the other or lies below it, either way: a single file of the folder may be
/// mounted.
fn is_at_or_below(target: &str, folder: &str) -> bool {
    target == folder || target.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}
