//! The verb `complexity`: the landscape of a mixed spin glass, asymptotically and at finite N.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::cli::args::ComplexityArguments;
use crate::cli::run::stop_on_signals;
use crate::cli::terminal::Terminal;
use crate::depth::DepthLaw;
use crate::error::{Error, Result};
use crate::spinglass::{
    self, Class, EXACT_LIMIT, Mixture, algorithmic_energy, algorithmic_energy_with_field,
    edge_energy, expected_by_index, level_energy, ln_expected_total, sampled_by_index_watched,
    theta, theta_at_energy, threshold_energy,
};

/// How many of the energies E_0, E_1, ... are printed.
const LEVELS: usize = 5;

/// Sums of weights within this of 1 are rounding: chosen here, well above that of a hundred terms.
const ROUNDING: f64 = 1e-12;

/// How far the sum of sampled counts may be from the exact total: chosen here, several standard
/// errors of a sampling that works, far less than what one that does not work misses.
const SUM_TOLERANCE: f64 = 0.1;

/// Prints class, rates and energies of a mixture, and its expected numbers of critical points.
pub(super) fn complexity(
    arguments: &ComplexityArguments,
    threads: usize,
    terminal: &Terminal,
) -> Result<u8> {
    stop_on_signals()?;
    let mixture = match arguments {
        ComplexityArguments { mixture: Some(text), layers: None, beta: None, .. } => {
            given(text, terminal)?
        }
        ComplexityArguments { mixture: None, layers: Some(layers), beta: Some(beta), .. } => {
            DepthLaw::new(*layers, *beta)?.mixture()?
        }
        _ => {
            return Err(Error::spec(
                "complexity: expected --mixture R:WEIGHT,... alone, or --layers P with --beta B",
            ));
        }
    };
    let energy = match arguments.energy {
        Some(energy) if !energy.is_finite() => {
            return Err(Error::spec(format!("--energy: expected a finite number, found {energy}")));
        }
        energy => energy,
    };
    let class = spinglass::class(&mixture);
    let trouble = |trouble| Error::capacity(format!("complexity: {trouble}"));
    let levels: Option<Vec<f64>> = (class == Class::Pure)
        .then(|| (0..LEVELS).filter_map(|index| level_energy(&mixture, index)).collect());
    let critical_points = match arguments.dimension {
        Some(dimension) => in_threads(threads, || {
            counts(&mixture, dimension, arguments.samples, arguments.seed, terminal)
        })?,
        None => Value::Null,
    };
    let json = json!({
        "mixture": mixture.terms(),
        "nu_prime": mixture.nu_prime(),
        "nu_second": mixture.nu_second(),
        "q": mixture.q(),
        "alpha_squared": mixture.alpha_squared(),
        "class": class.to_string(),
        "theta": theta(&mixture),
        "g": spinglass::g(&mixture),
        "threshold_energy": threshold_energy(&mixture),
        "edge_energy": edge_energy(&mixture),
        "algorithmic_energy": algorithmic_energy(&mixture).map_err(trouble)?,
        "algorithmic_energy_with_field": algorithmic_energy_with_field(&mixture).map_err(trouble)?,
        "annealed_ground_state": level_energy(&mixture, 0),
        "level_energies": levels,
        "theta_at_energy": energy.and_then(|u| theta_at_energy(&mixture, u, arguments.index)),
        "critical_points": critical_points,
    });
    terminal.result(&text(&json, arguments), &json)?;
    Ok(0)
}

/// The mixture of `3:0.5,4:0.5`, with a notice when its weights do not sum to 1.
fn given(text: &str, terminal: &Terminal) -> Result<Mixture> {
    let terms = Mixture::terms_of(text)?;
    let mixture = Mixture::new(&terms)?;
    let sum: f64 = terms.iter().map(|term| term.1).sum();
    if (sum - 1.0).abs() > ROUNDING {
        terminal.note(&format!("mixture: the weights sum to {sum:?}; they were divided by it"));
    }
    Ok(mixture)
}

fn in_threads<T: Send>(threads: usize, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| Error::capacity(format!("{threads} threads: {error}")))?
        .install(work)
}

/// Expected numbers of critical points: in all, and of each index.
///
/// Where no quadrature reaches, numbers by index are estimates, with their standard errors.
fn counts(
    mixture: &Mixture,
    dimension: usize,
    samples: Option<usize>,
    seed: u64,
    terminal: &Terminal,
) -> Result<Value> {
    let ln_total = ln_expected_total(mixture, dimension)?;
    let total = ln_total.exp();
    if total.is_infinite() {
        terminal.warn(&format!(
            "dimension: the expected number of critical points at N = {dimension} is \
             exp({ln_total:.10}), beyond the largest double; ask for a smaller dimension"
        ));
    }
    let listed = if total.is_infinite() {
        None
    } else if dimension <= EXACT_LIMIT {
        Some((expected_by_index(mixture, dimension)?, vec![0.0; dimension]))
    } else {
        let samples = samples.unwrap_or_else(|| affordable_samples(dimension));
        let bar = terminal.bar("random matrices", 1);
        let sampled = sampled_by_index_watched(mixture, dimension, samples, seed, &|done, all| {
            bar.set_length(all);
            bar.inc(done);
        });
        bar.finish_and_clear();
        let sampled = sampled?;
        let sum: f64 = sampled.counts.iter().sum();
        if (sum / total - 1.0).abs() > SUM_TOLERANCE {
            terminal.warn(&format!(
                "by_index: {} random matrices find {sum:.4e} critical points of all indices where \
                 there are {total:.4e}: they miss events that matter at q = {:.3e}; use a dimension \
                 of at most {EXACT_LIMIT}",
                sampled.samples,
                mixture.q()
            ));
            None
        } else {
            Some((sampled.counts, sampled.standard_errors))
        }
    };
    let (by_index, errors) = listed.unzip();
    // a total beyond doubles becomes null
    Ok(json!({
        "dimension": dimension,
        "total": total,
        "ln_total": ln_total,
        "by_index": by_index,
        "standard_error": errors,
    }))
}

/// As many matrices as take a few seconds: chosen here, all eigenvalues of one costing N^2.
fn affordable_samples(dimension: usize) -> usize {
    (40_000_000 / (dimension * dimension)).clamp(1000, 100_000)
}

/// The same numbers for people; what does not exist is a dash.
fn text(json: &Value, arguments: &ComplexityArguments) -> String {
    let number = |value: &Value| value.as_f64().map_or("-".to_owned(), |x| format!("{x:.10}"));
    let rows = [
        ("nu'", "nu_prime", ""),
        ("nu''", "nu_second", ""),
        ("q", "q", "nu''/nu'"),
        ("alpha^2", "alpha_squared", "variance of r"),
        ("theta", "theta", "growth rate of critical points of fixed index"),
        ("G", "g", "above 0: like a pure model"),
        ("E_th", "threshold_energy", "typical Hessian without gap"),
        ("E_edge", "edge_energy", "most likely energy of fixed index"),
        ("E_ALG", "algorithmic_energy", "int sqrt(nu''), a term r = 1 left out"),
        ("E_ALG, field", "algorithmic_energy_with_field", "with the term r = 1 as a field"),
        ("E_0 annealed", "annealed_ground_state", "no critical point of index 0 below -N E_0"),
    ];
    let mut out = format!("class         {}\n", json["class"].as_str().unwrap_or("-"));
    for (name, key, meaning) in rows {
        let line = format!("{name:13} {:<18} {meaning}", number(&json[key]));
        let _ = writeln!(out, "{}", line.trim_end());
    }
    for (index, level) in json["level_energies"].as_array().into_iter().flatten().enumerate() {
        let _ = writeln!(out, "{:13} {}", format!("E_{index}"), number(level));
    }
    if let Some(energy) = arguments.energy {
        let name = arguments.index.map_or("theta".to_owned(), |index| format!("theta_{index}"));
        let _ = writeln!(out, "{name}({energy}) = {}", number(&json["theta_at_energy"]));
    }
    let points = &json["critical_points"];
    if let Some(ln_total) = points["ln_total"].as_f64() {
        let total = points["total"].as_f64().map(|total| format!("{total:.10e}"));
        let total = total.unwrap_or_else(|| format!("exp({ln_total:.10})"));
        let _ = writeln!(out, "\ncritical points at N = {}: {total}", points["dimension"]);
        let indices = points["by_index"].as_array().into_iter().flatten();
        let errors = points["standard_error"].as_array().into_iter().flatten();
        for (index, (count, error)) in indices.zip(errors).enumerate() {
            let count = count.as_f64().map_or("-".to_owned(), |x| format!("{x:.8e}"));
            let error = error.as_f64().filter(|e| *e > 0.0);
            let error = error.map_or(String::new(), |e| format!(" +- {e:.1e}"));
            let _ = writeln!(out, "  index {index:<4} {count}{error}");
        }
    }
    out
}
