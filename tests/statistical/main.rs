//! Laws of the samplers and of random estimates. Each test states its false-fail rate and the
//! smallest discrepancy that it catches; seeds are never changed to make one pass.

mod estimates;
mod gaussian_mixture;
mod goe;
mod hamiltonian;
mod langevin;
mod sampled_paths;
mod stream_lengths;
mod verdicts;
