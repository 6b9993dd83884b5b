//! Path lengths under centred batch norm at infinite width, with their correlations.

use std::f64::consts::PI;

/// Second moments of the parts of a random ReLU stream by path length, under centred batch norm,
/// in the limit of infinite width and batch.
///
/// The stream is N_1 = BN(relu(W_1 x)), N_{l+1} = N_l + BN(relu(W N_l)) with unit gains. Let
/// V_r be the part of N_l whose paths have length r and q_rs = E V_r V_s, over units and samples;
/// c_r = sum_s q_rs and s = sum_r c_r = E N_l^2. Over samples the pre-activation z of a unit and
/// the parts x_r of it are jointly Gaussian, so with the gate 1(z > 0)
///
/// E[1 x_r x_s] = q_rs / 2, E[1 x_r] = c_r / sqrt(2 pi s),
///
/// and the batch norm subtracts the second and divides by its deviation, sigma^2 = (s / 2)(1 - 1 / pi):
///
/// q_{r+1, s+1} gains (q_rs / 2 - c_r c_s / (2 pi s)) / sigma^2 per layer.
///
/// The sum of all q_rs grows by exactly 1 per layer (Littwin & Wolf 2016, Sec. 4.1). Parts of
/// different length are negatively correlated: their own energies add up to more than the
/// stream's, so the mean length lies above the harmonic number that uncorrelated parts would give.
#[derive(Debug, Clone)]
pub struct CentredLengths {
    moments: Vec<Vec<f64>>,
}

impl CentredLengths {
    /// The moments after `layers` = p layers, p - 1 of them residual.
    ///
    /// ```
    /// use hessian::depth::CentredLengths;
    /// let lengths = CentredLengths::new(2);
    /// // length 1: the first layer, energy 1; length 2: one block, (1/2 - 1/(2 pi)) / sigma^2 = 1
    /// assert_eq!(lengths.energies(), [1.0, 1.0]);
    /// assert!((CentredLengths::new(32).total() - 32.0).abs() < 1e-12);
    /// ```
    ///
    /// # Panics
    /// Without a layer.
    pub fn new(layers: usize) -> Self {
        Self::scaled(layers, 1.0)
    }

    /// The moments after `layers` layers when every branch is multiplied by `scale` = lambda: what a
    /// layer adds is multiplied by lambda^2, and the stream's energy grows by lambda^2.
    ///
    /// ```
    /// use hessian::depth::CentredLengths;
    /// // however large the scale, later batch norms divide by what earlier ones made
    /// assert!(CentredLengths::scaled(32, 1e6).mean() < 6.0);
    /// ```
    ///
    /// # Panics
    /// Without a layer.
    pub fn scaled(layers: usize, scale: f64) -> Self {
        assert!(layers > 0, "a stream has at least its first layer");
        let mut moments = vec![vec![0.0; layers]; layers];
        moments[0][0] = 1.0;
        for layer in 1..layers {
            let sums: Vec<f64> = moments.iter().map(|row| row.iter().sum()).collect();
            let total: f64 = sums.iter().sum();
            let variance = total / 2.0 * (1.0 - 1.0 / PI);
            // longer paths do not exist yet
            for r in (1..=layer).rev() {
                for s in (1..=layer).rev() {
                    let gated = moments[r - 1][s - 1] / 2.0;
                    let mean = sums[r - 1] * sums[s - 1] / (2.0 * PI * total);
                    moments[r][s] += scale * scale * (gated - mean) / variance;
                }
            }
        }
        Self { moments }
    }

    /// E V_r^2 for r = 1..=p.
    pub fn energies(&self) -> Vec<f64> {
        self.moments.iter().enumerate().map(|(r, row)| row[r]).collect()
    }

    /// E N^2, the sum of all moments.
    pub fn total(&self) -> f64 {
        self.moments.iter().flatten().sum()
    }

    /// Mean path length r under the weights E V_r^2.
    pub fn mean(&self) -> f64 {
        let energies = self.energies();
        let weighted = energies.iter().enumerate().map(|(r, e)| (r + 1) as f64 * e);
        weighted.sum::<f64>() / energies.iter().sum::<f64>()
    }
}
