//! What programs on the way do to an agent's mail, and what an agent forgets: nothing of it may reach the contact.

use henvend::case::model::Status;

use super::control::holds;
use super::{CUSTOMER, all_to, house, house_that_checks, mail, opened};
use crate::kit::house::{House, Sent, to};

const OLA: &str = "ola@uni.example";

/// Ola answers the first notification with this: the house, what became of it, and what left.
async fn answered(fields: &str, body: &str) -> (House, &'static str, Vec<Sent>) {
    let house = house().await;
    let token = to(&opened(&house).await, OLA).reply_to();
    let became = house.deliver(OLA, &[&token], &mail("2", OLA, "Re: x", fields, body)).await[0].0;
    let sent = house.send().await;
    (house, became, sent)
}

/// It comes back with these words, and nothing of it is done.
async fn comes_back(body: &str, because: &str) {
    let (house, became, sent) = answered("", body).await;
    assert_eq!(became, "held", "{body}");
    assert!(all_to(&sent, CUSTOMER).is_empty(), "{body}");
    holds(to(&sent, OLA), &[because, "Ingenting er gjort, og ingenting er sendt."]);
    let case = house.case(1).await;
    assert_eq!((case.status, case.owner, case.title.as_str()), (Status::New, None, "Skriveren virker ikke"), "{body}");
}

/// It reaches the contact, and begins so there.
async fn is_sent(fields: &str, body: &str, begins: &str) {
    let (_, became, sent) = answered(fields, body).await;
    assert_eq!(became, "added", "{fields}{body}");
    let text = &to(&sent, CUSTOMER).mail.text;
    assert_eq!(text.split("\n\n-- \n").next(), Some(begins), "{fields}{body}");
}

const SUPPRESSED: &str = "X-Auto-Response-Suppress: DR, OOF, AutoReply\n";

#[tokio::test]
async fn marks_that_a_gateway_puts_into_everybodys_mail_hold_no_agent_up() {
    for fields in [SUPPRESSED, "X-Auto-Response-Suppress: All\n", "List-Unsubscribe: <mailto:av@uni.example>\n"] {
        is_sent(fields, "Skru den av og på.", "Skru den av og på.").await;
    }
    let (house, became, _) = answered(SUPPRESSED, "/løst").await;
    assert_eq!((became, house.case(1).await.status), ("added", Status::Resolved));
}

#[tokio::test]
async fn other_marks_of_machines_still_do() {
    for (fields, body) in [
        ("Precedence: bulk\n", "Skru den av og på."),
        ("Auto-Submitted: auto-generated\nX-Auto-Response-Suppress: All\n", "Skru den av og på."),
        ("List-Id: <alle.uni.example>\nList-Unsubscribe: <mailto:av@uni.example>\n", "Skru den av og på."),
        (SUPPRESSED, "Jeg er på ferie til mandag."),
        (SUPPRESSED, "Dette er et automatisk svar."),
        ("X-Auto-Response-Suppress: All\nX-Autoreply: yes\n", "Hei"),
    ] {
        let (house, became, sent) = answered(fields, body).await;
        assert_eq!(became, "held", "{fields}{body}");
        assert!(all_to(&sent, CUSTOMER).is_empty(), "{fields}{body}");
        assert_eq!(house.case(1).await.status, Status::New);
    }
}

#[tokio::test]
async fn an_automatic_subject_above_a_gateways_mark_is_a_machines() {
    let house = house().await;
    let token = to(&opened(&house).await, OLA).reply_to();
    let away = mail("2", OLA, "Automatisk svar: [HV-1] x", SUPPRESSED, "Kontakt resepsjonen.");
    assert_eq!(house.deliver(OLA, &[&token], &away).await, [("held", 1)]);
    assert!(all_to(&house.send().await, CUSTOMER).is_empty());
}

#[tokio::test]
async fn a_gateways_mark_proves_nobody() {
    let house = house_that_checks().await;
    let token = to(&opened(&house).await, OLA).reply_to();
    let answer = mail("2", OLA, "Re: x", SUPPRESSED, "Skru den av og på.");
    assert_eq!(house.deliver(OLA, &[&token], &answer).await, [("held", 1)]);
    let sent = house.send().await;
    holds(to(&sent, OLA), &["Er det du som har skrevet dette?"]);
    // And whoever is asked may say so through the same gateway.
    let yes = mail("3", OLA, "Re: x", SUPPRESSED, "bekreft");
    assert_eq!(house.deliver(OLA, &[&to(&sent, OLA).reply_to()], &yes).await, [("added", 1)]);
    assert!(to(&house.send().await, CUSTOMER).mail.text.starts_with("Skru den av og på."));
}

#[tokio::test]
async fn what_a_client_broke_off_a_command_is_not_sent() {
    for body in [
        "/kopi a@firma.example, b@firma.example,\nsjef@firma.example",
        "/kopi a@firma.example, b@firma.example\nsjef@firma.example",
        "/kopi a@firma.example,\nHei, her er saken.",
        "/tittel Skriveren på rom 3 i andre etasje ved siden av kopirommet står og\nblinker",
        "/ta\n/tittel Skriveren på rom 3 i andre etasje ved siden av kopirommet står og\nblinker",
    ] {
        comes_back(body, "linjen under ser ut som resten av denne").await;
    }
}

#[tokio::test]
async fn a_text_below_a_command_is_sent_as_ever() {
    for (body, text) in [
        ("/tittel Skriveren\nDen er fikset.", "Den er fikset."),
        ("/kopi a@firma.example\nHei, Per!", "Hei, Per!"),
        ("/kopi a@firma.example\n\nsjef@firma.example er borte.", "sjef@firma.example er borte."),
        ("/ta\nblinker", "blinker"),
        ("/tittel Skriveren på rom 3 i andre etasje ved siden av kopirommet står og\n\nblinker", "blinker"),
        (
            "/tittel Skriveren på rom 3 i andre etasje ved siden av kopirommet står stille\nHei!\nNå virker den.",
            "Hei!\nNå virker den.",
        ),
    ] {
        is_sent("", body, text).await;
    }
}

#[tokio::test]
async fn a_command_without_its_slash_is_not_sent() {
    for body in ["ta", "Ta.", "løst", "LØST", "send", "bekreft", "help", "lukk", "forkast", "slå-sammen"] {
        comes_back(body, "mente du dette som en kommando?").await;
    }
}

#[tokio::test]
async fn a_word_that_is_no_command_is_sent() {
    for body in ["Ok", "ja", "Takk!", "Nei.", "Løst!", "Bekreftet.", "Det er løst.", "ta den", "\u{1F44D}"] {
        is_sent("", body, body).await;
    }
    let (_, became, _) = answered("", "/notat\nta").await;
    assert_eq!(became, "added", "a note may say anything");
}

/// Ola's answer above the whole quoted notification, with this below all of it.
async fn above_the_quote(answer: &str, below: &str) -> (&'static str, Vec<Sent>) {
    let house = house().await;
    let sent = opened(&house).await;
    let told = to(&sent, OLA);
    let body = format!("{answer}\n\nDen 18.11.2026 12:06, skrev Orakel:\n{}\n{below}", told.quoted());
    let became = house.deliver(OLA, &[&told.reply_to()], &mail("2", OLA, "Re: x", "", &body)).await[0].0;
    (became, house.send().await)
}

#[tokio::test]
async fn what_an_organisation_puts_below_a_quote_holds_no_answer_up() {
    for footer in [
        "Vennligst vurder miljøet før du skriver ut denne e-posten.",
        "Ver venleg og tenk på miljøet før du skriv ut.",
        "Please consider the environment before printing this e-mail.",
        "Tänk på miljön innan du skriver ut det här mejlet.",
        "Tænk på miljøet, før du printer denne mail.",
        "Bitte denken Sie an die Umwelt, bevor Sie diese E-Mail ausdrucken.",
        "Denne e-posten er beregnet på mottakeren og kan inneholde taushetsbelagte opplysninger. Har du fått den ved en feil, \
         slett den og gi beskjed til avsenderen.",
        "Les om hvordan vi behandler personopplysninger på https://www.uni.example/personvern.",
        "Diese Nachricht ist nur für den Empfänger bestimmt. Bitte löschen Sie sie, wenn Sie sie irrtümlich erhalten haben.",
        "Det humanistiske fakultet, Universitetet i Eksempel\nwww.uni.example\n22 22 22 22",
        "Følg oss på Facebook og Instagram!",
        "-- \nOla Nordmann\nJeg er på kontoret mandag til torsdag.",
        "Med vennlig hilsen\nOla Nordmann",
        "Norges teknisk-naturvitenskapelige universitet",
    ] {
        let (became, sent) = above_the_quote("Skru den av og på.", footer).await;
        assert_eq!(became, "added", "{footer}");
        assert!(!to(&sent, CUSTOMER).mail.text.contains(footer), "{footer}");
    }
}

#[tokio::test]
async fn an_answer_below_a_quote_is_not_lost_for_want_of_a_stop() {
    for answer in [
        "Ja, det er normalt",
        "Ja",
        "Prøv å skru den av og på",
        "Den kan vi bytte på mandag, går det bra for deg",
        "Ja, maskinen har virus.",
        "Nei, skriveren er beregnet på A4.",
        "Ja, det er normalt.\n\nDenne e-posten er beregnet på mottakeren og kan inneholde fortrolig informasjon.",
    ] {
        let (became, sent) = above_the_quote("Se under.", answer).await;
        assert_eq!(became, "held", "{answer}");
        assert!(all_to(&sent, CUSTOMER).is_empty(), "{answer}");
        holds(to(&sent, OLA), &["du har skrevet under e-posten du siterer", "skriv /slutt på en egen linje"]);
    }
}

#[tokio::test]
async fn whoever_ends_the_answer_has_a_footer_of_any_wording() {
    let footer = "Vi er landets ledende leverandør av skrivere.";
    assert_eq!(above_the_quote("Skru den av og på.", footer).await.0, "held");
    let (became, sent) = above_the_quote("Skru den av og på.\n/slutt", footer).await;
    assert_eq!(became, "added");
    assert!(
        to(&sent, CUSTOMER).mail.text.starts_with("Skru den av og på.\n\n-- "),
        "{}",
        to(&sent, CUSTOMER).mail.text
    );
}

const BANNERS: &[&str] = &[
    "[EKSTERN] Vær forsiktig med lenker og vedlegg.",
    "[EKSTERN]",
    "EKSTERN E-POST: Ikke klikk på lenker eller åpne vedlegg hvis du ikke kjenner avsenderen.",
    "CAUTION: This email originated from outside of the organization. Do not click links or open\nattachments unless you \
     recognize the sender and know the content is safe.",
    "*ADVARSEL:* Denne e-posten kommer fra noen utenfor universitetet. Ikke klikk på lenker.",
    "ÅTVARING: Denne e-posten kjem utanfrå. Ver forsiktig med lenkjer.",
    "VARNING: Detta meddelande kommer från en extern avsändare. Klicka inte på länkar.",
    "ADVARSEL: Denne mail er sendt fra en ekstern afsender. Klik ikke på links.",
    "ACHTUNG: Diese E-Mail kommt von außerhalb der Organisation. Klicken Sie nicht auf Links.",
    "You don't often get email from ola@uni.example. Learn why this is important\n<https://aka.ms/LearnAboutSenderIdentification>",
    "Du får ikke ofte e-post fra ola@uni.example. Finn ut hvorfor dette er viktig",
    "This message originated from outside your organization. Use caution when opening attachments.",
];

#[tokio::test]
async fn a_gateways_banner_stays_out_of_answers_and_above_no_command() {
    for banner in BANNERS {
        is_sent("", &format!("{banner}\n\nHei, prøv nå."), "Hei, prøv nå.").await;
        is_sent("", &format!("{banner}\n\n{}\n\nHei, prøv nå.", BANNERS[0]), "Hei, prøv nå.").await;
        let (house, became, sent) = answered("", &format!("{banner}\n\n/løst")).await;
        assert_eq!((became, house.case(1).await.status), ("added", Status::Resolved), "{banner}");
        assert!(all_to(&sent, CUSTOMER).is_empty(), "{banner}");
    }
    is_sent("", &format!("{}\nHei, prøv nå.", BANNERS[0]), "Hei, prøv nå.").await;
}

#[tokio::test]
async fn a_warning_that_an_agent_writes_is_sent() {
    for words in [
        "OBS: Ikke åpne vedlegg fra eksterne avsendere.",
        "Vær forsiktig: Den blinker rødt.\n\nSkru den av.",
        "Viktig: Denne e-posten må du ta vare på.\n\nHilsen Ola",
        "Denne e-posten kommer fra en ekstern avsender, så ikke klikk på lenker i den.\n\nSlett den.",
        "External disks work.\n\nOla",
        "Ekstern skjerm: bruk HDMI.\n\nOla",
        "[EKSTERN] Vær forsiktig med lenker og vedlegg.",
    ] {
        is_sent("", words, words).await;
    }
}

#[tokio::test]
async fn a_banner_above_a_contacts_mail_is_no_words_of_theirs() {
    let house = house().await;
    let body = format!("{}\n\nHei!\nDen blinker rødt.", BANNERS[3]);
    house.deliver(CUSTOMER, &["orakel@uni.example"], &mail("1", CUSTOMER, "Skriver", "", &body)).await;
    let told = to(&house.send().await, OLA).clone();
    holds(&told, &["Den blinker rødt."]);
    assert!(!told.mail.text.contains("CAUTION"), "{}", told.mail.text);
}

#[tokio::test]
async fn a_command_that_looks_like_a_signature_is_not_dropped_in_silence() {
    for body in ["Da er det fikset.\n\n/Lukk", "/prioritet høy\n\nHei!\n\n/Tildel Kari Bråten"] {
        let (house, became, sent) = answered("", body).await;
        assert_eq!(became, "held", "{body}");
        assert!(all_to(&sent, CUSTOMER).is_empty(), "{body}");
        assert_eq!(house.case(1).await.status, Status::New, "{body}");
    }
    let (_, became, sent) = answered("", "Da er det fikset.\n\n/Ola").await;
    assert_eq!((became, all_to(&sent, CUSTOMER).len()), ("added", 1));
}

#[tokio::test]
async fn an_answer_that_sounds_like_a_gateway_a_footer_or_a_telephone_leaves_as_it_is() {
    for body in [
        "Merk: Denne meldingen er også sendt til ekstern revisor.\n\nHilsen Ola",
        "Denne meldingen sendes både internt og eksternt ved universitetet. Se vedlegg for detaljer.\n\nHilsen Kari",
        "Du får ikke ofte e-post fra oss, men nå trenger vi svar innen fredag.\n\nGi beskjed!",
        "Pakken er på vei.\nSendt via Posten i går.",
    ] {
        let (_, became, sent) = answered("", body).await;
        assert_eq!(became, "added", "{body}");
        let first = body.lines().next().unwrap();
        assert!(to(&sent, CUSTOMER).mail.text.contains(first), "{body}: {}", to(&sent, CUSTOMER).mail.text);
        let last = if body.starts_with("Pakken") { "i går." } else { "" };
        assert!(to(&sent, CUSTOMER).mail.text.contains(last), "{body}");
    }
}
