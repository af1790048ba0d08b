use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::syntax::NodeRef;
use crate::workflow::Step;

pub(super) static RULE: Rule = Rule {
    name: "stream-target-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "Standard output or standard error goes to a file where it cannot.",
    why: "An artifact is a file below the run's own folder, so its path is relative and does not lead upwards. And the two streams cannot both write one file: `log_output: merged` puts them together. The engine does not load the DAG otherwise.",
    grounds: "Engine, at load: `artifact path must be relative`, `artifact path must not contain parent directory segments`, `artifact path must name a file`, `stdout and stderr cannot point to the same file`.",
    bad: "steps:\n\
        \x20 - id: report\n\
        \x20   run: ./report.sh\n\
        \x20   stdout:\n\
        \x20     artifact: ../report.txt\n",
    good: "steps:\n\
        \x20 - id: report\n\
        \x20   run: ./report.sh\n\
        \x20   stdout:\n\
        \x20     artifact: report.txt\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &[], steps: &["stdout", "stderr"] }, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps() {
        for path in ["stdout", "stderr"].into_iter().filter_map(|key| step.node.get(key)?.get_some("artifact")) {
            if let Some(fault) = path.string().filter(|text| !text.trim().is_empty()).and_then(fault) {
                sink.report(path.span, fault);
            }
        }
        same(sink, step);
    }
}

/// Why a path is none of an artifact. Backslashes count as slashes, as they do on Windows.
fn fault(path: &str) -> Option<&'static str> {
    let path = path.trim().replace('\\', "/");
    let has_drive = path.as_bytes().get(1) == Some(&b':') && path.starts_with(|c: char| c.is_ascii_alphabetic());
    if path.starts_with('/') || path.starts_with("~/") || path == "~" || has_drive {
        return Some("the path of an artifact must be relative: it lies in the run's own folder");
    }
    if path.split('/').any(|part| part == "..") {
        return Some("the path of an artifact cannot lead upwards (`..`): it lies in the run's own folder");
    }
    path.split('/').all(|part| matches!(part, "" | ".")).then_some("the path of an artifact must name a file")
}

fn same(sink: &mut Sink, step: &Step) {
    let (Some(out), Some(err)) = (step.node.get("stdout"), step.node.get("stderr")) else { return };
    let artifacts = (out.get("artifact"), err.get("artifact"));
    let pair = match artifacts {
        (Some(out), Some(err)) => (out, err, true),
        _ => (out, err, false),
    };
    let (out, err, are_artifacts) = pair;
    let path = |node: &NodeRef| {
        let text = node.string().map(str::trim).filter(|text| !text.is_empty())?;
        Some(if are_artifacts { clean(text) } else { text.to_owned() })
    };
    if let (Some(one), Some(other)) = (path(out), path(err))
        && one == other
    {
        let finding = sink.finding(err.span, "standard output and standard error cannot go to the same file");
        sink.push(finding.related(out.span, "standard output goes there").help("leave out `stderr`, and add `log_output: merged`"));
    }
}

/// A path without its `.` parts.
fn clean(path: &str) -> String {
    let parts: Vec<&str> = path.split(['/', '\\']).filter(|part| !matches!(*part, "" | ".")).collect();
    parts.join("/")
}
