//! Runs Dagu DAGs on the host and in containers.

pub mod dotenv;
pub mod engine;
pub mod masking;
pub mod outputs;
pub mod plan;
pub mod values;
