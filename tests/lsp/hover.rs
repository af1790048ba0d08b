//! Hover: steps, names and fields. Values of names are never shown.

use crate::client::{Client, Encoding};
use serde_json::json;

const DAG: &str = "\
env:
  - REGION=eu-west-1
  - PLAIN_PASSWORD=hunter2
secrets:
  - name: DEPLOY_TOKEN
    provider: env
    key: PROD_DEPLOY_TOKEN
container:
  image: agents:local
  pull_policy: never
  env:
    - ANTHROPIC_API_KEY=${ANTHROPIC_API_KEY}
    - MODE=fast
steps:
  - id: test
    run: npm test
    env:
      - CI=1
  - id: review
    depends: test
    action: harness.run
    with:
      provider: claude
      prompt: Review this.
      model: sonnet
      api_token: hunter2
      fallback:
        - provider: nobody
  - id: isolated
    run: env | grep -c DEPLOY $DEPLOY_TOKEN
    container:
      image: 日本🚀:latest
      env:
        - OPENAI_API_KEY=${OPENAI_API_KEY}
  - id: outside
    action: http.request
    with:
      url: https://example.com
  - id: attached
    container: toolbox
    run: make
";

#[test]
fn steps_names_and_fields() {
    let places = [
        ("a step in the root container", "id: test", 5),
        ("its run", "run: npm", 1),
        ("a harness step", "id: review", 6),
        ("its action", "harness.run", 3),
        ("a dependency", "depends: test", 10),
        ("a step in its own container", "isolated", 0),
        ("a step on the host", "outside", 3),
        ("an attached step", "attached", 3),
        ("a credential of the root container", "ANTHROPIC_API_KEY=${", 3),
        ("a credential of one step", "${OPENAI", 4),
        ("a name of the DAG", "REGION", 2),
        ("a secret", "DEPLOY_TOKEN\n    provider", 2),
        ("a field", "pull_policy", 3),
        ("a word", "never", 2),
        ("a mapping", "container:\n  image: agents", 3),
        ("a field of a harness step", "prompt", 2),
    ];
    for encoding in Encoding::ALL {
        let mut client = Client::ready(encoding);
        let document = client.open("file:///dags/hover.yaml", "yaml", DAG);
        client.findings(&document);
        let mut report = String::new();
        for (title, part, within) in places {
            let hover = client.at("textDocument/hover", &document, document.find(part) + within);
            let contents = &hover["contents"];
            assert_eq!(contents["kind"], "markdown", "{title}: {hover}");
            let text = contents["value"].as_str().expect("text");
            assert!(!text.contains("hunter2") && !text.contains("eu-west-1"), "{title}: {text}");
            let about = client.encoding.slice(&document.text, &hover["range"]);
            report.push_str(&format!("=== {title}: {about}\n{text}\n"));
        }
        insta::assert_snapshot!("hovers", report);
        for (part, within) in [("npm test", 2), ("https://example.com", 3), ("Review this.", 3)] {
            assert!(client.at("textDocument/hover", &document, document.find(part) + within).is_null(), "{part}");
        }
        client.shutdown();
    }
}

#[test]
fn a_client_without_markdown_gets_plain_text() {
    let mut client = Client::start();
    client.initialize(json!({"textDocument": {"hover": {"contentFormat": ["plaintext"]}}}));
    let document = client.open("file:///dags/hover.yaml", "yaml", DAG);
    client.findings(&document);
    let hover = client.at("textDocument/hover", &document, document.find("outside"));
    assert_eq!(hover["contents"]["kind"], "plaintext");
    client.shutdown();
}

#[test]
fn in_a_broken_file() {
    let mut client = Client::ready(Encoding::Utf8);
    let text = "container:\n  image: [a\n  pull_policy: never\nsteps:\n  - id: one\n    run: \"echo\n  - id: two\n    run: echo\n";
    let document = client.open("file:///dags/broken.yaml", "yaml", text);
    assert!(!client.findings(&document).is_empty());
    let hover = client.at("textDocument/hover", &document, document.find("two"));
    assert!(hover["contents"]["value"].as_str().expect("text").contains("step `two`"), "{hover}");
    client.shutdown();
}
