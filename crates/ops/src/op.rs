//! The closed set of operations, as one small value.

use crate::for_each_operation;
use crate::operation::{Named, OperandList, Operation};
use crate::operations;
use crate::properties::{Domain, Properties};
use crate::real::Real;
use crate::user::User;
use dagrad_graph::{Arity, Evaluate, Notate, Notation, Operator, Vocabulary, VocabularyError};

/// Generates the enum, its one exhaustive match and its names from the list of operations.
macro_rules! define_op {
    ($(
        $type:ident $(($field:ident: $kind:ty, $words:literal, $samples:expr))? = $name:ident $operands:tt;
    )*) => {
        /// An elementary operation: one of the list, or one that a user brought along.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum Op {
            $(
                #[doc = concat!("[`", stringify!($name), "`](operations::", stringify!($type), ")")]
                $type $(($kind))?,
            )*
            /// An operation from outside the list.
            User(User),
        }

        impl Op {
            /// The names of all operations of the list, in its order.
            pub const NAMES: &[&str] = &[$(<operations::$type as Named>::NAME),*];

            /// Every operation of the list, in its order; one that takes a configuration with several.
            #[must_use]
            pub fn all() -> Vec<Self> {
                [$(define_op!(@samples $type $(, $samples)?)),*].concat()
            }

            /// Calls `visitor` with the operation that this is. What a visitor does is done to each
            /// operation alike.
            #[inline(always)]
            pub fn visit<V: Visitor>(&self, visitor: V) -> V::Output {
                match self {
                    $(Self::$type $(($field))? => visitor.operation(&operations::$type $((*$field))?),)*
                    Self::User(user) => visitor.user(user),
                }
            }
        }

        impl Op {
            /// Beside [`visit`](Self::visit), because a user operation's name is borrowed from the
            /// operation, and a visitor's output is not.
            fn name_of(&self) -> &str {
                match self {
                    $(Self::$type { .. } => <operations::$type as Named>::NAME,)*
                    Self::User(user) => user.operation().name(),
                }
            }
        }

        impl Vocabulary for Op {
            fn from_name(name: &str, configuration: Option<&str>) -> Result<Self, VocabularyError> {
                match name {
                    $(<operations::$type as Named>::NAME => {
                        define_op!(@parse configuration, $type $(, $kind)?).ok_or_else(|| {
                            VocabularyError::Configuration {
                                name: name.to_owned(),
                                wanted: <operations::$type as Named>::CONFIGURATION.to_owned(),
                                got: configuration.map_or("nothing".to_owned(), |text| format!("[{text}]")),
                            }
                        })
                    })*
                    _ => Err(VocabularyError::Unknown(name.to_owned())),
                }
            }
        }

        $(
            impl Named for operations::$type {
                const NAME: &'static str = stringify!($name);
                const CONFIGURATION: &'static str = define_op!(@words $($words)?);
            }
        )*
    };
    (@samples $type:ident) => { vec![Self::$type] };
    (@samples $type:ident, $samples:expr) => { $samples.map(Self::$type).to_vec() };
    (@parse $text:ident, $type:ident) => { $text.is_none().then_some(Self::$type) };
    (@parse $text:ident, $type:ident, $kind:ty) => {
        $text.and_then(|text| text.parse::<$kind>().ok()).map(Self::$type)
    };
    (@words) => { "no configuration" };
    (@words $words:literal) => { $words };
}

for_each_operation!(define_op);

/// Something to do with an operation, whichever it is: see [`Op::visit`].
pub trait Visitor {
    /// What comes of it.
    type Output;

    /// Does it with an operation of the list.
    fn operation<O: Operation>(self, operation: &O) -> Self::Output;

    /// Does it with a user operation.
    fn user(self, user: &User) -> Self::Output;
}

impl Op {
    /// What holds for this operation. Of a user operation nothing is known.
    #[must_use]
    pub fn properties(&self) -> Properties {
        struct Visit;
        impl Visitor for Visit {
            type Output = Properties;
            fn operation<O: Operation>(self, operation: &O) -> Properties {
                operation.properties()
            }
            fn user(self, _: &User) -> Properties {
                Properties::KINKED
            }
        }
        self.visit(Visit)
    }

    /// Whether the operand at this position ever receives a contribution, over whatever scalar.
    #[must_use]
    pub fn contributes(&self, operand: usize) -> bool {
        struct Visit(usize);
        impl Visitor for Visit {
            type Output = bool;
            fn operation<O: Operation>(self, operation: &O) -> bool {
                operation.contributes(self.0)
            }
            fn user(self, _: &User) -> bool {
                true
            }
        }
        self.visit(Visit(operand))
    }

    /// Where the operand at this position may lie. A user operation is taken to know what it does.
    #[must_use]
    pub fn domain(&self, operand: usize) -> Domain {
        struct Visit(usize);
        impl Visitor for Visit {
            type Output = Domain;
            fn operation<O: Operation>(self, operation: &O) -> Domain {
                operation.domain(self.0)
            }
            fn user(self, _: &User) -> Domain {
                Domain::Reals
            }
        }
        self.visit(Visit(operand))
    }
}

impl Operator for Op {
    fn arity(&self) -> Arity {
        struct Visit;
        impl Visitor for Visit {
            type Output = Arity;
            fn operation<O: Operation>(self, _: &O) -> Arity {
                <O::Operands<f64> as OperandList<f64>>::ARITY
            }
            fn user(self, user: &User) -> Arity {
                user.operation().arity()
            }
        }
        self.visit(Visit)
    }

    fn name(&self) -> &str {
        self.name_of()
    }

    fn configuration(&self) -> Option<String> {
        struct Visit;
        impl Visitor for Visit {
            type Output = Option<String>;
            fn operation<O: Operation>(self, operation: &O) -> Option<String> {
                operation.configuration()
            }
            fn user(self, _: &User) -> Option<String> {
                None
            }
        }
        self.visit(Visit)
    }
}

impl Notate for Op {
    fn notation(&self) -> Notation {
        struct Visit;
        impl Visitor for Visit {
            type Output = Notation;
            fn operation<O: Operation>(self, operation: &O) -> Notation {
                operation.notation()
            }
            fn user(self, user: &User) -> Notation {
                Notation::Function(user.operation().name().to_owned())
            }
        }
        self.visit(Visit)
    }
}

/// Computes the value.
struct Value<'a, R> {
    operands: &'a [R],
}

impl<R: Real> Visitor for Value<'_, R> {
    type Output = R;

    #[inline]
    fn operation<O: Operation>(self, operation: &O) -> R {
        let operands = O::Operands::<R>::of(self.operands);
        debug_assert!(
            operands.is_some(),
            "{} operands for `{}`",
            self.operands.len(),
            O::NAME
        );
        operands.map_or(R::lit(f64::NAN), |operands| operation.value(operands))
    }

    fn user(self, user: &User) -> R {
        R::user_value(user.operation(), self.operands)
    }
}

/// Writes the contributions.
struct Contributions<'a, R> {
    operands: &'a [R],
    value: R,
    adjoint: R,
    contributions: &'a mut [R],
}

impl<R: Real> Visitor for Contributions<'_, R> {
    type Output = ();

    #[inline]
    fn operation<O: Operation>(self, operation: &O) {
        let lists =
            O::Operands::<R>::of(self.operands).zip(O::Operands::<R>::of_mut(self.contributions));
        debug_assert!(
            lists.is_some(),
            "{} operands for `{}`",
            self.operands.len(),
            O::NAME
        );
        if let Some((operands, contributions)) = lists {
            operation.contributions(operands, self.value, self.adjoint, contributions);
        }
    }

    fn user(self, user: &User) {
        self.contributions.fill(R::lit(0.0));
        R::user_partials(
            user.operation(),
            self.operands,
            self.value,
            self.contributions,
        );
        for contribution in self.contributions {
            *contribution = self.adjoint * *contribution;
        }
    }
}

impl<R: Real> Evaluate<R> for Op {
    fn supports_scalar(&self) -> bool {
        struct Visit(bool);
        impl Visitor for Visit {
            type Output = bool;
            fn operation<O: Operation>(self, _: &O) -> bool {
                true
            }
            fn user(self, _: &User) -> bool {
                self.0
            }
        }
        self.visit(Visit(R::SUPPORTS_USER_OPERATIONS))
    }

    #[inline]
    fn value(&self, operands: &[R]) -> R {
        self.visit(Value { operands })
    }

    fn contributes(&self, operand: usize) -> bool {
        Self::contributes(self, operand)
    }

    #[inline]
    fn contributions(&self, operands: &[R], value: R, adjoint: R, contributions: &mut [R]) {
        self.visit(Contributions {
            operands,
            value,
            adjoint,
            contributions,
        });
    }
}
