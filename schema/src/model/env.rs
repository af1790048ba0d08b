//! Environment, constants, secrets, labels: mappings whose keys the author chooses.

use super::{Field, Object, Other, Reading, Shape, TEXT_MAPPING};

/// `env`: a mapping, or a list of `NAME=value` and mappings.
pub(super) const ENV: Shape = Shape::OneOf(&[Shape::Object(&VARIABLES), Shape::List(&ENV_ITEM)]);
const ENV_ITEM: Shape = Shape::Present(&Shape::OneOf(&[Shape::Assignment, Shape::Object(&VARIABLES)]));

/// The same in a container, where other scalars are decoded to nothing.
pub(super) const CONTAINER_ENV: Shape = Shape::OneOf(&[Shape::Object(&VARIABLES), Shape::List(&CONTAINER_ENV_ITEM), Shape::Scalar]);
const CONTAINER_ENV_ITEM: Shape = Shape::Ruled(&Shape::OneOf(&[Shape::Assignment, Shape::Object(&VARIABLES)]));

static VARIABLES: Object = Object {
    name: "env",
    doc: "Environment variables by name. Values are read as text.",
    fields: &[],
    other: Other::Named(&Shape::Any),
    reading: Reading::Exact,
};

pub(super) const CONSTS: Shape = Shape::List(&Shape::Present(&Shape::Object(&CONST)));

static CONST: Object = Object {
    name: "constant",
    doc: "One constant: its name and a literal string, number or boolean.",
    fields: &[],
    other: Other::Named(&Shape::Present(&Shape::Scalar)),
    reading: Reading::Exact,
};

pub(super) const LABELS: Shape =
    Shape::OneOf(&[Shape::Text, Shape::List(&Shape::Present(&Shape::OneOf(&[Shape::Text, Shape::Object(&LABEL)]))), Shape::Object(&LABEL)]);

static LABEL: Object = Object {
    name: "labels",
    doc: "Labels: a key and a value each.",
    fields: &[],
    other: Other::Named(&Shape::Present(&Shape::Scalar)),
    reading: Reading::Exact,
};

pub(super) static SECRET: Object = Object {
    name: "secret",
    doc: "A variable whose value comes from a secret store and is masked in logs: `ref`, or `provider` with `key`.",
    fields: &[
        Field::new("name", Shape::NonBlank, "The environment variable that receives the value.").example("API_TOKEN").required(),
        Field::new("ref", Shape::Text, "A secret of the server's own registry, as a slash-separated path in lower case.")
            .example("prod/api-token"),
        Field::new("provider", Shape::Text, "Where the value is kept; needs `key`.").example("env"),
        Field::new("key", Shape::Text, "The name of the secret in the provider: a variable, a file, a path in a vault.")
            .example("PROD_API_TOKEN"),
        Field::new("options", TEXT_MAPPING, "Settings of the provider. Cannot stand beside `ref`."),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};
