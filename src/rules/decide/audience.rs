//! Who is told. Never the one who did it, never the contact by an inside mail.

use std::collections::BTreeSet;

use super::Scene;
use crate::case::model::Case;
use crate::directory::model::{Directory, User};
use crate::id::{CategoryId, UserId};

/// All who work the case's categories.
pub fn everybody(scene: Scene<'_>, case: &Case, except: Option<UserId>) -> Vec<UserId> {
    let directory = &scene.view.directory;
    let categories = std::iter::once(&case.category).chain(&case.watching);
    let members = categories.flat_map(|category| directory.active_members(*category)).map(|user| user.id);
    select(directory, case, members.chain(involved(case)), except)
}

/// The owner and the watchers; all, when nobody has the case, or nobody whom mail reaches now, or who is no longer among
/// those who work it, or the contact.
pub fn concerned(scene: Scene<'_>, case: &Case, except: Option<UserId>) -> Vec<UserId> {
    let directory = &scene.view.directory;
    let owner = case.owner.and_then(|owner| directory.user(owner));
    let mut categories = std::iter::once(&case.category).chain(&case.watching);
    let mut is_member = |owner: &User| categories.any(|category| directory.is_active_member(owner.id, *category));
    let mut there = |owner: &User| is_member(owner) && owner.is_reached(scene.now);
    if owner.is_some_and(|owner| there(owner) && !is_contact(case, owner)) {
        select(directory, case, involved(case), except)
    } else {
        everybody(scene, case, except)
    }
}

/// Owner and watchers after something that a user did.
pub fn followers(scene: Scene<'_>, case: &Case, except: Option<UserId>) -> Vec<UserId> {
    select(&scene.view.directory, case, involved(case), except)
}

/// The members of these categories.
pub fn members(directory: &Directory, case: &Case, categories: &[CategoryId]) -> Vec<UserId> {
    let members = categories.iter().flat_map(|category| directory.active_members(*category));
    select(directory, case, members.map(|user| user.id), None)
}

/// These, and the members of categories that have just begun to watch.
pub fn and_members(
    directory: &Directory,
    case: &Case,
    told: Vec<UserId>,
    new: (&[CategoryId], Option<UserId>),
) -> Vec<UserId> {
    let (categories, except) = new;
    let more = members(directory, case, categories).into_iter().filter(|user| Some(*user) != except);
    let more: Vec<UserId> = more.filter(|user| !told.contains(user)).collect();
    told.into_iter().chain(more).collect()
}

fn involved(case: &Case) -> impl Iterator<Item = UserId> {
    case.owner.into_iter().chain(case.watchers.iter().copied())
}

fn is_contact(case: &Case, user: &User) -> bool {
    case.contact.as_ref().is_some_and(|contact| user.has_address(&contact.address))
}

/// Owner and watchers first: a limit further on never cuts those.
fn select(
    directory: &Directory,
    case: &Case,
    users: impl Iterator<Item = UserId>,
    except: Option<UserId>,
) -> Vec<UserId> {
    let chosen: BTreeSet<UserId> = users
        .filter(|id| Some(*id) != except)
        .filter(|id| {
            directory.user(*id).is_some_and(|user| user.is_active_at(case.customer) && !is_contact(case, user))
        })
        .collect();
    let mut first: Vec<UserId> = Vec::new();
    for user in involved(case).filter(|id| chosen.contains(id)) {
        if !first.contains(&user) {
            first.push(user);
        }
    }
    let others: Vec<UserId> = chosen.into_iter().filter(|id| !first.contains(id)).collect();
    first.into_iter().chain(others).collect()
}
