//! The engine: events, the actors that own them, and what makes them last.

mod actor;
mod audit;
mod breaker;
mod catalogue;
mod clock;
mod cluster;
mod codec;
mod document;
mod exchange;
mod fault;
mod feed;
mod front;
mod groups;
mod jobs;
mod journal;
mod kinds;
mod life;
pub mod limits;
mod mix;
mod node;
mod notices;
mod numbers;
mod pulse;
mod restore;
mod state;
mod system;

pub use actor::{Birth, EventCore, Policy, SystemCore};
pub use audit::{AUDITED_FILE, AuditAsk, AuditFind, AuditNotes, AuditStats, TurnedAway, act_of};
pub use breaker::{Circuit, Outcome, PaymentPolicy, PaymentReaction, ProviderFigures, Tally, is_declined};
pub use catalogue::{CATALOGUE, Code, CustomerText, Entry, Kind, Korean, class_in_korean, explain};
pub use clock::{Clock, Stamp, SystemClock};
pub use cluster::{Cluster, GENESIS_FILE, OpenCopies, Port as ClusterPort, Settings as ClusterSettings};
pub use codec::{
    Framed, FramedSystem, Fronted, ImageError, RecordError, Secret, at_of, decode_place, decode_record,
    decode_system, encode_place, encode_record, encode_system, event_of, hex, read_event, read_system,
    version_of, write_event, write_system,
};
pub use document::Document;
pub use exchange::course::Course;
pub use exchange::reply::{About, Replies};
pub use exchange::request::{Ask, Labels, label, limits_change, plan_change};
pub use fault::Fault;
pub use feed::{
    Channel, Delta, EntryId, FeedFields, FeedPage, FeedQuery, FeedRecord, FeedRetention, FeedStats,
    FeedValue, GroupLog, KINDS, KindFields, LoggedChange, Message, Needs as GroupNeeds, Overrun, PERSONAL,
    StreamLog, StreamSpan, Subscriber, TRACEPARENT, bare_fields, change_json, feed_fields,
};
pub use front::all_feeds::{Admitted, FeedsPage, FeedsQuery};
pub use front::directory::Waking;
pub use front::draft::{Draft, Drafting};
pub use front::figures::Telling;
pub use front::past::LookingBack;
pub use front::picture::Picture;
pub use front::round::Together;
pub use front::router::Router;
pub use front::session::{Asked, Session};
pub use front::streams::groups::{
    CareAsk, ClaimedEntries, ConsumerLine, DeadLine, GroupAsk, GroupEntries, GroupLine, GroupName, GroupRead,
    GroupTold, PendingLine, PendingQuery, WaitedEntry, Wants, needs_of,
};
pub use front::streams::read::{After, StreamsQuery};
pub use front::streams::{StreamEntry, StreamKey, StreamReader, StreamView};
pub use groups::{ConsumerStats, GroupFigures};
pub use jobs::{
    ApprovalPolicy, ExecutionName, Find, Interrupted, Job, JobAsk, JobRun, Jobs, Looked, Looking,
    Plan as JobPlan, RESULTS_DIR, ResultsPage, TellTimes, ThreadTimes, Unfinished, no_arguments,
};
pub use journal::admission::Trouble;
pub use journal::append::{Journal, NotOwner, Quorum};
pub use journal::archive::{Archive, ArchiveStats};
pub use journal::budgets::Stock;
pub use journal::census::SaleTotals;
pub use journal::durations::{Durations, HoldEnd};
pub use journal::memory::{MemoryGauge, MemoryLimit, MemoryStats, MemoryUse};
pub use kinds::{CLASSES, MEANINGS, MOVED, Meaning};
pub use life::background::CheckpointPolicy;
pub use life::condition::Condition;
pub use life::engine::{Config, Engine, EngineStats, OnFailure, OpenError, RESTORE};
pub use life::identity::{IDENTITY_COPY, IDENTITY_FILE, Identity, IdentityError};
pub use life::notices::{Following, Gap, is_damage, mode_notice};
pub use life::payments::{BREAKER, PausedSale, PaymentStats};
pub use life::sync_probe::SyncProbe;
pub use life::system_watch::SystemStats;
pub use node::{
    ClusterFigures, ClusterMeasures, ClusterRole, ClusterStats, ClusterView, LogCopy, LogSeen, NodeWay,
    Over as ClusterOver, Standing as ClusterStanding,
};
pub use notices::{ChannelShown, NoticeDesk, NoticeStats, NotifyAsk};
pub use numbers::{Account, At, EventId, HoldId, Millis};
pub use pulse::{Beat, Doing};
pub use restore::checkpoint::{CheckpointError, CheckpointReport, Checkpointer, Image, Memory};
pub use restore::newest::Newest;
pub use restore::past::{AsOf, GoesOn, Moment, TakeEvent, Upto, born, events_of_copy, past_of_copy};
pub use restore::progress::Progress;
pub use restore::recovery::{
    Lost, Recovery, RecoveryError, RecoveryReport, Resting, Restored, RestoredSystem, Snapshots, Sources,
    recover,
};
pub use restore::replay::{Replay, ReplayError};
pub use restore::restorable::{Logged, Restorable};
pub use restore::snapshotter::Snapshotter;
pub use state::{
    AddedRows, Addition, Among, Amount, Answer, Applied, Area, AreaSpec, Audit, Bench, Best, Change, Charge,
    Class, Closing, Command, CountBy, Counts, Created, Currency, DryView, Ending, Event, EventFigures,
    EventSpec, EventStatus, Focus, Happened, HoldView, Holds, InfoView, KEY_BYTES_MAX, Key, KeyHash, KeyRef,
    KeyText, LABEL_BYTES_MAX, LABEL_SENT_BYTES_MAX, Label, Layout, Limit, LimitsChange, Listed, MapView,
    NAME_BYTES_MAX, Name, NameRef, Named, OldCreated, OldRow, OldRows, OldSection, OldSpec, Opening,
    OrderStatus, OrderView, Ordinal, Origin, Orphans, PaymentAction, PaymentLine, PaymentStatus, PaymentView,
    PictureView, Places, PlanChange, Read, Receipt, Record, Refusal, Removed, Reply, Row, RowRange, RowSpec,
    RowsSpec, SaleLimits, Scope, SeatStatus, SeatView, Seats, SeatsPart, SeatsSpec, Section, SectionSpec,
    Selection, Spot, Spots, Standing, StatusAction, Sums, TableSeed, Text, Touched, Trace, Used, View, Write,
    decide, is_plain, is_printable,
};
pub use system::{
    Act, ActKind, Ahead, Approval, ApprovalChange, ApprovalFigures, Asking, AuditChange, AuditHead, Audited,
    Batch, Branch, By, Care as GroupCare, Chosen, Claim, Claimed, Consent, Consumer, Counted, DeadAct,
    DeadLetter, Death, DeathCause, Delivered, DueEntry, Ending as ExecutionEnding, Execution,
    ExecutionChange, ExecutionId, Executions, Failure, Generation as GroupGeneration, Given,
    Group as ConsumerGroup, GroupBounds, GroupChange, GroupId, GroupPlace, GroupStream,
    Groups as ConsumerGroups, JobFigures, Judged, Kept, Letter, Message as NoticeMessage, Mode, Needs, Note,
    NoteKind, Notice, NoticeAct, NoticeActKind, NoticeAsking, NoticeChange, NoticeJudged, NoticeKind,
    Notices, Opening as GroupOpening, Outage, Outcome as ExecutionOutcome, PauseCause, Paused as GroupPaused,
    Pending as PendingEntry, Place, Preview, Progress as ExecutionProgress, Raised, Ranges, Retried, Return,
    RunOfSystem, RunType, Severity, State, Subject, Subjects, System, SystemChange, SystemRecord, Takeover,
    Tally as GroupTally, Task, Terms as GroupTerms, Told, Totals, Which, WhichDead, Who, Why, decide_system,
};
