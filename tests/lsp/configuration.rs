//! Settings, however the client hands them over.

use dagu_schema::{Confidence, model, rules};
use serde_json::{Value, json};

use crate::client::{Client, Document};

const BROKEN: &str = "steps:\n  - id: one\n    rum: echo 1\n  - id: two\n    run: echo 2\n    depends: oen\n";

fn codes(found: &[Value]) -> Vec<&str> {
    found.iter().map(|found| found["code"].as_str().expect("a rule")).collect()
}

fn open(client: &mut Client) -> Document {
    client.open("file:///dags/broken.yaml", "yaml", BROKEN)
}

#[test]
fn settings_come_with_the_beginning_or_later() {
    let mut client = Client::start();
    let options = json!({"dagu-rs": {"semanticOnly": true}});
    client.initialize_with(json!({"processId": null, "capabilities": {}, "initializationOptions": options}));
    let document = open(&mut client);
    assert_eq!(codes(&client.findings(&document)), ["unknown-dependency"]);

    // What is about others, or nothing at all, changes nothing: the next findings are those of the next settings.
    for settings in [json!({}), Value::Null, json!({"yaml": {"validate": true}}), json!({"dagu-rs": {"semanticOnly": true, "more": 1}})] {
        client.notify("workspace/didChangeConfiguration", json!({"settings": settings}));
    }
    for (settings, expected) in [
        (json!({"dagu-rs": {"semanticOnly": false}}), vec!["unknown-key", "unknown-dependency"]),
        (json!({"diagnostics": {"enable": false}}), vec![]),
        (json!({"dagu-rs": {"diagnostics": {"enable": true}}}), vec!["unknown-key", "unknown-dependency"]),
        // The settings of the beginning again.
        (json!({"dagu-rs": null}), vec!["unknown-dependency"]),
    ] {
        client.notify("workspace/didChangeConfiguration", json!({"settings": settings}));
        assert_eq!(codes(&client.findings(&document)), expected, "{settings}");
    }

    // What is wrong is said, and counts for nothing.
    client.notify("workspace/didChangeConfiguration", json!({"settings": {"dagu-rs": {"semanticOnly": "yes"}}}));
    assert_eq!(client.logged(), "the settings of dagu-rs are not used: invalid type: string \"yes\", expected a boolean");
    let mut document = document;
    client.edit(&mut document, 0, 0, "#\n");
    assert_eq!(codes(&client.findings(&document)), ["unknown-dependency"]);
    client.shutdown();
}

#[test]
fn a_client_that_has_settings_is_asked_for_them() {
    let mut client = Client::start();
    let workspace = json!({"configuration": true, "didChangeConfiguration": {"dynamicRegistration": true}});
    client.initialize(json!({"workspace": workspace}));
    let (id, params) = client.asked("client/registerCapability");
    let registration = json!({
        "id": "dagu-rs/configuration", "method": "workspace/didChangeConfiguration", "registerOptions": {"section": "dagu-rs"},
    });
    assert_eq!(params, json!({"registrations": [registration]}));
    client.reply(&id, Value::Null);
    let items = json!({"items": [{"section": "dagu-rs"}]});

    // The first findings wait for no settings.
    let (id, params) = client.asked("workspace/configuration");
    assert_eq!(params, items);
    let document = open(&mut client);
    assert_eq!(codes(&client.findings(&document)), ["unknown-key", "unknown-dependency"]);
    client.reply(&id, json!([{"semanticOnly": true, "trace": {"server": "off"}}]));
    assert_eq!(codes(&client.findings(&document)), ["unknown-dependency"]);

    client.notify("workspace/didChangeConfiguration", json!({"settings": null}));
    let (id, params) = client.asked("workspace/configuration");
    assert_eq!(params, items);
    client.reply(&id, json!([null]));
    assert_eq!(codes(&client.findings(&document)), ["unknown-key", "unknown-dependency"]);

    // Answers that are none.
    for answer in [json!([]), Value::Null, json!({"semanticOnly": true})] {
        client.notify("workspace/didChangeConfiguration", json!({"settings": null}));
        let (id, _) = client.asked("workspace/configuration");
        client.reply(&id, answer);
    }
    client.notify("workspace/didChangeConfiguration", json!({"settings": null}));
    let (id, _) = client.asked("workspace/configuration");
    client.reply(&id, json!([{"diagnostics": {"enable": false}}]));
    assert_eq!(client.findings(&document), Vec::<Value>::new());
    client.shutdown();
}

#[test]
fn what_the_client_shows_is_asked_for_again_as_far_as_it_can() {
    const REFRESHES: [(&str, &str); 4] = [
        ("diagnostics", "workspace/diagnostic/refresh"),
        ("inlayHint", "workspace/inlayHint/refresh"),
        ("codeLens", "workspace/codeLens/refresh"),
        ("semanticTokens", "workspace/semanticTokens/refresh"),
    ];
    for (capability, refresh) in REFRESHES {
        let mut client = Client::start();
        let mut workspace = json!({});
        for (other, _) in REFRESHES {
            workspace[other] = json!({"refreshSupport": other == capability});
        }
        client.initialize(json!({"workspace": workspace, "textDocument": {"diagnostic": {}}}));
        client.notify("workspace/didChangeConfiguration", json!({"settings": {"semanticOnly": true}}));
        let (id, _) = client.asked(refresh);
        client.reply(&id, Value::Null);
        // A client that can do nothing of it is asked nothing: nothing is left unread.
        client.shutdown();
    }
}

#[test]
fn in_semantic_mode_a_schema_has_the_rest() {
    let schema = model::export::json_schema();
    let schema = jsonschema::options().with_draft(jsonschema::Draft::Draft7).build(&schema).expect("a schema");
    let is_of_schema = |text: &str| {
        let mut documents = serde_yaml::Deserializer::from_str(text);
        documents.any(|document| !schema.is_valid(&serde::Deserialize::deserialize(document).unwrap_or_default()))
    };
    let mut clients = [false, true].map(|semantic_only| {
        let mut client = Client::start();
        let options = json!({"semanticOnly": semantic_only});
        client.initialize_with(json!({"processId": null, "capabilities": {}, "initializationOptions": options}));
        client
    });
    let mut left = Vec::new();
    for rule in rules::ALL.iter().filter(|rule| rule.confidence > Confidence::Maybe) {
        let [all, semantic] = clients.each_mut().map(|client| {
            let document = client.open(&format!("file:///dags/{}.yaml", rule.name), "dagu", rule.bad);
            codes(&client.findings(&document)).contains(&rule.name)
        });
        if all && !semantic {
            left.push(rule.name);
        }
        // An empty document is no mistake for an editor.
        if all && !rule.name.starts_with("yaml-") && rule.name != "empty-document" {
            assert_eq!(semantic, !is_of_schema(rule.bad), "{}", rule.name);
        }
    }
    // Of YAML itself, what every parser of it says.
    left.retain(|rule| rule.starts_with("yaml-"));
    assert_eq!(left, ["yaml-duplicate-key", "yaml-syntax", "yaml-undefined-alias"]);
    clients.into_iter().for_each(Client::shutdown);
}
