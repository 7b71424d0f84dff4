//! The directory's secret at work: idempotency keys become hashes, commands become fingerprints.
//!
//! SipHash (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012): 128 bits of SipHash-2-4 for keys, as two
//! keys that collide would share an answer; 64 bits of SipHash-1-3 for fingerprints, which only tell a repeat from a
//! reuse. 32 bits of the latter stand for a token. All three are in the log, so no function may ever change.

use siphasher::sip::SipHasher13;
use siphasher::sip128::SipHasher24;

use crate::numbers::Account;
use crate::state::{KeyHash, TableSeed};

/// Hashes under the secret of one data directory.
#[derive(Clone)]
pub struct Secret {
    keys: SipHasher24,
    fingerprints: SipHasher13,
    accounts: SipHasher13,
    tables: TableSeed,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// The hashes under the secret of a directory's identity.
    #[must_use]
    pub fn new(secret: &[u8; 16]) -> Self {
        let derived = |purpose: u8| {
            let mut key = *secret;
            key[0] ^= purpose;
            key
        };
        let tables = SipHasher13::new_with_key(&derived(3)).hash(b"tables");
        Self {
            keys: SipHasher24::new_with_key(&derived(1)),
            fingerprints: SipHasher13::new_with_key(&derived(2)),
            accounts: SipHasher13::new_with_key(&derived(4)),
            tables: TableSeed(tables),
        }
    }

    /// What an idempotency key is remembered by.
    #[must_use]
    pub fn key_hash(&self, key: &[u8]) -> KeyHash {
        self.keys.hash(key).as_bytes()
    }

    /// What a command is remembered by: the hash of its canonical bytes.
    #[must_use]
    pub fn fingerprint(&self, canonical: &[u8]) -> [u8; 8] {
        self.fingerprints.hash(canonical).to_le_bytes()
    }

    /// The account of the token of this name. Never nobody's.
    #[must_use]
    pub fn account(&self, token: &[u8]) -> Account {
        Account((self.accounts.hash(token) as u32).max(1))
    }

    /// The seed of the hash tables whose keys clients choose.
    #[must_use]
    pub const fn tables(&self) -> TableSeed {
        self.tables
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_part_of_the_format_and_stay() {
        let secret = Secret::new(b"0123456789abcdef");
        let key: String = secret.key_hash(b"order-1").iter().map(|byte| format!("{byte:02x}")).collect();
        let print: String = secret.fingerprint(b"HOLD").iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((key.as_str(), print.as_str()), ("93d2648edd9fbe91a9d3df354944f26d", "5704081c1be89934"));
        assert_eq!(secret.account(b"box-office"), Account(4_231_643_518));
    }
}
