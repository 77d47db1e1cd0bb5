//! x
pub mod clock;
pub mod keys;
pub mod logging;
