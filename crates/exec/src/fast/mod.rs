//! Fast programs: tapes regrouped into kernels over rows of lanes.

mod forms;
mod place;
mod plan;
mod planner;
mod rows;
mod run;
mod schedule;
