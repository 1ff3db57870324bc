//! A step of gradient descent.

use crate::kernels::register::{Register, Task};

/// `parameter - gradient * rate`, for as many as both slices have.
///
/// # Safety
/// The machine has the instructions of these registers.
pub(crate) unsafe fn descend<V: Register>(
    parameters: &mut [V::Scalar],
    gradients: &[V::Scalar],
    rate: V::Scalar,
) {
    // SAFETY: the caller's promise.
    unsafe {
        V::run(Descent {
            parameters,
            gradients,
            rate,
        });
    }
}

struct Descent<'a, S> {
    parameters: &'a mut [S],
    gradients: &'a [S],
    rate: S,
}

impl<V: Register> Task<V> for Descent<'_, V::Scalar> {
    #[inline(always)]
    unsafe fn run(self) {
        let rate = V::splat(self.rate);
        let count = self.parameters.len().min(self.gradients.len());
        let (parameters, gradients) = (self.parameters.as_mut_ptr(), self.gradients.as_ptr());
        let mut at = 0;
        // SAFETY: both have `count` numbers.
        unsafe {
            while at + V::LANES <= count {
                let change = V::load(gradients.add(at)).multiply(rate);
                let parameter = V::load(parameters.add(at)).subtract(change);
                parameter.store(parameters.add(at));
                at += V::LANES;
            }
            let left = count - at;
            if left > 0 {
                let change = V::load_first(gradients.add(at), left).multiply(rate);
                let parameter = V::load_first(parameters.add(at), left).subtract(change);
                parameter.store_first(parameters.add(at), left);
            }
        }
    }
}
