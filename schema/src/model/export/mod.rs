//! The model as a JSON Schema, for editors and checkers that read one.
//!
//! Draft-07: the latest that yaml-language-server, VS Code, JetBrains and check-jsonschema all read
//! in full. Every [`Object`] is one definition. A definition says nothing of the type, so that the
//! place which refers to it can name all types of its value in one list: an editor's message then
//! names what is wrong inside the form that the author chose, not that none of several fits.
//!
//! What the schema accepts is never less than what [`super::validate`] accepts. Where JSON Schema
//! cannot say something, it says nothing; `tests/model/export.rs` lists those places.

mod forms;
mod spelling;

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use self::forms::Forms;
use super::action::{self, Action};
use super::step::RUN_WITH;
use super::{Field, Object, Other, ROOT, Reading, STEP, Shape};
use crate::json_schema;
use crate::syntax::Tree;

/// A mapping of JSON.
type Json = Map<String, Value>;

/// The JSON Schema of a document.
pub fn json_schema() -> Value {
    let mut export = Export::default();
    let root = export.object(&ROOT);
    let mut schema = Json::new();
    schema.insert("$schema".into(), "http://json-schema.org/draft-07/schema#".into());
    schema.insert("$id".into(), concat!(env!("CARGO_PKG_REPOSITORY"), "/dag.schema.json").into());
    schema.insert("title".into(), "Dagu DAG".into());
    schema.insert("type".into(), "object".into());
    schema.extend(root);
    while let Some((object, name)) = export.open.pop() {
        let definition = export.object(object);
        export.definitions.insert(name, definition.into());
    }
    export.definitions.insert(BUILT_IN.to_owned(), misspelt_actions());
    export.definitions.insert(TEMPLATE.to_owned(), template());
    export.definitions.sort_keys();
    schema.insert("definitions".into(), export.definitions.into());
    schema.into()
}

/// The definition that looks for misspelt actions where a document has none of its own.
const BUILT_IN: &str = "built-in-actions";
/// The definition of the step that a custom action becomes.
const TEMPLATE: &str = "template";

/// What was said so far.
#[derive(Default)]
struct Export {
    definitions: Json,
    names: HashMap<*const Object, String>,
    taken: HashSet<String>,
    /// Definitions that something refers to and that are still to be made, with their names.
    open: Vec<(&'static Object, String)>,
}

impl Export {
    /// A reference to the definition of an object; nothing where there is nothing to say.
    fn reference(&mut self, object: &'static Object) -> Option<Value> {
        let is_free = object.fields.is_empty() && matches!(object.other, Other::Open | Other::Ignored | Other::Named(Shape::Any));
        if is_free {
            return None;
        }
        if let Some(name) = self.names.get(&std::ptr::from_ref(object)) {
            return Some(definition(name));
        }
        let slug = object.name.replace(' ', "-");
        let mut name = slug.clone();
        for number in 2.. {
            if self.taken.insert(name.clone()) {
                break;
            }
            name = format!("{slug}-{number}");
        }
        self.names.insert(object, name.clone());
        let reference = definition(&name);
        self.open.push((object, name));
        Some(reference)
    }

    fn object(&mut self, object: &'static Object) -> Json {
        let is_strict = object.reading == Reading::Strict;
        let mut out = Json::new();
        out.insert("description".into(), object.doc.into());
        let mut properties = Json::new();
        for field in object.fields {
            properties.insert(field.name.into(), self.field(object, field));
        }
        if !properties.is_empty() {
            out.insert("properties".into(), properties.into());
        }
        out.extend(other_case(object));
        match object.other {
            Other::Rejected => {
                out.insert("additionalProperties".into(), false.into());
            }
            Other::Named(shape) => {
                out.insert("additionalProperties".into(), self.value(shape, is_strict).into());
            }
            Other::Open | Other::Ignored => {}
        }
        let mut all = Vec::new();
        required(object, &mut out, &mut all);
        if std::ptr::eq(object, &ROOT) {
            let steps = definition(BUILT_IN);
            let steps = json!({ "properties": { "steps": steps, "handler_on": { "additionalProperties": steps } } });
            all.push(json!({ "if": { "required": ["actions"] }, "else": steps }));
        }
        if std::ptr::eq(object, &STEP) {
            all.append(&mut self.inputs());
        }
        if matches!(object.other, Other::Ignored) {
            all.append(&mut misspelt_keys(object));
        }
        if !all.is_empty() {
            out.insert("allOf".into(), all.into());
        }
        out
    }

    fn field(&mut self, object: &Object, field: &'static Field) -> Value {
        let mut out = described(field);
        let mut value = self.value(&field.shape, object.reading == Reading::Strict);
        if is_needed(object, field) {
            without_null(&mut value);
        }
        if std::ptr::eq(object, &ROOT) && field.name == "steps" {
            value.insert("minItems".into(), 1.into());
        }
        out.append(&mut value);
        out.into()
    }

    /// `is_strict` in an object that rejects null and fractions: see [`Reading::Strict`].
    fn value(&mut self, shape: &'static Shape, is_strict: bool) -> Json {
        Forms::of(shape, is_strict).schema(self)
    }

    /// What `with` holds, by the action beside it: see [`action::input`].
    fn inputs(&mut self) -> Vec<Value> {
        let mut inputs: Vec<(&'static Action, Vec<&str>)> = Vec::new();
        for action in action::ALL {
            match inputs.iter_mut().find(|(first, _)| std::ptr::eq(first.input, action.input)) {
                Some((_, names)) => names.push(action.name),
                None => inputs.push((action, vec![action.name])),
            }
        }
        let beside_run = json!({ "required": ["run"], "not": { "required": ["action"] } });
        let mut all = vec![json!({ "if": beside_run, "then": self.input(&RUN_WITH, false) })];
        for (action, names) in inputs {
            let name = match names.as_slice() {
                names if names.iter().all(|name| name.starts_with("redis.")) => json!({ "pattern": "^redis\\.." }),
                [name] => json!({ "const": name }),
                names => json!({ "enum": names }),
            };
            let condition = json!({ "required": ["action"], "properties": { "action": name } });
            all.push(json!({ "if": condition, "then": self.input(action.input, action.needs_input()) }));
        }
        let is_versioned = json!({ "type": "string", "pattern": "@|^\\s*source:" });
        let condition = json!({ "required": ["action"], "properties": { "action": is_versioned } });
        all.push(json!({ "if": condition, "then": { "properties": { "with": { "type": "object" } } } }));
        all
    }

    fn input(&mut self, input: &'static Object, is_needed: bool) -> Value {
        let mut with = Json::from_iter([("type".to_owned(), "object".into())]);
        with.extend(self.reference(input).map(|reference| ("allOf".to_owned(), json!([reference]))));
        let mut out = json!({ "properties": { "with": with } });
        if is_needed {
            out["required"] = json!(["with"]);
        }
        out
    }
}

fn definition(name: &str) -> Value {
    json!({ "$ref": format!("#/definitions/{name}") })
}

/// The step that a custom action becomes. Any value may be made of a Go template, and `$input` may
/// stand for any mapping: what counts are the keys.
fn template() -> Value {
    let properties: Json = STEP.fields.iter().map(|field| (field.name.to_owned(), described(field).into())).collect();
    let mut step = Json::from_iter([("properties".to_owned(), properties.into())]);
    step.extend(other_case(&STEP));
    step.insert("additionalProperties".into(), false.into());
    json!({ "if": { "required": ["$input"] }, "else": step })
}

/// Keys in another letter case than the model's, where the engine takes them. Their values are not
/// looked at.
fn other_case(object: &Object) -> Option<(String, Value)> {
    let keys: Vec<&str> = object.fields.iter().filter(|field| object.takes_any_case(field)).map(|field| field.name).collect();
    (!keys.is_empty()).then(|| ("patternProperties".to_owned(), json!({ spelling::any_case(&keys): true })))
}

/// Whether null counts as a missing value of the field.
fn is_needed(object: &Object, field: &Field) -> bool {
    field.required && object.reading != Reading::Strict && !matches!(field.shape, Shape::Present(_) | Shape::Nullable(_))
}

fn without_null(value: &mut Json) {
    match value.get_mut("type") {
        Some(Value::Array(types)) => {
            types.retain(|name| name != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                value.insert("type".into(), only);
            }
        }
        Some(_) => {}
        None => {
            value.insert("not".into(), json!({ "type": "null" }));
        }
    }
    if let Some(Value::Array(words)) = value.get_mut("enum") {
        words.retain(|word| !word.is_null());
    }
}

/// The keys that must be there, in any letter case where the engine takes them so.
fn required(object: &Object, out: &mut Json, all: &mut Vec<Value>) {
    let (any_case, exact): (Vec<&Field>, Vec<&Field>) =
        object.fields.iter().filter(|field| field.required).partition(|field| object.takes_any_case(field));
    if !exact.is_empty() {
        out.insert("required".into(), exact.iter().map(|field| field.name).collect());
    }
    all.extend(any_case.iter().map(|field| {
        let absent = json!({ "patternProperties": { spelling::any_case(&[field.name]): false } });
        json!({ "if": absent, "then": { "required": [field.name] } })
    }));
}

/// Keys that the engine passes over and that are one letter off a field that is not there.
fn misspelt_keys(object: &Object) -> Vec<Value> {
    let names: Vec<&str> = object.fields.iter().map(|field| field.name).collect();
    let absent = |name: &str| spelling::mistaken_for(name, &names).iter().map(|other| json!({ "required": [other] })).collect::<Vec<_>>();
    let fields = names.iter().filter_map(|name| Some((absent(name), spelling::misspelt(name, &names)?)));
    fields
        .map(|(mut there, pattern)| {
            let condition = if there.len() == 1 { there.swap_remove(0) } else { json!({ "anyOf": there }) };
            json!({ "if": condition, "else": { "patternProperties": { pattern: false } } })
        })
        .collect()
}

/// Steps, one or a list, in which no name of an action is one letter off a built-in one. Only near
/// ones: a base configuration may define actions of any name.
fn misspelt_actions() -> Value {
    let names: Vec<&str> = action::ALL.iter().map(|action| action.name).collect();
    let same = definition(BUILT_IN);
    json!({
        "items": same,
        "properties": {
            "action": {
                "pattern": spelling::unless_misspelt_action(&names),
                "patternErrorMessage": "unknown action: one letter off a built-in one",
            },
            "foreach": { "properties": { "steps": same } },
        },
    })
}

/// What a field is for, without its shape.
fn described(field: &'static Field) -> Json {
    let mut out = Json::new();
    let mut text = field.doc.to_owned();
    let default = default(field);
    if default.is_none() && !field.default.is_empty() {
        text += &format!(" Default: {}.", field.default);
    }
    if let Some(instead) = field.deprecated {
        text += &format!(" An old spelling: write `{instead}`.");
        out.insert("deprecated".into(), true.into());
        out.insert("deprecationMessage".into(), format!("an old spelling: write `{instead}`").into());
    }
    if text.contains('`') {
        out.insert("markdownDescription".into(), text.clone().into());
    }
    out.insert("description".into(), text.into());
    if let Some(value) = default {
        out.insert("default".into(), value);
    }
    if let Some(example) = yaml(field.example) {
        out.insert("examples".into(), json!([example]));
    }
    out
}

/// The default as a value; none where it is said in words.
fn default(field: &'static Field) -> Option<Value> {
    if field.default.contains([' ', '`', '\'']) {
        return None;
    }
    let forms = Forms::of(&field.shape, true);
    let types = forms.types();
    let value = yaml(field.default)?;
    let of_type = match value {
        Value::Number(_) => types.contains(&"number") || types.contains(&"integer"),
        Value::Bool(_) => types.contains(&"boolean"),
        _ => false,
    };
    let is_text = value.is_string() || !of_type;
    Some(if is_text { value.as_str().unwrap_or(field.default).into() } else { value })
}

/// A value that the model gives as YAML.
fn yaml(text: &str) -> Option<Value> {
    let (tree, _) = Tree::parse(&format!("value: {text}\n"));
    let root = tree.documents.first()?.root.as_ref()?;
    let value = root.get("value")?;
    if text.is_empty() { None } else { json_schema::json(value) }
}
