use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::{order, shell, volume};

pub(super) static RULE: Rule = Rule {
    name: "volume-read-only-written",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A command writes below a target that is mounted read-only.",
    why: "With `:ro` every attempt to write there fails. The command, and with it the step, does too.",
    grounds: "Measured on the engine: with `.:/w:ro` and `working_dir: /w`, `echo x > out.txt` in the container's shell fails with `can't create out.txt: Read-only file system`.",
    bad: "working_dir: .\n\
        container:\n\
        \x20 image: alpine:3.20\n\
        \x20 shell: [/bin/sh, -c]\n\
        \x20 working_dir: /workspace\n\
        \x20 volumes:\n\
        \x20   - .:/workspace:ro\n\
        steps:\n\
        \x20 - id: report\n\
        \x20   run: date > report.txt\n",
    good: "working_dir: .\n\
        container:\n\
        \x20 image: alpine:3.20\n\
        \x20 shell: [/bin/sh, -c]\n\
        \x20 working_dir: /workspace\n\
        \x20 volumes:\n\
        \x20   - .:/workspace\n\
        steps:\n\
        \x20 - id: report\n\
        \x20   run: date > report.txt\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps() {
        let Some(container) = context.workflow.container_of(step).filter(|container| container.volumes.iter().any(|(text, _)| text.ends_with(":ro"))) else { continue };
        let mounts = container.mounts();
        if mounts.iter().any(|(mount, _)| mount.target.contains('$')) {
            continue;
        }
        for (text, node) in order::shell_texts(step) {
            let tokens = shell::tokens(text);
            if tokens.iter().any(|token| matches!(token.literal(), Some("cd" | "pushd" | "ssh" | "chroot"))) {
                continue;
            }
            for (at, token) in tokens.iter().enumerate() {
                let Some(path) = token.literal().filter(|path| !path.is_empty() && !path.starts_with('-')) else { continue };
                let redirected = at.checked_sub(1).and_then(|before| tokens.get(before)).is_some_and(|before| before.redirects_output() && !before.operator().is_some_and(|operator| operator.ends_with('&')));
                if !redirected && !matches!(order::command_word(&tokens, at), Some("tee" | "touch" | "mkdir")) {
                    continue;
                }
                let inside = match (path.starts_with('/'), container.working_dir.as_deref()) {
                    (true, _) => volume::normal(path),
                    (false, Some(directory)) if directory.starts_with('/') && !directory.contains('$') => volume::normal(&format!("{directory}/{path}")),
                    _ => continue,
                };
                let nearest = mounts.iter().filter_map(|(mount, node)| Some((volume::below(&inside, &mount.target)?.len(), mount, node))).min_by_key(|(rest, ..)| *rest);
                let Some((_, mount, mounted)) = nearest.filter(|(_, mount, _)| mount.read_only) else { continue };
                let message = format!("`{path}` cannot be written: `{}` is mounted read-only", mount.target);
                let mode = mount.mode_range.clone().unwrap_or_default();
                let finding = sink.finding(context.span_in(node, token.range.clone()), message);
                sink.push(finding.related(context.span_in(mounted, mode), "mounted read-only here").help("write elsewhere, or leave `:ro` out"));
            }
        }
    }
}
