use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Fix, Safety, Severity};
use crate::suggest::nearest;
use crate::workflow::call;

pub(super) static RULE: Rule = Rule {
    name: "sub-dag-unknown",
    severity: Severity::Warning,
    refused: false,
    summary: "A call of a DAG that is neither in the file, nor in the folder of DAGs, nor beside the file.",
    why: "The engine looks for the DAG when the step runs: among the documents of the file, in its folder of DAGs, and beside the file. Where it finds none, the step fails. The rule reports only when the folder of DAGs is named, with `--dags-dir` or `DAGU_DAGS_DIR`: another machine may have other DAGs.",
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
    check: Check::Document(check),
};

/// Names that a wrong one is compared with.
const MOST_COMPARED: usize = 500;

fn check(context: &Context<'_>, sink: &mut Sink) {
    let dags = &context.facts.dags;
    let Some((folder, names)) = &dags.folder else { return };
    for call in call::calls(context.tree, context.workflow) {
        let target = call.target.value;
        if context.locals.contains_key(target) || dags.found.contains_key(target) {
            continue;
        }
        let message = format!("no DAG is called `{target}`: looked for in this file, in {folder} and beside the file");
        let finding = sink.finding(call.target.span, message);
        let local = context.locals.keys().copied();
        sink.push(match nearest(target, local.chain(names.iter().map(String::as_str)).take(MOST_COMPARED)) {
            Some(near) => finding
                .help(format!("did you mean `{near}`?"))
                .fix(Fix::replace(format!("Change to `{near}`"), Safety::Unsafe, call.target.span, near)),
            None => finding,
        });
    }
}
