use super::*;

fn check(event: &str, want: &str) {
    let calendar = format!("BEGIN:VCALENDAR\r\n{event}END:VCALENDAR\r\n").replace('|', "\r\n");
    assert_eq!(summary(&calendar).unwrap_or_default(), want, "{event}");
}

#[test]
fn events_are_told_in_two_lines() {
    for (event, want) in [
        (
            "METHOD:REQUEST|BEGIN:VTIMEZONE|TZID:X|BEGIN:STANDARD|DTSTART:16010101T030000|END:STANDARD|END:VTIMEZONE|BEGIN:VEVENT|SUMMARY;LANGUAGE=nb:Planleggings|\tmøte\\, uke 48|DTSTART;TZID=\"W. Europe Standard Time\":20261124T100000|DTEND;TZID=\"W. Europe Standard Time\":20261124T113000|LOCATION:Rom 312\\nBlokk B|ORGANIZER;CN=\"Berg, Kari\":MAILTO:kari@nord.example|BEGIN:VALARM|SUMMARY:alarm|END:VALARM|END:VEVENT|BEGIN:VEVENT|SUMMARY:Nr. 2|END:VEVENT|",
            "[calendar request] Planleggingsmøte, uke 48\n2026-11-24 10:00 – 11:30 (W. Europe Standard Time) · Rom 312 Blokk B · Berg, Kari <kari@nord.example>",
        ),
        (
            "METHOD:REPLY|BEGIN:VEVENT|SUMMARY:Møte|ATTENDEE;PARTSTAT=DECLINED:mailto:ola@nord.example|DTSTART:20261124T090000Z|DURATION:PT1H30M|END:VEVENT|",
            "[calendar reply: declined] Møte\n2026-11-24 09:00 – 10:30 (UTC)",
        ),
        (
            "BEGIN:VEVENT|SUMMARY:Ferie|DTSTART;VALUE=DATE:20261221|DTEND;VALUE=DATE:20270103|END:VEVENT|",
            "[calendar] Ferie\n2026-12-21 – 2027-01-02",
        ),
        (
            "BEGIN:VEVENT|SUMMARY:Fri|DTSTART;VALUE=DATE:20261221|DTEND;VALUE=DATE:20261222|END:VEVENT|",
            "[calendar] Fri\n2026-12-21",
        ),
        (
            "METHOD:CANCEL|BEGIN:VEVENT|DTSTART:20261124T100000|RRULE:FREQ=WEEKLY;COUNT=3|END:VEVENT|",
            "[calendar cancel] –\n2026-11-24 10:00, weekly",
        ),
        ("BEGIN:VEVENT|SUMMARY:x|DTSTART:20269999|ORGANIZER:mailto:a@b.example|", "[calendar] x\na@b.example"),
        ("METHOD:REQUEST|", ""),
        ("BEGIN:VEVENT|", ""),
        ("", ""),
    ] {
        check(event, want);
    }
}

#[test]
fn hostile_calendars_are_bounded() {
    let long = "x".repeat(5000);
    let told = summary(&format!("BEGIN:VEVENT\nSUMMARY:{long}\nEND:VEVENT")).unwrap_or_default();
    assert!(told.len() < 400, "{}", told.len());
    assert_eq!(summary(&"BEGIN:VEVENT\n".repeat(50_000)), None);
    assert_eq!(summary(&"\u{e5}".repeat(BYTES_MAX)), None);
}
