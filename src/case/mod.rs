//! The domain: what a case is, what can happen to it, and everything that crosses the store's door.
//!
//! Job: the words. A **case** is what one inquiry is followed up in. Its **journal** is an ordered, append-only list of
//! **entries**; an entry holds the **events** of one cause (a mail, a call, a deadline, a delivery). [`apply`] is the
//! only way a case changes: `Case + Event → Case`. A **trigger** is anything that may change something; a pure decision
//! turns a trigger and a [`view::View`] into one [`change::Change`], which the store makes true as a whole or not at all.
//!
//! | word | meaning |
//! |---|---|
//! | case | what one inquiry is followed up in; has number, title, status, owner, watchers, category |
//! | contact | the outside person that the case is for |
//! | participant | an outside person who is part of the case: the contact, and whom the opening mail or an agent added |
//! | user | a registered person; works cases in the categories that they are members of |
//! | entry | mail in, answer out, note, event; numbered from 1 within its case |
//! | reference | prefix and number: `HV-1042`; the **tag** is the reference in brackets in a subject |
//! | letter | what is to be sent to whom; the mail is composed when it leaves |
//! | digest | what happened, told to a user together; until then it is **gathered** |
//! | desk | the case of the site on which a user's mail about no case is kept; their digests are sent from there |
//!
//! Absent on purpose: deciding (that is `rules`), reading and writing (that is `store`).
//!
//! Invariants: replaying a journal with `apply` gives the stored case; entries are never changed; a merged case has a
//! target that exists.

pub mod apply;
pub mod audit;
pub mod change;
pub mod command;
pub mod errand;
pub mod event;
pub mod held;
pub mod model;
pub mod trigger;
pub mod view;
pub mod words;

pub use apply::apply;
pub use change::{Became, Change, Letter, LetterKind, LetterState, Outcome, Receipt, SeenMail, To};
pub use event::{Actor, CaseEvent, Entry, MailEntry, Placed, RawRef};
pub use model::{Case, Party, Status};
pub use trigger::Trigger;
pub use view::{Keys, View};
