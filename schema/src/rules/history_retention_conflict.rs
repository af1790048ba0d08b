use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "history-retention-conflict",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "`hist_retention_days` and `hist_retention_runs` in one DAG.",
    why: "Finished runs are kept for a number of days, or a number of them is kept. The engine rejects a DAG that asks for both.",
    grounds: "Engine, at load: `hist_retention_days and hist_retention_runs cannot both be specified`; 0 days counts as specified.",
    bad: "hist_retention_days: 30\n\
        hist_retention_runs: 100\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "hist_retention_runs: 100\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["hist_retention_days"], steps: &[] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let root = &context.workflow.node;
    let given = |field: &str| root.entry(field).filter(|entry| !entry.value.is_null());
    if let (Some(days), Some(runs)) = (given("hist_retention_days"), given("hist_retention_runs")) {
        let finding = sink.finding(runs.key.span, "runs are kept either by number or by age: `hist_retention_days` is given as well");
        sink.push(finding.related(days.key.span, "`hist_retention_days` is here").help("leave one of the two out"));
    }
}
