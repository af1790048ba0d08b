//! A picture of a DAG, for clients that can show one.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::client::{Client, Encoding};

const DAG: &str = "\
container:
  image: alpine:3.20
env:
  - API_TOKEN: not-to-be-shown
steps:
  - id: first
    run: echo $API_TOKEN
  - id: zweiter
    run: echo ü
    depends: first
";

fn preview(client: &mut Client, arguments: Value) -> Value {
    client.request("workspace/executeCommand", json!({"command": "dagu-rs.preview", "arguments": arguments}))
}

fn path(shown: &Value) -> PathBuf {
    PathBuf::from(shown["uri"].as_str().and_then(|uri| uri.strip_prefix("file://")).expect("a file"))
}

#[test]
fn the_picture_is_that_of_the_text_as_it_is() {
    let mut client = Client::ready(Encoding::Utf16);
    let mut document = client.open("file:///dags/deploy.yaml", "yaml", DAG);
    let params = json!({"textDocument": {"uri": document.uri}});
    let picture = client.request("dagu-rs/preview", params.clone());
    let svg = picture["svg"].as_str().expect("a picture");
    assert!(svg.starts_with("<svg") && svg.contains("first") && svg.contains("zweiter") && svg.contains("deploy"), "{svg}");
    assert!(svg.contains("API_TOKEN") && !svg.contains("not-to-be-shown"), "{svg}");

    let at = document.find("id: first") + "id: first".len();
    client.edit(&mut document, at, at, "_of_all");
    let shown = preview(&mut client, json!([document.uri]));
    assert_eq!(shown["shown"], false);
    let file = path(&shown);
    assert!(fs::read_to_string(&file).expect("it was written").contains("first_of_all"));
    // The next one takes its place; without an argument it is the document that was touched last.
    assert_eq!(preview(&mut client, json!([])), shown);

    client.open("file:///dags/compose.yaml", "yaml", "services: {}\n");
    for uri in ["file:///dags/compose.yaml", "file:///dags/nowhere.yaml"] {
        assert!(client.request("dagu-rs/preview", json!({"textDocument": {"uri": uri}})).is_null());
        assert!(preview(&mut client, json!([uri])).is_null());
    }
    const INVALID_PARAMS: i64 = -32602;
    let command = |command: &str, argument: Value| json!({"command": command, "arguments": [argument]});
    assert_eq!(client.refused("workspace/executeCommand", command("dagu-rs.preview", json!(7))), INVALID_PARAMS);
    assert_eq!(client.refused("workspace/executeCommand", command("dagu-rs.nonsense", json!(7))), INVALID_PARAMS);
    client.findings(&document);
    client.shutdown();
    assert!(!file.exists(), "{} is still there", file.display());
}

#[test]
fn a_client_that_can_shows_it() {
    let mut client = Client::start();
    client.initialize(json!({"window": {"showDocument": {"support": true}}}));
    let document = client.open("file:///dags/deploy.yaml", "yaml", DAG);
    client.findings(&document);
    for success in [true, false] {
        let params = json!({"command": "dagu-rs.preview", "arguments": [document.uri]});
        let command = client.ask("workspace/executeCommand", params);
        let (id, params) = client.asked("window/showDocument");
        assert_eq!((&params["external"], &params["takeFocus"]), (&json!(true), &json!(true)));
        client.reply(&id, json!({"success": success}));
        let shown = client.answer(command)["result"].clone();
        assert_eq!((&shown["shown"], &shown["uri"]), (&json!(success), &params["uri"]));
    }
    // An answer that comes when the command was taken back is nobody's.
    let params = json!({"command": "dagu-rs.preview", "arguments": [document.uri]});
    let command = client.ask("workspace/executeCommand", params);
    let (id, _) = client.asked("window/showDocument");
    client.cancel(command);
    assert_eq!(client.answer(command)["error"]["code"], -32800);
    client.reply(&id, json!({"success": true}));
    client.at("textDocument/hover", &document, 0);
    client.shutdown();
}
