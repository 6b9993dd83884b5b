//! Images and labels in the IDX format of LeCun's MNIST, plain or gzip, and Fashion-MNIST.
//!
//! An IDX file holds two zero bytes, the type of its entries (8: unsigned bytes, the only one read
//! here), the number of sides, each side as 4 bytes (most significant first) and the entries, the
//! last side fastest.

use std::io::{ErrorKind, Read};
use std::path::Path;

use nalgebra::DMatrix;

use crate::data::{Dataset, Split, Targets, gzip};
use crate::error::{Error, Result};

/// The most entries that are read: chosen here as five times the 47 million of the largest data set
/// of this format, MNIST's training images; a small file that expands to more is no such file.
pub const ENTRY_LIMIT: u64 = 256 << 20;

/// Where Debian's package `dataset-fashion-mnist` puts its files.
pub const FASHION_MNIST: &str = "/usr/share/datasets/fashion-mnist";

/// An array of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bytes {
    /// Such as `[60000, 28, 28]`.
    pub sides: Vec<usize>,
    /// The entries, the last side fastest.
    pub entries: Vec<u8>,
}

/// Reads an IDX file of unsigned bytes; `place` names it in errors.
///
/// Nothing is set aside for what the header promises: memory grows with the bytes that are there.
///
/// # Errors
/// A data error for a wrong magic number or type, fewer or more entries than the sides say, or a
/// damaged gzip stream; a capacity error beyond [`ENTRY_LIMIT`].
///
/// ```
/// let file = [0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 3, 7, 8, 9];
/// let array = hessian::data::idx::read(&file, "demo")?;
/// assert_eq!((array.sides, array.entries), (vec![1, 3], vec![7, 8, 9]));
/// # Ok::<(), hessian::Error>(())
/// ```
pub fn read(bytes: &[u8], place: &str) -> Result<Bytes> {
    parse(bytes).map_err(|error| error.at(place))
}

fn parse(bytes: &[u8]) -> Result<Bytes> {
    let zipped = bytes.starts_with(&[0x1f, 0x8b]);
    let mut stream = gzip::reader(bytes);
    let mut take = |buffer: &mut [u8], what: &str| {
        stream.read_exact(buffer).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof if !zipped => {
                Error::data(format!("expected {what} of an IDX file, found its end: restore it"))
            }
            _ => gzip::damaged(&error),
        })
    };
    let mut magic = [0; 4];
    take(&mut magic, "the magic number")?;
    let count = match magic {
        [0, 0, 8, count @ 1..=4] => count,
        [0, 0, 8, count] => {
            return Err(Error::data(format!("expected 1 to 4 sides, found {count}")));
        }
        [0, 0, kind @ (9 | 11..=14), _] => {
            return Err(Error::data(format!(
                "expected unsigned bytes (type 8), found type {kind}; convert the entries"
            )));
        }
        other => {
            return Err(Error::data(format!(
                "expected the magic number 00 00 08 and the number of sides, found {}: no IDX file \
                 of bytes",
                other.map(|byte| format!("{byte:02x}")).join(" ")
            )));
        }
    };
    let mut sides = Vec::new();
    let mut size = 1_u64;
    for _ in 0..count {
        let mut side = [0; 4];
        take(&mut side, "the sides")?;
        let side = u32::from_be_bytes(side);
        size = size.saturating_mul(u64::from(side));
        sides.push(side as usize);
    }
    if size == 0 || size > ENTRY_LIMIT {
        let text = format!("expected 1 to {ENTRY_LIMIT} entries, found sides {sides:?}");
        return Err(if size == 0 { Error::data(text) } else { Error::capacity(text) });
    }
    if zipped && size > gzip::longest(bytes.len() as u64) {
        return Err(Error::capacity(format!(
            "expected at most {} entries of a gzip file of {} bytes, found sides {sides:?}: unpack it \
             first",
            gzip::longest(bytes.len() as u64),
            bytes.len()
        )));
    }
    let mut entries = Vec::new();
    // one more than there should be, so that a longer file is noticed
    stream.take(size + 1).read_to_end(&mut entries).map_err(|error| gzip::damaged(&error))?;
    if entries.len() as u64 != size {
        let found = match entries.len() as u64 {
            more if more > size => "more".to_owned(),
            fewer => fewer.to_string(),
        };
        return Err(Error::data(format!(
            "expected {size} entries for sides {sides:?}, found {found}: restore the file"
        )));
    }
    Ok(Bytes { sides, entries })
}

/// The first `count` images `[samples, height, width]` with their labels `[samples]`: one channel
/// of brightness between 0 and 1, a class per label.
///
/// The number of classes is one more than the largest of all labels.
///
/// # Errors
/// A data error when the sides are others or the numbers of samples differ, a spec error when fewer
/// than `count` images are there, or `count` is 0.
pub fn images(images: &Bytes, labels: &Bytes, count: usize) -> Result<Dataset> {
    let (&[samples, height, width], &[labelled]) = (&images.sides[..], &labels.sides[..]) else {
        return Err(Error::data(format!(
            "expected images [samples, height, width] and labels [samples], found {:?} and {:?}",
            images.sides, labels.sides
        )));
    };
    if samples != labelled {
        return Err(Error::data(format!(
            "expected one label per image, found {labelled} for {samples} images"
        )));
    }
    if count == 0 || count > samples {
        return Err(Error::spec(format!(
            "expected between 1 and {samples} images, found {count}: the file has no more"
        )));
    }
    let pixels = height * width;
    let brightness = images.entries[..count * pixels].iter().map(|byte| f64::from(*byte) / 255.0);
    let classes = labels.entries.iter().max().map_or(0, |top| usize::from(*top) + 1);
    Ok(Dataset {
        inputs: DMatrix::from_iterator(pixels, count, brightness),
        targets: Targets::Classes {
            labels: labels.entries[..count].iter().map(|label| usize::from(*label)).collect(),
            classes,
        },
    })
}

/// The first `train` training and `test` test images of Fashion-MNIST (Xiao, Rasul and Vollgraf
/// 2017), 28 x 28, from a folder with its four files, such as [`FASHION_MNIST`].
///
/// # Errors
/// An io error that says what to install when a file is missing, and those of [`read`] and
/// [`images`].
pub fn fashion_mnist(folder: &Path, train: usize, test: usize) -> Result<Split> {
    let part = |name: &str, count: usize| {
        let file = |what: &str| {
            let path = folder.join(format!("{name}-{what}-ubyte.gz"));
            let bytes = std::fs::read(&path).map_err(|source| {
                let todo = "install Debian's package dataset-fashion-mnist or name the folder \
                            that holds its four files";
                Error::io(&path, &source, todo)
            })?;
            read(&bytes, &path.display().to_string())
        };
        let (pictures, labels) = (file("images-idx3")?, file("labels-idx1")?);
        images(&pictures, &labels, count)
            .map_err(|error| error.at(folder.join(format!("{name}-*")).display()))
    };
    Ok(Split { train: part("train", train)?, test: part("t10k", test)? })
}

/// Images of `sides` = [channels, height, width] with `padding` zeros around, averaged over squares
/// of `factor` x `factor` positions: 28 x 28 padded by 2 and halved are 16 x 16.
///
/// # Errors
/// A spec error when the sides are not those of the data, or do not divide into squares.
///
/// ```
/// use hessian::data::{Dataset, Targets, idx::averaged};
/// use nalgebra::DMatrix;
/// let data = Dataset {
///     inputs: DMatrix::from_vec(4, 1, vec![1.0, 2.0, 3.0, 6.0]),
///     targets: Targets::Classes { labels: vec![0], classes: 1 },
/// };
/// assert_eq!(averaged(&data, [1, 2, 2], 0, 2)?.inputs[0], 3.0);
/// assert_eq!(averaged(&data, [1, 2, 2], 1, 2)?.inputs.as_slice(), [0.25, 0.5, 0.75, 1.5]);
/// # Ok::<(), hessian::Error>(())
/// ```
pub fn averaged(
    data: &Dataset,
    sides: [usize; 3],
    padding: usize,
    factor: usize,
) -> Result<Dataset> {
    let [channels, height, width] = sides;
    let padded = [height + 2 * padding, width + 2 * padding];
    let fits = factor > 0 && padded.iter().all(|side| side.is_multiple_of(factor));
    if channels * height * width != data.features() || !fits {
        return Err(Error::spec(format!(
            "expected images of {} numbers whose sides divide by {factor}, found {sides:?} padded \
             by {padding}",
            data.features()
        )));
    }
    let [rows, columns] = padded.map(|side| side / factor);
    let mut inputs = DMatrix::zeros(channels * rows * columns, data.samples());
    let weight = 1.0 / (factor * factor) as f64;
    for (from, mut to) in data.inputs.column_iter().zip(inputs.column_iter_mut()) {
        for (at, x) in from.iter().enumerate() {
            let (channel, position) = (at / (height * width), at % (height * width));
            let row = (position / width + padding) / factor;
            let column = (position % width + padding) / factor;
            to[(channel * rows + row) * columns + column] += weight * x;
        }
    }
    Ok(Dataset { inputs, targets: data.targets.clone() })
}
