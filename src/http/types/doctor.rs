//! What `doctor` asks and is told.

use serde::{Deserialize, Serialize};

/// `GET /v1/doctor`: what the daemon finds when it looks at itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// In the order in which they want to be read.
    pub findings: Vec<Finding>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What.
    pub check: String,
    /// How it is.
    pub verdict: Verdict,
    /// What that means.
    pub says: String,
    /// What to do; empty where all is well.
    pub advice: String,
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As it must be.
    Ok,
    /// It works, and somebody should look.
    Warn,
    /// It does not work.
    Fail,
}

/// `POST /v1/doctor/probe`: a mail for trying the way in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeAsked {
    /// By this its outcome is asked for.
    pub number: u32,
    /// For whom it is; the address counts once, and for ten minutes.
    pub to: String,
    /// The mail, with CRLF line ends.
    pub mail: String,
}

/// `GET /v1/doctor/probe/7`: what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeOutcome {
    /// It has come.
    pub arrived: bool,
    /// What it claimed of its sender was taken for true.
    pub believed: bool,
    /// The claim was still there.
    pub came_along: bool,
}
