//! The corpus: DAGs as competent authors write them. No rule may report an error in one, every
//! warning is in the snapshot, and together they use whatever the model knows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use dagu_schema::model::{self, Field, Object, Other, ROOT, Shape, Word, action, values};
use dagu_schema::syntax::Tree;
use dagu_schema::{Facts, analyze};

/// What no DAG of the corpus has: the object, the field, and why.
const UNUSED_FIELDS: &[(&str, &str, &str)] = &[
    ("with of redis.get", "channels", "a step that listens does not end by itself"),
    ("kubernetes env", "name", "a name alone sets nothing"),
];

/// Words that no DAG of the corpus says: the word, the list that it is of, and why.
const UNUSED_WORDS: &[(&str, &str, &str)] = &[
    ("false", "missing always never fallback true false", "`never` says it"),
    ("true", "missing always never fallback true false", "`always` says it"),
    ("glm", LLM_PROVIDERS, "the same as `zai`"),
    ("google", LLM_PROVIDERS, "the same as `gemini`"),
    ("zhipu", LLM_PROVIDERS, "the same as `zai`"),
    ("zhipuai", LLM_PROVIDERS, "the same as `zai`"),
    ("tool", "system user assistant tool", "only a service writes such messages"),
];

const LLM_PROVIDERS: &str = "openai openai-codex anthropic gemini google openrouter local ollama vllm llama zai zhipu zhipuai glm opencode";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

/// The DAGs by name of their file.
fn corpus() -> BTreeMap<String, String> {
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let dags = files.filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    dags.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap())).collect()
}

fn is_older(name: &str) -> bool {
    name.starts_with("older-")
}

/// The command, on a machine that sets nothing which bears on a DAG.
fn dagu_rs(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dagu-rs"));
    command.current_dir(folder()).env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command.args(args).arg("--no-base-config").output().unwrap()
}

/// The findings, a line each, and nothing else.
fn findings(names: &[&str]) -> String {
    let output = dagu_rs(&[&["check", "--format", "concise", "--color", "never", "--fail-on", "never"], names].concat());
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn it_is_large_and_its_files_are_small() {
    let corpus = corpus();
    assert!(corpus.len() >= 70, "only {} files", corpus.len());
    for (name, text) in &corpus {
        let lines = text.lines().count();
        assert!((10..=60).contains(&lines), "{name} has {lines} lines");
        assert!(text.starts_with("# "), "{name} does not begin with what it is for");
    }
}

#[test]
fn what_is_found() {
    let corpus = corpus();
    let names: Vec<&str> = corpus.keys().map(String::as_str).collect();
    let found = findings(&names);
    insta::assert_snapshot!(found);
    for line in found.lines() {
        assert!(!line.contains(": error["), "{line}");
        assert_eq!(line.contains("[deprecated-syntax]"), is_older(line), "{line}");
    }
    for name in names {
        assert_eq!(found.contains(&format!("{name}:")), !findings(&[name]).is_empty(), "{name} alone");
        assert!(!is_older(name) || found.contains(&format!("{name}:")), "{name} is not in the older syntax");
    }
}

#[test]
fn a_second_look_finds_the_same() {
    for (name, text) in corpus() {
        let look = |text: &str| {
            let facts = Facts { file_stem: name.strip_suffix(".yaml").map(str::to_owned), ..Facts::default() };
            let analysis = analyze(text, &facts);
            (format!("{:?}", analysis.diagnostics), analysis.tree.text.to_string())
        };
        let first = look(&text);
        assert_eq!(first, look(&text), "{name}");
        assert_eq!(first, look(&first.1), "{name}: the text that was kept");
    }
}

#[test]
fn only_the_older_ones_migrate() {
    for name in corpus().keys() {
        let output = dagu_rs(&["migrate", "--diff", name]);
        let is_current = output.status.success() && output.stdout.is_empty();
        assert_eq!(is_current, !is_older(name), "{name}: {}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn every_action_occurs() {
    let called: BTreeSet<String> = seen().actions;
    let missing: Vec<&str> = action::ALL.iter().map(|action| action.name).filter(|name| !called.contains(*name)).collect();
    assert!(missing.is_empty(), "no DAG of the corpus uses {missing:#?}");
}

#[test]
fn every_field_occurs() {
    let seen = seen();
    let mut unused: Vec<_> = UNUSED_FIELDS.iter().map(|(object, field, _)| format!("{object}: {field}")).collect();
    let mut missing = Vec::new();
    for object in objects() {
        for field in object.fields.iter().filter(|field| !field.doc.starts_with("Has no effect")) {
            let is_seen = seen.values.contains_key(&(identity(object), field.name));
            let name = format!("{}: {}", label(object), field.name);
            match unused.iter().position(|unused| *unused == name) {
                Some(index) if is_seen => panic!("{name} is used: it is no exception any more ({index})"),
                Some(index) => drop(unused.remove(index)),
                None if !is_seen => missing.push(name),
                None => {}
            }
        }
    }
    assert!(missing.is_empty(), "no DAG of the corpus has {missing:#?}");
    assert!(unused.is_empty(), "no such fields: {unused:#?}");
}

#[test]
fn every_word_occurs() {
    let seen = seen();
    let mut unsaid: BTreeMap<Vec<&str>, BTreeSet<&str>> = BTreeMap::new();
    let mut said: BTreeSet<(Vec<&str>, &str)> = BTreeSet::new();
    for object in objects() {
        for (field, words) in object.fields.iter().flat_map(|field| words(&field.shape).into_iter().map(move |words| (field, words))) {
            let list: Vec<&str> = words.iter().filter(|word| word.is_told()).map(|word| word.name).collect();
            let texts = seen.values.get(&(identity(object), field.name));
            let is_said = |word: &str| texts.is_some_and(|texts| texts.iter().any(|text| text.eq_ignore_ascii_case(word)));
            unsaid.entry(list.clone()).or_default().extend(&list);
            said.extend(list.iter().filter(|word| is_said(word)).map(|word| (list.clone(), *word)));
        }
    }
    let mut unused = Vec::new();
    for (list, words) in unsaid {
        unused.extend(
            words.into_iter().filter(|word| !said.contains(&(list.clone(), *word))).map(|word| format!("{word} of {}", list.join(" "))),
        );
    }
    let excused: Vec<String> = UNUSED_WORDS.iter().map(|(word, list, _)| format!("{word} of {list}")).collect();
    assert_eq!(unused, excused);
}

/// What the corpus says: the texts of each field, and its actions.
#[derive(Default)]
struct Seen {
    values: BTreeMap<(String, &'static str), BTreeSet<String>>,
    actions: BTreeSet<String>,
}

fn seen() -> Seen {
    let mut seen = Seen::default();
    for text in corpus().values() {
        let (tree, _) = Tree::parse(text);
        for root in tree.documents.iter().filter_map(|document| document.root.as_deref()) {
            values::visit(root, |value| {
                let Some(field) = value.field else { return };
                let texts = seen.values.entry((identity(value.object), field.name)).or_default();
                texts.extend(value.node.text().map(str::to_owned));
                if matches!(field.shape, Shape::Present(Shape::ActionName)) {
                    seen.actions.extend(value.node.text().map(str::to_owned));
                }
            });
        }
    }
    seen
}

/// What tells an object from others. The file actions share their inputs, though each has a use for some of them only;
/// so do the artifact actions. A Kubernetes job has the same settings at the root.
fn identity(object: &'static Object) -> String {
    const SHARED: &[&str] = &["with of file.", "with of artifact.", "with of k8s."];
    match SHARED.iter().find(|prefix| label(object).starts_with(**prefix) || object.name == "kubernetes" && prefix.contains("k8s")) {
        Some(prefix) => (*prefix).to_owned(),
        None => format!("{} {:p}", object.name, object),
    }
}

/// Name of an object; of several with one name, that of what uses it.
fn label(object: &'static Object) -> String {
    let actions: Vec<&str> = action::ALL.iter().filter(|action| std::ptr::eq(action.input, object)).map(|action| action.name).collect();
    match actions.as_slice() {
        [] => object.name.to_owned(),
        [first, ..] => format!("with of {first}"),
    }
}

/// Every kind of mapping that a document may hold.
fn objects() -> Vec<&'static Object> {
    let (of_run, _) = Tree::parse("run: date");
    let run = of_run.documents.first().and_then(|document| document.root.as_deref()).and_then(action::input).unwrap();
    let mut found: Vec<&'static Object> = Vec::new();
    let mut open: Vec<&'static Object> = vec![&ROOT, run];
    open.extend(action::ALL.iter().map(|action| action.input));
    while let Some(object) = open.pop() {
        if found.iter().any(|other| std::ptr::eq(*other, object)) {
            continue;
        }
        found.push(object);
        let named = if let Other::Named(shape) = object.other { Some(shape) } else { None };
        for shape in object.fields.iter().map(|field: &'static Field| &field.shape).chain(named) {
            held(shape, &mut open);
        }
    }
    found
}

/// The kinds of mapping that a value of this shape may be or hold.
fn held(shape: &'static Shape, into: &mut Vec<&'static Object>) {
    match shape {
        Shape::Object(object) | Shape::NonEmptyObject(object) => into.push(object),
        Shape::Template => into.push(&model::STEP),
        Shape::List(inner) | Shape::NonEmptyList(inner) | Shape::Present(inner) | Shape::Nullable(inner) | Shape::Ruled(inner) => {
            held(inner, into);
        }
        Shape::OneOf(options) => options.iter().for_each(|option| held(option, into)),
        Shape::By(choice) => choice.options.iter().for_each(|option| held(option, into)),
        _ => {}
    }
}

/// The lists of words of which a value of this shape, or an item of it, may be one.
fn words(shape: &'static Shape) -> Vec<&'static [Word]> {
    match shape {
        Shape::Word(words) | Shape::AnyCaseWord(words) => vec![words],
        Shape::List(inner) | Shape::NonEmptyList(inner) | Shape::Present(inner) | Shape::Nullable(inner) | Shape::Ruled(inner) => {
            words(inner)
        }
        Shape::OneOf(options) => options.iter().flat_map(words).collect(),
        Shape::By(choice) => choice.options.iter().flat_map(words).collect(),
        _ => Vec::new(),
    }
}
