//! More than anybody types: edits, requests and cancellations in one breath. Each request is answered once, and what is
//! found in the end is what a fresh check finds.

use serde_json::{Value, json};

use crate::client::{Client, Document, Encoding};
use crate::parity::{expected, in_the_same_terms};

const PASTES: [&str; 8] = ["\n", "  - id: new\n    run: echo ü\n", "x", "🚀", ": ", "depends: [", "'", "steps:\n"];
const REQUEST_CANCELLED: i64 = -32800;
const CONTENT_MODIFIED: i64 = -32801;

/// Numbers that look like chance, the same each time.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }
}

fn edit(client: &mut Client, document: &mut Document, chance: &mut Chance) {
    let mut boundary = |text: &str| (0..=chance.below(text.len() + 1)).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    let start = boundary(&document.text);
    let end = document.text[start..].char_indices().nth(chance.below(6)).map_or(document.text.len(), |(at, _)| start + at);
    if chance.below(3) == 0 {
        client.edit(document, start, end, "");
    } else {
        client.edit(document, start, start, PASTES[chance.below(PASTES.len())]);
    }
}

fn ask(client: &mut Client, document: &Document, chance: &mut Chance) -> i64 {
    let at = (0..=chance.below(document.text.len())).rev().find(|&at| document.text.is_char_boundary(at)).unwrap_or(0);
    let position = client.encoding.position(&document.text, at);
    let identifier = json!({"uri": document.uri});
    let place = json!({"textDocument": identifier, "position": position});
    let range = json!({"start": position, "end": position});
    match chance.below(7) {
        0 => client.ask("textDocument/hover", place),
        1 => client.ask("textDocument/completion", place),
        2 => client.ask("textDocument/documentSymbol", json!({"textDocument": identifier})),
        3 => client.ask("textDocument/codeAction", json!({"textDocument": identifier, "range": range, "context": {"diagnostics": []}})),
        4 => client.ask("textDocument/diagnostic", json!({"textDocument": identifier})),
        5 => client.ask("workspace/diagnostic", json!({"previousResultIds": []})),
        _ => client.ask("dagu-rs/preview", json!({"textDocument": identifier})),
    }
}

#[test]
fn every_request_is_answered_once_and_the_end_is_that_of_a_fresh_check() {
    let steps: String =
        (0..40).map(|number| format!("  - id: step_{number}\n    run: echo ü {number} > ${{params.naïve}}.txt\n")).collect();
    for (seed, encoding) in (1..).zip(Encoding::ALL) {
        let mut chance = Chance(seed);
        let mut client = Client::ready(encoding);
        let mut document = client.open("file:///dags/flood.yaml", "dagu", &format!("params:\n  - naïve: a\nsteps:\n{steps}"));
        let mut asked = Vec::new();
        for round in 0..200 {
            edit(&mut client, &mut document, &mut chance);
            asked.push(ask(&mut client, &document, &mut chance));
            if round % 3 == 0 {
                let id = asked[asked.len() - 1 - chance.below(asked.len().min(5))];
                client.cancel(id);
            }
        }
        for id in asked {
            let answer = client.answer(id);
            let code = answer["error"]["code"].as_i64();
            assert!(matches!(code, None | Some(REQUEST_CANCELLED | CONTENT_MODIFIED)), "{answer}");
        }
        let found: Vec<Value> = client.findings(&document);
        let found = in_the_same_terms(encoding, &document.uri, &document.text, &found);
        assert_eq!(found, expected("flood", &document.text));
        // A second answer to anything would be left unread.
        client.shutdown();
    }
}
