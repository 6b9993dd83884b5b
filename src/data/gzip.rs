//! Bytes that may be a gzip stream.

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;

use crate::error::Error;

/// How many times its size a compressed file may unpack to, beside 64 KiB. Chosen here: tables
/// shrink by factors of 3 to 20, and a file made to exhaust the memory by 1000.
const EXPANSION_LIMIT: u64 = 100;

/// The longest text that is read from a compressed file of this many bytes.
pub(super) fn longest(bytes: u64) -> u64 {
    (1 << 16) + EXPANSION_LIMIT.saturating_mul(bytes)
}

/// Reads through the compression if there is one, recognised by its first two bytes.
pub(super) fn reader<'a>(bytes: &'a [u8]) -> Box<dyn Read + 'a> {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        Box::new(MultiGzDecoder::new(bytes))
    } else {
        Box::new(bytes)
    }
}

/// What a failed read says about the stream.
pub(super) fn damaged(error: &io::Error) -> Error {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        Error::data("expected a complete gzip stream, found a truncated one: restore the file")
    } else {
        Error::data(format!(
            "expected a gzip stream, found a damaged one ({error}): restore the file"
        ))
    }
}
