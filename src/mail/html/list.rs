//! Lists: what stands before their items.

use super::tags::Tag;

/// How the items of a list are marked.
#[derive(Clone, Copy)]
pub(super) enum List {
    Bullets,
    /// The next number.
    Numbers(u32),
    /// The next letter, counted from one, and the sign of the first.
    Letters(u32, char),
}

impl List {
    /// What an element makes; `None` when it is no list.
    pub fn of(tag: &Tag) -> Option<Self> {
        let first = || tag.attribute("start").and_then(|number| number.parse().ok()).unwrap_or(1);
        match (tag.name.as_ref(), tag.attribute("type")) {
            ("ul", _) => Some(Self::Bullets),
            ("ol", Some("a")) => Some(Self::Letters(first(), 'a')),
            ("ol", Some("A")) => Some(Self::Letters(first(), 'A')),
            ("ol", _) => Some(Self::Numbers(first())),
            _ => None,
        }
    }

    /// The mark of the next item, which may say its own number.
    pub fn next(&mut self, said: Option<&str>) -> String {
        const NUMBER_MAX: u32 = 9999;
        let said = said.and_then(|number| number.parse().ok());
        match self {
            Self::Bullets => "* ".to_owned(),
            Self::Numbers(number) | Self::Letters(number, _) => {
                let mark = said.unwrap_or(*number);
                *number = mark.saturating_add(1).min(NUMBER_MAX);
                match *self {
                    Self::Letters(_, first) if (1..=26).contains(&mark) => {
                        format!("{}. ", char::from_u32(u32::from(first) + mark - 1).unwrap_or(first))
                    }
                    _ => format!("{mark}. "),
                }
            }
        }
    }
}
