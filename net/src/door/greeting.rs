//! The conversation with a client before its login: a command at a time, few of them, and small ones.

use std::time::Duration;

use holdfast_engine::{Code, Fault};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::task::yield_now;
use zeroize::{Zeroize as _, Zeroizing};

use crate::access::{Credentials, Grant, Right};
use crate::connection::peer::{After, Peer, Refused, no_place};
use crate::connection::stream::linger;
use crate::error::ProtocolError;
use crate::limits;
use crate::resp::decode::{Decoded, Decoder, FrameLimits};
use crate::resp::encode::Encoder;
use crate::shared::Shared;
use crate::shutdown::{Phase, Watch};
use crate::stats::Stats;
use crate::verbs::{Command, Front, Unusable, Verb, command};

/// A client that nobody knows yet.
pub(super) struct Stranger<'a, S> {
    pub(super) stream: &'a mut S,
    pub(super) peer: &'a mut Peer,
    pub(super) shared: &'a Shared,
    pub(super) watch: Watch,
}

/// What comes of a command.
struct Answer {
    bytes: Vec<u8>,
    /// How long it is kept back.
    delay: Duration,
    then: Then,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    Next,
    LetIn,
    Close,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Stranger<'_, S> {
    /// Talks until the client has logged in; gives what it has sent behind that. `None` if it did not, and the connection
    /// is over. `keeps_place` is asked whether there is a place for it, given that it is an operator or not.
    pub(super) async fn greet(mut self, mut keeps_place: impl FnMut(bool) -> bool) -> Option<Vec<u8>> {
        let (mut decoder, mut input) = (Decoder::new(), Zeroizing::new(Vec::new()));
        let (mut commands, mut refusals) = (0, 0);
        loop {
            let used = match decoder.decode(&input, FrameLimits::LOGIN) {
                Ok(Decoded::Incomplete) => {
                    if self.read(&mut input).await? {
                        continue;
                    }
                    return None;
                }
                Ok(Decoded::Nothing(used)) => {
                    commands += 1;
                    used
                }
                Ok(Decoded::Command(used)) => {
                    commands += 1;
                    let read = command(decoder.arguments(&input), &Grant::NOTHING, &mut None);
                    let answer = self.answer(read, &mut refusals, &mut keeps_place);
                    let then = self.say(answer).await?;
                    match then {
                        Then::Next => {}
                        Then::LetIn => return Some(input.split_off(used)),
                        Then::Close => return self.close().await,
                    }
                    used
                }
                Err(error) => return self.refuse(error).await,
            };
            // A secret may have been in it.
            input[..used].zeroize();
            input.drain(..used);
            if commands >= limits::LOGIN_COMMANDS_MAX {
                return self.close().await;
            }
            yield_now().await;
        }
    }

    /// Reads more. `false`: nothing more comes, or the server stops. `None` if the socket has failed.
    async fn read(&mut self, input: &mut Vec<u8>) -> Option<bool> {
        if input.capacity() - input.len() < limits::LOGIN_READ_BYTES {
            // Not left to the vector, which wipes nothing of what it leaves behind.
            let mut larger = Vec::with_capacity(2 * input.len() + limits::LOGIN_READ_BYTES);
            larger.extend_from_slice(input);
            input.zeroize();
            *input = larger;
        }
        let mut room = (&mut *self.stream).take(limits::LOGIN_READ_BYTES as u64);
        let count = tokio::select! {
            biased;
            () = self.watch.reached(Phase::Finish) => 0,
            count = room.read_buf(input) => count.ok()?,
        };
        Stats::add(&self.shared.stats.here().input_bytes, count as u64);
        Some(count > 0)
    }

    fn answer(
        &mut self,
        read: Result<(&'static Verb, Command<'_>), Unusable>,
        refusals: &mut u32,
        keeps_place: &mut impl FnMut(bool) -> bool,
    ) -> Answer {
        let stats = self.shared.stats.here();
        Stats::add(&stats.commands, 1);
        let mut bytes = Vec::new();
        if let Ok((verb, _)) = &read {
            self.peer.saw(verb);
        }
        let refused = match read {
            Ok((_, Command::Front(Front::Local(local)))) if local.may_come_before_a_login() => {
                let login = local.login();
                match login.map_or(Ok(()), |login| self.log_in(login, keeps_place)) {
                    Ok(()) => {
                        let after = self.peer.answer(local, self.shared, false, &mut bytes);
                        let then = match after {
                            After::Close => Then::Close,
                            After::Next if login.is_some() => Then::LetIn,
                            After::Next => Then::Next,
                        };
                        return Answer { bytes, delay: Duration::ZERO, then };
                    }
                    Err(refused) => refused,
                }
            }
            Ok((verb, _)) | Err(Unusable::Denied(verb) | Unusable::Elsewhere(verb, _)) => {
                self.peer.denied(verb, None, self.shared).into()
            }
            Err(Unusable::Invalid(fault)) => {
                Stats::add(&stats.commands_invalid, 1);
                fault.into()
            }
        };
        *refusals += 1;
        let last = refused.last || *refusals >= limits::LOGIN_REFUSALS_MAX;
        Encoder::new(&mut bytes, self.peer.protocol).error(&refused.fault);
        Answer { bytes, delay: refused.delay, then: if last { Then::Close } else { Then::Next } }
    }

    fn log_in(
        &mut self,
        login: Credentials<'_>,
        keeps_place: &mut impl FnMut(bool) -> bool,
    ) -> Result<(), Refused> {
        self.peer.log_in(login, self.shared)?;
        if keeps_place(self.peer.grant.rights.has(Some(Right::Operate))) {
            return Ok(());
        }
        Stats::add(&self.shared.stats.here().connections_refused, 1);
        Err(Refused { last: true, ..Refused::from(no_place(self.shared.places.most())) })
    }

    /// Says it when it is time; at once if the server stops.
    async fn say(&mut self, Answer { bytes, delay, then }: Answer) -> Option<Then> {
        let mut then = then;
        if !delay.is_zero() {
            tokio::select! {
                biased;
                () = self.watch.reached(Phase::Finish) => then = Then::Close,
                () = tokio::time::sleep(delay) => {}
            }
        }
        self.write(&bytes).await?;
        Some(then)
    }

    async fn write(&mut self, bytes: &[u8]) -> Option<()> {
        self.stream.write_all(bytes).await.ok()?;
        self.stream.flush().await.ok()?;
        Stats::add(&self.shared.stats.here().output_bytes, bytes.len() as u64);
        Some(())
    }

    /// The bytes are not the protocol.
    async fn refuse(mut self, error: ProtocolError) -> Option<Vec<u8>> {
        Stats::add(&self.shared.stats.here().protocol_errors, 1);
        let mut bytes = Vec::new();
        Encoder::new(&mut bytes, self.peer.protocol).error(&error.into());
        self.write(&bytes).await?;
        self.close().await
    }

    async fn close(self) -> Option<Vec<u8>> {
        linger(self.stream).await;
        None
    }
}

/// The last word to a client that is no longer waited for, if its socket takes it at once.
pub(super) async fn dismiss(stream: &mut (impl AsyncWrite + Unpin), peer: &Peer, fault: &Fault) {
    let mut bytes = Vec::new();
    Encoder::new(&mut bytes, peer.protocol).error(fault);
    let farewell = async {
        stream.write_all(&bytes).await?;
        stream.shutdown().await
    };
    let _ = tokio::time::timeout(Duration::ZERO, farewell).await;
}

/// Why a connection has to go for others.
pub(super) fn displaced() -> Fault {
    let message = "too many connections wait for their login, and this was the oldest; retry after 1000 ms";
    Fault::new(Code::TOO_MANY_CONNECTIONS, message)
}
