//! Our mails in a real browser: as wide as a telephone and as a window, in light and in dark colours.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A picture of nothing is smaller, in octets.
const PICTURE_BYTES_MIN: u64 = 50_000;

/// Every page as kept in `tests/snapshots`, by name.
fn pages() -> Vec<(String, String)> {
    let mut pages = Vec::new();
    for language in ["nb", "nn", "en"] {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(language);
        for entry in std::fs::read_dir(directory).expect("snapshots are kept") {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "html") {
                let name = format!("{language}/{}", path.file_stem().unwrap().to_string_lossy());
                pages.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    pages.sort();
    pages
}

/// All pages side by side, each in a frame of its own, as wide as a screen. Each tells how wide and high it became.
fn wall(pages: &[(String, String)], width: u32) -> String {
    let frame = |(name, page): &(String, String)| {
        let tell = format!(
            "<script>parent.postMessage('{name} '+document.documentElement.scrollWidth+' '+document.body.scrollHeight,'*')\
             </script></body>"
        );
        let page = page.replace("</body>", &tell).replace('&', "&amp;").replace('"', "&quot;");
        format!("<iframe style=\"border:0;width:{width}px;height:900px\" srcdoc=\"{page}\"></iframe>")
    };
    let frames: String = pages.iter().map(frame).collect();
    format!(
        "<!DOCTYPE html><meta charset=utf-8><body style=\"margin:0\"><pre id=told hidden></pre><script>\
         addEventListener('message',e=>document.getElementById('told').append('@'+e.data+'\\n'))</script>{frames}"
    )
}

/// Runs the browser on a page; gives what it writes.
fn browse(directory: &Path, page: &Path, more: &[&str]) -> String {
    let mut browser = Command::new("chromium");
    browser.args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--virtual-time-budget=5000"]);
    browser.arg(format!("--user-data-dir={}", directory.join("profile").display()));
    browser.args(more).arg(format!("file://{}", page.display()));
    let ended = browser.output().unwrap_or_else(|error| {
        panic!("this test needs Debian's package chromium ({error}): run tests/run, which installs it")
    });
    assert!(ended.status.success(), "{ended:?}");
    String::from_utf8_lossy(&ended.stdout).into_owned()
}

fn picture(directory: &Path, page: &Path, scheme: &str, width: u32) -> Vec<u8> {
    let file: PathBuf = directory.join(format!("{scheme}-{width}.png"));
    // Blink's names: 0 is dark, 1 is light.
    let colours = format!("--blink-settings=preferredColorScheme={}", u8::from(scheme == "light"));
    let shot = format!("--screenshot={}", file.display());
    browse(directory, page, &[&colours, &shot, "--window-size=1600,4000"]);
    std::fs::read(&file).expect("the browser took a picture")
}

#[test]
fn our_mails_fit_a_telephone_and_a_window_in_light_and_dark() {
    let directory = tempfile::tempdir().unwrap();
    let pages = pages();
    let names: BTreeSet<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
    for width in [360, 800] {
        let path = directory.path().join(format!("{width}.html"));
        std::fs::write(&path, wall(&pages, width)).unwrap();
        let told = browse(directory.path(), &path, &["--dump-dom"]);
        let mut seen = BTreeSet::new();
        for line in told.lines().filter_map(|line| line.rsplit_once('@').map(|(_, told)| told)) {
            let [name, wide, high] = line.split(' ').collect::<Vec<_>>()[..] else { continue };
            let Some(name) = names.get(name) else { continue };
            let (wide, high): (u32, u32) = (wide.parse().unwrap(), high.parse().unwrap());
            assert!(wide <= width, "{name} is {wide} wide in a window of {width}");
            assert!(high > 150, "{name} is {high} high");
            seen.insert(*name);
        }
        assert_eq!(seen, names, "each page is shown");
        let pictures = ["light", "dark"].map(|scheme| picture(directory.path(), &path, scheme, width));
        assert!(pictures.iter().all(|picture| picture.len() as u64 > PICTURE_BYTES_MIN));
        assert!(pictures[0] != pictures[1], "dark is another picture than light");
    }
}
