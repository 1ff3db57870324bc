//! What the tests of all kernels share: tiles with hostile padding, and bounds on rounding errors.

use crate::kernels::Kernels;
use crate::kernels::register::Float;
use crate::level::Level;

/// Numbers of lanes with and without padding, for every width of vectors.
pub(crate) const LANES: [usize; 9] = [1, 2, 7, 16, 63, 64, 65, 100, 128];

/// Numbers of rows or operands: all small ones, and some that leave remainders in every block.
pub(crate) fn sizes() -> impl Iterator<Item = usize> {
    (1..=20).chain([37, 64, 83])
}

/// The kernels of every level that this machine has.
pub(crate) fn kernels<S: Float>() -> impl Iterator<Item = Kernels<S>> {
    let available = Level::ALL.into_iter().filter(|level| level.is_available());
    available.map(Kernels::of)
}

/// A stream of numbers between -1 and 1, some of which are zeros.
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn word(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.word() >> 16) as usize % limit
    }

    pub(crate) fn number<S: Float>(&mut self) -> S {
        let word = self.word();
        if word.is_multiple_of(16) {
            return S::ZERO;
        }
        // Rounded through the narrower type, so that both types compute with the same numbers.
        let number = ((word >> 11) as f64 / (1_u64 << 52) as f64 - 1.0) as f32;
        S::narrow(f64::from(number))
    }

    pub(crate) fn list<S: Float>(&mut self, count: usize) -> Vec<S> {
        (0..count).map(|_| self.number()).collect()
    }

    /// The numbers below `count` in some order.
    pub(crate) fn permutation(&mut self, count: usize) -> Vec<usize> {
        let mut numbers: Vec<usize> = (0..count).collect();
        for at in (1..count).rev() {
            numbers.swap(at, self.below(at + 1));
        }
        numbers
    }
}

/// A block of 64 bytes, to align rows with.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
struct Line([u8; 64]);

/// Rows of lanes, with padding that is no number.
#[derive(Clone, Debug)]
pub(crate) struct Tile<S> {
    memory: Vec<Line>,
    pub(crate) rows: usize,
    pub(crate) lanes: usize,
    pub(crate) stride: usize,
    scalar: std::marker::PhantomData<S>,
}

impl<S: Float> Tile<S> {
    /// A tile of random numbers.
    pub(crate) fn new(rows: usize, lanes: usize, numbers: &mut Numbers) -> Self {
        let in_line = 64 / size_of::<S>();
        let stride = lanes.next_multiple_of(in_line);
        let mut tile = Self {
            memory: vec![Line([0xff; 64]); rows * stride / in_line],
            rows,
            lanes,
            stride,
            scalar: std::marker::PhantomData,
        };
        for row in 0..rows {
            for lane in 0..lanes {
                *tile.at(row, lane) = numbers.number();
            }
        }
        tile
    }

    pub(crate) fn start(&mut self) -> *mut S {
        self.memory.as_mut_ptr().cast()
    }

    pub(crate) fn offset(&self, row: usize) -> u32 {
        u32::try_from(row * self.stride).unwrap()
    }

    pub(crate) fn offsets(&self, rows: &[usize]) -> Vec<u32> {
        rows.iter().map(|&row| self.offset(row)).collect()
    }

    pub(crate) fn at(&mut self, row: usize, lane: usize) -> &mut S {
        assert!(row < self.rows && lane < self.lanes, "inside the tile");
        // SAFETY: the place is inside, and all bits are a number.
        unsafe { &mut *self.start().add(row * self.stride + lane) }
    }

    pub(crate) fn get(&self, row: usize, lane: usize) -> f64 {
        assert!(row < self.rows && lane < self.lanes, "inside the tile");
        let start: *const S = self.memory.as_ptr().cast();
        // SAFETY: the place is inside, and all bits are a number.
        unsafe { start.add(row * self.stride + lane).read() }.wide()
    }

    /// The bits of the lanes of a row.
    pub(crate) fn bits(&self, row: usize) -> Vec<u64> {
        (0..self.lanes)
            .map(|lane| self.get(row, lane).to_bits())
            .collect()
    }
}

/// A sum in double precision, with what its terms come to without their signs.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum {
    pub(crate) value: f64,
    magnitude: f64,
    terms: usize,
}

impl Sum {
    pub(crate) fn add(&mut self, term: f64) {
        self.value += term;
        self.magnitude += term.abs();
        self.terms += 1;
    }

    /// The sum times a factor.
    pub(crate) fn times(mut self, factor: f64) -> Self {
        self.value *= factor;
        self.magnitude *= factor.abs();
        self
    }

    /// Fails where `got` is further away than any order of rounded additions of rounded products explains:
    /// `(terms + 6) · ε · Σ |term|`, of which the 6 are for what is done after the sum.
    #[track_caller]
    pub(crate) fn check<S: Float>(self, got: f64, context: impl FnOnce() -> String) {
        let epsilon = match size_of::<S>() {
            4 => f64::from(f32::EPSILON),
            _ => f64::EPSILON,
        };
        let bound = (self.terms as f64 + 6.0) * epsilon * self.magnitude;
        let error = (self.value - got).abs();
        assert!(
            error <= bound,
            "{}: got {got}, wanted {} within {bound}",
            context(),
            self.value,
        );
    }
}

/// Runs a test for both scalar types.
macro_rules! for_both {
    ($($test:ident)*) => {
        mod f32 {
            $(#[test] fn $test() { super::$test::<f32>(); })*
        }
        mod f64 {
            $(#[test] fn $test() { super::$test::<f64>(); })*
        }
    };
}
pub(crate) use for_both;
