use super::{Check, Has, Context, Rule, Sink, listed};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "smtp-oauth-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "`smtp.oauth` lacks something, or has something that its provider or `smtp.password` rules out.",
    why: "A login with tokens needs `smtp.username`, a `provider`, and exactly that provider's fields: `microsoft` takes `tenant_id`, `client_id`, `client_secret`; `google_refresh` takes `client_id`, `client_secret`, `refresh_token`; `google_service_account` takes `service_account_json`. It takes the place of `smtp.password`. The engine does not load a DAG with another combination.",
    grounds: "Engine, at load: `smtp password and oauth are mutually exclusive`, `smtp username is required with oauth`, `unsupported SMTP OAuth provider`, `is required for SMTP OAuth provider`, `is not valid for SMTP OAuth provider`.",
    bad: "smtp:\n\
        \x20 host: smtp.example.com\n\
        \x20 username: ops@example.com\n\
        \x20 password: ${SMTP_PASSWORD}\n\
        \x20 oauth:\n\
        \x20   provider: google_service_account\n\
        \x20   service_account_json: ${KEY_FILE}\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "smtp:\n\
        \x20 host: smtp.example.com\n\
        \x20 username: ops@example.com\n\
        \x20 oauth:\n\
        \x20   provider: google_service_account\n\
        \x20   service_account_json: ${KEY_FILE}\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["smtp"], steps: &[] }, &Check::Document(check)),
};

const PROVIDERS: [(&str, &[&str]); 3] = [
    ("microsoft", &["tenant_id", "client_id", "client_secret"]),
    ("google_service_account", &["service_account_json"]),
    ("google_refresh", &["client_id", "client_secret", "refresh_token"]),
];

const FIELDS: [&str; 5] = ["tenant_id", "client_id", "client_secret", "refresh_token", "service_account_json"];

fn check(context: &Context<'_>, sink: &mut Sink) {
    let Some(smtp) = context.workflow.node.get_some("smtp") else { return };
    let Some(oauth) = smtp.entry("oauth").filter(|entry| entry.value.entries().is_some()) else { return };
    let is_given = |text: Option<&str>| text.is_some_and(|text| !text.trim().is_empty());
    if let Some(password) = smtp.entry("password").filter(|entry| !entry.value.is_null() && is_given(entry.value.text())) {
        let finding = sink.finding(password.key.span, "`password` cannot stand beside `oauth`: it is one login or the other");
        sink.push(finding.related(oauth.key.span, "`oauth` is here"));
    }
    if !is_given(smtp.get_some("username").and_then(|node| node.text())) {
        sink.report(oauth.key.span, "a login with `oauth` needs `username` under `smtp`");
    }
    let Some(provider) = oauth.value.entry("provider").filter(|entry| is_given(entry.value.text()) && !entry.value.is_null()) else {
        let finding = sink.finding(oauth.key.span, "`oauth` needs a `provider`");
        return sink.push(finding.help(format!("the providers are {}", listed(PROVIDERS.iter().map(|(name, _)| *name)))));
    };
    let name = provider.value.text().unwrap_or_default().trim();
    let Some((_, needed)) = PROVIDERS.iter().find(|(known, _)| *known == name) else {
        let finding = sink.finding(provider.value.span, format!("`{name}` is no provider of tokens that the engine knows"));
        return sink.push(finding.help(format!("the providers are {}", listed(PROVIDERS.iter().map(|(name, _)| *name)))));
    };
    for field in FIELDS {
        let entry = oauth.value.entry(field).filter(|entry| !entry.value.is_null());
        let is_there = entry.is_some_and(|entry| is_given(entry.value.text()));
        match (needed.contains(&field), entry) {
            (true, _) if !is_there => {
                let span = entry.map_or(provider.value.span, |entry| entry.value_span());
                sink.report(span, format!("the provider `{name}` needs `{field}`"));
            }
            (false, Some(entry)) if is_there => {
                let finding = sink.finding(entry.key.span, format!("`{field}` does not belong to the provider `{name}`"));
                sink.push(finding.help(format!("it takes {}", listed(needed.iter().copied()))));
            }
            _ => {}
        }
    }
}
