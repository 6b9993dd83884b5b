//! Byte-level mutations, with words and numbers that readers stumble over.

use rand::RngExt;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

/// The longest input that is made, in bytes.
const LONGEST: usize = 1 << 16;

/// Numbers at which types end.
const NUMBERS: [&str; 22] = [
    "0",
    "-1",
    "1",
    "2",
    "127",
    "255",
    "256",
    "65536",
    "4000000000",
    "4294967296",
    "1000000000000",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "1e308",
    "1e-320",
    "1e400",
    "-0.0",
    "nan",
    "inf",
];

/// One to eight changes to a seed.
pub fn mutate(rng: &mut ChaCha8Rng, seeds: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    let mut bytes = seeds.choose(rng).expect("a target has seeds").clone();
    for _ in 0..1 << rng.random_range(0..4_u32) {
        change(rng, &mut bytes, seeds, words);
        bytes.truncate(LONGEST);
    }
    bytes
}

fn change(rng: &mut ChaCha8Rng, bytes: &mut Vec<u8>, seeds: &[Vec<u8>], words: &[&str]) {
    let at = rng.random_range(0..=bytes.len());
    let end = (at + length(rng)).min(bytes.len());
    match rng.random_range(0..13_u32) {
        0 if at < bytes.len() => bytes[at] ^= 1 << rng.random_range(0..8_u32),
        1 if at < bytes.len() => bytes[at] = rng.random(),
        2 => drop(bytes.drain(at..end)),
        3 => bytes.truncate(at),
        4 => insert(bytes, at, words.choose(rng).copied().unwrap_or("").as_bytes()),
        5 => insert(bytes, at, NUMBERS.choose(rng).expect("not empty").as_bytes()),
        6 => number_in_place(rng, bytes, at),
        7 => {
            // a length or a count, as binary formats hold it
            let value: u64 = match rng.random_range(0..4_u32) {
                0 => rng.random(),
                1 => 1 << rng.random_range(0..64_u32),
                2 => u64::MAX >> rng.random_range(0..64_u32),
                _ => rng.random_range(0..1024),
            };
            let width = *[1, 2, 4, 8].choose(rng).expect("not empty");
            let value = match rng.random() {
                true => value.to_le_bytes()[..width].to_vec(),
                false => value.to_be_bytes()[8 - width..].to_vec(),
            };
            let stop = (at + width).min(bytes.len());
            bytes.splice(at..stop, value);
        }
        8 => {
            let part = bytes[at..end].to_vec();
            insert(bytes, rng.random_range(0..=bytes.len()), &part);
        }
        9 => {
            // the same again and again: depth, and whatever grows with the square
            let part = bytes[at..end].to_vec();
            let times = 1 << rng.random_range(0..13_u32);
            insert(bytes, at, &part.repeat(times.min(1 + LONGEST / part.len().max(1))));
        }
        10 => {
            let open =
                *["[", "{", "[[", "{\"a\":", "a={", "\"", "[{branch="].choose(rng).expect("");
            insert(bytes, at, open.repeat(1 << rng.random_range(0..13_u32)).as_bytes());
        }
        11 => {
            let other = seeds.choose(rng).expect("a target has seeds");
            let from = rng.random_range(0..=other.len());
            bytes.truncate(at);
            bytes.extend_from_slice(&other[from..]);
        }
        _ => {
            let (a, b) = (rng.random_range(0..=bytes.len()), rng.random_range(0..=bytes.len()));
            let (a, b) = (a.min(b), a.max(b).min(a.min(b) + length(rng)));
            let part: Vec<u8> = bytes.drain(a..b).collect();
            let to = rng.random_range(0..=bytes.len());
            insert(bytes, to, &part);
        }
    }
}

/// Lengths of parts: mostly short.
fn length(rng: &mut ChaCha8Rng) -> usize {
    let most = 1_usize << rng.random_range(1..9_u32);
    rng.random_range(0..most)
}

fn insert(bytes: &mut Vec<u8>, at: usize, part: &[u8]) {
    bytes.splice(at..at, part.iter().copied());
}

/// Replaces the number after `at`, so that a text stays readable and gets further.
fn number_in_place(rng: &mut ChaCha8Rng, bytes: &mut Vec<u8>, at: usize) {
    let digit = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
    let Some(start) = bytes[at..].iter().position(u8::is_ascii_digit) else { return };
    let start = at + start;
    let length = bytes[start..].iter().position(|byte| !digit(byte));
    let end = length.map_or(bytes.len(), |length| start + length);
    let number = match rng.random_range(0..3_u32) {
        0 => rng.random_range(0..100_u32).to_string(),
        1 => (1_u64 << rng.random_range(0..64_u32)).to_string(),
        _ => (*NUMBERS.choose(rng).expect("not empty")).to_owned(),
    };
    bytes.splice(start..end, number.into_bytes());
}
