//! The steps of a fast program, with places in memory.

use super::place::{Grid, Place, Space};
use super::scalars::Scalars;
use super::schedule::Stage;
use crate::kernels::Strip;
use dagrad_ops::{Op, User};
use dagrad_tape::InputKind;
use std::ops::Range;

/// A range of a stage's list of places.
pub(super) type Places = Range<usize>;

/// A step. Single values come by the million, so that what is larger than a [`Run`] is boxed.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Loads these columns of the inputs of one kind into rows.
    Inputs(Inputs),
    Run(Run),
    Pairs(Box<Pairs>),
    Product(Box<Product>),
    Gathered(Box<Gathered>),
    Adjoints(Box<Adjoints>),
    Gradients(Box<Gradients>),
    GatheredGradients(Box<GatheredGradients>),
    LaneSums(Box<LaneSums>),
    Fill(Fill),
    /// Single values, one after the other: a range of the plan's.
    Scalars(Range<usize>),
    /// Single rows, one after the other, some lanes at a time: a range of the plan's.
    Strips(Range<usize>),
}

/// Fills numbers in a row with one number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fill {
    pub(super) from: Place,
    pub(super) start: Place,
    pub(super) count: usize,
}

/// Inputs to load.
#[derive(Clone, Debug)]
pub(super) struct Inputs {
    pub(super) kind: InputKind,
    /// The first column; those that follow go to the rows that follow.
    pub(super) column: usize,
    pub(super) count: usize,
    pub(super) out: Place,
}

/// What a run does to the operands of each of its rows.
#[derive(Clone, Debug)]
pub(super) enum Function {
    Operation(Op),
    Partial(User, usize),
    Fma,
    /// 0 where the second operand is at most 0, else the first.
    Mask,
}

/// One function over many rows, or many numbers. The results lie in a row.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) function: Function,
    pub(super) rows: usize,
    pub(super) out: Place,
    pub(super) operands: Operands,
}

/// The operands of a run.
#[derive(Clone, Debug)]
pub(super) enum Operands {
    /// Each is a run of places; the list has their starts.
    Runs(Places),
    /// The list has the places of the first operand for all rows, then those of the second, and so on.
    Listed(Places),
}

/// Sums of products of two rows and of further terms.
#[derive(Clone, Debug)]
pub(super) struct Pairs {
    pub(super) rows: usize,
    /// For each row: where it goes, the factors of its products, its terms.
    pub(super) list: Places,
    /// For each row: the number of products, the number of terms, and 1 where the first factors lie in a row and the
    /// second ones do.
    pub(super) counts: Range<usize>,
}

/// What the sums of a product start from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Start {
    Zero,
    Bias(Grid),
    /// What lies in the results' rows.
    Rows,
}

/// What is done with a sum before it is stored.
#[derive(Clone, Debug)]
pub(super) enum Finish {
    None,
    Relu,
    ReluMask(Places),
    TanhPartial(Places),
    Product(Places),
}

/// A matrix times a list of rows.
#[derive(Clone, Debug)]
pub(super) struct Product {
    /// Whether operands follow each other.
    pub(super) operands_follow: bool,
    /// Whether the results are one row after the other.
    pub(super) outs_follow: bool,
    pub(super) weights: Grid,
    pub(super) start: Start,
    pub(super) finish: Finish,
    pub(super) operands: Places,
    pub(super) outs: Places,
}

/// Dots over lists of their own.
#[derive(Clone, Debug)]
pub(super) struct Gathered {
    /// Where each row's products start among the operands, and where they end.
    pub(super) starts: Range<usize>,
    pub(super) operands: Places,
    /// The offset of each weight in its memory.
    pub(super) weights: Range<usize>,
    pub(super) weight_space: Space,
    /// Where copies of the weights may lie, one after the other: see [`Plan::copies`].
    pub(super) copies: usize,
    /// The offset of each bias in its memory.
    pub(super) biases: Option<Range<usize>>,
    pub(super) bias_space: Space,
    /// Whether sums start from what lies in the results' rows.
    pub(super) starts_from_rows: bool,
    pub(super) finish: Finish,
    pub(super) outs: Places,
}

/// Dots over lists of their own, with sums over lanes that read the same rows.
#[derive(Clone, Debug)]
pub(super) struct Adjoints {
    pub(super) dots: Gathered,
    /// Where their sums lie until all tiles are done, by product and then by result.
    pub(super) sums: usize,
    /// For each product, and then for each result if anybody wants their sums, the mean that it goes to, or
    /// [`NO_TARGET`].
    pub(super) targets: Range<usize>,
}

impl Adjoints {
    /// Whether sums of results are wanted.
    pub(super) fn has_own(&self) -> bool {
        self.targets.len() > self.dots.weights.len()
    }
}

/// A sum that nobody wants.
pub(super) const NO_TARGET: u32 = u32::MAX;

/// Sums over lanes of products of each row with each column.
#[derive(Clone, Debug)]
pub(super) struct Gradients {
    pub(super) rows: Places,
    pub(super) columns: Places,
    /// The kind and the first column of the inputs that the columns are, if they are such in a row.
    pub(super) input: Option<(InputKind, usize)>,
    /// Among the means.
    pub(super) targets: Grid,
    /// Whether nothing was added to the targets before, in this tile.
    pub(super) is_first: bool,
}

/// Sums over lanes of products of each row with columns of its own.
#[derive(Clone, Debug)]
pub(super) struct GatheredGradients {
    pub(super) rows: Places,
    /// Where each row's columns start, and where they end.
    pub(super) starts: Range<usize>,
    pub(super) columns: Places,
    /// Among the means.
    pub(super) targets: Range<usize>,
    /// Whether each row's targets follow each other.
    pub(super) targets_follow: bool,
    pub(super) is_first: bool,
}

/// Sums over the lanes of rows.
#[derive(Clone, Debug)]
pub(super) struct LaneSums {
    pub(super) rows: Places,
    /// Among the means.
    pub(super) targets: Range<usize>,
    pub(super) is_first: bool,
}

/// The steps of a stage.
#[derive(Clone, Debug, Default)]
pub(super) struct Steps {
    pub(super) steps: Vec<Step>,
    /// Places, as bits. In the tile's own steps places in the tile are rows.
    pub(super) places: Vec<u32>,
    /// Other numbers.
    pub(super) numbers: Vec<u32>,
}

/// Copies numbers to where a kernel can run through them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Copy {
    pub(super) from: Place,
    pub(super) to: Place,
    /// How many, from there on.
    pub(super) count: usize,
}

impl Copy {
    /// Adds a copy of one number to a list, or to its last copy where that goes on.
    pub(super) fn push(list: &mut Vec<Self>, from: Place, to: Place) {
        match list.last_mut() {
            Some(last) if from == last.from.plus(last.count) && to == last.to.plus(last.count) => {
                last.count += 1;
            }
            Some(_) | None => list.push(Self { from, to, count: 1 }),
        }
    }
}

/// What a fast program does.
#[derive(Clone, Debug)]
pub(super) struct Plan<S> {
    /// The numbers of a workspace to begin with: constants filled in.
    pub(super) scalars: Vec<S>,
    /// How many rows a tile has.
    pub(super) rows: usize,
    /// Rows that have one number in every lane, which is a constant or shared.
    pub(super) broadcasts: Vec<(Place, Place)>,
    /// Single values, of all steps that are such.
    pub(super) singles: Scalars,
    /// Single rows of the tile, of all steps that are such.
    pub(super) strips: Vec<Strip>,
    /// Numbers that strips read in all lanes.
    pub(super) numbers: Vec<Place>,
    pub(super) before: Steps,
    /// Weights that lie in no grid, copied to where they do.
    pub(super) packed: Vec<Copy>,
    pub(super) tile: Steps,
    pub(super) after: Steps,
    /// What goes to the table of per-sample results: its column, and its place.
    pub(super) columns: Vec<Place>,
    /// Means that are no means: copies from elsewhere, done last.
    pub(super) results: Vec<Copy>,
    /// How many means there are, and how many of those are results.
    pub(super) means: usize,
    /// The means that have to be zero before the first tile.
    pub(super) cleared: Vec<u32>,
    /// How many sums over lanes lie as they come until all tiles are done.
    pub(super) sums: usize,
    /// The most operands of an operation.
    pub(super) widest: usize,
    /// How many weights of gathered dots may be copied to where they are read in a row. For one lane the look-up of a
    /// weight costs as much as what is done with it.
    pub(super) copies: usize,
    /// Whether some of these weights are computed, so that copies are good for one run only.
    pub(super) has_derived_weights: bool,
    /// Whether values are numbers: one lane at a time.
    pub(super) is_narrow: bool,
    /// Whether it is inputs, values, matrix products and results for each sample, and no more.
    pub(super) is_straight: bool,
}

impl<S> Plan<S> {
    pub(super) fn steps_mut(&mut self, stage: Stage) -> &mut Steps {
        match stage {
            Stage::Before => &mut self.before,
            Stage::Tile => &mut self.tile,
            Stage::After => &mut self.after,
        }
    }
}
