//! The conversation itself: beginning, end, and what does not belong into it.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::client::{Client, Encoding};

#[test]
fn initialize_says_what_is_there() {
    let mut client = Client::start();
    let result = client.initialize(json!({}));
    let expected = json!({
        "capabilities": {
            "positionEncoding": "utf-16",
            "textDocumentSync": {"openClose": true, "change": 2},
            "callHierarchyProvider": true,
            "declarationProvider": true,
            "definitionProvider": true,
            "documentHighlightProvider": true,
            "documentLinkProvider": {"resolveProvider": true},
            "foldingRangeProvider": true,
            "referencesProvider": true,
            "renameProvider": true,
            "selectionRangeProvider": true,
            "workspaceSymbolProvider": true,
            "hoverProvider": true,
            "completionProvider": {
                "triggerCharacters": [":", " ", "-", "$", "{", ".", "/", "[", ",", "\"", "'"],
                "resolveProvider": true,
            },
            "documentSymbolProvider": true,
            "inlayHintProvider": true,
            "workspace": {"workspaceFolders": {"supported": true, "changeNotifications": true}},
            "codeActionProvider": {
                "codeActionKinds": [
                    "quickfix",
                    "refactor.rewrite",
                    "refactor.extract",
                    "refactor.inline",
                    "source.fixAll",
                    "source.fixAll.dagu-rs",
                    "source.migrate.dagu-rs",
                ],
                "resolveProvider": true,
            },
            "codeLensProvider": {"resolveProvider": false},
            "executeCommandProvider": {"commands": ["dagu-rs.run", "dagu-rs.plan", "dagu-rs.preview", "dagu-rs.showDependents"]},
            "documentFormattingProvider": true,
            "documentRangeFormattingProvider": true,
            "semanticTokensProvider": {
                "legend": {
                    "tokenTypes": [
                        "variable", "parameter", "property", "function", "string", "comment", "enumMember", "number", "operator",
                    ],
                    "tokenModifiers": ["readonly"],
                },
                "range": true,
                "full": {"delta": true},
            },
        },
        "serverInfo": {"name": "dagu-rs", "version": env!("CARGO_PKG_VERSION")},
    });
    assert_eq!(result, expected);
    client.shutdown();
}

#[test]
fn the_first_known_encoding_of_the_client_is_taken() {
    for (offered, agreed) in [
        (json!(["utf-8", "utf-16"]), "utf-8"),
        (json!(["utf-16", "utf-8"]), "utf-16"),
        (json!(["utf-7", "utf-32", "utf-8"]), "utf-32"),
        (json!(["utf-7"]), "utf-16"),
        (json!([]), "utf-16"),
        (Value::Null, "utf-16"),
    ] {
        let mut client = Client::start();
        let result = client.initialize(json!({"general": {"positionEncodings": offered}}));
        assert_eq!(result["capabilities"]["positionEncoding"], agreed, "{offered}");
        client.shutdown();
    }
}

#[test]
fn exit_after_shutdown_is_orderly_even_in_one_breath() {
    let mut client = Client::ready(Encoding::Utf16);
    let text = "steps:\n  - id: a\n    run: echo\n";
    let document = client.open("file:///dags/a.yaml", "yaml", text);
    let hover = client.ask("textDocument/hover", json!({"textDocument": {"uri": document.uri}, "position": {"line": 1, "character": 8}}));
    let shutdown = client.ask("shutdown", Value::Null);
    client.notify("exit", Value::Null);
    assert_eq!(client.exit_code(), 0);
    // What was asked before the end is answered.
    assert!(client.answer(hover)["result"]["contents"].is_object());
    assert!(client.answer(shutdown)["result"].is_null());
}

#[test]
fn the_server_ends_with_its_editor() {
    for on_the_command_line in [false, true] {
        let mut editor = Command::new("sleep").arg("1000").spawn().expect("it starts");
        let number = editor.id();
        let argument = format!("--clientProcessId={number}");
        let mut client = Client::start_with(&[argument.as_str()][..usize::from(on_the_command_line)]);
        let named = if on_the_command_line { Value::Null } else { json!(number) };
        client.initialize_with(json!({"processId": named, "capabilities": {}}));
        let document = client.open("file:///dags/a.yaml", "yaml", "steps:\n  - run: echo\n");
        client.findings(&document);
        editor.kill().and_then(|()| editor.wait()).expect("it ends");
        // The stream stays open.
        assert_eq!(client.exit_code(), 1);
    }
}

#[test]
fn an_editor_that_cannot_be_seen_is_no_reason_to_end() {
    let mut gone = Command::new("true").spawn().expect("it starts");
    gone.wait().expect("it ends");
    let mut client = Client::start_with(&["--clientProcessId", &gone.id().to_string()]);
    client.initialize_with(json!({"processId": gone.id(), "capabilities": {}}));
    std::thread::sleep(std::time::Duration::from_millis(1500));
    client.shutdown();
}

#[test]
fn what_is_asked_is_traced_when_the_client_wants_it() {
    let mut client = Client::start();
    client.initialize_with(json!({"processId": null, "capabilities": {}, "trace": "messages"}));
    let traced = |client: &mut Client| {
        client.request("textDocument/hover", json!({"textDocument": {"uri": "file:///a.yaml"}, "position": {"line": 0, "character": 0}}));
        client.notified("$/logTrace")
    };
    assert_eq!(client.notified("$/logTrace")["message"].as_str().map(|text| text.starts_with("initialized: ")), Some(true));
    let said = traced(&mut client);
    assert!(said["message"].as_str().is_some_and(|text| text.starts_with("textDocument/hover: ") && text.ends_with(" ms")), "{said}");
    assert!(said.get("verbose").is_none());

    client.notify("$/setTrace", json!({"value": "verbose"}));
    client.notified("$/logTrace");
    assert_eq!(traced(&mut client)["verbose"], "answered");
    client.notify("$/setTrace", json!({"value": "off"}));
    client.notified("$/logTrace");
    client.request("textDocument/hover", json!({"textDocument": {"uri": "file:///a.yaml"}, "position": {"line": 0, "character": 0}}));
    client.shutdown();
}

#[test]
fn saving_is_nothing_new() {
    let mut client = Client::ready(Encoding::Utf16);
    let document = client.open("file:///dags/a.yaml", "yaml", "steps:\n  - run: echo\n");
    client.findings(&document);
    let identifier = json!({"uri": document.uri});
    client.notify("textDocument/willSave", json!({"textDocument": identifier, "reason": 1}));
    client.notify("textDocument/didSave", json!({"textDocument": identifier, "text": document.text}));
    client.notify("textDocument/didSave", json!({"textDocument": {"uri": "file:///not/open.yaml"}}));
    client.shutdown();
}

#[test]
fn null_parameters_are_none() {
    let mut client = Client::ready(Encoding::Utf16);
    let shutdown = client.ask_with_null("shutdown");
    let answer = client.answer(shutdown);
    assert!(answer["error"].is_null(), "{answer}");
    client.notify("exit", Value::Null);
    assert_eq!(client.exit_code(), 0);
}

#[test]
fn leaving_without_shutdown_is_a_failure() {
    let mut client = Client::ready(Encoding::Utf16);
    client.notify("exit", Value::Null);
    assert_eq!(client.exit_code(), 1);

    let mut client = Client::ready(Encoding::Utf16);
    client.hang_up();
    assert_eq!(client.exit_code(), 1);

    let mut client = Client::start();
    client.hang_up();
    assert_eq!(client.exit_code(), 1);
}

#[test]
fn requests_at_the_wrong_time_are_refused() {
    const NOT_INITIALIZED: i64 = -32002;
    const INVALID_REQUEST: i64 = -32600;
    const METHOD_NOT_FOUND: i64 = -32601;
    let hover = json!({"textDocument": {"uri": "file:///a.yaml"}, "position": {"line": 0, "character": 0}});

    let mut client = Client::start();
    assert_eq!(client.refused("textDocument/hover", hover.clone()), NOT_INITIALIZED);
    assert_eq!(client.refused("shutdown", Value::Null), NOT_INITIALIZED);
    client.initialize(json!({}));
    assert_eq!(client.refused("initialize", json!({"capabilities": {}})), INVALID_REQUEST);
    assert_eq!(client.refused("dagu/nonsense", json!({})), METHOD_NOT_FOUND);
    client.notify("$/nonsense", json!({}));
    client.notify("workspace/didChangeConfiguration", json!({"settings": {}}));
    assert!(client.request("shutdown", Value::Null).is_null());
    assert_eq!(client.refused("textDocument/hover", hover), INVALID_REQUEST);
    client.notify("exit", Value::Null);
    assert_eq!(client.exit_code(), 0);
}

#[test]
fn a_message_that_is_no_json_is_answered_and_the_server_ends() {
    let mut client = Client::ready(Encoding::Utf16);
    client.write(b"Content-Length: 5\r\n\r\n{]}[!");
    assert_eq!(client.exit_code(), 1);
    let answer = client.answer_to_nobody();
    assert_eq!(answer["error"]["code"], -32700);
}

#[test]
fn unknown_documents_and_places_outside_the_text() {
    let mut client = Client::ready(Encoding::Utf16);
    let far = json!({"line": 4_000_000_000_u32, "character": 4_000_000_000_u32});
    let everywhere = json!({"start": far, "end": {"line": 0, "character": 0}});
    let text = "steps:\n  - id: a\n    rum: echo\n";
    let mut document = client.open("file:///dags/a.yaml", "yaml", text);
    let codes = |found: &[Value]| found.iter().map(|found| found["code"].clone()).collect::<Vec<_>>();
    assert!(codes(&client.findings(&document)).contains(&json!("unknown-key")));

    for uri in [&document.uri, "file:///not/open.yaml", "untitled:Untitled-1"] {
        let place = json!({"textDocument": {"uri": uri}, "position": far});
        let known = uri == document.uri;
        assert!(client.request("textDocument/hover", place.clone()).is_null());
        assert_eq!(client.request("textDocument/completion", place).is_object(), known);
        let symbols = client.request("textDocument/documentSymbol", json!({"textDocument": {"uri": uri}}));
        assert_eq!(symbols.is_array(), known);
        let params = json!({"textDocument": {"uri": uri}, "range": everywhere, "context": {"diagnostics": []}});
        assert_eq!(client.request("textDocument/codeAction", params).is_array(), known);
    }

    // A range with its ends swapped covers what lies between; here everything.
    document.text = "steps: []\n".to_owned();
    client.change(&mut document, json!([{"range": everywhere, "text": "steps: []\n"}]));
    let full = client.findings(&document);
    client.change(&mut document, json!([{"text": "steps: []\n"}]));
    assert_eq!(full, client.findings(&document));

    // Changes and goodbyes to documents that are not open change nothing.
    client.notify("textDocument/didClose", json!({"textDocument": {"uri": "file:///not/open.yaml"}}));
    let change = json!({"textDocument": {"uri": "file:///not/open.yaml", "version": 2}, "contentChanges": [{"text": "steps:"}]});
    client.notify("textDocument/didChange", change);
    client.shutdown();
}

#[test]
fn a_client_that_stops_reading_ends_the_conversation() {
    let mut server = Command::new(env!("CARGO_BIN_EXE_dagu-rs"))
        .arg("lsp")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the server starts");
    drop(server.stdout.take());
    let mut stdin = server.stdin.take().expect("it was piped");
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}).to_string();
    let written = write!(stdin, "Content-Length: {}\r\n\r\n{message}", message.len());
    written.expect("the server reads");
    // The stream to it stays open.
    let mut said = String::new();
    server.stderr.take().expect("it was piped").read_to_string(&mut said).expect("text");
    assert_eq!((server.wait().expect("it ends").code(), said.as_str()), (Some(1), ""));
}
