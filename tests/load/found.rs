//! Mails from a folder: every file in it, whatever its name, and every file in its archives.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use bytes::Bytes;

/// Most bytes that an archive may unpack to.
const ARCHIVE_BYTES_MAX: u64 = 1 << 30;
const BLOCK: usize = 512;

/// One of them.
pub struct FoundMail {
    /// Where it lies.
    pub name: String,
    /// With the line ends that the wire wants.
    pub bytes: Bytes,
}

/// All mails under a folder, in the order of their names.
pub fn under(folder: &Path) -> Vec<FoundMail> {
    let mut mails = Vec::new();
    for path in files(folder) {
        let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
        let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        if name.ends_with(".tar.zst") {
            mails.extend(unpacked(&name, &bytes));
        } else {
            mails.push(FoundMail { name, bytes: canonical(&bytes) });
        }
    }
    mails
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("a folder can be listed").path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort_unstable();
    found
}

/// The files of a compressed tar archive: a header of one block each, its name first, its size in octal at 124.
fn unpacked(archive: &str, bytes: &[u8]) -> Vec<FoundMail> {
    let mut tar = Vec::new();
    let decoder = zstd::Decoder::new(bytes).unwrap_or_else(|error| panic!("{archive}: {error}"));
    decoder.take(ARCHIVE_BYTES_MAX).read_to_end(&mut tar).unwrap_or_else(|error| panic!("{archive}: {error}"));
    let mut mails = Vec::new();
    let mut at = 0;
    while let Some(header) = tar.get(at..at + BLOCK).filter(|header| header[0] != 0) {
        let text = |from: usize, to: usize| {
            let field = header[from..to].split(|byte| *byte == 0).next().unwrap_or_default();
            String::from_utf8_lossy(field).trim().to_owned()
        };
        let size = usize::from_str_radix(&text(124, 136), 8).unwrap_or_else(|_| panic!("{archive}: a size"));
        let body = tar.get(at + BLOCK..at + BLOCK + size).unwrap_or_else(|| panic!("{archive} is cut off"));
        if matches!(header[156], b'0' | 0) {
            mails.push(FoundMail { name: format!("{archive}/{}", text(0, 100)), bytes: canonical(body) });
        }
        at += BLOCK + size.div_ceil(BLOCK) * BLOCK;
    }
    assert!(!mails.is_empty(), "{archive} holds nothing");
    mails
}

/// As a mail server would bring it: no mbox line, CRLF line ends. A CR by itself is refused at the door
/// (tests/dialog); mail servers in front make it a line end.
fn canonical(file: &[u8]) -> Bytes {
    let mbox = file.starts_with(b"From ");
    let body = if mbox { memchr::memchr(b'\n', file).map_or(&[][..], |end| &file[end + 1..]) } else { file };
    let mut out = Vec::with_capacity(body.len() + body.len() / 30);
    let mut rest = body.iter().peekable();
    while let Some(byte) = rest.next() {
        match byte {
            b'\r' => {
                rest.next_if_eq(&&b'\n');
                out.extend(b"\r\n");
            }
            b'\n' => out.extend(b"\r\n"),
            other => out.push(*other),
        }
    }
    if !out.is_empty() && !out.ends_with(b"\r\n") {
        out.extend(b"\r\n");
    }
    Bytes::from(out)
}
