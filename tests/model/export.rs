//! The JSON Schema against the validator: both say the same of every document, but for what a
//! schema cannot say.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use dagu_schema::json_schema::json;
use dagu_schema::model::{Other, ROOT, action, export, validate};
use dagu_schema::rules;
use dagu_schema::syntax::{Node, Tree};
use dagu_schema::workflow::expand::Expansion;
use dagu_schema::workflow::{Workflow, custom_action, resolve};
use dagu_schema::{Diagnostic, Span};
use jsonschema::{Draft, Validator};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::generate::{Draw, mapping_with, probes, sites};

static SCHEMA: LazyLock<Value> = LazyLock::new(export::json_schema);
static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| jsonschema::options().with_draft(Draft::Draft7).build(&SCHEMA).unwrap());

/// Something that the validator reports and a schema cannot say.
struct Unsaid {
    why: &'static str,
    is: fn(&Diagnostic, &Tree) -> bool,
    /// A text of which the validator reports just this, and the schema nothing.
    example: &'static str,
}

const UNSAID: &[Unsaid] = &[
    Unsaid {
        why: "A schema sees one document, not whether it is the first of its file.",
        is: |found, _| found.rule == "entry-document-name",
        example: "name: a\nsteps: [{run: x}]\n",
    },
    Unsaid {
        why: "Nor whether it is a later one, which needs a name.",
        is: |found, _| found.message.contains("needs a `name`: that is how") || found.message.starts_with("the `name` of document"),
        example: "steps: [{run: x}]\n---\nsteps: [{run: x}]\n---\nname: ' '\nsteps: [{run: x}]\n",
    },
    Unsaid {
        why: "Nor what the others are called.",
        is: |found, _| found.rule == "duplicate-document-name",
        example: "steps: [{run: x}]\n---\nname: a\nsteps: [{run: x}]\n---\nname: a\nsteps: [{run: x}]\n",
    },
    Unsaid {
        why: "Anchors, tags and aliases are resolved before a schema sees a document.",
        is: |found, _| matches!(found.rule, "missing-steps" | "empty-document"),
        example: "steps: &all [{run: x}]\n---\n&child\nname: child\nsteps: [{run: x}]\n",
    },
    Unsaid {
        why: "To a schema `2` and `2.0` are the same number.",
        is: |found, _| found.rule == "wrong-type" && found.message.contains("a number with a fraction"),
        example: "steps: [{run: x, retry_policy: {limit: 1, interval_sec: 1, backoff: 2}}]\n",
    },
    Unsaid {
        why: "The same the other way round.",
        is: |found, _| found.rule == "wrong-type" && found.message.contains("an integer") && found.message.contains("but this is a number"),
        example: "steps: [{run: x, retry_policy: {limit: 2.0, interval_sec: 1}}]\n",
    },
    Unsaid {
        why: "A base configuration may define actions of any name: only names one letter off a built-in one are rejected.",
        is: |found, _| found.rule == "invalid-value" && found.message.starts_with("unknown action"),
        example: "steps: [{action: http.post}]\n",
    },
    Unsaid {
        why: "How near a key is to a field that the engine reads: one letter is said, two are not.",
        is: |found, _| found.rule == "ignored-key",
        example: "steps: [{action: http.request, with: {method: GET, url: x, haeder: {A: b}}}]\n",
    },
    Unsaid {
        why: "Values of keys in another letter case would double the schema.",
        is: |found, tree| entries(tree, &|_, key| key.bytes().any(|byte| byte.is_ascii_uppercase())).any(|span| span.contains(found.span)),
        example: "Type: garph\nsteps: [{run: x}]\n",
    },
    Unsaid {
        why: "With blanks around the name of an action, its `with` is not looked at.",
        is: |found, tree| {
            let has_blanks = |step: &Node, _: &str| step.get("action").and_then(|name| name.text()).is_some_and(|name| name.trim() != name);
            entries(tree, &has_blanks).any(|span| span.contains(found.span))
        },
        example: "steps: [{action: ' http.request ', with: {url: 1, method: GET}}]\n",
    },
];

/// The spans of entries, from key to end, of which the mapping and the key are so.
fn entries<'t>(tree: &'t Tree, is: &dyn Fn(&Node, &str) -> bool) -> impl Iterator<Item = Span> + use<'t> {
    let mut open: Vec<&Node> = tree.documents.iter().filter_map(|document| document.root.as_deref()).collect();
    let mut spans = Vec::new();
    while let Some(node) = open.pop() {
        for entry in node.entries().unwrap_or_default() {
            if is(node, entry.name()) {
                spans.push(Span::new(entry.key.span.start, entry.value.span.end.max(entry.key.span.end)));
            }
            open.push(&entry.value);
        }
        open.extend(node.items().unwrap_or_default().iter().map(|item| &**item));
    }
    spans.into_iter()
}

fn is_unsaid(found: &Diagnostic, tree: &Tree) -> bool {
    UNSAID.iter().any(|unsaid| (unsaid.is)(found, tree))
}

/// What the validator finds, and some of what the schema says, of the documents of a text; none for
/// a text that cannot be read as JSON.
fn both(text: &str) -> Option<(Tree, Vec<Diagnostic>, Vec<String>)> {
    let (tree, wrong) = Tree::parse(text);
    if !wrong.is_empty() {
        return None;
    }
    let roots = tree.documents.iter().map(|document| document.root.as_deref().map_or(Some(Value::Null), json));
    let mut documents: Vec<Value> = roots.collect::<Option<_>>()?;
    if documents.is_empty() {
        documents.push(Value::Null);
    }
    let wrong = documents.iter().filter(|document| !VALIDATOR.is_valid(document));
    let said = wrong.flat_map(|document| VALIDATOR.iter_errors(document)).map(|error| format!("{}: {error}", error.instance_path()));
    let said = said.take(3).collect();
    let mut found = validate::documents(&tree, &[]).diagnostics;
    found.extend(misspelt_in_templates(&tree));
    Some((tree, found, said))
}

/// Unknown keys of the steps that templates are. Any value in them may be made of text, so that the
/// schema looks at no more.
fn misspelt_in_templates(tree: &Tree) -> Vec<Diagnostic> {
    let workflows = tree.documents.iter().filter_map(|document| resolve::document(tree, document, None));
    let of = |workflow: Workflow| {
        let keys: BTreeSet<Span> = custom_action::definitions(&workflow.node)
            .iter()
            .filter_map(|definition| definition.template()?.value.entries())
            .flatten()
            .map(|entry| entry.key.span)
            .collect();
        let found = Expansion::of(tree, &workflow).map(|expansion| validate::expanded(tree, &expansion));
        found.unwrap_or_default().into_iter().filter(move |found| found.rule == "unknown-key" && keys.contains(&found.span))
    };
    workflows.flat_map(of).collect()
}

/// What the two do not agree on.
fn difference(text: &str) -> Option<String> {
    let (tree, found, said) = both(text)?;
    let sayable: Vec<_> = found.iter().filter(|found| !is_unsaid(found, &tree)).map(|found| (found.rule, &found.message)).collect();
    match (sayable.is_empty(), said.is_empty()) {
        (false, true) => Some(format!("{text}\nthe schema is silent about {sayable:#?}\n")),
        (true, false) if found.is_empty() => Some(format!("{text}\nonly the schema says {said:#?}\n")),
        _ => None,
    }
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The texts of a folder, cut into cases.
fn cases(name: &str, extension: &str, cut: fn(&str) -> Vec<String>) -> Vec<String> {
    let files = fs::read_dir(folder(name)).unwrap().map(|file| file.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|found| found == extension));
    files.flat_map(|path| cut(&fs::read_to_string(path).unwrap())).collect()
}

/// Every text of the tests and the documentation of which the validator's verdict is known.
fn texts() -> Vec<String> {
    let verdicts = |text: &str| text.split("=== ").skip(1).filter_map(|case| Some(case.split_once('\n')?.1.to_owned())).collect();
    let mut texts = cases("examples", "yaml", |text| vec![text.to_owned()]);
    texts.extend(cases("tests/rules/verdicts", "txt", verdicts));
    texts.extend(cases("tests/model/cases", "yaml", |text| text.split("\n====\n").map(str::to_owned).collect()));
    texts.extend(rules::ALL.iter().flat_map(|rule| [rule.bad.to_owned(), rule.good.to_owned()]));
    texts
}

#[test]
fn the_schema_is_a_schema() {
    jsonschema::draft7::meta::validate(&SCHEMA).unwrap();
}

#[test]
fn known_texts_are_judged_alike() {
    let texts = texts();
    let different: Vec<String> = texts.iter().filter_map(|text| difference(text)).collect();
    assert!(different.is_empty(), "{} of {}:\n{}", different.len(), texts.len(), different.join("\n"));
    let read = texts.iter().filter(|text| both(text).is_some()).count();
    assert!(read > 900, "only {read}");
}

#[test]
fn good_texts_are_accepted() {
    let examples = cases("examples", "yaml", |text| vec![text.to_owned()]);
    // Of an example of several files, the DAG.
    let good = rules::ALL.iter().filter_map(|rule| rule.good.rsplit("# dag.yaml\n").next()).map(str::to_owned);
    for text in good.chain(examples) {
        let (_, _, said) = both(&text).unwrap();
        assert!(said.is_empty(), "{text}\n{said:#?}");
    }
}

#[test]
fn a_field_stands_once() {
    for object in sites(&ROOT).into_iter().map(|site| site.object) {
        let names: BTreeSet<&str> = object.fields.iter().map(|field| field.name).collect();
        assert_eq!(names.len(), object.fields.len(), "{} has a field twice", object.name);
    }
}

/// Every field of the model with values of every type, misspelt, and left out.
#[test]
fn every_field_is_judged_alike() {
    let mut different = Vec::new();
    let mut texts = 0;
    let mut compare = |document: Value| {
        different.extend(difference(&document.to_string()));
        texts += 1;
    };
    for site in sites(&ROOT) {
        let object = site.object;
        for field in object.fields {
            for seed in [0, 1, 2, 3, 7] {
                compare((site.around)(mapping_with(object, field.name, Draw::new(&[seed; 40]).value(&field.shape))));
            }
            for value in probes() {
                compare((site.around)(mapping_with(object, field.name, value)));
            }
            let mut without = mapping_with(object, field.name, json!("x"));
            without.as_object_mut().unwrap().shift_remove(field.name);
            compare((site.around)(without));
            for key in
                [field.name.to_uppercase(), field.name[1..].to_owned(), field.name.to_owned() + "s", field.name.replacen('e', "q", 1)]
            {
                compare((site.around)(mapping_with(object, &key, json!("x"))));
            }
        }
        if matches!(object.other, Other::Named(_)) {
            for value in probes() {
                compare((site.around)(mapping_with(object, "A", value)));
            }
        }
        compare((site.around)(json!({})));
    }
    for action in action::ALL {
        compare(json!({ "steps": [{ "action": action.name }] }));
        for with in probes() {
            compare(json!({ "steps": [{ "action": action.name, "with": with }] }));
        }
    }
    assert!(different.is_empty(), "{} of {texts}:\n{}", different.len(), different[..different.len().min(20)].join("\n"));
    assert!(texts > 10_000, "only {texts}");
}

/// Where the engine passes over unknown keys, one that is a letter off a field is said all the same.
#[test]
fn one_letter_off_is_said() {
    let mut silent = Vec::new();
    let mut keys = 0;
    for site in sites(&ROOT).iter().filter(|site| matches!(site.object.other, Other::Ignored)) {
        for name in site.object.fields.iter().map(|field| field.name).filter(|name| name.len() > 2) {
            let swapped = format!("{}{}{}", &name[1..2], &name[..1], &name[2..]);
            for key in [name[1..].to_owned(), swapped, format!("{name}q"), format!("{}q{}", &name[..1], &name[2..])] {
                let text = (site.around)(mapping_with(site.object, &key, json!("x"))).to_string();
                let (_, found, said) = both(&text).unwrap();
                // Beside the field itself it is only the checker's to say.
                let is_misspelt = found.iter().any(|found| matches!(found.rule, "ignored-key" | "missing-key") && !found.fixes.is_empty());
                keys += usize::from(is_misspelt);
                silent.extend((is_misspelt && said.is_empty()).then(|| format!("{}: {key}", site.object.name)));
            }
        }
    }
    assert!(silent.is_empty(), "{silent:#?}");
    assert!(keys > 500, "only {keys}");
}

/// Each exception is one, and is needed.
#[test]
fn what_a_schema_cannot_say() {
    for Unsaid { why, is, example } in UNSAID {
        let (tree, found, said) = both(example).unwrap();
        assert!(!found.is_empty() && found.iter().all(|found| is(found, &tree)), "{why}\n{example}\n{found:#?}");
        assert!(said.is_empty(), "{why}\n{example}\n{said:#?}");
    }
}

#[test]
fn defaults_and_examples_fit() {
    let mut schema = Map::from_iter([("definitions".to_owned(), SCHEMA["definitions"].clone())]);
    let mut values = Map::new();
    let mut properties = Map::new();
    for (object, definition) in SCHEMA["definitions"].as_object().unwrap() {
        for (key, property) in definition["properties"].as_object().into_iter().flatten() {
            let examples = property["examples"].as_array().into_iter().flatten().chain(property.get("default"));
            for (number, example) in examples.enumerate() {
                let name = format!("{object} {key} {number}");
                properties.insert(name.clone(), json!({ "$ref": format!("#/definitions/{object}/properties/{key}") }));
                values.insert(name, example.clone());
            }
        }
    }
    assert!(values.len() > 400, "only {}", values.len());
    schema.insert("properties".to_owned(), properties.into());
    let validator = jsonschema::options().with_draft(Draft::Draft7).build(&schema.into()).unwrap();
    let wrong: Vec<String> = validator.iter_errors(&values.into()).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What a step may hold is what the model says.
#[test]
fn keys_of_a_step() {
    let keys: Vec<&str> = SCHEMA["definitions"]["step"]["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    insta::assert_snapshot!(keys.join("\n"));
}

#[test]
fn a_field_with_words() {
    insta::assert_json_snapshot!(SCHEMA["properties"]["type"]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Documents made from the model: fields, forms and values that fit, and now and then one that
    /// does not.
    #[test]
    fn generated_texts_are_judged_alike(numbers in prop::collection::vec(any::<u16>(), 0..1000)) {
        let text = Draw::new(&numbers).document(&ROOT);
        if let Some(difference) = difference(&text) {
            return Err(TestCaseError::fail(difference));
        }
    }
}
