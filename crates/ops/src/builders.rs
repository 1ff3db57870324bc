//! Adding operations to a graph, one function for each operation of the list.

use crate::for_each_operation;
use crate::op::Op;
use dagrad_graph::{Build, BuildError, NodeId};

macro_rules! define_builders {
    ($(
        $type:ident $(($field:ident: $kind:ty, $words:literal, $samples:expr))? = $name:ident $operands:tt;
    )*) => {
        /// Adds operations by name, `graph.tanh(x)?`, to whatever can be [added to](Build): a graph, or the
        /// expansion of a macro. Each method has the function of its name in
        /// [`builders`](crate::builders) behind it.
        pub trait GraphOperations {
            $(define_builders!(@declare $type $name $operands $($field: $kind)?);)*
        }

        impl<B: Build<Op>> GraphOperations for B {
            $(define_builders!(@method $name $operands $($field: $kind)?);)*
        }

        $(define_builders!(@function $type $name $operands $($field: $kind)?);)*
    };
    (@declare $type:ident $name:ident ($($operand:ident),*) $($field:ident: $kind:ty)?) => {
        #[doc = concat!("Adds [`", stringify!($name), "`](crate::operations::", stringify!($type), ").")]
        ///
        /// # Errors
        /// Where an operand is no key of this graph.
        fn $name(&mut self, $($operand: NodeId,)* $($field: $kind)?) -> Result<NodeId, BuildError>;
    };
    (@declare $type:ident $name:ident [$operands:ident] $($field:ident: $kind:ty)?) => {
        #[doc = concat!("Adds [`", stringify!($name), "`](crate::operations::", stringify!($type), ") of one or more operands.")]
        ///
        /// # Errors
        /// Where an operand is no key of this graph, or there is none.
        fn $name(&mut self, $operands: &[NodeId], $($field: $kind)?) -> Result<NodeId, BuildError>;
    };
    (@method $name:ident ($($operand:ident),*) $($field:ident: $kind:ty)?) => {
        fn $name(&mut self, $($operand: NodeId,)* $($field: $kind)?) -> Result<NodeId, BuildError> {
            $name(self, $($operand,)* $($field)?)
        }
    };
    (@method $name:ident [$operands:ident] $($field:ident: $kind:ty)?) => {
        fn $name(&mut self, $operands: &[NodeId], $($field: $kind)?) -> Result<NodeId, BuildError> {
            $name(self, $operands, $($field)?)
        }
    };
    (@function $type:ident $name:ident ($($operand:ident),*) $($field:ident: $kind:ty)?) => {
        #[doc = concat!("Adds [`", stringify!($name), "`](crate::operations::", stringify!($type), ") to `graph`.")]
        ///
        /// # Errors
        /// Where an operand is no key of this graph.
        pub fn $name(graph: &mut impl Build<Op>, $($operand: NodeId,)* $($field: $kind)?) -> Result<NodeId, BuildError> {
            graph.operation(Op::$type $(($field))?, &[$($operand),*])
        }
    };
    (@function $type:ident $name:ident [$operands:ident] $($field:ident: $kind:ty)?) => {
        #[doc = concat!("Adds [`", stringify!($name), "`](crate::operations::", stringify!($type), ") of one or more operands to `graph`.")]
        ///
        /// # Errors
        /// Where an operand is no key of this graph, or there is none.
        pub fn $name(graph: &mut impl Build<Op>, $operands: &[NodeId], $($field: $kind)?) -> Result<NodeId, BuildError> {
            graph.operation(Op::$type $(($field))?, $operands)
        }
    };
}

for_each_operation!(define_builders);

#[cfg(test)]
mod tests {
    use super::*;
    use dagrad_graph::Graph;

    #[test]
    fn a_method_adds_the_operation_of_its_name() {
        let mut graph = Graph::new();
        let x = graph.feature("x").unwrap();
        let y = graph.feature("y").unwrap();
        let sum = graph.add(&[x, y, x]).unwrap();
        let cube = graph.powi(sum, 3).unwrap();
        let chosen = graph.select(x, cube, y).unwrap();
        graph.atan2(chosen, y).unwrap();
        assert_eq!(
            graph.to_string(),
            "dagrad graph 1\n\
             %0 = feature \"x\"\n\
             %1 = feature \"y\"\n\
             %2 = add(%0, %1, %0)\n\
             %3 = powi[3](%2)\n\
             %4 = select(%0, %3, %1)\n\
             %5 = atan2(%4, %1)\n"
        );
    }
}
