//! What a session gives for requests: the right to their replies.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::vec::IntoIter;

use smallvec::{SmallVec, smallvec};
use tokio::sync::oneshot;

use crate::catalogue::Code;
use crate::exchange::reply::{About, Replies, Reply};
use crate::fault::Fault;

/// The replies to requests that were sent together: each is there when its event has answered and all that the answer
/// rests on is durable. Never fails: what goes wrong is among the replies.
#[derive(Debug)]
pub struct Ticket {
    runs: SmallVec<[Run; 1]>,
    /// The run of each reply that was not told yet; empty if there is one run only.
    order: IntoIter<u8>,
}

/// The replies to the requests for one event.
#[derive(Debug)]
struct Run {
    requests: usize,
    answer: Answer,
    told: usize,
}

#[derive(Debug)]
enum Answer {
    Coming(oneshot::Receiver<Replies>),
    There(Replies),
}

impl Ticket {
    /// Replies that are there already.
    pub(crate) fn there(replies: Vec<Reply>) -> Self {
        Self::of(replies.len(), Answer::There(Replies { replies, event: None }))
    }

    /// Replies that are still to come.
    pub(crate) fn coming(requests: usize, answer: oneshot::Receiver<Replies>) -> Self {
        Self::of(requests, Answer::Coming(answer))
    }

    fn of(requests: usize, answer: Answer) -> Self {
        Self { runs: smallvec![Run { requests, answer, told: 0 }], order: Vec::new().into_iter() }
    }

    /// The replies of tickets of one run each, told in this order: the next one is the next of that ticket. Of a single
    /// ticket, in its own.
    pub(crate) fn of_all(tickets: impl Iterator<Item = Self>, order: Vec<u8>) -> Self {
        Self { runs: tickets.flat_map(|ticket| ticket.runs).collect(), order: order.into_iter() }
    }

    /// How many replies it stands for.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.runs.iter().map(|run| run.requests).sum()
    }

    /// Tells the replies that are there, in the order of the requests and each once, with what they are about. Ready
    /// when that was the last.
    pub fn poll_replies(
        &mut self,
        context: &mut Context<'_>,
        mut tell: impl FnMut(&Reply, Option<&About>),
    ) -> Poll<()> {
        if let [only] = self.runs.as_mut_slice() {
            let (replies, told) = ready!(only.poll(context));
            let event = replies.event.as_deref();
            replies.replies.iter().skip(*told).for_each(|reply| tell(reply, event));
            *told = replies.replies.len();
            return Poll::Ready(());
        }
        while let Some(turn) = self.order.as_slice().first() {
            let (replies, told) = ready!(self.runs[usize::from(*turn)].poll(context));
            tell(&replies.replies[*told], replies.event.as_deref());
            *told += 1;
            self.order.next();
        }
        Poll::Ready(())
    }

    /// All replies, in the order of the requests, when the last one is there.
    pub async fn replies(mut self) -> Vec<Reply> {
        let mut all = Vec::with_capacity(self.requests());
        poll_fn(|context| self.poll_replies(context, |reply, _| all.push(reply.clone()))).await;
        all
    }
}

impl Run {
    /// The replies when they are there, and how many of them were told.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<(&Replies, &mut usize)> {
        if let Answer::Coming(answer) = &mut self.answer {
            let answer = ready!(Pin::new(answer).poll(context));
            let replies = answer.unwrap_or_else(|_| {
                let fault = Fault::new(Code::OUT_OF_SERVICE, "the event's actor has gone");
                Replies { replies: vec![Reply::Fault(fault); self.requests], event: None }
            });
            self.answer = Answer::There(replies);
        }
        match &mut self.answer {
            Answer::There(replies) => Poll::Ready((replies, &mut self.told)),
            Answer::Coming(_) => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;

    fn reply(word: &str) -> Reply {
        Reply::Fault(Fault::new(Code::DEFECT, word))
    }

    fn word(reply: &Reply) -> String {
        match reply {
            Reply::Fault(fault) => fault.message.clone(),
            other => panic!("{other:?}"),
        }
    }

    /// What a poll tells, and whether that was all.
    fn poll(ticket: &mut Ticket) -> (Vec<String>, bool) {
        let mut told = Vec::new();
        let mut context = Context::from_waker(Waker::noop());
        let done = ticket.poll_replies(&mut context, |reply, _| told.push(word(reply)));
        (told, done.is_ready())
    }

    #[test]
    fn replies_of_several_events_come_in_the_order_of_the_requests() {
        let (to, answers): (Vec<_>, Vec<_>) = (0..3).map(|_| oneshot::channel()).unzip();
        let tickets = [2, 1, 2].into_iter().zip(answers).map(|(count, answer)| Ticket::coming(count, answer));
        let mut ticket = Ticket::of_all(tickets, vec![0, 1, 0, 2, 2]);
        assert_eq!(ticket.requests(), 5);
        let mut to = to.into_iter().map(|to| {
            move |words: &[&str]| {
                let replies = words.iter().map(|word| reply(word)).collect();
                to.send(Replies { replies, event: None }).unwrap();
            }
        });
        let (first, second, third) = (to.next().unwrap(), to.next().unwrap(), to.next().unwrap());
        assert_eq!(poll(&mut ticket), (vec![], false));
        third(&["d", "e"]);
        assert_eq!(poll(&mut ticket), (vec![], false), "not before those before them");
        first(&["a", "c"]);
        assert_eq!(poll(&mut ticket), (vec!["a".to_owned()], false), "as far as they go");
        second(&["b"]);
        assert_eq!(poll(&mut ticket), (["b", "c", "d", "e"].map(str::to_owned).to_vec(), true));
    }

    #[test]
    fn an_actor_that_has_gone_leaves_a_reply_to_each_request() {
        let (to, answer) = oneshot::channel();
        drop(to);
        let (told, done) = poll(&mut Ticket::coming(3, answer));
        assert_eq!((told.len(), done), (3, true));
    }
}
