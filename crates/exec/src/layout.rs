//! Where parameters lie in memory.

use crate::error::RunError;
use crate::update::Update;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The order in which a vector of parameters lies in memory. It belongs to the vector: programs that are
/// to run with one vector are compiled against one layout, so that a model with several programs has one
/// set of weights.
///
/// What comes in and goes out is always in the graph's order, that of declaration.
#[derive(Clone, Debug)]
pub struct Layout(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    id: u64,
    len: usize,
}

impl Layout {
    /// A layout of `len` parameters in their declared order.
    #[must_use]
    pub fn new(len: usize) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        // The counter orders nothing but itself.
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Self(Arc::new(Inner { id, len }))
    }

    /// The number of parameters.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len
    }

    /// Whether there are no parameters.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.len == 0
    }
}

impl PartialEq for Layout {
    /// Whether this is the same layout, not only one that looks alike.
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

impl Eq for Layout {}

/// The values of all parameters of a graph, in a [`Layout`].
#[derive(Clone, Debug)]
pub struct Parameters<S> {
    layout: Layout,
    values: Vec<S>,
    /// Another number after every change: what was copied under the same number is up to date.
    version: u64,
}

impl<S: PartialEq> PartialEq for Parameters<S> {
    fn eq(&self, other: &Self) -> bool {
        self.layout == other.layout && self.values == other.values
    }
}

/// A number that no parameters have had.
fn next_version() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    // The counter orders nothing but itself.
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl<S: Copy> Parameters<S> {
    /// A vector of `values`, one for each parameter in declared order, in a layout of its own.
    #[must_use]
    pub fn of(values: &[S]) -> Self {
        Self {
            layout: Layout::new(values.len()),
            values: values.to_vec(),
            version: next_version(),
        }
    }

    /// A vector of `values`, one for each parameter in declared order; none where their number is not the
    /// layout's.
    #[must_use]
    pub fn new(layout: &Layout, values: &[S]) -> Option<Self> {
        (values.len() == layout.len()).then(|| Self {
            layout: layout.clone(),
            values: values.to_vec(),
            version: next_version(),
        })
    }

    /// The layout that the vector has.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The value of the parameter of this number, counted in declared order.
    #[must_use]
    pub fn get(&self, number: usize) -> Option<S> {
        self.values.get(number).copied()
    }

    /// Gives the parameter of this number another value. Gives back whether there is such a parameter.
    pub fn set(&mut self, number: usize, value: S) -> bool {
        self.version = next_version();
        self.values
            .get_mut(number)
            .map(|place| *place = value)
            .is_some()
    }

    /// Lets `update` change all values by `gradient`, which has one for each of them in declared order: what
    /// [`Program::step`](crate::Program::step) does with the gradient of a mean.
    ///
    /// # Errors
    /// Where the gradient is of another length; then nothing changes.
    pub fn update(&mut self, gradient: &[S], update: &mut impl Update<S>) -> Result<(), RunError> {
        if gradient.len() != self.values.len() {
            return Err(RunError::Shape {
                table: "gradient",
                rows: 1,
                columns: self.values.len(),
                got: gradient.len(),
            });
        }
        update.begin_step();
        update.update(0, self.values_mut(), gradient);
        Ok(())
    }

    /// All values, in declared order.
    #[must_use]
    pub fn to_vec(&self) -> Vec<S> {
        self.values.clone()
    }

    /// The values as they lie in memory.
    pub(crate) fn values(&self) -> &[S] {
        &self.values
    }

    /// The same, to change them.
    pub(crate) fn values_mut(&mut self) -> &mut [S] {
        self.version = next_version();
        &mut self.values
    }

    /// The number of the last change.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }
}
