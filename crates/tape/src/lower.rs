//! From a graph to a tape: what some of its outputs need, in canonical order.

use crate::instruction::Slot;
use crate::tape::{Input, InputKind, Output, Tape};
use crate::texts::Texts;
use dagrad_graph::{Graph, KeyError, Kind, NodeId, Role};
use dagrad_ops::Op;
use std::collections::HashMap;

/// Lowers all outputs of `graph`.
///
/// # Errors
/// As [`lower`].
pub fn lower_outputs(graph: &Graph<Op>) -> Result<Tape, LowerError> {
    let outputs: Vec<_> = graph.outputs().collect();
    let outputs: Vec<_> = outputs
        .iter()
        .map(|(name, nodes)| (*name, nodes.as_slice()))
        .collect();
    lower(graph, &outputs)
}

/// Lowers what `outputs`, lists of nodes with the names that they are to have, need of `graph`. Every
/// input and every parameter of the graph keeps its number, whether it is needed or not.
///
/// Aliases are read through, and instructions stand in canonical order, so that sums over users have the
/// order that the reference sweeps add them in.
///
/// # Errors
/// Where a node is no key of this graph, or what is needed has macros that are not expanded.
pub fn lower(graph: &Graph<Op>, outputs: &[(&str, &[NodeId])]) -> Result<Tape, LowerError> {
    let order = graph.canonical_order();
    let position = |id| order.position(id).unwrap_or_default();
    let mut needed = vec![false; order.len()];
    let mut highest = 0;
    for &id in outputs.iter().flat_map(|(_, nodes)| *nodes) {
        graph.kind(id)?;
        needed[position(id)] = true;
        highest = highest.max(position(id) + 1);
    }
    let nodes: Vec<NodeId> = order.iter().take(highest).collect();
    for (at, &id) in nodes.iter().enumerate().rev() {
        if needed[at] {
            for operand in graph.operands(id)? {
                needed[position(operand)] = true;
            }
        }
    }
    let mut lowering = Lowering::of(graph)?;
    // The slot of each position; of an alias, that of what it denotes.
    let mut slots = vec![Slot::new(0); order.len()];
    let mut operands = Vec::new();
    for (at, &id) in nodes.iter().enumerate().filter(|(at, _)| needed[*at]) {
        operands.clear();
        operands.extend(graph.operands(id)?.map(|operand| slots[position(operand)]));
        slots[at] = lowering.node(graph, id, &operands)?;
    }
    let mut tape = lowering.tape;
    for &(name, nodes) in outputs {
        let slots = nodes.iter().map(|&id| slots[position(id)]).collect();
        tape.outputs.push(Output {
            name: name.to_owned(),
            slots,
        });
    }
    debug_assert_eq!(tape.verify(), Ok(()));
    Ok(tape)
}

struct Lowering {
    tape: Tape,
    /// The number of each scope path in the tape's list.
    scopes: HashMap<String, u32>,
    /// The scope that was looked up last: nodes of one scope mostly follow each other.
    last: (String, u32),
    inputs: HashMap<NodeId, usize>,
    parameters: HashMap<NodeId, usize>,
}

impl Lowering {
    fn of(graph: &Graph<Op>) -> Result<Self, LowerError> {
        let mut tape = Tape {
            instructions: Vec::with_capacity(graph.len()),
            pool: Vec::new(),
            calls: Vec::new(),
            inputs: Vec::new(),
            parameters: Texts::default(),
            outputs: Vec::new(),
            scopes: Texts::default(),
            scope_of: Vec::with_capacity(graph.len()),
            names: Vec::new(),
        };
        tape.scopes.push(&[""]);
        for id in graph.inputs() {
            let is_target = matches!(graph.kind(id)?, Kind::Input(Role::Target));
            let kind = if is_target {
                InputKind::Target
            } else {
                InputKind::Feature
            };
            let name = graph.path(id)?.unwrap_or_default();
            tape.inputs.push(Input { name, kind });
        }
        for id in graph.parameters() {
            match (graph.scope_path(id)?, graph.name(id)?) {
                (_, None) => tape.parameters.push(&[]),
                ("", Some(name)) => tape.parameters.push(&[name]),
                (scope, Some(name)) => tape.parameters.push(&[scope, ".", name]),
            }
        }
        Ok(Self {
            tape,
            scopes: HashMap::from([(String::new(), 0)]),
            last: (String::new(), 0),
            inputs: graph
                .inputs()
                .enumerate()
                .map(|(number, id)| (id, number))
                .collect(),
            parameters: graph
                .parameters()
                .enumerate()
                .map(|(number, id)| (id, number))
                .collect(),
        })
    }

    fn node(
        &mut self,
        graph: &Graph<Op>,
        id: NodeId,
        operands: &[Slot],
    ) -> Result<Slot, LowerError> {
        let scope = self.scope(graph.scope_path(id)?);
        let number =
            |numbers: &HashMap<NodeId, usize>| numbers.get(&id).copied().unwrap_or_default();
        let slot = match graph.kind(id)? {
            Kind::Input(_) => self.tape.push_input(number(&self.inputs), scope),
            Kind::Parameter(_) => self.tape.push_parameter(number(&self.parameters), scope),
            Kind::Constant(value) => self.tape.push_constant(*value, scope),
            Kind::Operation(operation) => self.tape.push_operation(operation, operands, scope),
            Kind::Macro(_) | Kind::Port(_) => {
                return Err(LowerError::Unexpanded {
                    node: graph.describe(id)?,
                });
            }
            Kind::Alias => return Ok(operands.first().copied().unwrap_or(Slot::new(0))),
        };
        if let (Kind::Operation(_) | Kind::Constant(_), Some(name)) =
            (graph.kind(id)?, graph.name(id)?)
        {
            self.tape.names.push((slot, name.to_owned()));
        }
        Ok(slot)
    }

    fn scope(&mut self, path: &str) -> u32 {
        if self.last.0 == path {
            return self.last.1;
        }
        let number = match self.scopes.get(path) {
            Some(&known) => known,
            None => {
                let number = Slot::new(self.tape.scopes.len()).bits();
                self.tape.scopes.push(&[path]);
                self.scopes.insert(path.to_owned(), number);
                number
            }
        };
        self.last.0.clear();
        self.last.0.push_str(path);
        self.last.1 = number;
        number
    }
}

/// Why a graph cannot be lowered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LowerError {
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A macro was not expanded, so it has no value.
    #[error("{node} has to be expanded first: call `expand`")]
    Unexpanded {
        /// The macro or its port, as the graph's listing shows it.
        node: String,
    },
}
