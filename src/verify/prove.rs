//! Channel, token and user → the proof that lets a mail act as that user.

use super::judge::{Channel, TrustPolicy};
use crate::address::Address;
use crate::case::held::HeldReason;
use crate::directory::model::User;
use crate::id::{CustomerId, UserId};

/// A user, proven for one customer. Nothing but [`prove`] makes one, and no command runs without one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenUser {
    user: UserId,
}

impl ProvenUser {
    /// Who it is.
    pub fn user(&self) -> UserId {
        self.user
    }
}

/// What a mail's recipient address says about its writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenProof {
    /// No token.
    None,
    /// This user's token, in time.
    Valid(UserId),
    /// This user's token, too late.
    Expired(UserId),
    /// This user's token for confirming, in time: it was sent to the user's own address alone.
    Confirmed(UserId),
    /// This user's token, but it was revoked: no better than none.
    Revoked(UserId),
    /// None now, but this user was proven when the mail came.
    Earlier(UserId),
}

/// What there is to prove a user with.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// What the way in proves.
    pub channel: &'a Channel,
    /// What the recipient address proves.
    pub token: TokenProof,
    /// The one From address.
    pub from: Option<&'a Address>,
    /// The user that the mail would act as.
    pub user: &'a User,
    /// Where it would act.
    pub customer: CustomerId,
}

/// The proof, or why there is none.
///
/// Shape:  a token must be this user's own; From must be one of the user's addresses.
/// Errors: the first reason that stands in the way.
pub fn prove(policy: &TrustPolicy, claim: Claim<'_>) -> Result<ProvenUser, HeldReason> {
    let Claim { channel, token, from, user, customer } = claim;
    if !user.is_active_at(customer) {
        return Err(HeldReason::InactiveUser);
    }
    if let TokenProof::Earlier(of) = token {
        return if of == user.id { Ok(ProvenUser { user: of }) } else { Err(HeldReason::ForeignFrom) };
    }
    let Some(from) = from.filter(|from| user.has_address(from)) else { return Err(HeldReason::ForeignFrom) };
    let vouched = matches!(channel, Channel::Person(_)) && policy.proves_person(channel, from);
    match token {
        _ if vouched => {}
        TokenProof::None | TokenProof::Revoked(_) if policy.proves_person(channel, from) => {}
        TokenProof::None | TokenProof::Earlier(_) => return Err(HeldReason::NoToken),
        TokenProof::Revoked(_) => return Err(HeldReason::RevokedToken),
        TokenProof::Valid(of) | TokenProof::Expired(of) | TokenProof::Confirmed(of) if of != user.id => {
            return Err(HeldReason::ForeignFrom);
        }
        TokenProof::Expired(_) => return Err(HeldReason::ExpiredToken),
        TokenProof::Valid(_) if policy.channel_required() && !channel.covers(from) => {
            return Err(HeldReason::NoChannelProof);
        }
        TokenProof::Valid(_) | TokenProof::Confirmed(_) => {}
    }
    Ok(ProvenUser { user: user.id })
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::address::Domain;
    use crate::directory::model::{Language, Registration};

    fn user(active: bool) -> User {
        let registration = Registration { active, roles: BTreeSet::new() };
        User {
            id: UserId::new(7),
            name: "Ola".to_owned(),
            addresses: vec![Address::parse("ola@uni.no").expect("address")],
            language: Language::Nb,
            registrations: BTreeMap::from([(CustomerId::new(1), registration)]),
            personal: Default::default(),
            undelivered: Default::default(),
        }
    }

    fn check(policy: &TrustPolicy, channel: &Channel, token: TokenProof, from: &str) -> Result<UserId, HeldReason> {
        let from = Address::parse(from);
        let claim = Claim { channel, token, from: from.as_ref(), user: &user(true), customer: CustomerId::new(1) };
        prove(policy, claim).map(|proven| proven.user())
    }

    #[test]
    fn a_user_needs_token_and_from_and_where_it_can_be_had_channel() {
        let open = TrustPolicy::default();
        let strict = TrustPolicy { authserv_ids: vec!["mx".to_owned()], ..TrustPolicy::default() };
        let nothing = Channel::Nothing("");
        let domain = Channel::Domain(Domain::parse("uni.no").expect("domain"));
        let person = Channel::Person(Address::parse("ola@uni.no").expect("address"));
        let other = Channel::Person(Address::parse("kari@uni.no").expect("address"));
        let valid = TokenProof::Valid(UserId::new(7));
        assert_eq!(check(&open, &nothing, valid, "Ola@uni.no"), Ok(UserId::new(7)));
        assert_eq!(check(&open, &nothing, valid, "kari@uni.no"), Err(HeldReason::ForeignFrom));
        assert_eq!(
            check(&open, &nothing, TokenProof::Valid(UserId::new(8)), "ola@uni.no"),
            Err(HeldReason::ForeignFrom)
        );
        assert_eq!(check(&open, &domain, TokenProof::None, "ola@uni.no"), Err(HeldReason::NoToken));
        assert_eq!(
            check(&open, &nothing, TokenProof::Expired(UserId::new(7)), "ola@uni.no"),
            Err(HeldReason::ExpiredToken)
        );
        assert_eq!(check(&strict, &nothing, valid, "ola@uni.no"), Err(HeldReason::NoChannelProof));
        assert_eq!(check(&strict, &other, valid, "ola@uni.no"), Err(HeldReason::NoChannelProof));
        assert_eq!(check(&strict, &domain, valid, "ola@uni.no"), Ok(UserId::new(7)));
        assert_eq!(check(&strict, &person, TokenProof::None, "ola@uni.no"), Ok(UserId::new(7)));
        let revoked = TokenProof::Revoked(UserId::new(7));
        assert_eq!(check(&open, &nothing, revoked, "ola@uni.no"), Err(HeldReason::RevokedToken));
        assert_eq!(check(&strict, &domain, revoked, "ola@uni.no"), Err(HeldReason::RevokedToken));
        assert_eq!(check(&strict, &person, revoked, "ola@uni.no"), Ok(UserId::new(7)));
        let bound = TrustPolicy { binding_domains: vec![Domain::parse("uni.no").expect("domain")], ..strict };
        assert_eq!(check(&bound, &domain, TokenProof::None, "ola@uni.no"), Ok(UserId::new(7)));
        assert_eq!(check(&bound, &nothing, TokenProof::None, "ola@uni.no"), Err(HeldReason::NoToken));
        let elsewhere = Channel::Domain(Domain::parse("privat.no").expect("domain"));
        assert_eq!(check(&bound, &elsewhere, TokenProof::None, "ola@uni.no"), Err(HeldReason::NoToken));
    }

    #[test]
    fn an_inactive_user_proves_nothing() {
        let person = Channel::Person(Address::parse("ola@uni.no").expect("address"));
        let from = Address::parse("ola@uni.no");
        let inactive = user(false);
        let claim = Claim {
            channel: &person,
            token: TokenProof::Valid(UserId::new(7)),
            from: from.as_ref(),
            user: &inactive,
            customer: CustomerId::new(1),
        };
        assert_eq!(prove(&TrustPolicy::default(), claim), Err(HeldReason::InactiveUser));
        let elsewhere = Claim { user: &user(true), customer: CustomerId::new(2), ..claim };
        assert_eq!(prove(&TrustPolicy::default(), elsewhere), Err(HeldReason::InactiveUser));
    }
}
