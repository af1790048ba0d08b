//! Objects of a report that say their own JSON Schema, so that a field stands once, with its description.

use serde_json::{Map, Value, json};

/// What has a JSON Schema.
pub(super) trait Described {
    /// The schema of a value. What has a name is added to the definitions, and referred to.
    fn schema(definitions: &mut Map<String, Value>) -> Value;
}

impl Described for &str {
    fn schema(_: &mut Map<String, Value>) -> Value {
        json!({"type": "string"})
    }
}

impl Described for String {
    fn schema(_: &mut Map<String, Value>) -> Value {
        json!({"type": "string"})
    }
}

/// A number that counts from 1.
impl Described for usize {
    fn schema(_: &mut Map<String, Value>) -> Value {
        json!({"type": "integer", "minimum": 1})
    }
}

impl<T: Described> Described for Option<T> {
    fn schema(definitions: &mut Map<String, Value>) -> Value {
        json!({"anyOf": [T::schema(definitions), {"type": "null"}]})
    }
}

impl<T: Described> Described for Vec<T> {
    fn schema(definitions: &mut Map<String, Value>) -> Value {
        json!({"type": "array", "items": T::schema(definitions)})
    }
}

/// A struct that is written as a JSON object, and described as one by its comments: each has a name among the definitions,
/// and no field is ever left out.
macro_rules! described {
    ($($(#[doc = $about:literal])+ $title:literal $visible:vis struct $name:ident $(<$life:lifetime>)? {
        $($(#[doc = $doc:literal])+ $field:ident: $type:ty,)*
    })*) => {$(
        $(#[doc = $about])+
        #[derive(serde::Serialize)]
        $visible struct $name $(<$life>)? {
            $($(#[doc = $doc])+ $field: $type,)*
        }

        impl $(<$life>)? $crate::output::described::Described for $name $(<$life>)? {
            fn schema(definitions: &mut serde_json::Map<String, serde_json::Value>) -> serde_json::Value {
                let mut properties = serde_json::Map::new();
                $(
                    let mut property = <$type as $crate::output::described::Described>::schema(definitions);
                    property["description"] = concat!($($doc),+).trim().into();
                    properties.insert(stringify!($field).to_owned(), property);
                )*
                let object = serde_json::json!({
                    "description": concat!($($about),+).trim(),
                    "type": "object",
                    "properties": properties,
                    "required": [$(stringify!($field)),*],
                });
                definitions.insert($title.to_owned(), object);
                serde_json::json!({"$ref": concat!("#/$defs/", $title)})
            }
        }
    )*};
}

pub(super) use described;
