//! Steps that run many times at once: `parallel`, `foreach`.

use super::step::STEP;
use super::{Field, Object, Other, Reading, Shape};

/// `parallel`.
pub(super) const PARALLEL: Shape = Shape::OneOf(&[Shape::NonBlank, ITEMS, Shape::Object(&PARALLEL_OBJECT)]);

const ITEMS: Shape = Shape::NonEmptyList(&Shape::Present(&Shape::OneOf(&[Shape::Text, Shape::Number, Shape::Object(&ITEM)])));

static ITEM: Object = Object {
    name: "parallel item",
    doc: "Parameters of one of the runs, by name.",
    fields: &[],
    other: Other::Named(&Shape::Present(&Shape::Scalar)),
    reading: Reading::Exact,
};

static PARALLEL_OBJECT: Object = Object {
    name: "parallel",
    doc: "Runs the sub-DAG once for each item.",
    fields: &[
        Field::new("items", Shape::OneOf(&[Shape::NonBlank, ITEMS]), "The items, or a reference to a list of them.")
            .example("[eu, us]")
            .required(),
        Field::new("max_concurrent", Shape::WholeIn(1, 1000), "The most runs at a time.").default("10"),
    ],
    other: Other::Rejected,
    reading: Reading::Strict,
};

/// `foreach`.
pub(super) static FOREACH: Object = Object {
    name: "foreach",
    doc: "Runs a group of steps once for each item. The steps see the item as `${foreach.item}` and depend only on each other.",
    fields: &[
        Field::new(
            "items",
            Shape::Present(&Shape::OneOf(&[Shape::NonBlank, Shape::List(&Shape::Any)])),
            "The items, or a reference to a list of them.",
        )
        .example("[eu, us]")
        .required(),
        Field::new("as", Shape::Present(&Shape::Identifier), "The name of the item in references.").default("item").example("region"),
        Field::new("key", Shape::Present(&Shape::Text), "What names a turn in outputs and logs.").example("${foreach.item.name}"),
        Field::new("max_concurrent", Shape::Present(&Shape::WholeIn(1, 1000)), "The most turns at a time.").default("10"),
        Field::new("steps", Shape::Present(&BODY), "The steps of a turn.").required(),
        Field::new("collect", Shape::Present(&Shape::Object(&COLLECT)), "Outputs of the whole: a name, and the value that each turn adds.")
            .example("{urls: \"${steps.deploy.outputs.url}\"}"),
    ],
    other: Other::Rejected,
    reading: Reading::Exact,
};

// A step holds a `foreach` and a `foreach` holds steps: only statics may refer to each other so.
static BODY: Shape = Shape::NonEmptyList(&BODY_ITEM);
static BODY_ITEM: Shape = Shape::Present(&BODY_STEP);
static BODY_STEP: Shape = Shape::Object(&STEP);

static COLLECT: Object = Object {
    name: "collect",
    doc: "Values of each turn by output name.",
    fields: &[],
    other: Other::Named(&Shape::Present(&Shape::Text)),
    reading: Reading::Exact,
};
