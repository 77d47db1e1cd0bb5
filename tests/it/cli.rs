//! The real program: what it prints, and with which code it ends.

use std::process::Stdio;

use henvend::directory::event::DirectoryEvent;
use henvend::id::CaseId;
use henvend::ports::Store;
use henvend::time::Timestamp;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::house::House;

/// Exit code, standard output, standard error.
async fn run(line: &[&str], input: &str) -> (i32, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_henvend"))
        .args(line)
        .env("TZ", "UTC")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("built");
    let mut stdin = child.stdin.take().expect("piped");
    // A program that does not read its input may have closed it.
    drop(stdin.write_all(input.as_bytes()).await);
    drop(stdin);
    let output = child.wait_with_output().await.expect("ended");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.code().expect("not killed"), text(output.stdout), text(output.stderr))
}

#[tokio::test]
async fn verbs_speak_to_the_daemon() {
    let house = House::open().await;
    let socket = house.path("api").display().to_string();
    let ask = async |line: &str, input: &str| {
        let words: Vec<_> = line.split(' ').chain(["--socket", &socket]).collect();
        run(&words, input).await
    };
    let (code, out, _) = ask("case list", "").await;
    assert_eq!((code, out.lines().count()), (0, 2), "{out}");
    assert!(out.contains("HV-7  waiting  1970-01-01 00:00  site/operators  -      -        Blåbær\n"), "{out}");
    let (code, out, _) = ask("case show 7 --json", "").await;
    assert_eq!(code, 0);
    let case: serde_json::Value = serde_json::from_str(&out).expect("one object");
    assert_eq!(case["reference"], "HV-7");
    let (code, _, err) = ask("case show HV-9", "").await;
    assert_eq!((code, err.as_str()), (65, "henvend: there is no case HV-9\n"));

    let (_, out, _) = ask("queue list", "").await;
    assert!(out.contains("7.1.0   HV-7  acknowledgement  stopped  2"), "{out}");
    assert_eq!(ask("queue retry 7.1.0", "").await, (0, "7.1.0 is tried now\n".to_owned(), String::new()));
    assert_eq!(ask("status", "").await.0, 75, "not ready");
    let (code, out, _) = ask("verify --rebuild-search", "").await;
    let told = "HV-7 entry 1: nothing has opened the case before it\n1 cases, 1 mails, 1 problems\n";
    assert!(code == 65 && out.starts_with(told) && out.contains("made anew"), "{out}");

    let shipped = include_str!("../../config/directory.toml");
    let (code, out, err) = ask("directory apply -", shipped).await;
    assert_eq!((code, err.lines().count()), (77, 2), "nobody can be asked: {err}");
    assert!(out.contains("+ customer blafjell \"Blåfjell kommune\" (nb)\n"), "{out}");
    let (code, out, _) = ask("directory apply - --dry-run", shipped).await;
    assert!(code == 0 && out.ends_with("dry run: nothing was changed\n"), "{out}");
    let (code, out, err) = ask("directory apply - --yes", shipped).await;
    assert!(code == 0 && out.contains("done: the directory has version"), "{out}{err}");
    let (code, export, _) = ask("directory export", "").await;
    assert_eq!(code, 0);
    assert_eq!(ask("directory apply - --prune", &export).await, (0, "nothing to change\n".to_owned(), String::new()));
    let (code, _, err) = ask("directory apply -", "x = 1").await;
    assert_eq!(code, 65, "{err}");
    assert!(err.starts_with("henvend: line 1: unknown field `x`"), "{err}");

    let mail = "Subject: Hei\n\nTekst\n";
    let (code, out, _) = ask("deliver --from a@b.no --to it@uni.no", mail).await;
    assert_eq!((code, out.as_str()), (0, "TO         CASE  BECAME\nit@uni.no  HV-7  added\n"));
    assert_eq!(ask("deliver --to nobody@uni.no", mail).await.0, 65);
    let (code, out, _) = ask("explain - --to it@uni.no --json", mail).await;
    assert_eq!((code, out.as_str()), (0, "{\"bytes\":23,\"file\":\"-\",\"to\":1}\n"));
    house.store.inside().down = true;
    assert_eq!(ask("case list", "").await.0, 75);
    house.close().await;
}

#[tokio::test]
async fn mail_to_a_user_is_resumed() {
    let house = House::open().await;
    let socket = house.path("api").display().to_string();
    let ask = async |line: &str, input: &str| {
        let words: Vec<_> = line.split(' ').chain(["--socket", &socket]).collect();
        run(&words, input).await
    };
    ask("directory apply - --yes", include_str!("../../config/directory.toml")).await;
    let user = house.store.directory().users().next().map(|user| (user.id, user.addresses[0].to_string()));
    let (id, address) = user.expect("somebody");
    let paused = DirectoryEvent::MailPaused { id, since: Timestamp::from_secs(0), case: CaseId::new(7) };
    house.store.happened(&paused);
    let (_, out, _) = ask("status", "").await;
    assert!(
        out.contains(&format!("  mail        paused, because it comes back: {address}; see user resume\n")),
        "{out}"
    );
    let resumed = (0, format!("mail goes to {address} again\n"), String::new());
    assert_eq!(ask(&format!("user resume {address}"), "").await, resumed);
    let refused = (65, String::new(), "henvend: mail to this user is not paused\n".to_owned());
    assert_eq!(ask(&format!("user resume {address}"), "").await, refused);
    assert_eq!(ask("user resume nobody@uni.no --json", "").await.0, 65);
    assert_eq!(ask("user resume nobody", "").await.0, 65);

    assert!(!ask("status", "").await.1.contains("nobody is told"), "everybody has somebody");
    let alone = house.store.directory().users().find(|user| user.name.starts_with("Bjørn")).expect("Bjørn").id;
    house.store.happened(&DirectoryEvent::MailPaused {
        id: alone,
        since: Timestamp::from_secs(0),
        case: CaseId::new(8),
    });
    let (_, out, _) = ask("status", "").await;
    let unattended = "  members     nobody is told of mail to blafjell/it/brukerhjelp: no active member is reached\n";
    assert!(out.contains(unattended), "{out}");
    house.close().await;
}

#[tokio::test]
async fn exit_codes_are_those_of_sysexits() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("henvend.toml");
    let path = config.display().to_string();
    let write = |text: &str| std::fs::write(&config, text).expect("written");
    write(
        "host_name = \"mx.uni.example\"\nreply_domain = \"reply.uni.example\"\n[http]\napi = \"unix:/nowhere/api.sock\"\n",
    );
    let cases: [(&[&str], i32); 9] = [
        (&["--help"], 0),
        (&["bogus"], 64),
        (&["explain", "/no/such/file", "--to", "a@b.no"], 64),
        (&["check", "--config", &path], 0),
        (&["check", "--config", "/no/such/file"], 78),
        (&["serve", "--config", "/no/such/file"], 78),
        (&["status", "--config", &path], 69),
        (&["deliver", "--to", "a@b.no", "--config", &path], 75),
        (&["man", "no", "such", "verb"], 64),
    ];
    for (line, want) in cases {
        let (code, out, err) = run(line, "Subject: x\n\n").await;
        assert_eq!(code, want, "{line:?}\n{out}{err}");
    }
    write("prefix = 1");
    let (code, out, _) = run(&["check", "--json", "--config", &path], "").await;
    let checked: serde_json::Value = serde_json::from_str(&out).expect("one object");
    assert_eq!(
        (code, checked["ok"].as_bool(), checked["problems"][0]["key"].as_str()),
        (78, Some(false), Some("line 1"))
    );
    for line in [&["man", "directory", "apply"][..], &["completions", "bash"], &["completions", "fish"]] {
        let (code, out, _) = run(line, "").await;
        assert!(code == 0 && out.len() > 500, "{line:?}");
    }
}

#[tokio::test]
async fn a_key_is_added_where_there_is_a_ring() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path().display();
    let file = folder.path().join("henvend.toml");
    let text = "host_name = \"mx.uni.example\"\nreply_domain = \"reply.uni.example\"\n";
    std::fs::write(&file, format!("{text}data_directory = \"{at}\"\n")).expect("written");
    let config = file.display().to_string();
    let (code, _, err) = run(&["token", "rotate", "--config", &config], "").await;
    assert!(code == 64 && err.contains("keys.toml"), "no ring: {code} {err}");
    let keys = folder.path().join("keys.toml");
    std::fs::write(&keys, format!("[[key]]\nid = 1\nsecret = \"{}\"\n", "07".repeat(32))).expect("written");
    let (code, _, err) = run(&["token", "rotate", "--config", &config], "").await;
    assert!(code == 75 && err.contains("chmod 600"), "others may read it: {code} {err}");
    std::fs::set_permissions(&keys, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("ours");
    let (code, out, err) = run(&["token", "rotate", "--json", "--config", &config], "").await;
    assert_eq!((code, out.as_str()), (0, "{\"key\":2}\n"), "{err}");
    let ring = std::fs::read_to_string(&keys).expect("readable");
    assert!(ring.contains(&"07".repeat(32)) && ring.contains("id = 2"), "the old key stays");
    assert_eq!(run(&["token", "rotate", "--config", "/nonexistent"], "").await.0, 78);
}

#[tokio::test]
async fn a_mail_is_explained_without_a_daemon() {
    let mail = "From: Kåre <kare@post.example>\r\nTo: help@example.org\r\nSubject: Hei\r\n\r\nHei!\r\n";
    let offline = ["explain", "--offline", "--json", "--config", "/nonexistent", "-"];
    let (code, out, err) = run(&offline, mail).await;
    assert_eq!(code, 0, "{err}");
    let told: serde_json::Value = serde_json::from_str(&out).expect("one object a line");
    for (field, want) in [("kind", "person"), ("sender", "contact"), ("decided_by", "none"), ("new_text", "Hei!")] {
        assert_eq!(told[field], want, "{told}");
    }
    assert_eq!(told["would"]["case"], "new");
    assert_eq!(told["would"]["mails"][0]["kind"], "acknowledgement");
    let null = [&offline[..], &["--from", ""]].concat();
    let (_, out, _) = run(&null, mail).await;
    let told: serde_json::Value = serde_json::from_str(&out).expect("one object a line");
    assert_eq!(told["would"]["mails"].as_array().map(Vec::len), Some(0), "a null sender is never answered: {told}");
}
