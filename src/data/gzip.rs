//! Bytes that may be a gzip stream.

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;

use crate::error::Error;

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
