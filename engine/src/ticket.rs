//! What a session gives for requests: the right to their replies.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::sync::oneshot;

use crate::catalogue::Code;
use crate::reply::{About, Fault, Replies, Reply};

/// The replies to requests that were sent together: each is there when its event has answered and all that the answer
/// rests on is durable. Never fails: what goes wrong is among the replies.
#[derive(Debug)]
pub struct Ticket {
    requests: usize,
    runs: Runs,
}

#[derive(Debug)]
enum Runs {
    One(Run),
    /// For several events.
    Several {
        runs: Vec<Run>,
        order: Vec<u8>,
        told: usize,
    },
}

/// The replies to the requests for one event.
#[derive(Debug)]
struct Run {
    requests: usize,
    answer: Answer,
}

#[derive(Debug)]
enum Answer {
    Coming(oneshot::Receiver<Replies>),
    There { replies: Replies, told: usize },
}

impl Ticket {
    /// Replies that are there already.
    pub(crate) fn there(replies: Vec<Reply>) -> Self {
        let requests = replies.len();
        let answer = Answer::There { replies: Replies { replies, event: None }, told: 0 };
        Self { requests, runs: Runs::One(Run { requests, answer }) }
    }

    /// Replies that are still to come.
    pub(crate) const fn coming(requests: usize, answer: oneshot::Receiver<Replies>) -> Self {
        Self { requests, runs: Runs::One(Run { requests, answer: Answer::Coming(answer) }) }
    }

    /// Those of all of them, told in this order: the next one is the next of that ticket.
    pub(crate) fn of_all(tickets: impl Iterator<Item = Self>, order: Vec<u8>) -> Self {
        let run = |ticket: Self| match ticket.runs {
            Runs::One(run) => Some(run),
            Runs::Several { .. } => None,
        };
        let runs = tickets.filter_map(run).collect();
        Self { requests: order.len(), runs: Runs::Several { runs, order, told: 0 } }
    }

    /// How many replies it stands for.
    #[must_use]
    pub const fn requests(&self) -> usize {
        self.requests
    }

    /// Tells the replies that are there, in the order of the requests and each once, with what they are about. Ready
    /// when that was the last.
    pub fn poll_replies(
        &mut self,
        context: &mut Context<'_>,
        mut tell: impl FnMut(&Reply, Option<&About>),
    ) -> Poll<()> {
        match &mut self.runs {
            Runs::One(run) => {
                let (replies, told) = ready!(run.poll(context));
                let event = replies.event.as_deref();
                replies.replies.iter().skip(*told).for_each(|reply| tell(reply, event));
                *told = replies.replies.len();
            }
            Runs::Several { runs, order, told: done } => {
                while let Some(run) = order.get(*done).and_then(|turn| runs.get_mut(usize::from(*turn))) {
                    let (replies, told) = ready!(run.poll(context));
                    if let Some(reply) = replies.replies.get(*told) {
                        tell(reply, replies.event.as_deref());
                    }
                    *told += 1;
                    *done += 1;
                }
            }
        }
        Poll::Ready(())
    }

    /// All replies, in the order of the requests, when the last one is there.
    pub async fn replies(mut self) -> Vec<Reply> {
        let mut all = Vec::with_capacity(self.requests);
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
            self.answer = Answer::There { replies, told: 0 };
        }
        match &mut self.answer {
            Answer::There { replies, told } => Poll::Ready((replies, told)),
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
