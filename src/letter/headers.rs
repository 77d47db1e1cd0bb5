//! Header fields that several kinds of letters share.

use super::write::Material;
use crate::directory::model::{Category, TagPlace};

/// Longest subject written, in characters.
const SUBJECT_CHARS_MAX: usize = 200;

/// The tag and a title: exactly one tag of ours, wherever others stood before.
pub fn subject(material: &Material<'_>, place: TagPlace, title: &str) -> String {
    let title: String = material.ours.title(title).chars().take(SUBJECT_CHARS_MAX).collect();
    let tag = format!("[{}]", material.reference());
    match place {
        TagPlace::Left => format!("{tag} {title}").trim().to_owned(),
        TagPlace::Right => format!("{title} {tag}").trim().to_owned(),
        TagPlace::Off => title,
    }
}

/// Marks of a mail that no machine shall answer (RFC 3834 §5; [MS-OXCMAIL] §2.2.3.2.14).
pub fn automatic(how: &str) -> Vec<(String, String)> {
    vec![field("Auto-Submitted", how), field("X-Auto-Response-Suppress", "All")]
}

/// What mail programs and filters of users can sort by.
pub fn inside(material: &Material<'_>, category: &Category, event: &str) -> Vec<(String, String)> {
    let path = material.directory.full_path(category.id);
    let labels: Vec<&str> = path.rsplit('/').collect();
    let list = format!("{} <{}.{}>", ascii(&path), ascii(&labels.join(".")), material.ours.reply_domain);
    let mut fields = automatic("auto-generated");
    fields.extend([
        field("List-Id", &list),
        field("X-Henvend-Case", &material.reference()),
        field("X-Henvend-Category", &ascii(&path)),
        field("X-Henvend-Event", event),
        field("X-Henvend-Status", material.case.status.as_str()),
    ]);
    fields
}

pub fn field(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// Structured fields hold ASCII only; other letters become `-`.
fn ascii(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || "/._-".contains(c) { c } else { '-' }).collect()
}
