//! With an address that somebody got hold of, changed or made up.

use super::{Attack, OLA, Scene, check};
use crate::kit::house::to;

const TOKENS: &[Attack] = &[
    (
        "a stranger with an agent's answer address",
        "{ola1}",
        "From: x@evil.example\n\nHei fra meg.",
        "held 1 foreign_from > ola@uni.example",
    ),
    (
        "another agent with it",
        "{ola1}",
        "{pass}\nFrom: kari@uni.example\n\n/lukk",
        "held 1 foreign_from > kari@uni.example ola@uni.example",
    ),
    (
        "another customer's agent with it",
        "{ola1}",
        "Authentication-Results: mx.uni.example; dkim=pass header.d=bla.example\nFrom: åse@bla.example\n\n/lukk",
        "held 1 foreign_from > ola@uni.example åse@bla.example",
    ),
    (
        "the customer with it",
        "{ola1}",
        "Authentication-Results: mx.uni.example; dkim=pass header.d=post.example\nFrom: kunde@post.example\n\n/lukk\nTakk.",
        "added 1 open kari > kari@uni.example ola@uni.example",
    ),
    (
        "the customer with the note's address",
        "{note1}",
        "Authentication-Results: mx.uni.example; dkim=pass header.d=post.example\nFrom: kunde@post.example\n\nTakk.",
        "added 1 open kari > kari@uni.example ola@uni.example",
    ),
    (
        "the neighbour with it",
        "{ola1}",
        "Authentication-Results: mx.uni.example; dkim=pass header.d=nabo.example\nFrom: nabo@nabo.example\n\nHei.",
        "held 1 foreign_from > ola@uni.example",
    ),
    (
        "the agent's own mail to somebody else, brought to it",
        "{ola1}",
        "{pass}\nTo: venn@post.example\nFrom: ola@uni.example\n\nVi sees klokken ti.",
        "held 1 no_channel_proof > ola@uni.example",
    ),
    (
        "the agent's mail on case 2, brought to case 1",
        "{ola1}",
        "{pass}\nTo: {ola2}\nFrom: ola@uni.example\n\nNettet er oppe.",
        "held 1 no_channel_proof > ola@uni.example",
    ),
    (
        "the agent's mail on case 2, with another To above the signed one",
        "{ola1}",
        "{pass}\nTo: {ola1}\nTo: {ola2}\nFrom: ola@uni.example\n\nNettet er oppe.",
        "held 1 no_channel_proof > ola@uni.example",
    ),
    (
        "case 1's address, with case 2 in the subject",
        "{ola1}",
        "{pass}\nSubject: Re: [HV-2] Nettet er nede\nFrom: ola@uni.example\n\nSkru av og på.",
        "added 1 waiting kari > kari@uni.example kunde@post.example",
    ),
    (
        "case 2's address, with case 1's mail in References",
        "{ola2}",
        "{pass}\nReferences: {ack1} {olaid1}\nFrom: ola@uni.example\n\nNettet er oppe.",
        "added 2 waiting ola > kari@uni.example nabo@nabo.example",
    ),
    (
        "the address in capitals, which is the agent's own",
        "{OLA1}",
        "{pass}\nFrom: ola@uni.example\n\nSkru av og på.",
        "added 1 waiting kari > kari@uni.example kunde@post.example",
    ),
    (
        "the address percent-encoded",
        "{ola1percent}",
        "{pass}\nFrom: ola@uni.example\n\nSkru av og på.",
        "added 1 waiting kari > kari@uni.example kunde@post.example",
    ),
    (
        "the address with a letter more",
        "{ola1short}",
        "{pass}\nFrom: ola@uni.example\n\nSkru av og på.",
        "quarantined 3 > drift@site.example",
    ),
    (
        "the address cut short",
        "{ola1cut}",
        "{pass}\nFrom: ola@uni.example\n\nSkru av og på.",
        "quarantined 3 > drift@site.example",
    ),
    (
        "an address without a token",
        "reply+@svar.example",
        "{pass}\nFrom: ola@uni.example\n\nSkru av og på.",
        "quarantined 3 > drift@site.example",
    ),
    (
        "an address with a token of 200 letters",
        "reply+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@svar.example",
        "{pass}\nFrom: ola@uni.example\n\nSkru av og på.",
        "quarantined 3 > drift@site.example",
    ),
    (
        "a token of zeros",
        "reply+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@svar.example",
        "{pass}\nFrom: ola@uni.example\n\nSkru av og på.",
        "quarantined 3 > drift@site.example",
    ),
    (
        "a report's address, in an agent's name",
        "{back1}",
        "{pass}\nFrom: ola@uni.example\n\n/lukk\nSkru av og på.",
        "added 1 outsider open kari > kari@uni.example ola@uni.example",
    ),
    (
        "an automatic answer of the agent's",
        "{ola1}",
        "{pass}\nAuto-Submitted: auto-replied\nFrom: ola@uni.example\n\n/lukk\nJeg er på ferie.",
        "held 1 automatic >",
    ),
    (
        "a guessed reference",
        "orakel@uni.example",
        "Subject: [HV-1] Skriveren virker ikke\nFrom: x@evil.example\n\nHva sa dere?",
        "linked 3 > kari@uni.example ola@uni.example",
    ),
    (
        "a guessed reference in the text",
        "orakel@uni.example",
        "Subject: Hei\nFrom: x@evil.example\n\nHva sa dere i [HV-1]?",
        "linked 3 > kari@uni.example ola@uni.example",
    ),
    (
        "a Message-ID that somebody passed on",
        "orakel@uni.example",
        "Subject: Hei\nIn-Reply-To: {ack1}\nFrom: x@evil.example\n\nHva sa dere?",
        "linked 3 > kari@uni.example ola@uni.example",
    ),
    (
        "the same, with the same subject",
        "orakel@uni.example",
        "In-Reply-To: {ack1}\nFrom: x@evil.example\n\nHva sa dere?",
        "added 1 outsider open kari > kari@uni.example ola@uni.example",
    ),
    (
        "a Message-ID of an agent's notification",
        "orakel@uni.example",
        "Subject: Hei\nReferences: {olaid1}\nFrom: x@evil.example\n\nHva sa dere?",
        "linked 3 > kari@uni.example ola@uni.example",
    ),
    (
        "our own Message-ID on a stranger's mail",
        "orakel@uni.example",
        "Message-ID: {ack1}\nSubject: Hei\nFrom: x@evil.example\n\nHva sa dere?",
        "new 3 > kari@uni.example ola@uni.example",
    ),
];

#[tokio::test]
async fn an_address_alone_opens_nothing() {
    check(TOKENS).await;
}

/// Ola's mail, as the mail server in front brings it.
fn answer(scene: &Scene, token: &str, id: &str) -> String {
    let text = format!("{{pass}}\nFrom: ola@uni.example\nMessage-ID: <{id}@uni.example>\n\nSkru av og på.");
    scene.whole(token, &scene.with_names(&text))
}

#[tokio::test]
async fn a_mail_brought_again_is_sent_once() {
    let scene = Scene::open().await;
    let token = scene.with_names("{ola1}");
    let mail = answer(&scene, &token, "a");
    assert_eq!(scene.house.deliver(OLA, &[&token], &mail).await, [("added", 1)]);
    for from in [OLA, "x@evil.example", ""] {
        assert_eq!(scene.house.deliver(from, &[&token], &mail).await, [("duplicate", 1)]);
    }
    let elsewhere = scene.with_names("{ola2}");
    let rewritten = answer(&scene, &elsewhere, "a");
    assert_eq!(scene.house.deliver(OLA, &[&elsewhere], &rewritten).await, [("held", 2)], "nor on another case");
    let sent = scene.house.send().await;
    assert_eq!(sent.iter().filter(|mail| mail.to == ["kunde@post.example"]).count(), 1);
    assert!(sent.iter().all(|mail| mail.to != ["nabo@nabo.example"]));
}

#[tokio::test]
async fn an_address_counts_for_ninety_days_and_then_the_agent_is_asked() {
    let scene = Scene::open().await;
    let token = scene.with_names("{ola1}");
    scene.house.clock.pass(henvend::time::DAY * 91);
    let mail = answer(&scene, &token, "a");
    assert_eq!(scene.house.deliver(OLA, &[&token], &mail).await, [("held", 1)]);
    let sent = scene.house.send().await;
    assert!(to(&sent, OLA).mail.text.contains("bekreft"), "{}", to(&sent, OLA).mail.text);
    assert_eq!(sent.len(), 1);
}

#[tokio::test]
async fn who_is_no_longer_there_answers_nobody() {
    let scene = Scene::open().await;
    let token = scene.with_names("{ola1}");
    let gone = crate::kit::house::DIRECTORY.replacen("at.uni = {}", "at.uni = { active = false }", 1);
    let gone =
        gone.replace("members = [\"ola@uni.example\", \"kari@uni.example\"]", "members = [\"kari@uni.example\"]");
    scene.house.apply(&gone).await.unwrap();
    let mail = answer(&scene, &token, "a");
    assert_eq!(scene.house.deliver(OLA, &[&token], &mail).await, [("held", 1)]);
    let sent = scene.house.send().await;
    assert!(
        sent.iter().all(|mail| mail.to == ["kari@uni.example"]),
        "{:?}",
        sent.iter().map(|mail| &mail.to).collect::<Vec<_>>()
    );
}
