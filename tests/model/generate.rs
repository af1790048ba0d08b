//! Documents from the model, by a list of numbers that makes every choice.

use dagu_schema::model::{Field, Object, Other, Shape, action};
use serde_json::{Map, Value, json};

/// Nesting below which only what must be there is drawn.
const DEEPEST: usize = 6;

/// The choices; the first of several where the numbers have run out.
pub(crate) struct Draw<'n> {
    numbers: std::slice::Iter<'n, u16>,
    depth: usize,
}

impl<'n> Draw<'n> {
    pub(crate) fn new(numbers: &'n [u16]) -> Self {
        Self { numbers: numbers.iter(), depth: 0 }
    }

    /// A document as YAML in JSON's notation.
    pub(crate) fn document(mut self, root: &'static Object) -> String {
        self.mapping(root).to_string()
    }

    fn below(&mut self, most: usize) -> usize {
        self.numbers.next().map_or(0, |number| usize::from(*number) % most)
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let index = self.below(of.len());
        &of[index]
    }

    /// Whether something happens that happens once in so many times.
    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == times - 1
    }

    fn value(&mut self, shape: &'static Shape) -> Value {
        if self.once_in(25) {
            return self.anything();
        }
        match shape {
            Shape::Any => self.anything(),
            Shape::Text => self.one(&["x", "", "a b", "5", "null"]).to_owned().into(),
            Shape::NonBlank => self.one(&["x", " y ", "true", " "]).to_owned().into(),
            Shape::Identifier => self.one(&["abc", " a_1 ", "1a", "a-b", ""]).to_owned().into(),
            Shape::Reference => self.one(&["${A}", "`x`", "$", "A"]).to_owned().into(),
            Shape::Digits => self.one(&["12", "-3", "+-", "", "1.5", "0x1"]).to_owned().into(),
            Shape::Assignment => self.one(&["A=b", "=", "A"]).to_owned().into(),
            Shape::Scalar => self.one(&[json!("x"), json!(3), json!(2.5), json!(true)]).clone(),
            Shape::Bool => self.one(&[true, false]).to_owned().into(),
            Shape::Int | Shape::Number => self.one(&[json!(3), json!(0), json!(-4), json!(2.5)]).clone(),
            Shape::IntIn(least, most) | Shape::WholeIn(least, most) => self.number(*least, *most),
            Shape::Fraction => self.one(&[json!(2.5), json!(0.1), json!(3)]).clone(),
            Shape::NumberIn(least, most) => self.one(&[*least, *most, (least + most) / 2.0, least - 0.5, most + 0.5]).to_owned().into(),
            Shape::Word(words) => self.one(words).name.into(),
            Shape::AnyCaseWord(words) => {
                let name = self.one(words).name;
                self.one(&[name.to_owned(), name.to_uppercase(), format!(" {name} ")]).clone().into()
            }
            Shape::List(items) => self.list(items, 0),
            Shape::NonEmptyList(items) => self.list(items, 1),
            Shape::Object(object) | Shape::NonEmptyObject(object) => self.mapping(object),
            Shape::OneOf(shapes) => {
                let shape = self.one(shapes);
                self.value(shape)
            }
            Shape::Present(shape) | Shape::Ruled(shape) => self.value(shape),
            Shape::Nullable(shape) => {
                if self.once_in(4) {
                    Value::Null
                } else {
                    self.value(shape)
                }
            }
            Shape::By(choice) => {
                let shape = self.one(choice.options);
                self.value(shape)
            }
            Shape::ActionName => self.action().into(),
            Shape::Template => self.mapping(&dagu_schema::model::STEP),
            Shape::Input => json!({}),
        }
    }

    fn anything(&mut self) -> Value {
        let values = [
            json!("text"),
            Value::Null,
            json!(true),
            json!(7),
            json!(-1),
            json!(1.25),
            json!(2.0),
            json!(""),
            json!("two words"),
            json!([]),
            json!({}),
            json!(["x"]),
            json!([null]),
            json!({"x": 1}),
            json!({"name": "x"}),
            json!({"value": null}),
            json!({"schema": "./x", "values": {}}),
            json!({"$input": "path"}),
            json!("{{ .input.x }}"),
        ];
        self.one(&values).clone()
    }

    fn number(&mut self, least: i64, most: i64) -> Value {
        let near = if least == i64::MIN { 0 } else { least };
        let far = if most == i64::MAX { near + 1000 } else { most };
        self.one(&[json!(near), json!(far), json!(near as f64 + 0.5), json!(near - 1), json!(far + 1), json!(near as f64 - 0.5)]).clone()
    }

    fn list(&mut self, items: &'static Shape, least: usize) -> Value {
        let length = if self.depth > DEEPEST { least } else { least + self.below(3) };
        self.depth += 1;
        let list = (0..length).map(|_| self.value(items)).collect();
        self.depth -= 1;
        list
    }

    fn mapping(&mut self, object: &'static Object) -> Value {
        self.depth += 1;
        let mut fields: Vec<&Field> = object.fields.iter().filter(|field| field.required).collect();
        if fields.iter().any(|_| self.once_in(30)) {
            fields.pop();
        }
        if !object.fields.is_empty() && self.depth <= DEEPEST {
            for _ in 0..self.below(4) {
                let field = self.one(object.fields);
                if !fields.iter().any(|other| other.name == field.name) {
                    fields.push(field);
                }
            }
        }
        let mut out = Map::new();
        for field in fields {
            let value = self.value(&field.shape);
            let key = self.key(field.name);
            out.insert(key, value);
        }
        match object.other {
            Other::Named(shape) => {
                for name in ["A", "b c", "d"].into_iter().take(self.below(3)) {
                    let value = self.value(shape);
                    out.insert(name.to_owned(), value);
                }
            }
            _ if self.once_in(20) => _ = out.insert("something_else".to_owned(), self.anything()),
            _ => {}
        }
        if object.name == "step" {
            self.work(&mut out);
        }
        self.depth -= 1;
        out.into()
    }

    /// What a step does, with an input that belongs to it.
    fn work(&mut self, step: &mut Map<String, Value>) {
        if self.depth > DEEPEST || self.once_in(3) {
            step.entry("run").or_insert_with(|| "x".into());
            return;
        }
        let name = self.action();
        if let Some(action) = action::find(&name)
            && !self.once_in(10)
        {
            let input = self.mapping(action.input);
            step.insert("with".to_owned(), input);
        }
        step.insert("action".to_owned(), name.into());
    }

    fn action(&mut self) -> String {
        match self.below(12) {
            0 => self.one(&["owner/repo@v1", "source:./x", "redis.xadd", "redis.", "greet", "http.reqest", " noop ", ""]).to_string(),
            _ => self.one(action::ALL).name.to_owned(),
        }
    }

    /// The key, now and then misspelt.
    fn key(&mut self, name: &str) -> String {
        if !self.once_in(20) {
            return name.to_owned();
        }
        let at = self.below(name.len());
        match self.below(6) {
            0 => name.to_uppercase(),
            1 => name.replacen('_', "-", 1),
            2 => format!("{}{}", &name[..at], &name[at + 1..]),
            3 => format!("{}x{}", &name[..at], &name[at..]),
            4 => format!("{}q{}", &name[..at], &name[at + 1..]),
            _ => format!("{}{}", name, &name[..at]),
        }
    }
}
