//! Whether claims judge rightly: verdicts on made-up records whose truth is known.

mod assumption_cases;
mod cases;
mod critical_cases;
mod descent_cases;
mod ensemble_cases;
mod family;
mod hypotheses;
mod identity;
mod initialisation_cases;
mod langevin_cases;
mod path_cases;
mod predictions;
mod records;
mod specification;
mod verdicts;
