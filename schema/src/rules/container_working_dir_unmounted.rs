use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::mounted::{self, Extent};
use crate::workflow::volume::{self, VolumeKind};

pub(super) static RULE: Rule = Rule {
    name: "container-working-dir-unmounted",
    severity: Severity::Info,
    confidence: Confidence::Maybe,
    refused: false,
    summary: "The `working_dir` of a container lies outside of everything that is mounted into it.",
    why: "Commands start in `working_dir`. When the project is mounted elsewhere they do not find its files by relative paths, and what they write is gone with the container: the folder is the image's own, or a new one that is empty.",
    grounds: "Measured on the engine: with `.:/workspace` and `working_dir: /elsewhere` a command finds an empty folder.",
    bad: "working_dir: .\n\
        container:\n\
        \x20 image: alpine:3.20\n\
        \x20 working_dir: /app\n\
        \x20 volumes:\n\
        \x20   - ./project:/workspace\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "working_dir: .\n\
        container:\n\
        \x20 image: alpine:3.20\n\
        \x20 working_dir: /workspace\n\
        \x20 volumes:\n\
        \x20   - ./project:/workspace\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers() {
        let container = owned.container;
        let Some(entry) = container.entry("working_dir").filter(|_| container.image().is_some()) else { continue };
        let Some(folder) = container.working_dir.as_deref().filter(|folder| folder.starts_with('/') && !folder.contains('$')) else { continue };
        let folder = volume::normal(folder);
        let mut logins = mounted::of(context.workflow, container, owned.step);
        logins.retain(|login| login.extent == Extent::Login);
        let mut projects = 0;
        let mut is_near = false;
        for (index, (text, _)) in container.volumes.iter().enumerate() {
            let Ok(volume) = volume::parse(text) else { continue };
            let target = volume::normal(&volume.target);
            is_near |= volume.target.contains('$') || volume::below(&folder, &target).is_some() || volume::below(&target, &folder).is_some();
            projects += usize::from(volume.kind == VolumeKind::Bind && logins.iter().all(|login| login.index != index));
        }
        if projects > 0 && !is_near {
            let message = format!("nothing is mounted at `{folder}`: commands start in a folder of the image, or in an empty one");
            sink.push(sink.finding(entry.value_span(), message).help("name the target of the volume with the files, or mount them here"));
        }
    }
}
