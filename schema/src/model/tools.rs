//! `tools`: programs that are installed for the run.

use super::{Field, Object, Other, Reading, Shape, Word, word};

pub(super) const TOOLS: Shape = Shape::OneOf(&[Shape::NonEmptyList(&PACKAGE_FORMS), Shape::Object(&TOOLS_OBJECT)]);

const PACKAGE_FORMS: Shape = Shape::Present(&Shape::OneOf(&[Shape::Text, Shape::Object(&PACKAGE)]));

const NAME: Shape = Shape::OneOf(&[Shape::NonBlank, Shape::Number, Shape::Bool]);

static TOOLS_OBJECT: Object = Object {
    name: "tools",
    doc: "The packages to install, and the registry that describes them.",
    fields: &[
        Field::new("provider", Shape::Word(&[word("aqua", "The aqua tool installer."), word("", "aqua.")]), "Who installs them.")
            .default("aqua"),
        Field::new("registry", Shape::Object(&REGISTRY), "The registry that describes the packages.").default("aqua's standard registry"),
        Field::new("packages", Shape::NonEmptyList(&PACKAGE_FORMS), "The packages.").required(),
    ],
    other: Other::Ignored,
    reading: Reading::Typed,
};

static PACKAGE: Object = Object {
    name: "package",
    doc: "A package at a fixed version.",
    fields: &[
        Field::new("package", NAME, "The package in the registry.").example("jqlang/jq").required(),
        Field::new("version", NAME, "The version; `latest` is rejected.").example("jq-1.7.1").required(),
        Field::new("name", Shape::Scalar, "A name for the entry."),
        Field::new("commands", Shape::List(&Shape::Present(&Shape::Scalar)), "The commands that it provides.").example("[jq]"),
        Field::new("registry", Shape::Scalar, "The registry to take it from."),
        Field::new("digest", Shape::Text, "What the download must be, as `sha256:` and 64 hexadecimal digits."),
    ],
    other: Other::Ignored,
    reading: Reading::Typed,
};

static REGISTRY: Object = Object {
    name: "tools registry",
    doc: "Where packages are described.",
    fields: &[
        Field::new("name", Shape::Text, "A name for it."),
        Field::new("type", Shape::Word(REGISTRY_TYPES), "What kind of registry it is.").default("standard"),
        Field::new("repo_owner", Shape::Text, "The owner of the repository (`github_content`)."),
        Field::new("repo_name", Shape::Text, "The repository (`github_content`)."),
        Field::new("ref", Shape::Text, "The tag or commit.").example("v4.155.1"),
        Field::new("path", Shape::Text, "The file in the repository (`github_content`).").example("registry.yaml"),
    ],
    other: Other::Ignored,
    reading: Reading::Typed,
};

const REGISTRY_TYPES: &[Word] =
    &[word("standard", "aqua's own registry."), word("github_content", "A file of a GitHub repository."), word("", "standard.")];
