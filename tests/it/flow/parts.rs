//! Agents' mail programs say everything twice, as plain text and as a page (HTML): the two must want the same done.

use henvend::case::model::{Case, Status};
use henvend::directory::model::Directory;

use super::{CUSTOMER, all_to, house, mail, opened};
use crate::kit::house::{House, Sent, to};

/// A mail with both, the text first.
fn both(id: &str, text: &str, page: &str) -> String {
    let head = mail(id, "Ola Nordmann <ola@uni.example>", "Re: x", "", "");
    let head = head.replace(
        "Content-Type: text/plain; charset=utf-8\n\n\n",
        "Content-Type: multipart/alternative; boundary=b\n\n",
    );
    format!(
        "{head}--b\nContent-Type: text/plain; charset=utf-8\n\n{text}\n--b\nContent-Type: text/html; charset=utf-8\n\n\
         {page}\n--b--\n"
    )
}

struct Told {
    became: &'static str,
    sent: Vec<Sent>,
    case: Case,
    events: Vec<String>,
    directory: std::sync::Arc<Directory>,
}

/// An agent sends it as an answer to a notification.
async fn tell(text: &str, page: &str) -> Told {
    let house: House = house().await;
    let token = to(&opened(&house).await, "ola@uni.example").reply_to();
    let became = house.deliver("ola@uni.example", &[&token], &both("2", text, page)).await[0].0;
    let sent = house.send().await;
    let directory = house.world.store.directory();
    Told { became, sent, case: house.case(1).await, events: house.events(1).await, directory }
}

#[tokio::test]
async fn parts_that_agree_are_carried_out() {
    let agreeing = [
        ("/take\n/resolve\nHei!", "<html><body><div>/take</div><div>/resolve</div><div>Hei!</div></body></html>"),
        ("/take\n/resolve\n\nHei!", "<p>/take<br>/resolve</p><p>Hei!</p>"),
        // What clients make of spaces and of the line that the cursor stood in.
        ("/ta \n/løst\nHei!", "<div>&nbsp;/ta&nbsp;</div>\n<div><br></div><div>/l&oslash;st&#8203;</div>Hei!"),
        ("/take\n/resolve\nHei!", "<div>\u{feff}/take</div><div><span>/</span><span>resolve</span></div>Hei!"),
        // A place where a line may be broken, which no client shows.
        ("/take\n/resolve\nHei!", "<p>/ta&#8203;ke</p><p>/resolve</p><p>Hei!</p>"),
        // Two names of one verb, and of one person.
        ("/take\n/resolve\nHei!", "<div>/ta</div><div>/l\u{f8}st</div>Hei!"),
        (
            "/assign ola@uni.example\n/resolve\nHei!",
            "<div>/assign <a href=\"mailto:ola@uni.example\">ola@uni.example</a></div><div>/resolve</div>Hei!",
        ),
        ("/assign Ola\n/resolve\nHei!", "<p>/assign\nOla\nNordmann</p><p>/resolve</p><p>Hei!</p>"),
        // A page that shows nothing says nothing.
        ("/take\n/resolve\nHei!", "<html><head><style>p { color: red }</style></head><body>&nbsp;</body></html>"),
    ];
    for (text, page) in agreeing {
        let told = tell(text, page).await;
        assert_eq!(told.became, "added", "{page}: {:?}", to(&told.sent, "ola@uni.example").mail.text);
        let owner = told.directory.user(told.case.owner.unwrap()).unwrap();
        assert_eq!((owner.name.as_str(), told.case.status), ("Ola Nordmann", Status::Resolved), "{page}");
        assert!(to(&told.sent, CUSTOMER).mail.text.starts_with("Hei!"), "{page}");
    }
}

#[tokio::test]
async fn where_the_parts_disagree_nothing_runs_and_the_writer_is_told() {
    let disagreeing = [
        ("/take\nHei!", "<p>/close</p><p>Hei!</p>", "HTML-utgaven har: /close."),
        ("/take\nHei!", "<p>/take</p><p>/close</p><p>Hei!</p>", "HTML-utgaven har: /take, /close."),
        ("/assign ola\nHei!", "<p>/assign kari</p><p>Hei!</p>", "HTML-utgaven har: /assign kari."),
        ("Hemmelig.", "<p>/note</p><p>Hemmelig.</p>", "HTML-utgaven har: /note."),
        ("/note\nHemmelig.", "<p>Hemmelig.</p>", "HTML-utgaven har ingen."),
        ("/note\nHemmelig.", "<p>Hei</p><p>/note</p><p>Hemmelig.</p>", "HTML-utgaven har ingen."),
        // A sign that nobody sees, or that only looks like the right one, hides no command.
        ("Hemmelig.", "<p>&#8203;&#12644;/note</p><p>Hemmelig.</p>", "HTML-utgaven har: "),
        ("Hemmelig.", "<p>&#65295;note</p><p>Hemmelig.</p>", "HTML-utgaven har: "),
        ("/note\nHemmelig.", "<p>/n\u{43e}te</p><p>Hemmelig.</p>", "HTML-utgaven har: /n\u{43e}te."),
    ];
    for (text, page, said) in disagreeing {
        let told = tell(text, page).await;
        assert_eq!(told.became, "held", "{page}");
        assert!(all_to(&told.sent, CUSTOMER).is_empty(), "{page}");
        assert_eq!(told.sent.len(), 1, "{page}");
        let receipt = &to(&told.sent, "ola@uni.example").mail;
        assert_eq!(receipt.field("X-Henvend-Event"), Some("receipt"));
        let words = receipt.text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(said.trim()) && words.contains("Ingenting er gjort"), "{page}: {words}");
        assert!(words.contains("Kommandoene dine kunne ikke utføres"), "{words}");
        assert_eq!((told.case.status, told.case.owner), (Status::New, None), "{page}");
        assert_eq!(told.events[1], "CommandsRefused", "{page}");
    }
}

#[tokio::test]
async fn parts_without_commands_may_differ_as_they_like() {
    for page in ["<p>Hei, med litt andre ord!</p>", "<h1>Hei</h1><p>/take er en kommando.</p>", ""] {
        let told = tell("Hei!", page).await;
        assert_eq!(told.became, "added", "{page}");
        assert!(to(&told.sent, CUSTOMER).mail.text.starts_with("Hei!"), "{page}");
    }
}

#[tokio::test]
async fn a_command_in_the_quoted_page_is_nobodys() {
    let page = "<p>Hei!</p><br><div class=\"gmail_quote\"><blockquote><p>/close</p></blockquote></div>";
    assert_eq!(tell("Hei!\n\n> /close", page).await.case.status, Status::Waiting);
}

#[tokio::test]
async fn a_page_with_a_long_head_is_read_where_it_begins() {
    let head = format!("<html><head><style>{}</style></head>", "p { margin: 0 }\n".repeat(5000));
    let page = format!("{head}<BODY lang=NO><p>/take</p><p>Hei!</p>{}</BODY></html>", "<p>x</p>".repeat(9000));
    assert_eq!(tell("/take\nHei!", &page).await.became, "added");
}

#[tokio::test]
async fn a_page_alone_is_read_through_its_text() {
    let house = house().await;
    let token = to(&opened(&house).await, "ola@uni.example").reply_to();
    let alone = mail("2", "ola@uni.example", "Re: x", "", "<p>/take</p><p>/resolve</p><p>Hei!</p>");
    let alone = alone.replace("text/plain", "text/html");
    assert_eq!(house.deliver("ola@uni.example", &[&token], &alone).await, [("added", 1)]);
    assert!(to(&house.send().await, CUSTOMER).mail.text.starts_with("Hei!"));
    assert_eq!(house.case(1).await.status, Status::Resolved);
}

#[tokio::test]
async fn the_page_is_found_where_mail_programs_put_it() {
    let text = "--b\nContent-Type: text/plain; charset=utf-8\n\n/note\nHemmelig.\n";
    let page = "Content-Type: text/html; charset=utf-8\n\n<p>Hemmelig.</p><img src=\"cid:logo@x\">\n";
    let picture = "Content-Type: image/png\nContent-ID: <logo@x>\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n";
    let file = "Content-Type: application/pdf; name=a.pdf\nContent-Disposition: attachment\n\nPDF\n";
    let related = format!("--b\nContent-Type: multipart/related; boundary=r\n\n--r\n{page}--r\n{picture}--r--\n");
    let alternative = format!("Content-Type: multipart/alternative; boundary=b\n\n{text}{related}--b--\n");
    let structures = [
        alternative.clone(),
        format!("Content-Type: multipart/mixed; boundary=m\n\n--m\n{alternative}--m\n{file}--m--\n"),
        format!("Content-Type: multipart/alternative; boundary=b\n\n--b\n{page}{text}--b--\n"),
    ];
    for structure in structures {
        let house = house().await;
        let token = to(&opened(&house).await, "ola@uni.example").reply_to();
        let usual = mail("2", "ola@uni.example", "Re: x", "", "");
        let mail = usual.replace("Content-Type: text/plain; charset=utf-8\n\n\n", &structure);
        assert_eq!(house.deliver("ola@uni.example", &[&token], &mail).await, [("held", 1)], "{mail}");
        assert!(all_to(&house.send().await, CUSTOMER).is_empty());
        assert_eq!(house.events(1).await[1], "CommandsRefused");
    }
}
