//! A tutorial, from a function to a graph; pages of prose, and no code of the library.
//!
//! `dagrad` grew out of a tutorial that trains small networks as *trees* of elementary operations, and
//! ends in seven exercises. These pages do the exercises on a graph. Each takes a few minutes, its numbers can be
//! checked by hand, and every piece of code is compiled and run whenever `dagrad` is tested.
//!
//! | page | exercise | what it is about |
//! |---|---|---|
//! | [`_01_functions`] | | A network is a function, and a function is a graph. |
//! | [`_02_chain_rule`] | 1 | Two steps of training by hand, and by the reverse sweep. |
//! | [`_03_many_users`] | 7 | A value that is used more than once: what a tree cannot say. |
//! | [`_04_caching`] | 2, 3 | Nothing is computed that is known. |
//! | [`_05_macros`] | 4 | Layers: one node that stands for many. |
//! | [`_06_lists`] | 5 | Outputs that are lists, softmax, and a loss of a list. |
//! | [`_07_formulas`] | 6 | Back from the graph to the function. |
//!
//! Then [the last page](_07_formulas#where-to-go-next) says where to go next. The tree itself was kept, in the
//! repository, as the baseline that graphs are measured against.

pub mod _01_functions;
pub mod _02_chain_rule;
pub mod _03_many_users;
pub mod _04_caching;
pub mod _05_macros;
pub mod _06_lists;
pub mod _07_formulas;
