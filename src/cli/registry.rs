//! What the command line knows: simulators and claims, of this crate or of one that extends it.

use crate::error::{Error, Result, nearest};
use crate::lab::{Claim, Simulator, Spec};

/// The simulators and claims among which specifications choose.
pub struct Registry {
    /// Simulators.
    pub simulators: Vec<&'static dyn Simulator>,
    /// Claims, in the order in which tables show them.
    pub claims: Vec<Claim>,
}

impl Registry {
    /// The simulators and claims of this crate.
    pub fn standard() -> Self {
        Self { simulators: crate::sims::registry(), claims: crate::claims::registry() }
    }

    /// The simulator of a specification.
    ///
    /// # Errors
    /// A spec error with the nearest known word.
    pub fn simulator(&self, spec: &Spec) -> Result<&'static dyn Simulator> {
        let known = || self.simulators.iter().map(|simulator| simulator.id());
        self.simulators
            .iter()
            .find(|simulator| simulator.id() == spec.simulator)
            .copied()
            .ok_or_else(|| {
                Error::spec(format!(
                    "{}: there is no simulator `{}`{}; there are: {}",
                    spec.place,
                    spec.simulator,
                    did_you_mean(&spec.simulator, known()),
                    known().collect::<Vec<_>>().join(", ")
                ))
            })
    }

    /// The claim with this id.
    ///
    /// # Errors
    /// A spec error with the nearest known word.
    pub fn claim(&self, id: &str) -> Result<&Claim> {
        self.claims.iter().find(|claim| claim.id == id).ok_or_else(|| {
            let hint = did_you_mean(id, self.claims.iter().map(|claim| claim.id));
            Error::spec(format!("there is no claim `{id}`{hint}; `hessian list claims` shows all"))
        })
    }

    /// The claims that a profile of a specification expects verdicts of, in the registry's order.
    ///
    /// # Errors
    /// A spec error for a claim that does not exist or reads another simulator's records.
    pub fn expected(&self, spec: &Spec, profile: &str) -> Result<Vec<Claim>> {
        let expected = &spec.profile(profile)?.expected;
        for id in expected.keys() {
            let place = format!("{}: profile.{profile}.expected", spec.place);
            let claim = self.claim(id).map_err(|error| error.at(&place))?;
            if !claim.simulator.is_empty() && claim.simulator != spec.simulator {
                return Err(Error::spec(format!(
                    "{place}: claim {id} reads records of simulator `{}`, this sim has `{}`",
                    claim.simulator, spec.simulator
                )));
            }
        }
        Ok(self.claims.iter().filter(|claim| expected.contains_key(claim.id)).copied().collect())
    }
}

fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}
