//! `model::at`: the cursor is the `|` in each text.

use dagu_schema::model;
use dagu_schema::syntax::Tree;

/// `OBJECT FIELD key|value PATH`, with `-` for what there is not; a new mapping is marked `+`.
fn place(text: &str) -> String {
    let offset = text.find('|').unwrap();
    let (tree, _) = Tree::parse(&text.replacen('|', "", 1));
    let Some(place) = model::at(&tree, offset) else { return "none".to_owned() };
    let object = place.object.map_or("-", |object| object.name);
    let new = if place.mapping.is_none() { "+" } else { "" };
    let field = place.field.map_or("-", |field| field.name);
    let side = if place.in_value { "value" } else { "key" };
    format!("{object}{new} {field} {side} {}", place.path.join("."))
}

#[test]
fn a_place_is_known_on_keys_values_and_gaps() {
    let cases = [
        // an empty file, and one with half a word
        ("|", "DAG+ - key "),
        ("ste|", "DAG+ - key "),
        // keys and values
        ("st|eps:\n  - run: x\n", "DAG steps key steps"),
        ("steps:\n  - r|un: x\n", "step run key steps.0.run"),
        ("steps:\n  - run: ech|o\n", "step run value steps.0.run"),
        ("steps:\n  - run: |\n", "step run value steps.0.run"),
        ("steps:\n  - run:|\n", "step run value steps.0.run"),
        ("type: |\nsteps:\n  - run: x\n", "DAG type value type"),
        ("steps:\n  - id: a\n    foo: b|ar\n", "step - value steps.0.foo"),
        ("steps:\n  - id: a\n    depends: [b, c|]\n", "step depends value steps.0.depends.1"),
        ("steps:\n  - id: a\n    run:\n      - on|e\n", "step run value steps.0.run.0"),
        // an empty line belongs to the mapping whose keys stand in its column
        ("steps:\n  - run: x\n|\n", "DAG - key "),
        ("steps:\n  - run: x\n    |\n", "step - key steps.0"),
        ("steps:\n  - run: x\n    |\n  - run: y\n", "step - key steps.0"),
        ("container:\n  image: x\n  |\nsteps: []\n", "container - key container"),
        ("container:\n  |\nsteps: []\n", "container+ - key container"),
        ("container:\n  image: x\n|\nsteps: []\n", "DAG - key "),
        ("steps:\n  - id: a\n    retry_policy:\n      |\n", "retry_policy+ - key steps.0.retry_policy"),
        ("steps:\n  - id: a\n    retry_policy:\n      limit: 1\n      |\n", "retry_policy - key steps.0.retry_policy"),
        ("steps:\n  - id: a\n    retry_policy:\n      limit: 1\n    |\n", "step - key steps.0"),
        // what `with` takes depends on the action beside it
        ("steps:\n  - action: http.request\n    with:\n      |\n", "with of http.request+ - key steps.0.with"),
        ("steps:\n  - action: http.request\n    with:\n      url: x\n      |\n", "with of http.request - key steps.0.with"),
        ("steps:\n  - action: harness.run\n    with: {prompt: x, |}\n", "with of harness.run - key steps.0.with"),
        // half-written lines
        ("steps:\n  - id: a\n    ru|\n", "step - key steps.0"),
        ("steps:\n  - id: a\n    run: x\n    tim|\n  - id: b\n    run: y\n", "step - key steps.0"),
        ("container:\n  ima|\nsteps:\n  - run: x\n", "container+ - key container"),
        // a new item
        ("steps:\n  - |\n", "step+ - key steps.0"),
        ("steps:\n  - run: x\n  - |\n", "step+ - key steps.1"),
        ("steps:\n  - run: x\n  |\n", "step+ - key steps.1"),
        // flow collections
        ("container: {|}\nsteps: []\n", "container - key container"),
        ("container: {image: |}\nsteps: []\n", "container image value container.image"),
        ("container: {image: x, |}\nsteps: []\n", "container - key container"),
        ("container: {image: x, na|me: y}\nsteps: []\n", "container name key container.name"),
        // keys of the author's choice
        ("env:\n  - LEVEL: de|bug\nsteps: []\n", "env - value env.0.LEVEL"),
        ("harnesses:\n  mine:\n    |\nsteps: []\n", "harness definition+ - key harnesses.mine"),
        // bodies, handlers, templates, later documents
        ("steps:\n  - foreach:\n      items: [1]\n      steps:\n        - r|un: x\n", "step run key steps.0.foreach.steps.0.run"),
        ("handler_on:\n  exit:\n    |\nsteps: []\n", "step+ - key handler_on.exit"),
        ("actions:\n  mine:\n    template:\n      r|un: x\nsteps: []\n", "step run key actions.mine.template.run"),
        ("steps:\n  - run: x\n---\nname: child\n|\nsteps:\n  - run: y\n", "DAG - key "),
        // comments
        ("steps: # com|ment\n  - run: x\n", "none"),
    ];
    let mut wrong = Vec::new();
    for (text, expected) in cases {
        let found = place(text);
        if found != expected {
            wrong.push(format!("{text:?}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
