//! The ledger of propositions: what the numerics rest on, machine-checked, assumed or refuted.

use serde::{Deserialize, Serialize};

use crate::cli::table::paragraph;
use crate::error::{Error, Result};

/// The ledger as it was when the program was built.
const LEDGER: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/proofs/ledger.toml"));

/// One proposition.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Statement {
    /// Such as `T1.1`.
    pub id: String,
    title: String,
    statement: String,
    source: String,
    status: String,
    axioms: Option<String>,
    uses: Vec<String>,
    formal: Option<String>,
    prose: Option<String>,
    code: Vec<String>,
    tests: Vec<String>,
    /// The claims whose prediction rests on it.
    pub claims: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ledger {
    statement: Vec<Statement>,
}

/// Every proposition, in the order of the ledger.
///
/// # Errors
/// A provenance error if the ledger that was built in is damaged.
pub(super) fn ledger() -> Result<Vec<Statement>> {
    toml::from_str::<Ledger>(LEDGER)
        .map(|ledger| ledger.statement)
        .map_err(|error| Error::provenance(format!("proofs/ledger.toml as built in: {error}")))
}

impl Statement {
    /// Title and status on one line.
    pub fn line(&self) -> String {
        format!("{} {} ({})", self.id, self.title, self.status)
    }

    /// Everything that the ledger says of it.
    pub fn text(&self) -> String {
        let uses = self.uses.join(", ");
        let (code, tests) = (self.code.join(", "), self.tests.join(", "));
        let claims = self.claims.join(", ");
        let formal = self.formal.as_deref().unwrap_or_default();
        let prose = self.prose.as_ref().map_or_else(String::new, |file| format!("proofs/{file}"));
        let axioms = self.axioms.as_deref().unwrap_or_default();
        [
            ("proposition", format!("{}: {}", self.id, self.title).as_str()),
            ("statement", &self.statement),
            ("source", &self.source),
            ("status", &self.status),
            ("axioms", axioms),
            ("uses", &uses),
            ("formal", formal),
            ("prose", &prose),
            ("code", &code),
            ("tests", &tests),
            ("claims", &claims),
        ]
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| paragraph(name, text))
        .collect()
    }
}
