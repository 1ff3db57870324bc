//! Many pieces of work of their own, such as the programs of a population.

use super::spread::spread;
use std::sync::{Mutex, PoisonError};

/// Does `work` for every item, on so many threads at most, each of which takes the next item that nobody has taken.
///
/// What comes of an item is kept in it, so that nothing depends on which thread was faster. The threads are those of the
/// `rayon` pool that the caller runs in, or else of the global one. A panic reaches the caller, when no thread works any
/// more.
///
/// Many small programs are better run this way, each in one thread, than one after the other on several:
///
/// ```
/// use dagrad_exec::{Batch, Options, Parameters, Program, on_threads};
/// use dagrad_graph::Graph;
/// use dagrad_ops::{GraphScope, Op};
///
/// let (features, targets) = ([0.0, 1.0, 2.0, 3.0], [1.0, 3.0, 9.0, 19.0]);
/// let batch = Batch::of(4, &features).with_targets(&targets);
/// // The error of w·xⁿ + 1, for each power.
/// let mut powers: Vec<(i32, Option<f64>)> = (0..4).map(|power| (power, None)).collect();
/// on_threads(&mut powers, 2, |(power, error)| {
///     let mut graph = Graph::<Op>::new();
///     let loss = graph.scope(|s| {
///         let (x, t) = (s.feature("x"), s.target("t"));
///         (s.parameter("w", 2.0) * x.powi(*power) + 1.0 - t).square().id()
///     });
///     let parameters = Parameters::of(&[2.0]);
///     *error = loss.ok().and_then(|loss| {
///         let options = Options::default();
///         let program = Program::<f64>::of_loss(&graph, loss, parameters.layout(), options).ok()?;
///         let mut workspace = program.workspace();
///         program.run(&mut workspace, &parameters, &batch).ok()?;
///         workspace.mean(&program, "mean").map(|mean| mean[0])
///     });
/// });
/// assert_eq!(powers[2], (2, Some(0.0)));
/// ```
pub fn on_threads<T: Send>(items: &mut [T], threads: usize, work: impl Fn(&mut T) + Sync) {
    let threads = threads.clamp(1, items.len().max(1));
    let items = Mutex::new(items.iter_mut());
    let next = || items.lock().unwrap_or_else(PoisonError::into_inner).next();
    // Nothing is what a thread needs for itself, and a vector of that takes no memory.
    spread(&mut vec![(); threads], &|()| {
        while let Some(item) = next() {
            work(item);
        }
    });
}
