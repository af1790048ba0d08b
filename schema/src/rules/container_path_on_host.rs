use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::syntax::NodeRef;
use crate::workflow::volume::{self, Volume};
use crate::workflow::shell;

pub(super) static RULE: Rule = Rule {
    name: "container-path-on-host",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A precondition, or a file for a step's output, is a path that only the container has.",
    why: "Preconditions and the `condition` of `repeat_policy` are tested outside of the container, and `stdout` and `stderr` are written there. A path below the target of a volume means nothing outside: the condition is not met, or the step fails.",
    grounds: "Measured on the engine with `/srv/x:/w`: `test -f /w/file` as precondition skips the step although the file is there, `stdout: /w/out.log` fails with `no such file or directory`.",
    bad: "working_dir: .\n\
        container:\n\
        \x20 image: alpine:3.20\n\
        \x20 volumes:\n\
        \x20   - .:/workspace\n\
        steps:\n\
        \x20 - id: build\n\
        \x20   run: ls /workspace\n\
        \x20   preconditions:\n\
        \x20     - test -f /workspace/build.sh\n",
    good: "working_dir: .\n\
        container:\n\
        \x20 image: alpine:3.20\n\
        \x20 volumes:\n\
        \x20   - .:/workspace\n\
        steps:\n\
        \x20 - id: build\n\
        \x20   run: ls /workspace\n\
        \x20   preconditions:\n\
        \x20     - test -f build.sh\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps() {
        let Some(container) = context.workflow.container_of(step).filter(|container| container.image().is_some()) else { continue };
        let mounts = container.mounts();
        // A folder that is outside too may well be meant.
        let outside = |path: &str| mounts.iter().any(|(mount, _)| mount.source.starts_with('/') && volume::below(path, &mount.source).is_some());
        let mount_of = |path: &str| {
            let of_path = |(mount, _): &&(Volume, NodeRef)| is_telling(&mount.target) && volume::below(path, &mount.target).is_some();
            mounts.iter().find(of_path).filter(|_| !outside(path))
        };
        let repeated = step.node.get("repeat_policy").and_then(|policy| policy.get("condition"));
        let repeated = repeated.and_then(|condition| Some((condition.text()?, condition.span)));
        let conditions = step.preconditions.iter().map(|condition| (condition.condition.as_str(), condition.span)).chain(repeated);
        for (text, span) in conditions {
            let tokens = shell::tokens(text);
            let in_container = tokens.iter().any(|token| matches!(token.literal(), Some("docker" | "podman")));
            let found = tokens.iter().filter_map(|token| token.literal()).find_map(|word| Some((word, mount_of(word)?)));
            let Some((path, (mount, mounted))) = found.filter(|_| !in_container) else { continue };
            let message = format!("this is tested outside of the container, where `{path}` is not: `{}` is the container's path", mount.target);
            sink.push(sink.finding(span, message).related(mounted.span, "mounted here").help(format!("write the path below `{}`", mount.source)));
        }
        for stream in [("stdout", &step.stdout), ("stderr", &step.stderr)] {
            let (key, Some(file)) = stream else { continue };
            let Some((mount, mounted)) = mount_of(&file.value) else { continue };
            let message = format!("`{key}` is written outside of the container, where `{}` is not: `{}` is the container's path", file.value, mount.target);
            sink.push(sink.finding(file.span, message).related(mounted.span, "mounted here").help(format!("write the path below `{}`", mount.source)));
        }
    }
}

/// Whether a path means the mount, and no folder that every machine has.
fn is_telling(target: &str) -> bool {
    const EVERYWHERE: &[&str] = &["/bin", "/dev", "/etc", "/home", "/lib", "/mnt", "/opt", "/proc", "/root", "/run", "/sbin", "/srv", "/sys", "/tmp", "/usr", "/var"];
    let top = target.get(1..).and_then(|rest| rest.split('/').next()).unwrap_or_default();
    !top.is_empty() && !target.contains('$') && !EVERYWHERE.iter().any(|folder| folder.get(1..) == Some(top))
}
