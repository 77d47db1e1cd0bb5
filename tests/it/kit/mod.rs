//! What tests share: a model store, the promises of `Store`, a disk that fails, samples.

pub mod disk;
pub mod memory;
pub mod place;
pub mod promise;
pub mod random;
pub mod sample;
pub mod waiting;
