//! What `henvend check --print postfix` prints, as an operator copies it.

use std::collections::BTreeMap;
use std::path::Path;

/// Lines by the file that they belong in.
pub struct Printed {
    files: BTreeMap<String, String>,
    submission: Vec<String>,
}

impl Printed {
    /// With tables in this directory, in a form that needs no compiling.
    pub fn read(text: &str, etc: &Path) -> Self {
        let etc = etc.display();
        let text = text.replace(" hash:/etc/postfix/", &format!(" texthash:{etc}/"));
        let text = text.replace("=hash:/etc/postfix/", &format!("=texthash:{etc}/"));
        let text = text.replace("=regexp:/etc/postfix/", &format!("=regexp:{etc}/"));
        let mut this = Self { files: BTreeMap::new(), submission: Vec::new() };
        let mut file = String::new();
        for line in text.lines() {
            if let Some(heading) = line.strip_prefix("# /etc/postfix/") {
                file = heading.split(':').next().unwrap_or_default().to_owned();
            } else if let Some(option) = line.strip_prefix("#   -o ") {
                this.submission.push(option.to_owned());
            } else if !line.starts_with('#') {
                this.files.entry(file.clone()).or_default().push_str(&format!("{line}\n"));
            }
        }
        this
    }

    /// The lines for this file; none: an empty text.
    pub fn file(&self, name: &str) -> &str {
        self.files.get(name).map_or("", String::as_str)
    }

    /// Options for the service where people log in.
    pub fn submission(&self) -> &[String] {
        &self.submission
    }

    /// Transport and next hop: what stands behind every address that is henvend's.
    pub fn henvend(&self) -> &str {
        let line = self.file("transport").lines().find(|line| !line.is_empty()).expect("it is not empty");
        line.split_whitespace().nth(1).expect("domain, then transport")
    }
}
