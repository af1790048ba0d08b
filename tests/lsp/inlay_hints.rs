//! Inlay hints: where steps run, which credentials they see, who can read a credential.

use serde_json::{Value, json};

use crate::client::{Client, Document, Encoding};

const DAG: &str = "\
env:
  - REGION: eu
  - 日本: 🚀
  - \"A_TOKEN=${A_TOKEN} 🚀\"
  - SCRIPT_TOKEN: |
      ${A_TOKEN}
      more
params:
  - name: api_token
    default: ${A_TOKEN}
secrets:
  - name: DEPLOY_TOKEN
    provider: env
    key: DEPLOY_TOKEN
  - {name: LONELY_TOKEN, provider: env, key: LONELY_TOKEN}
container:
  image: agents:local
  env: [\"ANTHROPIC_API_KEY=${ANTHROPIC_API_KEY}\", MODE=fast]
steps:
  - id: test # 日本
    run: npm test
  - name: \"🚀 review\"
    action: harness.run
    with: {provider: claude, prompt: Look.}
  - id: isolated
    run: deploy $DEPLOY_TOKEN
    container: {image: \"日本/🚀:latest\", env: {OPENAI_API_KEY: \"${OPENAI_API_KEY}\"}}
  - {id: outside, action: log.write, with: {message: \"${DEPLOY_TOKEN} ${A_TOKEN}\"}}
  - run: make
    container: toolbox
  - id: made
    action: docker.run
    with: {image: \"alpine:3.20\", command: \"echo\"}
  - id: each
    foreach:
      items: [a]
      as: it
      steps:
        - id: inner
          run: echo $DEPLOY_TOKEN
handler_on:
  exit:
    run: echo $DEPLOY_TOKEN
";

fn range(client: &Client, document: &Document, start: usize, end: usize) -> Value {
    let position = |offset| client.encoding.position(&document.text, offset);
    json!({"start": position(start), "end": position(end)})
}

fn ask(client: &mut Client, document: &Document, start: usize, end: usize) -> Vec<Value> {
    let range = range(client, document, start, end);
    let hints = client.request("textDocument/inlayHint", json!({"textDocument": {"uri": document.uri}, "range": range}));
    hints.as_array().expect("a list").clone()
}

/// The text with its hints in brackets, as an editor shows them; below it what is said when one is pointed at.
fn shown(client: &Client, document: &Document, hints: &[Value]) -> String {
    let mut text = document.text.clone();
    for hint in hints.iter().rev() {
        let [left, right] = ["paddingLeft", "paddingRight"].map(|side| if hint[side] == true { " " } else { "" });
        let label = hint["label"].as_str().expect("text");
        text.insert_str(client.encoding.offset(&document.text, &hint["position"]), &format!("{left}⟦{label}⟧{right}"));
    }
    let tooltips = hints.iter().filter_map(|hint| hint["tooltip"].as_str());
    format!("{text}\n{}\n", tooltips.collect::<Vec<_>>().join("\n"))
}

#[test]
fn where_steps_run_and_who_reads_credentials() {
    for encoding in Encoding::ALL {
        let mut client = Client::ready(encoding);
        for (number, text) in [DAG.to_owned(), DAG.replace('\n', "\r\n")].iter().enumerate() {
            let document = client.open(&format!("file:///dags/hints-{number}.yaml"), "yaml", text);
            client.findings(&document);
            let hints = ask(&mut client, &document, 0, text.len());
            insta::assert_snapshot!("inlay_hints", shown(&client, &document, &hints).replace('\r', ""));
        }
        client.shutdown();
    }
}

/// Only what is asked for is answered, and all of it: the hints of two halves are those of the whole.
#[test]
fn of_a_part_of_the_text() {
    let mut client = Client::ready(Encoding::Utf16);
    let document = client.open("file:///dags/hints.yaml", "yaml", DAG);
    client.findings(&document);
    let whole = ask(&mut client, &document, 0, DAG.len());
    for (middle, _) in DAG.match_indices('\n') {
        let mut halves = ask(&mut client, &document, 0, middle);
        halves.extend(ask(&mut client, &document, middle + 1, DAG.len()));
        assert_eq!(halves, whole, "before and after {middle}");
    }
    client.shutdown();
}

#[test]
fn each_kind_can_be_switched_off() {
    let counts = |options: Value| {
        let mut client = Client::start();
        let params = json!({"processId": null, "rootUri": null, "capabilities": {}, "initializationOptions": options});
        let result = client.request("initialize", params);
        assert_eq!(result["capabilities"]["inlayHintProvider"], true);
        client.notify("initialized", json!({}));
        let document = client.open("file:///dags/hints.yaml", "yaml", DAG);
        client.findings(&document);
        let hints = ask(&mut client, &document, 0, DAG.len());
        client.shutdown();
        let about_credentials = |hint: &&Value| {
            let label = hint["label"].as_str().expect("text");
            label.starts_with("sees ") || label.starts_with("read by ")
        };
        let credentials = hints.iter().filter(about_credentials).count();
        (hints.len() - credentials > 0, credentials > 0)
    };
    assert_eq!(counts(Value::Null), (true, true));
    assert_eq!(counts(json!({"inlayHints": {"place": false}})), (false, true));
    assert_eq!(counts(json!({"dagu-rs": {"inlayHints": {"credentials": false}}})), (true, false));
    assert_eq!(counts(json!({"inlayHints": {"place": false, "credentials": false}})), (false, false));
}

#[test]
fn yaml_that_is_no_dag_has_none() {
    let mut client = Client::ready(Encoding::Utf16);
    let document = client.open("file:///other/values.yaml", "yaml", "name: x\nitems: [1, 2]\n");
    let range = range(&client, &document, 0, document.text.len());
    let hints = client.request("textDocument/inlayHint", json!({"textDocument": {"uri": document.uri}, "range": range}));
    assert!(hints.is_null(), "{hints}");
    client.shutdown();
}

#[test]
fn several_documents_broken_ones_and_aliases() {
    let mut client = Client::ready(Encoding::Utf8);
    let text = "secrets: &all\n  - {name: A_TOKEN, provider: env, key: A}\nsteps:\n  - &one\n    id: one\n    run: echo $A_TOKEN\n  - id: [b\n    run: echo\n---\nname: child\nsecrets: *all\nsteps:\n  - [{id: two, run: echo}, {id: three, run: echo}]\n  - id: four\n    run: echo\n  - &five\n    id: five\n    run: echo\n  - *five\n  - run: \"echo\n";
    let document = client.open("file:///dags/parts.yaml", "yaml", text);
    client.findings(&document);
    let hints = ask(&mut client, &document, 0, text.len());
    insta::assert_snapshot!("inlay_hints_of_parts", shown(&client, &document, &hints));
    client.shutdown();
}
