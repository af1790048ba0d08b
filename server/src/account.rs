//! Where a step runs and what it does, in words: for hovers, symbols and the details of completions.

pub(crate) use dagu_schema::workflow::account::{action, container, first_line, place, step};
