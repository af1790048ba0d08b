//! The field model: what it reports where, what it sees under a cursor, and that nothing breaks it.

#[cfg(test)]
mod export;
#[cfg(test)]
mod findings;
#[cfg(test)]
mod generate;
#[cfg(test)]
mod place;
#[cfg(test)]
mod robust;
