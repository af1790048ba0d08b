use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Fix, Safety, Severity};
use crate::workflow::volume::{self, VolumeKind};

pub(super) static RULE: Rule = Rule {
    name: "volume-name-for-folder",
    severity: Severity::Info,
    confidence: Confidence::Maybe,
    refused: false,
    summary: "The source of a volume is a name that folders of a project have.",
    why: "A source without `/` that does not start with `.` or `~` is the name of a volume that the container engine keeps, which is empty at first. The folder of that name is not mounted. With `./` before it, it is a path.",
    grounds: "Measured on the engine: `settings.json:/app/settings.json` mounts a new volume, and not the file beside the DAG; a folder goes the same way.",
    bad: "working_dir: .\n\
        container:\n\
        \x20 image: alpine:3.20\n\
        \x20 volumes:\n\
        \x20   - src:/src\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "working_dir: .\n\
        container:\n\
        \x20 image: alpine:3.20\n\
        \x20 volumes:\n\
        \x20   - ./src:/src\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

/// Folders that a project has, and hardly a volume's name.
const FOLDERS: &[&str] = &[
    "bin", "build", "config", "configs", "dist", "doc", "docs", "examples", "input", "inputs", "lib", "output", "outputs", "project", "public",
    "repo", "report", "reports", "script", "scripts", "source", "src", "test", "tests", "workspace",
];

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers() {
        for (text, node) in &owned.container.volumes {
            let Ok(volume) = volume::parse(text) else { continue };
            if volume.kind != VolumeKind::Named || !FOLDERS.contains(&volume.source.as_str()) {
                continue;
            }
            let span = context.span_in(node, volume.source_range);
            let path = format!("./{}", volume.source);
            let message = format!("`{}` is the name of a volume here, not the folder of that name", volume.source);
            sink.push(sink.finding(span, message).help(format!("write `{path}` for the folder")).fix(Fix::replace(format!("Write `{path}`"), Safety::Unsafe, span, path)));
        }
    }
}
