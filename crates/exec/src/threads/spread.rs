//! Work on the threads of a pool.

/// Does `work` for each state, on as many threads as the pool of the caller has to spare, and returns when all is done.
/// A panic in one of them is the caller's.
///
/// The pool is that which the caller runs in, or else the global one of `rayon`. Nothing is allocated: halves wait for
/// each other on the stack, and a thread that waits does what others have left.
#[cfg(feature = "threads")]
pub(super) fn spread<T: Send>(states: &mut [T], work: &(impl Fn(&mut T) + Sync)) {
    match states {
        [] => {}
        [state] => work(state),
        // The depth is the logarithm of the number of threads.
        states => {
            let (some, others) = states.split_at_mut(states.len() / 2);
            rayon_core::join(|| spread(some, work), || spread(others, work));
        }
    }
}

/// Does `work` for the first state; without threads nothing is left for the others.
#[cfg(not(feature = "threads"))]
pub(super) fn spread<T>(states: &mut [T], work: &impl Fn(&mut T)) {
    if let Some(state) = states.first_mut() {
        work(state);
    }
}
