//! The measurement: the chosen operator by the chosen method.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanDuration, ProgressBar};
use nalgebra::{DMatrix, DVector, DVectorView, DVectorViewMut};
use rand_distr::{Distribution, StandardNormal};

use crate::cli::args::{Method, OperatorKind, Precision, SpectrumArguments};
use crate::cli::spectrum::answer::{Answer, Doubtful, Extreme, Quadrature, Seconds};
use crate::cli::spectrum::failed;
use crate::cli::spectrum::inputs::Inputs;
use crate::cli::spectrum::memory;
use crate::cli::terminal::Terminal;
use crate::error::{Error, Result};
use crate::linalg::{Real, symmetric_eigenvalues};
use crate::network::{GaussNewton, Hessian, Loss, Point};
use crate::operator::{Restricted, Scaled, Sum, SymmetricOperator, product};
use crate::random::{Stream, Streams};
use crate::spectrum::{
    EXACT_BLOCK, Extremes, Options, Slq, exact_bytes, exact_fits, extremes, finite_squares,
    materialise, rademacher, room, slq, with_copies, xtrace,
};
use crate::stats::standard_error;

/// The level of intervals inside; the document gives standard errors.
const LEVEL: f64 = 0.95;

/// Above this dimension `exact` is not taken unless asked for: chosen here because its n^3 then takes
/// about ten seconds.
const EXACT_BY_DEFAULT: usize = 4000;

/// A residual of 1e-6 of the largest eigenvalue met: what the top-k of peers are asked for.
const TOLERANCE: f64 = 1e-6;

/// Products that Lanczos may spend for each wanted pair before it gives up.
const PRODUCTS_PER_PAIR: u64 = 500;

/// A product that takes less is timed once more.
const AGAIN: Duration = Duration::from_millis(500);

pub(super) fn measure<T: Real>(
    arguments: &SpectrumArguments,
    inputs: &Inputs,
    point: &Point<'_, T>,
    began: Instant,
    terminal: &Terminal,
) -> Result<Answer> {
    let (hessian, gauss_newton) = (Hessian(point), GaussNewton(point));
    let minus = Scaled { inner: &gauss_newton, factor: -1.0 };
    let residual = Sum { first: &hessian, second: &minus };
    let whole: &dyn SymmetricOperator = match arguments.operator {
        OperatorKind::Hessian => &hessian,
        OperatorKind::GaussNewton => &gauss_newton,
        OperatorKind::Fisher if inputs.program.loss == Loss::Hinge => {
            return Err(Error::spec(
                "--operator fisher: the hinge loss is no likelihood; take gauss-newton",
            ));
        }
        OperatorKind::Fisher => &gauss_newton,
        OperatorKind::Residual => &residual,
    };
    let restricted = Restricted::new(whole, &inputs.ranges)?;
    let chosen: &dyn SymmetricOperator = if inputs.whole() { whole } else { &restricted };

    let n = chosen.dimension();
    let available = memory::available();
    let method = arguments.method.unwrap_or_else(|| {
        let small = n <= EXACT_BY_DEFAULT && exact_fits(n, available).is_ok();
        if small { Method::Exact } else { Method::Slq }
    });
    if method != Method::Exact && arguments.matrix {
        return Err(Error::spec(format!(
            "--matrix writes the whole Hessian, which --method {} does not make: expected --method \
             exact",
            method.word()
        )));
    }
    let gradient: Vec<f64> = inputs
        .ranges
        .iter()
        .flat_map(|range| point.gradient()[range.clone()].iter().map(|g| g.wide()))
        .collect();
    let setup = began.elapsed();

    let draws = Draws { streams: Streams::new(arguments.seed, "spectrum", 0), n };
    let spread =
        if inputs.whole() { None } else { Some((whole.dimension(), restricted.together())) };
    let plan = Plan::new(method, n, spread, arguments);
    plan.fits(available)?;
    let start = draws.start();
    let timed = || {
        let one = Instant::now();
        product(chosen, &start);
        one.elapsed()
    };
    // the first product also touches its memory for the first time
    let first = timed();
    let one = if first < AGAIN { first.min(timed()) } else { first };
    plan.announce(arguments, inputs, one, terminal);
    let watched = Watched {
        inner: chosen,
        bar: terminal.bar("products", plan.products),
        nanoseconds: AtomicU64::new(0),
    };
    let work = Instant::now();
    let mut answer = Answer {
        loss: point.loss(),
        names: inputs.names.clone(),
        gradient,
        normalization: inputs.normalization,
        normalised: !inputs.program.layout.normalised().is_empty(),
        all_parameters: inputs.program.parameters(),
        method,
        precision: arguments.precision,
        operator: arguments.operator,
        ..Answer::empty(n)
    };
    match method {
        Method::Exact => whole_matrix(&watched, arguments, &mut answer)?,
        Method::Lanczos => by_lanczos(&watched, arguments, &draws, terminal, &mut answer)?,
        Method::Slq => by_quadrature(&watched, arguments, &draws, &mut answer)?,
    }
    answer.draw_density();
    watched.bar.finish_and_clear();
    let products = Duration::from_nanos(watched.nanoseconds.load(Ordering::Relaxed));
    answer.seconds = Seconds {
        setup: setup.as_secs_f64(),
        products: products.as_secs_f64(),
        linear_algebra: work.elapsed().saturating_sub(products).as_secs_f64(),
    };
    Ok(answer)
}

fn whole_matrix(
    operator: &dyn SymmetricOperator,
    arguments: &SpectrumArguments,
    answer: &mut Answer,
) -> Result<()> {
    let (matrix, asymmetry) = materialise(operator).map_err(failed)?;
    let squares = finite_squares(matrix.norm_squared()).map_err(failed)?;
    let eigenvalues = symmetric_eigenvalues(&matrix).map_err(failed)?;
    let count = arguments.top.min(eigenvalues.len());
    let exact =
        |eigenvalue: &f64| Extreme { eigenvalue: *eigenvalue, residual: 0.0, converged: true };
    answer.top = eigenvalues.iter().rev().take(count).map(exact).collect();
    answer.bottom = eigenvalues.iter().take(count).map(exact).collect();
    answer.trace = Doubtful { value: matrix.trace(), standard_error: None };
    answer.frobenius_squared = Doubtful { value: squares, standard_error: None };
    answer.products = operator.dimension() as u64;
    answer.asymmetry = Some(asymmetry);
    answer.eigenvalues = eigenvalues;
    answer.matrix = arguments.matrix.then_some(matrix);
    Ok(())
}

fn by_lanczos(
    operator: &dyn SymmetricOperator,
    arguments: &SpectrumArguments,
    draws: &Draws,
    terminal: &Terminal,
    answer: &mut Answer,
) -> Result<()> {
    let limit = PRODUCTS_PER_PAIR * 2 * arguments.top as u64;
    let options = Options { tolerance: TOLERANCE, max_products: limit };
    let found = extremes(operator, arguments.top, arguments.top, &draws.start(), options);
    let mut directions = draws.streams.stream("directions", "");
    let direction = || draws.normals(&mut directions);
    let Extremes { top, bottom, products, .. } =
        found.and_then(|found| with_copies(operator, found, direction, options)).map_err(failed)?;
    let unmet = top.iter().chain(&bottom).filter(|pair| !pair.converged).count();
    if unmet > 0 {
        terminal.warn(&format!(
            "{unmet} of {} pairs have a residual above 1e-6 of the largest eigenvalue after {products} \
             products{}; they say `converged: false`",
            top.len() + bottom.len(),
            match arguments.precision {
                Precision::F32 if products < limit => " (--precision f64 rounds less)",
                _ => "",
            }
        ));
    }
    let found = |pair: crate::spectrum::Pair| Extreme {
        eigenvalue: pair.eigenvalue,
        residual: pair.residual,
        converged: pair.converged,
    };
    answer.top = top.into_iter().map(found).collect();
    answer.bottom = bottom.into_iter().map(found).collect();
    let moments = xtrace(operator, &draws.probes(arguments.probes), LEVEL).map_err(failed)?;
    answer.trace = Doubtful::new(moments.trace.value, moments.trace_error);
    answer.frobenius_squared =
        Doubtful::new(moments.frobenius_squared.value, moments.frobenius_squared_error);
    answer.products = products + moments.products;
    Ok(())
}

fn by_quadrature(
    operator: &dyn SymmetricOperator,
    arguments: &SpectrumArguments,
    draws: &Draws,
    answer: &mut Answer,
) -> Result<()> {
    let probes = draws.probes(arguments.probes);
    let spectrum: Slq = slq(operator, &probes, arguments.steps).map_err(failed)?;
    let n = spectrum.dimension as f64;
    let doubtful = |values: Vec<f64>| {
        Doubtful::new(values.iter().sum::<f64>() / values.len() as f64, standard_error(&values))
    };
    let first = |(nodes, weights): (&Vec<f64>, &Vec<f64>)| -> f64 {
        nodes.iter().zip(weights).map(|(t, w)| n * w * t).sum()
    };
    answer.trace = doubtful(spectrum.nodes.iter().zip(&spectrum.weights).map(first).collect());
    answer.frobenius_squared = doubtful(spectrum.squares.iter().map(|square| n * square).collect());
    finite_squares(answer.frobenius_squared.value).map_err(failed)?;
    answer.products = spectrum.products;
    answer.density =
        Quadrature { nodes: spectrum.nodes.clone(), weights: spectrum.weights.clone() };
    answer.quadrature = Some(spectrum);
    Ok(())
}

/// Random vectors, each kind from a stream of its own.
struct Draws {
    streams: Streams,
    n: usize,
}

impl Draws {
    fn start(&self) -> DVector<f64> {
        self.normals(&mut self.streams.stream("start", ""))
    }

    fn normals(&self, rng: &mut Stream) -> DVector<f64> {
        DVector::from_fn(self.n, |_, _| StandardNormal.sample(rng))
    }

    fn probes(&self, count: usize) -> DMatrix<f64> {
        rademacher(&mut self.streams.stream("probes", ""), self.n, count)
    }
}

/// What the method is going to cost.
struct Plan {
    method: Method,
    n: usize,
    products: u64,
    bytes: u64,
}

impl Plan {
    /// `spread` holds, for part of the parameters, their whole number and how many vectors of it a block of
    /// products takes at a time.
    fn new(
        method: Method,
        n: usize,
        spread: Option<(usize, usize)>,
        arguments: &SpectrumArguments,
    ) -> Self {
        let vectors = |count: u64| (8 * n as u64).saturating_mul(count);
        let (probes, steps) = (arguments.probes as u64, arguments.steps.min(n) as u64);
        let (products, bytes) = match method {
            Method::Exact => {
                // one more matrix while it is written
                let written = if arguments.matrix { vectors(n as u64) } else { 0 };
                (n as u64, exact_bytes(n).saturating_add(written))
            }
            // the products are typical, not a bound: one fill of the basis
            Method::Lanczos => {
                let room = room(n, 2 * arguments.top).1 as u64;
                let pairs = (2 * arguments.top).min(n) as u64;
                // a basis with what a restart keeps, or with pairs and their images, beside the pairs whose
                // copies are sought; later the probes, what they give, and a basis of that with its own image
                let search = room + room.midpoint(pairs).max(3 * pairs) + 3 * pairs + 3;
                (room + 2 * probes, vectors(search.max(5 * probes + 1)))
            }
            // each probe, its basis, its remainder before and after it is normalised, and the block that is
            // multiplied with its image
            Method::Slq => (probes * steps, vectors(probes * (steps + 5))),
        };
        let widest = match method {
            Method::Exact => EXACT_BLOCK.min(n),
            Method::Lanczos => arguments.probes.max(2 * arguments.top),
            Method::Slq => arguments.probes,
        };
        let spread = spread.map_or(0, |(all, together)| 16 * (all * together.min(widest)) as u64);
        Self { method, n, products, bytes: bytes.saturating_add(spread) }
    }

    /// Told before the work, with the bytes.
    fn fits(&self, memory: u64) -> Result<()> {
        let remedy = match self.method {
            Method::Exact => {
                exact_fits(self.n, memory)?;
                "another --method"
            }
            Method::Lanczos => "a smaller --top or fewer --probes",
            Method::Slq => "fewer --probes or --steps",
        };
        if self.bytes <= memory {
            return Ok(());
        }
        Err(Error::capacity(format!(
            "--method {} keeps vectors of {} parameters in {} bytes, more than the {memory} available; \
             take {remedy}, or restrict it with --layers",
            self.method.word(),
            self.n,
            self.bytes
        )))
    }

    fn announce(
        &self,
        arguments: &SpectrumArguments,
        inputs: &Inputs,
        one: Duration,
        terminal: &Terminal,
    ) {
        let threads = rayon::current_num_threads();
        let samples = inputs.data.samples();
        let network = memory::network(&inputs.program, samples, threads, arguments);
        let time = |method: Method, products: u64| {
            let parallel = if method == Method::Lanczos { 1 } else { threads };
            let rest = linear_algebra(method, self.n, arguments);
            one.as_secs_f64() * products as f64 / parallel as f64 + rest
        };
        let said = |seconds: f64| match seconds {
            ..1.0 => "less than a second".to_owned(),
            _ => HumanDuration(Duration::from_secs_f64(seconds)).to_string(),
        };
        let seconds = time(self.method, self.products);
        let whole = time(Method::Exact, self.n as u64);
        let sooner = whole < seconds && exact_fits(self.n, memory::available()).is_ok();
        terminal.note(&format!(
            "{} parameters, {samples} samples, one product takes {:.3} ms; {}: about {} products, {}{}; \
             memory: {} for vectors and {} for the network and its values",
            self.n,
            1e3 * one.as_secs_f64(),
            self.method.word(),
            self.products,
            said(seconds),
            if sooner {
                format!(" (every eigenvalue by --method exact: {})", said(whole))
            } else {
                String::new()
            },
            HumanBytes(self.bytes),
            HumanBytes(network)
        ));
    }
}

/// Seconds beside the products, at the rates reached on the machine of the benchmarks: the dense
/// eigenproblem; for Lanczos the orthogonalisation and the small eigenproblem of a basis that converges a
/// quarter beyond its first size, as most do (the copies that are then sought need products more than
/// vectors); the orthogonalisation of each probe.
fn linear_algebra(method: Method, n: usize, arguments: &SpectrumArguments) -> f64 {
    match method {
        Method::Exact => 5.5e-11 * (n as f64).powi(3),
        Method::Lanczos => {
            let (first, room) = room(n, 2 * arguments.top);
            let basis = (first + first / 4).min(room) as f64;
            4e-10 * n as f64 * basis.powi(2) + 3e-10 * basis.powi(3)
        }
        Method::Slq => {
            let steps = arguments.steps.min(n) as f64;
            let probes = arguments.probes.div_ceil(rayon::current_num_threads()) as f64;
            4e-10 * n as f64 * steps.powi(2) * probes
        }
    }
}

/// An operator that moves a bar and measures its own time.
struct Watched<'a> {
    inner: &'a dyn SymmetricOperator,
    bar: ProgressBar,
    nanoseconds: AtomicU64,
}

impl Watched<'_> {
    fn timed(&self, count: u64, work: impl FnOnce()) {
        let began = Instant::now();
        work();
        let spent = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.fetch_add(spent, Ordering::Relaxed);
        self.bar.inc(count);
    }
}

impl SymmetricOperator for Watched<'_> {
    fn dimension(&self) -> usize {
        self.inner.dimension()
    }

    fn apply(&self, x: DVectorView<'_, f64>, y: DVectorViewMut<'_, f64>) {
        self.timed(1, || self.inner.apply(x, y));
    }

    fn apply_block(&self, x: &DMatrix<f64>, y: &mut DMatrix<f64>) {
        self.timed(x.ncols() as u64, || self.inner.apply_block(x, y));
    }
}
