//! The verb `depth-law`: how deep the ensemble is by the paper's formula, or by measured gains.

use serde_json::json;

use crate::cli::args::DepthLawArguments;
use crate::cli::terminal::Terminal;
use crate::depth::{DepthLaw, PathLengthLaw};
use crate::error::{Error, Result};

/// Prints the epsilon series of Littwin & Wolf 2016, Eq. (16), or the law of path length for
/// given gains.
pub(super) fn depth_law(arguments: &DepthLawArguments, terminal: &Terminal) -> Result<u8> {
    match arguments {
        DepthLawArguments { layers: Some(layers), beta: Some(beta), gains: None } => {
            series(&DepthLaw::new(*layers, *beta)?, terminal)
        }
        DepthLawArguments { layers: None, beta: None, gains: Some(gains) } => {
            by_gains(&PathLengthLaw::of_gains(gains)?, terminal)
        }
        _ => Err(Error::spec(
            "depth-law: expected --layers P with --beta B, or --gains A,B,... alone",
        )),
    }
}

fn series(law: &DepthLaw, terminal: &Terminal) -> Result<u8> {
    let argmax: Vec<String> = law.argmax.iter().map(usize::to_string).collect();
    let theta = law.theta.map_or("none: q < 1".to_owned(), |theta| theta.to_string());
    let text = format!(
        "{} layers, beta = {}\n\
         argmax   r = {}\n\
         mean     {}\n\
         sd       {}\n\
         q        {}\n\
         theta    {theta}\n",
        law.layers,
        law.beta,
        argmax.join(" and "),
        law.mean,
        law.sd,
        law.q
    );
    terminal.result(&text, &json!(law))?;
    Ok(0)
}

fn by_gains(law: &PathLengthLaw, terminal: &Terminal) -> Result<u8> {
    let text = format!(
        "{} blocks\nmode     {} branches\nmean     {}\nsd       {}\n",
        law.probability.len() - 1,
        law.mode(),
        law.mean,
        law.sd
    );
    terminal.result(&text, &json!(law))?;
    Ok(0)
}
