//! Blocks that clients put in front of the mail they answer or pass on: `From: … Sent: … To: … Subject: …`, and lines
//! such as `-----Original Message-----`.

use super::{Class, Line, bare, lower};

/// Lines of one header block that are looked at.
const BLOCK_LINES_MAX: usize = 12;
/// Longer lines are no heading.
const LINE_BYTES_MAX: usize = 300;

/// Words between dashes above an answered or forwarded mail, lower-case.
#[rustfmt::skip]
const HEADINGS: &[&str] = &[
    "original message", "original melding", "opprinnelig melding", "opprinneleg melding", "opphavleg melding",
    "opprinnelig e-post", "oprindelig meddelelse", "original meddelelse", "oprindelig besked",
    "originalmeddelande", "ursprungligt meddelande", "ursprünglichenachricht", "ursprüngliche nachricht",
    "original-nachricht", "originalnachricht", "ursprüngliche mail", "oorspronkelijk bericht",
    "origineel bericht", "message d'origine", "message d’origine", "message original", "message initial",
    "mensaje original", "messaggio originale", "messaggio originario", "mensagem original",
    "wiadomość oryginalna", "oryginalna wiadomość", "alkuperäinen viesti", "original appointment",
    "original mail", "reply message", "reply to message", "původní zpráva", "eredeti üzenet", "orijinal mesaj",
    "исходное сообщение", "пересылаемое сообщение", "原始邮件", "原始郵件", "原メール", "forwarded message", "forwarded by",
    "videresendt melding", "vidaresend melding", "videresendt meddelelse", "videresendt besked",
    "vidarebefordrat meddelande", "weitergeleitete nachricht", "doorgestuurd bericht", "message transféré",
    "mensaje reenviado", "messaggio inoltrato", "mensagem encaminhada", "przekazana wiadomość",
    "välitetty viesti", "begin forwarded message", "start på videresendt melding",
    "anfang der weitergeleiteten nachricht", "début du message réexpédié", "début du message transféré",
    "inizio messaggio inoltrato", "begin doorgestuurd bericht", "vidarebefordrat brev",
    "starten på den videresendte meddelelsen", "start på videresendt besked",
];

/// What a line of a header block is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Label {
    From,
    When,
    To,
    Subject,
}

#[rustfmt::skip]
const LABELS: &[(Label, &[&str])] = &[
    (Label::From, &[
        "from", "fra", "frå", "från", "von", "van", "de", "da", "od", "lähettäjä", "expéditeur", "remitente", "mittente",
        "remetente", "nadawca", "от", "від", "kimden", "feladó", "发件人", "寄件者", "差出人", "보낸 사람",
    ]),
    (Label::When, &[
        "sent", "date", "sendt", "skickat", "gesendet", "datum", "verzonden", "envoyé", "envoyé le", "enviado", "enviado el",
        "enviada em", "enviado em", "inviato", "data", "wysłano", "wysłane", "dato", "päivämäärä", "päiväys", "lähetetty",
        "fecha", "дата", "отправлено", "gönderildi", "tarih", "odesláno", "elküldve", "发送时间", "日期", "寄件日期", "送信日時",
        "보낸 날짜", "sent on", "date sent", "message du", "skickad",
    ]),
    (Label::To, &[
        "to", "til", "till", "an", "aan", "à", "pour", "para", "a", "do", "vastaanottaja", "cc", "kopi", "kopie", "kopia",
        "copie", "copie à", "kopi til", "кому", "kime", "címzett", "komu", "收件人", "收件者", "宛先", "받는 사람",
        "destinataire", "destinatario", "reply-to", "svar til",
    ]),
    (Label::Subject, &[
        "subject", "emne", "ämne", "betreff", "onderwerp", "objet", "sujet", "asunto", "oggetto", "assunto", "temat", "aihe",
        "тема", "konu", "předmět", "tárgy", "主题", "主旨", "件名", "제목", "topic", "re",
    ]),
];

/// Where the history begins that this line announces: at the line, or at a rule above it. `None` for any other line.
pub(super) fn begins(lines: &[Line<'_>], at: usize) -> Option<usize> {
    let text = bare(lines[at].text);
    if text.len() > LINE_BYTES_MAX {
        return None;
    }
    if is_heading(text) && (lines[at].class != Class::Quote) {
        return Some(at);
    }
    if is_rule(text) {
        // A rule counts only right above a block.
        let next = (at + 1..lines.len().min(at + 4)).find(|n| lines[*n].class != Class::Blank)?;
        return (labels_from(lines, next) >= 3).then_some(at);
    }
    (label(text).is_some_and(|label| label != Label::To) && labels_from(lines, at) >= 3).then_some(at)
}

/// Where the block right above `below` begins, with its rule or heading; `below` when there is none. Used above our
/// own reply line, where a block is surely the client's.
pub(super) fn start_above(lines: &[Line<'_>], below: usize) -> usize {
    const GAP_MAX: usize = 4;
    let mut start = below;
    let mut labels = 0;
    let mut gap = 0;
    for at in (below.saturating_sub(BLOCK_LINES_MAX + GAP_MAX)..below).rev() {
        let text = bare(lines[at].text);
        if text.is_empty() {
            gap += 1;
        } else if is_rule(text) || is_heading(text) {
            return at;
        } else if label(text).is_some() {
            labels += 1;
            start = at;
            gap = 0;
        } else if labels > 0 || gap > 0 || text.len() > LINE_BYTES_MAX {
            break;
        }
        if gap > GAP_MAX {
            break;
        }
    }
    if labels >= 2 { start } else { below }
}

/// How many different labels stand in the lines from here on, wrapped values between them.
fn labels_from(lines: &[Line<'_>], at: usize) -> usize {
    const WRAPPED_MAX: usize = 2;
    let mut seen: Vec<Label> = Vec::with_capacity(4);
    let (mut wrapped, mut blank) = (0, 0);
    for line in lines[at..].iter().take(BLOCK_LINES_MAX) {
        let text = bare(line.text);
        match label(text) {
            Some(label) => {
                if !seen.contains(&label) {
                    seen.push(label);
                }
                (wrapped, blank) = (0, 0);
            }
            None if text.is_empty() => {
                blank += 1;
                if blank > 1 {
                    break;
                }
            }
            None => {
                wrapped += 1;
                if wrapped > WRAPPED_MAX || blank > 0 {
                    break;
                }
            }
        }
    }
    if seen.contains(&Label::From) { seen.len() } else { 0 }
}

fn label(text: &str) -> Option<Label> {
    const LABEL_BYTES_MAX: usize = 40;
    let colon = text.char_indices().take(LABEL_BYTES_MAX).find(|(_, c)| matches!(c, ':' | '：'))?.0;
    let word = text[..colon].trim_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '_' | '|' | '[' | ']'));
    let word = lower(word);
    LABELS.iter().find(|(_, words)| words.contains(&word.as_ref())).map(|(label, _)| *label)
}

/// A rule of underscores or dashes, as Outlook draws it.
fn is_rule(text: &str) -> bool {
    text.len() >= 10
        && (text.bytes().all(|b| b == b'_') || text.bytes().all(|b| b == b'-') || text.bytes().all(|b| b == b'='))
}

/// `-----Original Message-----` and its like. Dashes in front, or a colon behind what only Apple writes without.
fn is_heading(text: &str) -> bool {
    const BYTES_MAX: usize = 100;
    let dashes = text.len() - text.trim_start_matches(['-', '_', '=', '–', '—']).len();
    if dashes < 2 && !text.ends_with(':') {
        return false;
    }
    let inner = text.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '-' | '_' | '=' | '*' | ':' | '–' | '—' | '<' | '>' | '.')
    });
    if inner.is_empty() || inner.len() > BYTES_MAX {
        return false;
    }
    let words = lower(inner);
    HEADINGS.contains(&words.as_ref()) || dashes >= 4 && HEADINGS.iter().any(|heading| words.starts_with(heading))
}
