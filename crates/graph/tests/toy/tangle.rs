//! A macro whose subgraph is random, and what it means, told without expanding it.

use super::{Modular, Toy};
use crate::random::operation;
use dagrad_graph::Build as _;
use dagrad_graph::{Arity, Evaluate as _, Expansion, Macro, MacroError, NodeId, stream};
use rand_core::Rng;
use std::collections::HashMap;

/// A few nodes and macros like itself, chosen by `seed`; everything that it can have, in some of the seeds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tangle {
    pub(crate) seed: u32,
    /// How many more macros may stand in each other inside.
    pub(crate) depth: u8,
    pub(crate) ports: u8,
}

/// What a tangle consists of. Numbers choose among the operands and what the steps before have made.
struct Plan {
    /// Each in the scope with this name below the macro's own.
    steps: Vec<(&'static str, Step)>,
    ports: Vec<usize>,
}

enum Step {
    Parameter(String),
    Constant(f64),
    Operation(Toy, Vec<usize>),
    Macro(Option<String>, Tangle, Vec<usize>),
}

/// The value of the parameter that draws from `rng`.
fn draw(rng: &mut dyn Rng) -> f64 {
    (rng.next_u64() % 7) as f64 - 3.0
}

impl Tangle {
    /// The tangle with this configuration.
    pub(crate) fn new(configuration: Option<&str>) -> Result<Self, String> {
        let words = configuration.unwrap_or_default().split(' ');
        let numbers: Option<Vec<u32>> = words.map(|word| word.parse().ok()).collect();
        match numbers.as_deref() {
            Some(&[seed, depth, ports]) => Ok(Self {
                seed,
                depth: depth as u8,
                ports: ports as u8,
            }),
            _ => Err("three numbers in brackets".to_owned()),
        }
    }

    fn plan(self, operands: usize) -> Plan {
        let mut rng = stream(u64::from(self.seed), "", "plan");
        let mut below = |count: usize| rng.next_u64() as usize % count;
        let (mut steps, mut values) = (Vec::new(), operands);
        for number in 0..below(5) {
            let mut chosen = |least: usize| -> Vec<usize> {
                let count = if values == 0 { 0 } else { least + below(3) };
                (0..count).map(|_| below(values)).collect()
            };
            let step = match chosen(1) {
                used if !used.is_empty() && number % 2 == 0 => {
                    Step::Operation(operation(number as u8 + 1, used.len()), used)
                }
                used if self.depth > 0 => {
                    let inner = Self {
                        seed: below(1 << 30) as u32,
                        depth: self.depth - 1,
                        ports: 1 + below(3) as u8,
                    };
                    let name = (below(2) == 0).then(|| format!("m{number}"));
                    Step::Macro(name, inner, used)
                }
                _ if below(3) > 0 => Step::Parameter(format!("w{number}")),
                _ => Step::Constant(below(5) as f64 - 2.0),
            };
            values += match &step {
                Step::Macro(_, inner, _) => usize::from(inner.ports),
                Step::Parameter(_) | Step::Constant(_) | Step::Operation(..) => 1,
            };
            steps.push((["", "", "deep"][below(3)], step));
        }
        if values == 0 {
            steps.push(("", Step::Constant(1.0)));
            values = 1;
        }
        let ports = (0..self.ports).map(|_| below(values)).collect();
        Plan { steps, ports }
    }

    /// Writes to `flat` what this tangle means at `path`, and gives its values.
    pub(crate) fn interpret(
        self,
        flat: &mut Flat,
        seed: u64,
        path: &str,
        operands: &[usize],
    ) -> Vec<usize> {
        let plan = self.plan(operands.len());
        let (mut values, mut unnamed) = (operands.to_vec(), HashMap::new());
        for (scope, step) in plan.steps {
            let scope = match scope {
                "" => path.to_owned(),
                scope => format!("{path}.{scope}"),
            };
            let pick = |used: Vec<usize>| used.into_iter().map(|at| values[at]).collect::<Vec<_>>();
            match step {
                Step::Parameter(name) => {
                    let value = draw(&mut stream(seed, &scope, &name));
                    values.push(flat.leaf(Modular(value as i64 as u64)));
                }
                Step::Constant(value) => values.push(flat.leaf(Modular(value as i64 as u64))),
                Step::Operation(operation, used) => {
                    values.push(flat.operation(operation, pick(used)));
                }
                Step::Macro(name, inner, used) => {
                    let name = name.unwrap_or_else(|| {
                        let count = unnamed.entry(scope.clone()).or_insert(0);
                        *count += 1;
                        match *count {
                            1 => "tangle".to_owned(),
                            count => format!("tangle_{count}"),
                        }
                    });
                    let path = format!("{scope}.{name}");
                    values.extend(inner.interpret(flat, seed, &path, &pick(used)));
                }
            }
        }
        plan.ports.into_iter().map(|at| values[at]).collect()
    }
}

impl Macro<Toy> for Tangle {
    fn name(&self) -> &'static str {
        "tangle"
    }

    fn configuration(&self) -> Option<String> {
        Some(format!("{} {} {}", self.seed, self.depth, self.ports))
    }

    fn arity(&self) -> Arity {
        Arity::AtLeast(0)
    }

    fn ports(&self, _: usize) -> usize {
        self.ports.into()
    }

    fn expand(
        &self,
        at: &mut Expansion<'_, Toy>,
        operands: &[NodeId],
    ) -> Result<Vec<NodeId>, MacroError> {
        let plan = self.plan(operands.len());
        let mut values = operands.to_vec();
        for (scope, step) in plan.steps {
            let pick = |used: Vec<usize>| used.into_iter().map(|at| values[at]).collect::<Vec<_>>();
            let made = at.within(scope, |at| {
                Ok::<_, MacroError>(match step {
                    Step::Parameter(name) => vec![at.drawn_parameter(&name, draw)?],
                    Step::Constant(value) => vec![at.constant(value)?],
                    Step::Operation(operation, used) => vec![at.operation(operation, &pick(used))?],
                    Step::Macro(name, inner, used) => {
                        at.add_macro(name.as_deref(), inner, &pick(used))?
                    }
                })
            })?;
            values.extend(made);
        }
        Ok(plan.ports.into_iter().map(|at| values[at]).collect())
    }
}

/// A list of values, each computed from some before it: as much of a graph as a meaning needs.
#[derive(Debug, Default)]
pub(crate) struct Flat(Vec<(Option<Toy>, Vec<usize>, Modular)>);

impl Flat {
    pub(crate) fn leaf(&mut self, value: Modular) -> usize {
        self.0.push((None, Vec::new(), value));
        self.0.len() - 1
    }

    pub(crate) fn operation(&mut self, operation: Toy, operands: Vec<usize>) -> usize {
        let values: Vec<_> = operands.iter().map(|&at| self.0[at].2).collect();
        let value = operation.value(&values);
        self.0.push((Some(operation), operands, value));
        self.0.len() - 1
    }

    pub(crate) fn value(&self, at: usize) -> Modular {
        self.0[at].2
    }

    /// The adjoints of everything from these seeds.
    pub(crate) fn adjoints(&self, seeds: &[(usize, Modular)]) -> Vec<Modular> {
        let mut adjoints = vec![Modular(0); self.0.len()];
        for &(at, seed) in seeds {
            adjoints[at] = adjoints[at] + seed;
        }
        for (at, (operation, operands, value)) in self.0.iter().enumerate().rev() {
            let Some(operation) = operation else { continue };
            let values: Vec<_> = operands.iter().map(|&at| self.0[at].2).collect();
            let mut terms = vec![Modular(0); operands.len()];
            operation.contributions(&values, *value, adjoints[at], &mut terms);
            for (&operand, term) in operands.iter().zip(terms) {
                adjoints[operand] = adjoints[operand] + term;
            }
        }
        adjoints
    }
}
