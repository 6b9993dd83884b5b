//! The fingerprint of a machine's arithmetic: where the bits of the same program may part.

use nalgebra::DMatrix;
use sha2::{Digest, Sha256};

use crate::lab::provenance::hex;
use crate::linalg::{Real, View, ViewMut, gemm, symmetric_eigenvalues};

/// Sizes (m, k, n) of the products in the fingerprint: either side of the size at which the kernel
/// changes, with edges that fill no tile, and with sums so long that a kernel may cut them at a
/// length that depends on the processor's caches.
const PRODUCTS: [(usize, usize, usize); 6] =
    [(7, 11, 9), (20, 50, 17), (3, 600, 5), (33, 65, 19), (129, 130, 67), (9, 4100, 6)];

/// A fingerprint of the machine's arithmetic: hashes of the bits of elementary functions, where
/// mathematics libraries part, and of matrix products and eigenvalues in single and double
/// precision, where the kernels of processors part. Two machines with the same fingerprint may be
/// expected to compute the same bits.
///
/// The parts are joined by a hyphen; earlier manifests hold the first part alone.
pub fn arithmetic() -> String {
    format!("{}-{}", elementary(), kernels())
}

/// True unless two fingerprints are of different arithmetics: parts that only one of them has are
/// not compared. Several fingerprints, as after a merge, are separated by spaces, and each of them
/// must find its like in the other.
///
/// ```
/// use hessian::lab::same_arithmetic;
/// assert!(same_arithmetic("01-ab", "01-ab"));
/// assert!(same_arithmetic("01", "01-ab"));
/// assert!(!same_arithmetic("01-ab", "01-cd"));
/// assert!(!same_arithmetic("01-ab 02-ab", "01-ab"));
/// ```
pub fn same_arithmetic(one: &str, other: &str) -> bool {
    let alike = |a: &str, b: &str| a.split('-').zip(b.split('-')).all(|(a, b)| a == b);
    let within = |from: &str, into: &str| {
        from.split(' ').all(|one| into.split(' ').any(|other| alike(one, other)))
    };
    within(one, other) && within(other, one)
}

/// Elementary functions, and a product by nalgebra.
fn elementary() -> String {
    let points = || (1..=64_u32).map(|i| f64::from(i) * 0.37 - 9.1);
    let a = DMatrix::from_fn(33, 47, |i, j| ((i * 47 + j) as f64 * 0.613).fract() - 0.5);
    let b = DMatrix::from_fn(47, 29, |i, j| ((i * 29 + j) as f64 * 0.417).fract() - 0.5);
    let product = a * b;
    fingerprint(
        points()
            .map(f64::exp)
            .chain(points().map(|x| x.abs().ln()))
            .chain(points().map(f64::tanh))
            .chain(points().map(f64::sin))
            .chain(points().map(|x| x.abs().powf(1.3)))
            .chain(product.iter().copied()),
    )
}

/// The kernels that compute most of a record's numbers.
fn kernels() -> String {
    let mut numbers = Vec::new();
    for size in PRODUCTS {
        numbers.extend(product::<f64>(size));
        numbers.extend(product::<f32>(size));
    }
    let (a, n) = (entries::<f64>(40 * 40, 0.613), 40);
    let symmetric = DMatrix::from_fn(n, n, |i, j| a[i * n + j] + a[j * n + i]);
    // without convergence there are no numbers, which is a fingerprint too
    numbers.extend(symmetric_eigenvalues(&symmetric).unwrap_or_default());
    fingerprint(numbers.into_iter())
}

/// A product of two fixed matrices, widened, which loses no bit.
fn product<T: Real>((m, k, n): (usize, usize, usize)) -> Vec<f64> {
    let (a, b) = (entries::<T>(m * k, 0.613), entries::<T>(k * n, 0.417));
    let mut c = vec![T::zero(); m * n];
    let result = ViewMut::new(&mut c, m, n);
    gemm(T::one(), View::new(&a, m, k), View::new(&b, k, n), T::zero(), result);
    c.into_iter().map(Real::wide).collect()
}

/// Numbers between -1/2 and 1/2 with many digits.
fn entries<T: Real>(count: usize, step: f64) -> Vec<T> {
    (0..count).map(|i| T::narrow((i as f64 * step).fract() - 0.5)).collect()
}

fn fingerprint(numbers: impl Iterator<Item = f64>) -> String {
    let mut hash = Sha256::new();
    for number in numbers {
        hash.update(number.to_bits().to_le_bytes());
    }
    hex(&hash.finalize())[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use super::{PRODUCTS, product};
    use crate::linalg::is_fused;

    /// Both kernels are asked, in both precisions, and each of the products is a sum whose bits
    /// depend on its order: the plain sum has others, at the same value.
    #[test]
    fn every_product_feels_the_order_of_its_sum() {
        let mut differ = 0;
        for (m, k, n) in PRODUCTS {
            let kernel = product::<f64>((m, k, n));
            let entry = |i: usize, step: f64| (i as f64 * step).fract() - 0.5;
            let plain: Vec<f64> = (0..m * n)
                .map(|c| {
                    let (i, j) = (c % m, c / m);
                    (0..k).map(|l| entry(l * m + i, 0.613) * entry(j * k + l, 0.417)).sum()
                })
                .collect();
            let close = kernel.iter().zip(&plain).all(|(a, b)| (a - b).abs() < 1e-12 * k as f64);
            assert!(close, "{m} x {k} x {n} is another product");
            // without fused multiply-add short sums may be the plain ones
            differ += usize::from(kernel != plain);
            assert_ne!(kernel, product::<f32>((m, k, n)));
        }
        let enough = if is_fused() { PRODUCTS.len() } else { 1 };
        assert!(differ >= enough, "{differ} of the products have other bits than the plain sum");
    }
}
