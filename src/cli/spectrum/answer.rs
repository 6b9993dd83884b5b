//! What the verb `spectrum` says: a document, arrays, a curve to draw.

use nalgebra::DMatrix;
use serde::Serialize;
use serde_json::json;

use crate::cli::args::{Method, OperatorKind, Precision};
use crate::data::{NamedTensor, tensors_to_bytes};
use crate::error::Result;
use crate::linalg::norm;
use crate::network::Normalization;
use crate::spectrum::Slq;

/// Version of the document's keys.
const SCHEMA: u32 = 1;

/// Points of the drawn density.
const GRID: usize = 400;

/// The smoothing of the drawn density, relative to the width of the spectrum: chosen here because
/// features of a hundredth of the width can still be told apart in a figure.
const SMOOTHING: f64 = 0.005;

/// A number with its doubt; none if it is exact.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Doubtful {
    pub value: f64,
    pub standard_error: Option<f64>,
}

impl Doubtful {
    /// An estimate; an infinite error (one probe) is no number.
    pub fn new(value: f64, standard_error: f64) -> Self {
        Self { value, standard_error: standard_error.is_finite().then_some(standard_error) }
    }
}

/// An eigenvalue at an end of the spectrum.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Extreme {
    pub eigenvalue: f64,
    pub residual: f64,
    pub converged: bool,
}

/// Nodes and weights of each probe.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Quadrature {
    pub nodes: Vec<Vec<f64>>,
    pub weights: Vec<Vec<f64>>,
}

/// Where the time went.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Seconds {
    pub setup: f64,
    pub products: f64,
    pub linear_algebra: f64,
}

/// The curve of the figure.
#[derive(Debug, Clone, Default)]
pub(super) struct Curve {
    pub grid: Vec<f64>,
    pub mean: Vec<f64>,
    pub standard_error: Vec<f64>,
    pub note: String,
}

/// Everything that was found.
pub(super) struct Answer {
    pub loss: f64,
    pub parameters: usize,
    /// Those of the whole network, of which `--layers` may have chosen some.
    pub all_parameters: usize,
    pub names: Vec<String>,
    pub gradient: Vec<f64>,
    pub normalization: Option<Normalization>,
    /// Whether the network holds a batch norm.
    pub normalised: bool,
    pub method: Method,
    pub precision: Precision,
    pub operator: OperatorKind,
    pub trace: Doubtful,
    pub frobenius_squared: Doubtful,
    pub eigenvalues: Vec<f64>,
    pub top: Vec<Extreme>,
    pub bottom: Vec<Extreme>,
    pub density: Quadrature,
    pub products: u64,
    pub asymmetry: Option<f64>,
    pub matrix: Option<DMatrix<f64>>,
    pub quadrature: Option<Slq>,
    pub density_curve: Curve,
    pub seconds: Seconds,
}

impl Answer {
    /// Nothing found yet, at this dimension.
    pub fn empty(parameters: usize) -> Self {
        let unknown = Doubtful { value: 0.0, standard_error: None };
        Self {
            loss: 0.0,
            parameters,
            all_parameters: parameters,
            names: Vec::new(),
            gradient: Vec::new(),
            normalization: None,
            normalised: false,
            method: Method::Exact,
            precision: Precision::F64,
            operator: OperatorKind::Hessian,
            trace: unknown,
            frobenius_squared: unknown,
            eigenvalues: Vec::new(),
            top: Vec::new(),
            bottom: Vec::new(),
            density: Quadrature::default(),
            products: 0,
            asymmetry: None,
            matrix: None,
            quadrature: None,
            density_curve: Curve::default(),
            seconds: Seconds::default(),
        }
    }

    fn gradient_norm(&self) -> f64 {
        norm(&self.gradient)
    }

    /// The document.
    pub fn json(&self) -> serde_json::Value {
        json!({
            "schema": SCHEMA,
            "loss": self.loss,
            "parameters": self.parameters,
            "names": self.names,
            "gradient_norm": self.gradient_norm(),
            "normalization": self.normalization.map(Normalization::word),
            "method": self.method.word(),
            "precision": self.precision.word(),
            "operator": self.operator.word(),
            "trace": self.trace,
            "frobenius_squared": self.frobenius_squared,
            "eigenvalues": self.eigenvalues,
            "top": self.top,
            "bottom": self.bottom,
            "density": self.density,
            "products": self.products,
            "asymmetry": self.asymmetry,
            "seconds": self.seconds,
        })
    }

    /// `gradient` and, where it was asked for, `hessian`.
    pub fn arrays(&self) -> Result<Vec<u8>> {
        let mut tensors = vec![NamedTensor {
            name: "gradient".to_owned(),
            shape: vec![self.parameters],
            entries: self.gradient.clone(),
        }];
        if let Some(matrix) = &self.matrix {
            tensors.push(NamedTensor {
                name: "hessian".to_owned(),
                shape: vec![self.parameters, self.parameters],
                // symmetric: columns are rows
                entries: matrix.as_slice().to_vec(),
            });
        }
        tensors_to_bytes(&tensors)
    }

    /// The title of the figure.
    pub fn title(&self) -> String {
        let normalization = self
            .normalization
            .filter(|_| self.normalised)
            .map_or_else(String::new, |kind| format!(", {} normalization", kind.word()));
        let of = match self.all_parameters {
            all if all > self.parameters => format!(" of {all}"),
            _ => String::new(),
        };
        format!(
            "Spectrum of the {} ({}{of} parameters{normalization})",
            self.operator.title(),
            self.parameters
        )
    }

    /// The eigenvalues that the figure marks: those that Lanczos found, else the outliers of the
    /// spectrum, or of the first probe's quadrature, whose outermost nodes converge to them.
    pub fn marks(&self) -> Vec<f64> {
        match (&self.quadrature, self.method) {
            (Some(quadrature), _) => outliers(quadrature.nodes.first().map_or(&[], |v| v)),
            (None, Method::Lanczos) => {
                self.top.iter().chain(&self.bottom).map(|extreme| extreme.eigenvalue).collect()
            }
            (None, _) => outliers(&self.eigenvalues),
        }
    }

    /// What the marks are.
    pub fn mark_title(&self) -> &'static str {
        match self.method {
            Method::Lanczos => "largest and smallest",
            Method::Exact | Method::Slq => "outliers",
        }
    }

    /// The smoothed density of what was found.
    pub fn draw_density(&mut self) {
        let single;
        let (quadrature, source) = if let Some(quadrature) = &self.quadrature {
            (quadrature, "mean over probes with one standard error")
        } else if self.eigenvalues.is_empty() {
            self.density_curve.note =
                "lanczos finds the ends alone; slq draws a density".to_owned();
            return;
        } else {
            let n = self.eigenvalues.len();
            single = Slq {
                nodes: vec![self.eigenvalues.clone()],
                weights: vec![vec![1.0 / n as f64; n]],
                breakdowns: vec![None],
                squares: vec![self.frobenius_squared.value / n as f64],
                dimension: n,
                products: self.products,
            };
            (&single, "every eigenvalue")
        };
        let Some((low, high)) = quadrature.range() else { return };
        // a spectrum of one point has a width of its own size
        let span = if high > low { high - low } else { low.abs().max(1.0) };
        let width = SMOOTHING * span;
        let (from, to) = (low - 5.0 * width, high + 5.0 * width);
        let grid: Vec<f64> =
            (0..GRID).map(|i| from + (to - from) * i as f64 / (GRID - 1) as f64).collect();
        let density = quadrature.density(&grid, width);
        self.density_curve = Curve {
            grid,
            mean: density.mean,
            standard_error: density.standard_error,
            note: format!("{source}, smoothed by a Gaussian of standard deviation {width:.3e}"),
        };
    }

    /// For people.
    pub fn text(&self) -> String {
        let doubt = |number: Doubtful| match number.standard_error {
            Some(error) => format!("{:.6e} +- {error:.1e} (one standard error)", number.value),
            None if self.method == Method::Exact => format!("{:.9e}", number.value),
            None => format!("{:.6e} (from one probe, without a standard error)", number.value),
        };
        let list = |extremes: &[Extreme]| {
            let shown: Vec<String> = extremes
                .iter()
                .take(5)
                .map(|extreme| {
                    let doubt = if extreme.converged { "" } else { " (not converged)" };
                    format!("{:.6e}{doubt}", extreme.eigenvalue)
                })
                .collect();
            shown.join(", ")
        };
        let loss = match self.loss.abs() {
            0.0 | 1e-3..1e6 => format!("{:.9}", self.loss),
            _ => format!("{:.9e}", self.loss),
        };
        let mut text = format!(
            "{}\nloss          {loss}\n|gradient|    {:.6e}\ntrace         {}\n|.|_F^2       {}\n",
            self.title(),
            self.gradient_norm(),
            doubt(self.trace),
            doubt(self.frobenius_squared)
        );
        if !self.top.is_empty() {
            text.push_str(&format!("largest       {}\n", list(&self.top)));
            text.push_str(&format!("smallest      {}\n", list(&self.bottom)));
        }
        text.push_str(&format!(
            "{} products in {:.3} s, the rest {:.3} s",
            self.products, self.seconds.products, self.seconds.linear_algebra
        ));
        text
    }
}

/// The values at either end of an ascending list that a gap sets apart from the rest: beyond the
/// innermost gap of six smoothing widths, behind which two peaks of the figure do not touch, among
/// the outer quarter of the list at each end.
fn outliers(values: &[f64]) -> Vec<f64> {
    let (Some(low), Some(high)) = (values.first(), values.last()) else { return Vec::new() };
    let gap = 6.0 * SMOOTHING * (high - low);
    let n = values.len();
    let apart = |i: usize| values[i + 1] - values[i] > gap;
    let below = (0..n / 4).rev().find(|i| apart(*i)).map_or(0, |i| i + 1);
    let above = (n - 1 - n / 4..n - 1).find(|i| apart(*i)).map_or(n, |i| i + 1);
    values[..below].iter().chain(&values[above.max(below)..]).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::outliers;

    #[test]
    fn outliers_stand_apart() {
        let bulk: Vec<f64> = (0..40).map(|i| 0.001 * f64::from(i)).collect();
        let with = |more: &[f64]| {
            let mut values = [&bulk[..], more].concat();
            values.sort_by(f64::total_cmp);
            outliers(&values)
        };
        assert_eq!(with(&[-1.0, 3.0, 5.0]), [-1.0, 3.0, 5.0]);
        assert_eq!(with(&[5.0]), [5.0]);
        assert_eq!(outliers(&[0.0; 8]), [0.0; 0]);
        assert_eq!(outliers(&[]), [0.0; 0]);
        let even: Vec<f64> = (0..100).map(f64::from).collect();
        assert_eq!(outliers(&even), [0.0; 0]);
    }
}
