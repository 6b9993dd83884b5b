//! What a sampled spin glass costs: `cargo bench --bench spin_glass`. `peers/spin_glass.py` beside
//! this file sets the same work in numpy against it.
//!
//! Prints the least time of several evaluations, one thread, for the mixture 2+3+4 at N = 100 and for
//! degree 4 at N = 200, whose couplings are kept in either precision.

use std::hint::black_box;
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
    measure::<f64>("4, double", &pure, 200);
    measure::<f32>("4, single", &pure, 200);
}

fn measure<T: Real>(what: &str, mixture: &Mixture, n: usize) {
    let start = Instant::now();
    let glass = Hamiltonian::<T>::sample(mixture, n, &Streams::new(1, "bench", 0));
    let glass = glass.expect("couplings that fit");
    let sampled = start.elapsed().as_secs_f64();
    let mut s = DVector::from_fn(n, |i, _| (i as f64).sin());
    s *= (n as f64).sqrt() / s.norm();
    let gradient = least(40, || drop(black_box(glass.energy_and_gradient(&s))));
    let hessian = least(10, || drop(black_box(glass.hessian(&s))));
    let curvature = glass.curvature(&s);
    let mut image = DVector::zeros(n);
    let product = least(40, || curvature.apply(s.as_view(), image.as_view_mut()));
    let megabytes = Hamiltonian::<T>::bytes(mixture, n).expect("a size") as f64 / 1e6;
    println!(
        "N = {n}, {what}: couplings {megabytes:.0} MB drawn in {sampled:.2} s; energy and gradient \
         {:.2} ms, Hessian matrix {:.2} ms, Hessian product {:.2} ms",
        1e3 * gradient,
        1e3 * hessian,
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
