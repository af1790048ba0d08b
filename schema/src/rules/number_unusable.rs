use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::model::values::Value;
use crate::model::{Reading, Shape};
use crate::syntax::ScalarType;

pub(super) static RULE: Rule = Rule {
    name: "number-unusable",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "A negative number, or one with a fraction, that the engine loads and a run cannot use as it stands.",
    why: "Limits, times and sizes are whole numbers from zero on. The engine cuts a fraction off without a word, so that `timeout_sec: 0.5` is no limit at all, and loads negative numbers in many places: some mean the same as zero or as no value, which is a warning, with others every run fails.",
    grounds: "Measured on the engine: `timeout_sec: 3.5` ends a step after 3 seconds and `0.5` never; `max_active_steps: -1` fails with `deadlock detected`; `timeout must be non-negative`, `batch_size must be non-negative` for a database; a negative `timeout_sec` of the root is no limit.",
    bad: "max_active_steps: -1\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "max_active_steps: 1\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Values { value, steps: None },
};

fn value(_: &Context<'_>, value: &Value<'_>, sink: &mut Sink) {
    match value.node.scalar_type() {
        Some(ScalarType::Float(number)) if is_cut(value) && number.fract() != 0.0 && number.abs() < 1e15 => {
            let kept = number.trunc() as i64;
            let name = value.entry.name();
            let what = if kept == 0 && value.field.is_some_and(|field| field.default == "0") { ", as if it were not set" } else { "" };
            let finding = sink.finding(value.span(), format!("`{name}` is a whole number: the engine reads {kept} here{what}"));
            sink.push(finding.loads());
        }
        Some(ScalarType::Int(number)) => too_small(value, number, sink),
        _ => {}
    }
}

/// Whether the engine cuts off a fraction here.
fn is_cut(value: &Value<'_>) -> bool {
    let is_exit_code = value.object.name == "continue_on" && value.entry.name() == "exit_code";
    let mut forms = value.shape.forms(value.node);
    let is_whole = forms.any(|form| matches!(form, Shape::Int | Shape::IntIn(..)));
    is_exit_code || (is_whole && value.object.reading == Reading::Typed)
}

fn too_small(value: &Value<'_>, number: i128, sink: &mut Sink) {
    let Some(field) = value.field else { return };
    let Some(least) = field.least.filter(|least| number < i128::from(least.number)) else { return };
    let finding = sink.finding(value.span(), format!("`{}` is below {}: {}", field.name, least.number, least.below));
    sink.push(if least.fails { finding } else { finding.loads() });
}
