//! The parts that the time goes into, by criterion: `cargo bench --bench parts`, or with a word
//! such as `gemm` only those.
//!
//! Times are by the clock on one thread, the small network of the comparison with PyTorch and JAX
//! (`peers/`) where a network is needed. Short by default: about two seconds a part.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput};
use hessian::data::{Dataset, Targets};
use hessian::linalg::{
    Real, View, ViewMut, gemm, project_out, sturm_count, symmetric_eigenvalues, tridiagonal_eigen,
    tridiagonal_eigenvalues,
};
use hessian::network::{
    Batch, Buffers, Description, Hessian, Normalization, Point, Program, State,
};
use hessian::operator::SymmetricOperator;
use hessian::random::Streams;
use hessian::spectrum::{Options, decompose, extremes, rademacher, slq};
use nalgebra::{DMatrix, DVector};

fn main() {
    // cargo bench passes this word; a test of all targets does not, and must not take minutes
    if !std::env::args().any(|word| word == "--bench") {
        return;
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    pool.install(|| {
        let mut criterion = Criterion::default()
            .sample_size(20)
            .warm_up_time(Duration::from_millis(500))
            .measurement_time(Duration::from_millis(1500))
            .configure_from_args();
        products::<f64>(&mut criterion, "f64");
        products::<f32>(&mut criterion, "f32");
        network::<f64>(&mut criterion, "f64");
        network::<f32>(&mut criterion, "f32");
        algorithms(&mut criterion);
        eigenvalues(&mut criterion);
        criterion.final_summary();
    });
}

/// Numbers between -1 and 1, always the same.
fn numbers(count: usize) -> impl Iterator<Item = f64> {
    (0..count).map(|i| (0.7 * (i + 1) as f64 + 0.01 * (i * i % 1009) as f64).sin())
}

/// m x k times k x n: layers of the three networks of the comparison, a block of directions, and
/// the square that stands for the machine's peak.
fn products<T: Real>(criterion: &mut Criterion, precision: &str) {
    let mut group = criterion.benchmark_group(format!("gemm {precision}"));
    let shapes = [
        (20, 20, 200),
        (12, 12, 200),
        (64, 64, 1000),
        (256, 256, 512),
        (20, 20, 3200),
        (768, 768, 768),
    ];
    for (m, k, n) in shapes {
        let make = |count| numbers(count).map(T::narrow).collect::<Vec<T>>();
        let (a, b) = (make(m * k), make(k * n));
        let mut c = vec![T::zero(); m * n];
        group.throughput(Throughput::Elements(2 * (m * k * n) as u64));
        group.bench_function(BenchmarkId::from_parameter(format!("{m} x {k} x {n}")), |bencher| {
            bencher.iter(|| {
                let (a, b) = (View::new(&a, m, k), View::new(&b, k, n));
                gemm(T::one(), a, b, T::zero(), ViewMut::new(black_box(&mut c), m, n));
            });
        });
    }
    group.finish();
}

/// The small network: ten residual blocks of two layers with batch norm, 20 wide, 200 samples.
fn small() -> (Program, Dataset) {
    let text = r#"
input = 10
loss = "cross_entropy"
layers = [
  { kind = "linear", out = 20 },
  { kind = "residual", repeat = 10, scale = { fixed = 0.3 }, branch = [
    { kind = "linear", out = 20, bias = false }, { kind = "batch_norm" }, { kind = "relu" },
    { kind = "linear", out = 20, bias = false }, { kind = "batch_norm" } ] },
  { kind = "linear", out = 5 },
]
"#;
    let program = Program::new(&Description::from_toml(text).expect("toml")).expect("a network");
    let inputs = DMatrix::from_iterator(10, 200, numbers(2000));
    let targets = Targets::Classes { labels: (0..200).map(|i| i % 5).collect(), classes: 5 };
    (program, Dataset { inputs, targets })
}

fn streams() -> Streams {
    Streams::new(7, "parts", 0)
}

fn network<T: Real>(criterion: &mut Criterion, precision: &str) {
    let (program, data) = small();
    let state = State::<T>::initial(&program, &mut streams().stream("weights", ""));
    let batch = Batch::<T>::all(&data);
    let at = || Point::new(&program, &state, Normalization::Batch, &batch).expect("a point");
    let mut group = criterion.benchmark_group(format!("small network {precision}"));
    group.bench_function("loss and gradient", |bencher| bencher.iter(at));
    let mut buffers = Buffers::default();
    group.bench_function("loss and gradient in kept arrays", |bencher| {
        bencher.iter(|| {
            let (kind, kept) = (Normalization::Batch, std::mem::take(&mut buffers));
            let point = Point::reusing(kept, &program, &state, kind, &batch).expect("a point");
            buffers = point.into_buffers();
        });
    });
    let point = at().with_curvature();
    let hessian = Hessian(&point);
    let n = program.parameters();
    let x = DMatrix::from_iterator(n, 16, numbers(16 * n));
    let mut y = DMatrix::zeros(n, 16);
    group.bench_function("one HVP", |bencher| {
        bencher.iter(|| hessian.apply(x.column(0), y.column_mut(0)));
    });
    group.bench_function("16 HVPs at once", |bencher| {
        bencher.iter(|| hessian.apply_block(&x, &mut y));
    });
    group.finish();
}

/// What Lanczos and its kin cost on the small network, products and the rest.
fn algorithms(criterion: &mut Criterion) {
    let (program, data) = small();
    let state = State::<f64>::initial(&program, &mut streams().stream("weights", ""));
    let batch = Batch::<f64>::all(&data);
    let point = Point::new(&program, &state, Normalization::Batch, &batch).expect("a point");
    let point = point.with_curvature();
    let hessian = Hessian(&point);
    let n = program.parameters();
    let start = DVector::from_iterator(n, numbers(n));
    let mut group = criterion.benchmark_group("algorithms f64");
    group.sample_size(10);
    let basis = decompose(&hessian, &start, 40).expect("a basis").basis;
    group.bench_function("re-orthogonalisation against 40 vectors", |bencher| {
        let mut w = start.clone();
        bencher.iter(|| project_out(basis.as_slice(), black_box(w.as_mut_slice())));
    });
    group.bench_function("Lanczos, 40 steps", |bencher| {
        bencher.iter(|| decompose(&hessian, &start, 40));
    });
    group.bench_function("SLQ 2 x 80", |bencher| {
        let probes = rademacher(&mut streams().stream("probes", ""), n, 2);
        bencher.iter(|| slq(&hessian, &probes, 80));
    });
    group.bench_function("top 10 to 1e-6", |bencher| {
        let options = Options { tolerance: 1e-6, max_products: 2000 };
        bencher.iter(|| extremes(&hessian, 10, 0, &start, options));
    });
    group.finish();
}

fn eigenvalues(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("eigenvalues");
    group.sample_size(10);
    for n in [80, 1000] {
        let alpha: Vec<f64> = numbers(n).collect();
        let beta: Vec<f64> = numbers(2 * n).skip(n + 1).collect();
        group.bench_function(BenchmarkId::new("tridiagonal", n), |bencher| {
            bencher.iter(|| tridiagonal_eigenvalues(&alpha, &beta));
        });
        group.bench_function(BenchmarkId::new("tridiagonal with weights", n), |bencher| {
            bencher.iter(|| tridiagonal_eigen(&alpha, &beta));
        });
        group.bench_function(BenchmarkId::new("Sturm count", n), |bencher| {
            bencher.iter(|| sturm_count(&alpha, &beta, black_box(0.1)));
        });
    }
    for n in [60, 300, 1000] {
        let half = DMatrix::from_iterator(n, n, numbers(n * n));
        let matrix = &half + half.transpose();
        group.bench_function(BenchmarkId::new("dense", n), |bencher| {
            bencher.iter(|| symmetric_eigenvalues(&matrix));
        });
    }
    group.finish();
}
