//! What the steps each give to a look at all of them: gathered once, and of one step anew when that is edited.

use std::cmp::Ordering;
use std::sync::OnceLock;

/// Things of the steps, in the order of these.
#[derive(Clone, Debug)]
pub(super) struct Gathered<T>(OnceLock<Vec<T>>);

impl<T> Default for Gathered<T> {
    fn default() -> Self {
        Self(OnceLock::new())
    }
}

impl<T> Gathered<T> {
    /// What was gathered; now, where nobody has asked before.
    pub(super) fn get(&self, all: impl FnOnce() -> Vec<T>) -> &[T] {
        self.0.get_or_init(all)
    }

    /// Puts the things of one step in the place of those that it had. `place`: how the step of a thing stands to that one.
    pub(super) fn replace(&mut self, now: impl FnOnce() -> Vec<T>, place: impl Fn(&T) -> Ordering) {
        if let Some(all) = self.0.get_mut() {
            let first = all.partition_point(|thing| place(thing).is_lt());
            let behind = all.partition_point(|thing| place(thing).is_le());
            all.splice(first..behind, now());
        }
    }
}
