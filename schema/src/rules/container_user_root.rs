use super::{Check, Context, Has, Owned, Rule, Sink, agents, known};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "container-user-root",
    severity: Severity::Info,
    confidence: Confidence::Maybe,
    refused: false,
    summary: "An agent runs as root in its container.",
    why: "Whoever writes a prompt, or a file that the agent reads, decides what is executed; as root that may be anything in the container, and files in mounted folders come to belong to root. Without `user` the image decides, and an image that names nobody means root.",
    grounds: "Docker: a container runs as root unless its image or `user` names somebody else. Measured on the engine: `id -u` in `alpine:3.20` without `user` prints 0.",
    bad: "params:\n\
        \x20 - KEY: \"\"\n\
        steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
        \x20     user: root\n\
        \x20     env:\n\
        \x20       - ANTHROPIC_API_KEY=${params.KEY}\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n",
    good: "params:\n\
        \x20 - KEY: \"\"\n\
        steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
        \x20     user: \"1000:1000\"\n\
        \x20     env:\n\
        \x20       - ANTHROPIC_API_KEY=${params.KEY}\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n",
    absence: true,
    check: Check::Where(Has::Containers, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers() {
        let Some(image) = owned.container.image() else { continue };
        let user = owned.container.entry("user").filter(|entry| !entry.value.is_null());
        let is_root = |user: &str| matches!(user.split(':').next(), Some("root" | "0"));
        if owned.container.user.as_deref().is_some_and(|user| !is_root(user) && !user.is_empty()) || !runs_agent(context, owned){
            continue;
        }
        sink.push(match user {
            Some(user) => sink.finding(user.value_span(), "the agent runs as root in its container").help("name another user, such as `1000:1000`"),
            None => sink
                .finding(image.span, "nothing says as whom the agent runs: it is root, unless the image names somebody else")
                .help("add `user`, such as `1000:1000`"),
        });
    }
}

fn runs_agent<'a>(context: &Context<'a>, owned: Owned<'a>) -> bool {
    let attempts = agents(context, owned).into_iter().filter_map(|step| step.harness()).flat_map(|harness| &harness.attempts);
    attempts.into_iter().any(|attempt| known(context, attempt).is_some())
}
