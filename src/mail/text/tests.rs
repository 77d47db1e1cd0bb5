use super::*;
use proptest::prelude::*;

fn new_text(text: &str) -> String {
    split(&Readable::plain(text)).new_text
}

/// Everything from here on is history, in the words and forms of many clients.
#[rustfmt::skip]
const CUT: &[&str] = &[
    "On Tue, Nov 3, 2026 at 10:02 AM Ola <ola@uni.no> wrote:\n> x",
    "On 3 Nov 2026, at 10:02, Ola <ola@uni.no> wrote:\n\nunprefixed history",
    "tir. 3. nov. 2026 kl. 10:02 skrev Ola <ola@uni.no>:\n> x",
    "tys. 3. nov. 2026 kl. 10:02 skreiv Ola <ola@uni.no>:\n> x",
    "Den 03.11.2026 10:02, skrev Ola:\n> x",
    "Den tirs. 3. nov. 2026 kl. 10.02 skrev Ola <ola@uni.no>:\n\n> x",
    "Den tis 3 nov. 2026 kl 10:02 skrev Ola <ola@uni.no>:\n> x",
    "ti 3. marrask. 2026 klo 10.02 Ola (ola@uni.no) kirjoitti:\n> x",
    "Am Di., 3. Nov. 2026 um 10:02 Uhr schrieb Ola <ola@uni.no>:\n> x",
    "Am 03.11.2026 um 10:02 schrieb Ola:\nohne Zeichen davor",
    "Op di 3 nov 2026 om 10:02 schreef Ola <ola@uni.no>:\n> x",
    "Le mar. 3 nov. 2026 à 10:02, Ola <ola@uni.no> a écrit :\n> x",
    "El mar, 3 nov 2026 a las 10:02, Ola (<ola@uni.no>) escribió:\n> x",
    "Il giorno mar 3 nov 2026 alle ore 10:02 Ola <ola@uni.no> ha scritto:\n> x",
    "W dniu 3.11.2026 o 10:02, Ola pisze:\n> x",
    "wt., 3 lis 2026 o 10:02 Ola <ola@uni.no> napisał(a):\n> x",
    "Em ter., 3 de nov. de 2026 às 10:02, Ola <ola@uni.no> escreveu:\n> x",
    "2026-11-03 10:02 GMT+01:00 Ola <ola@uni.no>:\n> x",
    "On Tue, Nov 3, 2026 at 10:02 AM, Ola Nordmann with a long name\n<ola@uni.no> wrote:\n> x",
    "-----Original Message-----\nFrom: Ola\nx",
    "-----Opprinnelig melding-----\nFra: Ola\nx",
    "-------- Opprinnelig melding --------Fra: Ola <ola@uni.no> Dato: 03.11.2026 10:02 (GMT+01:00) Til: Kari <kari@uni.no> Emne: Re: x \nx",
    "-------- Ursprungligt meddelande --------\nx",
    "---------- Forwarded message ---------\nFrom: Ola",
    "________________________________\nFrom: Ola\nSent: x\nTo: y\nSubject: z\n\nx",
    "From: Ola <ola@uni.no>\nSent: Tuesday\nTo: Kari\nSubject: x\n\nx",
    "Fra: Ola <ola@uni.no>\nSendt: tirsdag\nTil: Kari\nEmne: x\n\nx",
    "Frå: Ola <ola@uni.no>\nDato: tysdag\nTil: Kari\nEmne: x\n\nx",
    "*Fra:* Ola\n*Sendt:* tirsdag\n*Til:* Kari\n*Emne:* x\n\nx",
    "Från: Ola\nSkickat: den 3 november\nTill: Kari\nÄmne: x\n\nx",
    "Von: Ola\nGesendet: Dienstag\nAn: Kari\nBetreff: x\n\nx",
    "Van: Ola\nVerzonden: dinsdag\nAan: Kari\nOnderwerp: x\n\nx",
    "De : Ola\nEnvoyé : mardi\nÀ : Kari\nObjet : x\n\nx",
    "De: Ola\nEnviado el: martes\nPara: Kari\nAsunto: x\n\nx",
    "Da: Ola\nInviato: martedì\nA: Kari\nOggetto: x\n\nx",
    "Od: Ola\nWysłano: wtorek\nDo: Kari\nTemat: x\n\nx",
    "De: Ola\nEnviado: terça\nPara: Kari\nAssunto: x\n\nx",
    "Lähettäjä: Ola\nLähetetty: tiistai\nVastaanottaja: Kari\nAihe: x\n\nx",
    "> quoted without a word of who",
    // Wrapped, and with the name in front.
    "tir. 18. apr. 2026 kl. 13:09 skrev Ola Nordmann <ola@uni.no\n>:\n\n> x",
    "Den tirsdag 3. november 2026 skrev Ola Nordmann ved et universitet\nmed et langt navn <ola@uni.no>\n:\n\n> x",
    "Ola Nordmann <ola@uni.no> skrev den 3.11.2026 10:02:\n> x",
    "Ola Nordmann kirjoitti 3.11.2026 klo 10.02:\n> x",
    "2026/11/3 Ola <ola@uni.no>\n\n> x",
    "3. nov. 2026 kl. 10:02 skrev Ola <ola@uni.no>:\n\nuten tegn foran",
    // Between dashes.
    "---- On Tue, 03 Nov 2026 10:02:00 +0100 Ola <ola@uni.no> wrote ----\n\nx",
    "---- Ola Nordmann skrev ----\n\n> x",
    "--- On Tue, 11/3/26, Ola <ola@uni.no> wrote:\n\nFrom: Ola <ola@uni.no>\nSubject: x\nTo: k\n\nx",
    "-----Antwort Nachricht-----\n\nx",
    "----- Mail original -----\nDe: Ola\n\nx",
    "----- Forwarded message from Ola <ola@uni.no> -----\n\nx",
    "---------------------- Forwarded by Ola/UNI on 03.11.2026 10:02 ---------------------------\n\nx",
    "Start på videresendt besked:\n\n> Fra: Ola",
    ">>> Ola Nordmann <ola@uni.no> 03.11.2026 10:02 >>>\nx",
    // Blocks in any order, in two lines, in one, without a name, and in a language nobody knows.
    "Date: Tue, 3 Nov 2026 10:02:00 +0000\nSubject: x\nTo: k@x.no\nFrom: ola@uni.no\n\nx",
    "From: ola@uni.no\nDate: Tue, 3 Nov 2026 10:02:00 +0000\n\nx",
    "From: ola@uni.no\nDate: 2026-11-03T10:02:00+01:00\n\nx",
    "From: ola@uni.no Date: Tue, 3 Nov 2026 10:02:00 +0000\nx",
    "Ola Nordmann/UNI/NO\n03.11.2026 10:02\n\n        To:     Kari\n        cc:\n        Subject:        x\n\nx",
    "________________________________\nŠalje: Ola <ola@uni.no>\nPoslano: 3. studenog 2026. 10:02\nPrima: k\nPredmet: x\n\nx",
    "*From:* Ola\n*Date:* 3 November 2026\n*To:* Kari\n*Cc:* Per\n*Subject:* x\n\nx",
    "Von: Ola\nAn: Kari\nDatum: 3.11.2026\nBetreff: x\n\nx",
    "Van: Ola\nDatum: dinsdag\nAan: Kari\nCC: Per\nOnderwerp: x\n\nx",
    "Lähettäjä: Ola\nPäiväys: tiistai\nKopio: Per\nAihe: x\n\nx",
];

#[test]
fn history_is_cut_in_every_language() {
    for history in CUT {
        assert_eq!(new_text(&format!("Hei.\n\nMitt svar.\n\n{history}\n")), "Hei.\n\nMitt svar.", "{history}");
    }
}

#[test]
fn signatures_are_cut_behind_their_marks_only() {
    for (text, want) in [
        ("Hei\n-- \nOla\nIT", "Hei"),
        ("Hei\n--\nOla", "Hei"),
        ("Hei\n\nSendt fra min iPhone", "Hei"),
        ("Hei\n\nSent from my Galaxy", "Hei"),
        ("Hei\n\nVon meinem iPhone gesendet", "Hei"),
        ("Hei\n\nFå Outlook for Android<https://aka.ms/x>", "Hei"),
        ("Hei\n\nLähetetty iPhonesta", "Hei"),
        ("Sendt fra min iPhone", "Sendt fra min iPhone"),
        (
            "Sendt fra min side i går, men kom ikke frem til dere, så her er hele saken på nytt igjen.\nHei",
            "Sendt fra min side i går, men kom ikke frem til dere, så her er hele saken på nytt igjen.\nHei",
        ),
        ("Hei\n\nMvh\nOla", "Hei\n\nMvh\nOla"),
        ("Hei\n\n-Ola Nordmann", "Hei"),
        ("Hei\n\n/Ola", "Hei"),
        ("Hei\n-Ola", "Hei\n-Ola"),
        ("Handle:\n\n-Melk", "Handle:\n\n-Melk"),
        ("Hei\n\n______________\nOla Nordmann\nola@uni.no\nTlf. 99 99 99 99\nwww.uni.no", "Hei"),
        ("Hei\n\nOla Nordmann\nola@uni.no\n99 99 99 99\nwww.uni.no", "Hei"),
        (
            "Ring kunden:\n\nOla Nordmann\nola@x.no\n99 99 99 99\nwww.x.no",
            "Ring kunden:\n\nOla Nordmann\nola@x.no\n99 99 99 99\nwww.x.no",
        ),
        ("Hei\n\n---\nJeg ser på det.\nola@uni.no 99 99 99 99", "Hei\n\n---\nJeg ser på det.\nola@uni.no 99 99 99 99"),
        ("Hei\n\nSent from my iPhone, please excuse typos", "Hei"),
        ("Hei\n\nSent from my desk, it is easier there", "Hei\n\nSent from my desk, it is easier there"),
        ("Hei\n\nVirus-free. www.avast.com", "Hei"),
        (
            "Liste:\n--\na\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\nn\no\np\nq",
            "Liste:\n--\na\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\nn\no\np\nq",
        ),
    ] {
        assert_eq!(new_text(text), want, "{text}");
    }
}

#[test]
fn what_is_not_surely_history_stays() {
    for text in [
        "Den 3. mai skrev kunden følgende:\nskriveren er ødelagt",
        "He wrote:\nthe printer is broken",
        "From: here\nTo: there\nwe walked",
        "> det du spurte om\nja, det stemmer",
        "Innledning\n> et sitat\nog svaret på det",
        "On the sign it says:\nclosed",
        "--- Melding til kunden ---\nvi ser på saken",
        "Denne kom ikke fram:\nFra: ola@uni.no\nTil: kari@x.no\nEmne: prøve\n\nKan dere se på det?",
        "Skjema:\n\nNavn: Ola <ola@uni.no>\nTid: 3. nov 2026 10:02\nSted: Oslo\n\nHei",
        "I bruksanvisningen står det:\n> trykk to ganger",
        "Hei.\nJeg er uenig.\n\nDen 3.11.2026 10:02, skrev Ola:\n> dette er ferdig\n\nNei.\nDet er det ikke.\nSe her.",
        "a\n________________\nb",
    ] {
        assert_eq!(new_text(text), text);
    }
    // The writer's words on the same line as the client's.
    assert_eq!(new_text("ja On Wed, Apr 4, 2026 at 3:59 PM, bob@x.no wrote:\n> x"), "ja");
}

#[test]
fn answers_between_quotes_stay_with_them() {
    let text = "On Mon, 2 Nov 2026, Kari <k@x.no> wrote:\n> one?\nyes\n> two?\nno\n> three\n> Kari";
    assert_eq!(new_text(text), "On Mon, 2 Nov 2026, Kari <k@x.no> wrote:\n> one?\nyes\n> two?\nno");
    let below = "On Mon, 2 Nov 2026, Kari <k@x.no> wrote:\n> one?\n> two?\n\nyes to both";
    assert_eq!(new_text(below), "yes to both");
    let wrapped = "svar\n\nOn Mon, 2 Nov 2026, K <k@x.no> wrote:\n> a line that was so long that a client broke it in two pieces\nand went on here\n> more";
    assert_eq!(new_text(wrapped), "svar");
}

#[test]
fn everything_from_the_reply_line_on_is_cut() {
    let marker = reply_marker("Skriv svaret over denne linjen");
    for between in [
        "",
        "> ",
        "Den 3. nov. 2026 kl. 10:02 skrev Orakel <o@x.no>:\n> ",
        "> Den 3. nov. 2026 kl. 10:02 skrev Orakel <o@x.no>:\n>\n> ",
        "On Tue, 3 Nov 2026, Orakel\n<o@x.no> wrote:\n\n",
        "Fra: Orakel <o@x.no>\nSendt: i dag\nTil: Ola\nEmne: x\n\n",
        "________________________________\nFrom: O <o@x.no>\nSent: x\nTo: y\nSubject: z\n\n",
        "-----Original Message-----\nFrom: O\nSent: x\n\n",
        "|  ",
    ] {
        let text = format!("Svaret.\n\n{between}{marker}\nhemmelig notat\n> mer\nunder\n");
        let split = split(&Readable::plain(&text));
        assert_eq!((split.new_text.as_str(), split.cut), ("Svaret.", true), "{between:?}");
    }
    // Below a quoted notification only the lines that are not quoted can be the writer's.
    let text = format!("> {marker}\n> hemmelig notat\n\nsvar under\n");
    assert_eq!(new_text(&text), "svar under");
    // Nothing of an unquoted notification may be taken for an answer.
    assert_eq!(new_text(&format!("{marker}\nhemmelig notat\n")), "");
    let split = split(&Readable::plain(&format!("Svar.\n> {marker}\n> notat\nOg mer svar.\n")));
    assert_eq!((split.new_text.as_str(), split.below_marker), ("Svar.", true));
}

/// Inputs that make careless matching quadratic. A quarter of a megabyte of each: a step that looked at all lines for each line
/// would not come to an end here.
#[test]
fn hostile_shapes_take_no_longer_than_their_length() {
    let shapes: &[&str] = &[
        " ",
        "\t",
        ">",
        "> ",
        ">\n",
        "\n",
        "On ",
        "On 3 Nov 2026 10:00 a@b.no wrote:\n",
        "On 3 Nov 2026 10:00 wrote:\n> x\n",
        "wrote:\n",
        "From: a\n",
        "From: a\nSent: b\n",
        "From: a\nx\nTo: b\nx\n",
        "________________________________\n",
        "--\n",
        "-- \n\n",
        "Sent from my iPhone\n",
        "-----Original Message-----\n",
        "##- x\n",
        "##-",
        "-##\n",
        "> a\nb\n",
        "> a\n\nb\n\n",
        "Den\n",
        "2026\n",
        ":\n",
        "a@b.no\n",
        "\u{200b}",
        "Fra:\n\n",
        "---- Ola wrote ----\n",
        "x On 3 Nov 2026 10:00 a@b.no wrote:\n",
        "From: a@b.no\nDate: 3 Nov 2026 10:00\n",
        "> From: a\n> Sent: b\n> Subject: Fwd: x\n",
        "To: a\nSubject: b\n",
        "-a\n\n",
        ">>> a 3 Nov 2026 10:00 >>>\n",
        "On Am Den ",
    ];
    for shape in shapes {
        let text = shape.repeat((1 << 18) / shape.len());
        let readable = Readable::plain(&text);
        let split = split(&readable);
        assert!(split.new_text.len() <= readable.text.len());
    }
}

/// What clients write between an answer and what it answers, and in front of each line of that.
#[rustfmt::skip]
const HISTORIES: &[(&str, &str)] = &[
    ("Den 3. nov. 2026 kl. 10:02 skrev Ola <ola@uni.no>:\n", "> "),
    ("On Tue, Nov 3, 2026 at 10:02 AM Ola Nordmann\n<ola@uni.no> wrote:\n\n", "> "),
    ("Fra: Ola <ola@uni.no>\nSendt: tirsdag 3. november 2026 10:02\nTil: Kari\nEmne: x\n\n", ""),
    ("________________________________\nFrom: Ola <ola@uni.no>\nSent: x\nTo: y\nSubject: z\n\n", ""),
    ("-----Opprinnelig melding-----\nFra: Ola\n\n", ""),
    ("---- Ola skrev ----\n\n", "> "),
    ("##- Skriv svaret over denne linjen -##\n\n", ""),
    ("", "> "),
];

proptest! {
    #[test]
    fn the_new_text_is_a_subsequence_of_the_lines(text in "([a-zA-Z0-9>:@#. -]{0,30}\n){0,30}") {
        let split = split(&Readable::plain(&text));
        let mut lines = text.lines();
        for line in split.new_text.lines() {
            prop_assert!(lines.any(|other| other.starts_with(line)), "{:?}", line);
        }
    }

    #[test]
    fn any_lines_of_mails_leave_a_subsequence(parts in proptest::collection::vec((0..HISTORIES.len(), "[a-zæøå .:]{0,20}\n"), 0..12)) {
        let text: String = parts.iter().map(|(at, words)| format!("{}{}{words}", HISTORIES[*at].0, HISTORIES[*at].1)).collect();
        let new_text = new_text(&text);
        let mut signs = text.chars();
        prop_assert!(new_text.chars().all(|sign| signs.any(|other| other == sign)), "{:?}", new_text);
    }

    #[test]
    fn what_is_quoted_below_changes_nothing(
        answer in "[a-zæøå ,.]{0,30}[a-zæøå]{3,30}(\n\n?[a-zæøå ,.]{0,20}[a-zæøå]{3,20}){0,4}",
        quoted in proptest::collection::vec("[a-zæøå ,.]{0,60}[a-zæøå]", 1..6),
    ) {
        for (between, mark) in HISTORIES {
            let quoted: String = quoted.iter().map(|line| format!("{mark}{line}\n")).collect();
            prop_assert_eq!(new_text(&format!("{answer}\n\n{between}{quoted}")), new_text(&answer), "{:?}", between);
        }
    }
}
