//! Random streams: one ChaCha stream per (seed, sim, key, role, replicate).
//!
//! Adding a role never moves the numbers of another; arms of a comparison share the streams of
//! what they share (common random numbers), so that their differences are paired.

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::SeedableRng;
use sha2::{Digest, Sha256};

/// The generator behind every stream: portable by name, unlike `StdRng`.
pub type Stream = ChaCha12Rng;

/// The streams of one replicate.
#[derive(Debug, Clone)]
pub struct Streams {
    seed: u64,
    sim: String,
    replicate: u64,
}

impl Streams {
    /// The streams of replicate number `replicate` of the sim with this id under this seed.
    pub fn new(seed: u64, sim: &str, replicate: u64) -> Self {
        Self { seed, sim: sim.to_owned(), replicate }
    }

    /// The streams of one part of the replicate, such as one of many samples: independent of those of
    /// the whole and of the other parts.
    #[must_use]
    pub fn part(&self, key: &str) -> Self {
        // no id of a sim holds the separator
        Self { sim: format!("{}\u{1f}{key}", self.sim), ..self.clone() }
    }

    /// The stream for one role (`weights`, `data`, `batches`, `probes`, ...) and one key.
    ///
    /// The key says what shares the numbers: arms that pass the same key and role get the same
    /// stream; a cell that wants its own passes a key of its own.
    ///
    /// The generator is ChaCha12 whose 256-bit key is SHA-256 of the length-prefixed fields, so
    /// that no two different tuples collide by concatenation.
    pub fn stream(&self, role: &str, key: &str) -> Stream {
        let mut hash = Sha256::new();
        for field in [self.sim.as_bytes(), role.as_bytes(), key.as_bytes()] {
            hash.update((field.len() as u64).to_le_bytes());
            hash.update(field);
        }
        hash.update(self.seed.to_le_bytes());
        hash.update(self.replicate.to_le_bytes());
        Stream::from_seed(hash.finalize().into())
    }
}
