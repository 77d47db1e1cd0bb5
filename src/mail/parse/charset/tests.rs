use super::*;

#[test]
fn charsets_are_believed_only_as_far_as_they_go() {
    for (octets, charset, want) in [
        (&b"bl\xe5b\xe6r"[..], Some("utf-8"), "blåbær"),
        ("blåbær".as_bytes(), Some("iso-8859-1"), "blåbær"),
        ("řeka a žába".as_bytes(), Some("iso-8859-2"), "řeka a žába"),
        ("Здравствуйте".as_bytes(), Some("koi8-r"), "Здравствуйте"),
        (b"bl\xe5b\xe6r", None, "blåbær"),
        (b"\x93x\x94", Some("ISO-8859-1"), "“x”"),
        (b"\x1b$B%O%m!<\x1b(B", Some("iso-2022-jp"), "ハロー"),
        (b"\x1b$B%O%m!<\x1b(B", Some("us-ascii"), "ハロー"),
        (b"\x1b$B%O%m!<\x1b(B", None, "ハロー"),
        (b"5 \x1b[1mx", None, "5 \x1b[1mx"),
        (b"\xe5", Some("x-nonsense"), "å"),
        (b"\x8c", Some("macintosh"), "å"),
        (b"\x8c", Some("x-mac-roman"), "å"),
        (b"bl\x86b\x91r", Some("cp865"), "blåbær"),
        (b"\xb9", Some("windows1250"), "ą"),
        (b"\xb9\xb9\xe6", Some("\"Win-1250\""), "ąąć"),
        (b"\xb1", Some("iso8859_2"), "ą"),
        (b"\xff\xfeh\x00\xe5\x00", Some("utf-16"), "hå"),
        (b"\xff\xfeh\x00\xe5\x00", None, "hå"),
        (b"h\x00", Some("utf-16le"), "h"),
        (b"~{VPND~} x", Some("hz-gb-2312"), "中文 x"),
        (b"\x1b$)C\x0eGQ1[\x0f x", Some("iso-2022-kr"), "한글 x"),
        (b"\xc4\xe4\xd6\xf6\xdc\xfc\xc4\xe4\xd6\xf6\xdc\xfc", Some("iso-8859-1"), "ÄäÖöÜüÄäÖöÜü"),
        (b"", Some("utf-7"), ""),
    ] {
        assert_eq!(text(octets, charset), want, "{octets:?} {charset:?}");
    }
}

#[test]
fn utf_7_is_read_to_its_last_letter() {
    for (octets, want) in [
        (&b"+AOU-"[..], "å"),
        (b"bl+AOU-b+AOY-r", "blåbær"),
        (b"+AOU", "å"),
        (b"+AOUA5gD4-", "åæø"),
        (b"p+AOU, +AOU<", "på, å<"),
        (b"1 +- 1 = 2+", "1 + 1 = 2+"),
        (b"+2D3eAA-", "😀"),
        (b"a + b", "a + b"),
    ] {
        assert_eq!(text(octets, Some("utf-7")), want, "{}", String::from_utf8_lossy(octets));
    }
}

#[test]
fn what_is_not_declared_is_read_by_its_looks() {
    let koi8_r = b"\xf0\xd2\xcf\xdb\xd5 \xd0\xcf\xcd\xcf\xde\xd8 \xd3 \xd0\xc1\xd2\xcf\xcc\xc5\xcd, \xd3\xd0\xc1\xd3\xc9\xc2\xcf";
    let windows_1251 = b"\xcf\xf0\xee\xf8\xf3 \xef\xee\xec\xee\xf7\xfc \xf1 \xef\xe0\xf0\xee\xeb\xe5\xec, \xf1\xef\xe0\xf1\xe8\xe1\xee";
    for (octets, want) in [
        (&koi8_r[..], "Прошу помочь с паролем, спасибо"),
        (windows_1251, "Прошу помочь с паролем, спасибо"),
        (b"\xc6\xd8\xc5", "ÆØÅ"),
        (b"\xd8l p\xe5 \xe6ra", "Øl på æra"),
        (b"En l\xe4nkare p\xe5 \xf6n", "En länkare på ön"),
    ] {
        assert_eq!(rescue(octets), want);
    }
}

#[test]
fn two_sets_in_one_text_are_read_each_for_itself() {
    for (octets, want) in [
        (&b"K\xc3\xa5re og Bj\xf8rn"[..], "Kåre og Bjørn"),
        (b"bl\xc3\xa5b\xc3\xa6r, gr\xf8t og \xe5l", "blåbær, grøt og ål"),
        (b"Gr\xc3", "GrÃ"),
        (b"bl\xc3\xa5b\xc3", "blåb�"),
        (b"\xd0\x97\xd0\xb4\xd1\x80\xd0\xb0\xaa", "Здра�"),
    ] {
        assert_eq!(rescue(octets), want, "{octets:?}");
    }
}

#[test]
fn double_encoding_is_undone_only_when_it_is_certain() {
    for (given, want) in [
        ("blÃ¥bÃ¦rsyltetÃ¸y", "blåbærsyltetøy"),
        ("En â€œprÃ¸veâ€\u{9d} til", "En “prøve” til"),
        ("Vi ser Ã¥ i stedet for å", "Vi ser Ã¥ i stedet for å"),
        ("Systemet viser Ã¥", "Systemet viser Ã¥"),
        ("Ã¥ Ã¥ Ã¥ Ã¥", "Ã¥ Ã¥ Ã¥ Ã¥"),
        ("ÅÆØ og åæø", "ÅÆØ og åæø"),
        ("«SITÄ» ja «ÄITI»", "«SITÄ» ja «ÄITI»"),
    ] {
        assert_eq!(rescue(given.as_bytes()), want);
    }
}
