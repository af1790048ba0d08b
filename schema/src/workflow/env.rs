//! Environment entries, parameters and secrets, as written.

use crate::source::{Span, Spanned};
use crate::syntax::NodeRef;

/// One `NAME: value` or `NAME=value`.
#[derive(Clone, Debug)]
pub struct EnvEntry {
    /// The name.
    pub name: Spanned<String>,
    /// The value as written, before references are resolved.
    pub value: String,
    /// The whole entry's place.
    pub span: Span,
    /// The scalar that holds the value, and the byte of its text at which the value starts.
    pub source: (NodeRef, usize),
}

/// One parameter.
#[derive(Clone, Debug)]
pub struct Param {
    /// The name; positional parameters are called `1`, `2`, ...
    pub name: Spanned<String>,
    /// The default value, as written.
    pub default: Option<String>,
    /// The shell command that gives the default (`eval`).
    pub eval: Option<String>,
    /// Whether a value must be given (`required: true`).
    pub required: bool,
}

/// One secret.
#[derive(Clone, Debug)]
pub struct Secret {
    /// The environment variable that receives the value.
    pub name: Spanned<String>,
    /// Where it comes from: `env`, `file`, ...; `None` with `ref`.
    pub provider: Option<Spanned<String>>,
    /// The provider's key: a variable's name, a path.
    pub key: Option<Spanned<String>>,
    /// The whole item.
    pub node: NodeRef,
}
