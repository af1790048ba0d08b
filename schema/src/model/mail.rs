//! Mail: `smtp`, `mail_on`, `error_mail` and its siblings.

use super::{Empty, Field, Object, Other, Reading, Shape, TEXT_OR_ITEMS, Word, word};

pub(super) static SMTP: Object = Object {
    name: "smtp",
    doc: "The server that mail is sent through.",
    fields: &[
        Field::new("host", Shape::Text, "The server.").empty(Empty::Odd("it means this machine itself")).example("smtp.example.com"),
        Field::new("port", PORT, "The port.").empty(Empty::Odd("no mail can be sent through port 0")).example("\"587\""),
        Field::new("username", Shape::Text, "The user.").example("${env.SMTP_USER}"),
        Field::new("password", Shape::Text, "The password; not beside `oauth`.").example("${env.SMTP_PASSWORD}"),
        Field::new("oauth", Shape::Object(&OAUTH), "A login with tokens in place of a password."),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};

/// A negative number is no port to the decoder.
pub(super) const PORT: Shape = Shape::OneOf(&[Shape::WholeIn(0, i64::MAX), Shape::Text]);

static OAUTH: Object = Object {
    name: "oauth",
    doc: "A login with tokens. Which fields are needed depends on the provider; those of another one are rejected.",
    fields: &[
        Field::new("provider", Shape::Ruled(&Shape::Word(OAUTH_PROVIDERS)), "Who issues the tokens.").example("microsoft"),
        Field::new("tenant_id", Shape::Text, "The tenant (`microsoft`)."),
        Field::new("client_id", Shape::Text, "The application (`microsoft`, `google_refresh`)."),
        Field::new("client_secret", Shape::Text, "The application's secret (`microsoft`, `google_refresh`)."),
        Field::new("refresh_token", Shape::Text, "The refresh token (`google_refresh`)."),
        Field::new("service_account_json", Shape::Text, "The key file of the account, as text (`google_service_account`)."),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};

const OAUTH_PROVIDERS: &[Word] = &[
    word("microsoft", "Microsoft 365, with `tenant_id`, `client_id`, `client_secret`."),
    word("google_service_account", "Google, with `service_account_json`."),
    word("google_refresh", "Google, with `client_id`, `client_secret`, `refresh_token`."),
];

pub(super) static MAIL_ON: Object = Object {
    name: "mail_on",
    doc: "After which outcome of the run mail is sent.",
    fields: &[
        Field::new("failure", Shape::Bool, "When it failed; see `error_mail`.").default("false"),
        Field::new("success", Shape::Bool, "When it succeeded; see `info_mail`.").default("false"),
        Field::new("wait", Shape::Bool, "When it waits for a person; see `wait_mail`.").default("false"),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};

pub(super) static MAIL: Object = Object {
    name: "mail",
    doc: "From whom, to whom, and how.",
    fields: &[
        Field::new("from", Shape::Text, "The sender.").example("dagu@example.com"),
        Field::new("to", TEXT_OR_ITEMS, "The recipient, or a list of them.").example("[ops@example.com]"),
        Field::new("prefix", Shape::Text, "What the subject starts with.").example("\"[prod]\""),
        Field::new("attach_logs", Shape::Bool, "Whether the logs of the steps are attached.").default("false"),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};
