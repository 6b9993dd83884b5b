//! Vector registers in safe code, by pulp: the widest instructions that the machine has.

use pulp::{Arch, Simd, WithSimd};

/// A number that fills vector registers.
pub trait Vector: Copy + 'static {
    /// One register of the instruction set S.
    type Lanes<S: Simd>: Copy;

    /// Numbers per register.
    fn width<S: Simd>() -> usize;

    /// A slice as registers; a rest shorter than a register is left out.
    fn lanes<S: Simd>(slice: &[Self]) -> &[Self::Lanes<S>];

    /// The same, to be written.
    fn lanes_mut<S: Simd>(slice: &mut [Self]) -> &mut [Self::Lanes<S>];

    /// x in every place.
    fn filled<S: Simd>(simd: S, x: Self) -> Self::Lanes<S>;

    /// a + b.
    fn plus<S: Simd>(simd: S, a: Self::Lanes<S>, b: Self::Lanes<S>) -> Self::Lanes<S>;

    /// a b + c, rounded once.
    fn fused<S: Simd>(
        simd: S,
        a: Self::Lanes<S>,
        b: Self::Lanes<S>,
        c: Self::Lanes<S>,
    ) -> Self::Lanes<S>;
}

macro_rules! vector {
    ($t:ty, $lanes:ident, $width:ident, $read:ident, $write:ident, $splat:ident, $add:ident, $fma:ident) => {
        impl Vector for $t {
            type Lanes<S: Simd> = S::$lanes;

            #[inline(always)]
            fn width<S: Simd>() -> usize {
                S::$width
            }

            #[inline(always)]
            fn lanes<S: Simd>(slice: &[Self]) -> &[S::$lanes] {
                S::$read(slice).0
            }

            #[inline(always)]
            fn lanes_mut<S: Simd>(slice: &mut [Self]) -> &mut [S::$lanes] {
                S::$write(slice).0
            }

            #[inline(always)]
            fn filled<S: Simd>(simd: S, x: Self) -> S::$lanes {
                simd.$splat(x)
            }

            #[inline(always)]
            fn plus<S: Simd>(simd: S, a: S::$lanes, b: S::$lanes) -> S::$lanes {
                simd.$add(a, b)
            }

            #[inline(always)]
            fn fused<S: Simd>(simd: S, a: S::$lanes, b: S::$lanes, c: S::$lanes) -> S::$lanes {
                simd.$fma(a, b, c)
            }
        }
    };
}

vector!(f64, f64s, F64_LANES, as_simd_f64s, as_mut_simd_f64s, splat_f64s, add_f64s, mul_add_f64s);
vector!(f32, f32s, F32_LANES, as_simd_f32s, as_mut_simd_f32s, splat_f32s, add_f32s, mul_add_f32s);

/// A loop to be compiled for every instruction set: see [`vectorised`]. Mark `run` and what it calls
/// `#[inline(always)]`: only then does it become part of each compiled version.
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
/// hessian::linalg::vectorised(|| x.iter_mut().for_each(|x| *x *= 2.0));
/// assert_eq!(x, [2.0, 4.0, 6.0]);
/// ```
#[inline]
pub fn vectorised(body: impl Loop) {
    struct Body<L>(L);
    impl<L: Loop> WithSimd for Body<L> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) {
            self.0.run();
        }
    }
    Arch::new().dispatch(Body(body));
}
