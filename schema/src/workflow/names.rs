//! The steps of a list by what `depends` can call them.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::workflow::Step;

/// The steps of a list by id and by name.
#[derive(Clone, Debug, Default)]
pub struct Names {
    hashes: DefaultHashBuilder,
    /// Steps by index, with the hash of the id or name under which they stand here.
    steps: HashTable<(u64, usize)>,
    repeated: bool,
}

impl Names {
    /// The names of these steps; the first one with a name wins.
    pub fn of(steps: &[Step]) -> Self {
        let mut names = Self { steps: HashTable::with_capacity(steps.len()), ..Self::default() };
        for (index, step) in steps.iter().enumerate() {
            for name in step.id.iter().map(|id| id.value.as_str()).chain([step.name.as_str()]) {
                let hash = names.hashes.hash_one(name);
                match names.find(steps, name) {
                    Some(first) => names.repeated |= first != index,
                    None => {
                        names.steps.insert_unique(hash, (hash, index), |&(hash, _)| hash);
                    }
                }
            }
        }
        names
    }

    /// The step with this id or name, among the steps that these are the names of.
    pub fn find(&self, steps: &[Step], id_or_name: &str) -> Option<usize> {
        let hash = self.hashes.hash_one(id_or_name);
        let is_it = |&(known, index): &(u64, usize)| known == hash && steps.get(index).is_some_and(|step| step.is_called(id_or_name));
        self.steps.find(hash, is_it).map(|&(_, index)| index)
    }

    /// Whether two steps have an id or a name in common.
    pub fn are_repeated(&self) -> bool {
        self.repeated
    }
}
