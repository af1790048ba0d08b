//! Retry, repeat, `continue_on`, conditions, signals, `defaults`.

use super::env::ENV;
use super::{Field, Object, Other, Reading, Shape, WHOLE, Word, word};

const INT_OR_TEXT: Shape = Shape::OneOf(&[WHOLE, Shape::Text]);
const POSITIVE_OR_DIGITS: Shape = Shape::OneOf(&[Shape::WholeIn(1, i64::MAX), Shape::Digits]);
const INT_OR_REFERENCE: Shape = Shape::OneOf(&[WHOLE, Shape::Reference]);

/// `retry_policy` of the root.
pub(super) static RUN_RETRY: Object = Object {
    name: "retry_policy",
    doc: "Starts the whole run again when it failed. Takes the place of an inherited policy as a whole.",
    fields: &[
        Field::new("limit", Shape::OneOf(&[Shape::WholeIn(0, i64::MAX), Shape::Digits]), "How often to try again.").example("3").required(),
        Field::new("interval_sec", POSITIVE_OR_DIGITS, "Seconds before the next try.").default("60").example("30"),
        Field::new("backoff", BACKOFF, BACKOFF_DOC).example("2.0"),
        Field::new("max_interval_sec", POSITIVE_OR_DIGITS, "The longest wait, in seconds, that `backoff` leads to.").default("3600"),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};

/// `retry_policy` of a step.
pub(super) static STEP_RETRY: Object = Object {
    name: "retry_policy",
    doc: "Runs the step again when it failed.",
    fields: &[
        Field::new("limit", INT_OR_TEXT, "How often to try again; may be a reference.").example("3").required(),
        Field::new("interval_sec", INT_OR_TEXT, "Seconds before the next try; may be a reference.").example("10").required(),
        Field::new("backoff", BACKOFF, BACKOFF_DOC).example("2.0"),
        Field::new("max_interval_sec", Shape::Int, "The longest wait, in seconds, that `backoff` leads to.").example("300"),
        Field::new("exit_code", Shape::List(&Shape::Int), "Try again only after these exit codes.").example("[1, 75]"),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};

const BACKOFF: Shape = Shape::OneOf(&[Shape::Bool, Shape::Fraction]);
const BACKOFF_DOC: &str =
    "The factor by which the wait grows with each try; `true` is 2. Write it with a fraction (`2.0`): the engine rejects `2`.";

/// `repeat_policy`.
pub(super) static REPEAT: Object = Object {
    name: "repeat_policy",
    doc: "Runs the step again after it ended, while or until something holds.",
    fields: &[
        Field::new("repeat", Shape::OneOf(&[Shape::Bool, Shape::Word(REPEAT_MODES)]), "Whether to repeat, and how the condition counts.")
            .default("found from the other keys"),
        Field::new("interval_sec", INT_OR_REFERENCE, "Seconds before the next turn; may be a reference.").example("60"),
        Field::new("limit", INT_OR_REFERENCE, "The most turns; may be a reference.").example("10"),
        Field::new(
            "backoff",
            Shape::OneOf(&[Shape::Bool, Shape::Number]),
            "The factor by which the wait grows with each turn; `true` is 2.",
        )
        .example("2"),
        Field::new("max_interval_sec", INT_OR_REFERENCE, "The longest wait, in seconds, that `backoff` leads to.").example("600"),
        Field::new("condition", Shape::Text, "A command or a value to test after each turn.").example("test -f /tmp/ready"),
        Field::new("expected", Shape::Text, "What the condition, taken as a text, must be; `re:` starts a regular expression.")
            .example("\"re:^ok\""),
        Field::new("exit_code", Shape::List(&Shape::Int), "The exit codes of the step that count as the condition.").example("[1]"),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};

const REPEAT_MODES: &[Word] = &[
    word("while", "Repeat as long as the condition holds, or the exit code is one of `exit_code`."),
    word("until", "Repeat until the condition holds, or the exit code is one of `exit_code`."),
];

/// `continue_on`.
pub(super) const CONTINUE_ON: Shape = Shape::OneOf(&[Shape::AnyCaseWord(CONTINUE_WORDS), Shape::Object(&CONTINUE)]);

const CONTINUE_WORDS: &[Word] = &[word("skipped", "Go on after the step was skipped."), word("failed", "Go on after the step failed.")];

static CONTINUE: Object = Object {
    name: "continue_on",
    doc: "When the steps that depend on this one go on although it did not succeed.",
    fields: &[
        Field::new("skipped", Shape::Bool, "Go on when the step was skipped by its preconditions.").default("false"),
        Field::new("failure", Shape::Bool, "Go on when the step failed.").default("false"),
        Field::new("failed", Shape::Bool, "The same as `failure`.").deprecated("failure"),
        Field::new("exit_code", EXIT_CODES, "Go on when the step ended with one of these exit codes.").example("[0, 3]"),
        Field::new(
            "output",
            Shape::Nullable(&Shape::OneOf(&[Shape::Text, Shape::List(&Shape::Present(&Shape::Text))])),
            "Go on when the output has one of these texts; `re:` starts a regular expression.",
        )
        .example("no changes"),
        Field::new("mark_success", Shape::Bool, "Count the step as succeeded when it is gone on from.").default("false"),
    ],
    other: Other::Rejected,
    reading: Reading::Strict,
};

const EXIT_CODES: Shape =
    Shape::OneOf(&[Shape::Number, Shape::Digits, Shape::List(&Shape::Present(&Shape::OneOf(&[Shape::Number, Shape::Digits])))]);

/// `preconditions`.
pub(super) const CONDITIONS: Shape =
    Shape::OneOf(&[Shape::NonBlank, Shape::List(&Shape::Present(&Shape::OneOf(&[Shape::NonBlank, Shape::Object(&CONDITION)])))]);

static CONDITION: Object = Object {
    name: "condition",
    doc: "Something that has to hold: a command that succeeds, or a value that is what is expected.",
    fields: &[
        Field::new(
            "condition",
            Shape::Present(&Shape::NonBlank),
            "A command that must succeed; with `expected`, a text that is compared once its references are replaced.",
        )
        .example("test -d /data"),
        Field::new("eval", Shape::Present(&Shape::NonBlank), "A text to compare with `expected`; the commands in it are executed.")
            .example("\"$(date +%u)\""),
        Field::new("expected", Shape::Present(&Shape::NonBlank), "What must come out; `re:` starts a regular expression (RE2).")
            .example("\"re:[1-5]\""),
        Field::new("negate", Shape::Present(&Shape::Bool), "Turns the outcome round.").default("false"),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};

/// `signal_on_stop`.
pub(super) const SIGNAL: Shape = Shape::Word(SIGNALS);

const SIGNALS: &[Word] = &[
    word("SIGTERM", "Asks the process to end."),
    word("SIGINT", "What Ctrl-C sends."),
    word("SIGKILL", "Ends the process at once."),
    word("SIGHUP", "The terminal was closed; many daemons reload."),
    word("SIGQUIT", "Ends with a core dump."),
    word("SIGUSR1", "For the program's own use."),
    word("SIGUSR2", "For the program's own use."),
    word("SIGABRT", ""),
    word("SIGALRM", ""),
    word("SIGBUS", ""),
    word("SIGCHLD", ""),
    word("SIGCONT", ""),
    word("SIGFPE", ""),
    word("SIGILL", ""),
    word("SIGIO", ""),
    word("SIGPIPE", ""),
    word("SIGPROF", ""),
    word("SIGSEGV", ""),
    word("SIGSTOP", ""),
    word("SIGSYS", ""),
    word("SIGTRAP", ""),
    word("SIGTSTP", ""),
    word("SIGTTIN", ""),
    word("SIGTTOU", ""),
    word("SIGURG", ""),
    word("SIGVTALRM", ""),
    word("SIGWINCH", ""),
    word("SIGXCPU", ""),
    word("SIGXFSZ", ""),
];

/// `defaults`.
pub(super) static DEFAULTS: Object = Object {
    name: "defaults",
    doc: "Values for every step and handler that does not give its own. Steps inside `foreach` do not get them.",
    fields: &[
        Field::new("env", ENV, "Variables that come before each step's own."),
        Field::new("preconditions", CONDITIONS, "Conditions that come before each step's own."),
        Field::new("retry_policy", Shape::Object(&STEP_RETRY), "The retry policy of steps without one."),
        Field::new("repeat_policy", Shape::Object(&REPEAT), "The repeat policy of steps without one."),
        Field::new("continue_on", CONTINUE_ON, "When to go on after a step without its own `continue_on`."),
        Field::new("timeout_sec", Shape::IntIn(0, i64::MAX), "The longest time, in seconds, for steps that do not say.").example("300"),
        Field::new("mail_on_error", Shape::Bool, "Whether a failing step sends mail, where the step does not say."),
        Field::new("signal_on_stop", SIGNAL, "The signal that stops a step which does not name one.").example("SIGINT"),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};
