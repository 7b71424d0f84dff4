//! Where a connection's replies arrive, in the order of its requests.
//!
//! Requests of many connections travel in one run, so their replies come back mixed: each part of a run knows the
//! inbox and the cell in it that its replies belong to. An inbox lives on the thread of its connection and ends with
//! it; replies that arrive later are dropped, and the client sends the request again with the same key.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Waker};

use crate::exchange::course::Course;
use crate::exchange::reply::{About, Replies};
use crate::exchange::spare::{self, Spare};
use crate::state::Reply;

/// The number of an inbox on its thread. It is never given to another inbox, even after its own has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct InboxId {
    place: u32,
    generation: u32,
}

/// Consecutive requests of one connection that travel in one run, one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) inbox: InboxId,
    /// The cell that waits for their replies.
    pub(crate) cell: u64,
    /// The place of the first of them in the run.
    pub(crate) first: u32,
    pub(crate) requests: u32,
}

thread_local! {
    /// Of runs whose last client was told here.
    pub(crate) static REPLIES: Spare<Reply> = const { RefCell::new(Vec::new()) };
    static HERE: RefCell<Inboxes> = const { RefCell::new(Inboxes { all: Vec::new(), unused: Vec::new() }) };
}

/// The inboxes of a thread.
struct Inboxes {
    all: Vec<(u32, Option<Rc<RefCell<Cells>>>)>,
    unused: Vec<u32>,
}

/// The inbox of one connection, owned by its session.
pub(crate) struct Inbox {
    id: InboxId,
    cells: Rc<RefCell<Cells>>,
}

/// A cell for each part, in the order of the requests.
#[derive(Default)]
struct Cells {
    /// The number of the cell at the front.
    first: u64,
    cells: VecDeque<Cell>,
    /// Replies of the front cell that were told already.
    told: u32,
    /// Replies that are still to be told.
    expected: usize,
    /// Bytes of the runs whose replies wait here, about: a run stays as long as one of its clients has not taken all of its own.
    kept: usize,
    /// Woken when the front cell is filled; there only while the connection waits for that.
    waiting: Option<Waker>,
}

struct Cell {
    requests: u32,
    /// The replies of the whole run, and the place of this part's first reply among them.
    replies: Option<(Arc<Replies>, u32)>,
    kept: usize,
}

impl Inbox {
    /// A new inbox on this thread.
    pub(crate) fn new() -> Self {
        let cells: Rc<RefCell<Cells>> = Rc::default();
        let id = HERE.with_borrow_mut(|here| here.add(Rc::clone(&cells)));
        Self { id, cells }
    }

    /// Expects the reply to a request that comes last in a run, at `place`; `parts` are the parts of that run. The
    /// request joins the last part if that is this connection's newest, and begins a part of its own otherwise.
    pub(crate) fn expect(&self, place: usize, parts: &mut Vec<Part>) {
        let cells = &mut *self.cells.borrow_mut();
        let newest = cells.first + cells.cells.len() as u64;
        cells.expected += 1;
        match (parts.last_mut(), cells.cells.back_mut()) {
            (Some(part), Some(cell)) if part.inbox == self.id && part.cell + 1 == newest => {
                part.requests += 1;
                cell.requests += 1;
            }
            _ => {
                parts.push(Part { inbox: self.id, cell: newest, first: place as u32, requests: 1 });
                cells.cells.push_back(Cell { requests: 1, replies: None, kept: 0 });
            }
        }
    }

    /// Adds a reply that is there already, in its place among the others.
    pub(crate) fn add(&self, reply: Reply) {
        let replies = Arc::new(Replies::free(vec![reply]));
        let mut cells = self.cells.borrow_mut();
        cells.expected += 1;
        cells.cells.push_back(Cell { requests: 1, replies: Some((replies, 0)), kept: 0 });
        cells.call();
    }

    /// How many replies are still to be told.
    pub(crate) fn expected(&self) -> usize {
        self.cells.borrow().expected
    }

    /// Bytes that are kept for replies which are there and not told, about.
    pub(crate) fn kept_bytes(&self) -> usize {
        self.cells.borrow().kept
    }

    /// Tells up to `most` of the replies that are there, in the order of the requests and each once, until `tell` returns
    /// false. Returns how many it told. If the next reply is still to come, the task is woken when it is there. After those of
    /// one run, `went` is told where their time went, and how many they were.
    pub(crate) fn poll(
        &self,
        context: &Context<'_>,
        most: usize,
        mut tell: impl FnMut(&Reply, Option<&About>) -> bool,
        mut went: impl FnMut(Course, usize),
    ) -> usize {
        let mut cells = self.cells.borrow_mut();
        let cells = &mut *cells;
        let (mut left, mut goes_on) = (most, true);
        while left > 0 && goes_on {
            let Some(cell) = cells.cells.front() else { break };
            let Some((replies, offset)) = &cell.replies else {
                match &mut cells.waiting {
                    Some(waiting) => waiting.clone_from(context.waker()),
                    None => cells.waiting = Some(context.waker().clone()),
                }
                break;
            };
            let most = left.min((cell.requests - cells.told) as usize);
            let from = (offset + cells.told) as usize;
            let event = replies.event.as_deref();
            let mut count = 0;
            for reply in &replies.replies[from..from + most] {
                goes_on = tell(reply, event);
                count += 1;
                if !goes_on {
                    break;
                }
            }
            went(replies.passage.course(), count);
            left -= count;
            cells.told += count as u32;
            cells.expected -= count;
            if cells.told == cell.requests {
                cells.drop_first();
            }
        }
        most - left
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        // The thread may be ending, and its inboxes may be gone before its connections.
        let _ = HERE.try_with(|here| here.borrow_mut().remove(self.id));
    }
}

/// Whether this thread has exactly one inbox.
pub(crate) fn are_one() -> bool {
    HERE.with_borrow(|here| here.all.len() - here.unused.len() == 1)
}

/// Puts the replies of a run, which take so many bytes, into the inboxes of this thread, and wakes each connection that waited for one of them.
pub(crate) fn deliver(parts: &[Part], replies: &Arc<Replies>, bytes: usize) {
    let _ = HERE.try_with(|here| {
        let here = here.borrow();
        for part in parts {
            if let Some(cells) = here.find(part.inbox) {
                cells.borrow_mut().fill(part, replies, bytes);
            }
        }
    });
}

impl Inboxes {
    fn add(&mut self, cells: Rc<RefCell<Cells>>) -> InboxId {
        let place = self.unused.pop().unwrap_or_else(|| {
            self.all.push((0, None));
            u32::try_from(self.all.len() - 1).expect("a thread has fewer connections than that")
        });
        let (generation, inbox) = &mut self.all[place as usize];
        *inbox = Some(cells);
        InboxId { place, generation: *generation }
    }

    fn find(&self, id: InboxId) -> Option<&Rc<RefCell<Cells>>> {
        let (generation, inbox) = self.all.get(id.place as usize)?;
        inbox.as_ref().filter(|_| *generation == id.generation)
    }

    fn remove(&mut self, id: InboxId) {
        let (generation, inbox) = &mut self.all[id.place as usize];
        assert!(*generation == id.generation && inbox.is_some(), "an inbox is removed once, by its owner");
        *inbox = None;
        // A place whose numbers are used up stays unused.
        if let Some(next) = generation.checked_add(1) {
            *generation = next;
            self.unused.push(id.place);
        }
    }
}

impl Cells {
    /// Everything of the first cell is told.
    fn drop_first(&mut self) {
        let Some(cell) = self.cells.pop_front() else { return };
        self.first += 1;
        self.told = 0;
        self.kept -= cell.kept;
        // The last one who was told gives the vector back.
        if let Some(Replies { replies, .. }) = cell.replies.and_then(|(replies, _)| Arc::into_inner(replies))
        {
            spare::give(&REPLIES, replies);
        }
    }

    fn fill(&mut self, part: &Part, replies: &Arc<Replies>, bytes: usize) {
        let at = part.cell.checked_sub(self.first).expect("a cell is filled before it is told") as usize;
        let cell = &mut self.cells[at];
        assert!(
            cell.replies.is_none() && cell.requests == part.requests,
            "each cell is filled once, and whole"
        );
        cell.replies = Some((Arc::clone(replies), part.first));
        cell.kept = bytes;
        self.kept += bytes;
        if at == 0 {
            self.call();
        }
    }

    fn call(&mut self) {
        if self.cells.front().is_some_and(|cell| cell.replies.is_some())
            && let Some(waiting) = self.waiting.take()
        {
            waiting.wake();
        }
    }
}
