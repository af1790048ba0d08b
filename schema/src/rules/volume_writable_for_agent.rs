use super::{Check, Context, Has, Rule, Sink, agents, built_in};
use crate::diagnostic::{Confidence, Fix, Safety, Severity};
use crate::workflow::Attempt;
use crate::workflow::harness::FlagValue;
use crate::workflow::volume::{self, VolumeKind};

pub(super) static RULE: Rule = Rule {
    name: "volume-writable-for-agent",
    severity: Severity::Info,
    confidence: Confidence::Maybe,
    refused: false,
    summary: "A project is mounted writable for agents that only read it.",
    why: "Nothing gives the agent leave to edit files: Claude Code asks for it, which nobody answers in a container, and Codex works read-only. With `:ro` what it runs cannot change the project either, whatever the project's own settings allow.",
    grounds: "Page \"Run Claude Code in a Container\": the review mounts `.:/workspace:ro`. Claude Code: `-p` refuses edits that no permission mode or tool list allows. Codex: `exec` has the sandbox `read-only` by default.",
    bad: "working_dir: .\n\
        params:\n\
        \x20 - KEY: \"\"\n\
        steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
        \x20     volumes:\n\
        \x20       - ./project:/workspace\n\
        \x20     env:\n\
        \x20       - ANTHROPIC_API_KEY=${params.KEY}\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n",
    good: "working_dir: .\n\
        params:\n\
        \x20 - KEY: \"\"\n\
        steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
        \x20     volumes:\n\
        \x20       - ./project:/workspace:ro\n\
        \x20     env:\n\
        \x20       - ANTHROPIC_API_KEY=${params.KEY}\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers().filter(|owned| !owned.container.volumes.is_empty()) {
        let agents = agents(context, owned);
        let only_agents = owned.step.is_some() || context.root_container_steps().all(|step| step.harness().is_some());
        let mut attempts = agents.iter().filter_map(|step| step.harness()).flat_map(|harness| &harness.attempts);
        if agents.is_empty() || !only_agents || attempts.any(|attempt| may_edit(context, attempt)) {
            continue;
        }
        for (text, node) in &owned.container.volumes {
            let Ok(volume) = volume::parse(text) else { continue };
            if volume.kind != VolumeKind::Bind || volume.read_only || !volume.source.starts_with('.') {
                continue;
            }
            let end = text.len()..text.len();
            let finding = sink
                .finding(context.span_in(node, volume.source_range), "nothing lets the agent edit files, and the project is mounted writable")
                .help("add `:ro`");
            sink.push(match volume.mode_range {
                None => finding.fix(Fix::replace("Mount it read-only", Safety::Unsafe, context.span_in(node, end), ":ro")),
                Some(mode) => finding.fix(Fix::replace("Mount it read-only", Safety::Unsafe, context.span_in(node, mode), "ro")),
            });
        }
    }
}

/// Whether an agent may edit files, as far as its flags tell.
fn may_edit(context: &Context<'_>, attempt: &Attempt) -> bool {
    const FLAGS: &[&str] = &["permission", "dangerously", "sandbox", "full", "allow", "tools", "settings", "agent", "config", "profile", "mode"];
    let is_read_only = |value: &FlagValue| matches!(value, FlagValue::Text(text) if matches!(text.as_str(), "read-only" | "plan" | "default"));
    !built_in(context, attempt).is_some_and(|provider| matches!(provider.name, "claude" | "codex"))
        || attempt.flags.iter().any(|(key, value)| FLAGS.iter().any(|flag| key.value.to_lowercase().contains(flag)) && !is_read_only(value))
}
