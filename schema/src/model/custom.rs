//! Actions of the author's own: `actions`, and the older `step_types`.

use super::{Field, MAPPING, Object, Other, Reading, Shape};

/// `actions`: definitions by name.
pub(super) static ACTIONS: Object = Object {
    name: "actions",
    doc: "Actions of the DAG's own, by name.",
    fields: &[],
    other: Other::Named(&Shape::Present(&Shape::Object(&ACTION))),
    reading: Reading::Exact,
};

static ACTION: Object = Object {
    name: "action definition",
    doc: "An action made of another one: what it takes, and the step that it becomes.",
    fields: &[
        Field::new("description", Shape::Text, "What the action does."),
        Field::new("input_schema", MAPPING, "A JSON Schema, written out, of what callers give in `with`.")
            .example("{type: object, properties: {name: {type: string}}}")
            .required(),
        Field::new("output_schema", MAPPING, "A JSON Schema, written out, of what the action gives."),
        Field::new(
            "template",
            Shape::Template,
            "The step, with exactly one of `run` and `action`. Texts are Go templates over `.input`; `{$input: path}` inserts a value.",
        )
        .example("{run: \"echo {{ .input.name }}\"}")
        .required(),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};

/// `step_types`: definitions by name.
pub(super) static STEP_TYPES: Object = Object {
    name: "step_types",
    doc: "Step types of the DAG's own, by name.",
    fields: &[],
    other: Other::Named(&Shape::Present(&Shape::Object(&STEP_TYPE))),
    reading: Reading::Exact,
};

static STEP_TYPE: Object = Object {
    name: "step type definition",
    doc: "A step type made of a built-in one.",
    fields: &[
        Field::new("type", Shape::Text, "The built-in executor.").example("command").required(),
        Field::new("description", Shape::Text, "What the step type does."),
        Field::new("input_schema", MAPPING, "A JSON Schema, written out, of what steps give in `with`.").required(),
        Field::new("output_schema", MAPPING, "A JSON Schema, written out, of what the step gives."),
        Field::new("template", Shape::Template, "The step, without `type`.").required(),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};
