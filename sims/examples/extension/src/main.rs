//! The command line of `hessian` with one more simulator and one more claim.
//!
//! `cargo run --release -- run sim.toml` here does what `hessian run` does, and `list`, `explain`,
//! `claims`, `report` and `merge` know the new simulator and the new claim.

mod claim;
mod simulator;

use std::process::ExitCode;

use hessian::cli::{self, Registry};

fn main() -> ExitCode {
    cli::main(&registry())
}

/// What `hessian` has, and what this crate adds.
fn registry() -> Registry {
    let mut registry = Registry::standard();
    registry.simulators.push(&simulator::RandomWalk);
    registry.claims.extend_from_slice(claim::CLAIMS);
    registry
}

#[cfg(test)]
mod tests {
    use super::registry;

    #[test]
    fn ids_are_new_and_observables_exist() {
        let registry = registry();
        for claim in super::claim::CLAIMS {
            assert_eq!(registry.claims.iter().filter(|one| one.id == claim.id).count(), 1);
            let simulators = registry.simulators.iter();
            let mut of = simulators.filter(|simulator| simulator.id() == claim.simulator);
            let observables = of.next().expect("the claim's simulator is there").observables();
            for name in claim.observables {
                assert!(observables.iter().any(|observable| observable.name == *name), "{name}");
            }
        }
    }
}
