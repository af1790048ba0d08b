//! Documents from the model, by a list of numbers that makes every choice.

use std::rc::Rc;

use dagu_schema::json_schema::json as json_of;
use dagu_schema::model::{Field, Object, Other, Shape, action};
use dagu_schema::syntax::Tree;
use serde_json::{Map, Value, json};

/// Nesting below which only what must be there is drawn.
const DEEPEST: usize = 6;

/// The choices; the first of several where the numbers have run out.
pub(crate) struct Draw<'n> {
    numbers: std::slice::Iter<'n, u16>,
    depth: usize,
    /// How many faults may still be made: with many, two judges would agree by chance.
    faults: usize,
}

impl<'n> Draw<'n> {
    pub(crate) fn new(numbers: &'n [u16]) -> Self {
        Self { numbers: numbers.iter(), depth: 0, faults: 0 }
    }

    /// A document as YAML in JSON's notation.
    pub(crate) fn document(mut self, root: &'static Object) -> String {
        self.faults = self.below(3);
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

    /// Whether a fault is made here, that happens once in so many times.
    fn errs(&mut self, times: usize) -> bool {
        let errs = self.faults > 0 && self.once_in(times);
        self.faults -= usize::from(errs);
        errs
    }

    /// One that fits, or now and then one that does not.
    fn text(&mut self, fitting: &[&str], unfitting: &[&str]) -> Value {
        let texts = if self.errs(6) { unfitting } else { fitting };
        (*self.one(texts)).into()
    }

    pub(crate) fn value(&mut self, shape: &'static Shape) -> Value {
        if self.errs(25) {
            return self.anything();
        }
        match shape {
            Shape::Any => self.anything(),
            Shape::Text => self.text(&["x", "", "a b", "5", "null"], &[" "]),
            Shape::NonBlank => self.text(&["x", " y ", "true"], &[" ", ""]),
            Shape::Identifier => self.text(&["abc", " a_1 ", "A"], &["1a", "a-b", "", "_a"]),
            Shape::Reference => self.text(&["${A}", "`x`", "$"], &["A", ""]),
            Shape::Digits => self.text(&["12", "-3", "+-"], &["", "1.5", "0x1", "3-"]),
            Shape::Assignment => self.text(&["A=b", "="], &["A", ""]),
            Shape::Scalar => self.one(&[json!("x"), json!(3), json!(2.5), json!(true)]).clone(),
            Shape::Bool => (*self.one(&[true, false])).into(),
            Shape::Int | Shape::Number => self.one(&[json!(3), json!(0), json!(-4), json!(2.5)]).clone(),
            Shape::IntIn(least, most) | Shape::WholeIn(least, most) => self.number(*least, *most),
            Shape::Fraction => self.one(&[json!(2.5), json!(0.1)]).clone(),
            Shape::NumberIn(least, most) if self.errs(3) => (*self.one(&[least - 0.5, most + 0.5])).into(),
            Shape::NumberIn(least, most) => (*self.one(&[*least, *most, (least + most) / 2.0])).into(),
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
        self.one(&probes()).clone()
    }

    fn number(&mut self, least: i64, most: i64) -> Value {
        let near = if least == i64::MIN { 0 } else { least };
        let far = if most == i64::MAX { near + 1000 } else { most };
        if self.errs(6) {
            return self
                .one(&[json!(near as f64 + 0.5), json!(near - 1), json!(far + 1), json!(near as f64 - 0.5), json!(far as f64 + 0.5)])
                .clone();
        }
        self.one(&[json!(near), json!(far)]).clone()
    }

    fn list(&mut self, items: &'static Shape, least: usize) -> Value {
        let least = if self.errs(20) { 0 } else { least };
        let length = if self.depth > DEEPEST { least } else { least + self.below(3) };
        self.depth += 1;
        let list = (0..length).map(|_| self.value(items)).collect();
        self.depth -= 1;
        list
    }

    fn mapping(&mut self, object: &'static Object) -> Value {
        self.depth += 1;
        let mut fields: Vec<&Field> = object.fields.iter().filter(|field| field.required).collect();
        if !fields.is_empty() && self.errs(12) {
            let missing = self.below(fields.len());
            fields.remove(missing);
        }
        if !object.fields.is_empty() && self.depth <= DEEPEST {
            for _ in 0..self.below(5) {
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
            _ if self.errs(20) => _ = out.insert("something_else".to_owned(), self.anything()),
            _ => {}
        }
        if object.name == "step" {
            self.work(&mut out);
        }
        // At the root the steps must be there in any case.
        if let Some(Value::Array(steps)) = out.get_mut("steps").filter(|_| object.name == "DAG")
            && steps.is_empty()
        {
            steps.push(json!({ "run": "x" }));
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
            0 if self.errs(2) => self.one(&["redis.", "greet", "http.reqest", "nop", " noop ", ""]).to_string(),
            0 => self.one(&["owner/repo@v1", "source:./x", "redis.xadd"]).to_string(),
            _ => self.one(action::ALL).name.to_owned(),
        }
    }

    /// The key, now and then misspelt.
    fn key(&mut self, name: &str) -> String {
        if !self.errs(20) {
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

/// Values of every type, and some that choose between forms.
pub(crate) fn probes() -> Vec<Value> {
    vec![
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
        json!([1]),
        json!([{}]),
        json!({"x": 1}),
        json!({"name": "x"}),
        json!({"value": null}),
        json!({"schema": "./x", "values": {}}),
        json!({"$input": "path"}),
        json!("{{ .input.x }}"),
    ]
}

/// A kind of mapping, and the document around one.
pub(crate) struct Site {
    pub(crate) object: &'static Object,
    pub(crate) around: Around,
}

type Around = Rc<dyn Fn(Value) -> Value>;

/// Every kind of mapping of the model, each at one place where it may stand.
pub(crate) fn sites(root: &'static Object) -> Vec<Site> {
    let mut sites = vec![Site { object: root, around: Rc::new(|value| value) }];
    let mut at = 0;
    while let Some(Site { object, around }) = sites.get(at) {
        let (object, around) = (*object, Rc::clone(around));
        let mut inner: Vec<Site> = Vec::new();
        let fields = object.fields.iter().map(|field| (field.name, &field.shape));
        let named = if let Other::Named(shape) = object.other { Some(("a", shape)) } else { None };
        for (key, shape) in fields.chain(named) {
            inner.extend(mappings(shape).into_iter().map(|site| {
                let around = Rc::clone(&around);
                Site { object: site.object, around: Rc::new(move |value| around(mapping_with(object, key, (site.around)(value)))) }
            }));
        }
        if object.name == "step" {
            for does in action::ALL.iter().map(|action| ("action", action.name)).chain([("run", "x")]) {
                let (tree, _) = Tree::parse(&format!("{}: {}", does.0, does.1));
                let input = action::input(tree.documents[0].root.as_deref().unwrap()).unwrap();
                let around = Rc::clone(&around);
                inner.push(Site { object: input, around: Rc::new(move |value| around(json!({ does.0: does.1, "with": value }))) });
            }
        }
        for site in inner {
            if !sites.iter().any(|known| std::ptr::eq(known.object, site.object)) {
                sites.push(site);
            }
        }
        at += 1;
    }
    sites
}

/// The mappings among the forms of a shape, with what lies between.
fn mappings(shape: &'static Shape) -> Vec<Site> {
    match shape {
        Shape::Object(object) | Shape::NonEmptyObject(object) => vec![Site { object, around: Rc::new(|value| value) }],
        Shape::List(items) | Shape::NonEmptyList(items) => {
            let in_list = |site: Site| Site { object: site.object, around: Rc::new(move |value| json!([(site.around)(value)])) };
            mappings(items).into_iter().map(in_list).collect()
        }
        Shape::OneOf(shapes) => shapes.iter().flat_map(mappings).collect(),
        Shape::Present(shape) | Shape::Nullable(shape) | Shape::Ruled(shape) => mappings(shape),
        Shape::By(choice) => choice.options.iter().flat_map(mappings).collect(),
        _ => Vec::new(),
    }
}

/// A mapping with this key, and with all that must be there.
pub(crate) fn mapping_with(object: &'static Object, key: &str, value: Value) -> Value {
    let mut out: Map<String, Value> =
        object.fields.iter().filter(|field| field.required).map(|field| (field.name.to_owned(), fitting(field))).collect();
    out.insert(key.to_owned(), value);
    out.into()
}

fn fitting(field: &'static Field) -> Value {
    let (tree, _) = Tree::parse(&format!("value: {}", field.example));
    let example = tree.documents[0].root.as_deref().and_then(|root| json_of(root.get("value")?));
    example.filter(|value| !value.is_null()).unwrap_or_else(|| Draw::new(&[]).value(&field.shape))
}
