//! One mail over one connection.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};

use super::Patience;
use super::connect::Line;
use crate::smtp::client::{Delivery, Offer, Outcome, Phase, Step};

/// Longest wait for a goodbye to be heard.
const GOODBYE_MAX: Duration = Duration::from_secs(5);

/// What came of it.
pub struct Carried {
    /// For the mail.
    pub outcome: Outcome,
    /// The connection, if it can carry another.
    pub line: Option<Line>,
    /// The connection was gone before anything of this mail was answered.
    pub stale: bool,
}

/// Carries a mail as far as it goes.
pub async fn carry(mut line: Line, mail: impl FnOnce(Offer) -> Delivery, patience: &Patience) -> Carried {
    let mut delivery = mail(line.offer);
    if spoken_to(&mut line).await {
        return lost(delivery, "connection closed while idle", 0);
    }
    let mut input = BytesMut::with_capacity(1024);
    loop {
        match delivery.step() {
            Step::Write(bytes) => {
                if let Err((why, unwritten)) = write(&mut line, &bytes, patience.write).await {
                    return lost(delivery, &why, unwritten);
                }
            }
            Step::Read(phase) => {
                let time = time_for(phase, patience);
                match tokio::time::timeout(time, line.pipe.read_buf(&mut input)).await {
                    Ok(Ok(1..)) => delivery.hear(&mut input),
                    Ok(Ok(0)) => return lost(delivery, "connection closed", 0),
                    Ok(Err(error)) => return lost(delivery, &error.to_string(), 0),
                    Err(_) => return lost(delivery, &format!("no reply to {phase:?} in time"), 0),
                }
            }
            Step::Done(fates) => {
                let line = delivery.reusable().then_some(line);
                return Carried { outcome: Outcome::Each(fates), line, stale: false };
            }
        }
    }
}

/// Says goodbye. What is wrong if the other side does not hear it.
pub async fn leave(mut line: Line) -> Option<String> {
    write(&mut line, b"QUIT\r\n", GOODBYE_MAX).await.err().map(|(why, _)| why)
}

fn lost(delivery: Delivery, why: &str, unwritten: usize) -> Carried {
    let stale = delivery.untouched();
    Carried { outcome: delivery.lost(why, unwritten), line: None, stale }
}

/// A connection on which the other side says something unasked, or hangs up, is of no more use.
async fn spoken_to(line: &mut Line) -> bool {
    let mut byte = [0; 1];
    let mut buffer = ReadBuf::new(&mut byte);
    poll_fn(|context| Poll::Ready(Pin::new(&mut line.pipe).poll_read(context, &mut buffer).is_ready())).await
}

/// Writes all of it; on failure tells how much never left.
async fn write(line: &mut Line, bytes: &[u8], time: Duration) -> Result<(), (String, usize)> {
    let mut done = 0;
    let work = async {
        while done < bytes.len() {
            match line.pipe.write(&bytes[done..]).await? {
                0 => return Err(std::io::ErrorKind::WriteZero.into()),
                written => done += written,
            }
        }
        line.pipe.flush().await
    };
    let why = match tokio::time::timeout(time, work).await {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "the other side does not read".to_owned(),
    };
    Err((why, bytes.len() - done))
}

fn time_for(phase: Phase, patience: &Patience) -> Duration {
    match phase {
        Phase::Mail | Phase::Rcpt(_) => patience.command,
        Phase::Data => patience.data,
        Phase::Dot => patience.dot,
    }
}
