//! The tree held against the model: unknown keys, wrong types, missing fields.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::expectation::{expected, told};
use super::policies::STEP_RETRY;
use super::{Field, Object, Other, ROOT, Reading, STEP, Shape, action, documents, spelling};
use crate::diagnostic::{Diagnostic, Edit, Fix, Safety, Severity};
use crate::rules::add_key;
use crate::source::Span;
use crate::suggest::{Slip, nearest, slip};
use crate::syntax::{Entry, Kind, Names, Node, NodeRef, ScalarType, Style, Tree};
use crate::workflow::expand::{self, Expansion};

/// What is wrong with the shape of each document: all of it, in no particular order. `bases` are, for
/// each document, the root of what it inherits from; where they end, nothing.
pub fn documents<'t>(tree: &'t Tree, bases: &[Option<&'t Node>]) -> Found {
    let mut found = Found { diagnostics: documents::check(tree), names: Names::new() };
    let bases = bases.iter().copied().chain(std::iter::repeat(None));
    for (document, base) in tree.documents.iter().zip(bases) {
        let Some(root) = document.root.as_deref().filter(|root| root.entries().is_some()) else { continue };
        let mut custom = custom_actions(root);
        custom.extend(base.map(custom_actions).unwrap_or_default());
        Walk::of(tree, custom).run(root, &mut found);
    }
    found
}

/// What is wrong with the shape of one item of a root's `steps`.
pub(crate) fn item(tree: &Tree, root: &Node, item: &Node) -> Found {
    let mut found = Found { diagnostics: Vec::new(), names: Names::new() };
    let Some((entry, form)) = root.entry("steps").zip(ROOT.field("steps").map(|field| &field.shape)) else { return found };
    let Some(Shape::List(shape) | Shape::NonEmptyList(shape)) = form.forms(&entry.value).find(|form| form.fits(&entry.value)) else {
        return found;
    };
    let first_key = item.entries().and_then(|entries| entries.iter().find(|entry| !entry.merged));
    let head = first_key.map_or(item.span, |entry| entry.key.span);
    let strict = ROOT.reading == Reading::Strict;
    let visit = Visit { node: item, shape, holder: Some(root), name: "steps", is_item: true, span: item.span, head, strict };
    let mut walk = Walk::of(tree, custom_actions(root));
    walk.all(vec![visit]);
    found.diagnostics.append(&mut walk.found);
    found.names.extend(walk.names);
    found
}

/// What is wrong with the shape of the steps that calls of custom actions became, and of templates
/// that nobody calls: the engine does not look at those.
pub fn expanded(tree: &Tree, expansion: &Expansion) -> Vec<Diagnostic> {
    let custom = || custom_actions(&expansion.workflow.node);
    let computed = || expansion.computed.iter().map(|computed| (Arc::as_ptr(&computed.node), computed.template)).collect();
    let of_calls = Walk { computed: computed(), root: Some(&expansion.workflow.node), ..Walk::of(tree, custom()) };
    let mut found = of_calls.steps(&expansion.steps);
    let of_templates = Walk { computed: computed(), ..Walk::of(tree, custom()) };
    found.extend(of_templates.steps(&expansion.uncalled).into_iter().map(Diagnostic::loads));
    let of_refused = Walk::of(tree, custom()).steps(&expansion.refused);
    found.extend(of_refused.into_iter().filter(|found| found.rule == "unknown-key").map(Diagnostic::loads));
    found
}

/// What holding a tree against the model gave.
pub struct Found {
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// The names of the keys that are written in another letter case, by where they start.
    pub(crate) names: Names,
}

/// What is wrong with the shape of a base configuration, of which the engine uses the first
/// document. It needs no steps, and a `name` in it is passed over.
pub fn base(tree: &Tree) -> Found {
    let mut found = Found { diagnostics: Vec::new(), names: Names::new() };
    let Some(root) = tree.documents.first().and_then(|document| document.root.as_deref()) else { return found };
    let is_empty = root.is_null() && root.span.start == root.span.end;
    if root.entries().is_none() && !is_empty && !root.is_unresolved() {
        let message = format!("a base configuration is a mapping of root fields, but this is {}", root.type_name());
        found.diagnostics.push(Diagnostic::new("wrong-type", Severity::Error, root.span, message));
        return found;
    }
    Walk::of(tree, custom_actions(root)).run(root, &mut found);
    if let Some(steps) = root.get_some("steps").filter(|steps| steps.scalar().is_some()) {
        let message = format!("`steps` must be a list, but this is {}", steps.type_name());
        found.diagnostics.push(Diagnostic::new("wrong-type", Severity::Error, steps.span, message));
    }
    let kind = root.get_some("type").filter(|kind| kind.string().is_some_and(|kind| matches!(kind.trim(), "agent" | "controller")));
    if let Some(kind) = kind.filter(|_| root.get_some("steps").is_none()) {
        let message = "an agent needs steps, which a base configuration has none of: the engine builds it on its own first";
        found.diagnostics.push(
            Diagnostic::new("invalid-value", Severity::Error, kind.span, message).help("say `type: agent` in the DAGs that are agents"),
        );
    }
    found
}

/// The actions that a root defines.
fn custom_actions(root: &Node) -> HashSet<&str> {
    root.get("actions").and_then(|actions| actions.entries()).unwrap_or_default().iter().map(|entry| entry.name().trim()).collect()
}

/// A value that is still to be looked at.
#[derive(Clone, Copy)]
struct Visit<'t> {
    node: &'t Node,
    shape: &'static Shape,
    /// The mapping that holds the value.
    holder: Option<&'t Node>,
    /// The key that the value, or the list it is an item of, belongs to.
    name: &'t str,
    is_item: bool,
    /// Where to report the value itself.
    span: Span,
    /// Where to report that something is missing in it.
    head: Span,
    /// Whether the object around it rejects null and fractions: see [`Reading::Strict`].
    strict: bool,
}

impl<'t> Visit<'t> {
    fn of(node: &'t Node, shape: &'static Shape, head: Span) -> Self {
        Self { node, shape, holder: None, name: "", is_item: false, span: node.span, head, strict: false }
    }
}

struct Walk<'t> {
    tree: &'t Tree,
    custom: HashSet<&'t str>,
    found: Vec<Diagnostic>,
    names: Names,
    /// What was reported where: merged entries and aliases lead to one place in several ways.
    reported: HashSet<(&'static str, Span)>,
    /// Anchored nodes that were held against a shape already.
    shared: HashSet<(*const Node, *const Shape)>,
    /// Values that the input of a custom action decides, each with its place in the template.
    computed: HashMap<*const Node, Span>,
    /// The root that holds the handlers, where it is none of the tree.
    root: Option<&'t Node>,
    /// Whether the steps are those of custom actions, from their templates.
    is_expanded: bool,
}

/// Values that wait to be looked at in most documents, at the most.
const OPEN: usize = 64;

static ROOT_SHAPE: Shape = Shape::Object(&ROOT);
static STEP_SHAPE: Shape = Shape::Object(&STEP);

impl<'t> Walk<'t> {
    fn of(tree: &'t Tree, custom: HashSet<&'t str>) -> Self {
        let (found, names) = (Vec::new(), Names::new());
        let (reported, shared) = (HashSet::new(), HashSet::new());
        Self { tree, custom, found, names, reported, shared, computed: HashMap::new(), root: None, is_expanded: false }
    }

    fn run(mut self, root: &'t Node, found: &mut Found) {
        let mut open = Vec::with_capacity(OPEN);
        open.push(Visit::of(root, &ROOT_SHAPE, Span::at(root.span.start)));
        self.all(open);
        found.diagnostics.append(&mut self.found);
        found.names.extend(self.names);
    }

    fn steps(mut self, steps: &'t [NodeRef]) -> Vec<Diagnostic> {
        self.is_expanded = true;
        let head = |step: &Node| step.entries().and_then(|entries| entries.first()).map_or(step.span, |entry| entry.key.span);
        let visits = steps.iter().rev().map(|step| Visit { is_item: true, ..Visit::of(step, &STEP_SHAPE, head(step)) });
        self.all(visits.collect());
        self.found
    }

    fn all(&mut self, mut open: Vec<Visit<'t>>) {
        while let Some(visit) = open.pop() {
            self.value(visit, &mut open);
        }
    }

    fn value(&mut self, visit: Visit<'t>, open: &mut Vec<Visit<'t>>) {
        let node = visit.node;
        if matches!(visit.shape, Shape::Any) {
            return;
        }
        if node.is_unresolved() {
            return self.unknown(visit);
        }
        if matches!(node.kind, Kind::Alias(_)) && !self.shared.insert((node.target(), visit.shape)) {
            return;
        }
        let kind = node.scalar_type();
        if kind == Some(ScalarType::Null) {
            return self.null(visit);
        }
        let fits = |form: &&'static Shape| kind.map_or_else(|| form.fits(node), |kind| form.fits_scalar(kind));
        let mut fitting = visit.shape.forms(node).filter(fits);
        let Some(first) = fitting.next() else {
            return self.wrong_type(visit);
        };
        match &node.target().kind {
            Kind::Scalar(_) if self.accepts(first, visit) || fitting.any(|form| self.accepts(form, visit)) => {}
            Kind::Scalar(_) => self.invalid_value(visit, &visit.shape.forms(node).collect::<Vec<_>>(), first),
            Kind::Sequence(items) => self.list(visit, first, items, open),
            Kind::Mapping(entries) => self.mapping(visit, first, entries, open),
            Kind::Alias(_) => {}
        }
    }

    /// A value that nobody knows; of the text of a template that much is known, that it is text.
    fn unknown(&mut self, visit: Visit<'t>) {
        let is_text = visit.node.tag() == Some(expand::TEXT);
        if is_text && !visit.shape.forms(visit.node).any(|form| form.fits_scalar(ScalarType::String)) {
            self.wrong_type(visit);
        }
    }

    fn null(&mut self, visit: Visit<'t>) {
        let is_unread = visit.node.span.start == visit.node.span.end && !self.tree.repaired.is_empty();
        if is_unread {
            return; // what stood there may be what could not be read
        }
        let is_input =
            matches!(visit.shape, Shape::Input) && visit.holder.is_some_and(|step| has_run_or_action(step) && !self.calls_own_action(step));
        let is_rejected = match visit.shape {
            Shape::Any | Shape::Nullable(_) | Shape::Ruled(_) => false,
            Shape::Present(_) => true,
            _ => visit.strict || is_input,
        };
        if is_rejected {
            self.wrong_type(visit);
        }
    }

    /// Whether the step calls one of the document's own actions, which take no input as an empty one.
    fn calls_own_action(&self, step: &Node) -> bool {
        step.get("action").and_then(|action| action.string()).is_some_and(|name| self.custom.contains(name.trim()))
    }

    fn list(&mut self, visit: Visit<'t>, form: &'static Shape, items: &'t [NodeRef], open: &mut Vec<Visit<'t>>) {
        let (Shape::List(shape) | Shape::NonEmptyList(shape)) = form else { return };
        let is_closed = self.tree.text.get(visit.node.target().span.range()).is_some_and(|source| source.ends_with(']'));
        if items.is_empty() && is_closed && matches!(form, Shape::NonEmptyList(_)) {
            return self.report_value(visit, "invalid-value", format!("{} must have at least one item", subject(visit)));
        }
        open.extend(items.iter().map(|item| {
            let first_key = item.entries().and_then(|entries| entries.iter().find(|entry| !entry.merged));
            let head = first_key.map_or(item.span, |entry| entry.key.span);
            Visit { node: item, shape, is_item: true, span: item.span, head, ..visit }
        }));
    }

    fn mapping(&mut self, visit: Visit<'t>, form: &'static Shape, entries: &'t [Entry], open: &mut Vec<Visit<'t>>) {
        let object = match form {
            Shape::Object(object) | Shape::NonEmptyObject(object) => *object,
            Shape::Input => match visit.holder.and_then(action::input) {
                Some(object) => object,
                None => return,
            },
            _ => return,
        };
        if entries.is_empty() && matches!(form, Shape::NonEmptyObject(_)) {
            return self.report_value(visit, "invalid-value", format!("{} must have at least one entry", subject(visit)));
        }
        let mut misspelt = Vec::new();
        for entry in entries.iter().filter(|entry| entry.key.text().is_some()) {
            let mut field = object.field(entry.name());
            let odd = field.filter(|field| field.name != entry.name());
            // Alone, these say nothing to the engine, which then misses a command.
            if odd.is_some_and(|odd| is_command(odd) && !has_command_beside(entries, odd)) {
                field = None;
            } else if let Some(other) = odd {
                if has_command_beside(entries, other) || takes_the_field(entries, entry, other) {
                    self.odd_key(object, entry, other);
                } else {
                    field = None;
                }
                if is_passed_over(object, other) {
                    continue;
                }
            }
            let shape = match (field, object.other) {
                (Some(field), _) => &field.shape,
                (None, Other::Named(shape)) => shape,
                (None, Other::Open) => continue,
                (None, Other::Ignored) => {
                    misspelt.extend(self.ignored_key(object, entries, entry));
                    continue;
                }
                (None, Other::Rejected) => {
                    misspelt.extend(self.unknown_key(object, entries, entry));
                    continue;
                }
            };
            if std::ptr::eq(object, &ROOT) && entry.name() == "steps" && entry.value.items().is_none_or(<[_]>::is_empty) {
                continue;
            }
            open.push(Visit {
                node: &entry.value,
                shape,
                holder: Some(visit.node),
                name: entry.name(),
                is_item: false,
                span: entry.value_span(),
                head: entry.key.span,
                strict: object.reading == Reading::Strict,
            });
        }
        self.missing_keys(visit, object, &misspelt);
    }

    /// Reports a key in another letter case than the field that the engine takes it for.
    fn odd_key(&mut self, object: &'static Object, entry: &Entry, field: &'static Field) {
        let (key, name) = (entry.name(), field.name);
        // The engine looks at the keys of a template as they are written, until it is used.
        let is_looked_up = self.is_expanded || (std::ptr::eq(object, &ROOT) && name == "name");
        let message = if is_passed_over(object, field) {
            format!("`{key}` is loaded and passed over: the engine reads `{name}` in this spelling only")
        } else {
            format!(
                "`{key}` is `{name}` to the engine's loader only; letter case counts in its documentation and its JSON Schema, and to other tools"
            )
        };
        let mut diagnostic = Diagnostic::new("key-letter-case", Severity::Warning, entry.key.span, message).help(format!("write `{name}`"));
        if matches!(entry.key.kind, Kind::Scalar(_)) {
            // What is passed over now takes effect then, and the first document must not say its name.
            let safety = if is_looked_up || is_passed_over(object, field) { Safety::Unsafe } else { Safety::Safe };
            diagnostic = diagnostic.fix(Fix::replace(format!("Write `{name}`"), safety, entry.key.span, name));
        }
        self.report(diagnostic);
        if !is_looked_up && !is_passed_over(object, field) {
            self.names.insert(entry.key.span.start, name);
        }
    }

    /// `misspelt` are the fields that unknown keys probably stand for.
    fn missing_keys(&mut self, visit: Visit<'t>, object: &'static Object, misspelt: &[&str]) {
        if std::ptr::eq(object, &ROOT) {
            return;
        }
        for field in
            object.fields.iter().filter(|field| field.required && !misspelt.contains(&field.name) && is_missing(visit.node, object, field))
        {
            let mut diagnostic = missing_key(visit, object, field);
            if std::ptr::eq(object, &STEP_RETRY) && field.name == "interval_sec" && !self.is_expanded {
                let line = format!("{}: {}", field.name, field.example);
                let edit = add_key(visit.node, &self.tree.text, &line).filter(|edit| !self.tree.is_anchored(edit.span));
                diagnostic.fixes.extend(edit.map(|edit| Fix::of(format!("Add `{line}`"), Safety::Unsafe, vec![edit])));
            }
            self.report(diagnostic);
        }
        if std::ptr::eq(object, &STEP) && visit.node.get_some("with").is_none() {
            self.missing_input(visit.node);
        }
    }

    /// A step without `with` whose action needs some.
    fn missing_input(&mut self, step: &'t Node) {
        let Some(entry) = step.entry("action") else { return };
        let Some(action) = entry.value.string().and_then(action::find).filter(|action| action.needs_input()) else { return };
        if step.get("with").is_some() {
            return; // null, and reported as such
        }
        let names: Vec<String> =
            action.input.fields.iter().filter(|field| field.required).map(|field| format!("`with.{}`", field.name)).collect();
        let message = format!("`{}` needs {}", entry.value.text().unwrap_or_default().trim(), names.join(" and "));
        self.report(Diagnostic::new("missing-key", Severity::Error, entry.value_span(), message).help("add `with:` to the step"));
    }

    /// Reports the key, and gives the field that it probably stands for.
    fn unknown_key(&mut self, object: &'static Object, entries: &[Entry], entry: &Entry) -> Option<&'static str> {
        let key = entry.name();
        let message = format!("unknown key `{key}` {}; the engine rejects the file", inside(object));
        let mut diagnostic = Diagnostic::new("unknown-key", Severity::Error, entry.key.span, message);
        let (rename, help) = match (spelling::removed(object.name, key), spelling::snake_case(key)) {
            (Some(removed), _) => (removed.rename, Some(removed.help.to_owned())),
            (None, Some(snake)) if object.field(snake).is_some() => {
                (Some(snake), Some(format!("keys are written in snake_case: `{snake}`")))
            }
            (None, Some(snake)) if snake.contains('.') && std::ptr::eq(object, &ROOT) => (None, Some(format!("it is `{snake}` now"))),
            _ => match nearest(key, object.fields.iter().map(|field| field.name)).or_else(|| in_seconds(object, key)) {
                Some(near) => (Some(near), Some(format!("did you mean `{near}`?"))),
                None => (None, elsewhere(object, key)),
            },
        };
        if let Some(help) = help {
            diagnostic = diagnostic.help(help);
        }
        // A lone mapping under `precondition` becomes an item of a list: more than a new name.
        let keeps_value = rename != Some("preconditions") || entry.value.entries().is_none();
        if let Some(new) = rename.filter(|new| keeps_value && !entries.iter().any(|other| other.name() == *new))
            && matches!(entry.key.kind, Kind::Scalar(_))
        {
            // What is only near may have been meant for another mapping, above all a short name.
            let is_clear = spelling::snake_case(key).is_some() || spelling::removed(object.name, key).is_some();
            let is_slip = slip(key, new).is_some_and(|slip| slip == Slip::Case || key.len() > 2);
            let safety = if is_clear || is_slip { Safety::Safe } else { Safety::Unsafe };
            let mut fix = Fix::replace(format!("Rename to `{new}`"), safety, entry.key.span, new);
            let mut is_usable = true;
            if let Some(text) = entry.value.text().filter(|_| in_seconds(object, key) == Some(new)) {
                let seconds = seconds(text);
                is_usable = seconds.is_some() || text.contains('$');
                if let Some(seconds) = seconds.filter(|seconds| seconds != text) {
                    fix = Fix::of(format!("Write `{new}: {seconds}`"), Safety::Unsafe, fix.edits);
                    fix.edits.push(Edit { span: entry.value.span, text: seconds });
                }
            }
            if is_usable {
                diagnostic = diagnostic.fix(fix);
            }
        }
        self.report(diagnostic);
        rename
    }

    /// Reports a key that the engine passes over, when it is near one that it reads.
    fn ignored_key(&mut self, object: &'static Object, entries: &[Entry], entry: &Entry) -> Option<&'static str> {
        let key = entry.name();
        let near = nearest(key, object.fields.iter().map(|field| field.name))?;
        if entries.iter().any(|other| other.name() == near) {
            let message = format!("`{key}` means nothing {}; the engine passes over it", inside(object));
            let help = format!("take it out: `{near}` is given as well");
            self.report(Diagnostic::new("ignored-key", Severity::Warning, entry.key.span, message).help(help));
            return None;
        }
        let is_needed = object.field(near).is_some_and(|field| field.required);
        let (rule, severity, message) = if is_needed {
            ("missing-key", Severity::Error, format!("`{near}` is missing {}, and `{key}` means nothing there", inside(object)))
        } else {
            ("ignored-key", Severity::Warning, format!("`{key}` means nothing {}; the engine passes over it", inside(object)))
        };
        let mut diagnostic = Diagnostic::new(rule, severity, entry.key.span, message).help(format!("did you mean `{near}`?"));
        if matches!(entry.key.kind, Kind::Scalar(_)) {
            diagnostic = diagnostic.fix(Fix::replace(format!("Rename to `{near}`"), Safety::Safe, entry.key.span, near));
        }
        self.report(diagnostic);
        Some(near)
    }

    fn wrong_type(&mut self, visit: Visit<'t>) {
        if matches!(visit.shape, Shape::Ruled(_)) {
            return;
        }
        let forms = &visit.shape.forms(visit.node).collect::<Vec<_>>();
        if let Some(&template) = self.computed.get(&std::ptr::from_ref(visit.node)).filter(|_| is_text_of_template(visit.node)) {
            let message = format!("{} must be {}, but a text with `{{{{ }}}}` stays a text", subject(visit), expected(forms));
            let help = "insert the value as it is, with its type: `{$input: NAME}`";
            return self.report(Diagnostic::new("wrong-type", Severity::Error, template, message).help(help));
        }
        if self.is_expanded && self.is_default_with_fraction(visit.node) {
            let message =
                format!("{} must be {}, and the engine reads this default as a number with a fraction", subject(visit), expected(forms));
            let help = "write the number into the template, or give it in the `with` of each call";
            return self.report(Diagnostic::new("wrong-type", Severity::Error, visit.span, message).help(help));
        }
        let message = format!("{} must be {}, but this is {}", subject(visit), expected(forms), visit.node.type_name());
        let mut diagnostic = Diagnostic::new("wrong-type", Severity::Error, visit.span, message);
        if let Some((help, text)) = self.conversion(visit.node, forms) {
            diagnostic = diagnostic.help(help);
            if matches!(visit.node.kind, Kind::Scalar(_)) {
                diagnostic = diagnostic.fix(Fix::replace(format!("Write `{text}`"), Safety::Safe, visit.node.span, text));
            }
        }
        self.report(diagnostic);
    }

    /// Whether an integer as written counts as a number with a fraction, since it is a default.
    fn is_default_with_fraction(&self, node: &Node) -> bool {
        let written = self.tree.text.get(node.span.range()).map(ScalarType::of);
        matches!(node.scalar_type(), Some(ScalarType::Float(_))) && matches!(written, Some(ScalarType::Int(_)))
    }

    /// How to say the same in a form that is accepted.
    fn conversion(&self, node: &Node, forms: &[&'static Shape]) -> Option<(&'static str, String)> {
        let has = |test: fn(&Shape) -> bool| forms.iter().any(|form| test(form));
        let source = self.tree.text.get(node.span.range())?;
        if source.contains('\n') || node.is_null() {
            return None;
        }
        let text = node.text()?;
        let is_string = node.scalar_type() == Some(ScalarType::String);
        let is_plain = !has(|form| matches!(form, Shape::List(_) | Shape::NonEmptyList(_) | Shape::Object(_) | Shape::NonEmptyObject(_)));
        if !is_string && is_plain && has(|form| matches!(form, Shape::Text | Shape::NonBlank)) {
            return Some(("quote it", format!("\"{source}\"")));
        }
        if !is_string && has(|form| matches!(form, Shape::Fraction)) && matches!(node.scalar_type(), Some(ScalarType::Int(_))) {
            return Some(("write the number with a fraction", format!("{source}.0")));
        }
        if is_string && has(|form| matches!(form, Shape::Bool)) {
            let value = match text.to_lowercase().as_str() {
                "yes" | "on" | "true" => "true",
                "no" | "off" | "false" => "false",
                _ => return None,
            };
            return Some(("booleans are `true` and `false`", value.to_owned()));
        }
        if is_string && has(|form| matches!(form, Shape::Int | Shape::IntIn(..) | Shape::WholeIn(..))) && text.parse::<i64>().is_ok() {
            return Some(("leave out the quotes", text.to_owned()));
        }
        let is_simple = !text.is_empty() && !text.contains([',', '[', ']', '{', '}', '#']);
        (is_string && is_simple && has(|form| matches!(form, Shape::List(_) | Shape::NonEmptyList(_))))
            .then(|| ("make it a list of one", format!("[{source}]")))
    }

    fn invalid_value(&mut self, visit: Visit<'t>, forms: &[&'static Shape], first: &'static Shape) {
        if matches!(visit.shape, Shape::Ruled(_)) {
            return;
        }
        let text = visit.node.text().unwrap_or_default();
        let shown = if text.trim().is_empty() { "it is empty".to_owned() } else { format!("this is `{}`", shortened(text)) };
        let (message, known): (String, Vec<&str>) = match first {
            Shape::ActionName => {
                let message = if text.trim().is_empty() {
                    "the name of the action is empty".to_owned()
                } else {
                    format!("unknown action `{}`", shortened(text))
                };
                (message, action::ALL.iter().map(|action| action.name).chain(self.custom.iter().copied()).collect())
            }
            Shape::Word(words) | Shape::AnyCaseWord(words) => {
                (format!("{} must be {}, but {shown}", subject(visit), expected(forms)), told(words).map(|word| word.name).collect())
            }
            _ => (format!("{} must be {}, but {shown}", subject(visit), expected(forms)), Vec::new()),
        };
        let near = nearest(text.trim(), known).map(str::to_owned);
        let mut diagnostic = Diagnostic::new("invalid-value", Severity::Error, visit.span, message);
        if let Some(near) = near {
            diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
            let is_inline = visit.node.scalar().is_some_and(|scalar| !scalar.is_block());
            if is_inline && matches!(visit.node.kind, Kind::Scalar(_)) {
                diagnostic = diagnostic.fix(Fix::replace(format!("Write `{near}`"), Safety::Unsafe, visit.node.span, near));
            }
        } else if matches!(first, Shape::ActionName) && text.trim() == "agent" {
            // The engine finds that out of a handler only when it runs.
            diagnostic = diagnostic.refused(!self.is_handler(visit.holder)).help("an agent is a kind of DAG: `type: agent` at the root");
        } else if matches!(first, Shape::ActionName) {
            diagnostic = diagnostic.help("use a built-in action, define it under `actions`, or name a version: `owner/repo@v1`");
        }
        self.report(diagnostic);
    }

    fn accepts(&self, form: &Shape, visit: Visit<'_>) -> bool {
        form.accepts(visit.node) && self.is_action(form, visit.node) && (!visit.strict || form.accepts_strictly(visit.node))
    }

    fn is_handler(&self, step: Option<&Node>) -> bool {
        let roots = self.tree.documents.iter().filter_map(|document| document.root.as_deref()).chain(self.root);
        let handlers = roots.filter_map(|root| root.get("handler_on")?.entries());
        step.is_some_and(|step| handlers.flatten().any(|entry| std::ptr::eq(entry.value.target(), step.target())))
    }

    /// Whether this is the name of an action, where one is asked for.
    fn is_action(&self, form: &Shape, node: &Node) -> bool {
        let name = node.text().unwrap_or_default().trim();
        !matches!(form, Shape::ActionName) || action::find(name).is_some() || action::is_versioned(name) || self.custom.contains(name)
    }

    fn report_value(&mut self, visit: Visit<'t>, rule: &'static str, message: String) {
        if !matches!(visit.shape, Shape::Ruled(_)) {
            self.report(Diagnostic::new(rule, Severity::Error, visit.span, message));
        }
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        let several = diagnostic.rule == "missing-key";
        if self.reported.insert((diagnostic.rule, diagnostic.span)) || several {
            self.found.push(diagnostic);
        }
    }
}

/// Whether a key in another letter case is taken for the field: the key as documented goes before it,
/// and of several only one is taken.
fn takes_the_field(entries: &[Entry], entry: &Entry, field: &Field) -> bool {
    let first = entries.iter().find(|other| other.name() == field.name);
    let first = first.or_else(|| entries.iter().find(|other| other.name().eq_ignore_ascii_case(field.name)));
    first.is_some_and(|first| std::ptr::eq(first, entry))
}

fn is_command(field: &Field) -> bool {
    matches!(field.name, "run" | "action")
}

/// Whether a step has a command under another key than a misspelt `run` or `action`.
fn has_command_beside(entries: &[Entry], field: &Field) -> bool {
    const COMMANDS: &[&str] = &["run", "action", "command", "script", "exec", "call", "foreach"];
    is_command(field) && entries.iter().any(|entry| COMMANDS.contains(&entry.name()))
}

/// These fields of a step are looked up by their exact name; a key in another letter case loads.
fn is_passed_over(object: &Object, field: &Field) -> bool {
    std::ptr::eq(object, &STEP) && matches!(field.name, "outputs" | "run" | "action")
}

fn missing_key(visit: Visit<'_>, object: &Object, field: &Field) -> Diagnostic {
    let holder = match object.name.strip_prefix("with of ") {
        Some(action) => format!("the `with` of {action}"),
        None if visit.is_item => format!("this {}", object.name),
        None => format!("`{}`", visit.name),
    };
    let diagnostic = Diagnostic::new("missing-key", Severity::Error, visit.head, format!("{holder} needs `{}`", field.name));
    let doc = field.doc.trim_end_matches('.');
    let help =
        if field.example.is_empty() { doc.to_owned() } else { format!("{doc}; for example `{}: {}`", field.name, field.example.trim()) };
    diagnostic.help(lower_first(&help))
}

/// The place of a key, in words.
fn inside(object: &Object) -> String {
    match object.name.strip_prefix("with of ") {
        Some(action) => format!("in the `with` of {action}"),
        None if std::ptr::eq(object, &ROOT) => "at the root of the DAG".to_owned(),
        None => format!("in this {}", object.name),
    }
}

/// Null counts as missing, but for a field that rejects null: that is reported as a wrong type.
fn is_missing(mapping: &Node, object: &Object, field: &Field) -> bool {
    let value = mapping.get(field.name).or_else(|| {
        let entry = mapping.entries()?.iter().find(|entry| entry.name().eq_ignore_ascii_case(field.name))?;
        Some(&entry.value)
    });
    let null_is_said = object.reading == Reading::Strict || matches!(field.shape, Shape::Present(_) | Shape::Nullable(_));
    value.is_none_or(|value| value.is_null() && !null_is_said)
}

fn has_run_or_action(step: &Node) -> bool {
    step.get("run").is_some() || step.get("action").is_some()
}

/// The field of a number of seconds that a key means which leaves the unit away.
fn in_seconds(object: &'static Object, key: &str) -> Option<&'static str> {
    object.fields.iter().map(|field| field.name).find(|name| name.strip_suffix("_sec") == Some(key))
}

/// The seconds of a duration such as `5s` or `2m`.
fn seconds(text: &str) -> Option<String> {
    let digits = text.trim_end_matches(['s', 'm', 'h']);
    let factor = match text.get(digits.len()..)? {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return None,
    };
    digits.parse::<u32>().ok().map(|number| (u64::from(number) * factor).to_string())
}

/// Where the key would belong.
fn elsewhere(object: &Object, key: &str) -> Option<String> {
    let is = |other: &Object| std::ptr::eq(object, other);
    let known = |other: &Object| other.fields.iter().any(|field| field.name == key && field.deprecated.is_none());
    if is(&STEP) && known(&ROOT) {
        return Some(format!("`{key}` belongs at the root of the DAG"));
    }
    if is(&ROOT) && known(&STEP) {
        return Some(format!("`{key}` belongs in a step"));
    }
    if object.name.starts_with("with of ") && known(&STEP) {
        return Some(format!("`{key}` belongs in the step, beside `with`"));
    }
    if object.fields.is_empty() {
        return None;
    }
    let names: Vec<String> =
        object.fields.iter().filter(|field| field.deprecated.is_none()).map(|field| format!("`{}`", field.name)).collect();
    (names.len() <= 12).then(|| format!("known here: {}", names.join(", ")))
}

/// Whether a computed value is a text with `{{ }}`, and not an input inserted as it is.
fn is_text_of_template(node: &Node) -> bool {
    node.tag() == Some(expand::TEXT) || matches!(&node.kind, Kind::Scalar(scalar) if scalar.style == Style::Computed)
}

fn subject(visit: Visit<'_>) -> String {
    if visit.is_item { format!("an item of `{}`", visit.name) } else { format!("`{}`", visit.name) }
}

fn shortened(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    if line.chars().count() <= 40 && line.len() == text.trim().len() {
        return line.to_owned();
    }
    let start: String = line.chars().take(37).collect();
    format!("{start}...")
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
