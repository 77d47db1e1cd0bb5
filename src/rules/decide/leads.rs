//! What a mail leaves behind, so that later mails find its case without naming an id that is here.
//!
//! A row costs a page of the store, so there is one only where a mail carries what it is made from, and none twice.

use super::Scene;
use crate::case::model::Case;
use crate::case::view::{KnownKey, LeadKey};
use crate::id::{CaseId, CustomerId};
use crate::mail::{Mail, MessageId};
use crate::thread::clue;
use crate::thread::pick::Standing;
use crate::token;

/// Most ids of one mail that are awaited: what it answers, what was before that, and the root.
const AWAITED_MAX: usize = 4;

/// What the first mail of a case leaves.
pub fn of_opening(scene: Scene<'_>, mail: &Mail, of: (CustomerId, CaseId)) -> Vec<(LeadKey, CaseId)> {
    let (customer, case) = of;
    let ours = &scene.policy.ours;
    let tags = clue::tags(ours, mail).into_iter().map(|tag| clue::tagged(customer, &tag));
    let again = clue::again(ours, customer, mail, scene.now).map(|[this_period, _]| this_period);
    common(scene, mail, customer).into_iter().chain(tags).chain(again).map(|key| (key, case)).collect()
}

/// What a later mail leaves: that of an outsider only what it names, for what it answers belongs here too. By a tag
/// alone nobody leaves anything.
pub fn of_answer(scene: Scene<'_>, mail: &Mail, case: &Case, standing: Standing) -> Vec<(LeadKey, CaseId)> {
    let keys = match standing {
        Standing::Participant => common(scene, mail, case.customer),
        Standing::Outsider => named(scene, mail, case.customer),
        Standing::Unproven | Standing::User => Vec::new(),
    };
    let leads_here = |key: &LeadKey| scene.view.leads.get(key).is_some_and(|cases| cases.contains(&case.id));
    keys.into_iter().filter(|key| !leads_here(key)).map(|key| (key, case.id)).collect()
}

fn common(scene: Scene<'_>, mail: &Mail, customer: CustomerId) -> Vec<LeadKey> {
    let mut keys = named(scene, mail, customer);
    if !mail.is_public() {
        keys.extend(clue::conversation(&scene.policy.ours, customer, mail));
    }
    keys
}

/// The ids that it names of mails that have not come. On a public list everybody names everything.
fn named(scene: Scene<'_>, mail: &Mail, customer: CustomerId) -> Vec<LeadKey> {
    if mail.is_public() {
        return Vec::new();
    }
    let mut ids: Vec<&MessageId> = clue::ids_newest_first(mail);
    // What is no id by the letter (`<yes>`) is nobody's alone.
    ids.retain(|id| id.as_str().contains('@') && is_unseen(scene, customer, id));
    if ids.len() > AWAITED_MAX {
        ids.drain(AWAITED_MAX - 1..ids.len() - 1);
    }
    ids.into_iter().map(|id| clue::awaited(customer, id)).collect()
}

fn is_unseen(scene: Scene<'_>, customer: CustomerId, id: &MessageId) -> bool {
    let seen = scene.view.known.contains_key(&KnownKey::of(customer, id));
    !seen && token::check_message_id(&scene.policy.ours.keys, id).is_none()
}
