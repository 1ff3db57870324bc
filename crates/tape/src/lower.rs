//! From a graph to a tape: what some of its outputs need, in canonical order.

use crate::instruction::Slot;
use crate::instructions::Instructions;
use crate::tape::{Input, InputKind, Output, OutputKind, Tape};
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
        graph.view(id)?;
        needed[position(id)] = true;
        highest = highest.max(position(id) + 1);
    }
    let nodes: Vec<NodeId> = order.iter().take(highest).collect();
    // The operands of the node at position `p` stand at the positions `operands[starts[p]..starts[p + 1]]`.
    let (mut starts, mut operands) = (vec![0], Vec::new());
    for &id in &nodes {
        operands.extend(graph.view(id)?.operands().map(position));
        starts.push(operands.len());
    }
    for at in (0..highest).rev() {
        if needed[at] {
            for &operand in &operands[starts[at]..starts[at + 1]] {
                needed[operand] = true;
            }
        }
    }
    let mut lowering = Lowering::of(graph)?;
    // The slot of each position; of an alias, that of what it denotes.
    let mut slots = vec![Slot::new(0); order.len()];
    let mut own = Vec::new();
    for (at, &id) in nodes.iter().enumerate().filter(|(at, _)| needed[*at]) {
        own.clear();
        let operands = &operands[starts[at]..starts[at + 1]];
        own.extend(operands.iter().map(|&operand| slots[operand]));
        slots[at] = lowering.node(graph, at, id, &own)?;
    }
    let mut tape = lowering.tape;
    for &(name, nodes) in outputs {
        let slots = nodes.iter().map(|&id| slots[position(id)]).collect();
        tape.outputs.push(Output {
            name: name.to_owned(),
            slots,
            kind: OutputKind::PerSample,
        });
    }
    debug_assert_eq!(tape.verify(), Ok(()));
    Ok(tape)
}

struct Lowering<'g> {
    tape: Tape,
    /// The number of each scope path in the tape's list.
    scopes: HashMap<&'g str, u32>,
    /// The scope that was looked up last: nodes of one scope mostly follow each other.
    last: (&'g str, u32),
}

impl<'g> Lowering<'g> {
    fn of(graph: &'g Graph<Op>) -> Result<Self, LowerError> {
        let mut tape = Tape {
            instructions: Instructions::with_capacity(graph.len()),
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
            let node = graph.view(id)?;
            match (node.scope_path(), node.name()) {
                (_, None) => tape.parameters.push(&[]),
                ("", Some(name)) => tape.parameters.push(&[name]),
                (scope, Some(name)) => tape.parameters.push(&[scope, ".", name]),
            }
        }
        Ok(Self {
            tape,
            scopes: HashMap::from([("", 0)]),
            last: ("", 0),
        })
    }

    /// Adds the node at this position of the canonical order.
    fn node(
        &mut self,
        graph: &'g Graph<Op>,
        position: usize,
        id: NodeId,
        operands: &[Slot],
    ) -> Result<Slot, LowerError> {
        let node = graph.view(id)?;
        let scope = self.scope(node.scope_path());
        let tape = &mut self.tape;
        let slot = match node.kind() {
            // Inputs stand first, in declared order, and then the parameters.
            Kind::Input(_) => return Ok(tape.push_input(position, scope)),
            Kind::Parameter(_) => {
                return Ok(tape.push_parameter(position - tape.inputs.len(), scope));
            }
            Kind::Constant(value) => tape.push_constant(*value, scope),
            Kind::Operation(operation) => tape.push_operation(operation, operands, scope),
            Kind::Macro(_) | Kind::Port(_) => {
                return Err(LowerError::Unexpanded {
                    node: graph.describe(id)?,
                });
            }
            Kind::Alias => return Ok(operands.first().copied().unwrap_or(Slot::new(0))),
        };
        if let Some(name) = node.name() {
            tape.names.push((slot, name.to_owned()));
        }
        Ok(slot)
    }

    fn scope(&mut self, path: &'g str) -> u32 {
        let (last, number) = self.last;
        // The same text at the same place, as a rule.
        if std::ptr::eq(last, path) {
            return number;
        }
        let tape = &mut self.tape;
        let number = *self.scopes.entry(path).or_insert_with(|| {
            tape.scopes.push(&[path]);
            Slot::new(tape.scopes.len() - 1).bits()
        });
        self.last = (path, number);
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
