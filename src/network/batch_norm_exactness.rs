//! What a Hessian with batch norm is, and what other tools compute instead.
//!
//! # Three functions, three Hessians
//!
//! In training a batch norm divides by the deviation of the batch at hand, which depends on the
//! weights before it. So the loss of a batch is no sum of losses of samples, and its second
//! derivative holds terms that couple samples through mean and variance. Write the normalised
//! feature of sample s as u_s = (z_s - m) / d with m = mean(z), d^2 = mean((z - m)^2) + eps. Along a
//! direction with tangents z', and with v = z' - mean(z'), a = mean(u v),
//!
//! > u' = (v - u a) / d
//!
//! and the tangent of the reverse pass, which turns an adjoint g of u into (g - mean(g) -
//! u mean(g u)) / d, differentiates every u and d in it once more. The three kinds of
//! [`Normalization`](crate::network::Normalization) differ in what of this is kept:
//!
//! | kind | m and d | what it answers |
//! |---|---|---|
//! | `batch` | of the batch, differentiated through | what training descends |
//! | `frozen` | of the batch, constants | what the weights do while the statistics stand still |
//! | `running` | running averages, constants | evaluation mode |
//!
//! None of them is an approximation of another:
//!
//! ```
//! use hessian::network::{Batch, BatchTargets, Description, Hessian, Normalization, Point, Program, State};
//! use hessian::random::Streams;
//! use hessian::spectrum::exact;
//!
//! let text = r#"
//!     input = 2
//!     loss = "cross_entropy"
//!     layers = [{ kind = "linear", out = 3 }, { kind = "batch_norm", eps = 0.0 }, { kind = "tanh" },
//!               { kind = "linear", out = 2 }]"#;
//! let program = Program::new(&Description::from_toml(text)?)?;
//! let state = State::<f64>::initial(&program, &mut Streams::new(1, "demo", 0).stream("weights", ""));
//! let batch = Batch {
//!     features: 2,
//!     samples: 4,
//!     inputs: vec![1.0, 0.0, 0.0, 1.0, -1.0, -1.0, 2.0, 0.5],
//!     targets: BatchTargets::Classes(vec![0, 1, 0, 1]),
//! };
//! let top = |kind| -> hessian::Result<f64> {
//!     let point = Point::new(&program, &state, kind, &batch)?.with_curvature();
//!     let spectrum = exact(&Hessian(&point), 1 << 20).expect("finite numbers");
//!     Ok(spectrum.eigenvalues[program.parameters() - 1])
//! };
//! let (batch_kind, frozen) = (top(Normalization::Batch)?, top(Normalization::Frozen)?);
//! assert!((frozen - batch_kind).abs() > 0.01 * batch_kind.abs());
//! # Ok::<(), hessian::Error>(())
//! ```
//!
//! # Other tools on the same network
//!
//! `benches/peers/batch_norm_trap.py` builds the network of `tests/oracles/interop/single-bn-batch` (322
//! parameters, 24 samples, four residual blocks with batch norm) in PyTorch, in training mode and in
//! float64, and takes its Hessian by each route. The reference is the central difference of
//! PyTorch's own gradient, into which no second-order rule enters; the difference is relative, in
//! the Frobenius norm. It printed, with torch 2.15.0, curvlinops-for-pytorch 3.0.1 and PyHessian 0.1:
//!
//! | route | difference | largest eigenvalue | smallest | trace |
//! |---|---|---|---|---|
//! | central differences of the gradient (reference) | 0.0e+00 | 6.720391 | -2.971996 | 5.536062 |
//! | `hessian spectrum --normalization batch` | 1.6e-10 | 6.720391 | -2.971996 | 5.536062 |
//! | torch double backward | 1.6e-10 | 6.720391 | -2.971996 | 5.536062 |
//! | `torch.func.jvp(grad)` | 1.6e-10 | 6.720391 | -2.971996 | 5.536062 |
//! | `torch.func.jvp(jacrev)` | 1.5e-01 | 6.721515 | -3.002024 | 5.536062 |
//! | `torch.func.hessian` | 1.5e-01 | 6.721515 | -3.002024 | 5.536062 |
//! | `torch.func.jacrev(jacrev)` | 1.5e-01 | 6.721515 | -3.002024 | 5.536062 |
//! | curvlinops `HessianLinearOperator` | 1.5e-01 | 6.721515 | -3.002024 | 5.536062 |
//! | `torch.func.jvp(jacrev)`, batch norm written out | 1.6e-10 | 6.720391 | -2.971996 | 5.536062 |
//! | PyHessian | 1.7e+00 | 14.833021 | -2.281919 | 37.937056 |
//! | `hessian spectrum --normalization running` | 1.7e+00 | 14.833021 | -2.281919 | 37.937056 |
//! | `hessian spectrum --normalization frozen` | 9.0e-01 | 8.046440 | -1.759540 | 20.968573 |
//! | reference without norms and biases (loss-landscape's default) | 4.0e-01 | 6.296782 | -2.850809 | 4.821221 |
//!
//! Read from it:
//!
//! * In torch 2.15 the routes through `jacrev` of native batch norm in training mode (`torch.func.hessian`
//!   among them) are off, silently; the trace does not show it. The same network with batch norm
//!   written out in elementary operations is right by the same route, and so are double backward and
//!   `jvp(grad)`. curvlinops has the error of the former.
//! * PyHessian puts the model into evaluation mode: it measures the `running` Hessian, a different
//!   matrix, whatever mode the user had chosen.
//! * loss-landscape (Li et al. 2018) leaves norms and biases out of its directions by default; the last
//!   row takes their rows and columns out of the reference.
//!
//! To repeat it:
//!
//! ```text
//! python3 -m venv venv && venv/bin/pip install -r benches/peers/batch_norm_trap.txt
//! cargo build --release && venv/bin/python benches/peers/batch_norm_trap.py
//! ```
