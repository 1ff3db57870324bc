//! An allocator that counts, for tests and benches that say what something costs in memory.
//!
//! ```
//! use dagrad_testsuite::allocator::{Counting, measure};
//!
//! #[global_allocator]
//! static ALLOCATOR: Counting = Counting;
//!
//! let (list, usage) = measure(|| vec![0_u8; 1000]);
//! assert_eq!(list.len(), 1000);
//! assert!(usage.allocations >= 1 && usage.peak_bytes >= 1000);
//! ```

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

thread_local! {
    // Without a destructor, and there from the start: to read it allocates nothing.
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, counted. A binary that wants the counts declares it as its global one.
#[derive(Clone, Copy, Debug)]
pub struct Counting;

/// What was allocated while something ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// How often the thread that ran it asked for memory. A test's harness may be doing something meanwhile in another.
    pub allocations: usize,
    /// How many bytes more than at the start were live at the highest point, of all threads.
    pub peak_bytes: usize,
}

/// Runs `work` and counts what it allocates. What it returns is still alive when the count ends.
pub fn measure<R>(work: impl FnOnce() -> R) -> (R, Usage) {
    let (allocations, live) = (ALLOCATIONS.get(), LIVE.load(Relaxed));
    PEAK.store(live, Relaxed);
    let result = work();
    let usage = Usage {
        allocations: ALLOCATIONS.get() - allocations,
        peak_bytes: PEAK.load(Relaxed).saturating_sub(live),
    };
    (result, usage)
}

fn grow(bytes: usize) {
    // A thread that is ending counts no more.
    let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
    let live = LIVE.fetch_add(bytes, Relaxed) + bytes;
    PEAK.fetch_max(live, Relaxed);
}

fn shrink(bytes: usize) {
    LIVE.fetch_sub(bytes, Relaxed);
}

// SAFETY: every call is handed to the system's allocator as it came, which keeps the contract; the
// counters beside it are atomic and allocate nothing.
#[expect(unsafe_code, reason = "an allocator cannot be written without it")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: the caller keeps the contract of `alloc`, which is the same there.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        shrink(layout.size());
        // SAFETY: the caller keeps the contract of `dealloc`; the block came from the system's allocator.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Old and new block may both be live while the contents move, so the peak counts both.
        grow(size);
        shrink(layout.size());
        // SAFETY: the caller keeps the contract of `realloc`; the block came from the system's allocator.
        unsafe { System.realloc(block, layout, size) }
    }
}
