//! The field model: what it reports where, what it sees under a cursor, and that nothing breaks it.

mod findings;
mod place;
mod robust;
