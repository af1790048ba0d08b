//! Code lenses, and the commands that they stand for.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Client, Document, Encoding};

const DAG: &str = "\
description: 日本🚀
steps:
  - id: one
    run: echo hello from one
  - {\"description\": \"🚀\", \"id\": \"two\", run: \"echo 🚀\", depends: one}
  - id: three
    depends: [one, two]
    run: echo
";

/// A client that shows progress and documents.
fn able(folder: &Path, more: Value) -> Client {
    let mut client = Client::start_at(folder);
    let mut capabilities = json!({"window": {"workDoneProgress": true, "showDocument": {"support": true}}});
    capabilities.as_object_mut().expect("a mapping").extend(more.as_object().expect("a mapping").clone());
    client.initialize(capabilities);
    client
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// A file on disk that is open.
fn open(client: &mut Client, folder: &Path, name: &str, text: &str) -> Document {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
    fs::write(&path, text).expect("it can be written");
    let document = client.open(&format!("file://{}", path.display()).replace(' ', "%20"), "yaml", text);
    client.findings(&document);
    document
}

fn lenses(client: &mut Client, document: &Document) -> Vec<Value> {
    let lenses = client.request("textDocument/codeLens", json!({"textDocument": {"uri": document.uri}}));
    lenses.as_array().expect("a list").clone()
}

fn execute(client: &mut Client, command: &str, arguments: Value) {
    let result = client.request("workspace/executeCommand", json!({"command": command, "arguments": arguments}));
    assert!(result.is_null());
}

#[test]
fn lenses_are_above_the_dag_and_the_steps_that_others_wait_for() {
    for encoding in Encoding::ALL {
        let mut client = Client::ready(encoding);
        let text = format!("{DAG}---\nname: second\nsteps:\n  - id: a\n    run: x\n  - depends: a\n    run: y\n");
        let document = client.open("file:///dags/lenses.yaml", "yaml", &text);
        client.findings(&document);
        let shown = |lens: &Value| {
            let arguments = lens["command"]["arguments"].as_array().expect("a list");
            assert_eq!(arguments[0], document.uri);
            let place = encoding.slice(&document.text, &lens["range"]);
            format!("{} ({}) at {place}", lens["command"]["title"].as_str().unwrap(), lens["command"]["command"].as_str().unwrap())
        };
        let lenses = client.request("textDocument/codeLens", json!({"textDocument": {"uri": document.uri}}));
        let lenses: Vec<String> = lenses.as_array().expect("a list").iter().map(shown).collect();
        assert_eq!(
            lenses,
            [
                "Run DAG (dagu-rs.run) at description",
                "Plan (dagu-rs.plan) at description",
                "Preview (dagu-rs.preview) at description",
                "2 dependents (dagu-rs.showDependents) at one",
                "1 dependent (dagu-rs.showDependents) at \"two\"",
                "1 dependent (dagu-rs.showDependents) at a",
            ]
        );
        client.shutdown();
    }
}

#[test]
fn what_is_no_file_cannot_be_run() {
    let mut client = Client::ready(Encoding::Utf16);
    let document = client.open("untitled:dag", "dagu", "steps:\n  - id: a\n    run: echo\n");
    client.findings(&document);
    assert_eq!(lenses(&mut client, &document), [] as [Value; 0]);
    for (command, arguments) in [
        ("dagu-rs.run", json!(["untitled:dag"])),
        ("dagu-rs.run", json!(["no uri"])),
        ("dagu-rs.run", json!([])),
        ("dagu-rs.plan", json!([3])),
        ("dagu-rs.showDependents", json!(["file:///a.yaml"])),
        ("rm", json!(["file:///a.yaml"])),
    ] {
        assert_eq!(client.refused("workspace/executeCommand", json!({"command": command, "arguments": arguments})), -32602, "{command}");
    }
    client.shutdown();
}

/// What the server asks next of the client by a method, once this was answered.
fn allowed(client: &mut Client, method: &str, result: Value) -> Value {
    let (id, params) = client.asked(method);
    client.reply(&id, result);
    params
}

/// The token and the messages of the next progress, up to its end.
fn progress(client: &mut Client, token: &Value) -> Vec<Value> {
    let mut said = Vec::new();
    loop {
        let params = client.notified("$/progress");
        assert_eq!(&params["token"], token);
        let is_end = params["value"]["kind"] == "end";
        said.push(params["value"].clone());
        if is_end {
            return said;
        }
    }
}

#[test]
fn a_dag_is_run_with_progress_and_its_output_in_the_log() {
    let folder = folder();
    let mut client = able(folder.path(), json!({}));
    let document = open(&mut client, folder.path(), "my dags/run-me.yaml", "steps:\n  - id: a\n    run: echo hello from a\n");
    let lens = lenses(&mut client, &document).remove(0);
    execute(&mut client, lens["command"]["command"].as_str().expect("text"), lens["command"]["arguments"].clone());
    let token = allowed(&mut client, "window/workDoneProgress/create", Value::Null)["token"].clone();
    let said = progress(&mut client, &token);
    assert_eq!(said.last().expect("its end")["message"], "run-me.yaml: the run succeeded; what it said is in the log");
    assert_eq!(client.shown(), "run-me.yaml: the run succeeded; what it said is in the log");
    while !client.logged().contains("hello from a") {}
    client.drain_log();
    assert_eq!(
        (&said[0]["kind"], &said[0]["title"], &said[0]["cancellable"]),
        (&json!("begin"), &json!("Running run-me.yaml"), &json!(true))
    );
    client.shutdown();
}

#[test]
fn a_failing_run_says_so() {
    let folder = folder();
    let mut client = Client::start_at(folder.path()).agreed(Encoding::Utf16);
    let mut document = open(&mut client, folder.path(), "fail.yaml", "steps:\n  - id: a\n    run: sh -c 'echo broken; exit 3'\n");
    let end = document.text.len();
    client.edit(&mut document, end, end, "# more\n");
    client.findings(&document);
    execute(&mut client, "dagu-rs.run", json!([document.uri]));
    assert_eq!(client.shown(), "fail.yaml has changes that are not saved: what runs is the file on disk");
    let text = client.shown();
    assert!(text.starts_with("fail.yaml: the run failed (exit code 1)"), "{text}");
    let mut found = false;
    while !found {
        found = client.logged().contains("broken");
    }
    client.drain_log();
    client.shutdown();
}

#[test]
fn a_run_is_cancelled_by_its_progress() {
    let folder = folder();
    let mut client = able(folder.path(), json!({}));
    let document = open(&mut client, folder.path(), "long.yaml", "steps:\n  - id: a\n    run: echo started && sleep 600\n");
    execute(&mut client, "dagu-rs.run", json!([document.uri]));
    let token = allowed(&mut client, "window/workDoneProgress/create", Value::Null)["token"].clone();
    while !client.logged().contains("started") {}
    client.notify("window/workDoneProgress/cancel", json!({"token": token}));
    client.notify("window/workDoneProgress/cancel", json!({"token": "another"}));
    let said = progress(&mut client, &token);
    assert_eq!(said.last().expect("its end")["message"], "long.yaml: stopped");
    assert_eq!(client.shown(), "long.yaml: stopped");
    client.drain_log();
    client.shutdown();
}

#[test]
fn what_still_runs_ends_with_the_server() {
    for is_orderly in [true, false] {
        let folder = folder();
        let mut client = Client::start_at(folder.path()).agreed(Encoding::Utf16);
        let mark = folder.path().join("ended");
        let text =
            format!("steps:\n  - id: a\n    run: echo started && sleep 600\nhandler_on:\n  exit:\n    run: touch {}\n", mark.display());
        let document = open(&mut client, folder.path(), "long.yaml", &text);
        execute(&mut client, "dagu-rs.run", json!([document.uri]));
        while !client.logged().contains("started") {}
        if is_orderly {
            assert!(client.request("shutdown", Value::Null).is_null());
            client.notify("exit", Value::Null);
        } else {
            client.hang_up();
        }
        assert_eq!(client.exit_code(), i32::from(!is_orderly));
        assert!(mark.exists(), "the handler of the run was run");
    }
}

#[test]
fn a_plan_is_opened() {
    let folder = folder();
    let mut client = able(folder.path(), json!({}));
    let document = open(&mut client, folder.path(), "show.yaml", DAG);
    execute(&mut client, "dagu-rs.plan", json!([document.uri]));
    let token = allowed(&mut client, "window/workDoneProgress/create", Value::Null)["token"].clone();
    let shown = allowed(&mut client, "window/showDocument", json!({"success": true}));
    assert_eq!(shown["external"], Value::Null);
    let path = shown["uri"].as_str().expect("text").strip_prefix("file://").expect("a file");
    let name = Path::new(path).file_name().and_then(OsStr::to_str).expect("text");
    assert!(name.starts_with("show-") && name.ends_with(".plan.txt"), "{path}");
    let text = fs::read_to_string(path).expect("it is there");
    assert!(text.contains("one"), "{text}");
    progress(&mut client, &token);
    assert_eq!(client.shown(), "show.yaml: the plan was opened");
    // Errors are told.
    fs::write(folder.path().join("show.yaml"), "3\n").expect("it can be written");
    execute(&mut client, "dagu-rs.plan", json!([document.uri]));
    let token = allowed(&mut client, "window/workDoneProgress/create", Value::Null)["token"].clone();
    progress(&mut client, &token);
    let text = client.shown();
    assert!(text.starts_with("show.yaml: there is no plan (exit code 3)"), "{text}");
    client.drain_log();
    client.shutdown();
}

#[test]
fn a_client_that_opens_nothing_is_told_where_it_is() {
    let folder = folder();
    let mut client = Client::start_at(folder.path()).agreed(Encoding::Utf16);
    let document = open(&mut client, folder.path(), "show.yaml", DAG);
    execute(&mut client, "dagu-rs.plan", json!([document.uri]));
    let text = client.shown();
    let path = text.strip_prefix("show.yaml: the plan is ").expect("the path");
    assert_eq!(client.logged(), fs::read_to_string(path).expect("it is there"));
    client.shutdown();
}

#[test]
fn dependents_are_shown() {
    let folder = folder();
    let mut client = able(folder.path(), json!({}));
    let document = open(&mut client, folder.path(), "wait.yaml", DAG);
    let lenses = lenses(&mut client, &document);
    let of = |title: &str| lenses.iter().find(|lens| lens["command"]["title"] == title).expect("it is there")["command"].clone();
    execute(&mut client, "dagu-rs.showDependents", of("1 dependent")["arguments"].clone());
    let shown = allowed(&mut client, "window/showDocument", json!({"success": true}));
    assert_eq!(client.encoding.slice(DAG, &shown["selection"]), "three");
    execute(&mut client, "dagu-rs.showDependents", of("2 dependents")["arguments"].clone());
    let asked = allowed(&mut client, "window/showMessageRequest", json!({"title": "two (line 5)"}));
    assert_eq!(asked["actions"], json!([{"title": "two (line 5)"}, {"title": "three (line 6)"}]));
    let shown = allowed(&mut client, "window/showDocument", json!({"success": true}));
    assert_eq!(client.encoding.slice(DAG, &shown["selection"]), "\"two\"");
    client.shutdown();

    let mut client = able(folder.path(), json!({"experimental": {"commands": {"commands": ["editor.action.showReferences"]}}}));
    let document = open(&mut client, folder.path(), "wait.yaml", DAG);
    let lens =
        self::lenses(&mut client, &document).into_iter().find(|lens| lens["command"]["title"] == "1 dependent").expect("it is there");
    assert_eq!(lens["command"]["command"], "editor.action.showReferences");
    assert_eq!(client.encoding.slice(DAG, &lens["command"]["arguments"][2][0]["range"]), "three");
    client.shutdown();
}
