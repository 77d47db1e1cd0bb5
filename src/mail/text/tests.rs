use super::*;
use proptest::prelude::*;

fn new_text(text: &str) -> String {
    split(&Readable::plain(text)).new_text
}

#[test]
fn history_is_cut_in_every_language() {
    for history in [
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
    ] {
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
    let split = split(&Readable::plain(&format!("Svar.\n> {marker}\n> notat\nmer svar\n")));
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
    ];
    for shape in shapes {
        let text = shape.repeat((1 << 18) / shape.len());
        let readable = Readable::plain(&text);
        let split = split(&readable);
        assert!(split.new_text.len() <= readable.text.len());
    }
}

proptest! {
    #[test]
    fn the_new_text_is_a_subsequence_of_the_lines(text in "([a-zA-Z>:@#. -]{0,30}\n){0,30}") {
        let split = split(&Readable::plain(&text));
        let mut lines = text.lines();
        for line in split.new_text.lines() {
            prop_assert!(lines.any(|other| other == line), "{:?}", line);
        }
    }

    #[test]
    fn what_is_quoted_below_changes_nothing(answer in "[a-zæøå ,.]{1,60}", quoted in "[a-zæøå ,.]{0,60}") {
        prop_assume!(!answer.trim().is_empty());
        let text = format!("{answer}\n\nDen 3. nov. 2026 kl. 10:02 skrev Ola <ola@uni.no>:\n> {quoted}\n> {quoted}\n");
        prop_assert_eq!(new_text(&text), answer);
    }
}
