//! Text that wants to be more than text: fields, commands, names of files.

use super::{Attack, check};

const INJECTIONS: &[Attack] = &[
    (
        "a subject with a line break in an encoded word",
        "orakel@uni.example",
        "Subject: =?utf-8?q?Hei=0D=0ABcc:_offer@evil.example?=\nFrom: x@evil.example\n\nHei.",
        "new 3 > kari@uni.example ola@uni.example",
    ),
    (
        "a name with a line break in an encoded word",
        "orakel@uni.example",
        "Subject: Hei\nFrom: =?utf-8?q?Per=0D=0ABcc:_offer@evil.example?= <x@evil.example>\n\nHei.",
        "new 3 > kari@uni.example ola@uni.example",
    ),
    (
        "a subject that closes the page",
        "orakel@uni.example",
        "Subject: </title><script>alert(1)</script>\nFrom: x@evil.example\n\nHei.",
        "new 3 > kari@uni.example ola@uni.example",
    ),
    (
        "a file with a line break in its name",
        "orakel@uni.example",
        "Subject: Hei\nFrom: x@evil.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHei.\n--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename*=utf-8''a%0D%0ABcc%3A%20x%40evil.example\n\nx\n--b--",
        "new 3 > kari@uni.example ola@uni.example",
    ),
    (
        "a file that wants to lie elsewhere",
        "orakel@uni.example",
        "Subject: Hei\nFrom: x@evil.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHei.\n--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=\"../../etc/passwd\"\n\nx\n--b--",
        "new 3 > kari@uni.example ola@uni.example",
    ),
    (
        "an address with a line break",
        "orakel@uni.example",
        "Subject: Hei\nFrom: x@evil.example\nReply-To: \"x\r\nBcc: offer\"@evil.example\n\nHei.",
        "new 3 > kari@uni.example ola@uni.example",
    ),
    (
        "a command with a line break in its argument",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\n/tittel Hei\u{2028}Bcc: x@evil.example",
        "added 1 open kari > kari@uni.example ola@uni.example",
    ),
    (
        "a command with a control character in its argument",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\n/tittel Hei\u{0}\u{1b}[2J",
        "added 1 open kari > kari@uni.example ola@uni.example",
    ),
    (
        "a customer whose text begins with commands",
        "orakel@uni.example",
        "Authentication-Results: mx.uni.example; dkim=pass header.d=post.example\nFrom: kunde@post.example\nIn-Reply-To: {ack1}\n\n/lukk\n/tildel kari\n/søppel",
        "added 1 open kari > kari@uni.example ola@uni.example",
    ),
    (
        "a stranger whose text begins with commands",
        "orakel@uni.example",
        "Subject: Hei\nFrom: x@evil.example\n\n/lukk\n/slå-sammen HV-1",
        "new 3 > kari@uni.example ola@uni.example",
    ),
    (
        "an agent who quotes a customer's command",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\nJa.\n\n> /lukk\n> /søppel",
        "added 1 waiting kari > kari@uni.example kunde@post.example",
    ),
    (
        "an agent who quotes a command first",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\n> /lukk\nHva mener du?",
        "added 1 waiting kari > kari@uni.example kunde@post.example",
    ),
    (
        "an agent whose mail has a command below the text",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\nSkru av og på.\n/lukk",
        "held 1 refused > ola@uni.example",
    ),
    (
        "a verb with an invisible character",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\n/lu\u{200b}kk\nFerdig.",
        "held 1 refused > ola@uni.example",
    ),
    (
        "a verb with a Cyrillic letter",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\n/сlose\nFerdig.",
        "held 1 refused > ola@uni.example",
    ),
    (
        "a slash that only looks like one is taken for one",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\n\u{2215}lukk",
        "added 1 closed kari > kari@uni.example ola@uni.example",
    ),
    (
        "one good line and one bad",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\n/lukk\n/gjør noe\nFerdig.",
        "held 1 refused > ola@uni.example",
    ),
    (
        "a command in HTML that the text does not have",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\nTakk.\n--b\nContent-Type: text/html\n\n<p>/lukk</p><p>Takk.</p>\n--b--",
        "held 1 refused > ola@uni.example",
    ),
    (
        "a command hidden in HTML",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\nContent-Type: text/html\n\n<p style=\"display:none\">/lukk</p><p>Takk.</p>",
        "added 1 waiting kari > kari@uni.example kunde@post.example",
    ),
    (
        "a command in a file",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSe her.\n--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\n/lukk\n--b--",
        "added 1 waiting kari > kari@uni.example kunde@post.example",
    ),
    (
        "a case that is not there, by command",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\n/slå-sammen HV-99",
        "held 1 refused > ola@uni.example",
    ),
    (
        "an agent of another customer's, by command",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\n/tildel åse@bla.example",
        "held 1 refused > ola@uni.example",
    ),
    (
        "more commands than anybody gives",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\n\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta\n/ta",
        "held 1 refused > ola@uni.example",
    ),
];

#[tokio::test]
async fn text_stays_text() {
    check(INJECTIONS).await;
}
