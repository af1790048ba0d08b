//! Whole steps, containers, harness definitions and handlers, with holes for what the author fills in.

use dagu_schema::model::{Field, Object};

use super::insertion::Insertion;
use crate::forms::{self, Form};

/// Something of several lines that authors write again and again.
#[derive(Debug)]
pub(crate) struct Snippet {
    /// What it is called in the list.
    pub(crate) label: &'static str,
    /// What it does.
    pub(crate) doc: &'static str,
    /// The key that it starts with, where that stands only once in its mapping; empty for one that
    /// makes sense in a new mapping alone.
    pub(crate) key: &'static str,
    /// The lines.
    pub(crate) body: &'static str,
}

const fn snippet(label: &'static str, doc: &'static str, body: &'static str) -> Snippet {
    Snippet { label, doc, key: "", body }
}

const fn entry(label: &'static str, key: &'static str, doc: &'static str, body: &'static str) -> Snippet {
    Snippet { label, doc, key, body }
}

/// The snippets of a kind of mapping.
pub(crate) fn of(object: &Object) -> &'static [Snippet] {
    match object.name {
        "DAG" => DAG,
        "step" => STEP,
        "container" => CONTAINER,
        "harnesses" => HARNESSES,
        "harness definition" => DEFINITION,
        "handler_on" => HANDLERS,
        "parameter" if !object.fields.is_empty() => PARAM,
        "secret" => SECRET,
        "actions" => ACTIONS,
        _ => &[],
    }
}

const DAG: &[Snippet] =
    &[entry("steps: first step", "steps", "The steps, with one that runs a command.", "steps:\n  - id: «hello»\n    run: «echo hello»")];

const STEP: &[Snippet] = &[
    snippet("step: run", "Runs a command.", "id: «build»\nrun: «make»"),
    snippet("step: script", "Runs a script of several lines.", "id: «build»\nrun: |\n  set -eu\n  «make»"),
    snippet(
        "step: container",
        "Runs a command in a container of its own.",
        "id: «test»\ncontainer:\n  image: «alpine:3.20»\n  volumes:\n    - «.:/workspace»\n  working_dir: «/workspace»\nrun: «make test»",
    ),
    snippet(
        "step: harness.run",
        "Gives a prompt to a command line agent.",
        "id: «review»\naction: harness.run\nwith:\n  provider: «claude»\n  prompt: «Summarize the open issues»",
    ),
    snippet(
        "step: docker.run",
        "Runs a command in a container that it makes.",
        "id: «greet»\naction: docker.run\nwith:\n  image: «alpine:3.20»\n  auto_remove: true\n  command: «echo hello»",
    ),
    snippet("step: dag.run", "Runs another DAG and waits for it.", "id: «child»\naction: dag.run\nwith:\n  dag: «child»"),
    snippet(
        "step: http.request",
        "Sends an HTTP request.",
        "id: «fetch»\naction: http.request\nwith:\n  method: «GET»\n  url: «https://example.com/»",
    ),
    snippet(
        "step: outputs",
        "Runs a command that hands a value on to later steps.",
        "id: «version»\noutputs:\n  - name: «number»\nrun: echo \"«number»=«1.0»\" >> \"$DAGU_OUTPUT_FILE\"",
    ),
    snippet(
        "step: foreach",
        "Runs steps once for each item.",
        "id: «each»\nforeach:\n  items: «[one, two]»\n  steps:\n    - id: «work»\n      run: echo ${foreach.item}",
    ),
    snippet(
        "step: human.task",
        "Waits until a person has done something.",
        "id: «check»\naction: human.task\nwith:\n  prompt: «Check the report»",
    ),
];

const CONTAINER: &[Snippet] = &[
    snippet(
        "container: workspace",
        "A container of an image, with the DAG's folder mounted.",
        "image: «alpine:3.20»\nvolumes:\n  - «.:/workspace»\nworking_dir: «/workspace»",
    ),
    snippet("container: existing", "A container that runs already.", "exec: «my-service»"),
];

const HARNESSES: &[Snippet] = &[snippet(
    "harness: command line agent",
    "An agent of the author's own, by its command line.",
    "«mine»:\n  binary: «my-agent»\n  prompt_mode: «arg»",
)];

const DEFINITION: &[Snippet] = &[snippet(
    "harness: prompt behind a flag",
    "An agent that takes its prompt behind a flag.",
    "binary: «my-agent»\nprompt_mode: flag\nprompt_flag: «-p»",
)];

const HANDLERS: &[Snippet] = &[
    entry("handler: success", "success", "Runs a command after all steps succeeded.", "success:\n  run: «./notify.sh done»"),
    entry("handler: failure", "failure", "Runs a command after the run failed.", "failure:\n  run: «./notify.sh failed»"),
    entry("handler: exit", "exit", "Runs a command at the end in any case.", "exit:\n  run: «./clean-up.sh»"),
];

const PARAM: &[Snippet] =
    &[snippet("parameter: typed", "A parameter with a type and a default.", "name: «region»\ntype: «string»\ndefault: «eu»")];

const SECRET: &[Snippet] = &[snippet(
    "secret: from the environment",
    "A variable whose value comes from the environment and is masked in logs.",
    "name: «API_TOKEN»\nprovider: env\nkey: «API_TOKEN»",
)];

const ACTIONS: &[Snippet] = &[snippet(
    "action: with an input",
    "An action of the DAG's own, that takes one input.",
    "«greet»:\n  input_schema:\n    type: object\n    properties:\n      «name»: {type: string}\n    required: [«name»]\n  template:\n    run: echo \"hello {{ .input.«name» }}\"",
)];

/// How the value of a key is begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opening {
    /// Behind the key.
    Value,
    /// As a mapping on the next line.
    Mapping,
    /// As a list on the next line.
    List,
}

/// How the value of a field is begun.
pub(crate) fn opening(field: &'static Field) -> Opening {
    let forms = forms::of_field(field);
    let has_words = forms.iter().any(|form| matches!(form, Form::Words(_) | Form::Bool));
    let has_keys = forms.iter().any(|form| matches!(form, Form::Object(object) if !object.fields.is_empty()));
    match forms.first() {
        _ if field.name == "with" => Opening::Mapping,
        _ if has_words => Opening::Value,
        _ if has_keys => Opening::Mapping,
        Some(Form::Object(_)) => Opening::Mapping,
        Some(Form::List(_)) => Opening::List,
        _ => Opening::Value,
    }
}

/// Keys of an action's input that authors give though the engine does not ask for them.
const GIVEN: &[(&str, &[&str])] = &[
    ("with of harness.run", &["prompt"]),
    ("with of docker.run", &["image", "command"]),
    ("with of an sftp action", &["source", "destination"]),
];

/// The keys that a mapping cannot do without, with room for their values.
pub(crate) fn skeleton(object: &'static Object) -> Option<String> {
    let given = GIVEN.iter().find(|(name, _)| *name == object.name).map(|(_, keys)| *keys).unwrap_or_default();
    let needed = object.fields.iter().filter(|field| field.deprecated.is_none() && (field.required || given.contains(&field.name)));
    let lines: Vec<String> = needed.map(line).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn line(field: &'static Field) -> String {
    let name = field.name;
    let word = forms::of_field(field).into_iter().find_map(|form| match form {
        Form::Words(words) => words.iter().find(|word| word.is_told()).map(|word| word.name),
        _ => None,
    });
    let example = if field.example.contains('\n') { "" } else { field.example };
    match opening(field) {
        Opening::List if example.is_empty() => format!("{name}:\n  - «»"),
        Opening::Mapping if example.is_empty() => format!("{name}:\n  «»"),
        _ => format!("{name}: «{}»", word.unwrap_or(example)),
    }
}

/// The lines of a mapping that is the value of a key on the line before.
pub(crate) fn below(lines: &str) -> Insertion {
    Insertion::template(&format!("\n  {}", lines.replace('\n', "\n  ")))
}
