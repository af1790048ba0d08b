//! The command itself: what it prints, what it writes, when it writes nothing.
