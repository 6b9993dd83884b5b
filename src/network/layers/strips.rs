//! Loops over features x samples that vectorise: a strip of neighbouring features goes down a block
//! of samples, so that per-feature numbers stay in registers, or in the first cache.
//!
//! Each feature is summed over the samples in their order, so that neither the width of a strip nor
//! the machine's vectors change a result.

use std::ops::Range;

use crate::linalg::{Loop, Real};

/// Samples that one strip goes down before the next one starts; chosen here so that even a wide
/// layer's block stays in the second cache.
pub(super) const BLOCK: usize = 32;

/// W neighbouring numbers from `from` on.
#[inline(always)]
pub(super) fn lanes<T, const W: usize>(x: &[T], from: usize) -> &[T; W] {
    x[from..from + W].try_into().expect("W numbers")
}

/// The same, to be written.
#[inline(always)]
pub(super) fn lanes_mut<T, const W: usize>(x: &mut [T], from: usize) -> &mut [T; W] {
    (&mut x[from..from + W]).try_into().expect("W numbers")
}

/// W neighbouring numbers of each array from `from` on. (`array::map` is at times a call that copies.)
#[inline(always)]
pub(super) fn strip<T: Copy, const W: usize, const K: usize>(
    arrays: &[&[T]; K],
    from: usize,
) -> [[T; W]; K] {
    let mut strip = [*lanes(arrays[0], from); K];
    for (own, array) in strip.iter_mut().zip(arrays) {
        *own = *lanes(array, from);
    }
    strip
}

/// The same range of each array.
#[inline(always)]
pub(super) fn ranges<T, const K: usize>(mut arrays: [&[T]; K], range: Range<usize>) -> [&[T]; K] {
    for array in &mut arrays {
        *array = &array[range.clone()];
    }
    arrays
}

/// Runs a body for the strips of `n` features: `W` is the width of the strip, `f` its first feature.
///
/// Wide strips first: they read memory in longer pieces, which was worth more than registers for all of
/// their numbers, with AVX2 as with AVX-512.
macro_rules! strips {
    ($n:expr, $w:ident, $f:ident, $body:block) => {{
        let mut $f = 0;
        while $f + 32 <= $n {
            const $w: usize = 32;
            $body
            $f += 32;
        }
        while $f + 16 <= $n {
            const $w: usize = 16;
            $body
            $f += 16;
        }
        while $f + 8 <= $n {
            const $w: usize = 8;
            $body
            $f += 8;
        }
        while $f + 4 <= $n {
            const $w: usize = 4;
            $body
            $f += 4;
        }
        while $f < $n {
            const $w: usize = 1;
            $body
            $f += 1;
        }
    }};
}
pub(super) use strips;

/// first += sum over samples of x, second += sum over samples of x y, per feature.
pub(super) struct Sums<'a, T> {
    pub(super) x: &'a [T],
    pub(super) y: &'a [T],
    pub(super) first: &'a mut [T],
    pub(super) second: &'a mut [T],
}

impl<T: Real> Loop for Sums<'_, T> {
    #[inline(always)]
    fn run(self) {
        let n = self.first.len();
        for (x, y) in self.x.chunks(BLOCK * n).zip(self.y.chunks(BLOCK * n)) {
            strips!(n, W, f, {
                let mut first = *lanes::<T, W>(self.first, f);
                let mut second = *lanes::<T, W>(self.second, f);
                for (x, y) in x.chunks_exact(n).zip(y.chunks_exact(n)) {
                    let (x, y) = (*lanes::<T, W>(x, f), *lanes::<T, W>(y, f));
                    for i in 0..W {
                        first[i] += x[i];
                        second[i] += x[i] * y[i];
                    }
                }
                *lanes_mut::<T, W>(self.first, f) = first;
                *lanes_mut::<T, W>(self.second, f) = second;
            });
        }
    }
}
