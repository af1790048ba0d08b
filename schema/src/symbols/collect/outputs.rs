//! What a step gives out, and what it hands to another document that it starts.

use std::collections::HashSet;

use super::Walk;
use crate::source::Spanned;
use crate::symbols::{Kind, Role, Symbol, template, text};
use crate::workflow::Step;
use crate::workflow::call::{self, Given};

impl<'a> Walk<'a> {
    /// The other document that a step starts, and the parameters that it gives.
    pub(super) fn sub_dag(&mut self, step: &'a Step) {
        if self.workflows.len() < 2 {
            return;
        }
        let Some(call) = call::call_of(self.tree, step) else { return };
        let Some(&document) = self.locals.get(call.target.value) else { return };
        let symbol = Symbol { document, ..self.symbol(Kind::Dag, call.target.value, 0) };
        self.push(symbol, call.target.span, Role::Read, None);
        let mut names = call.params.map(|params| Given::read(self.tree, params).names).unwrap_or_default();
        let parallel = step.node.get_some("parallel").or_else(|| step.node.get_some("with")?.get_some("parallel"));
        let items = parallel.and_then(|parallel| parallel.items().or_else(|| parallel.get_some("items")?.items()));
        for entry in items.into_iter().flatten().flat_map(|item| item.entries().unwrap_or_default()) {
            names.push(Spanned::new(entry.name().to_owned(), entry.key.span));
        }
        for name in names {
            let symbol = Symbol { document, ..self.symbol(Kind::Param, &name.value, 0) };
            self.push(symbol, name.span, Role::Write, None);
        }
    }

    /// The outputs that a step gives, wherever it says so.
    pub(super) fn outputs(&mut self, step: &'a Step) {
        let (node, home) = (&step.node, step.node.span.start);
        let declared: HashSet<&str> = step.outputs.iter().map(|output| output.name.value.as_str()).collect();
        let role = |name: &str| if declared.contains(name) { Role::Write } else { Role::Declaration };
        for item in node.get("outputs").and_then(|outputs| outputs.items()).unwrap_or_default() {
            if let Some(name) = item.get_some("name") {
                self.whole(Kind::Output, self.document, home, name, Role::Declaration);
            }
        }
        for item in node.get("inputs").and_then(|inputs| inputs.items()).unwrap_or_default() {
            if let Some(name) = item.get_some("name") {
                self.whole(Kind::BuildInput, self.document, home, name, Role::Declaration);
            }
        }
        if let Some(output) = node.get_some("output") {
            for entry in output.entries().unwrap_or_default() {
                self.key(entry, Kind::Output, home, role(entry.name()));
            }
            if let (Some(name), Some(text)) = (step.output_variable(), output.text()) {
                let start = text.len() - text.trim_start_matches('$').len();
                self.part(self.symbol(Kind::Variable, &name.value, 0), output, start..start + name.value.len(), Role::Declaration);
            }
        }
        if let Some(outputs) = node.get_some("stdout").and_then(|stdout| stdout.get_some("outputs")) {
            for name in std::iter::once(outputs).filter(|outputs| outputs.text().is_some()).chain(outputs.get_some("field")) {
                self.whole(Kind::Output, self.document, home, name, role(name.text().unwrap_or_default()));
            }
            for entry in outputs.get_some("fields").and_then(|fields| fields.entries()).unwrap_or_default() {
                self.key(entry, Kind::Output, home, role(entry.name()));
            }
        }
        if let Some(collect) = node.get_some("foreach").and_then(|foreach| foreach.get_some("collect")) {
            for entry in collect.entries().unwrap_or_default() {
                self.key(entry, Kind::Output, home, role(entry.name()));
            }
        }
        let schema = node.get_some("output_schema");
        for entry in template::properties(schema) {
            self.key(entry, Kind::Output, home, Role::Read);
        }
        for item in template::required(schema) {
            self.whole(Kind::Output, self.document, home, item, Role::Read);
        }
        match step.operation() {
            Some("outputs.write") => {
                let values = step.input().and_then(|with| with.get_some("values"));
                for entry in values.and_then(|values| values.entries()).unwrap_or_default() {
                    self.key(entry, Kind::Output, home, role(entry.name()));
                }
            }
            Some("human.task") => {
                let form = step.input().and_then(|with| with.get_some("form"));
                for entry in template::properties(form) {
                    self.key(entry, Kind::Output, home, Role::Declaration);
                }
                for item in template::required(form) {
                    self.whole(Kind::Output, self.document, home, item, Role::Read);
                }
            }
            _ => {}
        }
        for (command, name, range) in text::written_outputs(step) {
            self.part(self.symbol(Kind::Output, name, home), command, range, Role::Write);
        }
    }
}
