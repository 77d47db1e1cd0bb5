//! The story: a customer writes, is answered by one of two agents, and writes again.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;

use super::catch_all::{CatchAll, Caught};
use super::tell::Teller;
use crate::address::{Address, Mailbox, ReversePath};
use crate::case::model::Status;
use crate::daemon::{Running, SystemClock};
use crate::envelope::RawMail;
use crate::id::CaseId;
use crate::mail::MessageId;
use crate::mail::compose::{Draft, compose};
use crate::mail::parse::{Limits, parse};
use crate::net::smarthost::{At, HostConfig, Patience, Smarthost, SmarthostConfig, Tls};
use crate::ports::{Clock, Handover, Outgoing, Transport};

const CUSTOMER: &str = "kari@kunde.example";
const SHARED: &str = "servicetorg@blafjell.example";
const AASE: &str = "åse@blafjell.example";
const BJOERN: &str = "bjørn@blafjell.example";

/// Plays it; an error tells which promise was not kept.
pub async fn tell(running: &Running, mailbox: &mut CatchAll, teller: &Teller) -> Result<()> {
    let post = Post::to(running)?;
    let first = CaseId::new(next_case(running).await?);
    let reference = format!("HV-{first}");
    let tag = format!("[{reference}]");

    teller.step(1, "A customer writes to the shared address.");
    let inquiry = post.letter(
        "Kari Kunde",
        CUSTOMER,
        SHARED,
        (
            "Søppelbøtta er borte",
            "Hei!\n\nNoen har tatt søppelbøtta vår i Storgata 5.\nKan vi få en ny?\n\nHilsen Kari",
        ),
    );
    let inquiry = post.send(inquiry, SHARED, teller, "Kari's mail server sends").await?;

    teller.step(2, "She is told that it has come, with a reference.");
    let ack = mailbox.next_to(CUSTOMER).await?;
    teller.mail("henvend sends", &ack);
    promise(teller, "the reference is in the subject", ack.mail.subject.contains(&tag))?;
    promise(
        teller,
        "nothing that she wrote goes to an address that nobody has verified",
        !ack.mail.text.contains("søppelbøtta"),
    )?;
    promise(teller, "no machine will answer it", ack.mail.field("Auto-Submitted") == Some("auto-replied"))?;

    teller.step(3, "Both agents are told.");
    let for_bjoern = mailbox.next_to(BJOERN).await?;
    let for_aase = mailbox.next_to(AASE).await?;
    teller.mail("henvend sends", &for_aase);
    promise(
        teller,
        "Bjørn has got one too, with another reply address",
        reply_to(&for_bjoern)? != reply_to(&for_aase)?,
    )?;

    teller.step(4, "Åse answers by replying. /take says that the case is hers.");
    let words = format!(
        "/take\nHei Kari!\n\nVi setter ut en ny i morgen.\n\nDen 22.11.2026 skrev Kari Kunde via Servicetorget:\n{}",
        quoted(&for_aase)
    );
    let mut reply = post.letter("Åse Bø", AASE, &reply_to(&for_aase)?, ("SV: Søppelbøtta er borte", &words));
    reply.in_reply_to = for_aase.mail.message_id.clone();
    post.send(reply, &reply_to(&for_aase)?, teller, "Åse's mail server sends").await?;

    answered(running, mailbox, teller, Opened { post, inquiry, tag, first }).await
}

/// What the first half of the story leaves to the second.
struct Opened {
    post: Post,
    inquiry: Draft,
    tag: String,
    first: CaseId,
}

async fn answered(running: &Running, mailbox: &mut CatchAll, teller: &Teller, opened: Opened) -> Result<()> {
    let Opened { post, inquiry, tag, first } = opened;
    teller.step(5, "Kari gets the answer, from the shared address.");
    let answer = mailbox.next_to(CUSTOMER).await?;
    teller.mail("henvend sends", &answer);
    let bytes = String::from_utf8_lossy(answer.raw.bytes()).to_lowercase();
    promise(teller, "it comes from the shared address", answer.mail.from[0].address.to_string() == SHARED)?;
    promise(
        teller,
        "nothing internal is in it",
        !bytes.contains("reply+") && !answer.mail.text.contains("/take") && !answer.mail.text.contains("##-"),
    )?;
    promise(teller, "it stands in her thread", answer.mail.references.contains(&inquiry.message_id))?;

    teller.step(6, "Bjørn learns that Åse has it.");
    let told = mailbox.next_to(BJOERN).await?;
    teller.mail("henvend sends", &told);
    let case = running.world.store.case(first).await?.context("the case is there")?;
    promise(teller, "the case waits for Kari, and is Åse's", case.status == Status::Waiting && case.owner.is_some())?;

    teller.step(7, "Kari answers. Her mail program has kept nothing but the references.");
    let mut thanks = post.letter("Kari Kunde", CUSTOMER, SHARED, ("Re: bøtta", "Tusen takk!"));
    thanks.references = answer.mail.references.iter().cloned().chain(answer.mail.message_id.clone()).collect();
    post.send(thanks, SHARED, teller, "Kari's mail server sends").await?;
    let told = mailbox.next_to(AASE).await?;
    teller.mail("henvend sends", &told);
    let case = running.world.store.case(first).await?.context("the case is there")?;
    promise(
        teller,
        "it is on the same case, which is open again",
        case.status == Status::Open && told.mail.subject.contains(&tag),
    )?;
    let others = mailbox.left_over();
    promise(teller, "nobody has got anything else", others.is_empty())
}

fn promise(teller: &Teller, what: &str, is_kept: bool) -> Result<()> {
    ensure!(is_kept, "{what}");
    teller.kept(what);
    Ok(())
}

fn reply_to(caught: &Caught) -> Result<String> {
    Ok(caught.mail.reply_to.first().context("a notification has a Reply-To")?.address.to_string())
}

fn quoted(caught: &Caught) -> String {
    caught.mail.text.lines().map(|line| format!("> {line}\n")).collect()
}

/// The number that the next case will have.
async fn next_case(running: &Running) -> Result<u64> {
    Ok(running.world.store.peek(Default::default()).await?.next_case.get())
}

/// The outside world's way to henvend: SMTP to its listener.
struct Post {
    way: Smarthost,
    clock: Arc<dyn Clock>,
}

impl Post {
    fn to(running: &Running) -> Result<Self> {
        let smtp = running.tcp.first().context("henvend listens for SMTP")?;
        let at = At::Tcp { host: smtp.ip().to_string(), port: smtp.port() };
        let hosts = vec![HostConfig { at, tls: Tls::None, authorities: Vec::new(), login: None }];
        let config =
            SmarthostConfig { hosts, hello: "mx.demo.example".to_owned(), patience: Patience::default(), pool_max: 1 };
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        Ok(Self { way: Smarthost::new(config, clock.clone())?, clock })
    }

    fn letter(&self, name: &str, from: &str, to: &str, words: (&str, &str)) -> Draft {
        let mailbox = |name: Option<&str>, text: &str| Mailbox {
            name: name.map(str::to_owned),
            address: Address::parse(text).expect("the story's addresses read"),
        };
        let now = self.clock.now();
        let id = blake3::hash(format!("{} {from} {}", now.millis(), words.1).as_bytes()).to_hex();
        Draft {
            from: mailbox(Some(name), from),
            to: vec![mailbox(None, to)],
            cc: Vec::new(),
            reply_to: Vec::new(),
            subject: words.0.to_owned(),
            message_id: MessageId::parse(&format!("{}@demo.example", &id[..20])).expect("hexadecimal digits are an id"),
            in_reply_to: None,
            references: Vec::new(),
            date: now,
            headers: Vec::new(),
            text: words.1.to_owned(),
            html: None,
            attachments: Vec::new(),
        }
    }

    async fn send(&self, draft: Draft, to: &str, teller: &Teller, how: &str) -> Result<Draft> {
        let data = Bytes::from(compose(&draft));
        let to = Address::parse(to).context("the story's addresses read")?;
        let mail = parse(&data, &Limits::default());
        teller.mail(how, &Caught { to: vec![to.clone()], mail, raw: RawMail::new(data.clone()) });
        let outgoing = Outgoing {
            reverse_path: ReversePath::Mailbox(draft.from.address.clone()),
            recipients: vec![to],
            data,
            envelope_id: String::new(),
        };
        let words = self.way.send(outgoing).await?;
        ensure!(words == [Handover::Taken], "henvend takes the mail, but said {words:?}");
        teller.kept("250: it is on a case, on disk");
        Ok(draft)
    }
}
