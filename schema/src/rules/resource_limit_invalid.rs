use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::fault::trimmed;

pub(super) static RULE: Rule = Rule {
    name: "resource-limit-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A limit under `resources` that the engine cannot read.",
    why: "`cpu` is a number of cores with at most three digits after the point (`0.5`), or whole thousandths (`500m`). `memory` is a number with or without a suffix such as `Ki`, `Mi`, `Gi` or `M`, `G`. Both are more than zero. References are not replaced here. The engine does not load a DAG with another limit.",
    grounds: "Engine, at load: `invalid core value`, `cpu precision must be no finer than 1m`, `value must be a positive integer`, `unknown suffix`, `value must be greater than zero`, `value is too small`.",
    bad: "resources:\n\
        \x20 limits:\n\
        \x20   memory: 512 Meg\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "resources:\n\
        \x20 limits:\n\
        \x20   memory: 512Mi\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["resources"], steps: &[] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let Some(limits) = context.workflow.node.get_some("resources").and_then(|resources| resources.get_some("limits")) else { return };
    for (field, fault) in [("cpu", cpu_fault as fn(&str) -> Option<String>), ("memory", memory_fault)] {
        let Some(node) = limits.get_some(field) else { continue };
        let Some(text) = node.string().filter(|text| !text.trim().is_empty()) else { continue };
        if let Some(message) = fault(text.trim()) {
            sink.report(context.span_in(node, trimmed(text)), format!("`{}` is no limit for `{field}`: {message}", text.trim()));
        }
    }
}

fn cpu_fault(text: &str) -> Option<String> {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(thousandths) = text.strip_suffix('m') {
        return match thousandths.parse::<i64>() {
            _ if !is_digits(thousandths) => Some("thousandths (`m`) are a whole number".to_owned()),
            Err(_) => Some("the number is too large".to_owned()),
            Ok(0) => Some("it must be more than zero".to_owned()),
            Ok(_) => None,
        };
    }
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    if !is_digits(whole) || fraction.is_some_and(|fraction| !fraction.is_empty() && !is_digits(fraction)) {
        return Some("it must be a number of cores such as `0.5` or `2`, or thousandths such as `500m`".to_owned());
    }
    match fraction {
        Some("") => return Some("there is nothing after the point".to_owned()),
        Some(fraction) if fraction.len() > 3 => return Some("the finest step is a thousandth: at most three digits after the point".to_owned()),
        _ => {}
    }
    let cores = whole.parse::<i64>().ok().and_then(|cores| cores.checked_mul(1000));
    if cores.is_none() {
        return Some("the number is too large".to_owned());
    }
    let is_zero = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    is_zero.then(|| "it must be more than zero".to_owned())
}

fn memory_fault(text: &str) -> Option<String> {
    let suffix_start = text.rfind(|c: char| !c.is_ascii_alphabetic()).map_or(0, |last| last + text[last..].chars().next().map_or(1, char::len_utf8));
    let (number, suffix) = text.split_at(suffix_start);
    let number = number.trim_end();
    if number.contains('_') {
        return None; // Go takes some of these
    }
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'+' | b'-' | b'e' | b'E'));
    let Some(value) = number.parse::<f64>().ok().filter(|_| is_number) else {
        return Some("it must start with a number, such as `512Mi`".to_owned());
    };
    let lower = suffix.to_ascii_lowercase();
    let (letter, base): (&str, f64) = match lower.as_str() {
        "" | "b" => ("", 1.0),
        _ if lower.ends_with("ib") => (&lower[..lower.len() - 2], 1024.0),
        _ if lower.ends_with('i') => (&lower[..lower.len() - 1], 1024.0),
        _ if lower.ends_with('b') => (&lower[..lower.len() - 1], 1000.0),
        _ => (&lower, 1000.0),
    };
    let is_bare = letter.is_empty() && base > 1000.0;
    let powers = ["", "k", "m", "g", "t", "p", "e"];
    let Some(power) = powers.iter().position(|known| *known == letter && !is_bare).and_then(|power| i32::try_from(power).ok()) else {
        return Some(format!("there is no unit `{suffix}`: the usual ones are `Ki`, `Mi` and `Gi`"));
    };
    let bytes = value * base.powi(power);
    if bytes <= 0.0 {
        return Some("it must be more than zero".to_owned());
    }
    if bytes.round() < 1.0 {
        return Some("it is less than a byte".to_owned());
    }
    // 2^63 is the first f64 beyond what the engine counts.
    (bytes >= 9_223_372_036_854_775_808.0).then(|| "it is more than can be counted".to_owned())
}
