//! Values: words of the model, steps, providers, actions, images, paths, names of the environment.

use dagu_schema::complete::meaning::{self, Meaning};
use dagu_schema::complete::order::{Key, Standing, document_at, routed};
use dagu_schema::complete::reference::inputs;
use dagu_schema::model::{self, action};
use dagu_schema::workflow::custom_action::definitions;
use dagu_schema::workflow::env::SECRET_PROVIDERS;
use dagu_schema::workflow::{Step, Workflow, account, provider};
use tower_lsp::lsp_types as lsp;

use super::List;
use super::insertion::Insertion;
use super::proposal::{MOST, matches};
use super::snippet;
use crate::forms::{Form, Place};

const OWN: u8 = 0;
const KNOWN: u8 = 1;

impl List<'_> {
    /// The values that may stand at the cursor.
    pub(super) fn values(&mut self, place: &Place) {
        let key = self.cursor.path.last().map(|link| link.name.as_str()).unwrap_or_default();
        let owners: Vec<_> = self.owners(place).copied().collect();
        let mut meanings: Vec<Meaning> = owners.iter().filter_map(|owner| meaning::of(owner, key)).collect();
        meanings.dedup();
        for meaning in meanings {
            self.named(meaning);
        }
        if !self.cursor.is_first() {
            return;
        }
        for form in &place.forms {
            match form {
                Form::Words(words) => self.words(words),
                Form::Bool => {
                    self.add("true", lsp::CompletionItemKind::VALUE, "", "", KNOWN);
                    self.add("false", lsp::CompletionItemKind::VALUE, "", "", KNOWN);
                }
                Form::ActionName => self.actions(),
                Form::Object(_) | Form::List(_) | Form::Free => {}
            }
        }
    }

    /// The values of a field that names something.
    fn named(&mut self, meaning: Meaning) {
        match meaning {
            Meaning::Image => return self.images(),
            Meaning::Mount | Meaning::Dotenv | Meaning::Schema | Meaning::Path => return self.paths(meaning),
            Meaning::Assignment => return,
            Meaning::Dag => return self.dags(),
            _ if !self.cursor.is_first() => return,
            _ => {}
        }
        let Some(workflow) = document_at(&self.request.analysis.workflows, self.request.offset) else { return };
        match meaning {
            Meaning::Dependency | Meaning::Target | Meaning::Rewind => self.steps(workflow, meaning),
            Meaning::Provider => self.providers(workflow),
            Meaning::SecretProvider => {
                for name in SECRET_PROVIDERS {
                    self.add(name, lsp::CompletionItemKind::ENUM_MEMBER, "secret provider", "", KNOWN);
                }
            }
            Meaning::SecretKey => self.secret_keys(),
            _ => {}
        }
    }

    /// The words of a field; those without a word of explanation are other spellings of the rest.
    fn words(&mut self, words: &'static [model::Word]) {
        let explained = words.iter().any(|word| !word.doc.is_empty());
        for word in words.iter().filter(|word| !word.name.is_empty() && (!explained || !word.doc.is_empty())) {
            self.add(word.name, lsp::CompletionItemKind::ENUM_MEMBER, "", word.doc, KNOWN);
        }
    }

    /// The steps that may be named here.
    fn steps(&mut self, workflow: &Workflow, meaning: Meaning) {
        let keys: Vec<Key<'_>> = self.cursor.path.iter().map(|link| (link.name.as_str(), link.key.start)).collect();
        let offset = self.request.offset;
        let Some(standing) = Standing::of(workflow, &keys, offset) else { return };
        let steps: Box<dyn Iterator<Item = &Step>> = match meaning {
            Meaning::Dependency => Box::new(standing.dependable(workflow, offset)),
            Meaning::Rewind => Box::new(standing.before(workflow)),
            _ => {
                let taken = standing.step().map(|step| routed(step, offset)).unwrap_or_default();
                Box::new(standing.targets(workflow).filter(move |step| !taken.contains(&step.name.as_str())))
            }
        };
        // A route takes a list, which may be begun on the line of its pattern.
        let needs_brackets = meaning == Meaning::Target && self.cursor.path.last().is_some_and(|link| link.items == 0);
        // Routes go by name; elsewhere the id comes first.
        fn name(step: &Step, meaning: Meaning) -> &str {
            if meaning == Meaning::Target { &step.name } else { step.called() }
        }
        let is_long = standing.list.len() > MOST;
        let wanted = steps.filter(|step| !is_long || matches(name(step, meaning), self.typed)).take(MOST).collect::<Vec<_>>();
        self.is_incomplete |= is_long;
        for step in wanted {
            let detail = account::step(workflow, step);
            let label = name(step, meaning);
            let text = self.scalar(label);
            let insert = Insertion::text(if needs_brackets { format!("[{text}]") } else { text });
            self.insert(label, insert, lsp::CompletionItemKind::REFERENCE, detail, "", OWN);
        }
    }

    /// A text as a value: in quotes where it would be read as something else.
    pub(super) fn scalar(&self, text: &str) -> String {
        let starts_well = |c: char| c.is_alphabetic() || matches!(c, '_' | '.' | '/' | '~');
        let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '@' | ':' | '~' | '+' | '=' | ' ');
        let is_word =
            matches!(text.to_lowercase().as_str(), "true" | "false" | "null" | "~" | "yes" | "no" | "on" | "off" | ".inf" | ".nan");
        let is_safe = text.starts_with(starts_well) && text.chars().all(is_plain) && !is_word && !text.ends_with([':', ' ']);
        if self.cursor.value.quoted || (is_safe && !text.contains(": ") && !text.contains(" #") && text.parse::<f64>().is_err()) {
            return text.to_owned();
        }
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    }

    /// The file's own providers, those that its user describes, then the built-in ones.
    fn providers(&mut self, workflow: &Workflow) {
        for (name, definition) in &workflow.harnesses {
            let entry = workflow.node.get("harnesses").and_then(|harnesses| harnesses.entry(name));
            let place = if entry.is_some_and(|entry| entry.key.span.is_beyond()) { "the base configuration" } else { "this file" };
            let detail = format!("harness of {place}: {}", definition.binary);
            self.add(name, lsp::CompletionItemKind::MODULE, detail, "", OWN);
        }
        for described in workflow.providers.iter() {
            self.add(&described.name, lsp::CompletionItemKind::MODULE, "provider of dagu-rs.toml", "", KNOWN);
        }
        for provider in provider::PROVIDERS {
            let credentials: Vec<String> = provider.credentials.iter().map(|name| format!("`{name}`")).collect();
            let documentation =
                if credentials.is_empty() { String::new() } else { format!("Reads its credential from {}.", credentials.join(", ")) };
            self.add(provider.name, lsp::CompletionItemKind::MODULE, provider.title, documentation, KNOWN);
        }
    }

    /// The file's own actions, then the built-in ones, each with what its `with` needs.
    fn actions(&mut self) {
        let request = self.request;
        let workflow = document_at(&request.analysis.workflows, request.offset);
        // The column of `action`, where a `with` can be added on the lines below.
        let column = self.column_for_input();
        for own in workflow.map(|workflow| definitions(&workflow.node)).unwrap_or_default().iter().filter(|own| !own.is_step_type) {
            let detail = if own.entry.key.span.is_beyond() { "action of the base configuration" } else { "action of this file" };
            let documentation = own.entry.value.get("description").and_then(|text| text.text()).unwrap_or_default();
            let needed = inputs(&own.entry.value).into_iter().filter(|(_, _, is_required)| *is_required);
            let lines: Vec<String> = needed.map(|(name, _, _)| format!("{name}: «»")).collect();
            self.action(own.name(), detail, documentation, (!lines.is_empty()).then(|| lines.join("\n")), column, OWN);
        }
        for action in action::ALL {
            self.action(action.name, "", action.doc, snippet::skeleton(action.input), column, KNOWN);
        }
    }

    fn action(&mut self, name: &str, detail: &str, documentation: &str, lines: Option<String>, column: Option<usize>, rank: u8) {
        let insert = match (lines, column) {
            (Some(lines), Some(column)) => {
                let below = snippet::below(&lines).indented(column, self.line_break);
                Insertion::text(name).then(Insertion::text("\nwith:").indented(column, self.line_break)).then(below)
            }
            _ => Insertion::text(name),
        };
        self.insert(name, insert, lsp::CompletionItemKind::FUNCTION, detail, documentation, rank);
    }

    fn column_for_input(&self) -> Option<usize> {
        let tree = &self.request.analysis.tree;
        let key = self.cursor.path.last()?;
        let line = tree.lines.line_span(&tree.text, tree.lines.line_of(key.key.start));
        let holder = crate::forms::entry_at(tree, key.key.start).map(|(holder, _)| holder);
        let has_input = holder.is_none_or(|step| step.get("with").is_some());
        let is_alone = self.ends_line() && !self.cursor.value.quoted && !self.cursor.value.flow;
        (is_alone && !has_input).then(|| key.key.start - line.start)
    }

    /// Variables of the process, for a secret that is kept there.
    fn secret_keys(&mut self) {
        let Some(key) = self.cursor.path.last() else { return };
        let holder = crate::forms::entry_at(&self.request.analysis.tree, key.key.start).map(|(holder, _)| holder);
        if holder.and_then(|secret| secret.get("provider")?.string()).is_some_and(|provider| provider.trim() == "env") {
            for name in self.request.machine.variables() {
                self.add(&name, lsp::CompletionItemKind::CONSTANT, "environment of the process", "", KNOWN);
            }
        }
    }

    /// Variables to hand on in an `env`: credentials of the agents in use, and names of the process.
    pub(super) fn variables_to_pass(&mut self, place: &Place) {
        let Some(link) = self.cursor.path.last() else { return };
        let is_env = place.owners.iter().any(|owner| meaning::of(owner, &link.name) == Some(Meaning::Assignment));
        // An item of a list holds one variable.
        let is_taken = link.items > 0 && !self.cursor.siblings.is_empty();
        if !is_env || is_taken || self.cursor.value.flow || !self.ends_line() {
            return;
        }
        let Some(workflow) = document_at(&self.request.analysis.workflows, self.request.offset) else { return };
        let process = self.request.machine.variables();
        let attempts = workflow.all_steps().take(MOST).filter_map(Step::harness).flat_map(|harness| &harness.attempts);
        let mut agents: Vec<&str> = attempts.filter_map(|attempt| attempt.provider.as_ref()).map(|name| name.value.as_str()).collect();
        agents.sort_unstable();
        agents.dedup();
        for known in agents.into_iter().filter_map(|name| workflow.known_provider(name)) {
            for name in known.credentials() {
                self.variable(name, &format!("credential of {}", known.title()), OWN);
            }
        }
        for name in process.iter().filter(|name| dagu_schema::workflow::env::is_variable_name(name)) {
            self.variable(name, "environment of the process", KNOWN);
        }
    }

    fn variable(&mut self, name: &str, detail: &str, rank: u8) {
        if self.is_present(name) {
            return;
        }
        let insert = Insertion::text(format!("{name}: ${{{name}}}"));
        self.insert(name, insert, lsp::CompletionItemKind::CONSTANT, detail, "", rank);
    }
}
