use std::cell::LazyCell;

use super::edits::{import_secret, pass_on};
use super::{Check, Context, Rule, Sink, known, one_of, uses_local_model};
use crate::diagnostic::{Confidence, Fix, Safety, Severity};
use crate::workflow::visibility::Sight;
use crate::workflow::{Container, mounted, volume};

pub(super) static RULE: Rule = Rule {
    name: "hosted-provider-without-credential",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "An agent that needs a credential runs in a container that sees none.",
    why: "A container gets nothing from its surroundings: the agent's key has to be in `container.env` (or the step's `env`), or its login folder has to be mounted. Without either the agent cannot sign in.",
    grounds: "Page \"Run Claude Code in a Container\": \"the credential must be available inside the container\". Page \"Docker sandbox for harness.run\": \"Credentials are not implicit\".",
    bad: "steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
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
        \x20     env:\n\
        \x20       - ANTHROPIC_API_KEY=${params.KEY}\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n",
    absence: true,
    check: Check::Document(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let sight = LazyCell::new(|| Sight::new(context.workflow, &context.facts.dotenv));
    for (step, harness) in context.harness_steps() {
        // What an existing container holds is not known.
        let Some(container) = context.workflow.container_of(step).filter(|container| container.image().is_some()) else { continue };
        let mut seen = sight.of(step);
        seen.retain(|visible| visible.contract.environment);
        for attempt in harness.attempts.iter().filter(|attempt| !uses_local_model(attempt)) {
            let (Some(provider), Some(name)) = (known(context, attempt).filter(|known| known.is_hosted() && known.signs_in()), &attempt.provider) else { continue };
            // A credential of another service is none for this one; a name of one's own may be.
            let by_name = seen.iter().any(|visible| {
                let name = visible.name.as_str();
                let is_own = provider.credentials().any(|credential| credential == name);
                is_own || (visible.credential && !context.workflow.is_known_credential(name)) || is_route(name)
            });
            let own = step.container.as_ref().map(|_| step);
            let by_mount = mounted::of(context.workflow, container, own).iter().any(|login| login.owner.as_deref() == Some(provider.name())) || mounts_a_home(container);
            if by_name || by_mount {
                continue;
            }
            let names: Vec<&str> = provider.credentials().collect();
            let help = match names.is_empty() {
                true => "mount its login folder".to_owned(),
                false => format!("pass {} in `container.env`, or mount its login folder", one_of(names.iter().copied().take(3))),
            };
            let finding = sink
                .finding(name.span, format!("{} runs in a container that sees no credential for it", provider.title()))
                .related(container.key, "nothing in this container's `env` or `volumes` is one")
                .help(help);
            // In the root container every step could read it.
            let own = step.container.as_deref();
            sink.push(match own.and_then(|container| pass_credential(context, container, &names)) {
                Some(fix) => finding.fix(fix),
                None => finding,
            });
        }
    }
}

/// The change that passes a credential on: one that the DAG has, else the first of the provider's,
/// as a secret that is taken from the host.
fn pass_credential(context: &Context<'_>, container: &Container, names: &[&str]) -> Option<Fix> {
    let defined = context.defined_names();
    let known = names.iter().find(|name| defined.contains(*name) || context.facts.dotenv.contains(name));
    let name = known.or_else(|| names.first())?;
    let mut edits = vec![pass_on(container, &context.tree.text, name)?];
    if known.is_none() {
        edits.push(import_secret(context, name)?);
    }
    Some(Fix { title: format!("Pass `{name}` into the container"), safety: Safety::Unsafe, edits })
}

/// Names that lead the agent to a service of one's own, or to a cloud's own sign-in.
fn is_route(name: &str) -> bool {
    name.ends_with("_BASE_URL") || name.ends_with("_HOST") || name.starts_with("CLAUDE_CODE_USE_") || name.ends_with("_CONFIG_CONTENT") || name.starts_with("AWS_")
}

/// Whether a volume brings in a folder that may hold a login: anything below a home folder, or
/// mounted onto one.
fn mounts_a_home(container: &Container) -> bool {
    container.mounts().iter().any(|(volume, _)| {
        let target_is_home = ["/root", "/home/"].iter().any(|home| volume.target.starts_with(home)) || volume.target.contains("/.");
        let source_is_home = volume.source.starts_with('~') || volume.source.contains("HOME") || volume.source.contains("/.");
        target_is_home || source_is_home || volume.kind == volume::VolumeKind::Named
    })
}
