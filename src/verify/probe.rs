//! A mail that lies about its sender in our mail server's name: it must not be believed.

use crate::address::Address;
use crate::mail::Mail;
use crate::time::Timestamp;

/// The mail with this number, with CRLF line ends. It carries results in the name of each of these services, and above
/// everything else, as whoever forges them would send it. Its sender's domain is nobody's (RFC 2606 §2).
pub fn forged(services: &[String], number: u32, to: &Address, now: Timestamp) -> String {
    let domain = domain(number);
    let claim = |service: &String| {
        format!(
            "Authentication-Results: {service};\r\n dkim=pass header.d={domain} header.s={mark};\r\n \
             spf=pass smtp.mailfrom={domain};\r\n dmarc=pass header.from={domain}\r\n",
            mark = mark(number)
        )
    };
    let claims: String = services.iter().map(claim).collect();
    let date = now.to_jiff().strftime("%a, %d %b %Y %H:%M:%S +0000");
    format!(
        "{claims}From: henvend doctor <doctor@{domain}>\r\nTo: <{to}>\r\nSubject: A forged mail, to see whether it is believed\r\n\
         Date: {date}\r\nMessage-ID: <{mark}@{domain}>\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n\
         An operator tries whether forged results of authentication are removed. Nothing is to be done.\r\n",
        mark = mark(number)
    )
}

/// Did results that were forged for this number come along?
pub fn came_along(mail: &Mail, number: u32) -> bool {
    let mark = mark(number);
    let results = mail.fields.iter().filter(|field| field.name.eq_ignore_ascii_case("authentication-results"));
    results.into_iter().any(|field| field.value.contains(&mark))
}

fn domain(number: u32) -> String {
    format!("probe-{number}.invalid")
}

fn mark(number: u32) -> String {
    format!("forged-{number}")
}
