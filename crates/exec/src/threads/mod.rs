//! One run on several threads: the batch in blocks, and partial sums joined in one order.
//!
//! A [`Division`] cuts a batch into blocks, by the program and the size of the batch alone. Each thread claims the next
//! block that nobody has, and adds up in a buffer of its own; [`Blocks`] joins the buffers of neighbours as they are
//! done, in a tree that depends on the number of blocks alone. So it makes no difference to any bit how many threads
//! there are and which of them is faster.

mod blocks;
mod division;
mod each;
mod spread;

pub(crate) use blocks::{Blocks, Claims};
pub(crate) use division::Division;
pub use each::on_threads;
