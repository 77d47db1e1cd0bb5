//! Answers as mail programs write them: text and HTML, with our own notification quoted below in both.

use henvend::mail::html::to_text;
use henvend::mail::parse::html_page;

use super::{CUSTOMER, house, opened};
use crate::kit::house::{House, Sent, to};

/// What the agent writes, as HTML and as the text that the same program makes of it.
const WORDS: &str = "<p>Hei <b>Kåre</b>!</p><ul><li>Slå den <i>av</i></li><li>og på, se <a \
                     href=\"https://hjelp.example/skriver\">her</a></li></ul><p>Blåbær &amp; co</p>";

/// A mail with both parts.
fn both(text: &str, html: &str) -> String {
    format!(
        "From: Ola Nordmann <ola@uni.example>\nTo: x\nSubject: SV: [HV-1] Skriveren virker ikke\nMessage-ID: \
         <svar@uni.example>\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=a\n\n--a\n\
         Content-Type: text/plain; charset=utf-8\n\n{text}\n--a\nContent-Type: text/html; charset=utf-8\n\n{html}\n--a--\n"
    )
}

fn page(sent: &Sent) -> String {
    html_page(&sent.data).expect("one HTML part").replace("\r\n", "\n")
}

/// The notification as it stands in somebody's editor.
fn inner(sent: &Sent) -> String {
    let page = page(sent);
    let body = page.split_once("<body").and_then(|(_, body)| body.split_once('>')).unwrap().1;
    body.split("</body>").next().unwrap().to_owned()
}

/// What programs make of the quoted page when they write plain text: links as `words<target>`, no quote signs.
pub fn flat(html: &str) -> String {
    let html = html.replace("</a>", "").replace("<a class", "<b class");
    to_text(&html).text
}

/// A mail program: its name, and how it writes an answer as text and as HTML. What stands in `{…}` is filled in.
type Client = (&'static str, &'static str, &'static str);

const OUTLOOK_TEXT: &str = "{top}Hei Kåre!\n\n  *   Slå den av\n  *   og på, se her<https://hjelp.example/skriver>\n\n\
                            Blåbær & co{rule}\n{header}\n\n{flat}";

const CLIENTS: [Client; 11] = [
    (
        "Outlook for Windows",
        OUTLOOK_TEXT,
        "<html xmlns:o=\"urn:x\"><head><style>p.MsoNormal{margin:0}</style></head><body lang=NO><div \
         class=WordSection1>{lines}{words}<p class=MsoNormal><o:p>&nbsp;</o:p></p><div><div \
         style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'><p \
         class=MsoNormal>{header_html}</p></div></div>{quoted}</div></body></html>",
    ),
    (
        "Outlook on the web",
        OUTLOOK_TEXT,
        "<html><head></head><body dir=\"ltr\">{lines}<div class=\"elementToProof\">{words}</div><div \
         id=\"appendonsend\"></div><hr style=\"display:inline-block;width:98%\" tabindex=\"-1\"><div \
         id=\"divRplyFwdMsg\" dir=\"ltr\">{header_html}<div>&nbsp;</div></div><div>{renamed}</div></body></html>",
    ),
    (
        "Gmail",
        "{top}Hei *Kåre*!\n\n   - Slå den *av*\n   - og på, se her <https://hjelp.example/skriver>\n\nBlåbær & co\n\n\
         ons. {said} <\n{token}>:\n\n{marked}",
        "<div dir=\"ltr\">{lines}{words}</div><br><div class=\"gmail_quote gmail_quote_container\"><div dir=\"ltr\" \
         class=\"gmail_attr\">ons. {said} &lt;<a href=\"mailto:{token}\">{token}</a>&gt;:<br></div><blockquote \
         class=\"gmail_quote\" style=\"margin:0px 0px 0px 0.8ex;border-left:1px solid \
         rgb(204,204,204);padding-left:1ex\">{quoted}</blockquote></div>",
    ),
    (
        "Gmail for phones",
        "{top}Hei *Kåre*!\n\n   - Slå den *av*\n   - og på, se her <https://hjelp.example/skriver>\n\nBlåbær & co\n\n\
         ons. {said} <\n{token}>:\n\n{marked}",
        "<div dir=\"auto\">{lines}{words}</div><br><div class=\"gmail_quote gmail_quote_container\"><div dir=\"ltr\" \
         class=\"gmail_attr\">ons. {said} &lt;<a href=\"mailto:{token}\" target=\"_blank\" rel=\"noreferrer\">{token}</a>\
         &gt;:<br></div><blockquote class=\"gmail_quote\" style=\"margin:0 0 0 .8ex;border-left:1px #ccc \
         solid;padding-left:1ex\">{quoted}</blockquote></div>",
    ),
    (
        "Zimbra",
        "{top}Hei Kåre!\n\n\n    * Slå den av\n    * og på, se [ https://hjelp.example/skriver | her ]\n\nBlåbær & co\n\n\
         Fra: \"Kåre Kunde via Orakel\" <orakel@uni.example>\nTil: \"Ola Nordmann\" <ola@uni.example>\nSendt: Onsdag, 18. \
         november, 2026 12:06:40\nEmne: [HV-1] Skriveren virker ikke\n\n{flat}",
        "<html><body><div style=\"font-family: arial, helvetica, sans-serif; font-size: 12pt; color: #000000\">{lines}{words}\
         <div><br></div><hr id=\"zwchr\" data-marker=\"__DIVIDER__\"><div data-marker=\"__HEADERS__\"><b>Fra: </b>\"Kåre \
         Kunde via Orakel\" &lt;orakel@uni.example&gt;<br><b>Til: </b>\"Ola Nordmann\" &lt;ola@uni.example&gt;<br><b>Sendt: \
         </b>Onsdag, 18. november, 2026 12:06:40<br><b>Emne: </b>[HV-1] Skriveren virker ikke<br></div><br><div \
         data-marker=\"__QUOTED_TEXT__\">{quoted}</div></div></body></html>",
    ),
    (
        "Apple Mail",
        "{top}Hei Kåre!\n\n• Slå den av\n• og på, se her <https://hjelp.example/skriver>\n\nBlåbær & co\n\n\
         > {said} <{token}>:\n> \n{marked}",
        "<html><head></head><body style=\"overflow-wrap: break-word;\">{lines}{words}<div><br><blockquote \
         type=\"cite\"><div>{said} &lt;{token}&gt;:</div><br class=\"Apple-interchange-newline\"><div>{quoted}</div>\
         </blockquote></div><br></body></html>",
    ),
    (
        "Thunderbird",
        "{top}Hei *Kåre*!\n\n  * Slå den /av/\n  * og på, se her <https://hjelp.example/skriver>\n\nBlåbær & co\n\n\
         Den 18.11.2026 12:06, skrev Kåre Kunde via Orakel:\n{marked}",
        "<!DOCTYPE html><html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\"></head>\
         <body>{lines}{words}<div class=\"moz-cite-prefix\">Den 18.11.2026 12:06, skrev Kåre Kunde via \
         Orakel:<br></div><blockquote type=\"cite\" cite=\"mid:x@svar.example\">{quoted}</blockquote></body></html>",
    ),
    (
        "iOS",
        "{top}Hei Kåre!\n\nSlå den av\nog på, se her\n\nBlåbær & co\n\nSendt fra min iPhone\n\n> {said} <{token}>:\n> \n{marked}",
        "<html><head></head><body dir=\"auto\">{lines}{words}<br id=\"lineBreakAtBeginningOfSignature\"><div dir=\"ltr\">Sendt \
         fra min iPhone</div><div dir=\"ltr\"><br><blockquote type=\"cite\">{said} &lt;{token}&gt;:<br><br></blockquote></div>\
         <blockquote type=\"cite\"><div dir=\"ltr\">{quoted}</div></blockquote></body></html>",
    ),
    (
        "Outlook for phones",
        "{top}Hei Kåre!\n\n  *   Slå den av\n  *   og på, se her<https://hjelp.example/skriver>\n\nBlåbær & co\n\nHent Outlook \
         for iOS<https://aka.ms/o0ukef>\n________________________________\n{header}\n\n{flat}",
        "<html><head></head><body>{lines}<div dir=\"ltr\">{words}</div><div id=\"ms-outlook-mobile-signature\" \
         dir=\"auto\">Hent <a href=\"https://aka.ms/o0ukef\">Outlook for iOS</a></div><div \
         id=\"mail-editor-reference-message-container\" class=\"ms-outlook-mobile-reference-message skipProofing\"><hr \
         style=\"display:inline-block;width:98%\"><div id=\"divRplyFwdMsg\">{header_html}</div>{renamed}</div></body></html>",
    ),
    (
        "Samsung",
        "{top}Hei Kåre!\n\nSlå den av\nog på, se her\n\nBlåbær & co\n\nSendt fra min Galaxy\n\n\n-------- Opprinnelig melding \
         --------\nFra: Kåre Kunde via Orakel <orakel@uni.example>\nDato: 18.11.2026 12:06 (GMT+01:00)\nTil: Ola Nordmann \
         <ola@uni.example>\nEmne: [HV-1] Skriveren virker ikke\n\n{flat}",
        "<html><head></head><body dir=\"auto\">{lines}{words}<div dir=\"auto\"><br></div><div id=\"composer_signature\" \
         dir=\"auto\"><div style=\"font-size:12px;color:#575757\" dir=\"auto\">Sendt fra min Galaxy</div></div><div \
         dir=\"auto\"><br></div><div><div>-------- Opprinnelig melding --------</div><div>Fra: Kåre Kunde via Orakel \
         &lt;orakel@uni.example&gt; </div><div>Dato: 18.11.2026  12:06  (GMT+01:00) </div><div>Til: Ola Nordmann \
         &lt;ola@uni.example&gt; </div><div>Emne: [HV-1] Skriveren virker ikke </div></div>{quoted}</body></html>",
    ),
    (
        "Roundcube",
        "{top}Hei Kåre!\n\n \t* Slå den av\n \t* og på, se her [1]\n\nBlåbær & co\n\nDen 18.11.2026 12:06, skrev Kåre Kunde via \
         Orakel:\n\n{marked}",
        "<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\" /></head><body style='font-size: \
         10pt'>{lines}{words}<p id=\"reply-intro\">Den 18.11.2026 12:06, skrev Kåre Kunde via Orakel:</p><blockquote \
         type=\"cite\" style=\"padding: 0 0.4em; border-left: #1010ff 2px solid; margin: 0\"><div id=\"replybody1\">{quoted}\
         </div></blockquote></body></html>",
    ),
];

const HEADER: &str = "Fra: Kåre Kunde via Orakel <orakel@uni.example>\nSendt: onsdag 18. november 2026 12:06\nTil: Ola \
                      Nordmann <ola@uni.example>\nEmne: [HV-1] Skriveren virker ikke";
const HEADER_HTML: &str = "<b>Fra:</b> Kåre Kunde via Orakel &lt;orakel@uni.example&gt;<br><b>Sendt:</b> onsdag 18. \
                           november 2026 12:06<br><b>Til:</b> Ola Nordmann &lt;ola@uni.example&gt;<br><b>Emne:</b> \
                           [HV-1] Skriveren virker ikke";

/// What a program makes of an answer with these commands: text and HTML.
fn written(client: &Client, told: &Sent, commands: &str) -> (String, String) {
    let quoted = inner(told);
    let facts = [
        ("{top}", if commands.is_empty() { String::new() } else { format!("{commands}\n\n") }),
        ("{lines}", commands.lines().map(|line| format!("<div>{line}</div>")).collect()),
        ("{words}", WORDS.to_owned()),
        ("{rule}", if client.0.ends_with("web") { format!("\n{}", "_".repeat(32)) } else { "\n".to_owned() }),
        ("{header}", HEADER.to_owned()),
        ("{header_html}", HEADER_HTML.to_owned()),
        ("{said}", "18. nov. 2026 kl. 12:06 skrev Kåre Kunde via Orakel".to_owned()),
        ("{token}", told.reply_to()),
        ("{marked}", told.quoted()),
        ("{flat}", flat(&quoted)),
        ("{renamed}", quoted.replace("class=\"hv-", "class=\"x_hv-")),
        ("{quoted}", quoted),
    ];
    let fill = |shape: &str| facts.iter().fold(shape.to_owned(), |text, (name, value)| text.replace(name, value));
    (fill(client.1), fill(client.2))
}

/// Nothing of ours is in it.
fn clean(client: &str, sent: &Sent) {
    let text = sent.mail.text.to_lowercase();
    let html = html_page(&sent.data).unwrap_or_default().to_lowercase();
    for inside in [
        "##-",
        "reply+",
        "reply%2b",
        "return+",
        "ola@uni",
        "sendt fra min",
        "hent outlook",
        "svar over",
        "ta saken",
        "den blinker",
        "kategori",
        "/ta",
    ] {
        assert!(!text.contains(inside) && !html.contains(inside), "{client}: {inside} in\n{text}\n{html}");
    }
}

async fn answered(house: &House, told: &Sent, mail: &str) -> Sent {
    assert_eq!(house.deliver("ola@uni.example", &[&told.reply_to()], mail).await, [("added", 1)], "{mail}");
    to(&house.send().await, CUSTOMER).clone()
}

#[tokio::test]
async fn formatting_leaves_and_nothing_that_a_program_quoted() {
    for commands in ["", "/ta\n/prioritet høy"] {
        for client in &CLIENTS {
            let house = house().await;
            let told = to(&opened(&house).await, "ola@uni.example").clone();
            let ((text, html), client) = (written(client, &told, commands), client.0);
            let answer = answered(&house, &told, &both(&text, &html)).await;
            clean(client, &answer);
            assert!(
                answer.mail.text.trim_end().ends_with("Blåbær & co\n\n-- \nHilsen Orakel"),
                "{client}: {}",
                answer.mail.text
            );
            if client == "Roundcube" {
                // It numbers links and lists them below, so the text is not what the page says.
                assert!(!answer.mail.has_html);
                continue;
            }
            let page = html_page(&answer.data).unwrap_or_else(|| panic!("{client}: text only"));
            for wanted in
                ["<b>Kåre</b>", "<li>Slå den <i>av</i></li>", "href=\"https://hjelp.example/skriver\"", "Hilsen Orakel"]
            {
                assert!(page.contains(wanted), "{client}: {wanted} in\n{page}");
            }
            assert!(house.case(1).await.owner.is_some());
        }
    }
}

#[tokio::test]
async fn a_mail_of_html_alone_is_cut_where_it_is_quoted() {
    for client in &CLIENTS {
        let house = house().await;
        let told = to(&opened(&house).await, "ola@uni.example").clone();
        let ((_, html), client) = (written(client, &told, "/ta"), client.0);
        let mail = both("x", &html);
        let (head, rest) = mail.split_once("--a\nContent-Type: text/plain; charset=utf-8\n\nx\n").unwrap();
        let answer = answered(&house, &told, &format!("{head}{rest}")).await;
        clean(client, &answer);
        let page = html_page(&answer.data).unwrap_or_else(|| panic!("{client}: text only"));
        assert!(page.contains("<b>Kåre</b>") && answer.mail.text.contains("Slå den av"), "{client}: {page}");
    }
}

#[tokio::test]
async fn html_that_does_not_say_what_the_text_says_stays_at_home() {
    for (text, html) in [
        ("Hei!", "<p>Noe helt annet.</p>"),
        ("Hei du!", "<p>Hei <span style=\"display:none\">skjult</span>du!</p>"),
        ("Ring ola@uni.example.", "<p>Ring ola@<b></b>uni.example.</p>"),
        ("Ring ola@uni.example.", "<p>Ring o<b>la@uni</b>.example.</p>"),
    ] {
        let house = house().await;
        let told = to(&opened(&house).await, "ola@uni.example").clone();
        let answer = answered(&house, &told, &both(text, html)).await;
        assert!(!answer.mail.has_html, "{html}");
        assert!(answer.mail.text.starts_with(text.get(..4).unwrap()));
        clean(text, &answer);
    }
}

#[tokio::test]
async fn a_link_names_the_shared_address_however_it_is_written() {
    for (link, sent) in [
        ("mailto:ola%40uni.example", "mailto:orakel@uni.example"),
        ("https://x.example/?u=ola%2540uni.example&amp;b", "https://x.example/?u=orakel@uni.example&amp;b"),
        ("https://x.example/?u=TOKEN&amp;b", "https://x.example/?u=orakel@uni.example&amp;b"),
    ] {
        let house = house().await;
        let told = to(&opened(&house).await, "ola@uni.example").clone();
        let link = link.replace("TOKEN", &told.reply_to().replace('+', "%2B").replace('@', "%40"));
        let html = format!("<p>Se <a href=\"{link}\">her</a>.</p>");
        let answer = answered(&house, &told, &both("Se her.", &html)).await;
        let page = henvend::mail::parse::html_page(&answer.data).unwrap();
        assert!(page.contains(&format!("href=\"{sent}\"")), "{page}");
        clean("Se her.", &answer);
    }
}

/// The writer's own picture, and one of somebody's signature further down.
fn with_pictures(told: &Sent) -> String {
    let image = |id: &str| {
        format!(
            "--r\nContent-Type: image/png; name=\"{id}.png\"\nContent-ID: <{id}@01DA>\nContent-Disposition: inline\n\
             Content-Transfer-Encoding: base64\n\niVBORw0KGgo=\n"
        )
    };
    let page = format!(
        "<div>Slik:<br><img src=\"cid:kart@01DA\" alt=\"kart\"></div><blockquote type=\"cite\">skrev:<img \
         src=\"cid:logo@01DA\">{}</blockquote>",
        inner(told)
    );
    format!(
        "From: ola@uni.example\nTo: x\nSubject: x\nMessage-ID: <bilder@uni.example>\nMIME-Version: 1.0\n\
         Content-Type: multipart/related; boundary=r\n\n--r\nContent-Type: multipart/alternative; boundary=a\n\n--a\n\
         Content-Type: text/plain; charset=utf-8\n\nSlik:\n[cid:kart@01DA]\n\nDen 18.11.2026 12:06 skrev Kåre Kunde:\n{}\n--a\n\
         Content-Type: text/html; charset=utf-8\n\n{page}\n--a--\n{}{}--r--\n",
        told.quoted(),
        image("kart"),
        image("logo"),
    )
}

#[tokio::test]
async fn a_picture_stands_where_its_writer_put_it() {
    let house = house().await;
    let told = to(&opened(&house).await, "ola@uni.example").clone();
    let answer = answered(&house, &told, &with_pictures(&told)).await;
    let page = html_page(&answer.data).expect("the picture is shown");
    assert!(page.contains("<img src=\"cid:1@svar.example\" alt=\"kart\">"), "{page}");
    let files: Vec<_> =
        answer.mail.attachments.iter().map(|file| (file.name.as_deref(), file.content_id.as_deref())).collect();
    assert_eq!(files, [(Some("kart.png"), Some("1@svar.example"))], "what was only quoted stays");
    clean("pictures", &answer);
}

#[tokio::test]
async fn a_signed_answer_is_sent_as_its_content() {
    let house = house().await;
    let told = to(&opened(&house).await, "ola@uni.example").clone();
    let content = both("Hei Kåre!", "<p>Hei <b>Kåre</b>!</p>");
    let (head, content) = content.split_once("Content-Type").unwrap();
    let mail = format!(
        "{head}Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=s\n\n--s\n\
         Content-Type{content}--s\nContent-Type: application/pkcs7-signature; name=\"smime.p7s\"\nContent-Disposition: \
         attachment; filename=\"smime.p7s\"\nContent-Transfer-Encoding: base64\n\nTUlJIG9sYUB1bmkuZXhhbXBsZQ==\n--s--\n"
    );
    let answer = answered(&house, &told, &mail).await;
    assert!(html_page(&answer.data).is_some_and(|page| page.contains("<b>Kåre</b>")));
    assert!(answer.mail.attachments.is_empty());
    clean("signed", &answer);
}
