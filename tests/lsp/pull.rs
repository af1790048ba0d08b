//! Findings that the client asks for: of a document, and of the workspace.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::client::{Client, Encoding};

const BROKEN: &str = "steps:\n  - id: one\n    rum: echo 1\n  - id: two\n    run: echo 2\n    depends: oen\n";
const CLEAN: &str = "steps:\n  - id: one\n    run: echo 1\n";
const CONTENT_MODIFIED: i64 = -32801;
const REQUEST_CANCELLED: i64 = -32800;

/// The address of a file or folder.
pub(crate) fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// A client that asks for findings, with folders open.
pub(crate) fn pulling(folders: &[&Path], more: Value) -> Client {
    let mut client = Client::start();
    let mut capabilities = json!({"textDocument": {"diagnostic": {}}});
    for (part, value) in more.as_object().expect("capabilities") {
        capabilities[part] = value.clone();
    }
    let folders: Vec<Value> = folders.iter().map(|folder| json!({"uri": uri(folder), "name": "folder"})).collect();
    let result = client.initialize_with(json!({"processId": null, "capabilities": capabilities, "workspaceFolders": folders}));
    let provider = json!({"identifier": "dagu-rs", "interFileDependencies": true, "workspaceDiagnostics": true, "workDoneProgress": true});
    assert_eq!(result["capabilities"]["diagnosticProvider"], provider);
    client
}

/// Rules of the findings of a report.
fn rules(report: &Value) -> Vec<&str> {
    let items = report["items"].as_array().unwrap_or_else(|| panic!("{report} has no findings"));
    items.iter().map(|found| found["code"].as_str().expect("a rule")).collect()
}

/// What a client knows after answers about the workspace: by name of the file the rules, and the names of the results.
#[derive(Default)]
struct Known {
    rules: BTreeMap<String, Vec<String>>,
    ids: BTreeMap<String, String>,
}

impl Known {
    /// Takes in what was answered; gives the names of files with their kinds.
    fn take(&mut self, items: &Value) -> Vec<(String, String)> {
        let mut news = Vec::new();
        for item in items.as_array().expect("a list") {
            let uri = item["uri"].as_str().expect("a name").to_owned();
            self.ids.insert(uri.clone(), item["resultId"].as_str().expect("a name").to_owned());
            if item["kind"] == "full" {
                self.rules.insert(file_name(&uri), rules(item).into_iter().map(str::to_owned).collect());
            }
            news.push((file_name(&uri), item["kind"].as_str().expect("a kind").to_owned()));
        }
        news
    }

    fn params(&self) -> Value {
        let previous: Vec<Value> = self.ids.iter().map(|(uri, value)| json!({"uri": uri, "value": value})).collect();
        json!({"previousResultIds": previous})
    }

    fn ask(&mut self, client: &mut Client) -> Vec<(String, String)> {
        let answer = client.request("workspace/diagnostic", self.params());
        self.take(&answer["items"])
    }

    fn findings(&self) -> Vec<(&str, Vec<&str>)> {
        self.rules.iter().map(|(name, rules)| (name.as_str(), rules.iter().map(String::as_str).collect())).collect()
    }
}

fn file_name(uri: &str) -> String {
    uri.rsplit('/').next().unwrap_or_default().to_owned()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, kind)| ((*name).to_owned(), (*kind).to_owned())).collect()
}

#[test]
fn a_client_that_asks_is_told_nothing_unasked() {
    let mut client = pulling(&[], json!({}));
    let mut document = client.open("file:///dags/broken.yaml", "yaml", BROKEN);
    let ask = |client: &mut Client, previous: &Value| {
        let params = json!({"textDocument": {"uri": "file:///dags/broken.yaml"}, "identifier": "dagu-rs", "previousResultId": previous});
        client.request("textDocument/diagnostic", params)
    };
    let first = ask(&mut client, &Value::Null);
    assert_eq!((first["kind"].as_str(), rules(&first)), (Some("full"), vec!["unknown-key", "unknown-dependency"]));
    let again = ask(&mut client, &first["resultId"]);
    assert_eq!(again, json!({"kind": "unchanged", "resultId": first["resultId"]}));

    // Findings that stay where they are have their name, whatever else changes.
    let end = document.text.len();
    client.edit(&mut document, end, end, "# more\n");
    assert_eq!(ask(&mut client, &first["resultId"])["kind"], "unchanged");
    let at = document.find("oen");
    client.edit(&mut document, at, at + 3, "one");
    let mended = ask(&mut client, &first["resultId"]);
    assert_eq!(rules(&mended), ["unknown-key"]);
    assert_ne!(mended["resultId"], first["resultId"]);
    assert_eq!(ask(&mut client, &first["resultId"])["kind"], "full");

    // What is no DAG, and what is not there, has no findings.
    client.open("file:///dags/compose.yaml", "yaml", "services: {web: {image: nginx}}\n");
    for uri in ["file:///dags/compose.yaml", "file:///dags/nowhere.yaml", "untitled:Untitled-1"] {
        let report = client.request("textDocument/diagnostic", json!({"textDocument": {"uri": uri}}));
        assert_eq!((&report["kind"], rules(&report)), (&json!("full"), vec![]));
    }
    client.close(&document);
    client.shutdown();
}

#[test]
fn findings_of_a_text_that_has_changed_meanwhile_are_not_given() {
    let mut client = pulling(&[], json!({}));
    let steps: String = (0..3000).map(|number| format!("  - id: step_{number}\n    run: echo ${{params.a}} > {number}.txt\n")).collect();
    let mut document = client.open("file:///dags/large.yaml", "yaml", &format!("steps:\n{steps}"));
    let params = json!({"textDocument": {"uri": document.uri}});
    let stale = client.ask("textDocument/diagnostic", params.clone());
    client.edit(&mut document, 0, 0, "bogus: 1\n");
    assert_eq!(client.answer(stale)["error"]["code"], CONTENT_MODIFIED);
    let report = client.request("textDocument/diagnostic", params);
    assert!(rules(&report).contains(&"unknown-key"));
    client.shutdown();
}

#[test]
fn all_dags_of_the_workspace_are_looked_at_open_or_not() {
    let (one, two) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let [one, two] = [&one, &two].map(|folder| folder.path().canonicalize().expect("it is there"));
    fs::create_dir(one.join("below")).expect("made");
    for (name, text) in [
        ("broken.yaml", BROKEN),
        ("below/clean.yml", CLEAN),
        ("compose.yaml", "services: {web: {image: nginx}}\n"),
        ("ignored.yaml", BROKEN),
        (".gitignore", "ignored.yaml\n"),
        ("notes.txt", BROKEN),
    ] {
        fs::write(one.join(name), text).expect("written");
    }
    fs::write(two.join("other.yaml"), BROKEN).expect("written");
    let mut client = pulling(&[&one, &one.join("below")], json!({}));
    let (mut known, both) = (Known::default(), vec!["unknown-key", "unknown-dependency"]);
    assert_eq!(known.ask(&mut client), pairs(&[("clean.yml", "full"), ("broken.yaml", "full")]));
    assert_eq!(known.findings(), [("broken.yaml", both.clone()), ("clean.yml", vec![])]);
    assert_eq!(known.ask(&mut client), pairs(&[("clean.yml", "unchanged"), ("broken.yaml", "unchanged")]));

    // The client's text counts, not that of the file; an open document has its version.
    let mut document = client.open(&uri(&one.join("below/clean.yml")), "yaml", CLEAN);
    client.edit(&mut document, 0, 0, "bogus: 1\n");
    let answer = client.request("workspace/diagnostic", known.params());
    assert_eq!(answer["items"][0]["version"], 2);
    assert_eq!(answer["items"][1]["version"], Value::Null);
    known.take(&answer["items"]);
    assert_eq!(known.findings(), [("broken.yaml", both.clone()), ("clean.yml", vec!["unknown-key"])]);
    client.close(&document);
    assert_eq!(known.ask(&mut client), pairs(&[("clean.yml", "full"), ("broken.yaml", "unchanged")]));

    // Folders come and go, files change and go.
    let change = |added: &[&Path], removed: &[&Path]| {
        let folders = |paths: &[&Path]| paths.iter().map(|path| json!({"uri": uri(path), "name": "f"})).collect::<Vec<_>>();
        json!({"event": {"added": folders(added), "removed": folders(removed)}})
    };
    client.notify("workspace/didChangeWorkspaceFolders", change(&[&two], &[]));
    fs::write(one.join("broken.yaml"), CLEAN).expect("written");
    known.ask(&mut client);
    assert_eq!(known.findings(), [("broken.yaml", vec![]), ("clean.yml", vec![]), ("other.yaml", both)]);
    fs::remove_file(one.join("broken.yaml")).expect("removed");
    client.notify("workspace/didChangeWorkspaceFolders", change(&[], &[&two]));
    let news = known.ask(&mut client);
    assert!(news.contains(&("other.yaml".to_owned(), "full".to_owned())), "{news:?}");
    assert_eq!(known.findings(), [("broken.yaml", vec![]), ("clean.yml", vec![]), ("other.yaml", vec![])]);

    // A closed file that is asked for by its name is read.
    let report = client.request("textDocument/diagnostic", json!({"textDocument": {"uri": uri(&two.join("other.yaml"))}}));
    assert_eq!(rules(&report), ["unknown-key", "unknown-dependency"]);
    client.shutdown();
}

/// A folder of DAGs, each with a finding.
fn many(number: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for number in 0..number {
        fs::write(folder.path().join(format!("dag_{number:03}.yaml")), BROKEN).expect("written");
    }
    folder
}

#[test]
fn a_long_answer_comes_in_pieces_with_progress() {
    let folder = many(120);
    let mut client = pulling(&[folder.path()], json!({}));
    let params = json!({"previousResultIds": [], "workDoneToken": "work", "partialResultToken": 7});
    let id = client.ask("workspace/diagnostic", params);
    let (said, answer) = client.until_answer(id);
    assert_eq!(answer["result"], json!({"items": []}));
    assert!(said.iter().all(|message| message["method"] == "$/progress"), "{said:#?}");
    let of =
        |token: Value| said.iter().filter(move |message| message["params"]["token"] == token).map(|message| &message["params"]["value"]);
    let kinds: Vec<&str> = of(json!("work")).map(|value| value["kind"].as_str().expect("a kind")).collect();
    assert_eq!((kinds.first(), kinds.last()), (Some(&"begin"), Some(&"end")));
    assert!(kinds[1..kinds.len() - 1].iter().all(|kind| *kind == "report") && kinds.len() > 3, "{kinds:?}");
    let mut known = Known::default();
    let pieces: Vec<usize> = of(json!(7)).map(|value| known.take(&value["items"]).len()).collect();
    assert_eq!((pieces.len(), pieces.iter().sum(), known.rules.len()), (3, 120_usize, 120));
    client.shutdown();
}

#[test]
fn long_work_is_shown_where_the_client_shows_it() {
    let folder = many(600);
    let mut client = pulling(&[folder.path()], json!({"window": {"workDoneProgress": true}}));
    let id = client.ask("workspace/diagnostic", json!({"previousResultIds": []}));
    // A machine that is done within half a second has nothing to show.
    let Some((create, params)) = client.asked_before("window/workDoneProgress/create", id) else { return client.shutdown() };
    client.reply(&create, Value::Null);
    let (said, answer) = client.until_answer(id);
    assert_eq!(answer["result"]["items"].as_array().map(Vec::len), Some(600));
    let kinds: Vec<&str> = said.iter().map(|message| message["params"]["value"]["kind"].as_str().expect("a kind")).collect();
    assert_eq!((kinds.first(), kinds.last()), (Some(&"begin"), Some(&"end")), "{said:#?}");
    assert!(said.iter().all(|message| message["params"]["token"] == params["token"]));
    client.shutdown();
}

#[test]
fn a_look_at_the_workspace_can_be_taken_back_and_holds_up_nothing() {
    let folder = many(400);
    let mut client = pulling(&[folder.path()], json!({"window": {"workDoneProgress": false}}));
    let document = client.open("file:///dags/broken.yaml", "yaml", BROKEN);
    let long: Vec<i64> = (0..6).map(|_| client.ask("workspace/diagnostic", json!({"previousResultIds": []}))).collect();
    let place = json!({"textDocument": {"uri": document.uri}, "position": {"line": 0, "character": 1}});
    let hover = client.ask("textDocument/hover", place);
    for id in &long {
        client.cancel(*id);
    }
    let (before, answer) = client.until_answer(hover);
    assert!(answer["result"]["contents"].is_object(), "{answer}");
    let mut answers: Vec<Value> = before;
    while answers.len() < long.len() {
        let id = *long.iter().find(|id| answers.iter().all(|answer| answer["id"] != **id)).expect("one is left");
        answers.push(client.answer(id));
    }
    assert!(answers.iter().all(|answer| answer["error"]["code"] == REQUEST_CANCELLED), "{answers:#?}");
    // What was answered is not answered again, nor what never was asked.
    client.cancel(long[0]);
    client.cancel(hover);
    client.cancel(4711);
    let report = client.request("textDocument/diagnostic", json!({"textDocument": {"uri": document.uri}}));
    assert_eq!(rules(&report).len(), 2);
    client.shutdown();
}

#[test]
fn a_closed_file_is_judged_with_what_it_rests_on_now() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().canonicalize().expect("it is there");
    fs::write(path.join("dag.yaml"), "steps:\n  - run: echo\n    bogus: 1\n").expect("written");
    let mut client = pulling(&[&path], json!({}));
    let mut known = Known::default();
    known.ask(&mut client);
    assert_eq!(known.findings(), [("dag.yaml", vec!["unknown-key"])]);
    fs::write(path.join("dagu-rs.toml"), "ignore = [\"unknown-key\"]\n").expect("written");
    known.ask(&mut client);
    assert_eq!(known.findings(), [("dag.yaml", vec![])]);
    client.shutdown();
}

#[test]
fn a_document_of_each_encoding_is_reported_in_it() {
    let text = "steps:\n  - {name: \"é🚀\", rum: x}\n";
    for encoding in Encoding::ALL {
        let mut client = Client::start();
        client.initialize(json!({"general": {"positionEncodings": [encoding.name()]}, "textDocument": {"diagnostic": {}}}));
        client.encoding = encoding;
        let document = client.open("file:///dags/utf.yaml", "dagu", text);
        let report = client.request("textDocument/diagnostic", json!({"textDocument": {"uri": document.uri}}));
        let items = report["items"].as_array().expect("a list");
        let marked: Vec<&str> = items.iter().map(|found| encoding.slice(text, &found["range"])).collect();
        assert!(marked.contains(&"rum"), "{marked:?}");
        client.shutdown();
    }
}
