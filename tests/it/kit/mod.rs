//! What tests share: a model store, the promises of `Store`, a disk that fails, samples.

pub mod disk;
pub mod memory;
pub mod place;
pub mod promise;
pub mod random;
pub mod sample;
<<<<<<< HEAD
pub mod house;
=======
pub mod waiting;
>>>>>>> eb4862fef155a51bd41c70dcc4bc5bc395fd7bb0
