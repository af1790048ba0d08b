//! No text makes a rule panic, and every finding is a part of the text.

use std::sync::Arc;

use dagu_schema::workflow::Base;
use dagu_schema::{Diagnostic, Facts, analyze, read, rules};
use proptest::prelude::*;

/// Places whose text a rule takes apart, with `@` for the text.
const PLACES: [&str; 22] = [
    "schedule: @",
    "schedule: [{at: @}]",
    "schedule: [{expression: @, profile: @}]",
    "catchup_window: @",
    "labels: @",
    "labels: [@]",
    "labels: {@: @}",
    "env: [@]",
    "params: @",
    "params: [@, {name: a, pattern: @, default: @}]",
    "params: [{name: a, type: number, default: @}]",
    "params: {type: object, properties: {a: {pattern: @, type: @, default: @, $ref: @}}}",
    "params: {schema: {type: object, properties: {a: {type: integer}}}, values: {a: @}}",
    "secrets: [{name: @, ref: @}]",
    "tools: [@]",
    "tools: [{package: a, version: @, digest: @, commands: [@]}]",
    "webhook: {forward_headers: [@]}",
    "resources: {limits: {cpu: @, memory: @}}",
    "preconditions: [{condition: a, expected: @}]",
    "smtp: {username: @, oauth: {provider: @, client_id: @}}",
    "actions: {@: {input_schema: {type: object}, template: {run: @}}}",
    "actions: {a: {input_schema: {type: object, properties: {x: {enum: [@]}}}, template: {run: @}}}",
];

const PARTS: &str = r#"[-a-zäß日0-9 *?/,.:;=@#$%^&|(){}<>\[\]\\_+~!`'"\t]|TZ=|CRON_TZ=|UTC|re:|\{\{|\}\}|\.input\.x|sha256:|latest|2030-01-31T08:00:00Z|Mi|\\Q|\\E|\(\?|\[:"#;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text_anywhere(parts in prop::collection::vec(PARTS, 0..12), steps in any::<bool>()) {
        let text = parts.concat();
        let quoted = format!("'{}'", text.replace('\'', "''"));
        for place in PLACES {
            let call = if steps { "  - action: a\n    with: {x: 1}\n" } else { "  - run: echo\n" };
            let dag = format!("{}\nsteps:\n{call}", place.replace('@', &quoted));
            for found in analyze(&dag, &Facts { file_stem: Some(text.clone()), ..Facts::default() }).diagnostics {
                prop_assert!(dag.get(found.span.range()).is_some(), "{dag}{found:?}");
            }
        }
    }
}

/// Whatever a DAG inherits, each finding and each edit is in the DAG's own text.
#[test]
fn findings_are_in_the_dag_whatever_it_inherits() {
    let examples: Vec<&str> = rules::ALL.iter().flat_map(|rule| [rule.bad, rule.good]).filter(|text| !text.starts_with("# ")).collect();
    for (number, base) in examples.iter().enumerate() {
        let base = Arc::new(Base::read("base.yaml", base));
        for dag in examples.iter().skip(number % 9).step_by(9) {
            for found in read(dag, Some(base.clone())).judge(&Facts::default()).diagnostics {
                let Diagnostic { span, related, fixes, .. } = &found;
                let edits = fixes.iter().flat_map(|fix| &fix.edits);
                let spans = related.iter().map(|related| related.span).chain(edits.map(|edit| edit.span));
                for span in spans.chain([*span]) {
                    assert!(dag.get(span.range()).is_some(), "{dag}{found:?}");
                }
            }
        }
    }
}
