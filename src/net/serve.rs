//! One connection: bytes ↔ session ↔ house.

use std::io;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{SemaphorePermit, watch};
use tracing::warn;

use super::body::Body;
use super::{Front, Phase, draining};
use crate::case::change::Outcome;
use crate::envelope::RawMail;
use crate::ports::RecipientVerdict;
use crate::smtp::reply::Place;
use crate::smtp::server::{Action, Arrived, Session, Verdict};
use crate::time::Timestamp;

/// Read at once while commands come.
const COMMAND_READ_BYTES: usize = 2 * 1024;
/// Read at once while a mail comes.
const DATA_READ_BYTES: usize = 32 * 1024;
/// An idle connection keeps no larger buffer.
const IDLE_BYTES_MAX: usize = 4 * 1024;
/// Mails above this are hashed beside, not on, the threads that serve sockets.
const HASH_HERE_BYTES_MAX: usize = 1024 * 1024;
/// How long, and how much, we read of a peer after the last word, so that it gets to read it.
const LAST_WORD_MAX: Duration = Duration::from_secs(1);
const LAST_READS_MAX: usize = 32;

/// Serves one connection to its end.
pub async fn serve<S>(stream: S, session: Session, front: &Front, phase: watch::Receiver<Phase>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let _open = front.metrics.sessions.hold(session.listener());
    let body = Body::new(&front.memory, &front.config.spool_dir);
    let input = BytesMut::new();
    let mut connection = Connection { stream, session, front, phase, input, body, work: None, cut_at: None };
    loop {
        match connection.turn().await {
            Ok(true) => {}
            Ok(false) => return connection.last_word().await,
            Err(error) => return tracing::debug!(%error, "connection lost"),
        }
    }
}

struct Connection<'a, S> {
    stream: S,
    session: Session,
    front: &'a Front,
    phase: watch::Receiver<Phase>,
    input: BytesMut,
    body: Body<'a>,
    /// Held from MAIL to the last reply.
    work: Option<SemaphorePermit<'a>>,
    /// When we are going down: the end of our patience.
    cut_at: Option<Timestamp>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<'_, S> {
    /// One action of the session. `false`: it was the last.
    async fn turn(&mut self) -> io::Result<bool> {
        match self.session.feed(&mut self.input, self.front.clock.now()) {
            Action::Wait => {
                self.body.weigh(&mut self.session).await;
                self.read().await?;
            }
            Action::Send(replies) => self.write(&replies).await?,
            Action::Recipient(address) => {
                let verdict = match self.front.reception.recipient(&address) {
                    RecipientVerdict::Accept => Verdict::Accept,
                    RecipientVerdict::Unknown => Verdict::Unknown,
                    RecipientVerdict::Inactive => Verdict::Inactive,
                    RecipientVerdict::Unavailable => Verdict::Unavailable,
                };
                self.answer(verdict);
            }
            Action::Room(bytes) => {
                let verdict = self.room(bytes).await;
                self.answer(verdict);
            }
            Action::Accept(mail) => {
                let verdict = self.take(*mail).await;
                self.body.release();
                self.answer(verdict);
            }
            Action::Close => return Ok(false),
        }
        self.session.take_refusals().into_iter().for_each(|reply| self.front.metrics.refusals.count(reply));
        if !self.session.at_work() {
            self.work = None;
            self.body.release();
        }
        Ok(true)
    }

    fn answer(&mut self, verdict: Verdict) {
        self.session.answer(verdict, self.front.clock.now());
    }

    /// Room to work, and room on disk. Waiting for the first holds the peer back, which is the point of it.
    async fn room(&mut self, bytes: u64) -> Verdict {
        if self.work.is_none() {
            let patience = self.front.clock.now().plus(self.front.config.limits.idle_max);
            self.work = tokio::select! {
                biased;
                permit = self.front.work.acquire() => permit.ok(),
                () = async { self.front.clock.sleep_until(patience).await } => None,
            };
        }
        match (&self.work, self.front.reception.has_room(bytes)) {
            (None, _) => Verdict::Unavailable,
            (Some(_), false) => Verdict::NoRoom,
            (Some(_), true) => Verdict::Accept,
        }
    }

    async fn read(&mut self) -> io::Result<()> {
        self.make_room();
        let expires = self.session.expires();
        let deadline = self.cut_at.map_or(expires, |cut_at| cut_at.min(expires));
        let clock = &self.front.clock;
        tokio::select! {
            biased;
            read = self.stream.read_buf(&mut self.input) => {
                if read? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
            () = async { clock.sleep_until(deadline).await } => {
                let now = clock.now();
                if self.cut_at.is_some_and(|cut_at| now >= cut_at) {
                    self.session.cut();
                }
                self.session.expire(now);
            }
            () = draining(&mut self.phase), if self.cut_at.is_none() => {
                self.cut_at = Some(clock.now().plus(self.front.config.drain_max));
                self.session.drain();
            }
        }
        Ok(())
    }

    /// A large buffer while a mail comes, a small one while nothing does.
    fn make_room(&mut self) {
        if self.session.in_data() {
            return self.input.reserve(DATA_READ_BYTES);
        }
        if self.input.is_empty() && self.input.capacity() > IDLE_BYTES_MAX {
            self.input = BytesMut::new();
        }
        self.input.reserve(COMMAND_READ_BYTES);
    }

    async fn write(&mut self, replies: &Bytes) -> io::Result<()> {
        let clock = &self.front.clock;
        tokio::select! {
            biased;
            written = self.stream.write_all(replies) => written,
            () = async { clock.sleep(self.front.config.write_max).await } => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    /// Hands a whole mail to the house.
    async fn take(&mut self, mail: Arrived) -> Verdict {
        let clock = &self.front.clock;
        let patience = clock.now().plus(self.front.config.limits.idle_max);
        let whole = tokio::select! {
            biased;
            whole = self.body.whole(mail.body) => whole.map_err(|error| error.to_string()),
            () = async { clock.sleep_until(patience).await } => Err("no memory for the mail in time".to_owned()),
        };
        let raw = match whole {
            Ok(bytes) => named(bytes).await,
            Err(error) => {
                warn!(peer = mail.envelope.peer, error, "mail deferred before it was read");
                return Verdict::Unavailable;
            }
        };
        if !self.front.reception.has_room(raw.bytes().len() as u64) {
            warn!(mail = %raw.id(), peer = mail.envelope.peer, "mail deferred, too little free disk");
            return Verdict::NoRoom;
        }
        // The house writes the one line that a mail gets in the log.
        match self.front.reception.receive(mail.envelope, raw).await {
            Ok(receipt) => Verdict::Taken(receipt.outcomes.iter().map(place).collect()),
            Err(_) => Verdict::Unavailable,
        }
    }

    /// Waits a little for the peer to read what was said last: closing a socket with unread input throws our words
    /// away on the other side.
    async fn last_word(mut self) {
        let clock = &self.front.clock;
        let quiet = async {
            let mut rest = [0; 1024];
            self.stream.shutdown().await?;
            for _ in 0..LAST_READS_MAX {
                if self.stream.read(&mut rest).await? == 0 {
                    break;
                }
            }
            Ok::<(), io::Error>(())
        };
        let ended = tokio::select! {
            biased;
            ended = quiet => ended,
            () = async { clock.sleep(LAST_WORD_MAX).await } => Ok(()),
        };
        tracing::trace!(clean = ended.is_ok(), "connection closed");
    }
}

fn place(outcome: &Outcome) -> Place {
    Place { case: outcome.case, became: outcome.became.as_str() }
}

/// Names a mail by its hash.
async fn named(bytes: Bytes) -> RawMail {
    if bytes.len() <= HASH_HERE_BYTES_MAX {
        return RawMail::new(bytes);
    }
    let copy = bytes.clone();
    tokio::task::spawn_blocking(move || RawMail::new(copy)).await.unwrap_or_else(|_| RawMail::new(bytes))
}
