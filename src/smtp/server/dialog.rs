//! What each command does in each state.

use bytes::{Buf, BytesMut};

use super::{Caller, Opened, Receiving, Session, State, Step};
use crate::address::{Address, ReversePath};
use crate::envelope::{Client, Envelope, Listener, Recipient};
use crate::smtp::command::{Command, Forwarded, MailCommand, RcptCommand};
use crate::smtp::data::DataReader;
use crate::smtp::line::Line;
use crate::smtp::path::ForwardPath;
use crate::smtp::reply::{self, Reply};
use crate::smtp::server::Action;
use crate::time::Timestamp;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Hello {
    Helo,
    Ehlo,
    Lhlo,
}

impl Session {
    pub(super) fn read_line(&mut self, state: State, input: &mut BytesMut, now: Timestamp) -> Step {
        let parsed = match self.lines.next(input, self.config.limits.command_bytes_max) {
            Line::More => {
                self.state = state;
                return Step::More;
            }
            Line::Refused(reply) => Err(reply),
            Line::Whole(length) => {
                let parsed = Command::parse(&input[..length]).map_err(|refusal| refusal.reply);
                input.advance(length);
                parsed
            }
        };
        self.heard = now;
        match parsed {
            Ok(command) => self.obey(state, command, now),
            Err(reply) => self.blame(state, reply),
        }
    }

    /// The whole protocol. A pair that is not listed is a bad sequence of commands.
    fn obey(&mut self, state: State, command: Command, now: Timestamp) -> Step {
        match (state, command) {
            (_, Command::Quit) => self.hang_up(&reply::BYE),
            (state, Command::Noop) => self.stay(state, &reply::OK),
            (state, Command::Help) => self.stay(state, &reply::HELP),
            (state, Command::Vrfy) => self.stay(state, &reply::NOT_VERIFIED),
            (state, Command::Rset) => self.stay(between_mails(state), &reply::OK),
            (state, Command::Helo(name)) => return self.hello(state, name, Hello::Helo),
            (state, Command::Ehlo(name)) => return self.hello(state, name, Hello::Ehlo),
            (state, Command::Lhlo(name)) => return self.hello(state, name, Hello::Lhlo),
            (state, Command::Bdat(size)) => return self.begin_chunk(state, size),
            (state, Command::Xforward(_)) if !self.peer.trusted => return self.blame(state, &reply::NOT_TRUSTED),
            (State::Mail(mut caller), Command::Xforward(told)) => {
                caller.forwarded = caller.forwarded.and(told);
                self.stay(State::Mail(caller), &reply::OK);
            }
            (State::Mail(caller), Command::Mail(mail)) => return self.begin(caller, mail),
            (State::Rcpt(Opened(envelope), size), Command::Rcpt(rcpt)) => return self.ask(envelope, size, rcpt),
            (State::Data(envelope, size), Command::Rcpt(rcpt)) => return self.ask(envelope, size, rcpt),
            (State::Data(envelope, size), Command::Data) => {
                let reader = DataReader::new(&self.config.limits, size);
                let mail = Receiving { envelope, reader, begun: now };
                self.stay(State::Dot(Box::new(mail)), &reply::GO_AHEAD);
            }
            (state @ State::Hello, _) => return self.blame(state, &reply::HELLO_FIRST),
            (state @ State::Mail(_), _) => return self.blame(state, &reply::MAIL_FIRST),
            (state @ State::Rcpt(..), Command::Data) => return self.blame(state, &reply::RECIPIENT_FIRST),
            (state, _) => return self.blame(state, &reply::MAIL_ALREADY),
        }
        Step::Again
    }

    fn hello(&mut self, state: State, name: String, hello: Hello) -> Step {
        let smtp = self.config.listener == Listener::Smtp;
        // RFC 2033 §4.1: LHLO is the only hello of LMTP, and LMTP's alone.
        if smtp == (hello == Hello::Lhlo) {
            return self.blame(state, &reply::WRONG_HELLO);
        }
        let (host, mail_bytes_max) = (self.config.host.as_str(), self.config.limits.mail_bytes_max);
        match hello {
            Hello::Helo => reply::hello(&mut self.out, host),
            Hello::Ehlo | Hello::Lhlo => {
                let offer = reply::Offer { host, mail_bytes_max, xforward: self.peer.trusted };
                reply::offer(&mut self.out, offer);
            }
        }
        // RFC 5321 §4.1.4: a second hello is also a RSET.
        self.state = State::Mail(Caller { name, forwarded: Forwarded::default() });
        Step::Again
    }

    fn begin(&mut self, caller: Caller, mail: MailCommand) -> Step {
        if mail.size > self.config.limits.mail_bytes_max {
            self.stay(State::Mail(caller), &reply::TOO_BIG);
            return Step::Again;
        }
        self.state = State::Room(Opened(self.envelope(caller, mail.reverse_path)), mail.size);
        if let State::Room(Opened(envelope), _) = &mut self.state {
            envelope.smtputf8 = mail.smtputf8;
            envelope.dsn_return = mail.dsn_return;
            envelope.envelope_id = mail.envelope_id;
        }
        Step::Ask(Action::Room(mail.size))
    }

    fn envelope(&self, caller: Caller, reverse_path: ReversePath) -> Envelope {
        // A trusted peer is a mail server of ours: its own address says nothing of the sender.
        let client = match self.peer.trusted {
            true => caller
                .forwarded
                .client
                .map(|address| Client { address, hello: caller.forwarded.hello.unwrap_or_default() }),
            false => self.peer.name.parse().ok().map(|address| Client { address, hello: caller.name.clone() }),
        };
        Envelope {
            listener: self.config.listener,
            trusted: self.peer.trusted,
            peer: self.peer.name.clone(),
            hello: caller.name,
            queue_id: caller.forwarded.queue_id,
            client,
            reverse_path,
            recipients: Vec::new(),
            smtputf8: false,
            dsn_return: None,
            envelope_id: None,
        }
    }

    fn ask(&mut self, envelope: Envelope, size: u64, rcpt: RcptCommand) -> Step {
        if envelope.recipients.len() >= self.config.limits.recipients_max {
            self.stay(State::Data(envelope, size), &reply::TOO_MANY_RECIPIENTS);
            return Step::Again;
        }
        if rcpt.needs_smtputf8 && !envelope.smtputf8 {
            return self.blame(State::reopened(envelope, size), &reply::NEEDS_SMTPUTF8);
        }
        let address = match rcpt.forward_path {
            ForwardPath::Mailbox(address) => address,
            ForwardPath::Postmaster => {
                Address::of("postmaster", &self.config.host).expect("a plain word and a domain make an address")
            }
        };
        let recipient = Recipient { address: address.clone(), notify: rcpt.notify, original: rcpt.original };
        self.state = State::Verdict(envelope, size, recipient);
        Step::Ask(Action::Recipient(address))
    }
    /// RFC 3030 §2: `size` octets follow the command. We never offered to take them, but they come, and must not be
    /// read as commands.
    fn begin_chunk(&mut self, state: State, size: u64) -> Step {
        if size > self.config.limits.mail_bytes_max {
            self.say(&reply::NOT_OFFERED);
            self.hang_up(&reply::OVERRUN);
            return Step::Again;
        }
        self.state = State::Chunk(size, Box::new(state));
        Step::Again
    }

    pub(super) fn skip_chunk(&mut self, left: u64, before: Box<State>, input: &mut BytesMut, now: Timestamp) -> Step {
        let eaten = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
        input.advance(eaten);
        if eaten > 0 {
            self.heard = now;
        }
        match left - eaten as u64 {
            0 => self.blame(*before, &reply::NOT_OFFERED),
            left => {
                self.state = State::Chunk(left, before);
                Step::More
            }
        }
    }

    fn stay(&mut self, state: State, reply: &'static Reply) {
        self.say(reply);
        self.state = state;
    }

    /// Says no, and counts it: a peer that makes nothing but errors is sent away.
    fn blame(&mut self, state: State, reply: &'static Reply) -> Step {
        self.stay(state, reply);
        self.errors += 1;
        if self.errors >= self.config.limits.errors_max {
            self.hang_up(&reply::TOO_MANY_ERRORS);
        }
        Step::Again
    }
}

/// RFC 5321 §4.1.1.5: RSET forgets the mail, not the hello.
fn between_mails(state: State) -> State {
    match state {
        State::Rcpt(Opened(envelope), _) | State::Data(envelope, _) => State::Mail(Caller::of(envelope)),
        State::Mail(caller) => State::Mail(Caller { forwarded: Forwarded::default(), ..caller }),
        state => state,
    }
}
