//! The words of mail systems, lower-case. Data for `words` and `listed`; none of them decides alone.

/// Beginnings of subjects that mail systems write.
#[rustfmt::skip]
pub(super) const SUBJECTS: &[&str] = &[
    "undeliver", "undeliv", "undelivered mail", "mail delivery fail", "delivery status", "delivery failure",
    "delivery notification", "returned mail", "failure notice", "mail delivery system", "message status",
    "delivery report", "mail could not be delivered", "warning: could not send", "warning: message",
    "warning - delayed", "non-delivery", "nondeliverable", "unable to deliver", "mail system error",
    "message undeliverable", "returned to sender", "mail failure", "failed mail", "delivery has failed",
    "delivery error", "error sending", "bounce", "delivery unsuccessful", "mail error", "no se puede entregar",
    "non remis", "non recapitabile", "unzustellbar", "zustellung", "kan ikke leveres", "ikke levert",
    "kunne ikke leveres", "kunde inte levereras", "onbestelbaar", "olevererbart", "uleverbar", "det går inte att leverera",
    "não foi possível entregar", "niedostarcz", "niet afgeleverd", "returned email", "mail returned",
    "message not delivered", "message delivery fail", "your message could not", "e-mail could not",
    "delivery delayed", "delayed mail", "rejected mail", "message rejected", "user unknown",
    "mail not delivered", "mail deliver", "email delivery fail", "sistema de entrega", "возврат",
    "недоставленное", "mail undeliverable", "toimitus epäonnistui", "ei voitu toimittaa", "kan ikkje leverast",
    "não é possível entregar", "nie można dostarczyć", "nedoručitelné", "kézbesíthetetlen", "teslim edilemedi",
    "無法傳遞", "无法投递", "未传递", "未傳遞", "配信不能", "配信エラー", "メールエラー", "levering mislykket",
    "leveringsfeil", "leverans misslyckades", "leveringen mislykkedes", "melding ikke levert", "mail delivery problem",
    "mail delivery warning", "message delayed", "delivery problem", "notice: mail delivery status", "your email was not delivered",
];

/// What a gateway that writes under its own name puts somewhere into the subject.
#[rustfmt::skip]
pub(super) const SUBJECT_PARTS: &[&str] = &[
    "delivery fail", "delivery status", "undeliverable", "undelivered", "non-delivery", "non delivery", "non remis",
    "could not be delivered", "delivery notification", "failure notice", "returned mail", "returned to sender",
    "delivery problem", "delivery error", "unzustellbar", "kan ikke leveres", "メールエラー",
];

/// Sentences that say that a mail was refused, and can hardly say anything else.
#[rustfmt::skip]
pub(super) const REFUSALS: &[&str] = &[
    "could not be delivered", "was not delivered", "delivery to the following", "undeliverable", "unable to deliver",
    "permanent fatal errors", "permanently undeliverable", "delivery failed", "did not reach the following",
    "wasn't able to deliver", "was not able to deliver", "following address failed", "address(es) failed",
    "following addresses failed", "following addresses had", "not be delivered to", "returned to sender",
    "user unknown", "unknown user", "no such user", "mailbox unavailable", "mailbox not found", "mailbox is full",
    "mailbox full", "over quota", "quota exceeded", "isn't able to be delivered", "has been delayed",
    "still undelivered", "not yet been delivered", "delivery attempts will continue", "have been unsuccessful",
    "recipient not found", "recipient unknown", "recipient rejected", "relaying denied", "host unknown",
    "cannot be delivered", "can't be delivered", "couldn't be delivered", "failed to deliver", "delivery failure",
    "undelivered", "unzustellbar", "konnte nicht zugestellt", "nicht zugestellt werden", "kunne ikke leveres", "ikke levert",
    "kunne ikkje leverast", "kunde inte levereras", "ei voitu toimittaa", "non è stato possibile recapitare",
    "no se pudo entregar", "n'a pas pu être", "n'a pas pu etre", "invalid recipient", "addressee unknown", "rejected by",
    "said: 5", "said: 4", "unrouteable", "delivery error", "not deliverable", "no valid recipients", "user not found",
    "couldn't deliver", "could not deliver", "delivery status notification", "permanent errors", "delivery problems",
    "delivery errors", "trouble delivering", "encountered an error while being processed", "quota violation",
    "message was addressed", "送信できませんでした", "配信できませんでした", "не может быть доставлено", "não pôde ser entregue", "nie mogła zostać dostarczona",
    "kon niet worden afgeleverd", "kon niet worden bezorgd", "not accepting mail from",
];

/// Further words that say so below a mail system's own name.
#[rustfmt::skip]
pub(super) const WEAK: &[&str] = &[
    "permanent error", "following recipient", "does not exist", "message could not be", "mail could not be",
    "konnte nicht", "not listed in", "bounced", "unknown address", "invalid address", "service unavailable",
    "message was not", "unable to send", "not listed", "no longer", "i'm sorry to have to inform you",
];

/// Words of a report about a mail that arrived or was passed on.
#[rustfmt::skip]
pub(super) const ARRIVED: &[&str] = &[
    "successfully delivered", "successfully relayed", "was successfully", "has been delivered to", "was delivered to the following",
    "delivered successfully", "delivery to these recipients or groups is complete", "return receipt", "har blitt levert",
    "er levert til", "wurde zugestellt", "wurde erfolgreich",
];

/// Words of a report about a mail that is still being tried.
#[rustfmt::skip]
pub(super) const DELAYED: &[&str] = &[
    "has been delayed", "is delayed", "not yet been delivered", "still undelivered", "this is a warning",
    "delivery is delayed", "delayed mail", "transient", "temporarily deferred", "no action is required",
    "not been able to deliver the message yet", "delivery delay", "har blitt forsinket", "er forsinket", "has been postponed",
];
/// Words that say that it will be tried again, whatever else is said.
#[rustfmt::skip]
pub(super) const RETRIED: &[&str] = &[
    "will keep trying", "delivery attempts will continue", "will continue to try", "will be retried", "will retry",
    "continue to attempt", "keep trying", "warning message only", "this is a warning only", "do not need to resend",
    "this is just a warning", "continue trying", "wird weiter versucht", "vil bli forsøkt igjen", "weitere zustellversuche",
];
/// Words that say it is over, however often it was delayed.
#[rustfmt::skip]
pub(super) const OVER: &[&str] = &[
    "permanent", "has failed", "have failed", "address(es) failed", "failed permanently", "could not be delivered",
    "was not delivered", "returned", "too long", "undeliverable", "failure notice", "delivery failed",
];
/// Words after which nothing is tried again.
#[rustfmt::skip]
pub(super) const GIVEN_UP: &[&str] = &[
    "giving up", "given up", "permanent error", "permanent fatal", "retry timeout exceeded", "will not be retried",
    "no further attempts", "not try again", "will be deleted from queue",
];

/// Sentences below which those stand who were not reached.
#[rustfmt::skip]
pub(super) const ANNOUNCEMENTS: &[&str] = &[
    "following recipient", "following address", "following user", "undeliverable to the following", "following mailbox", "following destination",
    "following e-mail", "following email", "not be delivered to", "did not reach", "wasn't delivered to",
    "not delivered to", "delivery to these", "failed to these", "failed recipient", "failed addresses", "fatal errors",
    "delivery problems", "delivery errors", "intended recipient", "address(es) failed", "to one or more",
    "delivery failed to", "addresses failed", "these recipients or groups", "recipient(s) could not", "these recipients", "destinataires suivants",
    "folgende empfänger", "folgenden empfänger", "følgende mottaker", "disse mottakerne", "følgende modtager", "följande mottagare",
    "seuraaville", "siguientes destinatarios", "seguenti destinatari", "seguintes destinatários", "delivery of email to this",
    "delivering your message to", "n'a pas pu etre delivre a", "n'a pas pu être délivré à", "errors occurred when trying to deliver",
];

/// Words of a label in front of a recipient: `Recipient address: …`, `Unknown user: …`.
#[rustfmt::skip]
pub(super) const LABELS: &[&str] = &[
    "to", "recipient", "recipients", "address", "user", "users", "mailbox", "account", "unknown", "rcpt", "expanded",
    "undeliverable", "failed", "mottaker", "modtager", "mottagare", "empfänger", "destinataire", "destinatario",
    "destinatário", "адрес", "invalid", "vastaanottaja", "errors", "error",
];

/// Words in front of an address that is not a recipient's.
#[rustfmt::skip]
pub(super) const CONTACTS: &[&str] = &[
    "from", "contact", "by", "sender", "administrator", "postmaster", "help", "kontakt", "kontakte", "von", "fra",
    "från", "de", "contacter", "visit", "at", "e-mailing", "emailing", "support", "abuse",
];

/// Words that a person writes about their own mail, and a gateway about somebody else's does not.
pub(super) const FIRST_PERSON: &[&str] = &[
    "i", "my", "me", "we", "our", "jeg", "eg", "min", "mitt", "mi", "vi", "jag", "mitt", "ich", "mein", "meine", "je",
    "mon",
];

/// Prefixes of subjects that say that somebody passes a mail on.
pub(super) const FORWARDS: &[&str] =
    &["fwd", "fw", "vs", "vb", "wg", "tr", "vl", "rv", "enc", "i", "pd", "doorst", "ilt"];
