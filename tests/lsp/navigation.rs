//! Definition, references, highlights, rename, links, symbols of the workspace and the tree of
//! dependencies: conversations about names.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::client::{Client, Document, Encoding};
use crate::{file, with_cursor};

const URI: &str = "file:///dags/names.yaml";

/// The line from 1 with the part of it that a range means.
fn shown(client: &Client, text: &str, range: &Value) -> String {
    let line = range["start"]["line"].as_u64().expect("a number") + 1;
    format!("{line}:{}", client.encoding.slice(text, range))
}

fn all_shown(client: &Client, text: &str, found: &Value) -> String {
    let ranges = found.as_array().map(Vec::as_slice).unwrap_or_default().iter().map(|found| &found["range"]);
    ranges.map(|range| shown(client, text, range)).collect::<Vec<_>>().join(" ")
}

/// A place by its line, which must occur once, and a part of that, with how far into it.
fn place(document: &Document, line: &str, part: &str, within: usize) -> usize {
    document.find(line) + line.find(part).expect("the part is in the line") + within
}

/// Where is asked: a line, a part of it.
const PLACES: &[(&str, &str)] = &[
    ("depends: measure", "measure"),
    ("depends: ['fetch', shadow]", "fetch"),
    ("depends: ['fetch', shadow]", "shadow"),
    ("depends: Hole \"alles\"", "Hole"),
    ("name: \"Hole \\\"alles\\\"\"", "Hole"),
    ("- id: fetch\n    name", "fetch"),
    ("\"re:.*\": [review]", "review"),
    ("rewind_to: review", "review"),
    ("run: wc -c ${fetch.stdout}", "fetch"),
    ("LOG_DIR: ${DATA_DIR}/logs-${params.region}", "DATA_DIR"),
    ("LOG_DIR: ${DATA_DIR}/logs-${params.region}", "region"),
    ("# ü in $DATA_DIR", "DATA_DIR"),
    ("sh -c 'echo $DATA_DIR'", "DATA_DIR"),
    ("- OWN: ${DATA_DIR}/below", "DATA_DIR"),
    ("run: echo \"$DATA_DIR $OWN $SHARED_FLAG", "DATA_DIR"),
    ("run: echo \"$DATA_DIR $OWN $SHARED_FLAG", "SHARED_FLAG"),
    ("Read ${DATA_DIR} and ${measure.stdout}", "measure"),
    ("with '$DATA_DIR' as it is", "DATA_DIR"),
    ("value: ${TOTAL}", "TOTAL"),
    ("${steps.fetch.outputs.count}", "count"),
    ("${consts.bucket}", "bucket"),
    ("key: ${foreach.letter}", "letter"),
    ("\"${steps.inner.outputs.said}\"", "inner"),
    ("depends: [inner]", "inner"),
    ("provider: house\n      prompt", "house"),
    ("action: greet", "greet"),
    ("tone: rough", "tone"),
    ("{{ .input.who }}", "who"),
    ("- TOKEN_INSIDE=${DEPLOY_TOKEN}", "DEPLOY_TOKEN"),
    ("run: ls /data $INSIDE", "INSIDE"),
    ("dag: child", "child"),
    ("params: \"size=1 ${env.DATA_DIR}\"", "size"),
    ("depends: *after", "after"),
    ("\\x24DATA_DIR", "DATA_DIR"),
    ("echo ${params.size} $size", "size}"),
    ("echo nothing", "echo"),
    ("description: \"Namen", "Namen"),
];

#[test]
fn where_names_come_from_and_go_to() {
    let text = file("tests/lsp/dags/names.yaml");
    let mut reports = Vec::new();
    for encoding in Encoding::ALL {
        let mut client = Client::ready(encoding);
        let document = client.open(URI, "yaml", &text);
        let mut report = String::new();
        for (line, part) in PLACES {
            let offset = place(&document, line, part, 1);
            let position = client.encoding.position(&text, offset);
            let definition = client.at("textDocument/definition", &document, offset);
            assert_eq!(definition, client.at("textDocument/declaration", &document, offset));
            let mut references = |with: bool| {
                let context = json!({"includeDeclaration": with});
                client.request("textDocument/references", json!({"textDocument": {"uri": URI}, "position": position, "context": context}))
            };
            let (all, uses) = (references(true), references(false));
            let count = |found: &Value| found.as_array().map_or(0, Vec::len);
            assert!(count(&all) >= count(&uses));
            let highlights = client.at("textDocument/documentHighlight", &document, offset);
            assert_eq!(all_shown(&client, &text, &highlights), all_shown(&client, &text, &all));
            let written = highlights.as_array().into_iter().flatten().filter(|highlight| highlight["kind"] == 3).count();
            report.push_str(&format!(
                "{} in {}\n  from {}\n  at {}\n  {} uses, {written} written\n",
                part.trim_end_matches('}'),
                line.lines().next().unwrap_or_default(),
                all_shown(&client, &text, &definition),
                all_shown(&client, &text, &all),
                count(&uses),
            ));
        }
        reports.push(report);
        client.findings(&document);
        client.shutdown();
    }
    insta::assert_snapshot!("names", reports[0]);
    assert!(reports.iter().all(|report| *report == reports[0]), "places differ with the encoding");
}

/// The text after a rename at the cursor, or why there is none.
fn renamed(client: &mut Client, marked: &str, to: &str) -> String {
    let (text, offset) = with_cursor(marked);
    // What is open already, and has the same findings, is not published again.
    let hash = std::hash::BuildHasher::hash_one(&std::hash::BuildHasherDefault::<std::hash::DefaultHasher>::default(), (marked, to));
    let document = client.open(&format!("file:///dags/{hash}/dag.yaml"), "dagu", &text);
    let position = client.encoding.position(&text, offset);
    let id = client.ask("textDocument/rename", json!({"textDocument": {"uri": document.uri}, "position": position, "newName": to}));
    let answer = client.answer(id);
    client.findings(&document);
    if let Some(error) = answer.get("error") {
        assert_eq!(error["code"], -32803);
        return error["message"].as_str().expect("text").to_owned();
    }
    let Some(changes) = answer["result"]["documentChanges"].as_array() else { return "nothing".to_owned() };
    assert_eq!(changes[0]["textDocument"], json!({"uri": document.uri, "version": 1}));
    let mut edits: Vec<_> = changes[0]["edits"].as_array().expect("a list").iter().collect();
    edits.sort_by_key(|edit| std::cmp::Reverse(client.encoding.offset(&text, &edit["range"]["start"])));
    edits.iter().fold(text.clone(), |mut text, edit| {
        let [start, end] = ["start", "end"].map(|end| client.encoding.offset(&text, &edit["range"][end]));
        text.replace_range(start..end, edit["newText"].as_str().expect("text"));
        text
    })
}

#[test]
fn a_rename_writes_the_name_as_each_place_needs_it() {
    for encoding in Encoding::ALL {
        let mut client = Client::ready(encoding);
        for (marked, to, expected) in [
            // Quotes, escapes, plain, in brackets, in several lines.
            (
                "steps:\n  - name: 'ü 🚀‸'\n    run: a\n  - name: b\n    depends: [\"ü \\U0001F680\", x]\n    run: b\n  - name: x\n",
                "it's \"so\"",
                "steps:\n  - name: 'it''s \"so\"'\n    run: a\n  - name: b\n    depends: [\"it's \\\"so\\\"\", x]\n    run: b\n  - name: x\n",
            ),
            (
                "steps:\n  - name: a‸\n    run: a\n  - depends: [a]\n    run: b\n",
                "b: c, d",
                "steps:\n  - name: \"b: c, d\"\n    run: a\n  - depends: [\"b: c, d\"]\n    run: b\n",
            ),
            (
                "env:\n  日本: 1\n  A‸: 2\nsteps:\n  - run: >\n      🚀 ${A}\n      ${A:-1} 'x'\n\n      $A ${AB}\n  - run: \"\\u00fc \\\n      $A\"\n",
                "LONGER",
                "env:\n  日本: 1\n  LONGER: 2\nsteps:\n  - run: >\n      🚀 ${LONGER}\n      ${LONGER:-1} 'x'\n\n      $LONGER ${AB}\n  - run: \"\\u00fc \\\n      $LONGER\"\n",
            ),
            (
                "params: \"A=1 B='x y'\"\nsteps:\n  - run: echo $‸A ${params.A}\n",
                "C",
                "params: \"C=1 B='x y'\"\nsteps:\n  - run: echo $C ${params.C}\n",
            ),
            // The step's own variable is another thing.
            (
                "env: {A: 1}\nsteps:\n  - env: {A: \"${A}2\"}\n    run: echo $‸A\n  - run: echo $A\n",
                "B",
                "env: {A: 1}\nsteps:\n  - env: {B: \"${A}2\"}\n    run: echo $B\n  - run: echo $A\n",
            ),
        ] {
            assert_eq!(renamed(&mut client, marked, to), expected);
        }
        client.shutdown();
    }
}

#[test]
fn what_cannot_be_renamed_says_why() {
    let mut client = Client::ready(Encoding::Utf16);
    let steps = |first: &str| format!("{first}steps:\n  - id: a\n    run: echo $A ${{HOME}}\n  - id: b\n    depends: a\n    run: echo\n");
    for (marked, to, why) in [
        (steps("").replace("id: b", "id: b‸"), "a", "`a` is taken: a step has the name"),
        (steps("").replace("id: b", "id: b‸"), "1x", "`1x` cannot be the name of a step: an id starts with a letter"),
        (steps("").replace("id: b", "id: b‸"), "params", "references use the word"),
        (steps("").replace("id: b", "id: b‸"), "  ", "it is empty"),
        (steps("").replace("$A", "$‸A"), "B", "`A` is not defined in this file"),
        (steps("env: {B‸: 1}\n"), "A", "`A` already means something where `B` is used"),
        (steps("env: {B‸: 1}\n"), "HOME", "`HOME` cannot be the name of a variable: it means something to the engine"),
        (steps("env: {ANTHROPIC_API_KEY‸: $X}\n"), "KEY", "is what other programs look for"),
        (steps("env: {B‸: 1, C: 2}\n"), "C", "`C` is taken: a variable has the name"),
        (steps("consts: [{B‸: 1}]\n"), "true", "YAML reads it as another kind of value"),
        (steps("harnesses:\n  h‸: {binary: x}\n"), "claude", "a built-in provider has it"),
        (steps("actions:\n  h‸:\n    template: {run: x}\n"), "http.request", "a built-in action has it"),
        ("steps:\n  - run: a\n  - depends: cmd_1‸\n    run: b\n".to_owned(), "x", "is made up by the engine. Give it an `id` first"),
        (
            "steps:\n  - id: a\n    run: ./x.sh\n    outputs: [{name: o‸}]\n".to_owned(),
            "x",
            "what the step `a` runs writes the output `o`, and where is not seen here",
        ),
        (
            "steps:\n  - id: a\n    env: &e {V‸: 1}\n    run: echo $V\n  - id: b\n    env: *e\n    run: echo $V\n".to_owned(),
            "x",
            "also stands for another variable here, through an alias",
        ),
        ("steps:\n  - id: a\n  - id: a‸\n".to_owned(), "x", "several steps are called `a`"),
        ("steps:\n  - id: a‸\n    run: x\n  - id: [a\n".to_owned(), "x", "cannot be read: mend the syntax error first"),
        ("steps:\n  - id: a\n    run: ec‸ho\n".to_owned(), "x", "nothing"),
    ] {
        let said = renamed(&mut client, &marked, to);
        assert!(said.contains(why), "{marked}\n{said}");
    }
    client.shutdown();
}

#[test]
fn a_step_is_found_by_its_other_name_too() {
    let mut client = Client::ready(Encoding::Utf16);
    let text = "steps:\n  - id: short\n    name: Long\n    run: a\n  - depends: Long\n    run: b\n  - depends: short\n    run: c\n";
    let document = client.open(URI, "dagu", text);
    for part in ["short\n    name", "Long\n    run: a"] {
        let found = client.at("textDocument/documentHighlight", &document, document.find(part));
        assert_eq!(all_shown(&client, text, &found), "2:short 3:Long 5:Long 7:short");
    }
    client.findings(&document);
    client.shutdown();
}

#[test]
fn prepare_gives_the_name_or_refuses() {
    let mut client = Client::start();
    let result = client.initialize(json!({"textDocument": {"rename": {"prepareSupport": true}}}));
    assert_eq!(result["capabilities"]["renameProvider"], json!({"prepareProvider": true}));
    let document = client.open(URI, "dagu", "steps:\n  - id: fetch\n    run: echo $OTHER\n");
    let name = client.at("textDocument/prepareRename", &document, document.find("fetch") + 5);
    assert_eq!(name["placeholder"], "fetch");
    assert_eq!(client.encoding.slice(&document.text, &name["range"]), "fetch");
    assert!(client.at("textDocument/prepareRename", &document, document.find("echo")).is_null());
    let position = client.encoding.position(&document.text, document.find("OTHER"));
    assert_eq!(client.refused("textDocument/prepareRename", json!({"textDocument": {"uri": URI}, "position": position})), -32803);
    client.findings(&document);
    client.shutdown();
}

fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// A workspace with a DAG that names other files.
fn workspace() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
        fs::write(path, text).expect("it can be written");
    };
    write("home/base.yaml", "env:\n  - FROM_BASE: 1\nharnesses:\n  shared: {binary: x}\n");
    write("work/.env", "# ü\nexport FROM_FILE=1\n");
    write("work/more.env", "OTHER=1\n");
    write("work/schema.json", "{}");
    write("work/child.yaml", "steps:\n  - id: first\n    run: echo\n  - id: second\n    depends: first\n    run: echo\n");
    write("work/build/Dockerfile", "FROM scratch\n");
    write("work/data/in.csv", "1\n");
    write("work/run.sh", "echo\n");
    write("work/notes.yaml", "shopping: list\n");
    let dag = "\
dotenv: more.env
params: {schema: ./schema.json}
container:
  image: a
  volumes: [./data:/data, ./absent:/absent, named:/x]
steps:
  - id: make
    run: |
      docker build -t x build
      docker build -f build/Dockerfile .
      ./run.sh \"$FROM_FILE\" $FROM_BASE; ./absent.sh
  - id: start
    depends: make
    action: dag.run
    with: {dag: child}
  - id: agent
    depends: [make, start]
    action: harness.run
    with: {provider: shared, prompt: x}
";
    write("work/main.yaml", dag);
    (folder, dag.to_owned())
}

#[test]
fn other_files_are_found() {
    let (folder, dag) = workspace();
    let root = folder.path().canonicalize().expect("it is there");
    let mut client = Client::start_at(&root.join("home"));
    let capabilities = json!({"textDocument": {"definition": {"linkSupport": true}}});
    let folders = json!([{"uri": uri(&root.join("work")), "name": "work"}]);
    let params = json!({"processId": null, "rootUri": null, "capabilities": capabilities, "workspaceFolders": folders});
    client.request("initialize", params);
    client.notify("initialized", json!({}));
    let document = client.open(&uri(&root.join("work/main.yaml")), "yaml", &dag);
    client.findings(&document);

    // Names from other files, and files.
    for (part, target, line) in [
        ("FROM_FILE", "work/.env", 1),
        ("FROM_BASE", "home/base.yaml", 1),
        ("shared", "home/base.yaml", 3),
        ("child", "work/child.yaml", 0),
        ("more.env", "work/more.env", 0),
        ("./schema.json", "work/schema.json", 0),
        ("./data", "work/data", 0),
    ] {
        let found = client.at("textDocument/definition", &document, document.find(part) + 1);
        assert_eq!(found[0]["targetUri"], uri(&root.join(target)), "{part}");
        assert_eq!(found[0]["targetSelectionRange"]["start"]["line"], line, "{part}");
        assert_eq!(client.encoding.slice(&dag, &found[0]["originSelectionRange"]), part);
    }
    let base = client.encoding.position(&dag, document.find("FROM_BASE"));
    let rename = json!({"textDocument": {"uri": document.uri}, "position": base, "newName": "X"});
    assert_eq!(client.refused("textDocument/rename", rename), -32803);

    // Links, each looked up when it is followed.
    let links = client.request("textDocument/documentLink", json!({"textDocument": {"uri": document.uri}}));
    let mut report = String::new();
    for link in links.as_array().expect("a list") {
        assert!(link["target"].is_null(), "{link}");
        let resolved = client.request("documentLink/resolve", link.clone());
        let target = resolved["target"].as_str().unwrap_or("-").replace(&uri(&root), "");
        report.push_str(&format!(
            "{} -> {target} ({})\n",
            client.encoding.slice(&dag, &link["range"]),
            link["tooltip"].as_str().unwrap_or("-")
        ));
    }
    insta::assert_snapshot!("links", report);

    // The tree of dependencies, into the other file.
    let items = client.at("textDocument/prepareCallHierarchy", &document, document.find("prompt"));
    let names = |calls: &Value, end: &str| -> Vec<String> {
        let calls = calls.as_array().expect("a list").iter();
        calls
            .map(|call| format!("{} {}", call[end]["name"].as_str().unwrap_or("-"), call["fromRanges"].as_array().map_or(0, Vec::len)))
            .collect()
    };
    assert_eq!(items[0]["name"], "agent");
    let out = client.request("callHierarchy/outgoingCalls", json!({"item": items[0]}));
    assert_eq!(names(&out, "to"), ["make 1", "start 1"]);
    let start = out[1]["to"].clone();
    let incoming = client.request("callHierarchy/incomingCalls", json!({"item": start}));
    assert_eq!(names(&incoming, "from"), ["agent 1"]);
    let range = &incoming[0]["fromRanges"][0];
    assert_eq!((client.encoding.slice(&dag, range), range["start"]["line"].as_u64()), ("start", Some(16)));
    let out = client.request("callHierarchy/outgoingCalls", json!({"item": start}));
    assert_eq!(names(&out, "to"), ["make 1", "child.yaml 1"]);
    let child = out[1]["to"].clone();
    assert_eq!((child["kind"].as_u64(), &child["uri"]), (Some(2), &json!(uri(&root.join("work/child.yaml")))));
    let last = client.request("callHierarchy/outgoingCalls", json!({"item": child}));
    assert_eq!(names(&last, "to"), ["second 0"]);
    let first = client.request("callHierarchy/outgoingCalls", json!({"item": last[0]["to"]}));
    assert_eq!(names(&first, "to"), ["first 1"]);

    // Symbols of the folder: the open document as it is now, the others from the disk.
    let found = client.request("workspace/symbol", json!({"query": "st"}));
    let mut names: Vec<String> = found
        .as_array()
        .expect("a list")
        .iter()
        .map(|symbol| {
            let file = symbol["location"]["uri"].as_str().expect("a name").rsplit('/').next().unwrap_or_default().to_owned();
            format!("{file} {}", symbol["name"].as_str().unwrap_or("-"))
        })
        .collect();
    names.sort();
    assert_eq!(names, ["child.yaml first", "main.yaml start"]);
    client.shutdown();
}

#[test]
fn a_file_that_is_no_dag_has_no_names() {
    let mut client = Client::ready(Encoding::Utf16);
    let document = client.open("file:///notes.yaml", "yaml", "name: &a b\nother: *a\n");
    for method in ["definition", "documentHighlight", "prepareRename", "prepareCallHierarchy"] {
        assert!(client.at(&format!("textDocument/{method}"), &document, 8).is_null(), "{method}");
    }
    for method in ["foldingRange", "documentLink"] {
        assert!(client.request(&format!("textDocument/{method}"), json!({"textDocument": {"uri": document.uri}})).is_null());
    }
    client.shutdown();
}
