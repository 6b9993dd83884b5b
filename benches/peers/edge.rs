//! This library's side of the comparison of largest eigenvalues with SciPy: reads tridiagonal
//! matrices, answers with their largest eigenvalues and the processor time. `edge.py` beside this
//! file drives it.

use hessian::rmt::{LANES, Lanes, largest_eigenvalues};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let [file, n] = &arguments[..] else {
        println!("run benches/peers/edge.py, which starts this with a file and a dimension");
        return;
    };
    let n: usize = n.parse().expect("a dimension");
    let bytes = std::fs::read(file).expect("edge.py wrote it");
    let numbers: Vec<f64> =
        bytes.as_chunks::<8>().0.iter().map(|word| f64::from_le_bytes(*word)).collect();
    // each matrix: n diagonal entries, then n - 1 beside them
    let matrices: Vec<&[f64]> = numbers.chunks_exact(2 * n - 1).collect();
    let start = seconds();
    let mut values = Vec::new();
    for eight in matrices.chunks_exact(LANES) {
        let row = |i: usize| -> Lanes { std::array::from_fn(|lane| eight[lane][i]) };
        let diagonals: Vec<Lanes> = (0..n).map(row).collect();
        let couplings: Vec<Lanes> = (n..2 * n - 1).map(row).collect();
        values.extend(largest_eigenvalues(&diagonals, &couplings));
    }
    let spent = seconds() - start;
    println!("{}", serde_json::json!({ "seconds": spent / values.len() as f64, "values": values }));
}

/// Processor time of this process, on Linux.
fn seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").expect("Linux");
    let nanoseconds = text.split_whitespace().next().and_then(|word| word.parse::<f64>().ok());
    nanoseconds.expect("a number") * 1e-9
}
