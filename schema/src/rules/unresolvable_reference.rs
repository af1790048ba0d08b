use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Fix, Safety, Severity};
use crate::workflow::notice::{self, Meant};

pub(super) static RULE: Rule = Rule {
    name: "unresolvable-reference",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "A reference that no run can resolve.",
    why: "`${...}` names a step, an output, a constant or a value of the run that is not there, or is not there for this step. The engine leaves such a text as it is: a shell then fails with `bad substitution`, and any other program receives the `${...}` itself.",
    grounds: "Engine: the notices of `validate` (`was left unchanged`) for unknown steps, outputs that are not declared, missing dependencies, a step's own outputs, constants, fields of `context` and `foreach`.",
    bad: "steps:\n\
        \x20 - id: version\n\
        \x20   run: echo number=1.2 > \"$DAGU_OUTPUT_FILE\"\n\
        \x20   outputs:\n\
        \x20     - name: number\n\
        \x20 - id: release\n\
        \x20   run: echo ${steps.version.outputs.number}\n",
    good: "steps:\n\
        \x20 - id: version\n\
        \x20   run: echo number=1.2 > \"$DAGU_OUTPUT_FILE\"\n\
        \x20   outputs:\n\
        \x20     - name: number\n\
        \x20 - id: release\n\
        \x20   run: echo ${steps.version.outputs.number}\n\
        \x20   depends: version\n",
    absence: true,
    check: Check::Document(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for notice in notice::all(context.workflow).into_iter().filter(|notice| notice.reason.is_lasting()) {
        let mention = notice.mention;
        let span = context.span_in(&mention.node, mention.range());
        let mut finding = sink.finding(span, format!("`{}` stays as it is: {}", mention.written(), notice.message));
        if let Some(Meant { name, written, declared }) = notice.meant {
            let at = mention.range().start + mention.written().find(&written).unwrap_or(0);
            let place = context.span_in(&mention.node, at..at + written.len());
            if let Some(declared) = declared {
                finding = finding.related(declared, format!("`{name}` is declared here"));
            }
            finding = finding.help(format!("did you mean `{name}`?")).fix(Fix::replace(format!("Change to `{name}`"), Safety::Unsafe, place, name));
        }
        if let Some(help) = notice.help {
            finding = finding.help(help);
        }
        sink.push(finding);
    }
}

