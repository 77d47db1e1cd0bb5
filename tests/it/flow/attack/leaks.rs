//! An agent's own mail, with something in it that must not leave.

use super::{Attack, check};

const LEAKS: &[Attack] = &[
    (
        "the notification quoted below the answer",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\nSkru av og på.\n\n{told1}",
        "added 1 > kari@uni.example kunde@post.example",
    ),
    (
        "the note's notification quoted below the answer",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\nSkru av og på.\n\n{toldnote1}",
        "added 1 > kari@uni.example kunde@post.example",
    ),
    (
        "the note in the answer's own words",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\n{canary}: kunden er vanskelig og betaler alltid for sent.",
        "added 1 > kari@uni.example kari@uni.example ola@uni.example",
    ),
    (
        "the note rewrapped and in capitals",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\nHei.\n{canary}:\nKUNDEN ER\nVANSKELIG OG BETALER\nALLTID FOR SENT.",
        "added 1 > kari@uni.example kari@uni.example ola@uni.example",
    ),
    (
        "the note in HTML",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\nContent-Type: text/html; charset=utf-8\n\n<p>Hei.</p><p><b>{canary}</b>: kunden er <i>vanskelig</i> og betaler alltid for sent.</p>",
        "added 1 > kari@uni.example kari@uni.example ola@uni.example",
    ),
    (
        "the note in a file",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSe her.\n--b\nContent-Type: text/plain; charset=utf-8\nContent-Disposition: attachment; filename=a.txt\n\n{canary}: kunden er vanskelig og betaler alltid for sent.\n--b--",
        "added 1 > kari@uni.example kari@uni.example ola@uni.example",
    ),
    (
        "the answer address in the text",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\nSvar meg på {ola1} så fort du kan.",
        "added 1 > kari@uni.example kunde@post.example",
    ),
    (
        "the answer address wrapped",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\nSvar meg på\n{ola1wrapped}",
        "added 1 > kari@uni.example kunde@post.example",
    ),
    (
        "the answer address as a link",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\nContent-Type: text/html\n\n<p><a href=\"mailto:{ola1percent}\">Svar</a></p>",
        "added 1 > kari@uni.example kari@uni.example ola@uni.example",
    ),
    (
        "the answer address in a file",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSe her.\n--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\n{ola1}\n--b--",
        "added 1 > kari@uni.example kari@uni.example ola@uni.example",
    ),
    (
        "the agent's own address in the signature",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\nSkru av og på.\nHilsen Ola, ola@uni.example",
        "added 1 > kari@uni.example kunde@post.example",
    ),
    (
        "a colleague's address in the text",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\nSpør KARI@uni.example neste gang.",
        "added 1 > kari@uni.example kunde@post.example",
    ),
    (
        "the agent's address in a file's name",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSe her.\n--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=\"ola@uni.example.txt\"\n\nx\n--b--",
        "added 1 > kari@uni.example kunde@post.example",
    ),
    (
        "the id of an agent's mail",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\nIn-Reply-To: {olaid1}\nReferences: {olaid1}\n\nSkru av og på.",
        "added 1 > kari@uni.example kunde@post.example",
    ),
    (
        "an answer to a note, which is a note",
        "{note1}",
        "{pass}\nFrom: kari@uni.example\n\n{canary}: enig, han er helt umulig.",
        "added 1 > ola@uni.example",
    ),
    (
        "a note by command, with the customer in copy",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\nCc: kunde@post.example\n\n/notat\n{canary}: ikke svar ham.",
        "added 1 > kari@uni.example",
    ),
];

#[tokio::test]
async fn what_is_internal_stays() {
    check(LEAKS).await;
}
