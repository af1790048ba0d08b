//! What lies outside of the text changes: open documents are looked at anew, without an edit.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::client::{Client, Document};
use crate::pull::uri;

fn codes(client: &mut Client, document: &Document) -> Vec<String> {
    let found = client.findings(document);
    found.iter().map(|found| found["code"].as_str().expect("a rule").to_owned()).collect()
}

/// Writes a file and says so, as a client that watches does.
fn write(client: &mut Client, path: &Path, text: &str) {
    fs::write(path, text).expect("written");
    client.notify("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": uri(path), "type": 2}]}));
}

#[test]
fn files_are_watched_by_a_client_that_does() {
    let home = tempfile::tempdir().expect("a folder");
    fs::create_dir(home.path().join("dags")).expect("made");
    let inside = ["**/*.{yaml,yml,json,toml}", "**/*.env*", "**/.env*"].map(|pattern| json!({"globPattern": pattern}));
    let outside = [("", "base.yaml"), ("dags/", "**/*.{yaml,yml}")];
    let outside =
        outside.map(|(below, pattern)| json!({"globPattern": {"baseUri": format!("{}/{below}", uri(home.path())), "pattern": pattern}}));
    for (files, expected) in [
        (json!({"dynamicRegistration": true, "relativePatternSupport": true}), Some([inside.to_vec(), outside.to_vec()].concat())),
        (json!({"dynamicRegistration": true}), Some(inside.to_vec())),
        (json!({"dynamicRegistration": false, "relativePatternSupport": true}), None),
        (json!({}), None),
    ] {
        let mut client = Client::start_at(home.path());
        client.initialize(json!({"workspace": {"didChangeWatchedFiles": files}}));
        if let Some(watchers) = expected {
            let (id, params) = client.asked("client/registerCapability");
            let options = json!({"watchers": watchers});
            let registration = json!({"id": "dagu-rs/files", "method": "workspace/didChangeWatchedFiles", "registerOptions": options});
            assert_eq!(params, json!({"registrations": [registration]}));
            client.reply(&id, Value::Null);
        }
        client.shutdown();
    }
}

#[test]
fn what_a_document_rests_on_is_read_again() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().canonicalize().expect("it is there");
    let mut client = Client::start_at(&folder);
    client.initialize(json!({}));

    let inherits = client.open(&uri(&folder.join("inherits.yaml")), "yaml", "steps:\n  - action: greet.all\n");
    assert_eq!(codes(&mut client, &inherits), ["invalid-value"]);
    let base = "actions:\n  greet.all:\n    input_schema: {type: object}\n    template: {run: echo hello}\n";
    write(&mut client, &folder.join("base.yaml"), base);
    assert_eq!(codes(&mut client, &inherits), Vec::<String>::new());
    client.close(&inherits);
    assert_eq!(client.published(&inherits.uri)["diagnostics"], json!([]));

    let calls = "steps:\n  - id: c\n    action: dag.run\n    with: {dag: child, params: {dya: x}}\n";
    let calls = client.open(&uri(&folder.join("calls.yaml")), "yaml", calls);
    assert_eq!(codes(&mut client, &calls), Vec::<String>::new());
    write(&mut client, &folder.join("child.yaml"), "params:\n  - name: day\n    default: a\nsteps:\n  - run: echo ${params.day}\n");
    let found = codes(&mut client, &calls);
    assert_eq!(found, ["sub-dag-params-invalid"]);
    write(&mut client, &folder.join("dagu-rs.toml"), "ignore = [\"sub-dag-params-invalid\"]\n");
    assert_eq!(codes(&mut client, &calls), Vec::<String>::new());

    // One that is wrong is shown once, and again when it is wrong in another way.
    write(&mut client, &folder.join("dagu-rs.toml"), "ignor = []\n");
    assert!(client.shown().contains("unknown key `ignor`"));
    assert_eq!(codes(&mut client, &calls), ["sub-dag-params-invalid"]);
    write(&mut client, &folder.join("child.yaml"), "params:\n  - name: dya\n    default: a\nsteps:\n  - run: echo ${params.dya}\n");
    assert_eq!(codes(&mut client, &calls), Vec::<String>::new());
    write(&mut client, &folder.join("dagu-rs.toml"), "selec = []\n");
    assert!(client.shown().contains("unknown key `selec`"));
    fs::remove_file(folder.join("dagu-rs.toml")).expect("removed");

    // The client asks again for nothing when the only document was saved.
    client.notify("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": calls.uri, "type": 2}]}));

    // A file that bears on no DAG is nobody's business, and what finds the same is not said again.
    write(&mut client, &folder.join("notes.txt"), "notes");
    write(&mut client, &folder.join("unrelated.json"), "{}");
    client.shutdown();
}

#[test]
fn a_schema_file_and_a_dotenv_file_are_read_again() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().canonicalize().expect("it is there");
    let mut client = Client::start_at(&folder);
    client.initialize(json!({}));
    let text = "params:\n  schema: ./params.schema.json\n  values:\n    region: 1\nsteps:\n  - run: echo ${params.region}\n";
    let document = client.open(&uri(&folder.join("schema.yaml")), "yaml", text);
    let missing = codes(&mut client, &document);
    assert_ne!(missing, Vec::<String>::new());
    write(&mut client, &folder.join("params.schema.json"), "{\"type\": \"object\", \"properties\": {\"region\": {\"type\": \"integer\"}}}");
    assert_ne!(codes(&mut client, &document), missing);

    let text = "container:\n  image: alpine:3.20\n  volumes: [\"${DATA_DIR}:/data\"]\nsteps:\n  - run: echo\n";
    let document = client.open(&uri(&folder.join("dotenv.yaml")), "yaml", text);
    assert_eq!(codes(&mut client, &document), ["volume-source-variable-unset"]);
    write(&mut client, &folder.join(".env"), "DATA_DIR=/srv/data\n");
    assert_eq!(codes(&mut client, &document), Vec::<String>::new());
    client.shutdown();
}
