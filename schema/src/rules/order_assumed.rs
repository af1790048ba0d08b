use super::edits::{add_item, add_key_after_first, written};
use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::diagnostic::{Edit, Fix, Safety};
use crate::syntax::Kind;
use crate::workflow::order;

pub(super) static RULE: Rule = Rule {
    name: "order-assumed",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A step reads a file that another step writes, and nothing says which runs first.",
    why: "In a graph every step whose `depends` are done starts at once; the order in the file means nothing. `dagu-rs run` lets the reader wait for the writer and says so (unless `--no-infer-depends` is given). The engine starts both together, and the reader finds no file, or half of one.",
    grounds: "Measured on the engine: the smoke DAG of \"Docker sandbox for harness.run\" fails with `cat: can't open 'shared.txt'`.",
    bad: "steps:\n\
        \x20 - id: write\n\
        \x20   run: date > now.txt\n\
        \x20 - id: read\n\
        \x20   run: cat now.txt\n",
    good: "steps:\n\
        \x20 - id: write\n\
        \x20   run: date > now.txt\n\
        \x20 - id: read\n\
        \x20   run: cat now.txt\n\
        \x20   depends: write\n",
    absence: false,
    check: Check::Document(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let workflow = context.workflow;
    for assumed in order::infer(workflow) {
        let (writer, reader) = (&workflow.steps[assumed.writer], &workflow.steps[assumed.reader]);
        let message = format!(
            "`{}` reads `{}`, which `{}` writes, and no `depends` says which runs first: the engine starts both at once",
            reader.called(),
            assumed.path,
            writer.called()
        );
        let finding = sink
            .finding(context.span_in(&assumed.read.0, assumed.read.1.clone()), message)
            .related(context.span_in(&assumed.written.0, assumed.written.1.clone()), format!("`{}` writes it here", writer.called()))
            .help(format!("add `depends: {}` to `{}`", writer.called(), reader.called()));
        let name = written(writer.called(), false);
        let line = format!("depends: {name}");
        let edit = match reader.node.entry("depends") {
            None => add_key_after_first(&reader.node, &context.tree.text, std::slice::from_ref(&line)),
            Some(entry) if entry.merged || entry.value.is_null() || entry.value.properties.is_some() => None,
            Some(entry) => match &entry.value.kind {
                Kind::Sequence(_) => add_item(&entry.value, &context.tree.text, &[name], &written(writer.called(), true)),
                Kind::Scalar(scalar) if !scalar.is_block() => {
                    let text = format!("[{}, {}]", written(&scalar.text, true), written(writer.called(), true));
                    Some(Edit { span: entry.value.span, text })
                }
                _ => None,
            },
        };
        sink.push(match edit {
            Some(edit) => finding.fix(Fix { title: format!("Add `{line}` to `{}`", reader.called()), safety: Safety::Unsafe, edits: vec![edit] }),
            None => finding,
        });
    }
}
