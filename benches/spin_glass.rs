//! What a sampled spin glass costs: `cargo bench --bench spin_glass`. `peers/spin_glass.py` beside
//! this file sets the same work in numpy against it.
//!
//! Prints the least time of several evaluations, one thread, for the mixture 2+3+4 at N = 100 and for
//! degree 4 at N = 200, whose couplings are kept in either precision. With `-- --write FOLDER` the
//! sample of 2+3+4 in single precision goes there, with what was found, for numpy to compare.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use hessian::linalg::Real;
use hessian::operator::SymmetricOperator;
use hessian::random::Streams;
use hessian::spinglass::{Hamiltonian, Mixture};
use nalgebra::DVector;

fn main() {
    // cargo bench passes this word; a test of all targets does not, and must not take a gigabyte
    if !std::env::args().any(|word| word == "--bench") {
        return;
    }
    let mixed = Mixture::new(&[(2, 1.0), (3, 1.0), (4, 1.0)]).expect("a mixture");
    let pure = Mixture::pure(4).expect("a mixture");
    measure::<f64>("2+3+4, double", &mixed, 100);
    measure::<f32>("2+3+4, single", &mixed, 100);
    let mut words = std::env::args().skip_while(|word| word != "--write");
    if let Some(folder) = words.nth(1) {
        write(Path::new(&folder), &mixed, 100).expect("a folder to write to");
        return;
    }
    measure::<f64>("4, double", &pure, 200);
    measure::<f32>("4, single", &pure, 200);
}

fn sample<T: Real>(mixture: &Mixture, n: usize) -> (Hamiltonian<T>, DVector<f64>) {
    let glass = Hamiltonian::<T>::sample(mixture, n, &Streams::new(1, "bench", 0));
    let mut s = DVector::from_fn(n, |i, _| (i as f64).sin());
    s *= (n as f64).sqrt() / s.norm();
    (glass.expect("couplings that fit"), s)
}

/// The sample as files of numbers: per degree the index tuples (bytes) and their coefficients, and the
/// point with energy, gradient and Hessian there (doubles).
fn write(folder: &Path, mixture: &Mixture, n: usize) -> std::io::Result<()> {
    let (glass, s) = sample::<f32>(mixture, n);
    let doubles = |name: &str, numbers: &[f64]| {
        let bytes: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
        fs::write(folder.join(name), bytes)
    };
    for (degree, _) in mixture.terms() {
        let (mut tuples, mut coefficients) = (Vec::new(), Vec::new());
        glass.for_each_coefficient(|tuple, coefficient| {
            if tuple.len() == *degree {
                tuples.extend(tuple.iter().map(|i| u8::try_from(*i).expect("at most 256 spins")));
                coefficients.push(coefficient);
            }
        });
        fs::write(folder.join(format!("tuples-{degree}")), tuples)?;
        doubles(&format!("coefficients-{degree}"), &coefficients)?;
    }
    let (energy, gradient) = glass.energy_and_gradient(&s);
    doubles("point", s.as_slice())?;
    doubles("energy", &[energy])?;
    doubles("gradient", gradient.as_slice())?;
    doubles("hessian", glass.hessian(&s).as_slice())
}

fn measure<T: Real>(what: &str, mixture: &Mixture, n: usize) {
    let start = Instant::now();
    let (glass, s) = sample::<T>(mixture, n);
    let sampled = start.elapsed().as_secs_f64();
    let gradient = least(40, || drop(black_box(glass.energy_and_gradient(&s))));
    let hessian = least(10, || drop(black_box(glass.hessian(&s))));
    let both = least(10, || drop(black_box(glass.energy_gradient_and_hessian(&s))));
    let curvature = glass.curvature(&s);
    let mut image = DVector::zeros(n);
    let product = least(40, || curvature.apply(s.as_view(), image.as_view_mut()));
    let megabytes = Hamiltonian::<T>::bytes(mixture, n).expect("a size") as f64 / 1e6;
    println!(
        "N = {n}, {what}: couplings {megabytes:.0} MB drawn in {sampled:.2} s; energy and gradient \
         {:.2} ms, Hessian matrix {:.2} ms, all three {:.2} ms, Hessian product {:.2} ms",
        1e3 * gradient,
        1e3 * hessian,
        1e3 * both,
        1e3 * product
    );
}

/// The least seconds of several runs.
fn least(runs: usize, mut run: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..runs {
        let start = Instant::now();
        run();
        best = best.min(start.elapsed().as_secs_f64());
    }
    best
}
