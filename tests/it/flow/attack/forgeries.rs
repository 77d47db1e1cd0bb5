//! In somebody else's name.

use super::{Attack, check};

const FORGERIES: &[Attack] = &[
    (
        "an agent's name and address, to the shared address",
        "orakel@uni.example",
        "From: Ola Nordmann <ola@uni.example>\n\n/lukk\nSend penger.",
        "held 1 no_token > ola@uni.example",
    ),
    (
        "the same, as an answer to the customer's acknowledgement",
        "orakel@uni.example",
        "From: Ola Nordmann <ola@uni.example>\nIn-Reply-To: {ack1}\n\n/lukk\nSend penger.",
        "held 1 no_token > ola@uni.example",
    ),
    (
        "only the display name is an agent's",
        "orakel@uni.example",
        "From: \"Ola Nordmann <ola@uni.example>\" <x@evil.example>\nIn-Reply-To: {ack1}\n\n/lukk",
        "added 1 outsider open kari > kari@uni.example ola@uni.example",
    ),
    (
        "an agent's address in a comment",
        "orakel@uni.example",
        "From: x@evil.example (ola@uni.example)\nIn-Reply-To: {ack1}\n\n/lukk",
        "added 1 outsider open kari > kari@uni.example ola@uni.example",
    ),
    (
        "an agent's address as an encoded word",
        "{ola1}",
        "From: =?utf-8?q?ola=40uni=2Eexample?= <x@evil.example>\n\n/lukk",
        "held 1 foreign_from > ola@uni.example",
    ),
    (
        "two writers in one field",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example, x@evil.example\n\n/lukk",
        "held 1 foreign_from > ola@uni.example",
    ),
    (
        "two fields, the agent's first",
        "{ola1}",
        "{pass}\nFrom: ola@uni.example\nFrom: x@evil.example\n\n/lukk",
        "held 1 foreign_from > ola@uni.example",
    ),
    (
        "two fields, the agent's last",
        "{ola1}",
        "{pass}\nFrom: x@evil.example\nFrom: ola@uni.example\n\n/lukk",
        "held 1 foreign_from > ola@uni.example",
    ),
    (
        "a group with the agent in it",
        "{ola1}",
        "{pass}\nFrom: Orakel: ola@uni.example;\n\n/lukk",
        "held 1 foreign_from > ola@uni.example",
    ),
    ("a group with nobody in it", "{ola1}", "{pass}\nFrom: Orakel:;\n\n/lukk", "held 1 foreign_from > ola@uni.example"),
    ("no writer", "{ola1}", "{pass}\nFrom:\n\n/lukk", "held 1 foreign_from > ola@uni.example"),
    (
        "the agent as Sender",
        "{ola1}",
        "{pass}\nFrom: x@evil.example\nSender: ola@uni.example\n\n/lukk",
        "held 1 foreign_from > ola@uni.example",
    ),
    (
        "the agent as Reply-To",
        "{ola1}",
        "{pass}\nFrom: x@evil.example\nReply-To: ola@uni.example\n\n/lukk",
        "held 1 foreign_from > ola@uni.example",
    ),
    (
        "the agent as Resent-From",
        "{ola1}",
        "{pass}\nResent-From: ola@uni.example\nFrom: x@evil.example\n\n/lukk",
        "held 1 foreign_from > ola@uni.example",
    ),
    (
        "a Cyrillic letter in the local part",
        "{ola1}",
        "{pass}\nFrom: оla@uni.example\n\n/lukk",
        "held 1 foreign_from > ola@uni.example",
    ),
    (
        "a Cyrillic letter in the domain",
        "{ola1}",
        "Authentication-Results: mx.uni.example; dkim=pass header.d=xn--ni-qlc.example\nFrom: ola@цni.example\n\n/lukk",
        "held 1 foreign_from > ola@uni.example",
    ),
    (
        "full-width letters in the domain",
        "{ola1}",
        "From: ola@ｕｎｉ.example\n\n/lukk",
        "held 1 no_channel_proof > ola@uni.example",
    ),
    (
        "a subdomain of the agent's domain",
        "{ola1}",
        "Authentication-Results: mx.uni.example; dkim=pass header.d=x.uni.example\nFrom: ola@x.uni.example\n\n/lukk",
        "held 1 foreign_from > ola@uni.example",
    ),
    (
        "a domain that ends alike",
        "{ola1}",
        "Authentication-Results: mx.uni.example; dkim=pass header.d=evil-uni.example\nFrom: ola@evil-uni.example\n\n/lukk",
        "held 1 foreign_from > ola@uni.example",
    ),
    (
        "an invisible character in the address",
        "{ola1}",
        "{pass}\nFrom: o\u{200b}la@uni.example\n\n/lukk",
        "held 1 foreign_from > ola@uni.example",
    ),
    (
        "an agent's address with a detail",
        "{ola1}",
        "{pass}\nFrom: ola+x@uni.example\n\n/lukk",
        "held 1 foreign_from > ola@uni.example",
    ),
    (
        "a quoted local part that reads like the agent's",
        "{ola1}",
        "{pass}\nFrom: \"ola@uni.example\"@evil.example\n\n/lukk",
        "held 1 foreign_from > ola@uni.example",
    ),
    (
        "nothing proves it, though our mail server could",
        "{ola1}",
        "From: ola@uni.example\n\n/lukk\nSend penger.",
        "held 1 no_channel_proof > ola@uni.example",
    ),
    (
        "our mail server proved another domain",
        "{ola1}",
        "Authentication-Results: mx.uni.example; dkim=pass header.d=evil.example\nFrom: ola@uni.example\n\n/lukk",
        "held 1 no_channel_proof > ola@uni.example",
    ),
    (
        "our mail server says it failed",
        "{ola1}",
        "Authentication-Results: mx.uni.example; dkim=fail header.d=uni.example; dmarc=fail header.from=uni.example\nFrom: ola@uni.example\n\n/lukk",
        "held 1 no_channel_proof > ola@uni.example",
    ),
    (
        "a forged result beside the genuine one",
        "{ola1}",
        "Authentication-Results: mx.uni.example; dkim=none\nAuthentication-Results: mx.uni.example; dkim=pass header.d=uni.example\nFrom: ola@uni.example\n\n/lukk",
        "held 1 no_channel_proof > ola@uni.example",
    ),
    (
        "a forged result below the genuine one's Received",
        "{ola1}",
        "Authentication-Results: mx.uni.example; spf=fail smtp.mailfrom=evil.example\nReceived: from evil.example by mx.uni.example\nAuthentication-Results: mx.uni.example; dkim=pass header.d=uni.example\nFrom: ola@uni.example\n\n/lukk",
        "held 1 no_channel_proof > ola@uni.example",
    ),
    (
        "a forged result where ours wrote none",
        "{ola1}",
        "Received: from evil.example by mx.uni.example\nAuthentication-Results: mx.uni.example; dkim=pass header.d=uni.example\nFrom: ola@uni.example\n\n/lukk",
        "held 1 no_channel_proof > ola@uni.example",
    ),
    (
        "another service's result",
        "{ola1}",
        "Authentication-Results: mx.evil.example; dkim=pass header.d=uni.example\nFrom: ola@uni.example\n\n/lukk",
        "held 1 no_channel_proof > ola@uni.example",
    ),
    (
        "our service's name inside a comment",
        "{ola1}",
        "Authentication-Results: mx.evil.example (mx.uni.example); dkim=pass header.d=uni.example\nFrom: ola@uni.example\n\n/lukk",
        "held 1 no_channel_proof > ola@uni.example",
    ),
    (
        "a pass inside a comment",
        "{ola1}",
        "Authentication-Results: mx.uni.example; dkim=none (x; dkim=pass header.d=uni.example)\nFrom: ola@uni.example\n\n/lukk",
        "held 1 no_channel_proof > ola@uni.example",
    ),
    (
        "a pass inside a reason",
        "{ola1}",
        "Authentication-Results: mx.uni.example; dkim=fail reason=\"; dkim=pass header.d=uni.example\"\nFrom: ola@uni.example\n\n/lukk",
        "held 1 no_channel_proof > ola@uni.example",
    ),
    (
        "a pass in a mail's own address",
        "{ola1}",
        "Authentication-Results: mx.uni.example; spf=fail smtp.mailfrom=\"x; dkim=pass header.d=uni.example\"@evil.example\nFrom: ola@uni.example\n\n/lukk",
        "held 1 no_channel_proof > ola@uni.example",
    ),
    (
        "a chain's result",
        "{ola1}",
        "ARC-Authentication-Results: i=1; mx.uni.example; dkim=pass header.d=uni.example\nFrom: ola@uni.example\n\n/lukk",
        "held 1 no_channel_proof > ola@uni.example",
    ),
    (
        "a confirmation that nobody asked for",
        "{ola1}",
        "From: ola@uni.example\n\nbekreft",
        "held 1 no_channel_proof refused > ola@uni.example",
    ),
];

#[tokio::test]
async fn nobody_acts_in_anothers_name() {
    check(FORGERIES).await;
}
