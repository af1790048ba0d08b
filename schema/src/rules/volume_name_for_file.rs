use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Fix, Safety, Severity};
use crate::workflow::volume::{self, VolumeKind};

pub(super) static RULE: Rule = Rule {
    name: "volume-name-for-file",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "The source of a volume looks like a file, but is taken for the name of a volume.",
    why: "A source without `/` that does not start with `.` or `~` is the name of a volume that the container engine keeps, and such a volume is an empty folder. The file is not mounted. With `./` before it, it is a path.",
    grounds: "Measured on the engine: `settings.json:/app/settings.json` makes an empty folder `/app/settings.json`.",
    bad: "working_dir: .\n\
        container:\n\
        \x20 image: alpine:3.20\n\
        \x20 volumes:\n\
        \x20   - settings.json:/app/settings.json:ro\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: cat /app/settings.json\n",
    good: "working_dir: .\n\
        container:\n\
        \x20 image: alpine:3.20\n\
        \x20 volumes:\n\
        \x20   - ./settings.json:/app/settings.json:ro\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: cat /app/settings.json\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers() {
        for (text, node) in &owned.container.volumes {
            let Some(volume) = volume::parse(text).ok().filter(|volume| volume.kind == VolumeKind::Named) else { continue };
            let extension = |name: &str| name.rsplit_once('.').map(|(_, extension)| extension.to_owned()).filter(|extension| !extension.is_empty());
            let target = volume.target.rsplit('/').next().unwrap_or_default();
            if volume.source.contains('$') || extension(&volume.source).is_none() || extension(&volume.source) != extension(target) {
                continue;
            }
            let message = format!("`{}` is the name of a volume here, which is an empty folder: a path has a `/`", volume.source);
            let span = context.span_in(node, volume.source_range);
            let path = format!("./{}", volume.source);
            sink.push(sink.finding(span, message).help(format!("write `{path}`")).fix(Fix::replace(format!("Write `{path}`"), Safety::Unsafe, span, path)));
        }
    }
}
