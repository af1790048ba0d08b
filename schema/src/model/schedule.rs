//! `schedule`.

use super::{Field, Object, Other, Reading, Shape, Word, word};

pub(super) const SCHEDULE: Shape = Shape::OneOf(&[Shape::Text, Shape::List(&ENTRY), Shape::Object(&TIMES)]);

const ENTRY: Shape = Shape::Present(&Shape::OneOf(&[Shape::NonBlank, Shape::Object(&TIME)]));
const ENTRIES: Shape = Shape::OneOf(&[Shape::NonBlank, Shape::Object(&TIME), Shape::List(&ENTRY)]);

static TIMES: Object = Object {
    name: "schedule",
    doc: "When the DAG is started, stopped and restarted.",
    fields: &[
        Field::new("start", ENTRIES, "When a run starts: a cron expression, an object, or a list of them.").example("\"0 8 * * *\""),
        Field::new("stop", ENTRIES, "When a run that is still going is stopped.").example("\"0 18 * * *\""),
        Field::new("restart", ENTRIES, "When a run is stopped and started again.").example("\"0 12 * * *\""),
    ],
    other: Other::Rejected,
    reading: Reading::Strict,
};

static TIME: Object = Object {
    name: "schedule entry",
    doc: "A recurring time (`expression`) or a single one (`at`), with the profile to run under.",
    fields: &[
        Field::new(
            "expression",
            Shape::NonBlank,
            "A cron expression of five fields: minute, hour, day of month, month, day of week (0-6). `CRON_TZ=Zone` may stand before it.",
        )
        .example("\"CRON_TZ=Europe/Berlin 0 8 * * 1-5\""),
        Field::new("at", Shape::NonBlank, "A single start: a date and time with offset, to the minute. Only for starts.")
            .example("\"2030-01-31T08:00:00Z\""),
        Field::new("profile", Shape::NonBlank, "The profile whose variables and secrets the run gets.").example("production"),
        Field::new("kind", Shape::Word(KINDS), "Which of the two this is; found from the keys when absent."),
    ],
    other: Other::Rejected,
    reading: Reading::Strict,
};

const KINDS: &[Word] = &[word("cron", "Recurring, by `expression`."), word("at", "Once, at `at`."), word("", "")];
