//! An agent's own mail, with something in it that must not leave.

use super::{Attack, check};

const LEAKS: &[Attack] = &[
    (
        "the notification quoted below the answer",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\nSkru av og på.\n\n{told1}",
        "added 1 waiting kari > kari@uni.example kunde@post.example",
    ),
    (
        "the note's notification quoted below the answer",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\nSkru av og på.\n\n{toldnote1}",
        "added 1 waiting kari > kari@uni.example kunde@post.example",
    ),
    (
        "the note in the answer's own words",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\n{canary}: kunden er vanskelig og betaler alltid for sent.",
        "added 1 open kari > kari@uni.example kari@uni.example ola@uni.example",
    ),
    (
        "the note rewrapped and in capitals",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\nHei.\n{canary}:\nKUNDEN ER\nVANSKELIG OG BETALER\nALLTID FOR SENT.",
        "added 1 open kari > kari@uni.example kari@uni.example ola@uni.example",
    ),
    (
        "the note in HTML",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\nContent-Type: text/html; charset=utf-8\n\n<p>Hei.</p><p><b>{canary}</b>: kunden er <i>vanskelig</i> og betaler alltid for sent.</p>",
        "added 1 open kari > kari@uni.example kari@uni.example ola@uni.example",
    ),
    (
        "the note in a file",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSe her.\n--b\nContent-Type: text/plain; charset=utf-8\nContent-Disposition: attachment; filename=a.txt\n\n{canary}: kunden er vanskelig og betaler alltid for sent.\n--b--",
        "added 1 open kari > kari@uni.example kari@uni.example ola@uni.example",
    ),
    (
        "the answer address in the text",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\nSvar meg på {ola1} så fort du kan.",
        "added 1 waiting kari > kari@uni.example kunde@post.example",
    ),
    (
        "the answer address wrapped",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\nSvar meg på\n{ola1wrapped}",
        "added 1 waiting kari > kari@uni.example kunde@post.example",
    ),
    (
        "the answer address as a link",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\nContent-Type: text/html\n\n<p><a href=\"mailto:{ola1percent}\">Svar</a></p>",
        "added 1 waiting kari > kari@uni.example kunde@post.example",
    ),
    (
        "the answer address in a file",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSe her.\n--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\n{ola1}\n--b--",
        "added 1 open kari > kari@uni.example kari@uni.example ola@uni.example",
    ),
    (
        "the agent's own address in the signature",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\nSkru av og på.\nHilsen Ola, ola@uni.example",
        "added 1 waiting kari > kari@uni.example kunde@post.example",
    ),
    (
        "a colleague's address in the text",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\nSpør KARI@uni.example neste gang.",
        "added 1 waiting kari > kari@uni.example kunde@post.example",
    ),
    (
        "the agent's address in a file's name",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSe her.\n--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=\"ola@uni.example.txt\"\n\nx\n--b--",
        "added 1 waiting kari > kari@uni.example kunde@post.example",
    ),
    (
        "the id of an agent's mail",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\nIn-Reply-To: {olaid1}\nReferences: {olaid1}\n\nSkru av og på.",
        "added 1 waiting kari > kari@uni.example kunde@post.example",
    ),
    (
        "an answer to a note, which is a note",
        "{note1}",
        "{pass}\nFrom: kari@uni.example\n\n{canary}: enig, han er helt umulig.",
        "added 1 open kari > ola@uni.example",
    ),
    (
        "a note by command, with the customer in copy",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\nCc: kunde@post.example\n\n/notat\n{canary}: ikke svar ham.",
        "added 1 open kari > kari@uni.example",
    ),
    (
        "the agent's address in a link that a gateway made",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\nSe https://eur01.safelinks.example/?url=x&data=05%7Cola%40uni.example%7C0 først.",
        "added 1 waiting kari > kari@uni.example kunde@post.example",
    ),
    (
        "the same, made by two of them",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\nSe https://eur01.safelinks.example/?url=x&data=05%257Cola%2540uni.example%257C0 først.",
        "added 1 waiting kari > kari@uni.example kunde@post.example",
    ),
    (
        "the same in the page",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\nContent-Type: text/html; charset=utf-8\n\n<p>Se <a href=\"https://eur01.safelinks.example/?url=x&amp;data=05%7Cola%2540uni.example%7C\">her</a>.</p>",
        "added 1 waiting kari > kari@uni.example kunde@post.example",
    ),
    (
        "the answer address in such a link",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\nSe https://eur01.safelinks.example/?data={ola1percent}%7C0 først.",
        "added 1 waiting kari > kari@uni.example kunde@post.example",
    ),
    (
        "the agent's address in the title",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\n/tittel Skriv til ola%40uni.example\nSkru av og på.",
        "added 1 waiting kari > kari@uni.example kunde@post.example",
    ),
    (
        "the agent's address in a file's name, percent-encoded",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSe her.\n--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=\"ola%40uni.example.txt\"\n\nx\n--b--",
        "added 1 waiting kari > kari@uni.example kunde@post.example",
    ),
    (
        "a calendar's answer",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\nJeg kommer.\n--b\nContent-Type: text/calendar; charset=utf-8; method=REPLY\n\nBEGIN:VCALENDAR\nMETHOD:REPLY\nVERSION:2.0\nBEGIN:VEVENT\nUID:1@x\nDTSTART:20261120T100000Z\nSUMMARY:Møte med en lang tittel som noen har skrevet\nATTENDEE;CN=\"ola@uni.example\";PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT:mailto:ol\n a@uni.example\nORGANIZER:mailto:kunde@post.example\nEND:VEVENT\nEND:VCALENDAR\n--b--",
        "added 1 waiting kari > kari@uni.example kunde@post.example",
    ),
    (
        "the agent's card",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSe her.\n--b\nContent-Type: text/vcard\nContent-Disposition: attachment; filename=\"ola.vcf\"\n\nBEGIN:VCARD\nVERSION:3.0\nFN:Ola Nordmann\nEMAIL;TYPE=work:ola@uni.example\nEND:VCARD\n--b--",
        "added 1 waiting kari > kari@uni.example kunde@post.example",
    ),
    (
        "a card under another name",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSe her.\n--b\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename=\"kort.dat\"\n\nBEGIN:VCARD\nEMAIL:ola@uni.example\nEND:VCARD\n--b--",
        "added 1 waiting kari > kari@uni.example kunde@post.example",
    ),
    (
        "a card that writes the address in its own way",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSe her.\n--b\nContent-Type: text/x-vcard\nContent-Disposition: attachment; filename=\"ola.vcf\"\n\nBEGIN:VCARD\nVERSION:2.1\nEMAIL;ENCODING=QUOTED-PRINTABLE:ola=40uni.example\nEND:VCARD\n--b--",
        "added 1 open kari > kari@uni.example kari@uni.example ola@uni.example",
    ),
    (
        "an attached mail",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSe her.\n--b\nContent-Type: message/rfc822\nContent-Disposition: attachment; filename=\"VS.eml\"\n\nReceived: from pc-ola.uni.example by mx\nReturn-Path: <ola@uni.example>\nX-Mailer: pc-ola\nAuthentication-Results: mx; dkim=pass\nFrom: Ola <ola@uni.example>\nTo: =?utf-8?q?ola=40uni.example?= <kari@uni.example>\nSubject: bilde\n\nHei Kari.\n--b--",
        "added 1 waiting kari > kari@uni.example kunde@post.example",
    ),
    (
        "an attached mail that is only named one",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSe her.\n--b\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename=\"VS.eml\"\n\nReceived: from pc-ola.uni.example by mx\nReturn-Path: <ola@uni.example>\nX-Mailer: pc-ola\nAuthentication-Results: mx; dkim=pass\nFrom: Ola <ola@uni.example>\nTo: =?utf-8?q?ola=40uni.example?= <kari@uni.example>\nSubject: bilde\n\nHei Kari.\n--b--",
        "added 1 waiting kari > kari@uni.example kunde@post.example",
    ),
    (
        "a mail attached to an attached mail",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSe her.\n--b\nContent-Type: message/rfc822\nContent-Disposition: attachment; filename=\"VS.eml\"\n\nFrom: x@x.example\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nVS\n--c\nContent-Type: message/rfc822\n\nReceived: from pc-ola.uni.example by mx\nReturn-Path: <ola@uni.example>\nX-Mailer: pc-ola\nAuthentication-Results: mx; dkim=pass\nFrom: Ola <ola@uni.example>\nTo: =?utf-8?q?ola=40uni.example?= <kari@uni.example>\nSubject: bilde\n\nHei Kari.\n--c--\n--b--",
        "added 1 waiting kari > kari@uni.example kunde@post.example",
    ),
    (
        "a mail attached to an attached mail, encoded",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSe her.\n--b\nContent-Type: message/rfc822\nContent-Disposition: attachment; filename=\"VS.eml\"\n\nFrom: x@x.example\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nVS\n--c\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nUmVjZWl2ZWQ6IGZyb20gYSBieSBiDQoNCkhlaQ==\n--c--\n--b--",
        "added 1 open kari > kari@uni.example kari@uni.example ola@uni.example",
    ),
    (
        "the notification attached",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSe her.\n--b\nContent-Type: message/rfc822\nContent-Disposition: attachment; filename=\"varsel.eml\"\n\n{toldraw1}\n--b--",
        "added 1 open kari > kari@uni.example kari@uni.example ola@uni.example",
    ),
    (
        "the note in an attached mail, encoded",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSe her.\n--b\nContent-Type: message/rfc822\nContent-Disposition: attachment; filename=\"VS.eml\"\n\nFrom: x@x.example\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n{canary}: kunden er van=\nskelig og betaler alltid=20for sent.\n--b--",
        "added 1 open kari > kari@uni.example kari@uni.example ola@uni.example",
    ),
    (
        "the notification pasted without its first line",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\nSkru av og på.\n\n{piece1}",
        "added 1 open kari > kari@uni.example kari@uni.example ola@uni.example",
    ),
    (
        "a piece of it in the page",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\nContent-Type: text/html; charset=utf-8\n\n<p>Skru av og på.</p><p>Svarer du på denne <i>e-posten</i>, sendes<br>svaret til Kåre Kunde</p>",
        "added 1 open kari > kari@uni.example kari@uni.example ola@uni.example",
    ),
    (
        "a piece of it in a file",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSe her.\n--b\nContent-Type: text/plain; charset=utf-8\nContent-Disposition: attachment; filename=\"varsel.txt\"\n\n{piece1}\n--b--",
        "added 1 open kari > kari@uni.example kari@uni.example ola@uni.example",
    ),
    (
        "the words of the acknowledgement",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\nVil du legge til noe, kan du svare på denne e-posten og la [HV-1] stå i emnefeltet.",
        "added 1 waiting kari > kari@uni.example kunde@post.example",
    ),
    (
        "a signature behind the words, which names its writer",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nSkru av og på.\n- -- \nOla, ola@uni.example\n-----BEGIN PGP SIGNATURE-----\n\niQEz\n=AbCd\n-----END PGP SIGNATURE-----",
        "added 1 waiting kari > kari@uni.example kunde@post.example",
    ),
    (
        "a note within a signature",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n/notat\n{canary}: ikke svar ham.\n-----BEGIN PGP SIGNATURE-----\n\niQEz\n=AbCd\n-----END PGP SIGNATURE-----",
        "added 1 open kari > kari@uni.example",
    ),
];

#[tokio::test]
async fn what_is_internal_stays() {
    check(LEAKS).await;
}
