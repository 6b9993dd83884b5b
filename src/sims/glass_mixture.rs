//! Spin glasses as parameters of a cell give them: mixtures, and samples of them.

use crate::depth::DepthLaw;
use crate::error::{Error, Result};
use crate::lab::Fault;
use crate::random::Streams;
use crate::spectrum::Trouble;
use crate::spinglass::{DEGREE_LIMIT, Hamiltonian, Mixture};

/// The pairs `r:eps_r^2,...`, or the law of path lengths of a network of `layers` layers at `beta`
/// (Littwin and Wolf 2016, Eq. 16), its field r = 1 kept.
///
/// # Errors
/// A spec error unless exactly one of the two is given, or when it is no mixture.
pub(super) fn mixture(
    word: Option<&str>,
    layers: Option<usize>,
    beta: Option<f64>,
) -> Result<Mixture> {
    match (word, layers, beta) {
        (Some(word), None, None) => Mixture::parse(word),
        (None, Some(layers), Some(beta)) => of_depth_law(layers, beta),
        _ => Err(Error::spec(
            "parameters: expected `mixture` = R:WEIGHT,... alone, or `layers` with `beta`",
        )),
    }
}

/// The weights eps_r^2 of a network of `layers` layers at `beta`.
pub(super) fn of_depth_law(layers: usize, beta: f64) -> Result<Mixture> {
    if layers > DEGREE_LIMIT {
        return Err(Error::spec(format!(
            "parameter `layers`: expected at most {DEGREE_LIMIT}, the largest degree that is sampled, \
             found {layers}"
        )));
    }
    DepthLaw::new(layers, beta)?.mixture()
}

/// Sample number `run` of a replicate: its couplings of each degree are the same in every mixture, and in
/// every simulator that takes them from here.
pub(super) fn glass(
    mixture: &Mixture,
    spins: usize,
    streams: &Streams,
    run: u64,
) -> std::result::Result<Hamiltonian<f32>, Fault> {
    let stream = |degree: usize| streams.stream("couplings", &format!("{run} {degree}"));
    Hamiltonian::sample_from(mixture, spins, stream)
        .map_err(|error| Fault::NonFinite { at: error.to_string() })
}

/// An outcome that a record counts.
pub(super) fn fault(trouble: Trouble) -> Fault {
    match trouble {
        Trouble::NonFinite { at } => Fault::NonFinite { at },
        Trouble::NoConvergence { algorithm, limit } => {
            Fault::NoConvergence { at: algorithm.to_owned(), limit }
        }
        // sizes were checked when the cell was prepared
        Trouble::TooLarge(error) => Fault::NonFinite { at: error.to_string() },
    }
}
