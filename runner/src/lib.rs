//! Runs Dagu DAGs.
