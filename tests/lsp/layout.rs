//! Formatting and semantic tokens.

use serde_json::{Value, json};

use crate::client::{Client, Document, Encoding};

const DAG: &str = "\
description: 日本🚀
steps:
- id:   build   # 🚀
  run: |
        echo \"🚀 ${params.region} $HOME\"
- depends: [build,\"x\"]
  run: echo '日本 $NOT'
";

const FORMATTED: &str = "\
description: 日本🚀
steps:
  - id: build   # 🚀
    run: |
      echo \"🚀 ${params.region} $HOME\"
  - depends: [build, \"x\"]
    run: echo '日本 $NOT'
";

/// The text after edits.
fn applied(client: &Client, document: &Document, edits: &Value) -> String {
    let edits = edits.as_array().expect("a list").iter();
    let mut edits: Vec<_> = edits
        .map(|edit| {
            let offset = |end: &str| client.encoding.offset(&document.text, &edit["range"][end]);
            (offset("start"), offset("end"), edit["newText"].as_str().expect("text"))
        })
        .collect();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.0));
    let mut text = document.text.clone();
    edits.into_iter().for_each(|(start, end, new)| text.replace_range(start..end, new));
    text
}

fn formatting(document: &Document) -> Value {
    json!({"textDocument": {"uri": document.uri}, "options": {"tabSize": 2, "insertSpaces": true}})
}

#[test]
fn a_document_is_formatted_in_few_small_edits() {
    for encoding in Encoding::ALL {
        let mut client = Client::ready(encoding);
        for text in [DAG.to_owned(), DAG.replace('\n', "\r\n")] {
            let mut document = client.open("file:///dags/format.yaml", "yaml", &text);
            client.findings(&document);
            let edits = client.request("textDocument/formatting", formatting(&document));
            let lines = |edit: &Value| edit["range"]["start"]["line"] == edit["range"]["end"]["line"];
            assert!(edits.as_array().expect("a list").iter().all(lines), "{edits:#}");
            let after = applied(&client, &document, &edits);
            assert_eq!(after.replace("\r\n", "\n"), FORMATTED);
            document.text = after.clone();
            client.change(&mut document, json!([{"text": after}]));
            client.findings(&document);
            assert_eq!(client.request("textDocument/formatting", formatting(&document)), json!([]));
            client.close(&document);
            client.published(&document.uri);
        }
        client.shutdown();
    }
}

#[test]
fn a_range_is_formatted_with_the_options_of_the_editor() {
    let mut client = Client::ready(Encoding::Utf16);
    let document = client.open("file:///dags/format.yaml", "yaml", DAG);
    client.findings(&document);
    let mut params = formatting(&document);
    params["range"] = json!({"start": {"line": 5, "character": 2}, "end": {"line": 6, "character": 0}});
    params["options"] = json!({"tabSize": 4, "insertSpaces": false});
    let edits = client.request("textDocument/rangeFormatting", params);
    assert_eq!(applied(&client, &document, &edits), DAG.replace("build,", "build, "));
    let mut params = formatting(&document);
    params["options"] = json!({"tabSize": 4, "insertSpaces": true});
    let edits = client.request("textDocument/formatting", params);
    assert!(applied(&client, &document, &edits).contains("\nsteps:\n    - id: build   # 🚀\n      run: |\n          echo"));
    client.shutdown();
}

#[test]
fn what_cannot_be_read_or_is_no_dag_is_left_alone() {
    let mut client = Client::ready(Encoding::Utf8);
    let broken = client.open("file:///dags/broken.yaml", "yaml", "steps:\n- id:   [a\n- run:   b\n");
    client.findings(&broken);
    assert!(client.request("textDocument/formatting", formatting(&broken)).is_null());
    let other = client.open("file:///other/values.yaml", "yaml", "replicas:   2\n");
    assert!(client.request("textDocument/formatting", formatting(&other)).is_null());
    assert!(client.request("textDocument/semanticTokens/full", json!({"textDocument": {"uri": other.uri}})).is_null());
    client.shutdown();
}

/// Type and text of each token.
fn tokens(client: &Client, document: &Document, legend: &[String], data: &Value) -> Vec<String> {
    let numbers: Vec<u64> = data.as_array().expect("a list").iter().map(|number| number.as_u64().expect("a number")).collect();
    let (mut line, mut start) = (0, 0);
    let shown = |token: &[u64]| {
        let [delta_line, delta_start, length, kind, modifiers] = token else { panic!("five numbers: {token:?}") };
        (line, start) = if *delta_line == 0 { (line, start + delta_start) } else { (line + delta_line, *delta_start) };
        let range = json!({"start": {"line": line, "character": start}, "end": {"line": line, "character": start + length}});
        let text = client.encoding.slice(&document.text, &range);
        let modified = if *modifiers == 1 { " readonly" } else { "" };
        format!("{}{modified} {text}", legend[*kind as usize])
    };
    numbers.chunks(5).map(shown).collect()
}

fn legend(capabilities: &Value) -> Vec<String> {
    let types = capabilities["semanticTokensProvider"]["legend"]["tokenTypes"].as_array().expect("a list");
    types.iter().map(|kind| kind.as_str().expect("text").to_owned()).collect()
}

#[test]
fn tokens_are_in_place_and_their_changes_small() {
    for encoding in Encoding::ALL {
        let mut client = Client::start();
        let name = match encoding {
            Encoding::Utf8 => "utf-8",
            Encoding::Utf16 => "utf-16",
            Encoding::Utf32 => "utf-32",
        };
        let capabilities = client.initialize(json!({"general": {"positionEncodings": [name]}}))["capabilities"].clone();
        client.encoding = encoding;
        let legend = legend(&capabilities);
        let text = format!("{DAG}  name: \"${{A:-日本\n\n    🚀}} ${{consts.B}}\"\n  working_dir: ${{A:-日本\n    x}}\n");
        let mut document = client.open("file:///dags/tokens.yaml", "yaml", &text);
        client.findings(&document);
        let identifier = json!({"textDocument": {"uri": document.uri}});
        let full = client.request("textDocument/semanticTokens/full", identifier.clone());
        let shown = tokens(&client, &document, &legend, &full["data"]);
        assert_eq!(
            shown,
            [
                "parameter ${params.region}",
                "variable $HOME",
                "function build",
                "string $NOT",
                "string ${A:-日本",
                "string 🚀}",
                "string ${consts.B}",
                "variable ${A:-日本",
                "variable x}"
            ]
        );

        let range = json!({"start": {"line": 5, "character": 0}, "end": {"line": 6, "character": 0}});
        let params = json!({"textDocument": {"uri": document.uri}, "range": range});
        let part = client.request("textDocument/semanticTokens/range", params);
        assert_eq!(tokens(&client, &document, &legend, &part["data"]), ["function build"]);

        let at = document.find("$HOME");
        client.edit(&mut document, at, at, "$PATH ");
        client.findings(&document);
        let since = json!({"textDocument": {"uri": document.uri}, "previousResultId": full["resultId"]});
        let delta = client.request("textDocument/semanticTokens/full/delta", since.clone());
        let [edit] = &delta["edits"].as_array().expect("a list")[..] else { panic!("one edit: {delta:#}") };
        let index = |field: &str| edit[field].as_u64().expect("a number") as usize;
        let mut data = full["data"].as_array().expect("a list").clone();
        data.splice(index("start")..index("start") + index("deleteCount"), edit["data"].as_array().expect("a list").clone());
        let now = client.request("textDocument/semanticTokens/full", identifier);
        assert_eq!(json!(data), now["data"]);
        // An answer that is not the last one is not known any more.
        let all = client.request("textDocument/semanticTokens/full/delta", since);
        assert_eq!(all["data"], now["data"]);
        let same = json!({"textDocument": {"uri": document.uri}, "previousResultId": all["resultId"]});
        assert_eq!(client.request("textDocument/semanticTokens/full/delta", same)["edits"], json!([]));
        client.shutdown();
    }
}
