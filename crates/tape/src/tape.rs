//! The tape: instructions in a row, operands always before their use.

use crate::instruction::{Class, Code, Instruction, POOLED, Slot};
use crate::instructions::Instructions;
use crate::texts::Texts;
use dagrad_graph::{Arity, Operator};
use dagrad_ops::{Op, User};

/// A program of scalar instructions in static single assignment form: each fills one slot, from slots
/// before it.
///
/// A tape is made by [lowering](crate::lower) a graph or by reading a listing, and from a tape by
/// [differentiation](crate::differentiate) or a [pass](crate::passes). It is never changed: past its
/// construction it is [valid](Tape::verify), and trusted to be.
#[derive(Clone, Debug)]
pub struct Tape {
    pub(crate) instructions: Instructions,
    pub(crate) pool: Vec<Slot>,
    pub(crate) calls: Vec<Call>,
    pub(crate) inputs: Vec<Input>,
    /// The names of all parameters of the graph, used or not: their vector is shared.
    pub(crate) parameters: Texts,
    pub(crate) outputs: Vec<Output>,
    pub(crate) scopes: Texts,
    /// For each slot, the scope of the node that it came from: a number in `scopes`.
    pub(crate) scope_of: Vec<u32>,
    /// The slots that have a name, in order.
    pub(crate) names: Vec<(Slot, String)>,
}

/// An input of the graph, in declared order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its name, with its scope path; empty if it has none.
    pub name: String,
    /// What it is for.
    pub kind: InputKind,
}

/// What an input of a tape is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// What a prediction is made from; one value for each sample.
    Feature,
    /// What a prediction is compared with; one value for each sample.
    Target,
    /// What an adjoint starts from, where it is not 1; one value for each sample.
    Seed,
    /// A coordinate of the direction in which a [directional
    /// derivative](crate::directional_derivative) by parameters is taken; one value for each run.
    Direction,
}

impl InputKind {
    /// How often an input of this kind is given.
    pub(crate) fn class(self) -> Class {
        match self {
            Self::Feature | Self::Target | Self::Seed => Class::PerSample,
            Self::Direction => Class::Shared,
        }
    }
}

/// A named list of slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The name.
    pub name: String,
    /// The slots, in order.
    pub slots: Vec<Slot>,
    /// How often it is given.
    pub kind: OutputKind,
}

/// How often an output is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputKind {
    /// For each sample: none of its slots is [reduced](Class::Reduced).
    PerSample,
    /// Once for each run: none of its slots is [per sample](Class::PerSample).
    PerRun,
}

impl OutputKind {
    /// Whether an output of this kind may have slots of this class.
    pub(crate) fn accepts(self, class: Class) -> bool {
        match self {
            Self::PerSample => class != Class::Reduced,
            Self::PerRun => class != Class::PerSample,
        }
    }
}

/// A user operation that instructions call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub(crate) user: User,
    /// Which partial is meant; none for the value.
    pub(crate) partial: Option<u32>,
}

impl Tape {
    /// The number of slots.
    #[must_use]
    pub fn len(&self) -> usize {
        self.instructions.len()
    }

    /// Whether there are no slots.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The instructions, by slot.
    #[must_use]
    pub fn instructions(&self) -> impl ExactSizeIterator<Item = Instruction> {
        self.slots().map(|slot| self.instruction(slot))
    }

    /// Every slot, in order.
    pub fn slots(&self) -> impl ExactSizeIterator<Item = Slot> + DoubleEndedIterator + use<> {
        (0..self.len()).map(Slot::new)
    }

    /// What fills `slot`.
    #[must_use]
    #[inline]
    pub fn instruction(&self, slot: Slot) -> Instruction {
        self.instructions.get(slot)
    }

    /// The code of what fills `slot`.
    #[inline]
    pub(crate) fn code(&self, slot: Slot) -> Code {
        self.instructions.code(slot)
    }

    /// The class of `slot`.
    #[inline]
    pub(crate) fn class(&self, slot: Slot) -> Class {
        self.instructions.class(slot)
    }

    /// The operands of what fills `slot`.
    #[must_use]
    #[inline]
    pub fn operands(&self, slot: Slot) -> &[Slot] {
        let (inline, args) = (self.instructions.inline(slot), self.instructions.args(slot));
        if inline == POOLED {
            let [start, len, _] = *args;
            &self.pool[start.index()..start.index() + len.index()]
        } else {
            &args[..usize::from(inline)]
        }
    }

    /// The operation that fills `slot`, if it is one: a listed one or a user operation's value.
    #[must_use]
    pub fn operation(&self, slot: Slot) -> Option<Op> {
        let instruction = self.instruction(slot);
        match instruction.code {
            Code::Call => Some(Op::User(self.call(slot)?.user.clone())),
            code => code.operation(instruction.payload()),
        }
    }

    /// The user operation that `slot` calls, and which of its partials, if not its value.
    #[must_use]
    pub fn user(&self, slot: Slot) -> Option<(&User, Option<usize>)> {
        let call = self.call(slot)?;
        Some((&call.user, call.partial.map(|partial| partial as usize)))
    }

    fn call(&self, slot: Slot) -> Option<&Call> {
        let instruction = self.instruction(slot);
        let is_call = matches!(instruction.code, Code::Call | Code::CallPartial);
        if is_call {
            self.calls.get(instruction.payload() as usize)
        } else {
            None
        }
    }

    /// The inputs, in declared order, whether or not they are used.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// The names of the parameters, in declared order, whether or not they are used; empty where a
    /// parameter has none.
    pub fn parameters(&self) -> impl ExactSizeIterator<Item = &str> {
        self.parameters.iter()
    }

    /// What the input or parameter that fills `slot` is called, with its scope path; none where nothing of that
    /// kind fills it, or it has no name.
    #[must_use]
    pub fn variable_name(&self, slot: Slot) -> Option<&str> {
        let instruction = self.instruction(slot);
        let number = instruction.variable()?;
        let name = if instruction.code == Code::Input {
            &*self.inputs[number].name
        } else {
            self.parameters.get(number)
        };
        (!name.is_empty()).then_some(name)
    }

    /// The slot that the input or parameter of this name fills, its scope path included: what
    /// [`Variables::Slots`](crate::Variables::Slots) asks for. None where there is no such name or nothing needs it.
    ///
    /// ```
    /// use dagrad_graph::Graph;
    /// use dagrad_ops::Op;
    /// use dagrad_tape::{Variables, differentiate, lower_outputs};
    ///
    /// let mut graph: Graph<Op> = Graph::new();
    /// let (x, w) = (graph.feature("x")?, graph.parameter("w", 0.5)?);
    /// let y = graph.operation(Op::Mul, &[x, w])?;
    /// graph.add_output("y", &[y])?;
    /// let tape = lower_outputs(&graph)?;
    /// let both = ["w", "x"].map(|name| tape.variable(name));
    /// let both: Vec<_> = both.into_iter().flatten().collect();
    /// let tape = differentiate(&tape, "y", Variables::Slots(&both), "by w and x")?;
    /// assert_eq!(tape.output("by w and x").map(<[_]>::len), Some(2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<Slot> {
        self.slots()
            .find(|&slot| self.variable_name(slot).is_some_and(|own| own == name))
    }

    /// The outputs, in order.
    #[must_use]
    pub fn outputs(&self) -> &[Output] {
        &self.outputs
    }

    /// The slots of the output called `name`.
    #[must_use]
    pub fn output(&self, name: &str) -> Option<&[Slot]> {
        Some(&self.named_output(name)?.slots)
    }

    /// The output called `name`.
    #[must_use]
    pub fn named_output(&self, name: &str) -> Option<&Output> {
        self.outputs.iter().find(|output| output.name == name)
    }

    /// The path of the scope of the node that `slot` came from.
    #[must_use]
    pub fn scope(&self, slot: Slot) -> &str {
        self.scopes.get(self.scope_of[slot.index()] as usize)
    }

    /// The name of the node that `slot` came from.
    #[must_use]
    pub fn name(&self, slot: Slot) -> Option<&str> {
        let at = self
            .names
            .binary_search_by_key(&slot, |(slot, _)| *slot)
            .ok()?;
        Some(&self.names[at].1)
    }

    /// How many bytes the instructions and their operands take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        Instructions::BYTES * self.len() + size_of_val(&*self.pool) + size_of_val(&*self.scope_of)
    }

    // What follows adds instructions. Operands have to be slots of this tape.

    /// Adds the input of this number.
    pub(crate) fn push_input(&mut self, number: usize, scope: u32) -> Slot {
        let class = self.inputs[number].kind.class();
        let args = [Slot::new(number); 3];
        self.push_raw(
            Instruction {
                code: Code::Input,
                class,
                inline: 0,
                args,
            },
            scope,
        )
    }

    /// Adds the parameter of this number.
    pub(crate) fn push_parameter(&mut self, number: usize, scope: u32) -> Slot {
        let (code, class) = (Code::Parameter, Class::Shared);
        let args = [Slot::new(number); 3];
        self.push_raw(
            Instruction {
                code,
                class,
                inline: 0,
                args,
            },
            scope,
        )
    }

    pub(crate) fn push_constant(&mut self, value: f64, scope: u32) -> Slot {
        self.push_raw(Instruction::of_constant(value), scope)
    }

    /// Adds `code` with its payload, if it has one.
    pub(crate) fn push(&mut self, code: Code, payload: u32, operands: &[Slot], scope: u32) -> Slot {
        let mut class = Class::Constant;
        for &operand in operands {
            class = class.join(self.class(operand));
        }
        let class = code.class(class);
        let payload = Slot::from_bits(payload);
        let (inline, args) = match *operands {
            [] => (0, [payload; 3]),
            [a] => (1, [a, payload, payload]),
            [a, b] => (2, [a, b, payload]),
            [a, b, c] if !code.has_payload() => (3, [a, b, c]),
            [..] => {
                let start = Slot::new(self.pool.len());
                self.pool.extend_from_slice(operands);
                (POOLED, [start, Slot::new(operands.len()), payload])
            }
        };
        self.push_parts(code, class, inline, args, scope)
    }

    /// Adds an operation; a user operation is noted among the calls.
    pub(crate) fn push_operation(&mut self, operation: &Op, operands: &[Slot], scope: u32) -> Slot {
        match (Code::of(operation), operation) {
            (Some((code, payload)), _) => self.push(code, payload, operands, scope),
            (None, Op::User(user)) => {
                let call = self.call_number(Call {
                    user: user.clone(),
                    partial: None,
                });
                self.push(Code::Call, call, operands, scope)
            }
            // Only user operations have no code.
            (None, _) => self.push_constant(f64::NAN, scope),
        }
    }

    /// The mean of `slot`: itself, where it does not depend on the sample.
    pub(crate) fn push_mean(&mut self, slot: Slot, scope: u32) -> Slot {
        if self.instruction(slot).class.is_per_run() {
            slot
        } else {
            self.push(Code::Mean, 0, &[slot], scope)
        }
    }

    pub(crate) fn call_number(&mut self, call: Call) -> u32 {
        let known = self.calls.iter().position(|other| *other == call);
        let number = known.unwrap_or_else(|| {
            self.calls.push(call);
            self.calls.len() - 1
        });
        Slot::new(number).bits()
    }

    /// Changes the operands of what fills `slot` to slots of the same classes.
    #[inline]
    pub(crate) fn rename_operands(&mut self, slot: Slot, name: impl Fn(Slot) -> Slot) {
        let inline = self.instructions.inline(slot);
        let args = self.instructions.args_mut(slot);
        let operands = if inline == POOLED {
            let [start, len, _] = *args;
            &mut self.pool[start.index()..start.index() + len.index()]
        } else {
            &mut args[..usize::from(inline)]
        };
        for operand in operands {
            *operand = name(*operand);
        }
    }

    /// Adds an instruction of these parts.
    #[inline]
    pub(crate) fn push_parts(
        &mut self,
        code: Code,
        class: Class,
        inline: u16,
        args: [Slot; 3],
        scope: u32,
    ) -> Slot {
        self.instructions.push(Instruction {
            code,
            class,
            inline,
            args,
        });
        self.scope_of.push(scope);
        Slot::new(self.instructions.len() - 1)
    }

    #[inline]
    pub(crate) fn push_raw(&mut self, instruction: Instruction, scope: u32) -> Slot {
        self.instructions.push(instruction);
        self.scope_of.push(scope);
        Slot::new(self.instructions.len() - 1)
    }
}

impl Code {
    /// The class of an instruction of this code whose operands' classes join to this one.
    #[inline]
    pub(crate) fn class(self, operands: Class) -> Class {
        if self == Self::Mean {
            Class::Reduced
        } else {
            operands
        }
    }

    /// Whether an instruction of this code carries a number beside its operands.
    pub(crate) fn has_payload(self) -> bool {
        matches!(
            self,
            Self::Powi | Self::Call | Self::CallPartial | Self::Dot
        )
    }

    /// How many operands an instruction of this code takes; of a call, that is for the user operation to
    /// say.
    #[must_use]
    pub fn arity(self) -> Arity {
        match self {
            Self::Input | Self::Parameter | Self::Constant => Arity::Exactly(0),
            Self::Call | Self::CallPartial | Self::Dot => Arity::AtLeast(1),
            Self::Fma => Arity::Exactly(3),
            Self::Mean => Arity::Exactly(1),
            operation => operation
                .operation(0)
                .map_or(Arity::AtLeast(1), |op| op.arity()),
        }
    }
}
