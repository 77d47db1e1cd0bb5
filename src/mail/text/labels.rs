//! The labels of header blocks that clients write into a mail: `From:`, `Sendt:`, `Onderwerp:` …

use super::lower;

/// What a line of a header block is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    From,
    When,
    To,
    Subject,
}

#[rustfmt::skip]
const LABELS: &[(Label, &[&str])] = &[
    (Label::From, &[
        "from", "fra", "frå", "från", "von", "van", "de", "da", "od", "lähettäjä", "expéditeur", "remitente", "mittente",
        "remetente", "nadawca", "frá", "saatja", "de la", "από", "no", "nuo", "от", "от кого", "від", "kimden", "feladó",
        "odesílatel", "发件人", "寄件者", "寄件人", "差出人", "보낸 사람", "من", "von absender", "absender", "afsender", "avsender",
        "avsändare", "afzender",
    ]),
    (Label::When, &[
        "sent", "date", "sendt", "skickat", "gesendet", "datum", "verzonden", "envoyé", "envoyé le", "enviado", "enviado el",
        "enviada em", "enviado em", "inviato", "data", "wysłano", "wysłane", "dato", "päivämäärä", "päiväys", "lähetetty",
        "lähetyspäivä", "lähetysaika", "fecha", "date d'envoi", "дата", "отправлено", "надіслано", "gönderildi",
        "gönderilme tarihi", "gönderme tarihi", "tarih", "odesláno", "odoslané", "poslano", "elküldve", "trimis", "sendt den",
        "saadetud", "kuupäev", "nosūtīts", "išsiųsta", "στάλθηκε", "ημερομηνία", "发送时间", "日期", "寄件日期", "送信日時", "日付",
        "보낸 날짜", "날짜", "sent on", "date sent", "message du", "skickad", "data invio", "dátum", "enviat", "ngày",
    ]),
    (Label::To, &[
        "to", "til", "till", "an", "aan", "à", "pour", "para", "a", "do", "vastaanottaja", "cc", "kopi", "kopie", "kopia",
        "kopio", "copie", "copie à", "copia", "kopi til", "kópia", "cópia", "bcc", "blindkopi", "dw", "udw", "cco", "ccn",
        "кому", "копия", "kime", "bilgi", "címzett", "másolatot kap", "komu", "către", "adressaat", "kellele", "kam", "kam",
        "προς", "per a", "收件人", "收件者", "抄送", "副本", "宛先", "받는 사람", "참조", "destinataire", "destinatario", "destinatário",
        "reply-to", "reply to", "svar til", "svara till", "antwort an", "répondre à", "responder a", "rispondi a", "antwoord aan",
        "odpowiedz do", "vastausosoite", "mottaker", "modtager", "mottagare", "empfänger", "ontvanger",
    ]),
    (Label::Subject, &[
        "subject", "emne", "ämne", "betreff", "onderwerp", "objet", "sujet", "asunto", "oggetto", "assunto", "temat", "aihe",
        "efni", "тема", "konu", "předmět", "predmet", "tárgy", "subiect", "teema", "temats", "tema", "θέμα", "assumpte", "主题",
        "主旨", "件名", "제목", "topic", "re", "chủ đề", "вiднoснo",
    ]),
];

/// The label of a line and what follows its colon.
pub(super) fn labelled(text: &str) -> Option<(Label, &str)> {
    const LABEL_BYTES_MAX: usize = 40;
    const WORD_BYTES_MAX: usize = 32;
    const SPACES_MAX: usize = 2;
    let around = |c: char| c.is_whitespace() || matches!(c, '*' | '_' | '|' | '[' | ']');
    // In front of nearly every line stands no colon: seen on octets, before anything is made of it.
    let front = &text.as_bytes()[..text.len().min(LABEL_BYTES_MAX)];
    let at = front.iter().position(|octet| *octet == b':' || *octet == 0xEF)?;
    let (word, rest) = text.split_at_checked(at)?;
    let value = rest.strip_prefix(':').or_else(|| rest.strip_prefix('：'))?;
    let word = word.trim_matches(around);
    if word.len() > WORD_BYTES_MAX || word.bytes().filter(|octet| *octet == b' ').count() > SPACES_MAX {
        return None;
    }
    let word = lower(word);
    let word = word.strip_prefix("## ").unwrap_or(&word);
    let label = LABELS.iter().find(|(_, words)| words.contains(&word)).map(|(label, _)| *label)?;
    Some((label, value.trim_matches(|c: char| c.is_whitespace() || c == '*')))
}
