//! What the command line knows: simulators and claims, of this crate or of one that extends it.

use crate::error::{Error, Result, nearest};
use crate::lab::{Claim, Simulator, Spec, Stage};

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

    /// The simulators of a specification, stage by stage.
    ///
    /// # Errors
    /// A spec error with the nearest known word.
    pub fn simulators(&self, spec: &Spec) -> Result<Vec<&'static dyn Simulator>> {
        let find = |stage: &Stage| {
            let mut known = self.simulators.iter();
            known.find(|simulator| simulator.id() == stage.simulator).copied().ok_or_else(|| {
                let ids = || self.simulators.iter().map(|simulator| simulator.id());
                Error::spec(format!(
                    "{}: there is no simulator `{}`{}; there are: {}",
                    spec.place,
                    stage.simulator,
                    did_you_mean(&stage.simulator, ids()),
                    ids().collect::<Vec<_>>().join(", ")
                ))
            })
        };
        spec.stages.iter().map(find).collect()
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
            if !claim.simulator.is_empty()
                && spec.stages.iter().all(|stage| stage.simulator != claim.simulator)
            {
                return Err(Error::spec(format!(
                    "{place}: claim {id} reads records of simulator `{}`, which no stage runs",
                    claim.simulator
                )));
            }
        }
        Ok(self.claims.iter().filter(|claim| expected.contains_key(claim.id)).copied().collect())
    }
}

fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}
