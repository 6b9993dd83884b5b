//! All complex critical points by continuation from a polynomial whose critical points are known.
//!
//! f_0(x) = sum a_i x_i^p, a_i > 0, has on the quadric x.x = 1 exactly the critical points with
//! x_i^{p-2} proportional to 1/a_i on a set of coordinates and 0 elsewhere: 2 (p-2)^{s-1} on each set
//! of s, together 2 ((p-1)^N - 1)/(p-2), all of them regular. Along
//! h_t = (1 - t) gamma f_0 + t f they stay apart and finite for all but finitely many arguments of
//! gamma, because polynomials with a degenerate or infinite critical point form a hypersurface
//! (Sommese and Wampler 2005, sec. 8). So this is the number for almost all f of degree p, whatever
//! their lower terms, and more isolated ones no f has. For a form it is twice the number of
//! eigenvectors of a symmetric tensor (Cartwright and Sturmfels 2013).

use nalgebra::{Complex, DMatrix, DVector};
use rand::Rng;
use rand_distr::{Distribution, StandardUniform};

use crate::spinglass::critical_points::Polynomial;
use crate::spinglass::critical_points::certificate::{bordered, norm};

type C = Complex<f64>;

/// Steps of one path. Chosen here: a path takes some thirty, a hard one hundreds.
const STEPS: u64 = 20_000;

/// The shortest step in t: below, a path is lost. Chosen here, near rounding.
const SHORTEST: f64 = 1e-13;

/// The line from a start to the target, with how carefully it is followed.
pub(super) struct Continuation<'a> {
    target: &'a Polynomial,
    /// a_i gamma.
    start: Vec<C>,
    degree: i32,
    /// The largest relative error of a prediction.
    tolerance: f64,
}

/// The end points of all paths, and the steps that it took.
pub(super) struct Ends {
    pub points: Vec<Vec<C>>,
    pub steps: u64,
}

/// A path that was not followed to its end.
#[derive(Debug)]
pub(super) struct Lost;

impl<'a> Continuation<'a> {
    /// A random start for this target.
    pub fn new(target: &'a Polynomial, tolerance: f64, rng: &mut impl Rng) -> Self {
        let mut uniform = || -> f64 { StandardUniform.sample(rng) };
        let gamma = C::from_polar(1.0, std::f64::consts::TAU * uniform());
        // of the target's size: a sum of N squares is of order sqrt N times a coordinate's share
        let scale = target.derivative_bound(0, 1.0) / (target.dimension() as f64).sqrt();
        let start = (0..target.dimension()).map(|_| gamma * scale * (1.0 + uniform())).collect();
        Self { target, start, degree: target.degree() as i32, tolerance }
    }

    /// Follows every path; one of each pair +-x where the target is even or odd.
    pub fn ends(&self) -> Result<Ends, Lost> {
        let mut ends = Ends { points: Vec::new(), steps: 0 };
        for start in self.starts() {
            let signs: &[f64] = if self.target.has_parity() { &[1.0] } else { &[1.0, -1.0] };
            for sign in signs {
                let mut z: Vec<C> = start.iter().map(|x| x * *sign).collect();
                let gradient = self.start_gradient(&z);
                z.push(z.iter().zip(&gradient).map(|(x, slope)| x * slope).sum());
                ends.points.push(self.follow(z, &mut ends.steps)?);
            }
        }
        Ok(ends)
    }

    /// The critical points of the start, one of each pair.
    fn starts(&self) -> Vec<Vec<C>> {
        let n = self.start.len();
        let roots = self.degree - 2;
        let mut starts = Vec::new();
        // of a quadratic form each set of one: no root of unity has order 0
        let sets: Vec<Vec<usize>> = match roots {
            0 => (0..n).map(|i| vec![i]).collect(),
            _ => (1_usize..1 << n)
                .map(|set| (0..n).filter(|i| set >> i & 1 == 1).collect())
                .collect(),
        };
        for members in sets {
            let free = members.len() - 1;
            // x_i = a_i^{-1/(p-2)} times a root of unity, that of the first member being 1
            for mut choice in 0..(roots as usize).pow(free as u32) {
                let mut x = vec![C::from(0.0); n];
                for (place, i) in members.iter().enumerate() {
                    let mut turn = 0.0;
                    if place > 0 {
                        turn = (choice % roots as usize) as f64 / f64::from(roots);
                        choice /= roots as usize;
                    }
                    let length = match roots {
                        0 => 1.0,
                        _ => self.start[*i].norm().powf(-1.0 / f64::from(roots)),
                    };
                    x[*i] = C::from_polar(length, std::f64::consts::TAU * turn);
                }
                let square: C = x.iter().map(|x| x * x).sum();
                let root = square.sqrt();
                starts.push(x.into_iter().map(|x| x / root).collect());
            }
        }
        starts
    }

    /// gamma grad f_0.
    fn start_gradient(&self, x: &[C]) -> Vec<C> {
        let slope = |(a, x): (&C, &C)| a * x.powi(self.degree - 1) * f64::from(self.degree);
        self.start.iter().zip(x).map(slope).collect()
    }

    /// F, F' and dF/dt at (x, lambda) and t.
    fn at(&self, t: f64, z: &[C]) -> (DVector<C>, DMatrix<C>, DVector<C>) {
        let n = self.start.len();
        let x = &z[..n];
        let jet = self.target.jet(x);
        let start = self.start_gradient(x);
        let p = f64::from(self.degree);
        let mut gradient = Vec::with_capacity(n);
        let mut hessian = jet.hessian * C::from(t);
        let mut speed = DVector::zeros(n + 1);
        for i in 0..n {
            gradient.push(start[i] * (1.0 - t) + jet.gradient[i] * t);
            hessian[(i, i)] +=
                self.start[i] * x[i].powi(self.degree - 2) * ((1.0 - t) * p * (p - 1.0));
            speed[i] = jet.gradient[i] - start[i];
        }
        let (value, derivative) = bordered(x, z[n], &gradient, &hessian);
        (value, derivative, speed)
    }

    /// The path from a start at t = 0 to t = 1: cubic predictions from two points and their
    /// tangents, Newton corrections, steps by the size of the first correction.
    fn follow(&self, start: Vec<C>, steps: &mut u64) -> Result<Vec<C>, Lost> {
        let (mut t, mut h) = (0.0, 0.02);
        let mut z = DVector::from_vec(start);
        let mut tangent = self.tangent(t, &z)?;
        let mut before: Option<(f64, DVector<C>, DVector<C>)> = None;
        for _ in 0..STEPS {
            *steps += 1;
            let end = if t + h > 1.0 - SHORTEST { 1.0 } else { t + h };
            let prediction = match &before {
                None => &z + &tangent * C::from(end - t),
                Some(before) => cubic(before, (t, &z, &tangent), end),
            };
            let (size, corrected) = self.corrected(end, prediction);
            // the error of a cubic prediction is of fourth order in the step
            let order = if before.is_none() { 0.5 } else { 0.25 };
            let change = 0.8 * (self.tolerance / size.max(1e-300)).powf(order);
            match corrected {
                Some(next) if size <= self.tolerance => {
                    if end == 1.0 {
                        return Ok(next.as_slice().to_vec());
                    }
                    let slope = self.tangent(end, &next)?;
                    before = Some((t, std::mem::replace(&mut z, next), tangent));
                    tangent = slope;
                    t = end;
                    h *= change.clamp(0.5, 3.0);
                }
                _ => h *= if change.is_finite() { change.clamp(0.1, 0.5) } else { 0.1 },
            }
            if h < SHORTEST {
                return Err(Lost);
            }
        }
        Err(Lost)
    }

    /// The size of a step beside the point: of x and of lambda each beside its own.
    fn relative(&self, step: &DVector<C>, z: &DVector<C>) -> f64 {
        let n = self.start.len();
        let x = norm(&step.as_slice()[..n]) / norm(&z.as_slice()[..n]);
        // lambda may vanish; a_i is of the size that it usually has
        let lambda = step[n].norm() / (z[n].norm() + self.start[0].norm());
        x.max(lambda)
    }

    /// dz/dt along the path.
    fn tangent(&self, t: f64, z: &DVector<C>) -> Result<DVector<C>, Lost> {
        let (_, derivative, speed) = self.at(t, z.as_slice());
        derivative.lu().solve(&-speed).ok_or(Lost)
    }

    /// Three steps of Newton's method, with the relative size of the first; no point if they do not
    /// shrink as they should near a zero.
    fn corrected(&self, t: f64, mut z: DVector<C>) -> (f64, Option<DVector<C>>) {
        let (mut first, mut last) = (f64::INFINITY, f64::INFINITY);
        for round in 0..3 {
            let (value, derivative, _) = self.at(t, z.as_slice());
            let Some(step) = derivative.lu().solve(&value) else {
                return (f64::INFINITY, None);
            };
            z -= &step;
            let size = self.relative(&step, &z);
            if round == 0 {
                first = size;
            }
            // chosen here: far from quadratic convergence, the prediction may belong to another path
            if !size.is_finite() || (round > 0 && size > 0.1 * last && size > 1e-12) {
                return (first, None);
            }
            last = size;
            if size < 1e-8 {
                return (first, Some(z));
            }
        }
        (first, (last < 1e-5).then_some(z))
    }
}

/// The cubic through two points with their tangents, at `t`.
fn cubic(
    before: &(f64, DVector<C>, DVector<C>),
    now: (f64, &DVector<C>, &DVector<C>),
    t: f64,
) -> DVector<C> {
    let (t0, z0, v0) = before;
    let (t1, z1, v1) = now;
    let h = t1 - t0;
    let s = (t - t0) / h;
    let (square, cube) = (s * s, s * s * s);
    let at = |factor: f64| C::from(factor);
    z0 * at(2.0 * cube - 3.0 * square + 1.0)
        + v0 * at(h * (cube - 2.0 * square + s))
        + z1 * at(3.0 * square - 2.0 * cube)
        + v1 * at(h * (cube - square))
}
