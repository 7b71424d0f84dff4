//! The live holds of an event.

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::limits;
use crate::numbers::{Account, At, HoldId, Millis};
use crate::state::holders::Holder;
use crate::state::seats::Chain;
use crate::state::tables::digest::Part;
use crate::state::tables::{Beside, ByNumber, NONE, Slab, Slot, digest};
use crate::state::{Places, SeatStatus};

/// A live hold.
#[derive(Clone, PartialEq, Eq, Debug, bincode::Encode, bincode::Decode)]
pub(in crate::state) struct Hold {
    pub(in crate::state) id: HoldId,
    /// Unix milliseconds.
    pub(in crate::state) expires_at: At,
    /// Slot of its holder.
    pub(in crate::state) holder: Slot<Holder>,
    pub(in crate::state) seats: Chain,
    pub(in crate::state) extends: Extends,
    /// Its place among the holds of the same deadline; follows from the order of restoring, so it is no state. [`NONE`]
    /// while it is in payment: then the payment's deadline is what counts.
    pub(in crate::state) place: u32,
    /// Whose budget it counts for.
    pub(in crate::state) account: Account,
    /// Places of areas: most holds have none, so they stand elsewhere.
    pub(in crate::state) has_places: bool,
    /// How long after the hold was made `expires_at` is, at most `u32::MAX`; 0 for one that a snapshot has from before this
    /// was known. It only tells how far the hold may be extended, and is no part of the digest, as the records from which
    /// it follows are.
    pub(in crate::state) total: Beside<Millis>,
}

/// How often a hold was extended: at most [`crate::limits::EXTENDS_MAX`]. In memory half of what a row has, so that a hold stays
/// within 48 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(in crate::state) struct Extends(u16);

const _: () = assert!(size_of::<Hold>() == 48 && limits::EXTENDS_MAX < u16::MAX as u32);

impl Extends {
    pub(in crate::state) fn count(self) -> u32 {
        self.0.into()
    }

    pub(in crate::state) const fn once_more(&mut self) {
        self.0 += 1;
    }
}

impl bincode::Encode for Extends {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.count().encode(encoder)
    }
}

impl<C> bincode::Decode<C> for Extends {
    fn decode<D: Decoder<Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let count = u32::decode(decoder)?;
        let too_often = DecodeError::Other("a hold was extended more often than any can be");
        u16::try_from(count).ok().filter(|&count| count < u16::MAX).map(Self).ok_or(too_often)
    }
}

bincode::impl_borrow_decode!(Extends);

/// The live holds by slot and by number.
#[derive(Debug)]
pub(in crate::state) struct Holds {
    slab: Slab<Hold>,
    by_id: ByNumber<Hold>,
    places: HashMap<HoldId, Places, FixedState>,
}

static NO_PLACES: std::sync::LazyLock<Places> = std::sync::LazyLock::new(Places::default);

impl Holds {
    pub(in crate::state) fn new(hasher: FixedState) -> Self {
        Self { slab: Slab::new(), by_id: ByNumber::new(hasher.clone()), places: HashMap::with_hasher(hasher) }
    }

    pub(in crate::state) fn from_slots(
        slots: Vec<Option<Hold>>,
        places: Vec<(HoldId, Places)>,
        accounts: &[(HoldId, u32)],
        totals: &[(HoldId, Millis)],
        hasher: FixedState,
    ) -> Self {
        let mut holds = Self::new(hasher);
        holds.slab = Slab::from_slots(slots);
        for (slot, hold) in holds.slab.iter() {
            holds.by_id.insert(hold.id, slot);
        }
        for &(id, account) in accounts {
            if let Some(slot) = holds.slot(id) {
                holds.at_mut(slot).account = Account(account);
            }
        }
        for &(id, total) in totals {
            if let Some(slot) = holds.slot(id) {
                *holds.at_mut(slot).total = total;
            }
        }
        holds.places.extend(places);
        holds
    }

    pub(in crate::state) const fn slab(&self) -> &Slab<Hold> {
        &self.slab
    }

    pub(in crate::state) fn slot(&self, id: HoldId) -> Option<Slot<Hold>> {
        self.by_id.get(id)
    }

    pub(in crate::state) fn get(&self, id: HoldId) -> Option<&Hold> {
        Some(self.slab.at(self.slot(id)?))
    }

    /// Asks for the place where the slot of a hold stands.
    pub(in crate::state) fn prefetch_index(&self, id: HoldId) {
        self.by_id.prefetch(id);
    }

    /// Asks for a hold, by what its index says.
    pub(in crate::state) fn prefetch(&self, id: HoldId) {
        if let Some(slot) = self.slot(id) {
            self.slab.prefetch(slot);
        }
    }

    pub(in crate::state) fn at(&self, slot: Slot<Hold>) -> &Hold {
        self.slab.at(slot)
    }

    pub(in crate::state) fn at_mut(&mut self, slot: Slot<Hold>) -> &mut Hold {
        self.slab.at_mut(slot)
    }

    pub(in crate::state) fn places(&self, hold: &Hold) -> &Places {
        if hold.has_places { self.places.get(&hold.id).unwrap_or(&NO_PLACES) } else { &NO_PLACES }
    }

    /// How many holds have places.
    pub(in crate::state) fn with_places(&self) -> usize {
        self.places.len()
    }

    pub(in crate::state) fn insert(&mut self, hold: Hold, places: &Places) -> Slot<Hold> {
        let id = hold.id;
        if hold.has_places {
            self.places.insert(id, places.clone());
        }
        let slot = self.slab.insert(hold);
        let before = self.by_id.insert(id, slot);
        assert!(before.is_none(), "hold {id} is there twice");
        slot
    }

    /// Takes places from a hold and gives it others.
    pub(in crate::state) fn change_places(&mut self, slot: Slot<Hold>, drop: &Places, add: &Places) {
        if drop.is_empty() && add.is_empty() {
            return;
        }
        let hold = self.slab.at_mut(slot);
        let places = self.places.entry(hold.id).or_default();
        drop.iter().for_each(|&(area, count)| places.take(area, count));
        add.iter().for_each(|&(area, count)| places.put(area, count));
        hold.has_places = !places.is_empty();
        if !hold.has_places {
            self.places.remove(&hold.id);
        }
    }

    pub(in crate::state) fn remove(&mut self, slot: Slot<Hold>) -> (Hold, Places) {
        let hold = self.slab.remove(slot);
        self.by_id.remove(hold.id);
        let places = if hold.has_places { self.places.remove(&hold.id) } else { None };
        (hold, places.unwrap_or_default())
    }
}

impl Hold {
    /// Its deadline moved.
    pub(in crate::state) fn defer(&mut self, expires_at: At) {
        let made_at = self.made_at();
        self.expires_at = expires_at;
        *self.total = Millis(u32::try_from(expires_at.since(made_at).0).unwrap_or(u32::MAX));
    }

    /// When it was made, or as if it had been, if that is not known.
    pub(in crate::state) const fn made_at(&self) -> At {
        At(self.expires_at.0.saturating_sub(self.total.0.0 as u64))
    }

    pub(in crate::state) const fn is_paying(&self) -> bool {
        self.place == NONE
    }

    /// What its seats and places are.
    pub(in crate::state) const fn status(&self) -> SeatStatus {
        if self.is_paying() { SeatStatus::Paying } else { SeatStatus::Held }
    }

    /// Its part of the digest; `holder` is the term of the holder's name.
    pub(in crate::state) fn digest_term(&self, holder: u64, places: &Places) -> u64 {
        // Adds nothing for nobody's, which is how holds were before there were accounts.
        let account = u64::from(self.account.0).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let own = digest::term(
            Part::Hold,
            self.id.0,
            self.expires_at.0,
            holder ^ account ^ (u64::from(self.extends.count()) << 32 | u64::from(self.seats.count)),
        );
        places_term(own, self.id.0, places)
    }
}

/// Adds the places of a hold or of an order to its term.
pub(in crate::state) fn places_term(own: u64, id: u64, places: &Places) -> u64 {
    places.iter().fold(own, |sum, &(area, count)| {
        sum.wrapping_add(digest::term(Part::Place, id, u64::from(area), u64::from(count)))
    })
}
