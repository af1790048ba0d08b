use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::syntax::{Entry, Kind, Node, NodeRef};
use crate::workflow::custom_action::Call;
use crate::workflow::{template_function, template_text};

pub(super) static RULE: Rule = Rule {
    name: "custom-action-template-input",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A template of an action uses an input that the call does not give and that has no default, or cannot be read.",
    why: "A template's `{{ .input.name }}` and `$input: name` need the value: it comes from the call's `with`, or from the `default` in `input_schema`. A missing one is an error even inside `if` or with `default` behind it. The engine fills the template when it loads the DAG, and does not load one where that fails.",
    grounds: "Engine, at load: `map has no entry for key`, `can't evaluate field`, `failed to resolve ... template input`, `failed to parse template string` (`unclosed action`, `unexpected EOF`, `function ... not defined`). A template that no step calls is not filled.",
    bad: "actions:\n\
        \x20 greet:\n\
        \x20   input_schema:\n\
        \x20     type: object\n\
        \x20     properties:\n\
        \x20       name: {type: string}\n\
        \x20   template:\n\
        \x20     run: echo hello {{ .input.name }}\n\
        steps:\n\
        \x20 - id: hello\n\
        \x20   action: greet\n",
    good: "actions:\n\
        \x20 greet:\n\
        \x20   input_schema:\n\
        \x20     type: object\n\
        \x20     properties:\n\
        \x20       name: {type: string, default: you}\n\
        \x20   template:\n\
        \x20     run: echo hello {{ .input.name }}\n\
        steps:\n\
        \x20 - id: hello\n\
        \x20   action: greet\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["actions", "step_types"], steps: &[] }, &Check::Document(check)),
};

static INPUT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?:^|[\s(|])\$?\.input\.([A-Za-z_][A-Za-z0-9_]*)((?:\.[A-Za-z_][A-Za-z0-9_]*)*)").ok());
static FIELD: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?:^|[\s(|])\$?\.([A-Za-z_][A-Za-z0-9_]*)").ok());
static CONTROL: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^-?\s*(?:if|range|with|else|end|define|block|template|break|continue)\b").ok());

/// An input that a template needs whatever the input is.
struct Need<'a> {
    name: String,
    /// The names that lead on from there.
    rest: Vec<String>,
    /// Whether `$input` says it, which takes the numbers of items too.
    is_inserted: bool,
    node: &'a NodeRef,
    range: Range<usize>,
}

/// What cannot be read in a template.
struct Fault<'a> {
    node: &'a NodeRef,
    range: Range<usize>,
    message: &'static str,
}

fn check(context: &Context<'_>, sink: &mut Sink) {
    let mut needs: HashMap<*const Entry, Vec<Need<'_>>> = HashMap::new();
    for call in context.calls() {
        let needed = needs.entry(std::ptr::from_ref(call.definition.entry)).or_insert_with(|| {
            let (needs, faults) = needs_of(&call);
            for fault in faults {
                sink.report(context.span_in(fault.node, fault.range), fault.message);
            }
            needs
        });
        let with = call.step.entry("with").or_else(|| call.step.entry("config"));
        let schema = call.definition.entry.value.get_some("input_schema");
        if with.is_some_and(|with| with.value.is_unresolved()) || schema.is_some_and(|schema| schema.get("$ref").is_some()) {
            continue;
        }
        let mut said = Vec::new();
        let mut astray = HashSet::new();
        for need in needed {
            let given = with.and_then(|with| with.value.get(&need.name));
            let is_given = given.is_some();
            let property = schema.and_then(|schema| schema.get_some("properties")).and_then(|properties| properties.get_some(&need.name));
            let is_required = schema
                .and_then(|schema| schema.get_some("required"))
                .and_then(|required| required.items())
                .is_some_and(|items| items.iter().any(|item| item.string() == Some(&need.name)));
            if let Some((holder, missing)) = given.and_then(|given| end_of(need, given, property.map(|property| &**property)))
                && astray.insert((holder.span, missing))
            {
                let message = format!("there is no `{missing}` here, which the template of `{}` uses", call.definition.name());
                sink.push(sink.finding(holder.span, message).related(context.span_in(need.node, need.range.clone()), "used here"));
            }
            if is_given || is_required || said.contains(&&need.name) || property.is_some_and(|property| has_default(property, 0)) {
                continue;
            }
            said.push(&need.name);
            let span = with.filter(|with| !with.value.is_null()).map_or(call.key.value_span(), |with| with.key.span);
            let message = format!("the call of `{}` gives no `{}`, which its template uses", call.definition.name(), need.name);
            let finding = sink.finding(span, message).related(context.span_in(need.node, need.range.clone()), "used here");
            sink.push(finding.help(format!("add `{0}` to `with`, or give it a `default` in `input_schema`", need.name)));
        }
    }
}

/// Where the path of a need ends too early in what the call gives: the value, and the name that it
/// lacks.
fn end_of<'n>(need: &'n Need<'_>, given: &'n Node, schema: Option<&Node>) -> Option<(&'n Node, &'n str)> {
    let mut value = given;
    let mut schema = schema;
    for name in &need.rest {
        schema = schema.and_then(|schema| schema.get_some("properties")).and_then(|properties| properties.get_some(name)).map(|schema| &**schema);
        let next = match value.items().filter(|_| need.is_inserted) {
            Some(items) => name.parse::<usize>().ok().and_then(|index| items.get(index)),
            None => value.get(name),
        };
        match next {
            Some(next) => value = next,
            None if value.is_unresolved() || schema.is_some_and(|schema| has_default(schema, 0)) => return None,
            None => return Some((value, name)),
        }
    }
    None
}

/// Whether the engine gives a missing input a value: the schema of it, or of a part of it, says one.
fn has_default(schema: &Node, depth: usize) -> bool {
    let parts = || schema.get_some("properties").and_then(|properties| properties.entries()).unwrap_or_default();
    schema.get("default").is_some() || (depth < 64 && parts().iter().any(|part| has_default(&part.value, depth + 1)))
}

/// The inputs that a definition's template needs, and what cannot be read in it.
fn needs_of<'a>(call: &Call<'a>) -> (Vec<Need<'a>>, Vec<Fault<'a>>) {
    let (mut needs, mut faults) = (Vec::new(), Vec::new());
    let mut open: Vec<&'a NodeRef> = call.definition.template().map(|template| &template.value).into_iter().collect();
    while let Some(node) = open.pop() {
        match &Node::target(node).kind {
            Kind::Mapping(entries) => match entries.as_slice() {
                [only] if only.name() == "$input" => inserted(&only.value, &mut needs, &mut faults),
                _ => open.extend(entries.iter().rev().map(|entry| &entry.value)),
            },
            Kind::Sequence(items) => open.extend(items.iter().rev()),
            Kind::Scalar(scalar) if scalar.text.contains("{{") && node.string().is_some() => in_text(node, &scalar.text, &mut needs, &mut faults),
            Kind::Scalar(_) | Kind::Alias(_) => {}
        }
    }
    (needs, faults)
}

/// The input that `$input: a.b` inserts.
fn inserted<'a>(node: &'a NodeRef, needs: &mut Vec<Need<'a>>, faults: &mut Vec<Fault<'a>>) {
    let Some(text) = node.string() else { return };
    let path = text.trim();
    let start = text.len() - text.trim_start().len();
    let mut fault = |message| faults.push(Fault { node, range: start..start + path.len(), message });
    if path.contains("{{") {
        return fault("`$input` takes the name of an input, which is not filled in itself: nothing is called so");
    }
    if path.split('.').any(str::is_empty) {
        return fault("`$input` takes the names that lead to an input, joined by dots, and here one is empty");
    }
    let mut names = path.split('.').map(str::to_owned);
    let name = names.next().unwrap_or_default();
    let range = start..start + name.len();
    needs.push(Need { name, rest: names.collect(), is_inserted: true, node, range });
}

fn in_text<'a>(node: &'a NodeRef, text: &str, needs: &mut Vec<Need<'a>>, faults: &mut Vec<Fault<'a>>) {
    let mut at = 0;
    let mut is_sure = true;
    let mut blocks: Vec<Range<usize>> = Vec::new();
    while let Some(start) = text[at..].find("{{").map(|found| at + found) {
        let Some(end) = template_text::closing(text, start + 2) else {
            faults.push(Fault { node, range: start..start + 2, message: "`{{` is not closed: the template cannot be read" });
            return;
        };
        let body = &text[start + 2..end];
        match body.trim_matches(|c: char| c.is_whitespace() || c == '-').split(char::is_whitespace).next().unwrap_or_default() {
            "" => faults.push(Fault { node, range: start..end + 2, message: "there is nothing between the braces: the template cannot be read" }),
            "if" | "range" | "with" | "block" | "define" => blocks.push(start..end + 2),
            "end" if blocks.pop().is_none() => {
                faults.push(Fault { node, range: start..end + 2, message: "this `end` closes nothing: the template cannot be read" });
            }
            _ => {}
        }
        if let Some((sign, message)) = template_function::foreign(body) {
            faults.push(Fault { node, range: start + 2 + sign.start..start + 2 + sign.end, message });
            return;
        }
        if let Some(word) = template_function::unknown(body) {
            let range = start + 2 + word.start..start + 2 + word.end;
            faults.push(Fault { node, range, message: "there is no such function: the template cannot be read" });
        }
        let inputs = INPUT.as_ref().into_iter().flat_map(|input| input.captures_iter(body)).filter_map(|found| Some((found.get(1)?, found.get(2)?)));
        // What stands behind an `if` or in a `with` may never be read, or mean something else.
        let is_lazy = body.split([' ', '(']).any(|word| matches!(word, "and" | "or"));
        if is_sure && !is_lazy && !body.contains(['"', '`']) {
            let other = FIELD.as_ref().and_then(|field| field.captures_iter(body).filter_map(|found| found.get(1)).find(|name| name.as_str() != "input"));
            if let Some(name) = other.filter(|_| !body.trim_start_matches('-').trim_start().starts_with("/*")) {
                let range = start + 2 + name.start()..start + 2 + name.end();
                faults.push(Fault { node, range, message: "a template sees `.input` alone: an input is `.input.NAME`" });
            }
            needs.extend(inputs.map(|(name, rest)| Need {
                name: name.as_str().to_owned(),
                rest: rest.as_str().split('.').skip(1).map(str::to_owned).collect(),
                is_inserted: false,
                node,
                range: start + 2 + name.start()..start + 2 + name.end(),
            }));
        }
        is_sure &= !CONTROL.as_ref().is_some_and(|control| control.is_match(body));
        at = end + 2;
    }
    if let Some(range) = blocks.pop() {
        faults.push(Fault { node, range, message: "there is no `{{ end }}` for this: the template cannot be read" });
    }
}
