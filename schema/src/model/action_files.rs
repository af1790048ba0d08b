//! Inputs of actions on files, artifacts and archives.

use super::{Empty, Field, Object, Other, Reading, Shape, TEXTS, Word, word};

const PATH: Field = Field::new("path", Shape::Text, "The path.").example("data/report.json");
const NEEDED_PATH: Field = Field::new("path", Shape::NonBlank, "The path.").example("data/report.json").required();
const SOURCE: Field = Field::new("source", Shape::Text, "What is copied or moved.").example("a.txt");
const NEEDED_SOURCE: Field = Field::new("source", Shape::NonBlank, "What is copied or moved.").example("a.txt").required();
const DESTINATION: Field = Field::new("destination", Shape::Text, "Where to.").example("b.txt");
const NEEDED_DESTINATION: Field = Field::new("destination", Shape::NonBlank, "Where to.").example("b.txt").required();
const CONTENT: Field = Field::new("content", Shape::Text, "The text to write.").example("hello");
const NEEDED_CONTENT: Field = Field::new("content", Shape::Text, "The text to write.").example("hello").required();
const MODE: Field = Field::new("mode", Shape::Text, "The permissions, as octal text.").default("\"0644\"").example("\"0600\"");
const FORMAT: Field = Field::new("format", Shape::Word(FORMATS), "How the result is written.");
const PATTERN: Field =
    Field::new("pattern", Shape::Text, "A glob that paths must match; `*` stays within a folder, `**/` goes into those below.")
        .example("\"*.csv\"");
const MAX_BYTES: Field = Field::new("max_bytes", Shape::IntIn(0, i64::MAX), "The most bytes to read; 0 for no limit.");
const OVERWRITE: Field = Field::new("overwrite", Shape::Bool, "Whether an existing file is replaced.");
const CREATE_DIRS: Field = Field::new("create_dirs", Shape::Bool, "Whether missing folders are made.").default("false");
const ATOMIC: Field = Field::new("atomic", Shape::Bool, "Whether the file appears at once and whole.");
const RECURSIVE: Field = Field::new("recursive", Shape::Bool, "Whether folders below are included.").default("false");
const MISSING_OK: Field = Field::new("missing_ok", Shape::Bool, "Whether it is fine when there is nothing.").default("false");
const DRY_RUN: Field = Field::new("dry_run", Shape::Bool, "Tells what would be done.").default("false");
const INCLUDE_DIRS: Field = Field::new("include_dirs", Shape::Bool, "Whether folders are listed too.").default("false");
const FOLLOW: Field = Field::new("follow_symlinks", Shape::Bool, "Whether links are followed.").default("false");

const FORMATS: &[Word] = &[word("raw", "As it is."), word("json", "As JSON.")];

pub(super) static FILE_ONE: Object = Object {
    name: "with of a file action",
    doc: "The path and how to treat it.",
    fields: &[
        NEEDED_PATH,
        FORMAT,
        PATTERN,
        MAX_BYTES,
        RECURSIVE,
        MISSING_OK,
        INCLUDE_DIRS,
        FOLLOW,
        CREATE_DIRS,
        MODE,
        DRY_RUN,
        SOURCE,
        DESTINATION,
        CONTENT,
        OVERWRITE,
        ATOMIC,
    ],
    other: Other::Rejected,
    reading: Reading::Strict,
};

pub(super) static FILE_WRITE: Object = Object {
    name: "with of file.write",
    doc: "The path and the text.",
    fields: &[
        NEEDED_PATH,
        NEEDED_CONTENT,
        MODE,
        OVERWRITE,
        CREATE_DIRS,
        ATOMIC,
        FORMAT,
        DRY_RUN,
        SOURCE,
        DESTINATION,
        PATTERN,
        MAX_BYTES,
        RECURSIVE,
        MISSING_OK,
        INCLUDE_DIRS,
        FOLLOW,
    ],
    other: Other::Rejected,
    reading: Reading::Strict,
};

pub(super) static FILE_TWO: Object = Object {
    name: "with of a file action",
    doc: "From where, and where to.",
    fields: &[
        NEEDED_SOURCE,
        NEEDED_DESTINATION,
        OVERWRITE,
        CREATE_DIRS,
        RECURSIVE,
        FOLLOW,
        DRY_RUN,
        FORMAT,
        MODE,
        ATOMIC,
        PATH,
        CONTENT,
        PATTERN,
        MAX_BYTES,
        MISSING_OK,
        INCLUDE_DIRS,
    ],
    other: Other::Rejected,
    reading: Reading::Strict,
};

pub(super) static ARTIFACT_READ: Object = Object {
    name: "with of artifact.read",
    doc: "The artifact.",
    fields: &[NEEDED_PATH, FORMAT, MAX_BYTES, CONTENT, MODE, PATTERN, OVERWRITE, ATOMIC, RECURSIVE, INCLUDE_DIRS],
    other: Other::Rejected,
    reading: Reading::Strict,
};

pub(super) static ARTIFACT_WRITE: Object = Object {
    name: "with of artifact.write",
    doc: "The artifact and its text.",
    fields: &[NEEDED_PATH, NEEDED_CONTENT, MODE, OVERWRITE, ATOMIC, FORMAT, MAX_BYTES, PATTERN, RECURSIVE, INCLUDE_DIRS],
    other: Other::Rejected,
    reading: Reading::Strict,
};

pub(super) static ARTIFACT_LIST: Object = Object {
    name: "with of artifact.list",
    doc: "Which artifacts to list.",
    fields: &[PATH, PATTERN, RECURSIVE, INCLUDE_DIRS, FORMAT, MAX_BYTES, CONTENT, MODE, OVERWRITE, ATOMIC],
    other: Other::Rejected,
    reading: Reading::Strict,
};

pub(super) static ARCHIVE: Object = Object {
    name: "with of an archive action",
    doc: "The archive and what goes in or comes out.",
    fields: &[
        Field::new("source", Shape::Text, "What is packed, or the archive that is read.").empty(Empty::Fails).example("dist"),
        Field::new("destination", Shape::Text, "The archive that is made, or the folder to unpack into.").example("dist.tar.gz"),
        Field::new("format", Shape::Text, "The format.").default("by the extension").example("tar.gz"),
        Field::new("compression_level", Shape::Int, "How hard to compress; -1 for the default.").default("-1"),
        Field::new("password", Shape::Text, "The password of the archive."),
        Field::new("overwrite", Shape::Bool, "Whether existing files are replaced.").default("false"),
        Field::new("preserve_paths", Shape::Bool, "Whether the folders in the archive are kept.").default("true"),
        Field::new("strip_components", Shape::IntIn(0, i64::MAX), "How many leading folders to leave out.").default("0"),
        Field::new("include", TEXTS, "Globs of what to take."),
        Field::new("exclude", TEXTS, "Globs of what to leave out."),
        DRY_RUN,
        Field::new("verbose", Shape::Bool, "Whether each file is reported.").default("false"),
        FOLLOW,
        Field::new("verify_integrity", Shape::Bool, "Whether the archive is tested first.").default("false"),
        Field::new("continue_on_error", Shape::Bool, "Whether to go on after a file that fails.").default("false"),
    ],
    other: Other::Ignored,
    reading: Reading::Strict,
};
