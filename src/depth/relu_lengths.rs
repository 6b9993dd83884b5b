//! Path lengths of the ReLU residual net without batch norm at infinite width, with their
//! correlations.

use std::f64::consts::PI;

/// Second moments of the parts of a random ReLU stream by path length, in the limit of infinite
/// width.
///
/// The stream is N_1 = relu(W_1 x), N_l = N_{l-1} + relu(W_l N_{l-1}) (Littwin & Wolf 2016, Eq. 7)
/// with Var W_l = sigma^2 / n, scaled to E N_1^2 = 1. Let V_r be the part of N_l whose paths have
/// length r (gates of the true pass), m_r = E V_r, q_rs = E V_r V_s over units; c_r = sum_s q_rs and
/// s = sum_r c_r = E N_l^2. The parts of a pre-activation are jointly Gaussian with covariance
/// sigma^2 q_rs and independent of the stream that the branch joins, so with
/// u_r = E[1(z > 0) z_r] = sigma c_r / sqrt(2 pi s) each layer adds
///
/// q_{r+1, s+1} += sigma^2 q_rs / 2,  q_{r, s+1} += m_r u_s (and the transpose),  m_{r+1} += u_r.
///
/// Branch outputs are non-negative: parts of different length are positively correlated, and most of
/// the stream's energy lies in their cross terms. The moments are kept relative to s, so that
/// nothing overflows at any depth.
///
/// ```
/// use hessian::depth::ReluLengths;
/// // one block: V_1 = relu(g), V_2 = relu(w . V_1), E V_1^2 = 1, E V_2^2 = sigma^2 / 2
/// let lengths = ReluLengths::new(2, 2.0);
/// let energies = lengths.energies();
/// assert!((energies[1] / energies[0] - 1.0).abs() < 1e-14);
/// // and the cross term is E V_1 E V_2 = (1 / sqrt(pi)) (1 / sqrt(pi)), twice in s
/// let s = 2.0 + 2.0 / std::f64::consts::PI;
/// assert!((lengths.incoherent_share() - 2.0 / s).abs() < 1e-14);
/// assert!((lengths.growth() - s).abs() < 1e-14);
/// ```
#[derive(Debug, Clone)]
pub struct ReluLengths {
    moments: Vec<Vec<f64>>,
    growth: f64,
}

impl ReluLengths {
    /// The moments after `layers` = p layers, p - 1 of them residual, with n Var W = sigma^2 in
    /// the blocks.
    ///
    /// # Panics
    /// Without a layer, or unless sigma^2 is finite and not negative.
    pub fn new(layers: usize, sigma_squared: f64) -> Self {
        assert!(layers > 0, "a stream has at least its first layer");
        assert!(sigma_squared.is_finite() && sigma_squared >= 0.0, "sigma^2 is a variance");
        let mut moments = vec![vec![0.0; layers]; layers];
        let mut means = vec![0.0; layers];
        moments[0][0] = 1.0;
        means[0] = (1.0 / PI).sqrt();
        let mut growth = 1.0;
        for layer in 1..layers {
            let sums: Vec<f64> = moments.iter().map(|row| row.iter().sum()).collect();
            let total: f64 = sums.iter().sum();
            // u[r] joins length r + 1
            let shifted: Vec<f64> = std::iter::once(0.0)
                .chain(sums.iter().map(|c| c * (sigma_squared / (2.0 * PI * total)).sqrt()))
                .take(layers)
                .collect();
            // longer paths do not exist yet
            for r in (0..=layer).rev() {
                for s in (0..=layer).rev() {
                    let gated = match (r, s) {
                        (0, _) | (_, 0) => 0.0,
                        _ => sigma_squared / 2.0 * moments[r - 1][s - 1],
                    };
                    moments[r][s] += gated + means[r] * shifted[s] + means[s] * shifted[r];
                }
            }
            means.iter_mut().zip(&shifted).for_each(|(mean, u)| *mean += u);
            growth = moments.iter().flatten().sum::<f64>();
            moments.iter_mut().flatten().for_each(|q| *q /= growth);
            means.iter_mut().for_each(|mean| *mean /= growth.sqrt());
        }
        Self { moments, growth }
    }

    /// q_rs / s for r, s = 1..=p: the second moments relative to the stream's.
    pub fn moments(&self) -> &[Vec<f64>] {
        &self.moments
    }

    /// E V_r^2 / s for r = 1..=p; they do not add up to 1, see
    /// [`incoherent_share`](Self::incoherent_share).
    pub fn energies(&self) -> Vec<f64> {
        self.moments.iter().enumerate().map(|(r, row)| row[r]).collect()
    }

    /// sum_r q_rr / s: 1 if lengths were uncorrelated.
    pub fn incoherent_share(&self) -> f64 {
        self.energies().iter().sum()
    }

    /// The growth of E N_l^2 in the last layer; 1 without a block.
    pub fn growth(&self) -> f64 {
        self.growth
    }
}

/// The limit of the growth of E N_l^2 per layer in a deep net with n Var W = sigma^2.
///
/// With a = sigma / sqrt(2 pi) and kappa the ratio of mean to root mean square of the stream, a layer
/// maps (mean, s) to (mean + a sqrt(s), s (1 + sigma^2 / 2 + 2 a kappa)), so that the fixed ratio
/// solves kappa^2 (1 + sigma^2 / 2 + 2 a kappa) = (kappa + a)^2; it is found by iterating the map,
/// a contraction.
///
/// ```
/// let growth = hessian::depth::limit_growth(1.0);
/// assert!((growth - hessian::depth::ReluLengths::new(200, 1.0).growth()).abs() < 1e-9);
/// ```
pub fn limit_growth(sigma_squared: f64) -> f64 {
    let a = (sigma_squared / (2.0 * PI)).sqrt();
    let growth = |kappa: f64| 1.0 + sigma_squared / 2.0 + 2.0 * a * kappa;
    let mut kappa: f64 = (1.0 / PI).sqrt();
    // The map contracts by about 1 / sqrt(growth); small sigma^2 is slow, and 1e6 steps bound it.
    for _ in 0..1_000_000 {
        let next = (kappa + a) / growth(kappa).sqrt();
        let done = (next - kappa).abs() <= f64::EPSILON * kappa;
        kappa = next;
        if done {
            break;
        }
    }
    growth(kappa)
}
