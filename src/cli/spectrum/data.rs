//! The data files that the verb `spectrum` takes.

use std::path::Path;

use crate::cli::args::SpectrumArguments;
use crate::cli::spectrum::inputs::bytes;
use crate::data::{Dataset, Targets, idx, read_dataset, sample_sides, table};
use crate::error::{Error, Result};

/// The word in place of a file for the training part of Fashion-MNIST in Debian's package.
const FASHION_MNIST: &str = "fashion-mnist";

/// Number of its training images.
const FASHION_MNIST_IMAGES: usize = 60_000;

/// The data with the sides of a sample, in the order channels, height, width for images.
pub(super) fn read(arguments: &SpectrumArguments) -> Result<(Dataset, Vec<usize>)> {
    let (data, sides) = whole(arguments)?;
    let Some(count) = arguments.samples else { return Ok((data, sides)) };
    let available = data.samples();
    if count > available {
        return Err(Error::spec(format!(
            "--samples {count}: {} holds {available}; ask for at most that many",
            arguments.data.display()
        )));
    }
    let first: Vec<usize> = (0..count).collect();
    Ok((data.select(&first), sides))
}

fn whole(arguments: &SpectrumArguments) -> Result<(Dataset, Vec<usize>)> {
    let path = &arguments.data;
    let place = path.display().to_string();
    if let Some(targets) = &arguments.targets {
        let images = idx::read(&bytes(path)?, &place)?;
        let labels = idx::read(&bytes(targets)?, &targets.display().to_string())?;
        return of_images(&images, &labels, arguments.samples)
            .map_err(|error| error.at(format!("{place} and {}", targets.display())));
    }
    if path == Path::new(FASHION_MNIST) && !path.exists() {
        let count = arguments.samples.unwrap_or(FASHION_MNIST_IMAGES);
        let data = idx::fashion_mnist(Path::new(idx::FASHION_MNIST), count, 1)?.train;
        return Ok((data, vec![1, 28, 28]));
    }
    let read = bytes(path)?;
    if place.ends_with(".csv") || place.ends_with(".csv.gz") {
        let table = table::read(&read, &place)?;
        let classes = table.classes.len();
        let sides = vec![table.features.len()];
        let targets = Targets::Classes { labels: table.labels, classes };
        return Ok((Dataset { inputs: table.inputs, targets }, sides));
    }
    if read.starts_with(&[0, 0, 8]) || read.starts_with(&[0x1f, 0x8b]) {
        return Err(Error::spec(format!(
            "{place} looks like images in the IDX format, whose classes are in a file of their own: \
             expected --targets FILE"
        )));
    }
    Ok((read_dataset(&read, &place)?, sample_sides(&read, &place)?))
}

fn of_images(
    images: &idx::Bytes,
    labels: &idx::Bytes,
    samples: Option<usize>,
) -> Result<(Dataset, Vec<usize>)> {
    let available = images.sides.first().copied().unwrap_or(0);
    let count = samples.map_or(available, |count| count.min(available));
    let data = idx::images(images, labels, count)?;
    // a brightness is one channel
    let sides = std::iter::once(1).chain(images.sides[1..].iter().copied()).collect();
    Ok((data, sides))
}
