//! What the command line knows: simulators and claims, of this crate or of one that extends it.

use crate::error::{Error, Result, nearest};
use crate::lab::{Claim, Judgement, Plan, Records, Simulator, Spec, Stage, holm_within_papers};

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
        self.find(id, self.claims.iter().map(|claim| claim.id))
    }

    fn find<'a>(&self, id: &str, known: impl IntoIterator<Item = &'a str>) -> Result<&Claim> {
        self.claims.iter().find(|claim| claim.id == id).ok_or_else(|| {
            let hint = did_you_mean(id, known);
            Error::spec(format!("there is no claim `{id}`{hint}; `hessian list claims` shows all"))
        })
    }

    /// The claims in Rust that a profile of a specification expects verdicts of, in the registry's
    /// order, once everything that the specification says about claims is known to be in order.
    ///
    /// # Errors
    /// A spec error for a claim that does not exist or reads another simulator's records, and for a
    /// hypothesis of the specification that has the id of a claim in Rust or cannot be judged on
    /// what the profile records ([`Hypothesis::check`](crate::lab::Hypothesis::check)).
    pub fn expected(&self, spec: &Spec, profile: &str) -> Result<Vec<Claim>> {
        let expected = &spec.profile(profile)?.expected;
        let own = |id: &str| spec.hypotheses.iter().any(|hypothesis| hypothesis.id == id);
        for id in expected.keys().filter(|id| !own(id)) {
            let place = format!("{}: profile.{profile}.expected", spec.place);
            let known = self.claims.iter().map(|claim| claim.id);
            let known =
                known.chain(spec.hypotheses.iter().map(|hypothesis| hypothesis.id.as_str()));
            let claim = self.find(id, known).map_err(|error| error.at(&place))?;
            if !claim.simulator.is_empty()
                && spec.stages.iter().all(|stage| stage.simulator != claim.simulator)
            {
                return Err(Error::spec(format!(
                    "{place}: claim {id} reads records of simulator `{}`, which no stage runs",
                    claim.simulator
                )));
            }
        }
        self.check_hypotheses(spec, profile)?;
        Ok(self.claims.iter().filter(|claim| expected.contains_key(claim.id)).copied().collect())
    }

    fn check_hypotheses(&self, spec: &Spec, profile: &str) -> Result<()> {
        if spec.hypotheses.is_empty() {
            return Ok(());
        }
        let (plan, simulators) = (Plan::new(spec, profile, None, None)?, self.simulators(spec)?);
        for hypothesis in &spec.hypotheses {
            if let Some(claim) = self.claims.iter().find(|claim| claim.id == hypothesis.id) {
                return Err(Error::spec(format!(
                    "{}:{}: the id `{}` belongs to a claim in {}; choose another",
                    spec.place, hypothesis.line, claim.id, claim.code
                )));
            }
            hypothesis.check(spec, &plan, &simulators)?;
        }
        Ok(())
    }

    /// Judges every claim that a profile expects, and every hypothesis of the specification, with
    /// p-values adjusted within each paper.
    ///
    /// # Errors
    /// Those of [`Registry::expected`].
    pub fn judge(&self, spec: &Spec, profile: &str, records: &Records) -> Result<Vec<Judgement>> {
        let claims = self.expected(spec, profile)?;
        let mut judgements: Vec<Judgement> =
            claims.iter().map(|claim| claim.judge(records)).collect();
        judgements.extend(spec.hypotheses.iter().map(|hypothesis| {
            // the copy beside the records, so that the same records have the same page everywhere
            let statement = hypothesis.statement(spec, "spec.toml");
            Judgement::new(statement, hypothesis.evaluate(records))
        }));
        holm_within_papers(&mut judgements);
        Ok(judgements)
    }
}

fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}
