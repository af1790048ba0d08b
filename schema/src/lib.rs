//! What a Dagu DAG is, and what is wrong with one.
//!
//! Pure: no I/O, no async, no LSP, no Docker. Text goes in, an [`Analysis`] comes out, and
//! nothing here panics on any bytes. Facts about the machine come in as [`Facts`].

#![forbid(unsafe_code)]

pub mod analysis;
pub mod complete;
pub mod diagnostic;
pub mod fix;
pub mod format;
pub mod incremental;
pub mod json_schema;
pub mod model;
pub mod printable;
pub mod probe;
pub mod recognize;
pub mod refactor;
pub mod rules;
pub mod source;
pub mod spot;
pub mod suggest;
pub mod suppress;
pub mod symbols;
pub mod syntax;
pub mod tokens;
pub mod workflow;

pub use analysis::{Analysis, Facts, OtherDags, Reading, analyze, analyze_base, judge_all, read, read_each, read_to_edit};
pub use diagnostic::{Confidence, Diagnostic, Edit, Fix, Related, Safety, Severity};
pub use incremental::Layout;
pub use recognize::{LARGEST_TEXT, looks_like_dag};
pub use source::{Encoding, LineIndex, Position, Span, Spanned};
