//! The data files that the verb `spectrum` takes.

use std::path::Path;

use crate::cli::args::SpectrumArguments;
use crate::cli::spectrum::inputs::bytes;
use crate::data::table::Table;
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
        if is_table(&place) || ends(&place, &[".safetensors"]) {
            return Err(Error::spec(format!(
                "--targets {}: {place} holds its targets itself; leave the option out, or name IDX \
                 images",
                targets.display()
            )));
        }
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
    if is_table(&place) {
        let table = table::read(&read, &place)?;
        let sides = vec![table.features.len()];
        return Ok((classified(table).map_err(|error| error.at(&place))?, sides));
    }
    if read.starts_with(&[0, 0, 8]) || read.starts_with(&[0x1f, 0x8b]) {
        return Err(Error::spec(format!(
            "{place} looks like images in the IDX format, whose classes are in a file of their own: \
             expected --targets FILE"
        )));
    }
    // the header of a safetensors file begins with its length in 8 bytes and a brace
    if !ends(&place, &[".safetensors"]) && read.get(8) != Some(&b'{') {
        return Err(Error::data(format!(
            "{place}: expected a safetensors file, a table whose name ends in .csv or .csv.gz, or IDX \
             images; found none of them"
        )));
    }
    Ok((read_dataset(&read, &place)?, sample_sides(&read, &place)?))
}

fn is_table(place: &str) -> bool {
    ends(place, &[".csv", ".csv.gz"])
}

/// Whether a name has one of these endings, in small letters or capitals.
fn ends(place: &str, endings: &[&str]) -> bool {
    let place = place.to_lowercase();
    endings.iter().any(|ending| place.ends_with(ending))
}

/// The data of a table: its last column is the class itself where it holds numbers, as in PyTorch, and
/// else a name, counted in alphabetical order.
fn classified(table: Table) -> Result<Dataset> {
    let numbers: Option<Vec<f64>> = table.classes.iter().map(|name| name.parse().ok()).collect();
    let Some(numbers) = numbers else {
        check_names(&table)?;
        let targets = Targets::Classes { labels: table.labels, classes: table.classes.len() };
        return Ok(Dataset { inputs: table.inputs, targets });
    };
    // In the alphabet 10 comes before 2, and a class that no sample has would move all behind it.
    const MOST: f64 = (1_u64 << 53) as f64;
    let is_class = |x: &f64| (0.0..MOST).contains(x) && x.fract() == 0.0;
    if let Some(wrong) = numbers.iter().position(|x| !is_class(x)) {
        let row = table.labels.iter().position(|label| *label == wrong).unwrap_or_default() + 1;
        return Err(Error::data(format!(
            "row {row}: expected a class in the last column, a whole number from 0 or a name, found \
             `{}`; values that are no classes go into the `targets` of a safetensors file",
            table.classes[wrong]
        )));
    }
    let labels: Vec<usize> = table.labels.iter().map(|label| numbers[*label] as usize).collect();
    let classes = labels.iter().max().map_or(0, |top| top + 1);
    Ok(Dataset { inputs: table.inputs, targets: Targets::Classes { labels, classes } })
}

/// Refuses names among which numbers would become other numbers: one row without a class, such as `NA`, would
/// change those of all rows.
fn check_names(table: &Table) -> Result<()> {
    let changed =
        |(class, name): (usize, &String)| name.parse().is_ok_and(|x: f64| x != class as f64);
    if !table.classes.iter().enumerate().any(changed) {
        return Ok(());
    }
    let is_name = |label: &usize| table.classes[*label].parse::<f64>().is_err();
    let row = table.labels.iter().position(is_name).unwrap_or_default();
    Err(Error::data(format!(
        "row {}: expected classes that are whole numbers from 0, as in other rows, or names everywhere, \
         found `{}`; leave the row out, or write the numbers as names such as `c2`",
        row + 1,
        table.classes[table.labels[row]]
    )))
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
