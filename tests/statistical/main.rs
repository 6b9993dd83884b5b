//! The laws of the samplers. Each test states its false-fail rate and what it detects.

mod gaussian_mixture;
mod sampled_paths;
