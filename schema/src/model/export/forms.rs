//! A shape as JSON Schema: one list of types, and beside it what holds for each of them.

use serde_json::{Map, Value, json};

use super::{Export, Json, TEMPLATE, definition, spelling};
use crate::model::{Choice, Object, Shape, When, Word, action};

/// The forms that a shape has, by the type of the value.
#[derive(Default)]
pub(super) struct Forms {
    text: Option<Texts>,
    /// With the limits of the number.
    number: Option<Json>,
    boolean: bool,
    list: Option<List>,
    mapping: Option<Mapping>,
    null: bool,
    /// Whether numbers must be whole where they are to be: see [`crate::model::Reading::Strict`].
    is_strict: bool,
}

/// What a text may be: any of these.
#[derive(Default)]
struct Texts {
    is_free: bool,
    /// Words with their meaning.
    words: Vec<(&'static str, &'static str)>,
    patterns: Vec<String>,
}

struct List {
    items: &'static Shape,
    least: usize,
}

/// What a mapping may be.
enum Mapping {
    /// Anything, or what the action beside it takes.
    Free,
    Of {
        object: &'static Object,
        least: usize,
    },
    By(&'static Choice),
    Template,
}

impl Forms {
    pub(super) fn of(shape: &'static Shape, is_strict: bool) -> Self {
        let null = match shape {
            Shape::Any | Shape::Nullable(_) | Shape::Ruled(_) => true,
            Shape::Present(_) => false,
            _ => !is_strict,
        };
        let mut forms = Self { null, is_strict, ..Self::default() };
        forms.add(shape);
        if matches!(shape, Shape::Ruled(_)) {
            forms.free();
        }
        forms
    }

    /// The first form of a list or a mapping counts, as in the validator.
    fn add(&mut self, shape: &'static Shape) {
        match shape {
            Shape::Any => self.free(),
            Shape::Text => self.texts().is_free = true,
            Shape::NonBlank => self.pattern("\\S"),
            Shape::Identifier => self.pattern("^\\s*[A-Za-z][A-Za-z0-9_]*\\s*$"),
            Shape::Reference => self.pattern("[$`]"),
            Shape::Digits => self.pattern("^(?:[-+]+[0-9]*|[0-9]+)$"),
            Shape::Assignment => self.pattern("="),
            Shape::ActionName => {
                self.texts().words.extend(action::ALL.iter().map(|action| (action.name, action.doc)));
                self.pattern("\\S");
            }
            Shape::Word(words) => self.words(words, false),
            Shape::AnyCaseWord(words) => self.words(words, true),
            Shape::Scalar => {
                self.texts().is_free = true;
                self.boolean = true;
                self.number("number", None, None);
            }
            Shape::Bool => self.boolean = true,
            Shape::WholeIn(least, most) => self.number("integer", bound("minimum", *least, i64::MIN), bound("maximum", *most, i64::MAX)),
            Shape::IntIn(least, most) if self.is_strict => {
                self.number("integer", bound("minimum", *least, i64::MIN), bound("maximum", *most, i64::MAX));
            }
            Shape::Int if self.is_strict => self.number("integer", None, None),
            Shape::IntIn(least, most) => self.number("number", at_least(*least), at_most(*most)),
            Shape::Int | Shape::Number | Shape::Fraction => self.number("number", None, None),
            Shape::NumberIn(least, most) => self.number("number", Some(("minimum", json!(least))), Some(("maximum", json!(most)))),
            Shape::List(items) => _ = self.list.get_or_insert(List { items, least: 0 }),
            Shape::NonEmptyList(items) => _ = self.list.get_or_insert(List { items, least: 1 }),
            Shape::Object(object) => _ = self.mapping.get_or_insert(Mapping::Of { object, least: 0 }),
            Shape::NonEmptyObject(object) => _ = self.mapping.get_or_insert(Mapping::Of { object, least: 1 }),
            Shape::Input => _ = self.mapping.get_or_insert(Mapping::Free),
            Shape::Template => _ = self.mapping.get_or_insert(Mapping::Template),
            Shape::By(choice) => {
                self.mapping.get_or_insert(Mapping::By(choice));
                if choice.options.iter().any(|option| matches!(option, Shape::Any)) {
                    self.free();
                }
            }
            Shape::OneOf(shapes) => shapes.iter().for_each(|shape| self.add(shape)),
            Shape::Present(shape) | Shape::Nullable(shape) | Shape::Ruled(shape) => self.add(shape),
        }
    }

    fn texts(&mut self) -> &mut Texts {
        self.text.get_or_insert_default()
    }

    fn pattern(&mut self, pattern: impl Into<String>) {
        self.texts().patterns.push(pattern.into());
    }

    fn words(&mut self, words: &'static [Word], any_case: bool) {
        let texts = self.texts();
        texts.words.extend(words.iter().filter(|word| word.is_told()).map(|word| (word.name, word.doc)));
        let odd: Vec<&str> = words.iter().filter(|word| any_case || !word.is_told()).map(|word| word.name).collect();
        if any_case {
            texts.patterns.push(spelling::any_case_word(&odd));
        } else if !odd.is_empty() {
            texts.patterns.push(spelling::one_of(&odd));
        }
    }

    /// Of several kinds of number the first with limits would hide the others, so none is limited.
    fn number(&mut self, kind: &'static str, least: Option<(&str, Value)>, most: Option<(&str, Value)>) {
        let mut limits: Json = [least, most].into_iter().flatten().map(|(name, value)| (name.to_owned(), value)).collect();
        limits.insert("type".into(), kind.into());
        let is_second = self.number.as_ref().is_some_and(|first| *first != limits);
        self.number = Some(if is_second { Map::from_iter([("type".to_owned(), "number".into())]) } else { limits });
    }

    /// Whatever is not a list or a mapping of a form that is said already may be anything.
    fn free(&mut self) {
        self.texts().is_free = true;
        self.boolean = true;
        self.number = Some(Map::from_iter([("type".to_owned(), "number".into())]));
        self.list.get_or_insert(List { items: &Shape::Any, least: 0 });
        self.mapping.get_or_insert(Mapping::Free);
    }

    /// The types, in JSON Schema's words.
    pub(super) fn types(&self) -> Vec<&str> {
        let number = self.number.as_ref().and_then(|limits| limits.get("type")?.as_str());
        [
            self.text.as_ref().map(|_| "string"),
            number,
            self.boolean.then_some("boolean"),
            self.list.as_ref().map(|_| "array"),
            self.mapping.as_ref().map(|_| "object"),
            self.null.then_some("null"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    pub(super) fn schema(self, export: &mut Export) -> Json {
        let mut out = Json::new();
        let types: Vec<Value> = self.types().into_iter().map(Value::from).collect();
        match types.as_slice() {
            [only] => _ = out.insert("type".into(), only.clone()),
            all if all.len() == 6 => {}
            _ => _ = out.insert("type".into(), types.into()),
        }
        self.say_texts(&mut out);
        out.extend(self.number.into_iter().flatten().filter(|(name, _)| name != "type"));
        if let Some(List { items, least }) = self.list {
            if !matches!(items, Shape::Any) {
                out.insert("items".into(), export.value(items, self.is_strict).into());
            }
            if least > 0 {
                out.insert("minItems".into(), least.into());
            }
        }
        let reference = match self.mapping {
            None | Some(Mapping::Free) => None,
            Some(Mapping::Of { object, least }) => {
                if least > 0 {
                    out.insert("minProperties".into(), least.into());
                }
                export.reference(object)
            }
            Some(Mapping::By(choice)) => chosen(choice, export),
            Some(Mapping::Template) => Some(definition(TEMPLATE)),
        };
        out.extend(reference.map(|reference| ("allOf".to_owned(), json!([reference]))));
        out
    }

    fn say_texts(&self, out: &mut Json) {
        let Some(text) = &self.text else { return };
        let mut words = Json::new();
        if !text.words.is_empty() {
            words.insert("enum".into(), text.words.iter().map(|(name, _)| *name).collect());
            words.insert("enumDescriptions".into(), text.words.iter().map(|(_, doc)| *doc).collect());
        }
        if text.is_free {
            if !words.is_empty() {
                // Words to offer, and any other.
                out.insert("anyOf".into(), json!([words, {}]));
            }
            return;
        }
        let pattern = match text.patterns.as_slice() {
            [] => None,
            [only] => Some(only.clone()),
            several => Some(several.iter().map(|pattern| format!("(?:{pattern})")).collect::<Vec<_>>().join("|")),
        };
        if words.is_empty() {
            out.extend(pattern.map(|pattern| ("pattern".to_owned(), pattern.into())));
            return;
        }
        if let Some(Value::Array(values)) = words.get_mut("enum") {
            let booleans = if self.boolean { vec![json!(true), json!(false)] } else { Vec::new() };
            values.extend(booleans);
            values.extend(self.null.then_some(Value::Null));
        }
        let others: Vec<&str> =
            self.types().into_iter().filter(|name| matches!(*name, "number" | "integer" | "array" | "object")).collect();
        let mut alternatives = vec![Value::from(words.clone())];
        alternatives.extend(pattern.map(|pattern| json!({ "type": "string", "pattern": pattern })));
        alternatives.extend((!others.is_empty()).then(|| json!({ "type": others })));
        if alternatives.len() == 1 {
            out.append(&mut words);
        } else {
            out.insert("anyOf".into(), alternatives.into());
        }
    }
}

/// The forms of a choice, each behind its condition.
fn chosen(choice: &'static Choice, export: &mut Export) -> Option<Value> {
    let mut option = |shape: &'static Shape| match shape {
        Shape::Object(object) => export.reference(object).unwrap_or(Value::Bool(true)),
        _ => Value::Bool(true),
    };
    let mut options: Vec<Value> = choice.options.iter().map(&mut option).collect();
    let last = options.pop()?;
    let conditional = choice.when.iter().zip(options).rev();
    Some(conditional.fold(last, |other, (when, option)| {
        let mut out = json!({ "if": condition(when), "then": option });
        if other != Value::Bool(true) {
            out["else"] = other;
        }
        out
    }))
}

fn condition(when: &When) -> Value {
    let has = |key: &str, value: Value| json!({ "type": "object", "required": [key], "properties": { key: value } });
    match when {
        When::Has([key]) => json!({ "type": "object", "required": [key] }),
        When::Has(keys) => json!({ "type": "object", "anyOf": keys.iter().map(|key| json!({ "required": [key] })).collect::<Vec<_>>() }),
        When::Only(keys) => json!({ "type": "object", "propertyNames": { "enum": keys } }),
        When::Is(key, text) => has(key, json!({ "const": text })),
        When::Contains(key, characters) => has(key, json!({ "type": "string", "pattern": spelling::any_of(characters) })),
        When::HasMapping(key) => has(key, json!({ "type": "object" })),
        When::Mapping => json!({ "type": "object" }),
        When::All(all) => json!({ "allOf": all.iter().map(condition).collect::<Vec<_>>() }),
        When::Any(any) => json!({ "anyOf": any.iter().map(condition).collect::<Vec<_>>() }),
    }
}

fn bound(name: &'static str, value: i64, none: i64) -> Option<(&'static str, Value)> {
    (value != none).then(|| (name, value.into()))
}

/// The least number that is this or more once its fraction is cut off.
fn at_least(least: i64) -> Option<(&'static str, Value)> {
    if least > 0 { Some(("minimum", least.into())) } else { least.checked_sub(1).map(|below| ("exclusiveMinimum", below.into())) }
}

fn at_most(most: i64) -> Option<(&'static str, Value)> {
    if most < 0 { Some(("maximum", most.into())) } else { most.checked_add(1).map(|above| ("exclusiveMaximum", above.into())) }
}
