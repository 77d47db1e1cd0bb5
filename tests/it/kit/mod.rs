//! What tests share: a model store, the promises of `Store`, a disk that fails, samples, and a whole house.

pub mod canary;
pub mod disk;
pub mod house;
pub mod memory;
pub mod place;
pub mod promise;
pub mod random;
pub mod refusing;
pub mod sample;
pub mod searching;
pub mod secure;
pub mod waiting;
