use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use regex::Regex;

use crate::source::Span;
use crate::syntax::{Entry, Node, NodeRef, ScalarType};
use crate::workflow::expand;
use crate::workflow::scalar_schema::{self, is_of, is_same, number};

pub(super) static RULE: Rule = Rule {
    name: "human-task-form-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "The form of a `human.task` is none that can be shown.",
    why: "A form is a JSON Schema with one level: `type: object` with `properties` that are texts, numbers or booleans, or a choice among some (`enum`, `oneOf`). Only the keywords that a form can show are allowed, and a default must fit. The engine does not load the DAG otherwise.",
    grounds: "Engine, at load: `form type must be object`, `unsupported form schema field \"x\"`, `form property \"x\" type must be string, integer, number, or boolean`, `enum contains duplicate value`, `required form property \"x\" is not declared`, `resolve form schema`.",
    bad: "steps:\n\
        \x20 - id: review\n\
        \x20   action: human.task\n\
        \x20   with:\n\
        \x20     prompt: Check the report\n\
        \x20     form:\n\
        \x20       type: object\n\
        \x20       properties:\n\
        \x20         due: {type: string, format: date}\n",
    good: "steps:\n\
        \x20 - id: review\n\
        \x20   action: human.task\n\
        \x20   with:\n\
        \x20     prompt: Check the report\n\
        \x20     form:\n\
        \x20       type: object\n\
        \x20       properties:\n\
        \x20         due: {type: string, pattern: \"^[0-9]{4}-[0-9]{2}-[0-9]{2}$\"}\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &[], steps: &["action", "type"] }, &Check::Steps(check)),
};

const FORM: &[&str] = &["type", "title", "description", "properties", "required", "additionalProperties"];
const PROPERTY: &[&str] =
    &["type", "title", "description", "default", "enum", "oneOf", "minimum", "maximum", "minLength", "maxLength", "pattern"];
const CHOICE: &[&str] = &["const", "title", "description"];
const TYPES: &[&str] = &["string", "integer", "number", "boolean"];

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps().filter(|step| step.operation() == Some("human.task")) {
        let Some(form) = step.node.get("with").and_then(|with| with.entry("form")) else { continue };
        if form.value.entries().is_some() && expand::is_known(&form.value) {
            let mut faults = Faults(Vec::new());
            faults.form(form);
            for (span, message) in faults.0 {
                sink.report(span, message);
            }
        }
    }
}

struct Faults(Vec<(Span, String)>);

impl Faults {
    fn add(&mut self, span: Span, message: impl Into<String>) {
        self.0.push((span, message.into()));
    }

    fn form(&mut self, form: &Entry) {
        let node = &form.value;
        match node.entry("type") {
            Some(kind) if kind.value.string() == Some("object") => {}
            Some(kind) => self.add(kind.value_span(), "a form must be of `type: object`"),
            None => self.add(form.key.span, "a form must be of `type: object`"),
        }
        self.keywords(node, FORM, "a form");
        if let Some(open) = node.entry("additionalProperties").filter(|entry| !matches!(entry.value.scalar_type(), Some(ScalarType::Bool(_)))) {
            self.add(open.value_span(), "`additionalProperties` of a form must be a boolean");
        }
        let properties = node.entry("properties");
        if let Some(entry) = properties.filter(|entry| entry.value.entries().is_none()) {
            self.add(entry.value_span(), "`properties` must be a mapping of fields by name");
        }
        let properties = properties.and_then(|entry| entry.value.entries()).unwrap_or_default();
        for property in properties {
            self.property(property);
        }
        if let Some(required) = node.entry("required") {
            self.required(required, properties);
        }
    }

    fn required(&mut self, required: &Entry, properties: &[Entry]) {
        let Some(items) = required.value.items() else {
            return self.add(required.value_span(), "`required` must be a list of names of fields");
        };
        let declared: std::collections::HashSet<&str> = properties.iter().map(Entry::name).collect();
        let mut seen = std::collections::HashSet::new();
        for item in items {
            match item.string() {
                None => self.add(item.span, "`required` must be a list of names of fields"),
                Some(name) if !declared.contains(name) => self.add(item.span, format!("the form has no field `{name}`")),
                Some(name) if !seen.insert(name) => self.add(item.span, format!("`{name}` is required twice")),
                Some(_) => {}
            }
        }
    }

    /// Keywords that do not belong there, and those that must be text.
    fn keywords(&mut self, node: &Node, known: &[&str], what: &str) {
        for entry in node.entries().unwrap_or_default() {
            if !known.contains(&entry.name()) {
                self.add(entry.key.span, format!("{what} has no use for `{}`; the engine rejects it", entry.name()));
            } else if matches!(entry.name(), "title" | "description" | "pattern") && entry.value.string().is_none() {
                self.add(entry.value_span(), format!("`{}` must be a string", entry.name()));
            }
        }
    }

    fn property(&mut self, property: &Entry) {
        let (name, node) = (property.name(), &property.value);
        if !(name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')) {
            self.add(property.key.span, format!("`{name}` is no name of a field: a letter, then letters, digits and `_`"));
        }
        if node.entries().is_none() {
            return self.add(property.value_span(), format!("the field `{name}` must be a mapping that describes it"));
        }
        let before = self.0.len();
        self.keywords(node, PROPERTY, "a field of a form");
        match node.entry("type") {
            Some(kind) if kind.value.string().is_none_or(|kind| !TYPES.contains(&kind)) => {
                self.add(kind.value_span(), "a field is a `string`, an `integer`, a `number` or a `boolean`");
            }
            None if node.get("enum").is_none() && node.get("oneOf").is_none() => {
                self.add(property.key.span, format!("the field `{name}` needs a `type`, or a choice in `enum` or `oneOf`"));
            }
            _ => {}
        }
        self.bounds(node);
        if let Some(entry) = node.entry("enum") {
            self.choices(entry, node.get("type").is_none());
        }
        if let Some(entry) = node.entry("oneOf") {
            self.alternatives(entry, node);
        }
        if let Some(default) = node.entry("default").filter(|_| self.0.len() == before) {
            self.default(default, node);
        }
    }

    fn bounds(&mut self, node: &Node) {
        for entry in node.entries().unwrap_or_default() {
            let value = number(&entry.value);
            let wanted = match entry.name() {
                "minimum" | "maximum" if value.is_none() => "a number",
                "minLength" | "maxLength" if value.is_none_or(|value| value < 0.0 || value.fract() != 0.0) => "a whole number of at least 0",
                "pattern" if entry.value.string().is_some_and(|pattern| Regex::new(pattern).is_err()) => "a regular expression that Go can read",
                _ => continue,
            };
            self.add(entry.value_span(), format!("`{}` must be {wanted}", entry.name()));
        }
    }

    fn choices(&mut self, entry: &Entry, must_be_alike: bool) {
        let Some(items) = entry.value.items().filter(|items| !items.is_empty()) else {
            return self.add(entry.value_span(), "`enum` must be a list of at least one value");
        };
        let mut seen: std::collections::HashSet<String> = std::collections::HashSet::new();
        for item in items {
            if item.scalar().is_none() || item.is_null() {
                self.add(item.span, "a choice must be a text, a number or a boolean");
            } else if !seen.insert(identity(item)) {
                self.add(item.span, format!("`{}` stands twice in `enum`", item.text().unwrap_or_default()));
            }
        }
        if must_be_alike {
            self.alike(entry, items.iter());
        }
    }

    fn alternatives(&mut self, entry: &Entry, property: &Node) {
        let Some(items) = entry.value.items().filter(|items| !items.is_empty()) else {
            return self.add(entry.value_span(), "`oneOf` must be a list of at least one choice");
        };
        let kind = property.get("type").and_then(|kind| kind.string());
        for item in items {
            if item.entries().is_none() {
                self.add(item.span, "a choice must be a mapping with `const`");
                continue;
            }
            self.keywords(item, CHOICE, "a choice");
            match item.entry("const") {
                None => self.add(item.span, "a choice needs `const`, its value"),
                Some(value) if value.value.scalar().is_none() || value.value.is_null() => {
                    self.add(value.value_span(), "a choice must be a text, a number or a boolean");
                }
                Some(value) => {
                    let fits = |kind: &str| value.value.scalar_type().is_none_or(|scalar| is_of(kind, scalar));
                    if let Some(kind) = kind.filter(|kind| !fits(kind)) {
                        self.add(value.value_span(), format!("this choice is no {kind}, which the field is"));
                    }
                }
            }
        }
        if kind.is_none() {
            self.alike(entry, items.iter().filter_map(|item| item.get("const")));
        }
    }

    /// Without a `type`, the choices have to tell what the field is.
    fn alike<'a>(&mut self, entry: &Entry, values: impl Iterator<Item = &'a NodeRef>) {
        let mut kinds: Vec<&str> = values.filter_map(|value| kind(value)).collect();
        kinds.dedup();
        if kinds.iter().any(|kind| *kind != kinds[0]) {
            self.add(entry.key.span, "the choices are of different types, and no `type` says which the field is");
        }
    }

    fn default(&mut self, default: &Entry, property: &Node) {
        let value = &default.value;
        if value.scalar().is_none() || value.is_null() {
            return self.add(default.value_span(), "the default must be a text, a number or a boolean");
        }
        if let Some(fault) = scalar_schema::mismatch(property, value) {
            return self.add(value.span, fault);
        }
        if let Some(choices) = property.get("oneOf").and_then(|choices| choices.items()) {
            let count = choices.iter().filter(|choice| choice.get("const").is_some_and(|constant| is_same(constant, value))).count();
            if count != 1 {
                self.add(value.span, "the default must be exactly one of the choices in `oneOf`");
            }
        }
    }
}

fn kind(value: &Node) -> Option<&'static str> {
    match value.scalar_type()? {
        ScalarType::String => Some("string"),
        ScalarType::Bool(_) => Some("boolean"),
        ScalarType::Int(_) | ScalarType::Float(_) => Some("number"),
        ScalarType::Null => None,
    }
}

/// The same for values that are the same.
fn identity(value: &Node) -> String {
    match number(value) {
        Some(number) => format!("number {number}"),
        None => format!("{} {}", kind(value).unwrap_or_default(), value.text().unwrap_or_default()),
    }
}
