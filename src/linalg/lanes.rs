//! Vector registers in safe code, by fearless_simd: AVX-512 from Ice Lake and Zen 4 on, AVX2, NEON.

use fearless_simd::{
    Level, Simd, SimdCombine, SimdFloat, SimdFloatElement, SimdFrom, SimdWiden, f32x8, f64x8,
};

/// A number that fills vector registers.
pub trait Vector: SimdFloatElement {
    /// One register of the instruction set S.
    type Lanes<S: Simd>: SimdFloat<S, Element = Self>;

    /// Eight numbers in double precision, exactly.
    fn widened<S: Simd>(simd: S, numbers: &[Self; 8]) -> f64x8<S>;
}

impl Vector for f64 {
    type Lanes<S: Simd> = S::f64s;

    #[inline(always)]
    fn widened<S: Simd>(simd: S, numbers: &[Self; 8]) -> f64x8<S> {
        f64x8::simd_from(simd, *numbers)
    }
}

impl Vector for f32 {
    type Lanes<S: Simd> = S::f32s;

    #[inline(always)]
    fn widened<S: Simd>(simd: S, numbers: &[Self; 8]) -> f64x8<S> {
        let (low, high) = f32x8::simd_from(simd, *numbers).widen();
        low.combine(high)
    }
}

/// A loop to be compiled for every instruction set: see [`vectorised`]. Mark `run` and what it calls, or
/// the closure, `#[inline(always)]`: only then does it become part of each compiled version.
pub trait Loop {
    /// Runs it.
    fn run(self);
}

impl<F: FnOnce()> Loop for F {
    #[inline(always)]
    fn run(self) {
        self();
    }
}

/// Runs a loop compiled for the widest vectors of this machine. The numbers are those of the same
/// loop elsewhere: vectors change how many entries are computed at once, not how each one is.
///
/// ```
/// let mut x = [1.0, 2.0, 3.0];
/// hessian::linalg::vectorised(
///     #[inline(always)]
///     || x.iter_mut().for_each(|x| *x *= 2.0),
/// );
/// assert_eq!(x, [2.0, 4.0, 6.0]);
/// ```
#[inline]
pub fn vectorised(body: impl Loop) {
    struct Body<L>(L);
    impl<L: Loop> Kernel for Body<L> {
        #[inline(always)]
        fn run<S: Simd>(self, _: S) {
            self.0.run();
        }
    }
    if let Err(Body(body)) = fused(Level::new(), Body(body)) {
        body.run();
    }
}

/// Work on registers of an instruction set S. Mark `run` and what it calls `#[inline(always)]`.
pub(crate) trait Kernel: Sized {
    /// Does it.
    fn run<S: Simd>(self, simd: S);

    /// Bytes of the widest register that it can fill.
    #[cfg(target_arch = "x86_64")]
    fn fills(&self) -> usize {
        usize::MAX
    }
}

/// Does the work in the widest registers with a fused multiply-add that a level of instructions has and
/// the work fills, or gives it back where there are none.
#[inline]
pub(crate) fn fused<K: Kernel>(level: Level, kernel: K) -> Result<(), K> {
    // a register of AVX-512 has 64 bytes
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = level.as_avx512().filter(|_| kernel.fills() >= 64) {
        simd.vectorize(
            #[inline(always)]
            || kernel.run(simd),
        );
        return Ok(());
    }
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = level.as_avx2() {
        simd.vectorize(
            #[inline(always)]
            || kernel.run(simd),
        );
        return Ok(());
    }
    #[cfg(target_arch = "aarch64")]
    if let Some(simd) = level.as_neon() {
        simd.vectorize(
            #[inline(always)]
            || kernel.run(simd),
        );
        return Ok(());
    }
    let _ = level;
    Err(kernel)
}

/// Does the work in the registers that every machine of this target has.
pub(crate) fn baseline(kernel: impl Kernel) {
    // `dispatch!` alone would compile the work for every level above this one, too
    #[cfg(target_arch = "x86_64")]
    kernel.run(Level::baseline().as_sse2().expect("x86-64 has SSE2"));
    #[cfg(not(target_arch = "x86_64"))]
    fearless_simd::dispatch!(Level::baseline(), simd => kernel.run(simd));
}

/// Whether this machine has vector registers with a fused multiply-add.
pub fn is_fused() -> bool {
    struct Nothing;
    impl Kernel for Nothing {
        #[inline(always)]
        fn run<S: Simd>(self, _: S) {}
    }
    fused(Level::new(), Nothing).is_ok()
}
