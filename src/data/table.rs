//! Labelled tables: comma-separated text, plain or gzip, with a header and the class in the last
//! column.
//!
//! ```text
//! x_box,y_box,letter
//! 2,8,T
//! 5,12.5,I
//! ```
//!
//! Every error names the line of the file (the header is line 1), the column, what was expected
//! and what was found.

use std::collections::BTreeMap;
use std::io::Read;

use csv::StringRecord;
use nalgebra::DMatrix;

use crate::data::{Dataset, Split, Targets, gzip};
use crate::error::{Error, Result};

/// The longest text that is read, compressed or not, in bytes: chosen here because 256 MiB is far
/// above any table of this laboratory, and a small file that expands to more is no table.
pub const TEXT_LIMIT: u64 = 256 << 20;

/// Training rows of the letter table: its first 15,000 rows in file order, leaving 5,000 for
/// testing.
pub const LETTER_TRAINING_ROWS: usize = 15_000;

/// A labelled table as it stands in its file.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The name of each feature, from the header.
    pub features: Vec<String>,
    /// The name of each class, in alphabetical order.
    pub classes: Vec<String>,
    /// Features x rows.
    pub inputs: DMatrix<f64>,
    /// The class of each row, as an index into `classes`.
    pub labels: Vec<usize>,
}

impl Table {
    /// The number of rows, without the header.
    pub fn rows(&self) -> usize {
        self.labels.len()
    }

    /// The first `train_rows` rows for training and the rest for testing, in file order, both
    /// reduced to the first `classes` classes in alphabetical order.
    ///
    /// The cut is made before the classes are reduced: whether a row is a training or a test row
    /// does not depend on the number of classes.
    ///
    /// # Errors
    /// A spec error when more classes are asked for than the table has, or none; a data error when
    /// a part is left empty.
    pub fn split(&self, train_rows: usize, classes: usize) -> Result<Split> {
        if classes == 0 || classes > self.classes.len() {
            return Err(Error::spec(format!(
                "expected a number of classes between 1 and the table's {}, found {classes}",
                self.classes.len()
            )));
        }
        let kept = |rows: std::ops::Range<usize>| {
            let indices: Vec<usize> = rows.filter(|&row| self.labels[row] < classes).collect();
            let labels = indices.iter().map(|&row| self.labels[row]).collect();
            Dataset {
                inputs: self.inputs.select_columns(&indices),
                targets: Targets::Classes { labels, classes },
            }
        };
        let cut = train_rows.min(self.rows());
        let split = Split { train: kept(0..cut), test: kept(cut..self.rows()) };
        if split.train.samples() == 0 || split.test.samples() == 0 {
            return Err(Error::data(format!(
                "cutting the table's {} rows after row {train_rows} leaves {} training and {} test rows \
                 of the first {classes} classes; expected at least one of each: change the number of \
                 training rows",
                self.rows(),
                split.train.samples(),
                split.test.samples()
            )));
        }
        Ok(split)
    }
}

/// Reads a labelled table from the bytes of a csv or csv.gz file; `place` names the file in errors.
///
/// The first line is the header, every further line holds one finite number per feature and the
/// name of its class. Gzip is recognised by its first two bytes.
///
/// # Errors
/// A data error for a damaged or truncated gzip stream, a missing header, a line with the wrong
/// number of columns, a feature that is no finite number, an empty class or one of several lines, or a table
/// without rows;
/// a capacity error beyond [`TEXT_LIMIT`].
///
/// ```
/// let table = hessian::data::table::read(b"width,kind\n2,b\n4,a\n", "demo")?;
/// assert_eq!(table.classes, ["a", "b"]);
/// assert_eq!(table.labels, [1, 0]);
/// # Ok::<(), hessian::Error>(())
/// ```
pub fn read(bytes: &[u8], place: &str) -> Result<Table> {
    read_bounded(bytes, TEXT_LIMIT).map_err(|error| error.at(place))
}

/// The UCI letter table (Frey and Slate 1991): split after its row 15,000, reduced to its first
/// `classes` letters, standardised with training statistics.
///
/// # Errors
/// Those of [`read`] and [`Table::split`]; a data error if it is not 20,000 rows of 16 features.
pub fn letter(bytes: &[u8], place: &str, classes: usize) -> Result<Split> {
    let table = read(bytes, place)?;
    if (table.rows(), table.features.len(), table.classes.len()) != (20_000, 16, 26) {
        return Err(Error::data(format!(
            "{place}: expected the letter table with 20000 rows, 16 features and 26 classes, found {} \
             rows, {} features and {} classes: restore sims/data/letter.csv.gz",
            table.rows(),
            table.features.len(),
            table.classes.len()
        )));
    }
    let mut split = table.split(LETTER_TRAINING_ROWS, classes).map_err(|error| error.at(place))?;
    split.standardise();
    Ok(split)
}

fn read_bounded(bytes: &[u8], limit: u64) -> Result<Table> {
    let length = bytes.len() as u64;
    let packed = bytes.starts_with(&[0x1f, 0x8b]);
    let expansion = gzip::longest(length);
    let limit = if packed { limit.min(expansion) } else { limit };
    let too_long = || {
        Error::capacity(format!(
            "the text is longer than the {limit} bytes that are read of a {} file of {length} bytes: \
             use a smaller table{}",
            if packed { "gzip" } else { "plain" },
            if limit == expansion { ", or unpack it first" } else { "" },
        ))
    };
    if !packed {
        return if length > limit { Err(too_long()) } else { parse(bytes) };
    }
    // The whole stream before its first row: its checksum comes last, and a damaged stream should
    // be called that instead of being blamed on some row.
    let mut text = Vec::new();
    gzip::reader(bytes)
        .take(limit.saturating_add(1))
        .read_to_end(&mut text)
        .map_err(|error| gzip::damaged(&error))?;
    if text.len() as u64 > limit { Err(too_long()) } else { parse(&text) }
}

fn parse(text: &[u8]) -> Result<Table> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text);
    let mut record = StringRecord::new();
    if !reader.read_record(&mut record).map_err(|error| not_text(&error))? {
        return Err(Error::data("expected a header and rows, found an empty file"));
    }
    let mut columns: Vec<String> = record.iter().map(str::to_owned).collect();
    check_header(&columns)?;
    let feature_count = columns.len() - 1;

    let mut numbers = Vec::new();
    // rows hold the number of their class: a name per row would be several times the text
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    let mut rows: Vec<usize> = Vec::new();
    while reader.read_record(&mut record).map_err(|error| not_text(&error))? {
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() != columns.len() {
            return Err(Error::data(format!(
                "line {line}: expected {} columns as in the header, found {}",
                columns.len(),
                record.len()
            )));
        }
        for (field, column) in record.iter().zip(&columns).take(feature_count) {
            numbers.push(finite(field).ok_or_else(|| {
                Error::data(format!(
                    "line {line}, column `{column}`: expected a finite number, found `{field}`"
                ))
            })?);
        }
        let name = &record[feature_count];
        if name.contains(['\n', '\r']) {
            return Err(Error::data(format!(
                "line {line}, column `{}`: expected the name of a class in one line, found {name:?}: is \
                 a quotation mark not closed?",
                columns[feature_count]
            )));
        }
        if name.is_empty() {
            return Err(Error::data(format!(
                "line {line}, column `{}`: expected the name of a class, found nothing",
                columns[feature_count]
            )));
        }
        let next = found.len();
        rows.push(match found.get(name) {
            Some(class) => *class,
            None => *found.entry(name.to_owned()).or_insert(next),
        });
    }
    if rows.is_empty() {
        return Err(Error::data("expected at least one row below the header, found none"));
    }

    // from the order in which classes were met to that of the alphabet
    let mut order = vec![0; found.len()];
    for (class, met) in found.values().enumerate() {
        order[*met] = class;
    }
    let labels: Vec<usize> = rows.iter().map(|met| order[*met]).collect();
    Ok(Table {
        features: {
            columns.truncate(feature_count);
            columns
        },
        inputs: DMatrix::from_vec(feature_count, labels.len(), numbers),
        classes: found.into_keys().collect(),
        labels,
    })
}

/// A header has a feature and a class, and is not itself a row of numbers.
fn check_header(columns: &[String]) -> Result<()> {
    if columns.len() < 2 {
        return Err(Error::data(format!(
            "line 1: expected a header with at least one feature and the class last, separated by \
             commas, found {} column",
            columns.len()
        )));
    }
    // Without this a table that lost its header would silently lose its first row instead.
    if columns[..columns.len() - 1].iter().all(|name| finite(name).is_some()) {
        return Err(Error::data(
            "line 1: expected a header with the names of the columns, found numbers: add one",
        ));
    }
    Ok(())
}

fn finite(field: &str) -> Option<f64> {
    field.parse::<f64>().ok().filter(|x| x.is_finite())
}

fn not_text(error: &csv::Error) -> Error {
    Error::data(format!("expected comma-separated UTF-8 text, found otherwise: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bound holds for what comes out of the decompressor, not for what goes in.
    #[test]
    fn a_small_file_that_expands_beyond_the_limit_is_refused() {
        use flate2::{Compression, write::GzEncoder};
        use std::io::Write;

        let text = format!("x,class\n{}", "1,a\n".repeat(10_000));
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(text.as_bytes()).unwrap();
        let packed = encoder.finish().unwrap();
        let length = text.len() as u64;

        assert!((packed.len() as u64) < length / 10);
        assert_eq!(read_bounded(&packed, length).unwrap().rows(), 10_000);
        let error = read_bounded(&packed, length - 1).unwrap_err();
        assert!(error.is_capacity(), "{error}");
        assert!(error.to_string().contains(&(length - 1).to_string()), "{error}");
    }
}
