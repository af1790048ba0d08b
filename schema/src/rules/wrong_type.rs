use super::{Check, Rule};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "wrong-type",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A value has a type that the engine does not accept at this place.",
    why: "The engine does not convert: text is not read as a number, `yes` is not read as a boolean, and a number is not read as text, so `\"10\"` and `10` are two different things. Inside `container` it is laxer: a number is read as text there, and a lone value as a list of one.",
    grounds: "Engine: `expected type ... got unconvertible type ...`, `must be string or array`, `source data must be an array or slice`, measured for every field with every kind of value.",
    bad: "steps:\n  - id: greet\n    run: echo hello\n    timeout_sec: \"10\"\n",
    good: "steps:\n  - id: greet\n    run: echo hello\n    timeout_sec: 10\n",
    absence: false,
    check: Check::Elsewhere,
};
