//! Programs of `dagrad`: tapes compiled to run over batches of samples.
//!
//! A [`Program`] is a [tape](dagrad_tape::Tape), compiled for one scalar type. It is immutable and may be shared between
//! threads; each thread has a [`Workspace`] that the program runs in, where its results lie after a run. Running
//! allocates nothing, once a batch as large was there before. [`Parameters`] are a vector in a [`Layout`], and whatever is
//! compiled against that layout runs with them: a graph with several programs has one set of weights.
//!
//! # What can be run
//!
//! Whatever a tape can say. It starts from a graph, takes on outputs, and is compiled; all of them are computed in one
//! run, and share what they have in common. Of this graph, for example:
//!
//! ```
//! # use dagrad_graph::Graph;
//! # use dagrad_ops::{GraphScope, Op};
//! let mut graph = Graph::<Op>::new();
//! let (outputs, loss) = graph.scope(|s| {
//!     let (x, z, t) = (s.feature("x"), s.feature("z"), s.target("t"));
//!     let (w, v) = (s.parameter("w", 2.0), s.parameter("v", -1.0));
//!     let (y, other) = (w * x + v * z, w.square() * x);
//!     ([y.id(), other.id()], (y - t).square().id())
//! })?;
//! graph.add_output("both", &outputs)?;
//! graph.add_output("loss", &[loss])?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Outputs**, for one sample or for many. Tables are row-major: a row for each sample, a column for each value.
//!
//! ```
//! # use dagrad_exec::{Batch, Options, Parameters, Program};
//! # let graph: dagrad_graph::Graph<dagrad_ops::Op> = GRAPH.parse()?;
//! let parameters = Parameters::of(&[2.0, -1.0]);
//! let program = Program::<f64>::of_outputs(&graph, parameters.layout(), Options::default())?;
//! let mut workspace = program.workspace();
//!
//! // Two features and a target for each sample; the loss, which is an output too, needs the target.
//! let batch = Batch::of(3, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).with_targets(&[0.0, 1.0, 2.0]);
//! program.run(&mut workspace, &parameters, &batch)?;
//! let mut table = [0.0; 6];
//! workspace.copy(&program, "both", &mut table)?;
//! assert_eq!(table, [0.0, 4.0, 2.0, 12.0, 4.0, 20.0]);
//! # const GRAPH: &str = r#"dagrad graph 1
//! # %0 = feature "x"
//! # %1 = feature "z"
//! # %2 = target "t"
//! # %3 = parameter 2.0 "w"
//! # %4 = parameter -1.0 "v"
//! # %5 = mul(%3, %0)
//! # %6 = mul(%4, %1)
//! # %7 = add(%5, %6)
//! # %8 = square(%3)
//! # %9 = mul(%8, %0)
//! # %10 = sub(%7, %2)
//! # %11 = square(%10)
//! # output "both" = %7, %9
//! # output "loss" = %11
//! # "#;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **A loss and the gradient of its mean** by all parameters, by the weights of the samples if they have some, and steps of
//! training along it.
//!
//! ```
//! # use dagrad_exec::{Batch, Options, Parameters, Program, Sgd};
//! # let graph: dagrad_graph::Graph<dagrad_ops::Op> = GRAPH.parse()?;
//! # let loss = graph.output("loss").ok_or("it has a loss")?[0];
//! let mut parameters = Parameters::of(&[2.0, -1.0]);
//! let program = Program::<f64>::of_loss(&graph, loss, parameters.layout(), Options::default())?;
//! let mut workspace = program.workspace();
//! let batch = Batch::of(2, &[1.0, 0.0, 0.0, 1.0])
//!     .with_targets(&[3.0, 1.0])
//!     .with_weights(&[3.0, 1.0]);
//! program.run(&mut workspace, &parameters, &batch)?;
//! // The losses are (2 − 3)² and (−1 − 1)².
//! assert_eq!(workspace.mean(&program, "mean"), Some(&[(3.0 * 1.0 + 4.0) / 4.0][..]));
//! assert_eq!(workspace.mean(&program, "gradient"), Some(&[-3.0 * 2.0 / 4.0, -4.0 / 4.0][..]));
//!
//! program.step(&mut workspace, &mut parameters, &batch, "gradient", &mut Sgd { rate: 0.5 })?;
//! assert_eq!(parameters.to_vec(), [2.75, -0.5]);
//! # const GRAPH: &str = r#"dagrad graph 1
//! # %0 = feature "x"
//! # %1 = feature "z"
//! # %2 = target "t"
//! # %3 = parameter 2.0 "w"
//! # %4 = parameter -1.0 "v"
//! # %5 = mul(%3, %0)
//! # %6 = mul(%4, %1)
//! # %7 = add(%5, %6)
//! # %8 = square(%3)
//! # %9 = mul(%8, %0)
//! # %10 = sub(%7, %2)
//! # %11 = square(%10)
//! # output "both" = %7, %9
//! # output "loss" = %11
//! # "#;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Gradients by inputs**, for each sample, targets among them; and by parameters, if each sample is to have its own.
//!
//! ```
//! # use dagrad_exec::{Batch, Options, Parameters, Program};
//! # let graph: dagrad_graph::Graph<dagrad_ops::Op> = GRAPH.parse()?;
//! use dagrad_tape::{Variables, differentiate, lower_outputs};
//!
//! let tape = differentiate(&lower_outputs(&graph)?, "loss", Variables::Inputs, "by inputs")?;
//! let tape = differentiate(&tape, "loss", Variables::Parameters, "by parameters")?;
//! # let parameters = Parameters::of(&[2.0, -1.0]);
//! let program = Program::<f64>::compile(&tape, parameters.layout(), Options::default())?;
//! # let mut workspace = program.workspace();
//! let batch = Batch::of(2, &[1.0, 0.0, 0.0, 1.0]).with_targets(&[3.0, 1.0]);
//! program.run(&mut workspace, &parameters, &batch)?;
//! let rows: Vec<_> = workspace.rows(&program, "by inputs").ok_or("it has them")?.collect();
//! assert_eq!(rows, [[-4.0, 2.0, 2.0], [-8.0, 4.0, 4.0]]); // by x, z and t
//! # const GRAPH: &str = r#"dagrad graph 1
//! # %0 = feature "x"
//! # %1 = feature "z"
//! # %2 = target "t"
//! # %3 = parameter 2.0 "w"
//! # %4 = parameter -1.0 "v"
//! # %5 = mul(%3, %0)
//! # %6 = mul(%4, %1)
//! # %7 = add(%5, %6)
//! # %8 = square(%3)
//! # %9 = mul(%8, %0)
//! # %10 = sub(%7, %2)
//! # %11 = square(%10)
//! # output "both" = %7, %9
//! # output "loss" = %11
//! # "#;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **A Jacobian**, row after row; or, by seeds that come with each sample, the product of any vector and it, such as one
//! row, or the gradient of a loss that is told beside the graph.
//!
//! ```
//! # use dagrad_exec::{Batch, Options, Parameters, Program};
//! # let graph: dagrad_graph::Graph<dagrad_ops::Op> = GRAPH.parse()?;
//! use dagrad_tape::{Variables, differentiate_seeded, jacobian, lower};
//!
//! # let outputs = graph.output("both").ok_or("it has them")?;
//! let tape = lower(&graph, &[("both", &outputs)])?;
//! let tape = jacobian(&tape, "both", Variables::Parameters, "jacobian")?;
//! let tape = differentiate_seeded(&tape, "both", Variables::Parameters, "product")?;
//! # let parameters = Parameters::of(&[2.0, -1.0]);
//! let program = Program::<f64>::compile(&tape, parameters.layout(), Options::default())?;
//! # let mut workspace = program.workspace();
//! // A seed for each of the two outputs: this one asks for the second row.
//! program.run(&mut workspace, &parameters, &Batch::of(1, &[3.0, 5.0]).with_seeds(&[0.0, 1.0]))?;
//! let mut rows = [0.0; 4];
//! workspace.copy(&program, "jacobian", &mut rows)?;
//! assert_eq!(rows, [3.0, 5.0, 12.0, 0.0]);
//! let mut second = [0.0; 2];
//! workspace.copy(&program, "product", &mut second)?;
//! assert_eq!(second, [12.0, 0.0]);
//! # const GRAPH: &str = r#"dagrad graph 1
//! # %0 = feature "x"
//! # %1 = feature "z"
//! # %2 = target "t"
//! # %3 = parameter 2.0 "w"
//! # %4 = parameter -1.0 "v"
//! # %5 = mul(%3, %0)
//! # %6 = mul(%4, %1)
//! # %7 = add(%5, %6)
//! # %8 = square(%3)
//! # %9 = mul(%8, %0)
//! # %10 = sub(%7, %2)
//! # %11 = square(%10)
//! # output "both" = %7, %9
//! # output "loss" = %11
//! # "#;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Products of the Hessian and a vector**: the derivative of a gradient in a direction, which is given once for each
//! run. One program serves every direction, at the price of a few gradients, and no Hessian is ever written down.
//!
//! ```
//! # use dagrad_exec::{Batch, Options, Parameters, Program};
//! # let graph: dagrad_graph::Graph<dagrad_ops::Op> = GRAPH.parse()?;
//! use dagrad_tape::{Variables, differentiate_mean, directional_derivative, lower_outputs};
//!
//! let tape = lower_outputs(&graph)?;
//! let tape = differentiate_mean(&tape, "loss", Variables::Parameters, "gradient")?;
//! let tape = directional_derivative(&tape, "gradient", Variables::Parameters, "product")?;
//! # let parameters = Parameters::of(&[2.0, -1.0]);
//! let program = Program::<f64>::compile(&tape, parameters.layout(), Options::default())?;
//! # let mut workspace = program.workspace();
//! let batch = Batch::of(2, &[1.0, 2.0, 3.0, 0.0])
//!     .with_targets(&[0.0, 0.0])
//!     .with_direction(&[1.0, -1.0]);
//! program.run(&mut workspace, &parameters, &batch)?;
//! // The Hessian of the mean of (w·x + v·z − t)² is that of 2·x·x, 2·x·z and 2·z·z: [[10, 2], [2, 4]].
//! assert_eq!(workspace.mean(&program, "product"), Some(&[8.0, -2.0][..]));
//! # const GRAPH: &str = r#"dagrad graph 1
//! # %0 = feature "x"
//! # %1 = feature "z"
//! # %2 = target "t"
//! # %3 = parameter 2.0 "w"
//! # %4 = parameter -1.0 "v"
//! # %5 = mul(%3, %0)
//! # %6 = mul(%4, %1)
//! # %7 = add(%5, %6)
//! # %8 = square(%3)
//! # %9 = mul(%8, %0)
//! # %10 = sub(%7, %2)
//! # %11 = square(%10)
//! # output "both" = %7, %9
//! # output "loss" = %11
//! # "#;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # When something is wrong
//!
//! Bad input is an [error](RunError) that names what is wrong and changes nothing. A NaN or an infinity is none: the program
//! runs on, and [`first_non_finite`](Program::first_non_finite) tells, on request, where it came from.

mod batch;
mod error;
mod layout;
mod level;
mod scalar;
mod update;
mod vector;

#[allow(
    dead_code,
    unused_imports,
    reason = "fast programs are planned, and not run yet"
)]
#[allow(
    clippy::needless_range_loop,
    reason = "blocks of registers are indexed by row and column, all arrays alike"
)]
#[expect(unsafe_code, reason = "vector instructions and raw rows of tiles")]
mod kernels;

#[expect(unsafe_code, reason = "kernels take rows and numbers where they lie")]
mod fast;
mod inputs;
mod run;
mod strict;
mod supported;
#[expect(unsafe_code, reason = "each block has its own part of the results")]
mod threads;
mod work;

mod program;
mod report;
mod trace;
mod workspace;

mod graphs;

pub use batch::Batch;
pub use error::{CompileError, RunError};
pub use layout::{Layout, Parameters};
pub use level::Level;
pub use program::{Mode, Options, Program};
pub use report::{Cost, Group, GroupKind, InstructionCount, Report, Share};
pub use scalar::ProgramScalar;
pub use threads::on_threads;
pub use trace::NonFinite;
pub use update::{Sgd, Update};
pub use workspace::{StepCounts, Workspace};
