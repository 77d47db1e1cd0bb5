//! Recorded telephone messages.

use super::{Found, content_of, found, is_nobody};
use crate::mail::{Kind, Mail};

/// Fields of telephone systems.
#[rustfmt::skip]
const FIELDS: &[&str] = &[
    "x-callingtelephonenumber", "x-asterisk-vm-message-num", "x-asterisk-callerid", "x-asterisk-vm-extension",
    "x-cisco-voicemail", "x-avaya-voicemail", "x-voicemail-caller", "x-3cx-callid", "x-mitel-voicemail",
];

/// How telephone systems begin a subject, lower-case.
#[rustfmt::skip]
const SUBJECTS: &[&str] = &[
    "[pbx]", "voice mail", "voicemail", "new voicemail", "new voice mail", "you have a new voice", "you have new voice",
    "voice message", "new voice message", "missed call", "message from", "ny talemelding", "talemelding",
    "ny telefonbeskjed", "telefonsvarer", "ny mobilsvar", "mobilsvar", "tapt anrop", "ubesvart anrop", "telefonbesked",
    "ny talebesked", "talebesked", "röstmeddelande", "nytt röstmeddelande", "missat samtal", "puheposti", "uusi puheposti",
    "vastaajaviesti", "sprachnachricht", "neue sprachnachricht", "voicebox", "anrufbeantworter", "nieuwe voicemail",
    "message vocal", "nouveau message vocal", "messagerie vocale", "mensaje de voz", "messaggio vocale", "mensagem de voz",
    "unity message", "wiadomość głosowa",
];

/// Local parts under which they write, letters only.
#[rustfmt::skip]
const SENDERS: &[&str] = &[
    "asterisk", "voicemail", "voice", "unity", "unityconnection", "freepbx", "pbx", "ucm", "cucm", "telefonsvarer", "talepost",
    "mobilsvar", "puheposti", "telefoni", "sprachbox", "telefonzentrale", "sentralbord", "vm",
];

/// A voice mail says so in its fields; else it is a recording under a telephone system's subject, from one by name.
pub(super) fn voicemail(mail: &Mail, _: &super::Context<'_>) -> Found {
    // RFC 3458 §5
    if content_of(mail, "message-context").contains("voice-message") {
        return found(Kind::Voicemail, "message-context: voice-message");
    }
    let class = content_of(mail, "content-class");
    if class.contains("voice") || class.contains("missedcall") {
        return found(Kind::Voicemail, format!("content-class: {class}"));
    }
    // Exchange writes its telephone fields into recalled mails as well, with no caller's number in them.
    let has_number = |name: &&&str| mail.field(name).is_some_and(|value| value.bytes().any(|b| b.is_ascii_digit()));
    if let Some(field) = FIELDS.iter().find(has_number) {
        return found(Kind::Voicemail, *field);
    }
    recording(mail)
}

fn recording(mail: &Mail) -> Found {
    let file = mail.attachments.iter().find(|file| is_sound(&file.content_type, file.name.as_deref()))?;
    let subject = mail.subject.to_lowercase();
    let words = SUBJECTS.iter().find(|words| subject.starts_with(**words))?;
    let system = is_nobody(mail) || is_system(mail) || is_numbered(file.name.as_deref().unwrap_or_default());
    if !system || !mail.in_reply_to.is_empty() {
        return None;
    }
    Some((Kind::Voicemail, vec![format!("subject: {words}"), "a recording is attached".to_owned()]))
}

fn is_sound(content_type: &str, name: Option<&str>) -> bool {
    let name = name.unwrap_or_default().to_ascii_lowercase();
    let sounds = [".wav", ".mp3", ".gsm", ".wma", ".amr", ".ogg", ".opus", ".m4a"];
    content_type.starts_with("audio/") || sounds.iter().any(|ending| name.ends_with(ending))
}

fn is_system(mail: &Mail) -> bool {
    let letters = |text: &str| text.to_lowercase().chars().filter(|c| c.is_alphabetic()).collect::<String>();
    mail.from.iter().any(|from| SENDERS.contains(&letters(from.address.local()).as_str()))
}

/// `msg0001.wav` of Asterisk, `VoiceMessage.wav` of Cisco.
fn is_numbered(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let digits = name.strip_prefix("msg").and_then(|rest| rest.split('.').next()).unwrap_or_default();
    name.starts_with("voicemessage")
        || name.starts_with("voicemail")
        || digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit())
}
