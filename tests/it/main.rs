//! The one integration test binary; every module tests by the doors.

mod corpus;
