//! This library's side of the comparison with PyTorch and JAX: does one job per line of standard
//! input and answers with one line of JSON. `run.py` beside this file drives it, so that the
//! competitors take turns; see there for the jobs.

use std::io::{BufRead, Write};
use std::path::Path;
use std::time::Instant;

use hessian::data::{Dataset, Targets, read_dataset, read_tensors};
use hessian::linalg::{Real, View, ViewMut, gemm, symmetric_eigenvalues};
use hessian::network::{
    Activation, Batch, Buffers, Descent, Description, Hessian, Node, Normalization, Op, Point,
    Program, State, Training,
};
use hessian::operator::SymmetricOperator;
use hessian::spectrum::{self, Options};
use nalgebra::{DMatrix, DVector, DVectorView};
use serde_json::{Value, json};

fn main() {
    // cargo passes its own flag first
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let [folder, precision, threads] = &arguments[..] else {
        println!(
            "run benches/peers/run.py, which starts this with a folder, a precision and a thread count"
        );
        return;
    };
    let threads = threads.parse().expect("a number of threads");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    pool.install(|| match precision.as_str() {
        "float32" => serve::<f32>(Path::new(folder)),
        _ => serve::<f64>(Path::new(folder)),
    });
}

/// The problem that `run.py` wrote.
struct Problem<T> {
    program: Program,
    state: State<T>,
    data: Dataset,
    vectors: DMatrix<f64>,
}

fn read<T: Real>(folder: &Path) -> Problem<T> {
    let bytes = |file: &str| std::fs::read(folder.join(file)).expect("run.py wrote it");
    let text = String::from_utf8(bytes("network.toml")).expect("text");
    let program = Program::new(&Description::from_toml(&text).expect("toml")).expect("a network");
    let weights = read_tensors(&bytes("weights.safetensors"), "weights").expect("tensors");
    let state = State::from_tensors(&program, &weights, "weights").expect("weights that fit");
    let data = read_dataset(&bytes("data.safetensors"), "data").expect("data");
    let vectors = read_tensors(&bytes("vectors.safetensors"), "vectors").expect("tensors");
    let entries = vectors[0].entries.clone();
    let directions = entries.len() / program.parameters();
    let vectors = DMatrix::from_vec(program.parameters(), directions, entries);
    Problem { program, state, data, vectors }
}

fn serve<T: Real>(folder: &Path) {
    let problem = read::<T>(folder);
    let Problem { program, state, data, vectors } = &problem;
    let batch = Batch::<T>::all(data);
    let at = || Point::new(program, state, Normalization::Batch, &batch).expect("a point");
    let point = at().with_curvature().for_products();
    let hessian = Hessian(&point);
    let n = program.parameters();
    let mut dense = None;
    let mut y = DVector::zeros(n);
    let mut buffers = Buffers::default();
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("a line");
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = |i: usize| -> f64 { words[i].parse().expect("a number") };
        // 0 asks for the result: writing it out takes longer than many a job
        let asked = number(1) as usize;
        let calls = asked.max(1);
        let mut result = Value::Null;
        let start = Instant::now();
        for _ in 0..calls {
            let mut keep = |make: &dyn Fn() -> Value| {
                if asked == 0 || words[0] == "gemm" {
                    result = make();
                }
            };
            match words[0] {
                "gradient" => {
                    let (kind, kept) = (Normalization::Batch, std::mem::take(&mut buffers));
                    let point =
                        Point::reusing(kept, program, state, kind, &batch).expect("a point");
                    keep(&|| {
                        json!(point.gradient().iter().map(|x| x.wide()).collect::<Vec<f64>>())
                    });
                    buffers = point.into_buffers();
                }
                "loss" => keep(&|| json!([point.loss()])),
                "gates" => keep(&|| json!(gates(&point))),
                "hvp" => {
                    hessian.apply(DVectorView::from(vectors.column(0)), y.as_view_mut());
                    keep(&|| json!(y.as_slice()));
                }
                "hvp_block" => {
                    let mut y = DMatrix::zeros(n, vectors.ncols());
                    hessian.apply_block(vectors, &mut y);
                    keep(&|| json!(y.as_slice()));
                }
                "exact_hessian" => {
                    let (matrix, _) = spectrum::materialise(&hessian).expect("finite numbers");
                    keep(&|| json!([matrix.norm(), matrix.trace()]));
                    dense = Some(matrix);
                }
                "exact_eigenvalues" => {
                    let matrix = dense.as_ref().expect("exact_hessian comes first");
                    let values = symmetric_eigenvalues(matrix).expect("eigenvalues");
                    keep(&|| json!(values));
                }
                "slq" => {
                    let (probes, steps) = (number(2) as usize, number(3) as usize);
                    let mut stream =
                        hessian::random::Streams::new(7, "peers", 0).stream("probes", "");
                    let probes = spectrum::rademacher(&mut stream, n, probes);
                    let slq = spectrum::slq(&hessian, &probes, steps).expect("quadrature");
                    let trace = slq.trace(0.95).value / n as f64;
                    let square = slq.sum(|x| x * x, 0.95).value / n as f64;
                    keep(&|| json!([trace, square]));
                }
                "topk" => {
                    let k = number(2) as usize;
                    let options = Options { tolerance: number(3), max_products: 20_000 };
                    let start = DVector::from(vectors.column(1).clone_owned());
                    let found = spectrum::extremes(&hessian, k, 0, &start, options).expect("pairs");
                    let values: Vec<f64> = found.top.iter().rev().map(|p| p.eigenvalue).collect();
                    keep(&|| {
                        json!({"values": values, "products": found.products,
                        "residual": found.top.iter().map(|p| p.residual).fold(0.0, f64::max)})
                    });
                }
                "sgd_epoch" => {
                    let descent = Descent {
                        batch: number(2) as usize,
                        rate: number(3),
                        momentum: 0.0,
                        weight_decay: 0.0,
                        drops: Vec::new(),
                    };
                    let mut state = state.clone();
                    let mut training = Training::new(program, data, &descent);
                    let mut order =
                        hessian::random::Streams::new(7, "peers", 0).stream("order", "");
                    let steps = samples(data) / descent.batch;
                    for _ in 0..steps {
                        training.step(&mut state, &mut order).expect("a step");
                    }
                    keep(&|| json!(steps));
                }
                "gemm" => {
                    let size = number(2) as usize;
                    let (a, b) = (vec![T::one(); size * size], vec![T::one(); size * size]);
                    let mut c = vec![T::zero(); size * size];
                    let start = Instant::now();
                    let view = |x| View::new(x, size, size);
                    gemm(T::one(), view(&a), view(&b), T::zero(), ViewMut::new(&mut c, size, size));
                    let flops = 2.0 * (size as f64).powi(3) / start.elapsed().as_secs_f64();
                    keep(&|| json!([flops]));
                }
                other => panic!("no job `{other}`"),
            }
        }
        let seconds = start.elapsed().as_secs_f64() / calls as f64;
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", json!({"seconds": seconds, "result": result})).expect("run.py reads");
        out.flush().expect("run.py reads");
    }
}

/// Per layer of relu, a 1 for every number that passes and a 0 for every other one, sample by sample.
fn gates<T: Real>(point: &Point<'_, T>) -> Vec<String> {
    let relu = |node: &&Node| matches!(node.op, Op::Activation(Activation::Relu));
    let open = |y: &T| if *y > T::zero() { '1' } else { '0' };
    let nodes = point.program().nodes.iter().filter(relu);
    nodes.map(|node| point.value(node.output).iter().map(open).collect()).collect()
}

fn samples(data: &Dataset) -> usize {
    match &data.targets {
        Targets::Classes { labels, .. } => labels.len(),
        Targets::Values(values) => values.ncols(),
    }
}
