//! What an author may write at a place, as far as that is a question about the DAG and not about
//! the editor.

pub mod keys;
pub mod meaning;
pub mod order;
pub mod reference;
