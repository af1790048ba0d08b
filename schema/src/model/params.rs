//! `params` in its five forms.

use super::{Choice, Field, MAPPING, Object, Other, Reading, Shape, When, Word, word};

/// `params` at the root.
pub(super) const PARAMS: Shape = Shape::OneOf(&[Shape::Text, Shape::List(&ITEM), Shape::By(&FORM)]);

/// Parameters handed to a sub-DAG.
pub(super) const ARGUMENTS: Shape = Shape::OneOf(&[Shape::Text, Shape::List(&ARGUMENT), MAPPING]);
const ARGUMENT: Shape = Shape::OneOf(&[Shape::Text, MAPPING]);

const ITEM: Shape = Shape::Present(&Shape::OneOf(&[Shape::Text, Shape::By(&ITEM_FORM)]));

static ITEM_FORM: Choice = Choice { options: &[Shape::Object(&PARAM), Shape::Object(&NAMED)], when: &[When::Has(&["name"])] };

/// Anything that is no schema is a mapping of names.
static FORM: Choice =
    Choice { options: &[Shape::Object(&INLINE_SCHEMA), Shape::Object(&EXTERNAL_SCHEMA), MAPPING], when: &[IS_INLINE, IS_EXTERNAL] };

const IS_INLINE: When = When::All(&[When::Is("type", "object"), When::HasMapping("properties")]);
const IS_EXTERNAL: When = When::All(&[
    When::Only(&["schema", "values"]),
    When::Has(&["schema"]),
    When::Any(&[When::HasMapping("schema"), When::Has(&["values"]), When::Contains("schema", &['/', '\\', '.'])]),
]);

static PARAM: Object = Object {
    name: "parameter",
    doc: "A typed parameter with its default and its limits.",
    fields: &[
        Field::new("name", Shape::Present(&Shape::Identifier), "The name, for `${params.NAME}`.").example("region").required(),
        Field::new("type", Shape::Word(TYPES), "What the value must be.").default("string").example("integer"),
        Field::new(
            "default",
            Shape::Nullable(&Shape::OneOf(&[Shape::Scalar, Shape::List(&Shape::Any)])),
            "The value when the caller gives none.",
        )
        .example("10"),
        Field::new("eval", Shape::NonBlank, "An expression that gives the value at the start of the run when the caller gives none.")
            .example("\"$(date +%F)\""),
        Field::new("description", Shape::Text, "What the parameter is for; shown where a run is started."),
        Field::new("required", Shape::Bool, "Whether the caller has to give a value.").default("false"),
        Field::new("enum", Shape::List(&Shape::Any), "The values allowed.").example("[dev, prod]"),
        Field::new("minimum", Shape::Number, "The least number allowed.").example("1"),
        Field::new("maximum", Shape::Number, "The greatest number allowed.").example("100"),
        Field::new("min_length", Shape::IntIn(0, i64::MAX), "The fewest characters allowed.").example("1"),
        Field::new("max_length", Shape::IntIn(0, i64::MAX), "The most characters allowed.").example("64"),
        Field::new("pattern", Shape::Text, "A regular expression (RE2) that the text must match.").example("\"^[a-z]+$\""),
    ],
    other: Other::Rejected,
    reading: Reading::Strict,
};

const TYPES: &[Word] = &[
    word("string", "Text."),
    word("integer", "A whole number."),
    word("number", "A number."),
    word("boolean", "`true` or `false`."),
    word("", "string."),
];

static NAMED: Object = Object {
    name: "parameter",
    doc: "A parameter by name with its default.",
    fields: &[],
    other: Other::Named(&Shape::OneOf(&[Shape::Scalar, Shape::List(&Shape::Any)])),
    reading: Reading::Exact,
};

static INLINE_SCHEMA: Object = Object {
    name: "parameter schema",
    doc: "A JSON Schema for the parameters, written out.",
    fields: &[
        Field::new("type", Shape::Text, "`object`.").example("object").required(),
        Field::new("properties", MAPPING, "A schema for each parameter, by name.").required(),
        Field::new("required", Shape::Any, "Names of the parameters that the caller has to give.").example("[region]"),
        Field::new("additionalProperties", Shape::Any, "Whether other parameters are allowed."),
    ],
    other: Other::Open,
    reading: Reading::Exact,
};

static EXTERNAL_SCHEMA: Object = Object {
    name: "parameter schema",
    doc: "A JSON Schema for the parameters, in a file or at a URL, with the values that take the place of its defaults.",
    fields: &[
        Field::new("schema", Shape::Any, "The path or the URL of the schema, or the schema itself.")
            .example("./params.schema.json")
            .required(),
        Field::new("values", Shape::Any, "Values by parameter name."),
    ],
    other: Other::Rejected,
    reading: Reading::Exact,
};
