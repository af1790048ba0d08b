//! What a step takes in and gives out: `stdout`, `stderr`, `output`, `outputs`, `inputs`.

use super::{Choice, Field, Object, Other, Reading, Shape, When, Word, word};

pub(super) const STDOUT: Shape = Shape::OneOf(&[Shape::Text, Shape::NonEmptyObject(&STDOUT_OBJECT)]);
pub(super) const STDERR: Shape = Shape::OneOf(&[Shape::Text, Shape::NonEmptyObject(&STDERR_OBJECT)]);

static STDOUT_OBJECT: Object = Object {
    name: "stdout",
    doc: "Where standard output goes, and what is read from it.",
    fields: &[
        Field::new("artifact", Shape::NonBlank, "A file among the run's artifacts, as a relative path.").example("report.txt"),
        Field::new(
            "outputs",
            Shape::OneOf(&[Shape::NonBlank, Shape::NonEmptyObject(&PUBLISHED)]),
            "The output that standard output becomes: its name, or how to read one or several.",
        )
        .example("version"),
    ],
    other: Other::Rejected,
    reading: Reading::Strict,
};

static STDERR_OBJECT: Object = Object {
    name: "stderr",
    doc: "Where standard error goes.",
    fields: &[Field::new("artifact", Shape::NonBlank, "A file among the run's artifacts, as a relative path.").example("errors.txt")],
    other: Other::Rejected,
    reading: Reading::Strict,
};

static PUBLISHED: Object = Object {
    name: "stdout.outputs",
    doc: "How standard output becomes one output (`field`) or several (`fields`).",
    fields: &[
        Field::new("field", Shape::NonBlank, "The name of the output.").example("version"),
        Field::new("decode", Shape::Word(PUBLISHED_DECODERS), "How standard output is read.").default("text"),
        Field::new("select", Shape::Text, "The part to take, as a jq path.").example(".items[0].id"),
        Field::new("fields", Shape::NonEmptyObject(&PUBLISHED_FIELDS), "Several outputs by name. Cannot stand beside the other keys."),
    ],
    other: Other::Rejected,
    reading: Reading::Strict,
};

static PUBLISHED_FIELDS: Object = Object {
    name: "fields",
    doc: "Outputs by name: a value, or how to take it from standard output.",
    fields: &[],
    other: Other::Named(&Shape::Nullable(&Shape::By(&PUBLISHED_FIELD))),
    reading: Reading::Strict,
};

static PUBLISHED_FIELD: Choice = Choice { options: &[Shape::Object(&PUBLISHED_ENTRY), Shape::Any], when: &[When::Mapping] };

static PUBLISHED_ENTRY: Object = Object {
    name: "output entry",
    doc: "An output: a `value`, or how to take it from standard output.",
    fields: &[
        Field::new("value", Shape::Any, "The value itself."),
        Field::new("from", Shape::Word(&[word("stdout", "Standard output.")]), "Where it is taken from."),
        Field::new("decode", Shape::Word(PUBLISHED_DECODERS), "How it is read."),
        Field::new("select", Shape::Text, "The part to take, as a jq path.").example(".id"),
    ],
    other: Other::Rejected,
    reading: Reading::Strict,
};

/// A mapping with one of these keys is read as a description; any other is a value.
const RESERVED: When = When::Has(&["value", "from", "path", "decode", "select"]);

const PUBLISHED_DECODERS: &[Word] = &[word("text", "As it is."), word("json", "As JSON."), word("yaml", "As YAML."), word("", "text.")];
const DECODERS: &[Word] = PUBLISHED_DECODERS;

/// `output` of a step.
pub(super) const OUTPUT: Shape = Shape::OneOf(&[Shape::Text, Shape::Object(&OUTPUT_OBJECT)]);

static OUTPUT_OBJECT: Object = Object {
    name: "output",
    doc: "Outputs by name: a literal value, or an entry that says where it is taken from.",
    fields: &[],
    other: Other::Named(&Shape::Nullable(&Shape::By(&OUTPUT_ENTRY_FORM))),
    reading: Reading::Strict,
};

static OUTPUT_ENTRY_FORM: Choice = Choice { options: &[Shape::Object(&OUTPUT_ENTRY), Shape::Any], when: &[RESERVED] };

static OUTPUT_ENTRY: Object = Object {
    name: "output entry",
    doc: "An output: exactly one of `value` and `from`.",
    fields: &[
        Field::new("value", Shape::Any, "The value itself.").example("done"),
        Field::new("from", Shape::Word(SOURCES), "Where it is taken from.").example("stdout"),
        Field::new("path", Shape::NonBlank, "The file; needed by `from: file`, and only allowed there.").example("result.json"),
        Field::new("decode", Shape::Word(DECODERS), "How it is read.").default("text"),
        Field::new("select", Shape::Text, "The part to take, as a jq path; needs `decode: json` or `yaml`.").example(".total"),
    ],
    other: Other::Rejected,
    reading: Reading::Strict,
};

const SOURCES: &[Word] = &[word("stdout", "Standard output."), word("stderr", "Standard error."), word("file", "The file at `path`.")];

/// `outputs` of a step.
pub(super) const OUTPUTS: Shape = Shape::Present(&Shape::NonEmptyList(&Shape::Present(&Shape::Object(&DECLARED_OUTPUT))));

static DECLARED_OUTPUT: Object = Object {
    name: "declared output",
    doc: "An output that the step writes to `$DAGU_OUTPUT_FILE`, or a file that it makes (`type: build`).",
    fields: &[
        Field::new("name", Shape::Present(&Shape::Identifier), "The name, for `${steps.ID.outputs.NAME}`.").example("version").required(),
        Field::new("type", Shape::Present(&Shape::Word(OUTPUT_TYPES)), "How the value is read.").default("string"),
        Field::new("path", Shape::Present(&Shape::NonBlank), "The file that the step makes; only in `type: build`.")
            .example("dist/app.tar.gz"),
    ],
    other: Other::Rejected,
    reading: Reading::Strict,
};

const OUTPUT_TYPES: &[Word] = &[word("string", "As text."), word("json", "As JSON.")];

/// `inputs` of a step.
pub(super) const INPUTS: Shape = Shape::Present(&Shape::NonEmptyList(&Shape::Present(&Shape::Object(&INPUT))));

static INPUT: Object = Object {
    name: "input",
    doc: "A file that the step reads (a folder makes the run fail); the step runs again when it changed.",
    fields: &[
        Field::new("name", Shape::Present(&Shape::Identifier), "The name, for `${inputs.NAME}`.").example("source").required(),
        Field::new("path", Shape::Present(&Shape::NonBlank), "The path.").example("src").required(),
    ],
    other: Other::Rejected,
    reading: Reading::Strict,
};
