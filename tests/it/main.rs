//! Everything that enters by the doors.
#![allow(clippy::unwrap_used)]

mod dialog;
mod net;
