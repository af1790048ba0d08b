use std::collections::HashSet;

use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Fix, Safety, Severity};
use crate::suggest::{Slips, nearest};
use crate::workflow::call;

pub(super) static RULE: Rule = Rule {
    name: "sub-dag-unknown",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A call of a DAG that is neither in the file, nor in the folder of DAGs, nor beside the file.",
    why: "The engine looks for the DAG when the step runs: among the documents of the file, in its folder of DAGs, and beside the file. Where it finds none, the step fails. Another machine may have other DAGs, so the rule reports only when the folder of DAGs is named, with `--dags-dir` or `DAGU_DAGS_DIR`, or when the name is nearly that of a document of the file which nothing calls.",
    grounds: "Measured on the engine: `failed to locate DAG` when the step runs; names are found with and without `.yaml` or `.yml`, with `./`, and below folders.",
    bad: "# dags/greet.yaml\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n\
        # dag.yaml\n\
        steps:\n\
        \x20 - id: child\n\
        \x20   action: dag.run\n\
        \x20   with: {dag: great}\n",
    good: "# dags/greet.yaml\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n\
        # dag.yaml\n\
        steps:\n\
        \x20 - id: child\n\
        \x20   action: dag.run\n\
        \x20   with: {dag: greet}\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &[], steps: &["action", "call"] }, &Check::Among(check)),
};

/// Names that a wrong one is compared with.
const MOST_COMPARED: usize = 500;

fn check(context: &Context<'_>, sink: &mut Sink) {
    let dags = &context.facts.dags;
    let mut uncalled = None;
    for call in context.steps().filter_map(|step| call::call_of(context.tree, step)) {
        let target = call.target.value;
        let is_itself = context.facts.file_stem.as_deref() == Some(target);
        if is_itself || context.locals.contains_key(target) || dags.found.contains_key(target) {
            continue;
        }
        let slip = uncalled.get_or_insert_with(|| uncalled_documents(context)).find(target, |_, _| true).map(|(near, _)| near);
        let (message, near) = match (&dags.folder, slip) {
            (Some((folder, names)), _) => {
                let known = context.locals.keys().copied().chain(names.iter().map(String::as_str)).take(MOST_COMPARED);
                (format!("no DAG is called `{target}`: looked for in this file, in {folder} and beside the file"), nearest(target, known))
            }
            (None, Some(near)) => (format!("no document of this file is called `{target}`, and nothing calls `{near}`"), Some(near)),
            (None, None) => continue,
        };
        let mut finding = sink.finding(call.target.span, message);
        if let Some(near) = near {
            let declaration = context.locals.get(near).and_then(|document| document.name.as_ref());
            if let Some(declaration) = declaration {
                finding = finding.related(declaration.span, format!("`{near}` is named here"));
            }
            let fix = Fix::replace(format!("Change to `{near}`"), Safety::Unsafe, call.target.span, near);
            finding = finding.help(format!("did you mean `{near}`?")).fix(fix);
        }
        sink.push(finding);
    }
}

/// The documents of the file that no other calls.
fn uncalled_documents<'a>(context: &Context<'a>) -> Slips<'a> {
    let calls = context.workflows.iter().flat_map(|workflow| call::calls(context.tree, workflow));
    let called: HashSet<&str> = calls.map(|call| call.target.value).collect();
    Slips::of(context.locals.keys().copied().filter(|name| !called.contains(name)))
}
