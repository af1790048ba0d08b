use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::{Step, mounted};

pub(super) static RULE: Rule = Rule {
    name: "login-in-other-home",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "An agent's login is mounted into the home folder of another user than the container's.",
    why: "The agent looks in the home folder of the user that it runs as, and `/root` is closed to all others. A login in somebody else's home folder is not found.",
    grounds: "Page \"Run Claude Code in a Container\": the login is below the home folder unless `CLAUDE_CONFIG_DIR` names another. Images of Debian and Alpine have `/root` with mode 0700.",
    bad: "steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
        \x20     user: node\n\
        \x20     volumes:\n\
        \x20       - ${HOME}/.claude:/root/.claude\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n",
    good: "steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
        \x20     user: node\n\
        \x20     volumes:\n\
        \x20       - ${HOME}/.claude:/home/node/.claude\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers() {
        let container = owned.container;
        let Some(user) = container.user.as_deref().map(|user| user.split(':').next().unwrap_or_default().trim()) else { continue };
        if user.is_empty() || user.contains('$') {
            continue;
        }
        let is_root = matches!(user, "root" | "0");
        let step_env = owned.step.into_iter().flat_map(Step::every_env);
        for login in mounted::of(context.workflow, container, owned.step) {
            let Some((provider, directory)) = login.provider.and_then(|provider| Some((provider, provider.directory?))) else { continue };
            let told = |name: &str| name == "HOME" || directory.variable == Some(name);
            let is_told = container.env.iter().chain(step_env.clone()).any(|entry| told(&entry.name.value));
            let target = login.volume.target.as_str();
            let closed = !is_root && target.starts_with("/root/");
            let elsewhere = is_root && target.starts_with("/home/") && !is_told;
            let Some((_, node)) = container.volumes.get(login.index).filter(|_| closed || elsewhere) else { continue };
            let message = match closed {
                true => format!("the container's user is `{user}`, who cannot look into `/root`: {} does not find its login", provider.title),
                false => format!("the container's user is `{user}`, whose home folder is `/root`: {} does not find its login here", provider.title),
            };
            let finding = sink.finding(context.span_in(node, login.volume.target_range.clone()), message);
            let finding = match container.entry("user") {
                Some(entry) => finding.related(entry.value_span(), "the user that the agent runs as"),
                None => finding,
            };
            sink.push(finding.help("mount it into the home folder of this user, or change `user`"));
        }
    }
}
