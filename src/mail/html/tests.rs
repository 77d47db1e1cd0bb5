use super::*;
use crate::mail::text::split;

#[test]
fn pages_become_readable_text() {
    for (html, want) in [
        ("<p>Hei <b>du</b></p><p>der</p>", "Hei du\n\nder"),
        ("a<br>b<br/><br>c", "a\nb\n\nc"),
        ("<ul><li>en<li>to</ul><ol start=3><li>tre</li></ol>", "* en\n* to\n3. tre"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c<td>d</table>", "a\tb\nc\td"),
        ("se <a href=\"https://x.no/y\">her</a>", "se her <https://x.no/y>"),
        ("<a href=\"https://www.x.no/\">x.no</a>", "x.no"),
        ("<a href=\"mailto:ola@uni.no\">Ola</a>", "Ola <ola@uni.no>"),
        ("<a href=\"javascript:alert(1)\">trykk</a>", "trykk"),
        ("&aring;&#230;&#xF8;&amp;&lt;x&gt; &nbsp; &ukjent; &", "åæø&<x>  &ukjent; &"),
        ("<style>p{}</style><script>if (a<b) {}</script><title>t</title>x<!-- <p> -->y", "xy"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<blockquote type=cite>q<blockquote type=\"cite\">r</blockquote></blockquote>s", "> q\n> > r\ns"),
        ("<div style=\"display: none\">skjult</div>synlig", "synlig"),
        ("a < b og c > d", "a < b og c > d"),
        ("<p title=\"a>b\">x</p>", "x"),
        ("<img src=x alt=\"kart\">", "[kart]"),
        ("Takk <img src=x alt=\"\u{1F642}\">", "Takk \u{1F642}"),
        ("<img src=x alt=spor width=1 height=1>x", "x"),
        ("<ul><li>en<ul><li>en og en</ul><li>to</ul>", "* en\n  * en og en\n* to"),
        ("<ol type=a><li>en<li>to<li value=5>fem<li>seks</ol>", "a. en\nb. to\ne. fem\nf. seks"),
        (
            "<table><tr><td><p>Navn</p></td><td><p>Ola</p></td></tr><tr><td><p>Rom</p></td><td><p>3</p></td></tr></table>",
            "Navn\tOla\nRom\t3",
        ),
        ("<table><tr><td>a</td><td></td><td>c</td></tr></table>", "a\t\tc"),
        ("<table><tr><td>a</td><td></td></tr></table><p>b</p>", "a\n\nb"),
        ("<table><tr><td>a<br>b</td><td>c</td></tr></table>", "a\nb\tc"),
        ("<table><tr><td><p>en</p><p>to</p></td><td><p>tre</p></td></tr></table>", "en\n\nto\n\ntre"),
        ("<table><tr><td><table><tr><td>a</td></tr></table></td><td>b</td></tr></table>", "a\nb"),
        ("<div style=\"opacity:0\">skjult</div><div style=\"max-height:0px; overflow:hidden\">skjult</div>x", "x"),
        ("<div style=\"visibility:hidden !important\">skjult</div><p hidden>skjult</p>x", "x"),
        ("<a href=\"https://x.no\" style=\"mso-hide:all\">Knapp</a>", "Knapp <https://x.no>"),
        ("<td style=\"font-size:0px\"><div style=\"font-size:13px\">synlig</div></td>", "synlig"),
        ("Hei&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;<p>du</p>", "Hei\n\ndu"),
        ("\u{645}\u{6CC}\u{200C}\u{634}\u{648}\u{62F}", "\u{645}\u{6CC}\u{200C}\u{634}\u{648}\u{62F}"),
        ("<p>x<p>y", "x\n\ny"),
        ("x <!-- unclosed", "x"),
        ("<p class=\"unclosed>x</p>", "x"),
        ("", ""),
    ] {
        assert_eq!(to_text(html).text, want, "{html}");
    }
}

#[test]
fn images_keep_their_place_by_name() {
    let images = HashMap::from([("a@b".to_owned(), "kart.png".to_owned())]);
    for (html, want) in [
        ("Se <img src=\"cid:a@b\" alt=\"et kart\"> her", "Se [image: kart.png] her"),
        ("<img src=\"CID:a@b\" width=1>", "[image: kart.png]"),
        ("<img src=\"cid:x@b\" alt=\"et kart\">", "[et kart]"),
        ("<img src=\"cid:x@b\">", ""),
    ] {
        assert_eq!(to_text_with(html, &images).text, want, "{html}");
    }
}

#[test]
fn a_page_says_its_charset() {
    for (page, want) in [
        ("<meta charset=\"koi8-r\">", Some("koi8-r")),
        ("<META http-equiv=x content='text/html; charset=iso-8859-2'>", Some("iso-8859-2")),
        ("<meta charset=utf-16>", None),
        ("<p>charset=x</p>", None),
        ("<meta charset=", None),
    ] {
        assert_eq!(declared_charset(page.as_bytes()).as_deref(), want, "{page}");
    }
}

#[test]
fn client_containers_are_known() {
    for (html, want) in [
        (
            "<div>Svar</div><div class=\"gmail_quote\"><div class=\"gmail_attr\">3. nov. skrev O:</div><blockquote class=\"gmail_quote\">q</blockquote></div>",
            "Svar",
        ),
        ("<div>Svar</div><div id=\"x_divRplyFwdMsg\"><b>Fra:</b> O</div><div>q</div>", "Svar"),
        ("<div>Svar</div><div id=appendonsend></div><div>q</div>", "Svar"),
        ("Svar<div class=\"yahoo_quoted\"><div>q</div></div>", "Svar"),
        (
            "Svar<div class=\"moz-cite-prefix\">O skrev:<br></div><blockquote type=\"cite\" cite=\"mid:x\">q</blockquote>",
            "Svar",
        ),
        ("Svar<div class=\"protonmail_quote\">O wrote<blockquote type=cite>q</blockquote></div>", "Svar"),
        ("Svar<p>Fra: O &lt;o@x.no&gt;<br>Sendt: i dag<br>Til: K<br>Emne: x</p><p>q</p>", "Svar"),
        (
            "<div>Svar</div><div style='border:none;border-top:solid #E1E1E1 1.0pt'><p><b>Xyz:</b> O</p></div><p>q</p>",
            "Svar",
        ),
        ("<div>Svar</div><hr id=\"zwchr\"><div data-marker=\"__HEADERS__\">q</div><div>q</div>", "Svar"),
        ("<div>Svar</div><div id=\"ydp12yahoo_quoted_3\" class=\"ydp12yahoo_quoted\">q</div>", "Svar"),
        ("<div>Svar</div><div name=\"quote\" style=\"margin:0\"><div>q</div></div>", "Svar"),
        ("<div>Svar</div><div name=\"messageReplySection\">q</div>", "Svar"),
        ("Svar<div>3.11.2026, 10:02, \"O\" &lt;o@x.no&gt;:</div><blockquote><p>q</p></blockquote>", "Svar"),
        // What people indent is theirs.
        ("Svar<blockquote class=\"gmail_quote\"><div>innrykk</div></blockquote>", "Svar\ninnrykk"),
        ("Svar<blockquote style=\"margin:0 0 0 40px;border:none\">innrykk</blockquote>", "Svar\ninnrykk"),
        // Passed on with nothing above it.
        (
            "<div id=appendonsend></div><div id=divRplyFwdMsg>Fra: O &lt;o@x.no&gt;<br>Sendt: i dag<br>Emne: x</div>q",
            "Fra: O <o@x.no>\nSendt: i dag\nEmne: x\nq",
        ),
        (
            "<div class=\"gmail_quote\"><div class=\"gmail_attr\">---------- Forwarded message ---------<br>Fra: O</div>q</div>",
            "---------- Forwarded message ---------\nFra: O\nq",
        ),
        ("<div>Svar<br><div id=\"Signature\"><p>Ola</p><p>IT</p></div></div>", "Svar"),
        (
            "<blockquote type=cite>q1</blockquote>svar 1<blockquote type=cite>q2</blockquote>svar 2",
            "> q1\nsvar 1\n> q2\nsvar 2",
        ),
    ] {
        assert_eq!(split(&to_text(html)).new_text, want, "{html}");
    }
}

#[test]
fn hostile_pages_take_no_longer_than_their_length() {
    for shape in [
        "<div>",
        "</div>",
        "<p>",
        "<b",
        "<",
        "</",
        "<!--",
        "<!",
        "<a href=\"",
        "<a x='",
        "&",
        "&amp",
        "&#",
        "<blockquote type=cite>x",
        "<li>",
        "<td>",
        "<ul><li>x",
        "<a href=https://x.no>x",
        "<style>",
        "</style",
        "<script></",
        " ",
        "\u{a0}",
        "<br>",
        "<p class='a b c'>x</p>",
        "<pre>\n",
        "=\"",
        "<a =",
    ] {
        let html = shape.repeat((1 << 18) / shape.len());
        let readable = to_text(&html);
        assert!(readable.text.len() <= html.len() * 24, "{shape}");
        assert!(readable.marks.len() <= readable.text.matches('\n').count() + 1);
    }
}
