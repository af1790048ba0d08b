use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::source::Span;
use crate::syntax::{Entry, Node, NodeRef, ScalarType};
use crate::workflow::pattern::Pattern;

pub(super) static RULE: Rule = Rule {
    name: "param-definition-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A typed parameter whose limits or default do not fit its type or each other.",
    why: "`minimum` and `maximum` belong to numbers, `min_length`, `max_length` and `pattern` to text; a parameter without `type` is text. The default and every value of `enum` must be of the type, and the default must keep all limits; references are not replaced before that. Lengths are counted in bytes, and patterns are RE2, without looking ahead or behind. The engine does not load a DAG with another definition.",
    grounds: "Engine, at load: `default is invalid: cannot coerce`, `default is above maximum`, `default must be one of enum values`, `uses minimum/maximum but type is`, `uses string constraints but type is`, `has invalid pattern`, `must define at least one field in addition to name`.",
    bad: "params:\n\
        \x20 - name: replicas\n\
        \x20   type: integer\n\
        \x20   default: 12\n\
        \x20   maximum: 10\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo ${params.replicas}\n",
    good: "params:\n\
        \x20 - name: replicas\n\
        \x20   type: integer\n\
        \x20   default: 3\n\
        \x20   maximum: 10\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo ${params.replicas}\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["params"], steps: &[] }, &Check::Document(check)),
};

/// The type of a parameter.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Type {
    Text,
    Integer,
    Number,
    Boolean,
}

/// A value read as the parameter's type.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Text(String),
    Number(f64),
    Boolean(bool),
    /// Something whose text cannot be told with certainty.
    Unknown,
}

impl Type {
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "" | "string" => Self::Text,
            "integer" => Self::Integer,
            "number" => Self::Number,
            "boolean" => Self::Boolean,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Integer => "an integer",
            Self::Number => "a number",
            Self::Boolean => "a boolean",
        }
    }

    /// The value of a node as this type; `None` when it is none.
    pub(super) fn read(self, node: &Node) -> Option<Value> {
        let kind = node.scalar_type();
        let text = node.text().unwrap_or_default();
        match (self, kind) {
            (Self::Text, Some(ScalarType::String)) => Some(Value::Text(text.to_owned())),
            (Self::Text, Some(ScalarType::Bool(value))) => Some(Value::Text(value.to_string())),
            (Self::Text, Some(ScalarType::Int(value))) => Some(Value::Text(value.to_string())),
            (Self::Text, _) => Some(Value::Unknown),
            (Self::Integer, Some(ScalarType::Int(value))) if i64::try_from(value).is_err() => None,
            (Self::Integer | Self::Number, Some(ScalarType::Int(value))) => Some(Value::Number(value as f64)),
            (Self::Integer, Some(ScalarType::Float(value))) => (value.fract() == 0.0).then_some(Value::Number(value)),
            (Self::Number, Some(ScalarType::Float(value))) => value.is_finite().then_some(Value::Number(value)),
            (Self::Integer, Some(ScalarType::String)) => text.trim().parse::<i64>().ok().map(|value| Value::Number(value as f64)),
            (Self::Number, Some(ScalarType::String)) => number(text.trim()),
            (Self::Boolean, Some(ScalarType::Bool(value))) => Some(Value::Boolean(value)),
            (Self::Boolean, Some(ScalarType::String)) => {
                let is = |word: &str| text.eq_ignore_ascii_case(word);
                (is("true") || is("false")).then(|| Value::Boolean(is("true")))
            }
            _ => None,
        }
    }
}

fn number(text: &str) -> Option<Value> {
    if text.to_ascii_lowercase().contains("0x") {
        return Some(Value::Unknown); // hexadecimal fractions are fine with Go
    }
    text.parse::<f64>().ok().filter(|value| value.is_finite()).map(Value::Number)
}

fn check(context: &Context<'_>, sink: &mut Sink) {
    let params = context.workflow.node.get_some("params").and_then(|params| params.items());
    for item in params.unwrap_or_default() {
        let (Some(name), Some(entries)) = (item.entry("name"), item.entries()) else { continue };
        let text = name.value.string().unwrap_or_default().trim();
        if let [only] = entries {
            if !text.is_empty() {
                let finding = sink.finding(only.value_span(), format!("the parameter `{text}` has a name and nothing else"));
                sink.push(finding.help("add `default`, `type`, `required` or another field"));
            }
            continue;
        }
        let kind = match item.get_some("type").map(|kind| kind.string().unwrap_or("?")) {
            None => Some(Type::Text),
            Some(kind) => Type::of(kind),
        };
        if let Some(kind) = kind {
            definition(context, sink, item, kind);
        }
    }
}

fn definition(context: &Context<'_>, sink: &mut Sink, item: &NodeRef, kind: Type) {
    let given = |field: &str| item.entry(field).filter(|entry| !entry.value.is_null());
    let (numeric, textual) = (["minimum", "maximum"], ["min_length", "max_length", "pattern"]);
    let is_number = matches!(kind, Type::Integer | Type::Number);
    let untyped = if given("type").is_none() { ", as no `type` is given" } else { "" };
    for entry in numeric.iter().filter_map(|field| given(field)).filter(|_| !is_number) {
        let finding = sink.finding(entry.key.span, format!("`{}` is for numbers, but the parameter is {}{untyped}", entry.name(), kind.name()));
        sink.push(finding.help("set `type: integer` or `type: number`, or use `min_length` and `max_length`"));
    }
    for entry in textual.iter().filter_map(|field| given(field)).filter(|_| kind != Type::Text) {
        sink.report(entry.key.span, format!("`{}` is for text, but the parameter is {}", entry.name(), kind.name()));
    }
    let bound = |field: &str| given(field).and_then(|entry| Some((entry, number_of(&entry.value)?)));
    for (least, most) in [("minimum", "maximum"), ("min_length", "max_length")] {
        if let (Some((low, least_value)), Some((high, most_value))) = (bound(least), bound(most))
            && least_value > most_value
        {
            let finding = sink.finding(high.value_span(), format!("`{most}` is below `{least}`: no value is left"));
            sink.push(finding.related(low.value_span(), format!("`{least}` is here")));
        }
    }
    let pattern = given("pattern").and_then(|entry| read_pattern(context, sink, entry));
    let mut choices = Vec::new();
    for choice in given("enum").and_then(|entry| entry.value.items()).unwrap_or_default() {
        match kind.read(choice) {
            Some(value) => choices.push(value),
            None => sink.report(choice.span, format!("this value of `enum` must be {}, like the parameter", kind.name())),
        }
    }
    let has_choices = given("enum").and_then(|entry| entry.value.items()).is_some_and(|items| !items.is_empty());
    let Some(default) = given("default") else { return };
    let span = default.value_span();
    let Some(value) = kind.read(&default.value) else {
        let finding = sink.finding(span, format!("the default must be {}, like the parameter", kind.name()));
        let is_reference = default.value.string().is_some_and(|text| text.contains(['$', '`']));
        return sink.push(if is_reference { finding.help("references are not replaced here: use `eval`") } else { finding });
    };
    if has_choices && value != Value::Unknown && !choices.contains(&value) && !choices.contains(&Value::Unknown) {
        sink.report(span, "the default is none of the values of `enum`");
    }
    let limits = Limits { least: bound("minimum"), most: bound("maximum"), shortest: bound("min_length"), longest: bound("max_length") };
    limits.check(sink, kind, &value, span);
    if let (Some((entry, pattern)), Value::Text(text)) = (pattern, &value)
        && kind == Type::Text
        && pattern.matches(text) == Some(false)
    {
        sink.push(sink.finding(span, "the default does not match the parameter's `pattern`").related(entry.value_span(), "the pattern is here"));
    }
}

type Bound<'a> = Option<(&'a Entry, f64)>;

struct Limits<'a> {
    least: Bound<'a>,
    most: Bound<'a>,
    shortest: Bound<'a>,
    longest: Bound<'a>,
}

impl Limits<'_> {
    fn check(&self, sink: &mut Sink, kind: Type, value: &Value, span: Span) {
        let (amount, low, high, what) = match value {
            Value::Number(number) if kind != Type::Text => (*number, &self.least, &self.most, "the default"),
            // The engine counts bytes.
            Value::Text(text) => (text.len() as f64, &self.shortest, &self.longest, "the length of the default"),
            _ => return,
        };
        if let Some((entry, _)) = low.filter(|(_, bound)| amount < *bound) {
            sink.push(sink.finding(span, format!("{what} is below `{}`", entry.name())).related(entry.value_span(), "the limit is here"));
        }
        if let Some((entry, _)) = high.filter(|(_, bound)| amount > *bound) {
            sink.push(sink.finding(span, format!("{what} is above `{}`", entry.name())).related(entry.value_span(), "the limit is here"));
        }
    }
}

fn read_pattern<'a>(context: &Context<'_>, sink: &mut Sink, entry: &'a Entry) -> Option<(&'a Entry, Pattern)> {
    let text = entry.value.string()?;
    match Pattern::parse(text) {
        Ok(pattern) => Some((entry, pattern)),
        Err(fault) => {
            let finding = sink.finding(context.span_in(&entry.value, fault.range), format!("the regular expression cannot be read: {}", fault.message));
            sink.push(if fault.help.is_empty() { finding } else { finding.help(fault.help) });
            None
        }
    }
}

fn number_of(node: &Node) -> Option<f64> {
    match node.scalar_type()? {
        ScalarType::Int(value) => Some(value as f64),
        ScalarType::Float(value) => Some(value),
        _ => None,
    }
}
