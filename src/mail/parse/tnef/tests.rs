use super::*;

/// A stream of these attributes.
fn stream(attributes: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut out = SIGNATURE.to_le_bytes().to_vec();
    out.extend([1, 0]);
    for (id, content) in attributes {
        out.push(if *id & 0xFF00 == 0x9000 { 2 } else { 1 });
        out.extend(id.to_le_bytes());
        out.extend(u32::try_from(content.len()).unwrap().to_le_bytes());
        out.extend(content);
        out.extend([0, 0]);
    }
    out
}

fn properties(list: &[(u16, u16, &[u8])]) -> Vec<u8> {
    let mut out = u32::try_from(list.len()).unwrap().to_le_bytes().to_vec();
    for (kind, id, value) in list {
        out.extend(kind.to_le_bytes());
        out.extend(id.to_le_bytes());
        if *id >= 0x8000 {
            out.extend([[0; 16].as_slice(), &[1, 0, 0, 0, 3, 0, 0, 0, b'a', 0, 0, 0]].concat());
        }
        if matches!(*kind, STRING | WIDE_STRING | BINARY | OBJECT) {
            out.extend([1, 0, 0, 0]);
            out.extend(u32::try_from(value.len()).unwrap().to_le_bytes());
        }
        out.extend(*value);
        out.resize(out.len().next_multiple_of(4), 0);
    }
    out
}

fn show(octets: &[u8]) -> String {
    let Some(message) = read(octets) else { return "-".to_owned() };
    let at = |place: &Range<usize>| String::from_utf8_lossy(&octets[place.clone()]).into_owned();
    let mut out = message
        .text
        .map_or_else(String::new, |text| format!("{} {:?} {:?}", text.media_type, text.charset, at(&text.place)));
    for file in &message.files {
        let of = |value: &Option<String>| value.clone().unwrap_or_default();
        out += &format!("; {}|{}|{}={:?}", of(&file.name), of(&file.media_type), of(&file.content_id), at(&file.place));
        out += if file.is_message { " mail" } else { "" };
    }
    out
}

#[test]
fn text_and_files_are_found() {
    let inner = stream(&[(BODY, b"Hei\0".to_vec())]);
    let object = [&[7; 16][..], &inner].concat();
    for (octets, want) in [
        (
            stream(&[(CODE_PAGE, 1252u32.to_le_bytes().to_vec()), (BODY, b"Hei\0\0".to_vec())]),
            "text/plain Some(\"cp1252\") \"Hei\"",
        ),
        (
            stream(&[
                (MESSAGE_PROPERTIES, properties(&[(3, 0x8001, &[1, 0, 0, 0]), (BINARY, HTML_BODY, b"<p>x</p>")])),
                (BODY, b"Hei\0".to_vec()),
            ]),
            "text/html Some(\"\") \"<p>x</p>\"",
        ),
        (
            stream(&[
                (FILE_BEGINS, vec![0; 14]),
                (FILE_TITLE, b"KORT~1.PDF\0".to_vec()),
                (FILE_DATA, b"%PDF".to_vec()),
                (
                    FILE_PROPERTIES,
                    properties(&[
                        (WIDE_STRING, LONG_NAME, b"k\0\xe5\0r\0t\0.\0p\0d\0f\0\0\0"),
                        (STRING, MIME_TAG, b"Application/PDF\0"),
                        (STRING, CONTENT_ID, b"a@b\0"),
                    ]),
                ),
                (FILE_BEGINS, vec![0; 14]),
                (FILE_DATA, b"x".to_vec()),
                (FILE_BEGINS, vec![0; 14]),
            ]),
            "; kårt.pdf|application/pdf|a@b=\"%PDF\"; ||=\"x\"",
        ),
        (
            stream(&[
                (FILE_BEGINS, vec![0; 14]),
                (FILE_PROPERTIES, properties(&[(STRING, DISPLAY_NAME, b"Brev\0"), (OBJECT, DATA_OBJECT, &object)])),
            ]),
            &format!("; Brev||={:?} mail", String::from_utf8_lossy(&inner)),
        ),
        (stream(&[]), ""),
        (b"winmail".to_vec(), "-"),
        (Vec::new(), "-"),
    ] {
        assert_eq!(show(&octets), want);
        for cut in 0..octets.len() {
            show(&octets[..cut]);
        }
    }
}

#[test]
fn lengths_that_lie_end_the_reading() {
    let mut lies = stream(&[(BODY, b"Hei\0".to_vec()), (FILE_BEGINS, vec![0; 14]), (FILE_DATA, b"x".to_vec())]);
    let at = lies.len() - 7;
    lies[at..at + 4].copy_from_slice(&[0xFF; 4]);
    assert_eq!(show(&lies), "text/plain Some(\"\") \"Hei\"");
    let many = [&[0xFF; 4][..], &[0x1F, 0x10, 0x00, 0x10], &[0xFF; 4]].concat();
    assert_eq!(show(&stream(&[(MESSAGE_PROPERTIES, many)])), "");
    // A count without values: each costs a step, and there are only so many octets.
    let empty = [&[1, 0, 0, 0][..], &[0x1E, 0x10, 0x00, 0x30], &[0xFF, 0xFF, 0, 0], &[0; 400]].concat();
    assert_eq!(show(&stream(&[(FILE_PROPERTIES, empty)])), "");
}
