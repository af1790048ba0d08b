use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::syntax::{Content, Kind, NodeRef};
use crate::workflow::key_shape;

pub(super) static RULE: Rule = Rule {
    name: "credential-literal",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A key or token stands in the file.",
    why: "Whoever can read the DAG can use it: everybody with the repository, its history, and the server's page of the DAG. Revoke it, and take the new one from `secrets`.",
    grounds: "The services' own pages on the form of their keys. Measured: the engine accepts it without a word.",
    bad: "env:\n\
        \x20 - GITHUB_TOKEN: ghp_q7Rk2mVx9TzL4cWb8NfY1sHd6JpA3gEu5oXi\n\
        steps:\n\
        \x20 - id: fetch\n\
        \x20   run: gh repo list\n",
    good: "secrets:\n\
        \x20 - name: GITHUB_TOKEN\n\
        \x20   provider: env\n\
        \x20   key: GITHUB_TOKEN\n\
        steps:\n\
        \x20 - id: fetch\n\
        \x20   run: gh repo list\n",
    absence: false,
    check: Check::Document(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let mut open: Vec<&NodeRef> = vec![&context.workflow.node];
    while let Some(node) = open.pop() {
        if !node.may_hold(Content::LongWord) {
            continue;
        }
        match &node.kind {
            Kind::Mapping(entries) => open.extend(entries.iter().map(|entry| &entry.value)),
            Kind::Sequence(items) => open.extend(items),
            Kind::Scalar(scalar) => {
                for (range, what) in key_shape::keys(&scalar.text) {
                    let finding = sink.finding(context.span_in(node, range), format!("{what} stands in the file, for everybody who can read it"));
                    sink.push(finding.help("revoke it, and take the new one from `secrets`"));
                }
            }
            Kind::Alias(_) => {}
        }
    }
}
