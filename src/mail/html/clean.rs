//! What of a writer's formatting may go on to others: bold and italics, lists, links, tables, images of the same mail.
//! No style, no script, nothing that is loaded from elsewhere.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use ammonia::{Builder, UrlRelative};

const ELEMENTS: &[&str] = &[
    "a",
    "b",
    "blockquote",
    "br",
    "code",
    "div",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "i",
    "img",
    "li",
    "ol",
    "p",
    "pre",
    "s",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "u",
    "ul",
];
const ATTRIBUTES: &[(&str, &[&str])] = &[
    ("a", &["href"]),
    ("img", &["src", "alt", "width", "height"]),
    ("ol", &["start"]),
    ("td", &["colspan", "rowspan"]),
];
const SCHEMES: &[&str] = &["http", "https", "mailto", "tel", "cid"];

/// Cleans a piece of a page.
///
/// Shape:  well-formed, whatever was open or closed; `images` gives for each Content-ID that may stay its new one, and
///         other images lose their source.
/// Errors: none; what may not stay is left out, its words stay.
pub fn clean(html: &str, images: BTreeMap<String, String>) -> String {
    let attributes: HashMap<&str, HashSet<&str>> =
        ATTRIBUTES.iter().map(|(element, names)| (*element, names.iter().copied().collect())).collect();
    let mut builder = Builder::empty();
    builder
        .tags(ELEMENTS.iter().copied().collect())
        .clean_content_tags(["script", "style", "title", "head"].into_iter().collect())
        .tag_attributes(attributes)
        .url_schemes(SCHEMES.iter().copied().collect())
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer"))
        .attribute_filter(move |element, attribute, value| match (element, attribute) {
            ("img", "src") => image(&images, value).map(Cow::Owned),
            ("a", "href") if scheme(value) == "cid" => None,
            _ => Some(Cow::Borrowed(value)),
        });
    builder.clean(html).to_string()
}

fn image(images: &BTreeMap<String, String>, source: &str) -> Option<String> {
    let (_, id) = source.split_once(':').filter(|_| scheme(source) == "cid")?;
    let new = images.get(id).or_else(|| images.get(&id.replace("%40", "@")))?;
    Some(format!("cid:{new}"))
}

fn scheme(url: &str) -> String {
    url.split_once(':').map(|(scheme, _)| scheme.trim().to_ascii_lowercase()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_simple_formatting_stays() {
        let images = BTreeMap::from([("kart@x".to_owned(), "1@svar.example".to_owned())]);
        for (html, want) in [
            ("<p style=\"color:red\" class=x onclick=y>Hei <b>du</b></p>", "<p>Hei <b>du</b></p>"),
            ("<script>x</script><style>y</style>Hei<!-- z -->", "Hei"),
            ("<a href=\"javascript:x()\">x</a>", "<a rel=\"noopener noreferrer\">x</a>"),
            (
                "<a href=\"https://x.example/\" target=_blank>x</a>",
                "<a href=\"https://x.example/\" rel=\"noopener noreferrer\">x</a>",
            ),
            ("<img src=\"cid:kart%40x\" alt=\"kart\">", "<img src=\"cid:1@svar.example\" alt=\"kart\">"),
            ("<img src=\"https://spor.example/x.gif\"><img src=\"cid:annet\">", "<img><img>"),
            ("<form action=x><input name=y>Hei</form><iframe src=x></iframe>", "Hei"),
            ("<span>Hei</div></td> <ul><li>x", "Hei <ul><li>x</li></ul>"),
        ] {
            assert_eq!(clean(html, images.clone()), want, "{html}");
        }
    }
}
