//! The JSON Schema of a configuration.

use dagu_schema::suppress::NEVER;
use dagu_schema::{Confidence, rules};
use serde_json::{Map, Value, json};

use super::{Level, Profile};

/// The JSON Schema of a `dagu-rs.toml`.
pub(crate) fn json_schema() -> Value {
    let rules: Vec<&rules::Rule> = rules::ALL.iter().copied().filter(|rule| rule.name != NEVER).collect();
    let names: Vec<Value> = rules.iter().map(|rule| json!({"const": rule.name, "description": rule.summary})).collect();
    let severities: Map<String, Value> =
        rules.iter().map(|rule| (rule.name.to_owned(), json!({"$ref": "#/$defs/level", "description": rule.summary}))).collect();
    let layer = json!({
        "profile": {
            "description": "default: each rule as its page says. strict: warnings are errors, and rules report that are only maybe right. sandbox: what is about containers and credentials is an error instead of a warning, a warning instead of an info, and reported also when it is only maybe right.",
            "enum": Profile::ALL.map(Profile::name),
        },
        "confidence": {
            "description": "The least confidence with which a rule reports: the profile's, which is likely for the default one.",
            "enum": Confidence::ALL.map(Confidence::name),
        },
        "select": {"description": "Only these rules report.", "type": "array", "items": {"$ref": "#/$defs/rule"}},
        "ignore": {"description": "These rules do not report.", "type": "array", "items": {"$ref": "#/$defs/rule"}},
        "severity": {
            "description": "How bad the findings of a rule are.",
            "type": "object",
            "properties": severities,
            "patternProperties": {"\\*$": {"$ref": "#/$defs/level"}},
            "additionalProperties": false,
        },
    });
    let with = |name: &str, value: Value| {
        let mut properties = layer.as_object().cloned().unwrap_or_default();
        properties.insert(name.to_owned(), value);
        properties
    };
    let files = |what: &str| {
        let description = format!("{what}: patterns as in .gitignore, relative to this file.");
        json!({"description": description, "type": "array", "items": {"type": "string"}})
    };
    let paths = files("The files that this is about");
    let one = json!({"type": "object", "properties": with("paths", paths), "required": ["paths"], "additionalProperties": false});
    let overrides = json!({"description": "What holds for some files only; later ones count more.", "type": "array", "items": one});
    let texts = |description: &str, pattern: &str| json!({"description": description, "type": "array", "items": {"type": "string", "pattern": pattern}});
    let provider = json!({
        "type": "object",
        "properties": {
            "credentials": texts("Variables that carry a credential it accepts.", "^[A-Za-z_][A-Za-z0-9_]*$"),
            "directories": texts("Files and folders below the home folder that hold its login.", "^(~/|\\$HOME/|\\$\\{HOME\\}/)?[^/~$]"),
            "binary": {"description": "Its program, which the images of systems and languages do not hold.", "type": "string"},
            "hosted": {"description": "Whether it talks to a hosted service.", "type": "boolean", "default": true},
        },
        "additionalProperties": false,
    });
    let mut properties = with("overrides", overrides);
    let providers = "Providers of agents that are not built in, or more about one that is, by the name in `provider`.";
    properties.insert("providers".to_owned(), json!({"description": providers, "type": "object", "additionalProperties": provider}));
    properties.insert("include".to_owned(), files("Files that are DAGs whatever their name and what they hold"));
    properties.insert("exclude".to_owned(), files("Files that are not looked at when folders are searched"));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dagu-rs.toml",
        "description": "Configuration of dagu-rs check and of the editor",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "$defs": {
            "level": {"enum": Level::ALL.map(Level::name)},
            "rule": {"anyOf": [{"oneOf": names}, {"type": "string", "pattern": "\\*$", "description": "All rules that start like this."}]},
        },
    })
}
