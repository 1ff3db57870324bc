//! The suite over the reference sweeps themselves, which the derivatives, the differences and the expected numbers
//! put to the test.

use dagrad_testsuite::{reference::Reference, suite};

suite! {
    sweeps_f64 = Reference::<f64>::new();
    sweeps_f32 = Reference::<f32>::new();
}
