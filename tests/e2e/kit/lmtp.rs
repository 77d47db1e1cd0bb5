//! A mail server's end of LMTP, over the daemon's unix socket (RFC 2033).

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use super::PATIENCE;

/// One connection, for many mails.
pub struct Lmtp {
    stream: UnixStream,
    lines: BufReader<UnixStream>,
}

impl Lmtp {
    pub fn connect(socket: &Path) -> Self {
        let stream = UnixStream::connect(socket).expect("henvend listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a limit can be set");
        let lines = BufReader::new(stream.try_clone().expect("a second handle"));
        let mut this = Self { stream, lines };
        this.reply();
        this.write(b"LHLO front.example\r\n");
        this.reply();
        this
    }

    /// Hands a mail over; gives the reply for its one recipient.
    pub fn deliver(&mut self, from: &str, to: &str, mail: &[u8]) -> String {
        self.write(format!("MAIL FROM:<{from}> BODY=8BITMIME\r\nRCPT TO:<{to}>\r\nDATA\r\n").as_bytes());
        let replies = [self.reply(), self.reply(), self.reply()];
        assert!(replies[2].starts_with("354"), "{replies:?}");
        let mut data = Vec::with_capacity(mail.len() + 64);
        for line in mail.split_inclusive(|byte| *byte == b'\n') {
            if line.starts_with(b".") {
                data.push(b'.');
            }
            data.extend_from_slice(line);
        }
        data.extend(b".\r\n");
        self.write(&data);
        self.reply()
    }

    fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("henvend reads");
    }

    /// The last line of a reply.
    fn reply(&mut self) -> String {
        loop {
            let mut line = String::new();
            let read = self.lines.read_line(&mut line).expect("henvend answers");
            assert!(read > 0, "henvend has closed the connection");
            if line.as_bytes().get(3) != Some(&b'-') {
                return line.trim_end().to_owned();
            }
        }
    }
}
